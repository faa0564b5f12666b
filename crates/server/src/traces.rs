//! Traces: how long a request took, and where, sent to a collector over OTLP. A cargo feature, `traces`; without it nothing
//! here does anything.

#[cfg(feature = "traces")]
mod otlp;

use crate::identity::address;
use axum::extract::Request;
use serde::{Deserialize, Serialize};
use tracing::Span;

#[cfg(feature = "traces")]
pub use otlp::Traces;

/// Where traces are sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TraceSettings {
    /// The collector's address for traces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The share of the traces that is kept, from 0 to 1.
    pub share: f64,
}

impl Default for TraceSettings {
    fn default() -> Self {
        Self { endpoint: None, share: 1.0 }
    }
}

impl TraceSettings {
    /// Whether the values fit, which their types do not say.
    ///
    /// # Errors
    /// The key, and what is wrong with it.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        self.check_in(cfg!(feature = "traces"))
    }

    fn check_in(&self, is_built_in: bool) -> Result<(), (&'static str, String)> {
        if !(0.0..=1.0).contains(&self.share) {
            return Err(("share", "must be from 0 to 1, such as 0.1 for every tenth trace".to_owned()));
        }
        let Some(endpoint) = &self.endpoint else { return Ok(()) };
        address(endpoint).map_err(|problem| ("endpoint", problem))?;
        if !is_built_in {
            let problem =
                "this `procura` was built without traces: build it with the feature `traces`, or leave this out";
            return Err(("endpoint", problem.to_owned()));
        }
        Ok(())
    }
}

/// Makes the request's span part of the trace that the client named, if it named one.
pub(crate) fn begun(span: &Span, request: &Request) {
    #[cfg(feature = "traces")]
    otlp::begun(span, request.headers());
    #[cfg(not(feature = "traces"))]
    let _ = (span, request);
}

/// Says by what route a request is answered.
pub(crate) fn routed(route: &'static str) {
    #[cfg(feature = "traces")]
    otlp::routed(route);
    #[cfg(not(feature = "traces"))]
    let _ = route;
}

/// Says what a request's answer was.
pub(crate) fn answered(status: u16) {
    #[cfg(feature = "traces")]
    otlp::answered(status);
    #[cfg(not(feature = "traces"))]
    let _ = status;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_do_not_fit_are_refused() {
        let to = |endpoint: &str| TraceSettings { endpoint: Some(endpoint.to_owned()), share: 1.0 };
        let of = |share| TraceSettings { endpoint: None, share };
        let (here, elsewhere) = (to("http://127.0.0.1:4318/v1/traces"), to("https://otel.example.com/v1/traces"));
        for fits in [&here, &elsewhere, &of(0.0), &of(0.25), &TraceSettings::default()] {
            assert_eq!(fits.check_in(true), Ok(()), "{fits:?}");
        }
        for (bad, key) in [
            (of(1.5), "share"),
            (of(-0.1), "share"),
            (of(f64::NAN), "share"),
            (to("http://otel.example.com/v1/traces"), "endpoint"),
            (to("otel.example.com"), "endpoint"),
        ] {
            assert_eq!(bad.check_in(true).map_err(|(key, _)| key), Err(key), "{bad:?}");
        }
        let (key, problem) = here.check_in(false).unwrap_err();
        assert!(key == "endpoint" && problem.contains("the feature `traces`"), "{problem}");
        assert_eq!(of(1.0).check_in(false), Ok(()));
    }
}
