### The console’s pages for a customer’s administrators.

## Partner relationships

partners-title = Partner relationships
partners-text = The partners of this tenant, what each of them can do here, and since when.
partners-name = Name or domain
partners-show = Which
partners-none-title = No partner fits
partners-none-text = Change the name or show all partners.
partners-empty-title = No partners yet
partners-empty-text = A partner appears here once its request for a reseller relationship is accepted. Its e-mail has the link to it.
partners-was = Former partner
partners-relationship = Reseller relationship
partners-dap = Delegated admin privileges
partners-implicit = Implicit roles
partners-implicit-hint = Everybody in these groups holds the role in this directory. No list of a role’s members shows it (DAP-2).
partners-roles = Role assignments
partners-roles-count = { $count ->
    [0] None on the subscriptions here
    [one] { $count } on the subscriptions here
    *[other] { $count } on the subscriptions here
    }
partners-support = Support
partners-support-owed = Owed:
partners-support-none = None is owed
partners-left = Residual access
partners-left-count = { $count ->
    [one] { $count } piece of access left
    *[other] { $count } pieces of access left
    }
partners-left-more = { $count ->
    [one] and { $count } more
    *[other] and { $count } more
    }
partners-details = All about { $partner }
partners-remains = What remains

## How somebody came to hold something, and what ends it

came-by-dap = by delegated admin privileges (DAP-1)
came-by-provisioning = with the subscription that the partner provisioned (SUB-2)
came-by-registering = with the subscription that was registered (SUB-9)
came-by-assignment = by a role assignment (SUB-6)
came-by-directory = by a role assignment in the directory (TEN-2)
came-by-relationship = by the reseller relationship (REL-2)
end-role = Remove this role
end-dap = Remove delegated admin
end-by-partner = Only Admin agents of { $partner } end the relationship: ask them.

## One partner

partner-standing = How it stands
partner-holds = What it holds
partner-holds-nothing = It holds nothing.
partner-with-ended = Show what has ended, too
partner-without-ended = Hide what has ended
partner-autopilot-text = Without delegated admin privileges, too, the Admin agents of { $partner } can:

## Removing delegated admin privileges, and what remains

removal-title = Remove delegated admin: { $partner }
removal-goes = What goes
removal-goes-text = Everybody in these groups of { $partner } loses the role at once, and with it the portals and the directory of this tenant (DAP-5).
removal-remains = What remains
removal-remains-text = Removing delegated admin takes nothing of this away.
removal-left = What is left
removal-has-none = { $partner } has no delegated admin privileges.
removal-button = Remove
removal-not-yours = You cannot remove delegated admin here.
remains-nothing = Nothing is left.
remains-nothing-text = { $partner } holds nothing in this tenant and owes it nothing.
remains-none-of-yours = No roles are left.
remains-none-of-yours-text = There is nothing more that the customer can end by itself. Others end the rest.
remains-role-text = A role on a subscription stays until somebody removes it (SUB-4, SUB-5).
remains-more-roles = There are more roles
remains-autopilot = Windows Autopilot
remains-autopilot-text = The Admin agents of { $partner } can still:
remains-autopilot-end = This ends with the reseller relationship (APL-7).
remains-profiles = create, change and delete Autopilot profiles ({ $rule })
remains-adding = add devices ({ $rule })
remains-managing = { $count ->
    [one] manage { $count } device here ({ $rule })
    *[other] manage { $count } devices here ({ $rule })
    }
remains-deleting = { $count ->
    [one] delete { $count } device here ({ $rule })
    *[other] delete { $count } devices here ({ $rule })
    }
remains-relationship-text = The people of { $partner } see this tenant among their customers, provision subscriptions, and renew those that they provisioned (REL-1, REL-2).
remains-support-text = { $partner } goes on owing support; without delegated admin privileges it gives it through requests to Microsoft support (SUP-1, SUP-2).
remains-support-end = This ends when the contract is renegotiated. The operator of Procura records that: ask there (SUP-3).
role-removal-title = Remove a role assignment

## Subscriptions

subscriptions-title = Subscriptions
subscriptions-name = Name
subscriptions-register = Register a subscription of your own
subscriptions-empty-title = No subscriptions yet
subscriptions-empty-text = Partners provision subscriptions, and the customer registers those that it already has.
subscriptions-none-title = No subscription fits
subscriptions-none-text = Change the name or show all subscriptions.
subscriptions-kind = Kind
subscriptions-by = Provisioned by
subscriptions-by-customer = The customer registered it
subscriptions-active = Active
subscriptions-cancelled = Cancelled
subscriptions-roles = Role assignments
subscriptions-roles-on = Role assignments on “{ $subscription }”
subscriptions-no-roles = Nobody holds a role on it.
subscriptions-has-no-roles = A Microsoft 365 subscription has no roles of its own.
subscriptions-all-roles = All role assignments
subscriptions-assign = Assign a role
subscription-cancel-title = Cancel a subscription
subscription-cancel-text = “{ $subscription }” cannot be used or managed any more; its role assignments stay until somebody removes them (SUB-9). It cannot be taken up again.
assign-title = Assign a role on “{ $subscription }”
assign-nobody = Somebody named below
assign-named = Or a person by name
assign-named-hint = A user principal name, like alex@fabrikam.com: of your own people or of a partner’s.
register-title = Register a subscription of your own
register-text = On an Azure subscription you become Owner (SUB-9).
register-id = Subscription id
register-id-hint = The GUID that it already has, like 5b000000-0000-4000-8000-000000000001.
register-name = Name
register-name-hint = What people call it.
register-button = Register
subscription-renew-button = Renew
subscription-end-button = Cancel this subscription

## People and roles

people-title = People and roles
people-name = Name
people-own = The tenant’s own people
people-empty = Nobody is described or holds a directory role.
people-none = Nobody with such a name is among these. There may be more on the next page.
people-person = Person
people-person-hint = A user principal name, or the object id of somebody who is not listed yet.
people-signs-in-as = Signs in as
people-roles = Directory roles
people-actions = Changes
people-assign = Assign a directory role
people-assign-one = Assign a role
people-assign-text = Only a tenant’s own people hold roles in its directory (TEN-2).
people-describe = Change the names
people-last = The last Global administrator: somebody else has to become one first.
people-implicit = Held implicitly by partners
people-implicit-text = Groups of these partners hold directory roles by delegated admin privileges. No list of a role’s members shows them (DAP-2).
people-implicit-none = No partner holds a directory role.
people-implicit-roles = Groups and their roles
people-implicit-more = All partners with delegated admin privileges
people-partner = Partner
people-role-removal-title = Remove a directory role
describe-title = What { $person } is called
describe-text = A field that is left empty stays as it is.
describe-display-name = Display name
describe-display-name-hint = How the person is shown.
describe-signs-in-as-hint = The user principal name, like carla@contoso.com.
describe-button = Save

## Devices

devices-title = Devices
devices-caption = Devices that are registered for Windows Autopilot
devices-serial = Serial number
devices-model = Model
devices-added-by = Added by
devices-added = Added on
devices-tag = Group tag
devices-profile = Profile
devices-another-partner = Another partner
devices-empty-title = No devices yet
devices-empty-text = Partners add devices, and the customer adds them through Intune or the Microsoft Store.
devices-none-title = No device has that serial number
devices-none-text = Write the whole serial number, or show all devices.
