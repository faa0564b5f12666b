//! What there is little of: the policy, what was erased, consumers and webhooks.

use super::super::State;
use crate::{
    aggregate::feed::{ConsumerSettings, Delivery, WebhookSettings},
    between::Between,
    event::{EventFilter, EventType},
    id::{
        CustomerId, DescriptionId, DeviceId, InvitationId, ObjectId, PartnerId, ServiceRequestId, TenantId, WebhookId,
    },
    personal::DataSubject,
    store::{
        periods::PackedRef,
        saved::{Loading, Malformed, Saving},
    },
    temporal::{EventRef, Periods, Position},
    text::FeedName,
    vocabulary::{AutopilotPolicy, OnParked, OverseerRole, User},
};
use std::collections::BTreeMap;
use uuid::Uuid;

impl State {
    pub(super) fn save_small(&self, to: &mut Saving<'_>) {
        save_periods(&self.autopilot_policy, to, |policy, to| to.number(*policy as u64));
        let at = to.at;
        to.list(&self.positions_of_all, |position| position.get() <= at, |to, position| to.number(position.get().0));
        let erased: Vec<_> = self.erased.iter().filter(|(_, event)| event.position <= at).collect();
        to.number(erased.len() as u64);
        for (subject, event) in erased {
            let kind = match subject {
                DataSubject::Invitation(_) => 0,
                DataSubject::ServiceRequest(_) => 1,
                DataSubject::Device(_) => 2,
                DataSubject::Webhook(_) => 3,
                DataSubject::Description(_) => 4,
            };
            to.number(kind);
            to.id(subject.guid());
            to.event((*event).into());
        }
        save_deliveries(&self.deliveries.consumers, to, ConsumerSettings::save);
        save_deliveries(&self.deliveries.webhooks, to, WebhookSettings::save);
    }

    pub(super) fn load_small(&mut self, from: &mut Loading<'_>) -> Result<(), Malformed> {
        self.autopilot_policy = load_periods(from, |from| one_of(AutopilotPolicy::ALL, from))?;
        for _ in 0..from.number()? {
            self.positions_of_all.push(Position(from.number()?).into());
        }
        for _ in 0..from.number()? {
            let (kind, id) = (from.byte()?, from.id()?);
            let subject = match kind {
                0 => DataSubject::Invitation(InvitationId::new(id)),
                1 => DataSubject::ServiceRequest(ServiceRequestId::new(id)),
                2 => DataSubject::Device(DeviceId::new(id)),
                3 => DataSubject::Webhook(WebhookId::new(id)),
                4 => DataSubject::Description(DescriptionId::new(id)),
                _ => return Err(Malformed),
            };
            self.erased.insert(subject, event(from)?);
        }
        self.deliveries.consumers = load_deliveries(from, ConsumerSettings::load)?;
        self.deliveries.webhooks = load_deliveries(from, WebhookSettings::load)?;
        self.deliveries.derive();
        Ok(())
    }
}

fn event(from: &mut Loading<'_>) -> Result<EventRef, Malformed> {
    from.event()?.event().ok_or(Malformed)
}

fn one_of<T: Copy>(all: &[T], from: &mut Loading<'_>) -> Result<T, Malformed> {
    all.get(usize::from(from.byte()?)).copied().ok_or(Malformed)
}

/// One of a choice, or none.
fn choice<T: Copy>(all: &[T], from: &mut Loading<'_>) -> Result<Option<T>, Malformed> {
    match from.byte()?.checked_sub(1) {
        None => Ok(None),
        Some(number) => all.get(usize::from(number)).copied().map(Some).ok_or(Malformed),
    }
}

fn save_periods<T>(periods: &Periods<T>, to: &mut Saving<'_>, save: impl Fn(&T, &mut Saving<'_>)) {
    let there = periods.up_to(to.at);
    to.number(there.len() as u64);
    for period in there {
        to.event(period.from.into());
        to.event(period.until.map(PackedRef::from).unwrap_or_default());
        save(&period.value, to);
    }
}

fn load_periods<T>(
    from: &mut Loading<'_>,
    load: impl Fn(&mut Loading<'_>) -> Result<T, Malformed>,
) -> Result<Periods<T>, Malformed> {
    let mut periods = Periods::default();
    for _ in 0..from.number()? {
        let (begun, until) = (event(from)?, from.event()?.event());
        periods.begin(load(from)?, begun);
        until.into_iter().for_each(|until| periods.end(until));
    }
    Ok(periods)
}

type Deliveries<S> = BTreeMap<(User, FeedName), Delivery<S>>;

fn save_deliveries<S>(all: &Deliveries<S>, to: &mut Saving<'_>, save: impl Fn(&S, &mut Saving<'_>)) {
    let there: Vec<_> = all.iter().filter(|(_, delivery)| !delivery.settings().up_to(to.at).is_empty()).collect();
    to.number(there.len() as u64);
    for ((owner, name), delivery) in there {
        to.id(owner.tenant.guid());
        to.id(owner.user.guid());
        to.text(name);
        save_periods(delivery.settings(), to, &save);
    }
}

fn load_deliveries<S>(
    from: &mut Loading<'_>,
    load: impl Fn(&mut Loading<'_>) -> Result<S, Malformed>,
) -> Result<Deliveries<S>, Malformed> {
    let mut all = Deliveries::new();
    for _ in 0..from.number()? {
        let owner = User { tenant: TenantId::new(from.id()?), user: ObjectId::new(from.id()?) };
        let name = FeedName::new(from.text()?).map_err(|_| Malformed)?;
        let settings = load_periods(from, &load)?;
        all.insert((owner, name.clone()), Delivery::loaded(owner, name, settings));
    }
    Ok(all)
}

fn save_filter(EventFilter { types, customer, partner }: &EventFilter, to: &mut Saving<'_>) {
    to.number(types.len() as u64);
    types.iter().for_each(|event_type| to.number(*event_type as u64));
    for tenant in [customer.map(CustomerId::guid), partner.map(PartnerId::guid)] {
        to.number(tenant.is_some().into());
        tenant.into_iter().for_each(|tenant| to.id(tenant));
    }
}

fn load_filter(from: &mut Loading<'_>) -> Result<EventFilter, Malformed> {
    let mut types = Vec::new();
    for _ in 0..from.number()? {
        types.push(one_of(EventType::ALL, from)?);
    }
    let mut tenant = || -> Result<Option<Uuid>, Malformed> { from.flag()?.then(|| from.id()).transpose() };
    let (customer, partner) = (tenant()?.map(CustomerId::new), tenant()?.map(PartnerId::new));
    Ok(EventFilter { types, customer, partner })
}

fn load_between<const MIN: u32, const MAX: u32, const DEFAULT: u32>(
    from: &mut Loading<'_>,
) -> Result<Between<MIN, MAX, DEFAULT>, Malformed> {
    Between::new(from.small()?).ok_or(Malformed)
}

impl ConsumerSettings {
    fn save(&self, to: &mut Saving<'_>) {
        to.number(self.made.0);
        to.number(self.role.map_or(0, |role| role as u64 + 1));
        save_filter(&self.filter, to);
        to.number(self.after.0);
        to.number(self.visibility_seconds.number().into());
        to.number(self.tries.number().into());
        to.number(self.on_parked as u64);
    }

    fn load(from: &mut Loading<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            made: Position(from.number()?),
            role: choice(OverseerRole::ALL, from)?,
            filter: load_filter(from)?,
            after: Position(from.number()?),
            visibility_seconds: load_between(from)?,
            tries: load_between(from)?,
            on_parked: one_of(OnParked::ALL, from)?,
        })
    }
}

impl WebhookSettings {
    fn save(&self, to: &mut Saving<'_>) {
        to.id(self.webhook.guid());
        to.number(self.made.0);
        to.number(self.role.map_or(0, |role| role as u64 + 1));
        save_filter(&self.filter, to);
        to.number(self.after.0);
        to.number(self.on_parked as u64);
        let (newest, before) = self.secrets;
        to.event(newest.into());
        to.event(before.map(PackedRef::from).unwrap_or_default());
    }

    fn load(from: &mut Loading<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            webhook: WebhookId::new(from.id()?),
            made: Position(from.number()?),
            role: choice(OverseerRole::ALL, from)?,
            filter: load_filter(from)?,
            after: Position(from.number()?),
            on_parked: one_of(OnParked::ALL, from)?,
            secrets: (event(from)?, from.event()?.event()),
        })
    }
}
