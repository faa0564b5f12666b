//! Subscriptions and the roles on them: SUB-1 to SUB-9.

use crate::given::*;
use procura_domain::{
    access::Missing, event::Event, refusal::Refusal, rule::Rule, vocabulary::DirectoryRole::GlobalAdministrator,
    vocabulary::PartnerGroup::AdminAgents,
};
use serde_json::{Value, json};

const READ: &str = "subscription.read";
const MANAGE: &str = "subscription.manage";
const ASSIGN: &str = "roleAssignment.create";
const REMOVE: &str = "roleAssignment.remove";
const ACTIONS: [&str; 4] = [READ, MANAGE, ASSIGN, REMOVE];

fn provisioning(fields: Value) -> Value {
    extended(json!({"customer": C, "partner": P, "subscription": S1, "kind": "azure", "name": "Production"}), fields)
}

fn registering(fields: Value) -> Value {
    extended(json!({"customer": C, "subscription": S1, "kind": "azure", "name": "Legacy"}), fields)
}

fn role_assigned(subscription: &str, id: &str, role: &str, to: Who, origin: &str) -> Event {
    let mut data = assignment(subscription, id, role, to);
    data["origin"] = origin.into();
    event("RoleAssigned", data)
}

fn role_removed(subscription: &str, id: &str, role: &str, from: Who) -> Event {
    event("RoleAssignmentRemoved", assignment(subscription, id, role, from))
}

fn removal(id: &str) -> Value {
    json!({"customer": C, "roleAssignment": id})
}

fn assert_answer(world: &World, who: Who, action: &str, expected: &str) {
    let head = world.state.timeline.head().0;
    assert_eq!(world.shown(&world.decision(head, who, action, subscription(S1))), expected, "{who:?} {action}");
}

#[test]
fn sub_1_delegated_admin_gives_no_access_to_the_subscriptions_the_customer_had() {
    let world = with_dap().and([registers(S1, A1)]);
    for action in ACTIONS {
        for who in [PA, PH, PS, P_ADMINS, P_HELPDESK, P_SALES] {
            assert_answer(&world, who, action, "no: SUB-1 lacks RoleOnSubscription");
        }
        assert_answer(&world, PU, action, "unknown");
        assert_answer(&world, PG, action, "unknown");
    }
    let refusal = not_allowed(Rule::Sub1, Missing::RoleOnSubscription, None);
    let world = world.when(PA, "AssignRole", assignment(S1, A2, "Owner", P_ADMINS)).then_refusal(refusal.clone());
    world.when(PA, "RemoveRoleAssignment", removal(A1)).then_refusal(refusal);
}

#[test]
fn sub_1_so_does_no_directory_role_of_the_customers_own() {
    // A Global administrator assigns roles, and reads and manages by role alone.
    let world = with_dap().and([helpdesk_of_c(), did(CG, "RegisterSubscription", registering(json!({})))]);
    let world = world.and([did(CG, "RemoveRoleAssignment", removal(&world_fresh_role_assignment(12)))]);
    for action in [READ, MANAGE] {
        assert_answer(&world, CG, action, "no: SUB-5 lacks RoleOnSubscription, ended by RoleAssignmentRemoved@15");
    }
    assert_answer(&world, CH, READ, "no: SUB-7 lacks RoleOnSubscription");
    assert_answer(&world, CH, ASSIGN, "no: SUB-7 lacks RoleOnSubscription");
    assert_answer(&world, CG, ASSIGN, "yes: SUB-6 DirectoryRoleAssigned@7");
}

/// The role assignment that the harness makes for a command decided at this position.
fn world_fresh_role_assignment(head: u64) -> String {
    format!("f0000000-0000-0000-0000-{:012x}", head + 1)
}

