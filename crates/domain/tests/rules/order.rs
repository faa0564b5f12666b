//! The order of checks, given ids that exist, and ids that are made.

use crate::given::*;
use procura_domain::{
    access::Missing,
    id::{DeviceId, InvitationId, ProfileId, ServiceRequestId, SubscriptionId},
    refusal::Refusal,
    rule::Rule,
};
use serde_json::{Value, json};

fn code(world: World, who: Who, name: &'static str, fields: Value) -> &'static str {
    world.result(who, name, fields).map_or_else(|refusal| refusal.code(), |_| "accepted")
}

#[test]
fn the_shape_comes_before_the_actor() {
    let provision = json!({
        "customer": NONE, "partner": NONE, "kind": "microsoft365", "roleAssignment": NONE, "name": "Office",
    });
    let register = json!({
        "customer": NONE, "subscription": NONE, "kind": "microsoft365", "roleAssignment": NONE, "name": "Office",
    });
    let update = json!({"customer": NONE, "profile": NONE});
    for who in [STRANGER, OPERATOR, PU, PA, CG] {
        assert_eq!(code(world(), who, "UpdateProfile", update.clone()), "invalidCommand");
        assert_eq!(code(world(), who, "ProvisionSubscription", provision.clone()), "invalidCommand");
        assert_eq!(code(world(), who, "RegisterSubscription", register.clone()), "invalidCommand");
    }
}

#[test]
fn the_actor_comes_before_what_is_unknown() {
    let refusal = not_allowed(Rule::Ten2, Missing::RegisteredTenant, None);
    let unknown = json!({"customer": NONE, "partner": NONE});
    world().when(STRANGER, "RevokeDap", unknown).then_refusal(refusal.clone());
    world().when(STRANGER, "RevokeDap", json!({"customer": C, "partner": P})).then_refusal(refusal.clone());
    with_dap().when(OPERATOR, "RevokeDap", json!({"customer": C, "partner": P})).then_refusal(refusal);
}

#[test]
fn what_is_unknown_comes_before_what_is_not_allowed() {
    let world = || with_dap().and([registers(S1, A1)]);
    // CU, a plain user, may assign nothing; PA may not on C's own.
    for who in [CG, CU, PA] {
        let nothing = assignment(S2, A2, "Reader", STRANGER);
        world().when(who, "AssignRole", nothing).then_not_found("subscription");
        for name in ["AcceptInvite", "DeclineInvite"] {
            world().when(who, name, json!({"invitation": K, "customer": C})).then_not_found("invitation");
        }
        world()
            .when(who, "RemoveRoleAssignment", json!({"customer": C, "roleAssignment": A2}))
            .then_not_found("roleAssignment");
    }
    // The principal is looked at once the decision function has said yes.
    let principal = |to| assignment(S1, A2, "Reader", to);
    for to in [PU, STRANGER, DU] {
        for who in [CU, PA] {
            assert_eq!(code(world(), who, "AssignRole", principal(to)), "notAllowed");
        }
    }
    world().when(CG, "AssignRole", principal(STRANGER)).then_not_found("principal");
    // Whoever may not know of the subscription is not told about the principal.
    world().when(PU, "AssignRole", assignment(S1, A2, "Reader", STRANGER)).then_not_found("subscription");
    // Nor about the invitation, whoever may not know of the customer.
    world().when(PU, "AcceptInvite", json!({"invitation": NONE, "customer": C})).then_not_found("customer");
}

#[test]
fn what_is_not_found_is_named() {
    let world = || with_dap().and(arrives(QG, QA));
    let fields = |name: &str, customer: &str, partner: &str| match name {
        "AddDevice" => {
            let mut fields = a_device(V1, json!({"partner": partner}));
            fields["customer"] = customer.into();
            fields
        }
        "ProvisionSubscription" => {
            json!({"customer": customer, "partner": partner, "kind": "azure", "name": "Production"})
        }
        "OpenServiceRequest" => {
            json!({"customer": customer, "partner": partner, "title": "Mail", "severity": "minimal"})
        }
        _ => json!({"customer": customer, "partner": partner}),
    };
    for name in ["RevokeDap", "EndRelationship", "ProvisionSubscription", "AddDevice", "OpenServiceRequest"] {
        // Who knows the customer and not the partner; who does not know the customer.
        for (who, partner) in [(CG, Q), (CG, NONE), (PA, Q), (PA, NONE), (PA, C)] {
            world().when(who, name, fields(name, C, partner)).then_not_found("partner");
        }
        for (who, customer, partner) in
            [(PA, NONE, P), (QA, C, Q), (QA, C, P), (QA, C, NONE), (CG, NONE, P), (PU, C, P)]
        {
            world().when(who, name, fields(name, customer, partner)).then_not_found("customer");
        }
    }
}

#[test]
fn what_is_not_allowed_comes_before_the_state() {
    let taken = || {
        let world = with_dap().and([provisions(PA, S1, A1), registers(S2, A2), adds_device(PA, V1)]);
        world.and([makes_profile(CG, F1), applies(CG, F1, &[V1]), withdraws_another(), adopts("dapRequired")])
    };
    let rows: [(Who, &str, Value); 23] = [
        // A role that is held and one that is not, the last administrator's.
        (PA, "AssignDirectoryRole", directory_role(CG, "GlobalAdministrator")),
        (PA, "RemoveDirectoryRole", directory_role(CG, "HelpdeskAdministrator")),
        (PU, "RemoveDirectoryRole", directory_role(PG, "GlobalAdministrator")),
        // What is used up and what is withdrawn.
        (PH, "WithdrawInvite", json!({"invitation": I})),
        (PH, "WithdrawInvite", json!({"invitation": K})),
        (CU, "DeclineInvite", json!({"invitation": I, "customer": C})),
        // No contract, an id that exists, a profile that is applied, the policy in force.
        (PG, "RenegotiateContract", json!({"customer": NONE, "partner": P})),
        (PS, "CreateProfile", json!({"customer": C, "profile": F1, "name": "Standard"})),
        (PS, "DeleteProfile", json!({"customer": C, "profile": F1})),
        (CG, "AdoptAutopilotPolicy", json!({"policy": "dapRequired"})),
        (PA, "ErasePersonalData", json!({"subject": format!("invitation:{NONE}")})),
        (PU, "RegisterPartner", registration("partner", P, PG)),
        (CG, "RegisterCustomer", registration("customer", C, CG)),
        (PA, "AddGroupMember", json!({"partner": P, "group": "AdminAgents", "user": PA.id()})),
        (PA, "RemoveGroupMember", json!({"partner": P, "group": "AdminAgents", "user": PU.id()})),
        (PH, "SendInvite", json!({"invitation": I, "partner": P, "delegatedAdmin": true, "locale": "en"})),
        (CU, "AcceptInvite", json!({"invitation": I, "customer": C})),
        (CU, "RevokeDap", json!({"customer": C, "partner": P})),
        (PS, "EndRelationship", json!({"customer": C, "partner": P})),
        (
            PH,
            "ProvisionSubscription",
            json!({"customer": C, "partner": P, "subscription": S1, "kind": "azure", "name": "Production"}),
        ),
        (CU, "RegisterSubscription", json!({"customer": C, "subscription": S1, "kind": "azure", "name": "Legacy"})),
        (CU, "AssignRole", assignment(S1, A1, "Owner", P_ADMINS)),
        (PH, "AddDevice", a_device(V1, json!({"partner": P}))),
    ];
    for (who, name, fields) in rows {
        assert_eq!(code(taken(), who, name, fields), "notAllowed", "{who:?} {name}");
    }
    let removal = json!({"customer": C, "roleAssignment": A1});
    assert_eq!(code(taken(), PS, "RemoveRoleAssignment", removal), "notAllowed");
}

/// PA withdraws the invitation K, which it sent before.
fn withdraws_another() -> Step {
    let sent = json!({
        "invitation": K, "partner": P, "delegatedAdmin": true, "locale": "en", "uses": "once",
        "expiresAt": "2021-01-01T00:00:00Z",
    });
    let withdrawn = json!({"invitation": K, "partner": P});
    happened([event("InvitationSent", sent), event("InvitationWithdrawn", withdrawn)])
}

#[test]
fn what_only_operators_do_is_not_told_to_others() {
    // Neither what there is nor how it stands.
    let rows = [
        ("RenegotiateContract", json!({"customer": C, "partner": P}), Rule::Sup3),
        ("RenegotiateContract", json!({"customer": NONE, "partner": NONE}), Rule::Sup3),
        ("AdoptAutopilotPolicy", json!({"policy": "relationship"}), Rule::Apl8),
        ("RegisterCustomer", registration("customer", C, CG), Rule::Ten1),
        ("ErasePersonalData", json!({"subject": format!("invitation:{I}")}), Rule::Ten2),
        ("ErasePersonalData", json!({"subject": format!("invitation:{NONE}")}), Rule::Ten2),
    ];
    for (name, fields, rule) in rows {
        for who in [PG, PA, PU, CG, CU] {
            with_dap().when(who, name, fields.clone()).then_refusal(not_allowed(rule, Missing::Operator, None));
        }
    }
}

#[test]
fn a_given_id_that_exists_is_refused() {
    let world = || with_dap().and([d_arrives(), provisions(PA, S1, A1), adds_device(PA, V1)]);
    let exists = |who, name, fields: Value, field| {
        world().when(who, name, fields.clone()).then_refusal(Refusal::AlreadyExists(field));
        let refusal = Refusal::AlreadyExists(field);
        assert_eq!((refusal.code(), refusal.rule()), ("alreadyExists", None));
    };
    let invite = |id| json!({"invitation": id, "partner": P, "delegatedAdmin": true, "locale": "en"});
    exists(PS, "SendInvite", invite(I), "invitation");
    let provision = |s, a| {
        json!({
            "customer": C, "partner": P, "subscription": s, "roleAssignment": a, "kind": "azure", "name": "Production",
        })
    };
    exists(PA, "ProvisionSubscription", provision(S1, A2), "subscription");
    exists(PA, "ProvisionSubscription", provision(S1, A1), "subscription");
    exists(PA, "ProvisionSubscription", provision(S2, A1), "roleAssignment");
    let register = |customer, s, a| json!({"customer": customer, "subscription": s, "roleAssignment": a, "kind": "azure", "name": "Legacy"});
    exists(CG, "RegisterSubscription", register(C, S1, A2), "subscription");
    exists(CG, "RegisterSubscription", register(C, S2, A1), "roleAssignment");
    // Whichever tenant holds it.
    exists(DG, "RegisterSubscription", register(D, S1, A2), "subscription");
    exists(DG, "RegisterSubscription", register(D, S2, A1), "roleAssignment");
    exists(CG, "AssignRole", assignment(S1, A1, "Reader", PU), "roleAssignment");
    exists(PA, "AddDevice", a_device(V1, json!({"partner": P})), "device");
    let mut elsewhere = a_device(V1, json!({"source": "intune"}));
    elsewhere["customer"] = D.into();
    exists(DG, "AddDevice", elsewhere, "device");
    let made = |customer| json!({"customer": customer, "profile": F1, "name": "Standard"});
    for (who, customer) in [(PA, C), (CG, C), (DG, D)] {
        let world = world().and([makes_profile(CG, F1)]);
        world.when(who, "CreateProfile", made(customer)).then_refusal(Refusal::AlreadyExists("profile"));
    }
}

#[test]
fn the_id_of_what_has_ended_exists_still() {
    let removed = with_dap().and([registers(S1, A1), assigns(CG, S1, A2, "Reader", PU), removes(CG, A2)]);
    removed
        .when(CG, "AssignRole", assignment(S1, A2, "Reader", PU))
        .then_refusal(Refusal::AlreadyExists("roleAssignment"));
    let used = with_dap().when(
        PA,
        "SendInvite",
        json!({"invitation": I, "partner": P, "delegatedAdmin": true, "locale": "en"}),
    );
    used.then_refusal(Refusal::AlreadyExists("invitation"));
}

#[test]
fn an_existing_id_comes_before_the_rest_of_the_state() {
    let taken = |field| Refusal::AlreadyExists(field);
    let world = || with_dap().and([registers(S1, A1)]);
    // … before the missing link, the role that is held, the hardware that is registered, the kind that has no roles.
    let message = json!({"subject": "Invitation", "body": "no link"});
    let fields = json!({"invitation": I, "partner": P, "delegatedAdmin": true, "locale": "en", "message": message});
    world().when(PA, "SendInvite", fields).then_refusal(taken("invitation"));
    world().when(CG, "AssignRole", assignment(S1, A1, "Owner", CG)).then_refusal(taken("roleAssignment"));
    let device = world().and([adds_device(PA, V1)]).when(PA, "AddDevice", a_device(V1, json!({"partner": P})));
    device.then_refusal(taken("device"));
    let microsoft365 = json!({"customer": C, "subscription": S2, "kind": "microsoft365", "name": "Office"});
    let microsoft365 = world().and([did(CG, "RegisterSubscription", microsoft365)]);
    microsoft365.when(CG, "AssignRole", assignment(S2, A1, "Owner", CG)).then_refusal(taken("roleAssignment"));
}

#[test]
fn ids_that_are_left_out_are_made() {
    // Neither command has a predecessor that the other had not, so both find the same fresh ids.
    let fresh = with_dap().fresh();
    let role_assignment = fresh.role_assignment.to_string();
    let (subscription, device, invitation) = (
        SubscriptionId::new(fresh.entity).to_string(),
        DeviceId::new(fresh.entity).to_string(),
        InvitationId::new(fresh.entity).to_string(),
    );
    let without = |mut fields: Value, id: &str| {
        fields.as_object_mut().unwrap().remove(id);
        fields
    };
    let mut owner = assignment(&subscription, &role_assignment, "Owner", P_ADMINS);
    owner["origin"] = "provisioning".into();
    let fields = json!({"customer": C, "partner": P, "kind": "azure", "name": "Production"});
    let mut provisioned = fields.clone();
    provisioned["subscription"] = subscription.clone().into();
    let made = with_dap().when(PA, "ProvisionSubscription", fields);
    made.then([event("SubscriptionProvisioned", provisioned), event("RoleAssigned", owner)]);

    let mut owner = assignment(S1, &role_assignment, "Owner", CG);
    owner["origin"] = "registered".into();
    let fields = json!({"customer": C, "subscription": S1, "kind": "azure", "name": "Legacy"});
    let made = with_dap().when(CG, "RegisterSubscription", fields.clone());
    made.then([event("SubscriptionRegistered", fields), event("RoleAssigned", owner)]);

    let mut assigned = assignment(S1, &role_assignment, "Reader", PU);
    assigned["roleAssignment"] = format!("f0000000-0000-0000-0000-{:012x}", 14).into();
    assigned["origin"] = "assigned".into();
    let registered = with_dap().and([registers(S1, A1)]);
    let made = registered.when(CG, "AssignRole", without(assignment(S1, NONE, "Reader", PU), "roleAssignment"));
    made.then([event("RoleAssigned", assigned)]);

    let fields = a_device(NONE, json!({"partner": P}));
    let mut added = fields.clone();
    added["device"] = device.into();
    with_dap().when(PA, "AddDevice", without(fields, "device")).then([event("DeviceAdded", added)]);

    let fields = json!({"customer": C, "name": "Standard"});
    let settings = json!({
        "removeOemPreinstalls": false, "oobeUserNotLocalAdmin": false, "skipExpressSettings": false,
        "skipOemRegistration": false, "skipEula": false,
    });
    let created = json!({"profile": ProfileId::new(fresh.entity).to_string(), "settings": settings});
    let created = event("ProfileCreated", extended(fields.clone(), created));
    with_dap().when(PA, "CreateProfile", fields).then([created]);

    let fields = json!({"customer": C, "partner": P, "title": "Mail", "severity": "minimal"});
    let opened = json!({"serviceRequest": ServiceRequestId::new(fresh.entity).to_string(), "route": "adminPortal"});
    let opened = event("ServiceRequestOpened", extended(fields.clone(), opened));
    with_dap().when(PA, "OpenServiceRequest", fields).then([opened]);

    let fields = json!({"partner": P, "delegatedAdmin": true, "locale": "en"});
    let mut sent = fields.clone();
    sent["invitation"] = invitation.into();
    sent["uses"] = "once".into();
    sent["expiresAt"] = "2020-09-17T08:07:00Z".into();
    with_dap().when(PA, "SendInvite", fields).then([event("InvitationSent", sent)]);
}
