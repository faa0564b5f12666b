//! Devices after they were added: group tags and removal (APL-2, APL-3, APL-7).

use crate::given::*;
use procura_domain::{
    access::Missing, event::Event, refusal::Refusal, rule::Rule, temporal::Position,
    vocabulary::PartnerGroup::AdminAgents,
};
use serde_json::{Value, json};

const COMMANDS: [&str; 2] = ["UpdateDevice", "RemoveDevice"];

fn tagged(device: &str, tag: &str) -> Value {
    json!({"customer": C, "device": device, "groupTag": tag})
}

fn of(device: &str) -> Value {
    json!({"customer": C, "device": device})
}

fn updated(device: &str, tag: &str) -> Event {
    event("DeviceUpdated", tagged(device, tag))
}

fn removed(device: &str) -> Event {
    event("DeviceRemoved", of(device))
}

/// Fields of the command of that name.
fn fields(name: &str, device: &str) -> Value {
    if name == "UpdateDevice" { tagged(device, "Kiosk") } else { of(device) }
}

fn done(name: &str, device: &str) -> Event {
    if name == "UpdateDevice" { updated(device, "Kiosk") } else { removed(device) }
}

/// Without DAP: 12 V1, which P added, 13 V2, which C added.
fn two_devices() -> World {
    without_dap().and([adds_device(PS, V1), adds_own_device(V2, "intune")])
}

/// Another device with the hardware of V1.
fn same_hardware(device: &str, origin: Value) -> Value {
    extended(a_device(device, origin), json!({"serialNumber": V1}))
}

#[test]
fn apl_2_admin_agents_tag_and_remove_what_partners_added() {
    for name in COMMANDS {
        two_devices().when(PA, name, fields(name, V1)).then([done(name, V1)]);
        // Also what another partner added; 14 to 16 Q, 17 to 19 its relationship.
        let world = two_devices().and(arrives(QG, QA)).and([invites(QA, K, false), accepts(CG, K)]);
        world.when(QA, name, fields(name, V1)).then([done(name, V1)]);
        // Not what the customer added itself.
        let refusal = not_allowed(Rule::Apl2, Missing::DeviceOfPartner, None);
        two_devices().when(PA, name, fields(name, V2)).then_refusal(refusal);
    }
}

#[test]
fn apl_2_so_do_the_customers_global_administrators() {
    for name in COMMANDS {
        for device in [V1, V2] {
            two_devices().when(CG, name, fields(name, device)).then([done(name, device)]);
        }
        let world = two_devices().and([helpdesk_of_c()]);
        for who in [CH, CU] {
            world.clone().when(who, name, fields(name, V2)).then_refused("notAllowed", Some(Rule::Ten2));
        }
    }
}

#[test]
fn apl_2_nobody_else_does() {
    let world = || two_devices().and(arrives(QG, QA)).and([d_arrives()]);
    for name in COMMANDS {
        for who in [PS, PH] {
            let refusal = not_allowed(Rule::Apl2, Missing::Membership(AdminAgents), None);
            world().when(who, name, fields(name, V1)).then_refusal(refusal);
        }
        for who in [PG, PU, QA, DG] {
            world().when(who, name, fields(name, V1)).then_not_found("device");
        }
        // In another customer's name, and what there is not.
        for who in [PA, CG, DG] {
            let elsewhere = extended(fields(name, V1), json!({"customer": D}));
            world().when(who, name, elsewhere).then_not_found("device");
            world().when(who, name, fields(name, NONE)).then_not_found("device");
        }
        for who in [STRANGER, OPERATOR] {
            let refusal = not_allowed(Rule::Ten2, Missing::RegisteredTenant, None);
            world().when(who, name, fields(name, V1)).then_refusal(refusal);
        }
    }
}

#[test]
fn apl_3_with_dap_also_what_the_customer_added() {
    for name in COMMANDS {
        // 12 V1, 13 DapRevoked.
        let world = with_dap().and([adds_own_device(V1, "microsoftStoreForEducation")]);
        world.clone().when(PA, name, fields(name, V1)).then([done(name, V1)]);
        let refusal = not_allowed(Rule::Apl3, Missing::Dap, Some("DapRevoked@13"));
        world.and([revokes(CG, P)]).when(PA, name, fields(name, V1)).then_refusal(refusal);
    }
}

#[test]
fn apl_7_nothing_after_the_end_of_the_relationship() {
    // 12 V1, 13 DapRevoked, 14 RelationshipEnded.
    let world = || with_dap().and([adds_device(PA, V1), ends(PA)]);
    for name in COMMANDS {
        let refusal = not_allowed(Rule::Apl2, Missing::Relationship, Some("RelationshipEnded@14"));
        world().when(PA, name, fields(name, V1)).then_refusal(refusal);
        world().when(CG, name, fields(name, V1)).then([done(name, V1)]);
    }
}

