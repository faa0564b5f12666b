//! Deployment profiles under the policy `relationship`: APL-1, APL-4, APL-7.

use crate::given::*;
use procura_domain::{
    access::Missing,
    command::PROFILE_DEVICES_MAX,
    event::Event,
    refusal::Refusal,
    rule::Rule,
    temporal::Position,
    vocabulary::{DirectoryRole::GlobalAdministrator, PartnerGroup::AdminAgents},
};
use serde_json::{Value, json};

const CREATE: &str = "profile.create";
const UPDATE: &str = "profile.update";
const DELETE: &str = "profile.delete";
const APPLY: &str = "profile.apply";
const REMOVE: &str = "profile.remove";

/// All settings, false but for these.
fn settings(set: Value) -> Value {
    let none = json!({
        "removeOemPreinstalls": false, "oobeUserNotLocalAdmin": false, "skipExpressSettings": false,
        "skipOemRegistration": false, "skipEula": false,
    });
    extended(none, set)
}

/// Fields of CreateProfile and UpdateProfile, with these instead or besides.
fn of(profile: &str, more: Value) -> Value {
    extended(json!({"customer": C, "profile": profile}), more)
}

/// ProfileCreated or ProfileUpdated, with these settings set.
fn profiled(event_type: &str, name: &str, set: Value) -> Event {
    event(event_type, of(F1, json!({"name": name, "settings": settings(set)})))
}

fn created(name: &str, set: Value) -> Event {
    profiled("ProfileCreated", name, set)
}

fn updated(name: &str, set: Value) -> Event {
    profiled("ProfileUpdated", name, set)
}

fn deleted(profile: &str) -> Event {
    event("ProfileDeleted", of(profile, json!({})))
}

fn applied(profile: &str, devices: &[&str]) -> Event {
    event("ProfileApplied", on_devices(profile, devices))
}

fn taken(profile: &str, devices: &[&str]) -> Event {
    event("ProfileRemoved", on_devices(profile, devices))
}

/// Without DAP: 12 F1, 13 F2, 14 V1 and 15 V2, which P added, 16 V3, which C added.
fn furnished() -> World {
    without_dap().and([
        makes_profile(PA, F1),
        makes_profile(CG, F2),
        adds_device(PA, V1),
        adds_device(PS, V2),
        adds_own_device(V3, "intune"),
    ])
}

/// Which profile each device has.
fn profiles(world: &World) -> [Option<String>; 3] {
    let head = world.state.timeline.head();
    [V1, V2, V3].map(|device| {
        let device = world.state.device(device.parse().unwrap()).unwrap();
        device.profile(head).map(|profile| profile.to_string())
    })
}

fn some(profile: &str) -> Option<String> {
    Some(profile.to_owned())
}

#[test]
fn apl_1_admin_agents_and_the_customers_administrators_make_profiles() {
    for world in [with_dap, without_dap, revoked] {
        for who in [PA, CG] {
            let made = world().when(who, "CreateProfile", of(F1, json!({"name": "Standard"})));
            made.then([created("Standard", json!({}))]);
        }
    }
    without_dap().answers([
        (PA, CREATE, customer(C), "yes: APL-1 GroupMemberAdded@3 RelationshipEstablished@11"),
        (P_ADMINS, CREATE, customer(C), "yes: APL-1 RelationshipEstablished@11"),
        (CG, CREATE, customer(C), "yes: TEN-2 DirectoryRoleAssigned@7"),
        (PS, CREATE, customer(C), "no: APL-1 lacks Membership(AdminAgents)"),
        (P_HELPDESK, CREATE, customer(C), "no: APL-1 lacks Membership(AdminAgents)"),
        (CU, CREATE, customer(C), "no: TEN-2 lacks DirectoryRole(GlobalAdministrator)"),
        (PU, CREATE, customer(C), "unknown"),
    ]);
    // Delegated admin is no second reason.
    with_dap().answers([(PA, CREATE, customer(C), "yes: APL-1 GroupMemberAdded@3 RelationshipEstablished@10")]);
}

