//! What a tenant or a stranger does to a server so that others come off badly. Attackers are a process of their own, with
//! the lowest priority: they take as little as possible of the processors that the server would have without them.

use crate::crowd::TAILSPIN;
use clap::ValueEnum;
use procura_tests::{
    PATIENCE, Server,
    world::{ALEX, CARLA, CONTOSO, FABRIKAM, GRETA, LITWARE, User, guid},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{
    collections::BTreeMap,
    env, io,
    io::{Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};
use ureq::{Agent, http::Request};

/// How long a half request or an unread answer is left alone before another takes its place.
const HELD_FOR: Duration = Duration::from_secs(2);
/// Requests that are sent at once where no answer is read.
const UNREAD: usize = 64;
/// Questions in one request.
const QUESTIONS: usize = 400;
/// After a connection was refused or broken off.
const REST: Duration = Duration::from_millis(10);

/// What attackers do.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Attack {
    /// A stranger begins requests and does not end them.
    HalfRequests,
    /// An agent asks for large reports and lists, and reads no answer.
    UnreadAnswers,
    /// An agent sends commands, each with an idempotency key.
    KeyedCommands,
    /// An agent asks 400 questions at a time with reasons, about a customer with a long past.
    ExplainedQuestions,
    /// An agent asks what it could do there, from the beginning on.
    WhatCould,
    /// An administrator reads one of its tenant's devices at a time.
    DevicePages,
    /// An agent lists what its partner still holds.
    ResidualAccess,
    /// An agent lists its partner's customers.
    CustomerPages,
    /// An agent has reports made about all customers of its partner.
    Reports,
    /// An administrator sends commands that are refused.
    RefusedCommands,
    /// An agent reads the events from the beginning on, again and again.
    EventPages,
    /// An agent follows the events from the beginning on, and reads none.
    UnreadEvents,
    /// An agent has a consumer hand out events from the beginning on, and acknowledges none.
    Fetches,
}

/// The consumer of the one who fetches.
const GREEDY: &str = "greedy";

/// A request of an attacker.
struct Ask {
    path: String,
    /// A `POST` if there is one.
    body: Option<String>,
    key: Option<String>,
}

/// What came of an attack.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) seconds: f64,
    /// Requests that were sent, whole or in part.
    pub(crate) requests: u64,
    /// How many connections or requests ended with each status, or without one.
    statuses: BTreeMap<String, u64>,
}

/// The server ended the connection, or never took it.
const CLOSED: &str = "closed";
/// The connection was open and no answer had come.
const HELD: &str = "held";

/// The outcome so far.
type Tally = Arc<Mutex<Outcome>>;

impl Outcome {
    /// Of the requests, those that were turned away for asking too much.
    pub(crate) fn refused(&self) -> u64 {
        self.statuses.iter().filter(|(status, _)| is_refusal(status)).map(|(_, count)| count).sum()
    }

    /// What else came that the attack does not expect: then it is not the attack that it is meant to be.
    pub(crate) fn strange(&self, attack: Attack) -> Vec<&str> {
        let strange = self.statuses.keys().filter(|status| !is_refusal(status) && !attack.expects(status));
        strange.map(String::as_str).collect()
    }
}

fn is_refusal(status: &str) -> bool {
    ["429", "503", CLOSED].contains(&status)
}

