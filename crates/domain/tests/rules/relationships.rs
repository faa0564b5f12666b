//! The reseller relationship: REL-1 to REL-4.

use crate::given::*;
use procura_domain::{
    access::Missing, event::Event, refusal::Refusal, rule::Rule, vocabulary::PartnerGroup::AdminAgents,
};
use serde_json::{Value, json};

fn pair() -> Value {
    json!({"customer": C, "partner": P})
}

fn dap_revoked() -> Event {
    event("DapRevoked", pair())
}

fn relationship_ended() -> Event {
    event("RelationshipEnded", pair())
}

#[test]
fn rel_1_removing_delegated_admin_leaves_the_relationship() {
    let active = "yes: REL-2 GroupMemberAdded@3 RelationshipEstablished@10";
    let provisions = "yes: SUB-3 GroupMemberAdded@3 RelationshipEstablished@10";
    let rows = [
        (PA, "customer.view", customer(C), active),
        (PA, "subscription.provision", customer(C), provisions),
        (PA, "device.add", customer(C), "yes: APL-7 GroupMemberAdded@3 RelationshipEstablished@10"),
    ];
    let world = with_dap().answers(rows).when(CG, "RevokeDap", pair()).then([dap_revoked()]).answers(rows);
    // … also when it is granted and revoked again.
    world.and([invites(PA, K, true), accepts(CG, K), revokes(PA, P)]).answers(rows);
}

#[test]
fn rel_1_the_relationship_alone_gives_no_delegated_admin() {
    let none = "no: DAP-1 lacks Dap";
    without_dap().answers([
        (PA, "directory.administer", customer(C), none),
        (PA, "license.assign", customer(C), "no: DAP-3 lacks Dap"),
        (PH, "directory.read", customer(C), none),
        (PH, "service.signIn", customer(C), "no: DAP-3 lacks Dap"),
    ]);
}

#[test]
fn rel_2_while_it_is_active_the_partner_sees_the_customer_and_provisions() {
    without_dap().answers([
        (PA, "customer.view", customer(C), "yes: REL-2 GroupMemberAdded@3 RelationshipEstablished@11"),
        (PH, "customer.view", customer(C), "yes: REL-2 GroupMemberAdded@4 RelationshipEstablished@11"),
        (PS, "customer.view", customer(C), "yes: REL-2 GroupMemberAdded@5 RelationshipEstablished@11"),
        (P_HELPDESK, "customer.view", customer(C), "yes: REL-2 RelationshipEstablished@11"),
        (PG, "customer.view", customer(C), "unknown"),
        (PU, "customer.view", customer(C), "unknown"),
        (CG, "customer.view", customer(C), "yes: VIS-1 DirectoryRoleAssigned@7"),
        (CU, "customer.view", customer(C), "no: VIS-1 lacks DirectoryRole(GlobalAdministrator)"),
        (PS, "subscription.provision", customer(C), "yes: SUB-3 GroupMemberAdded@5 RelationshipEstablished@11"),
    ]);
}

#[test]
fn rel_2_after_the_end_it_knows_the_customer_and_does_nothing() {
    let ended_by = "no: REL-2 lacks Relationship, ended by RelationshipEnded@13";
    ended().answers([
        (PA, "customer.view", customer(C), ended_by),
        (PH, "customer.view", customer(C), ended_by),
        (P_SALES, "customer.view", customer(C), ended_by),
        (PU, "customer.view", customer(C), "unknown"),
        (PS, "subscription.provision", customer(C), "no: SUB-3 lacks Relationship, ended by RelationshipEnded@13"),
    ]);
}

#[test]
fn rel_3_what_one_partner_loses_the_others_keep() {
    // 12 to 14 Q arrives, 15 its invitation, 16 to 18 the acceptance.
    let world = with_dap().and(arrives(QG, QA)).and([invites(QA, K, true), accepts(CG, K)]);
    let qs = [
        (QA, "customer.view", customer(C), "yes: REL-2 GroupMemberAdded@14 RelationshipEstablished@17"),
        (QA, "directory.administer", customer(C), "yes: DAP-1 GroupMemberAdded@14 DapGranted@18"),
    ];
    let world = world.answers(qs).and([revokes(CG, P)]).answers(qs).answers([(
        PA,
        "directory.administer",
        customer(C),
        "no: DAP-1 lacks Dap, ended by DapRevoked@19",
    )]);
    world.and([ends(PA)]).answers(qs).answers([(
        PA,
        "customer.view",
        customer(C),
        "no: REL-2 lacks Relationship, ended by RelationshipEnded@20",
    )]);
}

#[test]
fn rel_3_no_partner_acts_for_another() {
    let world = || with_dap().and(arrives(QG, QA)).and([invites(QA, K, true), accepts(CG, K)]);
    for (who, partner) in [(QA, P), (PA, Q), (QG, P), (QA, NONE)] {
        for name in ["RevokeDap", "EndRelationship"] {
            let Err(refusal) = world().result(who, name, json!({"customer": C, "partner": partner})) else {
                panic!("{name} was accepted")
            };
            assert_eq!(refusal.code(), "notFound", "{who:?} {name} {partner}");
        }
    }
}

#[test]
fn rel_4_the_end_takes_delegated_admin_with_it() {
    with_dap().when(PA, "EndRelationship", pair()).then([dap_revoked(), relationship_ended()]).answers([
        (PA, "directory.read", customer(C), "no: DAP-1 lacks Dap, ended by DapRevoked@12"),
        (PA, "customer.view", customer(C), "no: REL-2 lacks Relationship, ended by RelationshipEnded@13"),
    ]);
    without_dap().when(PA, "EndRelationship", pair()).then([relationship_ended()]);
    revoked().when(PA, "EndRelationship", pair()).then([relationship_ended()]);
}

