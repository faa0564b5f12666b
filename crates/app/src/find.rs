//! Things by what people call them: a tenant by its domain or name, a user by its user principal name, a subscription or
//! profile by its name, a device by its serial number.
//!
//! Only what the reader may know of is looked at, so the rest is unknown and costs nothing (VIS-3, VIS-7). A text that fits
//! several things finds them all: no change acts on one of them by guess (PEO-3).

use crate::{AsOf, Error, lists::List, turns::SEARCHES};
use procura_domain::{
    access::Subject,
    aggregate::tenant::Tenant,
    id::{CustomerId, DeviceId, Id, ProfileId, SubscriptionId, TenantId},
    named,
    state::State,
    temporal::Moment,
    text::UserPrincipalName,
    visibility::{self, Reader, VisibleScope, customer_scope, knows_user},
    vocabulary::TenantKind,
};
use procura_engine::{Engine, When};
use serde::{Deserialize, Serialize};

/// How many things are found at most.
pub const FOUND_MAX: usize = 20;
/// How many tenants and rows are looked at for one request.
const LOOKED_MAX: usize = 200_000;
/// How many tenants are looked at at once: commands go on being accepted in between.
const TENANTS_AT_ONCE: usize = 500;
/// How many rows.
const ROWS_AT_ONCE: usize = 500;

named! {
    /// What kind of thing is looked for.
    ThingKind {
        Customer "customer",
        Partner "partner",
        /// A customer or a partner.
        Tenant "tenant",
        User "user",
        Subscription "subscription",
        Device "device",
        Profile "profile",
    }
}

/// What is looked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FindRequest {
    /// What kind of thing.
    #[serde(rename = "type")]
    pub kind: ThingKind,
    /// What people call it; case makes no difference.
    pub text: String,
    /// In whose tenant, of things that are in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
}

/// What fits the text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    pub items: Vec<FoundThing>,
    /// Whether there may be more than these: more than so many are not looked for, nor among more than so many.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
}

/// A thing that fits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FoundThing {
    #[serde(rename = "type")]
    pub kind: ThingKind,
    /// Its id, as questions and commands take it; of a user `tenant/user`.
    pub id: String,
    /// Its name to show: a tenant's, a subscription's, a user's display name, a device's serial number.
    pub name: String,
    /// Where it is: a tenant's domain, or the name of the tenant that it is in.
    #[serde(rename = "in")]
    pub place: String,
    /// The tenant that it is in; of a tenant, itself. Not part of the answer over HTTP.
    #[serde(skip)]
    pub tenant: Option<TenantId>,
}

/// What fits the text, of what the reader knows of.
///
/// # Errors
/// If a user is looked for and the text is no user principal name.
pub async fn find(engine: &Engine, reader: Reader, request: FindRequest) -> Result<AsOf<Found>, Error> {
    let now = engine.moment(When::Now)?;
    let answer = found(engine, reader, request, now).await?;
    Ok(AsOf { at: now, answer })
}

async fn found(engine: &Engine, reader: Reader, request: FindRequest, now: Moment) -> Result<Found, Error> {
    let FindRequest { kind, text, customer } = request;
    if kind == ThingKind::User {
        return find_user(engine, reader, &text, now).await;
    }
    let looking = Looking { engine: engine.clone(), reader, now, text: text.to_lowercase() };
    SEARCHES
        .take(move || match kind {
            ThingKind::Customer => looking.tenants(|tenant| tenant.kind() == TenantKind::Customer),
            ThingKind::Partner => looking.tenants(|tenant| tenant.kind() == TenantKind::Partner),
            ThingKind::Tenant => looking.tenants(|_| true),
            ThingKind::User | ThingKind::Subscription | ThingKind::Device | ThingKind::Profile => {
                looking.in_customers(kind, customer)
            }
        })
        .await
}

