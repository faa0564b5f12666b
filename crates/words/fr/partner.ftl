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

## A customer’s card

customer-relationship = Relation
customer-roles = Attributions de rôle détenues
customer-support = Support
support-owed = Dû au client.
support-route = Voie :
support-not-owed = Aucun n’est dû.
customer-nothing-title = Rien entre vous à ce moment
customer-nothing-text = Aucune relation avec ce client ce jour-là. Choisissez un autre jour ou revenez à aujourd’hui.
portals-title = Portails d’administration
portals-text = Chaque portail tel qu’il vous est ouvert ou fermé, et pourquoi.
portals-portal = Portail
portals-state = Pour vous
portal-open = Ouvert
portal-closed = Fermé
portal-no-subscription = Aucun abonnement ici ne concerne votre partenaire.
customer-no-subscriptions = Aucun qui concerne votre partenaire. Ce que vous provisionnez apparaît ici.
subscription-name = Nom
subscription-kind = Type
subscription-provisioned = Provisionné par
subscription-may = Vous pouvez
subscription-cancelled = Annulé
subscription-of-another = Propre au client, ou d’un autre
renew-button = Renouveler
cancel-ask = Annuler…
cancel-title = Annuler l’abonnement « { $subscription } »
cancel-text = Tous les droits sur cet abonnement prennent fin, sauf le lire et supprimer ses attributions de rôle. Il ne peut pas être repris.
cancel-button = Annuler l’abonnement
provision-title = Provisionner un abonnement
provision-hint = Sur un abonnement Azure, vos Agents d’administration deviennent Propriétaire. Un abonnement Microsoft 365 n’apporte aucun rôle.
provision-button = Provisionner
customer-no-devices = Aucun que vous puissiez gérer.
devices-count = { $count ->
    [one] { $count } appareil que vous pouvez gérer.
    *[other] { $count } appareils que vous pouvez gérer.
    }
devices-at-least = Plus de { $count } appareils que vous pouvez gérer. Les premiers :
customer-all-devices = Tous les appareils
requests-title = Demandes de service
requests-none = Aucune n’a été ouverte.
request-about = Objet
request-severity = Gravité
request-route = Voie
request-opened = Ouverte le
request-open = Ouvrir une demande de service
request-button = Ouvrir la demande
residual-title = Accès résiduel
residual-text = Ce que votre partenaire peut faire ici bien que ses privilèges ou la relation aient pris fin.
may-title = Ce que vous pouvez faire ici
may-text = Ouvrez une ligne pour savoir pourquoi.
leave-title = Rendre
give-up-ask = Renoncer à l’administration déléguée…
give-up-title = Renoncer aux privilèges d’administrateur délégué chez { $customer }
give-up-text = Les rôles implicites prennent fin aussitôt. La relation, les abonnements, les attributions de rôle et le support dû continuent.
give-up-button = Renoncer à l’administration déléguée
end-ask = Mettre fin à la relation…
end-title = Mettre fin à la relation avec { $customer }
end-text = Les privilèges d’administrateur délégué prennent fin avec elle. Les attributions de rôle restent jusqu’à ce que quelqu’un les supprime, et le support reste dû tant que le contrat n’est pas renégocié.
end-button = Mettre fin à la relation
customer-history = Historique de ce client
