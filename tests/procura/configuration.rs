//! How a server is set up: files, variables and flags, and what is refused, with its place.

use procura_tests::{Ran, Server, procura, run};
use serde_json::Value;
use std::{fs, path::PathBuf};
use tempfile::TempDir;

const EXAMPLE: &str = include_str!("../../docs/procura.toml");

/// A file with that text, in a folder that goes with the value.
fn file(text: &str) -> (TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("procura.toml");
    fs::write(&path, text).unwrap();
    (home, path)
}

fn config(action: &str, text: &str, variables: &[(&str, &str)], flags: &[&str]) -> Ran {
    let (_home, path) = file(text);
    let mut command = procura();
    command.args(["config", action, "--config"]).arg(&path).args(flags).envs(variables.iter().copied());
    let mut ran = run(&mut command, "");
    let name = path.display().to_string();
    (ran.stdout, ran.stderr) = (ran.stdout.replace(&name, "FILE"), ran.stderr.replace(&name, "FILE"));
    ran
}

/// The keys of a table that have values, dotted; those of a list's tables under the list's name.
fn keys(value: &toml::Value, under: &str) -> Vec<String> {
    match value {
        toml::Value::Table(table) => {
            let named = |(key, value): (&String, &toml::Value)| {
                keys(value, &if under.is_empty() { key.clone() } else { format!("{under}.{key}") })
            };
            table.iter().flat_map(named).collect()
        }
        // Of issuers without any.
        toml::Value::Array(items) if items.is_empty() && under.ends_with("applications") => vec![],
        toml::Value::Array(items) if items.iter().any(toml::Value::is_table) => {
            items.iter().flat_map(|item| keys(item, under)).collect()
        }
        _ => vec![under.to_owned()],
    }
}