#[test]
fn sub_2_provisioning_an_azure_subscription_makes_admin_agents_its_owner() {
    let with_ids = provisioning(json!({"roleAssignment": A1}));
    let provisioned = event("SubscriptionProvisioned", provisioning(json!({})));
    for who in [PA, PS] {
        let world = with_dap().when(who, "ProvisionSubscription", with_ids.clone());
        world.then([provisioned.clone(), role_assigned(S1, A1, "Owner", P_ADMINS, "provisioning")]);
    }
    // 12 SubscriptionProvisioned, 13 RoleAssigned.
    let world = with_dap().and([provisions(PS, S1, A1)]);
    for action in [READ, MANAGE] {
        assert_answer(&world, PA, action, "yes: SUB-2 RoleAssigned@13 GroupMemberAdded@3");
        assert_answer(&world, P_ADMINS, action, "yes: SUB-2 RoleAssigned@13");
        assert_answer(&world, PH, action, "no: SUB-2 lacks Membership(AdminAgents)");
        assert_answer(&world, PS, action, "no: SUB-2 lacks Membership(AdminAgents)");
        assert_answer(&world, CG, action, "no: SUB-7 lacks RoleOnSubscription");
    }
    for action in [ASSIGN, REMOVE] {
        assert_answer(&world, PA, action, "yes: SUB-6 RoleAssigned@13 GroupMemberAdded@3");
        assert_answer(&world, PS, action, "no: SUB-6 lacks Membership(AdminAgents)");
        assert_answer(&world, CG, action, "yes: SUB-6 DirectoryRoleAssigned@7");
    }
}

#[test]
fn sub_2_a_microsoft365_subscription_brings_no_role_assignment() {
    let fields = provisioning(json!({"kind": "microsoft365"}));
    let world = with_dap().when(PA, "ProvisionSubscription", fields.clone());
    let world = world.then([event("SubscriptionProvisioned", fields)]);
    for action in ACTIONS {
        assert_answer(&world, PA, action, "no: SUB-1 lacks RoleOnSubscription");
    }
    let refusal = Refusal::InvalidCommand {
        field: "roleAssignment",
        problem: "a microsoft365 subscription has no roles; leave it out",
    };
    let fields = provisioning(json!({"kind": "microsoft365", "roleAssignment": A1}));
    with_dap().when(PA, "ProvisionSubscription", fields).then_refusal(refusal.clone());
    let fields = registering(json!({"kind": "microsoft365", "roleAssignment": A1}));
    with_dap().when(CG, "RegisterSubscription", fields).then_refusal(refusal);
}

#[test]
fn sub_3_provisioning_needs_a_relationship_and_not_dap() {
    for world in [without_dap, with_dap, revoked] {
        for who in [PA, PS] {
            let world = world().when(who, "ProvisionSubscription", provisioning(json!({"roleAssignment": A1})));
            world.then([
                event("SubscriptionProvisioned", provisioning(json!({}))),
                role_assigned(S1, A1, "Owner", P_ADMINS, "provisioning"),
            ]);
        }
    }
    let action = "subscription.provision";
    without_dap().answers([
        (PA, action, customer(C), "yes: SUB-3 GroupMemberAdded@3 RelationshipEstablished@11"),
        (PS, action, customer(C).beside(P), "yes: SUB-3 GroupMemberAdded@5 RelationshipEstablished@11"),
        (P_SALES, action, customer(C), "yes: SUB-3 RelationshipEstablished@11"),
        (PH, action, customer(C), "no: SUB-3 lacks Membership(AdminAgents)"),
        (P_HELPDESK, action, customer(C), "no: SUB-3 lacks Membership(AdminAgents)"),
    ]);
    ended().and([d_arrives()]).answers([
        (PA, action, customer(C), "no: SUB-3 lacks Relationship, ended by RelationshipEnded@13"),
        (PA, action, customer(D), "unknown"),
    ]);
    world().answers([(PA, action, customer(C), "unknown")]);
}

