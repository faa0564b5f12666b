//! The rules by their ids, each written once. An answer names the rules it rests on by these.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{borrow::Cow, fmt};

/// The version of the rules, stated by every answer. It changes when an answer could.
pub const RULES_VERSION: &str = "2";

macro_rules! rules {
    ($($name:ident $id:literal $text:literal)+) => {
        /// A rule of the domain.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule {
            $(#[doc = concat!($id, ": ", $text)] $name,)+
        }

        impl Rule {
            /// Every rule, in the order of the rulebook.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The rule's id, like `DAP-1`.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id),+ }
            }
        }
    };
}

rules! {
    Ten1 "TEN-1" "A tenant is registered once, by an operator, as a partner or as a customer; its first Global administrator comes with it."
    Ten2 "TEN-2" "A user belongs to one tenant and acts for it alone; a tenant's roles and groups hold its own users only."
    Ten3 "TEN-3" "The last explicit Global administrator of a tenant cannot be removed."
    Inv1 "INV-1" "Only AdminAgents or SalesAgents of the inviting partner send an invitation."
    Inv2 "INV-2" "An invitation's message contains its personal link."
    Inv3 "INV-3" "The draft is handed out as subject and text, as a mailto URI and as an .eml file, in English and in French."
    Inv4 "INV-4" "Only an explicit Global administrator of the customer accepts or declines an invitation."
    Inv5 "INV-5" "The customer appears on the partner's list from the acceptance on, and not before."
    Inv6 "INV-6" "Acceptance grants delegated admin privileges if the invitation asks for them, and the relationship alone if not."
    Inv7 "INV-7" "An invitation that is withdrawn, declined by that customer, used up or expired is neither accepted nor declined."
    Inv8 "INV-8" "Where the relationship is active already, an acceptance grants delegated admin privileges if none are in force, or nothing."
    Rel1 "REL-1" "The relationship is independent of delegated admin privileges."
    Rel2 "REL-2" "While the relationship is active the partner sees the customer, provisions, and renews what it provisioned."
    Rel3 "REL-3" "A customer may have several partners; what one loses the others keep."
    Rel4 "REL-4" "Ending a relationship ends delegated admin privileges with it; it waits for the partner's active subscriptions."
    Dap1 "DAP-1" "While delegated admin privileges are in force, AdminAgents are Global administrators and HelpdeskAgents Helpdesk administrators in the customer's directory."
    Dap2 "DAP-2" "These assignments are implicit: no listing of a role's members shows the partner."
    Dap3 "DAP-3" "Members of the two groups sign in and administer on the customer's behalf, as far as their group's role goes."
    Dap4 "DAP-4" "The customer's Global administrators see and remove delegated admin privileges."
    Dap5 "DAP-5" "Revoking removes the implicit assignments at once, and nothing else."
    Dap6 "DAP-6" "Power follows membership of the group, from the commit that changes it."
    Sub1 "SUB-1" "Delegated admin privileges give no right on any subscription."
    Sub2 "SUB-2" "Provisioning an Azure subscription assigns Owner on it to the partner's AdminAgents."
    Sub3 "SUB-3" "Provisioning needs an active relationship, and AdminAgents or SalesAgents."
    Sub4 "SUB-4" "After delegated admin privileges are revoked, the partner manages the subscription for as long as it holds a role on it."
    Sub5 "SUB-5" "Removing the role assignments ends it."
    Sub6 "SUB-6" "Owner, UserAccessAdministrator and the customer's Global administrators assign and remove roles; only the latter remove the last Owner."
    Sub7 "SUB-7" "Each subscription has its own roles; a role on one gives nothing on another."
    Sub8 "SUB-8" "The customer assigns roles on any subscription to its own users and to its partners; a partner's user, to its own partner and to the customer's users."
    Sub9 "SUB-9" "Registering an Azure subscription assigns Owner on it to the administrator who registers it; cancelling one leaves reading it and removing its roles."
    Apl1 "APL-1" "AdminAgents of a partner with an active relationship manage profiles, with or without delegated admin privileges."
    Apl2 "APL-2" "AdminAgents manage and delete devices that partners added, with or without delegated admin privileges."
    Apl3 "APL-3" "With delegated admin privileges they manage and delete devices that the customer added, too."
    Apl4 "APL-4" "Applying or removing a profile needs the right to manage the device as well."
    Apl5 "APL-5" "Under the policy dapRequired, profiles need delegated admin privileges."
    Apl6 "APL-6" "Under the policy dapRequired, a partner without delegated admin privileges deletes only devices it added itself."
    Apl7 "APL-7" "Without an active relationship a partner does nothing in Autopilot; adding devices needs the relationship alone."
    Apl8 "APL-8" "The policy in force is an event; a question about the past is answered by the policy of that time."
    Sup1 "SUP-1" "From the relationship's first day the partner owes the customer support."
    Sup2 "SUP-2" "Support goes through the admin portal with delegated admin privileges, and through Microsoft support without."
    Sup3 "SUP-3" "After the contract is renegotiated no support is owed, until a relationship is established anew."
    Vis1 "VIS-1" "A customer's Global administrators see their partners and everything in their tenant."
    Vis2 "VIS-2" "A partner's agents see their own customers, and there what concerns their partner."
    Vis3 "VIS-3" "Nobody is told that something exists which they may not know of."
    Vis4 "VIS-4" "Operators and auditors read everything; auditors write nothing."
    Vis5 "VIS-5" "A customer is told who is in a partner's group for the time of the relationship, and as long as a role assignment outlasts it; who put them there it is never told."
    Vis6 "VIS-6" "A partner is told nothing of a customer's other partners."
    Vis7 "VIS-7" "Nobody finds out by asking whether a tenant is registered."
    Peo1 "PEO-1" "A user's names are given by its tenant's Global administrators and by operators; its display name also by itself. A user principal name is held once in a tenant."
    Peo2 "PEO-2" "Names are sealed and can be erased; whoever is told a user's id is told its names, and nobody else."
    Peo3 "PEO-3" "No rule rests on a name, and no change acts on one that is ambiguous."
    Feed1 "FEED-1" "A user or a service has consumers and webhooks of its own, which show to it, to its tenant's Global administrators and to overseers."
    Feed2 "FEED-2" "A consumer or webhook delivers what its owner may read at the time of delivery, never more."
    Feed3 "FEED-3" "Addresses and secrets of webhooks are sealed; a secret stands in one answer, the one that made it."
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = Cow::<str>::deserialize(deserializer)?;
        let rule = Self::ALL.iter().copied().find(|rule| rule.id() == id);
        rule.ok_or_else(|| de::Error::custom(format!("`{}` is no rule that this version knows", id.escape_debug())))
    }
}
