//! Over HTTP, every answer belongs to one moment: its position header, waiting for a position, links to further pages.

use procura_tests::{
    Server, apply, story,
    world::{CONTOSO, FABRIKAM},
};
use serde_json::json;
use std::{fs, time::Instant};

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

fn told() -> (tempfile::TempDir, Server) {
    let directory = tempfile::tempdir().unwrap();
    let applied = apply(directory.path(), &fs::read_to_string(story::file()).unwrap());
    assert_eq!(applied.code, 0, "{}", applied.stderr);
    let server = Server::start_on(directory.path());
    (directory, server)
}

#[test]
fn an_access_answer_says_in_its_header_where_it_was_read() {
    let (_directory, server) = told();
    let decider = server.service("Decider");
    let question = json!({"subject": {"type": "user", "id": format!("{NOBODY}/{NOBODY}")},
        "action": {"name": "customer.view"}, "resource": {"type": "customer", "id": CONTOSO}});
    let mut past = question.clone();
    past["context"] = json!({"position": 20});
    let reply = decider.post("/access/v1/evaluation", &past, &[]);
    assert_eq!((reply.position, &reply.body["context"]["position"]), (Some(20), &json!(20)));
    let reply = decider.post("/access/v1/evaluations", &json!({"evaluations": [question]}), &[]);
    assert_eq!(reply.body["evaluations"][0]["context"]["position"], json!(reply.position));
}

#[test]
fn every_list_says_its_moment_and_the_version_of_the_rules() {
    let (_directory, server) = told();
    let list = format!("/v1/customers/{CONTOSO}/effective-permissions?at=");
    let of = |at: &str| {
        let reply = server.service("Auditor").get(&format!("{list}{at}"));
        (reply.position, reply.header("procura-time").to_owned(), reply.header("procura-rules").to_owned())
    };
    let one = |text: &str| text.to_owned();
    assert_eq!(of("15"), (Some(16), one("2020-06-22T07:45:00Z"), one("2")), "inside a commit: its end");
    assert_eq!(of("2020-06-25T00:00:00Z"), (Some(17), one("2020-06-25T00:00:00Z"), one("2")));
}

#[test]
fn a_request_waits_for_the_position_it_names() {
    let (_directory, server) = told();
    let auditor = server.service("Auditor");
    let newest = auditor.get("/v1/residual-access").position.unwrap();
    let get = |position: &str| auditor.send("GET", "/v1/residual-access", &[("procura-min-position", position)], "");
    assert_eq!(get(&newest.to_string()).status, 200);
    assert_eq!(get("soon").differs(400, "invalidRequest", "Procura-Min-Position"), None);
    let asked = Instant::now();
    let reply = get(&(newest + 1).to_string());
    assert_eq!(reply.differs(503, "notReady", ""), None);
    // How much longer is the machine's affair.
    assert!(asked.elapsed().as_secs() >= 5, "{:?}", asked.elapsed());
    assert_eq!(reply.header("retry-after"), "1");
}

/// An invitation's expiry goes by the instant, so the pages of a list must belong to one instant, not to a position's.
#[test]
fn further_pages_belong_to_the_instant_of_the_first() {
    let (_directory, server) = told();
    let auditor = server.service("Auditor");
    let first = auditor.get("/v1/customers/caaaaaaa-0000-4000-8000-000000000001/effective-permissions?limit=1");
    let link = first.body["nextLink"].as_str().unwrap();
    let at = link.split("at=").nth(1).unwrap().split('&').next().unwrap();
    assert!(at.contains('T') && at.ends_with('Z'), "{link}");
    let next = auditor.get(link);
    assert_eq!((next.status, next.position), (200, first.position), "{link}");
}

/// What is unknown in a question is told in a message of bounded length, however long the text was.
#[test]
fn a_long_id_does_not_come_back_as_long() {
    let (_directory, server) = told();
    let decider = server.service("Decider");
    let long = "x".repeat(100_000);
    let subject = json!({"type": "user", "id": format!("{NOBODY}/{NOBODY}")});
    let texts = [
        json!({"type": "customer", "id": CONTOSO, "properties": {"partner": long}}),
        json!({"type": "customer", "id": CONTOSO, "properties": {"source": long}}),
        json!({"type": "customer", "id": long}),
        json!({"type": long, "id": CONTOSO}),
    ];
    for resource in texts {
        let question = json!({"subject": subject, "action": {"name": "dap.revoke"}, "resource": resource,
            "context": {"explain": true}});
        let reply = decider.post("/access/v1/evaluation", &question, &[]);
        let answer = reply.body.to_string();
        assert!(reply.status == 200 && answer.contains("\"unknown\"") && answer.len() < 1_000, "{}", answer.len());
    }
}

/// What a partner's list says of a moment does not change with what its customer brings in later (VIS-2).
#[test]
fn portals_of_the_past_stay_as_they_were() {
    let (directory, server) = told();
    let alex = server.client(FABRIKAM, "f0000000-0000-4000-8000-000000000011", &[]);
    let path = format!("/v1/partners/{FABRIKAM}/customers?at=16");
    let before = alex.get(&path).body;
    drop(server);
    let line = json!({"command": "RegisterSubscription", "data": {"customer": CONTOSO, "kind": "azure", "name": "Later",
        "subscription": "5b000000-0000-4000-8000-000000000009"},
        "actor": {"tenant": CONTOSO, "user": "c0000000-0000-4000-8000-000000000010"}});
    let applied = apply(directory.path(), &format!("{line}\n"));
    assert_eq!(applied.results[0]["ok"], true, "{:?}", applied.results);
    let server = Server::start_on(directory.path());
    let alex = server.client(FABRIKAM, "f0000000-0000-4000-8000-000000000011", &[]);
    assert_eq!(alex.get(&path).body, before);
}
