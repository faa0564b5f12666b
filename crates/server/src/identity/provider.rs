//! An OpenID provider as it is configured: which tenants it speaks for, and whom its tokens name.

use super::{
    claims::Claims,
    error::{IdentityError, TokenError},
    fetch::{self, Fetcher},
    keys::KeySource,
    remembered::Verified,
    settings::{Application, ConsoleClient, IssuerSettings, Login, LoginSettings, Preset, Tenants},
    sign_in::{Client, SignIn},
    template::IssuerTemplate,
};
use crate::caller::{Caller, ServiceRole};
use jsonwebtoken::{Algorithm, Validation, decode, decode_header, errors::ErrorKind};
use procura_domain::{
    id::{ObjectId, TenantId},
    text::TokenIssuer,
    vocabulary::User,
};
use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
    time::Duration,
};
use uuid::Uuid;

/// The longest clock skew that may be configured, in seconds.
const CLOCK_SKEW_SECONDS_MAX: u64 = 600;
/// How often keys may be fetched at most, in seconds.
const KEYS_REFRESH_SECONDS_MIN: u64 = 5;
/// Entra ID's login address, and who issues its tokens of version 1.
const ENTRA: (&str, &str) = ("https://login.microsoftonline.com", "https://sts.windows.net/{tenantid}/");

pub(super) struct Provider {
    /// One; of Entra ID one for each version of its tokens.
    sources: Vec<Arc<KeySource>>,
    settings: IssuerSettings,
    algorithms: Vec<Algorithm>,
    /// Tenants that another issuer speaks for.
    others: HashSet<TenantId>,
    /// The console as its client, if people sign in here.
    console: Option<Client>,
}

