//! The story of the source document: told to the real binary, asked about at every step, and asked about again at the
//! end of it.

use expect_test::expect_file;
use procura_tests::{
    Server, apply, procura, story,
    world::{CONTOSO, FABRIKAM},
};
use serde_json::Value;
use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};

/// Asks through `procura check`, on the directory itself.
fn check(directory: &Path, question: &story::Question, at: Option<u64>) -> (Value, i32) {
    let request = question.request(at);
    let typed = |entity: &Value| format!("{}:{}", entity["type"].as_str().unwrap(), entity["id"].as_str().unwrap());
    let mut command = procura();
    command.args(["check", "--format", "json", "--data"]).arg(directory);
    command.args(["--subject", &typed(&request["subject"]), "--resource", &typed(&request["resource"])]);
    command.args(["--action", request["action"]["name"].as_str().unwrap()]);
    for (name, value) in request["resource"]["properties"].as_object().into_iter().flatten() {
        command.args(["--property", &format!("{name}={}", value.as_str().unwrap())]);
    }
    command.args(at.map(|at| format!("--at={at}")));
    let output = command.output().unwrap();
    let answer = serde_json::from_slice(&output.stdout);
    let answer = answer.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    (answer, output.status.code().unwrap())
}

/// What the README shows of the demo is what the demo prints, line by line and in that order.
#[test]
fn the_demo_prints_what_the_readme_shows() {
    let demo = Command::new(env!("CARGO_BIN_EXE_demo")).output().unwrap();
    let printed = String::from_utf8(demo.stdout).unwrap();
    assert!(demo.status.success(), "{printed}");
    assert!(printed.ends_with("answers, 0 changed\n"), "{printed}");
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md")).unwrap();
    let shown = readme.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    let mut printed = printed.lines();
    for line in shown.lines() {
        assert!(printed.any(|found| found == line), "the demo does not print: {line}");
    }
}

/// The README's commands for trying it by hand, run as they are written: on another port, with the binary under test.
#[test]
fn the_readmes_questions_work_as_written() {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md")).unwrap();
    let by_hand = readme.split("## Try it").nth(1).unwrap().split("\n## Commands for developers").next().unwrap();
    let blocks: String = by_hand.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap()).collect();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let directory = tempfile::tempdir().unwrap();
    let binary = PathBuf::from(procura().get_program());
    let ready = "until curl -sf http://127.0.0.1:7878/readyz >/dev/null; do sleep 0.05; done";
    let script = blocks
        .replace("cargo build --release\n", "trap 'kill %1' EXIT\n")
        .replace("$PWD/target/release", binary.parent().unwrap().to_str().unwrap())
        .replace("--dev &", &format!("--dev --listen 127.0.0.1:7878 >/dev/null &\n{ready}"))
        .replace("/tmp/procura-story", directory.path().join("story").to_str().unwrap())
        .replace("7878", &port);
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let ran = Command::new("timeout").args(["60", "bash", "-euc", &script]).current_dir(root).output().unwrap();
    let (out, err) = (String::from_utf8(ran.stdout).unwrap(), String::from_utf8(ran.stderr).unwrap());
    let after_apply = out.split("36-colin-is-described").nth(1).unwrap_or_else(|| panic!("{script}\n{out}\n{err}"));
    let answered = |word| after_apply.lines().filter(|line| line.starts_with(word)).count();
    assert_eq!(
        [answered("denied  Alex Weber of Fabrikam"), answered("allowed  Alex Weber of Fabrikam")],
        [1, 2],
        "{out}"
    );
    let decided: Vec<_> = after_apply.split("\"decision\":").skip(1).map(|rest| rest.starts_with("true")).collect();
    assert_eq!(decided, [false, true], "{out}\n{err}");
    let shown = [
        "\"spans\":[{\"from\"",
        "\"rule\":\"DAP-1\"",
        "\"role\":\"Reseller\"",
        "- lost GlobalAdministrator of Contoso",
    ];
    let missing: Vec<_> = shown.iter().filter(|text| !after_apply.contains(**text)).collect();
    assert!(missing.is_empty(), "{missing:?}: {out}");
}

