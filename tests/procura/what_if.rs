//! What a command would change, asked ahead; what it changed, said by the command itself.

use expect_test::expect;
use procura_tests::{Client, Server, export, procura, run, story, world};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs};
use world::{ALEX, CARLA, CONTOSO, FABRIKAM, GRETA, LENA, LITWARE, Line, NOAH, NORTHWIND, by, guid};

const DRY_RUN: &str = "?dryRun=true";

/// Asks what the command would do.
fn what_if(client: &Client, command: &str, fields: &Value) -> Value {
    let reply = client.post(&format!("/v1/commands/{command}{DRY_RUN}"), fields, &[]);
    assert_eq!(reply.status, 200, "{command} {fields}: {}", reply.body);
    reply.body
}

/// The effective permissions in all customers' tenants, each as what the contract shows of a change.
fn permissions(operator: &Client) -> BTreeSet<String> {
    let rows = [CONTOSO, LITWARE].map(|customer| {
        let path = format!("/v1/customers/{customer}/effective-permissions");
        let reply = operator.get(&path);
        if reply.status == 200 { reply.items().to_vec() } else { Vec::new() }
    });
    rows.concat().iter().map(access).collect()
}

fn access(row: &Value) -> String {
    json!([row["principal"], row["scope"], row["role"], row["origin"]]).to_string()
}

fn rows(rows: &Value) -> BTreeSet<String> {
    rows.as_array().unwrap().iter().map(access).collect()
}

/// Without what only the record can say: the command's id, and when.
fn timeless(mut answer: Value) -> Value {
    let positions = answer["positions"].clone();
    for row in answer["residualAccess"].as_array_mut().unwrap() {
        if positions.as_array().unwrap().contains(&row["grantedBy"]) {
            row["from"]["time"] = Value::Null;
        }
    }
    answer["id"] = Value::Null;
    answer["recordedAt"] = Value::Null;
    answer
}

#[test]
fn every_step_of_the_story_does_what_was_said_it_would_do() {
    let server = Server::start();
    let operator = server.service("Operator");
    let (mut changed, mut left) = (0, 0);
    for step in story::steps() {
        let client = step.user().map_or_else(|| operator.clone(), |(tenant, user)| server.client(tenant, user, &[]));
        let (before, position) = (permissions(&operator), operator.get("/v1/residual-access").position);
        let ahead = client.post(&format!("/v1/commands/{}{DRY_RUN}", step.command()), step.data(), &[]);
        assert_eq!((ahead.status, ahead.position), (200, position), "{}: {}", step.line["id"], ahead.body);
        assert_eq!(operator.get("/v1/residual-access").position, position, "{}: recorded", step.line["id"]);
        let done = client.command(step.command(), step.data());
        let (said, was) = (timeless(ahead.body), timeless(done.clone()));
        // An id that the caller does not give is made anew each time, and who joins a group is told ahead only.
        for part in ["positions", "accessChanges", "residualAccess", "actionChanges"] {
            assert_eq!(said[part], was[part], "{}: {part}", step.line["id"]);
        }
        // Its changes are the difference of the effective permissions.
        let after = permissions(&operator);
        let (gained, lost) = (&done["accessChanges"]["gained"], &done["accessChanges"]["lost"]);
        assert_eq!(rows(gained), &after - &before, "{}", step.line["id"]);
        assert_eq!(rows(lost), &before - &after, "{}", step.line["id"]);
        changed += rows(gained).len() + rows(lost).len();
        // What is left is what the view says, for the pair that the command is about.
        let (customer, partner) = (&step.data()["customer"], &step.data()["partner"]);
        if let (Some(customer), Some(partner)) = (customer.as_str(), partner.as_str()) {
            let path = format!("/v1/residual-access?customer={customer}&partner={partner}");
            let reply = operator.get(&path);
            let mine = reply.items();
            if !done["residualAccess"].as_array().unwrap().is_empty() || step.command() == "RevokeDap" {
                assert_eq!(done["residualAccess"], json!(mine), "{}", step.line["id"]);
                left += mine.len();
            }
        }
    }
    assert!(changed > 10 && left > 3, "{changed} rows changed, {left} left");
}