#[test]
fn apl_1_nobody_else_makes_changes_or_deletes_profiles() {
    let world = || furnished().and(arrives(QG, QA)).and([d_arrives(), helpdesk_of_c()]);
    let rows = [
        ("CreateProfile", of(NONE, json!({"name": "Standard"})), "customer"),
        ("UpdateProfile", of(F1, json!({"name": "Kiosk"})), "profile"),
        ("DeleteProfile", of(F1, json!({})), "profile"),
    ];
    for (name, fields, field) in rows {
        for who in [PS, PH] {
            let refusal = not_allowed(Rule::Apl1, Missing::Membership(AdminAgents), None);
            world().when(who, name, fields.clone()).then_refusal(refusal);
        }
        for who in [CH, CU] {
            let refusal = not_allowed(Rule::Ten2, Missing::DirectoryRole(GlobalAdministrator), None);
            world().when(who, name, fields.clone()).then_refusal(refusal);
        }
        for who in [PG, PU, QA, DG] {
            world().when(who, name, fields.clone()).then_not_found(field);
        }
        for who in [PA, CG, DG] {
            world().when(who, name, extended(fields.clone(), json!({"customer": NONE}))).then_not_found(field);
        }
        for who in [STRANGER, OPERATOR] {
            let refusal = not_allowed(Rule::Ten2, Missing::RegisteredTenant, None);
            world().when(who, name, fields.clone()).then_refusal(refusal);
        }
    }
}

#[test]
fn apl_1_settings_left_out_of_a_new_profile_are_false() {
    let all = json!({
        "removeOemPreinstalls": true, "oobeUserNotLocalAdmin": true, "skipExpressSettings": true,
        "skipOemRegistration": true, "skipEula": true,
    });
    let rows = [
        (json!({"settings": null}), json!({})),
        (json!({"settings": {}}), json!({})),
        (json!({"settings": {"skipEula": true}}), json!({"skipEula": true})),
        (json!({"settings": {"skipEula": false, "removeOemPreinstalls": true}}), json!({"removeOemPreinstalls": true})),
        (json!({"settings": {"oobeUserNotLocalAdmin": null}}), json!({})),
        (json!({"settings": all}), all.clone()),
    ];
    for (given, set) in rows {
        let made = without_dap().when(PA, "CreateProfile", of(F1, extended(json!({"name": "Kiosk"}), given)));
        made.then([created("Kiosk", set)]);
    }
}

#[test]
fn apl_1_an_update_changes_what_it_names() {
    let made = json!({"name": "Kiosk", "settings": {"skipEula": true, "removeOemPreinstalls": true}});
    let world = || without_dap().and([did(CG, "CreateProfile", of(F1, made.clone()))]);
    let both = || json!({"skipEula": true, "removeOemPreinstalls": true});
    let rows = [
        (json!({"name": "Salle 2"}), "Salle 2", both()),
        (json!({"settings": {"skipEula": false}}), "Kiosk", json!({"removeOemPreinstalls": true})),
        (
            json!({"settings": {"skipExpressSettings": true}}),
            "Kiosk",
            extended(both(), json!({"skipExpressSettings": true})),
        ),
        (json!({"name": "Salle 2", "settings": {"skipEula": false}}), "Salle 2", json!({"removeOemPreinstalls": true})),
        (json!({"settings": {}}), "Kiosk", both()),
        (json!({"settings": {"skipEula": null}}), "Kiosk", both()),
        (json!({"name": "Kiosk"}), "Kiosk", both()),
    ];
    for who in [PA, CG] {
        for (given, name, set) in rows.clone() {
            let changed = world().when(who, "UpdateProfile", of(F1, given));
            // What it says then is what the next update builds on.
            let changed = changed.then([updated(name, set.clone())]);
            let again = changed.when(who, "UpdateProfile", of(F1, json!({"name": "Ω"})));
            again.then([updated("Ω", set)]);
        }
    }
    let nothing = Refusal::InvalidCommand { field: "name", problem: "give a new name, new settings, or both" };
    for fields in [of(F1, json!({})), of(F1, json!({"name": null, "settings": null}))] {
        world().when(PA, "UpdateProfile", fields).then_refusal(nothing.clone());
    }
    without_dap().and([makes_profile(CG, F1)]).answers([
        (PA, UPDATE, profile(F1), "yes: APL-1 GroupMemberAdded@3 RelationshipEstablished@11"),
        (P_ADMINS, DELETE, profile(F1), "yes: APL-1 RelationshipEstablished@11"),
        (CG, DELETE, profile(F1), "yes: TEN-2 DirectoryRoleAssigned@7"),
        (PS, UPDATE, profile(F1), "no: APL-1 lacks Membership(AdminAgents)"),
        (PU, UPDATE, profile(F1), "unknown"),
        (CU, UPDATE, profile(F1), "no: TEN-2 lacks DirectoryRole(GlobalAdministrator)"),
    ]);
}

