//! Signing in to the console at a provider: the code flow of OpenID Connect with PKCE. The protocol is the crate `oauth2`'s;
//! the ID token is believed as every other token is.

use super::{
    error::TokenError,
    fetch::{self, Fetcher},
    keys::KeySource,
    settings::ConsoleClient,
};
use oauth2::{
    AuthUrl, AuthorizationCode, Client as OAuthClient, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    ExtraTokenFields, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    StandardRevocableToken, StandardTokenResponse, TokenUrl,
    basic::{BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// The longest domain that somebody may sign in with.
const DOMAIN_CHARS_MAX: usize = 253;

/// The console as a client of a provider.
#[derive(Debug, Clone)]
pub(super) struct Client {
    pub(super) id: String,
    secret: Option<ClientSecret>,
    scopes: Vec<String>,
}

impl Client {
    /// The client of those settings, with the secret in its file.
    pub(super) fn read(settings: &ConsoleClient) -> Result<Self, String> {
        let ConsoleClient { client, secret_file, scopes, .. } = settings;
        let is_scope = |scope: &String| !scope.is_empty() && scope.bytes().all(|byte| byte.is_ascii_graphic());
        if client.is_empty() || !scopes.iter().all(is_scope) || !scopes.iter().any(|scope| scope == "openid") {
            return Err("needs the `client` of the console, and scopes without spaces, `openid` among them".to_owned());
        }
        let secret = match secret_file {
            Some(path) => {
                let secret = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
                Some(ClientSecret::new(secret.trim().to_owned()))
            }
            None => None,
        };
        Ok(Self { id: client.clone(), secret, scopes: scopes.clone() })
    }
}

/// A provider where people sign in to the console.
pub(super) struct SignIn {
    pub(super) client: Client,
    /// What it is called on the page.
    pub(super) name: Option<String>,
    /// Whether it asks a person of one tenant alone, if told the tenant's domain.
    pub(super) takes_domain: bool,
    pub(super) source: Arc<KeySource>,
}

/// A provider where people sign in, as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInOffer {
    /// Which one, from 0.
    pub number: usize,
    /// What it is called.
    pub name: String,
    /// Whether it takes the domain of the organisation.
    pub takes_domain: bool,
}

/// What must come back from the provider with the person, and what is not told to anybody until then.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PendingSignIn {
    /// At which provider, from 0.
    pub number: usize,
    /// What the answer must repeat.
    pub state: String,
    /// What the ID token must repeat.
    pub nonce: String,
    /// What proves that whoever brings the code asked for it (RFC 7636).
    pub verifier: String,
}

/// What a person comes back with from the provider.
#[derive(Debug, Clone)]
pub struct SignInAnswer {
    /// What the ID token is given for.
    pub code: String,
    /// Whose answer it is, if it says so.
    pub issuer: Option<String>,
}

/// Why nobody was signed in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// There is no such provider.
    #[error("there is no such provider")]
    Unknown,
    /// What was typed is no domain.
    #[error("that is not a domain like contoso.com")]
    Domain,
    /// The provider could not be asked.
    #[error("the provider does not answer")]
    Unreachable,
    /// The provider, or the person there, said no.
    #[error("the provider refused: {0}")]
    Refused(String),
    /// The ID token is not as it should be: the reason.
    #[error("the ID token {0}")]
    Token(String),
}

impl From<TokenError> for SignInError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Unreachable => Self::Unreachable,
            error => Self::Token(error.to_string()),
        }
    }
}

/// The answer of the token endpoint: of it, the ID token is all that is used.
#[derive(Debug, Deserialize, Serialize)]
struct WithIdToken {
    id_token: Option<String>,
}

impl ExtraTokenFields for WithIdToken {}

type TokenClient<Auth = EndpointNotSet, Token = EndpointNotSet> = OAuthClient<
    BasicErrorResponse,
    StandardTokenResponse<WithIdToken, BasicTokenType>,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    Auth,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    Token,
>;

impl SignIn {
    /// How the page offers it.
    pub(super) fn offer(&self, number: usize) -> SignInOffer {
        let host = || fetch::address(&self.source.issuer().to_string()).ok()?.host().map(str::to_owned);
        let name = self.name.clone().or_else(host).unwrap_or_else(|| self.source.issuer().to_string());
        SignInOffer { number, name, takes_domain: self.takes_domain }
    }

