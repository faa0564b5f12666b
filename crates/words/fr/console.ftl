### Pages of the console that all have in common.

## What stands around every page.

skip-to-content = Aller au contenu
menu-label = Pages
menu-customers = Clients
menu-invitations = Invitations
menu-groups = Groupes
menu-history = Historique
menu-partners = Relations de partenariat
menu-subscriptions = Abonnements
menu-devices = Appareils
menu-people = Personnes et rôles
menu-organisations = Organisations
menu-ask = Poser une question
finder-label = Rechercher
finder-hint = Nom, domaine, numéro de série, identifiant
finder-button = Rechercher
day-label = À la date du
day-button = Afficher
past-title = Vous regardez le { $day }.
past-text = Voici l’état à la fin de ce jour (UTC). Rien ne peut être modifié ici.
past-back = Revenir à aujourd’hui
footer-times = Tous les jours et heures sont en UTC.
language-label = Langue
sign-out = Se déconnecter

## Pieces that many pages have.

since = depuis le
filter-button = Afficher
csv = Télécharger en CSV
pager-label = Autres pages
pager-first = Première page
pager-next = Page suivante
relationship-active = Active
relationship-ended = Terminée
relationship-none = Aucune
dap-in-force = En vigueur
dap-none = Aucun

## What went wrong.

problem-details = Détails
problem-code = Code
problem-rule = Règle
problem-detail = Selon l’API
problem-home = Vers la page d’accueil

## Who holds what where.

user-of-tenant = { $user } de { $tenant }
group-of-tenant = { $group } de { $tenant }
scope-tenant = annuaire et locataire de { $tenant }
scope-subscription = abonnement « { $subscription } »
access = { $holder } : { $role }, { $scope } ({ $origin })
gained = Gagné :
lost = Perdu :

## What a form did.

done-title = C’est fait
conflict-title = Quelque chose s’est passé entre-temps
conflict-text = Rien n’a été modifié, car la page sur laquelle vous avez agi n’est plus à jour.
conflict-since = Depuis l’affichage de cette page
conflict-unseen = Ce qui s’est passé ne vous est pas visible.
conflict-again = Revoir la page
until = jusqu’au
cancel = Annuler
id = Identifiant
column-who = Qui
column-where = Où
column-how = Origine
column-since = Depuis le
column-end = Pour y mettre fin
confirm-changes = Ce qui change
confirm-nothing = L’accès de personne ne change.
confirm-left = Ce qui reste malgré tout (accès résiduel)
has-ended = Terminé

## The customer in view

customer-card = Aperçu
switch-title = Un autre client
switch-label = Un autre client
switch-button = Changer
switch-none-text = Changez le nom, ou laissez-le vide pour voir les premiers.

## What would change, and why something is so.

why = Pourquoi
and-more = Et d’autres
confirm-back = Revenir sans rien modifier
confirm-not-here = Rien ne peut être modifié d’ici.
erased = Effacé

## What is wrong with a field.

field-empty = Remplissez ce champ.
field-too-long = Au plus { $max } caractères.
field-control = Retirez les caractères non imprimables.
field-domain = Écrivez un nom de domaine comme contoso.com.
field-address = Écrivez une adresse e-mail comme alex@contoso.com.
field-user-principal-name = Écrivez un nom d’utilisateur principal comme alex@contoso.com.
field-unreadable = Ceci ne peut pas être lu.
group-grant = { $count ->
    [one] { $role }, sur { $count } client ou abonnement ({ $origin })
    *[other] { $role }, sur { $count } clients ou abonnements ({ $origin })
    }
pair = { $name } : { $value }
column-state = État
field-choice = Choisissez-en un.
field-guid = Saisissez un GUID comme 5b000000-0000-4000-8000-000000000001.
field-nobody = Personne que vous puissiez connaître ne s’appelle ainsi.
field-several = Plusieurs personnes s’appellent ainsi.
field-not-ours = Ce n’est pas l’un des utilisateurs du locataire.
field-name = Saisissez une ligne d’au plus 256 caractères.
form-problems = Rien n’a encore été fait : voyez les champs signalés.

## The customer in view

field-object-id = Écrivez un ID d’objet comme 1f0a6a4e-0000-4000-8000-000000000010.

## Which relationships of a list

which-all = Tous
which-with-dap = Avec privilèges d’administrateur délégué
which-without-dap = Sans privilèges d’administrateur délégué
which-residual = Avec accès résiduels
which-ended = Relations terminées
