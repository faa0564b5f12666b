//! What the log shows to others: signed checkpoints, proofs that are checked without it, and a server that does not serve
//! another log than the one it signed.

use procura_tests::{Client, Ran, Server, apply, procura, run, story, world};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;
use world::{ALEX, CARLA, GRETA, NOAH, SAM};

/// The routes whose visibility is tested here.
pub(crate) const ROUTES: &[&str] =
    &["/v1/log/checkpoint", "/v1/log/consistency-proof", "/v1/log/tile/{*tile}", "/v1/events/{position}/proof"];

/// The story's events.
const EVENTS: u64 = 44;

/// A data directory and a folder for checkpoints.
struct Place {
    home: TempDir,
    data: PathBuf,
    kept: PathBuf,
}

impl Place {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let (data, kept) = (home.path().join("data"), home.path().join("kept"));
        fs::create_dir(&kept).unwrap();
        Self { home, data, kept }
    }

    /// With the story in it.
    fn told() -> Self {
        let place = Self::new();
        apply(&place.data, &fs::read_to_string(story::file()).unwrap()).all_recorded();
        place
    }

    fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.home.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    fn key(&self) -> String {
        let ran = run(procura().args(["checkpoint", "key", "--data"]).arg(&self.data), "");
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.stdout.trim().to_owned()
    }

    /// Starts a server that keeps checkpoints, and runs to its end where it refuses to.
    fn refused(&self) -> Ran {
        let mut command = procura();
        command.args(["serve", "--dev", "--listen", "127.0.0.1:0", "--data"]).arg(&self.data);
        run(command.arg("--checkpoints").arg(&self.kept), "")
    }

    fn start(&self) -> Server {
        Server::start_with(&self.data, &["--checkpoints", self.kept.to_str().unwrap()])
    }

    /// The positions of the checkpoints that are kept.
    fn positions(&self) -> Vec<u64> {
        let names = fs::read_dir(&self.kept).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut positions: Vec<_> = names.map(|name| name[32..52].parse().unwrap()).collect();
        positions.sort_unstable();
        positions
    }
}

fn check(file: &Path, key: &str) -> Ran {
    run(procura().args(["proof", "check", "--key", key]).arg(file), "")
}

fn text(client: &Client, path: &str) -> String {
    let reply = client.get(path);
    assert_eq!(reply.status, 200, "{path}: {}", reply.body);
    reply.body.as_str().map_or_else(|| reply.body.to_string(), str::to_owned)
}

#[test]
fn every_event_of_the_story_is_proved_without_the_log() {
    let place = Place::told();
    let (server, key) = (Server::start_on(&place.data), place.key());
    let auditor = server.service("Auditor");
    let reply = auditor.get("/v1/log/checkpoint");
    assert_eq!((reply.header("content-type"), reply.position), ("text/plain; charset=utf-8", Some(EVENTS)));
    for position in 1..=EVENTS {
        let proof = auditor.get(&format!("/v1/events/{position}/proof")).body;
        assert_eq!((&proof["position"], &proof["checkpoint"]), (&position.into(), &reply.body), "{proof}");
        let event: Value = serde_json::from_str(proof["event"].as_str().unwrap()).unwrap();
        assert_eq!(event["position"], position);
        let Ran { code, stdout, stderr } = check(&place.file("proof.json", &proof.to_string()), &key);
        assert_eq!(code, 0, "{stderr}");
        assert!(stdout.starts_with("yes: ") && stdout.contains(&format!("at position {position},")), "{stdout}");
    }
}

