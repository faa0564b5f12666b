### The console’s pages for a partner’s people.

## Customers

customers-title = Customers
customers-name = Name or domain
customers-show = Which
customers-all = All
customers-with-dap = With delegated admin privileges
customers-without-dap = Without delegated admin privileges
customers-residual = With residual access
customers-ended = Ended relationships
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
customer-nothing-title = Nothing between you then
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
cancel-title = Cancel the subscription “{ $subscription }”
cancel-text = Every right on it ends, but reading it and removing its role assignments. It cannot be taken up again.
cancel-button = Cancel the subscription
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
leave-title = Give back
give-up-ask = Give up delegated admin…
give-up-title = Give up delegated admin privileges at { $customer }
give-up-text = The implicit roles end at once. The relationship, subscriptions, role assignments and the support that you owe go on.
give-up-button = Give up delegated admin
end-ask = End the relationship…
end-title = End the relationship with { $customer }
end-text = Delegated admin privileges end with it. Role assignments stay until somebody removes them, and support is owed until the contract is renegotiated.
end-button = End the relationship
customer-history = History of this customer
