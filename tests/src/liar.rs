//! A server that answers as it is told, truly or not, and counts the requests that it gets: an OpenID provider unless it
//! is told otherwise.

use crate::{PATIENCE, signing::SigningKey};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// Where a provider's metadata are.
pub const DISCOVERY: &str = "/.well-known/openid-configuration";
/// Where its key set is.
pub const KEYS: &str = "/keys";

/// What it answers.
#[derive(Debug, Clone)]
pub enum Answer {
    /// 200, and this.
    Json(Value),
    /// 200, and a text that may be anything.
    Text(String),
    /// This status, and nothing else.
    Status(u16),
    /// 302, to there.
    Redirect(String),
    /// The first, after so long.
    Late(Duration, Value),
    /// A byte a second of this.
    Trickle(Value),
    /// JSON that begins like a key set and never ends.
    Endless,
    /// Nothing, while the connection stays.
    Silence,
}

/// A running liar; gone when dropped. As it starts it is an honest provider with one RSA key.
#[derive(Debug)]
pub struct Liar {
    issuer: String,
    book: Arc<Mutex<Book>>,
}

#[derive(Debug, Default)]
struct Book {
    /// What is answered, by path.
    answers: HashMap<String, Answer>,
    /// How often each path was asked for.
    asked: HashMap<String, usize>,
    /// How many requests it is answering, and how many it was at most.
    answering: usize,
    at_once: usize,
    over: bool,
}

impl Liar {
    /// Starts it on a port of its own.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let issuer = format!("http://{}", listener.local_addr().expect("an address"));
        let liar = Self { issuer, book: Arc::default() };
        liar.answer(DISCOVERY, Answer::Json(liar.honest_discovery()));
        liar.publish(&[&SigningKey::rsa()]);
        let book = Arc::clone(&liar.book);
        thread::spawn(move || {
            for connection in listener.incoming() {
                if locked(&book).over {
                    break;
                }
                let book = Arc::clone(&book);
                thread::spawn(move || connection.and_then(|connection| serve(&book, &connection)));
            }
        });
        liar
    }

    /// Where it listens: the issuer that it should have.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// What that path answers from now on.
    pub fn answer(&self, path: &str, answer: Answer) {
        locked(&self.book).answers.insert(path.to_owned(), answer);
    }

    /// The keys in its key set from now on.
    pub fn publish(&self, keys: &[&SigningKey]) {
        let keys: Vec<_> = keys.iter().map(|key| key.public()).collect();
        self.answer(KEYS, Answer::Json(json!({ "keys": keys })));
    }

    /// What an honest discovery answers.
    pub fn honest_discovery(&self) -> Value {
        let issuer = &self.issuer;
        json!({"issuer": issuer, "jwks_uri": format!("{issuer}{KEYS}"), "id_token_signing_alg_values_supported": ["RS256"]})
    }

    /// How often that path was asked for.
    pub fn asked(&self, path: &str) -> usize {
        locked(&self.book).asked.get(path).copied().unwrap_or_default()
    }

    /// How many requests it had at the same time, at most.
    pub fn at_once(&self) -> usize {
        locked(&self.book).at_once
    }
}

impl Drop for Liar {
    fn drop(&mut self) {
        locked(&self.book).over = true;
        // Wakes the thread that waits for a connection.
        let _ = TcpStream::connect(self.issuer.trim_start_matches("http://"));
    }
}

fn locked(book: &Mutex<Book>) -> MutexGuard<'_, Book> {
    book.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers one request.
fn serve(book: &Mutex<Book>, connection: &TcpStream) -> std::io::Result<()> {
    connection.set_read_timeout(Some(PATIENCE))?;
    let mut request = BufReader::new(connection);
    let (mut first, mut line, mut length) = (String::new(), String::new(), 0);
    request.read_line(&mut first)?;
    while request.read_line(&mut line)? > 2 {
        let length_is = line.to_lowercase().strip_prefix("content-length:").map(|length| length.trim().parse());
        length = length_is.and_then(Result::ok).unwrap_or(length);
        line.clear();
    }
    std::io::copy(&mut request.take(length), &mut std::io::sink())?;
    let path = first.split(' ').nth(1).unwrap_or_default();
    let answer = {
        let mut book = locked(book);
        book.answering += 1;
        book.at_once = book.at_once.max(book.answering);
        *book.asked.entry(path.to_owned()).or_default() += 1;
        book.answers.get(path).cloned().unwrap_or(Answer::Status(404))
    };
    let written = write(book, connection, answer);
    locked(book).answering -= 1;
    written
}

fn write(book: &Mutex<Book>, mut to: &TcpStream, answer: Answer) -> std::io::Result<()> {
    let whole = |body: &str| {
        let length = body.len();
        format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
        )
    };
    // No answer goes on for longer than anything is waited for, nor after the liar is gone.
    let patience = Instant::now() + PATIENCE;
    let goes_on = || Instant::now() < patience && !locked(book).over;
    match answer {
        Answer::Json(json) => write(book, to, Answer::Text(json.to_string())),
        Answer::Text(text) => to.write_all((whole(&text) + &text).as_bytes()),
        Answer::Status(status) => {
            write!(to, "HTTP/1.1 {status} As told\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        }
        Answer::Redirect(location) => {
            write!(to, "HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        }
        Answer::Late(wait, json) => {
            thread::sleep(wait);
            write(book, to, Answer::Json(json))
        }
        Answer::Trickle(json) => {
            let text = json.to_string();
            to.write_all(whole(&text).as_bytes())?;
            for byte in text.bytes().take_while(|_| goes_on()) {
                to.write_all(&[byte])?;
                thread::sleep(Duration::from_secs(1));
            }
            Ok(())
        }
        Answer::Endless => {
            to.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n{\"keys\":[")?;
            while goes_on() {
                to.write_all(&[b' '; 65_536])?;
            }
            Ok(())
        }
        Answer::Silence => {
            while goes_on() {
                thread::sleep(Duration::from_millis(50));
            }
            Ok(())
        }
    }
}
