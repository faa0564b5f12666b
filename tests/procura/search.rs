//! The AuthZEN Authorization API over HTTP: searches and their pages, the metadata, and what is asked of every request.

use procura_tests::{Client, Reply, Server, world};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    io::{Read as _, Write as _},
    net::TcpStream,
};
use world::{
    ALEX, CARLA, COLIN, CONTOSO, FABRIKAM, FRANK, GRETA, HELEN, LENA, LITWARE, Line, NOAH, NOBODYS, NORTHWIND, SAM,
    STRANGER, User, by, guid,
};

/// The routes whose visibility is tested here and by the crawler.
pub(crate) const ROUTES: &[&str] =
    &["/access/v1/search/subject", "/access/v1/search/resource", "/access/v1/search/action"];

/// Every route of the API.
const API: [&str; 5] = [
    "/access/v1/evaluation",
    "/access/v1/evaluations",
    "/access/v1/search/subject",
    "/access/v1/search/resource",
    "/access/v1/search/action",
];

const METADATA: &str = "/.well-known/authzen-configuration";

fn search(client: &Client, kind: &str, body: &Value) -> Reply {
    client.post(&format!("/access/v1/search/{kind}"), body, &[])
}

fn who(action: &str, on: (&str, &str)) -> Value {
    json!({"subject": {"type": "user"}, "action": {"name": action}, "resource": {"type": on.0, "id": on.1}})
}

fn on_what(subject: &str, action: &str, kind: &str) -> Value {
    json!({"subject": {"type": "user", "id": subject}, "action": {"name": action}, "resource": {"type": kind}})
}

fn does_what(subject: &str, on: (&str, &str)) -> Value {
    json!({"subject": {"type": "user", "id": subject}, "resource": {"type": on.0, "id": on.1}})
}

/// What was found, as ids or names.
#[track_caller]
fn found(reply: &Reply) -> BTreeSet<String> {
    assert_eq!(reply.status, 200, "{}", reply.body);
    let results = reply.body["results"].as_array().unwrap();
    let text = |result: &Value| result.get("id").or(result.get("name")).and_then(Value::as_str).unwrap().to_owned();
    let found: BTreeSet<_> = results.iter().map(text).collect();
    assert_eq!((found.len(), &reply.body["page"]["count"]), (results.len(), &json!(results.len())));
    found
}

fn users(users: &[User]) -> BTreeSet<String> {
    users.iter().map(ToString::to_string).collect()
}

/// Fabrikam and Northwind at Contoso, Fabrikam with DAP, and two subscriptions.
fn server() -> Server {
    let server = Server::start();
    server.tell(&world::with_relationships());
    server
}

// --- What is found ---

#[test]
fn a_search_finds_subjects_resources_and_actions() {
    let server = server();
    let decider = server.service("Decider");
    let contoso = ("customer", CONTOSO);
    let cases = [
        ("directory.administer", contoso, users(&[ALEX, CARLA])),
        ("directory.resetPassword", contoso, users(&[ALEX, HELEN, CARLA])),
        ("customer.view", contoso, users(&[ALEX, HELEN, SAM, NOAH, CARLA])),
        ("subscription.manage", ("subscription", &guid(5, 1)), users(&[ALEX])),
        ("group.manage", ("partner", FABRIKAM), users(&[GRETA])),
        ("customer.view", ("customer", NOBODYS), users(&[])),
    ];
    for (action, on, expected) in cases {
        assert_eq!(found(&search(&decider, "subject", &who(action, on))), expected, "{action}");
    }
    let mut groups = who("directory.administer", contoso);
    groups["subject"] = json!({"type": "group", "id": "passed over"});
    let reply = search(&decider, "subject", &groups);
    assert_eq!(reply.body["results"], json!([{"type": "group", "id": format!("{FABRIKAM}/AdminAgents")}]));

    let alex = ALEX.to_string();
    let of = |action: &str, kind: &str| found(&search(&decider, "resource", &on_what(&alex, action, kind)));
    assert_eq!(of("directory.administer", "customer"), BTreeSet::from([CONTOSO.to_owned()]));
    assert_eq!(of("subscription.renew", "subscription"), BTreeSet::from([guid(5, 1), guid(5, 2)]));
    assert_eq!(of("invitation.send", "partner"), BTreeSet::from([FABRIKAM.to_owned()]));
    assert_eq!(of("device.manage", "device"), BTreeSet::new());

    let colin = does_what(&COLIN.to_string(), contoso);
    assert_eq!(found(&search(&decider, "action", &colin)), BTreeSet::new());
    let sam = found(&search(&decider, "action", &does_what(&SAM.to_string(), contoso)));
    let expected = ["customer.view", "device.add", "history.view", "report.view", "subscription.provision"];
    assert_eq!(sam, expected.map(str::to_owned).into());
}

