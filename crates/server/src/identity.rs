//! Whom a bearer token names: one of the built-in issuer, or of a configured OpenID provider.
//!
//! A token is believed if its issuer speaks for the tenant that it names, and its signature, audience, times and claims are
//! as configured. What was verified once is remembered until the token ends, its key is withdrawn or it is revoked.

mod built_in;
mod claims;
mod error;
mod fetch;
mod keys;
mod provider;
mod remembered;
mod revoked;
mod settings;
mod sign_in;
mod template;

pub use built_in::{BuiltInIssuer, IssuerError, TOKEN_KEY_FILE, TOKEN_MINUTES_DEFAULT, TOKEN_MINUTES_MAX};
pub use error::IdentityError;
pub(crate) use error::TokenError;
pub(crate) use fetch::address;
pub(crate) use settings::Login;
pub use settings::{Application, ConsoleClient, IssuerSettings, LoginSettings, Preset, SigningAlgorithm, Tenants};
pub use sign_in::{PendingSignIn, SignInAnswer, SignInError, SignInOffer};

pub(crate) use keys::NO_KEYS_PAUSE;

use crate::caller::{Caller, ServiceRole};
use claims::claimed_issuer;
use error::TOKEN_BYTES_MAX;
use futures_util::future::join_all;
use keys::KeySource;
use procura_domain::{id::TenantId, vocabulary::User};
use procura_engine::ambient::{Clock, SystemClock};
use provider::Provider;
use remembered::{Remembered, TokenHash};
use revoked::Revoked;
use sign_in::SignIn;
use std::{collections::BTreeSet, future::pending, path::PathBuf, sync::Arc};
use subtle::ConstantTimeEq;

/// Everybody who may say who is calling.
pub struct Identity {
    built_in: Option<BuiltInIssuer>,
    providers: Vec<Provider>,
    revoked: Revoked,
    remembered: Remembered,
}

/// Who signed in to the console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    pub caller: Arc<Caller>,
    /// The ids of the token, by which it may be revoked.
    pub ids: Vec<String>,
}

impl Identity {
    /// The built-in issuer alone, which speaks for every tenant.
    pub fn built_in(issuer: BuiltInIssuer) -> Self {
        let (revoked, remembered) = (Revoked::default(), Remembered::default());
        Self { built_in: Some(issuer), providers: vec![], revoked, remembered }
    }

    /// Those issuers, and the file that lists what they revoked, if there is one.
    ///
    /// # Errors
    /// [`IdentityError`] names the setting or the file that does not fit.
    pub fn configured(issuers: &[IssuerSettings], revoked: Option<PathBuf>) -> Result<Self, IdentityError> {
        let providers = Provider::all(issuers)?;
        let revoked = revoked.map(Revoked::read).transpose()?.unwrap_or_default();
        Ok(Self { built_in: None, providers, revoked, remembered: Remembered::default() })
    }

    /// Fetches the keys of every issuer once.
    ///
    /// # Errors
    /// For each issuer whose keys could not be had: its name, and why.
    pub async fn try_issuers(&self) -> Vec<(String, Result<usize, String>)> {
        let sources = self.providers.iter().flat_map(Provider::sources);
        join_all(sources.map(|source| async { (source.issuer().to_string(), source.refresh().await) })).await
    }

    /// Keeps the issuers' keys and the list of what was revoked fresh, for good.
    pub(crate) async fn keep_fresh(&self) {
        let sources = self.providers.iter().flat_map(Provider::sources);
        tokio::join!(join_all(sources.map(KeySource::keep_fresh)), self.revoked.keep_fresh(), pending::<()>());
    }

    /// How people log in, at every issuer where they do.
    pub(crate) fn logins(&self) -> Vec<Login> {
        self.providers.iter().filter_map(Provider::login).collect()
    }

    /// The providers where people sign in to the console.
    pub(crate) fn sign_in_offers(&self) -> Vec<SignInOffer> {
        self.sign_ins().enumerate().map(|(number, (_, sign_in))| sign_in.offer(number)).collect()
    }

    /// Where a person signs in at that provider, to come back to `redirect`; and what must come back.
    ///
    /// # Errors
    /// [`SignInError`], if there is no such provider, it was not reached yet, or that is no domain.
    pub(crate) fn begin_sign_in(
        &self,
        number: usize,
        redirect: String,
        domain: Option<&str>,
    ) -> Result<(String, PendingSignIn), SignInError> {
        let (_, sign_in) = self.sign_ins().nth(number).ok_or(SignInError::Unknown)?;
        sign_in.begin(number, redirect, domain)
    }

