//! The AuthZEN Authorization API over HTTP: its metadata, and how strictly every route reads a request.

use procura_tests::{Server, world};
use serde_json::{Value, json};
use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};
use world::{ALEX, CONTOSO, LITWARE, NOBODYS, STRANGER};

/// Every route of the API.
const API: [&str; 5] = [
    "/access/v1/evaluation",
    "/access/v1/evaluations",
    "/access/v1/search/subject",
    "/access/v1/search/resource",
    "/access/v1/search/action",
];

const METADATA: &str = "/.well-known/authzen-configuration";

/// A server with relationships, so that there is something to ask about.
fn server() -> Server {
    let server = Server::start();
    server.tell(&world::with_relationships());
    server
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