/// The user with that user principal name: in the tenants that the reader knows of with the domain that the name has, and
/// in its own.
async fn find_user(engine: &Engine, reader: Reader, text: &str, now: Moment) -> Result<Found, Error> {
    let name = UserPrincipalName::new(text).map_err(|error| Error::invalid_parameter("text", error))?;
    let domain = name.rsplit('@').next().unwrap_or_default().to_lowercase();
    let looking = Looking { engine: engine.clone(), reader, now, text: domain };
    let mut tenants = SEARCHES.take(move || looking.ids()).await?;
    if let Reader::User(own) = reader
        && !tenants.contains(&own.tenant)
    {
        tenants.push(own.tenant);
    }
    let mut found = Found::default();
    for tenant in tenants {
        if let Some(user) = engine.user_named(tenant, &name).await?
            && engine.read(|state| knows_user(reader, user, now, state))
        {
            let people = engine.people([user]).await?;
            let shown = people.shown(user).unwrap_or(&name).to_owned();
            let place = engine.read(|state| state.tenant(tenant).map(|tenant| tenant.name().to_owned()));
            found.items.push(FoundThing {
                kind: ThingKind::User,
                id: user.to_string(),
                name: shown,
                place: place.unwrap_or_default(),
                tenant: Some(tenant),
            });
        }
    }
    Ok(found)
}

/// One request under way.
struct Looking {
    engine: Engine,
    reader: Reader,
    now: Moment,
    /// What is looked for, in lower case.
    text: String,
}

impl Looking {
    fn fits(&self, name: &str) -> bool {
        name.to_lowercase() == self.text
    }

    /// The tenants that fit by name or domain.
    fn tenants(&self, is_wanted: impl Fn(&Tenant<'_>) -> bool) -> Found {
        let mut found = Found::default();
        self.each_tenant(|tenant| {
            if is_wanted(&tenant) && (self.fits(tenant.name()) || self.fits(tenant.domain())) {
                let kind = match tenant.kind() {
                    TenantKind::Customer => ThingKind::Customer,
                    TenantKind::Partner => ThingKind::Partner,
                };
                found.items.push(FoundThing {
                    kind,
                    id: tenant.id().to_string(),
                    name: tenant.name().to_owned(),
                    place: tenant.domain().to_owned(),
                    tenant: Some(tenant.id()),
                });
            }
            found.items.len() <= FOUND_MAX
        });
        found.cut()
    }

    /// The tenants with that domain.
    fn ids(&self) -> Vec<TenantId> {
        let mut found = Vec::new();
        self.each_tenant(|tenant| {
            found.extend(self.fits(tenant.domain()).then(|| tenant.id()));
            found.len() < FOUND_MAX
        });
        found
    }

    /// Gives each tenant that the reader knows of, until told that it is enough.
    fn each_tenant(&self, mut each: impl FnMut(Tenant<'_>) -> bool) {
        let mut from = TenantId::MIN;
        loop {
            let tenants = self.engine.read(|state| {
                let known = tenants_known(self.reader, self.now, state, from, TENANTS_AT_ONCE + 1);
                for tenant in known.iter().take(TENANTS_AT_ONCE).filter_map(|id| state.tenant(*id)) {
                    if !each(tenant) {
                        return Vec::new();
                    }
                }
                known
            });
            match tenants.get(TENANTS_AT_ONCE) {
                Some(next) => from = *next,
                None => return,
            }
        }
    }

    /// What is in customers' tenants and fits.
    fn in_customers(&self, kind: ThingKind, customer: Option<CustomerId>) -> Found {
        let mut found = FoundRows { looking: self, kind, found: Found::default(), looked: 0 };
        let mut from = customer.unwrap_or(CustomerId::MIN);
        loop {
            let known = self.engine.read(|state| {
                let mut customers = self.reader.customers_from(self.now, state, from);
                let here = customers.next().filter(|here| customer.is_none_or(|only| only == *here))?;
                Some((here, customers.next().filter(|_| customer.is_none())))
            });
            let Some((here, next)) = known else { break };
            found.looked += 1;
            match kind {
                ThingKind::Subscription => found.rows(
                    SubscriptionId::MIN,
                    |state, from| {
                        let scope = customer_scope(self.reader, here, self.now, state)?;
                        Some(Box::new(procura_views::subscriptions(state, here, scope, self.now, from)))
                    },
                    |row| (row.id.to_string(), row.name),
                ),
                ThingKind::Device => found.rows(
                    DeviceId::MIN,
                    |state, from| {
                        let agent = self.agent(here, state)?;
                        Some(Box::new(procura_views::devices(state, here, agent, self.now, from)))
                    },
                    |row| (row.id.to_string(), row.hardware.serial_number.to_string()),
                ),
                ThingKind::Profile => found.rows(
                    ProfileId::MIN,
                    |state, from| {
                        let agent = self.agent(here, state)?;
                        Some(Box::new(procura_views::profiles(state, here, agent, self.now, from)))
                    },
                    |row| (row.id.to_string(), row.name),
                ),
                ThingKind::Customer | ThingKind::Partner | ThingKind::Tenant | ThingKind::User => {}
            }
            let place = || self.engine.read(|state| state.tenant(here.into()).map(|tenant| tenant.name().to_owned()));
            for thing in found.found.items.iter_mut().filter(|thing| thing.tenant.is_none()) {
                thing.place = place().unwrap_or_default();
                thing.tenant = Some(here.into());
            }
            match next {
                Some(next) if !found.is_enough() => from = next,
                Some(_) => {
                    found.found.more = true;
                    break;
                }
                None => break,
            }
        }
        found.found.cut()
    }

    /// The agent whose rights decide what is shown of the customer; none if all of it is. `None`: nothing is.
    fn agent(&self, customer: CustomerId, state: &State) -> Option<Option<Subject>> {
        let scope = customer_scope(self.reader, customer, self.now, state)?;
        Some(self.reader.subject().filter(|_| scope != VisibleScope::Everything))
    }
}

/// The rows that were looked at so far.
struct FoundRows<'l> {
    looking: &'l Looking,
    kind: ThingKind,
    found: Found,
    looked: usize,
}

impl FoundRows<'_> {
    fn is_enough(&self) -> bool {
        self.found.items.len() > FOUND_MAX || self.looked >= LOOKED_MAX
    }

