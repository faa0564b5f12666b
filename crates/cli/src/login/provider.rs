//! What is asked of a server and of an OpenID provider, over HTTP. The protocol itself is the crate `oauth2`'s.

use super::{
    address::secure,
    error::{LoginError, shown},
};
use crate::{
    contexts::{Login, Registration},
    http::configured,
};
use chrono::{DateTime, TimeDelta, Utc};
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, CsrfToken, DeviceAuthorizationUrl, DeviceCodeErrorResponseType,
    EndpointNotSet, ErrorResponse, HttpRequest, HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RefreshToken, RequestTokenError, Scope, StandardDeviceAuthorizationResponse, TokenResponse, TokenUrl,
    basic::{BasicClient, BasicTokenResponse},
    http as wire,
    url::Url,
};
use procura_engine::ambient::{Clock, SystemClock};
use serde::{Deserialize, de::DeserializeOwned};
use std::{
    error::Error,
    thread,
    time::{Duration, Instant},
};
use ureq::Agent;

/// How long anything may take to be answered.
const TIMEOUT: Duration = Duration::from_secs(20);
/// The largest answer.
const ANSWER_BYTES_MAX: u64 = 512 * 1024;
/// A little, so that a time that was waited for is over.
const TICK: Duration = Duration::from_millis(20);
/// How much earlier than said a token is taken for ended.
const MARGIN: TimeDelta = TimeDelta::seconds(60);

/// How people log in to a server, as it says itself.
#[derive(Debug, Deserialize)]
pub(crate) struct ResourceMetadata {
    resource: String,
    #[serde(default)]
    procura_logins: Vec<Registered>,
}

/// One of the ways; unlike what is saved, it may say more than is known here.
#[derive(Debug, Deserialize)]
struct Registered {
    issuer: String,
    client_id: String,
    scopes: Vec<String>,
    resource: Option<String>,
}

/// Where people log in to that server (RFC 9728).
pub(crate) fn logins_at(server: &str) -> Result<Vec<Registration>, LoginError> {
    let url = secure(server)?;
    let path = url.path().trim_end_matches('/');
    let mut place = url.clone();
    place.set_path(&format!("/.well-known/oauth-protected-resource{path}"));
    let metadata: ResourceMetadata = document(&place)
        .map_err(|problem| LoginError::NotDescribed { server: server.to_owned(), problem: problem.to_string() })?;
    // Whoever answers for another server would be given its tokens (section 3.3).
    if super::address::server(&metadata.resource).ok().as_deref() != Some(server) {
        return Err(LoginError::OtherResource { server: server.to_owned(), resource: shown(&metadata.resource) });
    }
    let registration = |Registered { issuer, client_id, scopes, resource }: Registered| {
        // It is shown as words of a command line, which somebody may copy.
        let is_plain = |char: char| char.is_ascii_alphanumeric() || "-._~:/%[]{}".contains(char);
        match issuer.chars().all(is_plain) {
            true => Ok(Registration { issuer, client: client_id, scopes, resource }),
            false => Err(LoginError::NotAnAddress(shown(&issuer))),
        }
    };
    metadata.procura_logins.into_iter().map(registration).collect()
}

/// An OpenID provider, and this program there.
pub(crate) struct Provider {
    registration: Registration,
    endpoints: Endpoints,
}

