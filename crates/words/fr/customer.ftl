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
