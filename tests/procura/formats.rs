//! A data directory of every format that was ever written opens, and shows what it showed. A fixture never changes; a new
//! format gets one beside it.

use procura_tests::{
    Applied, Server, apply, export, procura, run,
    world::{self, ALEX},
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs, os::unix::fs::PermissionsExt, path::Path};

/// The formats, by the number in `FORMAT`. Format 1 was never released.
const FORMATS: &[&str] = &["format-2", "format-3"];

fn fixture(name: &str) -> String {
    format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_directory_of_every_format_opens_and_shows_what_it_showed() {
    for format in FORMATS {
        let home = tempfile::tempdir().unwrap();
        let data = home.path().join("data");
        copy(Path::new(&fixture(format)), &data);
        // As it was made; git keeps no such modes.
        fs::set_permissions(data.join("keys"), fs::Permissions::from_mode(0o600)).unwrap();
        let text = fs::read_to_string(fixture(&format!("{format}.events.jsonl"))).unwrap();
        let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(export(&data), events, "{format}");

        // Every type of event is in it, of this version and of those before.
        let types: BTreeSet<_> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
        let known = procura_domain::event::EventType::ALL.iter().map(|name| name.name());
        let missing: Vec<_> =
            known.filter(|name| !types.iter().any(|found| found.contains(&format!(".{name}.")))).collect();
        assert!(missing.is_empty(), "{format} has no {missing:?}: a type that came later needs a directory of its own");

        // It is the log that was signed then.
        let key = fs::read_to_string(fixture(&format!("{format}.vkey"))).unwrap();
        let mut verify = procura();
        verify.arg("verify").arg("--data").arg(&data).args(["--key", key.trim(), "--checkpoint"]);
        let verified = run(verify.arg(fixture(&format!("{format}.note"))), "");
        assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);
        assert!(verified.stdout.contains("the log extends it"), "{}", verified.stdout);

        // Keys of commands are remembered, personal data is read or erased, and it goes on from there.
        let again = json!({"command": "AddGroupMember", "id": "after-the-restore", "at": "2020-10-01T08:00:00Z",
            "actor": {"tenant": world::FABRIKAM, "user": "f0000000-0000-4000-8000-000000000010"},
            "data": {"partner": world::FABRIKAM, "group": "AdminAgents", "user": "f0000000-0000-4000-8000-000000000014"}});
        let Applied { results, .. } = apply(&data, &again.to_string()).all_recorded();
        assert_eq!(results[0]["positions"], json!([54]), "{format}");
        assert_eq!(export(&data).len(), events.len(), "{format}");
        let server = Server::start_on(&data);
        let operator = server.client(ALEX.tenant, ALEX.user, &["Operator"]);
        let invitation =
            |number: u32| operator.get(&format!("/v1/invitations/10000000-0000-4000-8000-00000000000{number}")).body;
        assert_eq!(invitation(3)["recipient"], "zoe@contoso.com", "{format}");
        assert_eq!((&invitation(4)["recipient"], &invitation(4)["personalData"]), (&Value::Null, &json!("erased")));
    }
}
