//! The lists of the command line: whole, in the order of names, with names for people and ids for programs; over a server no
//! more than the token's user may know.

use crate::lists::told;
use expect_test::expect;
use procura_tests::{Ran, Server, apply, json_lines, procura, run, world};
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;
use world::{ALEX, CARLA, COLIN, CONTOSO, FABRIKAM, GRETA, LITWARE, NOBODYS, NORTHWIND, User, by, guid};

const LISTS: [&str; 8] =
    ["customers", "partners", "relationships", "permissions", "subscriptions", "devices", "invitations", "people"];

fn fixture(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures")).join(name)
}

/// The small world with a device, and names for Fabrikam's people.
fn log() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let mut lines = world::with_relationships();
    let device = json!({"customer": CONTOSO, "device": guid(7, 1), "serialNumber": "PF1K2M3N", "manufacturer": "Lenovo",
        "model": "=cmd", "partner": FABRIKAM, "groupTag": "Kiosk"});
    lines.push(by(ALEX, "AddDevice", device));
    lines.push(by(CARLA, "RevokeDap", json!({"customer": CONTOSO, "partner": FABRIKAM})));
    let role = json!({"customer": CONTOSO, "subscription": guid(5, 1), "roleAssignment": guid(6, 7), "role": "Reader",
        "principal": {"tenant": FABRIKAM, "user": ALEX.user}});
    lines.push(by(CARLA, "AssignRole", role));
    apply(directory.path(), &world::text(&lines)).all_recorded();
    let mut import = procura();
    import.args(["import", "users", "--tenant", FABRIKAM, "--data"]).arg(directory.path()).arg(fixture("users.csv"));
    assert_eq!(run(&mut import, "").code, 0);
    directory
}

fn list(words: &str, data: &Path) -> Ran {
    let ran = run(procura().args(words.split(' ')).arg("--data").arg(data), "");
    assert_eq!(ran.code, 0, "{words}: {}", ran.stderr);
    ran
}

fn there(server: &Server, user: User, roles: &[&str], words: &str) -> Ran {
    let token = server.token(user.tenant, user.user, roles);
    run(procura().args(words.split(' ')).args(["--server", &server.url, "--token", &token]), "")
}

/// Without the days, which are today's.
fn undated(text: &str) -> String {
    days(text).iter().fold(text.to_owned(), |text, day| text.replace(day, "YYYY-MM-DD"))
}

/// Every text like 2026-11-28.
fn days(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_ascii_digit() && c != '-');
    let is_day = |word: &&str| word.len() == 10 && word.starts_with("20") && word.split('-').count() == 3;
    words.filter(is_day).map(str::to_owned).collect()
}

