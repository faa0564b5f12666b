//! `procura import users`: the file that Entra exports says what a tenant's users are called, again without doubles; what is
//! wrong is named by line and column.

use expect_test::expect;
use procura_tests::{Ran, Server, apply, export, procura, run, world};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;
use world::{ALEX, CARLA, CONTOSO, FABRIKAM, GRETA, NOBODYS, NORTHWIND, User};

fn fixture(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures")).join(name)
}

/// What an import did.
struct Imported {
    code: i32,
    rows: Vec<Value>,
    stderr: String,
}

impl Imported {
    fn summary(&self) -> &str {
        self.stderr.lines().last().unwrap_or_default()
    }

    /// Its rows, one a line.
    fn shown(&self) -> String {
        let texts = self.rows.iter().map(|row| {
            let text = |field: &str| row[field].as_str().unwrap_or("-").to_owned();
            let [user, code, column, message] = ["user", "code", "column", "message"].map(text);
            let user = user.rsplit('-').next().unwrap_or_default().to_owned();
            let ok = if row["ok"] == true { "ok" } else { "refused" };
            format!("{} {} {user}: {ok} {code} | {column} | {message}\n", row["row"], row["line"])
        });
        texts.collect()
    }
}

fn import(file: &Path, arguments: &[&str]) -> Imported {
    let mut command = procura();
    let Ran { code, stdout, stderr } =
        run(command.args(["import", "users"]).arg(file).args(arguments).env("USER", "odile"), "");
    Imported { code, rows: stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), stderr }
}

fn log() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    apply(directory.path(), &world::text(&world::tenants())).all_recorded();
    directory
}

fn here(file: &Path, data: &Path, arguments: &[&str]) -> Imported {
    let common = ["--tenant", FABRIKAM, "--data", data.to_str().unwrap()];
    import(file, &[&common[..], arguments].concat())
}

/// What Fabrikam's people are called, as CSV.
fn people(data: &Path) -> String {
    let ran = run(procura().args(["people", "--format", "csv", "--tenant", FABRIKAM, "--data"]).arg(data), "");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    ran.stdout.lines().skip(1).map(|line| line.split_once(",Fabrikam,").unwrap().1.to_owned() + "\n").collect()
}

