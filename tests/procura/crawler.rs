//! Everybody asks everything, with every id there is and with one that there is not: nobody is told what is not theirs, and
//! nobody can tell what is another's from what is not there (VIS-1 to VIS-7).
//!
//! `PROCURA_CRAWL` says at how many moments of the past lists and questions are asked (1 unless told).

mod cast;
mod pages;
mod searches;

pub(crate) use cast::commands;

use crate::openapi::Description;
use cast::{ADATUM, CALLERS, Caller, PEOPLE, SUBSCRIPTIONS, TAILSPIN, TENANTS, UNKNOWN};
use procura_domain::command::Command;
use procura_tests::{Client, Reply, number, world};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use world::{CONTOSO, FABRIKAM, LITWARE, NORTHWIND, STRANGER, guid};

/// What a request asks with each of these in the place of `{…}`; `*` is any parameters.
const ROUTES: &[(&str, &[&str])] = &[
    ("/v1/customers", &["", "?customer={tenant}", "?name=o&limit=1"]),
    ("/v1/partners", &["", "?partner={tenant}", "?limit=1"]),
    (
        "/v1/relationships",
        &["", "?customer={tenant}", "?partner={tenant}", "?dap=true", "?residual=true&limit=1", "?name=li&limit=1"],
    ),
    ("/v1/tenants/{tenant}/people", &["", "?limit=1"]),
    ("/v1/customers/{customer}/partner-relationships", &["", "?limit=1", "?ended=true"]),
    (
        "/v1/customers/{customer}/effective-permissions",
        &["?includeEnded=true", "?partner={tenant}", "?subscription={subscription}", "?limit=1", "?principal={user}"],
    ),
    ("/v1/partners/{partner}/customers", &["", "?limit=1", "?residual=true&name=o"]),
    ("/v1/partners/{partner}/invitations", &["", "?limit=1", "?state=open&limit=1"]),
    ("/v1/invitations/{invitation}", &[""]),
    ("/v1/invitations/{invitation}/draft", &["", "?format=eml"]),
    ("/v1/tenants/{tenant}/directory-roles/{role}/members", &["", "?limit=1"]),
    ("/v1/customers/{customer}/subscriptions", &["", "?limit=1"]),
    ("/v1/customers/{customer}/devices", &["", "?limit=1", "?serial=2"]),
    ("/v1/customers/{customer}/profiles", &[""]),
    ("/v1/customers/{customer}/service-requests", &["", "?limit=1"]),
    ("/v1/partners/{partner}/groups/{group}/members", &["", "?limit=1"]),
    (
        "/v1/customers/{customer}/history",
        &[
            "",
            "?partner={tenant}",
            "?actor={user}",
            "?user={user}",
            "?subscription={subscription}",
            "?device={device}",
            "?limit=2",
            "?limit=2&order=newest",
        ],
    ),
    ("/v1/partners/{partner}/history", &["", "?customer={tenant}", "?actor={user}", "?user={user}", "?limit=3"]),
    ("/v1/history", &["", "?customer={tenant}"]),
    (
        "/v1/events",
        &["", "?customer={tenant}", "?partner={tenant}", "?type=DapRevoked,RoleAssigned", "?after=9&limit=2"],
    ),
    ("/v1/residual-access", &["", "?customer={tenant}", "?partner={tenant}", "?limit=1"]),
    (
        "/v1/who-could",
        &[
            "?action=customer.view&resource=customer:{tenant}",
            "?action=dap.revoke&resource=customer:{tenant}&limit=1",
            "?action=serviceRequest.open&resource=customer:{tenant}&limit=1",
            "?action=dap.revoke&resource=customer:{customer}&partner={tenant}",
            "?action=subscription.read&resource=subscription:{subscription}&limit=1",
            "?action=device.manage&resource=device:{device}",
            "?action=profile.update&resource=profile:{profile}",
            "?action=group.manage&resource=partner:{tenant}",
        ],
    ),
    (
        "/v1/what-could",
        &[
            "?subject=user:{user}",
            "?subject=user:{user}&customer={tenant}&limit=3",
            "?subject=group:{tenant}/AdminAgents&customer={customer}",
            "?subject=group:{tenant}/SalesAgents",
        ],
    ),
    (
        "/v1/find",
        &[
            "?type=tenant&text=contoso.example",
            "?type=partner&text=Northwind",
            "?type=customer&text=Litware",
            "?type=user&text=alex@fabrikam.example",
            "?type=subscription&text=Web&customer={tenant}",
            "?type=device&text=1&customer={tenant}",
            "?type=profile&text=Kiosk",
        ],
    ),
    ("/v1/labels", &["?ids={tenant}", "?ids={user}", "?ids={subscription},{device},{profile}"]),
    (
        "/v1/reports/{name}",
        &[
            "?format=json",
            "?format=json&customer={tenant}",
            "?format=json&partner={tenant}",
            "?format=csv&customer={customer}&partner={tenant}",
            "?format=json&customer={customer}&{changes}",
            "?format=html",
        ],
    ),
    ("/v1/reports/{name}/signature", &["?format=json&customer={customer}&at=15", "?format=csv"]),
    ("/v1/caller", &[""]),
    ("/v1/backup", &[""]),
    ("/metrics", &[""]),
    ("/v1/log/checkpoint", &[""]),
    ("/v1/log/consistency-proof", &["?from=1"]),
    // The same for all who may have it: tests/procura/tiles.rs.
    ("/v1/log/tile/{*tile}", &[]),
    ("/v1/events/{position}/proof", &[""]),
    ("/v1/consumers", &[""]),
    ("/v1/webhooks", &[""]),
    // By these names everybody has its own alone: tests/procura/consumers.rs and webhooks.rs.
    ("/v1/consumers/{name}", &[]),
    ("/v1/consumers/{name}/fetch", &[]),
    ("/v1/consumers/{name}/ack", &[]),
    ("/v1/consumers/{name}/seek", &[]),
    ("/v1/consumers/{name}/pause", &[]),
    ("/v1/consumers/{name}/resume", &[]),
    ("/v1/consumers/{name}/parked", &[]),
    ("/v1/webhooks/{name}", &[]),
    ("/v1/webhooks/{name}/parked", &[]),
    // Asked below, with every command, question and search.
    ("/v1/commands/{name}", &[]),
    ("/access/v1/evaluation", &[]),
    ("/access/v1/evaluations", &[]),
    ("/access/v1/search/subject", &[]),
    ("/access/v1/search/resource", &[]),
    ("/access/v1/search/action", &[]),
];