/// What a provider's discovery document says.
#[derive(Debug, Deserialize)]
struct Endpoints {
    issuer: String,
    authorization_endpoint: Option<String>,
    token_endpoint: String,
    device_authorization_endpoint: Option<String>,
    revocation_endpoint: Option<String>,
    code_challenge_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// Why no token came.
pub(crate) enum Refusal {
    /// The provider says no.
    Denied(String),
    /// It could not be asked, or did not answer as it should.
    Failed(String),
}

impl Refusal {
    fn into_problem(self) -> String {
        match self {
            Self::Denied(problem) | Self::Failed(problem) => problem,
        }
    }
}

/// A login that was begun in a browser.
pub(crate) struct Begun {
    /// Where the person logs in.
    pub(crate) url: Url,
    /// What the browser must bring back.
    pub(crate) state: CsrfToken,
    verifier: PkceCodeVerifier,
    redirect: RedirectUrl,
}

/// What a provider gave.
pub(crate) struct Tokens(BasicTokenResponse, DateTime<Utc>);

impl Provider {
    /// The provider as it describes itself: it must be the one that was asked for, and be spoken to safely.
    pub(crate) fn discovered(registration: Registration) -> Result<Self, LoginError> {
        let issuer = &registration.issuer;
        let place = secure(&format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/')))?;
        let endpoints: Endpoints = document(&place)?;
        if endpoints.issuer != *issuer {
            return Err(LoginError::OtherIssuer { asked: issuer.clone(), said: shown(&endpoints.issuer) });
        }
        let optional = [
            &endpoints.authorization_endpoint,
            &endpoints.device_authorization_endpoint,
            &endpoints.revocation_endpoint,
        ];
        for endpoint in optional.into_iter().flatten().chain([&endpoints.token_endpoint]) {
            secure(endpoint)?;
        }
        if endpoints
            .code_challenge_methods_supported
            .as_ref()
            .is_some_and(|methods| !methods.contains(&"S256".to_owned()))
        {
            let issuer = issuer.clone();
            return Err(LoginError::NotOffered { issuer, what: "PKCE with SHA-256", hint: "" });
        }
        Ok(Self { registration, endpoints })
    }

    pub(crate) fn registration(&self) -> &Registration {
        &self.registration
    }

    /// Begins a login in a browser, which comes back to that address.
    pub(crate) fn begin(&self, redirect: String) -> Result<Begun, LoginError> {
        let what = "authorization endpoint";
        let endpoint = self.offered(self.endpoints.authorization_endpoint.as_deref(), what, "; `--device` may do")?;
        let redirect = RedirectUrl::new(redirect).map_err(|error| LoginError::NotAnAddress(error.to_string()))?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let client = self.client().set_auth_uri(AuthUrl::from_url(endpoint)).set_redirect_uri(redirect.clone());
        let request =
            client.authorize_url(CsrfToken::new_random).set_pkce_challenge(challenge).add_scopes(self.scopes());
        let request = match &self.registration.resource {
            Some(resource) => request.add_extra_param("resource", resource),
            None => request,
        };
        let (url, state) = request.url();
        Ok(Begun { url, state, verifier, redirect })
    }

    /// Whether the answer comes from this provider, by what it says of that (RFC 9207).
    pub(crate) fn answers_as(&self, said: Option<&str>) -> Result<(), LoginError> {
        let issuer = &self.registration.issuer;
        match said {
            Some(said) if said == issuer => Ok(()),
            None if !self.endpoints.authorization_response_iss_parameter_supported => Ok(()),
            said => Err(LoginError::WrongIssuer {
                issuer: issuer.clone(),
                said: said.map_or_else(|| "somewhere that it does not name".to_owned(), shown),
            }),
        }
    }

    /// The tokens for the code that a browser brought.
    pub(crate) fn exchange(&self, begun: Begun, code: String) -> Result<Tokens, LoginError> {
        let client = self.client().set_token_uri(self.token_url()?).set_redirect_uri(begun.redirect);
        let request = client.exchange_code(AuthorizationCode::new(code)).set_pkce_verifier(begun.verifier);
        let request = match &self.registration.resource {
            Some(resource) => request.add_extra_param("resource", resource),
            None => request,
        };
        self.taken(request.request(&send))
    }

    /// Begins a login in a browser elsewhere: the code to type there.
    pub(crate) fn begin_device(&self) -> Result<StandardDeviceAuthorizationResponse, LoginError> {
        let what = "device authorization endpoint";
        let endpoint = self.offered(self.endpoints.device_authorization_endpoint.as_deref(), what, "")?;
        let client = self.client().set_device_authorization_url(DeviceAuthorizationUrl::from_url(endpoint));
        let request = client.exchange_device_code().add_scopes(self.scopes());
        let request = match &self.registration.resource {
            Some(resource) => request.add_extra_param("resource", resource),
            None => request,
        };
        let begun: StandardDeviceAuthorizationResponse =
            request.request(&send).map_err(|error| self.denied(refusal(error)))?;
        secure(begun.verification_uri())?;
        begun.verification_uri_complete().map(|complete| secure(complete.secret())).transpose()?;
        Ok(begun)
    }

    /// Waits until the person typed the code.
    pub(crate) fn poll(
        &self,
        begun: &StandardDeviceAuthorizationResponse,
        wait: Duration,
    ) -> Result<Tokens, LoginError> {
        let client = self.client().set_token_uri(self.token_url()?);
        let request = client.exchange_device_access_token(begun);
        let request = match &self.registration.resource {
            Some(resource) => request.add_extra_param("resource", resource),
            None => request,
        };
        let end = Instant::now() + wait;
        let sleep = |pause: Duration| thread::sleep(pause.min(end.saturating_duration_since(Instant::now()) + TICK));
        match request.set_time_fn(|| SystemClock.now()).request(&send, sleep, Some(wait)) {
            Err(RequestTokenError::ServerResponse(answer))
                if *answer.error() == DeviceCodeErrorResponseType::ExpiredToken =>
            {
                Err(LoginError::TimedOut(wait.as_secs()))
            }
            answered => self.taken(answered),
        }
    }

    /// Further tokens.
    pub(crate) fn renew(&self, token: &RefreshToken) -> Result<Tokens, Refusal> {
        let token_url = self.token_url().map_err(|error| Refusal::Failed(error.to_string()))?;
        let client = self.client().set_token_uri(token_url);
        let request = client.exchange_refresh_token(token);
        let request = match &self.registration.resource {
            Some(resource) => request.add_extra_param("resource", resource),
            None => request,
        };
        request.request(&send).map(|tokens| Tokens(tokens, SystemClock.now())).map_err(refusal)
    }

    /// Has the provider end the login. Whether it could be told.
    pub(crate) fn revoke(&self, login: &Login) -> Result<(), LoginError> {
        let endpoint =
            self.offered(self.endpoints.revocation_endpoint.as_deref(), "way to end a login before its time", "")?;
        let token = match &login.refresh_token {
            Some(token) => token.secret(),
            None => login.access_token.secret(),
        };
        // Not by `oauth2`, which has no provider on this machine do that.
        let form = [("token", token.as_str()), ("client_id", self.registration.client.as_str())];
        let failed = |problem: String| LoginError::NotFetched { url: endpoint.to_string(), problem };
        match client().post(endpoint.as_str()).send_form(form) {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(failed(format!("the answer is {}", answer.status()))),
            Err(error) => Err(failed(error.to_string())),
        }
    }

    fn client(&self) -> BasicClient<EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointNotSet> {
        BasicClient::new(ClientId::new(self.registration.client.clone()))
    }

    fn scopes(&self) -> impl Iterator<Item = Scope> {
        self.registration.scopes.iter().cloned().map(Scope::new)
    }

    fn token_url(&self) -> Result<TokenUrl, LoginError> {
        secure(&self.endpoints.token_endpoint).map(TokenUrl::from_url)
    }

    fn offered(&self, endpoint: Option<&str>, what: &'static str, hint: &'static str) -> Result<Url, LoginError> {
        let issuer = || self.registration.issuer.clone();
        secure(endpoint.ok_or_else(|| LoginError::NotOffered { issuer: issuer(), what, hint })?)
    }

    fn taken<E: Error, T: ErrorResponse + 'static>(
        &self,
        answer: Result<BasicTokenResponse, RequestTokenError<E, T>>,
    ) -> Result<Tokens, LoginError> {
        answer.map(|tokens| Tokens(tokens, SystemClock.now())).map_err(|error| self.denied(refusal(error)))
    }

