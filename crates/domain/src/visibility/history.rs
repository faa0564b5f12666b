//! Who sees which events of a history (VIS-1, VIS-2). Who reads is decided now; what an event was to a partner, when it
//! happened.

use super::{Reader, VisibleScope};
use crate::{
    access::{self, DeviceAction, PartnerAction, ProfileAction, Question, Resource, Subject, SubscriptionAction},
    event::Event,
    facts::Facts,
    id::{PartnerId, TenantId},
    temporal::Moment,
    vocabulary::{Actor, GroupOf, PartnerGroup, TenantKind},
};

/// An event, who made it happen, and the moments around it.
#[derive(Debug, Clone, Copy)]
pub struct Happened<'a> {
    pub event: &'a Event,
    pub by: &'a Actor,
    /// The moment before it.
    pub before: Moment,
    /// The moment at which it had happened.
    pub at: Moment,
}

impl VisibleScope {
    /// Whether the event of a customer's history is inside.
    ///
    /// A partner's agents see what names the partner or everybody, what the partner's people did, and what happened to
    /// the devices and profiles that its AdminAgents might manage then, and to subscriptions that its groups might read.
    /// What names another partner, or was done by its people, is none of that.
    pub fn shows(self, happened: &Happened, facts: &impl Facts) -> bool {
        let Self::Partner(own) = self else { return true };
        // An agent sees its partner's history, and nobody's consumers in it (FEED-1).
        if happened.event.feed_owner().is_some() {
            return false;
        }
        let (tenants, by) = (happened.event.tenants(), happened.by.tenant());
        if tenants.is_empty() || tenants.contains(&own.into()) {
            return true;
        }
        let customer = happened.event.customer().map(TenantId::from);
        let of_another = tenants.into_iter().chain(by).any(|tenant| Some(tenant) != customer && tenant != own.into());
        let in_its_hands = |at| is_in_hands_of(own, happened.event, at, facts);
        !of_another && (by == Some(own.into()) || in_its_hands(happened.before) || in_its_hands(happened.at))
    }

    /// Whether who did it is inside as well.
    pub fn shows_who(self, happened: &Happened) -> bool {
        match self {
            Self::Everything => true,
            Self::Partner(own) => can_see_author(own.into(), happened.by, |by| happened.event.tenants().contains(&by)),
        }
    }
}

/// Whether people of that tenant, who may know of the event, may know who made it happen: operators, their own people, and
/// those of the tenants that it concerns. Somebody may be given a role by people that he may not know of (VIS-3).
pub fn can_see_author(tenant: TenantId, by: &Actor, concerned: impl Fn(TenantId) -> bool) -> bool {
    by.tenant().is_none_or(|by| by == tenant || concerned(by))
}

/// How much of the partner's history the reader sees: an overseer all of it, its agents and Global administrators what
/// concerns it (VIS-2). `None`: not even that the partner exists.
pub fn partner_scope(reader: Reader, partner: PartnerId, at: Moment, facts: &impl Facts) -> Option<VisibleScope> {
    if facts.tenant(partner.into(), at) != Some(TenantKind::Partner) {
        return None;
    }
    match reader {
        Reader::Overseer => Some(VisibleScope::Everything),
        Reader::Decider => None,
        Reader::User(user) => {
            let resource = Resource::Partner(PartnerAction::ViewHistory, partner, None);
            may(Subject::User(user), resource, at, facts).then_some(VisibleScope::Partner(partner))
        }
    }
}

/// Whether the partner's AdminAgents may manage all the devices and profiles that the event is about, or one of its groups
/// may read the subscription that the event is about.
fn is_in_hands_of(partner: PartnerId, event: &Event, at: Moment, facts: &impl Facts) -> bool {
    let group_may = |group, resource| may(Subject::Group(GroupOf { group, partner }), resource, at, facts);
    let manage = |resource| group_may(PartnerGroup::AdminAgents, resource);
    let (devices, profile) = (event.devices(), event.profile());
    match event {
        Event::SubscriptionRenewed(_) | Event::SubscriptionCancelled(_) => {
            event.subscription().is_some_and(|subscription| {
                let read = |group: &PartnerGroup| {
                    group_may(*group, Resource::Subscription(SubscriptionAction::Read, subscription))
                };
                PartnerGroup::ALL.iter().any(read)
            })
        }
        _ if devices.is_empty() && profile.is_none() => false,
        _ => {
            profile.is_none_or(|profile| manage(Resource::Profile(ProfileAction::Update, profile)))
                && devices.iter().all(|device| manage(Resource::Device(DeviceAction::Manage, *device)))
        }
    }
}

fn may(subject: Subject, resource: Resource, at: Moment, facts: &impl Facts) -> bool {
    access::decide(&Question { subject, resource }, at, facts).is_allowed()
}