/// At any moment, by position or time, as it was then: what happened since is in no page.
#[test]
fn a_search_is_about_one_moment_and_its_pages_are_too() {
    let server = Server::start();
    server.tell(&world::tenants());
    let decider = server.service("Decider");
    let position = |reply: &Reply| reply.position.unwrap();
    let before = position(&decider.get("/v1/nothing"));
    server.tell(&world::relationship(&guid(1, 1), ALEX, CARLA, true));
    let mut body = who("customer.view", ("customer", CONTOSO));
    body["page"] = json!({"limit": 1});
    let whole = users(&[ALEX, HELEN, SAM, CARLA]);
    let mut page = search(&decider, "subject", &body);
    let (at, time) = (page.body["context"]["position"].clone(), page.body["context"]["time"].clone());
    let mut results = found(&page);
    for number in 0.. {
        // Somebody joins and somebody leaves between two pages.
        server.tell(&[world::joins(GRETA, "SalesAgents", User { user: guid(0xf0, number).leak(), ..GRETA })]);
        let token = page.body["page"]["next_token"].as_str().unwrap().to_owned();
        if token.is_empty() {
            break;
        }
        let mut next = body.clone();
        // The limit is the token's.
        next["page"] = if number % 2 == 0 { json!({"token": token}) } else { json!({"token": token, "limit": 1}) };
        page = search(&decider, "subject", &next);
        assert_eq!((&page.body["context"]["position"], &page.body["context"]["time"]), (&at, &time));
        assert_eq!(position(&page), at.as_u64().unwrap(), "the header says so too");
        assert!(found(&page).len() <= 1 && number < 40);
        results.extend(found(&page));
    }
    assert_eq!(results, whole);
    for (context, expected) in [
        (json!({"position": before}), users(&[CARLA])),
        (json!({"position": 0}), users(&[])),
        (json!({"position": at}), whole.clone()),
        (json!({"time": time}), whole.clone()),
        (json!({"time": "2020-06-19T08:00Z", "ip": "192.168.1.1"}), users(&[])),
        (json!({"time": "2020-06-19T08:00-07:00"}), users(&[])),
    ] {
        let mut body = who("customer.view", ("customer", CONTOSO));
        body["context"] = context.clone();
        assert_eq!(found(&search(&decider, "subject", &body)), expected, "{context}");
    }
    // What a token comes with is what it was given for.
    let first = search(&decider, "subject", &body);
    let token = &first.body["page"]["next_token"];
    let with = |place: &str, value: Value| {
        let mut next = body.clone();
        next["page"] = json!({"token": token});
        let (parent, name) = place.rsplit_once('/').unwrap();
        next.pointer_mut(parent).unwrap()[name] = value;
        next
    };
    for (what, body, says) in [
        ("another action", with("/action/name", json!("customer.delete")), "page.token"),
        ("another resource", with("/resource/id", json!(LITWARE)), "page.token"),
        ("another type", with("/subject/type", json!("group")), "page.token"),
        ("another moment", with("/context", json!({"position": 3})), "page.token"),
        ("no token of ours", with("/page/token", json!("alsehrq3495u8")), "page.token"),
        ("another limit", with("/page/limit", json!(2)), "page.limit"),
    ] {
        assert_eq!(search(&decider, "subject", &body).differs(400, "invalidRequest", says), None, "{what}");
    }
    let other = search(&decider, "resource", &with("/page/token", token.clone()));
    assert_eq!(other.differs(400, "invalidRequest", ""), None, "of another search");
    assert_eq!(found(&search(&decider, "subject", &with("/page/token", json!("")))).len(), 6, "an empty one is none");
    // A limit is one of results, and none is too large.
    for (limit, expected) in [(json!(0), 0), (json!(2), 2), (json!(500), 9), (json!(u64::MAX), 9)] {
        let mut body = who("customer.view", ("customer", CONTOSO));
        body["page"] = json!({"limit": limit, "properties": {"sort": "id"}});
        let reply = search(&decider, "subject", &body);
        assert_eq!(found(&reply).len().min(9), expected, "{limit}: {}", reply.body);
        assert_eq!(reply.body["page"]["next_token"] == "", expected == 9, "{limit}");
    }
}

