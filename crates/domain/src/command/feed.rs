//! Commands about consumers and webhooks: who follows what happens, from where, and how.

use super::named_fields::named_fields_or_none;
use crate::{
    between::{Tries, VisibilitySeconds},
    event::EventFilter,
    text::{FeedName, WebhookUrl},
    vocabulary::{OnParked, OverseerRole},
    webhook_secret::WebhookSecret,
};
use serde::{Deserialize, Deserializer, Serialize};

/// Makes a consumer, or changes it: how far it has come stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetConsumer {
    /// Its name, among those of its owner.
    pub name: FeedName,
    /// Which events are wanted; all when left out.
    #[serde(default, deserialize_with = "filter_or_all")]
    pub filter: EventFilter,
    /// A new one begins after this position: 0 is the beginning; now when left out.
    #[serde(default)]
    pub after: Option<u64>,
    /// How long a reader may keep an event before it is given to another; 30 seconds when left out.
    #[serde(default)]
    pub visibility_seconds: VisibilitySeconds,
    /// How often an event is given out before it is parked; 5 times when left out.
    #[serde(default)]
    pub tries: Tries,
    /// What later events with the same key do once one is parked; they go on when left out.
    #[serde(default)]
    pub on_parked: OnParked,
    /// The service role that its issuer's token carries: no field of the command.
    #[serde(skip)]
    pub role: Option<OverseerRole>,
}

/// Deletes a consumer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeleteConsumer {
    pub name: FeedName,
    /// The service role that its issuer's token carries: no field of the command.
    #[serde(skip)]
    pub role: Option<OverseerRole>,
}

/// Makes a webhook, or changes it: how far it has come stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetWebhook {
    /// Its name, among those of its owner.
    pub name: FeedName,
    /// Where events are sent.
    pub url: WebhookUrl,
    /// What they are signed with from now on; a new webhook needs one.
    #[serde(default)]
    pub secret: Option<WebhookSecret>,
    /// Which events are wanted; all when left out.
    #[serde(default, deserialize_with = "filter_or_all")]
    pub filter: EventFilter,
    /// A new one begins after this position: 0 is the beginning; now when left out.
    #[serde(default)]
    pub after: Option<u64>,
    /// What later events with the same key do once one is parked; they go on when left out.
    #[serde(default)]
    pub on_parked: OnParked,
    /// The service role that its issuer's token carries: no field of the command.
    #[serde(skip)]
    pub role: Option<OverseerRole>,
}

/// Deletes a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeleteWebhook {
    pub name: FeedName,
    /// The service role that its issuer's token carries: no field of the command.
    #[serde(skip)]
    pub role: Option<OverseerRole>,
}

/// `null` is as good as nothing.
fn filter_or_all<'de, D: Deserializer<'de>>(deserializer: D) -> Result<EventFilter, D::Error> {
    Ok(named_fields_or_none(deserializer)?.unwrap_or_default())
}
