//! One of the clients: what it asks, how it loses answers, what it makes of the answers it gets.

use crate::{
    history::{Asked, Change, Command, GROUPS, Heard, Membership, NEVER, Operation, PARTNERS, USERS},
    host::{Address, Cast, Host, command},
    wire::{Answer, Request, Wire},
};
use procura_tests::Dice;
use serde_json::{Value, json};
use std::{
    io,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

/// How long a client waits for a position that may never come.
const AHEAD_PATIENCE: Duration = Duration::from_millis(10);
/// The longest time between a request and the end of its connection.
const CLOSED_AFTER_MICROS_MAX: usize = 2_000;

/// A client, on a thread of its own.
pub(crate) struct Client<'a> {
    number: usize,
    host: &'a Host,
    cast: &'a Cast,
    dice: Dice,
    /// Whether it closes connections before it has read the answer.
    closes: bool,
    /// How many operations all clients have finished.
    finished: &'a AtomicUsize,
    /// Two connections, for requests sent at the same time.
    lines: [Option<(usize, Wire)>; 2],
    /// Positions it heard of, and the newest.
    positions: Vec<u64>,
    newest: u64,
    /// Commands that it sent under a key.
    keyed: Vec<(Command, Option<u64>, u32)>,
    pub(crate) trace: Trace,
}

/// What a client did.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    pub(crate) operations: Vec<Operation>,
    /// Operations whose connection the client closed, and the generation of the server they went to.
    pub(crate) closed: Vec<(usize, usize)>,
    pub(crate) closings: u64,
    pub(crate) broken: u64,
    pub(crate) repeats: u64,
    pub(crate) ahead: u64,
}

impl<'a> Client<'a> {
    pub(crate) fn new(
        number: usize,
        host: &'a Host,
        cast: &'a Cast,
        dice: Dice,
        closes: bool,
        finished: &'a AtomicUsize,
        newest: u64,
    ) -> Self {
        let positions = vec![newest];
        let (lines, keyed) = ([None, None], Vec::new());
        Self { number, host, cast, dice, closes, finished, lines, positions, newest, keyed, trace: Trace::default() }
    }

    /// Makes so many steps. An error is an answer that no order of operations could explain.
    pub(crate) fn run(mut self, steps: usize) -> Result<Trace, String> {
        for _ in 0..steps {
            self.step()?;
            self.finished.fetch_add(1, Ordering::SeqCst);
        }
        Ok(self.trace)
    }

    fn step(&mut self) -> Result<(), String> {
        let roll = self.dice.below(100);
        match roll {
            0..50 => {
                let asked = self.some_command();
                self.issue(&asked)
            }
            50..62 => match self.repeated_command() {
                Some(asked) => {
                    self.trace.repeats += 1;
                    self.ask(&asked)
                }
                None => Ok(()),
            },
            62..80 => {
                let asked = self.some_list();
                self.ask(&asked)
            }
            80..97 => {
                let asked = Asked::MaySend { partner: self.dice.below(PARTNERS), user: self.dice.below(USERS) };
                self.ask(&asked)
            }
            _ => {
                let asked = self.some_list();
                self.ask_ahead(&asked)
            }
        }
    }

    fn some_list(&mut self) -> Asked {
        Asked::Members { partner: self.dice.below(PARTNERS), group: self.dice.below(GROUPS.len()) }
    }

    fn some_command(&mut self) -> Asked {
        let dice = &mut self.dice;
        let of = Membership { partner: dice.below(PARTNERS), group: dice.below(GROUPS.len()), user: dice.below(USERS) };
        let command = Command { change: *dice.one(&[Change::Add, Change::Remove]), of };
        let if_match = match dice.below(100) {
            0..25 => Some(self.newest),
            25..35 => Some(*dice.one(&self.positions)),
            // Nobody has seen it yet.
            35..37 => Some(self.newest + 1_000_000),
            _ => None,
        };
        let key = dice.chance(60).then(|| u32::try_from(self.number * 1_000 + self.keyed.len()).unwrap());
        self.keyed.extend(key.map(|key| (command, if_match, key)));
        Asked::Command { command, if_match, key }
    }

    /// A command that it sent before, or seldom another one under the same key.
    fn repeated_command(&mut self) -> Option<Asked> {
        let (mut command, if_match, key) = *self.keyed.get(self.dice.below(self.keyed.len().max(1)))?;
        if self.dice.chance(20) {
            command.change = if command.change == Change::Add { Change::Remove } else { Change::Add };
        }
        Some(Asked::Command { command, if_match, key: Some(key) })
    }