#[test]
fn sub_3_nobody_else_provisions() {
    let refused = |who, fields: Value, code: &str, rule| {
        with_dap()
            .and(arrives(QG, QA))
            .and([d_arrives()])
            .when(who, "ProvisionSubscription", provisioning(fields))
            .then_refused(code, rule);
    };
    for who in [PH, CG, CU] {
        refused(who, json!({}), "notAllowed", Some(Rule::Sub3));
    }
    for who in [PG, PU, QA, DG] {
        refused(who, json!({}), "notFound", None);
    }
    for fields in [json!({"customer": D}), json!({"customer": NONE}), json!({"partner": Q}), json!({"customer": P})] {
        refused(PA, fields, "notFound", None);
    }
    // Named beside its customer, the partner provisions, and its customer does not.
    let lacking = "no: SUB-3 lacks Membership(AdminAgents)";
    with_dap().answers([
        (
            PS,
            "subscription.provision",
            customer(C).beside(P),
            "yes: SUB-3 GroupMemberAdded@5 RelationshipEstablished@10",
        ),
        (PH, "subscription.provision", customer(C).beside(P), lacking),
        (CG, "subscription.provision", customer(C).beside(P), lacking),
        (CG, "subscription.provision", customer(C), lacking),
    ]);
}

#[test]
fn sub_4_after_the_revocation_the_partner_manages_what_it_holds_a_role_on() {
    // 12, 13 provisioned; 14, 15 registered, 16 Reader for the helpdesk, 17 DapRevoked.
    let world = with_dap().and([provisions(PA, S1, A1), registers(S2, A2), assigns(CG, S2, A3, "Reader", P_HELPDESK)]);
    let world = world.and([revokes(CG, P)]);
    for action in [READ, MANAGE] {
        assert_answer(&world, PA, action, "yes: SUB-4 RoleAssigned@13 GroupMemberAdded@3");
        assert_answer(&world, P_ADMINS, action, "yes: SUB-4 RoleAssigned@13");
    }
    for action in [ASSIGN, REMOVE] {
        assert_answer(&world, PA, action, "yes: SUB-6 RoleAssigned@13 GroupMemberAdded@3");
    }
    // What it may do goes by the role.
    let world = world.answers([
        (PH, READ, subscription(S2), "yes: SUB-4 RoleAssigned@16 GroupMemberAdded@4"),
        (PH, MANAGE, subscription(S2), "no: SUB-7 lacks RoleOnSubscription"),
        (PA, READ, subscription(S2), "no: SUB-4 lacks Membership(HelpdeskAgents)"),
    ]);
    // … also after the end, on what the customer shared.
    let world = world.and([removes(CG, A3)]);
    world.answers([(
        PH,
        READ,
        subscription(S2),
        "no: SUB-5 lacks RoleOnSubscription, ended by RoleAssignmentRemoved@18",
    )]);
}

#[test]
fn sub_4_a_new_grant_is_no_residue() {
    let world = revoked().and([provisions(PA, S1, A1)]);
    assert_answer(&world, PA, READ, "yes: SUB-4 RoleAssigned@14 GroupMemberAdded@3");
    let world = world.and([invites(PA, K, true), accepts(CG, K)]);
    assert_answer(&world, PA, READ, "yes: SUB-2 RoleAssigned@14 GroupMemberAdded@3");
}

#[test]
fn sub_5_after_the_last_role_assignment_no_right_by_role_is_left() {
    // 12, 13 provisioned, 14 Contributor, 15 DapRevoked.
    let world = with_dap().and([provisions(PA, S1, A1), assigns(PA, S1, A2, "Contributor", P_ADMINS), revokes(CG, P)]);
    let manages = "yes: SUB-4 RoleAssigned@14 GroupMemberAdded@3; SUB-4 RoleAssigned@13 GroupMemberAdded@3";
    assert_answer(&world, PA, MANAGE, manages);
    let world = world.when(CG, "RemoveRoleAssignment", removal(A1)).then([role_removed(S1, A1, "Owner", P_ADMINS)]);
    assert_answer(&world, PA, MANAGE, "yes: SUB-4 RoleAssigned@14 GroupMemberAdded@3");
    assert_answer(&world, PA, ASSIGN, "no: SUB-6 lacks RoleOnSubscription, ended by RoleAssignmentRemoved@16");
    let world =
        world.when(CG, "RemoveRoleAssignment", removal(A2)).then([role_removed(S1, A2, "Contributor", P_ADMINS)]);
    for (action, denied) in [
        (READ, "no: SUB-5 lacks RoleOnSubscription, ended by RoleAssignmentRemoved@16"),
        (MANAGE, "no: SUB-5 lacks RoleOnSubscription, ended by RoleAssignmentRemoved@16"),
        (ASSIGN, "no: SUB-6 lacks RoleOnSubscription, ended by RoleAssignmentRemoved@16"),
    ] {
        assert_answer(&world, PA, action, denied);
    }
    // REL-2 goes on.
    world.answers([(PA, "customer.view", customer(C), "yes: REL-2 GroupMemberAdded@3 RelationshipEstablished@10")]);
}

