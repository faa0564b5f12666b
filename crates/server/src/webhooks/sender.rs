//! Sends a webhook's messages: CloudEvents over HTTP, signed as Standard Webhooks say, to a receiver that agreed to get them.

use super::{addresses::Addresses, settings::WebhookLimits};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, Mac};
use procura_app::webhooks::{Delivered, WebhookMessage, WebhookTarget};
use procura_domain::{temporal::Timestamp, webhook_secret::WebhookSecret};
use sha2::Sha256;
use std::{sync::Arc, time::Duration};
use ureq::{
    Agent,
    http::{HeaderMap, Request, StatusCode},
    tls::{RootCerts, TlsConfig},
    unversioned::transport::DefaultConnector,
};

/// How long a receiver may take for a message.
const RECEIVER_PATIENCE: Duration = Duration::from_secs(15);
/// How long a connection may take to be made.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);

/// Sends; clones share its connections.
#[derive(Debug, Clone)]
pub(super) struct Sender {
    agent: Agent,
    /// Who asks: the host of this service.
    origin: Arc<str>,
}

/// What a receiver said to being sent events.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Agreement {
    /// It agreed, perhaps to so many a minute.
    Given {
        per_minute: Option<f64>,
    },
    Refused(String),
}

impl Sender {
    /// One that sends from there, to what may be sent to, and trusts those certificates.
    pub(super) fn new(limits: &WebhookLimits, roots: RootCerts, public_url: &str) -> Self {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = TlsConfig::builder().root_certs(roots).unversioned_rustls_crypto_provider(provider).build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .timeout_global(Some(RECEIVER_PATIENCE))
            .timeout_connect(Some(CONNECT_PATIENCE))
            // An answer that sends elsewhere is no answer, and a proxy would look names up by itself.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .http_status_as_error(false)
            .user_agent(concat!("procura/", env!("CARGO_PKG_VERSION")))
            .build();
        let agent = Agent::with_parts(config, DefaultConnector::default(), Addresses::allowing(limits.allow.clone()));
        let host = public_url.split("://").last().unwrap_or_default();
        let origin = host.split(['/', ':']).next().unwrap_or_default();
        Self { agent, origin: origin.into() }
    }

    /// Asks the receiver whether it wants events (the handshake of CloudEvents' HTTP 1.1 Web Hooks). Blocks.
    pub(super) fn ask(&self, target: &WebhookTarget) -> Agreement {
        let request = Request::builder().method("OPTIONS").uri(&*target.url);
        let request = request.header("webhook-request-origin", &*self.origin).header("webhook-request-rate", "*");
        let answer = match request.body(()).map_err(|_| UNREADABLE.to_owned()).and_then(|request| self.run(request)) {
            Ok(answer) => answer,
            Err(error) => return Agreement::Refused(format!("it was asked whether it wants events: {error}")),
        };
        let header = |name: &str| text(answer.headers(), name);
        let agrees = header("webhook-allowed-origin").is_some_and(|allowed| {
            allowed
                .split(',')
                .map(str::trim)
                .any(|allowed| allowed == "*" || allowed.eq_ignore_ascii_case(&self.origin))
        });
        if !answer.status().is_success() || !agrees {
            let status = answer.status().as_u16();
            return Agreement::Refused(format!(
                "it was asked whether it wants events (OPTIONS), and answered {status} without `WebHook-Allowed-Origin: {}`",
                self.origin
            ));
        }
        let per_minute = header("webhook-allowed-rate").and_then(|rate| rate.parse().ok()).filter(|rate| *rate > 0.0);
        Agreement::Given { per_minute }
    }

    /// Sends a message. Blocks.
    pub(super) fn send(&self, target: &WebhookTarget, message: &WebhookMessage, now: Timestamp) -> Delivered {
        let timestamp = now.timestamp();
        let request = Request::builder()
            .method("POST")
            .uri(&*target.url)
            .header("content-type", "application/cloudevents+json; charset=utf-8")
            .header("webhook-request-origin", &*self.origin)
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", timestamp.to_string())
            .header("webhook-signature", signatures(&target.secrets, &message.id, timestamp, &message.body));
        let failed = |error| Delivered::Failed { error, retry_after: None };
        let request = match request.body(message.body.clone()) {
            Ok(request) => request,
            Err(_) => return failed(UNREADABLE.to_owned()),
        };
        match self.run(request) {
            Err(error) => failed(error),
            Ok(answer) if answer.status().is_success() => Delivered::Taken,
            Ok(answer) if answer.status() == StatusCode::GONE => Delivered::Unwanted,
            Ok(answer) => {
                let retry_after = text(answer.headers(), "retry-after").and_then(|seconds| seconds.parse().ok());
                let error = format!("it answered {}", answer.status().as_u16());
                Delivered::Failed { error, retry_after: retry_after.map(Duration::from_secs) }
            }
        }
    }

    /// Nothing of the answer's body is read: what a receiver says is told to nobody.
    fn run(&self, request: Request<impl ureq::AsSendBody>) -> Result<ureq::http::Response<ureq::Body>, String> {
        self.agent.run(request).map_err(|error| match error {
            ureq::Error::Timeout(_) => "it took too long".to_owned(),
            ureq::Error::Other(error) if error.is::<super::addresses::NotAllowed>() => error.to_string(),
            ureq::Error::HostNotFound => "its name is not known".to_owned(),
            ureq::Error::Io(error) => format!("it could not be reached ({})", error.kind()),
            ureq::Error::Rustls(_) | ureq::Error::Tls(_) => "its certificate is not one that is trusted".to_owned(),
            _ => "it could not be reached, or did not answer as HTTP has it".to_owned(),
        })
    }
}

const UNREADABLE: &str = "its address cannot be read";

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// One signature for each secret, as Standard Webhooks write them: `v1,` and the HMAC-SHA256 of id, time and body.
pub(super) fn signatures(secrets: &[WebhookSecret], id: &str, timestamp: i64, body: &str) -> String {
    let signed = secrets.iter().filter_map(|secret| {
        let key = BASE64_STANDARD.decode(secret.base64()).ok()?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
        mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
        Some(format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes())))
    });
    signed.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification, https://github.com/standard-webhooks/standard-webhooks.
    #[test]
    fn a_signature_is_that_of_the_specification() {
        let secret = WebhookSecret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = |secrets: &[WebhookSecret]| {
            signatures(secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#)
        };
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signed(std::slice::from_ref(&secret)), expected);
        assert_eq!(signed(&[secret.clone(), secret]), format!("{expected} {expected}"));
    }
}
