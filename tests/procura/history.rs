//! Histories over HTTP and on the command line: who sees which events, in which form, a page at a time.

use crate::lists::{caller, told, told_with};
use expect_test::expect;
use procura_tests::{
    Client, Ran, Reply, Server, apply, procura, run, story,
    world::{ALEX, CARLA, CONTOSO, FABRIKAM, NOAH, NORTHWIND},
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs, path::Path};

/// The routes whose visibility is tested here.
pub(crate) const ROUTES: &[&str] =
    &["/v1/customers/{customer}/history", "/v1/partners/{partner}/history", "/v1/history"];

/// Which positions of the story each caller is shown, at its end; `-` is not found, `no` not allowed. 34 is the policy's
/// adoption, which is everybody's. VIS-1 makes the row of Carla, VIS-2 those of the partners, VIS-4 those of overseers.
const SEEN: &str = "
             Contoso                              Fabrikam                       Northwind        everybody
    carla    5-6,11-12,14-16,18-21,23-25,27-35,43-44  -                              -                no
    colin    -                                    -                              -                no
    alex     14-16,18-21,27-35                    1-2,7-9,13-20,26-30,33-40      -                no
    helen    14-16,18-21,27-35                    1-2,7-9,13-20,26-30,33-40      -                no
    sam      14-16,18-21,27-35                    1-2,7-9,13-20,26-30,33-40      -                no
    greta    -                                    1-2,7-9,13-20,26-30,33-40      -                no
    nils     23-25,34                             -                              3-4,10,22-25,34,41-42  no
    Auditor  5-6,11-12,14-16,18-21,23-25,27-35,43-44  1-2,7-9,13-20,26-30,33-40      3-4,10,22-25,34,41-42  1-44
    Operator 5-6,11-12,14-16,18-21,23-25,27-35,43-44  1-2,7-9,13-20,26-30,33-40      3-4,10,22-25,34,41-42  1-44
    Decider  -                                    -                              -                no
";

fn path(column: &str) -> String {
    match column {
        "Contoso" => format!("/v1/customers/{CONTOSO}/history"),
        "Fabrikam" => format!("/v1/partners/{FABRIKAM}/history"),
        "Northwind" => format!("/v1/partners/{NORTHWIND}/history"),
        _ => "/v1/history".to_owned(),
    }
}

fn positions(reply: &Reply) -> Vec<u64> {
    reply.items().iter().map(|entry| entry["position"].as_u64().unwrap()).collect()
}

/// `1-2,7`.
fn ranges(positions: &[u64]) -> String {
    let begins = |at: &u64| !positions.contains(&(at - 1));
    let end = |from: u64| (from..).take_while(|at| positions.contains(at)).last().unwrap();
    let range = |from: &u64| match end(*from) {
        last if last == *from => from.to_string(),
        last => format!("{from}-{last}"),
    };
    positions.iter().filter(|at| begins(at)).map(range).collect::<Vec<_>>().join(",")
}

