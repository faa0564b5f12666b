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
    store::{
        AnswerKey, AnswerRow, InvitationNumber, InvitationRow, Store, lists::List, periods::PackedRef, table::Number,
    },
    temporal::{EventRef, Position, Timestamp},
    vocabulary::{InvitationUses, Locale},
};
use chrono::TimeDelta;

/// What stands for the link in an edited message.
pub const LINK_PLACEHOLDER: &str = "{link}";

/// A partner's request for a reseller relationship.
#[derive(Clone, Copy)]
pub struct Invitation<'s> {
    store: &'s Store,
    number: InvitationNumber,
    row: &'s InvitationRow,
}

impl<'s> Invitation<'s> {
    /// Sends an invitation (INV-2): `existing` is the one of the id given, if there is one.
    pub fn decide_send(
        existing: Option<Self>,
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
        relationship: Option<Relationship<'_>>,
        command: &AcceptInvite,
        context: &Context,
        _: &Permit,
    ) -> Result<Vec<Event>, Refusal> {
        let (customer, partner, invitation) = (command.customer, self.partner(), self.id());
        self.still_open(customer, context.at)?;
        let active = relationship.is_some_and(|r| r.relationship(context.position).is_in_force());
        let dap = relationship.is_some_and(|r| r.dap(context.position).is_in_force());
        let grant = self.delegated_admin() && !dap;
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
        let (invitation, partner, customer) = (self.id(), self.partner(), command.customer);
        Ok(vec![InvitationDeclined { invitation, partner, customer }.into()])
    }

    /// Takes it back, unless it is taken back, used up or expired (INV-7).
    pub fn decide_withdraw(&self, context: &Context, _: &Permit) -> Result<Vec<Event>, Refusal> {
        if self.row.withdrawn != PackedRef::default() {
            return Err(Refusal::InvitationWithdrawn);
        }
        if self.uses() == InvitationUses::Once && !self.row.accepted.is_empty() {
            return Err(Refusal::InvitationUsed);
        }
        self.not_expired(context.at)?;
        Ok(vec![InvitationWithdrawn { invitation: self.id(), partner: self.partner() }.into()])
    }

    /// INV-7, in its order.
    fn still_open(&self, customer: CustomerId, at: Timestamp) -> Result<(), Refusal> {
        if self.row.withdrawn != PackedRef::default() {
            return Err(Refusal::InvitationWithdrawn);
        }
        if self.is_declined_by(customer) {
            return Err(Refusal::InvitationDeclined);
        }
        let used = match self.uses() {
            InvitationUses::Once => !self.row.accepted.is_empty(),
            InvitationUses::Many => self.is_accepted_by(customer),
        };
        if used {
            return Err(Refusal::InvitationUsed);
        }
        self.not_expired(at)
    }

    /// What expires at an instant holds before it and not at it.
    fn not_expired(&self, at: Timestamp) -> Result<(), Refusal> {
        if at < self.expires_at() { Ok(()) } else { Err(Refusal::InvitationExpired(self.expires_at())) }
    }

    /// The invitation of that id.
    pub(crate) fn find(store: &'s Store, invitation: InvitationId) -> Option<Self> {
        Some(Self::numbered(store, store.invitations.find(invitation)?))
    }

    pub(crate) fn numbered(store: &'s Store, number: InvitationNumber) -> Self {
        Self { store, number, row: store.invitations.row(number) }
    }

    pub fn id(self) -> InvitationId {
        self.store.invitations.key(self.number)
    }

    pub fn partner(self) -> PartnerId {
        self.store.tenant_id(self.row.partner).as_partner()
    }

    /// Whether it asks for delegated admin privileges.
    pub fn delegated_admin(self) -> bool {
        self.row.delegated_admin
    }

    /// The language of its draft.
    pub fn locale(self) -> Locale {
        if self.row.is_french { Locale::Fr } else { Locale::En }
    }

    /// How often it can be accepted.
    pub fn uses(self) -> InvitationUses {
        if self.row.is_for_many { InvitationUses::Many } else { InvitationUses::Once }
    }

    /// It can be accepted before this instant, and not at it.
    pub fn expires_at(self) -> Timestamp {
        Timestamp::from_timestamp_micros(self.row.expires_at).unwrap_or(Timestamp::MIN_UTC)
    }

    /// The event that sent it.
    pub fn sent(self) -> EventRef {
        self.row.sent.get()
    }

    /// The event that had taken it back by that position.
    pub fn withdrawn(self, by: Position) -> Option<EventRef> {
        self.row.withdrawn.by(by)
    }

