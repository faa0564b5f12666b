//! What follows from the rows of a snapshot: which things belong to which, and what counts only now.

use crate::{
    id::{DeviceId, ObjectId, TenantId},
    store::{
        AssignmentKey, Concerning, DescribedKey, DeviceRow, GivenKey, GrantedNumber, HardwareIndex, MemberOf,
        MembershipKey, PairRow, PrincipalKey, Store, SubscriptionNumber, SubscriptionRow, TenantNumber,
        index::Index,
        periods::PackedRef,
        table::{Key, Number, Table},
    },
    temporal::Position,
    vocabulary::{DirectoryRole, ResourceRole},
};
use foldhash::quality::RandomState;
use std::{
    collections::{BTreeSet, HashMap},
    thread,
};

/// Makes all of it: on threads, of which two at a time have something to do.
pub(super) fn derive(store: &mut Store) {
    let (mut registered, mut devices_of) = Default::default();
    let tenants = store.tenants.len();
    let devices = std::mem::take(&mut store.devices);
    thread::scope(|scope| {
        scope.spawn(|| (registered, devices_of) = (HardwareIndex::of(&devices), by_customer(tenants, &devices)));
        lists(store);
        counts(store);
        indexes(store);
    });
    (store.hardware, store.devices_of, store.devices) = (registered, devices_of, devices);
}

fn by_customer(tenants: u32, devices: &Table<DeviceId, DeviceRow>) -> Index<TenantNumber, DeviceId> {
    let all = numbers(devices).map(|number| (devices.row(number).customer, devices.key(number), number));
    Index::sized(tenants).filled(all)
}

fn numbers<K: Key, R: Default>(table: &Table<K, R>) -> impl Iterator<Item = Number<K>> + Clone + use<K, R> {
    (0..table.len()).map(Number::new)
}

/// The lists of one thing's rows in another's, oldest first: rows are numbered as they came.
fn lists(store: &mut Store) {
    for number in numbers(&store.invitations) {
        let partner = store.invitations.row(number).partner;
        store.numbers.push(&mut store.tenants.row_mut(partner).sent, number.get());
    }
    for number in numbers(&store.service_requests) {
        let pair = store.service_requests.row(number).pair;
        store.numbers.push(&mut store.pairs.row_mut(pair).service_requests, number.get());
        let customer = store.pairs.row(pair).sides.customer;
        store.numbers.push(&mut store.tenants.row_mut(customer).opened, number.get());
    }
    for number in numbers(&store.applied) {
        let profile = store.applied.key(number).profile;
        store.numbers.push(&mut store.profiles.row_mut(profile).origins, number.get());
    }
    given(store);
}

/// Which of a customer's grants each tenant was given.
fn given(store: &mut Store) {
    let mut places = Vec::new();
    for customer in numbers(&store.tenants) {
        let grants = store.grants.get(store.tenants.row(customer).grants);
        let to = grants.iter().map(|grant| match grant.granted {
            GrantedNumber::Explicit(_) => customer,
            GrantedNumber::Relationship(pair) | GrantedNumber::Dap(pair) => store.pairs.row(pair).sides.partner,
            GrantedNumber::Assignment(assignment) => store.assignments.key(assignment).principal.tenant,
        });
        places.clear();
        places.extend(to.zip(0_u32..));
        places.sort_unstable();
        for of_tenant in places.chunk_by(|(one, _), (next, _)| one == next) {
            if let Some((tenant, _)) = of_tenant.first()
                && let Some(given) = store.given.find(GivenKey { customer, tenant: *tenant })
            {
                let list = &mut store.given.row_mut(given).grants;
                of_tenant.iter().for_each(|(_, place)| store.numbers.push(list, *place));
            }
        }
    }
}

/// What there is now.
fn counts(store: &mut Store) {
    for number in numbers(&store.memberships) {
        let MembershipKey { tenant, of, .. } = store.memberships.key(number);
        if of.role() == Some(DirectoryRole::GlobalAdministrator) && store.memberships.row(number).now().is_some() {
            store.tenants.row_mut(tenant).global_administrators += 1;
        }
    }
    // By number, since their ids would have to be looked up first.
    let mut pairs = HashMap::with_capacity_and_hasher(store.pairs.len() as usize, RandomState::default());
    for number in numbers(&store.pairs) {
        let row = store.pairs.row_mut(number);
        pairs.insert((row.sides.customer, row.sides.partner), number);
        let ended = row.active.view(&store.older).newest(Position(u64::MAX)).and_then(|newest| newest.until);
        for disclosed in &mut row.disclosed {
            disclosed.ended = ended.map(PackedRef::from).unwrap_or_default();
        }
    }
    for number in numbers(&store.subscriptions) {
        let SubscriptionRow { customer, provisioned_by, cancelled, .. } = *store.subscriptions.row(number);
        let partner = provisioned_by.filter(|_| cancelled == PackedRef::default());
        if let Some(pair) = partner.and_then(|partner| pairs.get(&(customer, partner))) {
            store.pairs.row_mut(*pair).active_subscriptions += 1;
        }
    }
    for number in numbers(&store.assignments) {
        let AssignmentKey { subscription, principal, role } = store.assignments.key(number);
        let Some(in_force) = store.assignments.row(number).view(&store.older_assigned).at(Position(u64::MAX)) else {
            continue;
        };
        let row = store.subscriptions.row_mut(subscription);
        row.owners += u32::from(usize::from(role) == ResourceRole::Owner as usize);
        let customer = row.customer;
        let pair = principal.group().and_then(|group| Some((group, pairs.get(&(customer, principal.tenant))?)));
        if let Some((group, pair)) = pair
            && let Some(disclosed) = store.pairs.row_mut(*pair).disclosed.get_mut(group)
        {
            disclosed.held += 1;
            let ended = disclosed.ended.event();
            disclosed.kept += u32::from(ended.is_some_and(|ended| in_force.from.position <= ended.position));
        }
    }
}