#[test]
fn sub_6_owner_user_access_administrator_and_the_customers_administrators_assign_and_remove() {
    // 12, 13 registered by CG; D's user holds one role on it.
    let rows = [
        ("Owner", [true, true, true]),
        ("Contributor", [true, true, false]),
        ("Reader", [true, false, false]),
        ("UserAccessAdministrator", [true, false, true]),
    ];
    for (role, powers) in rows {
        let world = || with_dap().and([d_arrives(), registers(S1, A1), had_assigned(S1, A2, role, DU)]);
        for (power, action) in powers.into_iter().zip([READ, MANAGE, ASSIGN]) {
            let rule = if action == ASSIGN { "SUB-6" } else { "SUB-7" };
            let yes = format!("yes: {rule} RoleAssigned@16");
            assert_answer(&world(), DU, action, if power { &yes } else { "no: SUB-7 lacks RoleOnSubscription" });
        }
        let fields = assignment(S1, A3, "Reader", PU);
        if powers[2] {
            // To C's users alone: it is neither C nor a partner.
            world().when(DU, "AssignRole", fields).then_not_found("principal");
            let assigned = world().when(DU, "AssignRole", assignment(S1, A3, "Reader", CU));
            let assigned = assigned.then([role_assigned(S1, A3, "Reader", CU, "assigned")]);
            let removed = assigned.when(DU, "RemoveRoleAssignment", removal(A3));
            let removed = removed.then([role_removed(S1, A3, "Reader", CU)]);
            // Its own, too; thereafter it knows of nothing.
            let removed = removed.when(DU, "RemoveRoleAssignment", removal(A2)).then([role_removed(S1, A2, role, DU)]);
            removed.when(DU, "AssignRole", assignment(S1, A3, "Reader", CU)).then_not_found("subscription");
        } else {
            let refusal = || not_allowed(Rule::Sub7, Missing::RoleOnSubscription, None);
            world().when(DU, "AssignRole", fields).then_refusal(refusal());
            world().when(DU, "RemoveRoleAssignment", removal(A2)).then_refusal(refusal());
        }
    }
}

#[test]
fn sub_6_an_explicit_global_administrator_needs_no_role() {
    let world = with_dap().and([provisions(PA, S1, A1)]);
    let world = world.when(CG, "AssignRole", assignment(S1, A2, "Owner", CG));
    let world = world.then([role_assigned(S1, A2, "Owner", CG, "assigned")]);
    // Both are reasons now.
    assert_answer(&world, CG, ASSIGN, "yes: SUB-6 RoleAssigned@14; SUB-6 DirectoryRoleAssigned@7");
    world.when(CG, "RemoveRoleAssignment", removal(A1)).then([role_removed(S1, A1, "Owner", P_ADMINS)]);
}

#[test]
fn sub_6_nobody_else_assigns_or_removes() {
    let world = || {
        with_dap().and(arrives(QG, QA)).and([d_arrives(), helpdesk_of_c(), registers(S1, A1)]) //
    };
    for who in [CH, CU, PA, PH, PS] {
        let rule = if [P].contains(&tenant_of(who)) { Rule::Sub1 } else { Rule::Sub7 };
        let refusal = || not_allowed(rule, Missing::RoleOnSubscription, None);
        world().when(who, "AssignRole", assignment(S1, A2, "Reader", PU)).then_refusal(refusal());
        world().when(who, "RemoveRoleAssignment", removal(A1)).then_refusal(refusal());
    }
    for who in [PG, PU, QA, DG] {
        world().when(who, "AssignRole", assignment(S1, A2, "Reader", PU)).then_not_found("subscription");
        world().when(who, "RemoveRoleAssignment", removal(A1)).then_not_found("roleAssignment");
    }
}

