//! The lists of view 6 and the portals, at the end of the story and before: who sees how much of them.

use procura_tests::{
    Client, Server, apply, story, version_1,
    world::{self, CONTOSO, FABRIKAM, NORTHWIND, User},
};
use serde_json::{Value, json};
use std::fs;

/// The routes whose visibility is tested here.
pub(crate) const ROUTES: &[&str] = &[
    "/v1/customers/{customer}/subscriptions",
    "/v1/customers/{customer}/devices",
    "/v1/customers/{customer}/profiles",
    "/v1/customers/{customer}/service-requests",
    "/v1/partners/{partner}/groups/{group}/members",
    "/v1/tenants/{tenant}/people",
];

/// How many items each caller is shown; `-` is not found. Contoso has two subscriptions, one of them provisioned by
/// Fabrikam, a device each of Fabrikam, Northwind and its own, and a profile; 27 is with DAP, 32 without, and at the end
/// the policy `dapRequired` is in force. VIS-1 makes the row of Carla, VIS-2 those of the partners.
const SEEN: &str = "
             subscriptions devices devices@27 profiles@32 profiles service-requests members  people F-people
    carla    2             3       3          1           1        1                -        2      -
    colin    -             -       -          -           -        -                -        -      -
    alex     1             2       3          1           0        1                1        -      -
    helen    1             0       0          0           0        1                1        -      -
    sam      1             0       0          0           0        1                1        -      -
    greta    -             -       -          -           -        -                1        -      5
    nils     0             2       2          1           0        0                -        -      -
    Auditor  2             3       3          1           1        1                1        2      5
    Decider  -             -       -          -           -        -                -        -      -
";

/// A server that the story was told to, with its dates.
pub(crate) fn told() -> (tempfile::TempDir, Server) {
    told_with(&[])
}

/// The same, and then some roles that version 1 of the rules let somebody of the story's tenants assign.
pub(crate) fn told_with(assigned: &[(User, Value)]) -> (tempfile::TempDir, Server) {
    let directory = tempfile::tempdir().unwrap();
    let applied = apply(directory.path(), &fs::read_to_string(story::file()).unwrap());
    assert_eq!(applied.code, 0, "{}", applied.stderr);
    for (by, fields) in assigned {
        version_1::assign_role(directory.path(), *by, fields);
    }
    let server = Server::start_on(directory.path());
    (directory, server)
}

/// Somebody of the story, by name; else a service role.
pub(crate) fn caller(server: &Server, name: &str) -> Client {
    let client = |tenant, letter, number| {
        server.client(tenant, &format!("{letter}0000000-0000-4000-8000-0000000000{number}"), &[])
    };
    match name {
        "carla" => client(CONTOSO, 'c', 10),
        "colin" => client(CONTOSO, 'c', 11),
        "greta" => client(FABRIKAM, 'f', 10),
        "alex" => client(FABRIKAM, 'f', 11),
        "helen" => client(FABRIKAM, 'f', 12),
        "sam" => client(FABRIKAM, 'f', 13),
        "nils" => client(NORTHWIND, 'b', 11),
        role => server.service(role),
    }
}

