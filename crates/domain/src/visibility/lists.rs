//! How far a reader sees in lists (VIS-1, VIS-2, VIS-4).

use super::{
    Reader, VisibleScope,
    can_see::{is_agent, is_global_administrator},
};
use crate::{
    access::Subject,
    aggregate::tenant::Tenant,
    id::{CustomerId, Id, PartnerId, TenantId},
    state::State,
    temporal::Moment,
    vocabulary::TenantKind,
};

impl VisibleScope {
    /// What of it concerns the partner that was asked about. `None`: nothing, another partner was named.
    pub fn narrowed(self, asked: Option<PartnerId>) -> Option<Self> {
        match (self, asked) {
            (_, None) => Some(self),
            (Self::Everything, Some(partner)) => Some(Self::Partner(partner)),
            (Self::Partner(own), Some(partner)) => (own == partner).then_some(self),
        }
    }

    /// The one partner that everything inside concerns.
    pub fn partner(self) -> Option<PartnerId> {
        match self {
            Self::Everything => None,
            Self::Partner(partner) => Some(partner),
        }
    }
}

impl Reader {
    /// A user as the subject of questions: lists show an agent what it may manage.
    pub fn subject(self) -> Option<Subject> {
        match self {
            Self::User(user) => Some(Subject::User(user)),
            Self::Overseer | Self::Decider => None,
        }
    }

    /// The customers of which the reader may see something, by id; of each, [`customer_scope`](super::customer_scope) says
    /// what. A user sees its own tenant at most, or its own partner's customers: as its administrator, or as an agent.
    pub fn customers(self, now: Moment, state: &State) -> Vec<CustomerId> {
        self.customers_from(now, state, CustomerId::MIN).collect()
    }

    /// Those from that one on.
    pub fn customers_from(self, now: Moment, state: &State, from: CustomerId) -> impl Iterator<Item = CustomerId> {
        let partner = match self {
            Self::User(user) if is_agent(&Subject::User(user), now, state) => Some(user.tenant.as_partner()),
            _ => None,
        };
        let all = (self == Self::Overseer).then(|| state.tenants_from(from.into()));
        let all = all.into_iter().flatten().filter(|tenant| tenant.kind() == TenantKind::Customer);
        let of_partner = partner.map(|partner| state.customers_from(partner, from));
        let own = match self {
            Self::User(user) if partner.is_none() => Some(user.tenant.as_customer()),
            _ => None,
        };
        let all = all.map(|tenant| tenant.id().as_customer());
        all.chain(of_partner.into_iter().flatten()).chain(own.filter(|own| *own >= from))
    }

    /// Where to look for the partners of which the reader may see something, from that one on, by id: a customer's Global
    /// administrator among the tenants that have or had access in its own (VIS-1), a partner's agents and Global
    /// administrators at their own (VIS-2), overseers everywhere. Not each of them is a partner: to look at one is as much
    /// as a row.
    pub fn partners_from(self, now: Moment, state: &State, from: PartnerId) -> impl Iterator<Item = PartnerId> {
        let (mut customer, mut own) = (None, None);
        if let Self::User(user) = self {
            let administers = is_global_administrator(user, user.tenant, now, state);
            match state.tenant(user.tenant).map(Tenant::kind) {
                Some(TenantKind::Customer) if administers => customer = Some(user.tenant.as_customer()),
                Some(TenantKind::Partner) if administers || is_agent(&Subject::User(user), now, state) => {
                    own = Some(user.tenant.as_partner());
                }
                _ => {}
            }
        }
        let all = (self == Self::Overseer).then(|| state.tenants_from(from.into()).map(Tenant::id));
        let of_customer = customer.map(|customer| state.tenants_with_access(customer, from.into()));
        let found = all.into_iter().flatten().chain(of_customer.into_iter().flatten());
        found.map(TenantId::as_partner).chain(own.filter(|own| *own >= from))
    }
}