#[test]
fn the_example_has_every_key_and_its_defaults_are_the_programs() {
    let shown = config("show", EXAMPLE, &[], &[]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    let shown: toml::Value = toml::from_str(&shown.stdout).unwrap();
    let example: toml::Value = toml::from_str(EXAMPLE).unwrap();
    let (mut there, mut known) = (keys(&example, ""), keys(&shown, ""));
    for keys in [&mut there, &mut known] {
        keys.sort();
        keys.dedup();
    }
    assert_eq!(there, known);
    // What nothing is configured for.
    let defaults: toml::Value = toml::from_str(&config("show", "", &[], &[]).stdout).unwrap();
    assert_eq!(example["limits"], defaults["limits"]);
    assert_eq!(example["storage"], defaults["storage"]);
    assert_eq!(example["http"]["listen"], defaults["http"]["listen"]);
    assert_eq!(example["checkpoints"]["every_minutes"], defaults["checkpoints"]["every_minutes"]);
}

#[test]
fn a_flag_goes_before_the_environment_and_that_before_the_file() {
    let text = "[http]\nlisten = \"127.0.0.1:1\"\npublic_url = \"https://file.example\"\n[limits.turns]\nwaiting = 3\n";
    let variables = [
        ("PROCURA_HTTP__PUBLIC_URL", "https://variable.example"),
        ("PROCURA_HTTP__LISTEN", "127.0.0.1:2"),
        ("PROCURA_LIMITS__TURNS__AT_ONCE", "7"),
        ("PROCURA_HTTP__PROXIES", "[\"10.0.0.1\"]"),
        ("PROCURA_DATA", "/var/lib/procura"),
    ];
    let shown = config("show", text, &variables, &["--listen", "127.0.0.1:3"]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    for line in [
        "data = \"/var/lib/procura\"  # PROCURA_DATA",
        "listen = \"127.0.0.1:3\"  # --listen",
        "public_url = \"https://variable.example\"  # PROCURA_HTTP__PUBLIC_URL",
        "proxies = [\"10.0.0.1\"]  # PROCURA_HTTP__PROXIES",
        "at_once = 7  # PROCURA_LIMITS__TURNS__AT_ONCE",
        "waiting = 3  # FILE",
        "of_owner = 2  # default",
    ] {
        assert!(shown.stdout.lines().any(|found| found == line), "{line}\n{}", shown.stdout);
    }
}

/// A file, variables, and what is said of them.
type Refused<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let issuer = "[[issuers]]\naudiences = [\"procura\"]\n";
    let tenant = "faaaaaaa-0000-4000-8000-000000000001";
    let entra = |more: &str| format!("{issuer}preset = \"entra\"\ntenants = \"any\"\n{more}");
    let plain = |name: &str, tenants: &str| format!("{issuer}issuer = \"{name}\"\ntenants = {tenants}\n");
    let rows: &[Refused] = &[
        ("[http]\nlistne = \"x\"\n", &[], "FILE:2:1: there is no key `listne`; did you mean `listen`?"),
        ("[htpt]\n", &[], "FILE:1:2: there is no key `htpt`; did you mean `http`?"),
        ("[http]\nlisten = 7\n", &[], "FILE:2:10: "),
        ("[http]\nlisten = \"nowhere\"\n", &[], "FILE:2:10: `nowhere` is no place to listen"),
        ("[http\n", &[], "FILE:1:6: "),
        ("[limits.rates]\nuser_commands_burst = 0\n", &[], "FILE:2:23: "),
        ("[limits.turns]\nwaiting = 0\n", &[], "limits.turns.waiting: is 0"),
        ("[limits.connections]\nhead_bytes = 1\n", &[], "limits.connections.head_bytes: "),
        (
            "",
            &[("PROCURA_HTTP__LISTNE", "x")],
            "PROCURA_HTTP__LISTNE: there is no key `listne`; did you mean `listen`?",
        ),
        ("", &[("PROCURA_LIMITS__TURNS__WAITING", "many")], "PROCURA_LIMITS__TURNS__WAITING: "),
        ("", &[("PROCURA_NO__SUCH", "x")], "PROCURA_NO__SUCH: there is no key `no`"),
        ("[[issuers]]\n", &[], "FILE:1:1: missing field `audiences`"),
        (&plain("https://a.example", "[]"), &[], "issuer 1: `tenants` is empty"),
        (&plain("https://a.example", "\"any\""), &[], "issuer 1: `tenants` is \"any\", but the issuer's name has no"),
        (&plain("https://a.example", "\"some\""), &[], "FILE:4:11: write \"any\" or a list of GUIDs"),
        (&plain("http://a.example", &format!("[\"{tenant}\"]")), &[], "issuer 1: `discovery` `http://a.example"),
        (
            &(plain("https://a.example", &format!("[\"{tenant}\"]"))
                + &plain("https://b.example", &format!("[\"{tenant}\"]"))),
            &[],
            "issuer 2: `tenants` has faaaaaaa-0000-4000-8000-000000000001 again",
        ),
        (
            &(entra("") + &entra("authority = \"https://b.example\"\n")),
            &[],
            "issuer 2: `tenants` is \"any\", and so is",
        ),
        (&entra("issuer = \"https://a.example\"\n"), &[], "issuer 1: `issuer` goes without `preset`"),
        (&entra("algorithms = [\"HS256\"]\n"), &[], "FILE:5:15: "),
        (&entra("algorithms = [\"none\"]\n"), &[], "FILE:5:15: "),
        (&entra("keys_refresh_seconds = 1\n"), &[], "issuer 1: `keys_refresh_seconds` is less than 5"),
        (&entra("ca_file = \"/nowhere\"\n"), &[], "issuer 1: `ca_file` /nowhere: "),
        ("[identity]\nrevoked_file = \"/nowhere\"\n", &[], "/nowhere: "),
        ("[tls]\ncertificate = \"/nowhere\"\nkey = \"/nowhere\"\n", &[], "/nowhere: "),
    ];
    for (text, variables, expected) in rows {
        let ran = config("check", text, variables, &[]);
        assert_eq!(ran.code, 2, "{text}{}", ran.stdout);
        assert!(ran.stderr.contains(&format!("error: {expected}")), "{text}\n{expected}\n{}", ran.stderr);
    }
}

#[test]
fn a_server_is_set_up_by_a_file() {
    let home = tempfile::tempdir().unwrap();
    let text = "[limits.rates]\nservice_questions_burst = 3\nservice_questions_per_second = 1\n";
    let path = home.path().join("procura.toml");
    fs::write(&path, text).unwrap();
    let server = Server::start_with(&home.path().join("data"), &["--config", path.to_str().unwrap()]);
    let auditor = server.service("Auditor");
    let statuses: Vec<u16> = (0..5).map(|_| auditor.get("/v1/residual-access").status).collect();
    assert_eq!(statuses[..3], [200; 3]);
    assert!(statuses.contains(&429), "{statuses:?}");
}

#[test]
fn a_caller_is_told_whom_it_is_taken_for() {
    let server = Server::start();
    let told = server.service("Auditor").get("/v1/caller");
    let expected: Value = serde_json::json!({"tenant": procura_tests::world::ODILE.tenant, "user": procura_tests::world::ODILE.user,
        "roles": ["Auditor"], "issuer": "urn:procura:dev"});
    assert_eq!((told.status, told.body), (200, expected));
}
