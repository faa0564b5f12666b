//! Several partners and customers in all phases of a relationship, and who may know of whom.

use procura_tests::{
    Server, apply, version_1,
    world::{
        self, ALEX, CARLA, COLIN, CONTOSO, FABRIKAM, FRANK, GRETA, HELEN, LENA, LITWARE, Line, NADIA, NOAH, NORTHWIND,
        SAM, STRANGER, User, by, by_operator, guid, joins,
    },
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A partner that nobody has to do with, but for a role that version 1 of the rules let Contoso give it.
pub(crate) const TAILSPIN: &str = "abaaaaaa-0000-4000-8000-000000000001";
/// A customer of Northwind's alone.
pub(crate) const ADATUM: &str = "adaaaaaa-0000-4000-8000-000000000001";
/// No tenant, and no thing.
pub(crate) const UNKNOWN: &str = "dddddddd-dead-4000-8000-00000000dead";

const fn of(tenant: &'static str, user: &'static str) -> User {
    User { tenant, user }
}

/// Tailspin's Global administrator and admin agent, and a sales agent.
const TARA: User = of(TAILSPIN, "ab000000-0000-4000-8000-000000000010");
const TOM: User = of(TAILSPIN, "ab000000-0000-4000-8000-000000000011");
/// Adatum's Global administrator.
const ADA: User = of(ADATUM, "ad000000-0000-4000-8000-000000000010");
/// Was in Fabrikam's AdminAgents before it had any customer.
const AMY: User = of(FABRIKAM, "f0000000-0000-4000-8000-000000000015");
/// Joined Fabrikam's AdminAgents after its relationship with Litware had ended.
const JOE: User = of(FABRIKAM, "f0000000-0000-4000-8000-000000000016");

/// Subscriptions: Contoso's own; Fabrikam's and Northwind's in Contoso's tenant; Northwind's in Adatum's.
pub(crate) const SUBSCRIPTIONS: [(u64, &str); 4] = [(1, "own"), (2, "web"), (3, "shop"), (4, "mail")];

/// Somebody who asks, with what it may be told of: ids of tenants and of people, and names of tenants.
pub(crate) struct Caller {
    pub(crate) name: &'static str,
    pub(crate) user: User,
    /// The tenants it may know of.
    pub(crate) tenants: &'static [&'static str],
    /// The people of other tenants that it may know of.
    pub(crate) people: &'static [User],
}

/// Everybody but overseers. Who is of a tenant may know all its people.
pub(crate) const CALLERS: [Caller; 14] = [
    // VIS-5: members for the time of the relationship; NOAH's group keeps a role. VIS-1: who did something in its tenant.
    Caller {
        name: "carla",
        user: CARLA,
        tenants: &[CONTOSO, FABRIKAM, NORTHWIND, TAILSPIN],
        people: &[ALEX, HELEN, SAM, JOE, NOAH],
    },
    Caller { name: "colin", user: COLIN, tenants: &[CONTOSO, FABRIKAM, NORTHWIND], people: &[] },
    Caller { name: "lena", user: LENA, tenants: &[LITWARE, FABRIKAM], people: &[ALEX, HELEN, SAM] },
    Caller { name: "ada", user: ADA, tenants: &[ADATUM, NORTHWIND], people: &[NOAH] },
    Caller { name: "alex", user: ALEX, tenants: &[FABRIKAM, CONTOSO, LITWARE], people: &[CARLA, LENA] },
    Caller { name: "helen", user: HELEN, tenants: &[FABRIKAM, CONTOSO, LITWARE], people: &[CARLA, LENA] },
    Caller { name: "sam", user: SAM, tenants: &[FABRIKAM, CONTOSO, LITWARE], people: &[CARLA, LENA] },
    Caller { name: "greta", user: GRETA, tenants: &[FABRIKAM, CONTOSO, LITWARE], people: &[CARLA, LENA] },
    Caller { name: "frank", user: FRANK, tenants: &[FABRIKAM], people: &[] },
    Caller { name: "amy", user: AMY, tenants: &[FABRIKAM], people: &[] },
    Caller { name: "noah", user: NOAH, tenants: &[NORTHWIND, CONTOSO, ADATUM], people: &[CARLA, ADA] },
    Caller { name: "nadia", user: NADIA, tenants: &[NORTHWIND, CONTOSO, ADATUM], people: &[CARLA, ADA] },
    Caller { name: "tara", user: TARA, tenants: &[TAILSPIN, CONTOSO], people: &[CARLA] },
    Caller { name: "nobody", user: STRANGER, tenants: &[], people: &[] },
];

