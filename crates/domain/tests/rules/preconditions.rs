//! What the state takes in of what ends, goes on or comes to nothing; `fold` has what begins things.

use crate::{fold::unfit_in, given::*};
use procura_domain::{event::Event, state::FoldError};
use serde_json::{Value, json};

const S3: &str = "bbbbbbbb-0000-4000-8000-000000000003";
const THEIRS: &str = "ffffffff-0000-4000-8000-000000000009";
const REQUEST: &str = "e0000000-0000-4000-8000-000000000001";

fn pair(customer: &str, partner: &str) -> Value {
    json!({"customer": customer, "partner": partner})
}

fn role(tenant: &str, who: Who, role: &str) -> Value {
    json!({"tenant": tenant, "user": who.id(), "role": role})
}

fn of_invitation(invitation: &str, customer: &str) -> Value {
    json!({"invitation": invitation, "partner": P, "customer": customer})
}

fn withdrawal(invitation: &str, partner: &str) -> Value {
    json!({"invitation": invitation, "partner": partner})
}

fn of_subscription(customer: &str, subscription: &str) -> Value {
    json!({"customer": customer, "subscription": subscription})
}

fn tagged(customer: &str, device: &str) -> Value {
    json!({"customer": customer, "device": device, "groupTag": "Kiosk"})
}

fn of_device(customer: &str, device: &str) -> Value {
    json!({"customer": customer, "device": device})
}

fn profiled(customer: &str, profile: &str) -> Value {
    json!({"customer": customer, "profile": profile, "name": "Standard", "settings": {}})
}

fn of_profile(customer: &str, profile: &str) -> Value {
    json!({"customer": customer, "profile": profile})
}

fn requested(partner: &str, id: &str) -> Value {
    let what = json!({"title": "Mail", "severity": "minimal", "route": "adminPortal", "serviceRequest": id});
    extended(pair(C, partner), what)
}

/// With DAP: S1 of C's own, S2 cancelled; V1 with F1 and V2 without, V3 removed; F2 deleted; a device of D's; J declined
/// by C, K withdrawn; Q related and its contract renegotiated.
fn before() -> World {
    let theirs = extended(a_device(THEIRS, json!({"source": "intune"})), json!({"customer": D}));
    let sixth = "aaaaaaaa-0000-4000-8000-000000000006";
    with_dap()
        .and([d_arrives(), registers(S1, A1), registers(S2, A2), cancels(CG, S2)])
        .and([adds_device(PA, V1), adds_device(PA, V2), adds_device(PA, V3), did(DG, "AddDevice", theirs)])
        .and([did(PA, "RemoveDevice", of_device(C, V3)), makes_profile(CG, F1), makes_profile(CG, F2)])
        .and([applies(CG, F1, &[V1]), did(CG, "DeleteProfile", of_profile(C, F2))])
        .and([invites(PA, J, false), invites(PA, K, false), declines(CG, J), withdraws(PA, K)])
        .and(arrives(QG, QA))
        .and([invites(QA, sixth, false), accepts(CG, sixth), renegotiates(Q)])
}

/// Each of these events, in that world, is told this; the state is as it was.
#[track_caller]
fn unfit<const N: usize>(rows: [(&str, Value, &str); N]) {
    let world = before();
    for (event_type, data, expected) in rows {
        unfit_in(&world, event_type, data, expected);
    }
}

#[test]
fn roles_and_invitations_end_once() {
    unfit([
        ("DirectoryRoleRemoved", role(C, CU, "GlobalAdministrator"), "it ends DirectoryRole("),
        ("DirectoryRoleRemoved", role(C, CG, "HelpdeskAdministrator"), "it ends DirectoryRole("),
        ("DirectoryRoleRemoved", role(D, CG, "GlobalAdministrator"), "it ends DirectoryRole("),
        ("DirectoryRoleRemoved", role(X, CG, "GlobalAdministrator"), "it ends DirectoryRole("),
        ("InvitationWithdrawn", withdrawal(NONE, P), "it needs InvitationOf("),
        ("InvitationWithdrawn", withdrawal(J, Q), "it needs InvitationOf("),
        ("InvitationWithdrawn", withdrawal(K, P), "it begins Withdrawal("),
        ("InvitationDeclined", of_invitation(NONE, C), "it needs InvitationOf("),
        ("InvitationDeclined", extended(of_invitation(J, D), json!({"partner": Q})), "it needs InvitationOf("),
        ("InvitationDeclined", of_invitation(J, X), "it needs Customer("),
        ("InvitationDeclined", of_invitation(J, Q), "it needs Customer("),
        ("InvitationDeclined", of_invitation(J, C), "it begins Declination("),
        ("InvitationDeclined", of_invitation(I, C), "it excludes Acceptance("),
        ("InvitationAccepted", of_invitation(J, C), "it excludes Declination("),
        ("InvitationAccepted", of_invitation(K, C), "it excludes Withdrawal("),
    ]);
}