/// The ids of all tenants.
const ALL_TENANTS: [&str; 6] = [TENANTS[0].0, TENANTS[1].0, TENANTS[2].0, TENANTS[3].0, TENANTS[4].0, TENANTS[5].0];

/// A server with everything, and what was found wrong.
#[derive(Default)]
struct Crawl {
    /// What nobody may tell each caller.
    secrets: BTreeMap<&'static str, Vec<String>>,
    asked: usize,
    compared: usize,
    wrong: Vec<String>,
}

impl Crawl {
    /// Whether the answer tells the caller what it may not be told; what the request named itself is no secret.
    fn reads(&mut self, caller: &Caller, request: &str, reply: &Reply) {
        self.asked += 1;
        let headers: String = reply.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
        let text = format!("{headers}{}", reply.body);
        let secrets = self.secrets.entry(caller.name).or_insert_with(|| caller.secrets());
        let is_told = |secret: &&String| text.contains(*secret) && !request.contains(*secret);
        let told: Vec<_> = secrets.iter().filter(is_told).filter(|s| !is_of_link(caller, request, s)).collect();
        if !told.is_empty() || reply.status >= 500 {
            self.wrong.push(format!("{} {request} ({}) tells {told:?}: {text:.600}", caller.name, reply.status));
        }
    }

    /// Whether the answer is as it is described.
    fn fits(&mut self, method: &str, path: &str, reply: &Reply) {
        self.wrong.extend(Description::kept().differs(method, path, reply));
    }

    /// Whether answers that differ in one id alone are the same: `asked` are the ids, each with its answer.
    fn same(&mut self, caller: &Caller, request: &str, answers: &[(String, Reply)]) {
        let plain = |(id, reply): &(String, Reply)| {
            (reply.status, timeless(&reply.body.to_string()).replace(id.as_str(), "ID"))
        };
        let mut answers = answers.iter().map(plain);
        let Some(one) = answers.next() else { return };
        for other in answers.filter(|other| *other != one) {
            self.wrong.push(format!("{} {request} tells them apart:\n  {one:?}\n  {other:?}", caller.name));
        }
    }

