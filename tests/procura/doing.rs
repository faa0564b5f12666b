//! Commands issued by hand: what takes something away is asked about or needs `--yes`, names that fit several things are
//! refused, and what is done once is done once.

use procura_tests::{Ran, Server, apply, export, procura, run, run_and_answer, story, world::ODILE};
use serde_json::{Value, json};
use std::{
    fs,
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// The story up to Contoso's revocation, with what its people are called; then more.
fn told(data: &Path, more: &[Value]) {
    let story = fs::read_to_string(story::file()).unwrap();
    let is_wanted = |(number, line): &(usize, &str)| *number < 19 || line.contains("DescribeUser");
    let lines = story.lines().enumerate().filter(is_wanted).map(|(_, line)| line.to_owned());
    let lines: Vec<_> = lines.chain(more.iter().map(Value::to_string)).collect();
    apply(data, &(lines.join("\n") + "\n")).all_recorded();
}

fn on(data: &Path, words: &[&str]) -> Command {
    let mut command = procura();
    command.args(words).env("PROCURA_DATA", data);
    command
}

const REVOKES: [&str; 4] = ["do", "RevokeDap", "customer=contoso.com", "partner=fabrikam.com"];
const AS_CARLA: [&str; 2] = ["--as", "carla@contoso.com"];

#[test]
fn the_help_lists_commands_and_fields() {
    let says = |words: &[&str]| run(procura().args(words), "").stdout;
    let all = says(&["do", "--help"]);
    let names: Vec<_> = all.lines().filter_map(|line| line.strip_prefix("  ")?.split_once("  ")).collect();
    let names: Vec<_> =
        names.into_iter().map(|(name, _)| name).filter(|name| name.starts_with(char::is_uppercase)).collect();
    assert!(names.len() > 30 && names.contains(&"RevokeDap"), "{all}");
    for name in names {
        let help = says(&["do", name, "--help"]);
        assert!(help.contains("\nFields:\n  ") && help.contains(&format!("\n  procura do {name} ")), "{help}");
    }
    let help = says(&["do", "AssignRole", "--help"]);
    assert!(help.contains("  role            The role on the subscription.\n"), "{help}");
    assert!(help.contains("principal.group=AdminAgents"), "{help}");
    let slip = run(procura().args(["do", "RevokeDpa"]), "");
    assert!(slip.code == 2 && slip.stderr.contains("'RevokeDap'"), "{}", slip.stderr);
    for shell in ["bash", "zsh", "fish"] {
        let script = says(&["completions", shell]);
        assert!(script.contains("RevokeDap") && script.contains("roleAssignment="), "{shell}");
    }
    let script = says(&["completions", "fish"]);
    for line in [
        r#""__fish_procura_using_subcommand do; and __fish_seen_subcommand_from RevokeDap" -f -a "partner=""#,
        r#""__fish_procura_using_subcommand what-if; and not __fish_seen_subcommand_from RegisterPartner "#,
        r#"DeleteWebhook" -f -a "RevokeDap""#,
    ] {
        assert!(script.contains(line), "{line}");
    }
}

#[test]
fn nothing_is_taken_away_where_nobody_can_be_asked() {
    let home = tempfile::tempdir().unwrap();
    told(home.path(), &[]);
    let recorded = export(home.path()).len();
    let revoke = [&REVOKES[..], &AS_CARLA].concat();
    for words in [&revoke[..], &[&revoke[..], &["--format", "json"]].concat()] {
        let Ran { code, stdout, stderr } = run(&mut on(home.path(), words), "y\n");
        assert!(code == 2 && stdout.is_empty() && stderr.contains("add `--yes`"), "{stdout}{stderr}");
    }
    // What only gives needs no asking, and what is refused says for whom it is.
    let assign = ["principal.group=HelpdeskAgents", "principal.partner=fabrikam.com", "role=Reader"];
    let assign = [&["do", "AssignRole", "customer=contoso.com", "subscription=Contoso Web Shop"], &assign[..]].concat();
    let refused = run(&mut on(home.path(), &[&assign[..], &["--as", "helen@fabrikam.com"]].concat()), "");
    assert!(refused.code == 1 && refused.stdout.contains("\n  It is for: Owner"), "{}", refused.stdout);
    assert_eq!(export(home.path()).len(), recorded);
    let done = run(&mut on(home.path(), &[&assign[..], &AS_CARLA].concat()), "");
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(
        done.stdout.contains("+ the HelpdeskAgents of Fabrikam  Reader  on subscription Contoso Web Shop"),
        "{}",
        done.stdout
    );
    let json = run(&mut on(home.path(), &[&revoke[..], &["--format", "json", "--yes"]].concat()), "");
    let outcome: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((json.code, &outcome["events"][0]["type"]), (0, &json!("DapRevoked")), "{outcome}");
    // Who it was is stated, and the log says so.
    let newest = run(&mut on(home.path(), &["history", "--newest", "--limit", "1", "--format", "json"]), "");
    let entry: Value = serde_json::from_str(&newest.stdout).unwrap();
    assert_eq!(
        (&entry["authentication"], &entry["actor"]["name"]),
        (&json!("stated"), &json!("Carla Moreau")),
        "{entry}"
    );
    let again = run(&mut on(home.path(), &[&revoke[..], &["--yes"]].concat()), "");
    assert!(again.code == 1 && again.stdout.contains("`procura tell contoso.com`"), "{}", again.stdout);
    let operator = ["do", "AdoptAutopilotPolicy", "policy=dapRequired", "--as", "operator:Odile Perrin", "--yes"];
    assert_eq!(run(&mut on(home.path(), &operator), "").code, 0);
    let newest = run(&mut on(home.path(), &["history", "--newest", "--limit", "1"]), "").stdout;
    assert!(newest.contains("operator Odile Perrin") && newest.contains("stated"), "{newest}");
}

#[test]
fn a_name_that_fits_two_customers_is_refused_also_with_yes() {
    let home = tempfile::tempdir().unwrap();
    let other = json!({"command": "RegisterCustomer", "actor": {"operator": "Odile Perrin"}, "data": {
        "customer": "caaaaaaa-0000-4000-8000-000000000009", "name": "Contoso", "domain": "contoso.example",
        "globalAdministrator": "c0000000-0000-4000-8000-000000000090"}});
    told(home.path(), &[other]);
    let recorded = export(home.path()).len();
    let revoke = ["do", "RevokeDap", "customer=Contoso", "partner=fabrikam.com", "--as", "carla@contoso.com", "--yes"];
    let Ran { code, stderr, .. } = run(&mut on(home.path(), &revoke), "");
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("(contoso.com)") && stderr.contains("(contoso.example)"), "{stderr}");
    assert_eq!(export(home.path()).len(), recorded);
    // Its domain says which one is meant.
    assert_eq!(run(&mut on(home.path(), &[&REVOKES[..], &AS_CARLA, &["--yes"]].concat()), "").code, 0);
}

