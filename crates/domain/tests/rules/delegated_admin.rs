//! Delegated admin privileges: DAP-1 to DAP-6.

use crate::given::*;
use procura_domain::{
    access::Missing,
    event::Event,
    id::{Id, ObjectId},
    refusal::Refusal,
    rule::Rule,
    vocabulary::DirectoryRole::{self, GlobalAdministrator},
};
use serde_json::{Value, json};

fn pair() -> Value {
    json!({"customer": C, "partner": P})
}

fn dap_revoked() -> Event {
    event("DapRevoked", pair())
}

/// What Global administrators do in a directory, and the rule by which AdminAgents do it under DAP.
const ADMINISTERING: [(&str, &str); 3] =
    [("directory.administer", "DAP-1"), ("license.assign", "DAP-3"), ("service.administer", "DAP-3")];

/// What Helpdesk administrators do, too.
const HELPING: [(&str, &str); 3] =
    [("directory.read", "DAP-1"), ("directory.resetPassword", "DAP-1"), ("service.signIn", "DAP-3")];

fn assert_answer(world: &World, who: Who, action: &str, expected: &str) {
    let head = world.state.timeline.head().0;
    assert_eq!(world.shown(&world.decision(head, who, action, customer(C))), expected, "{who:?} {action}");
}

#[test]
fn dap_1_admin_agents_are_global_administrators_and_helpdesk_agents_helpdesk_administrators() {
    let world = with_dap();
    for (action, rule) in ADMINISTERING.into_iter().chain(HELPING) {
        assert_answer(&world, PA, action, &format!("yes: {rule} GroupMemberAdded@3 DapGranted@11"));
        assert_answer(&world, P_ADMINS, action, &format!("yes: {rule} DapGranted@11"));
        assert_answer(&world, PS, action, &format!("no: {rule} lacks Membership(AdminAgents)"));
        assert_answer(&world, PU, action, "unknown");
        assert_answer(&world, PG, action, "unknown");
    }
    for (action, rule) in HELPING {
        assert_answer(&world, PH, action, &format!("yes: {rule} GroupMemberAdded@4 DapGranted@11"));
        assert_answer(&world, P_HELPDESK, action, &format!("yes: {rule} DapGranted@11"));
    }
    for (action, rule) in ADMINISTERING {
        assert_answer(&world, PH, action, &format!("no: {rule} lacks Membership(AdminAgents)"));
    }
}

#[test]
fn dap_1_the_tenants_own_administrators_are_explicit() {
    // 12 DirectoryRoleAssigned.
    let world = with_dap().and([helpdesk_of_c()]);
    for (action, _) in ADMINISTERING {
        assert_answer(&world, CG, action, "yes: TEN-2 DirectoryRoleAssigned@7");
        assert_answer(&world, CH, action, "no: TEN-2 lacks DirectoryRole(GlobalAdministrator)");
        assert_answer(&world, CU, action, "no: TEN-2 lacks DirectoryRole(GlobalAdministrator)");
    }
    for (action, _) in HELPING {
        assert_answer(&world, CG, action, "yes: TEN-2 DirectoryRoleAssigned@7");
        assert_answer(&world, CH, action, "yes: TEN-2 DirectoryRoleAssigned@12");
        assert_answer(&world, CU, action, "no: TEN-2 lacks DirectoryRole(GlobalAdministrator)");
    }
}

#[test]
fn dap_2_no_listing_of_a_role_shows_the_partner() {
    let world = with_dap();
    let members = |tenant: &str| {
        let tenant = world.state.tenant(tenant.parse().unwrap()).unwrap();
        let holders = |role: &DirectoryRole| {
            tenant.holders_ever(*role, ObjectId::MIN).map(|(user, _)| (*role, user.to_string())).collect::<Vec<_>>()
        };
        DirectoryRole::ALL.iter().flat_map(holders).collect::<Vec<_>>()
    };
    assert_eq!(members(C), [(GlobalAdministrator, CG.id().to_owned())]);
    assert_eq!(members(P), [(GlobalAdministrator, PG.id().to_owned())]);
    // What AdminAgents hold is implicit, and what an explicit Global administrator does, they do not.
    world.answers([
        (PA, "directory.administer", customer(C), "yes: DAP-1 GroupMemberAdded@3 DapGranted@11"),
        (PA, "invitation.accept", customer(C), "no: INV-4 lacks DirectoryRole(GlobalAdministrator)"),
        (PA, "subscription.register", customer(C), "no: SUB-9 lacks DirectoryRole(GlobalAdministrator)"),
        (PA, "partnerRelationships.view", customer(C), "no: DAP-4 lacks DirectoryRole(GlobalAdministrator)"),
    ]);
}