impl Attack {
    /// As the options name it.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().unwrap().get_name().to_owned()
    }

    fn user(self) -> Option<User> {
        match self {
            Self::HalfRequests => None,
            Self::DevicePages => Some(CARLA),
            Self::RefusedCommands => Some(GRETA),
            _ => Some(ALEX),
        }
    }

    /// Connections at a time, each with one request at a time.
    pub(crate) fn connections(self) -> usize {
        match self {
            Self::HalfRequests => 512,
            Self::UnreadAnswers | Self::UnreadEvents => 32,
            Self::KeyedCommands | Self::RefusedCommands => 16,
            // One answer may hold hundreds of megabytes.
            Self::ExplainedQuestions => 2,
            Self::WhatCould
            | Self::DevicePages
            | Self::ResidualAccess
            | Self::CustomerPages
            | Self::Reports
            | Self::EventPages
            | Self::Fetches => 4,
        }
    }

    /// What the attack as it is meant gets, beside refusals for asking too much.
    fn expects(self, status: &str) -> bool {
        match self {
            Self::HalfRequests => [HELD, "408"].contains(&status),
            Self::UnreadAnswers | Self::UnreadEvents => [HELD, "200"].contains(&status),
            Self::KeyedCommands => status == "201",
            Self::RefusedCommands => ["404", "409"].contains(&status),
            _ => status == "200",
        }
    }

    /// The `number`th request of a connection.
    fn ask(self, connection: usize, number: usize) -> Ask {
        let get = |path: String| Ask { path, body: None, key: None };
        match self {
            Self::HalfRequests => get("/readyz".to_owned()),
            Self::UnreadAnswers if connection.is_multiple_of(2) => get(report(number)),
            Self::UnreadAnswers => get(format!("/v1/customers/{CONTOSO}/devices?limit=500")),
            Self::KeyedCommands => Ask {
                key: Some(format!("{connection}-{number}")),
                ..post("/v1/commands/SendInvite", &json!({"partner": FABRIKAM, "delegatedAdmin": true, "locale": "en"}))
            },
            Self::ExplainedQuestions => {
                // Support is owed once for each time that the relationship was established: so many reasons.
                let asked = vec![json!({"action": {"name": "serviceRequest.open"}}); QUESTIONS];
                let body = json!({
                    "subject": {"type": "user", "id": ALEX.to_string()},
                    "resource": {"type": "customer", "id": TAILSPIN},
                    "context": {"explain": true},
                    "evaluations": asked,
                });
                post("/access/v1/evaluations", &body)
            }
            Self::WhatCould => get(format!("/v1/what-could?subject=user:{ALEX}&customer={TAILSPIN}")),
            Self::DevicePages => get(format!("/v1/customers/{CONTOSO}/devices?limit=1")),
            Self::ResidualAccess => get("/v1/residual-access?limit=500".to_owned()),
            Self::CustomerPages => get(format!("/v1/partners/{FABRIKAM}/customers?limit=500")),
            Self::Reports => get(report(connection + number)),
            Self::RefusedCommands if number.is_multiple_of(2) => {
                let member = json!({"partner": FABRIKAM, "group": "AdminAgents", "user": ALEX.user});
                post("/v1/commands/AddGroupMember", &member)
            }
            Self::RefusedCommands => {
                let unknown = json!({"invitation": guid(1, 999), "customer": LITWARE});
                post("/v1/commands/AcceptInvite", &unknown)
            }
            Self::EventPages => get("/v1/events?limit=500".to_owned()),
            Self::UnreadEvents => get("/v1/events".to_owned()),
            Self::Fetches if number.is_multiple_of(10) => {
                post(&format!("/v1/consumers/{GREEDY}/seek"), &json!({"after": "0"}))
            }
            Self::Fetches => post(&format!("/v1/consumers/{GREEDY}/fetch?max=500"), &json!({})),
        }
    }

    /// Begins in a process of its own.
    pub(crate) fn begin(self, server: &Server) -> Attackers {
        let token = self.user().map(|user| server.token(user.tenant, user.user, &[])).unwrap_or_default();
        if self == Self::Fetches {
            let json = [("content-type", "application/json")];
            server.user(ALEX).send("PUT", &format!("/v1/consumers/{GREEDY}"), &json, r#"{"after": 0}"#);
        }
        let mut attackers = Command::new("nice");
        attackers.args(["-n", "19"]).arg(env::current_exe().unwrap()).args(["fair-attack", &self.name(), &server.url]);
        let attackers = attackers.arg(token).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        Attackers(attackers)
    }
}

fn post(path: &str, body: &serde_json::Value) -> Ask {
    Ask { path: path.to_owned(), body: Some(body.to_string()), key: None }
}

fn report(number: usize) -> String {
    let reports = ["access-review?format=json", "residual-access?format=csv", "access-review?format=html"];
    format!("/v1/reports/{}&partner={FABRIKAM}", reports.iter().cycle().nth(number % reports.len()).unwrap())
}

/// Attackers at work.
pub(crate) struct Attackers(Child);

impl Attackers {
    /// Ends the attack.
    pub(crate) fn end(mut self) -> Outcome {
        drop(self.0.stdin.take());
        let mut told = String::new();
        self.0.stdout.take().unwrap().read_to_string(&mut told).unwrap();
        self.0.wait().unwrap();
        serde_json::from_str(&told).unwrap()
    }
}

