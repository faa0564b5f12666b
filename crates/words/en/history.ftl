### The sentences of histories, by the events' names. Names of the vocabulary stand in English as they are spelled everywhere.

history-PartnerRegistered = { $name } ({ $domain }) was registered as a partner.
history-CustomerRegistered = { $name } ({ $domain }) was registered as a customer.
history-DirectoryRoleAssigned = { $user } became { $role } of { $tenant }.
history-DirectoryRoleRemoved = { $user } is no longer { $role } of { $tenant }.
history-GroupMemberAdded = { $user } joined { $group }.
history-GroupMemberRemoved = { $user } left { $group }.
history-InvitationSent =
    { $partner } sent the invitation { $invitation } to a reseller relationship { $dap ->
        [with] with
       *[without] without
    } delegated admin privileges, for { $uses ->
        [once] one customer
       *[many] any number of customers
    }, good until { $expires }.
history-InvitationWithdrawn = { $partner } withdrew its invitation { $invitation }.
history-InvitationAccepted = { $customer } accepted the invitation { $invitation } of { $partner }.
history-InvitationDeclined = { $customer } declined the invitation { $invitation } of { $partner }.
history-RelationshipEstablished = The reseller relationship of { $customer } with { $partner } began.
history-RelationshipEnded = The reseller relationship of { $customer } with { $partner } ended.
history-DapGranted = { $customer } granted { $partner } delegated admin privileges.
history-DapRevoked = The delegated admin privileges of { $partner } at { $customer } were revoked.
history-ContractRenegotiated = The contract was renegotiated: { $partner } owes { $customer } no support any more.
history-SubscriptionProvisioned = { $partner } provisioned the { CALLED($kind) } subscription { $subscription } for { $customer }.
history-SubscriptionRegistered = { $customer } registered its { CALLED($kind) } subscription { $subscription }.
history-SubscriptionRenewed = The subscription { $subscription } of { $customer } was renewed.
history-SubscriptionCancelled = The subscription { $subscription } of { $customer } was cancelled.
history-RoleAssigned =
    { $holder } got the role { $role } on { $subscription } of { $customer }{ $origin ->
        [provisioning] , by provisioning it.
        [registered] , by registering it.
       *[assigned] .
    }
history-RoleAssignmentRemoved = { $holder } lost the role { $role } on { $subscription } of { $customer }.
history-DeviceAdded-by-partner = { $device } was added by { $partner }: { $hardware }.
history-DeviceAdded-by-customer = { $device } was added through { CALLED($channel) }: { $hardware }.
history-DeviceUpdated = { $device } got the group tag { $tag }.
history-DeviceUpdated-without-tag = { $device } lost its group tag.
history-DeviceRemoved = { $device } was removed.
history-ProfileCreated = The profile { $profile } of { $customer } was made.
history-ProfileUpdated = The profile { $profile } of { $customer } was changed.
history-ProfileDeleted = The profile { $profile } of { $customer } was deleted.
history-ProfileApplied = { $devices } got the profile { $profile }.
history-ProfileRemoved = { $devices } lost the profile { $profile }.
history-AutopilotPolicyAdopted =
    The Autopilot policy { $policy } came into force: { $policy ->
        [relationship] a reseller relationship is enough
       *[dapRequired] profiles, and deleting others' devices, need delegated admin privileges
    }.
history-ServiceRequestOpened =
    { $partner } opened a service request of { $severity } severity for { $customer }, through { $route ->
        [adminPortal] the customer's admin portal
       *[microsoftSupport] Microsoft support
    }.
history-PersonalDataErased = What people had written was erased: { $subject }.
history-PersonalDataErased-of-user = The names of user { $user } of { $tenant } were erased.
history-UserDescribed = { $holder } was given a name.
history-ConsumerSet = The consumer { $name } of { $owner } was set.
history-ConsumerDeleted = The consumer { $name } of { $owner } was deleted.
history-WebhookSet =
    The webhook { $name } of { $owner } was set{ $secret ->
        [new] , with a new secret.
       *[kept] .
    }
history-WebhookDeleted = The webhook { $name } of { $owner } was deleted.

## What an event gave or took.
history-effect-on-customer = { $role } of { $customer } for { $holder } ({ $origin })
history-effect-on-subscription = { $role } on { $subscription } for { $holder } ({ $origin })

## Parts of sentences: who and what.
# Who did something, at the beginning of a sentence that names the tenant.
history-user = User { $user }
# Who holds a role, at the beginning of a sentence.
history-holder-group = The { $group } of { $partner }
history-holder-user = User { $user } of { $tenant }
# The same within a sentence.
history-group = the { $group } of { $partner }
history-user-of = user { $user } of { $tenant }
history-person-of = { $person } of { $tenant }
history-name = “{ $name }”
# At the beginning of a sentence.
history-device = The device { $device } of { $customer }
history-devices =
    { $count ->
        [0] No device of { $customer }
        [one] The device { $devices } of { $customer }
       *[other] The devices { $devices } of { $customer }
    }
history-devices-and = { $before } and { $last }
history-devices-more = { $count } more
