//! The help, and what the command line says about a slip: every command has a place, a word nearly right is proposed, and
//! a missing piece comes with what gives it.

use procura_tests::{Ran, apply, procura, run, world};
use std::fs;

fn says(words: &[&str]) -> Ran {
    run(procura().args(words).env_remove("PROCURA_TOKEN"), "")
}

#[test]
fn the_help_has_every_command_in_its_group_after_the_first_steps() {
    let help = says(&["--help"]);
    assert_eq!(help.code, 0);
    let titles = ["First steps:", "Ask:", "List:", "Change:", "Evidence:", "Operate:", "Options:"];
    let places: Vec<_> = titles
        .map(|title| help.stdout.find(&format!("\n{title}\n")).unwrap_or_else(|| panic!("{title}: {}", help.stdout)))
        .into();
    assert!(places.is_sorted(), "{}", help.stdout);
    let commands = [
        "apply",
        "backup",
        "bench",
        "check",
        "checkpoint",
        "completions",
        "config",
        "customers",
        "devices",
        "context",
        "do",
        "erase",
        "export",
        "history",
        "import",
        "invitations",
        "login",
        "logout",
        "man",
        "partners",
        "people",
        "permissions",
        "proof",
        "relationships",
        "report",
        "restore",
        "serve",
        "subscriptions",
        "tell",
        "token",
        "upgrade",
        "verify",
        "what-could",
        "what-if",
        "who-could",
    ];
    for command in commands {
        let found = help.stdout.lines().filter(|line| line.starts_with(&format!("  {command} "))).count();
        assert_eq!(found, 1, "{command}: {}", help.stdout);
    }
    assert!(!help.stdout.contains("verify-copy") && !help.stdout.contains('\u{1b}'), "{}", help.stdout);
    for same in [&["help"][..], &["-h"]] {
        assert_eq!(says(same).stdout, help.stdout);
    }
}

#[test]
fn a_slip_gets_a_proposal() {
    for (words, proposal) in [
        (&["histroy"][..], "'history'"),
        (&["checkpoint", "shwo"], "'show'"),
        (&["history", "--custmer", "x"], "'--customer'"),
        (&["history", "--data", "x", "--format", "jsno"], "'json'"),
        (&["history", "--server", "localhost:7878", "--token", "x"], "did you mean http://localhost:7878?"),
        (&["history", "--server", "ftp://localhost", "--token", "x"], "by http:// or https://, not by ftp://"),
        (&["history", "--server", "http://127.0.0.1:7878"], "the variable PROCURA_TOKEN gives it"),
        (&["history"], "`--server URL` one that is served; that needs a token, in PROCURA_TOKEN"),
        (&["proof", "check", "event.json"], "`procura checkpoint key --data DIR` prints the key"),
        (&["proof", "check", "event.json", "--key", "nowhere.vkey"], "or name a file that holds it"),
        (
            &["proof", "check", "event.json", "--key", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")],
            "in that file: this is not a",
        ),
    ] {
        let ran = says(words);
        assert!(ran.code == 2 && ran.stderr.contains(proposal), "{words:?}: {}", ran.stderr);
    }
}

#[test]
fn a_key_may_stand_in_a_file() {
    let home = tempfile::tempdir().unwrap();
    let [data, key, note] = ["data", "log.vkey", "now.note"].map(|name| home.path().join(name));
    apply(&data, &world::text(&world::tenants())).all_recorded();
    let shown = |words: &[&str]| run(procura().args(words).arg("--data").arg(&data), "").stdout;
    fs::write(&note, shown(&["checkpoint", "show"])).unwrap();
    let text = shown(&["checkpoint", "key"]);
    fs::write(&key, &text).unwrap();
    for key in [key.to_str().unwrap(), text.trim()] {
        let mut command = procura();
        command.args(["verify", "--key", key, "--checkpoint"]).arg(&note).arg("--data").arg(&data);
        let ran = run(&mut command, "");
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }
}

#[test]
fn apply_ends_with_1_after_a_refusal_only_if_it_is_strict() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    apply(&data, &world::text(&world::tenants())).all_recorded();
    let [good, refused] = ["HelpdeskAgents", "Owners"].map(|group| world::joins(world::GRETA, group, world::FRANK));
    for (flags, lines, code) in [
        (&["--strict"][..], format!("{good}\n"), 0),
        (&["--strict"], format!("{refused}\n"), 1),
        (&[], format!("{refused}\n"), 0),
        (&["--strict"], format!("{refused}\nno line\n"), 2),
    ] {
        let ran = run(procura().arg("apply").args(flags).arg("--data").arg(&data), &lines);
        assert_eq!(ran.code, code, "{flags:?} {}", ran.stderr);
        assert!(ran.stderr.contains("applied "), "{}", ran.stderr);
    }
}
