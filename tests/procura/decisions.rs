//! The decision log and the access log: what stands in them, what never does, and that nothing waits for them.

use procura_tests::{Server, procura, run, world};
use serde_json::{Value, json};
use std::{fs, os::unix::fs::PermissionsExt, path::Path};
use world::{ALEX, CARLA, COLIN, CONTOSO, FABRIKAM, LENA, LITWARE};

const PAGE: &str = include_str!("../../docs/watching.md");

/// A server that logs decisions into `home/decisions`, in which everybody is related.
fn server(home: &Path, settings: &str) -> Server {
    let to = home.join("decisions");
    let text = format!("[decisions]\nto = {:?}\n{settings}\n", to.display());
    let server = Server::configured_by(procura(), &home.join("data"), &text, &["--dev"]);
    server.tell(&world::with_relationships());
    server
}

/// Every line that is there.
fn logged(home: &Path) -> Vec<Value> {
    let folder = fs::read_dir(home.join("decisions")).unwrap();
    let mut files: Vec<_> = folder.map(|file| file.unwrap().path()).collect();
    files.sort();
    let text: String = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

/// May Alex see that customer?
fn question(customer: &str) -> Value {
    json!({
        "subject": {"type": "user", "id": ALEX.to_string()},
        "action": {"name": "customer.view"},
        "resource": {"type": "customer", "id": customer},
    })
}

#[test]
fn commands_refused_for_lack_of_rights_and_answers_are_logged() {
    let home = tempfile::tempdir().unwrap();
    let mut server = server(home.path(), "answers = true");
    let revoke = json!({"customer": CONTOSO, "partner": FABRIKAM});
    let own = [("content-type", "application/json"), ("x-request-id", "of-colin")];
    let (colin, decider) = (server.user(COLIN), server.service("Decider"));
    let reply = colin.send("POST", "/v1/commands/RevokeDap?dryRun=true", &own, &revoke.to_string());
    assert_eq!(reply.differs(403, "notAllowed", ""), None);
    let hidden = server.user(LENA).post("/v1/commands/RevokeDap", &revoke, &[]);
    assert_eq!(hidden.status, 404, "{}", hidden.body);
    let auditor = server.service("Auditor").post("/v1/commands/RevokeDap", &revoke, &[]);
    assert_eq!(auditor.status, 403);
    // Done, or wrong in another way: no lack of rights.
    let carla = server.user(CARLA);
    assert_eq!(carla.post("/v1/commands/RevokeDap", &revoke, &[]).status, 201);
    assert_eq!(carla.post("/v1/commands/RevokeDap", &json!({"customer": CONTOSO}), &[]).status, 400);
    let told = decider.post("/access/v1/evaluation", &question(CONTOSO), &[]);
    let several = json!({"evaluations": [question(LITWARE), {"action": {"name": "x"}}], "context": {"position": 3}});
    let several = decider.post("/access/v1/evaluations", &several, &[]);
    assert_eq!((told.status, several.status), (200, 200));
    server.stop();
    let lines = logged(home.path());
    let kinds: Vec<_> = lines.iter().map(|line| line["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, [["commandRefused"; 3], ["accessAnswer"; 3]].concat());
    let first = &lines[0];
    assert_eq!((&first["caller"], &first["requestId"]), (&colin_as_caller(), &json!("of-colin")));
    assert_eq!(
        (&first["command"], &first["dryRun"], &first["code"]),
        (&json!("RevokeDap"), &true.into(), &json!("notAllowed"))
    );
    assert_eq!((&lines[1]["code"], &lines[1]["dryRun"]), (&json!("notFound"), &false.into()));
    assert_eq!((&lines[2]["caller"]["roles"], &lines[2]["rule"]), (&json!(["Auditor"]), &json!("VIS-4")));
    let answered = &lines[3];
    assert_eq!((&answered["question"], &answered["decision"]), (&question(CONTOSO), &told.body["decision"]));
    for member in ["position", "time", "rules"] {
        assert_eq!(answered[member], told.body["context"][member], "{member}");
    }
    // As it was asked, its defaults filled in; also one that could not be answered.
    let mut asked = question(LITWARE);
    asked["context"] = json!({"position": 3, "explain": false});
    assert_eq!(lines[4]["question"], asked);
    assert_eq!((&lines[5]["decision"], &lines[5]["question"]["action"]["name"]), (&false.into(), &json!("x")));
    // The page shows lines with these members, and no others.
    let shown = PAGE.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let shown: Vec<Vec<String>> = shown.map(|line| members(&line)).collect();
    assert_eq!(shown, [members(&lines[2]), members(answered)].map(|names| names.into_iter().collect::<Vec<_>>()));
    // Nobody else reads it, and no token is in it.
    let file = fs::read_dir(home.path().join("decisions")).unwrap().next().unwrap().unwrap();
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    let text = fs::read_to_string(file.path()).unwrap();
    assert!(!text.contains("eyJ"), "{text}");
}

fn colin_as_caller() -> Value {
    json!({"tenant": COLIN.tenant, "user": COLIN.user, "roles": [], "issuer": "urn:procura:dev"})
}

fn members(line: &Value) -> Vec<String> {
    line.as_object().unwrap().keys().filter(|name| *name != "requestId").cloned().collect()
}

#[test]
fn answers_are_logged_only_if_that_is_configured() {
    let home = tempfile::tempdir().unwrap();
    let mut server = server(home.path(), "");
    let decider = server.service("Decider");
    assert_eq!(decider.post("/access/v1/evaluation", &question(CONTOSO), &[]).status, 200);
    let refused =
        server.user(COLIN).post("/v1/commands/RevokeDap", &json!({"customer": CONTOSO, "partner": FABRIKAM}), &[]);
    assert_eq!(refused.status, 403);
    server.stop();
    let lines = logged(home.path());
    assert_eq!(lines.iter().map(|line| line["kind"].clone()).collect::<Vec<_>>(), [json!("commandRefused")]);
}

#[test]
fn a_folder_that_cannot_be_used_is_told_of_at_the_start() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("procura.toml");
    for (settings, says) in [
        (format!("to = {:?}", file.display()), "decisions cannot be logged"),
        ("to = \"-\"\nmib = 10".to_owned(), "decisions.mib: is less than `file_mib`"),
        ("to = \"-\"\ndays = 0".to_owned(), "decisions.days"),
    ] {
        fs::write(&file, format!("[decisions]\n{settings}\n")).unwrap();
        let ran = run(
            procura().current_dir(home.path()).args(["serve", "--dev", "--data", "never", "--config"]).arg(&file),
            "",
        );
        assert!(ran.code == 2 && ran.stderr.contains(says), "{settings}: {}", ran.stderr);
        assert!(!home.path().join("never").exists());
    }
}

#[test]
fn the_access_log_is_off_unless_it_is_configured() {
    for on in [false, true] {
        let home = tempfile::tempdir().unwrap();
        let text = format!("[logs]\nformat = \"json\"\naccess = {on}\n");
        let mut server = Server::configured_by(procura(), &home.path().join("data"), &text, &["--dev"]);
        let asked = server.service("Auditor").send("GET", "/v1/history?partner=none", &[("x-request-id", "mine")], "");
        assert_eq!(asked.status, 400);
        server.stop();
        let said = server.stderr();
        let lines = said.lines().map(|line| serde_json::from_str::<Value>(line).expect(line));
        let answered: Vec<_> = lines.filter(|line| line["fields"]["message"] == "answered").collect();
        assert_eq!(answered.len(), usize::from(on), "{said}");
        if let Some(line) = answered.first() {
            assert_eq!((&line["fields"]["status"], line["fields"]["millis"].is_f64()), (&json!(400), true));
            let span = &line["span"];
            assert_eq!(
                (&span["path"], &span["id"], &span["method"]),
                (&json!("/v1/history"), &json!("mine"), &json!("GET"))
            );
        }
        assert!(!said.contains("partner=none"), "{said}");
    }
}