/// Each letter of the proof changed in turn, or every so many.
#[test]
fn a_proof_with_another_byte_anywhere_is_not_believed() {
    let place = Place::told();
    let (server, key) = (Server::start_on(&place.data), place.key());
    let proof = server.service("Operator").get("/v1/events/28/proof").body;
    let mut spoilt = vec![];
    for (at, member) in [("/event", 17), ("/checkpoint", 5), ("/proof/hashes/0", 11), ("/proof/hashes/3", 11)] {
        let text = proof.pointer(at).unwrap().as_str().unwrap();
        for index in (0..text.len()).step_by(member).filter(|index| text.is_char_boundary(*index)) {
            let Some(letter) = text[index..].chars().next().filter(char::is_ascii) else { continue };
            let mut changed = proof.clone();
            let other = if letter == 'x' { 'y' } else { 'x' };
            *changed.pointer_mut(at).unwrap() = format!("{}{other}{}", &text[..index], &text[index + 1..]).into();
            spoilt.push(changed);
        }
    }
    for (at, value) in [("/position", 27), ("/proof/position", 27), ("/proof/size", EVENTS - 1)] {
        let mut changed = proof.clone();
        *changed.pointer_mut(at).unwrap() = value.into();
        spoilt.push(changed);
    }
    let mut moved = proof.clone();
    (moved["position"], moved["proof"]["position"]) = (27.into(), 27.into());
    spoilt.push(moved);
    assert!(spoilt.len() > 50, "{}", spoilt.len());
    for changed in spoilt {
        let ran = check(&place.file("proof.json", &changed.to_string()), &key);
        assert!([1, 2].contains(&ran.code) && ran.stdout.is_empty(), "{changed}: {ran:?}");
    }
    // The key of another log.
    let other = Place::told();
    drop(Server::start_on(&other.data));
    let ran = check(&place.file("proof.json", &proof.to_string()), &other.key());
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.starts_with("no: the checkpoint is not signed by procura/"), "{}", ran.stderr);
}

#[test]
fn the_log_is_shown_to_have_only_grown() {
    let place = Place::told();
    let (server, key) = (Server::start_on(&place.data), place.key());
    let auditor = server.service("Auditor");
    let old = place.file("old.note", &text(&auditor, "/v1/log/checkpoint"));
    server.tell(&[world::by_operator(
        "RegisterPartner",
        json!({"partner": world::guid(8, 1), "name": "Tailspin", "domain": "tailspin.example",
            "globalAdministrator": world::guid(9, 1)}),
    )]);
    let new = place.file("new.note", &text(&auditor, "/v1/log/checkpoint"));
    let compare = |old: &Path, new: &Path| {
        let mut command = procura();
        command.args(["checkpoint", "compare", "--key", &key, "--server", &server.url, "--token", &auditor.token]);
        run(command.arg(old).arg(new), "")
    };
    let Ran { code, stdout, stderr } = compare(&old, &new);
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stdout.starts_with("yes: the log at position 46 (") && stdout.contains("position 44 (2020-09-01"),
        "{stdout}"
    );
    assert_eq!(compare(&old, &old).code, 0);
    let ran = compare(&new, &old);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("exchange the two"), "{}", ran.stderr);
    let changed = fs::read_to_string(&old).unwrap().replace("\n44\n", "\n43\n");
    let ran = compare(&place.file("changed.note", &changed), &new);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("changed.note: the checkpoint is not signed by"), "{}", ran.stderr);
    // Over HTTP: the newest where no size is named, and the roots of both.
    let newest = auditor.get(&format!("/v1/log/consistency-proof?from={EVENTS}"));
    assert_eq!(newest.body["proof"]["size"], 37);
    let lines = fs::read_to_string(&old).unwrap();
    assert_eq!(newest.body["oldRoot"], lines.lines().nth(2).unwrap());
}

#[test]
fn the_command_line_gives_what_the_server_gives() {
    let place = Place::told();
    let mut server = Server::start_on(&place.data);
    let auditor = server.service("Auditor");
    let of_server = |words: &[&str]| {
        let mut command = procura();
        run(command.args(words).args(["--server", &server.url, "--token", &auditor.token]), "")
    };
    let calls: [&[&str]; 3] = [&["checkpoint", "show"], &["proof", "get", "28"], &["proof", "get", "45"]];
    let there = calls.map(of_server);
    server.stop();
    for (words, there) in calls.iter().zip(&there) {
        let here = run(procura().args(*words).arg("--data").arg(&place.data), "");
        assert_eq!((here.code, &here.stdout), (there.code, &there.stdout), "{words:?}: {}", here.stderr);
    }
    assert_eq!(there.each_ref().map(|ran| ran.code), [0, 0, 2]);
    assert!(there[2].stderr.contains("notFound (404): there is no event at position 45"), "{}", there[2].stderr);
    let new = Place::new();
    let ran = run(procura().args(["checkpoint", "key", "--data"]).arg(&new.kept), "");
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("has no checkpoint key yet"), "{}", ran.stderr);
}

