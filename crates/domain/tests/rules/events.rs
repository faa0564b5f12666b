//! Events as they are stored: one golden document for each type, read back as it was written.

use crate::given::*;
use procura_domain::event::{Event, EventType};
use serde_json::{Value, json};

/// Every event type with its data as version 1 writes it, everything given; a second line of a type, with what is left out
/// left out.
fn golden() -> Vec<(&'static str, &'static str)> {
    include_str!("../golden/events.txt").lines().filter_map(|line| line.split_once(' ')).collect()
}

/// DeviceUpdated where the tag was taken away.
const BARE_DEVICE: &str = r#"{"customer":"cccccccc-cccc-4ccc-8ccc-cccccccccccc","device":"ffffffff-0000-4000-8000-000000000001","groupTag":""}"#;

/// PersonalDataErased of what concerns no customer.
const BARE_ERASURE: &str =
    r#"{"partner":"11111111-1111-4111-8111-111111111111","subject":"invitation:aaaaaaaa-0000-4000-8000-000000000001"}"#;

fn read(event_type: &str, data: &str) -> Result<Event, serde_json::Error> {
    Event::read(event_type.parse().unwrap(), &mut serde_json::Deserializer::from_str(data))
}

#[test]
fn every_event_type_has_its_golden_document() {
    let mut types: Vec<_> = golden().iter().map(|(event_type, _)| *event_type).collect();
    types.dedup();
    assert_eq!(types, EventType::ALL.iter().map(|event_type| event_type.name()).collect::<Vec<_>>());
}

#[test]
fn every_event_is_read_and_written_byte_for_byte() {
    for (event_type, data) in
        golden().into_iter().chain([("PersonalDataErased", BARE_ERASURE), ("DeviceUpdated", BARE_DEVICE)])
    {
        let event = read(event_type, data).unwrap();
        assert_eq!(event.event_type().name(), event_type);
        assert_eq!(serde_json::to_string(&event).unwrap(), data, "{event_type}");
        // … also through a value, as the envelope's data may come.
        let value: Value = serde_json::from_str(data).unwrap();
        assert_eq!(Event::read(event.event_type(), value).unwrap(), event, "{event_type}");
    }
}

#[test]
fn no_field_of_an_event_is_left_out_but_these() {
    // `customer` and `partner` of an erasure: it concerns whom its subject does.
    let optional = |event_type: &str, field: &str| {
        ["hardwareHash", "filter"].contains(&field)
            || (event_type == "PersonalDataErased" && field != "subject")
            || (["ConsumerSet", "WebhookSet"].contains(&event_type) && field == "role")
    };
    for (event_type, data) in golden() {
        let data: Value = serde_json::from_str(data).unwrap();
        for field in data.as_object().unwrap().keys() {
            let mut less = data.clone();
            less.as_object_mut().unwrap().remove(field);
            let found = Event::read(event_type.parse().unwrap(), less);
            assert_eq!(found.is_ok(), optional(event_type, field), "{event_type} without {field}: {found:?}");
        }
    }
}

#[test]
fn what_the_rules_make_is_written_as_it_is_read() {
    // Every event of a story with all of them.
    let mut whole = a_device(V1, json!({"partner": P}));
    whole["hardwareHash"] = "T0FBQUFB".into();
    let world = with_dap().and([
        provisions(PA, S1, A1),
        registers(S2, A2),
        assigns(CG, S2, A3, "Reader", P_SALES),
        did(PS, "AddDevice", whole),
        adds_own_device(V2, "intune"),
        removes(CG, A3),
        leaves(PH, "HelpdeskAgents"),
        renegotiates(P),
    ]);
    let Ok(ended) = with_dap().result(PA, "EndRelationship", json!({"customer": C, "partner": P})) else {
        panic!("not accepted")
    };
    let Ok(sent) = world.result(
        PS,
        "SendInvite",
        serde_json::json!({
            "partner": P, "delegatedAdmin": true, "locale": "fr", "recipient": "lee@c.example",
            "message": {"subject": "s", "body": "{link}"},
        }),
    ) else {
        panic!("not accepted")
    };
    for event in ended.into_iter().chain(sent) {
        let text = serde_json::to_string(&event).unwrap();
        assert_eq!(read(event.event_type().name(), &text).unwrap(), event);
    }
}

#[test]
fn a_choice_in_an_event_is_one_of_its_words() {
    let rows = [
        ("AutopilotPolicyAdopted", "dapRequired", "relationships"),
        ("ServiceRequestOpened", "moderate", "severe"),
        ("ServiceRequestOpened", "microsoftSupport", "telephone"),
        ("ProfileApplied", V2, "everything"),
    ];
    for (event_type, word, other) in rows {
        let (_, data) = golden().into_iter().find(|(found, _)| *found == event_type).unwrap();
        assert!(read(event_type, &data.replace(word, other)).is_err(), "{event_type} {other}");
    }
}

