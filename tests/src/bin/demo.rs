//! Tells the story of the source document over HTTP, to a server of its own: what happens, who may do what, and why. With
//! `--serve` it leaves the console open afterwards, until Ctrl-C.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a demonstration: it stops at the first surprise")]

use anstyle::{AnsiColor, Style};
use procura_tests::{
    Client, Server,
    story::{self, Question, Step},
};
use serde_json::Value;
use std::process::ExitCode;

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

fn main() -> ExitCode {
    let server = Server::start();
    let operator = server.client(NOBODY, NOBODY, &["Operator"]);
    let decider = server.client(NOBODY, NOBODY, &["Decider"]);
    let bold = Style::new().bold();
    let mut asked: Vec<(Question, u64, Value)> = Vec::new();
    let mut surprises = 0;
    anstream::println!("{bold}Who may act in Contoso's tenant, on whose behalf, and why{bold:#}\n");
    for (number, step) in (1..).zip(story::steps()) {
        let position = issue(&server, &operator, &step);
        anstream::println!("{bold}{number:>2}  {}{bold:#}", step.says);
        for question in step.questions.iter().cloned() {
            let answer = decider.post("/access/v1/evaluation", &question.request(None), &[]).body;
            surprises += show(&question, &answer);
            asked.push((question, position, answer));
        }
        match step.command() {
            "RevokeDap" => show_residual_access(&operator),
            "OpenServiceRequest" => show_support(&operator, step.data()),
            _ => {}
        }
    }
    let again = |(question, position, answer): &(Question, u64, Value)| {
        let again = decider.post("/access/v1/evaluation", &question.request(Some(*position)), &[]).body;
        again["decision"] != answer["decision"] || again["context"]["reasons"] != answer["context"]["reasons"]
    };
    let changed = asked.iter().filter(|asked| again(asked)).count();
    anstream::println!("\n{bold}Asked again about those moments:{bold:#} {} answers, {changed} changed", asked.len());
    if std::env::args().any(|argument| argument == "--serve") {
        let url = &server.url;
        anstream::println!("\n{bold}The console is open at {url}{bold:#} — be anybody there. Ctrl-C ends it.");
        until_told_to_end();
    }
    if surprises + changed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Waits for Ctrl-C, or for being told to end; the server ends with this program, and its data go.
fn until_told_to_end() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut told = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).unwrap();
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted.unwrap(),
            _ = told.recv() => {}
        }
    });
}

/// Issues the step's command as whoever issues it; the position it was recorded at.
fn issue(server: &Server, operator: &Client, step: &Step) -> u64 {
    let user = step.user().map(|(tenant, user)| server.client(tenant, user, &[]));
    let path = format!("/v1/commands/{}", step.command());
    let reply = user.as_ref().unwrap_or(operator).post(&path, step.data(), &[]);
    assert_eq!(reply.status, 201, "{}", reply.body);
    reply.body["positions"].as_array().unwrap().last().unwrap().as_u64().unwrap()
}

/// Prints a question with its answer; 1 where it is not the one the document gives.
fn show(question: &Question, answer: &Value) -> usize {
    let (colour, word) = if answer["decision"] == true { (AnsiColor::Green, "yes") } else { (AnsiColor::Red, "no") };
    let style = Style::new().fg_color(Some(colour.into()));
    let dim = Style::new().dimmed();
    anstream::println!("      {style}{word:<3}{style:#} {}", question.asks);
    for reason in answer["context"]["reasons"].as_array().unwrap() {
        let events = reason["because"].as_array().unwrap().iter();
        let events = events.map(|event| format!("{} {}", event["event"].as_str().unwrap(), event["position"]));
        let events = events.collect::<Vec<_>>().join(", ");
        let why = reason["missing"].as_str().map_or(events, str::to_owned);
        anstream::println!("          {dim}{} {why}{dim:#}", reason["rule"].as_str().unwrap());
    }
    let mismatch = question.mismatch(answer);
    if let Some(mismatch) = &mismatch {
        anstream::println!("      NOT AS THE DOCUMENT SAYS: {mismatch}");
    }
    mismatch.is_some().into()
}

/// Prints what a partner can still do after its privileges ended.
fn show_residual_access(operator: &Client) {
    let bold = Style::new().bold();
    anstream::println!("    {bold}What is left to the partner all the same (residual access):{bold:#}");
    for row in operator.get("/v1/residual-access").body["items"].as_array().unwrap() {
        let holder = row["principal"]["group"].as_str().unwrap_or("the partner");
        let (role, origin) = (row["role"].as_str().unwrap(), row["origin"].as_str().unwrap());
        let (kind, id) = (row["scope"]["type"].as_str().unwrap(), row["scope"]["id"].as_str().unwrap());
        let named = operator.get(&format!("/v1/labels?ids={id}")).body;
        let name = named["items"][0]["name"].as_str().unwrap_or(id);
        anstream::println!("      {holder:<11}  {role:<11}  ({origin})  on the {kind} {name}");
    }
}

/// Prints what the partners owe the customer, and the request that was opened.
fn show_support(operator: &Client, request: &Value) {
    let customer = request["customer"].as_str().unwrap();
    for partner in operator.get(&format!("/v1/customers/{customer}/partner-relationships")).items() {
        let route = partner["support"]["route"].as_str().unwrap_or("none");
        anstream::println!("      {} owes support by the route {route}", partner["partner"]["name"].as_str().unwrap());
    }
    for request in operator.get(&format!("/v1/customers/{customer}/service-requests")).items() {
        let (title, route) = (request["title"].as_str().unwrap(), request["route"].as_str().unwrap());
        anstream::println!("      opened: {title}, {} ({route})", request["severity"].as_str().unwrap());
    }
}