#[test]
fn apl_2_a_group_tag_is_set_changed_and_taken_away() {
    let world = two_devices()
        .when(PA, "UpdateDevice", tagged(V1, "Kiosk"))
        .then([updated(V1, "Kiosk")])
        // The same again is no error.
        .when(CG, "UpdateDevice", tagged(V1, "Kiosk"))
        .then([updated(V1, "Kiosk")])
        .when(PA, "UpdateDevice", tagged(V1, "Étage 2"))
        .then([updated(V1, "Étage 2")])
        .when(PA, "UpdateDevice", tagged(V1, ""))
        .then([updated(V1, "")]);
    let device = world.state.device(V1.parse().unwrap()).unwrap();
    let tags = [13, 14, 15, 16, 17].map(|position| device.group_tag(Position(position)).map(ToString::to_string));
    let kiosk = || Some("Kiosk".to_owned());
    assert_eq!(tags, [None, kiosk(), kiosk(), Some("Étage 2".to_owned()), None]);
    assert_eq!(world.state.device(V2.parse().unwrap()).unwrap().group_tag(Position(17)), None);
}

#[test]
fn apl_2_a_removed_device_is_not_there() {
    // 14 DeviceRemoved.
    let world = two_devices().when(PA, "RemoveDevice", of(V1)).then([removed(V1)]);
    let world = world
        .answers([
            (PA, "device.manage", device(V1), "unknown"),
            (CG, "device.delete", device(V1), "unknown"),
            (CG, "profile.apply", device(V1), "unknown"),
            (CG, "device.manage", device(V2), "yes: TEN-2 DirectoryRoleAssigned@7"),
        ])
        .answers_at(
            13,
            [(
                PA,
                "device.delete",
                device(V1),
                "yes: APL-2 GroupMemberAdded@3 RelationshipEstablished@11 DeviceAdded@12",
            )],
        );
    for name in COMMANDS {
        for who in [PA, CG] {
            world.clone().when(who, name, fields(name, V1)).then_not_found("device");
        }
    }
    let device = world.state.device(V1.parse().unwrap()).unwrap();
    assert_eq!([11, 12, 13, 14].map(|position| device.is_there(Position(position))), [false, true, true, false]);
}

#[test]
fn apl_7_the_hardware_of_a_removed_device_may_be_registered_again() {
    let world = || two_devices().and([d_arrives(), did(PA, "RemoveDevice", of(V1))]);
    let of_p = || json!({"partner": P});
    // By whomever, in whichever tenant; under another id.
    for (who, fields) in [
        (PS, same_hardware(V3, of_p())),
        (CG, same_hardware(V3, json!({"source": "intune"}))),
        (DG, extended(same_hardware(V3, json!({"source": "intune"})), json!({"customer": D}))),
    ] {
        let again = world().when(who, "AddDevice", fields.clone()).then([event("DeviceAdded", fields)]);
        // Then it is registered.
        let again = again.when(CG, "AddDevice", same_hardware(NONE, json!({"source": "intune"})));
        again.then_refusal(Refusal::DeviceAlreadyRegistered);
    }
    let device = |world: &World| world.state.device_with(&world.state.device(V1.parse().unwrap()).unwrap().hardware());
    assert_eq!(device(&two_devices()), Some(V1.parse().unwrap()));
    assert_eq!(device(&world()), None);
    let world = world().and([did(PS, "AddDevice", same_hardware(V3, of_p()))]);
    assert_eq!(device(&world), Some(V3.parse().unwrap()));
    // … and removed, and registered once more.
    let fourth = "ffffffff-0000-4000-8000-000000000004";
    world.and([did(PA, "RemoveDevice", of(V3)), did(PS, "AddDevice", same_hardware(fourth, of_p()))]);
}

/// Whoever adds a device says its group tag, also a sales agent, who may not change it afterwards.
#[test]
fn apl_7_a_group_tag_goes_in_with_the_device() {
    let added = || a_device(V3, json!({"partner": P}));
    let tagged = json!({"customer": C, "device": V3, "groupTag": "Kiosk"});
    for who in [PA, PS] {
        let world = two_devices().when(who, "AddDevice", extended(added(), json!({"groupTag": "Kiosk"})));
        world.then([event("DeviceAdded", added()), event("DeviceUpdated", tagged.clone())]);
    }
    let world = two_devices().when(PS, "AddDevice", extended(added(), json!({"groupTag": ""})));
    world.then([event("DeviceAdded", added())]);
    let world = two_devices().and([did(PS, "AddDevice", added())]);
    world.when(PS, "UpdateDevice", tagged).then_refused("notAllowed", Some(Rule::Apl2));
}

#[test]
fn apl_7_the_id_of_a_removed_device_may_not() {
    let world = || two_devices().and([d_arrives(), did(PA, "RemoveDevice", of(V1))]);
    for hardware in [V1, "SN-7"] {
        let fields = extended(a_device(V1, json!({"partner": P})), json!({"serialNumber": hardware}));
        world().when(PA, "AddDevice", fields).then_refusal(Refusal::AlreadyExists("device"));
        let fields =
            extended(a_device(V1, json!({"source": "intune"})), json!({"serialNumber": hardware, "customer": D}));
        world().when(DG, "AddDevice", fields).then_refusal(Refusal::AlreadyExists("device"));
    }
}

#[test]
fn apl_7_whose_device_it_is_goes_by_who_added_it_last() {
    // 14 V1 removed, 15 the same hardware as the customer's own.
    let world = two_devices()
        .and([did(PA, "RemoveDevice", of(V1)), did(CG, "AddDevice", same_hardware(V3, json!({"source": "intune"})))]);
    world.answers([(PA, "device.manage", device(V3), "no: APL-2 lacks DeviceOfPartner")]);
}
