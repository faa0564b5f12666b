//! Keys that everybody knows, and tokens made by hand with them: each part as the test wants it.

use base64::{Engine as _, prelude::*};
use jsonwebtoken::{Algorithm, EncodingKey, jwk::Jwk};
use serde_json::{Value, json};
use std::fmt;

/// A private key of `fixtures/keys`.
#[derive(Clone)]
pub struct SigningKey {
    /// Its id in a key set.
    pub id: String,
    algorithm: Algorithm,
    key: EncodingKey,
}

impl SigningKey {
    /// An RSA key, for RS256.
    pub fn rsa() -> Self {
        let key = EncodingKey::from_rsa_der(&der(include_str!("../fixtures/keys/test-only-rsa.pem")));
        Self { id: "rsa".to_owned(), algorithm: Algorithm::RS256, key }
    }

    /// Another RSA key.
    pub fn other_rsa() -> Self {
        let key = EncodingKey::from_rsa_der(&der(include_str!("../fixtures/keys/test-only-other-rsa.pem")));
        Self { id: "other-rsa".to_owned(), algorithm: Algorithm::RS256, key }
    }

    /// A key on the curve P-256, for ES256.
    pub fn p256() -> Self {
        let key = EncodingKey::from_ec_der(&der(include_str!("../fixtures/keys/test-only-p256.pem")));
        Self { id: "p256".to_owned(), algorithm: Algorithm::ES256, key }
    }

    /// The same key under another id.
    pub fn named(self, id: &str) -> Self {
        Self { id: id.to_owned(), ..self }
    }

    /// Its public half, as a key set has it.
    pub fn public(&self) -> Value {
        let key = Jwk::from_encoding_key(&self.key, self.algorithm).expect("a public key");
        let mut key = serde_json::to_value(key).expect("JSON");
        let fields = key.as_object_mut().expect("an object");
        fields.insert("kid".to_owned(), self.id.as_str().into());
        fields.insert("use".to_owned(), "sig".into());
        key
    }

    /// The header of an ordinary token.
    pub fn header(&self) -> Value {
        json!({"alg": format!("{:?}", self.algorithm), "typ": "JWT", "kid": self.id})
    }

    /// A token of that header and those claims, whatever they say, signed with this key.
    pub fn token(&self, header: &Value, claims: &Value) -> String {
        self.signed(&message(header, claims))
    }

    /// That text with its signature.
    pub fn signed(&self, message: &str) -> String {
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &self.key, self.algorithm).expect("a signature");
        format!("{message}.{signature}")
    }

    /// A token signed with HS256 and the public key as the secret: the mistake of a verifier that believes the header.
    pub fn signed_with_public_key(&self, claims: &Value) -> String {
        let modulus = self.public().get("n").and_then(Value::as_str).map(str::to_owned).expect("an RSA key");
        let secret = EncodingKey::from_secret(&BASE64_URL_SAFE_NO_PAD.decode(modulus).expect("base64"));
        let message = message(&json!({"alg": "HS256", "typ": "JWT", "kid": self.id}), claims);
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &secret, Algorithm::HS256).expect("a signature");
        format!("{message}.{signature}")
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.id)
    }
}

/// The two parts of a token that are signed.
pub fn message(header: &Value, claims: &Value) -> String {
    let [header, claims] = [header, claims].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part.to_string()));
    format!("{header}.{claims}")
}

fn der(pem: &str) -> Vec<u8> {
    let lines: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    BASE64_STANDARD.decode(lines).expect("base64")
}