/// Contoso gave DAP to both partners; Fabrikam provisioned, and Northwind holds a role that Contoso assigned.
fn two_partners() -> Vec<Line> {
    let subscription = guid(7, 1);
    let provision = json!({"customer": CONTOSO, "partner": FABRIKAM, "subscription": subscription, "kind": "azure",
        "name": "Web", "roleAssignment": guid(8, 1)});
    let assign = json!({"customer": CONTOSO, "subscription": subscription, "role": "Reader",
        "principal": {"group": "AdminAgents", "partner": NORTHWIND}, "roleAssignment": guid(8, 2)});
    let relationships =
        [world::relationship(&guid(1, 1), ALEX, CARLA, true), world::relationship(&guid(1, 2), NOAH, CARLA, true)];
    let more = [by(ALEX, "ProvisionSubscription", provision), by(CARLA, "AssignRole", assign)];
    [world::tenants(), relationships.concat(), more.to_vec()].concat()
}

#[test]
fn before_revoking_dap_the_customer_is_told_what_is_left_and_what_to_remove() {
    let server = Server::start();
    server.tell(&two_partners());
    let carla = server.user(CARLA);
    let revoke = json!({"customer": CONTOSO, "partner": FABRIKAM});
    let ahead = what_if(&carla, "RevokeDap", &revoke);
    let left: Vec<_> = ahead["residualAccess"].as_array().unwrap().iter().collect();
    let told: Vec<_> = left.iter().map(|row| (row["role"].as_str().unwrap(), &row["roleAssignment"])).collect();
    assert_eq!(told, [("Reseller", &Value::Null), ("Owner", &json!(guid(8, 1)))]);
    // It removes that one first, and asks again.
    carla.command("RemoveRoleAssignment", &json!({"customer": CONTOSO, "roleAssignment": guid(8, 1)}));
    let ahead = what_if(&carla, "RevokeDap", &revoke);
    assert_eq!(ahead["residualAccess"].as_array().unwrap().len(), 1);
    // The agents of one partner are told of their own partner alone.
    carla.command("RevokeDap", &json!({"customer": CONTOSO, "partner": NORTHWIND}));
    for (role, id) in [("Owner", guid(8, 3)), ("Reader", guid(8, 4))] {
        let assign = json!({"customer": CONTOSO, "subscription": guid(7, 1), "role": role,
            "principal": {"group": "AdminAgents", "partner": FABRIKAM}, "roleAssignment": id});
        carla.command("AssignRole", &assign);
    }
    let theirs = json!({"customer": CONTOSO, "roleAssignment": guid(8, 2)});
    let own = json!({"customer": CONTOSO, "roleAssignment": guid(8, 4)});
    let by_alex = what_if(&server.user(ALEX), "RemoveRoleAssignment", &own);
    assert_eq!(
        (by_alex["accessChanges"]["lost"].as_array().unwrap().len(), &by_alex["residualAccess"]),
        (1, &json!([]))
    );
    // Of another's role they do not know (VIS-6).
    let reply = server.user(ALEX).post(&format!("/v1/commands/RemoveRoleAssignment{DRY_RUN}"), &theirs, &[]);
    assert_eq!(reply.differs(404, "notFound", "`roleAssignment`"), None);
    let by_carla = what_if(&carla, "RemoveRoleAssignment", &theirs);
    assert_eq!(by_carla["residualAccess"][0]["partner"], NORTHWIND);
}

#[test]
fn a_repeated_command_says_what_it_said() {
    let server = Server::start();
    server.tell(&two_partners());
    let revoke = json!({"customer": CONTOSO, "partner": FABRIKAM});
    let key = [("idempotency-key", "one")];
    let first = server.user(CARLA).post("/v1/commands/RevokeDap", &revoke, &key);
    assert_eq!((first.status, first.body["residualAccess"].as_array().unwrap().len()), (201, 2), "{}", first.body);
    let remove = json!({"customer": CONTOSO, "roleAssignment": guid(8, 1)});
    server.user(CARLA).command("RemoveRoleAssignment", &remove);
    assert_eq!(server.user(CARLA).post("/v1/commands/RevokeDap", &revoke, &key).body, first.body);
}

#[test]
fn what_would_be_refused_is_refused_alike() {
    let server = Server::start();
    server.tell(&two_partners());
    let cases = [
        (ALEX, "EndRelationship", json!({"customer": CONTOSO, "partner": FABRIKAM}), 409, "activeSubscriptions"),
        (NOAH, "RevokeDap", json!({"customer": CONTOSO, "partner": FABRIKAM}), 404, "notFound"),
        (LENA, "RevokeDap", json!({"customer": CONTOSO, "partner": FABRIKAM}), 404, "notFound"),
        (CARLA, "RevokeDap", json!({"customer": CONTOSO, "partnr": FABRIKAM}), 400, "invalidCommand"),
    ];
    for (user, command, fields, status, code) in cases {
        let client = server.user(user);
        let ahead = client.post(&format!("/v1/commands/{command}{DRY_RUN}"), &fields, &[]);
        assert_eq!((ahead.status, ahead.text("code")), (status, code), "{command} {fields}");
        assert_eq!(client.post(&format!("/v1/commands/{command}"), &fields, &[]).body, ahead.body);
    }
    let auditor = server.service("Auditor").post(&format!("/v1/commands/RevokeDap{DRY_RUN}"), &json!({}), &[]);
    assert_eq!((auditor.status, auditor.text("rule")), (403, "VIS-4"));
}

