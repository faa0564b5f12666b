//! Autopilot under the policy `relationship`: APL-2, APL-3, APL-7, and who adds devices.

use crate::given::*;
use procura_domain::{
    access::Missing, event::Event, refusal::Refusal, rule::Rule, vocabulary::PartnerGroup::AdminAgents,
};
use serde_json::{Value, json};

const ACTIONS: [&str; 2] = ["device.manage", "device.delete"];
const CHANNELS: [&str; 3] = ["microsoftStoreForBusiness", "microsoftStoreForEducation", "intune"];

fn added(fields: Value) -> Event {
    event("DeviceAdded", fields)
}

fn of_p() -> Value {
    json!({"partner": P})
}

fn own(channel: &str) -> Value {
    json!({"source": channel})
}

/// Both actions on a device, which go by the same rules.
#[track_caller]
fn both(world: &World, who: Who, id: &'static str, expected: &str) {
    let head = world.state.timeline.head().0;
    for action in ACTIONS {
        assert_eq!(world.shown(&world.decision(head, who, action, device(id))), expected, "{who:?} {action}");
    }
}

#[test]
fn apl_2_admin_agents_manage_and_delete_what_they_or_another_partner_added() {
    // 9 to 11 the relationship; Q arrives with 12 to 14, its invitation 15, 16, 17; 18 and 19 the devices.
    let world = || {
        without_dap().and(arrives(QG, QA)).and([
            invites(QA, K, false),
            accepts(CG, K),
            adds_device(PA, V1),
            adds_device(QA, V2),
        ])
    };
    let by_p = |added| format!("yes: APL-2 GroupMemberAdded@3 RelationshipEstablished@11 DeviceAdded@{added}");
    let by_q = |added| format!("yes: APL-2 GroupMemberAdded@14 RelationshipEstablished@17 DeviceAdded@{added}");
    for (id, position) in [(V1, 18), (V2, 19)] {
        both(&world(), PA, id, &by_p(position));
        both(&world(), QA, id, &by_q(position));
        both(&world(), P_ADMINS, id, &format!("yes: APL-2 RelationshipEstablished@11 DeviceAdded@{position}"));
        for who in [PH, PS, P_HELPDESK, P_SALES] {
            both(&world(), who, id, "no: APL-2 lacks Membership(AdminAgents)");
        }
        for who in [PG, PU, STRANGER] {
            let expected = if who.user() == STRANGER.user() { "no: TEN-2 lacks RegisteredTenant" } else { "unknown" };
            both(&world(), who, id, expected);
        }
    }
    // With and without delegated admin.
    let with = with_dap().and([adds_device(PS, V1)]);
    both(&with, PA, V1, "yes: APL-2 GroupMemberAdded@3 RelationshipEstablished@10 DeviceAdded@12");
    let after = with.and([revokes(CG, P)]);
    both(&after, PA, V1, "yes: APL-2 GroupMemberAdded@3 RelationshipEstablished@10 DeviceAdded@12");
}

#[test]
fn apl_2_not_what_the_customer_added_itself() {
    for channel in CHANNELS {
        let world = without_dap().and([adds_own_device(V1, channel)]);
        both(&world, PA, V1, "no: APL-2 lacks DeviceOfPartner");
        both(&world, P_ADMINS, V1, "no: APL-2 lacks DeviceOfPartner");
        both(&world, CG, V1, "yes: TEN-2 DirectoryRoleAssigned@7");
    }
}

#[test]
fn apl_2_the_customers_global_administrators_always_do() {
    let world = with_dap().and([helpdesk_of_c(), adds_device(PA, V1), adds_own_device(V2, "intune"), ends(PA)]);
    for id in [V1, V2] {
        both(&world, CG, id, "yes: TEN-2 DirectoryRoleAssigned@7");
        both(&world, CH, id, "no: TEN-2 lacks DirectoryRole(GlobalAdministrator)");
        both(&world, CU, id, "no: TEN-2 lacks DirectoryRole(GlobalAdministrator)");
    }
}

#[test]
fn apl_3_with_dap_they_manage_and_delete_those_too() {
    for channel in CHANNELS {
        // 12 DeviceAdded, 13 DapRevoked.
        let world = with_dap().and([adds_own_device(V1, channel)]);
        both(&world, PA, V1, "yes: APL-3 GroupMemberAdded@3 RelationshipEstablished@10 DapGranted@11");
        both(&world, P_ADMINS, V1, "yes: APL-3 RelationshipEstablished@10 DapGranted@11");
        both(&world, PH, V1, "no: APL-3 lacks Membership(AdminAgents)");
        both(&world, PS, V1, "no: APL-3 lacks Membership(AdminAgents)");
        let world = world.and([revokes(CG, P)]);
        let ended = "no: APL-3 lacks Dap, ended by DapRevoked@13";
        both(&world, PA, V1, ended);
        both(&world, P_ADMINS, V1, ended);
    }
}

#[test]
fn apl_3_delegated_admin_is_no_second_reason_for_a_partners_device() {
    let world = with_dap().and([adds_device(PA, V1)]);
    both(&world, PA, V1, "yes: APL-2 GroupMemberAdded@3 RelationshipEstablished@10 DeviceAdded@12");
}

