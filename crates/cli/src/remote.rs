//! A server, talked to over HTTP.

use crate::failure::Failure;
use procura_server::Caller;
use serde_json::Value;
use std::io::Read;
use ureq::Agent;

/// A server and the token for it; clones share its connections.
#[derive(Clone)]
pub(crate) struct Remote {
    agent: Agent,
    url: String,
    token: String,
}

/// What a server answered.
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Remote {
    pub(crate) fn new(url: &str, token: &str) -> Self {
        let agent = Agent::new_with_config(Agent::config_builder().http_status_as_error(false).build());
        Self { agent, url: url.trim_end_matches('/').to_owned(), token: token.to_owned() }
    }

    /// The server of a [`Place`](crate::args::Place) that is no data directory.
    pub(crate) fn of(server: Option<&str>, token: Option<&str>) -> Self {
        Self::new(server.unwrap_or_default(), token.unwrap_or_default())
    }

    /// Whom the token names, as it says itself: the server checks it, this only tells a line's actor from another.
    pub(crate) fn caller(&self) -> Result<Caller, Failure> {
        Caller::claimed(&self.token).ok_or_else(|| {
            let problem = "the token is not one that names a user; `procura token` makes one".to_owned();
            Failure::Server { url: self.url.clone(), problem }
        })
    }

    /// Gets a text.
    pub(crate) fn get(&self, path: &str) -> Result<String, Failure> {
        let mut text = String::new();
        self.download(path)?.read_to_string(&mut text).map_err(|error| self.broken_off(&error.to_string()))?;
        Ok(text)
    }

    /// Posts JSON. Any status is an answer; only where none came it is a failure.
    pub(crate) fn post(&self, path: &str, key: Option<&str>, body: &str) -> Result<Response, Failure> {
        let url = format!("{}{path}", self.url);
        let failure = |problem: String| Failure::Server { url: url.clone(), problem };
        let request = self.agent.post(&url).header("authorization", format!("Bearer {}", self.token));
        let request = request.header("content-type", "application/json");
        let request = match key {
            Some(key) => request.header("idempotency-key", key),
            None => request,
        };
        let mut response = request
            .send(body)
            .map_err(|error| failure(format!("{error}; is the server running, and is this its address?")))?;
        let status = response.status().as_u16();
        let body = response.body_mut().read_json().map_err(|error| failure(error.to_string()))?;
        Ok(Response { status, body })
    }

    /// Gets what is too long to be held, as it comes.
    pub(crate) fn download(&self, path: &str) -> Result<Box<dyn Read>, Failure> {
        let url = format!("{}{path}", self.url);
        let failure = |problem: String| Failure::Server { url: url.clone(), problem };
        let request = self.agent.get(&url).header("authorization", format!("Bearer {}", self.token));
        let mut response = request
            .call()
            .map_err(|error| failure(format!("{error}; is the server running, and is this its address?")))?;
        let status = response.status().as_u16();
        if status != 200 {
            let body = response.body_mut().read_json().map_err(|error| failure(error.to_string()))?;
            Response { status, body }.expect_status(200)?;
        }
        Ok(Box::new(response.into_body().into_reader()))
    }

    /// An answer that was cut off.
    pub(crate) fn broken_off(&self, problem: &str) -> Failure {
        Failure::Server { url: self.url.clone(), problem: format!("the answer was cut off: {problem}") }
    }
}

impl Response {
    /// The body, where the status is the one hoped for; else what the server says is wrong.
    pub(crate) fn expect_status(self, status: u16) -> Result<Value, Failure> {
        if self.status == status {
            return Ok(self.body);
        }
        let said = |name: &str| self.body.get(name).and_then(Value::as_str).unwrap_or("?").to_owned();
        Err(Failure::Refused { status: self.status, code: said("code"), detail: said("detail") })
    }
}