    #[track_caller]
    fn end(self, asked_min: usize) {
        assert!(
            self.wrong.is_empty(),
            "{} of {}:\n{}",
            self.wrong.len(),
            self.asked,
            self.wrong[..self.wrong.len().min(20)].join("\n")
        );
        assert!(self.asked >= asked_min, "{} asked", self.asked);
    }
}

/// A customer's administrator who has an invitation's link is told who invites (INV-2).
fn is_of_link(caller: &Caller, request: &str, secret: &str) -> bool {
    let invites = [FABRIKAM, "Fabrikam", NORTHWIND, "Northwind"].contains(&secret);
    (request.starts_with("/v1/invitations/") || request.starts_with("/invitations/"))
        && ["carla", "lena", "ada"].contains(&caller.name)
        && invites
}

/// Without the instants, which are those of the request.
fn timeless(text: &str) -> String {
    let mut parts = text.split("\"time\":\"");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + "time" + part.split_once('"').map_or("", |(_, rest)| rest))
}

fn ids(kind: u32, numbers: std::ops::RangeInclusive<u64>) -> Vec<String> {
    numbers.map(|number| guid(kind, number)).chain([UNKNOWN.to_owned()]).collect()
}

/// What stands in the place of each name, and for a caller which of it is another's: the same answer for all of these and
/// for what there is not.
type Slots = BTreeMap<&'static str, (Vec<String>, Vec<String>)>;

fn slots(caller: &Caller) -> Slots {
    let tenants: Vec<_> = TENANTS.iter().map(|(id, _)| (*id).to_owned()).chain([UNKNOWN.to_owned()]).collect();
    let foreign: Vec<_> = tenants.iter().filter(|id| !caller.knows_tenant(id)).cloned().collect();
    let users: Vec<_> = PEOPLE.iter().chain([&STRANGER]).map(ToString::to_string).collect();
    let theirs: Vec<_> = PEOPLE.iter().chain([&STRANGER]).filter(|user| !caller.knows_tenant(user.tenant)).collect();
    let things = |kind, numbers: std::ops::RangeInclusive<u64>, foreign: &dyn Fn(u64) -> bool| {
        let all = ids(kind, numbers.clone());
        let theirs = numbers.filter(|number| foreign(*number)).map(|number| guid(kind, number));
        (all, theirs.chain([UNKNOWN.to_owned()]).collect())
    };
    let in_contoso = caller.tenants.contains(&CONTOSO) && caller.name != "tara" && caller.name != "colin";
    let in_adatum = caller.tenants.contains(&ADATUM);
    let slot = |values: &[&str]| (values.iter().map(|value| (*value).to_owned()).collect(), Vec::new());
    BTreeMap::from([
        ("customer", (tenants.clone(), foreign.clone())),
        ("partner", (tenants.clone(), foreign.clone())),
        ("tenant", (tenants, foreign)),
        ("user", (users, theirs.iter().map(ToString::to_string).collect())),
        (
            "subscription",
            things(5, 1..=4, &|number| {
                if number == 4 { !in_adatum } else { !in_contoso && caller.name != "tara" && caller.name != "colin" }
            }),
        ),
        ("device", things(7, 1..=3, &|_| !in_contoso && caller.name != "colin")),
        ("profile", things(8, 1..=1, &|_| !in_contoso && caller.name != "colin")),
        // Whoever has an invitation's link sees it: a customer's administrator any (0003).
        (
            "invitation",
            things(1, 1..=6, &|_| {
                !["carla", "colin", "lena", "ada"].contains(&caller.name)
                    && ![FABRIKAM, NORTHWIND].contains(&caller.user.tenant)
            }),
        ),
        // Of people, without their tenant; and role assignments.
        ("object", {
            let all = PEOPLE.iter().map(|user| user.user.to_owned());
            let foreign = theirs.iter().map(|user| user.user.to_owned());
            (all.chain([UNKNOWN.to_owned()]).collect(), foreign.chain([UNKNOWN.to_owned()]).collect())
        }),
        // Who may know of a customer is told, by a refusal, of its own people's assignments; a customer's user of all (VIS-6).
        ("assignment", {
            let (secrets, is_own) = (caller.secrets(), caller.user.tenant == CONTOSO);
            things(6, 1..=6, &|number| secrets.contains(&guid(6, number)) && number != 1 && (!is_own || number == 4))
        }),
        ("role", slot(&["GlobalAdministrator", "HelpdeskAdministrator"])),
        ("group", slot(&["AdminAgents", "HelpdeskAgents", "SalesAgents"])),
        ("name", slot(&["access-review", "residual-access", "changes", "dap-inventory", "support-duties"])),
        ("changes", slot(&["from=1", "from=30"])),
        ("position", slot(&["1", "14", "30", "999999"])),
    ])
}

