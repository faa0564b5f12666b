//! What the state takes in: whole commits of events that follow from what was recorded before, and nothing else.

use crate::given::*;
use procura_domain::{
    event::Event,
    state::{Committed, FoldError, State},
    temporal::{EventRef, Position},
    vocabulary::Pair,
};
use serde_json::{Value, json};

fn pair(customer: &str, partner: &str) -> Value {
    json!({"customer": customer, "partner": partner})
}

fn member(partner: &str, who: Who) -> Value {
    json!({"partner": partner, "group": "AdminAgents", "user": who.id()})
}

fn role(tenant: &str, who: Who) -> Value {
    json!({"tenant": tenant, "user": who.id(), "role": "GlobalAdministrator"})
}

fn named(kind: &str, id: &str) -> Value {
    json!({kind: id, "name": "Contoso", "domain": "contoso.com"})
}

fn sent(invitation: &str, partner: &str) -> Value {
    json!({
        "invitation": invitation, "partner": partner, "delegatedAdmin": true, "locale": "en", "uses": "once",
        "expiresAt": "2021-01-01T00:00:00Z",
    })
}

fn accepted(invitation: &str, partner: &str, customer: &str) -> Value {
    json!({"invitation": invitation, "partner": partner, "customer": customer})
}

fn subscribed(customer: &str, partner: Option<&str>, id: &str) -> Value {
    let mut data = json!({"customer": customer, "subscription": id, "kind": "azure", "name": "Production"});
    if let Some(partner) = partner {
        data["partner"] = partner.into();
    }
    data
}

fn assigned(subscription: &str, id: &str, to: Who) -> Value {
    let mut data = assignment(subscription, id, "Reader", to);
    data["origin"] = "assigned".into();
    data
}

fn device_for(customer: &str, id: &str) -> Value {
    let mut data = a_device(id, json!({"partner": P}));
    data["customer"] = customer.into();
    data
}

/// With DAP, an Azure subscription of C's own on which CG is Owner (A1), PS Reader (A2), and a device.
fn before() -> World {
    let world = with_dap().and([d_arrives()]).and(arrives(QG, QA));
    world.and([registers(S1, A1), assigns(CG, S1, A2, "Reader", PS), adds_device(PA, V1)])
}

/// Which event does not fit, and what of it.
#[track_caller]
fn what_is_unfit(error: FoldError) -> (EventRef, String) {
    let FoldError::Unfit { event, precondition } = error else { panic!("{error}") };
    (event, precondition.to_string())
}

/// What an event that does not fit is told.
#[track_caller]
fn unfit(event_type: &str, data: Value, expected: &str) {
    unfit_in(&before(), event_type, data, expected);
}

/// What an event that does not fit what happened before, in a world with DAP, is told.
#[track_caller]
pub(crate) fn unfit_in(world: &World, event_type: &str, data: Value, expected: &str) {
    let head = world.state.timeline.head();
    let shown = format!("{event_type} {data}");
    let commit = world.commit(vec![event(event_type, data)]);
    let mut state = world.state.clone();
    let as_it_was = format!("{state:?}");
    let Err(error) = state.fold(&commit) else { panic!("{shown}: it fits") };
    let told = error.to_string();
    let (unfit, what) = what_is_unfit(error);
    assert_eq!(unfit, event_ref(&format!("{event_type}@{}", head.0 + 1)), "{shown}");
    assert!(what.starts_with(expected), "{shown}: {what}");
    assert_eq!(told, format!("{unfit} does not fit what was recorded before it: {what}"));
    // The state is as it was, and goes on from there.
    assert_eq!(format!("{state:?}"), as_it_was, "{shown}");
    state.fold(&world.commit(vec![event("DapRevoked", pair(C, P))])).unwrap();
}

#[test]
fn what_an_event_begins_must_not_be_there() {
    let rows = [
        ("PartnerRegistered", named("partner", P), "it begins Tenant("),
        ("PartnerRegistered", named("partner", C), "it begins Tenant("),
        ("CustomerRegistered", named("customer", C), "it begins Tenant("),
        ("CustomerRegistered", named("customer", P), "it begins Tenant("),
        ("DirectoryRoleAssigned", role(C, CG), "it begins DirectoryRole("),
        ("GroupMemberAdded", member(P, PA), "it begins Membership("),
        ("InvitationSent", sent(I, P), "it begins Invitation("),
        ("RelationshipEstablished", pair(C, P), "it begins Relationship("),
        ("DapGranted", pair(C, P), "it begins Dap("),
        ("SubscriptionProvisioned", subscribed(C, Some(P), S1), "it begins Subscription("),
        ("SubscriptionRegistered", subscribed(C, None, S1), "it begins Subscription("),
        ("RoleAssigned", assigned(S1, A1, PU), "it begins RoleAssignmentId("),
        ("RoleAssigned", assigned(S1, A2, PU), "it begins RoleAssignmentId("),
        ("DeviceAdded", device_for(C, V1), "it begins DeviceId("),
        ("DeviceAdded", device_for(D, V1), "it begins DeviceId("),
    ];
    for (event_type, data, expected) in rows {
        unfit(event_type, data, expected);
    }
}

