//! What the state tells the views: by id, by tenant, at a position.

use crate::given::*;
use procura_domain::{
    aggregate::invitation::Invitation,
    command::Hardware,
    id::{Id, ObjectId},
    state::State,
    temporal::{Period, Periods, Position, Standing},
    vocabulary::{
        AssignmentOrigin, DeviceOrigin, DirectoryRole, GroupOf, Pair, PartnerGroup, Principal, ResourceRole,
        SubscriptionKind, TenantKind, User,
    },
};
use serde_json::{from_value, json};
use std::{fmt::Display, str::FromStr};

fn id<T: FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

fn texts<T: Display>(items: impl IntoIterator<Item = T>) -> Vec<String> {
    items.into_iter().map(|item| item.to_string()).collect()
}

fn pair(customer: &str, partner: &str) -> Pair {
    Pair { customer: id(customer), partner: id(partner) }
}

fn with_q_and_d() -> World {
    world().and(arrives(QG, QA)).and([d_arrives(), invites(QA, K, false), invites(PA, J, false)])
}

#[test]
fn tenants_are_listed_by_id() {
    let world = with_q_and_d();
    let found: Vec<_> = world.state.tenants().map(|tenant| (tenant.id().to_string(), tenant.kind())).collect();
    let expected =
        [(P, TenantKind::Partner), (Q, TenantKind::Partner), (C, TenantKind::Customer), (D, TenantKind::Customer)];
    assert_eq!(found, expected.map(|(id, kind)| (id.to_owned(), kind)));
    let c = world.state.tenant(id(C)).unwrap();
    assert_eq!((c.name().to_string(), c.domain().to_string()), ("Contoso".to_owned(), "contoso.com".to_owned()));
    assert_eq!(c.registered(), event_ref("CustomerRegistered@6"));
    assert!(world.state.tenant(id(X)).is_none());
    let holders =
        |role: &DirectoryRole| c.holders_ever(*role, ObjectId::MIN).map(|found| (*role, found)).collect::<Vec<_>>();
    let roles = DirectoryRole::ALL.iter().flat_map(holders);
    let roles = roles.map(|(role, (user, periods))| (role, user.to_string(), periods.standing(Position(7))));
    let expected = (
        DirectoryRole::GlobalAdministrator,
        CG.id().to_owned(),
        Standing::InForce(event_ref("DirectoryRoleAssigned@7")),
    );
    assert_eq!(roles.collect::<Vec<_>>(), [expected]);
}

#[test]
fn membership_and_directory_roles_stand_as_they_stood() {
    let world = world().and([leaves(PA, "AdminAgents"), helpdesk_of_c()]);
    let p = world.state.tenant(id(P)).unwrap();
    let standing = |position| p.membership(PartnerGroup::AdminAgents, id(PA.id()), Position(position));
    assert_eq!(
        [2, 3, 8, 9].map(standing),
        [
            Standing::Never,
            Standing::InForce(event_ref("GroupMemberAdded@3")),
            Standing::InForce(event_ref("GroupMemberAdded@3")),
            Standing::Ended(event_ref("GroupMemberRemoved@9")),
        ]
    );
    assert_eq!(p.membership(PartnerGroup::SalesAgents, id(PA.id()), Position(9)), Standing::Never);
    let c = world.state.tenant(id(C)).unwrap();
    let standing = |role, who: Who, position| c.directory_role(role, id(who.id()), Position(position));
    assert_eq!(standing(DirectoryRole::HelpdeskAdministrator, CH, 9), Standing::Never);
    assert!(standing(DirectoryRole::HelpdeskAdministrator, CH, 10).is_in_force());
    assert_eq!(standing(DirectoryRole::GlobalAdministrator, CH, 10), Standing::Never);
    assert_eq!(standing(DirectoryRole::GlobalAdministrator, CU, 10), Standing::Never);
}