#[test]
fn apl_1_a_profile_says_what_it_said_then() {
    // 12 made, 13 renamed, 14 deleted.
    let world = without_dap().and([
        makes_profile(PA, F1),
        did(CG, "UpdateProfile", of(F1, json!({"name": "Kiosk", "settings": {"skipEula": true}}))),
        did(PA, "DeleteProfile", of(F1, json!({}))),
    ]);
    let found = world.state.profile(F1.parse().unwrap()).unwrap();
    let content = |position| found.content(Position(position)).map(|c| (c.name.to_string(), c.settings.skip_eula));
    let (standard, kiosk) = (("Standard".to_owned(), false), ("Kiosk".to_owned(), true));
    assert_eq!([11, 12, 13, 14].map(content), [None, Some(standard), Some(kiosk), None]);
    let yes = "yes: APL-1 GroupMemberAdded@3 RelationshipEstablished@11";
    world
        .answers_at(11, [(PA, UPDATE, profile(F1), "unknown")])
        .answers_at(13, [(PA, UPDATE, profile(F1), yes)])
        .answers([(PA, UPDATE, profile(F1), "unknown"), (CG, DELETE, profile(F1), "unknown")]);
}

#[test]
fn apl_1_a_deleted_profile_is_not_there_and_its_id_is_taken() {
    let world = furnished().when(CG, "DeleteProfile", of(F1, json!({}))).then([deleted(F1)]);
    for (name, fields) in [
        ("UpdateProfile", of(F1, json!({"name": "Kiosk"}))),
        ("DeleteProfile", of(F1, json!({}))),
        ("ApplyProfile", on_devices(F1, &[V1])),
        ("RemoveProfile", on_devices(F1, &[V1])),
    ] {
        for who in [PA, CG] {
            world.clone().when(who, name, fields.clone()).then_not_found("profile");
        }
    }
    let world = world.and([d_arrives()]);
    for fields in [of(F1, json!({"name": "Standard"})), of(F2, json!({"name": "Standard"}))] {
        for (who, customer) in [(PA, C), (CG, C), (DG, D)] {
            let fields = extended(fields.clone(), json!({"customer": customer}));
            let refused = world.clone().when(who, "CreateProfile", fields);
            refused.then_refusal(Refusal::AlreadyExists("profile"));
        }
    }
}

#[test]
fn apl_1_a_profile_that_is_applied_is_not_deleted() {
    let in_use = |world: World, devices: usize| {
        let refused = world.clone().when(PA, "DeleteProfile", of(F1, json!({})));
        refused.then_refusal(Refusal::ProfileInUse(devices));
        world.when(CG, "DeleteProfile", of(F1, json!({}))).then_refused("profileInUse", Some(Rule::Apl1))
    };
    let world = in_use(furnished().and([applies(PA, F1, &[V1, V2])]), 2);
    // Another profile is free.
    world.clone().when(PA, "DeleteProfile", of(F2, json!({}))).then([deleted(F2)]);
    // Removed from one, replaced on the other; or the device itself is gone.
    let world = in_use(world.and([did(PA, "RemoveProfile", on_devices(F1, &[V1]))]), 1);
    let replaced = world.clone().and([applies(CG, F2, &[V2])]);
    replaced.when(PA, "DeleteProfile", of(F1, json!({}))).then([deleted(F1)]);
    let gone = world.and([did(PA, "RemoveDevice", json!({"customer": C, "device": V2}))]);
    gone.when(PA, "DeleteProfile", of(F1, json!({}))).then([deleted(F1)]);
}