#[test]
fn everybody_is_told_what_concerns_them() {
    let (_directory, server) = told();
    let mut lines = SEEN.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).filter(|row| !row.is_empty());
    let columns = lines.next().unwrap();
    let mut wrong = Vec::new();
    for row in lines {
        let client = caller(&server, row[0]);
        for (column, expected) in columns.iter().zip(&row[1..]) {
            let reply = client.get(&path(column));
            let seen = match reply.status {
                200 => ranges(&positions(&reply)),
                403 => reply.differs(403, "notAllowed", "").unwrap_or("no".to_owned()),
                _ => reply.differs(404, "notFound", "").unwrap_or("-".to_owned()),
            };
            wrong.extend((seen != *expected).then(|| format!("{} {column}: expected {expected}, got {seen}", row[0])));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Nothing in what a partner's agent is told names another partner, its people or what it did (VIS-3).
#[test]
fn an_agent_is_told_nothing_of_other_partners() {
    let (_directory, server) = told();
    for (agent, other, path) in [
        ("alex", NORTHWIND, path("Contoso")),
        ("alex", NORTHWIND, path("Fabrikam")),
        ("nils", FABRIKAM, path("Contoso")),
        ("nils", FABRIKAM, path("Northwind")),
    ] {
        let client = caller(&server, agent);
        for filter in ["", &format!("?partner={other}")] {
            let reply = client.get(&format!("{path}{filter}"));
            let text = reply.body.to_string();
            let name = if other == NORTHWIND { "Northwind" } else { "Fabrikam" };
            assert!(!text.replace("is no parameter", "").contains(other) && !text.contains(name), "{agent}: {text}");
        }
    }
}

/// A partner may be given a role by another partner's people, whom it may not know of (VIS-3): no entry, filter or link
/// tells it who that was.
#[test]
fn an_agent_is_not_told_whom_of_another_partner_a_role_came_from() {
    let role = |role: &str, partner: &str| {
        json!({"customer": CONTOSO, "subscription": "5b000000-0000-4000-8000-000000000001", "role": role,
            "principal": {"group": "AdminAgents", "partner": partner}})
    };
    let assigned = [(CARLA, role("Owner", NORTHWIND)), (NOAH, role("Reader", FABRIKAM))];
    let (_directory, server) = told_with(&assigned);
    let alex = caller(&server, "alex");
    for history in [path("Contoso"), path("Fabrikam")] {
        let newest = |client: &Client| client.get(&format!("{history}?order=newest&limit=1")).items()[0].clone();
        let (told, whole) = (newest(&alex), newest(&server.service("Auditor")));
        assert_eq!((&told["position"], &told["text"]), (&json!(46), &whole["text"]), "{told}");
        assert!(told.get("actor").is_none() && whole["actor"]["tenantName"] == "Northwind", "{told}");
        let nils = format!("{NORTHWIND}/b0000000-0000-4000-8000-000000000011");
        assert_eq!(alex.get(&format!("{history}?actor={nils}")).items().len(), 0);
        assert_eq!(positions(&server.service("Auditor").get(&format!("{history}?actor={nils}&from=45"))), [46]);
    }
    // Nor do the reasons of what came of it.
    let question = json!({"subject": {"type": "user", "id": format!("{FABRIKAM}/f0000000-0000-4000-8000-000000000011")},
        "action": {"name": "subscription.read"}, "context": {"explain": true},
        "resource": {"type": "subscription", "id": "5b000000-0000-4000-8000-000000000001"}});
    let could =
        format!("/v1/what-could?subject=user:{FABRIKAM}/f0000000-0000-4000-8000-000000000011&action=subscription.read");
    for (client, is_told) in [(&alex, false), (&server.service("Auditor"), true)] {
        let answer = client.post("/access/v1/evaluation", &question, &[]);
        let answers = [answer.body["context"].to_string(), client.get(&could).body.to_string()];
        for answer in answers {
            assert!(answer.contains("\"position\":46"), "{answer}");
            assert_eq!(answer.contains(NORTHWIND), is_told, "{answer}");
        }
    }
    let with_other = alex.get(&format!("{}?partner={NORTHWIND}", path("Contoso")));
    assert_eq!(positions(&with_other), [34], "the policy, which concerns everybody");
    let token = server.token(FABRIKAM, "f0000000-0000-4000-8000-000000000011", &[]);
    for format in ["text", "csv"] {
        let at = ["--server", &server.url, "--token", &token, "--customer", CONTOSO];
        let Ran { code, stdout, .. } = history(&at, &["--from", "46", "--format", format]);
        assert!(code == 0 && stdout.contains("got the role Reader") && !stdout.contains("Northwind"), "{stdout}");
    }
}

#[test]
fn a_history_is_filtered_over_http() {
    let (_directory, server) = told();
    let auditor = server.service("Auditor");
    let cases = [
        (path("Contoso"), format!("partner={NORTHWIND}"), "23-25,34"),
        // The two with each other: what Fabrikam's people did there, too.
        (path("Contoso"), format!("partner={FABRIKAM}"), "14-16,18-20,27-35"),
        (path("Fabrikam"), format!("customer={CONTOSO}"), "14-16,18-20,27-30,33-35"),
        (path("everybody"), format!("customer={CONTOSO}&partner={NORTHWIND}"), "23-25,34"),
        (path("everybody"), format!("partner={NORTHWIND}"), "3-4,10,22-25,34,41-42"),
        (path("everybody"), "subscription=5b000000-0000-4000-8000-000000000002".into(), "18-19,27,29-30"),
        (path("everybody"), "device=de000000-0000-4000-8000-000000000003".into(), "25,32"),
        (
            path("everybody"),
            "user=faaaaaaa-0000-4000-8000-000000000001/f0000000-0000-4000-8000-000000000014".into(),
            "17,26,40",
        ),
        (path("everybody"), format!("user={CARLA}"), "6,12,43"),
        (path("everybody"), format!("actor={ALEX}"), "20,31-32"),
        (path("everybody"), "actor=Odile%20Perrin".into(), "1-6,34-35"),
        (path("everybody"), "type=DapRevoked".into(), "28"),
        (path("everybody"), "from=2020-08-01T00:00:00Z&until=2020-08-10T09:00:00Z".into(), "28-29"),
        (path("everybody"), "from=14&until=15".into(), "14-16"),
        (path("everybody"), "at=15".into(), "1-16"),
        (path("everybody"), "at=15&from=13&until=28".into(), "13-16"),
        (path("everybody"), "at=2020-06-22T07:44:59Z&from=13".into(), "13"),
    ];
    for (path, filters, expected) in cases {
        let whole = auditor.get(&format!("{path}?{filters}"));
        assert_eq!(ranges(&positions(&whole)), expected, "{path}?{filters}");
        // The links keep every filter, the order and the moment.
        for order in ["oldest", "newest"] {
            let mut found = Vec::new();
            let mut next = Some(format!("{path}?{filters}&order={order}&limit=2"));
            while let Some(link) = next {
                let page = auditor.get(&link);
                assert!(page.status == 200 && page.items().len() <= 2, "{link}: {}", page.body);
                assert_eq!(page.position, whole.position, "{link}");
                found.extend(page.items().to_vec());
                next = page.body["nextLink"].as_str().map(str::to_owned);
            }
            if order == "newest" {
                found.reverse();
            }
            assert_eq!(found, whole.items(), "{path}?{filters} {order}");
        }
    }
}

#[test]
fn what_cannot_be_read_is_said() {
    let (_directory, server) = told();
    let (auditor, carla) = (server.service("Auditor"), caller(&server, "carla"));
    let cases = [
        (path("Contoso"), "color=red", 400, "color"),
        (path("Contoso"), "limit=0", 400, "`limit` goes from 1 to 500"),
        (path("Contoso"), "limit=501", 400, "`limit` goes from 1 to 500"),
        (path("Contoso"), "skip=1", 400, "skip"),
        (path("Contoso"), "order=backwards", 400, "oldest"),
        (path("Contoso"), "after=now", 400, "after"),
        (path("Contoso"), "from=monday", 400, "`from`"),
        (path("Contoso"), "until=monday", 400, "`until`"),
        (path("Contoso"), "at=monday", 400, "`at`"),
        (path("Contoso"), "at=99", 422, "beyond"),
        (path("Contoso"), "type=DapStolen", 400, "`DapStolen` is none of PartnerRegistered, CustomerRegistered"),
        (path("Contoso"), "device=7", 400, "`device`"),
        (path("Contoso"), "user=carla", 400, "tenant/user"),
        (path("Contoso"), "partner=7", 400, "`partner`"),
    ];
    for (path, query, status, says) in cases {
        let reply = carla.get(&format!("{path}?{query}"));
        assert_eq!(reply.differs(status, "invalidRequest", says), None, "{query}");
    }
    let own = format!("{}?customer={CONTOSO}", path("Contoso"));
    assert_eq!(carla.get(&own).differs(400, "invalidRequest", "`customer` is no parameter"), None);
    let own = format!("{}?partner={FABRIKAM}", path("Fabrikam"));
    assert_eq!(auditor.get(&own).differs(400, "invalidRequest", "`partner` is no parameter"), None);
    for unknown in [
        format!("/v1/customers/{NORTHWIND}/history"),
        format!("/v1/partners/{CONTOSO}/history"),
        format!("/v1/history?customer={NORTHWIND}"),
        "/v1/customers/contoso/history".to_owned(),
    ] {
        assert_eq!(auditor.get(&unknown).differs(404, "notFound", ""), None, "{unknown}");
    }
}

/// Who may read is decided now; what is read is as it was (DAP-6).
#[test]
fn whoever_left_is_told_nothing_of_the_past() {
    let (_directory, server) = told();
    // Amir was in AdminAgents from 17 to 26.
    let amir = server.client(FABRIKAM, "f0000000-0000-4000-8000-000000000014", &[]);
    for path in [path("Contoso"), path("Fabrikam")] {
        assert_eq!(amir.get(&format!("{path}?at=20")).differs(404, "notFound", ""), None, "{path}");
    }
}

/// What was told of a moment is told again, byte for byte, and what comes between two pages is on neither.
#[test]
fn pages_belong_to_the_moment_of_the_first() {
    let (_directory, server) = told();
    let carla = caller(&server, "carla");
    let history = path("Contoso");
    let before = carla.get(&format!("{history}?at=28"));
    let page = carla.get(&format!("{history}?order=newest&limit=3"));
    let register = json!({"customer": CONTOSO, "kind": "azure", "name": "Later",
        "subscription": "5c000000-0000-4000-8000-000000000001"});
    carla.command("RegisterSubscription", &register);
    let next = carla.get(page.body["nextLink"].as_str().unwrap());
    assert_eq!((positions(&page), positions(&next)), (vec![44, 43, 35], vec![34, 33, 32]));
    assert_eq!(next.position, page.position);
    assert_eq!(carla.get(&format!("{history}?at=28")).body, before.body);
    let newest = carla.get(&format!("{history}?order=newest&limit=1"));
    assert_eq!(
        (&newest.items()[0]["type"], &newest.items()[0]["authentication"]),
        (&json!("RoleAssigned"), &json!("token"))
    );
    assert_eq!(newest.items()[0].get("importedAt"), None);
}

// --- The command line ---

fn history(at: &[&str], more: &[&str]) -> Ran {
    run(procura().arg("history").args(at).args(more), "")
}

/// What `procura history` prints, by the data directory.
#[track_caller]
fn printed(data: &Path, more: &[&str]) -> String {
    let Ran { code, stdout, stderr } = history(&["--data", data.to_str().unwrap()], more);
    assert_eq!((code, stderr.as_str()), (0, ""), "{more:?}");
    stdout
}

fn on_disk() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    apply(directory.path(), &fs::read_to_string(story::file()).unwrap()).all_recorded();
    directory
}

#[test]
fn people_read_aligned_lines() {
    let directory = on_disk();
    let text =
        printed(directory.path(), &["--customer", CONTOSO, "--partner", FABRIKAM, "--from", "27", "--until", "34"]);
    expect![[r#"
        2020-07-20T10:00:00Z  27  Carla Moreau, Contoso   The AdminAgents of Fabrikam got the role Contributor on “Contoso Web Shop” of Contoso.  SUB-6, stated
                                                          + gained Contributor on “Contoso Web Shop” for the AdminAgents of Fabrikam (assigned)
        2020-08-03T07:30:00Z  28  Carla Moreau, Contoso   The delegated admin privileges of Fabrikam at Contoso were revoked.  DAP-5, stated
                                                          - lost GlobalAdministrator of Contoso for the AdminAgents of Fabrikam (dap)
                                                          - lost HelpdeskAdministrator of Contoso for the HelpdeskAgents of Fabrikam (dap)
        2020-08-10T09:00:00Z  29  Carla Moreau, Contoso   The AdminAgents of Fabrikam lost the role Owner on “Contoso Web Shop” of Contoso.  SUB-5, stated
                                                          - lost Owner on “Contoso Web Shop” for the AdminAgents of Fabrikam (provisioning)
        2020-08-17T09:00:00Z  30  Carla Moreau, Contoso   The AdminAgents of Fabrikam lost the role Contributor on “Contoso Web Shop” of Contoso.  SUB-5, stated
                                                          - lost Contributor on “Contoso Web Shop” for the AdminAgents of Fabrikam (assigned)
        2020-08-18T09:00:00Z  31  Alex Weber, Fabrikam    The profile “Contoso standard” of Contoso was made.  APL-1, stated
        2020-08-18T09:05:00Z  32  Alex Weber, Fabrikam    The devices PF1K2M3N and 023456789057 of Contoso got the profile “Contoso standard”.  APL-4, stated
        2020-08-19T10:00:00Z  33  Helen Okafor, Fabrikam  Fabrikam opened a service request of moderate severity for Contoso, through Microsoft support.  SUP-2, stated
        2020-08-24T07:00:00Z  34  operator Odile Perrin   The Autopilot policy dapRequired came into force: profiles, and deleting others' devices, need delegated admin privileges.  APL-8, stated
    "#]].assert_eq(&text);
    assert!(!text.contains('\u{1b}'), "no colours in a pipe");
    let nothing = history(&["--data", directory.path().to_str().unwrap()], &["--type", "ProfileDeleted"]);
    assert_eq!((nothing.code, nothing.stdout.as_str()), (0, ""));
    assert!(nothing.stderr.contains("leave out a filter"), "{}", nothing.stderr);
}

/// As at a terminal.
#[test]
fn what_was_gained_is_green_and_what_was_lost_is_red() {
    let directory = on_disk();
    let mut command = procura();
    command
        .env("CLICOLOR_FORCE", "1")
        .args(["history", "--from", "27", "--until", "28", "--data"])
        .arg(directory.path());
    let Ran { code, stdout, .. } = run(&mut command, "");
    assert_eq!(code, 0, "{stdout}");
    for coloured in ["\u{1b}[32m+ gained Contributor", "\u{1b}[31m- lost GlobalAdministrator of Contoso"] {
        assert!(stdout.contains(coloured), "{stdout:?}");
    }
}

#[test]
fn programs_read_json_lines_the_same_from_here_and_from_a_server() {
    let directory = on_disk();
    let filters: [&[&str]; 4] = [
        &["--customer", CONTOSO],
        &["--partner", FABRIKAM, "--newest"],
        &["--actor", "Odile Perrin", "--limit", "3"],
        &["--customer", CONTOSO, "--partner", NORTHWIND, "--type", "DeviceAdded"],
    ];
    let here = filters.map(|filters| printed(directory.path(), &[filters, &["--format", "json"]].concat()));
    let lines = |text: &str| -> Vec<Value> { text.lines().map(|line| serde_json::from_str(line).unwrap()).collect() };
    assert_eq!(here.each_ref().map(|text| lines(text).len()), [25, 26, 3, 1]);
    let server = Server::start_on(directory.path());
    let token = server.token(FABRIKAM, "f0000000-0000-4000-8000-000000000099", &["Auditor"]);
    let there = ["--server", &server.url, "--token", &token];
    for (filters, here) in filters.iter().zip(here) {
        let Ran { code, stdout, stderr } = history(&there, &[filters, &["--format", "json"][..]].concat());
        assert_eq!((code, stderr.as_str()), (0, ""), "{filters:?}");
        assert_eq!(stdout, here, "{filters:?}");
    }
    // Whom the token does not let see it is told so.
    let token = server.token(FABRIKAM, "f0000000-0000-4000-8000-000000000099", &[]);
    let refused = history(&["--server", &server.url, "--token", &token], &["--customer", CONTOSO]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("notFound (404)"), "{}", refused.stderr);
}

/// More than a page of the server's: the pages are followed to their end.
#[test]
fn every_page_is_followed() {
    let directory = tempfile::tempdir().unwrap();
    let mut lines = fs::read_to_string(story::file()).unwrap();
    for number in 0..600 {
        let line = json!({"command": "RegisterSubscription", "actor": {"tenant": CONTOSO, "user": CARLA.user},
            "data": {"customer": CONTOSO, "kind": "microsoft365", "name": format!("Seats {number}"),
                "subscription": format!("5c000000-0000-4000-8000-{number:012}")}});
        lines.push_str(&format!("{line}\n"));
    }
    apply(directory.path(), &lines).all_recorded();
    let count = |more: &[&str]| printed(directory.path(), &[&["--format", "json"], more].concat()).lines().count();
    assert_eq!((count(&[]), count(&["--limit", "501"]), count(&["--newest", "--limit", "7"])), (644, 501, 7));
    let server = Server::start_on(directory.path());
    let token = server.token(CONTOSO, CARLA.user, &[]);
    let Ran { code, stdout, .. } =
        history(&["--server", &server.url, "--token", &token], &["--customer", CONTOSO, "--format", "csv"]);
    assert_eq!((code, stdout.lines().count()), (0, 1 + 25 + 600));
}

#[test]
fn a_stock_reader_reads_the_csv_back() {
    let directory = on_disk();
    let hostile = "=HYPERLINK(\"https://a.example\",\"Click, \"\"please\"\"\")";
    let line = json!({"command": "RegisterCustomer", "actor": {"operator": "-Odile"}, "data": {"name": hostile,
        "customer": "c1aaaaaa-0000-4000-8000-000000000001", "domain": "a.example", "globalAdministrator": CARLA.user}});
    apply(directory.path(), &format!("{line}\n")).all_recorded();
    let csv = printed(directory.path(), &["--format", "csv"]);
    let json = printed(directory.path(), &["--format", "json"]);
    let entries: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let headings = reader.headers().unwrap().clone();
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), entries.len());
    let cell = |row: &csv::StringRecord, heading: &str| {
        row[headings.iter().position(|found| found == heading).unwrap_or_else(|| panic!("no {heading}"))].to_owned()
    };
    for (row, entry) in rows.iter().zip(&entries) {
        for (heading, expected) in [
            ("position", &entry["position"]),
            ("time", &entry["time"]),
            ("type", &entry["type"]),
            ("rule", &entry["rule"]),
            ("customer", &entry["customer"]["id"]),
            ("partnerName", &entry["partner"]["name"]),
            ("authentication", &entry["authentication"]),
            ("importedAt", &entry["importedAt"]),
            ("command", &entry["command"]),
        ] {
            let expected = expected.as_str().map_or_else(|| expected.to_string(), str::to_owned).replace("null", "");
            assert_eq!(cell(row, heading), expected, "{heading} of {entry}");
        }
        assert!(row.iter().all(|text| !text.starts_with(['=', '+', '-', '@', '\t', '\r'])), "{row:?}");
    }
    assert_eq!(cell(&rows[44], "customerName"), format!("'{hostile}"));
    assert_eq!((cell(&rows[44], "actor"), cell(&rows[27], "actor")), ("'-Odile".to_owned(), CARLA.to_string()));
    assert_eq!(
        cell(&rows[27], "lost"),
        "GlobalAdministrator of Contoso for the AdminAgents of Fabrikam (dap); \
         HelpdeskAdministrator of Contoso for the HelpdeskAgents of Fabrikam (dap)"
    );
    // The headings are there without rows, too.
    let empty = printed(directory.path(), &["--format", "csv", "--type", "ProfileDeleted"]);
    assert_eq!(empty.lines().count(), 1);
}

/// Every text that people wrote is sealed: no history shows it, in any form.
#[test]
fn no_personal_data_is_told() {
    let directory = on_disk();
    let written: BTreeSet<_> = ["carla.moreau@contoso.com", "Bonjour", "cannot send mail"].into();
    for format in ["text", "json", "csv"] {
        let text = printed(directory.path(), &["--format", format]);
        assert!(text.contains("Contoso") && written.iter().all(|written| !text.contains(written)), "{format}");
    }
}

#[test]
fn help_has_examples_and_errors_say_what_to_do() {
    let Ran { code, stdout, .. } = history(&["--help"], &[]);
    assert!(code == 0 && stdout.contains("Examples:") && stdout.contains("JSON lines"), "{stdout}");
    let directory = on_disk();
    let data = ["--data", directory.path().to_str().unwrap()];
    for (flags, says) in [
        (["--type", "Dap"], "is none of PartnerRegistered"),
        (["--from", "monday"], "2020-06-19T08:00:00Z"),
        (["--at", "99"], "name one up to that"),
        (["--customer", NORTHWIND], "notFound"),
    ] {
        let Ran { code, stderr, .. } = history(&data, &flags);
        assert!(code == 2 && stderr.contains(says), "{flags:?}: {stderr}");
    }
}

/// The client of a test is not the only one: anybody's links work for whoever may follow them, and for nobody else.
#[test]
fn a_link_is_no_permission() {
    let (_directory, server) = told();
    let page = caller(&server, "carla").get(&format!("{}?limit=1", path("Contoso")));
    let link = page.body["nextLink"].as_str().unwrap();
    let follow = |client: Client| client.get(link).status;
    assert_eq!(follow(caller(&server, "colin")), 404);
    assert_eq!(follow(server.stranger()), 401);
}
