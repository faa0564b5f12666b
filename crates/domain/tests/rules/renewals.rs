//! Renewing and cancelling subscriptions: REL-2, REL-4, SUB-9.

use crate::given::*;
use procura_domain::{
    access::Missing,
    event::Event,
    refusal::Refusal,
    rule::Rule,
    vocabulary::{DirectoryRole::GlobalAdministrator, PartnerGroup::AdminAgents},
};
use serde_json::{Value, json};

const RENEW: &str = "subscription.renew";
const CANCEL: &str = "subscription.cancel";
/// Both commands with the event each makes and the question each asks.
const BOTH: [(&str, &str, &str); 2] =
    [("RenewSubscription", "SubscriptionRenewed", RENEW), ("CancelSubscription", "SubscriptionCancelled", CANCEL)];

fn of(subscription: &str) -> Value {
    json!({"customer": C, "subscription": subscription})
}

fn cancelled(subscription: &str) -> Event {
    event("SubscriptionCancelled", of(subscription))
}

fn removed(id: &str, role: &str, from: Who) -> Event {
    event("RoleAssignmentRemoved", assignment(S1, id, role, from))
}

/// P provisioned S1: 12 SubscriptionProvisioned, 13 RoleAssigned, with DAP in force.
fn provisioned() -> World {
    with_dap().and([provisions(PA, S1, A1)])
}

/// … and cancelled it: 14 SubscriptionCancelled.
fn gone() -> World {
    provisioned().and([cancels(PA, S1)])
}

#[track_caller]
fn both(world: &World, who: Who, expected: &str) {
    let head = world.state.timeline.head().0;
    for (.., action) in BOTH {
        assert_eq!(world.shown(&world.decision(head, who, action, subscription(S1))), expected, "{who:?} {action}");
    }
}

#[test]
fn rel_2_the_partner_renews_and_cancels_what_it_provisioned() {
    let microsoft365 = json!({
        "customer": C, "partner": P, "subscription": S1, "kind": "microsoft365", "name": "Office",
    });
    let microsoft365 = || did(PS, "ProvisionSubscription", microsoft365.clone());
    // With DAP or without, of either kind, whoever of the agents provisioned it.
    let worlds = [
        provisioned(),
        without_dap().and([provisions(PS, S1, A1)]),
        provisioned().and([revokes(CG, P)]),
        with_dap().and([microsoft365()]),
        // Its roles may all be gone.
        provisioned().and([removes(CG, A1)]),
    ];
    for world in worlds {
        for who in [PA, PS] {
            for (name, event_type, _) in BOTH {
                world.clone().when(who, name, of(S1)).then([event(event_type, of(S1))]);
            }
        }
    }
    // It is renewed as often as one likes.
    let renewed = || event("SubscriptionRenewed", of(S1));
    let world = provisioned().when(PA, "RenewSubscription", of(S1)).then([renewed()]);
    world.when(PS, "RenewSubscription", of(S1)).then([renewed()]);
}

#[test]
fn rel_2_it_is_the_relationship_and_the_group_that_let_it() {
    let world = provisioned();
    both(&world, PA, "yes: REL-2 GroupMemberAdded@3 RelationshipEstablished@10");
    both(&world, PS, "yes: REL-2 GroupMemberAdded@5 RelationshipEstablished@10");
    both(&world, P_ADMINS, "yes: REL-2 RelationshipEstablished@10");
    both(&world, P_SALES, "yes: REL-2 RelationshipEstablished@10");
    both(&world, PH, "no: REL-2 lacks Membership(AdminAgents)");
    both(&world, P_HELPDESK, "no: REL-2 lacks Membership(AdminAgents)");
    both(&world, PU, "unknown");
    both(&world, PG, "unknown");
    both(&world, CG, "no: SUB-9 lacks ProvisionedBy");
    both(&world, CU, "no: SUB-9 lacks ProvisionedBy");
    // A renewal changes no answer.
    let world = world.and([did(PA, "RenewSubscription", of(S1))]);
    both(&world, PA, "yes: REL-2 GroupMemberAdded@3 RelationshipEstablished@10");
}