#[test]
fn only_operators_and_auditors_have_checkpoints_and_proofs() {
    let server = Server::start();
    server.tell(&world::tenants());
    let paths = [
        "/v1/log/checkpoint",
        "/v1/log/consistency-proof?from=1",
        "/v1/events/1/proof",
        "/v1/events/99/proof",
        "/v1/log/tile/0/000.p/12",
        "/v1/log/tile/0/000.p/99",
    ];
    for path in paths {
        let people = [CARLA, ALEX, GRETA, SAM, NOAH, world::STRANGER].map(|user| server.user(user));
        for client in people.into_iter().chain([server.service("Decider")]) {
            let reply = client.get(path);
            assert_eq!(reply.differs(403, "notAllowed", "only operators and auditors"), None, "{path}");
            assert_eq!(reply.text("rule"), "VIS-4");
        }
        assert_eq!(server.stranger().get(path).differs(401, "unauthenticated", ""), None, "{path}");
        for role in ["Operator", "Auditor"] {
            let expected = if path.contains("99") { 404 } else { 200 };
            assert_eq!(server.service(role).get(path).status, expected, "{path} {role}");
        }
    }
    let auditor = server.service("Auditor");
    for (path, status, code, says) in [
        ("/v1/events/13/proof", 404, "notFound", "there is no event at position 13: positions go from 1 to 12"),
        ("/v1/events/0/proof", 404, "notFound", "there is no event at position 0"),
        ("/v1/events/-1/proof", 404, "notFound", ""),
        ("/v1/events/x/proof", 404, "notFound", ""),
        ("/v1/log/consistency-proof", 400, "invalidRequest", "from"),
        ("/v1/log/consistency-proof?from=-1", 400, "invalidRequest", ""),
        ("/v1/log/consistency-proof?from=1&size=2", 400, "invalidRequest", "size"),
        ("/v1/log/consistency-proof?from=13", 422, "invalidRequest", "the log ends at position 12, before 13"),
        ("/v1/log/consistency-proof?from=1&to=13", 422, "invalidRequest", "the log ends at position 12, before 13"),
        ("/v1/log/consistency-proof?from=5&to=4", 422, "invalidRequest", "exchange the two"),
    ] {
        assert_eq!(auditor.get(path).differs(status, code, says), None, "{path}");
    }
}

#[test]
fn the_server_keeps_checkpoints_at_its_start_and_its_end() {
    let place = Place::new();
    let mut server = place.start();
    assert_eq!(place.positions(), [0]);
    server.tell(&world::tenants());
    server.stop();
    assert_eq!(place.positions(), [0, 12]);
    // Nothing new, so no other file; and what is kept is what the route gives.
    let mut server = place.start();
    let note = text(&server.service("Auditor"), "/v1/log/checkpoint");
    server.stop();
    assert_eq!(place.positions(), [0, 12]);
    let kept = place.kept.join(format!("checkpoint-{:020}-{:020}.note", 1, 12));
    assert_eq!(fs::read_to_string(kept).unwrap(), note);
}

#[test]
fn a_server_goes_on_where_its_checkpoint_cannot_be_kept() {
    let place = Place::new();
    let mut server = place.start();
    server.tell(&world::tenants());
    fs::remove_dir_all(&place.kept).unwrap();
    server.stop();
    assert!(server.stderr().contains("no checkpoint was kept: could not"), "{}", server.stderr());
    // At a start somebody is there to mend it.
    let ran = place.refused();
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("check that the folder is there"), "{}", ran.stderr);
    let inside = Place { kept: place.data.clone(), ..place };
    assert!(inside.refused().stderr.contains("is in the data directory: name one elsewhere"));
}

