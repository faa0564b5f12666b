### The console’s pages for a partner’s people.

## Customers

customers-title = Clients
customers-name = Nom ou domaine
customers-show = Lesquels
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
customer-nothing-title = Aucune relation ce jour-là
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
leave-title = Ce à quoi vous pouvez renoncer
give-up-ask = Renoncer à l’administration déléguée…
give-up-title = Renoncer aux privilèges d’administrateur délégué chez { $customer }
give-up-text = Les rôles implicites prennent fin aussitôt. La relation, les abonnements, les attributions de rôle et le support dû continuent.
give-up-button = Renoncer à l’administration déléguée
end-ask = Mettre fin à la relation…
end-title = Mettre fin à la relation avec { $customer }
end-text = Les privilèges d’administrateur délégué prennent fin avec elle. Les attributions de rôle restent jusqu’à ce que quelqu’un les supprime, et le support reste dû tant que le contrat n’est pas renégocié.
end-button = Mettre fin à la relation
customer-history = Historique de ce client

## Invitations

invitations-title = Invitations
invitations-state = État
invitations-every-state = Tous les états
invitations-none-title = Aucune invitation n’est dans cet état
invitations-none-text = Choisissez un autre état, ou tous.
invitations-empty-title = Aucune invitation pour l’instant
invitations-empty-text = Demandez une relation de revendeur : vous obtenez un message avec un lien personnalisé, que vous envoyez au client.
invitation-title = Invitation
invitation-of = Invitation de { $partner }
invitation-sent = Faite le
invitation-asks = Demande
invitation-uses = Peut être acceptée
invitation-language = Langue du message
invitation-until = Jusqu’au
invitation-accepted-by = Acceptée par
invitation-declined-by = Refusée par
invitation-nobody = Personne pour l’instant
invitation-with-dap = Relation avec privilèges d’administrateur délégué
invitation-without-dap = Relation seule
invitation-with-dap-hint = Vos Agents d’administration deviennent Administrateurs généraux et vos Agents du support technique Administrateurs du support technique dans l’annuaire du client, jusqu’à ce que l’un des deux y mette fin.
invitation-without-dap-hint = Vous provisionnez et renouvelez des abonnements, gérez Autopilot et devez le support, sans aucun rôle d’administrateur dans l’annuaire du client.
language-en = Anglais
language-fr = Français

## Requesting a relationship

invitation-new-title = Demander une relation de revendeur
invitation-new-text = Choisissez ce que vous demandez, vérifiez le brouillon, puis envoyez vous-même le message au client : il contient un lien personnalisé qui associe à votre organisation quiconque accepte.
invitation-settings = Ce que vous demandez
invitation-days = Jours avant l’expiration
invitation-for-days = { $count ->
    [one] { $count } jour
    *[other] { $count } jours
    }
invitation-write = Rédiger le brouillon
invitation-write-hint = Le brouillon ci-dessous est rédigé à nouveau.
invitation-draft = Le message
invitation-recipient = Destinataire
invitation-recipient-hint = Une adresse e-mail ; facultatif.
invitation-subject = Objet
invitation-message = Message
invitation-send-hint = Rien n’est envoyé d’ici : la page suivante contient le message terminé, à copier ou à ouvrir dans votre application de messagerie.
link-there = Le lien personnalisé figurera à la place de { $link }.
link-missing = Le lien manque. Écrivez { $link } à l’endroit où il doit figurer.

## An invitation, for those who send it

invitation-draft-text = Voici le message tel que le client le lira. Ouvrez-le dans votre application de messagerie, téléchargez-le ou copiez-le.
invitation-mailto = Ouvrir dans la messagerie
invitation-eml = Télécharger en .eml
invitation-no-mailto = Le message est trop long pour s’ouvrir par un lien dans la messagerie : téléchargez-le ou copiez-le.
invitation-link = Lien personnalisé
invitation-erased = Le destinataire et le message ont été effacés.
invitation-again = Demander à nouveau avec ces réglages
copy = Copier le message
copied = Copié
withdraw-ask = Retirer…
withdraw-title = Retirer l’invitation
withdraw-text = Plus personne ne peut l’accepter. Les relations acceptées continuent.
withdraw-button = Retirer

## An invitation, for the customer who has its link

