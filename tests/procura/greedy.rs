//! Greedy clients with ordinary tokens: what they take is bounded, whatever their history looks like, and others go on.

use procura_tests::{Client, Reply, Server, apply, world};
use serde_json::{Value, json};
use std::{
    fs, thread,
    time::{Duration, Instant},
};
use world::{ALEX, CARLA, CONTOSO, FABRIKAM, LENA, LITWARE, Line, NADIA, NORTHWIND, by, guid, relationship};

/// How many times Fabrikam's relationship with Contoso began and ended.
const CYCLES: u64 = 4_000;
/// How many roles Fabrikam's users hold at Contoso.
const ROLES: u64 = 20_000;
/// How many keys a tenant may use.
const KEYS: usize = 10_000;
/// What the answers to all of it together may add to the server's memory at most.
const MEMORY_MIB_MAX: u64 = 64;

/// The most memory that the process had, in MiB.
pub(crate) fn peak_mib(server: &Server) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.process())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

/// Sends a command with an idempotency key.
fn keyed(client: &Client, name: &str, key: &str, fields: &Value) -> Reply {
    client.post(&format!("/v1/commands/{name}"), fields, &[("idempotency-key", key)])
}

/// A relationship that began and ended again and again and then lasts, and a subscription with a great many roles on it.
fn lines() -> Vec<Line> {
    let mut lines = world::tenants();
    let pair = json!({"customer": CONTOSO, "partner": FABRIKAM});
    for cycle in 0..CYCLES {
        lines.extend(relationship(&guid(1, cycle), ALEX, CARLA, cycle % 2 == 0));
        lines.push(by(ALEX, "EndRelationship", pair.clone()));
    }
    lines.extend(relationship(&guid(1, CYCLES), ALEX, CARLA, true));
    let azure = json!({"customer": CONTOSO, "subscription": guid(5, 1), "kind": "azure", "name": "Web"});
    lines.push(by(CARLA, "RegisterSubscription", azure));
    for number in 0..ROLES {
        let role = json!({"customer": CONTOSO, "subscription": guid(5, 1), "role": "Reader",
            "principal": {"tenant": FABRIKAM, "user": guid(0xa0, number)}});
        lines.push(by(CARLA, "AssignRole", role));
    }
    lines
}

#[test]
fn no_history_makes_an_answer_large_or_keeps_others_waiting() {
    let log = tempfile::tempdir().unwrap();
    apply(log.path(), &world::text(&lines())).all_recorded();
    let server = Server::start_on(log.path());
    let (alex, carla, nadia) = (server.user(ALEX), server.user(CARLA), server.user(NADIA));
    let before = peak_mib(&server);
    let others = thread::scope(|scope| {
        let others = scope.spawn(|| {
            let (begun, mut slowest) = (Instant::now(), Duration::ZERO);
            for number in 0.. {
                let (name, asked) = (["AddGroupMember", "RemoveGroupMember"][number % 2], Instant::now());
                nadia.command(name, &json!({"partner": NORTHWIND, "group": "SalesAgents", "user": guid(9, 9)}));
                slowest = slowest.max(asked.elapsed());
                if begun.elapsed() > Duration::from_secs(4) {
                    break;
                }
            }
            slowest
        });
        // Four hundred questions, each with its reasons.
        let question = |action: &str| {
            json!({"subject": {"type": "user", "id": format!("{ALEX}")}, "action": {"name": action},
                "resource": {"type": "customer", "id": CONTOSO}, "context": {"explain": true}})
        };
        let questions: Vec<_> = (0..400).map(|at| question(["history.view", "dap.revoke"][at % 2])).collect();
        let answered = alex.post("/access/v1/evaluations", &json!({"evaluations": questions}), &[]);
        let first = &answered.body["evaluations"][0]["context"];
        assert_eq!((first["reasons"].as_array().map(Vec::len), &first["moreReasons"]), (Some(20), &json!(true)));
        assert!(answered.body.to_string().len() < 4 << 20, "{}", answered.body.to_string().len());

        // The spans of all that Alex could do there, a page at a time.
        let (mut link, mut spans, mut pages) = (format!("/v1/what-could?subject=user:{ALEX}&customer={CONTOSO}"), 0, 0);
        loop {
            let page = alex.get(&link);
            assert!(page.status == 200 && page.body.to_string().len() < 4 << 20, "{}", page.status);
            let rows = page.items().iter().filter(|row| row["action"] == "customer.view");
            spans += rows.map(|row| row["spans"].as_array().unwrap().len() as u64).sum::<u64>();
            pages += 1;
            match page.body["nextLink"].as_str() {
                Some(next) if pages < 3 => link = next.to_owned(),
                _ => break,
            }
        }
        assert_eq!((spans, pages), (CYCLES + 1, 3));

        // What stays with the partner: the first rows, if they come soon, in the answer, and the rest by its link.
        let revoked = carla.command("RevokeDap", &json!({"customer": CONTOSO, "partner": FABRIKAM}));
        let mut rows = revoked["residualAccess"].as_array().unwrap().clone();
        assert!(rows.len() <= 100 && revoked["moreResidualAccess"] == true, "{revoked}");
        let mut link = revoked["residualAccessNext"].as_str().map(|link| format!("{link}&limit=500"));
        while let Some(next) = link {
            let page = carla.get(&next);
            assert_eq!(page.status, 200, "{}", page.body);
            rows.extend_from_slice(page.items());
            link = page.body["nextLink"].as_str().map(str::to_owned);
        }
        assert_eq!(rows.len() as u64, ROLES + 1, "the relationship, and every role");
        let ids: std::collections::BTreeSet<_> = rows.iter().map(|row| row["grantedBy"].as_u64()).collect();
        assert_eq!(ids.len(), rows.len(), "each once");
        others.join().unwrap()
    });
    assert!(others < Duration::from_secs(2), "another tenant's slowest command took {others:?}");
    let more = peak_mib(&server) - before;
    assert!(more < MEMORY_MIB_MAX, "the answers took {more} MiB");
}

#[test]
fn a_flood_of_keys_takes_nobodys_key_but_the_floods_own() {
    let server = Server::start();
    server.tell(&world::tenants());
    let (alex, lena) = (server.user(ALEX), server.user(LENA));
    let invitation = json!({"partner": FABRIKAM, "delegatedAdmin": true, "locale": "en"});
    let own = json!({"customer": LITWARE, "subscription": guid(5, 7), "kind": "microsoft365", "name": "Mail"});
    let first = keyed(&lena, "RegisterSubscription", "retry", &own);
    assert_eq!(first.status, 201, "{}", first.body);
    thread::scope(|scope| {
        for flood in 0..8 {
            let (alex, invitation) = (server.user(ALEX), &invitation);
            scope.spawn(move || {
                for number in 0..KEYS / 8 {
                    let sent = keyed(&alex, "SendInvite", &format!("{flood} {number}"), invitation);
                    assert_eq!(sent.status, 201, "{}", sent.body);
                }
            });
        }
    });
    let refused = keyed(&alex, "SendInvite", "one more", &invitation);
    assert_eq!((refused.status, &refused.body["code"]), (429, &Value::from("idempotencyQuota")));
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((6 * 24 * 60 * 60..=7 * 24 * 60 * 60 + 1).contains(&wait), "{wait} s");
    assert_eq!(keyed(&alex, "SendInvite", "0 0", &invitation).status, 201, "its own are remembered");
    alex.command("SendInvite", &invitation);
    assert_eq!(keyed(&lena, "RegisterSubscription", "retry", &own).body, first.body, "and others'");
}
