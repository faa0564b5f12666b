//! What a command is about.

use super::Command;
use crate::id::TenantId;

impl Command {
    /// The customer that the command names, else the partner or other tenant; none if it names neither.
    pub fn tenant(&self) -> Option<TenantId> {
        match self {
            Self::RegisterPartner(c) => Some(c.partner.into()),
            Self::RegisterCustomer(c) => Some(c.customer.into()),
            Self::AssignDirectoryRole(c) => Some(c.tenant),
            Self::RemoveDirectoryRole(c) => Some(c.tenant),
            Self::AddGroupMember(c) => Some(c.partner.into()),
            Self::RemoveGroupMember(c) => Some(c.partner.into()),
            Self::DescribeUser(c) => Some(c.tenant),
            Self::SendInvite(c) => Some(c.partner.into()),
            Self::AcceptInvite(c) => Some(c.customer.into()),
            Self::DeclineInvite(c) => Some(c.customer.into()),
            Self::RevokeDap(c) => Some(c.customer.into()),
            Self::EndRelationship(c) => Some(c.customer.into()),
            Self::RenegotiateContract(c) => Some(c.customer.into()),
            Self::ProvisionSubscription(c) => Some(c.customer.into()),
            Self::RegisterSubscription(c) => Some(c.customer.into()),
            Self::RenewSubscription(c) => Some(c.customer.into()),
            Self::CancelSubscription(c) => Some(c.customer.into()),
            Self::AssignRole(c) => Some(c.customer.into()),
            Self::RemoveRoleAssignment(c) => Some(c.customer.into()),
            Self::AddDevice(c) => Some(c.customer.into()),
            Self::UpdateDevice(c) => Some(c.customer.into()),
            Self::RemoveDevice(c) => Some(c.customer.into()),
            Self::CreateProfile(c) => Some(c.customer.into()),
            Self::UpdateProfile(c) => Some(c.customer.into()),
            Self::DeleteProfile(c) => Some(c.customer.into()),
            Self::ApplyProfile(c) => Some(c.customer.into()),
            Self::RemoveProfile(c) => Some(c.customer.into()),
            Self::OpenServiceRequest(c) => Some(c.customer.into()),
            Self::WithdrawInvite(_)
            | Self::AdoptAutopilotPolicy(_)
            | Self::ErasePersonalData(_)
            | Self::SetConsumer(_)
            | Self::DeleteConsumer(_)
            | Self::SetWebhook(_)
            | Self::DeleteWebhook(_) => None,
        }
    }
}
