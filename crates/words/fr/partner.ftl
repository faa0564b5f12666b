### The console’s pages for a partner’s people.

## Customers

customers-title = Clients
customers-name = Nom ou domaine
customers-show = Lesquels
customers-all = Tous
customers-with-dap = Avec privilèges d’administrateur délégué
customers-without-dap = Sans privilèges d’administrateur délégué
customers-residual = Avec accès résiduels
customers-ended = Relations terminées
customers-dap = Privilèges d’administrateur délégué
customers-subscriptions = Abonnements
customers-count = { $count ->
    [one] { $count } client
    *[other] { $count } clients
    }
customers-none-title = Aucun client ne correspond
customers-none-text = Changez le nom ou affichez tous les clients.
customers-empty-title = Aucun client pour l’instant
customers-empty-text = Un client apparaît ici une fois qu’il a accepté une invitation. Envoyez-en une sous Invitations.
