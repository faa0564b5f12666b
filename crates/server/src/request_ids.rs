//! Ids of requests: by one a request is found in the logs of its client and of this server.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use parking_lot::Mutex;
use procura_engine::ambient::Entropy;
use uuid::fmt::Hyphenated;

/// The header with a request's id, which goes back with its answer.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id of a request that is kept.
const REQUEST_ID_CHARS_MAX: usize = 256;

/// The id of a request.
#[derive(Clone)]
pub(crate) struct RequestId(pub(crate) HeaderValue);

/// Makes them, without asking the system for chance each time.
pub(crate) struct RequestIds(Mutex<Entropy>);

impl RequestIds {
    pub(crate) fn from_os() -> Self {
        Self(Mutex::new(Entropy::from_os()))
    }

    /// The id that the request came with, else a new one.
    pub(crate) fn of(&self, headers: &HeaderMap) -> HeaderValue {
        told_id(headers).unwrap_or_else(|| self.next())
    }

    /// A new GUID.
    fn next(&self) -> HeaderValue {
        let id = self.0.lock().guid();
        let mut text = [0; Hyphenated::LENGTH];
        let text = id.hyphenated().encode_lower(&mut text);
        HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("unknown"))
    }
}

/// The request's own id. One that is too long, or not printable ASCII, is as none; and of several, nobody could say which
/// it is.
fn told_id(headers: &HeaderMap) -> Option<HeaderValue> {
    let is_fit = |id: &HeaderValue| {
        (1..=REQUEST_ID_CHARS_MAX).contains(&id.len()) && id.as_bytes().iter().all(|byte| matches!(byte, b' '..=b'~'))
    };
    let mut ids = headers.get_all(REQUEST_ID).iter();
    let id = ids.next()?;
    (is_fit(id) && ids.next().is_none()).then(|| id.clone())
}