// --- Who may search ---

/// Services for anybody; a user for itself; a customer's Global administrator for anybody in its own tenant.
#[test]
fn who_may_search_for_whom() {
    let server = server();
    let contoso = ("customer", CONTOSO);
    let ids = |ids: &[&str]| Some(ids.iter().map(|id| (*id).to_owned()).collect::<BTreeSet<_>>());
    let (alex, helen, carla, nobody) = (ALEX.to_string(), HELEN.to_string(), CARLA.to_string(), STRANGER.to_string());
    let (view, all) = (who("customer.view", contoso), users(&[ALEX, HELEN, SAM, NOAH, CARLA]));
    let mut groups = view.clone();
    groups["subject"]["type"] = "group".into();
    let client = |user: User| server.user(user);
    let cases = [
        ("a service, who", server.service("Decider"), "subject", view.clone(), Some(all.clone())),
        ("an auditor, who", server.service("Auditor"), "subject", view.clone(), Some(all.clone())),
        ("an administrator, who at home", client(CARLA), "subject", view.clone(), Some(all)),
        ("an administrator, who elsewhere", client(LENA), "subject", view.clone(), ids(&[])),
        ("an agent, who: itself", client(ALEX), "subject", view.clone(), ids(&[&alex])),
        ("an agent, who elsewhere", client(ALEX), "subject", who("customer.view", ("customer", LITWARE)), ids(&[])),
        ("an agent, who on nothing", client(ALEX), "subject", who("customer.view", ("customer", NOBODYS)), ids(&[])),
        ("somebody in no group", client(FRANK), "subject", view.clone(), ids(&[])),
        ("a user without a role at home", client(COLIN), "subject", view, ids(&[])),
        ("an agent, which groups", client(ALEX), "subject", groups.clone(), None),
        ("an administrator, which groups elsewhere", client(LENA), "subject", groups, None),
        (
            "an agent, where it may",
            client(ALEX),
            "resource",
            on_what(&alex, "customer.view", "customer"),
            ids(&[CONTOSO]),
        ),
        (
            "an agent, where a colleague may",
            client(ALEX),
            "resource",
            on_what(&helen, "customer.view", "customer"),
            None,
        ),
        (
            "an administrator, where an agent may",
            client(CARLA),
            "resource",
            on_what(&alex, "subscription.read", "subscription"),
            ids(&[&guid(5, 1)]),
        ),
        (
            "an administrator, where nobody may",
            client(CARLA),
            "resource",
            on_what(&nobody, "customer.view", "customer"),
            ids(&[]),
        ),
        (
            "an administrator, an agent's partner",
            client(CARLA),
            "resource",
            on_what(&alex, "invitation.send", "partner"),
            None,
        ),
        (
            "an administrator of a partner",
            client(GRETA),
            "resource",
            on_what(&alex, "invitation.send", "partner"),
            None,
        ),
        (
            "an agent, what it may",
            client(HELEN),
            "action",
            does_what(&helen, ("partner", FABRIKAM)),
            ids(&["history.view", "report.view"]),
        ),
        ("an agent, what a colleague may", client(HELEN), "action", does_what(&alex, contoso), None),
        ("an administrator, what another may", client(LENA), "action", does_what(&carla, contoso), None),
        ("of no tenant", client(STRANGER), "action", does_what(&nobody, contoso), ids(&[])),
        ("of no tenant, another", client(STRANGER), "action", does_what(&alex, contoso), None),
    ];
    for (what, client, kind, body, expected) in cases {
        let reply = search(&client, kind, &body);
        match expected {
            Some(expected) => assert_eq!(found(&reply), expected, "{what}"),
            None => assert_eq!(reply.differs(403, "notAllowed", "ask about yourself"), None, "{what}"),
        }
    }
}

