//! What a webhook's messages are signed with, as Standard Webhooks writes it.

use crate::text::from_text;
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// What a secret begins with.
pub const WEBHOOK_SECRET_PREFIX: &str = "whsec_";
/// How many characters of base64 follow: those of 24 to 64 bytes.
const BASE64_CHARS: std::ops::RangeInclusive<usize> = 32..=88;

/// A secret: `whsec_` and 24 to 64 bytes in base64. It is not printed by accident.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct WebhookSecret(Box<str>);

/// A text that is no secret. What it was is not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not `whsec_` and 24 to 64 bytes in base64 behind it")]
pub struct NotASecret;

impl WebhookSecret {
    /// Takes a text in.
    ///
    /// # Errors
    /// [`NotASecret`]
    pub fn new(text: &str) -> Result<Self, NotASecret> {
        let base64 = text.strip_prefix(WEBHOOK_SECRET_PREFIX).ok_or(NotASecret)?;
        let bare = base64.trim_end_matches('=');
        let is_base64 = bare.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
        let is_whole = base64.len().is_multiple_of(4) && base64.len() - bare.len() <= 2;
        if BASE64_CHARS.contains(&base64.len()) && is_base64 && is_whole {
            Ok(Self(text.into()))
        } else {
            Err(NotASecret)
        }
    }

    /// The bytes that are signed with, in base64.
    pub fn base64(&self) -> &str {
        self.0.strip_prefix(WEBHOOK_SECRET_PREFIX).unwrap_or_default()
    }

    /// The secret itself, for the one answer that shows it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret")
    }
}

impl<'de> Deserialize<'de> for WebhookSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer, Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_24_to_64_bytes_and_is_not_printed() {
        let good = [
            "A".repeat(32),
            "A".repeat(88),
            format!("{}==", "A".repeat(34)),
            format!("{}=", "+/aZ".repeat(9).split_at(35).0),
        ];
        for base64 in good {
            let secret = WebhookSecret::new(&format!("whsec_{base64}")).unwrap();
            assert_eq!((secret.base64(), format!("{secret:?}").as_str()), (base64.as_str(), "WebhookSecret"));
        }
        let short = "A".repeat(28);
        for bad in [
            "",
            "whsec_",
            &format!("whsec_{short}"),
            &"A".repeat(32),
            &format!("whsec_{}", "A".repeat(33)),
            &format!("whsec_{}", "A".repeat(92)),
            &format!("whsec_{}===", "A".repeat(33)),
            &format!("whsec_{}", "-".repeat(32)),
        ] {
            assert_eq!(WebhookSecret::new(bad), Err(NotASecret), "{bad}");
        }
    }
}
