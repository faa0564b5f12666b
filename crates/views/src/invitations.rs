//! View 6: a partner's invitations, and how each stands.

use crate::looked::Looked;
use procura_domain::{
    aggregate::invitation::{Answers, Invitation},
    id::{CustomerId, InvitationId, PartnerId},
    invitation_link::InvitationLink,
    state::State,
    temporal::{EventRef, Moment, Position, Timestamp},
    vocabulary::{InvitationUses, Locale},
};
use serde::{Deserialize, Serialize};

/// How many of those who accepted an invitation, and of those who declined it, are named.
const ANSWERS_MAX: usize = 100;

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
    /// Whether more accepted or declined it than are named here: the partner's history has all of them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub more_answers: bool,
    /// The personal link (INV-2).
    pub link: String,
    #[serde(skip)]
    pub partner: PartnerId,
    /// The position of the event that sent it.
    #[serde(skip)]
    pub sent: Position,
}

/// How an invitation stands. A decline binds the customer that declined, so the invitation stays open to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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

/// The partner's invitations from that position on, oldest first.
pub fn invitations<'s>(
    state: &'s State,
    partner: PartnerId,
    link: &InvitationLink,
    at: Moment,
    from: Position,
) -> impl Iterator<Item = Looked<Position, InvitationRow>> + use<'s> {
    let link = link.clone();
    let sent = state.invitations_from(partner, from).take_while(move |sent| sent.sent().position <= at.position);
    sent.map(move |invitation| Looked::new(invitation.sent().position, row(state, invitation, &link, at)))
}

/// The invitation of that id.
pub fn invitation(state: &State, invitation: InvitationId, link: &InvitationLink, at: Moment) -> Option<InvitationRow> {
    row(state, state.invitation(invitation)?, link, at)
}

impl InvitationRow {
    /// What a customer may know of it: of the answers its own.
    pub fn seen_by(self, customer: CustomerId, state: &State, at: Moment) -> Self {
        let answers = state.invitation(self.invitation).map(|found| found.answers_of(customer, at.position));
        let [accepted, declined] = answers.unwrap_or_default();
        let answer = |event: EventRef| AnsweredBy::at(state, customer, event);
        let (accepted_by, declined_by) =
            (accepted.map(answer).into_iter().collect(), declined.map(answer).into_iter().collect());
        Self { accepted_by, declined_by, more_answers: false, ..self }
    }
}

impl AnsweredBy {
    fn at(state: &State, customer: CustomerId, event: EventRef) -> Self {
        Self { customer, at: state.timeline.recorded_at(event.position) }
    }
}

fn row(state: &State, invitation: Invitation<'_>, link: &InvitationLink, at: Moment) -> Option<InvitationRow> {
    let (id, sent) = (invitation.id(), invitation.sent());
    let (accepted, declined) = (invitation.accepted(at.position), invitation.declined(at.position));
    let first = |answers: Answers<'_>| {
        let first = answers.iter().take(ANSWERS_MAX);
        first.map(|(customer, event)| AnsweredBy::at(state, customer, event)).collect()
    };
    (sent.position <= at.position).then(|| InvitationRow {
        invitation: id,
        delegated_admin: invitation.delegated_admin(),
        locale: invitation.locale(),
        uses: invitation.uses(),
        state: InvitationState::of(invitation, at),
        sent_at: state.timeline.recorded_at(sent.position),
        expires_at: invitation.expires_at(),
        accepted_by: first(accepted),
        declined_by: first(declined),
        more_answers: accepted.len() > ANSWERS_MAX || declined.len() > ANSWERS_MAX,
        link: link.to(id),
        partner: invitation.partner(),
        sent: sent.position,
    })
}

impl InvitationState {
    /// The state's one spelling.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Used => "used",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
        }
    }

    /// In the order in which an acceptance would be refused (INV-7).
    fn of(invitation: Invitation<'_>, at: Moment) -> Self {
        let accepted = !invitation.accepted(at.position).is_empty();
        if invitation.withdrawn(at.position).is_some() {
            Self::Withdrawn
        } else if invitation.uses() == InvitationUses::Once && accepted {
            Self::Used
        } else if at.at >= invitation.expires_at() {
            Self::Expired
        } else {
            Self::Open
        }
    }
}
