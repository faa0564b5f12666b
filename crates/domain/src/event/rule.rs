//! Under which rule each event happens: a table.

use super::{Event, RoleAssigned};
use crate::{rule::Rule, vocabulary::AssignmentOrigin};

impl Event {
    /// The rule under which it happened: the one that says what it is, whoever was allowed to do it by which other.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::PartnerRegistered(_) | Self::CustomerRegistered(_) => Rule::Ten1,
            Self::DirectoryRoleAssigned(_) | Self::DirectoryRoleRemoved(_) | Self::PersonalDataErased(_) => Rule::Ten2,
            Self::UserDescribed(_) => Rule::Peo1,
            Self::GroupMemberAdded(_) | Self::GroupMemberRemoved(_) => Rule::Dap6,
            Self::InvitationSent(_) => Rule::Inv1,
            Self::InvitationAccepted(_) | Self::InvitationDeclined(_) => Rule::Inv4,
            Self::RelationshipEstablished(_) | Self::DapGranted(_) => Rule::Inv6,
            Self::InvitationWithdrawn(_) => Rule::Inv7,
            Self::RelationshipEnded(_) => Rule::Rel4,
            Self::DapRevoked(_) => Rule::Dap5,
            Self::ContractRenegotiated(_) => Rule::Sup3,
            Self::SubscriptionProvisioned(_) => Rule::Sub3,
            Self::SubscriptionRenewed(_) => Rule::Rel2,
            Self::SubscriptionRegistered(_) | Self::SubscriptionCancelled(_) => Rule::Sub9,
            Self::RoleAssigned(RoleAssigned { origin, .. }) => match origin {
                AssignmentOrigin::Provisioning => Rule::Sub2,
                AssignmentOrigin::Registered => Rule::Sub9,
                AssignmentOrigin::Assigned => Rule::Sub6,
            },
            Self::RoleAssignmentRemoved(_) => Rule::Sub5,
            Self::DeviceAdded(_) => Rule::Apl7,
            Self::DeviceUpdated(_) | Self::DeviceRemoved(_) => Rule::Apl2,
            Self::ProfileCreated(_) | Self::ProfileUpdated(_) | Self::ProfileDeleted(_) => Rule::Apl1,
            Self::ProfileApplied(_) | Self::ProfileRemoved(_) => Rule::Apl4,
            Self::AutopilotPolicyAdopted(_) => Rule::Apl8,
            Self::ServiceRequestOpened(_) => Rule::Sup2,
            Self::ConsumerSet(_) | Self::ConsumerDeleted(_) | Self::WebhookSet(_) | Self::WebhookDeleted(_) => {
                Rule::Feed1
            }
        }
    }
}
