//! Where a page of a search ended, sealed: a token tells nobody what was looked at last, which may be what its asker may not
//! know of, and it goes on with the request of the same asker that it came from, and no other.
//!
//! The key is drawn at the start and kept nowhere: a restart ends the searches that are under way.

use crate::Error;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305,
    aead::{Aead as _, Payload},
};
use parking_lot::Mutex;
use procura_domain::temporal::{Moment, Position, Timestamp};
use procura_engine::ambient::Entropy;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::fmt;

/// Long enough to be drawn at random.
const NONCE_BYTES: usize = 24;
/// What is sealed is filled up with spaces to a multiple of this, so that its length tells nothing.
const PADDED_BYTES: usize = 256;
/// The longest token that is looked at.
const TOKEN_CHARS_MAX: usize = 1_024;

/// Seals where pages end, and reads it again.
pub struct PageTokens {
    cipher: XChaCha20Poly1305,
    nonces: Mutex<Entropy>,
}

impl fmt::Debug for PageTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PageTokens")
    }
}

/// Where a page ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PageEnd<K> {
    position: Position,
    time: Timestamp,
    /// How many results a page of this search has at most.
    pub(super) limit: usize,
    /// What was looked at last, if anything was.
    pub(super) key: Option<K>,
}

impl<K> PageEnd<K> {
    pub(super) fn new(at: Moment, limit: usize, key: Option<K>) -> Self {
        Self { position: at.position, time: at.at, limit, key }
    }

    /// The moment that all pages of the search are about.
    pub(super) fn moment(&self) -> Moment {
        Moment { position: self.position, at: self.time }
    }
}

impl PageTokens {
    /// With a key of its own.
    pub fn new(mut entropy: Entropy) -> Self {
        let key: [u8; 32] = entropy.bytes();
        Self { cipher: XChaCha20Poly1305::new(&key.into()), nonces: Mutex::new(entropy) }
    }

    /// The token of a page's end, for the request that these bytes stand for.
    pub(super) fn seal<K: Serialize>(&self, end: &PageEnd<K>, request: &[u8]) -> Result<String, Error> {
        let mut plain = serde_json::to_vec(end).map_err(Error::internal)?;
        plain.resize(plain.len().next_multiple_of(PADDED_BYTES), b' ');
        let nonce: [u8; NONCE_BYTES] = self.nonces.lock().bytes();
        let sealed = self.cipher.encrypt(&nonce.into(), Payload { msg: &plain, aad: request });
        let sealed = sealed.map_err(|_| Error::internal("a page's end could not be sealed"))?;
        Ok(BASE64.encode([&nonce[..], &sealed].concat()))
    }

    /// The end of the page that the token came with.
    ///
    /// # Errors
    /// If it is no token of a search with that request.
    pub(super) fn open<K: DeserializeOwned>(&self, token: &str, request: &[u8]) -> Result<PageEnd<K>, Error> {
        let opened = || {
            let bytes = BASE64.decode(Some(token).filter(|token| token.len() <= TOKEN_CHARS_MAX)?).ok()?;
            let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>()?;
            let plain = self.cipher.decrypt(nonce.into(), Payload { msg: sealed, aad: request }).ok()?;
            serde_json::from_slice(&plain).ok()
        };
        opened().ok_or_else(|| {
            let detail = "`page.token` is none that this service gave you for this request since it started: repeat the \
                request that it came with, or search anew without it";
            Error::invalid_request(detail)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(seed: u64) -> PageTokens {
        PageTokens::new(Entropy::seeded(seed))
    }

    fn end(key: &str) -> PageEnd<String> {
        let at = Moment { position: Position(17), at: Timestamp::UNIX_EPOCH };
        PageEnd::new(at, 100, Some(key.to_owned()))
    }

    #[test]
    fn a_token_goes_on_where_it_was_given_and_nowhere_else() {
        let tokens = tokens(1);
        let sealed = tokens.seal(&end("a key"), b"asked").unwrap();
        assert_eq!(tokens.open::<String>(&sealed, b"asked").unwrap(), end("a key"));
        assert!(tokens.open::<String>(&sealed, b"asked otherwise").is_err());
        assert!(self::tokens(2).open::<String>(&sealed, b"asked").is_err(), "of another start");
        assert_ne!(sealed, tokens.seal(&end("a key"), b"asked").unwrap(), "none is given twice");
        for at in 0..sealed.len() {
            let flipped = if sealed.as_bytes()[at] == b'A' { "B" } else { "A" };
            let mut altered = sealed.clone();
            altered.replace_range(at..=at, flipped);
            assert!(tokens.open::<String>(&altered, b"asked").is_err(), "{at}");
        }
        for wrong in ["", "A", "?", &"A".repeat(32), &"A".repeat(400), &"A".repeat(1 << 20)] {
            assert!(tokens.open::<String>(wrong, b"asked").is_err());
        }
    }

    /// Neither what was looked at nor how long it is can be seen.
    #[test]
    fn a_token_tells_nothing() {
        let tokens = tokens(1);
        let [one, other] = ["a", "a much longer key than the other is"].map(|key| tokens.seal(&end(key), b"").unwrap());
        assert_eq!(one.len(), other.len());
        assert!(one.len() < TOKEN_CHARS_MAX);
    }
}
