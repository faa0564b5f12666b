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
removal-goes-text = Everybody in these groups of { $partner } loses the role at once, and with it your portals and your directory (DAP-5).
removal-remains = What remains
removal-remains-text = Removing delegated admin takes nothing of this away.
removal-left = What is left
removal-has-none = { $partner } has no delegated admin privileges.
removal-button = Remove
removal-not-yours = You may not remove delegated admin from here.
remains-nothing = Nothing is left.
remains-nothing-text = { $partner } holds nothing in your tenant any more.
remains-none-of-yours = No roles are left.
remains-none-of-yours-text = You have ended all that you can end by yourself. Others end the rest.
remains-role-text = A role on a subscription stays until somebody removes it (SUB-4, SUB-5).
remains-more-roles = There are more roles
remains-autopilot = Windows Autopilot
remains-autopilot-text = The Admin agents of { $partner } can still:
remains-autopilot-end = This ends with the reseller relationship (APL-7).
remains-profiles = create, change and delete Autopilot profiles ({ $rule })
remains-adding = add devices ({ $rule })
remains-managing = { $count ->
    [one] manage { $count } of your devices ({ $rule })
    *[other] manage { $count } of your devices ({ $rule })
    }
remains-deleting = { $count ->
    [one] delete { $count } of your devices ({ $rule })
    *[other] delete { $count } of your devices ({ $rule })
    }
remains-relationship-text = The people of { $partner } see you among their customers, provision subscriptions, and renew those that they provisioned (REL-1, REL-2).
remains-support-text = { $partner } goes on owing you support; without delegated admin privileges it gives it through requests to Microsoft support (SUP-1, SUP-2).
remains-support-end = This ends when the contract between you is renegotiated. The operator of Procura records that: ask there (SUP-3).
role-removal-title = Remove a role assignment
