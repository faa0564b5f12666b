//! Tenants: TEN-1, TEN-2, and the groups.

use crate::given::*;
use procura_domain::{
    access::{Missing, Question},
    rule::Rule,
    visibility::{self, Reader, VisibleScope},
    vocabulary::DirectoryRole::GlobalAdministrator,
};
use serde_json::{Value, json};

#[test]
fn ten_1_a_tenant_is_registered_once_with_its_first_global_administrator() {
    let role = |tenant, user: Who| {
        event("DirectoryRoleAssigned", json!({"tenant": tenant, "user": user.id(), "role": "GlobalAdministrator"}))
    };
    let named = |kind: &str, id| json!({kind: id, "name": "Contoso", "domain": "contoso.com"});
    let refused = |world: World, kind, name, tenant| {
        world.when(OPERATOR, name, registration(kind, tenant, CG)).then_refused("alreadyRegistered", Some(Rule::Ten1))
    };
    let world = given([])
        .when(OPERATOR, "RegisterPartner", registration("partner", P, PG))
        .then([event("PartnerRegistered", named("partner", P)), role(P, PG)])
        .when(OPERATOR, "RegisterCustomer", registration("customer", C, CG))
        .then([event("CustomerRegistered", named("customer", C)), role(C, CG)]);
    // Neither again, nor as the other.
    let world = [("partner", "RegisterPartner"), ("customer", "RegisterCustomer")]
        .into_iter()
        .fold(world, |world, (kind, name)| refused(refused(world, kind, name, P), kind, name, C));
    world.asked(PG, "group.manage", partner(P)).allowed(&[Rule::Ten2]);
}

#[test]
fn ten_1_only_an_operator_registers() {
    for name in ["RegisterPartner", "RegisterCustomer"] {
        let fields = |tenant| registration(if name == "RegisterPartner" { "partner" } else { "customer" }, tenant, CG);
        // Whoever may not register is not told what is registered.
        for (who, tenant) in [(PG, D), (PA, C), (CG, D), (CG, C), (CU, P)] {
            let refusal = not_allowed(Rule::Ten1, Missing::Operator, None);
            world().when(who, name, fields(tenant)).then_refusal(refusal);
        }
        let refusal = not_allowed(Rule::Ten2, Missing::RegisteredTenant, None);
        world().when(STRANGER, name, fields(X)).then_refusal(refusal);
    }
}

#[test]
fn ten_1_groups_start_empty() {
    let world = given([did(OPERATOR, "RegisterPartner", registration("partner", P, PG))]);
    let world = world.answers([
        (PG, "invitation.send", partner(P), "no: INV-1 lacks Membership(AdminAgents)"),
        (PA, "invitation.send", partner(P), "no: INV-1 lacks Membership(AdminAgents)"),
        // A question about a group is answered whether or not it has members.
        (P_ADMINS, "invitation.send", partner(P), "yes: INV-1"),
    ]);
    let fields = json!({"partner": P, "group": "AdminAgents", "user": PA.id()});
    world.when(PG, "RemoveGroupMember", fields).then_refused("notMember", None);
}

#[test]
fn ten_2_a_global_administrator_says_who_is_in_its_groups() {
    let joined = json!({"partner": P, "group": "SalesAgents", "user": PU.id()});
    world()
        .answers([(PG, "group.manage", partner(P), "yes: TEN-2 DirectoryRoleAssigned@2")])
        .when(PG, "AddGroupMember", joined.clone())
        .then([event("GroupMemberAdded", joined.clone())])
        .when(PG, "AddGroupMember", joined.clone())
        .then_refused("alreadyMember", None)
        .when(PG, "RemoveGroupMember", joined.clone())
        .then([event("GroupMemberRemoved", joined.clone())])
        .when(PG, "RemoveGroupMember", joined.clone())
        .then_refused("notMember", None)
        .when(PG, "AddGroupMember", joined.clone())
        .then([event("GroupMemberAdded", joined)]);
}

#[test]
fn ten_2_membership_is_per_group() {
    let fields = |group| json!({"partner": P, "group": group, "user": PA.id()});
    world()
        .when(PG, "RemoveGroupMember", fields("SalesAgents"))
        .then_refused("notMember", None)
        .when(PG, "AddGroupMember", fields("AdminAgents"))
        .then_refused("alreadyMember", None)
        .when(PG, "AddGroupMember", fields("HelpdeskAgents"))
        .then([event("GroupMemberAdded", fields("HelpdeskAgents"))]);
}