    /// Sends a command: usually once, sometimes twice at the same time, sometimes without waiting for the answer. If it has
    /// a key, the client then usually asks again.
    fn issue(&mut self, asked: &Asked) -> Result<(), String> {
        let has_key = matches!(asked, Asked::Command { key: Some(_), .. });
        match self.dice.below(100) {
            0..12 if self.closes => {
                self.close_without_answer(asked);
                match has_key && self.dice.chance(80) {
                    true => {
                        self.trace.repeats += 1;
                        self.ask(asked)
                    }
                    false => Ok(()),
                }
            }
            12..20 if has_key => {
                self.trace.repeats += 1;
                self.ask_twice(asked)
            }
            _ => self.ask(asked),
        }
    }

    /// Asks until there is an answer. A command without a key is not sent again after its connection broke.
    fn ask(&mut self, asked: &Asked) -> Result<(), String> {
        loop {
            let request = self.request(asked);
            let address = self.host.address();
            let began = self.host.now();
            match self.send(0, address, &request).and_then(|()| self.receive(0)) {
                Ok(answer) if answer.status == 429 => wait(&answer),
                Ok(answer) => return self.heard(asked, &request, began, &answer),
                Err(error) => {
                    self.broke(asked, began, address, &error)?;
                    match asked {
                        Asked::Command { key: None, .. } => return Ok(()),
                        Asked::Command { .. } => self.trace.repeats += 1,
                        _ => {}
                    }
                }
            }
        }
    }

    /// Sends the same request on two connections, then reads both answers.
    fn ask_twice(&mut self, asked: &Asked) -> Result<(), String> {
        let request = self.request(asked);
        let address = self.host.address();
        let mut sent = |line| {
            let began = self.host.now();
            (began, self.send(line, address, &request))
        };
        let sent = [sent(0), sent(1)];
        for (line, (began, sent)) in sent.into_iter().enumerate() {
            match sent.and_then(|()| self.receive(line)) {
                Ok(answer) if answer.status == 429 => wait(&answer),
                Ok(answer) => self.heard(asked, &request, began, &answer)?,
                Err(error) => self.broke(asked, began, address, &error)?,
            }
        }
        Ok(())
    }

    fn close_without_answer(&mut self, asked: &Asked) {
        let request = self.request(asked);
        let address = self.host.address();
        let began = self.host.now();
        if self.send(0, address, &request).is_ok() {
            thread::sleep(Duration::from_micros(self.dice.below(CLOSED_AFTER_MICROS_MAX) as u64));
        }
        self.lines[0] = None;
        self.trace.closings += 1;
        self.trace.closed.push((self.trace.operations.len(), address.generation));
        self.record(asked, began, NEVER, Heard::Nothing);
    }

    /// Asks for a state newer than any that it knows, and gives up soon if there is none.
    fn ask_ahead(&mut self, asked: &Asked) -> Result<(), String> {
        let mut request = self.request(asked);
        request.headers = vec![("procura-min-position", (self.newest + 1).to_string())];
        let address = self.host.address();
        let began = self.host.now();
        let sent = self.send(1, address, &request);
        let patient = sent.and_then(|()| self.line(1, address)?.be_patient(AHEAD_PATIENCE));
        let answer = patient.and_then(|()| self.receive(1));
        self.lines[1] = None;
        match answer {
            Ok(answer) if answer.status == 200 => {
                self.trace.ahead += 1;
                let known = self.newest;
                self.heard(asked, &request, began, &answer)?;
                let waited = self.newest > known;
                waited.then_some(()).ok_or_else(|| format!("{answer:?}, where more than {known} was asked for"))
            }
            _ => Ok(()),
        }
    }

    fn send(&mut self, line: usize, address: Address, request: &Request) -> io::Result<()> {
        self.line(line, address)?.send(request)
    }

    fn receive(&mut self, line: usize) -> io::Result<Answer> {
        let (_, wire) = self.lines[line].as_mut().ok_or(io::ErrorKind::NotConnected)?;
        let answer = wire.receive();
        if answer.is_err() {
            self.lines[line] = None;
        }
        answer
    }

    /// The connection of that number, to that server.
    fn line(&mut self, line: usize, address: Address) -> io::Result<&mut Wire> {
        let line = &mut self.lines[line];
        if line.as_ref().is_none_or(|(generation, _)| *generation != address.generation) {
            *line = Some((address.generation, Wire::connect(address.socket)?));
        }
        line.as_mut().map(|(_, wire)| wire).ok_or(io::ErrorKind::NotConnected.into())
    }

