//! What a form sends. It repeats the session's token, and comes from a page of this server: nobody else's page can send one.

use crate::{
    console::Console,
    failure::{Failure, not_from_here},
    sessions::Session,
};
use axum::{
    extract::{FromRequest, Request},
    http::{HeaderMap, Method, header},
};
use procura_app::Error;
use procura_domain::temporal::Position;
use procura_engine::IdempotencyKey;
use procura_server::form_bytes;
use serde::de::DeserializeOwned;
use std::{collections::BTreeMap, sync::Arc};
use subtle::ConstantTimeEq;

/// The session whose token a form is to repeat.
#[derive(Clone)]
pub(crate) struct FormToken(pub(crate) Arc<Session>);

/// The fields of a form that are not the command's.
const TOKEN: &str = "token";
const POSITION: &str = "position";
const KEY: &str = "key";

/// What was sent.
pub(crate) struct Sent {
    fields: Vec<(String, String)>,
    /// The position that the page showed.
    pub(crate) position: Option<Position>,
    /// What makes one of two forms that were sent twice.
    pub(crate) key: Option<IdempotencyKey>,
}

impl Sent {
    /// The field, without spaces around it; none if it is empty.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let field = self.fields.iter().find(|(own, _)| own == name).map(|(_, value)| value.trim());
        field.filter(|value| !value.is_empty())
    }

    /// The field as it was typed.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.fields.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value)
    }

    /// The fields, read.
    ///
    /// # Errors
    /// `invalidRequest`, if they are not what the page has.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let fields: BTreeMap<_, _> = self.fields.iter().map(|(name, value)| (name, value)).collect();
        let text = serde_urlencoded::to_string(fields).map_err(|error| Error::invalid_request(error.to_string()))?;
        serde_urlencoded::from_str(&text).map_err(|error| Error::invalid_request(error.to_string()))
    }
}

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let token = request.extensions().get::<FormToken>().map(|FormToken(session)| session.form_token.clone());
        let body = form_bytes(request, state).await?;
        let fields: Vec<(String, String)> =
            serde_urlencoded::from_bytes(&body).map_err(|error| Error::invalid_request(error.to_string()))?;
        let mut sent = Self { fields, position: None, key: None };
        let repeated = sent.text(TOKEN);
        if !token.is_some_and(|token| bool::from(token.as_bytes().ct_eq(repeated.as_bytes()))) {
            return Err(not_from_here());
        }
        sent.position = sent.field(POSITION).and_then(|position| position.parse().ok()).map(Position);
        sent.key = sent.field(KEY).and_then(|key| key.parse().ok());
        sent.fields.retain(|(name, _)| ![TOKEN, POSITION, KEY].contains(&&**name));
        Ok(sent)
    }
}

/// Whether what changes something comes from a page of this server, as far as the browser says: all of today's do.
///
/// # Errors
/// If it comes from elsewhere.
pub(crate) fn is_from_here(console: &Arc<Console>, headers: &HeaderMap) -> Result<(), Failure> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let is_ours = match (text("sec-fetch-site"), text(header::ORIGIN.as_str())) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => origin == console.origin,
        // A browser that says neither; the token in the form is looked at in any case.
        (None, None) => true,
    };
    if is_ours { Ok(()) } else { Err(not_from_here()) }
}

/// The fields of a form of somebody who is not signed in, who has no token yet.
///
/// # Errors
/// `invalidRequest`, if they are not what the page has.
pub(crate) async fn unguarded_form<T: DeserializeOwned>(request: Request) -> Result<T, Error> {
    let body = form_bytes(request, &()).await?;
    serde_urlencoded::from_bytes(&body).map_err(|error| Error::invalid_request(error.to_string()))
}

/// Whether a request of that method may change something.
pub(crate) fn changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD)
}