#[test]
fn ten_2_nobody_else_says_who_is_in_a_partners_groups() {
    let related = || with_dap().and(arrives(QG, QA));
    for name in ["AddGroupMember", "RemoveGroupMember"] {
        let fields = |partner| json!({"partner": partner, "group": "AdminAgents", "user": PA.id()});
        let refusal = || not_allowed(Rule::Ten2, Missing::DirectoryRole(GlobalAdministrator), None);
        // Its own agents and users; a customer that knows the partner.
        for who in [PA, PH, PS, PU, CG] {
            related().when(who, name, fields(P)).then_refusal(refusal());
        }
        // Who may not know of it, and what is no partner.
        for (who, partner) in [(QG, P), (QA, P), (PG, Q), (PG, NONE), (PG, C), (CG, C), (CG, Q)] {
            related().when(who, name, fields(partner)).then_not_found("partner");
        }
    }
}

#[test]
fn ten_2_a_user_is_its_tenant_and_object_id() {
    // The same object ids in other tenants are other people.
    let (as_agent, as_administrator) = (Who::User(Q, PA.id()), Who::User(D, CG.id()));
    let world = with_dap().and(arrives(QG, QA)).and([d_arrives()]);
    world
        .answers([
            (as_agent, "customer.view", customer(C), "unknown"),
            (as_agent, "invitation.send", partner(P), "unknown"),
            (as_agent, "invitation.send", partner(Q), "no: INV-1 lacks Membership(AdminAgents)"),
            (as_administrator, "customer.view", customer(C), "unknown"),
            (as_administrator, "customer.view", customer(D), "no: VIS-1 lacks DirectoryRole(GlobalAdministrator)"),
        ])
        .when(as_administrator, "AcceptInvite", json!({"invitation": I, "customer": C}))
        .then_not_found("customer");
}

#[test]
fn ten_2_nor_do_they_hold_each_others_roles_where_they_know_the_tenant() {
    // An admin agent of P with the object id of C's Global administrator; a user of C with that of P's.
    let (agent, of_customer) = (Who::User(P, CG.id()), Who::User(C, PG.id()));
    // 12, 13 S1 with CG as Owner, 14 the device, 15 the agent.
    let world = with_dap().and([registers(S1, A1), adds_own_device(V1, "intune"), joins(agent, "AdminAgents")]);
    let by_dap = "yes: APL-3 GroupMemberAdded@15 RelationshipEstablished@10 DapGranted@11";
    let world = world.answers([
        (agent, "customer.view", customer(C), "yes: REL-2 GroupMemberAdded@15 RelationshipEstablished@10"),
        (agent, "directory.administer", customer(C), "yes: DAP-1 GroupMemberAdded@15 DapGranted@11"),
        (agent, "partnerRelationships.view", customer(C), "no: DAP-4 lacks DirectoryRole(GlobalAdministrator)"),
        (agent, "invitation.accept", customer(C), "no: INV-4 lacks DirectoryRole(GlobalAdministrator)"),
        (agent, "subscription.register", customer(C), "no: SUB-9 lacks DirectoryRole(GlobalAdministrator)"),
        (agent, "subscription.read", subscription(S1), "no: SUB-1 lacks RoleOnSubscription"),
        (agent, "roleAssignment.create", subscription(S1), "no: SUB-1 lacks RoleOnSubscription"),
        (agent, "device.delete", device(V1), by_dap),
        (of_customer, "group.manage", partner(P), "no: TEN-2 lacks DirectoryRole(GlobalAdministrator)"),
        (of_customer, "dap.revoke", customer(C), "no: DAP-4 lacks DirectoryRole(GlobalAdministrator)"),
    ]);
    let (reader, c) = (Reader::User(agent.user()), C.parse().unwrap());
    let scope = visibility::customer_scope(reader, c, world.now(), &world.state);
    assert_eq!(scope, Some(VisibleScope::Partner(P.parse().unwrap())));
    assert!(!visibility::sees_partner_relationships(reader, c, world.now(), &world.state));
    let about_another = Question { subject: CU.subject(), resource: customer(C).resource("customer.view") };
    assert_eq!(visibility::may_ask(reader, &about_another, world.now(), world.now(), &world.state), None);
}