/// The first name in braces.
fn slot(template: &str) -> Option<&str> {
    template.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(name, _)| name)
}

/// Every request that a template stands for: with every value in the first place, and in the others, where there are
/// several, with Contoso, Fabrikam, the caller's own, and what there is not.
fn filled(template: &str, slots: &Slots, own: &str) -> Vec<String> {
    let Some(name) = slot(template) else { return vec![template.to_owned()] };
    let place = format!("{{{name}}}");
    let is_last = !template.replacen(&place, "", 1).contains('{');
    let few = [CONTOSO, FABRIKAM, own, UNKNOWN];
    let values =
        slots[name].0.iter().filter(|value| is_last || value.len() != UNKNOWN.len() || few.contains(&value.as_str()));
    values.flat_map(|value| filled(&template.replacen(&place, value, 1), slots, own)).collect()
}

/// Asks, and follows its links for a while: a cursor tells as little as an answer.
fn read(crawl: &mut Crawl, caller: &Caller, client: &Client, path: &str) -> Reply {
    let first = client.get(path);
    crawl.fits("GET", path, &first);
    crawl.reads(caller, path, &first);
    let mut next = first.body["nextLink"].as_str().map(str::to_owned);
    for _ in 0..6 {
        let Some(link) = next else { break };
        let reply = client.get(&link);
        crawl.fits("GET", &link, &reply);
        // What a link names, the caller was just told.
        crawl.reads(caller, path, &reply);
        if reply.status != 200 {
            crawl.wrong.push(format!("{} {link}: {}", caller.name, reply.status));
        }
        next = reply.body["nextLink"].as_str().map(str::to_owned);
    }
    first
}

fn callers(server: &procura_tests::Server) -> Vec<(&'static Caller, Client)> {
    CALLERS.iter().map(|caller| (caller, server.user(caller.user))).collect()
}

#[test]
fn no_route_tells_anybody_what_is_not_theirs() {
    let known: BTreeSet<&str> = ROUTES.iter().map(|(route, _)| *route).collect();
    let served: BTreeSet<&str> = procura_server::routes().map(|(_, route)| route).collect();
    assert_eq!(known, served, "every route is in the table");
    let (_directory, server) = cast::server();
    let mut crawl = Crawl::default();
    let head = server.service("Auditor").get("/v1/residual-access").position.unwrap();
    let moments = number("PROCURA_CRAWL", 1);
    for (caller, client) in callers(&server) {
        let slots = slots(caller);
        for (route, parameters) in ROUTES {
            for parameters in *parameters {
                let template = format!("{route}{parameters}");
                let own = caller.user.tenant;
                let mut replies = BTreeMap::new();
                for path in filled(&template, &slots, own) {
                    let reply = read(&mut crawl, caller, &client, &path);
                    replies.insert(path, reply);
                }
                // Each place with what is another's and what is not there, all else as it is.
                let names: BTreeSet<&str> =
                    template.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
                for name in names.into_iter().filter(|name| slots[name].1.len() > 1) {
                    let place = format!("{{{name}}}");
                    for path in filled(&template.replacen(&place, "@@", 1), &slots, own) {
                        let asked = |id: &String| Some((id.clone(), replies.get(&path.replace("@@", id))?.clone()));
                        let answers: Vec<_> = slots[name].1.iter().filter_map(asked).collect();
                        crawl.compared += answers.len();
                        crawl.same(caller, &path, &answers);
                    }
                }
            }
            // The past is no way around it.
            let lists = parameters.first().filter(|first| {
                first.is_empty()
                    && !route.contains("events")
                    && !route.contains("log")
                    && !route.contains("invitations/")
                    && !route.contains("backup")
            });
            for moment in 0..lists.map_or(0, |_| moments) {
                let at = 15 + moment * (head - 15) / moments;
                for path in filled(route, &slots, caller.user.tenant) {
                    let reply = client.get(&format!("{path}?at={at}"));
                    crawl.fits("GET", &path, &reply);
                    crawl.reads(caller, &path, &reply);
                }
            }
        }
        if caller.name == "nobody" {
            let nothing = server.stranger().get(&format!("/v1/customers/{CONTOSO}/devices"));
            assert_eq!((nothing.status, nothing.text("code")), (401, "unauthenticated"));
        }
    }
    println!("{} requests, {} compared", crawl.asked, crawl.compared);
    assert!(crawl.compared > 3_000, "{}", crawl.compared);
    crawl.end(8_000);
}

