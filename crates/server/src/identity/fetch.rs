//! What is fetched from an OpenID provider: small JSON documents, in a bounded time, from where they were said to be.

use axum::http::{self, Uri, uri::Scheme};
use serde::de::DeserializeOwned;
use std::{net::IpAddr, path::Path, sync::Arc, time::Duration};
use ureq::{
    Agent,
    tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem},
};

/// How long a document may take to come, all in all.
const FETCH_TIMEOUT: Duration = Duration::from_secs(8);
/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
/// The largest document. The keys of all of Entra ID have about 20,000 bytes.
const DOCUMENT_BYTES_MAX: u64 = 512 * 1024;

/// Fetches documents. Redirects are not followed: what an issuer is, stands in the configuration.
#[derive(Clone)]
pub(super) struct Fetcher(Agent);

impl Fetcher {
    /// One that trusts those certificates (PEM), or the ones that everybody trusts.
    pub(super) fn trusting(ca_file: Option<&Path>) -> Result<Self, String> {
        let roots = match ca_file {
            None => RootCerts::WebPki,
            Some(path) => RootCerts::Specific(Arc::new(certificates(path)?)),
        };
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = TlsConfig::builder().root_certs(roots).unversioned_rustls_crypto_provider(provider).build();
        let agent = Agent::config_builder()
            .tls_config(tls)
            .timeout_global(Some(FETCH_TIMEOUT))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .user_agent(concat!("procura/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self(agent.into()))
    }

    /// The JSON document at that address. Blocks for [`FETCH_TIMEOUT`] at most.
    pub(super) fn json<T: DeserializeOwned>(&self, address: &Uri) -> Result<T, String> {
        let answer = self.0.get(address).header("accept", "application/json").call();
        let mut answer = answer.map_err(|error| format!("{address}: {error}"))?;
        if answer.status() != 200 {
            return Err(format!("{address} answered {}", answer.status()));
        }
        let bytes = answer.body_mut().with_config().limit(DOCUMENT_BYTES_MAX).read_to_vec();
        let bytes = bytes.map_err(|error| format!("{address}: {error}"))?;
        serde_json::from_slice(&bytes).map_err(|error| format!("{address} is not the document it should be: {error}"))
    }

    /// The answer to any other request, whatever its status. Blocks for [`FETCH_TIMEOUT`] at most.
    pub(super) fn send(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, ureq::Error> {
        let mut answer = self.0.run(request)?;
        let body = answer.body_mut().with_config().limit(DOCUMENT_BYTES_MAX).read_to_vec()?;
        let (parts, _) = answer.into_parts();
        Ok(http::Response::from_parts(parts, body))
    }
}

fn certificates(path: &Path) -> Result<Vec<Certificate<'static>>, String> {
    let pem = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let items = parse_pem(&pem).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(Ok(certificate)),
        Ok(_) => None,
        Err(error) => Some(Err(format!("{}: {error}", path.display()))),
    });
    let certificates = items.collect::<Result<Vec<_>, _>>()?;
    if certificates.is_empty() { Err(format!("{} holds no certificate", path.display())) } else { Ok(certificates) }
}

/// An address that something may be asked of or sent to: `https`, or `http` on this machine.
pub(crate) fn address(text: &str) -> Result<Uri, String> {
    let uri: Uri = text.parse().map_err(|_| format!("`{text}` is not an address like https://id.example.com"))?;
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    match uri.scheme() {
        Some(scheme) if *scheme == Scheme::HTTPS || (*scheme == Scheme::HTTP && here) => Ok(uri),
        _ => Err(format!("`{text}` is not https, which only an address of this machine need not be")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_of_this_machine_is_fetched_by_https() {
        for good in ["https://id.example.com/x", "http://127.0.0.1:80/", "http://[::1]:8080/a", "http://localhost:1/"] {
            assert!(address(good).is_ok(), "{good}");
        }
        for bad in [
            "http://id.example.com",
            "ftp://127.0.0.1/",
            "id.example.com",
            "/keys",
            "",
            "http://127.0.0.1.evil.example/",
        ] {
            assert!(address(bad).is_err(), "{bad}");
        }
    }
}
