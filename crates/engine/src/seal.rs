//! Personal data, sealed: XChaCha20-Poly1305 under the key of its data subject. Without the key nobody reads it.
//!
//! Absent: where the keys are kept and how they are destroyed, which is the [`keyring`](crate::keyring)'s.

use crate::written::is_written;
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305,
    aead::{Aead as _, Payload},
};
use hmac::{Hmac, Mac as _};
use procura_domain::personal::{DataSubject, PersonalData};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::Sha256;
use std::fmt;
use uuid::Uuid;
use zeroize::Zeroizing;

/// The length of a key.
pub(crate) const KEY_BYTES: usize = 32;
/// The length of a nonce: long enough to be drawn at random.
pub(crate) const NONCE_BYTES: usize = 24;
/// What is sealed is filled up with spaces to a multiple of this, so that its length tells little.
const PADDED_BYTES: usize = 64;
/// What the key of the hashes is derived with, so that no key serves two ends.
const BODY_HASH: &[u8] = b"procura body hash";

/// Why something was not sealed or unsealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("personal data could not be sealed; report this fault")]
    Unsealable,
    /// What stands in the log has not the form of something sealed.
    #[error("its sealed personal data have not the form that FORMAT.md describes")]
    Malformed,
    /// It stands beside an event of another subject, or of none.
    #[error("its sealed personal data are not those of what the event is about")]
    OtherSubject,
    /// The key does not open it: one of the two is not what was written.
    #[error(
        "its sealed personal data are not what was sealed under the subject's key; the keys are another log's, or damaged"
    )]
    Unopened,
}

/// The key of one data subject. Zeroed when it is dropped, and never printed.
#[derive(Clone)]
pub(crate) struct SubjectKey(Zeroizing<[u8; KEY_BYTES]>);

impl fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubjectKey")
    }
}

/// What stands in the envelope's slot.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sealed {
    pub(crate) subject: DataSubject,
    #[serde(with = "hex::serde")]
    nonce: [u8; NONCE_BYTES],
    /// In base 64, the tag at its end.
    ciphertext: String,
}

impl Sealed {
    /// Reads the slot of an event that is about that subject. It must be, byte for byte, what this version would write.
    pub(crate) fn read(slot: &RawValue, about: Option<DataSubject>) -> Result<Self, SealError> {
        let sealed: Self = serde_json::from_str(slot.get()).map_err(|_| SealError::Malformed)?;
        if !is_written(&sealed, slot.get()).is_ok_and(|written| written) {
            return Err(SealError::Malformed);
        }
        if about == Some(sealed.subject) { Ok(sealed) } else { Err(SealError::OtherSubject) }
    }
}

