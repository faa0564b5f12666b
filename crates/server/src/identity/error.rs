//! Why a token names nobody, and why issuers cannot be used as they are configured.

use std::path::PathBuf;

/// The longest token, in bytes. Those of people in many groups have about 8,000.
pub(super) const TOKEN_BYTES_MAX: usize = 16 * 1024;

/// Why a token names nobody. What it says goes on from "the token ".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenError {
    #[error("is longer than {TOKEN_BYTES_MAX} bytes")]
    TooLong,
    #[error("is not a signed JSON Web Token")]
    Malformed,
    #[error("comes from an issuer that is not configured here")]
    UnknownIssuer,
    #[error("is signed with an algorithm that is not configured for its issuer")]
    Algorithm,
    #[error("has a header with something critical in it, which is not understood here")]
    Critical,
    #[error("is signed with a key that its issuer does not publish")]
    UnknownKey,
    #[error("has a signature that is not its issuer's")]
    Signature,
    #[error("has expired")]
    Expired,
    #[error("is not valid yet")]
    NotYet,
    #[error("lives longer than the {0} minutes that are configured for its issuer")]
    TooLongLived(u32),
    #[error("is for another audience")]
    Audience,
    #[error("has no claim `{0}` of the form that it should have")]
    Claim(String),
    #[error("names a tenant that its issuer does not speak for here")]
    Tenant,
    #[error("was revoked")]
    Revoked,
    /// Not the token's fault.
    #[error("cannot be checked: the keys of its issuer could not be fetched so far")]
    Unreachable,
}

macro_rules! reasons {
    ($($variant:pat, $word:literal;)+) => {
        impl TokenError {
            /// Every reason in a word.
            pub(crate) const REASONS: [&str; [$($word),+].len()] = [$($word),+];

            /// The reason in a stable word, for the metrics.
            pub(crate) fn reason(&self) -> &'static str {
                match self { $($variant => $word,)+ }
            }
        }
    };
}

reasons! {
    Self::TooLong, "tooLong";
    Self::Malformed, "malformed";
    Self::UnknownIssuer, "unknownIssuer";
    Self::Algorithm, "algorithm";
    Self::Critical, "critical";
    Self::UnknownKey, "unknownKey";
    Self::Signature, "signature";
    Self::Expired, "expired";
    Self::NotYet, "notYet";
    Self::TooLongLived(_), "tooLongLived";
    Self::Audience, "audience";
    Self::Claim(_), "claim";
    Self::Tenant, "tenant";
    Self::Revoked, "revoked";
    Self::Unreachable, "unreachable";
}

/// Why callers could not be told apart as configured.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    #[error("issuer {number}: `{key}` {problem}")]
    Issuer {
        /// Which one, from 1.
        number: usize,
        key: &'static str,
        problem: String,
    },
    #[error("{}: {problem}", path.display())]
    File { path: PathBuf, problem: String },
}