#[test]
fn what_is_withdrawn_is_not_declined() {
    // INV-7.
    unfit([("InvitationDeclined", of_invitation(K, C), "it excludes Withdrawal(")]);
}

#[test]
fn support_is_owed_while_it_is_owed() {
    unfit([
        ("ContractRenegotiated", pair(D, P), "it ends SupportOwed("),
        ("ContractRenegotiated", pair(C, X), "it ends SupportOwed("),
        ("ContractRenegotiated", pair(C, Q), "it ends SupportOwed("),
        ("ServiceRequestOpened", requested(Q, REQUEST), "it needs SupportOwed("),
        ("ServiceRequestOpened", requested(X, REQUEST), "it needs SupportOwed("),
        ("ServiceRequestOpened", extended(requested(P, REQUEST), json!({"customer": D})), "it needs SupportOwed("),
    ]);
}

#[test]
fn a_service_requests_id_is_its_own() {
    let world = before().and([happened([event("ServiceRequestOpened", requested(P, REQUEST))])]);
    unfit_in(&world, "ServiceRequestOpened", requested(P, REQUEST), "it ");
}

#[test]
fn a_subscription_is_renewed_and_cancelled_while_it_is_active() {
    for (event_type, expected) in
        [("SubscriptionRenewed", "it needs Active("), ("SubscriptionCancelled", "it ends Active(")]
    {
        // What there is not, what is another customer's, what is cancelled.
        unfit([
            (event_type, of_subscription(C, S3), expected),
            (event_type, of_subscription(D, S1), expected),
            (event_type, of_subscription(X, S1), expected),
            (event_type, of_subscription(C, S2), expected),
        ]);
    }
}

#[test]
fn nobody_is_assigned_a_role_on_a_cancelled_subscription() {
    // SUB-6.
    let assigned = extended(assignment(S2, A3, "Reader", PU), json!({"origin": "assigned"}));
    unfit([("RoleAssigned", assigned, "it ")]);
    // A role on it is removed still.
    let removed = event("RoleAssignmentRemoved", assignment(S2, A2, "Owner", CG));
    before().and([happened([removed])]);
}

#[test]
fn a_device_is_changed_while_it_is_there() {
    for (event_type, fields, expected) in [
        ("DeviceUpdated", tagged as fn(&str, &str) -> Value, "it needs Device("),
        ("DeviceRemoved", of_device, "it ends Device("),
    ] {
        // What there is not, what is another customer's, what was removed.
        unfit([
            (event_type, fields(C, NONE), expected),
            (event_type, fields(D, V1), expected),
            (event_type, fields(C, THEIRS), expected),
            (event_type, fields(C, V3), expected),
        ]);
    }
    // The id of a removed one is taken, its hardware is free.
    let again = a_device(V3, json!({"partner": P}));
    unfit([("DeviceAdded", again.clone(), "it begins DeviceId(")]);
    before().and([happened([event("DeviceAdded", extended(again, json!({"device": NONE})))])]);
}

#[test]
fn a_profile_is_changed_while_it_is_there() {
    unfit([
        ("ProfileCreated", profiled(X, S3), "it needs Customer("),
        ("ProfileCreated", profiled(P, S3), "it needs Customer("),
        ("ProfileCreated", profiled(C, F1), "it begins ProfileId("),
        ("ProfileCreated", profiled(D, F1), "it begins ProfileId("),
        ("ProfileCreated", profiled(C, F2), "it begins ProfileId("),
    ]);
    for (event_type, fields, expected) in [
        ("ProfileUpdated", profiled as fn(&str, &str) -> Value, "it needs Profile("),
        ("ProfileDeleted", of_profile, "it ends Profile("),
    ] {
        unfit([
            (event_type, fields(C, NONE), expected),
            (event_type, fields(D, F1), expected),
            (event_type, fields(C, F2), expected),
        ]);
    }
}