#[test]
fn an_older_copy_of_the_data_is_not_served() {
    let place = Place::new();
    let mut server = place.start();
    server.tell(&world::tenants()[..4]);
    server.stop();
    let copy = place.home.path().join("copy");
    let copied = |from: &Path, to: &Path| {
        assert!(Command::new("cp").arg("-r").arg(from).arg(to).status().unwrap().success());
    };
    copied(&place.data, &copy);
    let mut server = place.start();
    server.tell(&world::tenants()[4..]);
    server.stop();
    let refused = |says: &str| {
        let ran = place.refused();
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
        assert!(ran.stderr.contains(says), "does not say {says:?}: {}", ran.stderr);
    };
    let newest = place.home.path().join("newest");
    fs::rename(&place.data, &newest).unwrap();
    // As it was.
    copied(&copy, &place.data);
    refused("the log ends at position 8, and it had reached position 12. Somebody put back an older copy");
    // With other events since, more of them.
    drop(Server::start_on(&place.data));
    let lines = world::relationship(&world::guid(1, 1), ALEX, CARLA, true);
    apply(&place.data, &world::text(&[&world::tenants()[5..], &world::tenants()[4..5], &lines].concat()))
        .all_recorded();
    refused("the events up to position 12 are not those that were there. Somebody");
    // Without its key, another is made.
    fs::remove_file(place.data.join("checkpoint.key")).unwrap();
    refused("is not one of this log's: the checkpoint is not signed by");
    assert_eq!(place.positions(), [0, 8, 12]);
    // The right one goes on.
    fs::remove_dir_all(&place.data).unwrap();
    fs::rename(&newest, &place.data).unwrap();
    drop(place.start());
}

/// A log is called what it was made as, forever; a restored one is another log outside, and its own auditors need no other key.
#[test]
fn an_origin_stays_and_a_restore_begins_another() {
    const ORIGIN: &str = "partners.example/procura";
    let mut place = Place::new();
    let applied = |place: &Place, origin: &str, lines: &str| {
        run(procura().args(["apply", "--origin", origin, "--data"]).arg(&place.data), lines)
    };
    let refused = applied(&place, "https://partners.example", "");
    assert!(refused.code == 2 && refused.stderr.contains("a domain of yours and a path"), "{}", refused.stderr);
    let told = applied(&place, ORIGIN, &fs::read_to_string(story::file()).unwrap());
    assert_eq!(told.code, 0, "{}", told.stderr);
    let other = applied(&place, "partners.example/other", "");
    assert!(other.code == 2 && other.stderr.contains("has the origin partners.example/procura"), "{}", other.stderr);
    let show = |place: &Place| {
        let ran = run(procura().args(["checkpoint", "show", "--data"]).arg(&place.data), "");
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.stdout
    };
    let (before, key) = (show(&place), place.key());
    assert_eq!(before.lines().next(), Some(ORIGIN));
    assert!(key.starts_with("partners.example/procura+"), "{key}");

    let (backup, secret) = (place.home.path().join("log.procura"), place.data.join("checkpoint.key"));
    let made = run(procura().args(["backup", "--data"]).args([&place.data, &backup]), "");
    assert_eq!(made.code, 0, "{}", made.stderr);
    place.data = place.home.path().join("restored");
    let restored = run(procura().args(["restore", "--key", &key, "--data"]).args([&place.data, &backup]), "");
    assert_eq!(restored.code, 0, "{}", restored.stderr);
    fs::copy(secret, place.data.join("checkpoint.key")).unwrap();
    let (after, key_after) = (show(&place), place.key());
    let origin = after.lines().next().unwrap();
    let epoch = after.lines().nth(3).unwrap().strip_prefix("epoch ").unwrap();
    assert_eq!(origin, format!("{ORIGIN}/{epoch}"));
    assert!(key_after.starts_with(&format!("{origin}+")) && key_after != key, "{key_after}");
    let notes = [place.file("before.note", &before), place.file("after.note", &after)];
    for key in [&key, &key_after] {
        let mut compare = procura();
        compare.args(["checkpoint", "compare", "--key", key, "--data"]).arg(&place.data);
        let ran = run(compare.args(&notes), "");
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let ran = run(
            procura().args(["verify", "--key", key, "--data"]).arg(&place.data).arg("--checkpoint").arg(&notes[0]),
            "",
        );
        assert!(
            ran.code == 0 && ran.stdout.contains(&format!("origin      {origin}\n")),
            "{}{}",
            ran.stdout,
            ran.stderr
        );
    }
}