#[test]
fn dap_3_agents_administer_as_far_as_their_groups_role_goes() {
    with_dap().answers([
        (PA, "service.signIn", customer(C), "yes: DAP-3 GroupMemberAdded@3 DapGranted@11"),
        (PH, "service.signIn", customer(C), "yes: DAP-3 GroupMemberAdded@4 DapGranted@11"),
        (PA, "license.assign", customer(C), "yes: DAP-3 GroupMemberAdded@3 DapGranted@11"),
        (PH, "license.assign", customer(C), "no: DAP-3 lacks Membership(AdminAgents)"),
        (PH, "service.administer", customer(C), "no: DAP-3 lacks Membership(AdminAgents)"),
        (P_SALES, "service.signIn", customer(C), "no: DAP-3 lacks Membership(AdminAgents)"),
    ]);
    // In both groups, both are reasons, the newest first.
    let both = "yes: DAP-3 GroupMemberAdded@12 DapGranted@11; DAP-3 GroupMemberAdded@3 DapGranted@11";
    with_dap().and([joins(PA, "HelpdeskAgents")]).answers([(PA, "service.signIn", customer(C), both)]);
}

#[test]
fn dap_4_the_customers_global_administrators_see_and_remove_it() {
    with_dap()
        .and([helpdesk_of_c()])
        .answers([
            (CG, "partnerRelationships.view", customer(C), "yes: DAP-4 DirectoryRoleAssigned@7"),
            (CH, "partnerRelationships.view", customer(C), "no: DAP-4 lacks DirectoryRole(GlobalAdministrator)"),
            (CU, "partnerRelationships.view", customer(C), "no: DAP-4 lacks DirectoryRole(GlobalAdministrator)"),
            (PA, "partnerRelationships.view", customer(C), "no: DAP-4 lacks DirectoryRole(GlobalAdministrator)"),
            (CG, "dap.revoke", customer(C).beside(P), "yes: DAP-4 DirectoryRoleAssigned@7"),
            (CG, "dap.revoke", customer(C), "yes: DAP-4 DirectoryRoleAssigned@7"),
        ])
        .when(CG, "RevokeDap", pair())
        .then([dap_revoked()]);
}

#[test]
fn dap_4_the_partners_admin_agents_give_it_up() {
    let gives_up = "yes: REL-4 GroupMemberAdded@3 RelationshipEstablished@10";
    with_dap()
        .answers([
            (PA, "dap.revoke", customer(C), gives_up),
            (PA, "dap.revoke", customer(C).beside(P), gives_up),
            (P_ADMINS, "dap.revoke", customer(C), "yes: REL-4 RelationshipEstablished@10"),
        ])
        .when(PA, "RevokeDap", pair())
        .then([dap_revoked()]);
}

#[test]
fn dap_4_nobody_else_removes_it() {
    let refusal = || not_allowed(Rule::Dap4, Missing::DirectoryRole(GlobalAdministrator), None);
    let world = || with_dap().and(arrives(QG, QA)).and([d_arrives(), helpdesk_of_c()]);
    for who in [CH, CU] {
        world().when(who, "RevokeDap", pair()).then_refusal(refusal());
    }
    for who in [PH, PS] {
        let Err(Refusal::NotAllowed { denial, .. }) = world().result(who, "RevokeDap", pair()) else {
            panic!("{who:?}: not notAllowed")
        };
        assert_eq!((denial.known, denial.ended_by), (true, None), "{who:?}");
    }
    for who in [PG, PU, QA, DG] {
        world().when(who, "RevokeDap", pair()).then_not_found("customer");
    }
}