#[test]
fn a_profile_that_is_applied_is_not_deleted() {
    unfit([("ProfileDeleted", of_profile(C, F1), "it ")]);
    let removed = event("ProfileRemoved", on_devices(F1, &[V1]));
    before().and([happened([removed]), happened([event("ProfileDeleted", of_profile(C, F1))])]);
}

#[test]
fn a_profile_is_applied_to_devices_that_are_there() {
    let of_d = |devices: &[&str]| extended(on_devices(F1, devices), json!({"customer": D}));
    unfit([
        ("ProfileApplied", on_devices(NONE, &[V1]), "it needs Profile("),
        ("ProfileApplied", on_devices(F2, &[V1]), "it needs Profile("),
        ("ProfileApplied", of_d(&[THEIRS]), "it needs Profile("),
        ("ProfileApplied", on_devices(F1, &[V2, NONE]), "it needs Device("),
        ("ProfileApplied", on_devices(F1, &[V2, THEIRS]), "it needs Device("),
        ("ProfileApplied", on_devices(F1, &[V3, V2]), "it needs Device("),
        ("ProfileRemoved", on_devices(F1, &[V2]), "it ends Applied("),
        ("ProfileRemoved", on_devices(F1, &[V1, V2]), "it ends Applied("),
        ("ProfileRemoved", on_devices(F2, &[V1]), "it ends Applied("),
        ("ProfileRemoved", on_devices(F1, &[NONE]), "it ends Applied("),
        ("ProfileRemoved", on_devices(F1, &[V1, V1]), "it ends Applied("),
    ]);
    // The same again fits.
    before().and([happened([event("ProfileApplied", on_devices(F1, &[V1, V2]))])]);
}

#[test]
fn a_profile_is_removed_in_its_tenant() {
    unfit([("ProfileRemoved", extended(on_devices(F1, &[V1]), json!({"customer": D})), "it ")]);
}

#[test]
fn personal_data_is_erased_once_where_there_is_such_a_subject() {
    let erased = |subject: String, concerned: Value| extended(json!({"subject": subject}), concerned);
    let both = || json!({"customer": C, "partner": P});
    let of_device = |concerned: Value| erased(format!("device:{V1}"), concerned);
    unfit([
        ("PersonalDataErased", erased(format!("device:{NONE}"), both()), "it needs TenantsOfSubject("),
        ("PersonalDataErased", erased(format!("invitation:{V1}"), json!({"partner": P})), "it needs TenantsOfSubject("),
        // As concerning others than it does.
        ("PersonalDataErased", of_device(json!({"customer": D, "partner": P})), "it needs TenantsOfSubject("),
        ("PersonalDataErased", of_device(json!({"customer": C})), "it needs TenantsOfSubject("),
        ("PersonalDataErased", of_device(json!({})), "it needs TenantsOfSubject("),
    ]);
    let world = before().and([happened([event("PersonalDataErased", of_device(both()))])]);
    unfit_in(&world, "PersonalDataErased", of_device(both()), "it begins Erasure(");
}

#[test]
fn names_are_given_under_one_description_until_they_are_erased() {
    let described = |tenant: &str, user: Who, description: &str| {
        json!({
            "tenant": tenant, "user": user.id(), "description": description,
            "newDisplayName": true, "newUserPrincipalName": false,
        })
    };
    let erased = |user: Who| json!({"partner": P, "subject": format!("user:{}", user.user())});
    unfit([
        ("UserDescribed", described(X, STRANGER, NONE), "it needs Tenant("),
        ("PersonalDataErased", erased(PA), "it needs TenantsOfSubject("),
    ]);
    let world = before().and([happened([event("UserDescribed", described(P, PA, NONE))])]);
    unfit_in(&world, "UserDescribed", described(P, PA, V1), "it needs Description(");
    unfit_in(&world, "UserDescribed", described(P, PH, NONE), "it needs Description(");
    let world = world.and([happened([event("PersonalDataErased", erased(PA))])]);
    unfit_in(&world, "UserDescribed", described(P, PA, NONE), "it needs Description(");
    unfit_in(&world, "PersonalDataErased", erased(PA), "it begins Erasure(");
}

#[test]
fn a_policy_that_is_in_force_is_not_adopted() {
    // APL-8: `relationship` is, from the first.
    unfit([("AutopilotPolicyAdopted", json!({"policy": "relationship"}), "it ")]);
    let world = before().and([adopts("dapRequired")]);
    unfit_in(&world, "AutopilotPolicyAdopted", json!({"policy": "dapRequired"}), "it ");
}

