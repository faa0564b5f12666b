//! Who sees which part of an invitation.

use super::{Reader, can_see::is_global_administrator};
use crate::{
    access::{self, PartnerAction, Question, Resource, Subject},
    facts::Facts,
    id::{CustomerId, PartnerId},
    temporal::Moment,
    vocabulary::TenantKind,
};

/// How much of an invitation somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvitationDisclosure {
    /// All of it, its e-mail included: a user who may send the partner's invitations, and an overseer (VIS-4).
    Mail,
    /// What it asks of this customer: its Global administrator, who may have been given the link.
    Own(CustomerId),
}

/// How much the reader sees of an invitation that the partner sent. `None`: not even that it exists.
pub fn invitation_disclosure(
    reader: Reader,
    partner: PartnerId,
    now: Moment,
    facts: &impl Facts,
) -> Option<InvitationDisclosure> {
    match reader {
        Reader::Overseer => {
            (facts.tenant(partner.into(), now) == Some(TenantKind::Partner)).then_some(InvitationDisclosure::Mail)
        }
        Reader::Decider => None,
        Reader::User(user) => {
            let resource = Resource::Partner(PartnerAction::SendInvitation, partner, None);
            let question = Question { subject: Subject::User(user), resource };
            if access::decide(&question, now, facts).is_allowed() {
                return Some(InvitationDisclosure::Mail);
            }
            let is_customer = facts.tenant(user.tenant, now) == Some(TenantKind::Customer);
            let administers = is_customer && is_global_administrator(user, user.tenant, now, facts);
            administers.then(|| InvitationDisclosure::Own(user.tenant.as_customer()))
        }
    }
}
