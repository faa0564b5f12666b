//! An invitation: a partner's request for a reseller relationship, with a personal link.

use super::relationship::Relationship;
use crate::{
    access::Permit,
    command::{AcceptInvite, DeclineInvite, SendInvite},
    decide::Context,
    event::{
        DapGranted, Event, InvitationAccepted, InvitationDeclined, InvitationSent, InvitationWithdrawn,
        RelationshipEstablished,
    },
    id::{CustomerId, InvitationId, PartnerId},
    refusal::Refusal,
    temporal::{EventRef, Position, Timestamp},
    vocabulary::{InvitationUses, Locale},
};
use chrono::TimeDelta;
use std::collections::HashMap;

/// What stands for the link in an edited message.
pub const LINK_PLACEHOLDER: &str = "{link}";

/// A partner's request for a reseller relationship.
#[derive(Debug, Clone)]
pub struct Invitation {
    pub id: InvitationId,
    pub partner: PartnerId,
    /// Whether it asks for delegated admin privileges.
    pub delegated_admin: bool,
    /// The language of its draft.
    pub locale: Locale,
    /// How often it can be accepted.
    pub uses: InvitationUses,
    /// It can be accepted before this instant, and not at it.
    pub expires_at: Timestamp,
    /// The event that sent it.
    pub sent: EventRef,
    /// The event that took it back, if one has, whenever.
    withdrawn: Option<EventRef>,
    declined: Answers,
    accepted: Answers,
}

/// Who answered, and by which event.
#[derive(Debug, Clone, Default)]
struct Answers {
    by: HashMap<CustomerId, EventRef>,
    /// Oldest first.
    in_order: Vec<(CustomerId, EventRef)>,
}

impl Answers {
    fn add(&mut self, customer: CustomerId, at: EventRef) {
        self.by.insert(customer, at);
        self.in_order.push((customer, at));
    }

    /// Those up to that position.
    fn up_to(&self, by: Position) -> &[(CustomerId, EventRef)] {
        let end = self.in_order.partition_point(|(_, event)| event.position <= by);
        self.in_order.get(..end).unwrap_or_default()
    }
}

impl Invitation {
    /// Sends an invitation (INV-2): `existing` is the one of the id given, if there is one.
    pub fn decide_send(
        existing: Option<&Self>,
        command: &SendInvite,
        context: &Context,
        _: &Permit,
    ) -> Result<Vec<Event>, Refusal> {
        if existing.is_some() {
            return Err(Refusal::AlreadyExists("invitation"));
        }
        let SendInvite { partner, delegated_admin, locale, uses, expires_in_days, .. } = *command;
        let invitation = command.invitation.unwrap_or(InvitationId::new(context.fresh.entity));
        if let Some(message) = &command.message {
            let link = context.invitation_link.to(invitation);
            if !message.body.contains(LINK_PLACEHOLDER) && !message.body.contains(&link) {
                return Err(Refusal::LinkMissing);
            }
        }
        let expires_at = context.at + TimeDelta::days(expires_in_days.days().into());
        Ok(vec![InvitationSent { invitation, partner, delegated_admin, locale, uses, expires_at }.into()])
    }

    /// Accepts it: establishes the relationship, grants delegated admin privileges, or both (INV-6 to INV-8).
    pub fn decide_accept(
        &self,
        relationship: Option<&Relationship>,
        command: &AcceptInvite,
        context: &Context,
        _: &Permit,
    ) -> Result<Vec<Event>, Refusal> {
        let (customer, partner, invitation) = (command.customer, self.partner, self.id);
        self.still_open(customer, context.at)?;
        let active = relationship.is_some_and(|r| r.relationship(context.position).is_in_force());
        let dap = relationship.is_some_and(|r| r.dap(context.position).is_in_force());
        let grant = self.delegated_admin && !dap;
        if active && !grant {
            return Err(Refusal::NothingToGrant);
        }
        let mut events = vec![InvitationAccepted { invitation, partner, customer }.into()];
        if !active {
            events.push(RelationshipEstablished { customer, partner }.into());
        }
        if grant {
            events.push(DapGranted { customer, partner }.into());
        }
        Ok(events)
    }

