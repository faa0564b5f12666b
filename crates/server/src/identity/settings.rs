//! What is configured of an issuer.

use crate::caller::ServiceRole;
use jsonwebtoken::Algorithm;
use procura_domain::{
    id::{ObjectId, TenantId},
    named,
};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// An issuer of tokens: an OpenID provider, whom it speaks for, and which claims say what.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerSettings {
    /// What its tokens look like, if it is of a kind that is known here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<Preset>,
    /// Its name: the `iss` of its tokens. Entra ID's follows from the preset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Where its discovery document is. Default: `ISSUER/.well-known/openid-configuration`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discovery: Option<String>,
    /// For Entra ID in another cloud: its login address. Default: `https://login.microsoftonline.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// Whom its tokens may be for: one of them is the `aud` of a token, or in it.
    pub audiences: Vec<String>,
    /// How its tokens may be signed.
    #[serde(default = "rs256")]
    pub algorithms: Vec<SigningAlgorithm>,
    /// The tenants that it speaks for: a list of GUIDs, or `"any"` where its name has the tenant in it.
    pub tenants: Tenants,
    /// The claim with the tenant. A token without it is of the tenant that is listed, if that is one.
    #[serde(default = "tid")]
    pub tenant_claim: String,
    /// The claim with the user. Default: `oid`; `sub` with `map_subjects`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_claim: Option<String>,
    /// Whether the user is a UUIDv5 of the issuer and what the claim says, whatever that is.
    #[serde(default)]
    pub map_subjects: bool,
    /// The tenants whose tokens may carry service roles, in the claim `roles` or by `applications`. Default: none.
    #[serde(default)]
    pub service_tenants: Vec<TenantId>,
    /// Applications that have service roles by their client id.
    #[serde(default)]
    pub applications: Vec<Application>,
    /// How people log in with `procura login`, if they do. It is told to anybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<LoginSettings>,
    /// How people sign in to the console, if they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub console: Option<ConsoleClient>,
    /// Whether a token must say from when on it is valid (`nbf`).
    #[serde(default = "yes")]
    pub require_nbf: bool,
    /// How far its clock may be from this machine's.
    #[serde(default = "clock_skew")]
    pub clock_skew_seconds: u64,
    /// How long a token may live on.
    #[serde(default = "token_minutes")]
    pub token_minutes_max: u32,
    /// How often its keys are fetched.
    #[serde(default = "keys_refresh")]
    pub keys_refresh_seconds: u64,
    /// The certificates (PEM) that its server's is signed by, if that is not one that everybody trusts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
}

named! {
    /// A kind of issuer that is known here.
    Preset {
        /// Microsoft Entra ID: tokens of version 1 and 2, keys and issuers for many tenants.
        Entra "entra",
    }
}

/// An application that calls in its own name.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// Its client id, as tokens name it.
    pub client: String,
    /// Its service roles.
    pub roles: Vec<ServiceRole>,
    /// Its tenant, if its tokens do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantId>,
    /// Its object id, if its tokens do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<ObjectId>,
}

/// How people log in with the command line.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginSettings {
    /// The client id of the command line at the provider: a public client, which has no secret.
    pub client: String,
    /// The scopes that it asks for.
    #[serde(default = "login_scopes")]
    pub scopes: Vec<String>,
    /// What it says the token is for (RFC 8707), if the provider wants to know. Default: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
}

/// The console as a client of the provider. Its redirect address there is `PUBLIC_URL/sign-in/done`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsoleClient {
    /// Its client id: whom the ID tokens are for.
    pub client: String,
    /// The file with its secret, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_file: Option<PathBuf>,
    /// The scopes that it asks for.
    #[serde(default = "console_scopes")]
    pub scopes: Vec<String>,
    /// What the button is called that leads there. Default: the issuer's host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// How people log in at an issuer, as it is told to them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Login {
    /// The issuer; `{tenantid}` stands for the tenant of the person.
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) scopes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resource: Option<String>,
}

/// The tenants that an issuer speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tenants {
    /// All that no other issuer speaks for; the issuer's name says which one a token is of.
    Any,
    Listed(Vec<TenantId>),
}

impl Serialize for Tenants {
    fn serialize<S: serde::Serializer>(&self, into: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Any => into.serialize_str("any"),
            Self::Listed(tenants) => tenants.serialize(into),
        }
    }
}

impl<'de> Deserialize<'de> for Tenants {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Word(String),
            List(Vec<String>),
        }
        let wrong = || serde::de::Error::custom("write \"any\" or a list of GUIDs");
        match Written::deserialize(from).map_err(|_| wrong())? {
            Written::Word(word) if word == "any" => Ok(Self::Any),
            Written::Word(_) => Err(wrong()),
            Written::List(tenants) => {
                let tenants = tenants.iter().map(|tenant| tenant.parse()).collect::<Result<_, _>>();
                tenants.map(Self::Listed).map_err(serde::de::Error::custom)
            }
        }
    }
}

named! {
    /// How a token may be signed: with a private key, whose public one its issuer publishes.
    SigningAlgorithm {
        Rs256 "RS256",
        Rs384 "RS384",
        Rs512 "RS512",
        Ps256 "PS256",
        Ps384 "PS384",
        Ps512 "PS512",
        Es256 "ES256",
        Es384 "ES384",
        EdDsa "EdDSA",
    }
}

impl From<SigningAlgorithm> for Algorithm {
    fn from(algorithm: SigningAlgorithm) -> Self {
        match algorithm {
            SigningAlgorithm::Rs256 => Self::RS256,
            SigningAlgorithm::Rs384 => Self::RS384,
            SigningAlgorithm::Rs512 => Self::RS512,
            SigningAlgorithm::Ps256 => Self::PS256,
            SigningAlgorithm::Ps384 => Self::PS384,
            SigningAlgorithm::Ps512 => Self::PS512,
            SigningAlgorithm::Es256 => Self::ES256,
            SigningAlgorithm::Es384 => Self::ES384,
            SigningAlgorithm::EdDsa => Self::EdDSA,
        }
    }
}

fn rs256() -> Vec<SigningAlgorithm> {
    vec![SigningAlgorithm::Rs256]
}

fn login_scopes() -> Vec<String> {
    vec!["openid".to_owned(), "offline_access".to_owned()]
}

fn console_scopes() -> Vec<String> {
    vec!["openid".to_owned(), "profile".to_owned()]
}

fn tid() -> String {
    "tid".to_owned()
}

fn yes() -> bool {
    true
}

fn clock_skew() -> u64 {
    60
}

fn token_minutes() -> u32 {
    24 * 60
}

fn keys_refresh() -> u64 {
    300
}
