//! The catalogue of words: all that reports and drafts say in English and in French, side by side.
//!
//! French as it is typeset: a no-break space before a colon, a narrow one before other double signs, curved apostrophes.

use procura_domain::vocabulary::Locale;

macro_rules! words {
    ($($word:ident $key:literal: $english:literal, $french:literal;)+) => {
        /// A word or a sentence of the catalogue. A sentence has `{}` where a value belongs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Word { $($word,)+ }

        impl Word {
            pub const ALL: &[Self] = &[$(Self::$word),+];

            /// What a name of the vocabulary, a table or a column is called, by its key.
            pub fn of(key: &str) -> Option<Self> {
                match key { $($key => Some(Self::$word),)+ _ => None }
            }

            pub const fn text(self, locale: Locale) -> &'static str {
                match locale {
                    Locale::En => match self { $(Self::$word => $english),+ },
                    Locale::Fr => match self { $(Self::$word => $french),+ },
                }
            }
        }
    };
}

words! {
    // The reports.
    AccessReview "access-review": "Access review", "Revue des accès";
    ResidualAccess "residual-access": "Residual access", "Accès résiduels";
    DapInventory "dap-inventory":
        "Inventory of delegated admin privileges",
        "Inventaire des privilèges d’administrateur délégué";
    Changes "changes": "Changes of access", "Changements des accès";
    SupportDuties "support-duties": "Support duties", "Obligations de support";
    AboutAccessReview "about.access-review":
        "Every permission in force at the moment of this report: who holds it, how they came by it, who granted it, and the newest event that changed who holds it.",
        "Toutes les autorisations en vigueur au moment de ce rapport\u{a0}: qui les détient, d’où elles viennent, qui les a accordées, et le dernier événement qui a changé leurs détenteurs.";
    AboutResidualAccess "about.residual-access":
        "What partners can still do in a customer’s tenant although their delegated admin privileges or their reseller relationship there ended and were not given again. The longest comes first.",
        "Ce que des partenaires peuvent encore faire chez un client alors que leurs privilèges d’administrateur délégué ou leur relation de revendeur y ont pris fin et n’ont pas été accordés de nouveau. Les plus anciens d’abord.";
    AboutDapInventory "about.dap-inventory":
        "Which partners hold delegated admin privileges (DAP) in whose directory, since when, and how many people can use them: while they are in force, Admin agents are Global administrators there, and Helpdesk agents Helpdesk administrators.",
        "Quels partenaires détiennent des privilèges d’administrateur délégué (DAP) dans l’annuaire de quels clients, depuis quand, et combien de personnes peuvent s’en servir\u{a0}: tant qu’ils sont en vigueur, les agents d’administration y sont administrateurs généraux et les agents du support technique administrateurs du support technique.";
    AboutChanges "about.changes":
        "The permissions that began and ended after {} and up to {}, and who joined and left the partners’ groups that use them.",
        "Les autorisations qui ont commencé et pris fin après le {} et jusqu’au {}, et les personnes entrées dans les groupes des partenaires qui s’en servent, ou sorties de ces groupes.";
    AboutSupportDuties "about.support-duties":
        "Which partner owes which customer support, since when, and how it gives it. The duty lasts until the contract is renegotiated, whatever becomes of permissions and relationship.",
        "Quel partenaire doit un support à quel client, depuis quand, et par quelle voie. L’obligation dure jusqu’à la renégociation du contrat, quoi qu’il advienne des autorisations et de la relation.";
    AboutChangesAll "about.changes.all":
        "The permissions that began and ended up to {}, and who joined and left the partners’ groups that use them.",
        "Les autorisations qui ont commencé et pris fin jusqu’au {}, et les personnes entrées dans les groupes des partenaires qui s’en servent, ou sorties de ces groupes.";
    TitleOf "title.of": "{} – {}", "{} – {}";
    TitleBoth "title.both": "{} at {}", "{} chez {}";
    TitleEverybody "title.everybody": "all customers and partners", "tous les clients et partenaires";
    AboutPartner "about.partner":
        "It covers the customers that the partner has or had a reseller relationship with. What it holds elsewhere stands in the review of that customer.",
        "Le rapport couvre les clients avec lesquels le partenaire a ou a eu une relation de revendeur. Ce qu’il détient ailleurs figure dans la revue du client concerné.";

    // Rows.
    CountRow "count.row": "{} row", "{} ligne";
    CountRows "count.rows": "{} rows", "{} lignes";
    TableGrant "table.grant": "Permissions in force", "Autorisations en vigueur";
    TableResidualAccess "table.residualAccess": "Residual access", "Accès résiduels";
    TableDap "table.dap": "Privileges in force", "Privilèges en vigueur";
    TableGroupSize "table.groupSize": "Sizes of the groups over time", "Effectifs des groupes au fil du temps";
    TableAccess "table.access": "Permissions begun and ended", "Autorisations commencées et terminées";
    TableMember "table.member": "Members of the groups", "Membres des groupes";
    TableMembership "table.membership": "Group memberships begun and ended", "Entrées et sorties des groupes";
    TableSupportDuty "table.supportDuty": "Support owed", "Support dû";
    Empty "empty": "None.", "Aucun élément.";

    // Columns.
    ColumnCustomer "column.customer": "Customer", "Client";
    ColumnPartner "column.partner": "Partner", "Partenaire";
    ColumnPrincipal "column.principal": "Who holds it", "Détenteur";
    ColumnMember "column.member": "Who", "Personne";
    ColumnRole "column.role": "Role", "Rôle";
    ColumnScope "column.scope": "Where", "Où";
    ColumnOrigin "column.origin": "How it came about", "Origine";
    ColumnGranted "column.granted": "Granted", "Accordé";
    ColumnJoined "column.joined": "Joined", "Entrée dans le groupe";
    ColumnLastChange "column.lastChange": "Last change", "Dernier changement";
    ColumnMembers "column.members": "Members", "Membres";
    ColumnDapEnded "column.dapEnded": "DAP ended", "Fin du DAP";
    ColumnRelationshipEnded "column.relationshipEnded": "Relationship ended", "Fin de la relation";
    ColumnDays "column.days": "Days residual", "Jours résiduels";
    ColumnAdminAgents "column.adminAgents": "Admin agents", "Agents d’administration";
    ColumnHelpdeskAgents "column.helpdeskAgents": "Helpdesk agents", "Agents du support technique";
    ColumnGroup "column.group": "Group", "Groupe";
    ColumnFrom "column.from": "From", "À partir du";
    ColumnSize "column.size": "Members", "Membres";
    ColumnChange "column.change": "Change", "Changement";
    ColumnRecorded "column.recorded": "Recorded", "Enregistré";
    ColumnOwedSince "column.owedSince": "Owed since", "Dû depuis";
    ColumnRoute "column.route": "Route", "Voie";
    ColumnRelationship "column.relationship": "Relationship", "Relation";
    ColumnRequests "column.requests": "Requests opened", "Demandes ouvertes";

    // The vocabulary.
    AdminAgents "AdminAgents": "Admin agents", "Agents d’administration";
    HelpdeskAgents "HelpdeskAgents": "Helpdesk agents", "Agents du support technique";
    SalesAgents "SalesAgents": "Sales agents", "Agents commerciaux";
    GlobalAdministrator "GlobalAdministrator": "Global administrator", "Administrateur général";
    HelpdeskAdministrator "HelpdeskAdministrator": "Helpdesk administrator", "Administrateur du support technique";
    Owner "Owner": "Owner", "Propriétaire";
    Contributor "Contributor": "Contributor", "Contributeur";
    Reader "Reader": "Reader", "Lecteur";
    UserAccessAdministrator "UserAccessAdministrator": "User access administrator", "Administrateur de l’accès utilisateur";
    Reseller "Reseller": "Reseller", "Revendeur";
    Dap "dap": "delegated admin privileges", "privilèges d’administrateur délégué";
    Provisioning "provisioning": "provisioning", "approvisionnement";
    Registered "registered": "registration", "enregistrement";
    Assigned "assigned": "assignment", "attribution";
    Explicit "explicit": "explicit role", "rôle explicite";
    Relationship "relationship": "relationship", "relation";
    AdminPortal "adminPortal": "the customer’s admin portal", "portail d’administration du client";
    MicrosoftSupport "microsoftSupport": "request to Microsoft support", "demande au support Microsoft";
    Active "active": "active", "active";
    Begun "begun": "begun", "commencé";
    Ended "ended": "ended", "terminé";
    DapGranted "DapGranted": "DAP granted", "DAP accordé";
    DapRevoked "DapRevoked": "DAP revoked", "DAP supprimé";
    RoleAssigned "RoleAssigned": "role assigned", "rôle attribué";
    RoleAssignmentRemoved "RoleAssignmentRemoved": "role assignment removed", "attribution de rôle supprimée";
    DirectoryRoleAssigned "DirectoryRoleAssigned": "directory role assigned", "rôle d’annuaire attribué";
    DirectoryRoleRemoved "DirectoryRoleRemoved": "directory role removed", "rôle d’annuaire retiré";
    RelationshipEstablished "RelationshipEstablished": "relationship established", "relation établie";
    RelationshipEnded "RelationshipEnded": "relationship ended", "relation terminée";
    GroupMemberAdded "GroupMemberAdded": "member added", "membre ajouté";
    GroupMemberRemoved "GroupMemberRemoved": "member removed", "membre retiré";
    Unchanged "unchanged": "none since", "aucun depuis";
    HolderUser "holder.user": "User of {}", "Utilisateur de {}";
    UserNamed "user.named": "{}, {}", "{}, {}";
    HolderPartner "holder.partner": "the partner itself", "le partenaire lui-même";
    ScopeCustomer "scope.customer": "directory and tenant", "annuaire et locataire";
    ScopeSubscription "scope.subscription": "subscription", "abonnement";
    Position "position": "position {}", "position {}";
    By "by": "{} by {}", "{} par {}";
    Operator "operator": "{}, operator", "{}, opérateur";
    Token "token": "authenticated by token", "authentifié par jeton";
    Stated "stated": "stated, not authenticated", "déclaré, non authentifié";

    // Pictures.
    LanesTitle "lanes.title": "Who held what when", "Qui a détenu quoi, et quand";
    LanesDescription "lanes.description":
        "A lane for each permission, from {} to {}. A bar shows from when until when it was held; one that reaches the right edge is in force.",
        "Une ligne par autorisation, du {} au {}. Une barre montre de quand à quand elle a été détenue\u{202f}; celle qui atteint le bord droit est en vigueur.";
    LanesPart "lanes.part":
        "Who held what when, part {} of {}",
        "Qui a détenu quoi, et quand, partie {} sur {}";
    LanesMore "lanes.more":
        "{} more lanes are not drawn: the table has what is in force, the JSON form of this report every period.",
        "{} autres lignes ne sont pas dessinées\u{a0}: le tableau donne ce qui est en vigueur, la forme JSON de ce rapport toutes les périodes.";
    LanesMoreOne "lanes.more.one":
        "{} more lane is not drawn: the table has what is in force, the JSON form of this report every period.",
        "{} autre ligne n’est pas dessinée\u{a0}: le tableau donne ce qui est en vigueur, la forme JSON de ce rapport toutes les périodes.";
    LanesBar "lanes.bar": "{}, from {} until {}", "{}, du {} au {}";
    LanesBarOpen "lanes.bar.open": "{}, from {}, in force", "{}, depuis le {}, en vigueur";
    StepsTitle "steps.title": "Members of the groups of {}", "Membres des groupes de {}";
    StepsDescription "steps.description":
        "The sizes of the two groups from {} to {}, which stand in the table below.",
        "Les effectifs des deux groupes du {} au {}, qui figurent dans le tableau ci-dessous.";
    StepsMore "steps.more":
        "{} more partners are not drawn: the table has them.",
        "{} autres partenaires ne sont pas dessinés\u{a0}: le tableau les donne.";
    StepsMoreOne "steps.more.one":
        "{} more partner is not drawn: the table has it.",
        "{} autre partenaire n’est pas dessiné\u{a0}: le tableau le donne.";

    // The statement.
    Statement "statement": "What this report states of itself", "À propos de ce rapport";
    StatementMoment "statement.moment": "Moment", "Moment";
    StatementLog "statement.log": "Log position", "Position du journal";
    StatementNames "statement.names": "Names of people", "Noms des personnes";
    StatementNamesOf "statement.names.of": "as of position {}", "à la position {}";
    StatementRules "statement.rules": "Rules", "Règles";
    StatementVersion "statement.version": "version {}", "version {}";
    StatementParameters "statement.parameters": "Parameters", "Paramètres";
    StatementCheckpoint "statement.checkpoint": "Checkpoint of the log", "Point de contrôle du journal";
    StatementVerify "statement.verify":
        "To make it again and compare every byte:",
        "Pour le refaire et en comparer chaque octet\u{a0}:";
    Month1 "month.1": "Jan", "janv.";
    Month2 "month.2": "Feb", "févr.";
    Month3 "month.3": "Mar", "mars";
    Month4 "month.4": "Apr", "avr.";
    Month5 "month.5": "May", "mai";
    Month6 "month.6": "Jun", "juin";
    Month7 "month.7": "Jul", "juil.";
    Month8 "month.8": "Aug", "août";
    Month9 "month.9": "Sep", "sept.";
    Month10 "month.10": "Oct", "oct.";
    Month11 "month.11": "Nov", "nov.";
    Month12 "month.12": "Dec", "déc.";

    // The draft of an invitation.
    DraftSubject "draft.subject": "{} asks you for a reseller relationship", "{} vous demande une relation de revendeur";
    DraftText "draft.text":
        "Hello,\n\n{} asks your organisation for a reseller relationship. If you accept, it can provide you with subscriptions and renew them, and it owes you support.\n\n{}\n\nTo accept, open this link and sign in as a Global administrator of your organisation:\n\n{}\n\nThe invitation can be accepted{} until {}.\n",
        "Bonjour,\n\n{} demande à votre organisation une relation de revendeur. Si vous acceptez, ce partenaire pourra vous fournir des abonnements et les renouveler, et vous devra un support client.\n\n{}\n\nPour accepter, ouvrez ce lien et connectez-vous en tant qu’administrateur général de votre organisation\u{a0}:\n\n{}\n\nL’invitation peut être acceptée{} jusqu’au {}.\n";
    DraftWithDap "draft.withDap":
        "It also asks for delegated admin privileges: its Admin agents would be Global administrators and its Helpdesk agents Helpdesk administrators in your directory. You can remove these privileges later on the Partner relationships page of your admin centre; the relationship then goes on without them.",
        "Ce partenaire demande aussi des privilèges d’administrateur délégué\u{a0}: ses agents d’administration seraient administrateurs généraux et ses agents du support technique administrateurs du support technique dans votre annuaire. Vous pourrez supprimer ces privilèges dans la page Relations de partenariat de votre centre d’administration\u{a0}; la relation continue alors sans eux.";
    DraftWithoutDap "draft.withoutDap":
        "It does not ask for delegated admin privileges: accepting gives it no administrator role in your directory.",
        "Ce partenaire ne demande pas de privilèges d’administrateur délégué\u{a0}: accepter ne lui donne aucun rôle d’administrateur dans votre annuaire.";
    DraftOnce "draft.once": " once,", " une fois,";

    // Months in dates.
    January "January": "January", "janvier";
    February "February": "February", "février";
    March "March": "March", "mars";
    April "April": "April", "avril";
    May "May": "May", "mai";
    June "June": "June", "juin";
    July "July": "July", "juillet";
    August "August": "August", "août";
    September "September": "September", "septembre";
    October "October": "October", "octobre";
    November "November": "November", "novembre";
    December "December": "December", "décembre";
}