impl SubjectKey {
    pub(crate) fn new(bytes: [u8; KEY_BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    /// Seals what stands beside the event of that id. The nonce is random, and used once.
    pub(crate) fn seal(
        &self,
        personal: &PersonalData,
        subject: DataSubject,
        event: Uuid,
        nonce: [u8; NONCE_BYTES],
    ) -> Result<Box<RawValue>, SealError> {
        let mut plain = Zeroizing::new(serde_json::to_vec(personal).map_err(|_| SealError::Unsealable)?);
        let padded = plain.len().next_multiple_of(PADDED_BYTES);
        plain.resize(padded, b' ');
        let payload = Payload { msg: &plain, aad: &bound_to(event, subject) };
        let sealed = self.cipher().encrypt((&nonce).into(), payload).map_err(|_| SealError::Unsealable)?;
        let sealed = Sealed { subject, nonce, ciphertext: BASE64.encode(sealed) };
        serde_json::value::to_raw_value(&sealed).map_err(|_| SealError::Unsealable)
    }

    /// What was sealed beside the event of that id.
    pub(crate) fn unseal(&self, sealed: &Sealed, event: Uuid) -> Result<PersonalData, SealError> {
        let ciphertext = BASE64.decode(&sealed.ciphertext).map_err(|_| SealError::Malformed)?;
        let payload = Payload { msg: &ciphertext, aad: &bound_to(event, sealed.subject) };
        let plain = self.cipher().decrypt((&sealed.nonce).into(), payload).map_err(|_| SealError::Unopened)?;
        serde_json::from_slice(&Zeroizing::new(plain)).map_err(|_| SealError::Malformed)
    }

    /// A hash that nobody without the key can compare guesses with: HMAC-SHA-256.
    pub(crate) fn hash(&self, body: &[u8]) -> [u8; 32] {
        let derived = Zeroizing::new(mac(self.bytes(), BODY_HASH));
        mac(&derived, body)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.bytes().into())
    }
}

fn mac(key: &[u8; KEY_BYTES], message: &[u8]) -> [u8; 32] {
    // HMAC fills a key up with zeros to the hash's block.
    let mut block = Zeroizing::new([0; 64]);
    block.iter_mut().zip(key).for_each(|(byte, key)| *byte = *key);
    let mut mac = <Hmac<Sha256> as KeyInit>::new((&*block).into());
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// What is sealed is opened beside this event and this subject, and nowhere else.
fn bound_to(event: Uuid, subject: DataSubject) -> Vec<u8> {
    [event.as_bytes(), subject.to_string().as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use procura_domain::text::Name;

    const EVENT: Uuid = Uuid::from_u128(1);

    fn subject(number: u128) -> DataSubject {
        format!("serviceRequest:{}", Uuid::from_u128(number)).parse().expect("a subject")
    }

    fn titled(title: &str) -> PersonalData {
        PersonalData { title: Name::new(title).ok(), ..PersonalData::default() }
    }

    fn sealed(title: &str) -> Box<RawValue> {
        SubjectKey::new([7; 32]).seal(&titled(title), subject(2), EVENT, [9; 24]).expect("sealed")
    }

    fn read(slot: &str, about: DataSubject) -> Result<Sealed, SealError> {
        Sealed::read(&RawValue::from_string(slot.to_owned()).expect("JSON"), Some(about))
    }

    #[test]
    fn what_is_sealed_is_opened_with_its_key_beside_its_event_alone() {
        let slot = read(sealed("Ada's mail").get(), subject(2)).expect("what was written");
        let key = SubjectKey::new([7; 32]);
        assert_eq!(key.unseal(&slot, EVENT), Ok(titled("Ada's mail")));
        assert_eq!(key.unseal(&slot, Uuid::from_u128(3)), Err(SealError::Unopened));
        assert_eq!(SubjectKey::new([8; 32]).unseal(&slot, EVENT), Err(SealError::Unopened));
        let moved = Sealed { subject: subject(4), ..read(sealed("Ada's mail").get(), subject(2)).expect("sealed") };
        assert_eq!(key.unseal(&moved, EVENT), Err(SealError::Unopened));
        assert_eq!(read(sealed("a").get(), subject(4)).err(), Some(SealError::OtherSubject));
        assert_eq!(format!("{key:?}"), "SubjectKey");
    }

    #[test]
    fn lengths_tell_little() {
        assert_eq!(sealed("a").get().len(), sealed("a longer title by far").get().len());
        assert!(!sealed("Ada").get().contains("Ada"));
    }

    #[test]
    fn a_slot_has_one_spelling() {
        let slot = sealed("a").get().to_owned();
        let upper = slot.replace("0909", "0a0A");
        for bad in ["null", "{}", &upper, &slot.replace("\":\"", "\": \""), &slot.replacen('{', "{\"x\":1,", 1)] {
            assert_eq!(read(bad, subject(2)).err(), Some(SealError::Malformed), "{bad}");
        }
    }

    #[test]
    fn hashes_are_the_keys_own() {
        let [seven, eight] = [7, 8].map(|byte| SubjectKey::new([byte; 32]));
        assert_eq!(seven.hash(b"body"), seven.hash(b"body"));
        assert_ne!(seven.hash(b"body"), eight.hash(b"body"));
        assert_ne!(seven.hash(b"body"), seven.hash(b"bodz"));
    }
}
