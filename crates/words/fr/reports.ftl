### The reports.

report-access-review = Revue des accès
report-residual-access = Accès résiduels
report-dap-inventory = Inventaire des privilèges d’administrateur délégué
report-changes = Changements des accès
report-support-duties = Obligations de support
report-about-access-review = Toutes les autorisations en vigueur au moment de ce rapport : qui les détient, d’où elles viennent, qui les a accordées, et le dernier événement qui a changé leurs détenteurs.
report-about-residual-access = Ce que des partenaires peuvent encore faire chez un client alors que leurs privilèges d’administrateur délégué ou leur relation de revendeur y ont pris fin et n’ont pas été accordés de nouveau. Les plus anciens d’abord.
report-about-dap-inventory = Quels partenaires détiennent des privilèges d’administrateur délégué (DAP) dans l’annuaire de quels clients, depuis quand, et combien de personnes peuvent s’en servir : tant qu’ils sont en vigueur, les agents d’administration y sont administrateurs généraux et les agents du support technique administrateurs du support technique.
report-about-changes = Les autorisations qui ont commencé et pris fin après le { $from } et jusqu’au { $until }, et les personnes entrées dans les groupes des partenaires qui s’en servent, ou sorties de ces groupes.
report-about-support-duties = Quel partenaire doit un support à quel client, depuis quand, et par quelle voie. L’obligation dure jusqu’à la renégociation du contrat, quoi qu’il advienne des autorisations et de la relation.
report-about-changes-all = Les autorisations qui ont commencé et pris fin jusqu’au { $until }, et les personnes entrées dans les groupes des partenaires qui s’en servent, ou sorties de ces groupes.
report-title-of = { $report } – { $subject }
report-title-both = { $partner } chez { $customer }
report-title-everybody = tous les clients et partenaires
report-about-partner = Le rapport couvre les clients avec lesquels le partenaire a ou a eu une relation de revendeur. Ce qu’il détient ailleurs figure dans la revue du client concerné.

## Rows.
report-rows =
    { $count ->
        [one] { $count } ligne
       *[other] { $count } lignes
    }
table-grant = Autorisations en vigueur
table-residualAccess = Accès résiduels
table-dap = Privilèges en vigueur
table-groupSize = Effectifs des groupes au fil du temps
table-access = Autorisations commencées et terminées
table-member = Membres des groupes
table-membership = Entrées et sorties des groupes
table-supportDuty = Support dû
report-empty = Aucun élément.

## Columns.
column-customer = Client
column-partner = Partenaire
column-principal = Détenteur
column-member = Personne
column-role = Rôle
column-scope = Où
column-origin = Origine
column-granted = Accordé
column-joined = Entrée dans le groupe
column-lastChange = Dernier changement
column-members = Membres
column-dapEnded = Fin du DAP
column-relationshipEnded = Fin de la relation
column-days = Jours résiduels
column-adminAgents = Agents d’administration
column-helpdeskAgents = Agents du support technique
column-group = Groupe
column-from = À partir du
column-size = Membres
column-change = Changement
column-recorded = Enregistré
column-owedSince = Dû depuis
column-route = Voie
column-relationship = Relation
column-requests = Demandes ouvertes

## Cells.
report-unchanged = aucun depuis
report-holder-user = Utilisateur de { $tenant }
report-user-named = { $name }, { $tenant }
report-holder-partner = le partenaire lui-même
report-scope-customer = annuaire et locataire
report-scope-subscription = abonnement
report-position = position { $position }
report-by = { $event } par { $who }
report-operator = { $name }, opérateur

## Pictures.
report-lanes-title = Qui a détenu quoi, et quand
report-lanes-description = Une ligne par autorisation, du { $from } au { $until }. Une barre montre de quand à quand elle a été détenue ; celle qui atteint le bord droit est en vigueur.
report-lanes-part = Qui a détenu quoi, et quand, partie { $part } sur { $parts }
report-lanes-more =
    { $count ->
        [one] { $count } autre ligne n’est pas dessinée : le tableau donne ce qui est en vigueur, la forme JSON de ce rapport toutes les périodes.
       *[other] { $count } autres lignes ne sont pas dessinées : le tableau donne ce qui est en vigueur, la forme JSON de ce rapport toutes les périodes.
    }
report-lanes-bar = { $what }, du { $from } au { $until }
report-lanes-bar-open = { $what }, depuis le { $from }, en vigueur
report-steps-title = Membres des groupes de { $partner }
report-steps-description = Les effectifs des deux groupes du { $from } au { $until }, qui figurent dans le tableau ci-dessous.
report-steps-more =
    { $count ->
        [one] { $count } autre partenaire n’est pas dessiné : le tableau le donne.
       *[other] { $count } autres partenaires ne sont pas dessinés : le tableau les donne.
    }

## The statement.
report-statement = À propos de ce rapport
report-statement-moment = Moment
report-statement-log = Position du journal
report-statement-names = Noms des personnes
report-statement-names-of = à la position { $position }
report-statement-rules = Règles
report-statement-version = version { $version }
report-statement-parameters = Paramètres
report-statement-checkpoint = Point de contrôle du journal
report-statement-verify = Pour le refaire et en comparer chaque octet :
