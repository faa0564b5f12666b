### The draft of an invitation’s e-mail.

draft-subject = { $partner } vous demande une relation de revendeur
draft-text =
    Bonjour,

    { $partner } demande à votre organisation une relation de revendeur. Si vous acceptez, ce partenaire pourra vous fournir des abonnements et les renouveler, et vous devra un support client.

    { $dap }

    Pour accepter, ouvrez ce lien et connectez-vous en tant qu’administrateur général de votre organisation :

    { $link }

    { $uses ->
        [once] L’invitation peut être acceptée une fois, jusqu’au { $until }.
       *[many] L’invitation peut être acceptée jusqu’au { $until }.
    }
draft-with-dap = Ce partenaire demande aussi des privilèges d’administrateur délégué : ses agents d’administration seraient administrateurs généraux et ses agents du support technique administrateurs du support technique dans votre annuaire. Vous pourrez supprimer ces privilèges dans la page Relations de partenariat de votre centre d’administration ; la relation continue alors sans eux.
draft-without-dap = Ce partenaire ne demande pas de privilèges d’administrateur délégué : accepter ne lui donne aucun rôle d’administrateur dans votre annuaire.
