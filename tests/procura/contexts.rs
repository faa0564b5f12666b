//! Where a command goes: a flag goes before the environment, the environment before a saved context.

use procura_tests::{Ran, Server, apply, procura, run, world::ODILE};
use std::{fs, os::unix::fs::PermissionsExt, path::Path};

/// Where nothing answers, each told apart by its port.
const FLAG: &str = "http://127.0.0.1:1";
const VARIABLE: &str = "http://127.0.0.1:2";
const SAVED: &str = "http://127.0.0.1:3";

fn says(home: &Path, variables: &[(&str, &str)], words: &[&str]) -> Ran {
    let mut command = procura();
    command.args(words).env("PROCURA_CONFIG_DIR", home.join("procura")).envs(variables.iter().copied());
    run(&mut command, "")
}

/// A folder with three contexts: two data directories that are none and cannot be made, and a server.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    for words in [
        &["context", "add", "first", "--data", "/dev/null/saved/first"][..],
        &["context", "add", "second", "--data", "/dev/null/saved/second"],
        &["context", "add", "served", "--server", SAVED],
    ] {
        let ran = says(home.path(), &[], words);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }
    home
}

#[test]
fn a_flag_goes_before_the_environment_and_that_before_a_saved_context() {
    let home = home();
    let token = ("PROCURA_TOKEN", "t");
    let (of_server, of_data) = (("PROCURA_SERVER", VARIABLE), ("PROCURA_DATA", "/dev/null/variable"));
    let named = ("PROCURA_CONTEXT", "second");
    let other = &["--context", "second"][..];
    for (context, variables, flags, goes) in [
        ("first", &[][..], &[][..], "/dev/null/saved/first"),
        ("served", &[token], &[], SAVED),
        ("first", &[named], &[], "/dev/null/saved/second"),
        ("first", &[("PROCURA_CONTEXT", "")], &[], "/dev/null/saved/first"),
        ("first", &[of_data], &[], "/dev/null/variable"),
        ("served", &[of_data], &[], "/dev/null/variable"),
        ("first", &[of_server, token], &[], VARIABLE),
        ("first", &[of_server, token, named], &[], VARIABLE),
        ("first", &[("PROCURA_SERVER", ""), ("PROCURA_DATA", "")], &[], "/dev/null/saved/first"),
        ("first", &[], other, "/dev/null/saved/second"),
        ("first", &[of_server, token], other, "/dev/null/saved/second"),
        ("first", &[of_data, named], &["--data", "/dev/null/flag"], "/dev/null/flag"),
        ("first", &[of_data], &["--data=/dev/null/flag"], "/dev/null/flag"),
        ("served", &[of_server, token], &["--server", FLAG], FLAG),
        ("first", &[of_data, of_server, token], &["--server", FLAG], FLAG),
        ("first", &[of_data], &["--server", FLAG, "--token", "t"], FLAG),
        // What cannot be meant.
        ("first", &[of_data, of_server, token], &[], "are both set"),
        ("first", &[], &["--data", "/dev/null/flag", "--context", "second"], "goes without `--server` and `--data`"),
        ("first", &[], &["--context", "third"], "no context `third`"),
        ("first", &[("PROCURA_CONTEXT", "third")], &[], "no context `third`"),
        ("served", &[], &[], "nobody is logged in to"),
        ("first", &[of_server], &[], "--token <TOKEN>"),
        ("first", &[("PROCURA_SERVER", "127.0.0.1:2"), token], &[], "did you mean http://127.0.0.1:2?"),
    ] {
        assert_eq!(says(home.path(), &[], &["context", "use", context]).code, 0);
        let ran = says(home.path(), variables, &[&["history"], flags].concat());
        assert!(ran.code == 2 && ran.stderr.contains(goes), "{context} {variables:?} {flags:?}: {}", ran.stderr);
    }
}

