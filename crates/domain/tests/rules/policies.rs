//! The Autopilot policy and what `dapRequired` asks for: APL-5, APL-6, APL-8.

use crate::given::*;
use procura_domain::{
    access::Missing,
    event::Event,
    facts::Facts,
    refusal::Refusal,
    rule::Rule,
    vocabulary::{AutopilotPolicy, PartnerGroup::AdminAgents},
};
use serde_json::{Value, json};

const ON_PROFILE: [&str; 2] = ["profile.update", "profile.delete"];
const ON_DEVICE: [&str; 2] = ["profile.apply", "profile.remove"];

fn adoption(policy: &str) -> Value {
    json!({"policy": policy})
}

fn adopted(policy: &str) -> Event {
    event("AutopilotPolicyAdopted", adoption(policy))
}

/// A profile F1, V1 that P added, V2 that C added: positions from 12 on, 12 to 14; then the policy.
fn under_dap_required(world: World) -> World {
    world.and([makes_profile(CG, F1), adds_device(PS, V1), adds_own_device(V2, "intune"), adopts("dapRequired")])
}

/// Every command of APL-5, on F1 and V1.
fn commands() -> [(&'static str, Value); 5] {
    let of_f1 = |more: Value| extended(json!({"customer": C, "profile": F1}), more);
    [
        ("CreateProfile", json!({"customer": C, "profile": F2, "name": "Kiosk"})),
        ("UpdateProfile", of_f1(json!({"name": "Kiosk"}))),
        ("DeleteProfile", of_f1(json!({}))),
        ("ApplyProfile", on_devices(F1, &[V1])),
        ("RemoveProfile", on_devices(F1, &[V1])),
    ]
}

#[track_caller]
fn assert_answer(world: &World, position: u64, who: Who, action: &str, on: On, expected: &str) {
    assert_eq!(world.shown(&world.decision(position, who, action, on)), expected, "{who:?} {action} at {position}");
}

/// Every question of APL-5: on the customer, on F1, on V1 and V2.
#[track_caller]
fn all_five(world: &World, who: Who, expected: &str) {
    let head = world.state.timeline.head().0;
    assert_answer(world, head, who, "profile.create", customer(C), expected);
    for action in ON_PROFILE {
        assert_answer(world, head, who, action, profile(F1), expected);
    }
    for (action, id) in ON_DEVICE.into_iter().flat_map(|action| [(action, V1), (action, V2)]) {
        assert_answer(world, head, who, action, device(id), expected);
    }
}

#[test]
fn apl_8_an_operator_adopts_a_policy() {
    world()
        .when(OPERATOR, "AdoptAutopilotPolicy", adoption("dapRequired"))
        .then([adopted("dapRequired")])
        .when(OPERATOR, "AdoptAutopilotPolicy", adoption("dapRequired"))
        .then_refused("policyInForce", Some(Rule::Apl8))
        .when(OPERATOR, "AdoptAutopilotPolicy", adoption("relationship"))
        .then([adopted("relationship")])
        .when(OPERATOR, "AdoptAutopilotPolicy", adoption("relationship"))
        .then_refusal(Refusal::PolicyInForce);
    // The first policy is `relationship`, before anything happened.
    let first = given([]).when(OPERATOR, "AdoptAutopilotPolicy", adoption("relationship"));
    first.then_refused("policyInForce", Some(Rule::Apl8));
    given([]).when(OPERATOR, "AdoptAutopilotPolicy", adoption("dapRequired")).then([adopted("dapRequired")]);
}

#[test]
fn apl_8_nobody_else_adopts_one() {
    for policy in ["relationship", "dapRequired"] {
        for who in [PG, PA, PU, CG, CU] {
            let refusal = not_allowed(Rule::Apl8, Missing::Operator, None);
            with_dap().when(who, "AdoptAutopilotPolicy", adoption(policy)).then_refusal(refusal);
        }
        let refusal = not_allowed(Rule::Ten2, Missing::RegisteredTenant, None);
        with_dap().when(STRANGER, "AdoptAutopilotPolicy", adoption(policy)).then_refusal(refusal);
    }
}

#[test]
fn apl_8_the_policy_in_force_is_an_event() {
    let world = world().and([adopts("dapRequired"), adopts("relationship")]);
    let policy = |position| world.state.autopilot_policy(world.moment(position));
    assert_eq!(policy(0), (AutopilotPolicy::Relationship, None));
    assert_eq!(policy(8), (AutopilotPolicy::Relationship, None));
    assert_eq!(policy(9), (AutopilotPolicy::DapRequired, Some(event_ref("AutopilotPolicyAdopted@9"))));
    assert_eq!(policy(10), (AutopilotPolicy::Relationship, Some(event_ref("AutopilotPolicyAdopted@10"))));
}

#[test]
fn apl_5_profiles_need_dap() {
    // 15 AutopilotPolicyAdopted; with DAP it is one of the reasons.
    let world = under_dap_required(with_dap());
    let yes = "yes: APL-5 GroupMemberAdded@3 RelationshipEstablished@10 AutopilotPolicyAdopted@15 DapGranted@11";
    all_five(&world, PA, yes);
    all_five(&world, P_ADMINS, "yes: APL-5 RelationshipEstablished@10 AutopilotPolicyAdopted@15 DapGranted@11");
    for who in [PS, PH, P_SALES, P_HELPDESK] {
        all_five(&world, who, "no: APL-5 lacks Membership(AdminAgents)");
    }
    all_five(&world, CG, "yes: TEN-2 DirectoryRoleAssigned@7");
    all_five(&world, PU, "unknown");
    let world = world.and([revokes(CG, P)]);
    all_five(&world, PA, "no: APL-5 lacks Dap, ended by DapRevoked@16");
    all_five(&world, CG, "yes: TEN-2 DirectoryRoleAssigned@7");
    all_five(&under_dap_required(without_dap()), PA, "no: APL-5 lacks Dap");
    all_five(&under_dap_required(without_dap()), P_ADMINS, "no: APL-5 lacks Dap");
}

#[test]
fn apl_5_and_so_do_the_commands() {
    let applied = |world: World| under_dap_required(world).and([applies(CG, F1, &[V1])]);
    for (name, fields) in commands() {
        let code = |world: World, who| {
            world.result(who, name, fields.clone()).map_or_else(|refusal| refusal.code(), |_| "accepted")
        };
        let open = if name == "DeleteProfile" { "profileInUse" } else { "accepted" };
        assert_eq!([code(applied(with_dap()), PA), code(applied(with_dap()), CG)], [open; 2], "{name}");
        assert_eq!(code(applied(without_dap()), CG), open, "{name}");
        let refusal = not_allowed(Rule::Apl5, Missing::Dap, None);
        applied(without_dap()).when(PA, name, fields.clone()).then_refusal(refusal);
        // 15 adopted, 16 applied, 17 DapRevoked.
        let refusal = not_allowed(Rule::Apl5, Missing::Dap, Some("DapRevoked@17"));
        applied(with_dap()).and([revokes(CG, P)]).when(PA, name, fields.clone()).then_refusal(refusal);
        let refusal = not_allowed(Rule::Apl5, Missing::Membership(AdminAgents), None);
        applied(with_dap()).when(PS, name, fields.clone()).then_refusal(refusal);
    }
}

#[test]
fn apl_5_a_new_policy_undoes_nothing() {
    let world = without_dap().and([makes_profile(PA, F1), adds_device(PA, V1), applies(PA, F1, &[V1])]);
    let world = world.and([adopts("dapRequired")]);
    let profile = world.state.device(V1.parse().unwrap()).unwrap().profile(world.state.timeline.head());
    assert_eq!(profile.map(|profile| profile.to_string()).as_deref(), Some(F1));
}

#[test]
fn apl_6_without_dap_a_partner_deletes_what_it_added_itself() {
    // 12 to 14 Q, 15 to 17 its relationship; 18 P's device, 19 Q's, 20 the customer's, 21 the policy.
    let world = without_dap().and(arrives(QG, QA)).and([
        invites(QA, K, false),
        accepts(CG, K),
        adds_device(PS, V1),
        adds_device(QA, V2),
        adds_own_device(V3, "intune"),
        adopts("dapRequired"),
    ]);
    let delete = "device.delete";
    let own = "yes: APL-6 GroupMemberAdded@3 RelationshipEstablished@11 AutopilotPolicyAdopted@21 DeviceAdded@18";
    let world = world.answers([
        // Its own goes by the partner: PS added it, PA deletes it.
        (PA, delete, device(V1), own),
        (
            P_ADMINS,
            delete,
            device(V1),
            "yes: APL-6 RelationshipEstablished@11 AutopilotPolicyAdopted@21 DeviceAdded@18",
        ),
        (PA, delete, device(V2), "no: APL-6 lacks OwnDevice"),
        (PA, delete, device(V3), "no: APL-6 lacks OwnDevice"),
        (PS, delete, device(V1), "no: APL-6 lacks Membership(AdminAgents)"),
        (QA, delete, device(V1), "no: APL-6 lacks OwnDevice"),
        (
            QA,
            delete,
            device(V2),
            "yes: APL-6 GroupMemberAdded@14 RelationshipEstablished@17 AutopilotPolicyAdopted@21 DeviceAdded@19",
        ),
        (CG, delete, device(V1), "yes: TEN-2 DirectoryRoleAssigned@7"),
        (CG, delete, device(V3), "yes: TEN-2 DirectoryRoleAssigned@7"),
        // Managing stays as it was, and rests on no policy.
        (PA, "device.manage", device(V1), "yes: APL-2 GroupMemberAdded@3 RelationshipEstablished@11 DeviceAdded@18"),
        (PA, "device.manage", device(V2), "yes: APL-2 GroupMemberAdded@3 RelationshipEstablished@11 DeviceAdded@19"),
        (PA, "device.manage", device(V3), "no: APL-2 lacks DeviceOfPartner"),
        (CG, "device.manage", device(V3), "yes: TEN-2 DirectoryRoleAssigned@7"),
        // So does adding.
        (PA, "device.add", customer(C), "yes: APL-7 GroupMemberAdded@3 RelationshipEstablished@11"),
    ]);
    let removal = |device: &str| json!({"customer": C, "device": device});
    let refusal = || not_allowed(Rule::Apl6, Missing::OwnDevice, None);
    for device in [V2, V3] {
        world.clone().when(PA, "RemoveDevice", removal(device)).then_refusal(refusal());
        world.clone().when(CG, "RemoveDevice", removal(device)).then([event("DeviceRemoved", removal(device))]);
    }
    world.when(PA, "RemoveDevice", removal(V1)).then([event("DeviceRemoved", removal(V1))]);
}

#[test]
fn apl_6_with_dap_it_deletes_all() {
    // 12 F1, 13 V1 of P's, 14 V2 of C's, 15 the policy.
    let world = under_dap_required(with_dap());
    let by = |reason: &str| {
        format!("APL-6 GroupMemberAdded@3 RelationshipEstablished@10 AutopilotPolicyAdopted@15 {reason}")
    };
    let delete = "device.delete";
    let both = format!("yes: {}; {}", by("DeviceAdded@13"), by("DapGranted@11"));
    assert_answer(&world, 15, PA, delete, device(V1), &both);
    assert_answer(&world, 15, PA, delete, device(V2), &format!("yes: {}", by("DapGranted@11")));
    let removal = json!({"customer": C, "device": V2});
    let world = world
        .answers([
            (PA, "device.manage", device(V2), "yes: APL-3 GroupMemberAdded@3 RelationshipEstablished@10 DapGranted@11"),
            (PH, delete, device(V2), "no: APL-6 lacks Membership(AdminAgents)"),
        ])
        .and([revokes(CG, P)]);
    assert_answer(&world, 16, PA, delete, device(V1), &format!("yes: {}", by("DeviceAdded@13")));
    assert_answer(&world, 16, PA, delete, device(V2), "no: APL-6 lacks Dap, ended by DapRevoked@16");
    let refusal = not_allowed(Rule::Apl6, Missing::Dap, Some("DapRevoked@16"));
    world.when(PA, "RemoveDevice", removal.clone()).then_refusal(refusal);
    let removed = under_dap_required(with_dap()).when(PA, "RemoveDevice", removal.clone());
    removed.then([event("DeviceRemoved", removal)]);
}

#[test]
fn apl_7_without_a_relationship_nothing_under_either() {
    // 15 the policy, 16 DapRevoked, 17 RelationshipEnded.
    let world = under_dap_required(with_dap()).and([ends(PA)]);
    for who in [PA, PS, PH, P_ADMINS] {
        for (action, on) in autopilot() {
            let found = world.shown(&world.decision(17, who, action, on));
            assert!(found.starts_with("no: "), "{who:?} {action}: {found}");
        }
    }
    world.answers([
        (PA, "device.delete", device(V1), "no: APL-6 lacks Relationship, ended by RelationshipEnded@17"),
        (PA, "device.manage", device(V1), "no: APL-2 lacks Relationship, ended by RelationshipEnded@17"),
        (PA, "device.add", customer(C), "no: APL-7 lacks Relationship, ended by RelationshipEnded@17"),
        (CG, "device.delete", device(V1), "yes: TEN-2 DirectoryRoleAssigned@7"),
    ]);
}

/// Every question of Autopilot in a world [`under_dap_required`].
fn autopilot() -> Vec<(&'static str, On)> {
    let on_profile = ON_PROFILE.map(|action| (action, profile(F1)));
    let on_devices = [V1, V2].into_iter().flat_map(|id| {
        ON_DEVICE.into_iter().chain(["device.manage", "device.delete"]).map(move |action| (action, device(id)))
    });
    let on_customer = [("device.add", customer(C)), ("profile.create", customer(C))];
    on_customer.into_iter().chain(on_profile).chain(on_devices).collect()
}

#[test]
fn apl_7_a_denial_of_a_partners_agent_names_what_its_partner_lacks() {
    // Never that it is no Global administrator of the customer's own: its user cannot be one (TEN-2).
    let worlds = [
        with_dap().and([makes_profile(CG, F1), adds_device(PS, V1), adds_own_device(V2, "intune")]),
        under_dap_required(with_dap()),
        under_dap_required(without_dap()),
    ];
    let ended = worlds.clone().map(|world| world.and([ends(PA)]));
    let mut differing = Vec::new();
    for world in worlds.into_iter().chain(ended) {
        let head = world.state.timeline.head().0;
        for (who, (action, on)) in
            [PA, PS, PH, P_ADMINS, P_SALES].into_iter().flat_map(|who| autopilot().into_iter().map(move |on| (who, on)))
        {
            let found = world.shown(&world.decision(head, who, action, on));
            if found.starts_with("no: TEN-2") {
                differing.push(format!("{who:?} {action} at {head}: {found}"));
            }
        }
    }
    assert!(differing.is_empty(), "{} denials, the first of them:\n{}", differing.len(), differing[0]);
}

#[test]
fn apl_8_a_question_about_the_past_is_answered_by_the_policy_of_that_time() {
    // 12 to 14 Q, 15 to 17 its relationship; 18 F1, 19 Q's device, 20 dapRequired, 21 relationship, 22 dapRequired.
    let world = without_dap().and(arrives(QG, QA)).and([
        invites(QA, K, false),
        accepts(CG, K),
        makes_profile(CG, F1),
        adds_device(QA, V2),
        adopts("dapRequired"),
        adopts("relationship"),
        adopts("dapRequired"),
    ]);
    let rows = [
        (19, "yes: APL-1 GroupMemberAdded@3 RelationshipEstablished@11", true),
        (20, "no: APL-5 lacks Dap", false),
        (21, "yes: APL-1 GroupMemberAdded@3 RelationshipEstablished@11 AutopilotPolicyAdopted@21", true),
        (22, "no: APL-5 lacks Dap", false),
    ];
    for (position, on_profiles, on_device) in rows {
        assert_answer(&world, position, PA, "profile.create", customer(C), on_profiles);
        for action in ON_PROFILE {
            assert_answer(&world, position, PA, action, profile(F1), on_profiles);
        }
        for action in ON_DEVICE.into_iter().chain(["device.delete"]) {
            let found = world.shown(&world.decision(position, PA, action, device(V2)));
            assert_eq!(found.starts_with("yes: "), on_device, "{action} at {position}: {found}");
        }
        // The customer's administrators and the group tag are none of the policy's business.
        assert_answer(&world, position, CG, "device.delete", device(V2), "yes: TEN-2 DirectoryRoleAssigned@7");
        let manage = "yes: APL-2 GroupMemberAdded@3 RelationshipEstablished@11 DeviceAdded@19";
        assert_answer(&world, position, PA, "device.manage", device(V2), manage);
    }
}

#[test]
fn apl_8_a_policy_adopted_again_is_a_reason_for_all_that_it_decides() {
    // 12 P's device, 13 and 14 the policies. Under the one before, neither was allowed; so the event made it so.
    let world = without_dap().and([makes_profile(CG, F1), adds_device(PA, V1)]);
    let world = world.and([adopts("dapRequired"), adopts("relationship")]);
    for (action, rule) in [("profile.apply", "APL-4"), ("profile.remove", "APL-4"), ("device.delete", "APL-2")] {
        let found = world.shown(&world.decision(15, PA, action, device(V1)));
        assert!(found.starts_with(&format!("yes: {rule} ")), "{action}: {found}");
        assert!(found.contains("AutopilotPolicyAdopted@15"), "{action}: {found}");
    }
}