    /// Who came back with that answer: the ID token is verified as every token is, and repeats the nonce.
    ///
    /// # Errors
    /// [`SignInError`] says why it is nobody.
    pub(crate) async fn finish_sign_in(
        &self,
        pending: PendingSignIn,
        redirect: String,
        SignInAnswer { code, issuer }: SignInAnswer,
    ) -> Result<SignedIn, SignInError> {
        let (provider, sign_in) = self.sign_ins().nth(pending.number).ok_or(SignInError::Unknown)?;
        // An answer of another provider than the person left for (RFC 9207); many do not say whose it is.
        if issuer.is_some_and(|issuer| !sign_in.source.issuer().may_be(&issuer)) {
            return Err(TokenError::UnknownIssuer.into());
        }
        let token = sign_in.id_token(redirect, code, pending.verifier).await?;
        if token.len() > TOKEN_BYTES_MAX {
            return Err(TokenError::TooLong.into());
        }
        let issuer = claimed_issuer(&token)?;
        if !sign_in.source.issuer().may_be(&issuer) {
            return Err(TokenError::UnknownIssuer.into());
        }
        let now = SystemClock.now().timestamp();
        let audience = [sign_in.client.id.clone()];
        let (verified, claims) = provider.verify_for(&audience, &sign_in.source, &issuer, &token, now).await?;
        let repeated = claims.text("nonce")?;
        if repeated.is_none_or(|nonce| !bool::from(nonce.as_bytes().ct_eq(pending.nonce.as_bytes()))) {
            return Err(SignInError::Token("does not repeat what it was asked for with".to_owned()));
        }
        let signed_in = SignedIn { caller: verified.caller, ids: verified.ids };
        if self.is_revoked(&signed_in) { Err(TokenError::Revoked.into()) } else { Ok(signed_in) }
    }

    /// Whether the user, or the token that it signed in with, is not taken any more.
    pub(crate) fn is_revoked(&self, SignedIn { caller, ids }: &SignedIn) -> bool {
        self.revoked.includes(caller.user, ids)
    }

    /// Whether the built-in issuer speaks for everybody.
    pub(crate) fn is_built_in(&self) -> bool {
        self.built_in.is_some()
    }

    /// That user without a token, where the built-in issuer speaks for everybody.
    pub(crate) fn anybody(&self, user: User, roles: BTreeSet<ServiceRole>) -> Option<SignedIn> {
        self.built_in.as_ref()?;
        Some(SignedIn { caller: Arc::new(BuiltInIssuer::anybody(user, roles)?), ids: Vec::new() })
    }

    fn sign_ins(&self) -> impl Iterator<Item = (&Provider, SignIn)> {
        self.providers.iter().filter_map(|provider| Some((provider, provider.sign_in()?)))
    }

    /// Whether tokens of that tenant may still carry service roles.
    pub(crate) fn gives_service_roles_in(&self, tenant: TenantId) -> bool {
        self.built_in.is_some() || self.providers.iter().any(|provider| provider.gives_service_roles_in(tenant))
    }

    /// Whom the token names.
    ///
    /// # Errors
    /// [`TokenError`]; all but [`TokenError::Unreachable`] say that it names nobody.
    pub(crate) async fn caller(&self, token: &str) -> Result<Arc<Caller>, TokenError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(TokenError::TooLong);
        }
        if let Some(issuer) = &self.built_in {
            return issuer.caller(token).map(Arc::new).ok_or(TokenError::Signature);
        }
        let (hash, now) = (TokenHash::of(token), SystemClock.now().timestamp());
        let verified = match self.remembered.get(&hash, now) {
            Some(verified) => verified,
            None => {
                let issuer = claimed_issuer(token)?;
                let speaking = self.providers.iter().find_map(|provider| provider.source_of(&issuer));
                let (provider, source) = speaking.ok_or(TokenError::UnknownIssuer)?;
                let verified = Arc::new(provider.verify(source, &issuer, token, now).await?);
                self.remembered.keep(hash, verified.clone());
                verified
            }
        };
        if self.revoked.includes(verified.caller.user, &verified.ids) {
            return Err(TokenError::Revoked);
        }
        Ok(verified.caller.clone())
    }
}
