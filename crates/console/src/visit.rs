//! A visit: somebody who is signed in asks for a page, in a language, about a day. Every page but those of signing in is
//! behind [`visited`].

use crate::{
    answer::{Shown, see_other},
    console::Console,
    cookies::SESSION,
    day::Day,
    failure::{Failure, Untold, status},
    form::{FormToken, Sent, changes, is_from_here},
    links::Links,
    names::Names,
    pages::problem::{ProblemPage, SignedOutProblemPage},
    sessions::{Session, SessionKey},
    shell::{CustomerInView, Doorstep, Shell, Standing},
};
use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, Uri, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use procura_app::{
    AsOf, Code, Error,
    access::RequestContext,
    commands::Outcome,
    history::HistoryRequest,
    labels::{LabelsRequest, labels},
};
use procura_domain::{id::CustomerId, personal::People, visibility::Reader};
use procura_engine::{Engine, When};
use procura_server::{Caller, IssuedCommand, Reception, ServiceRole, Weight};
use procura_words::Words;
use serde_json::Value;
use std::sync::Arc;

/// The parameter with the day.
const DAY: &str = "on";

/// Who asks, in which language, about which day.
#[derive(Clone)]
pub(crate) struct Visit(Arc<Visited>);

struct Visited {
    console: Arc<Console>,
    session: Arc<Session>,
    shell: Shell,
}

impl Visit {
    pub(crate) fn engine(&self) -> &Engine {
        self.0.console.reception.engine()
    }

    pub(crate) fn reception(&self) -> &Reception {
        &self.0.console.reception
    }

    pub(crate) fn caller(&self) -> &Caller {
        &self.0.session.signed_in.caller
    }

    pub(crate) fn reader(&self) -> Reader {
        self.caller().reader()
    }

    pub(crate) fn words(&self) -> Words {
        self.0.shell.words
    }

    pub(crate) fn links(&self) -> &Links {
        &self.0.shell.links
    }

    pub(crate) fn standing(&self) -> Standing {
        self.0.shell.standing
    }

    /// The moment that is looked at, as the parameter `at` takes it; none is now.
    pub(crate) fn at(&self) -> Option<String> {
        self.links().day().map(Day::at)
    }

    /// A question to a history, in the language of the page.
    pub(crate) fn history_request(&self) -> HistoryRequest {
        HistoryRequest { locale: self.words().locale, ..HistoryRequest::default() }
    }

    /// How an access question is asked, in the language of the page.
    pub(crate) fn question_context(&self) -> RequestContext {
        RequestContext { locale: self.words().locale, ..RequestContext::default() }
    }

    /// What things are called on a page with those people.
    pub(crate) fn names<'p>(&'p self, people: &'p People) -> Names<'p> {
        Names { engine: self.engine(), words: self.words(), people }
    }

    /// What stands around the page.
    pub(crate) fn shell(&self) -> Shell {
        self.0.shell.clone()
    }

    /// Has a command recorded that a form sent, as the person: if nothing happened since the page that it was on.
    ///
    /// # Errors
    /// If nothing of it was recorded.
    pub(crate) async fn issue(&self, name: &str, fields: &Value, sent: &Sent) -> Result<AsOf<Outcome>, Error> {
        let fields = fields.to_string();
        let (key, if_match) = (sent.key.clone(), sent.position);
        let command = IssuedCommand { name, fields: fields.as_bytes(), key, if_match };
        self.reception().issue(self.caller(), command).await
    }

    /// What a command would do.
    ///
    /// # Errors
    /// The error that the command would be given.
    pub(crate) async fn preview(&self, name: &str, fields: &Value) -> Result<AsOf<Outcome>, Error> {
        let fields = fields.to_string();
        let command = IssuedCommand { name, fields: fields.as_bytes(), key: None, if_match: None };
        self.reception().preview(self.caller(), command).await
    }

    fn problem(&self, error: &Error) -> Response {
        let mut response = (status(error), Shown(ProblemPage::new(self.shell(), error))).into_response();
        if let Some(seconds) = error.seconds_to_wait() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let visit = parts.extensions.get::<Self>().cloned();
        Ok(visit.ok_or_else(|| Error::new(Code::Unauthenticated, "nobody is signed in"))?)
    }
}

