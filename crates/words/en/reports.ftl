### The reports.

report-access-review = Access review
report-residual-access = Residual access
report-dap-inventory = Inventory of delegated admin privileges
report-changes = Changes of access
report-support-duties = Support duties
report-about-access-review = Every permission in force at the moment of this report: who holds it, how they came by it, who granted it, and the newest event that changed who holds it.
report-about-residual-access = What partners can still do in a customer’s tenant although their delegated admin privileges or their reseller relationship there ended and were not given again. The longest comes first.
report-about-dap-inventory = Which partners hold delegated admin privileges (DAP) in whose directory, since when, and how many people can use them: while they are in force, Admin agents are Global administrators there, and Helpdesk agents Helpdesk administrators.
report-about-changes = The permissions that began and ended after { $from } and up to { $until }, and who joined and left the partners’ groups that use them.
report-about-support-duties = Which partner owes which customer support, since when, and how it gives it. The duty lasts until the contract is renegotiated, whatever becomes of permissions and relationship.
report-about-changes-all = The permissions that began and ended up to { $until }, and who joined and left the partners’ groups that use them.
report-title-of = { $report } – { $subject }
report-title-both = { $partner } at { $customer }
report-title-everybody = all customers and partners
report-about-partner = It covers the customers that the partner has or had a reseller relationship with. What it holds elsewhere stands in the review of that customer.

## Rows.
report-rows =
    { $count ->
        [one] { $count } row
       *[other] { $count } rows
    }
table-grant = Permissions in force
table-residualAccess = Residual access
table-dap = Privileges in force
table-groupSize = Sizes of the groups over time
table-access = Permissions begun and ended
table-member = Members of the groups
table-membership = Group memberships begun and ended
table-supportDuty = Support owed
report-empty = None.

## Columns.
column-customer = Customer
column-partner = Partner
column-principal = Who holds it
column-member = Who
column-role = Role
column-scope = Where
column-origin = How it came about
column-granted = Granted
column-joined = Joined
column-lastChange = Last change
column-members = Members
column-dapEnded = DAP ended
column-relationshipEnded = Relationship ended
column-days = Days residual
column-adminAgents = Admin agents
column-helpdeskAgents = Helpdesk agents
column-group = Group
column-from = From
column-size = Members
column-change = Change
column-recorded = Recorded
column-owedSince = Owed since
column-route = Route
column-relationship = Relationship
column-requests = Requests opened

## Cells.
report-unchanged = none since
report-holder-user = User of { $tenant }
report-user-named = { $name }, { $tenant }
report-holder-partner = the partner itself
report-scope-customer = directory and tenant
report-scope-subscription = subscription
report-position = position { $position }
report-by = { $event } by { $who }
report-operator = { $name }, operator

## Pictures.
report-lanes-title = Who held what when
report-lanes-description = A lane for each permission, from { $from } to { $until }. A bar shows from when until when it was held; one that reaches the right edge is in force.
report-lanes-part = Who held what when, part { $part } of { $parts }
report-lanes-more =
    { $count ->
        [one] { $count } more lane is not drawn: the table has what is in force, the JSON form of this report every period.
       *[other] { $count } more lanes are not drawn: the table has what is in force, the JSON form of this report every period.
    }
report-lanes-bar = { $what }, from { $from } until { $until }
report-lanes-bar-open = { $what }, from { $from }, in force
report-steps-title = Members of the groups of { $partner }
report-steps-description = The sizes of the two groups from { $from } to { $until }, which stand in the table below.
report-steps-more =
    { $count ->
        [one] { $count } more partner is not drawn: the table has it.
       *[other] { $count } more partners are not drawn: the table has them.
    }

## The statement.
report-statement = What this report states of itself
report-statement-moment = Moment
report-statement-log = Log position
report-statement-names = Names of people
report-statement-names-of = as of position { $position }
report-statement-rules = Rules
report-statement-version = version { $version }
report-statement-parameters = Parameters
report-statement-checkpoint = Checkpoint of the log
report-statement-verify = To make it again and compare every byte:
