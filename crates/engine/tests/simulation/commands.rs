//! Random commands over a small cast, so that most are accepted and many meet each other.

use procura_domain::{
    access::{Named, Question, Resource, Subject},
    text::TokenIssuer,
    vocabulary::{Actor, Author, User},
};
use procura_engine::{Submission, codec};
use rand::{Rng, rngs::StdRng, seq::IndexedRandom};
use serde_json::{Value, json};

const PARTNERS: [&str; 2] = ["faaaaaaa-0000-4000-8000-000000000001", "faaaaaaa-0000-4000-8000-000000000002"];
const CUSTOMERS: [&str; 2] = ["caaaaaaa-0000-4000-8000-000000000001", "caaaaaaa-0000-4000-8000-000000000002"];
const ADMINISTRATOR: &str = "ad000000-0000-4000-8000-000000000001";
const AGENT: &str = "a6000000-0000-4000-8000-000000000001";
/// The first commands: a partner and a customer are registered, and related.
pub(crate) const BEGINNING: usize = 5;
/// The part of the others that go on building: somebody is invited, related, served.
const USUAL: f64 = 0.6;

fn user(tenant: &str, user: &str) -> Actor {
    Actor::User(User { tenant: tenant.parse().unwrap(), user: user.parse().unwrap() })
}

/// A command, by whoever may most likely issue it. `step` is how many there were before.
pub(crate) fn random(rng: &mut StdRng, step: usize) -> Submission {
    let partner = PARTNERS[usize::from(step >= BEGINNING && rng.random_bool(0.1))];
    let customer = CUSTOMERS[usize::from(step >= BEGINNING && rng.random_bool(0.1))];
    // Few ids at a time, so that commands meet the same things, and new ones as time goes by.
    let near = (step / 8) as u64;
    let some = |rng: &mut StdRng, kind: u8| {
        format!(
            "{kind:02x}000000-0000-4000-8000-{:012}",
            near + if step < BEGINNING { 0 } else { rng.random_range(0..3) }
        )
    };
    let (invitation, subscription, device) = (some(rng, 0x10), some(rng, 0x5b), some(rng, 0xde));
    let role = json!({"tenant": customer, "user": AGENT, "role": "GlobalAdministrator"});
    let member = json!({"partner": partner, "group": "AdminAgents", "user": AGENT});
    let pair = json!({"customer": customer, "partner": partner});
    let of_tenant = |field: &str, id: &str| json!({field: id, "name": "n", "domain": format!("d{}.example", &id[35..]), "globalAdministrator": ADMINISTRATOR});
    let operator = Actor::Operator("ops".into());
    let administrator = user(customer, ADMINISTRATOR);
    let (owner, agent) = (user(partner, ADMINISTRATOR), user(partner, AGENT));
    let kind = *["azure", "microsoft365"].choose(rng).unwrap();
    let policy = *["dapRequired", "relationship"].choose(rng).unwrap();
    let invite =
        json!({"invitation": invitation, "partner": partner, "delegatedAdmin": true, "locale": "en", "uses": "many"});
    let accept = json!({"invitation": invitation, "customer": customer});
    let provision =
        json!({"customer": customer, "partner": partner, "subscription": subscription, "kind": kind, "name": "n"});
    let of_subscription = json!({"customer": customer, "subscription": subscription});
    let add_device = json!({"customer": customer, "device": device, "partner": partner, "serialNumber": device,
        "manufacturer": "m", "model": "m"});
    let described = *[ADMINISTRATOR, AGENT].choose(rng).unwrap();
    let name = format!("n{}@d.example", rng.random_range(0..3));
    let names = json!({"tenant": customer, "user": described, "userPrincipalName": name});
    let request = json!({"customer": customer, "partner": partner, "title": "t", "severity": "critical"});
    let rows: [(&str, Value, Actor); 21] = [
        ("RegisterPartner", of_tenant("partner", partner), operator.clone()),
        ("RegisterCustomer", of_tenant("customer", customer), operator.clone()),
        ("AddGroupMember", member.clone(), owner.clone()),
        ("SendInvite", invite, agent.clone()),
        ("AcceptInvite", accept.clone(), administrator.clone()),
        ("ProvisionSubscription", provision, agent.clone()),
        ("AddDevice", add_device, agent.clone()),
        ("OpenServiceRequest", request, agent.clone()),
        ("RenewSubscription", of_subscription.clone(), agent.clone()),
        ("RemoveGroupMember", member, owner),
        ("AssignDirectoryRole", role.clone(), administrator.clone()),
        ("RemoveDirectoryRole", role, administrator.clone()),
        ("DeclineInvite", accept, administrator.clone()),
        ("WithdrawInvite", json!({"invitation": invitation}), agent.clone()),
        ("RevokeDap", pair.clone(), administrator.clone()),
        ("EndRelationship", pair.clone(), administrator.clone()),
        ("RenegotiateContract", pair.clone(), operator.clone()),
        ("CancelSubscription", of_subscription, administrator.clone()),
        ("AdoptAutopilotPolicy", json!({"policy": policy}), operator.clone()),
        ("DescribeUser", names, administrator.clone()),
        ("ErasePersonalData", json!({"subject": format!("user:{customer}/{described}")}), operator.clone()),
    ];
    let row = match step {
        ..BEGINNING => step,
        _ if rng.random_bool(USUAL) => rng.random_range(3..9),
        _ => rng.random_range(0..rows.len()),
    };
    let (name, fields, right) = &rows[row];
    let wrong = [&operator, &administrator, &agent];
    let actor = if step < BEGINNING || rng.random_bool(0.9) { right } else { wrong.choose(rng).unwrap() };
    let command = codec::read_command(name, fields.to_string().as_bytes());
    Submission {
        command: command.unwrap_or_else(|error| panic!("{name}: {error}")),
        by: Author::by_token(actor.clone(), TokenIssuer::new("https://id.example").unwrap()),
        key: rng.random_bool(0.5).then(|| format!("k{}", rng.random_range(0..40)).parse().unwrap()),
        at: None,
        if_match: None,
    }
}

/// What is asked at every moment.
pub(crate) fn questions() -> Vec<Question> {
    let agents = |partner: &str| ("user", format!("{partner}/{AGENT}"));
    let (first, second) = (CUSTOMERS[0], CUSTOMERS[1]);
    let asked = [
        (agents(PARTNERS[0]), "customer.view", first),
        (agents(PARTNERS[0]), "subscription.provision", second),
        (agents(PARTNERS[1]), "customer.view", second),
        (("group", format!("{}/AdminAgents", PARTNERS[1])), "customer.view", first),
        (("user", format!("{first}/{AGENT}")), "directoryRole.assign", first),
    ];
    let question = |((kind, subject), action, customer): ((&str, String), &str, &str)| Question {
        subject: Subject::parse(kind, &subject).unwrap(),
        resource: Resource::parse("customer", customer, action, Named::default()).unwrap(),
    };
    asked.into_iter().map(question).collect()
}
