//! Who could do something between two moments, and what somebody could do: over HTTP and on the command line.

use expect_test::{Expect, expect};
use procura_tests::{Client, Server, apply, procura, run, story, version_1, world};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs, path::Path};
use world::{ALEX, CARLA, COLIN, CONTOSO, FABRIKAM, FRANK, GRETA, LENA, LITWARE, NOAH, STRANGER, User, by, guid};

/// The routes whose visibility is tested here.
pub(crate) const ROUTES: &[&str] = &["/v1/who-could", "/v1/what-could"];

/// Contoso's Azure subscription that Fabrikam provisioned.
const WEB: &str = "subscription:5b000000-0000-4000-8000-000000000002";
/// Amir, in Fabrikam's AdminAgents from 23 June to 15 July 2020.
const AMIR: &str = "user:faaaaaaa-0000-4000-8000-000000000001/f0000000-0000-4000-8000-000000000014";

/// A log that the story was told to, with its dates.
fn told() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let applied = apply(directory.path(), &fs::read_to_string(story::file()).unwrap());
    assert_eq!(applied.code, 0, "{}", applied.stderr);
    directory
}

#[track_caller]
fn printed(data: &Path, arguments: &[&str]) -> String {
    let ran = run(procura().args(arguments).arg("--data").arg(data), "");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{arguments:?}");
    ran.stdout
}

#[track_caller]
fn check(data: &Path, arguments: &[&str], expected: &Expect) {
    expected.assert_eq(&printed(data, arguments));
}

// --- For people ---

