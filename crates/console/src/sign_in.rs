//! Signing in and out. What must come back from the provider waits in a cookie of the browser that left for it: strangers
//! cannot fill any memory here.

mod arrival;
pub(crate) mod attempts;
mod trying;

pub(crate) use trying::as_somebody;

use crate::{
    answer::{Shown, see_other},
    console::Console,
    cookies::{SESSION, SIGN_IN},
    extract::InQuery,
    form::{Sent, is_from_here, unguarded_form},
    links::Link,
    sessions::SessionKey,
    shell::Doorstep,
    visit::{Visit, signed_out_problem},
};
use arrival::{NotSignedIn, again, begin, links, way_on};
use askama::Template;
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use procura_server::{PendingSignIn, SignInAnswer, SignInError, SignInOffer, client_address};
use procura_words::Words;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use subtle::ConstantTimeEq;
use trying::Persona;

/// How long a sign-in at a provider may take.
const SIGN_IN_SECONDS: u64 = 15 * 60;

/// The page where people sign in.
#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    door: Doorstep,
    /// The page to go to afterwards.
    to: String,
    /// Why somebody is here, as the id of a sentence.
    notice: Option<&'static str>,
    offers: Vec<SignInOffer>,
    personas: Vec<Persona>,
}

/// What the page is asked with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SignInQuery {
    /// The page to go to afterwards.
    to: Option<String>,
    /// Whether a session ended just now.
    ended: bool,
    /// Whether somebody signed out just now.
    out: bool,
    problem: Option<NotSignedIn>,
}

/// A sign-in that is under way, in the browser's cookie.
#[derive(Serialize, Deserialize)]
struct UnderWay {
    pending: PendingSignIn,
    to: String,
}

/// `GET /sign-in`
pub(crate) async fn page(
    State(console): State<Arc<Console>>,
    InQuery(query): InQuery<SignInQuery>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let words = Words::of(console.language(&headers));
    let personas = match trying::personas(&console).await {
        Ok(personas) => personas,
        Err(error) => return signed_out_problem(&console, words, &uri, &error),
    };
    let notice = match (query.problem, query.ended, query.out) {
        (Some(problem), ..) => Some(problem.sentence()),
        (None, true, _) => Some("sign-in-ended"),
        (None, false, true) => Some("sign-in-out"),
        (None, false, false) => None,
    };
    let here = uri.path_and_query().map_or("/sign-in", |here| here.as_str()).to_owned();
    let door = Doorstep { words, links: links(&console), here };
    let offers = console.reception.sign_in_offers();
    Shown(SignInPage { door, to: way_on(query.to.as_deref()), notice, offers, personas }).into_response()
}

/// What the form sends that leads to a provider.
#[derive(Debug, Deserialize)]
struct Leaving {
    /// Which provider.
    provider: usize,
    /// The domain of the organisation; empty for any.
    #[serde(default)]
    domain: String,
    #[serde(default)]
    to: String,
}

/// `POST /sign-in`: to the provider.
pub(crate) async fn leave(State(console): State<Arc<Console>>, request: Request) -> Response {
    let words = Words::of(console.language(request.headers()));
    let uri = request.uri().clone();
    if is_from_here(&console, request.headers()).is_err() {
        return again(&console, NotSignedIn::Expired, None);
    }
    let Leaving { provider, domain, to } = match unguarded_form(request).await {
        Ok(leaving) => leaving,
        Err(error) => return signed_out_problem(&console, words, &uri, &error),
    };
    let to = way_on(Some(&to));
    let domain = Some(domain.trim()).filter(|domain| !domain.is_empty());
    let (address, pending) = match console.reception.begin_sign_in(provider, console.redirect_address(), domain) {
        Ok(begun) => begun,
        Err(error) => return again(&console, problem(&error), Some(&to)),
    };
    let cookie = serde_json::to_vec(&UnderWay { pending, to }).map(|json| BASE64_URL_SAFE_NO_PAD.encode(json));
    let cookie = cookie.ok().and_then(|cookie| console.cookies.set(SIGN_IN, &cookie, SIGN_IN_SECONDS));
    let door = Doorstep { words, links: links(&console), here: "/sign-in".to_owned() };
    let mut response = leaving_for(door, &address);
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// What a provider sends people back with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Back {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
    #[serde(rename = "iss")]
    issuer: Option<String>,
}

/// `GET /sign-in/done`: back from the provider.
pub(crate) async fn done(
    State(console): State<Arc<Console>>,
    InQuery(back): InQuery<Back>,
    request: Request,
) -> Response {
    let under_way = console.cookies.of(request.headers(), SIGN_IN).and_then(read_under_way);
    let Some(UnderWay { pending, to }) = under_way else { return again(&console, NotSignedIn::Expired, None) };
    let state = back.state.as_deref().unwrap_or_default();
    if !bool::from(state.as_bytes().ct_eq(pending.state.as_bytes())) {
        return again(&console, NotSignedIn::Expired, Some(&to));
    }
    let Some(code) = back.code.filter(|_| back.error.is_none()) else {
        return again(&console, NotSignedIn::Refused, Some(&to));
    };
    let Some(_leave) = console.attempts.one(client_address(request.extensions())) else {
        return again(&console, NotSignedIn::Busy, Some(&to));
    };
    let answer = SignInAnswer { code, issuer: back.issuer };
    match console.reception.finish_sign_in(pending, console.redirect_address(), answer).await {
        Ok(signed_in) => begin(&console, request.headers(), signed_in, &to),
        Err(error) => {
            tracing::info!(%error, "a sign-in was refused");
            again(&console, problem(&error), Some(&to))
        }
    }
}

/// `POST /sign-out`: the form has the session's token, as every other has.
pub(crate) async fn out(
    State(console): State<Arc<Console>>,
    visit: Visit,
    headers: HeaderMap,
    _form: Sent,
) -> Response {
    if let Some(key) = console.cookies.of(&headers, SESSION).map(SessionKey::sent) {
        console.sessions.end(&key);
    }
    let mut response = see_other(visit.links().now("/sign-in").with("out", true)).into_response();
    if let Some(cookie) = console.cookies.unset(SESSION) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Leaves for another server. By a page of its own: to be sent on from a form is not allowed by our own policy, which knows
/// no other server.
fn leaving_for(door: Doorstep, address: &str) -> Response {
    match HeaderValue::try_from(format!("0; url={address}")) {
        Ok(refresh) => ([(header::REFRESH, refresh)], Shown(LeavingPage { door, address })).into_response(),
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}

/// The page that leads on to the provider.
#[derive(Template)]
#[template(path = "leaving.html")]
struct LeavingPage<'a> {
    door: Doorstep,
    address: &'a str,
}

fn problem(error: &SignInError) -> NotSignedIn {
    match error {
        SignInError::Domain => NotSignedIn::Domain,
        SignInError::Unreachable => NotSignedIn::Unreachable,
        SignInError::Unknown | SignInError::Refused(_) | SignInError::Token(_) => NotSignedIn::Refused,
    }
}

fn read_under_way(cookie: &str) -> Option<UnderWay> {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(cookie).ok()?).ok()
}

impl SignInPage {
    fn action(&self) -> Link {
        self.door.links.now("/sign-in")
    }

    fn action_as(&self) -> Link {
        self.door.links.now("/sign-in/as")
    }
}