#[test]
fn rel_2_nobody_renews_and_cancels_what_another_provisioned() {
    // 14 to 16 Q, 17 to 20 its relationship; 21 and 22, 23 roles for Q's agents and for D's user.
    let a4 = "eeeeeeee-0000-4000-8000-000000000004";
    let world = provisioned().and(arrives(QG, QA)).and([d_arrives(), helpdesk_of_c(), invites(QA, K, true)]);
    let world = world.and([
        accepts(CG, K),
        had_assigned(S1, A2, "Owner", Who::Group(Q, "AdminAgents")),
        had_assigned(S1, A3, "Owner", DU),
        assigns(CG, S1, a4, "Owner", CG),
    ]);
    let refusal = |rule| not_allowed(rule, Missing::ProvisionedBy, None);
    for (name, ..) in BOTH {
        // Owner of it, by role; its customer; another partner with DAP: none of them provisioned it.
        for who in [QA, DU] {
            world.clone().when(who, name, of(S1)).then_refusal(refusal(Rule::Rel2));
        }
        for who in [CG, CH, CU] {
            world.clone().when(who, name, of(S1)).then_refusal(refusal(Rule::Sub9));
        }
        let helpdesk = not_allowed(Rule::Rel2, Missing::Membership(AdminAgents), None);
        world.clone().when(PH, name, of(S1)).then_refusal(helpdesk);
        for who in [PG, PU, QG, DG] {
            world.clone().when(who, name, of(S1)).then_not_found("subscription");
        }
        // Under another customer's name, and what there is not.
        for fields in
            [json!({"customer": D, "subscription": S1}), of(NONE), json!({"customer": NONE, "subscription": S1})]
        {
            world.clone().when(PA, name, fields).then_not_found("subscription");
        }
        for (who, rule) in [(STRANGER, Rule::Ten2), (OPERATOR, Rule::Ten2)] {
            let refusal = not_allowed(rule, Missing::RegisteredTenant, None);
            world.clone().when(who, name, of(S1)).then_refusal(refusal);
        }
    }
}

#[test]
fn sub_9_the_customer_renews_and_cancels_its_own() {
    // 12, 13 S1; 14 a role for P's AdminAgents, who still have no say in it.
    let world = || with_dap().and([helpdesk_of_c(), registers(S1, A1), assigns(CG, S1, A2, "Owner", P_ADMINS)]);
    let microsoft365 = json!({"customer": C, "subscription": S1, "kind": "microsoft365", "name": "Office"});
    let microsoft365 = || with_dap().and([did(CG, "RegisterSubscription", microsoft365.clone())]);
    for (name, event_type, _) in BOTH {
        for world in [world(), microsoft365(), world().and([removes(CG, A1)])] {
            world.when(CG, name, of(S1)).then([event(event_type, of(S1))]);
        }
        for who in [CH, CU] {
            let refusal = not_allowed(Rule::Sub9, Missing::DirectoryRole(GlobalAdministrator), None);
            world().when(who, name, of(S1)).then_refusal(refusal);
        }
        for who in [PA, PS] {
            let refusal = not_allowed(Rule::Rel2, Missing::ProvisionedBy, None);
            world().when(who, name, of(S1)).then_refusal(refusal);
        }
    }
    both(&world(), CG, "yes: SUB-9 DirectoryRoleAssigned@7");
    both(&world(), CU, "no: SUB-9 lacks DirectoryRole(GlobalAdministrator)");
    both(&world(), PA, "no: REL-2 lacks ProvisionedBy");
    both(&world(), P_ADMINS, "no: REL-2 lacks ProvisionedBy");
}

