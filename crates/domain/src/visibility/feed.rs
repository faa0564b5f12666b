//! Who is told of which events, wherever they happened: what the histories that a reader may see would show it, taken
//! together (VIS-1, VIS-2, VIS-4).

use super::{Happened, Reader, VisibleScope, customer_scope, partner_scope};
use crate::{facts::Facts, temporal::Moment, vocabulary::TenantKind};

/// The scope in which the reader sees that event, as it may see things at `now`. `None`: it is told nothing of it.
pub fn event_scope(reader: Reader, happened: &Happened, now: Moment, facts: &impl Facts) -> Option<VisibleScope> {
    let own = match reader {
        Reader::Overseer => return Some(VisibleScope::Everything),
        Reader::Decider => return None,
        Reader::User(user) => user.tenant,
    };
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