    /// Declines it, for this customer and no other.
    pub fn decide_decline(
        &self,
        command: &DeclineInvite,
        context: &Context,
        _: &Permit,
    ) -> Result<Vec<Event>, Refusal> {
        self.still_open(command.customer, context.at)?;
        let (invitation, partner, customer) = (self.id, self.partner, command.customer);
        Ok(vec![InvitationDeclined { invitation, partner, customer }.into()])
    }

    /// Takes it back, unless it is taken back, used up or expired (INV-7).
    pub fn decide_withdraw(&self, context: &Context, _: &Permit) -> Result<Vec<Event>, Refusal> {
        if self.withdrawn.is_some() {
            return Err(Refusal::InvitationWithdrawn);
        }
        if self.uses == InvitationUses::Once && !self.accepted.by.is_empty() {
            return Err(Refusal::InvitationUsed);
        }
        self.not_expired(context.at)?;
        Ok(vec![InvitationWithdrawn { invitation: self.id, partner: self.partner }.into()])
    }

    /// INV-7, in its order.
    fn still_open(&self, customer: CustomerId, at: Timestamp) -> Result<(), Refusal> {
        if self.withdrawn.is_some() {
            return Err(Refusal::InvitationWithdrawn);
        }
        if self.is_declined_by(customer) {
            return Err(Refusal::InvitationDeclined);
        }
        let used = match self.uses {
            InvitationUses::Once => !self.accepted.by.is_empty(),
            InvitationUses::Many => self.is_accepted_by(customer),
        };
        if used {
            return Err(Refusal::InvitationUsed);
        }
        self.not_expired(at)
    }

    /// What expires at an instant holds before it and not at it.
    fn not_expired(&self, at: Timestamp) -> Result<(), Refusal> {
        if at < self.expires_at { Ok(()) } else { Err(Refusal::InvitationExpired(self.expires_at)) }
    }

    /// An invitation as it is sent.
    pub(crate) fn sent(event: &InvitationSent, at: EventRef) -> Self {
        let InvitationSent { invitation, partner, delegated_admin, locale, uses, expires_at, .. } = event;
        Self {
            id: *invitation,
            partner: *partner,
            delegated_admin: *delegated_admin,
            locale: *locale,
            uses: *uses,
            expires_at: *expires_at,
            sent: at,
            withdrawn: None,
            declined: Answers::default(),
            accepted: Answers::default(),
        }
    }

    /// Takes in what happened to it.
    pub(crate) fn evolve(&mut self, event: &Event, at: EventRef) {
        match event {
            Event::InvitationWithdrawn(_) => self.withdrawn = Some(at),
            Event::InvitationDeclined(InvitationDeclined { customer, .. }) => {
                self.declined.add(*customer, at);
            }
            Event::InvitationAccepted(InvitationAccepted { customer, .. }) => {
                self.accepted.add(*customer, at);
            }
            _ => {}
        }
    }

    /// The event that had taken it back by that position.
    pub fn withdrawn(&self, by: Position) -> Option<EventRef> {
        self.withdrawn.filter(|event| event.position <= by)
    }

    /// Whether the customer has declined it.
    pub fn is_declined_by(&self, customer: CustomerId) -> bool {
        self.declined.by.contains_key(&customer)
    }

    /// Whether the customer has accepted it.
    pub fn is_accepted_by(&self, customer: CustomerId) -> bool {
        self.accepted.by.contains_key(&customer)
    }

    /// Who had declined it by that position, and by which event, oldest first.
    pub fn declined(&self, by: Position) -> &[(CustomerId, EventRef)] {
        self.declined.up_to(by)
    }

    /// Who had accepted it by that position, and by which event, oldest first.
    pub fn accepted(&self, by: Position) -> &[(CustomerId, EventRef)] {
        self.accepted.up_to(by)
    }

    /// The events by which the customer had accepted and declined it by that position.
    pub fn answers_of(&self, customer: CustomerId, by: Position) -> [Option<EventRef>; 2] {
        [&self.accepted, &self.declined]
            .map(|answers| answers.by.get(&customer).copied().filter(|event| event.position <= by))
    }
}
