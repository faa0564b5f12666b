//! `/openapi.json` as others read it: schemathesis holds the server to it, and a client generated from it runs the story.

use procura_tests::{Server, apply, run, story, tools::python_tool, world::ODILE};
use serde_json::json;
use std::{fs, process::Command};

const TOOLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tools");

#[track_caller]
fn succeeds(command: &mut Command, input: &str) -> String {
    let ran = run(command, input);
    assert_eq!(ran.code, 0, "{command:?}\n{}\n{}", ran.stdout, ran.stderr);
    ran.stdout
}

/// The same requests each time, about six thousand: every status, header and shape that comes back is described, and no
/// answer is the server's fault.
#[test]
fn no_request_is_answered_otherwise_than_described() {
    let data = tempfile::tempdir().unwrap();
    let told = fs::read_to_string(story::file()).unwrap();
    apply(data.path(), &told.lines().take(19).collect::<Vec<_>>().join("\n")).all_recorded();
    let server = Server::start_on(data.path());
    let token = server.token(ODILE.tenant, ODILE.user, &["Operator"]);
    let mut schemathesis = python_tool("schemathesis");
    schemathesis.args(["--no-color", "--config-file", &format!("{TOOLS}/schemathesis.toml")]);
    schemathesis.args(["run", &format!("{}/openapi.json", server.url)]);
    schemathesis.args(["--header", &format!("Authorization: Bearer {token}")]);
    schemathesis.args(["--generation-deterministic", "--max-examples", "5", "--continue-on-failure", "--no-shrink"]);
    schemathesis.args([
        "--checks",
        "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,\
         response_headers_conformance",
    ]);
    let printed = succeeds(schemathesis.current_dir(data.path()).args(["--warnings", "off"]), "");
    let cases = printed.lines().find_map(|line| line.trim().strip_suffix(" passed")?.split(' ').next()?.parse().ok());
    assert!(cases.is_some_and(|cases: usize| cases > 1_000), "{printed}");
}

#[test]
fn a_generated_client_runs_the_story() {
    let server = Server::start();
    let home = tempfile::tempdir().unwrap();
    let mut generator = python_tool("openapi-python-client");
    generator.args(["generate", "--meta", "none", "--fail-on-warning", "--config", &format!("{TOOLS}/client.yaml")]);
    generator.args(["--url", &format!("{}/openapi.json", server.url), "--output-path"]);
    succeeds(generator.arg(home.path().join("procura_client")), "");
    let operator = server.token(ODILE.tenant, ODILE.user, &["Operator"]);
    let decider = server.token(ODILE.tenant, ODILE.user, &["Auditor"]);
    let steps = story::steps();
    let lines = steps.iter().map(|step| {
        let token = step.user().map_or_else(|| operator.clone(), |(tenant, user)| server.token(tenant, user, &[]));
        let questions = step.questions.iter();
        let questions = questions.map(|question| json!({"request": question.request(None), "expect": question.expect}));
        let questions: Vec<_> = questions.collect();
        let (command, data) = (step.command(), step.data());
        let line =
            json!({"command": command, "data": data, "token": token, "questions": questions, "decider": decider});
        format!("{line}\n")
    });
    let lines: String = lines.collect();
    let mut python = python_tool("python");
    python.arg(format!("{TOOLS}/story.py")).arg(&server.url).env("PYTHONPATH", home.path());
    let asked: usize = steps.iter().map(|step| step.questions.len()).sum();
    assert_eq!(succeeds(&mut python, &lines), format!("{} steps, {asked} questions\n", steps.len()));
}