#[test]
fn what_an_event_needs_must_be_there() {
    let rows = [
        ("DirectoryRoleAssigned", role(X, CG), "it needs Tenant("),
        ("GroupMemberAdded", member(X, PU), "it needs Partner("),
        ("GroupMemberAdded", member(C, PU), "it needs Partner("),
        ("InvitationSent", sent(K, X), "it needs Partner("),
        ("InvitationSent", sent(K, C), "it needs Partner("),
        ("InvitationAccepted", accepted(NONE, P, C), "it needs Invitation("),
        ("InvitationAccepted", accepted(I, X, C), "it needs Partner("),
        ("InvitationAccepted", accepted(I, P, X), "it needs Customer("),
        ("RelationshipEstablished", pair(X, P), "it needs Customer("),
        ("RelationshipEstablished", pair(P, P), "it needs Customer("),
        ("RelationshipEstablished", pair(C, X), "it needs Partner("),
        ("RelationshipEstablished", pair(C, D), "it needs Partner("),
        ("DapGranted", pair(C, Q), "it needs Relationship("),
        ("DapGranted", pair(D, P), "it needs Relationship("),
        ("SubscriptionProvisioned", subscribed(X, Some(P), S2), "it needs Customer("),
        ("SubscriptionProvisioned", subscribed(C, Some(X), S2), "it needs Partner("),
        ("SubscriptionRegistered", subscribed(X, None, S2), "it needs Customer("),
        ("SubscriptionRegistered", subscribed(P, None, S2), "it needs Customer("),
        ("RoleAssigned", assigned(S2, A3, PU), "it needs Subscription("),
        ("RoleAssigned", assigned(S1, A3, STRANGER), "it needs Tenant("),
        ("DeviceAdded", device_for(X, V2), "it needs Customer("),
        ("DeviceAdded", device_for(P, V2), "it needs Customer("),
    ];
    for (event_type, data, expected) in rows {
        unfit(event_type, data, expected);
    }
}

#[test]
fn what_an_event_ends_must_be_there() {
    let removed = |subscription, id| assignment(subscription, id, "Reader", PS);
    let rows = [
        ("GroupMemberRemoved", member(P, PU), "it ends Membership("),
        ("GroupMemberRemoved", member(Q, PA), "it ends Membership("),
        ("RelationshipEnded", pair(C, Q), "it ends Relationship("),
        ("RelationshipEnded", pair(D, P), "it ends Relationship("),
        ("DapRevoked", pair(C, Q), "it ends Dap("),
        ("RoleAssignmentRemoved", removed(S1, NONE), "it ends RoleAssignment("),
        ("RoleAssignmentRemoved", removed(S1, A3), "it ends RoleAssignment("),
    ];
    for (event_type, data, expected) in rows {
        unfit(event_type, data, expected);
    }
}

#[test]
fn what_has_ended_is_not_there() {
    let pair = || pair(C, P);
    let ends = [
        ("GroupMemberRemoved", member(P, PA)),
        ("DapRevoked", pair()),
        ("RelationshipEnded", pair()),
        ("RoleAssignmentRemoved", assignment(S1, A2, "Reader", PS)),
    ];
    let mut world = before();
    for (event_type, data) in ends {
        world = world.and([happened([event(event_type, data.clone())])]);
        let again = world.commit(vec![event(event_type, data)]);
        assert!(world.state.fold(&again).is_err(), "{event_type}");
    }
    let granted = world.commit(vec![event("DapGranted", pair())]);
    assert!(world.state.fold(&granted).is_err(), "without a relationship");
    // It may begin again; a role assignment under another id alone.
    let old = world.commit(vec![event("RoleAssigned", assigned(S1, A2, PS))]);
    assert!(world.state.fold(&old).is_err(), "the id of what has ended");
    let begins = [
        ("GroupMemberAdded", member(P, PA)),
        ("RelationshipEstablished", pair()),
        ("DapGranted", pair()),
        ("RoleAssigned", assigned(S1, A3, PS)),
    ];
    begins.into_iter().fold(world, |world, (event_type, data)| world.and([happened([event(event_type, data)])]));
}