/// How many of these events, of one commit, the state takes before one does not fit.
fn taken(events: &[Event]) -> Result<(), usize> {
    let mut world = before();
    let commit = world.commit(events.to_vec());
    let head = world.state.timeline.head().0;
    let fitting = |position: u64| usize::try_from(position - head - 1).unwrap();
    world.state.fold(&commit).map_err(|error| match error {
        FoldError::Unfit { event, .. } => fitting(event.position.0),
        error => panic!("{error}"),
    })
}

#[test]
fn what_ends_within_a_commit_is_not_there_any_more() {
    let dismissed = event("DirectoryRoleRemoved", role(C, CG, "GlobalAdministrator"));
    let withdrawn = event("InvitationWithdrawn", withdrawal(J, P));
    let renegotiated = event("ContractRenegotiated", pair(C, P));
    let cancelled = event("SubscriptionCancelled", of_subscription(C, S1));
    let removed = event("DeviceRemoved", of_device(C, V2));
    let taken_off = event("ProfileRemoved", on_devices(F1, &[V1]));
    let rows = [
        vec![dismissed.clone(), dismissed],
        vec![withdrawn.clone(), event("InvitationAccepted", of_invitation(J, D))],
        vec![withdrawn.clone(), withdrawn],
        vec![renegotiated.clone(), event("ServiceRequestOpened", requested(P, REQUEST))],
        vec![renegotiated.clone(), renegotiated],
        vec![cancelled.clone(), event("SubscriptionRenewed", of_subscription(C, S1))],
        vec![cancelled.clone(), cancelled],
        vec![removed.clone(), event("DeviceUpdated", tagged(C, V2))],
        vec![removed.clone(), event("ProfileApplied", on_devices(F1, &[V2]))],
        vec![removed.clone(), removed],
        vec![taken_off.clone(), taken_off.clone()],
    ];
    for events in rows {
        assert_eq!(taken(&events), Err(1), "{events:?}");
    }
}

#[test]
fn a_profile_goes_with_its_device_within_a_commit() {
    let taken_off = event("ProfileRemoved", on_devices(F1, &[V1]));
    let world = before();
    let first = event("DeviceRemoved", of_device(C, V1));
    // One commit after the other, the second does not fit; nor does it in one.
    let mut apart = world.clone().and([happened([first.clone()])]);
    let commit = apart.commit(vec![taken_off.clone()]);
    assert!(apart.state.fold(&commit).is_err());
    let mut together = world;
    let commit = together.commit(vec![first, taken_off]);
    assert!(together.state.fold(&commit).is_err(), "in one commit");
}

#[test]
fn what_begins_within_a_commit_is_there() {
    let f3 = "77777777-0000-4000-8000-000000000003";
    let added = event("DeviceAdded", a_device(NONE, json!({"partner": P})));
    let created = event("ProfileCreated", profiled(C, f3));
    let registered =
        event("SubscriptionRegistered", extended(of_subscription(C, S3), json!({"kind": "azure", "name": "Legacy"})));
    let rows = [
        vec![added.clone(), event("DeviceUpdated", tagged(C, NONE))],
        vec![added.clone(), event("ProfileApplied", on_devices(F1, &[NONE]))],
        vec![added, event("DeviceRemoved", of_device(C, NONE))],
        vec![created.clone(), event("ProfileUpdated", profiled(C, f3))],
        vec![created.clone(), event("ProfileApplied", on_devices(f3, &[V1]))],
        vec![created, event("ProfileDeleted", of_profile(C, f3))],
        vec![event("ProfileApplied", on_devices(F1, &[V2])), event("ProfileRemoved", on_devices(F1, &[V2]))],
        vec![registered.clone(), event("SubscriptionRenewed", of_subscription(C, S3))],
        vec![registered, event("SubscriptionCancelled", of_subscription(C, S3))],
        vec![event("RelationshipEstablished", pair(D, P)), event("ContractRenegotiated", pair(D, P))],
    ];
    let types =
        |events: Vec<Event>| events.iter().map(|event| event.event_type().name()).collect::<Vec<_>>().join(", ");
    let unfit: Vec<_> = rows.into_iter().filter(|events| taken(events).is_err()).map(types).collect();
    assert_eq!(unfit, Vec::<String>::new());
}