invitation-who-asks = { $partner } demande une relation de revendeur à votre organisation.
invitation-answer-until = Vous pouvez accepter ou refuser jusqu’au
invitation-will-be-able = Ce que { $partner } pourra faire si vous acceptez
invitation-will-administer = Ses Agents d’administration seront Administrateurs généraux de votre annuaire : ils gèrent en votre nom utilisateurs, groupes, licences et services.
invitation-will-helpdesk = Ses Agents du support technique seront Administrateurs du support technique : ils lisent votre annuaire et réinitialisent les mots de passe.
invitation-no-administrator = Il n’obtient aucun rôle d’administrateur dans votre annuaire.
invitation-will-provision = Il peut vous fournir des abonnements, et renouveler ou annuler ceux qu’il a fournis. Ses Agents d’administration sont Propriétaires de ceux d’Azure.
invitation-will-autopilot = Il peut ajouter des appareils à Windows Autopilot et gérer des profils.
invitation-will-support = Il vous doit le support, jusqu’à renégociation du contrat.
invitation-may-remove = Vous pouvez supprimer ces privilèges à tout moment dans la page Relations de partenariat ; la relation continue alors sans eux.
invitation-no-subscriptions = Il n’obtient aucun accès aux abonnements Azure que vous avez déjà.
invitation-open = Elle est ouverte. Rien ne peut être répondu d’ici.
invitation-used = Une autre organisation a accepté cette invitation, qui valait pour une seule. Demandez-en une nouvelle à { $partner }.
invitation-withdrawn = { $partner } a retiré cette invitation. Demandez-en une nouvelle si vous souhaitez toujours la relation.
invitation-expired = Cette invitation a expiré. Demandez-en une nouvelle à { $partner }.
invitation-accepted = Votre organisation a accepté cette invitation : ce que { $partner } a désormais figure dans la page Relations de partenariat.
invitation-declined = Votre organisation a refusé cette invitation. Demandez-en une nouvelle à { $partner } si vous avez changé d’avis.
accept-button = Accepter
decline-ask = Refuser…
decline-title = Refuser l’invitation
decline-text = Votre organisation ne pourra plus accepter cette invitation. Le partenaire peut en envoyer une autre.
decline-button = Refuser
invitation-unseen-customer = Seuls les Administrateurs généraux de votre organisation voient les invitations, et les acceptent ou les refusent.
invitation-unseen-customer-next = Envoyez l’adresse de cette page à l’un d’eux.
invitation-unseen-partner = Seuls les Agents d’administration et les Agents commerciaux du partenaire qui a envoyé une invitation la voient.
invitation-unseen-partner-next = Un Administrateur général de votre organisation ajoute des personnes à ces groupes, dans la page Groupes.
invitation-missing = Ce qui vous manque
implicit-role = { $group } : { $role }

## Groups and people

groups-title = Groupes
groups-text = Ce que les membres peuvent faire chez vos clients dépend du groupe, dès l’arrivée d’une personne et jusqu’à son départ.
group-admin-agents = Administrateurs généraux des annuaires des clients où les privilèges d’administrateur délégué sont en vigueur ; Propriétaire des abonnements Azure que vous provisionnez. Ils envoient les invitations, provisionnent, gèrent Autopilot, renoncent aux privilèges et mettent fin aux relations.
group-helpdesk-agents = Administrateurs du support technique des annuaires des clients où les privilèges d’administrateur délégué sont en vigueur. Ils ouvrent les demandes de service.
group-sales-agents = Ils envoient les invitations, provisionnent et renouvellent les abonnements, et ajoutent des appareils. Ils n’ont aucun rôle dans les annuaires des clients.
group-empty = Personne n’en fait partie. Un Administrateur général de votre organisation y ajoute des membres.
group-more = Il y en a d’autres : le fichier CSV les contient tous.
member-add-who = Nom d’utilisateur principal ou ID d’objet
member-add-hint = Choisissez une personne ou saisissez. Vous verrez ce qui vient avec le groupe avant que rien ne soit fait.
member-add-ask = Ajouter…
member-add-title = Ajouter { $user } au groupe { $what }
member-add-text = Ceci vient avec le groupe, aussitôt.
member-add-button = Ajouter
member-remove-ask = Retirer…
member-remove-title = Retirer { $user } du groupe { $what }
member-remove-text = Ceci disparaît avec le groupe, aussitôt. Les rôles attribués à la personne elle-même restent.
member-remove-button = Retirer
role-assign-title = Attribuer à { $user } le rôle { $what }
role-assign-text = Le rôle vaut dans votre propre annuaire.
role-assign-button = Attribuer le rôle
role-remove-title = Retirer à { $user } le rôle { $what }
role-remove-text = Le rôle prend fin aussitôt.
role-remove-button = Retirer le rôle
groups-people = Personnes de votre organisation
people-none-title = Personne ne correspond
people-none-text = Changez le nom, ou voyez la page suivante s’il y en a une.
person-name = Nom d’affichage
person-upn = Nom d’utilisateur principal
person-roles = Rôles d’annuaire
person-id = ID d’objet
person-new-title = Décrire une personne
person-new-text = Donnez ici un nom à une personne de votre organisation. Elle pourra ensuite être ajoutée à des groupes.
person-no-groups = Dans aucun groupe.
person-no-roles = Aucun rôle d’annuaire explicite.
person-add-to = Ajouter à { $what }…
person-assign = Attribuer { $what }…
person-names = Noms
person-names-text = Les noms sont conservés scellés et peuvent être effacés.
person-save = Enregistrer les noms
person-back = Revenir aux groupes
member-unknown = Personne de votre organisation ne porte ce nom. Décrivez d’abord la personne ou saisissez son ID d’objet.
invitation-send-button = Créer l’invitation