#[test]
fn apl_4_a_profile_is_applied_to_devices_and_removed_from_them() {
    let world = furnished()
        .answers([
            (PA, APPLY, device(V1), "yes: APL-4 GroupMemberAdded@3 RelationshipEstablished@11 DeviceAdded@14"),
            (PA, REMOVE, device(V2), "yes: APL-4 GroupMemberAdded@3 RelationshipEstablished@11 DeviceAdded@15"),
            (P_ADMINS, APPLY, device(V1), "yes: APL-4 RelationshipEstablished@11 DeviceAdded@14"),
            (PA, APPLY, device(V3), "no: APL-4 lacks DeviceOfPartner"),
            (CG, APPLY, device(V3), "yes: TEN-2 DirectoryRoleAssigned@7"),
            (PS, APPLY, device(V2), "no: APL-4 lacks Membership(AdminAgents)"),
            (CU, REMOVE, device(V3), "no: TEN-2 lacks DirectoryRole(GlobalAdministrator)"),
            (PU, APPLY, device(V1), "unknown"),
        ])
        .when(PA, "ApplyProfile", on_devices(F1, &[V2, V1]))
        .then([applied(F1, &[V2, V1])]);
    assert_eq!(profiles(&world), [some(F1), some(F1), None]);
    // One commit, one event, in the order given; the same again is allowed.
    let world = world.when(CG, "ApplyProfile", on_devices(F1, &[V1, V3])).then([applied(F1, &[V1, V3])]);
    assert_eq!(profiles(&world), [some(F1), some(F1), some(F1)]);
    // Another replaces it, on the devices named.
    let world = world.when(PA, "ApplyProfile", on_devices(F2, &[V2])).then([applied(F2, &[V2])]);
    assert_eq!(profiles(&world), [some(F1), some(F2), some(F1)]);
    let world = world.when(CG, "RemoveProfile", on_devices(F1, &[V3, V1])).then([taken(F1, &[V3, V1])]);
    assert_eq!(profiles(&world), [None, some(F2), None]);
    // 17, 18 and 19 applied, 20 removed.
    let v1 = world.state.device(V1.parse().unwrap()).unwrap();
    let then = [16, 17, 19, 20].map(|position| v1.profile(Position(position)).map(|profile| profile.to_string()));
    assert_eq!(then, [None, some(F1), some(F1), None]);
}

#[test]
fn apl_4_the_customers_own_devices_need_dap() {
    // 12 V1, 13 F1; 14 DapRevoked.
    let world = || with_dap().and([adds_own_device(V1, "microsoftStoreForBusiness"), makes_profile(PA, F1)]);
    world()
        .answers([
            (PA, APPLY, device(V1), "yes: APL-4 GroupMemberAdded@3 RelationshipEstablished@10 DapGranted@11"),
            (P_ADMINS, REMOVE, device(V1), "yes: APL-4 RelationshipEstablished@10 DapGranted@11"),
        ])
        .when(PA, "ApplyProfile", on_devices(F1, &[V1]))
        .then([applied(F1, &[V1])])
        .when(PA, "RemoveProfile", on_devices(F1, &[V1]))
        .then([taken(F1, &[V1])]);
    let refusal = not_allowed(Rule::Apl4, Missing::Dap, Some("DapRevoked@14"));
    let world = world().and([revokes(CG, P)]);
    let world = world.when(PA, "ApplyProfile", on_devices(F1, &[V1])).then_refusal(refusal.clone());
    world.when(PA, "RemoveProfile", on_devices(F1, &[V1])).then_refusal(refusal);
}

