### What the names of the vocabulary are called, by name.

# Tenants: what they are, and who reads everything.
partner = partenaire
customer = client
Operator = opérateur
Auditor = auditeur
token = authentifié par jeton
stated = déclaré, non authentifié

# Groups.
AdminAgents = Agents d’administration
HelpdeskAgents = Agents du support technique
SalesAgents = Agents commerciaux

# Roles.
GlobalAdministrator = Administrateur général
HelpdeskAdministrator = Administrateur du support technique
Owner = Propriétaire
Contributor = Contributeur
Reader = Lecteur
UserAccessAdministrator = Administrateur de l’accès utilisateur
Reseller = Revendeur

# How a role came about. The last is also a policy of Autopilot.
dap = privilèges d’administrateur délégué
provisioning = approvisionnement
registered = enregistrement
assigned = attribution
explicit = rôle explicite
relationship = relation
dapRequired = privilèges d’administrateur délégué exigés

# Subscriptions, portals and channels.
azure = Azure
microsoft365 = Microsoft 365
microsoft365AdminCenter = Centre d’administration Microsoft 365
entra = Microsoft Entra
exchange = Centre d’administration Exchange
intune = Intune
microsoftStoreForBusiness = Microsoft Store pour Entreprises
microsoftStoreForEducation = Microsoft Store pour Éducation

# Support.
adminPortal = portail d’administration du client
microsoftSupport = demande au support Microsoft
critical = critique
moderate = modérée
minimal = minimale

# How a relationship or an invitation stands: feminine in French, as both are.
active = active
ended = terminé
none = aucune
open = ouverte
used = utilisée
withdrawn = retirée
expired = expirée
once = par un seul client
many = par un nombre quelconque de clients

# A change in a report, beside the one above.
begun = commencé

# What parked events do to later ones.
goOn = continuer
wait = attendre

# Events.
PartnerRegistered = partenaire enregistré
CustomerRegistered = client enregistré
DirectoryRoleAssigned = rôle d’annuaire attribué
DirectoryRoleRemoved = rôle d’annuaire retiré
GroupMemberAdded = membre ajouté
GroupMemberRemoved = membre retiré
InvitationSent = invitation envoyée
InvitationWithdrawn = invitation retirée
InvitationAccepted = invitation acceptée
InvitationDeclined = invitation refusée
RelationshipEstablished = relation établie
RelationshipEnded = relation terminée
DapGranted = DAP accordé
DapRevoked = DAP supprimé
ContractRenegotiated = contrat renégocié
SubscriptionProvisioned = abonnement provisionné
SubscriptionRegistered = abonnement enregistré
SubscriptionRenewed = abonnement renouvelé
SubscriptionCancelled = abonnement résilié
RoleAssigned = rôle attribué
RoleAssignmentRemoved = attribution de rôle supprimée
DeviceAdded = appareil ajouté
DeviceUpdated = appareil modifié
DeviceRemoved = appareil supprimé
ProfileCreated = profil créé
ProfileUpdated = profil modifié
ProfileDeleted = profil supprimé
ProfileApplied = profil appliqué
ProfileRemoved = profil retiré
AutopilotPolicyAdopted = stratégie Autopilot adoptée
ServiceRequestOpened = demande de service ouverte
PersonalDataErased = données personnelles effacées
UserDescribed = utilisateur nommé
ConsumerSet = consommateur configuré
ConsumerDeleted = consommateur supprimé
WebhookSet = webhook configuré
WebhookDeleted = webhook supprimé

# Actions, with a hyphen for the dot in their names.
customer-view = voir le client
directory-administer = administrer l’annuaire
license-assign = attribuer des licences
service-administer = administrer les services
directory-read = lire l’annuaire
directory-resetPassword = réinitialiser des mots de passe
service-signIn = se connecter aux services
partnerRelationships-view = voir les relations de partenariat
invitation-accept = accepter ou refuser une invitation
subscription-register = enregistrer un abonnement
dap-revoke = supprimer les privilèges d’administrateur délégué
relationship-end = mettre fin à la relation de revendeur
subscription-provision = provisionner un abonnement
device-add = ajouter un appareil
profile-create = créer un profil
serviceRequest-open = ouvrir une demande de service
directoryRole-assign = attribuer des rôles d’annuaire
user-describe = donner un nom à un utilisateur
history-view = lire l’historique
report-view = établir des rapports
invitation-send = envoyer une invitation
group-manage = gérer les groupes
subscription-read = lire l’abonnement
subscription-manage = gérer l’abonnement
roleAssignment-create = attribuer un rôle sur l’abonnement
roleAssignment-remove = retirer un rôle sur l’abonnement
subscription-renew = renouveler l’abonnement
subscription-cancel = résilier l’abonnement
device-manage = gérer l’appareil
device-delete = supprimer l’appareil
profile-apply = appliquer un profil à l’appareil
profile-remove = retirer le profil de l’appareil
profile-update = modifier le profil
profile-delete = supprimer le profil
