### The console’s pages for a customer’s administrators.

## Partner relationships

partners-title = Relations de partenariat
partners-text = Les partenaires de ce locataire, ce que chacun peut y faire, et depuis quand.
partners-name = Nom ou domaine
partners-show = Lesquels
partners-none-title = Aucun partenaire ne correspond
partners-none-text = Modifiez le nom ou affichez tous les partenaires.
partners-empty-title = Pas encore de partenaire
partners-empty-text = Un partenaire apparaît ici dès que sa demande de relation de revendeur est acceptée. Le lien se trouve dans son e-mail.
partners-was = Ancien partenaire
partners-relationship = Relation de revendeur
partners-dap = Privilèges d’administrateur délégué
partners-implicit = Rôles implicites
partners-implicit-hint = Tous les membres de ces groupes détiennent le rôle dans cet annuaire. Aucune liste des membres d’un rôle ne le montre (DAP-2).
partners-roles = Attributions de rôles
partners-roles-count = { $count ->
    [0] Aucune sur les abonnements d’ici
    [one] { $count } sur les abonnements d’ici
    *[other] { $count } sur les abonnements d’ici
    }
partners-support = Support
partners-support-owed = Dû :
partners-support-none = Aucun n’est dû
partners-left = Accès résiduel
partners-left-count = { $count ->
    [one] { $count } accès restant
    *[other] { $count } accès restants
    }
partners-left-more = { $count ->
    [one] et { $count } autre
    *[other] et { $count } autres
    }
partners-details = Tout sur { $partner }
partners-remains = Ce qui reste

## How somebody came to hold something, and what ends it

came-by-dap = par les privilèges d’administrateur délégué (DAP-1)
came-by-provisioning = avec l’abonnement approvisionné par le partenaire (SUB-2)
came-by-registering = avec l’abonnement enregistré (SUB-9)
came-by-assignment = par une attribution de rôle (SUB-6)
came-by-directory = par une attribution de rôle dans l’annuaire (TEN-2)
came-by-relationship = par la relation de revendeur (REL-2)
end-role = Supprimer ce rôle
end-dap = Supprimer l’administrateur délégué
end-by-partner = Seuls les agents d’administration { DE($partner) } mettent fin à la relation : demandez-le-leur.

## One partner

partner-standing = Situation
partner-holds = Ce qu’il détient
partner-holds-nothing = Il ne détient rien.
partner-with-ended = Afficher aussi ce qui est terminé
partner-without-ended = Masquer ce qui est terminé
partner-autopilot-text = Même sans privilèges d’administrateur délégué, les agents d’administration { DE($partner) } peuvent :

## Removing delegated admin privileges, and what remains

removal-title = Supprimer l’administrateur délégué : { $partner }
removal-goes = Ce qui disparaît
removal-goes-text = Tous les membres de ces groupes { DE($partner) } perdent le rôle immédiatement, et avec lui les portails et l’annuaire de ce locataire (DAP-5).
removal-remains = Ce qui reste
removal-remains-text = Supprimer l’administrateur délégué n’enlève rien de cela.
removal-left = Ce qui reste
removal-has-none = { $partner } n’a pas de privilèges d’administrateur délégué.
removal-button = Supprimer
removal-not-yours = Vous ne pouvez pas supprimer l’administrateur délégué ici.
remains-nothing = Il ne reste rien.
remains-nothing-text = { $partner } ne détient rien sur ce locataire et ne lui doit rien.
remains-none-of-yours = Il ne reste aucun rôle.
remains-none-of-yours-text = Le client ne peut mettre fin à rien de plus par lui-même. Le reste dépend d’autres personnes.
remains-role-text = Un rôle sur un abonnement reste jusqu’à ce que quelqu’un le supprime (SUB-4, SUB-5).
remains-more-roles = Il y a d’autres rôles
remains-autopilot = Windows Autopilot
remains-autopilot-text = Les agents d’administration { DE($partner) } peuvent toujours :
remains-autopilot-end = Cela prend fin avec la relation de revendeur (APL-7).
remains-profiles = créer, modifier et supprimer des profils Autopilot ({ $rule })
remains-adding = ajouter des appareils ({ $rule })
remains-managing = { $count ->
    [one] gérer { $count } appareil d’ici ({ $rule })
    *[other] gérer { $count } appareils d’ici ({ $rule })
    }
remains-deleting = { $count ->
    [one] supprimer { $count } appareil d’ici ({ $rule })
    *[other] supprimer { $count } appareils d’ici ({ $rule })
    }
remains-relationship-text = Les personnes { DE($partner) } voient ce locataire parmi leurs clients, approvisionnent des abonnements et renouvellent ceux qu’elles ont approvisionnés (REL-1, REL-2).
remains-support-text = { $partner } doit toujours un support ; sans privilèges d’administrateur délégué, il le fournit par des demandes au support Microsoft (SUP-1, SUP-2).
remains-support-end = Cela prend fin lorsque le contrat est renégocié. L’opérateur de Procura l’enregistre : adressez-vous à lui (SUP-3).
role-removal-title = Supprimer une attribution de rôle