/// A user that lost a customer has lost its past with it: a search does not give it back (DAP-6).
#[test]
fn what_was_lost_is_found_by_no_search_about_the_past() {
    let server = server();
    let (alex, then) = (ALEX.to_string(), server.service("Auditor").get("/v1/residual-access").position.unwrap());
    let left = json!({"partner": FABRIKAM, "group": "AdminAgents", "user": ALEX.user});
    server.tell(&[world::joins(GRETA, "AdminAgents", FRANK), by(GRETA, "RemoveGroupMember", left)]);
    let mut body = on_what(&alex, "customer.view", "customer");
    body["context"] = json!({"position": then});
    assert_eq!(found(&search(&server.user(ALEX), "resource", &body)), BTreeSet::new());
    // A question names the customer itself, and so does a search for who or what.
    let mut question = body.clone();
    question["resource"]["id"] = CONTOSO.into();
    assert_eq!(server.user(ALEX).post(API[0], &question, &[]).body["decision"], true);
    assert_eq!(found(&search(&server.user(ALEX), "subject", &question)), users(&[ALEX]));
    assert!(found(&search(&server.user(ALEX), "action", &question)).contains("customer.view"));
    // Services are told, and so is the customer.
    for client in [server.service("Decider"), server.user(CARLA)] {
        assert_eq!(found(&search(&client, "resource", &body)), BTreeSet::from([CONTOSO.to_owned()]));
    }
}

// --- The metadata ---

#[test]
fn the_metadata_are_anybodys_and_of_the_configured_url() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start_with(directory.path(), &["--public-url", "https://pdp.example/procura/"]);
    let stranger = server.stranger();
    let base = "https://pdp.example/procura";
    let expected = json!({
        "policy_decision_point": base,
        "access_evaluation_endpoint": format!("{base}{}", API[0]),
        "access_evaluations_endpoint": format!("{base}{}", API[1]),
        "search_subject_endpoint": format!("{base}{}", API[2]),
        "search_resource_endpoint": format!("{base}{}", API[3]),
        "search_action_endpoint": format!("{base}{}", API[4]),
    });
    for path in [METADATA.to_owned(), format!("{METADATA}/procura")] {
        let told = [("x-forwarded-host", "evil.example"), ("forwarded", "host=evil.example"), ("host", "evil.example")];
        let reply = stranger.send("GET", &path, &told, "");
        assert_eq!((reply.status, &reply.body), (200, &expected), "{path}");
        assert_eq!(reply.header("content-type"), "application/json");
        assert!(reply.header("cache-control").contains("max-age"));
    }
    assert_eq!(stranger.get(&format!("{METADATA}/other")).differs(404, "notFound", ""), None);
    let posted = stranger.post(METADATA, &json!({}), &[]);
    assert_eq!((posted.differs(405, "methodNotAllowed", ""), posted.header("allow")), (None, "GET,HEAD"));
    // Unless told otherwise, it is where it listens.
    let server = Server::start();
    assert_eq!(server.stranger().get(METADATA).text("policy_decision_point"), server.stranger().url);
}

// --- What is asked of every request ---

/// A body that every route takes: what a route does not know it passes over.
fn good() -> Value {
    json!({"subject": {"type": "user", "id": ALEX.to_string()}, "action": {"name": "customer.view"},
        "resource": {"type": "customer", "id": CONTOSO}})
}

