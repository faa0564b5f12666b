//! The words of the field, as types: users, groups, roles, principals, and who acts.

use crate::{
    id::{CustomerId, ObjectId, PartnerId, TenantId},
    text::TokenIssuer,
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A name that none of the choices has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is none of {choices}{}", did_you_mean(.nearest.as_deref()))]
pub struct UnknownName {
    found: String,
    choices: String,
    nearest: Option<String>,
}

impl UnknownName {
    /// Says that `found` is none of `choices`, and which of them may be meant.
    pub fn new<'a>(found: &str, choices: impl IntoIterator<Item = &'a str>) -> Self {
        let choices: Vec<_> = choices.into_iter().collect();
        let nearest = nearest(found, choices.iter().copied()).map(str::to_owned);
        Self { found: shortened(found), choices: choices.join(", "), nearest }
    }
}

/// How much of a name that somebody mistyped is looked at and shown.
const NAME_CHARS_SHOWN: usize = 64;

/// As much of a text as a message takes.
pub fn shortened(text: &str) -> String {
    let mut shown: String = text.chars().take(NAME_CHARS_SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// The choice that somebody probably meant: one that differs in case alone, else by few letters.
pub fn nearest<'a>(found: &str, choices: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let found: String = found.chars().take(NAME_CHARS_SHOWN).flat_map(char::to_lowercase).collect();
    let few = (found.chars().count() / 3).max(1);
    let distance = |choice: &str| strsim::osa_distance(&found, &choice.to_lowercase());
    let near = choices.into_iter().map(|choice| (distance(choice), choice)).filter(|(distance, _)| *distance <= few);
    near.min_by_key(|(distance, _)| *distance).map(|(_, choice)| choice)
}

/// The end of a message about a mistyped name.
pub fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map(|nearest| format!(": did you mean `{nearest}`?")).unwrap_or_default()
}

/// An enum whose values are spelled the same everywhere: in commands, events, questions, answers and reports.
#[macro_export]
macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every value, in the order of the rulebook.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The value's one spelling.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        // By its spelling alone: serde's own would take `{"spelling": null}` as well.
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::text::from_text(deserializer, str::parse)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::vocabulary::UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|value| value.name() == text).ok_or_else(|| {
                    $crate::vocabulary::UnknownName::new(text, Self::ALL.iter().map(|value| value.name()))
                })
            }
        }
    };
}
pub(crate) use named;

named! {
    /// What a tenant is registered as.
    TenantKind {
        /// A cloud solution provider.
        Partner "partner",
        /// Somebody a partner works for.
        Customer "customer",
    }
}

named! {
    /// A partner's groups, whose members act for its customers.
    PartnerGroup {
        /// Admin agents: Global Administrator of a customer's directory under DAP.
        AdminAgents "AdminAgents",
        /// Helpdesk agents: Helpdesk Administrator of a customer's directory under DAP.
        HelpdeskAgents "HelpdeskAgents",
        /// Sales agents, a role of Partner Center.
        SalesAgents "SalesAgents",
    }
}

named! {
    /// A role in a tenant's directory.
    DirectoryRole {
        /// Template 62e90394-69f5-4237-9190-012177145e10.
        GlobalAdministrator "GlobalAdministrator",
        /// Template 729827e3-9c14-49f7-bb1b-9608f156bbb8.
        HelpdeskAdministrator "HelpdeskAdministrator",
    }
}

named! {
    /// A role on one Azure subscription.
    ResourceRole {
        /// Reads, manages, assigns roles (8e3af657-a8ff-443c-a75c-2fe8c4bcb635).
        Owner "Owner",
        /// Reads and manages (b24988ac-6180-42a0-ab88-20f7382dd24c).
        Contributor "Contributor",
        /// Reads (acdd72a7-3385-48ef-bd42-f606fba81ae7).
        Reader "Reader",
        /// Reads and assigns roles (18d7d88d-d35e-4fb5-a5c3-7773c20a72d9).
        UserAccessAdministrator "UserAccessAdministrator",
    }
}