// --- Questions ---

/// Every action on everything, about everybody.
fn questions() -> Vec<(String, Value)> {
    let tenants = TENANTS.iter().map(|(id, _)| *id).chain([UNKNOWN]);
    let users = PEOPLE.iter().chain([&STRANGER]).map(|user| ("user", user.to_string()));
    // In every tenant somebody whom it does not have.
    let nobodies = tenants.clone().map(|tenant| ("user", format!("{tenant}/{UNKNOWN}")));
    let groups = tenants
        .clone()
        .flat_map(|tenant| ["AdminAgents", "SalesAgents"].map(|group| ("group", format!("{tenant}/{group}"))));
    let subjects: Vec<_> = users.chain(nobodies).chain(groups).collect();
    let things = |kind: &'static str, ids: Vec<String>, actions: &'static [&'static str]| {
        ids.into_iter()
            .flat_map(move |id| actions.iter().map(move |action| (kind, id.clone(), *action)))
            .collect::<Vec<_>>()
    };
    let on: Vec<_> = [
        things(
            "customer",
            tenants.clone().map(str::to_owned).collect(),
            &["customer.view", "relationship.end", "dap.revoke", "serviceRequest.open"],
        ),
        things("partner", tenants.map(str::to_owned).collect(), &["group.manage", "history.view"]),
        things("subscription", ids(5, 1..=SUBSCRIPTIONS.len() as u64), &["subscription.read", "roleAssignment.create"]),
        things("device", ids(7, 1..=3), &["device.manage", "device.delete"]),
        things("profile", ids(8, 1..=1), &["profile.update"]),
    ]
    .concat();
    let mut all = Vec::new();
    for (subject_type, subject) in &subjects {
        for (kind, id, action) in &on {
            let question = json!({"subject": {"type": subject_type, "id": subject}, "action": {"name": action},
                "resource": {"type": kind, "id": id}});
            all.push((format!("{subject_type}:{subject} {action} {kind}:{id}"), question));
        }
    }
    all
}

#[test]
fn no_question_tells_anybody_what_is_not_theirs() {
    let (_directory, server) = cast::server();
    let mut crawl = Crawl::default();
    let head = server.service("Auditor").get("/v1/residual-access").position.unwrap();
    let moments = number("PROCURA_CRAWL", 1);
    let questions = questions();
    for (caller, client) in callers(&server) {
        // What may be told apart: whether the subject is one that the caller may know of.
        let is_strange = |subject: &str| {
            let user = subject.rsplit('/').next().unwrap();
            let tenant = subject.split([':', '/']).nth(1).unwrap();
            let known = PEOPLE.iter().any(|person| {
                person.user == user && (person.tenant == caller.user.tenant || caller.people.contains(person))
            });
            subject.starts_with("user:") && !known && caller.user.user != user || !caller.knows_tenant(tenant)
        };
        for moment in 0..=moments {
            let at = head - moment * (head - 20) / moments.max(1);
            let mut same: BTreeMap<String, Vec<(String, Reply)>> = BTreeMap::new();
            for some in questions.chunks(500) {
                let asked: Vec<_> = some.iter().map(|(_, question)| question).collect();
                let body = json!({"context": {"position": at, "explain": true}, "evaluations": asked});
                let reply = client.post("/access/v1/evaluations", &body, &[]);
                assert_eq!(reply.status, 200, "{}", reply.body);
                crawl.fits("POST", "/access/v1/evaluations", &reply);
                for ((text, _), answer) in some.iter().zip(reply.body["evaluations"].as_array().unwrap()) {
                    let (status, headers, position) = (reply.status, BTreeMap::new(), None);
                    let answer = Reply { status, headers, position, body: answer.clone() };
                    crawl.reads(caller, text, &answer);
                    let (subject, rest) = text.split_once(' ').unwrap();
                    if is_strange(subject) {
                        // Of a tenant that it may not know of, or somebody it may not know of in one that it may.
                        let tenant = subject.split([':', '/']).nth(1).unwrap();
                        let of = if caller.knows_tenant(tenant) { tenant } else { "a stranger" };
                        same.entry(format!("{of} {rest} at {at}")).or_default().push((subject.to_owned(), answer));
                    }
                }
            }
            for (request, answers) in &same {
                crawl.same(caller, request, answers);
            }
        }
    }
    println!("{} questions", crawl.asked);
    crawl.end(60_000);
}