/// Attacks until standard input ends, and prints what came of it.
pub(crate) fn run(attack: Attack, url: &str, token: &str) {
    let tally = Tally::default();
    let begun = Instant::now();
    for connection in 0..attack.connections() {
        let (tally, url, token) = (tally.clone(), url.to_owned(), token.to_owned());
        thread::spawn(move || match attack {
            Attack::HalfRequests => leave_half(&url, connection, &tally),
            Attack::UnreadAnswers | Attack::UnreadEvents => leave_unread(attack, &url, &token, connection, &tally),
            _ => flood(attack, &url, &token, connection, &tally),
        });
    }
    io::copy(&mut io::stdin(), &mut io::sink()).unwrap();
    let outcome = Outcome { seconds: begun.elapsed().as_secs_f64(), ..tally.lock().unwrap().clone() };
    // Connections that still wait end with the process.
    println!("{}", serde_json::to_string(&outcome).unwrap());
}

fn ended(tally: &Tally, status: &str) {
    *tally.lock().unwrap().statuses.entry(status.to_owned()).or_default() += 1;
}

/// One request after the other, as fast as they are answered; answers are read and forgotten.
fn flood(attack: Attack, url: &str, token: &str, connection: usize, tally: &Tally) {
    let config = Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).proxy(None);
    let agent = config.build().new_agent();
    for number in 0.. {
        tally.lock().unwrap().requests += 1;
        if let Ok(status) = answered(&agent, url, token, attack.ask(connection, number)) {
            ended(tally, &status.to_string());
        } else {
            ended(tally, CLOSED);
            thread::sleep(REST);
        }
    }
}

fn answered(agent: &Agent, url: &str, token: &str, ask: Ask) -> Result<u16, ureq::Error> {
    let Ask { path, body, key } = ask;
    let request = Request::builder().uri(format!("{url}{path}")).header("authorization", format!("Bearer {token}"));
    let request = key.iter().fold(request, |request, key| request.header("idempotency-key", key));
    let mut response = match body {
        None => agent.run(request.body(())?)?,
        Some(body) => agent.run(request.method("POST").header("content-type", "application/json").body(body)?)?,
    };
    io::copy(&mut response.body_mut().as_reader(), &mut io::sink())?;
    Ok(response.status().as_u16())
}

/// Half a head, and then nothing; all connections begin theirs at different times.
fn leave_half(url: &str, connection: usize, tally: &Tally) {
    thread::sleep(Duration::from_millis(u64::try_from(connection).unwrap()));
    loop {
        left(url, "POST /access/v1/evaluation HTTP/1.1\r\nhost: a\r\nx-y: ", 1, tally);
    }
}

/// Many requests at once, and no answer is read.
fn leave_unread(attack: Attack, url: &str, token: &str, connection: usize, tally: &Tally) {
    for number in 0.. {
        let path = attack.ask(connection, number).path;
        let (accept, times) = if attack == Attack::UnreadEvents { ("text/event-stream", 1) } else { ("*/*", UNREAD) };
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: a\r\naccept: {accept}\r\nauthorization: Bearer {token}\r\n\r\n");
        left(url, &request, times, tally);
    }
}

/// Sends that so many times and leaves the connection alone for a while.
fn left(url: &str, sent: &str, times: usize, tally: &Tally) {
    let Ok(mut stream) = TcpStream::connect(url.trim_start_matches("http://")) else {
        ended(tally, CLOSED);
        return thread::sleep(REST);
    };
    tally.lock().unwrap().requests += u64::try_from(times).unwrap();
    // Fails where the server reads no further: then that much is sent.
    let _ = stream.set_write_timeout(Some(HELD_FOR)).and_then(|()| stream.write_all(sent.repeat(times).as_bytes()));
    thread::sleep(HELD_FOR);
    ended(tally, &seen(&stream).unwrap_or_else(|_| CLOSED.to_owned()));
}

/// The status of the answer that came, which stays unread.
fn seen(stream: &TcpStream) -> io::Result<String> {
    let mut begins = [0; "HTTP/1.1 200".len()];
    stream.set_nonblocking(true)?;
    Ok(match stream.peek(&mut begins) {
        Ok(0) => CLOSED.to_owned(),
        Ok(_) => String::from_utf8_lossy(&begins).split(' ').nth(1).unwrap_or_default().to_owned(),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => HELD.to_owned(),
        Err(error) => return Err(error),
    })
}
