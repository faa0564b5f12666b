### The console’s pages for a customer’s administrators.

## Partner relationships

partners-title = Partner relationships
partners-text = The partners that you work with, what each of them can do in your tenant, and since when.
partners-name = Name or domain
partners-show = Which
partners-all = All
partners-with-dap = With delegated admin privileges
partners-without-dap = Without delegated admin privileges
partners-residual = With residual access
partners-ended = Ended relationships
partners-none-title = No partner fits
partners-none-text = Change the name or show all partners.
partners-empty-title = No partners yet
partners-empty-text = A partner appears here once you accept its request for a reseller relationship. Its e-mail has the link to it.
partners-was = Former partner
partners-relationship = Reseller relationship
partners-dap = Delegated admin privileges
partners-implicit = Implicit roles
partners-implicit-hint = Everybody in these groups holds the role in your directory. No list of a role’s members shows it (DAP-2).
partners-roles = Role assignments
partners-roles-count = { $count ->
    [0] None on your subscriptions
    [one] { $count } on your subscriptions
    *[other] { $count } on your subscriptions
    }
partners-support = Support
partners-support-owed = Owed to you:
partners-support-none = Owes you none
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
