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
