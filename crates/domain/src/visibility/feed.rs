//! Who is told of which events, wherever they happened: what the histories that a reader may see would show it, taken
//! together (VIS-1, VIS-2, VIS-4).

use super::{
    Happened, Reader, VisibleScope,
    can_see::{is_agent, is_global_administrator},
    customer_scope, partner_scope,
};
use crate::{
    access::Subject,
    event::Event,
    facts::Facts,
    temporal::Moment,
    vocabulary::{TenantKind, User},
};

/// The scope in which the reader sees that event, as it may see things at `now`. `None`: it is told nothing of it.
pub fn event_scope(reader: Reader, happened: &Happened, now: Moment, facts: &impl Facts) -> Option<VisibleScope> {
    let own = match reader {
        Reader::Overseer => return Some(VisibleScope::Everything),
        Reader::Decider => return None,
        Reader::User(user) => user.tenant,
    };
    if happened.event.feed_owner().is_some() {
        return sees_feed_event(reader, happened.event, now, facts).then_some(VisibleScope::Everything);
    }
    let tenants = happened.event.tenants();
    let concerns_own = tenants.is_empty() || tenants.contains(&own);
    let scope = match facts.tenant(own, now)? {
        TenantKind::Customer if concerns_own => customer_scope(reader, own.as_customer(), now, facts),
        TenantKind::Customer => None,
        TenantKind::Partner if concerns_own => partner_scope(reader, own.as_partner(), now, facts),
        TenantKind::Partner => customer_scope(reader, happened.event.customer()?, now, facts),
    };
    scope.filter(|scope| scope.shows(happened, facts))
}

/// Whether the reader is told of any events (FEED-2): an overseer, a tenant's Global administrator, an agent of a partner.
pub fn reads_events(reader: Reader, now: Moment, facts: &impl Facts) -> bool {
    match reader {
        Reader::Overseer => true,
        Reader::Decider => false,
        Reader::User(user) => {
            is_global_administrator(user, user.tenant, now, facts)
                || (facts.tenant(user.tenant, now) == Some(TenantKind::Partner)
                    && is_agent(&Subject::User(user), now, facts))
        }
    }
}

/// Whether the reader may know of that owner's consumers and webhooks (FEED-1): the owner, its tenant's Global
/// administrators, overseers.
pub fn sees_feeds_of(reader: Reader, owner: User, now: Moment, facts: &impl Facts) -> bool {
    match reader {
        Reader::Overseer => true,
        Reader::Decider => false,
        Reader::User(user) => user == owner || is_global_administrator(user, owner.tenant, now, facts),
    }
}

/// The same of an event; whether it is about a consumer or webhook at all.
pub fn sees_feed_event(reader: Reader, event: &Event, now: Moment, facts: &impl Facts) -> bool {
    event.feed_owner().is_some_and(|owner| sees_feeds_of(reader, owner, now, facts))
}