    /// Where the person signs in, to come back to `redirect`; and what must come back.
    pub(super) fn begin(
        &self,
        number: usize,
        redirect: String,
        domain: Option<&str>,
    ) -> Result<(String, PendingSignIn), SignInError> {
        let endpoints = self.source.endpoints().ok_or(SignInError::Unreachable)?;
        let endpoint = endpoints.authorization_endpoint.ok_or(SignInError::Unreachable)?;
        fetch::address(&endpoint).map_err(|_| SignInError::Unreachable)?;
        let domain = domain.map(|domain| read_domain(domain).ok_or(SignInError::Domain)).transpose()?;
        let endpoint = match domain.filter(|_| self.takes_domain) {
            // Entra ID takes a domain in the place of the authority for everybody.
            Some(domain) => endpoint.replacen("/common/", &format!("/{domain}/"), 1),
            None => endpoint,
        };
        let endpoint = AuthUrl::new(endpoint).map_err(|_| SignInError::Unreachable)?;
        let redirect = RedirectUrl::new(redirect).map_err(|_| SignInError::Unknown)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let nonce = CsrfToken::new_random().into_secret();
        let client = self.client().set_auth_uri(endpoint).set_redirect_uri(redirect);
        let request = client.authorize_url(CsrfToken::new_random).set_pkce_challenge(challenge);
        let scopes = self.client.scopes.iter().cloned().map(Scope::new);
        let (url, state) = request.add_scopes(scopes).add_extra_param("nonce", &nonce).url();
        let pending = PendingSignIn { number, state: state.into_secret(), nonce, verifier: verifier.into_secret() };
        Ok((url.to_string(), pending))
    }

    /// The ID token for the code that the person came back with.
    pub(super) async fn id_token(
        &self,
        redirect: String,
        code: String,
        verifier: String,
    ) -> Result<String, SignInError> {
        let endpoint = self.source.endpoints().and_then(|endpoints| endpoints.token_endpoint);
        let endpoint = endpoint.filter(|endpoint| fetch::address(endpoint).is_ok()).ok_or(SignInError::Unreachable)?;
        let endpoint = TokenUrl::new(endpoint).map_err(|_| SignInError::Unreachable)?;
        let redirect = RedirectUrl::new(redirect).map_err(|_| SignInError::Unknown)?;
        let client = self.client().set_token_uri(endpoint).set_redirect_uri(redirect);
        let fetcher = self.source.fetcher().clone();
        let answered = spawn_blocking(move || {
            let request = client.exchange_code(AuthorizationCode::new(code));
            request.set_pkce_verifier(PkceCodeVerifier::new(verifier)).request(&|request| sent(&fetcher, request))
        });
        let answered = answered.await.map_err(|_| SignInError::Unreachable)?.map_err(refusal)?;
        answered.extra_fields().id_token.clone().ok_or_else(|| SignInError::Token("did not come".to_owned()))
    }

    fn client(&self) -> TokenClient {
        let client = TokenClient::new(ClientId::new(self.client.id.clone()));
        match &self.client.secret {
            Some(secret) => client.set_client_secret(secret.clone()),
            None => client,
        }
    }
}

fn sent(fetcher: &Fetcher, request: oauth2::HttpRequest) -> Result<oauth2::HttpResponse, ureq::Error> {
    fetcher.send(request)
}

/// What went wrong, without what was sent or answered: both hold secrets.
fn refusal(error: RequestTokenError<ureq::Error, BasicErrorResponse>) -> SignInError {
    match error {
        RequestTokenError::ServerResponse(answer) => SignInError::Refused(answer.error().to_string()),
        RequestTokenError::Request(error) => {
            tracing::warn!(%error, "a sign-in could not be finished");
            SignInError::Unreachable
        }
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            SignInError::Token("did not come in an answer as it should be".to_owned())
        }
    }
}

/// The domain, if it is one: letters, digits, hyphens and dots, so that it stays one segment of a path.
fn read_domain(text: &str) -> Option<String> {
    let domain = text.trim().to_ascii_lowercase();
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    (domain.len() <= DOMAIN_CHARS_MAX && domain.contains('.') && domain.split('.').all(is_label)).then_some(domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_one_segment_of_a_path() {
        for (text, read) in [
            (" Contoso.com ", Some("contoso.com")),
            ("a-b.example.co", Some("a-b.example.co")),
            ("contoso", None),
            ("contoso..com", None),
            (".com", None),
            ("-x.com", None),
            ("contoso.com/../evil", None),
            ("contoso.com?x", None),
            ("", None),
        ] {
            assert_eq!(read_domain(text).as_deref(), read, "{text}");
        }
    }
}
