//! Personal data: what people wrote, and whose it is. It travels beside the events, never in them.
//!
//! An event carries no personal data and the state is folded from events alone, so no rule can rest on it: forgetting it
//! changes no answer. What a command brings is taken out of it here and kept sealed until it is erased.

use crate::{
    id::{DescriptionId, DeviceId, InvitationId, NotAGuid, ObjectId, ServiceRequestId, TenantId, WebhookId},
    text::{Address, DeviceField, Message, Name, UserPrincipalName, WebhookUrl, from_text},
    vocabulary::{NotAUser, User},
    webhook_secret::WebhookSecret,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{collections::BTreeMap, fmt, str::FromStr};
use uuid::Uuid;

/// The thing whose people's data it is: all of it is erased together. Written `invitation:GUID`, `serviceRequest:GUID`,
/// `device:GUID`, `webhook:GUID`, `description:GUID`.
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
    /// A user's names.
    Description(DescriptionId),
}

impl DataSubject {
    /// What kind of thing it is.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Invitation(_) => "invitation",
            Self::ServiceRequest(_) => "serviceRequest",
            Self::Device(_) => "device",
            Self::Webhook(_) => "webhook",
            Self::Description(_) => "description",
        }
    }

    pub const fn guid(self) -> Uuid {
        match self {
            Self::Invitation(id) => id.guid(),
            Self::ServiceRequest(id) => id.guid(),
            Self::Device(id) => id.guid(),
            Self::Webhook(id) => id.guid(),
            Self::Description(id) => id.guid(),
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
    #[error(
        "a data subject is written invitation:GUID, serviceRequest:GUID, device:GUID, webhook:GUID or description:GUID"
    )]
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
            ("description", id) => Ok(Self::Description(id.parse()?)),
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

/// What an operator may have erased. Written like its [`DataSubject`], or `user:TENANT/USER`: a user's names of now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Erasable {
    User(User),
    Subject(DataSubject),
}

impl fmt::Display for Erasable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => write!(f, "user:{user}"),
            Self::Subject(subject) => subject.fmt(f),
        }
    }
}

/// A text that names nothing that can be erased.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotErasable {
    #[error("what is erased is written invitation:GUID, serviceRequest:GUID, device:GUID or user:TENANT/USER")]
    Kind,
    #[error(transparent)]
    Guid(#[from] NotAGuid),
    #[error(transparent)]
    User(#[from] NotAUser),
}

impl FromStr for Erasable {
    type Err = NotErasable;

    fn from_str(text: &str) -> Result<Self, NotErasable> {
        if let Some(user) = text.strip_prefix("user:") {
            return Ok(Self::User(user.parse()?));
        }
        text.parse().map(Self::Subject).map_err(|error| match error {
            NotASubject::Kind => NotErasable::Kind,
            NotASubject::Guid(error) => NotErasable::Guid(error),
        })
    }
}

impl Serialize for Erasable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Erasable {
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
    /// How a user is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<Name>,
    /// What a user signs in with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_principal_name: Option<UserPrincipalName>,
}

impl PersonalData {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What a user is called.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserNames {
    /// How the user is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<Name>,
    /// What the user signs in with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_principal_name: Option<UserPrincipalName>,
}

impl UserNames {
    /// The name to show: the display name, else the user principal name.
    pub fn shown(&self) -> Option<&str> {
        self.display_name.as_deref().or(self.user_principal_name.as_deref())
    }
}

impl fmt::Debug for UserNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserNames")
    }
}

/// People with what they are called, by id (PEO-2). In JSON a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct People(BTreeMap<User, UserNames>);

#[derive(Serialize, Deserialize)]
struct Person {
    tenant: TenantId,
    user: ObjectId,
    #[serde(flatten)]
    names: UserNames,
}

impl People {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn has(&self, user: User) -> bool {
        self.0.contains_key(&user)
    }

    pub fn insert(&mut self, user: User, names: UserNames) {
        self.0.insert(user, names);
    }

    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    pub fn get(&self, user: User) -> Option<&UserNames> {
        self.0.get(&user)
    }

    /// The name to show of the user, if it has one.
    pub fn shown(&self, user: User) -> Option<&str> {
        self.get(user).and_then(UserNames::shown)
    }
}

impl Serialize for People {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let person = |(User { tenant, user }, names): (&User, &UserNames)| Person {
            tenant: *tenant,
            user: *user,
            names: names.clone(),
        };
        serializer.collect_seq(self.0.iter().map(person))
    }
}

impl<'de> Deserialize<'de> for People {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let people = Vec::<Person>::deserialize(deserializer)?;
        let person = |Person { tenant, user, names }| (User { tenant, user }, names);
        Ok(Self(people.into_iter().map(person).collect()))
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
        for kind in ["invitation", "serviceRequest", "device", "webhook", "description"] {
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