/// Every tenant, with its name.
pub(crate) const TENANTS: [(&str, &str); 6] = [
    (CONTOSO, "Contoso"),
    (LITWARE, "Litware"),
    (ADATUM, "Adatum"),
    (FABRIKAM, "Fabrikam"),
    (NORTHWIND, "Northwind"),
    (TAILSPIN, "Tailspin"),
];

pub(crate) const PEOPLE: [User; 15] =
    [CARLA, COLIN, LENA, ADA, ALEX, HELEN, SAM, GRETA, FRANK, AMY, JOE, NOAH, NADIA, TARA, TOM];

impl Caller {
    pub(crate) fn knows_tenant(&self, tenant: &str) -> bool {
        self.user.tenant == tenant || self.tenants.contains(&tenant)
    }

    /// The things that no answer may name to it: subscriptions (5), role assignments (6), devices (7) and profiles (8) that
    /// are another customer's, or another partner's, or that its partner may not know of.
    fn things(&self) -> Vec<String> {
        let all = [(5, 1..=4), (6, 1..=6), (7, 1..=3), (8, 1..=1)];
        let all = all.into_iter().flat_map(|(kind, numbers)| numbers.map(move |number| (kind, number)));
        let is_known = |(kind, number): &(u32, u64)| match (self.name, self.user.tenant) {
            ("carla", _) => (*kind, *number) != (5, 4) && (*kind, *number) != (6, 4),
            ("ada", _) => [(5, 4), (6, 4)].contains(&(*kind, *number)),
            ("frank" | "amy" | "colin", _) => false,
            // By a role on `own`, as its provisioner of `web`, and devices with the profile.
            (_, FABRIKAM) => {
                [(5, 1), (5, 2), (6, 2), (6, 6), (7, 1), (7, 2), (7, 3), (8, 1)].contains(&(*kind, *number))
            }
            // By a role on `web`, and one that `shop` left; in Adatum's tenant as its partner; devices and profile as it
            // managed them under DAP.
            (_, NORTHWIND) => ![(5, 1), (6, 1), (6, 2), (6, 6)].contains(&(*kind, *number)),
            (_, TAILSPIN) => (*kind, *number) == (5, 1),
            _ => false,
        };
        all.filter(|thing| !is_known(thing)).map(|(kind, number)| guid(kind, number)).collect()
    }

    /// What no answer may tell it.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let tenants = TENANTS.iter().filter(|(id, _)| !self.knows_tenant(id)).flat_map(|(id, name)| [*id, *name]);
        let people = PEOPLE.iter().filter(|user| user.tenant != self.user.tenant && !self.people.contains(user));
        tenants.chain(people.map(|user| user.user)).map(str::to_owned).chain(self.things()).collect()
    }
}