/// The words of one language.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    pub locale: Locale,
}

impl Words {
    pub fn of(locale: Locale) -> Self {
        Self { locale }
    }

    pub fn word(self, word: Word) -> &'static str {
        word.text(self.locale)
    }

    /// What the key's name is called. A test finds a key that the catalogue lacks; it would be shown as it is.
    pub fn called(self, key: &str) -> String {
        Word::of(key).map_or(key, |word| word.text(self.locale)).to_owned()
    }

    /// The sentence with the values in the places of its `{}`, in their order.
    pub fn sentence(self, word: Word, values: &[&str]) -> String {
        let mut parts = self.word(word).split("{}");
        let first = parts.next().unwrap_or_default().to_owned();
        let values = values.iter().copied().chain(std::iter::repeat(""));
        parts.zip(values).fold(first, |sentence, (part, value)| sentence + value + part)
    }

    /// The sentence for one of something, or the one for several of it: `{}` is how many. English counts none as several,
    /// French as one.
    pub fn counted(self, one: Word, several: Word, count: usize) -> String {
        let is_one = match self.locale {
            Locale::En => count == 1,
            Locale::Fr => count <= 1,
        };
        self.sentence(if is_one { one } else { several }, &[&self.number(count)])
    }

    /// A number with its thousands set apart.
    pub fn number(self, number: usize) -> String {
        let separator = match self.locale {
            Locale::En => ',',
            Locale::Fr => '\u{202f}',
        };
        let digits = number.to_string();
        let mut text = String::new();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                text.push(separator);
            }
            text.push(digit);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use procura_domain::{
        event::EventType,
        vocabulary::{Authentication, DirectoryRole, PartnerGroup, ResourceRole, SupportRoute},
    };

    #[test]
    fn a_sentence_has_the_same_places_in_both_languages() {
        for word in Word::ALL {
            let places = |locale| word.text(locale).matches("{}").count();
            assert_eq!(places(Locale::En), places(Locale::Fr), "{word:?}");
        }
    }

    #[test]
    fn the_vocabulary_of_the_reports_has_words() {
        let names = PartnerGroup::ALL.iter().map(|group| group.name());
        let names = names.chain(DirectoryRole::ALL.iter().map(|role| role.name()));
        let names = names.chain(ResourceRole::ALL.iter().map(|role| role.name()));
        let names = names.chain(SupportRoute::ALL.iter().map(|route| route.name()));
        let names = names.chain(Authentication::ALL.iter().map(|how| how.name()));
        let origins = ["dap", "provisioning", "registered", "assigned", "explicit", "relationship"];
        let events = [
            EventType::DapGranted,
            EventType::DapRevoked,
            EventType::RoleAssigned,
            EventType::RoleAssignmentRemoved,
            EventType::DirectoryRoleAssigned,
            EventType::DirectoryRoleRemoved,
            EventType::RelationshipEstablished,
            EventType::RelationshipEnded,
            EventType::GroupMemberAdded,
            EventType::GroupMemberRemoved,
        ];
        let names = names.chain(origins).chain(events.iter().map(|event| event.name())).chain(["Reseller"]);
        for name in names.chain(["scope.customer", "scope.subscription"]) {
            assert!(Word::of(name).is_some(), "{name} has no word");
        }
    }

    /// No French sign stands where a line could end before it.
    #[test]
    fn french_signs_stay_with_their_words() {
        for word in Word::ALL {
            let text = word.text(Locale::Fr);
            for sign in [" :", " ;", " !", " ?", "« ", " »"] {
                assert!(!text.contains(sign), "{word:?}: {text}");
            }
            assert!(!text.contains('\''), "{word:?}: {text}");
        }
    }

    #[test]
    fn numbers_and_counts_are_written_as_the_language_does() {
        let (en, fr) = (Words::of(Locale::En), Words::of(Locale::Fr));
        assert_eq!([0, 999, 1_000, 1_234_567].map(|n| en.number(n)), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(fr.number(1_234_567), "1\u{202f}234\u{202f}567");
        let rows = |words: Words| [0, 1, 2].map(|count| words.counted(Word::CountRow, Word::CountRows, count));
        assert_eq!(rows(en), ["0 rows", "1 row", "2 rows"]);
        assert_eq!(rows(fr), ["0 ligne", "1 ligne", "2 lignes"]);
    }
}