#[test]
fn whoever_joins_a_group_is_told_what_comes_with_it() {
    let server = Server::start();
    server.tell(&two_partners());
    let fields = json!({"partner": FABRIKAM, "group": "AdminAgents", "user": ALEX.user});
    let greta = server.user(GRETA);
    let leaves = what_if(&greta, "RemoveGroupMember", &fields);
    let group = json!({"group": "AdminAgents", "partner": FABRIKAM});
    let reach = json!([
        {"group": group, "role": "GlobalAdministrator", "origin": "dap", "scopes": 1},
        {"group": group, "role": "Owner", "origin": "provisioning", "scopes": 1},
    ]);
    assert_eq!((&leaves["memberChanges"]["lost"], &leaves["memberChanges"]["gained"]), (&reach, &json!([])));
    let joins = json!({"partner": FABRIKAM, "group": "AdminAgents", "user": GRETA.user});
    assert_eq!(what_if(&greta, "AddGroupMember", &joins)["memberChanges"]["gained"], reach);
    assert_eq!(what_if(&greta, "AddGroupMember", &joins)["accessChanges"], json!({"gained": [], "lost": []}));
}

/// Devices of each kind, for a partner with DAP and one without.
fn devices() -> Vec<Line> {
    let device = |user: world::User, number, origin: (&str, &str)| {
        let mut fields = json!({"customer": CONTOSO, "device": guid(6, number), "serialNumber": format!("S{number}"),
            "manufacturer": "M", "model": "X"});
        fields[origin.0] = origin.1.into();
        by(user, "AddDevice", fields)
    };
    let profile = json!({"customer": CONTOSO, "profile": guid(5, 1), "name": "Standard"});
    let more = [
        by(CARLA, "RevokeDap", json!({"customer": CONTOSO, "partner": NORTHWIND})),
        device(ALEX, 1, ("partner", FABRIKAM)),
        device(ALEX, 2, ("partner", FABRIKAM)),
        device(NOAH, 3, ("partner", NORTHWIND)),
        device(CARLA, 4, ("source", "intune")),
        by(ALEX, "CreateProfile", profile),
    ];
    [two_partners(), more.to_vec()].concat()
}

#[test]
fn another_policy_shows_which_partners_lose_which_actions_where() {
    let server = Server::start();
    server.tell(&devices());
    let operator = server.service("Operator");
    let policy = json!({"policy": "dapRequired"});
    let ahead = what_if(&operator, "AdoptAutopilotPolicy", &policy);
    let on = |action: &str, resources: u64| json!({"action": action, "resources": resources});
    // Northwind, without DAP: no profiles, and no devices but its own.
    let lost = json!([
        on("device.delete", 2),
        on("profile.apply", 3),
        on("profile.create", 1),
        on("profile.delete", 1),
        on("profile.remove", 3),
        on("profile.update", 1)
    ]);
    assert_eq!(
        ahead["actionChanges"],
        json!([{"partner": NORTHWIND, "customer": CONTOSO, "gained": [], "lost": lost}])
    );
    // Every one of them, asked one by one before and after.
    let asked = [("profile.create", "customer", CONTOSO.to_owned()), ("profile.update", "profile", guid(5, 1))];
    let on_devices = (1..=4).flat_map(|number| {
        ["device.manage", "device.delete", "profile.apply"].map(|action| (action, "device", guid(6, number)))
    });
    let asked: Vec<_> = asked.into_iter().chain(on_devices).collect();
    let may = |partner: &str| {
        let ask = |(action, kind, id): &(&str, &str, String)| {
            let question = json!({"subject": {"type": "group", "id": format!("{partner}/AdminAgents")},
                "action": {"name": action}, "resource": {"type": kind, "id": id}});
            server.service("Decider").post("/access/v1/evaluation", &question, &[]).body["decision"] == true
        };
        asked.iter().filter(|question| ask(question)).map(|(action, ..)| *action).collect::<Vec<_>>()
    };
    let before = [FABRIKAM, NORTHWIND].map(may);
    let done = operator.command("AdoptAutopilotPolicy", &policy);
    assert_eq!(done["actionChanges"], ahead["actionChanges"]);
    let after = [FABRIKAM, NORTHWIND].map(may);
    assert_eq!(before[0], after[0], "Fabrikam has DAP");
    let count = |actions: &[&str], action| actions.iter().filter(|found| **found == action).count();
    for (action, fewer) in [("profile.create", 1), ("profile.update", 1), ("device.delete", 2), ("profile.apply", 3)] {
        assert_eq!(count(&before[1], action) - count(&after[1], action), fewer, "{action}");
    }
    assert_eq!(count(&before[1], "device.manage"), count(&after[1], "device.manage"));
    let back = what_if(&operator, "AdoptAutopilotPolicy", &json!({"policy": "relationship"}));
    assert_eq!((&back["actionChanges"][0]["gained"], &back["actionChanges"][0]["lost"]), (&lost, &json!([])));
}