impl Provider {
    /// The providers of those settings: no two speak for one tenant.
    ///
    /// # Errors
    /// [`IdentityError`] names the setting that does not fit.
    pub(super) fn all(settings: &[IssuerSettings]) -> Result<Vec<Self>, IdentityError> {
        let mut providers: Vec<Self> = Vec::new();
        let mut spoken_for = HashSet::new();
        for (number, settings) in (1..).zip(settings) {
            let wrong = |(key, problem): (&'static str, String)| IdentityError::Issuer { number, key, problem };
            let provider = Self::new(settings.clone()).map_err(wrong)?;
            for source in &provider.sources {
                let same = |other: &Arc<KeySource>| other.issuer() == source.issuer();
                if providers.iter().any(|other| other.sources.iter().any(same)) {
                    return Err(wrong(("issuer", format!("`{}` stands there twice", source.issuer()))));
                }
            }
            match &settings.tenants {
                Tenants::Any if providers.iter().any(|other| other.settings.tenants == Tenants::Any) => {
                    return Err(wrong((
                        "tenants",
                        "is \"any\", and so is another issuer's: only one can be".to_owned(),
                    )));
                }
                Tenants::Any => {}
                Tenants::Listed(tenants) => {
                    if let Some(twice) = tenants.iter().find(|tenant| !spoken_for.insert(**tenant)) {
                        let problem = format!("has {twice} again: one issuer speaks for a tenant, and no other");
                        return Err(wrong(("tenants", problem)));
                    }
                }
            }
            providers.push(provider);
        }
        for provider in providers.iter_mut().filter(|provider| provider.settings.tenants == Tenants::Any) {
            provider.others.clone_from(&spoken_for);
        }
        Ok(providers)
    }

    fn new(settings: IssuerSettings) -> Result<Self, (&'static str, String)> {
        let empty = |key| Err((key, "is empty".to_owned()));
        if settings.audiences.is_empty() || settings.audiences.iter().any(String::is_empty) {
            return empty("audiences");
        }
        if settings.algorithms.is_empty() {
            return empty("algorithms");
        }
        if settings.tenants == Tenants::Listed(vec![]) {
            return empty("tenants");
        }
        if settings.clock_skew_seconds > CLOCK_SKEW_SECONDS_MAX {
            return Err(("clock_skew_seconds", format!("is more than {CLOCK_SKEW_SECONDS_MAX}")));
        }
        if settings.keys_refresh_seconds < KEYS_REFRESH_SECONDS_MIN {
            return Err(("keys_refresh_seconds", format!("is less than {KEYS_REFRESH_SECONDS_MIN}")));
        }
        if let Some(LoginSettings { client, scopes, .. }) = &settings.login {
            let is_scope = |scope: &String| !scope.is_empty() && scope.bytes().all(|byte| byte.is_ascii_graphic());
            if client.is_empty() || !scopes.iter().all(is_scope) {
                return Err(("login", "needs the `client` of the command line, and scopes without spaces".to_owned()));
            }
        }
        let fetcher = Fetcher::trusting(settings.ca_file.as_deref()).map_err(|problem| ("ca_file", problem))?;
        let every = Duration::from_secs(settings.keys_refresh_seconds);
        let source = |(issuer, discovery): (String, String)| {
            let discovery = fetch::address(&discovery).map_err(|problem| ("discovery", problem))?;
            let issuer = IssuerTemplate::new(&issuer);
            Ok(KeySource::new(issuer, discovery, settings.algorithms.clone(), fetcher.clone(), every))
        };
        let sources = issuers(&settings)?.into_iter().map(source).collect::<Result<Vec<_>, _>>()?;
        if settings.tenants == Tenants::Any && !sources.iter().all(|source| source.issuer().has_place()) {
            let problem = "is \"any\", but the issuer's name has no `{tenantid}` that would say which: list them";
            return Err(("tenants", problem.to_owned()));
        }
        let algorithms = settings.algorithms.iter().map(|algorithm| Algorithm::from(*algorithm)).collect();
        let console =
            settings.console.as_ref().map(Client::read).transpose().map_err(|problem| ("console", problem))?;
        Ok(Self { sources, settings, algorithms, others: HashSet::new(), console })
    }

    pub(super) fn gives_service_roles_in(&self, tenant: TenantId) -> bool {
        self.settings.service_tenants.contains(&tenant)
    }

    /// How people log in here, if they do.
    pub(super) fn login(&self) -> Option<Login> {
        let LoginSettings { client, scopes, resource } = self.settings.login.clone()?;
        // Of Entra ID's, the issuer of version 2, whose discovery document names the endpoints of today.
        let issuer = self.sources.last()?.issuer();
        let issuer = match self.only_tenant() {
            Some(tenant) => issuer.for_tenant(&tenant.to_string()),
            None => issuer.to_string(),
        };
        Some(Login { issuer, client_id: client, scopes, resource })
    }

    /// How people sign in to the console here, if they do.
    pub(super) fn sign_in(&self) -> Option<SignIn> {
        let (client, source) = (self.console.clone()?, self.sources.last()?.clone());
        let name = self.settings.console.as_ref().and_then(|ConsoleClient { name, .. }| name.clone());
        Some(SignIn { client, name, takes_domain: self.settings.preset == Some(Preset::Entra), source })
    }

    pub(super) fn sources(&self) -> impl Iterator<Item = &Arc<KeySource>> {
        self.sources.iter()
    }

    /// This provider and the keys of that issuer, if it is one of its.
    pub(super) fn source_of(&self, issuer: &str) -> Option<(&Self, &Arc<KeySource>)> {
        self.sources.iter().find(|source| source.issuer().may_be(issuer)).map(|source| (self, source))
    }

    /// What an access token of that issuer says, if it is good.
    pub(super) async fn verify(
        &self,
        source: &Arc<KeySource>,
        issuer: &str,
        token: &str,
        now: i64,
    ) -> Result<Verified, TokenError> {
        self.verify_for(&self.settings.audiences, source, issuer, token, now).await.map(|(verified, _)| verified)
    }

    /// What a token of that issuer for one of those audiences says, if it is good, and all its claims.
    pub(super) async fn verify_for(
        &self,
        audiences: &[String],
        source: &Arc<KeySource>,
        issuer: &str,
        token: &str,
        now: i64,
    ) -> Result<(Verified, Claims), TokenError> {
        let header = decode_header(token).map_err(|_| TokenError::Malformed)?;
        // What a token calls critical must be understood (RFC 7515, section 4.1.11), and nothing of it is here.
        if header.crit.is_some() {
            return Err(TokenError::Critical);
        }
        if !self.algorithms.contains(&header.alg) {
            return Err(TokenError::Algorithm);
        }
        let key = source.key(header.kid.as_deref(), header.alg).await?;
        let claims = decode(token, &key.key, &self.validation(audiences, header.alg, issuer))
            .map_err(|error| refused(&error))?;
        let claims = Claims(claims.claims);
        let skew = i64::try_from(self.settings.clock_skew_seconds).unwrap_or_default();
        let until = claims.seconds("exp")?.saturating_add(skew);
        let minutes = self.settings.token_minutes_max;
        if until.saturating_sub(now) > i64::from(minutes).saturating_mul(60).saturating_add(skew.saturating_mul(2)) {
            return Err(TokenError::TooLongLived(minutes));
        }
        let tenant = claims.text(&self.settings.tenant_claim)?;
        let of_tenant = |template: &IssuerTemplate| match tenant {
            Some(tenant) => template.of_tenant(tenant, issuer),
            None => template.is(issuer) && !template.has_place(),
        };
        if !of_tenant(source.issuer()) {
            return Err(TokenError::Tenant);
        }
        if !key.issuer.as_ref().is_none_or(of_tenant) {
            return Err(TokenError::UnknownKey);
        }
        let caller = Arc::new(self.caller(issuer, &claims)?);
        let ids = ["jti", "uti"].iter().filter_map(|name| claims.text(name).transpose());
        let ids = ids.map(|id| id.map(str::to_owned)).collect::<Result<_, _>>()?;
        Ok((Verified { caller, ids, until, key }, claims))
    }

    fn validation(&self, audiences: &[String], algorithm: Algorithm, issuer: &str) -> Validation {
        let mut validation = Validation::new(algorithm);
        validation.set_issuer(&[issuer]);
        validation.set_audience(audiences);
        let nbf = self.settings.require_nbf.then_some("nbf");
        validation.set_required_spec_claims(&["exp", "iss", "aud"].into_iter().chain(nbf).collect::<Vec<_>>());
        validation.leeway = self.settings.clock_skew_seconds;
        validation.validate_nbf = true;
        // A token that ends at this second has ended (RFC 7519, section 4.1.4).
        validation.reject_tokens_expiring_in_less_than = 1;
        validation
    }

    fn caller(&self, issuer: &str, claims: &Claims) -> Result<Caller, TokenError> {
        let settings = &self.settings;
        let application = self.application(claims)?;
        let tenant = match claims.read(&settings.tenant_claim)? {
            Some(tenant) => tenant,
            None => application
                .and_then(|application| application.tenant)
                .or_else(|| self.only_tenant())
                .ok_or_else(|| TokenError::Claim(settings.tenant_claim.clone()))?,
        };
        let is_spoken_for = match &settings.tenants {
            Tenants::Any => !self.others.contains(&tenant),
            Tenants::Listed(tenants) => tenants.contains(&tenant),
        };
        if !is_spoken_for {
            return Err(TokenError::Tenant);
        }
        let user = match application.and_then(|application| application.user) {
            Some(user) => user,
            None => self.user(issuer, claims)?,
        };
        let claimed = claims.texts("roles")?;
        let roles = if settings.service_tenants.contains(&tenant) {
            let claimed = ServiceRole::ALL.iter().filter(|role| claimed.contains(&role.claim()));
            claimed.chain(application.iter().flat_map(|application| &application.roles)).copied().collect()
        } else {
            BTreeSet::new()
        };
        let issuer = TokenIssuer::new(issuer).map_err(|_| TokenError::Claim("iss".to_owned()))?;
        Ok(Caller { user: User { tenant, user }, roles, issuer })
    }

    /// The configured application whose own token it is. One that a user got through it is the user's.
    fn application(&self, claims: &Claims) -> Result<Option<&Application>, TokenError> {
        let mut client = None;
        for name in ["azp", "appid", "client_id"] {
            client = client.or(claims.text(name)?);
        }
        let Some(client) = client else { return Ok(None) };
        let subject = claims.text("sub")?;
        let own = match claims.text("idtyp")? {
            Some(kind) => kind == "app",
            // Entra ID says so only if it is asked to; an application has no scopes, and is its own subject.
            None if self.settings.preset == Some(Preset::Entra) => {
                claims.text("scp")?.is_none() && subject.is_some() && subject == claims.text("oid")?
            }
            // RFC 9068, section 2.2.
            None => subject == Some(client),
        };
        Ok(self.settings.applications.iter().find(|application| own && application.client == client))
    }

    fn only_tenant(&self) -> Option<TenantId> {
        match &self.settings.tenants {
            Tenants::Listed(tenants) if tenants.len() == 1 => tenants.first().copied(),
            Tenants::Listed(_) | Tenants::Any => None,
        }
    }

    fn user(&self, issuer: &str, claims: &Claims) -> Result<ObjectId, TokenError> {
        let otherwise = if self.settings.map_subjects { "sub" } else { "oid" };
        let name = self.settings.user_claim.as_deref().unwrap_or(otherwise);
        let wrong = || TokenError::Claim(name.to_owned());
        if !self.settings.map_subjects {
            return claims.read(name)?.ok_or_else(wrong);
        }
        // Also if it is a GUID: a subject that somebody may choose must not be another's mapped one.
        let subject = claims.text(name)?.filter(|subject| !subject.is_empty()).ok_or_else(wrong)?;
        let issuer = Uuid::new_v5(&Uuid::NAMESPACE_URL, issuer.as_bytes());
        Ok(ObjectId::new(Uuid::new_v5(&issuer, subject.as_bytes())))
    }
}

/// The issuers of those settings, each with the address of its discovery document.
fn issuers(settings: &IssuerSettings) -> Result<Vec<(String, String)>, (&'static str, String)> {
    let discovery = |issuer: &str| format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let with_preset = |key| (key, "goes without `preset`".to_owned());
    match settings.preset {
        Some(Preset::Entra) => {
            for (key, given) in [("issuer", &settings.issuer), ("discovery", &settings.discovery)] {
                if given.is_some() {
                    return Err(with_preset(key));
                }
            }
            let login = settings.authority.as_deref().unwrap_or(ENTRA.0).trim_end_matches('/');
            let first = if login == ENTRA.0 { ENTRA.1.to_owned() } else { format!("{login}/{{tenantid}}/") };
            Ok(vec![
                (first, discovery(&format!("{login}/common"))),
                (format!("{login}/{{tenantid}}/v2.0"), discovery(&format!("{login}/common/v2.0"))),
            ])
        }
        None => {
            if settings.authority.is_some() {
                return Err(("authority", "goes with `preset = \"entra\"`; name the `issuer`".to_owned()));
            }
            let issuer = settings.issuer.clone().filter(|issuer| !issuer.is_empty());
            let issuer = issuer.ok_or(("issuer", "is missing: the `iss` of its tokens".to_owned()))?;
            let discovery = settings.discovery.clone().unwrap_or_else(|| discovery(&issuer));
            Ok(vec![(issuer, discovery)])
        }
    }
}

fn refused(error: &jsonwebtoken::errors::Error) -> TokenError {
    match error.kind() {
        ErrorKind::InvalidSignature => TokenError::Signature,
        ErrorKind::ExpiredSignature => TokenError::Expired,
        ErrorKind::ImmatureSignature => TokenError::NotYet,
        ErrorKind::InvalidAudience => TokenError::Audience,
        ErrorKind::InvalidIssuer => TokenError::UnknownIssuer,
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName => TokenError::Algorithm,
        ErrorKind::MissingRequiredClaim(name) | ErrorKind::InvalidClaimFormat(name) => TokenError::Claim(name.clone()),
        _ => TokenError::Malformed,
    }
}