#[test]
fn people_are_told_when_and_why() {
    let directory = told();
    let (data, contoso) = (directory.path(), format!("customer:{CONTOSO}"));
    let until = ["--until", "2020-09-01T00:00:00Z"];
    let administer = ["who-could", "--action", "directory.administer", "--resource", &contoso];
    check(
        data,
        &[&administer[..], &until].concat(),
        &expect![[r#"
            Carla Moreau of Contoso
              2020-06-02T08:10:00Z  still                 TEN-2   DirectoryRoleAssigned 6
            Alex Weber of Fabrikam
              2020-06-22T07:45:00Z  2020-08-03T07:30:00Z  DAP-1   GroupMemberAdded 7, DapGranted 16
            Amir Said of Fabrikam
              2020-06-23T09:00:00Z  2020-07-15T16:00:00Z  DAP-1   GroupMemberAdded 17, DapGranted 16
            the AdminAgents of Fabrikam
              2020-06-22T07:45:00Z  2020-08-03T07:30:00Z  DAP-1   DapGranted 16
            from the beginning to position 35, 2020-09-01T00:00:00Z, rules 2
        "#]],
    );
    let manage = ["who-could", "--action", "subscription.manage", "--resource", WEB];
    // Whatever overlaps is shown with its own beginning and end.
    check(
        data,
        &[&manage[..], &["--from", "2020-07-25T00:00:00Z", "--until", "2020-08-05T00:00:00Z"]].concat(),
        &expect![[r#"
            Alex Weber of Fabrikam
              2020-07-20T10:00:00Z  2020-08-03T07:30:00Z  SUB-8   RoleAssigned 27, GroupMemberAdded 7
                                                          SUB-2   RoleAssigned 19, GroupMemberAdded 7
              2020-08-03T07:30:00Z  still                 SUB-4   RoleAssigned 27, GroupMemberAdded 7
                                                          SUB-4   RoleAssigned 19, GroupMemberAdded 7
            the AdminAgents of Fabrikam
              2020-07-20T10:00:00Z  2020-08-03T07:30:00Z  SUB-8   RoleAssigned 27
                                                          SUB-2   RoleAssigned 19
              2020-08-03T07:30:00Z  still                 SUB-4   RoleAssigned 27
                                                          SUB-4   RoleAssigned 19
            from position 27, 2020-07-25T00:00:00Z to position 28, 2020-08-05T00:00:00Z, rules 2
        "#]],
    );
    // At one moment.
    check(
        data,
        &[&manage[..], &["--from", "19", "--until", "19"]].concat(),
        &expect![[r#"
            Alex Weber of Fabrikam
              2020-06-25T14:00:00Z  still                 SUB-2   RoleAssigned 19, GroupMemberAdded 7
            Amir Said of Fabrikam
              2020-06-25T14:00:00Z  still                 SUB-2   RoleAssigned 19, GroupMemberAdded 17
            the AdminAgents of Fabrikam
              2020-06-25T14:00:00Z  still                 SUB-2   RoleAssigned 19
            from position 19, 2020-06-25T14:00:00Z to position 19, 2020-06-25T14:00:00Z, rules 2
        "#]],
    );
    // Before anything was there.
    let view = ["who-could", "--action", "customer.view", "--resource", &contoso, "--from", "5", "--until", "6"];
    check(
        data,
        &view,
        &expect![[r#"
            Carla Moreau of Contoso
              2020-06-02T08:10:00Z  still                 VIS-1   DirectoryRoleAssigned 6
            from position 6, 2020-06-02T08:10:00Z to position 6, 2020-06-02T08:10:00Z, rules 2
        "#]],
    );
    let what = ["what-could", "--subject", AMIR, "--resource-type", "subscription"];
    check(
        data,
        &[&what[..], &until].concat(),
        &expect![[r#"
            subscription.read  subscription Contoso Web Shop of Contoso
              2020-06-25T14:00:00Z  2020-07-15T16:00:00Z  SUB-2   RoleAssigned 19, GroupMemberAdded 17
            subscription.manage  subscription Contoso Web Shop of Contoso
              2020-06-25T14:00:00Z  2020-07-15T16:00:00Z  SUB-2   RoleAssigned 19, GroupMemberAdded 17
            roleAssignment.create  subscription Contoso Web Shop of Contoso
              2020-06-25T14:00:00Z  2020-07-15T16:00:00Z  SUB-6   RoleAssigned 19, GroupMemberAdded 17
            roleAssignment.remove  subscription Contoso Web Shop of Contoso
              2020-06-25T14:00:00Z  2020-07-15T16:00:00Z  SUB-6   RoleAssigned 19, GroupMemberAdded 17
            subscription.renew  subscription Contoso Web Shop of Contoso
              2020-06-25T14:00:00Z  2020-07-15T16:00:00Z  REL-2   GroupMemberAdded 17, RelationshipEstablished 15
            subscription.cancel  subscription Contoso Web Shop of Contoso
              2020-06-25T14:00:00Z  2020-07-15T16:00:00Z  REL-2   GroupMemberAdded 17, RelationshipEstablished 15
            from the beginning to position 35, 2020-09-01T00:00:00Z, rules 2
        "#]],
    );
    let nothing = ["what-could", "--subject", AMIR, "--action", "invitation.accept"];
    check(
        data,
        &[&nothing[..], &until].concat(),
        &expect![[r#"
            nothing anywhere
            from the beginning to position 35, 2020-09-01T00:00:00Z, rules 2
        "#]],
    );
}

#[test]
fn what_cannot_be_asked_is_said() {
    let directory = told();
    let contoso = format!("customer:{CONTOSO}");
    let said = |arguments: &[&str]| {
        let ran = run(procura().args(arguments).arg("--data").arg(directory.path()), "");
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{arguments:?}");
        ran.stderr
    };
    let who = |action, resource| said(&["who-could", "--action", action, "--resource", resource]);
    let texts = [
        who("customer.view", &format!("customer:{FABRIKAM}")),
        who("customer.view", "customer:contoso"),
        who("customer.view", "tenant:contoso"),
        who("directory.sweep", &contoso),
        said(&["what-could", "--subject", &format!("user:{STRANGER}")]),
        said(&["what-could", "--subject", "user:amir"]),
        said(&["what-could", "--subject", AMIR, "--action", "sweep"]),
        said(&["what-could", "--subject", AMIR, "--resource-type", "planet"]),
        said(&["what-could", "--subject", AMIR, "--customer", "contoso"]),
        said(&["what-could", "--subject", AMIR, "--from", "30", "--until", "20"]),
        said(&["what-could", "--subject", AMIR, "--until", "9999"]),
        said(&["what-could", "--subject", AMIR, "--from", "yesterday"]),
    ];
    expect![[r#"
        error: notFound: there is no such thing, or it is not yours to know
        error: invalidRequest: `contoso` is not the id of a customer
        error: invalidRequest: resource type `tenant` is none of customer, partner, subscription, device, profile
        error: invalidRequest: action `directory.sweep` is none of customer.view, directory.administer, license.assign, service.administer, directory.read, directory.resetPassword, service.signIn, partnerRelationships.view, invitation.accept, subscription.register, dap.revoke, relationship.end, subscription.provision, device.add, profile.create, serviceRequest.open, directoryRole.assign, history.view, report.view: did you mean `directory.read`?
        error: notFound: there is no such thing, or it is not yours to know
        error: invalidRequest: `amir` is not the id of a user, written tenant/user
        error: invalidRequest: action `sweep` is none of customer.view, dap.revoke, device.add, device.delete, device.manage, directory.administer, directory.read, directory.resetPassword, directoryRole.assign, group.manage, history.view, invitation.accept, invitation.send, license.assign, partnerRelationships.view, profile.apply, profile.create, profile.delete, profile.remove, profile.update, relationship.end, report.view, roleAssignment.create, roleAssignment.remove, service.administer, service.signIn, serviceRequest.open, subscription.cancel, subscription.manage, subscription.provision, subscription.read, subscription.register, subscription.renew
        error: invalidRequest: resource type `planet` is none of customer, partner, subscription, device, profile
        error: `--customer`: `contoso` is not a GUID like 8e3af657-a8ff-443c-a75c-2fe8c4bcb635
        error: invalidRequest: `from` is after `until`
        error: invalidRequest: position 9999 is beyond the newest, 35: name one up to that
        error: invalidRequest: `from`: `yesterday` is neither a position like 17 nor a time like 2020-06-19T08:00:00Z
    "#]].assert_eq(&texts.concat());
}

// --- For programs ---

/// Who or what each item is about, the action, and the positions of its spans.
fn shape(item: &Value) -> String {
    let thing = |name: &str| format!("{}:{}", item[name]["type"].as_str().unwrap(), item[name]["id"].as_str().unwrap());
    let spans = item["spans"].as_array().unwrap().iter().map(|span| {
        let until = span["until"]["position"].as_u64().map_or(String::new(), |until| until.to_string());
        format!("{}..{until}", span["from"]["position"])
    });
    format!(
        "{} {} {} {}",
        thing("subject"),
        item["action"].as_str().unwrap(),
        thing("resource"),
        spans.collect::<Vec<_>>().join(" ")
    )
}

#[test]
fn programs_are_told_who_made_it_so() {
    let directory = told();
    let manage = ["who-could", "--action", "subscription.manage", "--resource", WEB, "--format", "json"];
    let until = ["--until", "2020-08-05T00:00:00Z"];
    let whole: Value = serde_json::from_str(&printed(directory.path(), &[&manage[..], &until].concat())).unwrap();
    let first = &whole["items"][0];
    assert_eq!(
        (&first["subject"]["id"], &first["resource"]["type"]),
        (&json!(ALEX.to_string()), &json!("subscription"))
    );
    let sam = json!({"tenant": FABRIKAM, "user": world::SAM.user});
    let because = json!({"position": 19, "event": "RoleAssigned", "time": "2020-06-25T14:00:00Z",
        "by": {"user": sam, "authentication": "stated"}});
    assert_eq!(first["spans"][0]["reasons"][0]["rule"], "SUB-2");
    assert_eq!(first["spans"][0]["reasons"][0]["because"][0], because);
    assert_eq!(first["spans"][0]["until"], json!({"position": 27, "time": "2020-07-20T10:00:00Z"}));
    assert_eq!(first["spans"][2]["until"], Value::Null);
    let ends = json!({"from": {"position": 0, "time": "1970-01-01T00:00:00Z"},
        "until": {"position": 28, "time": "2020-08-05T00:00:00Z"}, "rules": "2"});
    assert_eq!(json!({"from": whole["from"], "until": whole["until"], "rules": whole["rules"]}), ends);
    // A server says the same, to programs and to the command line.
    let server = Server::start_on(directory.path());
    let path = format!("/v1/who-could?action=subscription.manage&resource={WEB}&until=2020-08-05T00:00:00Z");
    let reply = server.service("Decider").get(&path);
    assert_eq!((reply.status, reply.position, &reply.body), (200, Some(28), &whole));
    let ask = |token: String| {
        let ran = run(procura().args(manage).args(until).args(["--server", &server.url, "--token", &token]), "");
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        serde_json::from_str::<Value>(&ran.stdout).unwrap()
    };
    assert_eq!(ask(server.token(world::ODILE.tenant, world::ODILE.user, &["Auditor"])), whole);
    // The customer is told of Alex from the relationship on, and not who put him into the group (VIS-5).
    let told = ask(server.token(CARLA.tenant, CARLA.user, &[]));
    let member = |answer: &Value| answer["items"][0]["spans"][0]["reasons"][0]["because"][1]["event"].clone();
    assert_eq!([member(&whole), member(&told)], [json!("GroupMemberAdded"), json!("RelationshipEstablished")]);
    let subjects = |answer: &Value| {
        answer["items"].as_array().unwrap().iter().map(|item| item["subject"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(subjects(&told), subjects(&whole));
    let amir =
        told["items"].as_array().unwrap().iter().find(|item| AMIR.ends_with(item["subject"]["id"].as_str().unwrap()));
    let joined = &amir.unwrap()["spans"][0]["reasons"][0]["because"][1];
    assert_eq!((&joined["event"], &joined["by"]), (&json!("GroupMemberAdded"), &json!({"partner": FABRIKAM})));
    assert!(!told.to_string().contains(GRETA.user), "{told}");
}

#[test]
fn pages_are_one_answer() {
    let directory = told();
    let server = Server::start_on(directory.path());
    let auditor = server.service("Auditor");
    let alex = format!("/v1/what-could?subject=user:{ALEX}");
    let manage = format!("/v1/who-could?action=subscription.manage&resource={WEB}");
    for (query, limit) in [(&alex, 7), (&alex, 19), (&manage, 1), (&manage, 2)] {
        let whole = auditor.get(&format!("{query}&limit=500"));
        assert_eq!(whole.body["nextLink"], Value::Null, "{query}");
        let mut page = auditor.get(&format!("{query}&limit={limit}"));
        let (mut items, mut pages) = (page.items().to_vec(), 1);
        // What happens between two pages is on neither: one more comes into question, and can do it.
        let carla = server.user(CARLA);
        let owner = json!({"customer": CONTOSO, "subscription": WEB.split_once(':').unwrap().1, "role": "Owner",
            "principal": {"tenant": FABRIKAM, "user": guid(9, limit as u64)}});
        carla.command("AssignRole", &owner);
        while let Some(next) = page.body["nextLink"].as_str().map(str::to_owned) {
            page = auditor.get(&next);
            assert_eq!((page.status, page.position), (200, whole.position), "{next}: {}", page.body);
            assert!(page.items().len() <= limit);
            items.extend_from_slice(page.items());
            pages += 1;
        }
        assert!(pages > 1 && items == whole.items(), "{query} {limit}: {pages} pages");
    }
    for after in ["soon", "1@nobody", "x@y", "@"] {
        let reply = auditor.get(&format!("{manage}&after={after}"));
        assert_eq!(reply.differs(400, "invalidRequest", "`after`"), None, "{after}");
    }
}

#[test]
fn a_page_that_finds_nothing_ends_all_the_same() {
    let log = tempfile::tempdir().unwrap();
    let devices = (0..5_100).map(|number| {
        by(
            ALEX,
            "AddDevice",
            json!({"customer": CONTOSO, "device": guid(7, number), "serialNumber": number.to_string(),
            "manufacturer": "Fabrikam", "model": "9", "hardwareHash": "QUJD", "partner": FABRIKAM}),
        )
    });
    let reader = json!({"customer": LITWARE, "subscription": guid(5, 3), "role": "Reader",
        "principal": {"tenant": FRANK.tenant, "user": FRANK.user}});
    tell_relations(log.path());
    version_1::assign_role(log.path(), LENA, &reader);
    apply(log.path(), &world::text(&devices.collect::<Vec<_>>())).all_recorded();
    // Frank was never in a group: there is nothing among Contoso's devices, and then Litware's subscription.
    let expected = vec![format!("user:{FRANK} subscription.read subscription:{} 20..", guid(5, 3))];
    let shapes = |answer: &Value| answer["items"].as_array().unwrap().iter().map(shape).collect::<Vec<_>>();
    let server = Server::start_on(log.path());
    let (auditor, what) = (server.service("Auditor"), format!("/v1/what-could?subject=user:{FRANK}"));
    let mut page = auditor.get(&what);
    assert_eq!((page.status, page.items()), (200, &[][..]));
    while page.items().is_empty() {
        page = auditor.get(page.text("nextLink"));
    }
    assert_eq!((shapes(&page.body), &page.body["nextLink"]), (expected.clone(), &Value::Null));
    // Where a page of his own ended would name a customer that he does not know.
    let own = server.user(FRANK).get(&what);
    assert_eq!((shapes(&own.body), &own.body["nextLink"]), (expected.clone(), &Value::Null));
    // The command line goes on until the end.
    let subject = format!("user:{FRANK}");
    let arguments = ["what-could", "--format", "json", "--subject", &subject];
    let token = server.token(CARLA.tenant, CARLA.user, &["Auditor"]);
    let remote = run(procura().args(arguments).args(["--server", &server.url, "--token", &token]), "");
    drop(server);
    for printed in [remote.stdout, printed(log.path(), &arguments)] {
        assert_eq!(shapes(&serde_json::from_str(&printed).unwrap()), expected);
    }
}

// --- Who may ask ---

/// Fabrikam with DAP at Contoso; Northwind reads a subscription of Litware's without ever having had a relationship, as
/// version 1 of the rules let it.
fn tell_relations(log: &Path) {
    let own = json!({"customer": LITWARE, "subscription": guid(5, 3), "kind": "azure", "name": "Own"});
    let reader = json!({"customer": LITWARE, "subscription": guid(5, 3), "role": "Reader",
        "principal": {"tenant": NOAH.tenant, "user": NOAH.user}});
    let mut lines = world::tenants();
    lines.extend(world::relationship(&guid(1, 1), ALEX, CARLA, true));
    lines.push(by(LENA, "RegisterSubscription", own));
    apply(log, &world::text(&lines)).all_recorded();
    version_1::assign_role(log, LENA, &reader);
}

fn related() -> (tempfile::TempDir, Server) {
    let log = tempfile::tempdir().unwrap();
    tell_relations(log.path());
    let server = Server::start_on(log.path());
    (log, server)
}

#[test]
fn who_may_ask_is_decided_now() {
    let (_log, server) = related();
    let who = |resource: &str| {
        let action = if resource.starts_with("sub") { "subscription.read" } else { "customer.view" };
        format!("/v1/who-could?action={action}&resource={resource}")
    };
    let what = |subject: User| format!("/v1/what-could?subject=user:{subject}");
    let (contoso, litwares) = (format!("customer:{CONTOSO}"), format!("subscription:{}", guid(5, 3)));
    let nothing = format!("subscription:{}", guid(5, 99));
    let group = format!("/v1/what-could?subject=group:{FABRIKAM}/AdminAgents");
    let there = |user: User, customer: &str| format!("{}&customer={customer}", what(user));
    let carla_alone = |query: String| {
        vec![
            ("Decider", 200),
            ("Auditor", 200),
            ("Operator", 200),
            ("carla", 200),
            ("colin", 403),
            ("alex", 403),
            ("lena", 403),
            ("nobody", 403),
        ]
        .into_iter()
        .map(move |(who, status)| (who, query.clone(), status))
        .collect::<Vec<_>>()
    };
    let services = |query: String, others: u16| {
        let all = [("Decider", 200), ("Auditor", 200), ("carla", others), ("alex", others), ("nobody", others)];
        all.map(|(who, status)| (who, query.clone(), status)).to_vec()
    };
    let cases = [
        carla_alone(who(&contoso)),
        carla_alone(there(world::HELEN, CONTOSO)),
        carla_alone(format!("{group}&customer={CONTOSO}")),
        services(who(&litwares), 403),
        services(group.clone(), 403),
        services(what(COLIN), 403),
        // What there is not is told to those who may ask about everything, and to others as what is not theirs.
        vec![("Auditor", who(&nothing), 404), ("carla", who(&nothing), 403), ("Auditor", what(STRANGER), 404)],
        vec![
            ("nobody", what(STRANGER), 404),
            ("carla", there(STRANGER, CONTOSO), 200),
            ("Auditor", format!("{}&until=4", who(&contoso)), 404),
        ],
        vec![("alex", what(ALEX), 200), ("carla", what(CARLA), 200), ("frank", what(FRANK), 200)],
        vec![("alex", there(ALEX, LITWARE), 200), ("carla", there(ALEX, LITWARE), 403)],
    ];
    let mut wrong = Vec::new();
    for (caller, path, status) in cases.into_iter().flatten() {
        let reply = caller_of(&server, caller).get(&path);
        let is_problem = match status {
            403 => reply.differs(403, "notAllowed", ""),
            404 => reply.differs(404, "notFound", ""),
            _ => None,
        };
        if reply.status != status || is_problem.is_some() {
            wrong.push(format!("{caller} {path}: expected {status}, got {} {}", reply.status, reply.body));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // A subscription that one may read without knowing its customer, and nothing else there.
    let noah = server.user(NOAH).get(&format!("{}&customer={LITWARE}", what(NOAH)));
    let shapes: BTreeSet<_> = noah.items().iter().map(shape).collect();
    let read = format!("user:{NOAH} subscription.read subscription:{} 19..", guid(5, 3));
    assert_eq!(shapes, BTreeSet::from([read]));
}

#[test]
fn whoever_left_has_lost_the_past() {
    let (_log, server) = related();
    let path = format!("/v1/what-could?subject=user:{FRANK}&customer={CONTOSO}&action=customer.view");
    let spans = |client: &Client| client.get(&path).items().iter().map(shape).collect::<Vec<_>>().concat();
    let (frank, auditor) = (server.user(FRANK), server.service("Auditor"));
    let view = format!("user:{FRANK} customer.view customer:{CONTOSO}");
    server.tell(&[world::joins(GRETA, "SalesAgents", FRANK)]);
    let joined = auditor.get("/v1/residual-access").position.unwrap();
    assert_eq!(spans(&frank), format!("{view} {joined}.."));
    let leaves = json!({"partner": FABRIKAM, "group": "SalesAgents", "user": FRANK.user});
    server.tell(&[by(GRETA, "RemoveGroupMember", leaves)]);
    assert_eq!(spans(&frank), "", "DAP-6");
    assert_eq!(spans(&auditor), format!("{view} {joined}..{}", joined + 1));
    server.tell(&[world::joins(GRETA, "HelpdeskAgents", FRANK)]);
    assert_eq!(spans(&frank), format!("{view} {joined}..{} {}..", joined + 1, joined + 2));
}

fn caller_of(server: &Server, name: &str) -> Client {
    let people =
        [("carla", CARLA), ("colin", COLIN), ("alex", ALEX), ("lena", LENA), ("nobody", STRANGER), ("frank", FRANK)];
    let person = people.iter().find(|(known, _)| *known == name);
    person.map_or_else(|| server.service(name), |(_, user)| server.user(*user))
}

#[test]
fn parameters_are_read_strictly() {
    let (_log, server) = related();
    let auditor = server.service("Auditor");
    let who = format!("/v1/who-could?action=customer.view&resource=customer:{CONTOSO}");
    let what = format!("/v1/what-could?subject=user:{ALEX}");
    let cases = [
        ("/v1/who-could".to_owned(), "action"),
        ("/v1/who-could?action=customer.view".to_owned(), "resource"),
        ("/v1/what-could".to_owned(), "subject"),
        (format!("{who}&at=3"), "at"),
        (format!("{who}&customer={CONTOSO}"), "customer"),
        (format!("{what}&partner={FABRIKAM}"), "partner"),
        (format!("{who}&partner=fabrikam"), "fabrikam"),
        (format!("{who}&source=ebay"), "ebay"),
        (format!("{who}&limit=501"), "limit"),
        (format!("{what}&limit=0"), "limit"),
        (format!("{what}&from=yesterday"), "`from`"),
        (format!("{what}&until=tomorrow"), "`until`"),
        (format!("{what}&from=9&until=8"), "`from` is after `until`"),
        (format!("{what}&action=sweep"), "sweep"),
        (format!("{what}&resourceType=planet"), "planet"),
        (format!("{what}&customer=contoso"), "customer"),
    ];
    let wrong = cases.iter().filter_map(|(path, says)| {
        let differs = auditor.get(path).differs(400, "invalidRequest", says);
        differs.map(|differs| format!("{path}: {differs}"))
    });
    assert_eq!(wrong.collect::<Vec<_>>(), Vec::<String>::new());
    let ahead = auditor.get(&format!("{what}&until=9999"));
    assert_eq!(ahead.differs(422, "invalidRequest", "beyond the newest"), None);
}