#[test]
fn an_event_concerns_its_tenants_and_names_what_it_made() {
    let made = |event_type: &str| -> Option<(&str, &str)> {
        match event_type {
            "PartnerRegistered" => Some(("partner", P)),
            "CustomerRegistered" => Some(("customer", C)),
            "InvitationSent" => Some(("invitation", I)),
            "SubscriptionProvisioned" | "SubscriptionRegistered" => Some(("subscription", S1)),
            "RoleAssigned" => Some(("roleAssignment", A1)),
            "DeviceAdded" => Some(("device", V1)),
            "ProfileCreated" => Some(("profile", F1)),
            "ServiceRequestOpened" => Some(("serviceRequest", "e0000000-0000-4000-8000-000000000001")),
            "WebhookSet" => Some(("webhook", "22222222-0000-4000-8000-000000000001")),
            _ => None,
        }
    };
    for (event_type, data) in golden() {
        let event = read(event_type, data).unwrap();
        let fields: Value = serde_json::from_str(data).unwrap();
        assert_eq!(
            event.made().map(|(field, id)| (field, id.to_string())),
            made(event_type).map(|(f, id)| (f, id.to_owned()))
        );
        // The customer it names, then the partner, the tenant, or the tenant of a role's holder; each once.
        let customer = fields["customer"].as_str();
        let holder = &fields["principal"];
        let other = [&fields["partner"], &fields["tenant"], &holder["partner"], &holder["tenant"]];
        let other = other.into_iter().find_map(Value::as_str).filter(|other| Some(*other) != customer);
        let tenants: Vec<_> = event.tenants().iter().map(ToString::to_string).collect();
        assert_eq!(event.customer().map(|id| id.to_string()).as_deref(), customer, "{event_type}");
        assert_eq!(tenants, customer.into_iter().chain(other).collect::<Vec<_>>(), "{event_type}");
    }
}

/// Under which rule each golden event happened, and what it is about.
const ABOUT: &str = "
    PartnerRegistered TEN-1
    CustomerRegistered TEN-1
    DirectoryRoleAssigned TEN-2 user
    DirectoryRoleRemoved TEN-2 user
    GroupMemberAdded DAP-6 user
    GroupMemberRemoved DAP-6 user
    InvitationSent INV-1
    InvitationWithdrawn INV-7
    InvitationAccepted INV-4
    InvitationDeclined INV-4
    RelationshipEstablished INV-6
    RelationshipEnded REL-4
    DapGranted INV-6
    DapRevoked DAP-5
    ContractRenegotiated SUP-3
    SubscriptionProvisioned SUB-3 subscription
    SubscriptionRegistered SUB-9 subscription
    SubscriptionRenewed REL-2 subscription
    SubscriptionCancelled SUB-9 subscription
    RoleAssigned SUB-2 subscription
    RoleAssignmentRemoved SUB-5 subscription user
    DeviceAdded APL-7 device
    DeviceUpdated APL-2 device
    DeviceRemoved APL-2 device
    ProfileCreated APL-1 profile
    ProfileUpdated APL-1 profile
    ProfileDeleted APL-1 profile
    ProfileApplied APL-4 devices profile
    ProfileRemoved APL-4 device profile
    AutopilotPolicyAdopted APL-8
    ServiceRequestOpened SUP-2
    PersonalDataErased TEN-2 device
    UserDescribed PEO-1 user
    ConsumerSet FEED-1
    ConsumerDeleted FEED-1
    WebhookSet FEED-1
    WebhookDeleted FEED-1";

#[test]
fn an_event_happens_under_a_rule_and_is_about_something() {
    let mut table: Vec<String> = Vec::new();
    for (event_type, data) in golden() {
        let event = read(event_type, data).unwrap();
        let about = [
            ("subscription", event.subscription().is_some()),
            ("device", event.devices().len() == 1),
            ("devices", event.devices().len() > 1),
            ("profile", event.profile().is_some()),
            ("user", event.user().is_some()),
        ];
        let about = about.iter().filter(|(_, is)| *is).map(|(name, _)| format!(" {name}"));
        table.push(format!("\n    {event_type} {}{}", event.rule(), about.collect::<String>()));
    }
    // Some types have two documents.
    table.dedup();
    assert_eq!(table.concat(), ABOUT);
    // A role's rule goes by how it came about.
    let (_, data) = golden().into_iter().find(|(event_type, _)| *event_type == "RoleAssigned").unwrap();
    for (origin, rule) in [("provisioning", "SUB-2"), ("registered", "SUB-9"), ("assigned", "SUB-6")] {
        let event = read("RoleAssigned", &data.replace("provisioning", origin)).unwrap();
        assert_eq!(event.rule().id(), rule);
    }
}
