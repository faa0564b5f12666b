//! One customer whose story is long: its partner's privileges, an agent's membership and a role on a subscription are
//! taken away and given again, over and over.

use procura_domain::{
    access::{Question, Resource, Subject},
    temporal::Position,
    vocabulary::{Actor, Author},
};
use procura_engine::{Engine, Submission, codec};
use serde_json::{Value, json};

const PARTNER: &str = "faaaaaaa-0000-4000-8000-000000000001";
const CUSTOMER: &str = "caaaaaaa-0000-4000-8000-000000000001";
const SUBSCRIPTION: &str = "5b000000-0000-4000-8000-000000000001";
const DEVICE: &str = "d0000000-0000-4000-8000-000000000001";
/// Administers its tenant, the partner's or the customer's.
const ADMINISTRATOR: &str = "a0000000-0000-4000-8000-000000000001";
/// In the partner's AdminAgents, now and then.
const AGENT: &str = "a0000000-0000-4000-8000-000000000002";

/// The customer's id.
pub(crate) fn customer() -> procura_domain::id::CustomerId {
    CUSTOMER.parse().unwrap()
}

async fn submit(engine: &Engine, tenant: Option<&str>, command: &str, fields: Value) -> Position {
    let user =
        |tenant: &str| Actor::User(serde_json::from_value(json!({"tenant": tenant, "user": ADMINISTRATOR})).unwrap());
    let submission = Submission {
        command: codec::read_command(command, fields.to_string().as_bytes()).unwrap(),
        by: Author::stated(tenant.map_or_else(|| Actor::Operator("Odile Perrin".to_owned()), user)),
        key: None,
        at: None,
        if_match: None,
    };
    let recorded = engine.submit(submission).await.unwrap();
    recorded.positions.last().copied().unwrap()
}

fn guid(kind: u32, number: usize) -> String {
    format!("{kind:08x}-0000-4000-8000-{number:012x}")
}

/// Tells the story up to that many changes; every one is a commit that alters what somebody can do. The position where it
/// begins.
pub(crate) async fn tell(engine: &Engine, changes: usize) -> Position {
    let (partner, customer) = (Some(PARTNER), Some(CUSTOMER));
    let registered = |kind: &str, id: &str| {
        json!({kind: id, "name": kind, "domain": format!("{kind}.example"),
        "globalAdministrator": ADMINISTRATOR})
    };
    let pair = json!({"partner": PARTNER, "customer": CUSTOMER});
    let member = |user: &str| json!({"partner": PARTNER, "group": "AdminAgents", "user": user});
    let role = |number: usize| {
        json!({"customer": CUSTOMER, "subscription": SUBSCRIPTION, "roleAssignment": guid(8, number),
        "role": "Contributor", "principal": {"group": "AdminAgents", "partner": PARTNER}})
    };
    let device = json!({"customer": CUSTOMER, "device": DEVICE, "serialNumber": "1", "manufacturer": "M", "model": "X",
        "partner": PARTNER});
    let accept = async |number: usize| {
        let invite = json!({"invitation": guid(1, number), "partner": PARTNER, "delegatedAdmin": true, "locale": "en"});
        submit(engine, partner, "SendInvite", invite).await;
        let accept = json!({"invitation": guid(1, number), "customer": CUSTOMER});
        submit(engine, customer, "AcceptInvite", accept).await
    };
    submit(engine, None, "RegisterPartner", registered("partner", PARTNER)).await;
    submit(engine, None, "RegisterCustomer", registered("customer", CUSTOMER)).await;
    for user in [ADMINISTRATOR, AGENT] {
        submit(engine, partner, "AddGroupMember", member(user)).await;
    }
    accept(0).await;
    let register = json!({"customer": CUSTOMER, "subscription": SUBSCRIPTION, "kind": "azure", "name": "Web"});
    submit(engine, customer, "RegisterSubscription", register).await;
    submit(engine, customer, "AssignRole", role(0)).await;
    let begins = submit(engine, partner, "AddDevice", device).await;
    for number in 0..changes {
        let round = number / 6;
        match number % 6 {
            0 => submit(engine, customer, "RevokeDap", pair.clone()).await,
            1 => accept(round + 1).await,
            2 => submit(engine, partner, "RemoveGroupMember", member(AGENT)).await,
            3 => submit(engine, partner, "AddGroupMember", member(AGENT)).await,
            4 => {
                let held = json!({"customer": CUSTOMER, "roleAssignment": guid(8, round)});
                submit(engine, customer, "RemoveRoleAssignment", held).await
            }
            _ => submit(engine, customer, "AssignRole", role(round + 1)).await,
        };
    }
    begins
}

/// Questions of every kind, whose answers the changes alter.
pub(crate) fn questions() -> Vec<Question> {
    let subjects = [
        ("user", format!("{PARTNER}/{AGENT}")),
        ("group", format!("{PARTNER}/AdminAgents")),
        ("user", format!("{CUSTOMER}/{ADMINISTRATOR}")),
    ];
    let resources = [
        ("customer", CUSTOMER, "directory.administer"),
        ("customer", CUSTOMER, "directory.read"),
        ("customer", CUSTOMER, "profile.create"),
        ("subscription", SUBSCRIPTION, "subscription.manage"),
        ("subscription", SUBSCRIPTION, "roleAssignment.create"),
        ("device", DEVICE, "device.delete"),
    ];
    let question = |((kind, id), (of, resource, action)): (&(&str, String), (&str, &str, &str))| Question {
        subject: Subject::parse(kind, id).unwrap(),
        resource: Resource::parse(of, resource, action, Default::default()).unwrap(),
    };
    subjects.iter().flat_map(|subject| resources.map(|resource| question((subject, resource)))).collect()
}