impl DirectoryRole {
    /// The group that holds the role implicitly in a customer's directory while DAP is in force (DAP-1).
    pub const fn implicit_group(self) -> PartnerGroup {
        match self {
            Self::GlobalAdministrator => PartnerGroup::AdminAgents,
            Self::HelpdeskAdministrator => PartnerGroup::HelpdeskAgents,
        }
    }
}

/// What a role on a subscription lets its holder do there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Power {
    /// See the subscription and what is in it.
    Read,
    /// Change what is in it.
    Manage,
    /// Assign roles on it.
    AssignRoles,
    /// Remove roles on it.
    RemoveRoles,
}

impl ResourceRole {
    /// Whether the role carries the power.
    pub const fn grants(self, power: Power) -> bool {
        match power {
            Power::Read => true,
            Power::Manage => matches!(self, Self::Owner | Self::Contributor),
            Power::AssignRoles | Power::RemoveRoles => matches!(self, Self::Owner | Self::UserAccessAdministrator),
        }
    }
}

named! {
    /// What a subscription is for.
    SubscriptionKind {
        /// Azure: it has roles of its own.
        Azure "azure",
        /// Microsoft 365: it has none.
        Microsoft365 "microsoft365",
    }
}

named! {
    /// How a role assignment came about.
    AssignmentOrigin {
        /// With the subscription that a partner provisioned (SUB-2).
        Provisioning "provisioning",
        /// With the subscription that its customer registered (SUB-9).
        Registered "registered",
        /// Assigned by somebody who may (SUB-6).
        Assigned "assigned",
    }
}

named! {
    /// The channels through which a customer adds devices itself.
    CustomerChannel {
        /// Microsoft Store for Business.
        MicrosoftStoreForBusiness "microsoftStoreForBusiness",
        /// Microsoft Store for Education.
        MicrosoftStoreForEducation "microsoftStoreForEducation",
        /// The Microsoft Intune portal.
        Intune "intune",
    }
}

named! {
    /// Which rule set governs Autopilot (APL-8).
    AutopilotPolicy {
        /// The one in force at the source's date: a relationship is enough for most things.
        Relationship "relationship",
        /// The change that the source says is under study: delegated admin privileges are needed.
        DapRequired "dapRequired",
    }
}

named! {
    /// How bad the matter of a service request is.
    Severity {
        /// Work stands still.
        Critical "critical",
        /// Work is hindered.
        Moderate "moderate",
        /// Work goes on.
        Minimal "minimal",
    }
}

/// Who added a device. In JSON a field `partner` or a field `source`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DeviceOrigin {
    #[serde(rename = "partner")]
    Partner(PartnerId),
    /// The customer, through a channel of its own.
    #[serde(rename = "source")]
    Customer(CustomerChannel),
}

impl DeviceOrigin {
    /// The partner that added it; none if the customer did.
    pub fn partner(self) -> Option<PartnerId> {
        match self {
            Self::Partner(partner) => Some(partner),
            Self::Customer(_) => None,
        }
    }
}

named! {
    /// A language that people are written to in.
    Locale {
        En "en",
        Fr "fr",
    }
}

#[expect(clippy::derivable_impls, reason = "the macro writes the choice")]
impl Default for Locale {
    fn default() -> Self {
        Self::En
    }
}

named! {
    /// How often an invitation can be accepted.
    InvitationUses {
        /// By one customer.
        Once "once",
        /// By any number of customers, once each.
        Many "many",
    }
}

named! {
    /// How the partner gives the support it owes.
    SupportRoute {
        /// In the customer's own portal, under DAP.
        AdminPortal "adminPortal",
        /// Through a request to Microsoft support on the customer's behalf.
        MicrosoftSupport "microsoftSupport",
    }
}

/// A person: a tenant and an object id in it. Written `tenant/user`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The tenant the user belongs to and acts for.
    pub tenant: TenantId,
    /// The object id inside that tenant.
    pub user: ObjectId,
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.tenant, self.user)
    }
}

/// A text that is not `tenant/user`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a user, which is written as two GUIDs: tenant/user")]
pub struct NotAUser;

