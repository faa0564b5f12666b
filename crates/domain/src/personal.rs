//! Personal data: what people wrote, and whose it is. It travels beside the events, never in them.
//!
//! An event carries no personal data and the state is folded from events alone, so no rule can rest on it: forgetting it
//! changes no answer. What a command brings is taken out of it here and kept sealed until it is erased.

use crate::{
    id::{DeviceId, InvitationId, NotAGuid, ServiceRequestId, WebhookId},
    text::{Address, DeviceField, Message, Name, WebhookUrl, from_text},
    webhook_secret::WebhookSecret,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// The thing whose people's data it is: all of it is erased together. Written `invitation:GUID`, `serviceRequest:GUID`,
/// `device:GUID`, `webhook:GUID`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DataSubject {
    /// An invitation: its recipient and message.
    Invitation(InvitationId),
    /// A service request: its title.
    ServiceRequest(ServiceRequestId),
    /// A device: its product key.
    Device(DeviceId),
    /// A webhook: its address and secret.
    Webhook(WebhookId),
}

impl DataSubject {
    /// What kind of thing it is.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Invitation(_) => "invitation",
            Self::ServiceRequest(_) => "serviceRequest",
            Self::Device(_) => "device",
            Self::Webhook(_) => "webhook",
        }
    }

    pub const fn guid(self) -> Uuid {
        match self {
            Self::Invitation(id) => id.guid(),
            Self::ServiceRequest(id) => id.guid(),
            Self::Device(id) => id.guid(),
            Self::Webhook(id) => id.guid(),
        }
    }
}

impl fmt::Display for DataSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind(), self.guid().hyphenated())
    }
}

/// A text that names no data subject.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotASubject {
    #[error("a data subject is written invitation:GUID, serviceRequest:GUID, device:GUID or webhook:GUID")]
    Kind,
    #[error(transparent)]
    Guid(#[from] NotAGuid),
}

impl FromStr for DataSubject {
    type Err = NotASubject;

    fn from_str(text: &str) -> Result<Self, NotASubject> {
        match text.split_once(':').ok_or(NotASubject::Kind)? {
            ("invitation", id) => Ok(Self::Invitation(id.parse()?)),
            ("serviceRequest", id) => Ok(Self::ServiceRequest(id.parse()?)),
            ("device", id) => Ok(Self::Device(id.parse()?)),
            ("webhook", id) => Ok(Self::Webhook(id.parse()?)),
            _ => Err(NotASubject::Kind),
        }
    }
}

impl Serialize for DataSubject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DataSubject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer, str::parse)
    }
}

/// What people wrote in one command. They derive serde because the JSON is what is sealed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PersonalData {
    /// Whom an invitation's message goes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<Address>,
    /// An invitation's message, if the draft was edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Message>,
    /// What a service request is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Name>,
    /// A device's Windows product key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_key: Option<DeviceField>,
    /// Where a webhook sends events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<WebhookUrl>,
    /// What it signs them with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<WebhookSecret>,
}

impl PersonalData {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Nothing of it, so that it gets into no log output by accident.
impl fmt::Debug for PersonalData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonalData")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUID: &str = "aaaaaaaa-0000-4000-8000-000000000001";

    #[test]
    fn a_subject_has_one_spelling() {
        for kind in ["invitation", "serviceRequest", "device", "webhook"] {
            let text = format!("{kind}:{GUID}");
            let subject: DataSubject = text.parse().expect("a subject");
            assert_eq!(
                (subject.to_string(), subject.kind(), subject.guid().to_string()),
                (text, kind, GUID.to_owned())
            );
        }
        for bad in ["", GUID, "invitation", "Invitation:", "customer:aaaaaaaa-0000-4000-8000-000000000001"] {
            assert_eq!(bad.parse::<DataSubject>(), Err(NotASubject::Kind), "{bad}");
        }
        assert!(matches!("device:7".parse::<DataSubject>(), Err(NotASubject::Guid(_))));
    }

    #[test]
    fn personal_data_are_not_printed() {
        let data = PersonalData { title: Name::new("Ada's mailbox").ok(), ..PersonalData::default() };
        assert!(!data.is_empty() && PersonalData::default().is_empty());
        assert!(!format!("{data:?}").contains("Ada"));
    }
}
