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

/// [`tenants`] with what every command of [`commands`] refers to: relationships of both partners with Contoso, the first
/// with DAP, an invitation that Litware has not answered, an Azure subscription with its role assignment, and another.
pub fn with_relationships() -> Vec<Line> {
    let mut lines = tenants();
    lines.extend(relationship(&guid(1, 1), ALEX, CARLA, true));
    lines.extend(relationship(&guid(1, 2), NOAH, CARLA, false));
    lines.extend(relationship(&guid(1, 3), ALEX, LENA, true).into_iter().take(1));
    let azure = json!({"customer": CONTOSO, "partner": FABRIKAM, "subscription": guid(5, 1),
        "roleAssignment": guid(6, 1), "kind": "azure", "name": "Web"});
    lines.push(by(SAM, "ProvisionSubscription", azure));
    let office = json!({"customer": CONTOSO, "partner": FABRIKAM, "subscription": guid(5, 2), "kind": "microsoft365",
        "name": "Mail"});
    lines.push(by(SAM, "ProvisionSubscription", office));
    lines
}

/// A good command of each name, with every field it takes. In a world [`with_relationships`] all are recorded, in this
/// order.
pub fn commands() -> Vec<Line> {
    let tenant = |field: &str, id: String| json!({field: id, "name": "Tailspin", "domain": "tailspin.example", "globalAdministrator": guid(9, 1)});
    let message = json!({"subject": "Bonjour", "body": "Voici : {link}"});
    let send = json!({"invitation": guid(1, 9), "partner": FABRIKAM, "delegatedAdmin": true, "locale": "fr",
        "recipient": "carla@contoso.example", "message": message, "uses": "many", "expiresInDays": 365});
    let named = |mut fields: Value, name: &str| {
        let names = [("displayName", "Robin"), ("userPrincipalName", name)];
        let all = fields.as_object_mut().into_iter();
        all.for_each(|all| all.extend(names.map(|(field, name)| (field.to_owned(), name.into()))));
        fields
    };
    let between = |partner: &str| json!({"customer": CONTOSO, "partner": partner});
    let provision = json!({"customer": CONTOSO, "partner": FABRIKAM, "subscription": guid(5, 9),
        "roleAssignment": guid(6, 9), "kind": "azure", "name": "Shop"});
    let register = json!({"customer": CONTOSO, "subscription": guid(5, 8), "roleAssignment": guid(6, 8),
        "kind": "azure", "name": "Old"});
    let assign = json!({"customer": CONTOSO, "subscription": guid(5, 1), "roleAssignment": guid(6, 7),
        "role": "Reader", "principal": {"group": "HelpdeskAgents", "partner": FABRIKAM}});
    let device = json!({"customer": CONTOSO, "device": guid(7, 9), "serialNumber": "1", "manufacturer": "Fabrikam",
        "model": "9", "hardwareHash": "QUJD", "productKey": "K", "partner": FABRIKAM});
    vec![
        by_operator("RegisterPartner", named(tenant("partner", guid(8, 1)), "tara@tailspin.example")),
        by_operator("RegisterCustomer", named(tenant("customer", guid(8, 2)), "tom@tailspin.example")),
        joins(GRETA, "SalesAgents", FRANK),
        by(GRETA, "RemoveGroupMember", json!({"partner": FABRIKAM, "group": "SalesAgents", "user": FRANK.user})),
        by(GRETA, "DescribeUser", named(json!({"tenant": FABRIKAM, "user": FRANK.user}), "frank@fabrikam.example")),
        by(ALEX, "SendInvite", send),
        by(LENA, "AcceptInvite", json!({"invitation": guid(1, 3), "customer": LITWARE})),
        by(CARLA, "RevokeDap", between(FABRIKAM)),
        by(NOAH, "EndRelationship", between(NORTHWIND)),
        by(SAM, "ProvisionSubscription", provision),
        by(CARLA, "RegisterSubscription", register),
        by(CARLA, "AssignRole", assign),
        by(CARLA, "RemoveRoleAssignment", json!({"customer": CONTOSO, "roleAssignment": guid(6, 1)})),
        by(ALEX, "AddDevice", device),
    ]
}