#[test]
fn the_command_line_tells_it_to_people() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let lines = home.path().join("lines.jsonl");
    fs::write(&lines, world::text(&devices())).unwrap();
    assert_eq!(run(procura().arg("apply").arg("--data").arg(&data).arg(&lines), "").code, 0);
    let recorded = export(&data).len();
    let ask = |arguments: &[&str]| run(procura().arg("what-if").args(arguments).env("PROCURA_DATA", &data), "");
    let (customer, partner) = (format!("customer={CONTOSO}"), format!("partner={FABRIKAM}"));
    let actor = CARLA.to_string();
    let dap = ask(&["RevokeDap", &customer, &partner, "--actor", &actor]);
    // When it was granted is when this test ran.
    let cells = |line: &str| line.split("since ").next().unwrap().trim_end().to_owned();
    let text = dap.stdout.lines().map(|line| cells(line) + "\n").collect::<String>();
    expect![[r#"
        RevokeDap would record DapRevoked. Nothing was recorded.

        Access:
          - the AdminAgents of Fabrikam     Global administrator    at Contoso  by delegated admin privileges
          - the HelpdeskAgents of Fabrikam  Helpdesk administrator  at Contoso  by delegated admin privileges

        Left all the same (residual access), and what ends it:
          Fabrikam: Reseller at Contoso, by relationship,
            Only Admin agents of Fabrikam end it:
            procura do EndRelationship customer=contoso.example partner=fabrikam.example
          the AdminAgents of Fabrikam: Owner on subscription Web of Contoso, by provisioning,
            procura do RemoveRoleAssignment customer=contoso.example roleAssignment=00000008-0000-4000-8000-000000000001 --actor caaaaaaa-0000-4000-8000-000000000001/c0000000-0000-4000-8000-000000000010
    "#]].assert_eq(&text);
    assert_eq!((dap.code, dap.stdout.matches(&format!("roleAssignment={}", guid(8, 1))).count()), (0, 1));
    let policy = ask(&["AdoptAutopilotPolicy", "policy=dapRequired", "--operator", "Odile"]);
    expect![[r#"
        AdoptAutopilotPolicy would record AutopilotPolicyAdopted. Nothing was recorded.

        Access: nobody's changes.

        1 partner loses 6 actions in the tenants of 1 customer.

        Actions, each with the number of resources:
          - Northwind  at Contoso  device.delete (2), profile.apply (3), profile.create (1), profile.delete (1), profile.remove (3), profile.update (1)
    "#]].assert_eq(&policy.stdout);
    let refused = ask(&["AdoptAutopilotPolicy", "policy=relationship"]);
    assert_eq!((refused.code, refused.stdout.contains("would be refused")), (1, true), "{}", refused.stdout);
    let unknown = ask(&["RevokeDap", &customer, "partnr=x", "--actor", &actor]);
    assert_eq!((unknown.code, unknown.stderr.contains("partnr")), (2, true), "{}", unknown.stderr);
    let twice = ask(&["RevokeDap", &customer, &customer]);
    assert_eq!((twice.code, twice.stderr.contains("given twice")), (2, true), "{}", twice.stderr);
    let nested = ask(&[
        "AssignRole",
        &customer,
        &format!("subscription={}", guid(7, 1)),
        "role=Reader",
        "principal.group=AdminAgents",
        &format!("principal.{partner}"),
        "--actor",
        &actor,
        "--format",
        "json",
    ]);
    let outcome: Value = serde_json::from_str(&nested.stdout).unwrap();
    assert_eq!(outcome["accessChanges"]["gained"][0]["role"], "Reader", "{outcome}");
    // Nothing of all that is in the log.
    assert_eq!(export(&data).len(), recorded);
}