// --- Commands ---

/// The places of a command's fields that hold an id.
fn places(fields: &Value) -> Vec<String> {
    let mut places = Vec::new();
    let mut todo = vec![(String::new(), fields)];
    while let Some((path, value)) = todo.pop() {
        match value {
            Value::Object(map) => todo.extend(map.iter().map(|(name, value)| (format!("{path}/{name}"), value))),
            Value::Array(list) => {
                todo.extend(list.iter().enumerate().map(|(at, value)| (format!("{path}/{at}"), value)));
            }
            Value::String(text) if text.len() == UNKNOWN.len() && text.matches('-').count() == 4 => places.push(path),
            _ => {}
        }
    }
    places
}

#[test]
fn no_dry_run_tells_anybody_what_is_not_theirs() {
    let tried: BTreeSet<&str> = commands().iter().map(|(name, _)| *name).collect();
    assert_eq!(tried, Command::NAMES.iter().copied().collect(), "every command is tried");
    let (_directory, server) = cast::server();
    let mut crawl = Crawl::default();
    // Registering, and ids that are taken, are the exceptions (VIS-3, VIS-7).
    let exceptions = ["alreadyRegistered", "alreadyExists", "deviceAlreadyRegistered"];
    for (caller, client) in callers(&server) {
        let slots = slots(caller);
        for (name, fields) in commands() {
            for place in places(&fields) {
                let kind = place.rsplit('/').find(|part| part.parse::<usize>().is_err()).unwrap();
                let kind = kind.strip_suffix('s').unwrap_or(kind);
                let Some((all, foreign)) = slots.get(kind).filter(|_| kind != "user") else { continue };
                let ask = |id: &String| {
                    let mut fields = fields.clone();
                    *fields.pointer_mut(&place).unwrap() = id.as_str().into();
                    let path = format!("/v1/commands/{name}?dryRun=true");
                    let reply = client.post(&path, &fields, &[("if-match", "2")]);
                    (id.clone(), format!("{name} {fields}"), reply)
                };
                let mut same = Vec::new();
                for id in all {
                    let (id, request, mut reply) = ask(id);
                    crawl.fits("POST", &format!("/v1/commands/{name}"), &reply);
                    crawl.reads(caller, &request, &reply);
                    if foreign.contains(&id) && !exceptions.contains(&reply.text("code")) {
                        // A command of its own each time.
                        if let Some(body) = reply.body.as_object_mut() {
                            ["id", "recordedAt", "result", "events"].iter().for_each(|name| drop(body.remove(*name)));
                        }
                        same.push((id, reply));
                    }
                }
                crawl.same(caller, &format!("{name} {place}"), &same);
            }
        }
    }
    println!("{} dry runs", crawl.asked);
    crawl.end(4_000);
}

/// Somebody whom nobody may be told of is told of by nobody: the checks above would see it.
#[test]
fn what_is_told_is_seen() {
    let reply = |body: Value| Reply { status: 200, headers: BTreeMap::new(), position: None, body };
    let carla = CALLERS.iter().find(|caller| caller.name == "carla").unwrap();
    for secret in [LITWARE, "Adatum", PEOPLE[7].user, PEOPLE[14].user] {
        let mut crawl = Crawl::default();
        crawl.reads(carla, "/v1/history", &reply(json!({"by": {"deep": [secret]}})));
        assert_eq!(crawl.wrong.len(), 1, "{secret}");
    }
    let mut crawl = Crawl::default();
    crawl.reads(carla, &format!("customer={LITWARE}"), &reply(json!({"detail": LITWARE, "name": TAILSPIN})));
    let of = |id: &str, status: u16| (id.to_owned(), Reply { status, ..reply(json!({"detail": format!("no {id}")})) });
    crawl.same(carla, "a", &[of(LITWARE, 404), of(UNKNOWN, 404)]);
    assert_eq!(crawl.wrong, Vec::<String>::new());
    crawl.same(carla, "b", &[of(LITWARE, 403), of(UNKNOWN, 404)]);
    crawl.same(carla, "c", &[of(LITWARE, 404), (UNKNOWN.to_owned(), reply(json!({})))]);
    assert_eq!(crawl.wrong.len(), 2);
}