    fn answer(self, customer: CustomerId) -> AnswerRow {
        let customer = self.store.tenant(customer);
        let key = customer.map(|customer| AnswerKey { invitation: self.number, customer });
        key.and_then(|key| self.store.answers.get(key)).copied().unwrap_or_default()
    }

    /// Whether the customer has declined it.
    pub fn is_declined_by(self, customer: CustomerId) -> bool {
        self.answer(customer).declined != PackedRef::default()
    }

    /// Whether the customer has accepted it.
    pub fn is_accepted_by(self, customer: CustomerId) -> bool {
        self.answer(customer).accepted != PackedRef::default()
    }

    /// Who had declined it by that position, and by which event, oldest first.
    pub fn declined(self, by: Position) -> Answers<'s> {
        Answers::up_to(by, self.store, self.row.declined, |answer| answer.declined)
    }

    /// Who had accepted it by that position, and by which event, oldest first.
    pub fn accepted(self, by: Position) -> Answers<'s> {
        Answers::up_to(by, self.store, self.row.accepted, |answer| answer.accepted)
    }

    /// The events by which the customer had accepted and declined it by that position.
    pub fn answers_of(self, customer: CustomerId, by: Position) -> [Option<EventRef>; 2] {
        let AnswerRow { accepted, declined } = self.answer(customer);
        [accepted, declined].map(|answer| answer.by(by))
    }
}

/// Who answered an invitation in one way, and by which event, oldest first.
#[derive(Clone, Copy)]
pub struct Answers<'s> {
    store: &'s Store,
    numbers: &'s [u32],
    which: fn(&AnswerRow) -> PackedRef,
}

impl<'s> Answers<'s> {
    fn up_to(by: Position, store: &'s Store, list: List, which: fn(&AnswerRow) -> PackedRef) -> Self {
        let all = store.numbers.get(list);
        let end = all.partition_point(|number| which(store.answers.row(Number::new(*number))).position() <= by);
        Self { store, numbers: all.get(..end).unwrap_or_default(), which }
    }

    /// How many there are.
    pub fn len(self) -> usize {
        self.numbers.len()
    }

    pub fn is_empty(self) -> bool {
        self.numbers.is_empty()
    }

    pub fn iter(self) -> impl DoubleEndedIterator<Item = (CustomerId, EventRef)> + ExactSizeIterator + use<'s> {
        let Self { store, which, .. } = self;
        self.numbers.iter().map(move |number| {
            let number = Number::new(*number);
            let customer = store.tenant_id(store.answers.key(number).customer).as_customer();
            (customer, which(store.answers.row(number)).get())
        })
    }
}

/// Takes in what happened to an invitation.
pub(crate) fn evolve(store: &mut Store, event: &Event, at: EventRef) {
    match event {
        Event::InvitationSent(InvitationSent { invitation, partner, delegated_admin, locale, uses, expires_at }) => {
            let partner = store.keep_tenant(*partner);
            let row = InvitationRow {
                partner,
                delegated_admin: *delegated_admin,
                is_french: *locale == Locale::Fr,
                is_for_many: *uses == InvitationUses::Many,
                expires_at: expires_at.timestamp_micros(),
                sent: at.into(),
                ..InvitationRow::default()
            };
            let number = store.invitations.insert(*invitation, row).get();
            store.numbers.push(&mut store.tenants.row_mut(partner).sent, number);
        }
        Event::InvitationWithdrawn(InvitationWithdrawn { invitation, .. }) => {
            if let Some(number) = store.invitations.find(*invitation) {
                store.invitations.row_mut(number).withdrawn = at.into();
            }
        }
        Event::InvitationAccepted(InvitationAccepted { invitation, customer, .. }) => {
            let Some(invitation) = store.invitations.find(*invitation) else { return };
            let key = AnswerKey { invitation, customer: store.keep_tenant(*customer) };
            let number = store.answers.number(key);
            store.answers.row_mut(number).accepted = at.into();
            store.numbers.push(&mut store.invitations.row_mut(invitation).accepted, number.get());
        }
        Event::InvitationDeclined(InvitationDeclined { invitation, customer, .. }) => {
            let Some(invitation) = store.invitations.find(*invitation) else { return };
            let key = AnswerKey { invitation, customer: store.keep_tenant(*customer) };
            let number = store.answers.number(key);
            store.answers.row_mut(number).declined = at.into();
            store.numbers.push(&mut store.invitations.row_mut(invitation).declined, number.get());
        }
        _ => {}
    }
}
