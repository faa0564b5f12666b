### Pages of the console that all have in common.

## What stands around every page.

skip-to-content = Skip to the content
menu-label = Pages
menu-customers = Customers
menu-invitations = Invitations
menu-groups = Groups
menu-history = History
menu-partners = Partner relationships
menu-subscriptions = Subscriptions
menu-devices = Devices
menu-people = People and roles
menu-organisations = Organisations
menu-ask = Ask
finder-label = Search
finder-hint = Name, domain, serial number, id
finder-button = Search
day-label = As of
day-button = Show
past-title = You are looking at { $day }.
past-text = This is how it stood at the end of that day (UTC). Nothing can be changed here.
past-back = Back to today
footer-times = All days and times are UTC.
language-label = Language
sign-out = Sign out

## Pieces that many pages have.

since = since
filter-button = Show
csv = Download as CSV
pager-label = Further pages
pager-first = First page
pager-next = Next page
relationship-active = Active
relationship-ended = Ended
relationship-none = None
dap-in-force = In force
dap-none = None

## What went wrong.

problem-details = Details
problem-code = Code
problem-rule = Rule
problem-detail = As the API says it
problem-home = To the start page

## Who holds what where.

user-of-tenant = { $user } of { $tenant }
group-of-tenant = { $group } of { $tenant }
scope-tenant = directory and tenant of { $tenant }
scope-subscription = subscription “{ $subscription }”
access = { $holder }: { $role }, { $scope } ({ $origin })
gained = Gained:
lost = Lost:

## What a form did.

done-title = Done
conflict-title = Something happened meanwhile
conflict-text = Nothing was changed, because the page that you acted on is behind.
conflict-since = Since that page was shown
conflict-unseen = What happened is not yours to see.
conflict-again = Look at the page again
until = until
cancel = Cancel
id = Id
column-who = Who
column-where = Where
column-how = How it came about
column-since = Since
column-end = What ends it
confirm-changes = What changes
confirm-nothing = Nobody’s access changes.
confirm-left = What is left all the same (residual access)
has-ended = Ended

## The customer in view

customer-card = Overview
switch-title = Another customer
switch-label = Another customer
switch-button = Switch
switch-none-text = Change the name, or leave it empty to see the first ones.

## What would change, and why something is so.

why = Why
and-more = And more
confirm-back = Back, without changing anything
confirm-not-here = Nothing can be changed from here.
erased = Erased

## What is wrong with a field.

field-empty = Fill this in.
field-too-long = At most { $max } characters.
field-control = Leave out characters that cannot be printed.
field-domain = Write a domain name like contoso.com.
field-address = Write an e-mail address like alex@contoso.com.
field-user-principal-name = Write a user principal name like alex@contoso.com.
field-unreadable = This cannot be read.
group-grant = { $count ->
    [one] { $role }, on { $count } customer or subscription ({ $origin })
    *[other] { $role }, on { $count } customers or subscriptions ({ $origin })
    }
pair = { $name }: { $value }
column-state = State
field-choice = Choose one.
field-guid = Write a GUID like 5b000000-0000-4000-8000-000000000001.
field-nobody = Nobody that you may know of is called so.
field-several = Several people are called so.
field-not-ours = This is none of the tenant’s own people.
field-name = Write one line of at most 256 characters.
form-problems = Nothing was done yet: look at the marked fields.

## The customer in view

field-object-id = Write an object id like 1f0a6a4e-0000-4000-8000-000000000010.

## Which relationships of a list

which-all = All
which-with-dap = With delegated admin privileges
which-without-dap = Without delegated admin privileges
which-residual = With residual access
which-ended = Ended relationships
