### The console’s pages for a customer’s administrators.

## Partner relationships

partners-title = Relations de partenariat
partners-text = Les partenaires avec lesquels vous travaillez, ce que chacun peut faire sur votre locataire, et depuis quand.
partners-name = Nom ou domaine
partners-show = Lesquels
partners-all = Tous
partners-with-dap = Avec privilèges d’administrateur délégué
partners-without-dap = Sans privilèges d’administrateur délégué
partners-residual = Avec accès résiduel
partners-ended = Relations terminées
partners-none-title = Aucun partenaire ne correspond
partners-none-text = Modifiez le nom ou affichez tous les partenaires.
partners-empty-title = Pas encore de partenaire
partners-empty-text = Un partenaire apparaît ici dès que vous acceptez sa demande de relation de revendeur. Le lien se trouve dans son e-mail.
partners-was = Ancien partenaire
partners-relationship = Relation de revendeur
partners-dap = Privilèges d’administrateur délégué
partners-implicit = Rôles implicites
partners-implicit-hint = Tous les membres de ces groupes détiennent le rôle dans votre annuaire. Aucune liste des membres d’un rôle ne le montre (DAP-2).
partners-roles = Attributions de rôles
partners-roles-count = { $count ->
    [0] Aucune sur vos abonnements
    [one] { $count } sur vos abonnements
    *[other] { $count } sur vos abonnements
    }
partners-support = Support
partners-support-owed = Vous est dû :
partners-support-none = Ne vous en doit pas
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
removal-goes-text = Tous les membres de ces groupes { DE($partner) } perdent le rôle immédiatement, et avec lui vos portails et votre annuaire (DAP-5).
removal-remains = Ce qui reste
removal-remains-text = Supprimer l’administrateur délégué n’enlève rien de cela.
removal-left = Ce qui reste
removal-has-none = { $partner } n’a pas de privilèges d’administrateur délégué.
removal-button = Supprimer
removal-not-yours = Vous ne pouvez pas supprimer l’administrateur délégué ici.
remains-nothing = Il ne reste rien.
remains-nothing-text = { $partner } ne détient plus rien sur votre locataire.
remains-none-of-yours = Il ne reste aucun rôle.
remains-none-of-yours-text = Vous avez mis fin à tout ce qui dépend de vous. Le reste dépend d’autres personnes.
remains-role-text = Un rôle sur un abonnement reste jusqu’à ce que quelqu’un le supprime (SUB-4, SUB-5).
remains-more-roles = Il y a d’autres rôles
remains-autopilot = Windows Autopilot
remains-autopilot-text = Les agents d’administration { DE($partner) } peuvent toujours :
remains-autopilot-end = Cela prend fin avec la relation de revendeur (APL-7).
remains-profiles = créer, modifier et supprimer des profils Autopilot ({ $rule })
remains-adding = ajouter des appareils ({ $rule })
remains-managing = { $count ->
    [one] gérer { $count } de vos appareils ({ $rule })
    *[other] gérer { $count } de vos appareils ({ $rule })
    }
remains-deleting = { $count ->
    [one] supprimer { $count } de vos appareils ({ $rule })
    *[other] supprimer { $count } de vos appareils ({ $rule })
    }
remains-relationship-text = Les personnes { DE($partner) } vous voient parmi leurs clients, approvisionnent des abonnements et renouvellent ceux qu’elles ont approvisionnés (REL-1, REL-2).
remains-support-text = { $partner } vous doit toujours un support ; sans privilèges d’administrateur délégué, il le fournit par des demandes au support Microsoft (SUP-1, SUP-2).
remains-support-end = Cela prend fin lorsque votre contrat est renégocié. L’opérateur de Procura l’enregistre : adressez-vous à lui (SUP-3).
role-removal-title = Supprimer une attribution de rôle