#[test]
fn every_route_is_as_strict_as_the_standard_asks() {
    let server = server();
    let decider = server.service("Decider");
    let json_type = ("content-type", "application/json");
    let mut wrong = Vec::new();
    let with = |place: &str, value: Value| {
        let mut body = good();
        let (parent, name) = place.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[name] = value;
        body.to_string()
    };
    let without = |place: &str| {
        let mut body = good();
        let (parent, name) = place.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
        body.to_string()
    };
    let good = good().to_string();
    // A type of content that is not JSON, and bodies that are none: on every route.
    let types = [
        "text/plain",
        "application/x-www-form-urlencoded",
        "text/plain; charset=application/json",
        "application/jsonx",
    ];
    let bodies = [
        ("nothing", String::new()),
        ("blanks", "  \n".to_owned()),
        ("no JSON", "subject=alex".to_owned()),
        ("half of it", good[..good.len() - 1].to_owned()),
        ("two", format!("{good}{good}")),
        ("a list", format!("[{good}]")),
        ("a list of the members", "[{},{},{},{}]".to_owned()),
        ("a text", "\"alex\"".to_owned()),
        ("null", "null".to_owned()),
        ("a lone surrogate", good.replace("\"customer\"", "\"\\ud800\"")),
        ("too deep", format!("{{\"a\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000))),
        ("a member twice", good.replacen('{', "{\"context\":{},\"context\":{},", 1)),
        ("a text for the subject", with("/subject", json!("alex"))),
        ("a list for the subject", with("/subject", json!(["user", "alex"]))),
        ("a number for the subject's type", with("/subject/type", json!(1))),
        ("a text for the subject's properties", with("/subject/properties", json!("x"))),
        ("a list for the context", with("/context", json!([]))),
        ("a number for the time", with("/context", json!({"time": 7}))),
        ("a text for the position", with("/context", json!({"position": "7"}))),
        ("no time", with("/context", json!({"time": "yesterday"}))),
        ("two moments", with("/context", json!({"position": 3, "time": "2020-06-19T08:00:00Z"}))),
        ("no subject", without("/subject")),
        ("null for the subject", with("/subject", Value::Null)),
        ("no type of the subject", without("/subject/type")),
        ("no type of the resource", without("/resource/type")),
        ("a number for the resource's type", with("/resource/type", json!(1))),
        ("a list for the resource's properties", with("/resource/properties", json!([]))),
        ("a number for a partner", with("/resource/properties", json!({"partner": 7}))),
    ];
    for path in API {
        let reply = decider.send("POST", path, &[json_type], &good);
        wrong.extend((reply.status != 200).then(|| format!("{path} takes {good}: {} {}", reply.status, reply.body)));
        for content_type in types {
            let reply = decider.send("POST", path, &[("content-type", content_type)], &good);
            let differs = reply.differs(400, "invalidRequest", "application/json");
            wrong.extend(differs.map(|answer| format!("{path} {content_type}: {answer}")));
        }
        let untyped = decider.send("POST", path, &[], &good);
        wrong.extend(untyped.differs(400, "invalidRequest", "").map(|answer| format!("{path} untyped: {answer}")));
        for content_type in ["application/json; charset=utf-8", "Application/JSON"] {
            let reply = decider.send("POST", path, &[("content-type", content_type)], &good);
            wrong.extend((reply.status != 200).then(|| format!("{path} {content_type}: {}", reply.body)));
        }
        for (what, body) in &bodies {
            let reply = decider.send("POST", path, &[json_type], body);
            let differs = reply.differs(400, "invalidRequest", "");
            wrong.extend(differs.map(|answer| format!("{path}, {what}: {answer}")));
        }
        for method in ["GET", "PUT", "DELETE", "PATCH"] {
            let reply = decider.send(method, path, &[json_type], if method == "GET" { "" } else { &good });
            let differs = reply.differs(405, "methodNotAllowed", "");
            wrong.extend(differs.map(|answer| format!("{method} {path}: {answer}")));
            wrong.extend((reply.header("allow") != "POST").then(|| format!("{method} {path}: {:?}", reply.headers)));
        }
        let unknown = server.stranger().send("POST", path, &[json_type], &good);
        let asks = unknown.header("www-authenticate").starts_with("Bearer");
        wrong.extend((unknown.status != 401 || !asks).then(|| format!("{path} without a token: {}", unknown.body)));
        // What is unknown is passed over.
        let beside = [
            with("/foo", json!("bar")),
            with("/futureField", json!({"nested": [1, {"deep": null}]})),
            with("/subject/properties", json!({"department": "Sales", "ip": ["::1"]})),
            with("/action/properties", json!({"method": "GET"})),
            with("/resource/properties", json!({"status": "active"})),
            with("/context", json!({"time": "2025-06-27T18:03-07:00", "ip": "192.168.1.1"})),
            with("/context", Value::Null),
        ];
        for body in beside {
            let reply = decider.send("POST", path, &[json_type], &body);
            wrong.extend((reply.status != 200).then(|| format!("{path} {body}: {} {}", reply.status, reply.body)));
        }
    }
    // Commands keep their own answer to another type.
    let command = decider.send("POST", "/v1/commands/RevokeDap", &[("content-type", "text/plain")], "{}");
    wrong.extend(command.differs(415, "unsupportedMediaType", "application/json"));
    // What some routes need and others pass over.
    let (needs, passes_over) = (400, 200);
    let [single, batch, subjects, resources, actions] = API;
    let cases = [
        ("/subject/id", [needs, needs, passes_over, needs, needs]),
        ("/action", [needs, needs, needs, needs, passes_over]),
        ("/action/name", [needs, needs, needs, needs, passes_over]),
        ("/resource", [needs, needs, needs, needs, needs]),
        ("/resource/id", [needs, needs, needs, passes_over, needs]),
    ];
    for (place, expected) in cases {
        for (path, expected) in [single, batch, subjects, resources, actions].into_iter().zip(expected) {
            let reply = decider.send("POST", path, &[json_type], &without(place));
            let named = place.trim_start_matches('/').replace('/', ".");
            let right = reply.status == expected && (expected == 200 || reply.text("detail").contains(&named));
            wrong.extend((!right).then(|| format!("{path} without {place}: {} {}", reply.status, reply.body)));
        }
    }
    for (what, page) in [
        ("a text", json!("x")),
        ("a list", json!([])),
        ("a number for a token", json!({"token": 7})),
        ("a text for a limit", json!({"limit": "7"})),
        ("less than nothing", json!({"limit": -1})),
        ("a part of one", json!({"limit": 1.5})),
        ("a text for properties", json!({"properties": "x"})),
    ] {
        for path in &API[2..] {
            let reply = decider.send("POST", path, &[json_type], &with("/page", page.clone()));
            let differs = reply.differs(400, "invalidRequest", "");
            wrong.extend(differs.map(|answer| format!("{path}, {what} for the page: {answer}")));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

/// What is unknown is denied, or not found: never an error.
#[test]
fn what_is_unknown_is_denied_and_finds_nothing() {
    let server = server();
    let decider = server.service("Decider");
    let mut wrong = Vec::new();
    for (place, value) in [
        ("/subject/type", "spaceship"),
        ("/subject/id", "nonexistent-user"),
        ("/subject/id", &STRANGER.to_string()),
        ("/action/name", "customer.delete"),
        ("/action/name", "subscription.read"),
        ("/resource/type", "record"),
        ("/resource/id", "record-1"),
        ("/resource/id", NOBODYS),
    ] {
        let mut body = good();
        *body.pointer_mut(place).unwrap() = value.into();
        for path in API {
            // An id of what is sought is passed over, and so is what else a search does not ask for.
            let kind = path.rsplit('/').next().unwrap();
            if place.starts_with(&format!("/{kind}/")) && place != format!("/{kind}/type") {
                continue;
            }
            let reply = decider.post(path, &body, &[]);
            let denied = reply.body["decision"] == false || reply.body["results"] == json!([]);
            wrong.extend((reply.status != 200 || !denied).then(|| format!("{path} {place} {value}: {}", reply.body)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// One item of a batch that lacks a part is answered in its place; a type or an id that it lacks is the default's.
#[test]
fn a_batch_answers_each_item_in_its_place() {
    let server = server();
    let decider = server.service("Decider");
    let alex = json!({"type": "user", "id": ALEX.to_string()});
    let ask = |body: Value| {
        let reply = decider.post(API[1], &body, &[]);
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.body["evaluations"].as_array().unwrap().clone()
    };
    let both = ask(json!({"subject": alex, "action": {"name": "customer.view"}, "resource": {"type": "customer"},
        "evaluations": [{"resource": {"id": CONTOSO}}, {"resource": {"id": LITWARE}}, {"action": {}}, {}]}));
    let decisions: Vec<_> = both.iter().map(|one| one["decision"].as_bool().unwrap()).collect();
    assert_eq!(decisions, [true, false, false, false]);
    for one in &both[2..] {
        assert_eq!(one["context"]["error"]["status"], 400);
        assert!(one["context"]["error"]["message"].as_str().unwrap().contains("resource.id"), "{one}");
    }
    // The semantics stop after a question that is not answered as after a denial.
    for (semantic, answered) in [("execute_all", 3), ("deny_on_first_deny", 1), ("permit_on_first_permit", 2)] {
        let contoso = json!({"type": "customer", "id": CONTOSO});
        let body = json!({"subject": alex, "action": {"name": "customer.view"},
            "evaluations": [{}, {"resource": contoso}, {"resource": contoso}],
            "options": {"evaluations_semantic": semantic}});
        assert_eq!(ask(body).len(), answered, "{semantic}");
    }
    for (what, body) in [
        ("a list for an item", json!({"evaluations": [[]]})),
        ("null for an item", json!({"evaluations": [null]})),
        ("an object for the list", json!({"evaluations": {}})),
        ("a list for the options", json!({"evaluations": [good()], "options": []})),
        ("a text for the options", json!({"evaluations": [good()], "options": "execute_all"})),
        ("an object for the semantic", json!({"options": {"evaluations_semantic": {"execute_all": null}}})),
        ("another case", json!({"options": {"evaluations_semantic": "EXECUTE_ALL"}})),
    ] {
        let reply = decider.post(API[1], &body, &[]);
        assert_eq!(reply.differs(400, "invalidRequest", ""), None, "{what}");
    }
}

/// The id of a request comes back as it is, unless it is too long, or not printable.
#[test]
fn an_id_of_a_request_comes_back_unless_it_is_unfit() {
    let server = Server::start();
    let address = server.stranger().url.strip_prefix("http://").unwrap().to_owned();
    let ask = |headers: &[u8]| {
        let mut stream = TcpStream::connect(&address).unwrap();
        let head =
            [b"POST /access/v1/evaluation HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n", headers];
        stream.write_all(&head.concat()).unwrap();
        stream.write_all(b"\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let ids: Vec<_> = answer.lines().filter_map(|line| line.strip_prefix("x-request-id: ")).collect();
        assert_eq!(ids.len(), 1, "{answer}");
        ids[0].to_owned()
    };
    let long = "a".repeat(256);
    for kept in ["bfe9eb29-ab87-4ca3-be83-a1d5d8305716", "7", "a b;c=\"d\" {e} %0d%0aX: y", &long] {
        assert_eq!(ask(format!("X-Request-ID: {kept}\r\n").as_bytes()), kept);
    }
    let too_long = format!("X-Request-ID: {long}a\r\n");
    let unfit: [&[u8]; 6] = [
        b"",
        b"X-Request-ID:\r\n",
        too_long.as_bytes(),
        b"X-Request-ID: \xff\xfe\r\n",
        b"X-Request-ID: a\tb\r\n",
        b"X-Request-ID: a\r\nX-Request-ID: b\r\n",
    ];
    for headers in unfit {
        let id = ask(headers);
        assert!(id.parse::<uuid::Uuid>().is_ok(), "{:?}: {id}", String::from_utf8_lossy(headers));
    }
}

/// A search takes its turn, and costs as much of a rate as any question that looks at much.
#[test]
fn a_partner_with_many_customers_is_searched_a_page_at_a_time() {
    const CUSTOMERS: u64 = 3_000;
    let mut lines: Vec<Line> = world::tenants();
    for number in 0..CUSTOMERS {
        let (customer, user) = (guid(0xca, number), guid(0xcb, number));
        lines.push(world::by_operator(
            "RegisterCustomer",
            json!({"customer": customer, "name": "Small", "domain": "small.example", "globalAdministrator": user}),
        ));
        let administrator = User { tenant: customer.leak(), user: user.leak() };
        lines.extend(world::relationship(&guid(0xaa, number), ALEX, administrator, number % 1_000 == 0));
    }
    let directory = tempfile::tempdir().unwrap();
    procura_tests::apply(directory.path(), &world::text(&lines)).all_recorded();
    let server = Server::start_on(directory.path());
    let alex = server.user(ALEX);
    let pages = |action: &str, kind: &str, limit: u64| {
        let mut body = on_what(&ALEX.to_string(), action, kind);
        body["page"] = json!({"limit": limit});
        let (mut results, mut sizes) = (BTreeSet::new(), Vec::new());
        loop {
            let page = search(&alex, "resource", &body);
            let found = found(&page);
            sizes.push(found.len());
            results.extend(found);
            match page.body["page"]["next_token"].as_str().unwrap() {
                "" => return (results.len(), sizes),
                token => body["page"] = json!({"token": token}),
            }
        }
    };
    assert_eq!(pages("customer.view", "customer", 500), (3_000, vec![500; 6]));
    // Few are found among many: pages are short, and none looks at more than its share.
    assert_eq!(pages("directory.administer", "customer", 500), (3, vec![2, 1]));
    assert_eq!(pages("device.manage", "device", 500), (0, vec![0, 0]));
    assert_eq!(pages("directory.administer", "customer", 1).0, 3);
    assert_eq!(NORTHWIND.len(), CONTOSO.len());
}
