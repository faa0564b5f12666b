//! `procura export --follow`: each event's line as it comes. A server that goes away is waited for.

use super::{
    server::{Backoff, FEED, line},
    stream::{self, Message},
};
use crate::{failure::Failure, remote::Remote, serve::told_to_stop, terminal::note};
use procura_app::{Error, feed::FeedRequest, link};
use procura_eventlog::Cursor;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde::Deserialize;
use std::{
    convert::Infallible,
    io::{self, BufReader, Write},
    process::ExitCode,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};
use tokio::{sync::oneshot, time::interval};

/// A server that says nothing for so long, not even that there is nothing new, is taken for gone.
const SILENCE_MAX: Duration = Duration::from_secs(120);
/// How often it is looked whether somebody still reads the lines.
const LOOK: Duration = Duration::from_secs(1);
/// For how long a reader may take the rest of a line when all is over.
const LAST_LINE_MAX: Duration = Duration::from_secs(1);
/// A connection that lasted so long was a good one.
const GOOD: Duration = Duration::from_secs(10);
const EVENT_STREAM: &str = "text/event-stream";

/// Prints every event behind the request's cursor, until it is told to stop or nobody reads on.
pub(super) async fn follow(remote: Remote, request: FeedRequest) -> Result<ExitCode, Failure> {
    let stopped = told_to_stop().map_err(|error| Failure::Internal(error.to_string()))?;
    let printing = Arc::new(Mutex::new(()));
    let follower = Follower {
        remote: remote.heard_within(SILENCE_MAX),
        log: None,
        reached: request.after.as_deref().and_then(|after| after.parse().ok()),
        request,
        printing: printing.clone(),
        is_known: false,
        is_missed: false,
    };
    let (end, ended) = oneshot::channel();
    // On a thread of its own, which the end of the process does not wait for.
    thread::spawn(move || end.send(follower.run()));
    tokio::select! {
        ended = ended => match ended {
            Ok(Err(Failure::Output(error))) if error.kind() == io::ErrorKind::BrokenPipe => {}
            Ok(Err(failure)) => return Err(failure),
            Ok(Ok(never)) => match never {},
            Err(_) => return Err(Failure::Internal("the reading of the feed panicked".into())),
        },
        () = stopped => no_further_line(&printing).await,
        () = nobody_reads() => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// Has the line that is being printed end, and no other begin.
async fn no_further_line(printing: &Mutex<()>) {
    let patience = Instant::now() + LAST_LINE_MAX;
    while Instant::now() < patience {
        if let Ok(none) = printing.try_lock() {
            std::mem::forget(none);
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Resolves when the other end of standard output is closed: a pipe tells otherwise only when something is printed.
async fn nobody_reads() {
    let mut looks = interval(LOOK);
    loop {
        looks.tick().await;
        let stdout = io::stdout();
        let mut watched = [PollFd::new(&stdout, PollFlags::empty())];
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        let found = poll(&mut watched, Some(&now));
        let is_closed = |fd: &PollFd<'_>| fd.revents().intersects(PollFlags::ERR | PollFlags::HUP);
        if found.is_ok() && watched.iter().any(is_closed) {
            return;
        }
    }
}

/// Where an event or a heartbeat says that it is from: a CloudEvent and a heartbeat by `source`, a record by its id.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Origin {
    source: String,
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata {
    uid: String,
}

impl Origin {
    /// The id of the log, which both name: `/procura/LOG/EPOCH`, `LOG/CURSOR`.
    fn log(&self) -> Option<&str> {
        self.source.split('/').nth(2).or_else(|| self.metadata.uid.split('/').next()).filter(|log| !log.is_empty())
    }
}

struct Follower {
    remote: Remote,
    request: FeedRequest,
    /// Where the next connection goes on.
    reached: Option<Cursor>,
    /// The log that everything so far was of.
    log: Option<String>,
    /// Held while a line is printed.
    printing: Arc<Mutex<()>>,
    /// Whether the server ever gave a feed.
    is_known: bool,
    /// Whether it was said that the server is gone.
    is_missed: bool,
}

impl Follower {
    fn run(mut self) -> Result<Infallible, Failure> {
        let mut backoff = Backoff::default();
        loop {
            let begun = Instant::now();
            let Err(failure) = self.connection();
            // Somebody who names the wrong server is told so; a server that answers is the right one.
            let is_there = self.is_known || !matches!(failure, Failure::Server { .. });
            if !is_there || !failure.may_pass() {
                return Err(failure);
            }
            if begun.elapsed() >= GOOD {
                backoff = Backoff::default();
            }
            if !self.is_missed {
                self.is_missed = true;
                note(&format!("warning: {failure}; waiting until the feed goes on"));
            }
            thread::sleep(backoff.pause());
        }
    }

    /// Prints what one connection brings, until it ends.
    fn connection(&mut self) -> Result<Infallible, Failure> {
        let after = self.reached.map(|reached| reached.to_string());
        let request = FeedRequest { after, ..self.request.clone() };
        let response = self.remote.answer(&link(FEED, &request), EVENT_STREAM)?;
        let media_type = response.headers().get("content-type").and_then(|value| value.to_str().ok());
        if !media_type.is_some_and(|media_type| media_type.starts_with(EVENT_STREAM)) {
            let media_type = media_type.unwrap_or("no media type");
            return Err(self.remote.unfit(format!("the answer is no stream of events, but {media_type}")));
        }
        let mut messages = BufReader::new(response.into_body().into_reader());
        loop {
            let message = stream::read(&mut messages).map_err(|error| match error.kind() {
                io::ErrorKind::InvalidData => self.remote.unfit(error.to_string()),
                _ => self.remote.broken_off(&error.to_string()),
            })?;
            let message = message.ok_or_else(|| self.remote.broken_off("the server ended it"))?;
            self.take(&message)?;
        }
    }

    fn take(&mut self, Message { id, event, data }: &Message) -> Result<(), Failure> {
        match event.as_str() {
            "" => {
                let cursor = self.further(id, 1)?;
                self.same_log(cursor, data)?;
                self.print(&line(data))?;
                self.reached = Some(cursor);
            }
            "heartbeat" => {
                let cursor = self.further(id, 0)?;
                self.same_log(cursor, data)?;
                self.reached = Some(cursor);
            }
            "end" => {
                let error: Result<Error, _> = serde_json::from_str(data);
                return Err(error.map_or_else(|_| self.remote.broken_off("the server ended it"), Failure::Refused));
            }
            _ => return Ok(()),
        }
        self.is_known = true;
        if self.is_missed {
            self.is_missed = false;
            anstream::eprintln!("the feed goes on");
        }
        Ok(())
    }

    /// A server that comes back with the log of another has events with these numbers too.
    fn same_log(&mut self, cursor: Cursor, data: &str) -> Result<(), Failure> {
        let origin: Origin = serde_json::from_str(data)
            .map_err(|_| self.remote.unfit(format!("the event at {cursor} is not JSON as a feed has it")))?;
        let Some(log) = origin.log() else { return Ok(()) };
        match &self.log {
            Some(before) if before != log => {
                let problem = format!("the server has another log now: {log}, and before it had {before}");
                return Err(self.remote.unfit(problem));
            }
            Some(_) => {}
            None => self.log = Some(log.to_owned()),
        }
        Ok(())
    }

    /// The cursor of that text, if it is at least so far behind the last one: a feed only goes forward.
    fn further(&self, text: &str, by: u64) -> Result<Cursor, Failure> {
        let cursor: Cursor = text.parse().map_err(|_| self.remote.unfit(format!("`{text}` is no cursor")))?;
        match self.reached {
            Some(reached) if cursor.position < reached.position.saturating_add(by) => {
                Err(self.remote.unfit(format!("the feed gives {cursor} behind {reached}")))
            }
            _ => Ok(cursor),
        }
    }

    fn print(&self, line: &str) -> Result<(), Failure> {
        let Ok(_printing) = self.printing.lock() else {
            return Err(Failure::Internal("the printing panicked".into()));
        };
        let mut out = io::stdout().lock();
        out.write_all(line.as_bytes()).and_then(|()| out.flush()).map_err(Failure::Output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_silent_server_is_taken_for_gone() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let remote = Remote::new(&format!("http://{}", silent.local_addr().unwrap()), "token");
        let remote = remote.heard_within(Duration::from_millis(50));
        let begun = Instant::now();
        let failure = remote.answer(FEED, EVENT_STREAM).unwrap_err();
        assert!(failure.may_pass() && begun.elapsed() < Duration::from_secs(5), "{failure}");
        // It accepted that connection, and says no more than the head of an answer to the next.
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
        let (_first, _) = silent.accept().unwrap();
        thread::scope(|scope| {
            let held = scope.spawn(|| {
                let (mut stream, _) = silent.accept().unwrap();
                stream.write_all(head.as_bytes()).unwrap();
                stream
            });
            let mut follower = Follower {
                remote,
                request: FeedRequest::default(),
                reached: None,
                log: None,
                printing: Arc::default(),
                is_known: false,
                is_missed: false,
            };
            let Err(failure) = follower.connection();
            assert!(failure.may_pass() && begun.elapsed() < Duration::from_secs(5), "{failure}");
            drop(held.join());
        });
    }
}