/// Every step applied on its own and followed by its questions; the story's true dates are in the log.
#[test]
fn the_story_on_the_command_line() {
    let directory = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    let mut asked = 0;
    for step in story::steps() {
        let applied = apply(directory.path(), &format!("{}\n", step.line));
        assert_eq!(applied.results[0]["ok"], true, "{:?}", applied.results);
        // One question a step here, a process each; the test over HTTP asks them all.
        for question in step.questions.iter().take(1) {
            let (answer, code) = check(directory.path(), question, None);
            assert_eq!(code == 0, answer["decision"] == true, "exit 0 is yes, 1 is no");
            asked += 1;
            wrong.extend(question.mismatch(&answer));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(asked >= 15, "{asked} questions");
    let events = procura_tests::export(directory.path());
    let times: Vec<_> = events.iter().map(|event| event["time"].as_str().unwrap()).collect();
    assert_eq!((times[0], times[times.len() - 1]), ("2020-06-02T08:00:00Z", "2020-09-01T08:08:00Z"));
}

/// Every step and every question over HTTP, now, and at the end once more about that moment: by position and by time.
#[test]
fn the_story_over_http() {
    let server = Server::start();
    let nobody = "00000000-0000-4000-8000-000000000000";
    let operator = server.client(nobody, nobody, &["Operator"]);
    let decider = server.client(nobody, nobody, &["Decider"]);
    let mut asked = Vec::new();
    let mut wrong = Vec::new();
    for step in story::steps() {
        let client = step.user().map_or_else(|| operator.clone(), |(tenant, user)| server.client(tenant, user, &[]));
        let reply = client.post(&format!("/v1/commands/{}", step.command()), step.data(), &[]);
        assert_eq!(reply.status, 201, "{}", reply.body);
        let position = reply.body["positions"].as_array().unwrap().last().unwrap().as_u64().unwrap();
        let time = reply.body["recordedAt"].as_str().unwrap().to_owned();
        for question in step.questions {
            let answer = decider.post("/access/v1/evaluation", &question.request(None), &[]).body;
            wrong.extend(question.mismatch(&answer));
            asked.push((question, position, time.clone(), answer));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(asked.len() >= 100, "{} questions", asked.len());
    for (question, position, time, answer) in asked {
        let mut by_time = question.request(None);
        by_time["context"]["time"] = time.into();
        for request in [question.request(Some(position)), by_time] {
            let again = decider.post("/access/v1/evaluation", &request, &[]).body;
            assert_eq!(again["decision"], answer["decision"], "{request}");
            assert_eq!(again["context"]["reasons"], answer["context"]["reasons"], "{request}");
            assert_eq!(again["context"]["position"], position, "{request}");
        }
    }
}

/// The five views at three moments of the story, imported with its dates: before the acceptance, with DAP, at the end.
#[test]
fn the_views_of_the_story() {
    let directory = tempfile::tempdir().unwrap();
    let applied = apply(directory.path(), &fs::read_to_string(story::file()).unwrap());
    assert_eq!((applied.code, applied.results.len()), (0, 36), "{}", applied.stderr);
    let server = Server::start_on(directory.path());
    let nobody = "00000000-0000-4000-8000-000000000000";
    let auditor = server.client(nobody, nobody, &["Auditor"]);
    let views = [
        format!("/v1/customers/{CONTOSO}/partner-relationships"),
        format!("/v1/partners/{FABRIKAM}/customers"),
        format!("/v1/customers/{CONTOSO}/effective-permissions?includeEnded=true"),
        format!("/v1/tenants/{CONTOSO}/directory-roles/GlobalAdministrator/members"),
        "/v1/residual-access".to_owned(),
    ];
    let mut seen = String::new();
    for (moment, at) in [("before the acceptance", 13), ("with DAP", 27), ("DAP revoked", 28), ("at the end", 30)] {
        for view in &views {
            let joint = if view.contains('?') { '&' } else { '?' };
            let reply = auditor.get(&format!("{view}{joint}at={at}"));
            assert_eq!((reply.status, reply.position), (200, Some(at)), "{view}");
            seen += &format!("{moment}: GET {view}{joint}at={at}\n");
            for item in reply.body["items"].as_array().unwrap() {
                seen += &format!("  {item}\n");
            }
        }
    }
    expect_file!["../golden/story.views.txt"].assert_eq(&seen);
}