/// Lets in whoever is signed in, within the rates of its tenant; sends others to sign in.
pub(crate) async fn visited(
    State((console, route, weight)): State<(Arc<Console>, &'static str, Weight)>,
    mut request: Request,
    next: Next,
) -> Response {
    let key = console.cookies.of(request.headers(), SESSION).map(SessionKey::sent);
    let session = key.and_then(|key| console.sessions.of(&key));
    let session = session.filter(|session| !console.reception.is_revoked(&session.signed_in));
    let Some(session) = session else { return to_sign_in(&console, &request) };
    let words = Words::of(console.language(request.headers()));
    let weight = if changes(request.method()) { Weight::Command } else { weight };
    let (reception, uri) = (console.reception.clone(), request.uri().clone());
    let refused = |error: &Error| signed_out_problem(&console, words, &uri, error);
    // Also what stands around the page is looked up as the caller's work, and not beyond its rate.
    let work = async {
        let (shell, day) = match shell(&console, &session, words, &uri).await {
            Ok(shell) => shell,
            Err(error) => return refused(&error),
        };
        let visit = Visit(Arc::new(Visited { console: console.clone(), session: session.clone(), shell }));
        request.extensions_mut().insert(FormToken(session.clone()));
        request.extensions_mut().insert(visit.clone());
        let sound = if changes(request.method()) { is_from_here(&console, request.headers()) } else { Ok(()) };
        let response = match sound.and(day.map_err(Failure::from)) {
            Ok(()) => next.run(request).await,
            Err(failure) => failure.into_response(),
        };
        match response.extensions().get::<Untold>() {
            Some(Untold(error)) => visit.problem(error),
            None => response,
        }
    };
    reception.work_for(&session.signed_in.caller, (route, weight), |error| refused(&error), work).await
}

/// The page takes another method; the header `Allow` says which.
pub(crate) async fn other_method(State(console): State<Arc<Console>>, headers: HeaderMap, uri: Uri) -> Response {
    let words = Words::of(console.language(&headers));
    signed_out_problem(&console, words, &uri, &Error::new(Code::MethodNotAllowed, "this page takes another method"))
}

/// Tells somebody who is not signed in what went wrong.
pub(crate) async fn told_outside(State(console): State<Arc<Console>>, request: Request, next: Next) -> Response {
    let (words, uri) = (Words::of(console.language(request.headers())), request.uri().clone());
    let response = next.run(request).await;
    match response.extensions().get::<Untold>() {
        Some(Untold(error)) => signed_out_problem(&console, words, &uri, error),
        None => response,
    }
}

/// What stands around the page at that address; and the error of a day that cannot be looked at.
async fn shell(
    console: &Console,
    session: &Session,
    words: Words,
    uri: &Uri,
) -> Result<(Shell, Result<(), Error>), Error> {
    let (engine, caller) = (console.reception.engine(), &session.signed_in.caller);
    let now = engine.moment(When::Now)?;
    let query = uri.query().unwrap_or_default();
    let parameters: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
    let (days, kept): (Vec<_>, Vec<_>) = parameters.into_iter().partition(|(name, _)| name == DAY);
    let day = days.first().map(|(_, day)| Day::read(day, now.at)).transpose();
    let (day, misread) = match day {
        Ok(day) => (day.flatten(), Ok(())),
        Err(error) => (None, Err(Error::invalid_parameter(DAY, error))),
    };
    let standing = engine.read(|state| Standing::of(caller, state)).ok_or_else(Error::not_found)?;
    let organisation = engine.read(|state| state.tenant(caller.user.tenant).map(|tenant| tenant.name().to_string()));
    let people = engine.people([caller.user]).await?;
    let person = people.shown(caller.user).map_or_else(|| caller.user.user.to_string(), str::to_owned);
    let places = engine.read(|state| standing.places(caller.reader(), now, state));
    let links = Links::new(console.base.clone(), day);
    // The proxy in front has taken the path of the public URL away.
    let path = uri.path().to_owned();
    let customer = customer_in_view(engine, caller.reader(), standing, &path).await?;
    let is_auditor = caller.roles.contains(&ServiceRole::Auditor) && !caller.roles.contains(&ServiceRole::Operator);
    let shell = Shell {
        words,
        links,
        person,
        organisation: organisation.unwrap_or_default(),
        standing,
        places,
        form_token: session.form_token.clone(),
        page_key: console.random(),
        customer,
        path,
        kept,
        today: now.at,
        may_act: day.is_none() && !is_auditor,
    };
    Ok((shell, misread))
}

/// The customer that the page at that path is about, if somebody of another tenant looks at it and knows of it.
async fn customer_in_view(
    engine: &Engine,
    reader: Reader,
    standing: Standing,
    path: &str,
) -> Result<Option<CustomerInView>, Error> {
    let id = path.strip_prefix("/customers/").and_then(|rest| rest.split('/').next()?.parse::<CustomerId>().ok());
    let Some(id) = id.filter(|id| standing != Standing::Customer(*id)) else { return Ok(None) };
    let labels = labels(engine, reader, &LabelsRequest { ids: id.to_string() }).await?;
    Ok(labels.answer.items.into_iter().next().map(|thing| CustomerInView { id, name: thing.name }))
}

/// Where somebody signs in, to come back to the page.
fn to_sign_in(console: &Console, request: &Request) -> Response {
    let links = Links::new(console.base.clone(), None);
    let here = request.uri().path_and_query().map_or("/", |here| here.as_str());
    let sign_in = links.now("/sign-in");
    if changes(request.method()) {
        // What was sent is lost with the session; the page that it was sent from is not known for sure.
        return see_other(sign_in.with("ended", true)).into_response();
    }
    see_other(sign_in.with("to", here)).into_response()
}

/// The page that tells somebody who is not signed in what went wrong.
pub(crate) fn signed_out_problem(console: &Console, words: Words, uri: &Uri, error: &Error) -> Response {
    let here = uri.path_and_query().map_or("/", |here| here.as_str()).to_owned();
    let doorstep = Doorstep { words, links: Links::new(console.base.clone(), None), here };
    (status(error), Shown(SignedOutProblemPage::new(doorstep, error))).into_response()
}