#[test]
fn rel_4_the_partners_admin_agents_end_it_and_nobody_else() {
    let refusal = || not_allowed(Rule::Rel4, Missing::Membership(AdminAgents), None);
    for who in [PH, PS, CG, CU] {
        with_dap().when(who, "EndRelationship", pair()).then_refusal(refusal());
    }
    let strangers = || with_dap().and(arrives(QG, QA)).and([d_arrives()]);
    for who in [PG, PU, QA, DG] {
        strangers().when(who, "EndRelationship", pair()).then_not_found("customer");
    }
    with_dap().answers([
        (PA, "relationship.end", customer(C), "yes: REL-4 GroupMemberAdded@3 RelationshipEstablished@10"),
        (PA, "relationship.end", customer(C).beside(P), "yes: REL-4 GroupMemberAdded@3 RelationshipEstablished@10"),
        (P_ADMINS, "relationship.end", customer(C), "yes: REL-4 RelationshipEstablished@10"),
        (CG, "relationship.end", customer(C).beside(P), "no: REL-4 lacks Membership(AdminAgents)"),
    ]);
}

#[test]
fn rel_4_an_ended_one_gives_no_relationship() {
    let none = ("noRelationship", Some(Rule::Rel4));
    for name in ["EndRelationship", "RevokeDap"] {
        ended().when(PA, name, pair()).then_refused(none.0, none.1);
        for who in [PH, PS] {
            ended().when(who, name, pair()).then_refused("notAllowed", Some(Rule::Rel4));
        }
        // If there never was one, there is nothing to know of.
        for who in [PA, PH, PG, CG] {
            let Err(refusal) = world().result(who, name, pair()) else { panic!("{name} was accepted") };
            assert_eq!(refusal.code(), "notFound", "{who:?} {name}");
        }
    }
    ended().when(CG, "RevokeDap", pair()).then_refused(none.0, none.1);
    ended().answers([
        (PA, "relationship.end", customer(C), "yes: REL-4 GroupMemberAdded@3 RelationshipEstablished@10"),
        (PA, "dap.revoke", customer(C), "yes: REL-4 GroupMemberAdded@3 RelationshipEstablished@10"),
    ]);
}

#[test]
fn rel_4_every_one_that_was_established_is_a_reason_of_its_own() {
    let twice = |rule: &str| {
        let reason = |position| format!("{rule} GroupMemberAdded@3 RelationshipEstablished@{position}");
        format!("yes: {}; {}", reason(16), reason(10))
    };
    // 14 InvitationSent, 15 InvitationAccepted, 16 RelationshipEstablished.
    let world = ended().and([invites(PA, J, false), accepts(CG, J)]);
    for (action, rule) in [
        ("relationship.end", "REL-4"),
        ("dap.revoke", "REL-4"),
        ("history.view", "VIS-2"),
        ("serviceRequest.open", "SUP-1"),
    ] {
        assert_eq!(world.shown(&world.decision(16, PA, action, customer(C))), twice(rule), "{action}");
    }
    // What is owed anew after a renegotiation is not owed by what was established before it.
    let again = ended().and([renegotiates(P), invites(PA, J, false), accepts(CG, J)]);
    again.answers([(
        PA,
        "serviceRequest.open",
        customer(C),
        "yes: SUP-1 GroupMemberAdded@3 RelationshipEstablished@17",
    )]);
}

#[test]
fn rel_4_dap_that_is_not_in_force_gives_no_dap() {
    for who in [PA, CG] {
        without_dap().when(who, "RevokeDap", pair()).then_refusal(Refusal::NoDap);
        revoked().when(who, "RevokeDap", pair()).then_refused("noDap", Some(Rule::Rel4));
    }
}

#[test]
fn rel_4_the_end_waits_for_the_partners_active_subscriptions() {
    let microsoft365 = json!({"customer": C, "partner": P, "kind": "microsoft365", "name": "Office"});
    let world = with_dap().and([provisions(PS, S1, A1)]);
    let world = world.when(PA, "EndRelationship", pair()).then_refusal(Refusal::ActiveSubscriptions(1));
    let world = world.and([did(PA, "ProvisionSubscription", microsoft365)]);
    let world = world.when(PA, "EndRelationship", pair()).then_refused("activeSubscriptions", Some(Rule::Rel4));
    // Without its role assignment it is active still.
    let world = world.and([removes(CG, A1)]);
    world.when(PA, "EndRelationship", pair()).then_refusal(Refusal::ActiveSubscriptions(2));
}

#[test]
fn rel_4_the_end_waits_for_no_other_subscription() {
    // C's own, another partner's, and the partner's own for another customer.
    let for_d = json!({"customer": D, "partner": P, "kind": "azure", "name": "Production"});
    let world = with_dap()
        .and(arrives(QG, QA))
        .and([d_arrives(), invites(QA, K, true), accepts(CG, K), invites(PA, J, false), accepts(DG, J)])
        .and([registers(S1, A1), provisions(QA, S2, A2), did(PA, "ProvisionSubscription", for_d)]);
    world.when(PA, "EndRelationship", pair()).then([dap_revoked(), relationship_ended()]);
}

#[test]
fn rel_4_role_assignments_stay() {
    // 12 SubscriptionRegistered, 13, 14 RoleAssigned, 15 DapRevoked, 16 RelationshipEnded.
    let world = with_dap().and([registers(S1, A1), assigns(CG, S1, A2, "Contributor", P_SALES), ends(PA)]);
    world.answers([
        (PS, "subscription.manage", subscription(S1), "yes: SUB-4 RoleAssigned@14 GroupMemberAdded@5"),
        (PS, "customer.view", customer(C), "no: REL-2 lacks Relationship, ended by RelationshipEnded@16"),
    ]);
}
