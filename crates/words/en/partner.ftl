### The console’s pages for a partner’s people.

## Customers

customers-title = Customers
customers-name = Name or domain
customers-show = Which
customers-dap = Delegated admin privileges
customers-subscriptions = Subscriptions
customers-count = { $count ->
    [one] { $count } customer
    *[other] { $count } customers
    }
customers-none-title = No customer fits
customers-none-text = Change the name or show all customers.
customers-empty-title = No customers yet
customers-empty-text = A customer appears here once it has accepted an invitation. Send one under Invitations.

## A customer’s card

customer-relationship = Relationship
customer-roles = Role assignments held
customer-support = Support
support-owed = Owed to the customer.
support-route = Route:
support-not-owed = Not owed.
customer-nothing-title = No relationship yet on that day
customer-nothing-text = There was no relationship with this customer on that day. Choose another day, or go back to today.
portals-title = Admin portals
portals-text = Each portal as it is open or closed to you, and why.
portals-portal = Portal
portals-state = For you
portal-open = Open
portal-closed = Closed
portal-no-subscription = No subscription here is your partner’s concern.
customer-no-subscriptions = None that concerns your partner. What you provision appears here.
subscription-name = Name
subscription-kind = Kind
subscription-provisioned = Provisioned by
subscription-may = You may
subscription-cancelled = Cancelled
subscription-of-another = The customer’s own, or another’s
renew-button = Renew
cancel-ask = Cancel…
provision-title = Provision a subscription
provision-hint = On an Azure subscription your Admin agents become Owner. A Microsoft 365 subscription brings no role.
provision-button = Provision
customer-no-devices = None that you may manage.
devices-count = { $count ->
    [one] { $count } device that you may manage.
    *[other] { $count } devices that you may manage.
    }
devices-at-least = More than { $count } devices that you may manage. The first:
customer-all-devices = All devices
requests-title = Service requests
requests-none = None was opened.
request-about = About
request-severity = Severity
request-route = Route
request-opened = Opened
request-open = Open a service request
request-button = Open the request
residual-title = Residual access
residual-text = What your partner can do here although its privileges or the relationship ended.
may-title = What you may do here
may-text = Open a line to see why.
leave-title = What you can give up
give-up-ask = Give up delegated admin…
give-up-title = Give up delegated admin privileges at { $customer }
give-up-text = The implicit roles end at once. The relationship, subscriptions, role assignments and the support that you owe go on.
give-up-button = Give up delegated admin
end-ask = End the relationship…
end-title = End the relationship with { $customer }
end-text = Delegated admin privileges end with it. Role assignments stay until somebody removes them, and support is owed until the contract is renegotiated.
end-button = End the relationship
customer-history = History of this customer

## Invitations

invitations-title = Invitations
invitations-state = State
invitations-every-state = Every state
invitations-none-title = No invitation is in that state
invitations-none-text = Choose another state, or every state.
invitations-empty-title = No invitations yet
invitations-empty-text = Request a reseller relationship: you get a message with a personal link, which you send to the customer.
invitation-title = Invitation
invitation-of = Invitation from { $partner }
invitation-sent = Made
invitation-asks = Asks for
invitation-uses = Can be accepted
invitation-language = Language of the message
invitation-until = Until
invitation-accepted-by = Accepted by
invitation-declined-by = Declined by
invitation-nobody = Nobody yet
invitation-with-dap = Relationship with delegated admin privileges
invitation-without-dap = Relationship alone
invitation-with-dap-hint = Your Admin agents become Global administrators and your Helpdesk agents Helpdesk administrators in the customer’s directory, until either side ends it.
invitation-without-dap-hint = You provision and renew subscriptions, manage Autopilot and owe support, without any administrator role in the customer’s directory.
language-en = English
language-fr = French

## Requesting a relationship

invitation-new-title = Request a reseller relationship
invitation-new-text = Choose what you ask for, check the draft, then send the message to the customer yourself: it contains a personal link that ties whoever accepts to your organisation.
invitation-settings = What you ask for
invitation-days = Days until it runs out
invitation-for-days = { $count ->
    [one] { $count } day
    *[other] { $count } days
    }
invitation-write = Write the draft
invitation-write-hint = The draft below is written anew.
invitation-draft = The message
invitation-recipient = Recipient
invitation-recipient-hint = An e-mail address; may be left out.
invitation-subject = Subject
invitation-message = Message
invitation-send-hint = Nothing is sent from here: the next page has the finished message, to copy or to open in your mail application.
link-there = The personal link will stand where { $link } stands.
link-missing = The link is missing. Write { $link } where it is to stand.

## An invitation, for those who send it

