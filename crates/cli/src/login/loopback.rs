//! The address of this machine to which a browser comes back (RFC 8252, section 7.3). Any page in any browser here can call
//! it, so a call that does not bring the state of this login is refused, and ends nothing.

use super::error::{LoginError, shown};
use axum::{
    Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use oauth2::CsrfToken;
use serde::Deserialize;
use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{net::TcpListener, sync::oneshot, time::timeout};

/// How long the last page may take to be read.
const GOODBYE: Duration = Duration::from_secs(2);

/// What the browser brought: a code or why there is none, from whom, and how to answer it.
pub(crate) struct Returned {
    pub(crate) code: Result<String, String>,
    pub(crate) issuer: Option<String>,
    pub(crate) page: oneshot::Sender<Result<String, String>>,
}

/// An address that waits for a browser.
pub(crate) struct Loopback {
    listener: TcpListener,
    host: String,
}

struct Expected {
    host: String,
    state: CsrfToken,
    /// Gone once the browser came back.
    returned: Mutex<Option<oneshot::Sender<Returned>>>,
}

/// What a provider has a browser bring. A name that stands there twice is refused.
#[derive(Deserialize)]
struct Brought {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
    iss: Option<String>,
}

impl Loopback {
    /// Listens on a port that is free.
    pub(crate) async fn bind() -> Result<Self, LoginError> {
        let listening = async {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            let host = listener.local_addr()?.to_string();
            Ok(Self { listener, host })
        };
        let failed = |error: std::io::Error| LoginError::NotListening {
            place: Ipv4Addr::LOCALHOST.to_string(),
            problem: error.to_string(),
        };
        listening.await.map_err(failed)
    }

    /// Where a browser is sent.
    pub(crate) fn address(&self) -> String {
        format!("http://{}/callback", self.host)
    }

    /// What the browser brings that this login was begun in, if it comes in time, is given to `then`, which answers it.
    pub(crate) async fn wait<T>(
        self,
        state: CsrfToken,
        seconds: u64,
        then: impl FnOnce(Returned) -> Result<T, LoginError>,
    ) -> Result<T, LoginError> {
        let (returned, came) = oneshot::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let expected = Expected { host: self.host, state, returned: Mutex::new(Some(returned)) };
        let routes = Router::new().route("/callback", get(callback)).with_state(Arc::new(expected));
        let stopped = async { drop(stopped.await) };
        let serving = tokio::spawn(axum::serve(self.listener, routes).with_graceful_shutdown(stopped).into_future());
        let done = match timeout(Duration::from_secs(seconds), came).await {
            Ok(Ok(returned)) => then(returned),
            _ => Err(LoginError::TimedOut(seconds)),
        };
        drop(stop);
        // The browser gets its page before the process ends.
        let _ = timeout(GOODBYE, serving).await;
        done
    }
}

async fn callback(
    State(expected): State<Arc<Expected>>,
    headers: HeaderMap,
    Query(brought): Query<Brought>,
) -> Response {
    // A name that was made to lead here is no way in.
    let is_for_us = headers.get(header::HOST).is_some_and(|host| host.as_bytes() == expected.host.as_bytes());
    let is_ours = brought.state.is_some_and(|state| CsrfToken::new(state) == expected.state);
    if !is_for_us || !is_ours {
        let text = "This is not an answer to the login that was begun here. Nothing was done.";
        return page(StatusCode::BAD_REQUEST, "Not logged in", text);
    }
    let taken = expected.returned.lock().unwrap_or_else(PoisonError::into_inner).take();
    let (page_for, told) = oneshot::channel();
    let described = |error: String| match &brought.error_description {
        Some(description) => format!("{}: {}", shown(&error), shown(description)),
        None => shown(&error),
    };
    let code = match (brought.error, brought.code) {
        (Some(error), _) => Err(described(error)),
        (None, Some(code)) => Ok(code),
        (None, None) => Err("it gave neither a code nor an error".to_owned()),
    };
    let passed = taken.map(|taken| taken.send(Returned { code, issuer: brought.iss, page: page_for }));
    match (passed, told.await) {
        (Some(Ok(())), Ok(Ok(text))) => page(StatusCode::OK, "You are logged in", &text),
        (Some(Ok(())), Ok(Err(text))) => page(StatusCode::FORBIDDEN, "You are not logged in", &text),
        _ => page(StatusCode::GONE, "Nothing was done", "The login that was begun here is over."),
    }
}

/// A page that needs nothing, runs nothing and passes nothing on: the code is in its address.
fn page(status: StatusCode, title: &str, text: &str) -> Response {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<h1>{title}</h1>\n<p>{text}</p>\n"
    );
    let headers = [
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONNECTION, "close"),
    ];
    (status, headers, Html(page)).into_response()
}
