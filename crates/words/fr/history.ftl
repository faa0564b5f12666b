### The sentences of histories, by the events' names.

history-PartnerRegistered = Le partenaire { $name } ({ $domain }) a été enregistré.
history-CustomerRegistered = Le client { $name } ({ $domain }) a été enregistré.
history-DirectoryRoleAssigned = { $user } a reçu le rôle { CALLED($role) } chez { $tenant }.
history-DirectoryRoleRemoved = { $user } n’a plus le rôle { CALLED($role) } chez { $tenant }.
history-GroupMemberAdded = { $user } a rejoint { $group }.
history-GroupMemberRemoved = { $user } a quitté { $group }.
history-InvitationSent =
    { $partner } a envoyé l’invitation { $invitation } à une relation de revendeur { $dap ->
        [with] avec des
       *[without] sans
    } privilèges d’administrateur délégué, pour { $uses ->
        [once] un seul client
       *[many] un nombre quelconque de clients
    }, valable jusqu’au { $expires }.
history-InvitationWithdrawn = { $partner } a retiré son invitation { $invitation }.
history-InvitationAccepted = { $customer } a accepté l’invitation { $invitation } { DE($partner) }.
history-InvitationDeclined = { $customer } a refusé l’invitation { $invitation } { DE($partner) }.
history-RelationshipEstablished = La relation de revendeur entre { $customer } et { $partner } a commencé.
history-RelationshipEnded = La relation de revendeur entre { $customer } et { $partner } a pris fin.
history-DapGranted = { $customer } a accordé à { $partner } des privilèges d’administrateur délégué.
history-DapRevoked = Les privilèges d’administrateur délégué { DE($partner) } chez { $customer } ont été supprimés.
history-ContractRenegotiated = Le contrat a été renégocié : { $partner } ne doit plus de support à { $customer }.
history-SubscriptionProvisioned = { $partner } a provisionné l’abonnement { CALLED($kind) } { $subscription } pour { $customer }.
history-SubscriptionRegistered = { $customer } a enregistré son abonnement { CALLED($kind) } { $subscription }.
history-SubscriptionRenewed = L’abonnement { $subscription } { DE($customer) } a été renouvelé.
history-SubscriptionCancelled = L’abonnement { $subscription } { DE($customer) } a été résilié.
history-RoleAssigned =
    Le rôle { CALLED($role) } sur l’abonnement { $subscription } { DE($customer) } a été attribué { A($holder) }{ $origin ->
        [provisioning] , du fait de l’approvisionnement de l’abonnement.
        [registered] , du fait de l’enregistrement de l’abonnement.
       *[assigned] .
    }
history-RoleAssignmentRemoved = Le rôle { CALLED($role) } sur l’abonnement { $subscription } { DE($customer) } a été retiré { A($holder) }.
history-DeviceAdded-by-partner = { $device } a été ajouté par { $partner } : { $hardware }.
history-DeviceAdded-by-customer = { $device } a été ajouté par le biais { DE(CALLED($channel)) } : { $hardware }.
history-DeviceUpdated = { $device } a reçu la balise de groupe { $tag }.
history-DeviceUpdated-without-tag = { $device } n’a plus de balise de groupe.
history-DeviceRemoved = { $device } a été supprimé.
history-ProfileCreated = Le profil { $profile } { DE($customer) } a été créé.
history-ProfileUpdated = Le profil { $profile } { DE($customer) } a été modifié.
history-ProfileDeleted = Le profil { $profile } { DE($customer) } a été supprimé.
history-ProfileApplied = Le profil { $profile } a été appliqué { A($devices) }.
history-ProfileRemoved = Le profil { $profile } a été retiré { DE($devices) }.
history-AutopilotPolicyAdopted =
    Une nouvelle stratégie Autopilot est entrée en vigueur : { $policy ->
        [relationship] une relation de revendeur suffit
       *[dapRequired] les profils, et la suppression des appareils ajoutés par d’autres, exigent des privilèges d’administrateur délégué
    }.
history-ServiceRequestOpened =
    { $partner } a ouvert une demande de service de gravité { CALLED($severity) } pour { $customer }, par le { $route ->
        [adminPortal] portail d’administration du client
       *[microsoftSupport] support Microsoft
    }.
history-PersonalDataErased = Ce que des personnes avaient écrit a été effacé : { $subject }.
history-PersonalDataErased-of-user = Les noms de l’utilisateur { $user } { DE($tenant) } ont été effacés.
history-UserDescribed = Un nom a été donné { A($holder) }.
history-ConsumerSet = Le consommateur { $name } { DE($owner) } a été configuré.
history-ConsumerDeleted = Le consommateur { $name } { DE($owner) } a été supprimé.
history-WebhookSet =
    Le webhook { $name } { DE($owner) } a été configuré{ $secret ->
        [new] , avec un nouveau secret.
       *[kept] .
    }
history-WebhookDeleted = Le webhook { $name } { DE($owner) } a été supprimé.

## What an event gave or took.
history-effect-on-customer = { CALLED($role) } chez { $customer } pour { $holder } ({ CALLED($origin) })
history-effect-on-subscription = { CALLED($role) } sur l’abonnement { $subscription } pour { $holder } ({ CALLED($origin) })

## Parts of sentences: who and what.
# Who did something, at the beginning of a sentence.
history-user = L’utilisateur { $user }
# Who holds a role: within a sentence here.
history-holder-group = { history-group }
history-holder-user = { history-user-of }
history-group =
    { $group ->
        [AdminAgents] les agents d’administration
        [HelpdeskAgents] les agents du support technique
       *[SalesAgents] les agents commerciaux
    } { DE($partner) }
history-user-of = l’utilisateur { $user } { DE($tenant) }
history-person-of = { $person } { DE($tenant) }
history-name = « { $name } »
# At the beginning of a sentence.
history-device = L’appareil { $device } { DE($customer) }
# Within a sentence.
history-devices =
    { $count ->
        [0] aucun appareil { DE($customer) }
        [one] l’appareil { $devices } { DE($customer) }
       *[other] les appareils { $devices } { DE($customer) }
    }
history-devices-and = { $before } et { $last }
history-devices-more =
    { $count ->
        [one] { $count } autre
       *[other] { $count } autres
    }
