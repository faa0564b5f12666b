//! HTTP, as a caller with a token speaks it.

use crate::PATIENCE;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    sync::Arc,
};
use ureq::{
    Agent, BodyReader,
    http::{Request, request::Builder},
    tls::{Certificate, RootCerts, TlsConfig},
};

/// A caller: clones share its connections.
#[derive(Debug, Clone)]
pub struct Client {
    /// The server, like `http://127.0.0.1:7878`.
    pub url: String,
    /// The bearer token; none is sent where it is empty.
    pub token: String,
    agent: Agent,
}

/// An answer, whatever its status.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The position it was read at: `Procura-Position`.
    pub position: Option<u64>,
    /// The body; null if there is none.
    pub body: Value,
}

impl Client {
    /// A caller with that token, or with none if it is empty.
    pub fn new(url: &str, token: &str) -> Self {
        Self::with_roots(url, token, RootCerts::WebPki)
    }

    /// The same, of a server whose certificate is signed with that one, in PEM form.
    pub fn trusting(url: &str, token: &str, authority: &str) -> Self {
        let authority = Certificate::from_pem(authority.as_bytes()).expect("a certificate");
        Self::with_roots(url, token, RootCerts::new_with_certs(&[authority]))
    }

    fn with_roots(url: &str, token: &str, roots: RootCerts) -> Self {
        let config = Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).proxy(None);
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = TlsConfig::builder().root_certs(roots).unversioned_rustls_crypto_provider(provider).build();
        let config = config.tls_config(tls);
        let agent = config.max_idle_connections_per_host(64).max_idle_connections(64).build().new_agent();
        Self { url: url.to_owned(), token: token.to_owned(), agent }
    }

    /// Posts JSON.
    #[track_caller]
    pub fn post(&self, path: &str, json: &Value, headers: &[(&str, &str)]) -> Reply {
        let headers = [&[("content-type", "application/json")], headers].concat();
        self.send("POST", path, &headers, &json.to_string())
    }

    /// Gets.
    #[track_caller]
    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], "")
    }

    /// Has a command recorded: any other answer than `201` is a failure.
    #[track_caller]
    pub fn command(&self, name: &str, fields: &Value) -> Value {
        let reply = self.post(&format!("/v1/commands/{name}"), fields, &[]);
        assert_eq!(reply.status, 201, "{name} {fields}: {}", reply.body);
        reply.body
    }

    /// Sends a request as it is given; an empty body is none.
    #[track_caller]
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        self.try_send(method, path, headers, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// The same, for a server that may be gone.
    ///
    /// # Errors
    /// If no whole answer came.
    pub fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Reply, ureq::Error> {
        let request = self.request(method, path, headers);
        let mut response = match body {
            "" => self.agent.run(request.body(())?)?,
            body => self.agent.run(request.body(body)?)?,
        };
        let text = |value: &ureq::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = response.headers().iter().map(|(name, value)| (name.to_string(), text(value)));
        let headers: BTreeMap<_, _> = headers.collect();
        let position = headers.get("procura-position").and_then(|position| position.parse().ok());
        let status = response.status().as_u16();
        let body = String::from_utf8_lossy(&response.body_mut().read_to_vec()?).into_owned();
        let body = if body.is_empty() { Value::Null } else { serde_json::from_str(&body).unwrap_or(body.into()) };
        Ok(Reply { status, headers, position, body })
    }
}

impl Client {
    /// The status, the header `cache-control` and the bytes of an answer.
    ///
    /// # Panics
    /// If no whole answer came.
    #[track_caller]
    pub fn bytes(&self, path: &str) -> (u16, String, Vec<u8>) {
        let mut response =
            self.agent.run(self.request("GET", path, &[]).body(()).expect("a request")).expect("an answer");
        let keep = response.headers().get("cache-control").and_then(|keep| keep.to_str().ok()).unwrap_or_default();
        (response.status().as_u16(), keep.to_owned(), response.body_mut().read_to_vec().expect("a whole answer"))
    }

    fn request(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Builder {
        let request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        match self.token.as_str() {
            "" => request,
            token => request.header("authorization", format!("Bearer {token}")),
        }
    }

    /// Follows the feed, behind that cursor if it is one.
    ///
    /// # Errors
    /// If the answer is none that can be followed.
    pub fn follow(&self, path: &str, after: &str) -> Result<Follower, ureq::Error> {
        let accept = ("accept", "text/event-stream");
        let headers = if after.is_empty() { vec![accept] } else { vec![accept, ("last-event-id", after)] };
        let response = self.agent.run(self.request("GET", path, &headers).body(())?)?;
        let (status, is_stream) = (response.status().as_u16(), response.headers().get("content-type"));
        if status != 200 || is_stream.is_none_or(|form| form != "text/event-stream") {
            return Err(ureq::Error::StatusCode(status));
        }
        Ok(Follower { lines: BufReader::new(response.into_body().into_reader()) })
    }
}

/// Reads server-sent events.
pub struct Follower {
    lines: BufReader<BodyReader<'static>>,
}

/// A server-sent event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub id: String,
    /// What it is: empty for an event of the log.
    pub event: String,
    pub data: Value,
}

impl Follower {
    /// The next message; none once the stream has ended or broken off.
    pub fn next_message(&mut self) -> Option<Message> {
        let mut message = Message { id: String::new(), event: String::new(), data: Value::Null };
        loop {
            let mut line = String::new();
            self.lines.read_line(&mut line).ok().filter(|read| *read > 0)?;
            match line.trim_end_matches('\n').split_once(": ") {
                Some(("id", id)) => id.clone_into(&mut message.id),
                Some(("event", event)) => event.clone_into(&mut message.event),
                Some(("data", data)) => message.data = serde_json::from_str(data).ok()?,
                _ if line == "\n" && message.data != Value::Null => return Some(message),
                _ => {}
            }
        }
    }

    /// The next event of the log; none once the stream has ended.
    pub fn next_event(&mut self) -> Option<Message> {
        loop {
            match self.next_message()? {
                message if message.event.is_empty() => return Some(message),
                _ => {}
            }
        }
    }
}

/// Posts a form, as a caller without a token.
#[track_caller]
pub(crate) fn post_form(url: &str, fields: &[(&str, &str)]) -> Reply {
    let client = Client::new(url, "");
    let form = serde_urlencoded::to_string(fields).expect("a form");
    client.send("POST", "", &[("content-type", "application/x-www-form-urlencoded")], &form)
}

impl Reply {
    /// A header's value; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// A text of its body; empty if there is none.
    pub fn text(&self, field: &str) -> &str {
        self.body.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    /// The items of a list.
    #[track_caller]
    pub fn items(&self) -> &[Value] {
        let items = self.body.get("items").and_then(Value::as_array);
        items.unwrap_or_else(|| panic!("no list: {} {}", self.status, self.body))
    }

    /// How it differs from that error in the shape of all errors (RFC 9457), if it does. What is not found comes without
    /// a rule (VIS-3).
    pub fn differs(&self, status: u16, code: &str, says: &str) -> Option<String> {
        let is_problem = self.header("content-type") == "application/problem+json"
            && self.text("type") == format!("urn:procura:error:{code}")
            && self.body.get("status") == Some(&status.into())
            && !self.text("title").is_empty()
            && self.text("detail").contains(says)
            && (code != "notFound" || self.body.get("rule").is_none());
        let as_expected = is_problem && (self.status, self.text("code")) == (status, code);
        (!as_expected).then(|| format!("expected {status} {code} {says:?}, got {} {}", self.status, self.body))
    }
}