/// What was agreed to is what was shown: if something happens meanwhile, it is not done.
#[test]
fn an_answer_that_comes_too_late_does_nothing() {
    let home = tempfile::tempdir().unwrap();
    told(home.path(), &[]);
    let server = Server::start_on(home.path());
    let carla = procura_tests::world::CARLA;
    let token = server.token(carla.tenant, carla.user, &[]);
    let mut command = procura();
    command.args(REVOKES).env("PROCURA_SERVER", &server.url).env("PROCURA_TOKEN", &token);
    let ran = run_and_answer(&mut command, 80, "[y/N]\u{1b}[0m ", || {
        let assign = json!({"customer": carla.tenant, "subscription": "5b000000-0000-4000-8000-000000000002",
            "role": "Reader", "principal": {"group": "SalesAgents", "partner": procura_tests::world::FABRIKAM}});
        server.user(carla).command("AssignRole", &assign);
        "y\n".to_owned()
    });
    assert!(ran.code == 1 && ran.stdout.contains("Something happened since it was shown"), "{}", ran.stdout);
    let dap = run(command.args(["--yes"]), "");
    assert_eq!(dap.code, 0, "{}", dap.stderr);
}

/// A server whose first answer to a command that is to be recorded is lost on its way; and how many it has taken.
fn that_loses_an_answer(server: &str) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (server, sent) = (server.trim_start_matches("http://").to_owned(), Arc::new(AtomicUsize::new(0)));
    let counted = sent.clone();
    thread::spawn(move || {
        for ours in listener.incoming() {
            let (mut ours, mut theirs) = (ours.unwrap(), TcpStream::connect(&server).unwrap());
            let (mut asking, mut answering) = (ours.try_clone().unwrap(), theirs.try_clone().unwrap());
            let (sent, loses) = (counted.clone(), Arc::new(AtomicUsize::new(0)));
            let told = loses.clone();
            thread::spawn(move || {
                let mut bytes = [0; 65536];
                while let Ok(read @ 1..) = asking.read(&mut bytes) {
                    let text = String::from_utf8_lossy(&bytes[..read]).into_owned();
                    if text.starts_with("POST /v1/commands/RevokeDap HTTP") && sent.fetch_add(1, Ordering::SeqCst) == 0
                    {
                        told.store(1, Ordering::SeqCst);
                    }
                    theirs.write_all(&bytes[..read]).unwrap();
                }
            });
            thread::spawn(move || {
                let mut bytes = [0; 65536];
                while let Ok(read @ 1..) = answering.read(&mut bytes) {
                    if loses.load(Ordering::SeqCst) == 1 || ours.write_all(&bytes[..read]).is_err() {
                        let _ = ours.shutdown(Shutdown::Both);
                        break;
                    }
                }
            });
        }
    });
    (url, sent)
}

#[test]
fn a_lost_answer_has_it_done_once() {
    let home = tempfile::tempdir().unwrap();
    told(home.path(), &[]);
    let server = Server::start_on(home.path());
    let carla = procura_tests::world::CARLA;
    let token = server.token(carla.tenant, carla.user, &[]);
    let (url, sent) = that_loses_an_answer(&server.url);
    let mut command = procura();
    command.args(REVOKES).arg("--yes").env("PROCURA_SERVER", &url).env("PROCURA_TOKEN", &token);
    let done = run(&mut command, "");
    assert!(done.code == 0 && done.stdout.contains("RevokeDap is recorded"), "{}{}", done.stdout, done.stderr);
    assert_eq!(sent.load(Ordering::SeqCst), 2);
    let events = server.client(ODILE.tenant, ODILE.user, &["Auditor"]).get("/v1/history?type=DapRevoked");
    assert_eq!(events.items().len(), 1, "{}", events.body);
}