invitation-draft-text = This is the message as the customer will read it. Open it in your mail application, download it, or copy it.
invitation-mailto = Open in the mail application
invitation-eml = Download as .eml
invitation-no-mailto = The message is too long to be opened in the mail application by a link: download or copy it.
invitation-link = Personal link
invitation-erased = Recipient and message were erased.
invitation-again = Request again with these settings
copy = Copy the message
copied = Copied
withdraw-ask = Withdraw…
withdraw-title = Withdraw the invitation
withdraw-text = Nobody can accept it any more. Relationships that were accepted go on.
withdraw-button = Withdraw

## An invitation, for the customer who has its link

invitation-who-asks = { $partner } asks your organisation for a reseller relationship.
invitation-answer-until = You can accept or decline until
invitation-will-be-able = What { $partner } will be able to do if you accept
invitation-will-administer = Its Admin agents will be Global administrators of your directory: they manage users, groups, licences and services on your behalf.
invitation-will-helpdesk = Its Helpdesk agents will be Helpdesk administrators: they read your directory and reset passwords.
invitation-no-administrator = It gets no administrator role in your directory.
invitation-will-provision = It can provide you with subscriptions, and renew and cancel those that it provided. Its Admin agents own the Azure subscriptions among them.
invitation-will-autopilot = It can add devices to Windows Autopilot and manage profiles.
invitation-will-support = It owes you support, until the contract is renegotiated.
invitation-may-remove = You can remove these privileges at any time on the Partner relationships page; the relationship then goes on without them.
invitation-no-subscriptions = It gets no access to the Azure subscriptions that you already have.
invitation-open = It is open. Nothing can be answered from here.
invitation-used = Another organisation accepted this invitation, and it was for one. Ask { $partner } for a new one.
invitation-withdrawn = { $partner } withdrew this invitation. Ask for a new one if you still want the relationship.
invitation-expired = This invitation has run out. Ask { $partner } for a new one.
invitation-accepted = Your organisation accepted this invitation: what { $partner } has now is on the Partner relationships page.
invitation-declined = Your organisation declined this invitation. Ask { $partner } for a new one if you changed your mind.
accept-button = Accept
decline-ask = Decline…
decline-title = Decline the invitation
decline-text = Your organisation cannot accept this invitation afterwards. The partner can send another one.
decline-button = Decline
invitation-unseen-customer = Only the Global administrators of your organisation see invitations, and accept or decline them.
invitation-unseen-customer-next = Send this page’s address to one of them.
invitation-unseen-partner = Only the Admin agents and Sales agents of the partner that sent an invitation see it.
invitation-unseen-partner-next = A Global administrator of your organisation puts people into these groups, on the page Groups.
invitation-missing = What you lack
implicit-role = { $group }: { $role }

## Groups and people

groups-title = Groups
groups-text = What members may do at your customers goes by the group, from the moment somebody joins until it leaves.
group-admin-agents = Global administrators of customers’ directories where delegated admin privileges are in force; Owner on the Azure subscriptions that you provision. They send invitations, provision, manage Autopilot, give up privileges and end relationships.
group-helpdesk-agents = Helpdesk administrators of customers’ directories where delegated admin privileges are in force. They open service requests.
group-sales-agents = They send invitations, provision and renew subscriptions, and add devices. They have no role in customers’ directories.
group-empty = Nobody is in it. A Global administrator of your organisation adds members here.
group-more = There are more: the CSV has all of them.
member-add-who = User principal name or object id
member-add-hint = Pick one of your people, or type. You see what comes with the group before anything is done.
member-add-ask = Add…
member-add-title = Add { $user } to the group { $what }
member-add-text = This comes with the group, at once.
member-add-button = Add
member-remove-ask = Remove…
member-remove-title = Remove { $user } from the group { $what }
member-remove-text = This goes with the group, at once. Roles that were assigned to the person itself stay.
member-remove-button = Remove
role-assign-title = Make { $user } a { $what }
role-assign-text = The role holds in your own directory.
role-assign-button = Assign the role
role-remove-title = Take the role { $what } from { $user }
role-remove-text = The role ends at once.
role-remove-button = Take the role
groups-people = People of your organisation
people-none-title = Nobody fits
people-none-text = Change the name, or look on the next page if there is one.
person-name = Display name
person-upn = User principal name
person-roles = Directory roles
person-id = Object id
person-new-title = Describe a person
person-new-text = Give somebody of your organisation a name here. Afterwards the person can be put into groups.
person-no-groups = In no group.
person-no-roles = No explicit directory role.
person-add-to = Add to { $what }…
person-assign = Assign { $what }…
person-names = Names
person-names-text = Names are kept sealed and can be erased.
person-save = Save the names
person-back = Back to the groups
member-unknown = Nobody of your organisation is called so. Describe the person first, or write the object id.
invitation-send-button = Make the invitation
