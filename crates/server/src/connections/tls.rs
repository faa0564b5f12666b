//! TLS: the server's certificate and key, taken in again when their files change.

use chrono::{DateTime, TimeDelta};
use parking_lot::RwLock;
use procura_domain::temporal::Timestamp;
use procura_engine::ambient::{Clock, SystemClock};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use serde::{Deserialize, Serialize};
use std::{
    convert::Infallible,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio_rustls::TlsAcceptor;
use x509_cert::der::Decode;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long before its end a certificate is warned of.
const END_IS_NEAR: TimeDelta = TimeDelta::days(14);
/// How often it is warned of.
const WARN_EVERY: TimeDelta = TimeDelta::days(1);
/// A chain and a key are far smaller.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// What is spoken over a connection, the preferred first.
pub(crate) const HTTP_2: &[u8] = b"h2";
const HTTP_1: &[u8] = b"http/1.1";

/// Where the certificate and its key are, as PEM files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The server's certificate, and behind it those that it was signed with.
    pub certificate: PathBuf,
    /// The certificate's private key.
    pub key: PathBuf,
}

impl Tls {
    /// Whether the files can be used.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn check(&self) -> Result<(), TlsError> {
        Certificates::read(self).map(|_| ())
    }
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{}: {source}; check the path and the permissions", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("{} is not a file of at most {FILE_BYTES_MAX} bytes", .0.display())]
    NotAFile(PathBuf),
    #[error(
        "{} can be read by everybody on this machine (mode {mode:04o}): run `chmod o-rwx {}`, and have a new key and certificate made", path.display(), path.display()
    )]
    KeyOpenToOthers { path: PathBuf, mode: u32 },
    #[error("{} holds no certificate in PEM form (`-----BEGIN CERTIFICATE-----`)", .0.display())]
    NoCertificate(PathBuf),
    #[error("{} holds no private key in PEM form (`-----BEGIN PRIVATE KEY-----`) without a password", .0.display())]
    NoKey(PathBuf),
    #[error("the first certificate in {} and the key in {} do not fit: {source}", certificate.display(), key.display())]
    DoNotFit { certificate: PathBuf, key: PathBuf, source: rustls::Error },
    #[error("the first certificate in {} cannot be read: {source}", path.display())]
    NotX509 { path: PathBuf, source: x509_cert::der::Error },
}

/// The certificate and its key as they were when their files last fitted.
pub(crate) struct Certificates {
    files: Tls,
    now: RwLock<Pair>,
}

#[derive(Clone)]
struct Pair {
    config: Arc<ServerConfig>,
    /// What the files held.
    fingerprint: u64,
    valid_from: Timestamp,
    valid_until: Timestamp,
}

impl Certificates {
    /// Reads the files.
    pub(crate) fn read(files: &Tls) -> Result<Self, TlsError> {
        let pair = Pair::read(files)?;
        pair.tell(files);
        Ok(Self { files: files.clone(), now: RwLock::new(pair) })
    }

    /// For the next connection.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.now.read().config.clone().into()
    }

    /// Takes in what the files hold when it changes and fits. Meanwhile, and if it does not, what was there goes on: the
    /// certificate is often written before its key.
    pub(crate) async fn watch(self: Arc<Self>) -> Infallible {
        let (mut refused, mut warned) = (String::new(), SystemClock.now());
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let files = self.files.clone();
            match tokio::task::spawn_blocking(move || Pair::read(&files)).await {
                Ok(Ok(pair)) => {
                    refused.clear();
                    if pair.fingerprint != self.now.read().fingerprint {
                        pair.tell(&self.files);
                        *self.now.write() = pair;
                        warned = SystemClock.now();
                    }
                }
                Ok(Err(error)) => {
                    let error = error.to_string();
                    if error != refused {
                        tracing::warn!(error, "the changed certificate is not taken in: the one before it goes on");
                        refused = error;
                    }
                }
                // The runtime ends.
                Err(_) => {}
            }
            let now = SystemClock.now();
            if now - warned >= WARN_EVERY {
                self.now.read().warn_of_its_end(&self.files, now);
                warned = now;
            }
        }
    }
}

