//! The public keys of an issuer: fetched, kept, and given up when the issuer withdraws them.
//!
//! They are fetched on a schedule and, at most once a minute, for a token whose key is unknown; one fetch at a time. If the
//! provider does not answer, or not with what it should, the last good keys are kept.

use super::{
    error::TokenError,
    fetch::{self, Fetcher},
    settings::SigningAlgorithm,
    template::IssuerTemplate,
};
use axum::http::Uri;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, jwk::Jwk};
use parking_lot::{Mutex, RwLock};
use serde::Deserialize;
use serde_json::Value;
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{sync::watch, task::spawn_blocking, time::Instant};

/// How many keys an issuer may publish.
const KEYS_MAX: usize = 100;
/// How long after a fetch for an unknown key another one is made for one.
const UNKNOWN_KEY_PAUSE: Duration = Duration::from_secs(60);
/// How long to wait after a scheduled fetch that failed, as long as there are no keys at all.
pub(crate) const NO_KEYS_PAUSE: Duration = Duration::from_secs(5);
/// The shortest RSA key, in bytes: 2,048 bits.
const RSA_BYTES_MIN: usize = 256;
/// The longest: 8,192 bits. Longer ones take long to verify with.
const RSA_BYTES_MAX: usize = 1_024;

/// A key that tokens are verified with.
pub(super) struct VerifyingKey {
    id: Option<String>,
    algorithms: Vec<Algorithm>,
    pub(super) key: DecodingKey,
    /// Whose tokens it signs, if the issuer says so.
    pub(super) issuer: Option<IssuerTemplate>,
    /// As it was published.
    published: Value,
    withdrawn: AtomicBool,
}

impl VerifyingKey {
    /// The key that is published so, if it is one to verify with by one of those algorithms.
    fn read(published: &Value, configured: &[SigningAlgorithm]) -> Option<Self> {
        let text = |name: &str| published.get(name).and_then(Value::as_str);
        if text("use").is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        let fitting: &[SigningAlgorithm] = match (text("kty")?, text("crv")) {
            ("RSA", _) if is_of_sound_length(text("n")?) => {
                use SigningAlgorithm::{Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};
                &[Rs256, Rs384, Rs512, Ps256, Ps384, Ps512]
            }
            ("EC", Some("P-256")) => &[SigningAlgorithm::Es256],
            ("EC", Some("P-384")) => &[SigningAlgorithm::Es384],
            ("OKP", Some("Ed25519")) => &[SigningAlgorithm::EdDsa],
            _ => return None,
        };
        let named = text("alg");
        let algorithms = fitting.iter().filter(|algorithm| configured.contains(algorithm));
        let algorithms = algorithms.filter(|algorithm| named.is_none_or(|named| named == algorithm.name()));
        let algorithms: Vec<_> = algorithms.map(|algorithm| Algorithm::from(*algorithm)).collect();
        let jwk: Jwk = serde_json::from_value(published.clone()).ok()?;
        let key = DecodingKey::from_jwk(&jwk).ok()?;
        let (id, issuer) = (text("kid").map(str::to_owned), text("issuer").map(IssuerTemplate::new));
        let (published, withdrawn) = (published.clone(), AtomicBool::new(false));
        (!algorithms.is_empty()).then_some(Self { id, algorithms, key, issuer, published, withdrawn })
    }

    /// Whether its issuer does not publish it any more.
    pub(super) fn is_withdrawn(&self) -> bool {
        self.withdrawn.load(Ordering::SeqCst)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VerifyingKey").field(&self.id).finish()
    }
}

fn is_of_sound_length(modulus: &str) -> bool {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(modulus).unwrap_or_default();
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    (RSA_BYTES_MIN..=RSA_BYTES_MAX).contains(&bytes.len().saturating_sub(zeros))
}

/// Where the keys of an issuer come from, and those that it had last.
pub(super) struct KeySource {
    issuer: IssuerTemplate,
    discovery: Uri,
    algorithms: Vec<SigningAlgorithm>,
    fetcher: Fetcher,
    every: Duration,
    keys: RwLock<Vec<Arc<VerifyingKey>>>,
    /// Where the discovery document says that the keys are. Locked while they are fetched.
    address: Mutex<Option<Uri>>,
    /// Where the discovery document says that people sign in.
    endpoints: RwLock<Option<Endpoints>>,
    /// Whether they were fetched once, or could not be.
    tried: watch::Sender<bool>,
    /// When they were last fetched for an unknown key.
    for_unknown: Arc<tokio::sync::Mutex<Option<Instant>>>,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
    #[serde(flatten)]
    endpoints: Endpoints,
}

/// Where people sign in, as the discovery document says.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Endpoints {
    pub(super) authorization_endpoint: Option<String>,
    pub(super) token_endpoint: Option<String>,
}

#[derive(Deserialize)]
struct Published {
    keys: Vec<Value>,
}

