### What the names of the vocabulary are called, by name.

# Tenants: what they are, and who reads everything.
partner = partner
customer = customer
Operator = operator
Auditor = auditor
token = authenticated by token
stated = stated, not authenticated

# Groups.
AdminAgents = Admin agents
HelpdeskAgents = Helpdesk agents
SalesAgents = Sales agents

# Roles.
GlobalAdministrator = Global administrator
HelpdeskAdministrator = Helpdesk administrator
Owner = Owner
Contributor = Contributor
Reader = Reader
UserAccessAdministrator = User access administrator
Reseller = Reseller

# How a role came about. The last is also a policy of Autopilot.
dap = delegated admin privileges
provisioning = provisioning
registered = registration
assigned = assignment
explicit = explicit role
relationship = relationship
dapRequired = delegated admin privileges required

# Subscriptions, portals and channels.
azure = Azure
microsoft365 = Microsoft 365
microsoft365AdminCenter = Microsoft 365 admin center
entra = Microsoft Entra
exchange = Exchange admin center
intune = Intune
microsoftStoreForBusiness = Microsoft Store for Business
microsoftStoreForEducation = Microsoft Store for Education

# Support.
adminPortal = the customer’s admin portal
microsoftSupport = request to Microsoft support
critical = critical
moderate = moderate
minimal = minimal

# How a relationship or an invitation stands: feminine in French, as both are.
active = active
ended = ended
none = none
open = open
used = used
withdrawn = withdrawn
expired = expired
once = by one customer
many = by any number of customers

# A change in a report, beside the one above.
begun = begun

# What parked events do to later ones.
goOn = go on
wait = wait

# Events.
PartnerRegistered = partner registered
CustomerRegistered = customer registered
DirectoryRoleAssigned = directory role assigned
DirectoryRoleRemoved = directory role removed
GroupMemberAdded = member added
GroupMemberRemoved = member removed
InvitationSent = invitation sent
InvitationWithdrawn = invitation withdrawn
InvitationAccepted = invitation accepted
InvitationDeclined = invitation declined
RelationshipEstablished = relationship established
RelationshipEnded = relationship ended
DapGranted = DAP granted
DapRevoked = DAP revoked
ContractRenegotiated = contract renegotiated
SubscriptionProvisioned = subscription provisioned
SubscriptionRegistered = subscription registered
SubscriptionRenewed = subscription renewed
SubscriptionCancelled = subscription cancelled
RoleAssigned = role assigned
RoleAssignmentRemoved = role assignment removed
DeviceAdded = device added
DeviceUpdated = device changed
DeviceRemoved = device removed
ProfileCreated = profile made
ProfileUpdated = profile changed
ProfileDeleted = profile deleted
ProfileApplied = profile applied
ProfileRemoved = profile removed
AutopilotPolicyAdopted = Autopilot policy adopted
ServiceRequestOpened = service request opened
PersonalDataErased = personal data erased
UserDescribed = user named
ConsumerSet = consumer set
ConsumerDeleted = consumer deleted
WebhookSet = webhook set
WebhookDeleted = webhook deleted

# Actions, with a hyphen for the dot in their names.
customer-view = see the customer
directory-administer = administer the directory
license-assign = assign licences
service-administer = administer services
directory-read = read the directory
directory-resetPassword = reset passwords
service-signIn = sign in to services
partnerRelationships-view = see the partner relationships
invitation-accept = accept or decline an invitation
subscription-register = register a subscription
dap-revoke = remove delegated admin privileges
relationship-end = end the reseller relationship
subscription-provision = provision a subscription
device-add = add a device
profile-create = make a profile
serviceRequest-open = open a service request
directoryRole-assign = assign directory roles
user-describe = give a user a name
history-view = read the history
report-view = make reports
invitation-send = send an invitation
group-manage = manage groups
subscription-read = read the subscription
subscription-manage = manage the subscription
roleAssignment-create = assign a role on the subscription
roleAssignment-remove = remove a role on the subscription
subscription-renew = renew the subscription
subscription-cancel = cancel the subscription
device-manage = manage the device
device-delete = delete the device
profile-apply = apply a profile to the device
profile-remove = remove the profile from the device
profile-update = change the profile
profile-delete = delete the profile
