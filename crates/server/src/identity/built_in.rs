//! The built-in token issuer, for trying and for tests: its key is a private file beside the log.

use crate::caller::{Caller, ServiceRole};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use procura_domain::{
    id::{ObjectId, TenantId},
    temporal::Timestamp,
    text::TokenIssuer,
    vocabulary::User,
};
use procura_engine::{
    ambient::Entropy,
    private_file::{self, PrivateFileError},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// The file with the issuer's key, in the data directory.
pub const TOKEN_KEY_FILE: &str = "token.key";
/// Minutes a token lives unless told otherwise.
pub const TOKEN_MINUTES_DEFAULT: u32 = 60;
/// Minutes a token lives at most: 30 days.
pub const TOKEN_MINUTES_MAX: u32 = 43_200;

const KEY_BYTES: usize = 32;
const ISSUER: &str = "urn:procura:dev";
const AUDIENCE: &str = "procura";

/// Makes tokens and checks them.
pub struct BuiltInIssuer {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
}

/// Why there is no issuer, or no token.
#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    #[error("{0} holds no log yet; start `procura serve --dev --data {0}` first, which makes one")]
    NoLog(PathBuf),
    #[error("{0} is not a key; remove it to have a new one made (tokens made so far end with it)")]
    NotAKey(PathBuf),
    #[error(transparent)]
    File(#[from] PrivateFileError),
    #[error("the token could not be made: {0}")]
    Encode(#[from] jsonwebtoken::errors::Error),
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    tid: TenantId,
    oid: ObjectId,
    roles: Vec<String>,
    iat: i64,
    exp: i64,
}

impl BuiltInIssuer {
    /// The issuer of the data directory: reads its key, or makes one if there is none.
    ///
    /// # Errors
    /// [`IssuerError`] if there is no log, or the key file is not a private file with a key in it.
    pub fn of(directory: &Path) -> Result<Self, IssuerError> {
        if !directory.join("FORMAT").is_file() {
            return Err(IssuerError::NoLog(directory.to_owned()));
        }
        let path = directory.join(TOKEN_KEY_FILE);
        let made = || BASE64_URL_SAFE_NO_PAD.encode(Entropy::from_os().bytes::<KEY_BYTES>()) + "\n";
        let bytes = private_file::read_or_make(&path, made)?;
        let key = BASE64_URL_SAFE_NO_PAD.decode(bytes.trim_ascii()).ok().filter(|key| key.len() == KEY_BYTES);
        let key = key.ok_or(IssuerError::NotAKey(path))?;
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation.leeway = 0;
        validation.validate_nbf = true;
        // A token that ends at this second has ended (RFC 7519, section 4.1.4).
        validation.reject_tokens_expiring_in_less_than = 1;
        let (encoding, decoding) = (EncodingKey::from_secret(&key), DecodingKey::from_secret(&key));
        Ok(Self { encoding, decoding, validation })
    }

    /// A token for the user with those roles, from `now` on for so many minutes.
    ///
    /// # Errors
    /// [`IssuerError::Encode`].
    pub fn token(
        &self,
        user: User,
        roles: &[ServiceRole],
        now: Timestamp,
        minutes: u32,
    ) -> Result<String, IssuerError> {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            tid: user.tenant,
            oid: user.user,
            roles: roles.iter().map(|role| role.claim().to_owned()).collect(),
            iat: now.timestamp(),
            exp: (now + TimeDelta::minutes(minutes.into())).timestamp(),
        };
        Ok(encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)?)
    }

    /// The user as a caller, without a token.
    pub(crate) fn anybody(user: User, roles: BTreeSet<ServiceRole>) -> Option<Caller> {
        Some(Caller { user, roles, issuer: TokenIssuer::new(ISSUER).ok()? })
    }

    /// Who a token names. `None`: it is not one of ours, or no longer good.
    pub fn caller(&self, token: &str) -> Option<Caller> {
        let token = decode::<Claims>(token, &self.decoding, &self.validation).ok()?;
        // What a token calls critical must be understood (RFC 7515, section 4.1.11), and nothing of it is here.
        token.header.crit.is_none().then_some(())?;
        let Claims { iss, tid, oid, roles, .. } = token.claims;
        // Roles of other applications are none of ours.
        let role = |name: &String| ServiceRole::ALL.iter().copied().find(|role| role.claim() == name);
        let (user, roles) = (User { tenant: tid, user: oid }, roles.iter().filter_map(role).collect());
        Some(Caller { user, roles, issuer: TokenIssuer::new(&iss).ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use procura_engine::ambient::{Clock, SystemClock};
    use serde_json::{Value, json};
    use std::{
        fs,
        os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    };

    fn directory() -> tempfile::TempDir {
        let directory = tempfile::tempdir().expect("a directory");
        fs::write(directory.path().join("FORMAT"), "").expect("a file");
        directory
    }

    fn user() -> User {
        "faaaaaaa-0000-4000-8000-000000000001/f0000000-0000-4000-8000-000000000010".parse().expect("a user")
    }

    #[test]
    fn a_token_names_its_user_and_roles_until_it_expires() {
        let directory = directory();
        let issuer = BuiltInIssuer::of(directory.path()).expect("an issuer");
        let now = SystemClock.now();
        let token = issuer.token(user(), &[ServiceRole::Auditor], now, 1).expect("a token");
        // Another process with the same key file agrees.
        let caller = BuiltInIssuer::of(directory.path()).expect("an issuer").caller(&token).expect("a caller");
        let named = TokenIssuer::new(ISSUER).expect("an issuer");
        assert_eq!(caller, Caller { user: user(), roles: [ServiceRole::Auditor].into(), issuer: named });
        let stale = issuer.token(user(), &[], now - TimeDelta::minutes(2), 1).expect("a token");
        assert_eq!(issuer.caller(&stale), None);
    }

    #[test]
    fn a_token_of_another_key_or_algorithm_is_nobody() {
        let (ours, theirs) = (directory(), directory());
        let issuer = BuiltInIssuer::of(ours.path()).expect("an issuer");
        let foreign = BuiltInIssuer::of(theirs.path()).expect("an issuer");
        let token = foreign.token(user(), &[ServiceRole::Operator], SystemClock.now(), 1).expect("a token");
        assert_eq!(issuer.caller(&token), None);
        let mut parts: Vec<_> = token.split('.').map(str::to_owned).collect();
        parts[0] = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
        parts[2].clear();
        for bad in [parts.join("."), String::new(), "a.b.c".to_owned()] {
            assert_eq!(issuer.caller(&bad), None, "{bad}");
        }
    }

    /// A token of ours with one thing wrong is nobody's.
    #[test]
    fn a_token_with_anything_wrong_is_nobody() {
        let directory = directory();
        let issuer = BuiltInIssuer::of(directory.path()).expect("an issuer");
        let now = SystemClock.now().timestamp();
        let claims = || {
            json!({"iss": ISSUER, "aud": AUDIENCE, "tid": user().tenant, "oid": user().user, "roles": ["Operator"],
                "iat": now, "exp": now + 600})
        };
        let signed = |header: Value, claims: &Value| {
            let [header, claims] = [&header, claims].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part.to_string()));
            let message = format!("{header}.{claims}");
            let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &issuer.encoding, Algorithm::HS256);
            format!("{message}.{}", signature.expect("a signature"))
        };
        let plain = || json!({"alg": "HS256", "typ": "JWT"});
        let with = |changes: &[(&str, Value)]| {
            let mut claims = claims();
            for (name, value) in changes {
                claims[*name] = value.clone();
            }
            signed(plain(), &claims)
        };
        let good = [
            with(&[]),
            with(&[("nbf", json!(now))]),
            with(&[("roles", json!([]))]),
            with(&[("unknown", json!({"deep": [1]}))]),
        ];
        for token in good {
            assert_eq!(issuer.caller(&token).map(|caller| caller.user), Some(user()), "{token}");
        }
        let mut bad = vec![
            ("exp is now", with(&[("exp", json!(now))])),
            ("exp is past", with(&[("exp", json!(now - 1))])),
            ("exp is 0", with(&[("exp", json!(0))])),
            ("nbf is ahead", with(&[("nbf", json!(now + 60))])),
            ("another iss", with(&[("iss", json!("https://elsewhere.example"))])),
            ("another aud", with(&[("aud", json!("another"))])),
            ("tid is no id", with(&[("tid", json!("contoso"))])),
            ("oid is no id", with(&[("oid", json!(""))])),
            ("a role is no text", with(&[("roles", json!(["Auditor", 1]))])),
            ("unknown crit", signed(json!({"alg": "HS256", "typ": "JWT", "crit": ["x"], "x": 1}), &claims())),
            ("empty crit", signed(json!({"alg": "HS256", "typ": "JWT", "crit": []}), &claims())),
            ("crit is no list", signed(json!({"alg": "HS256", "typ": "JWT", "crit": "exp"}), &claims())),
            ("claims are no object", signed(plain(), &json!(["exp"]))),
        ];
        for name in ["iss", "aud", "tid", "oid", "roles", "iat", "exp"] {
            let mut without = claims();
            without.as_object_mut().expect("an object").remove(name);
            bad.push((name, signed(plain(), &without)));
            for value in [json!(null), json!(true), json!("9999999999"), json!({}), json!([[]]), json!(-1)] {
                // An `iat` before 1970 is odd, and no danger.
                if (name, &value) != ("iat", &json!(-1)) {
                    bad.push((name, with(&[(name, value)])));
                }
            }
        }
        bad.extend([("nbf", with(&[("nbf", json!("0"))])), ("nbf", with(&[("nbf", json!({}))]))]);
        let taken: Vec<_> = bad.iter().filter(|(_, token)| issuer.caller(token).is_some()).collect();
        assert!(taken.is_empty(), "{taken:?}");
    }

    #[test]
    fn the_key_is_private_and_beside_a_log() {
        let directory = directory();
        BuiltInIssuer::of(directory.path()).expect("an issuer");
        let key = directory.path().join(TOKEN_KEY_FILE);
        assert_eq!(fs::metadata(&key).expect("the key").mode() & 0o777, 0o600);
        fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).expect("a mode");
        assert!(matches!(
            BuiltInIssuer::of(directory.path()),
            Err(IssuerError::File(PrivateFileError::NotPrivate { mode: 0o640, .. }))
        ));
        fs::remove_file(&key).expect("removed");
        fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&key).expect("a file");
        assert!(matches!(BuiltInIssuer::of(directory.path()), Err(IssuerError::NotAKey(_))));
        let empty = tempfile::tempdir().expect("a directory");
        assert!(matches!(BuiltInIssuer::of(empty.path()), Err(IssuerError::NoLog(_))));
    }
}