#[test]
fn everybody_is_listed_what_concerns_them() {
    let (_directory, server) = told();
    let mut lines = SEEN.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).filter(|row| !row.is_empty());
    let columns = lines.next().unwrap();
    let mut wrong = Vec::new();
    for row in lines {
        let client = caller(&server, row[0]);
        for (column, expected) in columns.iter().zip(&row[1..]) {
            let (list, at) =
                column.split_once('@').map_or((*column, String::new()), |(list, at)| (list, format!("?at={at}")));
            let path = match list {
                "members" => format!("/v1/partners/{FABRIKAM}/groups/AdminAgents/members{at}"),
                "people" => format!("/v1/tenants/{CONTOSO}/people{at}"),
                "F-people" => format!("/v1/tenants/{FABRIKAM}/people{at}"),
                list => format!("/v1/customers/{CONTOSO}/{list}{at}"),
            };
            let reply = client.get(&path);
            let seen = match reply.status {
                200 => reply.items().len().to_string(),
                _ => reply.differs(404, "notFound", "").unwrap_or("-".to_owned()),
            };
            wrong.extend((seen != *expected).then(|| format!("{} {column}: expected {expected}, got {seen}", row[0])));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_items_say_what_they_are() {
    let (_directory, server) = told();
    let auditor = server.service("Auditor");
    let first = |list: &str| auditor.get(&format!("/v1/customers/{CONTOSO}/{list}")).items()[0].clone();
    let mut subscription = first("subscriptions");
    assert_eq!(subscription["provisionedBy"].take(), Value::Null, "{subscription}");
    assert_eq!((&subscription["kind"], &subscription["cancelled"]), (&"azure".into(), &Value::Null));
    let device = first("devices");
    assert_eq!((&device["partner"], &device["profile"]), (&FABRIKAM.into(), &first("profiles")["id"]), "{device}");
    let profile = first("profiles");
    assert_eq!((&profile["devices"], &profile["settings"]["skipEula"]), (&2.into(), &true.into()), "{profile}");
    let request = first("service-requests");
    assert_eq!(
        (&request["route"], &request["severity"]),
        (&"microsoftSupport".into(), &"moderate".into()),
        "{request}"
    );
    assert_eq!(request["title"], "Contoso cannot send mail");
}

/// The portals of Contoso for an agent, in their order: microsoft365AdminCenter, entra, exchange, intune, azure.
#[test]
fn portals_are_open_as_far_as_the_agents_rights_go() {
    let (_directory, server) = told();
    for (agent, at, expected) in [
        ("alex", "27", "DAP-3 DAP-1 DAP-3 DAP-3 SUB-8"),
        ("helen", "27", "DAP-3 DAP-1 no no no"),
        ("sam", "27", "no no no no no"),
        ("alex", "28", "no no no no SUB-4"),
        ("alex", "30", "no no no no no"),
    ] {
        let reply = caller(&server, agent).get(&format!("/v1/partners/{FABRIKAM}/customers?at={at}"));
        let portals = reply.items()[0]["portals"].as_array().unwrap().clone();
        let shown = |portal: &Value| {
            if portal["open"] == true { portal["rule"].as_str().unwrap().to_owned() } else { "no".to_owned() }
        };
        let shown: Vec<_> = portals.iter().map(shown).collect();
        assert_eq!(shown.join(" "), expected, "{agent} at {at}");
        assert!(portals.iter().all(|portal| !portal["reason"].as_str().unwrap().is_empty()), "{portals:?}");
    }
    let overseen = server.service("Auditor").get(&format!("/v1/partners/{FABRIKAM}/customers"));
    assert_eq!(overseen.items()[0].get("portals"), None, "nobody's portals");
}

/// What a user holds by a group, a customer is told as far as it is told who is in that group (VIS-5).
#[test]
fn what_somebody_holds_by_a_group_is_told_with_the_group() {
    let server = Server::start();
    server.tell(&world::tenants());
    server.tell(&world::relationship(&world::guid(1, 1), world::ALEX, world::CARLA, true));
    let then = server.service("Auditor").get("/v1/residual-access").position.unwrap();
    let between = json!({"customer": CONTOSO, "partner": FABRIKAM});
    server.tell(&[
        world::by(world::ALEX, "EndRelationship", between),
        world::joins(world::GRETA, "AdminAgents", world::FRANK),
    ]);
    let list = |client: &Client, who: &str, more: &str| {
        let path = format!("/v1/customers/{CONTOSO}/effective-permissions?includeEnded=true&principal={who}{more}");
        client.get(&path).items().len()
    };
    let [auditor, carla, alex] = [server.service("Auditor"), server.user(world::CARLA), server.user(world::ALEX)];
    let at = format!("&at={then}");
    let group = format!("{FABRIKAM}/AdminAgents");
    for (who, more, expected) in [
        // In the group now, of which Contoso is told nothing any more.
        (world::FRANK.to_string(), "", [1, 0, 1]),
        (world::ALEX.to_string(), "", [1, 0, 1]),
        // In the group then, and not.
        (world::ALEX.to_string(), &at, [1, 1, 1]),
        (world::FRANK.to_string(), &at, [0, 0, 0]),
        (group, "", [1, 1, 1]),
        // Its own, of whom agents are told nothing, and another partner's.
        (world::CARLA.to_string(), "", [1, 1, 0]),
        (world::NOAH.to_string(), "", [0, 0, 0]),
    ] {
        assert_eq!([&auditor, &carla, &alex].map(|client| list(client, &who, more)), expected, "{who} {more}");
    }
    let wrong = carla.get(&format!("/v1/customers/{CONTOSO}/effective-permissions?principal=alex"));
    assert_eq!(wrong.differs(400, "invalidRequest", "tenant/user"), None);
}