impl FromStr for User {
    type Err = NotAUser;

    fn from_str(text: &str) -> Result<Self, NotAUser> {
        let (tenant, user) = text.split_once('/').ok_or(NotAUser)?;
        Ok(Self { tenant: tenant.parse().map_err(|_| NotAUser)?, user: user.parse().map_err(|_| NotAUser)? })
    }
}

/// Who holds a role on a subscription: a partner's group, or a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "a principal is {\"group\":\"AdminAgents\",\"partner\":\"…\"} or {\"user\":\"…\",\"tenant\":\"…\"}"
)]
pub enum Principal {
    /// The members of the group at the time.
    Group(GroupOf),
    User(User),
}

/// A group of a partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupOf {
    pub group: PartnerGroup,
    pub partner: PartnerId,
}

impl fmt::Display for GroupOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.partner, self.group)
    }
}

impl Principal {
    /// The tenant whose users this is about.
    pub fn tenant(&self) -> TenantId {
        match self {
            Self::Group(group) => group.partner.into(),
            Self::User(user) => user.tenant,
        }
    }
}

/// Who issues a command.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Actor {
    /// A user, acting for its own tenant.
    #[serde(rename = "user")]
    User(User),
    /// A person who runs this service, by name.
    #[serde(rename = "operator")]
    Operator(String),
}

impl Actor {
    /// The tenant that a user acts for; none if it is an operator.
    pub fn tenant(&self) -> Option<TenantId> {
        match self {
            Self::User(user) => Some(user.tenant),
            Self::Operator(_) => None,
        }
    }
}

named! {
    /// A service role, by which somebody reads everything (VIS-4).
    OverseerRole {
        Operator "Operator",
        Auditor "Auditor",
    }
}

named! {
    /// What later events with the same key do once one is parked.
    OnParked {
        GoOn "goOn",
        Wait "wait",
    }
}

#[expect(clippy::derivable_impls, reason = "the macro writes the choice")]
impl Default for OnParked {
    fn default() -> Self {
        Self::GoOn
    }
}

named! {
    /// How it is known who acted.
    Authentication {
        /// By a bearer token.
        Token "token",
        /// Not at all: the person who ran the command on the machine of the log stated it.
        Stated "stated",
    }
}

/// Who acted, and how that is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Author {
    #[serde(flatten)]
    pub actor: Actor,
    /// How that is known.
    pub authentication: Authentication,
    /// Who issued the token: its `iss`. None if there was none, and for what was recorded before that was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<TokenIssuer>,
}

impl Author {
    /// An actor that a token of that issuer names.
    pub fn by_token(actor: Actor, issuer: TokenIssuer) -> Self {
        Self { actor, authentication: Authentication::Token, issuer: Some(issuer) }
    }

    /// An actor that the person who ran the command stated.
    pub fn stated(actor: Actor) -> Self {
        Self { actor, authentication: Authentication::Stated, issuer: None }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => user.fmt(f),
            Self::Operator(name) => write!(f, "operator {name}"),
        }
    }
}

/// A relationship's two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pair {
    pub customer: CustomerId,
    pub partner: PartnerId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_name_proposes_the_nearest() {
        for (found, expected) in [
            ("owner", Some("Owner")),
            ("Ownr", Some("Owner")),
            ("Raeder", Some("Reader")),
            ("UserAccesAdministrator", Some("UserAccessAdministrator")),
            ("Janitor", None),
            ("", None),
            ("x", None),
            (&"Owner".repeat(10_000), None),
        ] {
            assert_eq!(nearest(found, ResourceRole::ALL.iter().map(|role| role.name())), expected, "{found:.40}");
        }
        let error = "Owners".parse::<ResourceRole>().expect_err("none");
        let says = "`Owners` is none of Owner, Contributor, Reader, UserAccessAdministrator: did you mean `Owner`?";
        assert_eq!(error.to_string(), says);
        let long = "é".repeat(100_000).parse::<Locale>().expect_err("none").to_string();
        assert!(long.chars().count() < 100 && long.contains("…` is none of en, fr"), "{long}");
    }
}