#[test]
fn apl_7_without_a_relationship_a_partner_does_nothing() {
    let world = with_dap().and([adds_device(PA, V1), adds_own_device(V2, "intune"), ends(PA)]);
    both(&world, PA, V1, "no: APL-2 lacks Relationship, ended by RelationshipEnded@15");
    both(&world, P_ADMINS, V1, "no: APL-2 lacks Relationship, ended by RelationshipEnded@15");
    for action in ACTIONS {
        let text = world.shown(&world.decision(15, PA, action, device(V2)));
        assert!(text.starts_with("no: "), "{text}");
    }
    let relationship = not_allowed(Rule::Apl7, Missing::Relationship, Some("RelationshipEnded@15"));
    world.when(PA, "AddDevice", a_device(NONE, of_p())).then_refusal(relationship);
    // Q never had one; before the invitation is accepted, neither has P.
    let strangers = given_device_without_relationship();
    for who in [PA, QA, P_ADMINS] {
        both(&strangers, who, V1, "unknown");
    }
    strangers.when(QA, "AddDevice", a_device(V2, json!({"partner": Q}))).then_not_found("customer");
}

fn given_device_without_relationship() -> World {
    world().and(arrives(QG, QA)).and([adds_own_device(V1, "intune")])
}

#[test]
fn apl_7_adding_devices_needs_the_relationship_alone() {
    for world in [with_dap, without_dap, revoked] {
        for who in [PA, PS] {
            world().when(who, "AddDevice", a_device(V1, of_p())).then([added(a_device(V1, of_p()))]);
        }
    }
    without_dap().answers([
        (PA, "device.add", customer(C), "yes: APL-7 GroupMemberAdded@3 RelationshipEstablished@11"),
        (PS, "device.add", customer(C).added_as(of_p()), "yes: APL-7 GroupMemberAdded@5 RelationshipEstablished@11"),
        (P_SALES, "device.add", customer(C), "yes: APL-7 RelationshipEstablished@11"),
        (P_HELPDESK, "device.add", customer(C), "no: APL-7 lacks Membership(AdminAgents)"),
    ]);
}

#[test]
fn apl_7_the_whole_device_is_recorded() {
    let mut fields = a_device(V1, of_p());
    fields["hardwareHash"] = "T0FBQUFB".into();
    fields["productKey"] = "VK7JG-NPHTM".into();
    with_dap().when(PA, "AddDevice", fields.clone()).then([added(fields)]);
}

#[test]
fn apl_7_the_customers_global_administrators_add_through_their_own_channels() {
    for channel in CHANNELS {
        world().when(CG, "AddDevice", a_device(V1, own(channel))).then([added(a_device(V1, own(channel)))]);
    }
    let adds = "yes: TEN-2 DirectoryRoleAssigned@7";
    with_dap().answers([
        (CG, "device.add", customer(C), adds),
        (CG, "device.add", customer(C).added_as(own("intune")), adds),
        (CG, "device.add", customer(C).added_as(of_p()), "no: TEN-2 lacks OwnOrigin"),
        (CG, "device.add", customer(C).beside(P), "no: TEN-2 lacks OwnOrigin"),
        (PA, "device.add", customer(C).added_as(own("intune")), "no: APL-7 lacks OwnOrigin"),
        (P_SALES, "device.add", customer(C).added_as(own("intune")), "no: APL-7 lacks OwnOrigin"),
    ]);
}

#[test]
fn apl_7_nobody_else_adds() {
    let world = || with_dap().and(arrives(QG, QA)).and([helpdesk_of_c(), d_arrives()]);
    // In another's name: an agent through the customer's channel, an administrator as its partner.
    let own_origin = |rule| not_allowed(rule, Missing::OwnOrigin, None);
    world().when(PA, "AddDevice", a_device(V1, own("intune"))).then_refusal(own_origin(Rule::Apl7));
    world().when(CG, "AddDevice", a_device(V1, of_p())).then_refusal(own_origin(Rule::Ten2));
    let membership = not_allowed(Rule::Apl7, Missing::Membership(AdminAgents), None);
    world().when(PH, "AddDevice", a_device(V1, of_p())).then_refusal(membership);
    for who in [CH, CU] {
        world().when(who, "AddDevice", a_device(V1, own("intune"))).then_refused("notAllowed", Some(Rule::Ten2));
    }
    for (who, origin) in [(PA, json!({"partner": Q})), (CG, json!({"partner": Q})), (QA, json!({"partner": Q}))] {
        let Err(refusal) = world().result(who, "AddDevice", a_device(V1, origin)) else { panic!("accepted") };
        assert_eq!(refusal.code(), "notFound", "{who:?}");
    }
    for (who, origin) in [(PG, of_p()), (PU, of_p()), (DG, own("intune"))] {
        world().when(who, "AddDevice", a_device(V1, origin)).then_not_found("customer");
    }
}

#[test]
fn apl_7_a_device_is_registered_once_whichever_tenant_holds_it() {
    let registered = ("deviceAlreadyRegistered", Some(Rule::Apl7));
    let world = || with_dap().and([d_arrives(), adds_device(PA, V1)]);
    let same = |device: &str, origin| {
        let mut fields = a_device(device, origin);
        fields["serialNumber"] = V1.into();
        fields
    };
    world().when(PS, "AddDevice", same(V2, of_p())).then_refused(registered.0, registered.1);
    world().when(CG, "AddDevice", same(V2, own("intune"))).then_refusal(Refusal::DeviceAlreadyRegistered);
    let mut elsewhere = same(V2, own("intune"));
    elsewhere["customer"] = D.into();
    world().when(DG, "AddDevice", elsewhere).then_refusal(Refusal::DeviceAlreadyRegistered);
    // All three make the device: with another of any it is another.
    for (field, other) in [("serialNumber", "SN-2"), ("manufacturer", "Contoso"), ("model", "Slate 4")] {
        let mut fields = same(V2, of_p());
        fields[field] = other.into();
        world().when(PA, "AddDevice", fields.clone()).then([added(fields)]);
    }
}