impl KeySource {
    pub(super) fn new(
        issuer: IssuerTemplate,
        discovery: Uri,
        algorithms: Vec<SigningAlgorithm>,
        fetcher: Fetcher,
        every: Duration,
    ) -> Arc<Self> {
        let (keys, address, for_unknown) = (RwLock::default(), Mutex::default(), Arc::default());
        let (tried, endpoints) = (watch::Sender::new(false), RwLock::default());
        Arc::new(Self { issuer, discovery, algorithms, fetcher, every, keys, address, endpoints, tried, for_unknown })
    }

    pub(super) fn issuer(&self) -> &IssuerTemplate {
        &self.issuer
    }

    pub(super) fn fetcher(&self) -> &Fetcher {
        &self.fetcher
    }

    /// Where people sign in, as far as that was fetched.
    pub(super) fn endpoints(&self) -> Option<Endpoints> {
        self.endpoints.read().clone()
    }

    /// The key that a token says it is signed with; without an id, the only one there is for that algorithm.
    pub(super) async fn key(
        self: &Arc<Self>,
        id: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<Arc<VerifyingKey>, TokenError> {
        if let Some(key) = self.known(id, algorithm) {
            return Ok(key);
        }
        // The first keys are on their way, or are tried for again soon: an unknown key is one that they do not have.
        let _ = self.tried.subscribe().wait_for(|tried| *tried).await;
        if self.keys.read().is_empty() {
            return Err(TokenError::Unreachable);
        }
        let asked = Instant::now();
        let mut last = self.for_unknown.clone().lock_owned().await;
        if last.is_none_or(|last| last < asked && asked.duration_since(last) >= UNKNOWN_KEY_PAUSE) {
            // In a task of its own: if this caller goes away, the others still wait for what is fetched.
            let source = self.clone();
            let fetching = tokio::spawn(async move {
                let _ = source.clone().fetched(false).await;
                *last = Some(Instant::now());
            });
            let _ = fetching.await;
        } else {
            drop(last);
        }
        self.known(id, algorithm).ok_or(TokenError::UnknownKey)
    }

    fn known(&self, id: Option<&str>, algorithm: Algorithm) -> Option<Arc<VerifyingKey>> {
        let keys = self.keys.read();
        let mut fitting = keys.iter().filter(|key| key.algorithms.contains(&algorithm));
        match id {
            Some(id) => fitting.find(|key| key.id.as_deref() == Some(id)).cloned(),
            None => fitting.next().filter(|_| fitting.next().is_none()).cloned(),
        }
    }

    /// Fetches the discovery document and the keys; how many there are.
    ///
    /// # Errors
    /// What is wrong with them, in words. The keys stay as they were.
    pub(super) async fn refresh(self: &Arc<Self>) -> Result<usize, String> {
        let fetched = self.clone().fetched(true).await;
        self.tried.send_replace(true);
        fetched
    }

    /// Refreshes the keys on schedule, for good.
    pub(super) async fn keep_fresh(self: &Arc<Self>) {
        loop {
            match self.refresh().await {
                Ok(keys) => tracing::debug!(issuer = %self.issuer, keys, "the issuer's keys were fetched"),
                Err(problem) => {
                    tracing::warn!(issuer = %self.issuer, problem, "the issuer's keys could not be fetched; the last good ones are kept");
                }
            }
            let pause = if self.keys.read().is_empty() { NO_KEYS_PAUSE.min(self.every) } else { self.every };
            tokio::time::sleep(pause).await;
        }
    }

    async fn fetched(self: Arc<Self>, discover: bool) -> Result<usize, String> {
        spawn_blocking(move || self.fetch(discover)).await.map_err(|error| error.to_string())?
    }

    fn fetch(&self, discover: bool) -> Result<usize, String> {
        let mut address = self.address.lock();
        let known = address.as_ref().filter(|_| !discover).cloned();
        let keys_at = match known {
            Some(known) => known,
            None => {
                let found: Discovery = self.fetcher.json(&self.discovery)?;
                if !self.issuer.is(&found.issuer) {
                    return Err(format!("{} is of the issuer `{}`, not of this one", self.discovery, found.issuer));
                }
                *self.endpoints.write() = Some(found.endpoints);
                fetch::address(&found.jwks_uri)?
            }
        };
        let Published { keys: published } = self.fetcher.json(&keys_at)?;
        if published.len() > KEYS_MAX {
            return Err(format!("{keys_at} has {} keys; at most {KEYS_MAX} are taken", published.len()));
        }
        let keys: Vec<_> = published.iter().filter_map(|key| self.kept(key)).collect();
        if keys.is_empty() {
            return Err(format!("{keys_at} has no key for the algorithms that are configured"));
        }
        let number = keys.len();
        let before = std::mem::replace(&mut *self.keys.write(), keys.clone());
        for gone in before.iter().filter(|key| !keys.iter().any(|kept| Arc::ptr_eq(kept, key))) {
            gone.withdrawn.store(true, Ordering::SeqCst);
        }
        *address = Some(keys_at);
        Ok(number)
    }

    /// The key as it is known, or read anew.
    fn kept(&self, published: &Value) -> Option<Arc<VerifyingKey>> {
        let known = self.keys.read().iter().find(|known| known.published == *published).cloned();
        known.or_else(|| VerifyingKey::read(published, &self.algorithms).map(Arc::new))
    }
}
