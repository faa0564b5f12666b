### The console’s pages for all: days, history, questions, search.

## History

history-title = Historique
history-from = À partir du
history-until = Jusqu’au
history-type = Quoi
history-every-type = Tout
history-by = Par { $author }
history-operator = { $name }, opérateur
history-position = position { $position }
history-none-title = Rien de tel ne s’est passé
history-none-text = Choisissez d’autres jours, ou tout.
history-empty-title = Rien ne s’est encore passé
history-empty-text = Ce qui est fait ici, par qui et selon quelle règle, est raconté sur cette page pour toujours.

## Ask

ask-title = Poser une question
ask-text = Quelqu’un peut-il faire quelque chose quelque part, et pourquoi ? Choisissez un jour ci-dessus pour une question sur le passé.
ask-subject = Sur qui porte la question
ask-person = Une personne
ask-group = Les membres de : { $group }
ask-who = Qui
ask-who-hint = Un nom d’utilisateur principal comme alex@fabrikam.com, ou un partenaire pour un groupe. Vide : vous, ou votre organisation.
ask-what = Fait quoi
ask-choose = Choisir
ask-on-customer = Chez un client
ask-on-subscription = Sur un abonnement
ask-on-device = Avec un appareil
ask-on-profile = Avec un profil Autopilot
ask-on-partner = Chez un partenaire
ask-to = À quoi
ask-to-hint = Une organisation par son nom ou son domaine, un abonnement ou un profil par son nom, un appareil par son numéro de série. Vide : votre organisation.
ask-button = Demander
ask-yes = Oui
ask-no = Non
ask-now = En l’état actuel.
ask-then = En l’état à la fin du { $day }.
ask-unknown = Rien de ce que vous connaissez ne porte ce nom.
ask-several = Plusieurs portent ce nom. Lequel ?
ask-more = Il y en a d’autres. Soyez plus précis, ou donnez l’identifiant.
why-unknown = Quelque chose dans la question est inconnu ici.
why-by = par { $author }
why-more = Il y a d’autres raisons, plus anciennes.

## Search

search-title = Rechercher
search-customers = Clients
search-partners = Partenaires
search-people = Personnes
search-subscriptions = Abonnements
search-devices = Appareils
search-profiles = Profils Autopilot
search-start-title = Que cherchez-vous ?
search-start-text = Une partie du nom ou du domaine d’une organisation, le nom d’une personne ou son nom d’utilisateur principal, le nom d’un abonnement ou d’un profil, le numéro de série d’un appareil, ou un identifiant.
search-none-title = Rien de trouvé pour « { $text } »
search-none-text = Seul ce que vous pouvez connaître est parcouru. Les abonnements, les profils et les appareils se trouvent par leur nom ou numéro de série complet.
search-more = D’autres éléments correspondent. Soyez plus précis.

## Organisations

organisations-kind = Lesquelles
organisations-name = Nom
organisations-domain = Domaine
organisations-none-title = Aucune organisation ne correspond
organisations-none-text = Changez le nom, ou regardez la page suivante s’il y en a une.