#[test]
fn sub_9_cancelling_leaves_reading_and_removing_roles() {
    let by = "ended by SubscriptionCancelled@14";
    let rows = |world: World| {
        world.answers([
            (PA, "subscription.read", subscription(S1), "yes: SUB-2 RoleAssigned@13 GroupMemberAdded@3"),
            (P_ADMINS, "subscription.read", subscription(S1), "yes: SUB-2 RoleAssigned@13"),
            (PA, "roleAssignment.remove", subscription(S1), "yes: SUB-6 RoleAssigned@13 GroupMemberAdded@3"),
            (CG, "roleAssignment.remove", subscription(S1), "yes: SUB-6 DirectoryRoleAssigned@7"),
            (CG, "subscription.read", subscription(S1), "no: SUB-7 lacks RoleOnSubscription"),
            (PH, "subscription.manage", subscription(S1), "no: SUB-2 lacks Membership(AdminAgents)"),
            (PH, RENEW, subscription(S1), "no: REL-2 lacks Membership(AdminAgents)"),
            (PU, "subscription.read", subscription(S1), "unknown"),
        ])
    };
    let world = rows(gone());
    for (who, action, rule) in [
        (PA, "subscription.manage", "SUB-2"),
        (PA, "roleAssignment.create", "SUB-6"),
        (CG, "roleAssignment.create", "SUB-6"),
        (PA, RENEW, "REL-2"),
        (PS, CANCEL, "REL-2"),
    ] {
        let found = world.shown(&world.decision(14, who, action, subscription(S1)));
        assert_eq!(found, format!("no: {rule} lacks ActiveSubscription, {by}"), "{who:?} {action}");
    }
    // Until then all was as ever.
    world.answers_at(
        13,
        [
            (PA, "subscription.manage", subscription(S1), "yes: SUB-2 RoleAssigned@13 GroupMemberAdded@3"),
            (CG, "roleAssignment.create", subscription(S1), "yes: SUB-6 DirectoryRoleAssigned@7"),
            (PA, RENEW, subscription(S1), "yes: REL-2 GroupMemberAdded@3 RelationshipEstablished@10"),
        ],
    );
}

#[test]
fn sub_9_whoever_could_have_acted_hears_that_it_is_cancelled() {
    let not_active = |world: World, who, name, fields: Value| {
        world.when(who, name, fields).then_refused("subscriptionNotActive", Some(Rule::Sub9))
    };
    let world = || gone().and(arrives(QG, QA)).and([helpdesk_of_c(), d_arrives()]);
    for (name, ..) in BOTH {
        for who in [PA, PS] {
            not_active(world(), who, name, of(S1));
        }
        world().when(CG, name, of(S1)).then_refusal(not_allowed(Rule::Sub9, Missing::ProvisionedBy, None));
        let helpdesk = not_allowed(Rule::Rel2, Missing::Membership(AdminAgents), None);
        world().when(PH, name, of(S1)).then_refusal(helpdesk);
        for who in [PU, PG, QA, DG] {
            world().when(who, name, of(S1)).then_not_found("subscription");
        }
    }
    let fields = || assignment(S1, A2, "Reader", CU);
    for who in [PA, CG] {
        not_active(world(), who, "AssignRole", fields());
    }
    for who in [PS, PH, CH, CU] {
        let Err(refusal) = world().result(who, "AssignRole", fields()) else { panic!("accepted") };
        assert_eq!(refusal.code(), "notAllowed", "{who:?}");
    }
    for who in [PU, QA, DG] {
        world().when(who, "AssignRole", fields()).then_not_found("subscription");
    }
    // The customer's own likewise.
    let own = || with_dap().and([registers(S1, A1), assigns(CG, S1, A2, "Contributor", CU), cancels(CG, S1)]);
    for (name, ..) in BOTH {
        not_active(own(), CG, name, of(S1));
        own().when(PA, name, of(S1)).then_refusal(not_allowed(Rule::Rel2, Missing::ProvisionedBy, None));
    }
    not_active(own(), CG, "AssignRole", assignment(S1, A3, "Reader", PU));
    let contributor = not_allowed(Rule::Sub7, Missing::RoleOnSubscription, None);
    own().when(CU, "AssignRole", assignment(S1, A3, "Reader", PU)).then_refusal(contributor);
}

#[test]
fn sub_9_comes_before_the_rest_of_the_state() {
    let not_active = |world: World, fields: Value| {
        world.when(CG, "AssignRole", fields).then_refusal(Refusal::SubscriptionNotActive);
    };
    // A role that is held, an id that is taken, a kind that has no roles.
    not_active(gone(), assignment(S1, A2, "Owner", P_ADMINS));
    not_active(gone(), assignment(S1, A1, "Reader", CU));
    let microsoft365 = json!({"customer": C, "subscription": S2, "kind": "microsoft365", "name": "Office"});
    let world = with_dap().and([did(CG, "RegisterSubscription", microsoft365), cancels(CG, S2)]);
    not_active(world, assignment(S2, A2, "Owner", CG));
    // And before the principal, which is looked at last.
    not_active(gone(), assignment(S1, A2, "Reader", STRANGER));
}