fn tenant_of(who: Who) -> &'static str {
    match who {
        Who::User(tenant, _) | Who::Group(tenant, _) => tenant,
        Who::Operator => "",
    }
}

#[test]
fn sub_6_only_the_customers_administrators_remove_the_last_owner() {
    // 12, 13 provisioned: AdminAgents are the last Owner.
    let world = || with_dap().and([provisions(PA, S1, A1)]);
    world().when(PA, "RemoveRoleAssignment", removal(A1)).then_refused("lastOwner", Some(Rule::Sub6));
    world().when(CG, "RemoveRoleAssignment", removal(A1)).then([role_removed(S1, A1, "Owner", P_ADMINS)]);
    // Another role of the same principal, or another principal's, does not count as an Owner.
    let others = [assigns(PA, S1, A2, "UserAccessAdministrator", PS), assigns(PA, S1, A3, "Contributor", P_ADMINS)];
    let world = world().and(others);
    for who in [PA, PS] {
        let removing = world.clone().when(who, "RemoveRoleAssignment", removal(A1));
        removing.then_refusal(Refusal::LastOwner);
    }
    // With a second Owner it is not the last; then that one is.
    let owner = "eeeeeeee-0000-4000-8000-000000000004";
    let world = world.and([assigns(PA, S1, owner, "Owner", CU)]);
    let world = world.when(PS, "RemoveRoleAssignment", removal(A1)).then([role_removed(S1, A1, "Owner", P_ADMINS)]);
    world.when(PS, "RemoveRoleAssignment", removal(owner)).then_refusal(Refusal::LastOwner);
}

#[test]
fn sub_6_roles_exist_on_azure_subscriptions_only() {
    let registered = did(CG, "RegisterSubscription", registering(json!({"kind": "microsoft365"})));
    let world = with_dap().and([registered]);
    let world =
        world.when(CG, "AssignRole", assignment(S1, A1, "Reader", CU)).then_refused("notAzure", Some(Rule::Sub6));
    // Whoever may not assign is told so first.
    world.when(PA, "AssignRole", assignment(S1, A1, "Reader", CU)).then_refused("notAllowed", Some(Rule::Sub1));
}

#[test]
fn sub_6_a_removed_or_unknown_assignment_is_not_found() {
    let world = with_dap().and([d_arrives(), registers(S1, A1)]);
    let world = world.when(CG, "RemoveRoleAssignment", removal(NONE)).then_not_found("roleAssignment");
    let world = world.when(CG, "RemoveRoleAssignment", removal(A1)).then([role_removed(S1, A1, "Owner", CG)]);
    let world = world.when(CG, "RemoveRoleAssignment", removal(A1)).then_not_found("roleAssignment");
    // Assigned anew it has another id, and the old one stays gone.
    let world = world.when(CG, "AssignRole", assignment(S1, A2, "Owner", CG));
    let world = world.then([role_assigned(S1, A2, "Owner", CG, "assigned")]);
    let world = world.when(CG, "RemoveRoleAssignment", removal(A1)).then_not_found("roleAssignment");
    // In another customer's name it is not found either.
    let elsewhere = json!({"customer": D, "roleAssignment": A2});
    let world = world.when(CG, "RemoveRoleAssignment", elsewhere.clone()).then_not_found("roleAssignment");
    let world = world.when(DG, "RemoveRoleAssignment", elsewhere).then_not_found("roleAssignment");
    let mut elsewhere = assignment(S1, A3, "Reader", CU);
    elsewhere["customer"] = D.into();
    let world = world.when(CG, "AssignRole", elsewhere).then_not_found("subscription");
    world.when(CG, "AssignRole", assignment(NONE, A3, "Reader", CU)).then_not_found("subscription");
}

