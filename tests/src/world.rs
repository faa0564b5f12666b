//! A small world: two partners, two customers, their people, and the commands that make it.

use serde_json::{Value, json};
use std::fmt;

/// A person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct User {
    /// Its tenant.
    pub tenant: &'static str,
    /// Its object id there.
    pub user: &'static str,
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.tenant, self.user)
    }
}

/// Who issues a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// An operator, by name.
    Operator(&'static str),
    /// A user.
    User(User),
}

impl Actor {
    /// As a line spells it.
    pub fn json(self) -> Value {
        match self {
            Self::Operator(name) => json!({"operator": name}),
            Self::User(User { tenant, user }) => json!({"tenant": tenant, "user": user}),
        }
    }
}

/// A command and who issues it; written as `apply` reads it.
#[derive(Debug, Clone)]
pub struct Line {
    /// The command's name.
    pub command: &'static str,
    /// Who issues it.
    pub actor: Actor,
    /// Its fields.
    pub data: Value,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { command, actor, data } = self;
        write!(f, "{}", json!({"command": command, "actor": actor.json(), "data": data}))
    }
}

/// The partner Fabrikam.
pub const FABRIKAM: &str = "faaaaaaa-0000-4000-8000-000000000001";
/// The partner Northwind.
pub const NORTHWIND: &str = "baaaaaaa-0000-4000-8000-000000000001";
/// The customer Contoso.
pub const CONTOSO: &str = "caaaaaaa-0000-4000-8000-000000000001";
/// The customer Litware.
pub const LITWARE: &str = "daaaaaaa-0000-4000-8000-000000000001";
/// A tenant that nobody registered.
pub const NOBODYS: &str = "eaaaaaaa-0000-4000-8000-000000000001";

const fn of(tenant: &'static str, user: &'static str) -> User {
    User { tenant, user }
}

/// Runs the service: an operator where the token says so, and a user of no registered tenant.
pub const ODILE: User = of("0aaaaaaa-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000010");
/// Of a tenant that nobody registered.
pub const STRANGER: User = of(NOBODYS, "e0000000-0000-4000-8000-000000000010");
/// Fabrikam's Global administrator, in none of its groups.
pub const GRETA: User = of(FABRIKAM, "f0000000-0000-4000-8000-000000000010");
/// In Fabrikam's AdminAgents.
pub const ALEX: User = of(FABRIKAM, "f0000000-0000-4000-8000-000000000011");
/// In Fabrikam's HelpdeskAgents.
pub const HELEN: User = of(FABRIKAM, "f0000000-0000-4000-8000-000000000012");
/// In Fabrikam's SalesAgents.
pub const SAM: User = of(FABRIKAM, "f0000000-0000-4000-8000-000000000013");
/// Of Fabrikam, without a role or a group.
pub const FRANK: User = of(FABRIKAM, "f0000000-0000-4000-8000-000000000014");
/// Northwind's Global administrator.
pub const NADIA: User = of(NORTHWIND, "b0000000-0000-4000-8000-000000000010");
/// In Northwind's AdminAgents.
pub const NOAH: User = of(NORTHWIND, "b0000000-0000-4000-8000-000000000011");
/// Contoso's Global administrator.
pub const CARLA: User = of(CONTOSO, "c0000000-0000-4000-8000-000000000010");
/// Of Contoso, without a role.
pub const COLIN: User = of(CONTOSO, "c0000000-0000-4000-8000-000000000011");
/// Litware's Global administrator.
pub const LENA: User = of(LITWARE, "d0000000-0000-4000-8000-000000000010");

/// A command of a user's.
pub fn by(user: User, command: &'static str, data: Value) -> Line {
    Line { command, actor: Actor::User(user), data }
}

/// A command of an operator's.
pub fn by_operator(command: &'static str, data: Value) -> Line {
    Line { command, actor: Actor::Operator("Odile Perrin"), data }
}

/// A GUID of the kind that these ids have: eight digits of whatever the caller counts by, and a number.
pub fn guid(kind: u32, number: u64) -> String {
    format!("{kind:08x}-0000-4000-8000-{number:012x}")
}

/// The lines as `apply` reads them.
pub fn text(lines: &[Line]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Both partners and both customers are registered, and the partners' groups have their members. No relationship yet.
pub fn tenants() -> Vec<Line> {
    let partner = |partner: &str, name: &str, administrator: User| {
        let domain = format!("{}.example", name.to_lowercase());
        by_operator(
            "RegisterPartner",
            json!({"partner": partner, "name": name, "domain": domain, "globalAdministrator": administrator.user}),
        )
    };
    let customer = |customer: &str, name: &str, administrator: User| {
        let domain = format!("{}.example", name.to_lowercase());
        by_operator(
            "RegisterCustomer",
            json!({"customer": customer, "name": name, "domain": domain, "globalAdministrator": administrator.user}),
        )
    };
    vec![
        partner(FABRIKAM, "Fabrikam", GRETA),
        partner(NORTHWIND, "Northwind", NADIA),
        customer(CONTOSO, "Contoso", CARLA),
        customer(LITWARE, "Litware", LENA),
        joins(GRETA, "AdminAgents", ALEX),
        joins(GRETA, "HelpdeskAgents", HELEN),
        joins(GRETA, "SalesAgents", SAM),
        joins(NADIA, "AdminAgents", NOAH),
    ]
}

/// The administrator of a partner adds one of its users to a group.
pub fn joins(administrator: User, group: &str, user: User) -> Line {
    let data = json!({"partner": administrator.tenant, "group": group, "user": user.user});
    by(administrator, "AddGroupMember", data)
}

/// An agent invites, and the customer's administrator accepts.
pub fn relationship(invitation: &str, agent: User, administrator: User, delegated_admin: bool) -> [Line; 2] {
    let sent = json!({
        "invitation": invitation, "partner": agent.tenant, "delegatedAdmin": delegated_admin, "locale": "en",
    });
    let accepted = json!({"invitation": invitation, "customer": administrator.tenant});
    [by(agent, "SendInvite", sent), by(administrator, "AcceptInvite", accepted)]
}
