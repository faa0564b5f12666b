### The console’s pages for all: days, history, questions, search.

## History

history-title = History
history-from = From
history-until = Until
history-type = What
history-every-type = Everything
history-by = By { $author }
history-operator = { $name }, operator
history-position = position { $position }
history-none-title = Nothing of that kind happened
history-none-text = Choose other days, or everything.
history-empty-title = Nothing happened yet
history-empty-text = What is done here, by whom and under which rule, is told on this page for good.

## Ask

ask-title = Ask
ask-text = May somebody do something somewhere, and why? Choose a day above to ask about the past.
ask-subject = Whom you ask about
ask-person = A person
ask-group = The { $group } of a partner
ask-who = Who
ask-who-hint = A user principal name like alex@fabrikam.com, or a partner for a group. Empty: you, or your own organisation.
ask-what = Does what
ask-choose = Choose
ask-on-customer = In a customer’s tenant
ask-on-subscription = On a subscription
ask-on-device = With a device
ask-on-profile = With an Autopilot profile
ask-on-partner = In a partner’s tenant
ask-to = To what
ask-to-hint = An organisation by name or domain, a subscription or profile by name, a device by serial number. Empty: your own organisation.
ask-button = Ask
ask-yes = Yes
ask-no = No
ask-now = As it stands now.
ask-then = As it stood at the end of { $day }.
ask-unknown = Nothing that you know of is called so.
ask-several = Several are called so. Which one?
ask-more = There are more. Be more precise, or give the id.
why-unknown = Something in the question is unknown here.
why-by = by { $author }
why-more = There are older reasons besides.

## Search

search-title = Search
search-customers = Customers
search-partners = Partners
search-people = People
search-subscriptions = Subscriptions
search-devices = Devices
search-profiles = Autopilot profiles
search-start-title = What are you looking for?
search-start-text = Part of the name or domain of an organisation, a person’s name or user principal name, the name of a subscription or profile, a device’s serial number, or any id.
search-none-title = Nothing found for “{ $text }”
search-none-text = Only what you may know of is looked through. Subscriptions, profiles and devices are found by their whole name or serial number.
search-more = There is more that fits. Be more precise.

## Organisations

organisations-kind = Which
organisations-name = Name
organisations-domain = Domain
organisations-none-title = No organisation fits
organisations-none-text = Change the name, or look on the next page if there is one.