/// In the order of ids, those of roles on a thread of their own.
fn indexes(store: &mut Store) {
    let seen = &*store;
    let tenants = seen.tenants.len();
    let (mut users_with_roles, mut customers_with_roles, mut concerning) = Default::default();
    let described_of = Index::sized(tenants).filled(numbers(&seen.described).map(|number| {
        let DescribedKey { tenant, user } = seen.described.key(number);
        (tenant, seen.users.key(user), number)
    }));
    let (registered, members, pairs_of, subscriptions_of, profiles_of, given_to) = thread::scope(|scope| {
        scope.spawn(|| {
            users_with_roles = role_holders(seen);
            (customers_with_roles, concerning) = held_at(seen);
        });
        let registered = Index::default().filled(numbers(&seen.tenants).filter_map(|number| {
            let is_registered = seen.tenants.row(number).registered != PackedRef::default();
            is_registered.then(|| ((), seen.tenants.key(number), number))
        }));
        let members =
            Index::sized(tenants.saturating_mul(MemberOf::COUNT)).filled(numbers(&seen.memberships).map(|number| {
                let MembershipKey { tenant, user, of } = seen.memberships.key(number);
                ((tenant, of), seen.users.key(user), number)
            }));
        let pairs_of = Index::sized(tenants).filled(numbers(&seen.pairs).flat_map(|number| {
            let (ids, PairRow { sides, active, .. }) = (seen.pairs.key(number), seen.pairs.row(number));
            let had_relationship = !active.is_empty();
            let both = [(sides.customer, ids.partner.into(), number), (sides.partner, ids.customer.into(), number)];
            both.into_iter().filter(move |_| had_relationship)
        }));
        let subscriptions_of = Index::sized(tenants).filled(
            numbers(&seen.subscriptions)
                .map(|number| (seen.subscriptions.row(number).customer, seen.subscriptions.key(number), number)),
        );
        let profiles_of = Index::sized(tenants).filled(
            numbers(&seen.profiles)
                .map(|number| (seen.profiles.row(number).customer, seen.profiles.key(number), number)),
        );
        let given_to = Index::sized(tenants).filled(numbers(&seen.given).map(|number| {
            let GivenKey { customer, tenant } = seen.given.key(number);
            (customer, seen.tenants.key(tenant), number)
        }));
        (registered, members, pairs_of, subscriptions_of, profiles_of, given_to)
    });
    (store.registered, store.members, store.pairs_of) = (registered, members, pairs_of);
    (store.subscriptions_of, store.profiles_of, store.given_to) = (subscriptions_of, profiles_of, given_to);
    (store.users_with_roles, store.customers_with_roles) = (users_with_roles, customers_with_roles);
    (store.concerning, store.described_of) = (concerning, described_of);
}

/// The users that ever held roles on each subscription.
fn role_holders(store: &Store) -> Index<(SubscriptionNumber, TenantNumber), ObjectId> {
    Index::default().filled(numbers(&store.assignments).filter_map(|number| {
        let AssignmentKey { subscription, principal, .. } = store.assignments.key(number);
        principal.user_number().map(|user| ((subscription, principal.tenant), store.users.key(user), user))
    }))
}

/// The customers on whose subscriptions tenants held roles, and those subscriptions, with the ones that they provisioned.
fn held_at(store: &Store) -> (Index<TenantNumber, TenantId>, Concerning) {
    let holders = numbers(&store.assignments).map(|number| {
        let AssignmentKey { subscription, principal: PrincipalKey { tenant, .. }, .. } = store.assignments.key(number);
        (tenant, store.subscriptions.row(subscription).customer, subscription)
    });
    let tenant_id = |tenant| store.tenants.key(tenant);
    let customers: BTreeSet<_> =
        holders.clone().map(|(tenant, customer, _)| (tenant, tenant_id(customer), customer)).collect();
    let customers = Index::sized(store.tenants.len()).filled(customers.iter().copied());
    let provisioned = numbers(&store.subscriptions).filter_map(|number| {
        let SubscriptionRow { customer, provisioned_by, .. } = *store.subscriptions.row(number);
        provisioned_by.map(|partner| (partner, customer, number))
    });
    let mut concerning: Vec<_> = holders
        .chain(provisioned)
        .map(|(tenant, customer, number)| {
            (tenant, tenant_id(customer).as_customer(), store.subscriptions.key(number), number)
        })
        .collect();
    concerning.sort_unstable();
    (customers, concerning.into_iter().collect())
}
