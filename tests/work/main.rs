//! What belongs to somebody else costs what is not there costs: counted in allocations, not timed (VIS-7).
//!
//! Fabrikam has two hundred customers, and Contoso nothing to do with it; the ids that are asked with are its, those of one
//! of its customers, and one that nobody has. All that the process allocates while it answers is counted, on every thread;
//! of several turns the least counts, as the log's store works in the background.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use procura_app::{
    access::{EvaluationRequest, PageTokens, evaluate, search_actions, search_resources, search_subjects},
    commands::what_if,
    history::{HistoryRequest, Whose, history},
    intervals::{WhatCould, WhoCould, what_could, who_could},
    invitations,
    lists::{self, ListRequest},
    reports::{NamesWanted, ReportRequest, report},
};
use procura_domain::{
    command::Command,
    text::TokenIssuer,
    visibility::Reader,
    vocabulary::{Actor, Author, User},
};
use procura_engine::{
    CheckpointKey, Engine, IDEMPOTENCY_KEYS_MAX, KEYS_FILE, Keyring, Settings, Submission,
    ambient::{Entropy, SystemClock},
};
use procura_eventlog::DataDirectory;
use procura_tests::{
    apply,
    world::{self, ALEX, CARLA, CONTOSO, FABRIKAM, FRANK, LITWARE, NOAH, NORTHWIND, by_operator, guid},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::{alloc::System, fmt::Debug, path::Path, sync::Arc};
use tokio::runtime::{Builder, Runtime};

#[global_allocator]
static COUNTED: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Customers of Fabrikam's, each with a subscription.
const CUSTOMERS: u64 = 200;
/// Turns of which the least counts.
const TURNS: usize = 12;
const UNKNOWN: &str = "dddddddd-dead-4000-8000-00000000dead";

/// What the process allocated at least, as blocks and bytes.
type Work = (usize, usize);

struct House {
    runtime: Runtime,
    engine: Engine,
    key: CheckpointKey,
    tokens: Arc<PageTokens>,
    _directory: DataDirectory,
}

impl House {
    fn open(path: &Path) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let mut entropy = Entropy::from_os();
        let directory = DataDirectory::open(path, entropy.guid()).unwrap();
        let key = CheckpointKey::of(path, directory.origins().clone(), entropy.bytes()).unwrap();
        let settings = Settings {
            public_url: "https://partners.example".to_owned(),
            invitation_link: None,
            clock: Arc::new(SystemClock),
            entropy,
            snapshots: None,
            keyring: Keyring::open(&path.join(KEYS_FILE), directory.log_id()).unwrap(),
            has_room: Arc::new(|| true),
            idempotency_keys_max: IDEMPOTENCY_KEYS_MAX,
            on_fatal: Arc::new(|error| panic!("{error}")),
        };
        let engine = runtime.block_on(Engine::open(directory.stored().unwrap(), settings)).unwrap();
        let tokens = Arc::new(PageTokens::new(Entropy::from_os()));
        Self { runtime, engine, key, tokens, _directory: directory }
    }

    /// What a request of that kind takes with that id.
    fn work(&self, request: &Request, reader: User, id: &str) -> Work {
        let once = || {
            let region = Region::new(COUNTED);
            self.runtime.block_on(request.ask(self, reader, id));
            let change = region.change();
            (change.allocations + change.reallocations, change.bytes_allocated)
        };
        once();
        (0..TURNS).map(|_| once()).min().unwrap()
    }
}

/// Fabrikam with its customers; Contoso, whose only partner is Northwind.
fn lines() -> Vec<world::Line> {
    let mut lines = world::tenants();
    lines.extend(world::relationship(&guid(1, 1), NOAH, CARLA, true));
    for number in 1..=CUSTOMERS {
        let (customer, administrator): (&'static str, &'static str) =
            (guid(0xca, number).leak(), guid(0xcb, number).leak());
        lines.push(by_operator(
            "RegisterCustomer",
            json!({"customer": customer, "name": "Small", "domain": "small.example", "globalAdministrator": administrator}),
        ));
        let administrator = world::User { tenant: customer, user: administrator };
        lines.extend(world::relationship(&guid(0xaa, number), ALEX, administrator, true));
        let fields = json!({"customer": customer, "partner": FABRIKAM, "kind": "azure", "name": "Web",
            "subscription": guid(0x5a, number)});
        lines.push(world::by(ALEX, "ProvisionSubscription", fields));
    }
    let own = json!({"customer": CONTOSO, "subscription": guid(5, 1), "kind": "azure", "name": "Own"});
    lines.push(world::by(CARLA, "RegisterSubscription", own));
    lines
}