    /// Looks at the rows of a list, a few at a time; each is told by its id and its name.
    fn rows<K: Copy, T>(
        &mut self,
        first: K,
        list: impl for<'s> Fn(&'s State, K) -> Option<List<'s, K, T>>,
        told: impl Fn(T) -> (String, String),
    ) {
        let (mut from, kind) = (Some(first), self.kind);
        while let Some(first) = from.filter(|_| !self.is_enough()) {
            from = self.looking.engine.read(|state| {
                let mut rest = list(state, first)?;
                for looked in rest.by_ref().take(ROWS_AT_ONCE) {
                    self.looked += 1;
                    let told = looked.row.map(&told).filter(|(_, name)| self.looking.fits(name));
                    let thing =
                        told.map(|(id, name)| FoundThing { kind, id, name, place: String::new(), tenant: None });
                    self.found.items.extend(thing);
                }
                rest.next().map(|looked| looked.key)
            });
        }
    }
}

impl Found {
    /// Not more than are shown.
    fn cut(mut self) -> Self {
        self.more |= self.items.len() > FOUND_MAX;
        self.items.truncate(FOUND_MAX);
        self
    }
}

/// The first tenants, from that one on, by id, that the reader knows of: all; or its own, with its partner's customers or,
/// for a customer's administrators, its partners.
fn tenants_known(reader: Reader, now: Moment, state: &State, from: TenantId, at_most: usize) -> Vec<TenantId> {
    match reader {
        Reader::Overseer => state.tenants_from(from).take(at_most).map(Tenant::id).collect(),
        Reader::Decider => Vec::new(),
        Reader::User(own) => {
            let customers = reader.customers_from(now, state, from.as_customer()).take(at_most).map(TenantId::from);
            let own_customer = own.tenant.as_customer();
            let sees_partners = visibility::sees_partner_relationships(reader, own_customer, now, state);
            let partners = state.relationships_from(own_customer, from.as_partner()).filter(|_| sees_partners);
            let partners = partners.take(at_most).map(|relationship| relationship.pair().partner.into());
            let itself = Some(own.tenant).filter(|own| *own >= from && state.tenant(*own).is_some());
            let mut known: Vec<TenantId> = customers.chain(partners).chain(itself).collect();
            known.sort_unstable();
            known.dedup();
            known.truncate(at_most);
            known
        }
    }
}