/// A commit of these events, in a world before which nothing happened but P and C.
fn takes(events: impl IntoIterator<Item = Event>) -> Result<(), u64> {
    let mut world = world();
    let commit = world.commit(events.into_iter().collect());
    world.state.fold(&commit).map_err(|error| what_is_unfit(error).0.position.0)
}

#[test]
fn events_of_one_commit_build_on_each_other() {
    let established = || event("RelationshipEstablished", pair(C, P));
    let granted = || event("DapGranted", pair(C, P));
    let revoked = || event("DapRevoked", pair(C, P));
    let ended = || event("RelationshipEnded", pair(C, P));
    let provisioned = || event("SubscriptionProvisioned", subscribed(C, Some(P), S1));
    let owner = || event("RoleAssigned", assigned(S1, A1, P_ADMINS));
    let tenant = || event("CustomerRegistered", named("customer", D));
    let fits: [Vec<Event>; 6] = [
        vec![established(), granted()],
        vec![established(), granted(), revoked(), ended()],
        vec![provisioned(), owner()],
        vec![tenant(), event("DirectoryRoleAssigned", role(D, DG)), event("RelationshipEstablished", pair(D, P))],
        vec![
            event("PartnerRegistered", named("partner", Q)),
            event("GroupMemberAdded", member(Q, QA)),
            event("InvitationSent", sent(K, Q)),
            event("InvitationAccepted", accepted(K, Q, C)),
        ],
        vec![],
    ];
    for events in fits {
        assert_eq!(takes(events.clone()), Ok(()), "{events:?}");
    }
    // The position of the event that does not fit; 8 is the head.
    let unfit: [(u64, Vec<Event>); 8] = [
        (9, vec![granted(), established()]),
        (9, vec![owner(), provisioned()]),
        (10, vec![established(), established()]),
        (11, vec![established(), granted(), granted()]),
        (10, vec![tenant(), tenant()]),
        (10, vec![tenant(), event("PartnerRegistered", named("partner", D))]),
        (10, vec![tenant(), event("GroupMemberAdded", member(D, PU))]),
        (11, vec![provisioned(), owner(), owner()]),
    ];
    for (position, events) in unfit {
        assert_eq!(takes(events.clone()), Err(position), "{events:?}");
    }
}

#[test]
fn what_ends_within_a_commit_is_not_there_any_more() {
    let [established, ended, granted, revoked] =
        ["RelationshipEstablished", "RelationshipEnded", "DapGranted", "DapRevoked"]
            .map(|event_type| event(event_type, pair(C, P)));
    let provisioned = event("SubscriptionProvisioned", subscribed(C, Some(P), S1));
    let owner = event("RoleAssigned", assigned(S1, A1, P_ADMINS));
    let removed = event("RoleAssignmentRemoved", assignment(S1, A1, "Reader", P_ADMINS));
    let rows = [
        (Err(11), vec![&established, &ended, &ended]),
        (Err(11), vec![&established, &ended, &granted]),
        (Err(12), vec![&established, &granted, &revoked, &revoked]),
        (Err(12), vec![&provisioned, &owner, &removed, &removed]),
        (Ok(()), vec![&provisioned, &owner, &removed]),
        (Ok(()), vec![&established, &granted, &revoked, &granted]),
        (Ok(()), vec![&established, &ended, &established]),
    ];
    for (expected, events) in rows {
        assert_eq!(takes(events.iter().map(|event| (*event).clone())), expected, "{events:?}");
    }
    // … also what was there before the commit.
    for (events, expected) in [([&revoked, &revoked], Err(13)), ([&revoked, &granted], Ok(()))] {
        let mut world = with_dap();
        let commit = world.commit(events.map(Clone::clone).to_vec());
        assert_eq!(
            world.state.fold(&commit).map_err(|error| what_is_unfit(error).0.position.0),
            expected,
            "{events:?}"
        );
    }
}

#[test]
fn an_assignment_that_is_in_force_is_not_assigned_again() {
    // SUB-7: the same principal, role and subscription, under another id.
    unfit("RoleAssigned", assigned(S1, A3, PS), "it ");
}

#[test]
fn a_removal_says_which_assignment_ends() {
    let elsewhere =
        [assignment(S1, A2, "Owner", PS), assignment(S1, A2, "Reader", PU), assignment(S2, A2, "Reader", PS)];
    for data in elsewhere {
        unfit("RoleAssignmentRemoved", data, "it ");
    }
    // Removed and assigned anew in one commit, under another id.
    let removed = || event("RoleAssignmentRemoved", assignment(S1, A2, "Reader", PS));
    let again = |id| event("RoleAssigned", assigned(S1, id, PS));
    for (events, fits) in [([removed(), again(A3)], true), ([removed(), again(A2)], false)] {
        let mut world = before();
        let commit = world.commit(events.to_vec());
        assert_eq!(world.state.fold(&commit).is_ok(), fits, "{events:?}");
    }
}

