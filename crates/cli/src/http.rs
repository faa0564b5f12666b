//! HTTP clients of this program, and the certificates that they trust.

use crate::failure::Failure;
use rustls::crypto::aws_lc_rs;
use std::{
    fs,
    path::Path,
    sync::{Arc, OnceLock},
    time::Duration,
};
use ureq::{
    Agent,
    config::ConfigBuilder,
    tls::{PemItem, RootCerts, TlsConfig, parse_pem},
    typestate::AgentScope,
};

/// Who signs the certificates of servers, if that was told: set once, before there is any server.
static TRUSTED: OnceLock<RootCerts> = OnceLock::new();

/// From now on, servers need a certificate that is signed with one in the file, and with no other.
pub(crate) fn trust(path: &Path) -> Result<(), Failure> {
    let file = |source| Failure::File { path: path.to_owned(), source };
    let certificates: Result<Vec<_>, _> = parse_pem(&fs::read(path).map_err(file)?)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(Ok(certificate)),
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        })
        .collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => {
            TRUSTED.get_or_init(|| RootCerts::new_with_certs(&certificates));
            Ok(())
        }
        _ => Err(Failure::NoCertificates(path.to_owned())),
    }
}

/// The certificates that others are trusted by.
pub(crate) fn roots() -> RootCerts {
    TRUSTED.get().cloned().unwrap_or(RootCerts::WebPki)
}

/// An HTTP client; with an end to its patience if one is given.
pub(crate) fn agent(timeout: Option<Duration>) -> Agent {
    configured().timeout_global(timeout).build().new_agent()
}

/// What every client has in common.
pub(crate) fn configured() -> ConfigBuilder<AgentScope> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let tls = TlsConfig::builder().root_certs(roots()).unversioned_rustls_crypto_provider(provider).build();
    Agent::config_builder().http_status_as_error(false).tls_config(tls)
}