/// A kind of request, and what stands in the place of `ID`.
enum Request {
    List(&'static str, Value),
    History(&'static str),
    WhoCould(Value),
    WhatCould(Value),
    Evaluation(Value),
    /// For subjects, resources or actions.
    Search(&'static str, Value),
    DryRun(&'static str, Value),
    Report(&'static str, &'static str),
}

fn filled<T: DeserializeOwned>(value: &Value, id: &str) -> T {
    serde_json::from_str(&value.to_string().replace("ID", id)).unwrap()
}

/// Answers are dropped inside: they are part of the work.
fn drop_answer(answer: Result<impl Sized, impl Debug>) {
    drop(answer);
}

impl Request {
    async fn ask(&self, house: &House, user: User, id: &str) {
        let (engine, reader) = (&house.engine, Reader::User(user));
        match self {
            Self::List("residual-access", request) => {
                drop_answer(lists::residual_access(engine, reader, filled(request, id)).await);
            }
            Self::List("effective-permissions", request) => {
                let request: ListRequest = filled(request, id);
                drop_answer(lists::effective_permissions(engine, reader, id.parse().unwrap(), request).await);
            }
            Self::List("partner-relationships", request) => {
                let request = filled(request, id);
                drop_answer(lists::partner_relationships(engine, reader, id.parse().unwrap(), request));
            }
            Self::List("customers", request) => {
                drop_answer(lists::customers(engine, reader, id.parse().unwrap(), filled(request, id)));
            }
            Self::List("members", request) => {
                let group = procura_domain::vocabulary::PartnerGroup::AdminAgents;
                drop_answer(
                    lists::group_members(engine, reader, id.parse().unwrap(), group, filled(request, id)).await,
                );
            }
            Self::List("roles", request) => {
                let role = procura_domain::vocabulary::DirectoryRole::GlobalAdministrator;
                let request = filled(request, id);
                drop_answer(lists::directory_role_members(engine, reader, id.parse().unwrap(), role, request).await);
            }
            Self::List("subscriptions", request) => {
                drop_answer(lists::subscriptions(engine, reader, id.parse().unwrap(), filled(request, id)));
            }
            Self::List("devices", request) => {
                drop_answer(lists::devices(engine, reader, id.parse().unwrap(), filled(request, id)).await);
            }
            Self::List("invitations", request) => {
                let request = filled(request, id);
                drop_answer(invitations::invitations(engine, reader, id.parse().unwrap(), request));
            }
            Self::List("registered-customers", request) => {
                drop_answer(lists::registered_customers(engine, reader, filled(request, id)));
            }
            Self::List("registered-partners", request) => {
                drop_answer(lists::registered_partners(engine, reader, filled(request, id)));
            }
            Self::List("relationships", request) => {
                drop_answer(lists::relationships(engine, reader, filled(request, id)));
            }
            Self::List("people", request) => {
                drop_answer(lists::people(engine, reader, id.parse().unwrap(), filled(request, id)).await);
            }
            Self::List("permissions-of", request) => {
                let request: ListRequest = filled(request, id);
                drop_answer(lists::effective_permissions(engine, reader, CONTOSO.parse().unwrap(), request).await);
            }
            Self::List(other, _) => panic!("no list {other}"),
            Self::History("customer") => {
                let whose = Whose::Customer(id.parse().unwrap());
                drop_answer(history(engine, reader, whose, HistoryRequest::default()).await);
            }
            Self::History("beside") => {
                let request = HistoryRequest { partner: Some(id.to_owned()), ..HistoryRequest::default() };
                drop_answer(history(engine, reader, Whose::Customer(CONTOSO.parse().unwrap()), request).await);
            }
            Self::History(_) => {
                let whose = Whose::Partner(id.parse().unwrap());
                drop_answer(history(engine, reader, whose, HistoryRequest::default()).await);
            }
            Self::WhoCould(request) => {
                drop_answer(who_could(engine, reader, filled::<WhoCould>(request, id)).await);
            }
            Self::WhatCould(request) => {
                drop_answer(what_could(engine, reader, filled::<WhatCould>(request, id)).await);
            }
            Self::Evaluation(request) => {
                drop_answer(evaluate(engine, reader, &filled::<EvaluationRequest>(request, id)).await);
            }
            Self::Search("subject", request) => {
                drop_answer(search_subjects(engine, &house.tokens, reader, filled(request, id)).await);
            }
            Self::Search("resource", request) => {
                drop_answer(search_resources(engine, &house.tokens, reader, filled(request, id)).await);
            }
            Self::Search(_, request) => {
                drop_answer(search_actions(engine, &house.tokens, reader, &filled(request, id)));
            }
            Self::DryRun(name, fields) => {
                let submission = Submission {
                    command: Command::read(name, filled::<Value>(fields, id)).unwrap().unwrap(),
                    by: Author::by_token(Actor::User(user), TokenIssuer::new("https://id.example").unwrap()),
                    key: None,
                    at: None,
                    if_match: None,
                };
                drop_answer(what_if(engine, reader, submission).await);
            }
            Self::Report(name, of) => {
                let tenant = |kind| (*of == kind).then(|| id.to_owned());
                let request = ReportRequest {
                    report: name.parse().unwrap(),
                    format: "json".parse().unwrap(),
                    lang: "en".parse().unwrap(),
                    customer: tenant("customer").map(|id| id.parse().unwrap()),
                    partner: tenant("partner").map(|id| id.parse().unwrap()),
                    from: None,
                    until: None,
                    at: None,
                    names: NamesWanted::Now,
                };
                drop_answer(report(engine, &house.key, reader, request, |_| ()).await);
            }
        }
    }
}

/// Requests with a tenant's id in them: those of another tenant, and of none.
fn of_tenants() -> Vec<Request> {
    let plain = || json!({});
    let subject = |subject: &str, on: Value| {
        json!({"subject": {"type": "user", "id": subject}, "action": {"name": on["action"]},
        "resource": {"type": on["type"], "id": on["id"]}, "context": {"explain": true}})
    };
    let of_contoso = json!({"action": "customer.view", "type": "customer", "id": CONTOSO});
    let on_own = json!({"action": "subscription.read", "type": "subscription", "id": guid(5, 1)});
    let there = json!({"action": "customer.view", "type": "customer", "id": "ID"});
    let carla = CARLA.to_string();
    let role = |principal: Value| json!({"customer": CONTOSO, "subscription": guid(5, 1), "role": "Reader", "principal": principal});
    vec![
        Request::List("residual-access", json!({"customer": "ID"})),
        Request::List("residual-access", json!({"partner": "ID"})),
        Request::List("effective-permissions", plain()),
        Request::List("partner-relationships", plain()),
        Request::List("customers", plain()),
        Request::List("members", plain()),
        Request::List("roles", plain()),
        Request::List("subscriptions", plain()),
        Request::List("devices", plain()),
        Request::List("invitations", plain()),
        Request::List("registered-customers", json!({"customer": "ID"})),
        Request::List("registered-partners", json!({"partner": "ID"})),
        Request::List("relationships", json!({"customer": "ID"})),
        Request::List("relationships", json!({"partner": "ID"})),
        Request::List("people", plain()),
        Request::List("permissions-of", json!({"principal": format!("ID/{}", ALEX.user)})),
        Request::History("customer"),
        Request::History("partner"),
        Request::History("beside"),
        Request::WhoCould(json!({"action": "customer.view", "resource": "customer:ID"})),
        Request::WhoCould(json!({"action": "dap.revoke", "resource": format!("customer:{CONTOSO}"), "partner": "ID"})),
        Request::WhoCould(json!({"action": "group.manage", "resource": "partner:ID"})),
        Request::WhatCould(json!({"subject": format!("user:ID/{}", FRANK.user), "customer": CONTOSO})),
        Request::WhatCould(json!({"subject": "group:ID/AdminAgents", "customer": CONTOSO})),
        Request::WhatCould(json!({"subject": "group:ID/AdminAgents"})),
        Request::WhatCould(json!({"subject": format!("user:{carla}"), "customer": "ID"})),
        Request::Evaluation(subject(&format!("ID/{}", ALEX.user), of_contoso.clone())),
        Request::Evaluation(subject(&format!("ID/{}", ALEX.user), on_own)),
        Request::Evaluation(subject(&carla, there)),
        Request::Search("subject", who("user", "customer.view", "customer", "ID")),
        Request::Search("subject", who("group", "customer.view", "customer", "ID")),
        Request::Search("subject", who("user", "group.manage", "partner", "ID")),
        Request::Search("resource", on_what(&format!("ID/{}", ALEX.user), "subscription.read", "subscription")),
        Request::Search("resource", on_what(&format!("ID/{}", ALEX.user), "customer.view", "customer")),
        Request::Search("action", does_what(&format!("ID/{}", ALEX.user), "subscription", &guid(5, 1))),
        Request::Search("action", does_what(&carla, "customer", "ID")),
        Request::DryRun("AssignRole", role(json!({"group": "AdminAgents", "partner": "ID"}))),
        Request::DryRun("AssignRole", role(json!({"tenant": "ID", "user": ALEX.user}))),
        Request::DryRun("RevokeDap", json!({"customer": CONTOSO, "partner": "ID"})),
        Request::DryRun("RevokeDap", json!({"customer": "ID", "partner": NORTHWIND})),
        Request::DryRun("SendInvite", json!({"partner": "ID", "delegatedAdmin": true, "locale": "en"})),
        Request::DryRun(
            "AssignDirectoryRole",
            json!({"tenant": "ID", "user": ALEX.user, "role": "GlobalAdministrator"}),
        ),
        Request::Report("access-review", "customer"),
        Request::Report("access-review", "partner"),
        Request::Report("residual-access", "partner"),
    ]
}

fn who(subject: &str, action: &str, kind: &str, on: &str) -> Value {
    json!({"subject": {"type": subject}, "action": {"name": action}, "resource": {"type": kind, "id": on}})
}

fn on_what(subject: &str, action: &str, kind: &str) -> Value {
    json!({"subject": {"type": "user", "id": subject}, "action": {"name": action}, "resource": {"type": kind}})
}

fn does_what(subject: &str, kind: &str, on: &str) -> Value {
    json!({"subject": {"type": "user", "id": subject}, "resource": {"type": kind, "id": on}})
}

/// Requests with a subscription's id in them.
fn of_subscriptions() -> Vec<Request> {
    let explained = json!({"subject": {"type": "user", "id": CARLA.to_string()}, "action": {"name": "subscription.read"},
        "resource": {"type": "subscription", "id": "ID"}, "context": {"explain": true}});
    vec![
        Request::WhoCould(json!({"action": "subscription.read", "resource": "subscription:ID"})),
        Request::Evaluation(explained),
        Request::Search("subject", who("user", "subscription.read", "subscription", "ID")),
        Request::Search("action", does_what(&CARLA.to_string(), "subscription", "ID")),
        Request::DryRun("CancelSubscription", json!({"customer": CONTOSO, "subscription": "ID"})),
    ]
}

#[test]
fn what_is_anothers_takes_the_work_of_what_is_not_there() {
    let path = tempfile::tempdir().unwrap();
    apply(path.path(), &world::text(&lines())).all_recorded();
    let house = House::open(path.path());
    let user = |user: world::User| user.to_string().parse::<User>().unwrap();
    let mut wrong = Vec::new();
    let mut compare = |requests: &[Request], others: &[String]| {
        for reader in [CARLA, world::COLIN, NOAH, FRANK] {
            for (number, request) in requests.iter().enumerate() {
                let unknown = house.work(request, user(reader), UNKNOWN);
                for other in others.iter().filter(|other| **other != reader.tenant) {
                    let found = house.work(request, user(reader), other);
                    if found != unknown {
                        wrong.push(format!("{reader} {number} {other}: {found:?}, and {unknown:?} for nothing"));
                    }
                }
            }
        }
    };
    // Fabrikam, one of its customers, and a tenant that has nothing: none of them is a tenant that these have to do with,
    // but for Fabrikam's own.
    let [fabrikam, customer, subscription] = [FABRIKAM.to_owned(), guid(0xca, 7), guid(0x5a, 7)];
    compare(&of_tenants(), &[fabrikam, customer, LITWARE.to_owned()]);
    compare(&of_subscriptions(), &[subscription]);
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// The count is one of work: it grows with what is done.
#[test]
fn work_is_counted() {
    let region = Region::new(COUNTED);
    let list: Vec<String> = (0..100).map(|number| number.to_string()).collect();
    assert!(region.change().allocations >= 100 && list.len() == 100);
}
