//! Commands about invitations.

use super::named_fields::named_fields_or_none;
use crate::{
    id::{CustomerId, InvitationId, PartnerId},
    text::{Address, Message},
    vocabulary::{InvitationUses, Locale},
};
use serde::{Deserialize, Serialize};

/// Days an invitation lives unless it says otherwise.
pub const INVITATION_EXPIRES_DEFAULT_DAYS: u16 = 90;
/// Days an invitation lives at most.
pub const INVITATION_EXPIRES_MAX_DAYS: u16 = 365;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SendInvite {
    /// The invitation's id; generated when left out.
    #[serde(default)]
    pub invitation: Option<InvitationId>,
    pub partner: PartnerId,
    /// Whether it asks for delegated admin privileges too.
    pub delegated_admin: bool,
    /// The language of the draft.
    pub locale: Locale,
    /// Whom the message goes to.
    #[serde(default)]
    pub recipient: Option<Address>,
    /// The message, if the draft was edited.
    #[serde(default, deserialize_with = "named_fields_or_none")]
    pub message: Option<Message>,
    /// How often it can be accepted; once when left out.
    #[serde(default = "once")]
    pub uses: InvitationUses,
    /// Days until it expires, from 1 to 365; 90 when left out.
    #[serde(default)]
    pub expires_in_days: ExpiresInDays,
}

fn once() -> InvitationUses {
    InvitationUses::Once
}

/// Days until an invitation expires: 1 to 365.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i64")]
pub struct ExpiresInDays(u16);

impl ExpiresInDays {
    /// The number of days.
    pub const fn days(self) -> u16 {
        self.0
    }
}

impl Default for ExpiresInDays {
    fn default() -> Self {
        Self(INVITATION_EXPIRES_DEFAULT_DAYS)
    }
}

impl TryFrom<i64> for ExpiresInDays {
    type Error = String;

    fn try_from(days: i64) -> Result<Self, String> {
        u16::try_from(days)
            .ok()
            .filter(|days| (1..=INVITATION_EXPIRES_MAX_DAYS).contains(days))
            .map(Self)
            .ok_or_else(|| format!("{days} is not a number of days from 1 to {INVITATION_EXPIRES_MAX_DAYS}"))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AcceptInvite {
    pub invitation: InvitationId,
    pub customer: CustomerId,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeclineInvite {
    pub invitation: InvitationId,
    pub customer: CustomerId,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WithdrawInvite {
    pub invitation: InvitationId,
}