#[test]
fn relationships_are_listed_by_customer_and_customers_by_partner() {
    let world = with_q_and_d().and([accepts(CG, I), accepts(CG, K), accepts(DG, J), ends(PA)]);
    let partners = |state: &State, customer| {
        state
            .relationships_of(id(customer))
            .map(|relationship| relationship.pair().partner.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (partners(&world.state, C), partners(&world.state, D)),
        (vec![P.to_owned(), Q.to_owned()], vec![P.to_owned()])
    );
    assert_eq!(texts(world.state.customers_of(id(P))), [C, D]);
    assert_eq!(texts(world.state.customers_of(id(Q))), [C]);
    assert_eq!(world.state.customers_of(id(R)).count() + world.state.relationships_of(id(X)).count(), 0);
    assert!(world.state.between(pair(D, Q)).is_none());
    assert_eq!(world.state.between(pair(C, Q)).unwrap().pair(), pair(C, Q));
}

#[test]
fn what_ended_and_was_not_given_again_leaves_residue() {
    let residue = |world: &World, position| world.state.between(pair(C, P)).unwrap().has_residue(Position(position));
    // 10 established, 11 granted, 12 revoked, 13 sent, 14 accepted, 15 granted again, 16 and 17 ended.
    let world = revoked().and([invites(PA, K, true), accepts(CG, K), ends(PA)]);
    let found = [9, 10, 11, 12, 14, 15, 16, 17].map(|position| residue(&world, position));
    assert_eq!(found, [false, false, false, true, true, false, true, true]);
    // Established anew without delegated admin: that has not been given again.
    let world = ended().and([invites(PA, K, false), accepts(CG, K)]);
    assert!(residue(&world, 16));
    let world = without_dap().and([ends(PA)]);
    assert_eq!([11, 12].map(|position| residue(&world, position)), [false, true]);
    let world = world.and([invites(PA, K, false), accepts(CG, K)]);
    assert_eq!([13, 15].map(|position| residue(&world, position)), [true, false]);
}

#[test]
fn an_invitation_tells_what_it_asks_and_who_accepted() {
    let many = json!({"invitation": K, "partner": P, "delegatedAdmin": false, "locale": "en", "uses": "many", "expiresInDays": 1});
    // 9, 10 D arrives, 11 the invitation, 12, 13 C, 14, 15 D.
    let world = world().and([d_arrives(), did(PA, "SendInvite", many), accepts(CG, K), accepts(DG, K)]);
    let invitation = world.state.invitation(id(K)).unwrap();
    assert_eq!((invitation.id(), invitation.partner(), invitation.delegated_admin()), (id(K), id(P), false));
    assert_eq!(
        (invitation.sent(), invitation.expires_at()),
        (event_ref("InvitationSent@11"), time("2020-06-20T08:07:00Z"))
    );
    let by = |position| invitation.accepted(Position(position)).iter().collect::<Vec<_>>();
    let (c, d) = ((id(C), event_ref("InvitationAccepted@12")), (id(D), event_ref("InvitationAccepted@14")));
    assert_eq!([11, 12, 13, 14].map(by), [vec![], vec![c], vec![c], vec![c, d]]);
    assert!(world.state.invitation(id(NONE)).is_none());
    assert!(world.state.invitation(id(I)).unwrap().delegated_admin());
}

#[test]
fn subscriptions_are_listed_by_customer() {
    // 12, 13 S2 provisioned, 14, 15 S1 registered.
    let world = with_dap().and([d_arrives(), provisions(PA, S2, A1), registers(S1, A2)]);
    let found = world.state.subscriptions_of(id(C)).map(|found| {
        (found.id().to_string(), found.provisioned_by().map(|partner| partner.to_string()), found.begun_by())
    });
    assert_eq!(
        found.collect::<Vec<_>>(),
        [
            (S1.to_owned(), None, event_ref("SubscriptionRegistered@16")),
            (S2.to_owned(), Some(P.to_owned()), event_ref("SubscriptionProvisioned@14")),
        ]
    );
    assert_eq!(world.state.subscriptions_of(id(D)).count(), 0);
    let s2 = world.state.subscription(id(S2)).unwrap();
    assert_eq!(
        (s2.customer(), s2.kind(), s2.name().to_string()),
        (id(C), SubscriptionKind::Azure, "Production".to_owned())
    );
    assert!(world.state.subscription(id(NONE)).is_none());
}

#[test]
fn role_assignments_are_kept_with_their_periods() {
    // 9, 10 S1 with A1; 11 A2, 12 removed, 13 A3 for the same.
    let world = world().and([
        registers(S1, A1),
        had_assigned(S1, A2, "Reader", P_SALES),
        removes(CG, A2),
        had_assigned(S1, A3, "Reader", P_SALES),
    ]);
    let subscription = world.state.subscription(id(S1)).unwrap();
    let sales = Principal::Group(GroupOf { group: PartnerGroup::SalesAgents, partner: id(P) });
    let owner = Principal::User(CG.user());
    let in_force = |position| {
        let held = [(sales, ResourceRole::Reader), (owner, ResourceRole::Owner)];
        let found = held.into_iter().filter_map(|(principal, role)| {
            let held = subscription.assignment(principal, role, Position(position))?;
            Some((principal, role, held.value.id.to_string()))
        });
        found.collect::<Vec<_>>()
    };
    let a1 = || (owner, ResourceRole::Owner, A1.to_owned());
    let reader = |id: &str| (sales, ResourceRole::Reader, id.to_owned());
    let found = [9, 10, 11, 12, 13].map(in_force);
    assert_eq!(found, [vec![], vec![a1()], vec![reader(A2), a1()], vec![a1()], vec![reader(A3), a1()]]);
    let at = |position| {
        subscription
            .assignment(sales, ResourceRole::Reader, Position(position))
            .map(|period| period.value.id.to_string())
    };
    assert_eq!([10, 11, 12, 13].map(at), [None, Some(A2.to_owned()), None, Some(A3.to_owned())]);
    let newest = |position| {
        let found = subscription.newest_assignment(sales, ResourceRole::Reader, Position(position));
        found.map(|period| (period.value.id.to_string(), period.value.origin, period.from, period.until))
    };
    let a2 = (
        A2.to_owned(),
        AssignmentOrigin::Assigned,
        event_ref("RoleAssigned@11"),
        Some(event_ref("RoleAssignmentRemoved@12")),
    );
    let a3 = (A3.to_owned(), AssignmentOrigin::Assigned, event_ref("RoleAssigned@13"), None);
    assert_eq!([10, 11, 12, 13].map(newest), [None, Some(a2.clone()), Some(a2), Some(a3)]);
    let ever = |principal, role| subscription.assignments(principal, role).count();
    assert_eq!([ever(sales, ResourceRole::Reader), ever(owner, ResourceRole::Owner)], [2, 1]);
    assert_eq!(ever(sales, ResourceRole::Owner), 0);
}

#[test]
fn a_role_assignment_is_found_by_its_id_while_it_is_in_force() {
    let world = world().and([
        registers(S1, A1),
        assigns(CG, S1, A2, "Reader", CU),
        removes(CG, A2),
        assigns(CG, S1, A3, "Reader", CU),
    ]);
    let found = |assignment, position| {
        let found = world.state.role_assignment_in_force(id(assignment), Position(position));
        found.map(|(subscription, principal, role, period)| (subscription.id(), principal, role, period.from))
    };
    let cu = Principal::User(CU.user());
    let reader = |by| Some((id(S1), cu, ResourceRole::Reader, event_ref(by)));
    assert_eq!([10, 11, 12, 13].map(|position| found(A2, position)), [None, reader("RoleAssigned@11"), None, None]);
    assert_eq!([11, 12, 13].map(|position| found(A3, position)), [None, None, reader("RoleAssigned@13")]);
    assert_eq!(found(NONE, 13), None);
    let ever = [A1, A2, A3, NONE].map(|assignment| world.state.has_role_assignment(id(assignment)));
    assert_eq!(ever, [true, true, true, false]);
}

#[test]
fn devices_are_found_by_id_and_by_hardware() {
    let world = with_dap().and([adds_device(PS, V1), adds_own_device(V2, "intune")]);
    let device = world.state.device(id(V1)).unwrap();
    assert_eq!((device.id(), device.customer(), device.added_by()), (id(V1), id(C), event_ref("DeviceAdded@12")));
    assert_eq!(device.origin(), DeviceOrigin::Partner(id(P)));
    assert!(world.state.device(id(NONE)).is_none());
    let hardware = |serial: &str| -> Hardware {
        from_value(json!({"serialNumber": serial, "manufacturer": "Fabrikam", "model": "Slate 3"})).unwrap()
    };
    assert_eq!(device.hardware(), hardware(V1));
    assert_eq!(world.state.device_with(&hardware(V2)), Some(id(V2)));
    assert_eq!(world.state.device_with(&hardware("SN-0")), None);
}

#[test]
fn a_period_that_is_open_ends_where_the_next_begins() {
    let [one, other, end] = ["RoleAssigned@3", "RoleAssigned@5", "RoleAssignmentRemoved@7"].map(event_ref);
    let mut periods = Periods::default();
    periods.begin("one", one);
    periods.begin("other", other);
    let first = Period { value: "one", from: one, until: Some(other) };
    let second = |until| Period { value: "other", from: other, until };
    assert_eq!(periods.up_to(Position(9)), [first, second(None)]);
    periods.end(end);
    periods.end(event_ref("RoleAssignmentRemoved@8"));
    assert_eq!(periods.up_to(Position(9)), [first, second(Some(end))]);
    assert_eq!(periods.up_to(Position(4)), [first]);
}

#[test]
fn a_principal_is_of_a_tenant() {
    let principal = |who: Who| -> Principal { from_value(who.principal()).unwrap() };
    assert_eq!(principal(P_SALES).tenant(), id(P));
    assert_eq!(principal(DU).tenant(), id(D));
    let User { tenant, user } = DU.user();
    assert_eq!((tenant.as_customer(), user.to_string()), (id(D), DU.id().to_owned()));
}

#[test]
fn an_invitation_tells_who_declined_it_and_when_it_was_withdrawn() {
    // 9, 10 D arrives, 11 and 12 declined, 13 withdrawn.
    let world = world().and([d_arrives(), declines(DG, I), declines(CG, I), withdraws(PS, I)]);
    let invitation = world.state.invitation(id(I)).unwrap();
    let by = |position| invitation.declined(Position(position)).iter().collect::<Vec<_>>();
    let (c, d) = ((id(C), event_ref("InvitationDeclined@12")), (id(D), event_ref("InvitationDeclined@11")));
    assert_eq!([10, 11, 12, 13].map(by), [vec![], vec![d], vec![d, c], vec![d, c]]);
    let withdrawn = [12, 13, 14].map(|position| invitation.withdrawn(Position(position)));
    let since = Some(event_ref("InvitationWithdrawn@13"));
    assert_eq!(withdrawn, [None, since, since]);
    assert_eq!(invitation.accepted(Position(13)).len(), 0);
}

#[test]
fn invitations_are_listed_by_partner() {
    let world = with_q_and_d().and([withdraws(PA, J)]);
    let of = |partner| texts(world.state.invitations_from(id(partner), Position(0)).map(Invitation::id));
    assert_eq!((of(P), of(Q)), (vec![I.to_owned(), J.to_owned()], vec![K.to_owned()]));
    assert!(of(R).is_empty());
}

#[test]
fn devices_and_profiles_are_listed_by_customer() {
    // 9 V2, 10 V1, 11 V1 is removed, 12 F2, 13 F1, 14 F2 is deleted.
    let world = world().and([
        d_arrives(),
        adds_own_device(V2, "intune"),
        adds_own_device(V1, "intune"),
        did(CG, "RemoveDevice", json!({"customer": C, "device": V1})),
        makes_profile(CG, F2),
        makes_profile(CG, F1),
        did(CG, "DeleteProfile", json!({"customer": C, "profile": F2})),
    ]);
    let head = world.state.timeline.head();
    let devices = world.state.devices_of(id(C)).map(|device| (device.id().to_string(), device.is_there(head)));
    assert_eq!(devices.collect::<Vec<_>>(), [(V1.to_owned(), false), (V2.to_owned(), true)]);
    let profiles = world.state.profiles_of(id(C)).map(|found| (found.id().to_string(), found.content(head).is_some()));
    assert_eq!(profiles.collect::<Vec<_>>(), [(F1.to_owned(), true), (F2.to_owned(), false)]);
    assert_eq!(world.state.devices_of(id(D)).count() + world.state.profiles_of(id(D)).count(), 0);
    assert!(world.state.profile(id(NONE)).is_none());
    assert_eq!(world.state.profile(id(F1)).unwrap().customer(), id(C));
}

#[test]
fn a_subscription_is_active_until_it_is_cancelled() {
    // 12, 13 provisioned, 14 renewed, 15 cancelled.
    let of_s1 = json!({"customer": C, "subscription": S1});
    let world = with_dap().and([provisions(PA, S1, A1), did(PS, "RenewSubscription", of_s1), cancels(PA, S1)]);
    let subscription = world.state.subscription(id(S1)).unwrap();
    let begun = Standing::InForce(event_ref("SubscriptionProvisioned@12"));
    let cancelled = Standing::Ended(event_ref("SubscriptionCancelled@15"));
    let standings = [11, 12, 14, 15].map(|position| subscription.active(Position(position)));
    assert_eq!(standings, [Standing::Never, begun, begun, cancelled]);
    // Its roles are in force still.
    assert_eq!(subscription.assigned(Position(15)), 1);
}

#[test]
fn support_is_owed_in_its_periods() {
    // 10 established, 12 renegotiated, 13, 14 ended, 17 established anew.
    let world = with_dap().and([renegotiates(P), ends(PA), invites(PA, K, false), accepts(CG, K)]);
    let relationship = world.state.between(pair(C, P)).unwrap();
    let owed = [9, 10, 11, 12, 16, 17].map(|position| relationship.owed().standing(Position(position)));
    let since = |by| Standing::InForce(event_ref(by));
    let renegotiated = Standing::Ended(event_ref("ContractRenegotiated@12"));
    let (first, anew) = (since("RelationshipEstablished@10"), since("RelationshipEstablished@17"));
    assert_eq!(owed, [Standing::Never, first, first, renegotiated, renegotiated, anew]);
}