## Subscriptions

subscriptions-title = Abonnements
subscriptions-name = Nom
subscriptions-register = Enregistrer un abonnement à vous
subscriptions-empty-title = Pas encore d’abonnement
subscriptions-empty-text = Les partenaires approvisionnent des abonnements, et le client enregistre ceux qu’il a déjà.
subscriptions-none-title = Aucun abonnement ne correspond
subscriptions-none-text = Modifiez le nom ou affichez tous les abonnements.
subscriptions-kind = Type
subscriptions-by = Approvisionné par
subscriptions-by-customer = Enregistré par le client
subscriptions-active = Actif
subscriptions-cancelled = Annulé
subscriptions-roles = Attributions de rôles
subscriptions-roles-on = Attributions de rôles sur « { $subscription } »
subscriptions-no-roles = Personne ne détient de rôle sur cet abonnement.
subscriptions-has-no-roles = Un abonnement Microsoft 365 n’a pas de rôles propres.
subscriptions-all-roles = Toutes les attributions de rôles
subscriptions-assign = Attribuer un rôle
subscription-cancel-title = Annuler un abonnement
subscription-cancel-text = « { $subscription } » ne peut plus être utilisé ni géré ; ses attributions de rôles restent jusqu’à ce que quelqu’un les supprime (SUB-9). Il ne peut pas être repris.
assign-title = Attribuer un rôle sur « { $subscription } »
assign-nobody = Une personne nommée ci-dessous
assign-named = Ou une personne par son nom
assign-named-hint = Un nom d’utilisateur principal, comme alex@fabrikam.com : de vos propres utilisateurs ou de ceux d’un partenaire.
register-title = Enregistrer un abonnement à vous
register-text = Sur un abonnement Azure, vous devenez Propriétaire (SUB-9).
register-id = Identifiant de l’abonnement
register-id-hint = Le GUID qu’il a déjà, comme 5b000000-0000-4000-8000-000000000001.
register-name = Nom
register-name-hint = Le nom qu’on lui donne.
register-button = Enregistrer
subscription-renew-button = Renouveler
subscription-end-button = Annuler cet abonnement

## People and roles

people-title = Personnes et rôles
people-name = Nom
people-own = Utilisateurs du locataire
people-empty = Personne n’est décrit ni ne détient de rôle d’annuaire.
people-none = Personne de ce nom parmi ceux-ci. D’autres peuvent figurer sur la page suivante.
people-person = Personne
people-person-hint = Un nom d’utilisateur principal, ou l’identifiant d’objet d’une personne qui ne figure pas encore dans la liste.
people-signs-in-as = Se connecte en tant que
people-roles = Rôles d’annuaire
people-actions = Modifications
people-assign = Attribuer un rôle d’annuaire
people-assign-one = Attribuer un rôle
people-assign-text = Seuls les utilisateurs d’un locataire détiennent des rôles dans son annuaire (TEN-2).
people-describe = Modifier les noms
people-last = Le dernier Administrateur général : quelqu’un d’autre doit d’abord le devenir.
people-implicit = Détenu implicitement par des partenaires
people-implicit-text = Des groupes de ces partenaires détiennent des rôles d’annuaire par des privilèges d’administrateur délégué. Aucune liste des membres d’un rôle ne les montre (DAP-2).
people-implicit-none = Aucun partenaire ne détient de rôle d’annuaire.
people-implicit-roles = Groupes et leurs rôles
people-implicit-more = Tous les partenaires avec privilèges d’administrateur délégué
people-partner = Partenaire
people-role-removal-title = Supprimer un rôle d’annuaire
describe-title = Noms de la personne : { $person }
describe-text = Un champ laissé vide reste inchangé.
describe-display-name = Nom d’affichage
describe-display-name-hint = Le nom sous lequel la personne est affichée.
describe-signs-in-as-hint = Le nom d’utilisateur principal, comme carla@contoso.com.
describe-button = Enregistrer

## Devices

devices-title = Appareils
devices-caption = Appareils inscrits à Windows Autopilot
devices-serial = Numéro de série
devices-model = Modèle
devices-added-by = Ajouté par
devices-added = Ajouté le
devices-tag = Balise de groupe
devices-profile = Profil
devices-another-partner = Un autre partenaire
devices-empty-title = Pas encore d’appareil
devices-empty-text = Les partenaires ajoutent des appareils, et le client en ajoute via Intune ou le Microsoft Store.
devices-none-title = Aucun appareil n’a ce numéro de série
devices-none-text = Saisissez le numéro de série complet ou affichez tous les appareils.