#[test]
fn sub_9_roles_stay_until_they_are_removed() {
    // 14 Contributor for PS, 15 cancelled.
    let world = || provisioned().and([assigns(PA, S1, A2, "Contributor", PS), cancels(PS, S1)]);
    let remove = |id: &str| json!({"customer": C, "roleAssignment": id});
    let world = world()
        .when(PS, "RemoveRoleAssignment", remove(A2))
        .then_refusal(not_allowed(Rule::Sub6, Missing::Membership(AdminAgents), None))
        .when(PA, "RemoveRoleAssignment", remove(A2))
        .then([removed(A2, "Contributor", PS)])
        .when(PA, "RemoveRoleAssignment", remove(A1))
        .then_refused("lastOwner", Some(Rule::Sub6))
        .when(CG, "RemoveRoleAssignment", remove(A1))
        .then([removed(A1, "Owner", P_ADMINS)]);
    // For good: nobody assigns one again.
    world
        .answers([(
            PA,
            "subscription.read",
            subscription(S1),
            "no: SUB-5 lacks RoleOnSubscription, ended by RoleAssignmentRemoved@17",
        )])
        .when(CG, "AssignRole", assignment(S1, A3, "Owner", P_ADMINS))
        .then_refusal(Refusal::SubscriptionNotActive);
}

#[test]
fn sub_9_the_id_of_a_cancelled_subscription_is_taken() {
    let fields = json!({"customer": C, "partner": P, "subscription": S1, "kind": "azure", "name": "Production"});
    gone().when(PA, "ProvisionSubscription", fields).then_refusal(Refusal::AlreadyExists("subscription"));
    let fields = json!({"customer": C, "subscription": S1, "kind": "azure", "name": "Legacy"});
    gone().when(CG, "RegisterSubscription", fields).then_refusal(Refusal::AlreadyExists("subscription"));
}

#[test]
fn rel_4_the_end_waits_until_the_partners_subscriptions_are_cancelled() {
    let pair = || json!({"customer": C, "partner": P});
    let ended = [event("DapRevoked", pair()), event("RelationshipEnded", pair())];
    // S1 and S2 are P's, and the customer's own is none of its business.
    let own = "bbbbbbbb-0000-4000-8000-000000000003";
    let world = provisioned().and([provisions(PS, S2, A2), registers(own, A3)]);
    let world = world
        .when(PA, "EndRelationship", pair())
        .then_refusal(Refusal::ActiveSubscriptions(2))
        .when(PS, "CancelSubscription", of(S2))
        .then([cancelled(S2)])
        .when(PA, "EndRelationship", pair())
        .then_refusal(Refusal::ActiveSubscriptions(1))
        .when(PA, "CancelSubscription", of(S1))
        .then([cancelled(S1)])
        .when(PA, "EndRelationship", pair())
        .then(ended);
    // What stays is what the roles give: 12, 13 S1, 14, 15 S2, 16, 17, 18, 19 cancelled, 20 and 21 the end.
    let world = world.answers([
        (PA, "subscription.read", subscription(S1), "yes: SUB-4 RoleAssigned@13 GroupMemberAdded@3"),
        (PA, RENEW, subscription(S1), "no: REL-2 lacks Relationship, ended by RelationshipEnded@21"),
        (
            PA,
            "subscription.manage",
            subscription(S1),
            "no: SUB-4 lacks ActiveSubscription, ended by SubscriptionCancelled@19",
        ),
    ]);
    let refusal = not_allowed(Rule::Rel2, Missing::Relationship, Some("RelationshipEnded@21"));
    for (name, ..) in BOTH {
        world.clone().when(PA, name, of(S1)).then_refusal(refusal.clone());
    }
    // Related anew, it hears again that its subscription is cancelled.
    let world = world.and([invites(PA, K, false), accepts(CG, K)]);
    world.when(PA, "RenewSubscription", of(S1)).then_refusal(Refusal::SubscriptionNotActive);
}
