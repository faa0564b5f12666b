//! What comes in with a command: who issues it, when, and ids for what it makes.

use crate::{
    id::{ObjectId, RoleAssignmentId},
    invitation_link::InvitationLink,
    temporal::{Position, Timestamp},
    vocabulary::Actor,
};
use uuid::Uuid;

/// What comes in with a command.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    pub actor: &'a Actor,
    /// When its events will be recorded.
    pub at: Timestamp,
    pub position: Position,
    /// Ids for what the caller gave none.
    pub fresh: FreshIds,
    /// Who has the user principal name that the command gives, in the tenant that it names. No event says so: names are
    /// personal data.
    pub name_holder: Option<ObjectId>,
    /// Where invitations' links point.
    pub invitation_link: &'a InvitationLink,
}

/// Ids nobody has used yet.
#[derive(Debug, Clone, Copy)]
pub struct FreshIds {
    /// For the invitation, subscription, device or description that a command makes.
    pub entity: Uuid,
    /// For the role assignment that comes with it.
    pub role_assignment: RoleAssignmentId,
}
