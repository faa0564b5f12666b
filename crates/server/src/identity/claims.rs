//! The claims of a token.

use super::error::TokenError;
use jsonwebtoken::dangerous::insecure_decode_claims;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::str::FromStr;

/// What a token says, by name.
pub(super) struct Claims(pub(super) Map<String, Value>);

impl Claims {
    /// The text of a claim; none if there is no such claim.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, TokenError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(TokenError::Claim(name.to_owned())),
        }
    }

    /// What the text of a claim is read as; none if there is no such claim.
    pub(super) fn read<T: FromStr>(&self, name: &str) -> Result<Option<T>, TokenError> {
        let read = |text: &str| text.parse().map_err(|_| TokenError::Claim(name.to_owned()));
        self.text(name)?.map(read).transpose()
    }

    /// The texts of a claim that is a list; none if there is no such claim.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<&str>, TokenError> {
        let wrong = || TokenError::Claim(name.to_owned());
        match self.0.get(name) {
            None => Ok(vec![]),
            Some(Value::Array(values)) => values.iter().map(|value| value.as_str().ok_or_else(wrong)).collect(),
            Some(_) => Err(wrong()),
        }
    }

    /// A time in whole seconds since 1970; what was verified has it.
    pub(super) fn seconds(&self, name: &str) -> Result<i64, TokenError> {
        let value = self.0.get(name);
        // Some issuers write fractions of a second (RFC 7519, section 2): a token does not live on for one.
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a float as an integer is bounded, which is what is wanted"
        )]
        let seconds = value.and_then(|value| value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64)));
        seconds.ok_or_else(|| TokenError::Claim(name.to_owned()))
    }
}

/// Which issuer a token claims to come from, unchecked.
pub(super) fn claimed_issuer(token: &str) -> Result<String, TokenError> {
    #[derive(Deserialize)]
    struct Claimed {
        #[serde(default)]
        iss: Value,
    }
    match insecure_decode_claims::<Claimed>(token) {
        Ok(Claimed { iss: Value::String(issuer) }) => Ok(issuer),
        Ok(_) => Err(TokenError::Claim("iss".to_owned())),
        Err(_) => Err(TokenError::Malformed),
    }
}
