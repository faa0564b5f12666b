//! What a question costs without Procura: a handler of the same framework that reads the same JSON and writes an answer of
//! the same bytes. A process of its own, as the server is.

use axum::{Json, Router, extract::State, routing::post};
use serde::Deserialize;
use serde_json::Value;
use std::{
    env, io,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};
use tokio::net::TcpListener;

/// A running handler; gone when dropped.
pub(crate) struct Bare {
    pub(crate) url: String,
    process: Child,
}

impl Bare {
    /// Starts one that always gives that answer.
    pub(crate) fn start(answer: &Value) -> Bare {
        let mut bare = Command::new(env::current_exe().unwrap());
        let bare = bare.args(["http-bare", &answer.to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = bare.spawn().unwrap();
        let mut url = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Bare { url: url.trim().to_owned(), process }
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// An access question, as far as anybody must read it.
#[derive(Deserialize)]
struct Question {
    subject: Entity,
    action: Action,
    resource: Entity,
}

#[derive(Deserialize)]
struct Entity {
    #[serde(rename = "type")]
    kind: String,
    id: String,
}

#[derive(Deserialize)]
struct Action {
    name: String,
}

/// Serves until standard input ends.
pub(crate) async fn run(answer: &str) {
    let answer: &'static Value = Box::leak(Box::new(serde_json::from_str(answer).unwrap()));
    let router = Router::new().route("/access/v1/evaluation", post(evaluation)).with_state(answer);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    let ended = tokio::task::spawn_blocking(|| io::copy(&mut io::stdin(), &mut io::sink()));
    tokio::select! {
        served = axum::serve(listener, router) => served.unwrap(),
        ended = ended => drop(ended),
    }
}

async fn evaluation(State(answer): State<&'static Value>, Json(question): Json<Question>) -> Json<&'static Value> {
    let Question { subject, action, resource } = question;
    assert!([subject.kind, subject.id, action.name, resource.kind, resource.id].iter().all(|text| !text.is_empty()));
    Json(answer)
}