/// One well-formed command of each kind that is for users, all ids unknown.
fn of_users() -> [(&'static str, Value); 25] {
    let pair = json!({"customer": NONE, "partner": NONE});
    let user = json!({"partner": NONE, "group": "AdminAgents", "user": NONE});
    let mut provision = pair.clone();
    provision["kind"] = "azure".into();
    provision["name"] = "Production".into();
    let assignment = json!({"customer": NONE, "roleAssignment": NONE});
    let invite = json!({"partner": NONE, "delegatedAdmin": true, "locale": "en"});
    let role = json!({"tenant": NONE, "user": NONE, "role": "GlobalAdministrator"});
    let subscription = json!({"customer": NONE, "subscription": NONE});
    let device = json!({"customer": NONE, "device": NONE});
    let profile = json!({"customer": NONE, "profile": NONE});
    let devices = extended(profile.clone(), json!({"devices": [NONE]}));
    [
        ("AssignDirectoryRole", role.clone()),
        ("RemoveDirectoryRole", role),
        ("WithdrawInvite", json!({"invitation": NONE})),
        ("DeclineInvite", json!({"invitation": NONE, "customer": NONE})),
        ("RenewSubscription", subscription.clone()),
        ("CancelSubscription", subscription),
        ("UpdateDevice", extended(device.clone(), json!({"groupTag": ""}))),
        ("RemoveDevice", device),
        ("CreateProfile", json!({"customer": NONE, "name": "Standard"})),
        ("UpdateProfile", extended(profile.clone(), json!({"name": "Standard"}))),
        ("DeleteProfile", profile),
        ("ApplyProfile", devices.clone()),
        ("RemoveProfile", devices),
        ("OpenServiceRequest", extended(pair.clone(), json!({"title": "Mail", "severity": "minimal"}))),
        ("AddGroupMember", user.clone()),
        ("RemoveGroupMember", user),
        ("SendInvite", invite),
        ("AcceptInvite", json!({"invitation": NONE, "customer": NONE})),
        ("RevokeDap", pair.clone()),
        ("EndRelationship", pair),
        ("ProvisionSubscription", provision),
        ("RegisterSubscription", json!({"customer": NONE, "subscription": NONE, "kind": "azure", "name": "Legacy"})),
        ("AssignRole", assignment_of_nothing()),
        ("RemoveRoleAssignment", assignment),
        ("AddDevice", {
            let mut fields = a_device(NONE, json!({"partner": NONE}));
            fields["customer"] = NONE.into();
            fields
        }),
    ]
}

fn assignment_of_nothing() -> Value {
    json!({
        "customer": NONE, "subscription": NONE, "role": "Owner", "principal": Who::User(NONE, NONE).principal(),
    })
}

#[test]
fn ten_2_an_actor_is_a_user_of_a_registered_tenant() {
    let refusal = || not_allowed(Rule::Ten2, Missing::RegisteredTenant, None);
    for (name, fields) in of_users() {
        world().when(STRANGER, name, fields.clone()).then_refusal(refusal());
        world().when(OPERATOR, name, fields.clone()).then_refusal(refusal());
        // A registered one hears of what it names, whatever its rights.
        let Err(found) = world().result(PU, name, fields) else { panic!("{name} was accepted") };
        assert_eq!(found.code(), "notFound", "{name}: {found}");
    }
}

#[test]
fn ten_2_so_is_a_subject() {
    let lacking = "no: TEN-2 lacks RegisteredTenant";
    let rows = |world: World, who| {
        world.answers([
            (who, "customer.view", customer(C), lacking),
            (who, "customer.view", customer(NONE), lacking),
            (who, "invitation.send", partner(P), lacking),
            (who, "subscription.read", subscription(S1), lacking),
            (who, "device.manage", device(V1), lacking),
            (who, "profile.update", profile(F1), lacking),
        ])
    };
    // Only a partner has groups.
    let no_groups =
        [STRANGER, Who::Group(X, "AdminAgents"), Who::Group(C, "AdminAgents"), Who::Group(C, "SalesAgents")];
    no_groups.into_iter().fold(with_dap().and([registers(S1, A1), adds_device(PA, V1)]), rows);
    // Before the registration, nobody is of a registered tenant.
    world()
        .answers_at(5, [(CG, "customer.view", customer(C), lacking)])
        .answers_at(7, [(CG, "customer.view", customer(C), "yes: VIS-1 DirectoryRoleAssigned@7")]);
}
