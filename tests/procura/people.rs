//! What people are called, over the real binary: told to those who are told their ids, found by those who know of them, erased
//! everywhere (PEO-1 to PEO-3).

use procura_tests::{Client, Server, apply, procura, run, story, world};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;
use world::{CONTOSO, FABRIKAM};

pub(crate) const ROUTES: &[&str] = &["/v1/find", "/v1/labels"];

const NORTHWIND: &str = "baaaaaaa-0000-4000-8000-000000000001";
const GRETA: &str = "f0000000-0000-4000-8000-000000000010";
const ALEX: &str = "f0000000-0000-4000-8000-000000000011";
const AMIR: &str = "f0000000-0000-4000-8000-000000000014";
const CARLA: &str = "c0000000-0000-4000-8000-000000000010";
const COLIN: &str = "c0000000-0000-4000-8000-000000000011";
const NILS: &str = "b0000000-0000-4000-8000-000000000011";

/// A log that the story was told to.
fn told() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    apply(directory.path(), &fs::read_to_string(story::file()).unwrap()).all_recorded();
    directory
}

/// The display names beside an answer, in order.
fn names(answer: &Value) -> Vec<&str> {
    let people = answer["people"].as_array().map(Vec::as_slice).unwrap_or_default();
    people.iter().map(|person| person["displayName"].as_str().unwrap()).collect()
}

#[test]
fn peo_2_whoever_is_told_a_user_is_told_its_name_and_nobody_else() {
    let directory = told();
    let server = Server::start_on(directory.path());
    let [carla, alex, nils] =
        [(CONTOSO, CARLA), (FABRIKAM, ALEX), (NORTHWIND, NILS)].map(|(tenant, user)| server.client(tenant, user, &[]));
    let auditor = server.service("Auditor");
    let permissions = format!("/v1/customers/{CONTOSO}/effective-permissions?includeEnded=true");
    let members = format!("/v1/partners/{FABRIKAM}/groups/AdminAgents/members?at=20");
    let who_could = format!("/v1/who-could?action=directory.administer&resource=customer:{CONTOSO}");
    let rows: [(&str, &Client, &str, &[&str]); 12] = [
        ("Carla", &carla, &permissions, &["Carla Moreau"]),
        ("Alex", &alex, &permissions, &[]),
        ("the auditor", &auditor, &permissions, &["Carla Moreau"]),
        ("Alex", &alex, &members, &["Alex Weber", "Amir Said"]),
        ("Carla", &carla, &members, &[]),
        ("Nils", &nils, &members, &[]),
        // Helen may do nothing of the kind.
        ("Carla", &carla, &who_could, &["Carla Moreau", "Alex Weber", "Amir Said"]),
        ("the auditor", &auditor, &who_could, &["Carla Moreau", "Alex Weber", "Amir Said"]),
        ("Nils", &nils, &who_could, &[]),
        // Who did what at Contoso, as far as it concerns Fabrikam.
        ("Alex", &alex, &format!("/v1/customers/{CONTOSO}/history?type=DapRevoked"), &["Carla Moreau"]),
        ("Nils", &nils, &format!("/v1/customers/{CONTOSO}/history?type=DapRevoked"), &[]),
        // Who put whom into a group is the partner's (VIS-5).
        ("Carla", &carla, &format!("/v1/customers/{CONTOSO}/history?actor={FABRIKAM}/{GRETA}"), &[]),
    ];
    for (who, client, path, expected) in rows {
        let answer = client.get(path).body;
        let found: BTreeSet<_> = names(&answer).into_iter().collect();
        assert_eq!(found, expected.iter().copied().collect(), "{who} {path}: {answer}");
    }
    let text = alex.get(&format!("/v1/partners/{FABRIKAM}/history?type=GroupMemberRemoved")).items()[0]["text"].clone();
    assert_eq!(text, "Amir Said left the AdminAgents of Fabrikam.");
}

#[test]
fn an_explained_answer_names_who_made_it_so() {
    let directory = told();
    let server = Server::start_on(directory.path());
    let asked = |client: &Client, user: &str, position: u64| {
        let question = json!({
            "subject": {"type": "user", "id": format!("{FABRIKAM}/{user}")}, "action": {"name": "directory.administer"},
            "resource": {"type": "customer", "id": CONTOSO}, "context": {"position": position, "explain": true},
        });
        client.post("/access/v1/evaluation", &question, &[]).body["context"].clone()
    };
    let carla = server.client(CONTOSO, CARLA, &[]);
    assert_eq!(names(&asked(&carla, ALEX, 27)), ["Carla Moreau", "Alex Weber"]);
    assert_eq!(names(&asked(&carla, ALEX, 28)), ["Carla Moreau", "Alex Weber"]);
    // Whom she may not know of she is not told of, whether or not there is such a user.
    for stranger in [GRETA, "f0000000-0000-4000-8000-000000000099"] {
        assert_eq!(names(&asked(&carla, stranger, 27)), [""; 0], "{stranger}");
    }
    assert_eq!(names(&asked(&server.service("Decider"), ALEX, 28)), ["Carla Moreau"]);
    assert_eq!(names(&asked(&server.service("Auditor"), ALEX, 28)), ["Carla Moreau", "Alex Weber"]);
}

