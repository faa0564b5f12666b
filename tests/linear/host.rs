//! What the clients talk to: where the server listens now, when it was killed, who they are.

use crate::{
    history::{GROUPS, Membership, PARTNERS, Start, USERS},
    wire::{Request, Wire},
};
use procura_engine::ambient::{Clock, SystemClock};
use procura_server::{BuiltInIssuer, ServiceRole};
use procura_tests::{
    PATIENCE, Server,
    world::{ODILE, guid},
};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    sync::{Condvar, Mutex},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

const TOKEN_MINUTES: u32 = 24 * 60;

/// A server with a data directory of its own.
pub(crate) struct Host {
    data: TempDir,
    server: Mutex<Server>,
    address: Mutex<Address>,
    moved: Condvar,
    issuer: BuiltInIssuer,
    started: Instant,
    pub(crate) decider: String,
    operator: String,
}

/// Where the server listens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Address {
    pub(crate) socket: SocketAddr,
    /// How many servers were killed before this one.
    pub(crate) generation: usize,
    /// When the server before this one was dead.
    pub(crate) since: u64,
}

/// The partners of one history, and who administers them.
#[derive(Debug, Clone)]
pub(crate) struct Cast {
    number: u64,
    pub(crate) administrators: [String; PARTNERS],
}

impl Host {
    pub(crate) fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let server = Server::start_on(data.path());
        let issuer = BuiltInIssuer::of(data.path()).unwrap();
        let service = |role| {
            let user = ODILE.to_string().parse().unwrap();
            issuer.token(user, &[role], SystemClock.now(), TOKEN_MINUTES).unwrap()
        };
        let (decider, operator) = (service(ServiceRole::Decider), service(ServiceRole::Operator));
        let address = Address { socket: socket(&server), generation: 0, since: 0 };
        Self {
            data,
            server: Mutex::new(server),
            address: Mutex::new(address),
            moved: Condvar::new(),
            issuer,
            started: Instant::now(),
            decider,
            operator,
        }
    }

    /// Nanoseconds since the start of the run.
    pub(crate) fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_nanos()).unwrap()
    }

    pub(crate) fn address(&self) -> Address {
        *self.address.lock().unwrap()
    }

    /// Has the clients go to another address, as a proxy in between does.
    pub(crate) fn redirect(&self, socket: SocketAddr) {
        self.address.lock().unwrap().socket = socket;
    }

    /// Kills the server and starts another on the same data.
    pub(crate) fn kill(&self) {
        let mut server = self.server.lock().unwrap();
        server.kill();
        let dead = self.now();
        *server = Server::start_on(self.data.path());
        let mut address = self.address.lock().unwrap();
        *address = Address { socket: socket(&server), generation: address.generation + 1, since: dead };
        self.moved.notify_all();
    }

    /// Stops the server's process for a while, and has it go on.
    pub(crate) fn pause(&self, pause: Duration) {
        let process = self.server.lock().unwrap().process();
        let process = Pid::from_raw(process.try_into().unwrap()).unwrap();
        kill_process(process, Signal::STOP).unwrap();
        thread::sleep(pause);
        kill_process(process, Signal::CONT).unwrap();
    }

    /// The address after the server of that generation was killed; none if nobody kills it.
    pub(crate) fn address_after(&self, generation: usize) -> Option<Address> {
        let address = self.address.lock().unwrap();
        let stays = |address: &mut Address| address.generation == generation;
        let (address, waited) = self.moved.wait_timeout_while(address, PATIENCE, stays).unwrap();
        (!waited.timed_out()).then_some(*address)
    }

    /// Registers the partners of the history of that number.
    pub(crate) fn cast(&self, number: u64) -> Result<(Cast, Start), String> {
        let administrators = [0, 1].map(|partner| {
            let user = format!("{}/{}", partner_id(number, partner), administrator_id(number)).parse().unwrap();
            self.issuer.token(user, &[], SystemClock.now(), TOKEN_MINUTES).unwrap()
        });
        let mut wire = Wire::connect(self.address().socket).map_err(|error| error.to_string())?;
        let mut start = Start::default();
        for (partner, version) in start.versions.iter_mut().enumerate() {
            let body = json!({"partner": partner_id(number, partner), "name": "Fabrikam", "domain": "fabrikam.example",
                "globalAdministrator": administrator_id(number)});
            let request = command("RegisterPartner", &self.operator, &body);
            let answer = loop {
                let answer = wire.send(&request).and_then(|()| wire.receive()).map_err(|error| error.to_string())?;
                match answer.status {
                    429 => thread::sleep(Duration::from_secs(answer.number("retry-after").unwrap_or(1))),
                    201 => break answer,
                    _ => return Err(format!("a partner is not registered: {answer:?}")),
                }
            };
            *version = answer.number("procura-position").ok_or("an answer without position")?;
            start.newest = *version;
        }
        Ok((Cast { number, administrators }, start))
    }
}

impl Cast {
    pub(crate) fn partner(&self, partner: usize) -> String {
        partner_id(self.number, partner)
    }

    pub(crate) fn user(&self, user: usize) -> String {
        guid(0x0b00_0000, self.number * USERS as u64 + user as u64)
    }

    /// The fields that name a membership in commands and events.
    pub(crate) fn fields(&self, Membership { partner, group, user }: Membership) -> Value {
        json!({"partner": self.partner(partner), "group": GROUPS[group], "user": self.user(user)})
    }
}

/// A command of that name with those fields.
pub(crate) fn command(name: &str, token: &str, fields: &Value) -> Request {
    Request {
        method: "POST",
        path: format!("/v1/commands/{name}"),
        token: token.to_owned(),
        headers: Vec::new(),
        body: fields.to_string(),
    }
}

fn partner_id(history: u64, partner: usize) -> String {
    guid(0x0a00_0000, history * PARTNERS as u64 + partner as u64)
}

fn administrator_id(history: u64) -> String {
    guid(0x0c00_0000, history)
}

fn socket(server: &Server) -> SocketAddr {
    server.url.trim_start_matches("http://").parse().unwrap()
}
