//! The story of the source document: told to the real binary, asked about at every step, and asked about again at the
//! end of it.

use expect_test::expect_file;
use procura_tests::{Server, apply, procura, story};
use serde_json::Value;
use std::path::Path;

/// Asks through `procura check`, on the directory itself.
fn check(directory: &Path, question: &story::Question, at: Option<u64>) -> (Value, i32) {
    let request = question.request(at);
    let typed = |entity: &Value| format!("{}:{}", entity["type"].as_str().unwrap(), entity["id"].as_str().unwrap());
    let mut command = procura();
    command.args(["check", "--format", "json", "--data"]).arg(directory);
    command.args(["--subject", &typed(&request["subject"]), "--resource", &typed(&request["resource"])]);
    command.args(["--action", request["action"]["name"].as_str().unwrap()]);
    command.args(at.map(|at| format!("--at={at}")));
    let output = command.output().unwrap();
    let answer = serde_json::from_slice(&output.stdout);
    let answer = answer.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    (answer, output.status.code().unwrap())
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
    assert_eq!((times[0], times[times.len() - 1]), ("2020-06-02T08:00:00Z", "2020-08-17T09:00:00Z"));
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

const FABRIKAM: &str = "faaaaaaa-0000-4000-8000-000000000001";
const CONTOSO: &str = "caaaaaaa-0000-4000-8000-000000000001";

/// The five views at three moments of the story, imported with its dates: before the acceptance, with DAP, at the end.
#[test]
fn the_views_of_the_story() {
    let directory = tempfile::tempdir().unwrap();
    let applied = apply(directory.path(), &std::fs::read_to_string(story::file()).unwrap());
    assert_eq!((applied.code, applied.results.len()), (0, 22), "{}", applied.stderr);
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