#[test]
fn the_file_that_entra_exports_goes_in_once() {
    let log = log();
    let first = here(&fixture("users.csv"), log.path(), &[]);
    expect![[r#"
        1 2 000000000010: ok - | - | -
        2 4 000000000011: ok - | - | -
        3 5 000000000012: ok - | - | -
        4 6 000000000013: ok - | - | -
    "#]]
    .assert_eq(&first.shown());
    assert_eq!((first.code, first.stderr.as_str()), (0, "described 4, unchanged 0, refused 0\n"));
    let said = export(log.path()).pop().unwrap();
    assert_eq!((&said["type"], &said["authid"]), (&json!("procura.UserDescribed.v1"), &json!("odile")));
    assert!(!said.to_string().contains("Sam") && said["authentication"] == "stated", "{said}");
    expect![[r#"
        f0000000-0000-4000-8000-000000000012,"'=HYPERLINK(""http://evil.example"")",helen@fabrikam.example,,HelpdeskAgents
        f0000000-0000-4000-8000-000000000010,Greta Lindqvist,greta@fabrikam.example,GlobalAdministrator,
        f0000000-0000-4000-8000-000000000011,"Lind, Alex ""Al""",alex@fabrikam.example,,AdminAgents
        f0000000-0000-4000-8000-000000000013,,sam_contoso.example#EXT#@fabrikam.example,,SalesAgents
    "#]]
    .assert_eq(&people(log.path()));

    let position = export(log.path()).len();
    let again = here(&fixture("users.csv"), log.path(), &["--actor", &GRETA.to_string()]);
    assert_eq!((again.code, again.summary()), (0, "described 0, unchanged 4, refused 0"));
    assert!(again.rows.iter().all(|row| row["ok"] == true && row["code"] == "unchanged"), "{:?}", again.rows);
    assert_eq!(export(log.path()).len(), position, "nothing twice");
}

/// As Excel writes "CSV UTF-8" in France: a cell that is empty takes nothing away.
#[test]
fn semicolons_and_a_byte_order_mark_are_taken() {
    let log = log();
    here(&fixture("users.csv"), log.path(), &[]);
    let imported = here(&fixture("users.french.csv"), log.path(), &["--actor", &GRETA.to_string()]);
    assert_eq!(imported.stderr, "described 2, unchanged 0, refused 0\n");
    let lines: Vec<_> = imported.rows.iter().map(|row| row["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [2, 4]);
    let said = people(log.path());
    for expected in [
        "000010,\"Gréta, née Öberg\",GRETA@fabrikam.example,",
        "000014,\"François \"\"Frank\"\" Ménard\",,",
        "000013,,sam_",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
}

#[test]
fn bad_rows_are_named_and_the_good_ones_go_in() {
    let log = log();
    let file = log.path().with_extension("csv");
    let id = |number: u64| format!("f0000000-0000-4000-8000-{number:012}");
    let mut text = b"id,displayName,userPrincipalName,city\n".to_vec();
    let rows = [
        format!("{},Ada,ada@fabrikam.example,\"two\nlines\"\n", id(21)),
        "not-an-id,Bo,bo@fabrikam.example,\n".to_owned(),
        ",Bo,bo@fabrikam.example,\n".to_owned(),
        format!("{},,,\n", id(22)),
        format!("{},\"Bo\nb\",bo@fabrikam.example,\n", id(22)),
        format!("{},Bo\u{1b}[31m,bo@fabrikam.example,\n", id(22)),
        format!("{},Bo,no address,\n", id(22)),
        format!("{},Bo,ADA@fabrikam.example,\n", id(22)),
        format!("{},{},,\n", id(22), "x".repeat(300)),
        format!("{},Bo\n", id(22)),
        format!("{},Bo,bo@fabrikam.example,,\n", id(22)),
        format!("{},Cy,cy@fabrikam.example,\n", id(23)),
    ];
    rows.iter().for_each(|row| text.extend(row.bytes()));
    text.extend([id(24).as_bytes(), b",D\xe9,,\n"].concat());
    fs::write(&file, text).unwrap();
    let imported = here(&file, log.path(), &[]);
    fs::remove_file(&file).unwrap();
    expect![[r#"
        1 2 000000000021: ok - | - | -
        2 4 id: refused invalidCommand | id | `not-an-id` is not a GUID like 8e3af657-a8ff-443c-a75c-2fe8c4bcb635
        3 5 : refused invalidCommand | id | `` is not a GUID like 8e3af657-a8ff-443c-a75c-2fe8c4bcb635
        4 6 000000000022: refused invalidCommand | - | the row has no name for the user
        5 7 000000000022: refused invalidCommand | displayName | has a line's end in it; is a closing quote missing?
        6 9 000000000022: refused invalidCommand | displayName | has the control character U+001B
        7 10 000000000022: refused invalidCommand | userPrincipalName | is not a user principal name like alex@contoso.com
        8 11 000000000022: refused nameTaken | - | another user of this tenant has this user principal name; describe that one first, or erase its names
        9 12 000000000022: refused invalidCommand | displayName | is 300 characters long; at most 256 are taken
        10 13 000000000022: refused invalidCommand | userPrincipalName | cells in the row: 2, columns in the first line: 4
        11 14 000000000022: refused invalidCommand | - | cells in the row: 5, columns in the first line: 4
        12 15 000000000023: ok - | - | -
        13 16 000000000024: refused invalidCommand | displayName | is not UTF-8; save the file as UTF-8
    "#]].assert_eq(&imported.shown());
    assert_eq!((imported.code, imported.summary()), (1, "described 2, unchanged 0, refused 11"));
}

#[test]
fn over_http_it_is_the_same_for_those_who_may() {
    let server = Server::start();
    server.tell(&world::tenants());
    let there = |user: User, roles: &[&str], file: &str, tenant: &str| {
        let token = server.token(user.tenant, user.user, roles);
        import(&fixture(file), &["--tenant", tenant, "--server", &server.url, "--token", &token])
    };
    let first = there(GRETA, &[], "users.csv", FABRIKAM);
    assert_eq!((first.code, first.summary()), (0, "described 4, unchanged 0, refused 0"), "{}", first.stderr);
    let again = there(ALEX, &["Operator"], "users.csv", FABRIKAM);
    assert_eq!((again.code, again.summary()), (0, "described 0, unchanged 4, refused 0"));
    let before = server.service("Auditor").get("/v1/residual-access").position;
    // Another tenant's names, what is no tenant, its own without being an administrator: the same words.
    let mut said = Vec::new();
    for (user, tenant) in [(CARLA, FABRIKAM), (GRETA, CONTOSO), (GRETA, NORTHWIND), (GRETA, NOBODYS), (ALEX, FABRIKAM)]
    {
        let refused = there(user, &[], "users.csv", tenant);
        assert!(refused.code == 2 && refused.rows.is_empty(), "{user} {tenant}: {}", refused.stderr);
        said.push(refused.stderr);
    }
    said.dedup();
    assert!(said.len() == 1 && said[0].contains("`--tenant`: no such tenant"), "{said:?}");
    let auditor = there(ALEX, &["Auditor"], "users.csv", FABRIKAM);
    assert!(auditor.code == 2 && auditor.stderr.contains("auditors write nothing"), "{}", auditor.stderr);
    assert_eq!(server.service("Auditor").get("/v1/residual-access").position, before);
}

#[test]
fn files_and_flags_that_are_wrong() {
    let log = log();
    let file = log.path().with_extension("csv");
    for (text, says) in [
        ("", "the first line must name the columns, at least `id`"),
        ("userPrincipalName,displayName\na,b\n", "at least `id`"),
        ("id,mail\na,b\n", "`displayName`, `userPrincipalName`, or both"),
        ("id,Object ID,displayName\na,b,c\n", "the column `id` is there twice"),
        ("i\0d\0", "UTF-16"),
    ] {
        fs::write(&file, text).unwrap();
        let imported = here(&file, log.path(), &[]);
        assert!(imported.code == 2 && imported.stderr.contains(says), "{text}: {}", imported.stderr);
    }
    fs::remove_file(&file).unwrap();
    let data = log.path().to_str().unwrap();
    for (arguments, says) in [
        (&["--tenant", "tailspin.example", "--data", data][..], "`tailspin.example` is no tenant that you know of"),
        (&["--tenant", NOBODYS, "--data", data], "no such tenant"),
        (&["--tenant", FABRIKAM, "--data", data, "--actor", "greta"], "GUIDs"),
        (&["--tenant", FABRIKAM, "--data", "/nowhere"], "holds no log"),
        (&["--data", data], "--tenant"),
    ] {
        let imported = import(&fixture("users.csv"), arguments);
        assert!(imported.code == 2 && imported.stderr.contains(says), "{arguments:?}: {}", imported.stderr);
    }
}