    fn denied(&self, refusal: Refusal) -> LoginError {
        LoginError::Denied { issuer: self.registration.issuer.clone(), problem: refusal.into_problem() }
    }
}

impl Tokens {
    pub(crate) fn access_token(&self) -> &oauth2::AccessToken {
        self.0.access_token()
    }

    /// The login of that user; the refresh token that it had so far stays good if there is no new one.
    pub(crate) fn login(self, user: String, so_far: Option<RefreshToken>) -> Login {
        let Self(tokens, now) = self;
        let seconds = tokens.expires_in().and_then(|lifetime| TimeDelta::from_std(lifetime).ok());
        Login {
            user,
            access_token: tokens.access_token().clone(),
            until: seconds.and_then(|lifetime| now.checked_add_signed(lifetime)),
            refresh_token: tokens.refresh_token().cloned().or(so_far),
        }
    }
}

impl Login {
    /// Whether its access token has ended, or nearly.
    pub(crate) fn is_due(&self) -> bool {
        self.until.is_some_and(|until| until <= SystemClock.now() + MARGIN)
    }

    /// Whether its access token has ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.until.is_some_and(|until| until <= SystemClock.now())
    }
}

/// What went wrong, without what was sent or answered: both may hold secrets.
fn refusal<E: Error, T: ErrorResponse + 'static>(error: RequestTokenError<E, T>) -> Refusal {
    match error {
        RequestTokenError::ServerResponse(answer) => Refusal::Denied(shown(&answer.to_string())),
        RequestTokenError::Request(error) => Refusal::Failed(shown(&error.to_string())),
        RequestTokenError::Parse(..) => Refusal::Failed("its answer is not as it should be".to_owned()),
        RequestTokenError::Other(problem) => Refusal::Failed(shown(&problem)),
    }
}

/// No redirect is followed: a provider's answer is its own, and what is sent goes nowhere else.
fn client() -> Agent {
    configured().timeout_global(Some(TIMEOUT)).max_redirects(0).max_redirects_will_error(false).build().new_agent()
}

fn send(request: HttpRequest) -> Result<HttpResponse, ureq::Error> {
    let mut answer = client().run(request)?;
    let body = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec()?;
    let (parts, _) = answer.into_parts();
    Ok(wire::Response::from_parts(parts, body))
}

/// The JSON document at that address.
fn document<T: DeserializeOwned>(url: &Url) -> Result<T, LoginError> {
    let failed = |problem: String| LoginError::NotFetched { url: url.to_string(), problem };
    let answer = client().get(url.as_str()).header("accept", "application/json").call();
    let mut answer = answer.map_err(|error| failed(error.to_string()))?;
    if answer.status() != 200 {
        return Err(failed(format!("the answer is {}", answer.status())));
    }
    let bytes = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
    let bytes = bytes.map_err(|error| failed(error.to_string()))?;
    serde_json::from_slice(&bytes).map_err(|_| failed("the answer is not the document that it should be".to_owned()))
}