#[test]
fn sub_7_the_same_principal_role_and_subscription_is_assigned_once() {
    let exists = ("roleAssignmentExists", Some(Rule::Sub7));
    // 12, 13 and 14, 15 registered by CG.
    let world = with_dap().and([registers(S1, A1), registers(S2, A2)]);
    let world = world.when(CG, "AssignRole", assignment(S1, A3, "Owner", CG)).then_refused(exists.0, exists.1);
    let world = world.when(CG, "AssignRole", assignment(S1, A3, "Reader", P_SALES));
    let world = world.then([role_assigned(S1, A3, "Reader", P_SALES, "assigned")]);
    let fourth = "eeeeeeee-0000-4000-8000-000000000004";
    let again = world.clone().when(CG, "AssignRole", assignment(S1, fourth, "Reader", P_SALES));
    again.then_refusal(Refusal::RoleAssignmentExists);
    // Another role, another principal, another subscription: each is another.
    for (subscription, role, to) in [(S1, "Contributor", P_SALES), (S1, "Reader", PS), (S2, "Reader", P_SALES)] {
        let other = world.clone().when(CG, "AssignRole", assignment(subscription, fourth, role, to));
        other.then([role_assigned(subscription, fourth, role, to, "assigned")]);
    }
    // Once removed it can be assigned again.
    let again = world.and([removes(CG, A3)]).when(CG, "AssignRole", assignment(S1, fourth, "Reader", P_SALES));
    again.then([role_assigned(S1, fourth, "Reader", P_SALES, "assigned")]);
}

#[test]
fn sub_7_a_role_on_one_gives_nothing_on_another() {
    let world = without_dap().and([registers(S1, A1), registers(S2, A2), assigns(CG, S1, A3, "Owner", P_ADMINS)]);
    world.answers([
        (PA, MANAGE, subscription(S1), "yes: SUB-8 RoleAssigned@16 GroupMemberAdded@3"),
        (PA, READ, subscription(S2), "no: SUB-7 lacks RoleOnSubscription"),
        (PA, MANAGE, subscription(S2), "no: SUB-7 lacks RoleOnSubscription"),
        (PA, ASSIGN, subscription(S2), "no: SUB-7 lacks RoleOnSubscription"),
        (PA, REMOVE, subscription(S2), "no: SUB-7 lacks RoleOnSubscription"),
    ]);
}

#[test]
fn sub_8_the_customer_assigns_roles_on_its_own_to_a_partners_group() {
    // 12, 13 registered; 14 the role.
    let world = with_dap().and([registers(S1, A1)]);
    let world = world.when(CG, "AssignRole", assignment(S1, A2, "Contributor", P_SALES));
    let world = world.then([role_assigned(S1, A2, "Contributor", P_SALES, "assigned")]);
    assert_answer(&world, PS, MANAGE, "yes: SUB-8 RoleAssigned@14 GroupMemberAdded@5");
    assert_answer(&world, P_SALES, MANAGE, "yes: SUB-8 RoleAssigned@14");
    assert_answer(&world, PA, MANAGE, "no: SUB-8 lacks Membership(SalesAgents)");
    assert_answer(&world, PS, ASSIGN, "no: SUB-1 lacks RoleOnSubscription");
    // And what version 1 let it assign to a partner that it never had to do with stays.
    let elsewhere = world_without_relationship();
    elsewhere.answers([
        (PS, READ, subscription(S1), "yes: SUB-8 RoleAssigned@11 GroupMemberAdded@5"),
        (PA, READ, subscription(S1), "unknown"),
        (PS, "customer.view", customer(C), "unknown"),
    ]);
}