    /// The connection broke: only a killed server may do that. A command took effect before the server was dead, or never.
    fn broke(&mut self, asked: &Asked, began: u64, address: Address, error: &io::Error) -> Result<(), String> {
        self.lines = [None, None];
        let after = self.host.address_after(address.generation);
        let after = after.ok_or_else(|| format!("a connection broke, and nobody killed the server: {error}"))?;
        self.trace.broken += 1;
        if matches!(asked, Asked::Command { .. }) && began < after.since {
            self.record(asked, began, after.since, Heard::Nothing);
        }
        Ok(())
    }

    /// Records an answer. A refusal tells two things: that, and the newest position.
    fn heard(&mut self, asked: &Asked, request: &Request, began: u64, answer: &Answer) -> Result<(), String> {
        let ended = self.host.now();
        let read = read(asked, answer, self.cast);
        let (heard, position) = read.ok_or_else(|| format!("{asked:?} {request:?}: {answer:?}"))?;
        if matches!(heard, Heard::Refused(_)) {
            self.record(&Asked::Newest, began, ended, Heard::Newest(position));
        }
        self.record(asked, began, ended, heard);
        self.positions.push(position);
        self.newest = self.newest.max(position);
        Ok(())
    }

    fn record(&mut self, asked: &Asked, began: u64, ended: u64, heard: Heard) {
        let client = self.number;
        self.trace.operations.push(Operation { client, began, ended, asked: asked.clone(), heard });
    }

    fn request(&mut self, asked: &Asked) -> Request {
        let cast = self.cast;
        let mut request = match asked {
            Asked::Command { command: Command { change, of }, if_match, key } => {
                let name = if *change == Change::Add { "AddGroupMember" } else { "RemoveGroupMember" };
                let mut request = command(name, &cast.administrators[of.partner], &cast.fields(*of));
                request.headers.extend(if_match.map(|seen| ("if-match", seen.to_string())));
                request.headers.extend(key.map(|key| ("idempotency-key", format!("key {key}"))));
                request
            }
            Asked::MaySend { partner, user } => {
                let (partner, user) = (cast.partner(*partner), cast.user(*user));
                let body = json!({"subject": {"type": "user", "id": format!("{partner}/{user}")},
                    "action": {"name": "invitation.send"}, "resource": {"type": "partner", "id": partner}});
                let path = "/access/v1/evaluation".to_owned();
                let (token, headers) = (self.host.decider.clone(), Vec::new());
                Request { method: "POST", path, token, headers, body: body.to_string() }
            }
            Asked::Members { .. } | Asked::Newest | Asked::Straggler => {
                let Asked::Members { partner, group } = asked else { unreachable!("nobody asks that") };
                let path = format!("/v1/partners/{}/groups/{}/members", cast.partner(*partner), GROUPS[*group]);
                let (token, headers) = (cast.administrators[*partner].clone(), Vec::new());
                Request { method: "GET", path, token, headers, body: String::new() }
            }
        };
        if self.dice.chance(50) {
            request.headers.push(("procura-min-position", self.newest.to_string()));
        }
        request
    }
}

/// It had no effect.
fn wait(answer: &Answer) {
    thread::sleep(Duration::from_secs(answer.number("retry-after").unwrap_or(1)));
}

/// What an answer says, and the position it tells; none if it is not one that the contract has.
fn read(asked: &Asked, answer: &Answer, cast: &Cast) -> Option<(Heard, u64)> {
    let body: Value = serde_json::from_str(&answer.body).ok()?;
    let position = answer.number("procura-position")?;
    let heard = match (asked, answer.status) {
        (Asked::Command { command: Command { change, of }, .. }, 201) => {
            let event = if *change == Change::Add { "GroupMemberAdded" } else { "GroupMemberRemoved" };
            let event = json!({"position": position, "type": event, "data": cast.fields(*of)});
            let as_sent = body["positions"] == json!([position]) && body["events"] == json!([event]);
            as_sent.then(|| Heard::Recorded { position, body: answer.body.as_str().into() })?
        }
        (Asked::Command { .. }, status) => {
            let code = body["code"].as_str()?;
            let expected = match code {
                "alreadyMember" | "notMember" | "idempotencyKeyReused" => 409,
                "positionConflict" => 412,
                _ => return None,
            };
            (status == expected).then(|| Heard::Refused(code.to_owned()))?
        }
        (Asked::Members { .. }, 200) => {
            let bit = |item: &Value| {
                let user = (0..USERS).find(|user| item["user"] == cast.user(*user).as_str())?;
                Some(1 << user)
            };
            let users = body["items"].as_array()?.iter().map(bit).sum::<Option<u8>>()?;
            Heard::Members { position, users }
        }
        (Asked::MaySend { .. }, 200) => {
            let allowed = body["decision"].as_bool().filter(|_| body["context"]["position"] == position)?;
            Heard::MaySend { position, allowed }
        }
        _ => return None,
    };
    Some((heard, position))
}