/// Every command that takes `--data` or `--server` goes where the context says.
#[test]
fn no_command_asks_for_a_place_while_a_context_is_in_use() {
    let home = home();
    let subject = "user:faaaaaaa-0000-4000-8000-000000000001/f0000000-0000-4000-8000-000000000011";
    let customer = "caaaaaaa-0000-4000-8000-000000000001";
    let resource = &format!("customer:{customer}");
    let note = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let data = home.path().join("data");
    apply(&data, "");
    let [_, key] =
        ["show", "key"].map(|what| run(procura().args(["checkpoint", what, "--data"]).arg(&data), "").stdout);
    for words in [
        &["apply"][..],
        &["backup", "/nowhere/x"],
        &["check", "--subject", subject, "--action", "directory.administer", "--resource", resource],
        &["what-if", "RevokeDap", "customer=x", "--", "partner=y"],
        &["who-could", "--action", "directory.administer", "--resource", resource],
        &["what-could", "--subject", subject],
        &["--ca-file", note, "history"],
        &["export"],
        &["consumers"],
        &["erase", "invitation:10000000-0000-4000-8000-000000000001"],
        &["report", "residual-access", "--format", "json"],
        &["report", "changes", "--from", "1", "--format", "csv"],
        &["checkpoint", "show"],
        &["proof", "get", "1"],
        &["import", "devices", note, "--customer", customer, "--partner", customer, "--actor", subject],
        &["checkpoint", "key"],
        &["upgrade"],
        &["verify"],
        &["token", "--tenant", customer, "--user", customer],
    ] {
        let ran = says(home.path(), &[], words);
        let is_asked = ran.stderr.contains("required arguments") || ran.stderr.contains("Usage:");
        assert!(!is_asked, "{words:?}: {}", ran.stderr);
    }
    // A new directory is where one says, and a report with a key is checked without a log.
    for (words, says_so) in [
        (&["restore", note][..], "--data <DIR>"),
        (&["report", "verify", note, "--key", key.trim()], "is not a report"),
        (&["history", "--help"], ""),
    ] {
        let ran = says(home.path(), &[], words);
        assert!(ran.stderr.contains(says_so) && !ran.stderr.contains("/saved"), "{words:?}: {}", ran.stderr);
    }
    assert_eq!(says(home.path(), &[], &["context", "use", "served"]).code, 0);
    let local = says(home.path(), &[], &["verify"]);
    assert!(local.stderr.contains("--data <DIR>"), "{}", local.stderr);
}

#[test]
fn contexts_are_listed_taken_into_use_and_removed() {
    let home = home();
    let shown = says(home.path(), &[], &["context"]).stdout;
    assert_eq!(
        shown.lines().map(str::trim_end).collect::<Vec<_>>(),
        [
            "   name    where                   logged in as  until",
            "*  first   /dev/null/saved/first",
            "   second  /dev/null/saved/second",
            "   served  http://127.0.0.1:3",
        ]
    );
    let lines = says(home.path(), &[], &["context", "--format", "json"]).stdout;
    assert!(
        lines.starts_with(r#"{"name":"first","inUse":true,"data":"/dev/null/saved/first","renews":false}"#),
        "{lines}"
    );
    for (words, code, told) in [
        (&["context", "use", "nowhere"][..], 2, "no context `nowhere`"),
        (&["context", "add", "first", "--data", "x"], 2, "about something else"),
        (&["context", "add", "a b", "--data", "x"], 2, "letters, digits"),
        (&["context", "add", "x"], 2, "--data <DIR>"),
        (&["context", "add", "x", "--server", "http://procura.example.com"], 2, "is not https"),
        (&["context", "use", "second"], 0, "`second` is in use"),
        (&["context", "remove", "second"], 0, "`second` is removed"),
        (&["logout"], 2, "no context is in use"),
        (&["logout", "--context", "served"], 0, "nobody was logged in"),
        (&["logout", "served"], 0, "nobody was logged in"),
        (&["login"], 2, "no server is named"),
        (&["history"], 2, "`procura login` and `procura context`"),
    ] {
        let ran = says(home.path(), &[], words);
        assert!(ran.code == code && (ran.stdout + &ran.stderr).contains(told), "{words:?}");
    }
}

#[test]
fn a_file_that_others_can_read_or_that_is_none_is_refused() {
    let home = home();
    let (folder, file) = (home.path().join("procura"), home.path().join("procura/contexts.toml"));
    for (path, mode, good, advice) in [(&file, 0o644, 0o600, "chmod 600"), (&folder, 0o750, 0o700, "chmod 700")] {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        for words in [&["history"][..], &["context"], &["context", "use", "first"]] {
            let ran = says(home.path(), &[], words);
            assert!(ran.code == 2 && ran.stderr.contains(advice), "{words:?}: {}", ran.stderr);
        }
        // It is not looked at where nothing of it is needed.
        let ran = says(home.path(), &[], &["history", "--server", FLAG, "--token", "t"]);
        assert!(ran.stderr.contains(FLAG), "{}", ran.stderr);
        fs::set_permissions(path, fs::Permissions::from_mode(good)).unwrap();
    }
    for text in [
        "current = 1",
        "[contexts.x]\nserver = \"https://a.example\"\ndata = \"/x\"",
        "[contexts.x]\nsecret = \"s3cret\"",
    ] {
        fs::write(&file, text).unwrap();
        let ran = says(home.path(), &[], &["context"]);
        assert!(ran.code == 2 && ran.stderr.contains("is not as `procura context` writes it"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("s3cret"), "{}", ran.stderr);
    }
}

/// An account without a home, a service's, needs no context; and a server for trying says how one gets in.
#[test]
fn a_service_without_a_home_and_a_server_for_trying_need_no_login() {
    let server = Server::start();
    let token = server.token(ODILE.tenant, ODILE.user, &["Operator"]);
    let mut command = procura();
    command.args(["consumers", "--server", &server.url]).env_clear().env("PROCURA_TOKEN", token);
    let ran = run(&mut command, "");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let home = tempfile::tempdir().unwrap();
    let ran = says(home.path(), &[], &["login", "--server", &server.url]);
    assert!(ran.code == 2 && ran.stderr.contains("takes tokens of `procura token`"), "{}", ran.stderr);
}