/// What is recorded before version 1 lets Contoso give Tailspin a role, and after.
fn lines() -> Vec<Line> {
    let registered = |command, kind: &str, user: User, name: &str| {
        let domain = format!("{}.example", name.to_lowercase());
        let fields = json!({kind: user.tenant, "name": name, "domain": domain, "globalAdministrator": user.user});
        by_operator(command, fields)
    };
    let subscription = |agent: User, administrator: User, number| {
        let name = SUBSCRIPTIONS.iter().find(|(of, _)| *of == number).unwrap().1;
        json!({"customer": administrator.tenant, "partner": agent.tenant, "subscription": guid(5, number),
            "roleAssignment": guid(6, number), "kind": "azure", "name": name})
    };
    let own = json!({"customer": CONTOSO, "subscription": guid(5, 1), "roleAssignment": guid(6, 1), "kind": "azure",
        "name": "own"});
    let device = |number: u64, origin: Value| {
        let mut fields = json!({"customer": CONTOSO, "device": guid(7, number), "serialNumber": number.to_string(),
            "manufacturer": "Wingtip", "model": "9", "hardwareHash": "QUJD", "productKey": "K"});
        fields.as_object_mut().unwrap().extend(origin.as_object().unwrap().clone());
        fields
    };
    let profile = json!({"customer": CONTOSO, "profile": guid(8, 1), "name": "standard"});
    let applied = json!({"customer": CONTOSO, "profile": guid(8, 1), "devices": [guid(7, 1), guid(7, 2)]});
    let request =
        |partner: &str| json!({"customer": CONTOSO, "partner": partner, "title": "Help", "severity": "minimal"});
    let role = |number: u64, id: u64, group: &str, partner: &str| {
        json!({"customer": CONTOSO, "subscription": guid(5, number), "roleAssignment": guid(6, id), "role": "Reader",
            "principal": {"group": group, "partner": partner}})
    };
    let between = |customer: &str, partner: &str| json!({"customer": customer, "partner": partner});
    let sent = |agent: User, number| {
        json!({"invitation": guid(1, number), "partner": agent.tenant, "delegatedAdmin": true, "locale": "en",
            "recipient": format!("{}@wingtip.example", agent.user), "message": {"subject": "Hi", "body": "{link}"}})
    };
    let left = |user: User| json!({"partner": user.tenant, "group": "AdminAgents", "user": user.user});
    let mut lines = world::tenants();
    lines.extend([
        registered("RegisterPartner", "partner", TARA, "Tailspin"),
        registered("RegisterCustomer", "customer", ADA, "Adatum"),
        joins(TARA, "AdminAgents", TARA),
        joins(TARA, "SalesAgents", TOM),
        joins(GRETA, "AdminAgents", AMY),
        by(GRETA, "RemoveGroupMember", left(AMY)),
    ]);
    for (number, agent, administrator, dap) in
        [(1, ALEX, CARLA, true), (2, NOAH, CARLA, true), (3, ALEX, LENA, true), (4, NOAH, ADA, true)]
    {
        lines.extend(world::relationship(&guid(1, number), agent, administrator, dap));
    }
    lines.extend([
        by(CARLA, "RegisterSubscription", own),
        by(SAM, "ProvisionSubscription", subscription(SAM, CARLA, 2)),
        by(NOAH, "ProvisionSubscription", subscription(NOAH, CARLA, 3)),
        by(NOAH, "ProvisionSubscription", subscription(NOAH, ADA, 4)),
        by(CARLA, "AssignRole", role(2, 5, "AdminAgents", NORTHWIND)),
        by(CARLA, "AssignRole", role(1, 6, "HelpdeskAgents", FABRIKAM)),
        by(ALEX, "AddDevice", device(1, json!({"partner": FABRIKAM}))),
        by(NOAH, "AddDevice", device(2, json!({"partner": NORTHWIND}))),
        by(CARLA, "AddDevice", device(3, json!({"source": "intune"}))),
        by(ALEX, "CreateProfile", profile),
        by(ALEX, "ApplyProfile", applied),
        by(HELEN, "OpenServiceRequest", request(FABRIKAM)),
        by(NOAH, "OpenServiceRequest", request(NORTHWIND)),
        by(NOAH, "CancelSubscription", json!({"customer": CONTOSO, "subscription": guid(5, 3)})),
        by(NOAH, "EndRelationship", between(CONTOSO, NORTHWIND)),
        by(ALEX, "EndRelationship", between(LITWARE, FABRIKAM)),
        by(ADA, "RevokeDap", between(ADATUM, NORTHWIND)),
        joins(GRETA, "AdminAgents", JOE),
        by(ALEX, "SendInvite", sent(ALEX, 5)),
        by(NOAH, "SendInvite", sent(NOAH, 6)),
    ]);
    lines
}

