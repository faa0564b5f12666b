//! Ids of requests: by one a request is found in the logs of its client and of this server.

use axum::http::HeaderValue;
use parking_lot::Mutex;
use procura_engine::ambient::Entropy;
use uuid::fmt::Hyphenated;

/// The id of a request.
#[derive(Clone)]
pub(crate) struct RequestId(pub(crate) HeaderValue);

/// Makes them, without asking the system for chance each time.
pub(crate) struct RequestIds(Mutex<Entropy>);

impl RequestIds {
    pub(crate) fn from_os() -> Self {
        Self(Mutex::new(Entropy::from_os()))
    }

    /// A new GUID.
    pub(crate) fn next(&self) -> HeaderValue {
        let id = self.0.lock().guid();
        let mut text = [0; Hyphenated::LENGTH];
        let text = id.hyphenated().encode_lower(&mut text);
        HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("unknown"))
    }
}