impl Pair {
    fn read(files: &Tls) -> Result<Self, TlsError> {
        let Tls { certificate, key } = files;
        let (chain, secret) = (read(certificate, false)?, read(key, true)?);
        let mut hasher = DefaultHasher::new();
        (&chain, &secret).hash(&mut hasher);
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&chain).collect();
        let certificates = certificates.map_err(|_| TlsError::NoCertificate(certificate.clone()))?;
        let first = certificates.first().ok_or_else(|| TlsError::NoCertificate(certificate.clone()))?;
        let first = x509_cert::Certificate::from_der(first)
            .map_err(|source| TlsError::NotX509 { path: certificate.clone(), source })?;
        let validity = first.tbs_certificate.validity;
        let at = |time: x509_cert::time::Time| {
            let seconds = i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
            DateTime::from_timestamp(seconds, 0).unwrap_or(DateTime::UNIX_EPOCH)
        };
        let secret = PrivateKeyDer::from_pem_slice(&secret).map_err(|_| TlsError::NoKey(key.clone()))?;
        let do_not_fit = |source| TlsError::DoNotFit { certificate: certificate.clone(), key: key.clone(), source };
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let config = config.with_safe_default_protocol_versions().map_err(do_not_fit)?;
        let mut config = config.with_no_client_auth().with_single_cert(certificates, secret).map_err(do_not_fit)?;
        config.alpn_protocols = [HTTP_2, HTTP_1].map(<[u8]>::to_vec).into();
        Ok(Self {
            config: Arc::new(config),
            fingerprint: hasher.finish(),
            valid_from: at(validity.not_before),
            valid_until: at(validity.not_after),
        })
    }

    fn tell(&self, files: &Tls) {
        let (path, now) = (files.certificate.display(), SystemClock.now());
        tracing::info!(%path, valid_until = %self.valid_until, "the certificate is in use");
        if now < self.valid_from {
            tracing::warn!(%path, valid_from = %self.valid_from, "the certificate is not valid yet: is the clock right?");
        }
        self.warn_of_its_end(files, now);
    }

    fn warn_of_its_end(&self, files: &Tls, now: Timestamp) {
        let (path, valid_until) = (files.certificate.display(), self.valid_until);
        if valid_until <= now {
            tracing::error!(%path, %valid_until, "the certificate has expired, and clients refuse it: renew it");
        } else if valid_until - now < END_IS_NEAR {
            tracing::warn!(%path, %valid_until, "the certificate expires soon: renew it");
        }
    }
}

/// What the file holds. One with a key is not readable by everybody; its group may read it, since that is how a key is
/// handed to a service.
fn read(path: &Path, is_key: bool) -> Result<Vec<u8>, TlsError> {
    let failed = |source| TlsError::File { path: path.to_owned(), source };
    let metadata = fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() || metadata.len() > FILE_BYTES_MAX {
        return Err(TlsError::NotAFile(path.to_owned()));
    }
    let mode = metadata.mode() & 0o7777;
    if is_key && mode & 0o007 != 0 {
        return Err(TlsError::KeyOpenToOthers { path: path.to_owned(), mode });
    }
    fs::read(path).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertifiedKey, date_time_ymd, generate_simple_self_signed};
    use std::{fs::Permissions, os::unix::fs::PermissionsExt};

    fn files(folder: &Path) -> Tls {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let files = Tls { certificate: folder.join("tls.crt"), key: folder.join("tls.key") };
        fs::write(&files.certificate, cert.pem()).unwrap();
        fs::write(&files.key, signing_key.serialize_pem()).unwrap();
        fs::set_permissions(&files.key, Permissions::from_mode(0o640)).unwrap();
        files
    }

    #[test]
    fn files_that_cannot_be_used_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let good = files(folder.path());
        let pair = Pair::read(&good).unwrap();
        assert!(pair.valid_from < pair.valid_until);
        let refused = |files: &Tls| Pair::read(files).err().unwrap().to_string();
        let empty = folder.path().join("empty");
        fs::write(&empty, "").unwrap();
        fs::set_permissions(&empty, Permissions::from_mode(0o600)).unwrap();
        let with_certificate =
            |certificate: &Path| refused(&Tls { certificate: certificate.to_owned(), ..good.clone() });
        let with_key = |key: &Path| refused(&Tls { key: key.to_owned(), ..good.clone() });
        assert!(with_certificate(&empty).contains("empty holds no certificate"), "{}", with_certificate(&empty));
        assert!(with_certificate(&good.key).contains("holds no certificate"));
        assert!(with_certificate(&folder.path().join("none")).contains("none: No such file"));
        assert!(with_certificate(folder.path()).contains("is not a file"));
        assert!(with_key(&empty).contains("empty holds no private key"));
        let other = tempfile::tempdir().unwrap();
        assert!(with_key(&files(other.path()).key).contains("do not fit"));
        fs::set_permissions(&good.key, Permissions::from_mode(0o644)).unwrap();
        assert!(refused(&good).contains("chmod o-rwx"), "{}", refused(&good));
    }

    #[test]
    fn the_end_of_a_certificate_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path());
        let mut parameters = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
        parameters.not_after = date_time_ymd(2031, 2, 3);
        let key = rcgen::KeyPair::generate().unwrap();
        fs::write(&files.certificate, parameters.self_signed(&key).unwrap().pem()).unwrap();
        fs::write(&files.key, key.serialize_pem()).unwrap();
        assert_eq!(Pair::read(&files).unwrap().valid_until.to_string(), "2031-02-03 00:00:00 UTC");
    }
}