#[test]
fn dap_5_revoking_removes_the_implicit_assignments_at_once_and_nothing_else() {
    // 12 SubscriptionProvisioned, 13 RoleAssigned, 14 DeviceAdded, 15 DapRevoked.
    let world = with_dap().and([provisions(PA, S1, A1), adds_device(PA, V1)]);
    let world = world.when(CG, "RevokeDap", pair()).then([dap_revoked()]);
    for (action, rule) in ADMINISTERING.into_iter().chain(HELPING) {
        assert_answer(&world, PA, action, &format!("no: {rule} lacks Dap, ended by DapRevoked@15"));
        assert_answer(&world, P_ADMINS, action, &format!("no: {rule} lacks Dap, ended by DapRevoked@15"));
    }
    for (action, rule) in HELPING {
        assert_answer(&world, PH, action, &format!("no: {rule} lacks Dap, ended by DapRevoked@15"));
    }
    world.answers([
        (PA, "customer.view", customer(C), "yes: REL-2 GroupMemberAdded@3 RelationshipEstablished@10"),
        (PA, "subscription.manage", subscription(S1), "yes: SUB-4 RoleAssigned@13 GroupMemberAdded@3"),
        (PA, "device.manage", device(V1), "yes: APL-2 GroupMemberAdded@3 RelationshipEstablished@10 DeviceAdded@14"),
        (CG, "directory.administer", customer(C), "yes: TEN-2 DirectoryRoleAssigned@7"),
    ]);
}

#[test]
fn dap_5_it_can_be_granted_and_revoked_again() {
    revoked()
        .and([invites(PA, K, true), accepts(CG, K)])
        .answers([(PA, "directory.read", customer(C), "yes: DAP-1 GroupMemberAdded@3 DapGranted@15")])
        .when(PA, "RevokeDap", pair())
        .then([dap_revoked()])
        .answers([(PA, "directory.read", customer(C), "no: DAP-1 lacks Dap, ended by DapRevoked@16")])
        .when(CG, "RevokeDap", pair())
        .then_refusal(Refusal::NoDap);
}

#[test]
fn dap_6_power_follows_membership() {
    let administers = "directory.administer";
    with_dap()
        .answers([(PU, administers, customer(C), "unknown")])
        .and([joins(PU, "AdminAgents")])
        .answers([(PU, administers, customer(C), "yes: DAP-1 GroupMemberAdded@12 DapGranted@11")])
        .and([leaves(PU, "AdminAgents"), joins(PU, "SalesAgents")])
        .answers([(
            PU,
            administers,
            customer(C),
            "no: DAP-1 lacks Membership(AdminAgents), ended by GroupMemberRemoved@13",
        )])
        .and([leaves(PU, "SalesAgents")])
        .answers([(PU, administers, customer(C), "unknown")])
        .and([joins(PU, "AdminAgents")])
        .answers([(PU, administers, customer(C), "yes: DAP-1 GroupMemberAdded@16 DapGranted@11")]);
}

#[test]
fn dap_6_what_is_the_users_own_stays() {
    // 12, 13 the subscription, 14 PS's own role; 15 PS leaves.
    let world = with_dap().and([
        invites(PS, K, true),
        registers(S1, A1),
        assigns(CG, S1, A2, "Reader", PS),
        assigns(CG, S1, A3, "Contributor", P_SALES),
        leaves(PS, "SalesAgents"),
    ]);
    world
        .answers([
            (PS, "subscription.read", subscription(S1), "yes: SUB-7 RoleAssigned@15"),
            (
                PS,
                "subscription.manage",
                subscription(S1),
                "no: SUB-8 lacks Membership(SalesAgents), ended by GroupMemberRemoved@17",
            ),
            (PS, "customer.view", customer(C), "unknown"),
            (P_SALES, "subscription.manage", subscription(S1), "yes: SUB-8 RoleAssigned@16"),
        ])
        .and([revokes(CG, P)])
        .when(CG, "AcceptInvite", json!({"invitation": K, "customer": C}))
        .then([
            event("InvitationAccepted", json!({"invitation": K, "partner": P, "customer": C})),
            event("DapGranted", pair()),
        ]);
}

#[test]
fn dap_6_a_group_without_members_is_answered_about() {
    with_dap().and([leaves(PA, "AdminAgents")]).answers([
        (P_ADMINS, "directory.administer", customer(C), "yes: DAP-1 DapGranted@11"),
        (P_ADMINS, "customer.view", customer(C), "yes: REL-2 RelationshipEstablished@10"),
        (PA, "directory.administer", customer(C), "unknown"),
    ]);
}