/// Whom C's administrator, P's agents as Owner and Q's as Owner may name: C's own, and with whom they have to do; all others
/// in the same words, whatever they are.
#[test]
fn sub_8_nobody_names_whom_they_have_nothing_to_do_with() {
    // P has a relationship with C, Q had one, R never; D is a customer, X nothing.
    let q_owns = || had_assigned(S1, A2, "Owner", Who::Group(Q, "AdminAgents"));
    let related = with_dap().and(arrives(QG, QA)).and(arrives(RG, RA)).and([
        d_arrives(),
        invites(QA, K, false),
        accepts(CG, K),
        did(QA, "EndRelationship", json!({"customer": C, "partner": Q})),
        provisions(PA, S1, A1),
        q_owns(),
    ]);
    let group = |partner| Who::Group(partner, "SalesAgents");
    let of_c = [CU, CG, Who::User(C, NONE)];
    let (of_p, of_q) = ([PU, PA, P_ADMINS, group(P)], [QA, QG, group(Q)]);
    let of_nobody = [RA, group(R), DU, group(D), STRANGER, group(X), group(C)];
    for (who, named) in
        [(CG, [&of_c[..], &of_p, &of_q].concat()), (PA, [&of_c[..], &of_p].concat()), (QA, [&of_c[..], &of_q].concat())]
    {
        for to in [&of_c[..], &of_p, &of_q, &of_nobody].concat() {
            let outcome = related.clone().when(who, "AssignRole", assignment(S1, A3, "Contributor", to));
            if named.contains(&to) {
                outcome.then([role_assigned(S1, A3, "Contributor", to, "assigned")]);
            } else {
                outcome.then_not_found("principal");
            }
        }
    }
}

fn world_without_relationship() -> World {
    world().and([registers(S1, A1), had_assigned(S1, A2, "Reader", P_SALES)])
}

#[test]
fn sub_9_whoever_registers_an_azure_subscription_owns_it() {
    let world = world().when(CG, "RegisterSubscription", registering(json!({"roleAssignment": A1})));
    let world = world.then([
        event("SubscriptionRegistered", registering(json!({}))),
        role_assigned(S1, A1, "Owner", CG, "registered"),
    ]);
    for action in [READ, MANAGE] {
        assert_answer(&world, CG, action, "yes: SUB-9 RoleAssigned@10");
        assert_answer(&world, CU, action, "no: SUB-7 lacks RoleOnSubscription");
    }
    assert_answer(&world, CG, ASSIGN, "yes: SUB-6 RoleAssigned@10; SUB-6 DirectoryRoleAssigned@7");
    let fields = registering(json!({"kind": "microsoft365"}));
    let world = crate::given::world().when(CG, "RegisterSubscription", fields.clone());
    let world = world.then([event("SubscriptionRegistered", fields)]);
    assert_answer(&world, CG, READ, "no: SUB-7 lacks RoleOnSubscription");
}

#[test]
fn sub_9_an_explicit_global_administrator_of_the_customer_registers() {
    with_dap().answers([(CG, "subscription.register", customer(C), "yes: SUB-9 DirectoryRoleAssigned@7")]);
    let world = || with_dap().and(arrives(QG, QA)).and([d_arrives(), helpdesk_of_c()]);
    let refusal = || not_allowed(Rule::Sub9, Missing::DirectoryRole(GlobalAdministrator), None);
    for who in [CH, CU, PA, PH, PS] {
        world().when(who, "RegisterSubscription", registering(json!({}))).then_refusal(refusal());
    }
    for (who, customer) in [(PG, C), (QA, C), (DG, C), (CG, D), (CG, NONE), (PG, P)] {
        let fields = registering(json!({"customer": customer}));
        world().when(who, "RegisterSubscription", fields).then_not_found("customer");
    }
}

#[test]
fn dap_6_a_role_of_the_group_is_lost_with_it() {
    let world = with_dap().and([provisions(PA, S1, A1), leaves(PA, "AdminAgents"), joins(PA, "SalesAgents")]);
    let lost = not_allowed(Rule::Sub6, Missing::Membership(AdminAgents), Some("GroupMemberRemoved@14"));
    world.when(PA, "AssignRole", assignment(S1, A2, "Reader", PU)).then_refusal(lost);
}