#[test]
fn what_happens_to_a_thing_happens_in_its_tenant() {
    let mut moved = assigned(S1, A3, PU);
    moved["customer"] = D.into();
    unfit("RoleAssigned", moved, "it needs Active(");
    let mut moved = assignment(S1, A2, "Reader", PS);
    moved["customer"] = D.into();
    unfit("RoleAssignmentRemoved", moved, "it needs SubscriptionOf(");
    // An invitation is one partner's, and accepted by a customer once.
    unfit("InvitationAccepted", accepted(I, Q, D), "it ");
    unfit("InvitationAccepted", accepted(I, P, C), "it ");
}

#[test]
fn hardware_is_registered_once() {
    let mut same = device_for(D, V2);
    same["serialNumber"] = V1.into();
    unfit("DeviceAdded", same, "it ");
}

#[test]
fn a_relationship_does_not_end_under_delegated_admin() {
    // REL-4: DapRevoked, then RelationshipEnded.
    unfit("RelationshipEnded", pair(C, P), "it ");
}

#[test]
fn a_commit_follows_the_one_before() {
    let world = with_dap();
    let revoked = || world.commit(vec![event("DapRevoked", pair(C, P))]);
    let (next, newest) = (revoked().at, time("2020-06-19T08:06:00Z"));
    let rows = [
        (0, next),
        (1, next),
        (11, next),
        (13, next),
        (u64::MAX, next),
        (12, newest),
        (12, time("2020-06-19T08:05:59.999999Z")),
        (11, newest),
    ];
    for (first, at) in rows.map(|(first, at)| (Position(first), at)) {
        let error = world.state.clone().fold(&Committed { first, at, ..revoked() }).unwrap_err();
        assert_eq!(error, FoldError::NotNext { first, at, head: Position(11), newest: Some(newest) });
        let told = format!("a commit at position {first}, {at}, does not follow one that ended at 11");
        assert!(error.to_string().starts_with(&told), "{error}");
    }
    let at = time("2020-06-19T08:06:00.000001Z");
    assert_eq!(world.state.clone().fold(&Committed { at, ..revoked() }), Ok(()));
    // The first of all is at 1, at whatever time; what does not follow is told before what does not fit.
    let (mut state, at) = (State::default(), time("1970-01-01T00:00:00Z"));
    for first in [Position(0), Position(2)] {
        let error = state.fold(&Committed { first, at, ..revoked() }).unwrap_err();
        assert_eq!(error, FoldError::NotNext { first, at, head: Position(0), newest: None });
    }
    let events = vec![event("PartnerRegistered", named("partner", P))];
    assert_eq!(state.fold(&Committed { first: Position(1), at, by: somebody(), events }), Ok(()));
}

#[test]
fn a_commit_that_does_not_fit_leaves_nothing_of_it() {
    let world = world();
    let mut state = world.state.clone();
    let events = vec![
        event("RelationshipEstablished", pair(C, P)),
        event("GroupMemberAdded", member(P, PU)),
        event("DapGranted", pair(C, Q)),
    ];
    let error = state.fold(&world.commit(events)).unwrap_err();
    assert_eq!(what_is_unfit(error).0, event_ref("DapGranted@11"));
    assert!(state.between(Pair { customer: C.parse().unwrap(), partner: P.parse().unwrap() }).is_none());
    assert_eq!(state.timeline.head(), Position(8));
    assert_eq!(state.customers_of(P.parse().unwrap()).count(), 0);
}

#[test]
fn a_commit_has_its_end_and_its_time() {
    let world = with_dap();
    let ends =
        [0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11].map(|position| world.state.timeline.commit_end(Position(position)).0);
    assert_eq!(ends, [0, 2, 2, 3, 5, 7, 7, 8, 11, 11, 11]);
    let timeline = &world.state.timeline;
    assert_eq!(timeline.newest(), Some(time("2020-06-19T08:06:00Z")));
    assert_eq!(timeline.recorded_at(Position(9)), Some(time("2020-06-19T08:06:00Z")));
    assert_eq!(timeline.recorded_at(Position(8)), Some(time("2020-06-19T08:05:00Z")));
    assert_eq!(timeline.position_at(time("2020-06-19T08:05:59.999999Z")), Position(8));
}
