//! A server, talked to over HTTP.

use crate::{
    failure::Failure,
    http::{agent, configured},
    login::renewal,
};
use procura_domain::temporal::Position;
use procura_server::Caller;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{io::Read, time::Duration};
use ureq::{Agent, Body, http::Response};

/// A server and the token for it; clones share its connections.
#[derive(Clone)]
pub(crate) struct Remote {
    agent: Agent,
    url: String,
    token: String,
}

impl Remote {
    pub(crate) fn new(url: &str, token: &str) -> Self {
        Self { agent: agent(None), url: url.trim_end_matches('/').to_owned(), token: token.to_owned() }
    }

    /// The same, taken for gone if nothing is heard of it for so long.
    pub(crate) fn heard_within(self, silence: Duration) -> Self {
        let config = configured().timeout_connect(Some(silence)).timeout_per_read(Some(silence));
        Self { agent: config.build().new_agent(), ..self }
    }

    /// The server of a [`Place`](crate::args::Place) that is no data directory.
    pub(crate) fn of(server: Option<&str>, token: Option<&str>) -> Self {
        Self::new(server.unwrap_or_default(), token.unwrap_or_default())
    }

    /// Whom the server takes the token's holder for.
    pub(crate) fn caller(&self) -> Result<Caller, Failure> {
        self.get_json("/v1/caller")
    }

    pub(crate) fn get(&self, path: &str) -> Result<String, Failure> {
        let mut text = String::new();
        self.download(path)?.read_to_string(&mut text).map_err(|error| self.broken_off(&error.to_string()))?;
        Ok(text)
    }

    /// Gets an answer as JSON.
    pub(crate) fn get_json<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        serde_json::from_str(&self.get(path)?).map_err(|error| self.broken_off(&error.to_string()))
    }

    pub(crate) fn post(&self, path: &str, key: Option<&str>, body: &str) -> Result<Value, Failure> {
        self.post_since(path, key, None, body)
    }

    /// The same, refused where something newer than that position concerns it.
    pub(crate) fn post_since(
        &self,
        path: &str,
        key: Option<&str>,
        seen: Option<Position>,
        body: &str,
    ) -> Result<Value, Failure> {
        let request = self.agent.post(format!("{}{path}", self.url));
        let request = request.header("authorization", self.bearer()?);
        let request = request.header("content-type", "application/json");
        let request = match key {
            Some(key) => request.header("idempotency-key", key),
            None => request,
        };
        let request = match seen {
            Some(seen) => request.header("if-match", format!("\"{seen}\"")),
            None => request,
        };
        let mut response = self.answered(path, request.send(body))?;
        response.body_mut().read_json().map_err(|error| self.failure(path, error.to_string()))
    }

    /// Gets what is too long to be held, as it comes.
    pub(crate) fn download(&self, path: &str) -> Result<Box<dyn Read>, Failure> {
        Ok(Box::new(self.answer(path, "*/*")?.into_body().into_reader()))
    }

    /// Gets an answer of that media type, its headers first.
    pub(crate) fn answer(&self, path: &str, media_type: &str) -> Result<Response<Body>, Failure> {
        let request = self.agent.get(format!("{}{path}", self.url)).header("accept", media_type);
        let request = request.header("authorization", self.bearer()?);
        self.answered(path, request.call())
    }

    /// What says who is calling. A saved login is renewed when it has nearly ended.
    fn bearer(&self) -> Result<String, Failure> {
        Ok(format!("Bearer {}", renewal::token_for(&self.url, &self.token)?))
    }

    /// The answer, if it is none of an error.
    fn answered(&self, path: &str, response: Result<Response<Body>, ureq::Error>) -> Result<Response<Body>, Failure> {
        let mut response = response
            .map_err(|error| self.failure(path, format!("{error}; is the server running, and is this its address?")))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status().as_u16();
        let url = format!("{}{path}", self.url);
        let failure = response.body_mut().read_json().map_or(Failure::Status { url, status }, Failure::Refused);
        let ended = (status == 401).then(|| renewal::ended(&self.url, &self.token, &failure.to_string()));
        Err(ended.flatten().unwrap_or(failure))
    }

    /// An answer that is none to what was asked.
    pub(crate) fn unfit(&self, problem: impl Into<String>) -> Failure {
        Failure::Unfit { url: self.url.clone(), problem: problem.into() }
    }

    fn failure(&self, path: &str, problem: String) -> Failure {
        Failure::Server { url: format!("{}{path}", self.url), problem }
    }

    /// An answer that was cut off.
    pub(crate) fn broken_off(&self, problem: &str) -> Failure {
        Failure::Server { url: self.url.clone(), problem: format!("the answer was cut off: {problem}") }
    }
}