#[test]
fn apl_4_all_devices_or_none() {
    let refusal = || not_allowed(Rule::Apl4, Missing::DeviceOfPartner, None);
    // One that it may not manage, wherever it stands.
    for devices in [[V1, V2, V3], [V3, V1, V2]] {
        let world = furnished().when(PA, "ApplyProfile", on_devices(F1, &devices)).then_refusal(refusal());
        assert_eq!(profiles(&world), [None, None, None]);
        let world = world.and([applies(CG, F1, &[V1, V2, V3])]);
        let world = world.when(PA, "RemoveProfile", on_devices(F1, &devices)).then_refusal(refusal());
        assert_eq!(profiles(&world), [some(F1), some(F1), some(F1)]);
    }
    // One that it does not know, before one that it may not manage.
    let world = furnished().and([d_arrives()]).and([did(
        DG,
        "AddDevice",
        extended(a_device(NONE, json!({"source": "intune"})), json!({"customer": D})),
    )]);
    let unknown = "ffffffff-0000-4000-8000-00000000dead";
    for (who, devices) in
        [(PA, [V3, NONE]), (PA, [NONE, V3]), (CG, [V1, NONE]), (CG, [unknown, V1]), (PA, [V3, unknown])]
    {
        for name in ["ApplyProfile", "RemoveProfile"] {
            world.clone().when(who, name, on_devices(F1, &devices)).then_not_found("devices");
        }
    }
}

#[test]
fn apl_4_of_one_customer_alone() {
    // D has a profile and a device of its own; neither goes with C's.
    let theirs = "ffffffff-0000-4000-8000-000000000009";
    let fields = extended(a_device(theirs, json!({"source": "intune"})), json!({"customer": D}));
    let f3 = "77777777-0000-4000-8000-000000000003";
    let world = furnished().and([
        d_arrives(),
        did(DG, "AddDevice", fields),
        did(DG, "CreateProfile", json!({"customer": D, "profile": f3, "name": "Standard"})),
    ]);
    let of_d = |profile: &str, device: &str| extended(on_devices(profile, &[device]), json!({"customer": D}));
    for name in ["ApplyProfile", "RemoveProfile"] {
        world.clone().when(CG, name, on_devices(f3, &[V1])).then_not_found("profile");
        world.clone().when(CG, name, on_devices(F1, &[theirs])).then_not_found("devices");
        world.clone().when(DG, name, of_d(F1, theirs)).then_not_found("profile");
        world.clone().when(DG, name, of_d(f3, V1)).then_not_found("devices");
        world.clone().when(CG, name, of_d(f3, theirs)).then_not_found("profile");
        // What is unknown first: the profile, then the devices.
        world.clone().when(CG, name, on_devices(NONE, &[NONE])).then_not_found("profile");
        world.clone().when(PU, name, on_devices(F1, &[V1])).then_not_found("profile");
    }
    for (name, more) in [("UpdateProfile", json!({"name": "Kiosk"})), ("DeleteProfile", json!({}))] {
        world.clone().when(CG, name, of(f3, more.clone())).then_not_found("profile");
        let elsewhere = extended(of(F1, more), json!({"customer": D}));
        for who in [DG, CG, PA] {
            world.clone().when(who, name, elsewhere.clone()).then_not_found("profile");
        }
    }
    let yours = event("ProfileApplied", of_d(f3, theirs));
    world.when(DG, "ApplyProfile", of_d(f3, theirs)).then([yours]);
}

#[test]
fn apl_4_nobody_else_applies_and_removes() {
    let world = || furnished().and(arrives(QG, QA)).and([helpdesk_of_c(), d_arrives(), applies(CG, F1, &[V1])]);
    for name in ["ApplyProfile", "RemoveProfile"] {
        for who in [PS, PH] {
            let refusal = not_allowed(Rule::Apl4, Missing::Membership(AdminAgents), None);
            world().when(who, name, on_devices(F1, &[V1])).then_refusal(refusal);
        }
        for who in [CH, CU] {
            let refusal = not_allowed(Rule::Ten2, Missing::DirectoryRole(GlobalAdministrator), None);
            world().when(who, name, on_devices(F1, &[V3])).then_refusal(refusal);
        }
        for who in [PG, PU, QA, DG] {
            world().when(who, name, on_devices(F1, &[V1])).then_not_found("profile");
        }
        for who in [STRANGER, OPERATOR] {
            let refusal = not_allowed(Rule::Ten2, Missing::RegisteredTenant, None);
            world().when(who, name, on_devices(F1, &[V1])).then_refusal(refusal);
        }
    }
}