/// A server on that log.
pub(crate) fn server() -> (TempDir, Server) {
    let directory = tempfile::tempdir().unwrap();
    apply(directory.path(), &world::text(&lines())).all_recorded();
    let role = json!({"customer": CONTOSO, "subscription": guid(5, 1), "role": "Contributor",
        "principal": {"group": "AdminAgents", "partner": TAILSPIN}});
    version_1::assign_role(directory.path(), CARLA, &role);
    let server = Server::start_on(directory.path());
    (directory, server)
}

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A good command of each kind that users issue, here or there.
pub(crate) fn commands() -> Vec<(&'static str, Value)> {
    let of_world = world::commands().into_iter().map(|line| (line.command, line.data));
    let others = [
        ("WithdrawInvite", json!({"invitation": guid(1, 5)})),
        ("DeclineInvite", json!({"invitation": guid(1, 5), "customer": CONTOSO})),
        (
            "AssignDirectoryRole",
            json!({"tenant": CONTOSO, "user": COLIN.user, "role": "HelpdeskAdministrator",
                "displayName": "Colin", "userPrincipalName": "colin@contoso.example"}),
        ),
        (
            "AddGroupMember",
            json!({"partner": FABRIKAM, "group": "SalesAgents", "user": ALEX.user, "displayName": "Alex",
                "userPrincipalName": "alex@fabrikam.example"}),
        ),
        ("DescribeUser", json!({"tenant": CONTOSO, "user": COLIN.user, "displayName": "Colin"})),
        ("RemoveDirectoryRole", json!({"tenant": CONTOSO, "user": CARLA.user, "role": "GlobalAdministrator"})),
        ("RenegotiateContract", json!({"customer": CONTOSO, "partner": FABRIKAM})),
        ("RenewSubscription", json!({"customer": CONTOSO, "subscription": guid(5, 2)})),
        ("CancelSubscription", json!({"customer": CONTOSO, "subscription": guid(5, 2)})),
        (
            "AssignRole",
            json!({"customer": CONTOSO, "subscription": guid(5, 1), "role": "Reader",
            "principal": {"tenant": NORTHWIND, "user": NOAH.user}}),
        ),
        ("UpdateDevice", json!({"customer": CONTOSO, "device": guid(7, 2), "groupTag": "Kiosk"})),
        ("RemoveDevice", json!({"customer": CONTOSO, "device": guid(7, 2)})),
        ("CreateProfile", json!({"customer": CONTOSO, "name": "Kiosk"})),
        ("UpdateProfile", json!({"customer": CONTOSO, "profile": guid(8, 1), "name": "Kiosk"})),
        ("DeleteProfile", json!({"customer": CONTOSO, "profile": guid(8, 1)})),
        ("ApplyProfile", json!({"customer": CONTOSO, "profile": guid(8, 1), "devices": [guid(7, 3)]})),
        ("RemoveProfile", json!({"customer": CONTOSO, "profile": guid(8, 1), "devices": [guid(7, 1)]})),
        ("OpenServiceRequest", json!({"customer": CONTOSO, "partner": FABRIKAM, "title": "T", "severity": "minimal"})),
        ("AdoptAutopilotPolicy", json!({"policy": "dapRequired"})),
        ("ErasePersonalData", json!({"subject": format!("device:{}", guid(7, 1))})),
        (
            "SetConsumer",
            json!({"name": "billing", "filter": {"types": ["DapRevoked"], "customer": CONTOSO, "partner": FABRIKAM},
                "after": 3, "visibilitySeconds": 60, "tries": 3, "onParked": "wait"}),
        ),
        ("DeleteConsumer", json!({"name": "billing"})),
        (
            "SetWebhook",
            json!({"name": "siem", "url": "https://hooks.example/procura", "secret": SECRET, "filter": {}, "after": 0,
                "onParked": "goOn"}),
        ),
        ("DeleteWebhook", json!({"name": "siem"})),
    ];
    of_world.chain(others).collect()
}