#[test]
fn peo_3_what_is_found_is_known_to_the_reader_and_all_of_it() {
    let directory = told();
    let kept = json!({"command": "RegisterCustomer", "actor": {"operator": "Odile Perrin"}, "data": {
        "customer": "caaaaaaa-0000-4000-8000-000000000002", "name": "Contoso", "domain": "contoso.fr",
        "globalAdministrator": COLIN}});
    apply(directory.path(), &kept.to_string()).all_recorded();
    let server = Server::start_on(directory.path());
    let [carla, alex] = [(CONTOSO, CARLA), (FABRIKAM, ALEX)].map(|(tenant, user)| server.client(tenant, user, &[]));
    let (auditor, decider) = (server.service("Auditor"), server.service("Decider"));
    let found = |client: &Client, query: &str| {
        let reply = client.get(&format!("/v1/find?{query}"));
        assert_eq!(reply.status, 200, "{query}: {:?}", reply.body);
        let name = |item: &Value| {
            format!(
                "{} {} ({})",
                item["type"].as_str().unwrap(),
                item["name"].as_str().unwrap(),
                item["in"].as_str().unwrap()
            )
        };
        reply.items().iter().map(name).collect::<Vec<_>>().join(", ")
    };
    let contoso = "customer Contoso (contoso.com)";
    let web_shop = "subscription Contoso Web Shop (Contoso)";
    for (client, query, expected) in [
        (&carla, "type=customer&text=CONTOSO.com", contoso),
        (&carla, "type=tenant&text=contoso", contoso),
        (&auditor, "type=tenant&text=contoso", "customer Contoso (contoso.com), customer Contoso (contoso.fr)"),
        (&carla, "type=partner&text=fabrikam.com", "partner Fabrikam (fabrikam.com)"),
        (&carla, "type=customer&text=fabrikam.com", ""),
        (&alex, "type=partner&text=northwindtraders.com", ""),
        (&alex, "type=customer&text=contoso.fr", ""),
        (&alex, "type=customer&text=Contoso", contoso),
        (&decider, "type=tenant&text=contoso.com", ""),
        (&carla, "type=user&text=Alex@Fabrikam.com", "user Alex Weber (Fabrikam)"),
        (&carla, "type=user&text=greta@fabrikam.com", ""),
        (&carla, "type=user&text=colin@contoso.com", "user Colin Petit (Contoso)"),
        (&alex, "type=user&text=colin@contoso.com", ""),
        (&alex, "type=user&text=helen@fabrikam.com", "user Helen Okafor (Fabrikam)"),
        (&auditor, "type=user&text=nils@northwindtraders.com", "user Nils Berg (Northwind)"),
        (&auditor, "type=subscription&text=contoso%20web%20shop", web_shop),
        (&alex, "type=subscription&text=Contoso%20Web%20Shop", web_shop),
        (&alex, "type=subscription&text=Contoso%20Production", ""),
        (&alex, "type=device&text=pf1k2m3n", "device PF1K2M3N (Contoso)"),
        (&carla, "type=profile&text=Contoso%20standard", "profile Contoso standard (Contoso)"),
    ] {
        assert_eq!(found(client, query), expected, "{query}");
    }
    let labels = |client: &Client| {
        let ids =
            [CONTOSO, FABRIKAM, NORTHWIND, &format!("{FABRIKAM}/{ALEX}"), &format!("{FABRIKAM}/{GRETA}")].join(",");
        let reply = client.get(&format!("/v1/labels?ids={ids},5b000000-0000-4000-8000-000000000001"));
        let names = reply.items().iter().map(|item| item["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>().join(", ")
    };
    assert_eq!(labels(&carla), "Contoso, Fabrikam, Northwind, Alex Weber, Contoso Production");
    assert_eq!(labels(&alex), "Contoso, Fabrikam, Alex Weber, Contoso Production");
    assert_eq!(labels(&auditor), "Contoso, Fabrikam, Northwind, Alex Weber, Greta Lindqvist, Contoso Production");
    assert_eq!(labels(&decider), "");
    assert_eq!(carla.get("/v1/labels?ids=contoso").status, 400);
    assert_eq!(carla.get("/v1/find?type=user&text=Alex").status, 400);
    assert_eq!(server.stranger().get("/v1/find?type=tenant&text=contoso").status, 401);
}

#[test]
fn peo_3_nothing_acts_on_a_name_that_fits_several_things() {
    let directory = told();
    let kept = json!({"command": "RegisterCustomer", "actor": {"operator": "Odile Perrin"}, "data": {
        "customer": "caaaaaaa-0000-4000-8000-000000000002", "name": "Contoso", "domain": "contoso.fr",
        "globalAdministrator": COLIN}});
    apply(directory.path(), &kept.to_string()).all_recorded();
    let tried = |arguments: &[&str]| run(procura().args(arguments).arg("--data").arg(directory.path()), "");
    let question = |customer: &str| {
        let resource = format!("customer:{customer}");
        tried(&["check", "--subject", "carla@contoso.com", "--action", "customer.view", "--resource", &resource])
    };
    assert_eq!(question("contoso.com").code, 0);
    let ambiguous = question("Contoso");
    assert_eq!((ambiguous.code, ambiguous.stdout.as_str()), (2, ""));
    let says = "error: `--resource`: `Contoso` fits more than one thing; name the one that is meant by its id:";
    assert!(ambiguous.stderr.contains(says), "{}", ambiguous.stderr);
    assert!(ambiguous.stderr.contains(CONTOSO) && ambiguous.stderr.contains("contoso.fr"), "{}", ambiguous.stderr);
    let unknown = question("contoso.org");
    assert!(unknown.stderr.contains("`contoso.org` is no customer that you know of"), "{}", unknown.stderr);
    let what_if = tried(&["what-if", "RenegotiateContract", "customer=Contoso", "partner=fabrikam.com"]);
    assert_eq!((what_if.code, what_if.stdout.as_str()), (2, ""));
}

/// Every file below.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn peo_2_an_erased_name_is_nowhere_any_more() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    apply(&data, &fs::read_to_string(story::file()).unwrap()).all_recorded();
    const NAMES: [&str; 4] = ["Carla", "Moreau", "carla@contoso.com", "Y2FybGFA"];
    let mut program = procura();
    program.env("PROCURA_LOG", "trace");
    let mut server = Server::start_by(program, &data);
    let everything = |server: &Server| {
        let auditor = server.service("Auditor");
        let lists = [
            format!("/v1/customers/{CONTOSO}/effective-permissions?includeEnded=true"),
            format!("/v1/tenants/{CONTOSO}/directory-roles/GlobalAdministrator/members"),
            format!("/v1/customers/{CONTOSO}/history?limit=500"),
            format!("/v1/who-could?action=directory.administer&resource=customer:{CONTOSO}"),
            format!("/v1/labels?ids={CONTOSO}/{CARLA}"),
            "/v1/find?type=user&text=carla@contoso.com".to_owned(),
            "/v1/events?limit=500".to_owned(),
        ];
        lists.map(|path| auditor.get(&path).body.to_string()).join("\n")
    };
    let before = everything(&server);
    assert!(before.contains("Carla Moreau") && before.contains("carla@contoso.com"));
    let subject = json!({"subject": format!("user:{CONTOSO}/{CARLA}")});
    server.service("Operator").command("ErasePersonalData", &subject);
    let after = everything(&server);
    assert!(!NAMES.iter().any(|name| after.contains(name)), "{after}");
    server.stop();
    let log = server.stderr();
    assert!(!NAMES.iter().any(|name| log.contains(name)), "{log}");
    for path in files(&data) {
        let bytes = fs::read(&path).unwrap();
        for name in NAMES {
            assert!(!bytes.windows(name.len()).any(|window| window == name.as_bytes()), "{name} in {}", path.display());
        }
    }
    // Nor after a start; and the same name may be given again.
    let server = Server::start_on(&data);
    let after = everything(&server);
    assert!(!NAMES.iter().any(|name| after.contains(name)), "{after}");
    let names = json!({"tenant": CONTOSO, "user": CARLA, "userPrincipalName": "carla@contoso.com"});
    server.client(CONTOSO, CARLA, &[]).command("DescribeUser", &names);
    assert!(everything(&server).contains("carla@contoso.com"));
}

#[test]
fn a_user_is_erased_by_the_name_it_signs_in_with() {
    let directory = told();
    let erase = || {
        let user = "user:amir@fabrikam.com";
        run(procura().args(["erase", "--operator", "olga", user, "--data"]).arg(directory.path()), "")
    };
    let erased = erase();
    assert_eq!(erased.code, 0, "{}", erased.stderr);
    assert!(erased.stderr.contains(&format!("Amir Said (Fabrikam), {FABRIKAM}/{AMIR}")), "{}", erased.stderr);
    let again = erase();
    assert_eq!(again.code, 2);
    assert!(again.stderr.contains("`amir@fabrikam.com` is no user that you know of"), "{}", again.stderr);
}
