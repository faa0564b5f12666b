//! View 6: a partner's invitations, and how each stands.

use procura_domain::{
    aggregate::invitation::Invitation,
    id::{CustomerId, InvitationId, PartnerId},
    state::State,
    temporal::{EventRef, Moment, Position, Timestamp},
    vocabulary::{InvitationUses, Locale},
};
use serde::Serialize;

/// One invitation. Its recipient and message stand sealed beside the event that sent it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InvitationRow {
    pub invitation: InvitationId,
    /// Whether it asks for delegated admin privileges.
    pub delegated_admin: bool,
    /// The language of its draft.
    pub locale: Locale,
    /// How often it can be accepted.
    pub uses: InvitationUses,
    pub state: InvitationState,
    /// When it was sent.
    pub sent_at: Option<Timestamp>,
    /// It can be accepted before this instant, and not at it.
    pub expires_at: Timestamp,
    /// Who accepted it, oldest first.
    pub accepted_by: Vec<AnsweredBy>,
    /// Who declined it, oldest first.
    pub declined_by: Vec<AnsweredBy>,
    /// The personal link (INV-2).
    pub link: String,
    #[serde(skip)]
    pub partner: PartnerId,
    /// The position of the event that sent it.
    #[serde(skip)]
    pub sent: Position,
}

/// How an invitation stands. A decline binds the customer that declined, so the invitation stays open to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum InvitationState {
    /// It can be accepted.
    Open,
    /// It could be accepted once, and was.
    Used,
    /// The partner took it back.
    Withdrawn,
    /// Its time ran out.
    Expired,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct AnsweredBy {
    pub customer: CustomerId,
    pub at: Option<Timestamp>,
}

/// The partner's invitations, oldest first.
pub fn invitations(state: &State, partner: PartnerId, public_url: &str, at: Moment) -> Vec<InvitationRow> {
    let sent = state.invitations_of(partner).filter_map(|invitation| row(state, invitation, public_url, at));
    let mut rows: Vec<_> = sent.collect();
    rows.sort_by_key(|row| row.sent);
    rows
}

/// The invitation of that id.
pub fn invitation(state: &State, invitation: InvitationId, public_url: &str, at: Moment) -> Option<InvitationRow> {
    row(state, state.invitation(invitation)?, public_url, at)
}

impl InvitationRow {
    /// What a customer may know of it: of the answers its own.
    pub fn seen_by(mut self, customer: CustomerId) -> Self {
        self.accepted_by.retain(|answer| answer.customer == customer);
        self.declined_by.retain(|answer| answer.customer == customer);
        self
    }
}

fn row(state: &State, invitation: &Invitation, public_url: &str, at: Moment) -> Option<InvitationRow> {
    let Invitation { id, partner, delegated_admin, locale, uses, expires_at, sent, .. } = invitation;
    let answer = |(customer, event): (CustomerId, EventRef)| {
        let at = state.timeline.recorded_at(event.position);
        (event.position, AnsweredBy { customer, at })
    };
    let in_order = |mut answers: Vec<(Position, AnsweredBy)>| {
        answers.sort_by_key(|(position, _)| *position);
        answers.into_iter().map(|(_, answer)| answer).collect()
    };
    (sent.position <= at.position).then(|| InvitationRow {
        invitation: *id,
        delegated_admin: *delegated_admin,
        locale: *locale,
        uses: *uses,
        state: InvitationState::of(invitation, at),
        sent_at: state.timeline.recorded_at(sent.position),
        expires_at: *expires_at,
        accepted_by: in_order(invitation.accepted(at.position).map(answer).collect()),
        declined_by: in_order(invitation.declined(at.position).map(answer).collect()),
        link: Invitation::link(public_url, *id),
        partner: *partner,
        sent: sent.position,
    })
}

impl InvitationState {
    /// In the order in which an acceptance would be refused (INV-7).
    fn of(invitation: &Invitation, at: Moment) -> Self {
        let accepted = invitation.accepted(at.position).next().is_some();
        if invitation.withdrawn(at.position).is_some() {
            Self::Withdrawn
        } else if invitation.uses == InvitationUses::Once && accepted {
            Self::Used
        } else if at.at >= invitation.expires_at {
            Self::Expired
        } else {
            Self::Open
        }
    }
}