#[test]
fn apl_4_what_is_not_applied_is_not_removed() {
    let not_applied = |world: &World, devices: &[&str], named: &str| {
        let refusal = Refusal::ProfileNotApplied(named.parse().unwrap());
        assert_eq!((refusal.code(), refusal.rule()), ("profileNotApplied", Some(Rule::Apl4)));
        let before = profiles(world);
        let after = world.clone().when(PA, "RemoveProfile", on_devices(F1, devices)).then_refusal(refusal);
        assert_eq!(profiles(&after), before);
    };
    let world = furnished();
    not_applied(&world, &[V1], V1);
    // Another one is; on one of them; it was.
    let world = world.and([applies(PA, F2, &[V1])]);
    not_applied(&world, &[V1], V1);
    let world = world.and([applies(PA, F1, &[V2])]);
    not_applied(&world, &[V1], V1);
    not_applied(&world, &[V2, V1], V1);
    let world = world.and([did(PA, "RemoveProfile", on_devices(F1, &[V2]))]);
    not_applied(&world, &[V2], V2);
    // Whoever may not is told so first.
    let refusal = not_allowed(Rule::Apl4, Missing::DeviceOfPartner, None);
    world.when(PA, "RemoveProfile", on_devices(F1, &[V1, V3])).then_refusal(refusal);
}

#[test]
fn apl_4_a_removed_device_has_no_profile() {
    let world =
        furnished().and([applies(PA, F1, &[V1, V2]), did(PA, "RemoveDevice", json!({"customer": C, "device": V1}))]);
    assert_eq!(profiles(&world), [None, some(F1), None]);
    for name in ["ApplyProfile", "RemoveProfile"] {
        world.clone().when(CG, name, on_devices(F1, &[V1, V2])).then_not_found("devices");
    }
}

#[test]
fn apl_4_as_many_devices_as_a_command_takes() {
    let ids: Vec<_> = (0..PROFILE_DEVICES_MAX).map(|n| format!("ffffffff-0000-4000-9000-{n:012x}")).collect();
    let added = ids.iter().map(|id| event("DeviceAdded", a_device(id, json!({"partner": P}))));
    let world = without_dap().and([makes_profile(PA, F1), happened(added)]);
    let ids: Vec<_> = ids.iter().map(String::as_str).collect();
    world
        .when(PA, "ApplyProfile", on_devices(F1, &ids))
        .then([applied(F1, &ids)])
        .when(PA, "DeleteProfile", of(F1, json!({})))
        .then_refusal(Refusal::ProfileInUse(500))
        .when(PA, "RemoveProfile", on_devices(F1, &ids))
        .then([taken(F1, &ids)]);
}

#[test]
fn apl_7_without_a_relationship_no_profiles() {
    // 12 F1, 13 V1, 14 applied, 15 DapRevoked, 16 RelationshipEnded.
    let world = with_dap().and([makes_profile(PA, F1), adds_device(PA, V1), applies(PA, F1, &[V1]), ends(PA)]);
    let ended = |rule| not_allowed(rule, Missing::Relationship, Some("RelationshipEnded@16"));
    for (name, fields, rule) in [
        ("CreateProfile", of(F2, json!({"name": "Kiosk"})), Rule::Apl1),
        ("UpdateProfile", of(F1, json!({"name": "Kiosk"})), Rule::Apl1),
        ("DeleteProfile", of(F1, json!({})), Rule::Apl1),
        ("ApplyProfile", on_devices(F1, &[V1]), Rule::Apl4),
        ("RemoveProfile", on_devices(F1, &[V1]), Rule::Apl4),
    ] {
        world.clone().when(PA, name, fields).then_refusal(ended(rule));
    }
    // What it made stays, and is the customer's to manage.
    world.when(CG, "RemoveProfile", on_devices(F1, &[V1])).then([taken(F1, &[V1])]);
    // If there never was one, there is nothing to know of.
    let strangers = crate::given::world().and([makes_profile(CG, F1)]);
    strangers.when(PA, "UpdateProfile", of(F1, json!({"name": "Kiosk"}))).then_not_found("profile");
}
