//! What things are called, by their ids: for people to read in place of them.

use crate::{
    AsOf, Error,
    find::{FoundThing, ThingKind},
};
use procura_domain::{
    access::{
        CustomerAction, DeviceAction, Named, PartnerAction, ProfileAction, Resource, Subject, SubscriptionAction,
    },
    id::{CustomerId, DeviceId, ProfileId, SubscriptionId, TenantId},
    state::State,
    temporal::Moment,
    visibility::{Reader, can_see, knows_user},
    vocabulary::{TenantKind, User},
};
use procura_engine::{Engine, When};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How many ids one request names at most.
pub const LABELS_MAX: usize = 100;

/// Whose names are wanted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelsRequest {
    /// Ids of tenants, subscriptions, devices and profiles, and users as `tenant/user`; with commas between them.
    pub ids: String,
}

/// Names, of things that the reader knows of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labels {
    pub items: Vec<FoundThing>,
}

/// What those are called now that the reader knows of; the others are left out.
///
/// # Errors
/// If more are asked for than [`LABELS_MAX`], or something is no id.
pub async fn labels(engine: &Engine, reader: Reader, request: &LabelsRequest) -> Result<AsOf<Labels>, Error> {
    let now = engine.moment(When::Now)?;
    let ids: Vec<&str> = request.ids.split(',').filter(|id| !id.is_empty()).collect();
    if ids.len() > LABELS_MAX {
        return Err(Error::invalid_request(format!("`ids`: {} ids; at most {LABELS_MAX}", ids.len())));
    }
    let mut items = Vec::with_capacity(ids.len());
    for id in ids {
        if let Ok(user) = id.parse::<User>() {
            items.extend(of_user(engine, reader, user, now).await?);
            continue;
        }
        let guid =
            id.parse().map_err(|_| Error::invalid_request(format!("`ids`: `{}` is no id", id.escape_debug())))?;
        items.extend(engine.read(|state| of_thing(state, reader, guid, now)));
    }
    Ok(AsOf { at: now, answer: Labels { items } })
}

async fn of_user(engine: &Engine, reader: Reader, user: User, now: Moment) -> Result<Option<FoundThing>, Error> {
    if !engine.read(|state| knows_user(reader, user, now, state)) {
        return Ok(None);
    }
    let people = engine.people([user]).await?;
    let place = engine.read(|state| state.tenant(user.tenant).map(|tenant| tenant.name().to_owned()));
    let (Some(name), Some(place)) = (people.shown(user), place) else { return Ok(None) };
    Ok(Some(FoundThing {
        kind: ThingKind::User,
        id: user.to_string(),
        name: name.to_owned(),
        place,
        tenant: Some(user.tenant),
    }))
}

fn of_thing(state: &State, reader: Reader, guid: Uuid, now: Moment) -> Option<FoundThing> {
    let sees = |resource: Resource| match reader {
        Reader::Overseer => true,
        Reader::Decider => false,
        Reader::User(user) => can_see(&Subject::User(user), &resource, now, state),
    };
    let id = guid.to_string();
    if let Some(tenant) = state.tenant(TenantId::new(guid)) {
        let (kind, resource) = match tenant.kind() {
            TenantKind::Customer => {
                let customer = tenant.id().as_customer();
                (ThingKind::Customer, Resource::Customer(CustomerAction::View, customer, Named::default()))
            }
            TenantKind::Partner => {
                let partner = tenant.id().as_partner();
                (ThingKind::Partner, Resource::Partner(PartnerAction::ViewHistory, partner, None))
            }
        };
        let thing = || FoundThing {
            kind,
            id,
            name: tenant.name().to_owned(),
            place: tenant.domain().to_owned(),
            tenant: Some(tenant.id()),
        };
        return sees(resource).then(thing);
    }
    let place = |customer: CustomerId| state.tenant(customer.into()).map(|tenant| tenant.name().to_owned());
    let (kind, name, customer) = if let Some(found) = state.subscription(SubscriptionId::new(guid)) {
        sees(Resource::Subscription(SubscriptionAction::Read, found.id())).then_some(())?;
        (ThingKind::Subscription, found.name().to_string(), found.customer())
    } else if let Some(found) = state.device(DeviceId::new(guid)) {
        sees(Resource::Device(DeviceAction::Manage, found.id())).then_some(())?;
        (ThingKind::Device, found.hardware().serial_number.to_string(), found.customer())
    } else {
        let found = state.profile(ProfileId::new(guid))?;
        sees(Resource::Profile(ProfileAction::Update, found.id())).then_some(())?;
        (ThingKind::Profile, found.content(now.position)?.name.to_string(), found.customer())
    };
    Some(FoundThing { kind, id, name, place: place(customer)?, tenant: Some(customer.into()) })
}