#[test]
fn people_are_shown_names() {
    let log = log();
    let shown: String = LISTS
        .iter()
        .filter(|name| **name != "invitations")
        .map(|name| format!("$ procura {name}\n{}", undated(&list(name, log.path()).stdout)))
        .collect();
    expect![[r#"
        $ procura customers
        customer  domain           partners
        Contoso   contoso.example  Fabrikam (no delegated admin, reseller since YYYY-MM-DD, 3 left); Northwind (no delegated admin, reseller since YYYY-MM-DD)
        Litware   litware.example
        $ procura partners
        partner    domain             customers  with delegated admin  with residual access
        Fabrikam   fabrikam.example   1          0                     1
        Northwind  northwind.example  1          0                     0
        $ procura relationships
        customer  partner    relationship      delegated admin  roles  left
        Contoso   Fabrikam   since YYYY-MM-DD  no               2      3
        Contoso   Northwind  since YYYY-MM-DD  no               0      0
        $ procura permissions
        customer  who                                   role                 on       how           since       until
        Contoso   c0000000-0000-4000-8000-000000000010  GlobalAdministrator  Contoso  explicit      YYYY-MM-DD
        Contoso   Fabrikam                              Reseller             Contoso  relationship  YYYY-MM-DD
        Contoso   Fabrikam AdminAgents                  Owner                Web      provisioning  YYYY-MM-DD
        Contoso   Lind, Alex "Al"                       Reader               Web      assigned      YYYY-MM-DD
        Contoso   Northwind                             Reseller             Contoso  relationship  YYYY-MM-DD
        Litware   d0000000-0000-4000-8000-000000000010  GlobalAdministrator  Litware  explicit      YYYY-MM-DD
        $ procura subscriptions
        customer  subscription  kind          provisioned by  since       cancelled  roles
        Contoso   Mail          microsoft365  Fabrikam        YYYY-MM-DD             0
        Contoso   Web           azure         Fabrikam        YYYY-MM-DD             2
        $ procura devices
        customer  serial number  manufacturer  model  group tag  added       added by
        Contoso   PF1K2M3N       Lenovo        =cmd   Kiosk      YYYY-MM-DD  Fabrikam
        $ procura people
        tenant     name                                       user principal name                        directory roles      groups
        Contoso    c0000000-0000-4000-8000-000000000010                                                  GlobalAdministrator
        Fabrikam   =HYPERLINK("http://evil.example")          helen@fabrikam.example                                          HelpdeskAgents
        Fabrikam   Greta Lindqvist                            greta@fabrikam.example                     GlobalAdministrator
        Fabrikam   Lind, Alex "Al"                            alex@fabrikam.example                                           AdminAgents
        Fabrikam   sam_contoso.example#EXT#@fabrikam.example  sam_contoso.example#EXT#@fabrikam.example                       SalesAgents
        Litware    d0000000-0000-4000-8000-000000000010                                                  GlobalAdministrator
        Northwind  b0000000-0000-4000-8000-000000000010                                                  GlobalAdministrator
        Northwind  b0000000-0000-4000-8000-000000000011                                                                       AdminAgents
    "#]].assert_eq(&shown);
}

#[test]
fn filters_leave_what_fits() {
    let log = log();
    let lines = |words: &str| list(words, log.path()).stdout.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    let first = |words: &str| {
        let first = lines(words).into_iter().map(|line| line.split("  ").next().unwrap().to_owned());
        first.collect::<Vec<_>>().join(" ")
    };
    let of_alex = format!("permissions --of {ALEX}");
    let of_agents = format!("permissions --of {FABRIKAM}/AdminAgents");
    for (words, expected) in [
        ("customers --dap", ""),
        ("customers --residual", "Contoso"),
        ("customers --dap --at 20", "Contoso"),
        ("customers --name LIT", "Litware"),
        ("customers --name contoso.EX", "Contoso"),
        ("partners --residual", "Fabrikam"),
        ("partners --ended", ""),
        ("relationships --residual", "Contoso"),
        ("relationships --name northwind", "Contoso"),
        ("subscriptions --name WE", "Contoso"),
        ("devices --serial pf1k2m3n", "Contoso"),
        ("devices --serial pf1k2m3", ""),
        ("people --name LIND", "Fabrikam Fabrikam"),
        ("invitations --state open", "Fabrikam"),
        ("invitations --state withdrawn", ""),
    ] {
        assert_eq!(first(words), expected, "{words}");
    }
    // By what people call them.
    let agents = "permissions --of fabrikam.example/AdminAgents --customer contoso.example";
    assert_eq!(lines("permissions --of alex@fabrikam.example --customer Contoso"), lines(&of_alex));
    assert_eq!(lines(agents), lines(&of_agents));
    // What Alex holds, itself and by its group.
    assert_eq!(lines(&of_alex).len(), 2, "{:?}", lines(&of_alex));
    assert_eq!(lines(&of_agents).len(), 1, "{:?}", lines(&of_agents));
    assert_eq!(lines(&format!("{of_alex} --include-ended")).len(), 3);
    assert_eq!(lines(&format!("customers --partner {NORTHWIND}")).len(), 1);
    assert_eq!(lines(&format!("partners --customer {LITWARE}")).len(), 0);
    assert_eq!(lines(&format!("permissions --partner {FABRIKAM} --subscription {}", guid(5, 1))).len(), 2);
}

#[test]
fn programs_get_ids_and_names() {
    let log = log();
    let rows = json_lines(&list(&format!("permissions --of {ALEX} --format json"), log.path()).stdout);
    let of_user = rows.iter().find(|row| row["principal"]["user"] == ALEX.user).unwrap();
    assert_eq!(
        (&of_user["customer"]["name"], &of_user["people"][0]["displayName"]),
        (&json!("Contoso"), &json!("Lind, Alex \"Al\""))
    );
    let csv = list("devices --format csv", log.path()).stdout;
    let mut lines = csv.lines();
    assert_eq!(
        lines.next(),
        Some("customer,customerName,device,serialNumber,manufacturer,model,groupTag,added,partner,addedBy")
    );
    let line = lines.next().unwrap();
    assert!(line.contains(",Contoso,") && line.contains(",'=cmd,Kiosk,") && line.contains(",Fabrikam"), "{line}");
    for name in LISTS {
        let text = list(name, log.path()).stdout.lines().count() - 1;
        assert_eq!(json_lines(&list(&format!("{name} --format json"), log.path()).stdout).len(), text, "{name}");
        let csv = list(&format!("{name} --format csv"), log.path()).stdout;
        let ids = csv.lines().skip(1).filter(|line| line.split(',').next().is_some_and(|id| id.len() == 36)).count();
        assert_eq!(ids, text, "{name}");
    }
}

#[test]
fn a_list_is_whole_however_long() {
    let log = log();
    let file = log.path().with_extension("csv");
    let rows = (0..1_200).map(|number| format!("{},Person {:04}\n", guid(0xaa, number), 1_200 - number));
    fs::write(&file, "id,displayName\n".to_owned() + &rows.collect::<String>()).unwrap();
    let mut import = procura();
    import.args(["import", "users", "--tenant", CONTOSO, "--data"]).arg(log.path()).arg(&file);
    let ran = run(&mut import, "");
    fs::remove_file(&file).unwrap();
    assert_eq!((ran.code, ran.stderr.lines().last()), (0, Some("described 1200, unchanged 0, refused 0")));
    let listed = list(&format!("people --tenant {CONTOSO} --name person"), log.path()).stdout;
    let names: Vec<_> = listed.lines().skip(1).map(|line| line.split("  ").nth(1).unwrap().to_owned()).collect();
    assert!(names.len() == 1_200 && names.is_sorted(), "{}", names.len());
}

/// An auditor is shown what stands in the log; others no more than theirs, and nothing of what another has.
#[test]
fn a_server_shows_what_the_caller_may_know() {
    let log = log();
    let here: Vec<_> = LISTS.iter().map(|name| list(name, log.path()).stdout).collect();
    let server = Server::start_on(log.path());
    for (name, here) in LISTS.iter().zip(&here) {
        assert_eq!(there(&server, ALEX, &["Auditor"], name).stdout, *here, "{name}");
    }
    let count = |user: User, words: &str| {
        let ran = there(&server, user, &[], words);
        (ran.code == 0).then(|| ran.stdout.lines().count().saturating_sub(1))
    };
    for (name, alex, carla, greta, colin) in [
        ("customers", Some(1), Some(1), Some(0), Some(0)),
        ("partners", Some(1), Some(2), Some(1), Some(0)),
        ("relationships", Some(1), Some(2), Some(0), Some(0)),
        ("permissions", Some(3), Some(5), Some(0), Some(0)),
        ("subscriptions", Some(2), Some(2), Some(0), Some(0)),
        ("devices", Some(1), Some(1), Some(0), Some(0)),
        ("invitations", Some(2), Some(0), Some(0), Some(0)),
        ("people", None, Some(1), Some(4), None),
    ] {
        let seen = [ALEX, CARLA, GRETA, COLIN].map(|user| count(user, name));
        assert_eq!(seen, [alex, carla, greta, colin], "{name}");
    }
    // Another's and nobody's are the same.
    for words in ["customers --partner", "permissions --customer", "invitations --partner", "people --tenant"] {
        let told = [NORTHWIND, LITWARE, NOBODYS].map(|id| {
            let ran = there(&server, ALEX, &[], &format!("{words} {id}"));
            (ran.code, ran.stdout, ran.stderr.replace(id, "ID"))
        });
        assert!(told.iter().all(|one| *one == told[2]) && told[2].0 == 2, "{words}: {told:?}");
    }
}

#[test]
fn what_is_wrong_is_said() {
    let (directory, server) = told();
    drop(server);
    for (words, says) in [
        ("permissions --customer nobody.com", "`--customer`: `nobody.com` is no customer that you know of"),
        ("permissions --of alex", "`--of`"),
        ("permissions --of fabrikam/Agents", "`--of`"),
        ("devices --at never", "at"),
        ("invitations --state closed", "possible values: open, used, withdrawn, expired"),
        (&format!("customers --partner {NOBODYS}"), "there is no such"),
    ] {
        let ran = run(procura().args(words.split(' ')).arg("--data").arg(directory.path()), "");
        assert!(ran.code == 2 && ran.stderr.contains(says), "{words}: {}", ran.stderr);
    }
    let none = list("customers --name nobody", directory.path());
    assert!(none.stdout.is_empty() && none.stderr.contains("there are none"), "{}", none.stderr);
    let csv = list("customers --name nobody --format csv", directory.path());
    assert_eq!(csv.stdout, "customer,customerName,domain,registered,partners\n");
}
