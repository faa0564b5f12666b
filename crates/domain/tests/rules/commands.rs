//! Commands as the outside writes them: what is read, and what is refused before anybody decides.

use crate::given::*;
use procura_domain::command::Command;
use serde_json::{Value, json};

/// The fields that say what a user is called.
const NAMES: [&str; 2] = ["displayName", "userPrincipalName"];

/// The fields with names for the user.
fn named(fields: Value) -> Value {
    extended(fields, json!({"displayName": "Ada Lovelace", "userPrincipalName": "ada@p.example"}))
}

/// A whole command of each name; what may be left out is listed behind it.
fn commands() -> Vec<(&'static str, Value, Vec<&'static str>)> {
    let message = json!({"subject": "Invitation", "body": "{link}"});
    let settings = json!({
        "removeOemPreinstalls": true, "oobeUserNotLocalAdmin": false, "skipExpressSettings": true,
        "skipOemRegistration": false, "skipEula": true,
    });
    let filter = json!({"types": ["DapRevoked"], "customer": C, "partner": P});
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let mut device = a_device(V1, json!({"partner": P}));
    device["hardwareHash"] = "T0FBQUFB".into();
    device["productKey"] = "VK7JG-NPHTM".into();
    device["groupTag"] = "Kiosk".into();
    vec![
        ("RegisterPartner", named(registration("partner", P, PG)), NAMES.to_vec()),
        ("RegisterCustomer", named(registration("customer", C, CG)), NAMES.to_vec()),
        ("AssignDirectoryRole", named(directory_role(CH, "HelpdeskAdministrator")), NAMES.to_vec()),
        ("RemoveDirectoryRole", directory_role(PG, "GlobalAdministrator"), vec![]),
        ("AddGroupMember", named(json!({"partner": P, "group": "AdminAgents", "user": PA.id()})), NAMES.to_vec()),
        ("RemoveGroupMember", json!({"partner": P, "group": "SalesAgents", "user": PA.id()}), vec![]),
        ("DescribeUser", named(json!({"tenant": P, "user": PA.id()})), NAMES.to_vec()),
        (
            "SendInvite",
            json!({
                "invitation": I, "partner": P, "delegatedAdmin": true, "locale": "en", "recipient": "lee@c.example",
                "message": message, "uses": "many", "expiresInDays": 30,
            }),
            vec!["invitation", "recipient", "message", "uses", "expiresInDays"],
        ),
        ("WithdrawInvite", json!({"invitation": I}), vec![]),
        ("AcceptInvite", json!({"invitation": I, "customer": C}), vec![]),
        ("DeclineInvite", json!({"invitation": I, "customer": C}), vec![]),
        ("RevokeDap", json!({"customer": C, "partner": P}), vec![]),
        ("EndRelationship", json!({"customer": C, "partner": P}), vec![]),
        ("RenegotiateContract", json!({"customer": C, "partner": P}), vec![]),
        (
            "ProvisionSubscription",
            json!({
                "customer": C, "partner": P, "subscription": S1, "roleAssignment": A1, "kind": "azure", "name": "Prod",
            }),
            vec!["subscription", "roleAssignment"],
        ),
        (
            "RegisterSubscription",
            json!({"customer": C, "subscription": S1, "roleAssignment": A1, "kind": "azure", "name": "Legacy"}),
            vec!["roleAssignment"],
        ),
        ("RenewSubscription", json!({"customer": C, "subscription": S1}), vec![]),
        ("CancelSubscription", json!({"customer": C, "subscription": S1}), vec![]),
        ("AssignRole", assignment(S1, A1, "Reader", P_SALES), vec!["roleAssignment"]),
        ("RemoveRoleAssignment", json!({"customer": C, "roleAssignment": A1}), vec![]),
        ("AddDevice", device, vec!["device", "hardwareHash", "productKey", "groupTag"]),
        ("UpdateDevice", json!({"customer": C, "device": V1, "groupTag": "Kiosk"}), vec![]),
        ("RemoveDevice", json!({"customer": C, "device": V1}), vec![]),
        (
            "CreateProfile",
            json!({"customer": C, "profile": F1, "name": "Kiosk", "settings": settings}),
            vec!["profile", "settings"],
        ),
        (
            "UpdateProfile",
            json!({"customer": C, "profile": F1, "name": "Kiosk", "settings": settings}),
            vec!["name", "settings"],
        ),
        ("DeleteProfile", json!({"customer": C, "profile": F1}), vec![]),
        ("ApplyProfile", on_devices(F1, &[V2, V1]), vec![]),
        ("RemoveProfile", on_devices(F1, &[V1]), vec![]),
        ("AdoptAutopilotPolicy", json!({"policy": "dapRequired"}), vec![]),
        (
            "OpenServiceRequest",
            json!({"customer": C, "partner": P, "title": "Mail stands still", "severity": "critical"}),
            vec![],
        ),
        ("ErasePersonalData", json!({"subject": format!("invitation:{I}")}), vec![]),
        (
            "SetConsumer",
            json!({"name": "billing", "filter": filter, "after": 0, "visibilitySeconds": 60, "tries": 3, "onParked": "wait"}),
            vec!["filter", "after", "visibilitySeconds", "tries", "onParked"],
        ),
        ("DeleteConsumer", json!({"name": "billing"}), vec![]),
        (
            "SetWebhook",
            json!({"name": "siem", "url": "https://hooks.example/p", "secret": secret, "filter": filter, "after": 9, "onParked": "goOn"}),
            vec!["secret", "filter", "after", "onParked"],
        ),
        ("DeleteWebhook", json!({"name": "siem"}), vec![]),
    ]
}

/// The fields of the whole command of that name.
fn whole(name: &str) -> Value {
    let (_, fields, _) = commands().into_iter().find(|(found, ..)| *found == name).unwrap();
    fields
}

fn read(name: &str, fields: &Value) -> Result<Command, String> {
    Command::read(name, fields.clone()).unwrap().map_err(|error| error.to_string())
}

/// As [`read`], from text: what the value type would smooth over stays.
fn read_text(name: &str, text: &str) -> Result<Command, String> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    Command::read(name, &mut deserializer).unwrap().map_err(|error| error.to_string())
}

fn with(mut fields: Value, field: &str, value: impl Into<Value>) -> Value {
    fields[field] = value.into();
    fields
}

fn without(mut fields: Value, field: &str) -> Value {
    fields.as_object_mut().unwrap().remove(field).unwrap();
    fields
}

#[test]
fn every_command_is_read_by_its_name_and_as_it_is_written() {
    let names: Vec<_> = commands().iter().map(|(name, ..)| *name).collect();
    assert_eq!(names, Command::NAMES);
    for (name, fields, _) in commands() {
        let command = read(name, &fields).unwrap();
        assert_eq!(command.name(), name);
        let written = serde_json::to_value(&command).unwrap();
        for (field, value) in fields.as_object().unwrap() {
            assert_eq!(written.get(field), Some(value), "{name} {field}");
        }
        assert_eq!(read(name, &written).as_ref(), Ok(&command), "{name}");
        assert_eq!(read_text(name, &fields.to_string()), Ok(command), "{name}");
    }
    for name in ["revokeDap", "RevokeDAP", "DapRevoked", "WithdrawTheMoon", ""] {
        assert!(Command::read(name, json!({})).is_none(), "{name}");
    }
}

#[test]
fn what_may_be_left_out_may_and_nothing_else() {
    for (name, fields, optional) in commands() {
        for field in fields.as_object().unwrap().keys() {
            let found = read(name, &without(fields.clone(), field));
            if optional.contains(&field.as_str()) {
                assert!(found.is_ok(), "{name} without {field}: {found:?}");
            } else {
                let error = found.unwrap_err();
                assert!(error.contains(&format!("missing field `{field}`")), "{name} without {field}: {error}");
            }
        }
    }
}

#[test]
fn left_out_says_what_the_default_says() {
    let short = json!({"partner": P, "delegatedAdmin": true, "locale": "en"});
    let long = with(with(short.clone(), "uses", "once"), "expiresInDays", 90);
    let nulls =
        ["invitation", "recipient", "message"].into_iter().fold(long, |fields, field| with(fields, field, Value::Null));
    assert_eq!(read("SendInvite", &short), read("SendInvite", &nulls));
    let defaulted = ["uses", "expiresInDays", "visibilitySeconds", "tries", "onParked"];
    for (name, fields, optional) in commands() {
        for field in optional.iter().filter(|field| !defaulted.contains(field)) {
            let (left_out, null) = (without(fields.clone(), field), with(fields.clone(), field, Value::Null));
            assert_eq!(read(name, &left_out), read(name, &null), "{name} {field}");
        }
    }
}

#[test]
fn an_unknown_field_is_refused_by_name() {
    for (name, fields, _) in commands() {
        let error = read(name, &with(fields.clone(), "colour", "blue")).unwrap_err();
        assert!(error.contains("unknown field `colour`"), "{name}: {error}");
    }
    let message = json!({"subject": "Invitation", "body": "{link}", "cc": "lee@c.example"});
    let invite = whole("SendInvite");
    let error = read("SendInvite", &with(invite, "message", message)).unwrap_err();
    assert!(error.contains("unknown field `cc`"), "{error}");
}

#[test]
fn a_field_given_twice_is_refused_by_name() {
    for (name, fields, _) in commands() {
        for (field, value) in fields.as_object().unwrap() {
            let text = fields.to_string();
            let twice = format!("{},\"{field}\":{value}}}", text.strip_suffix('}').unwrap());
            let error = read_text(name, &twice).unwrap_err();
            assert!(error.contains(&format!("duplicate field `{field}`")), "{name} {field}: {error}");
        }
    }
    let twice = format!(
        r#"{{"customer":"{C}","subscription":"{S1}","role":"Owner","principal":
        {{"group":"AdminAgents","partner":"{P}","partner":"{Q}"}}}}"#
    );
    assert!(read_text("AssignRole", &twice).is_err());
}

#[test]
fn a_guid_is_hyphenated_and_in_either_case() {
    let upper = P.to_uppercase();
    let mixed = "aAbBcCdD-0000-4000-8000-EeFf00112233";
    let read_partner = |guid: &str| read("RevokeDap", &json!({"customer": C, "partner": guid}));
    for (given, written) in [(P, P), (upper.as_str(), P), (mixed, "aabbccdd-0000-4000-8000-eeff00112233")] {
        let command = read_partner(given).unwrap();
        assert_eq!(serde_json::to_value(&command).unwrap(), json!({"customer": C, "partner": written}));
    }
    let simple = P.replace('-', "");
    let bad = [
        "",
        "contoso.com",
        &format!("{{{P}}}"),
        &format!("urn:uuid:{P}"),
        &simple,
        &format!(" {P}"),
        &format!("{P}0"),
        &P[1..],
        &P.replace("8111", "811g"),
        &format!("{simple}----"),
        &"é".repeat(18),
    ];
    for guid in bad {
        let error = read_partner(guid).unwrap_err();
        assert_eq!(error, format!("`{guid}` is not a GUID like 8e3af657-a8ff-443c-a75c-2fe8c4bcb635"));
    }
    // A long one is not repeated whole.
    let error = read_partner(&"x".repeat(1_000)).unwrap_err();
    assert!(error.starts_with(&format!("`{}` is not", "x".repeat(64))), "{error}");
    for value in [json!(7), Value::Null, json!([P]), json!({"id": P})] {
        assert!(read("RevokeDap", &json!({"customer": C, "partner": value})).is_err(), "{value}");
    }
}

#[test]
fn every_id_is_checked() {
    let ids = [
        "partner",
        "customer",
        "globalAdministrator",
        "user",
        "invitation",
        "subscription",
        "roleAssignment",
        "device",
        "tenant",
        "profile",
    ];
    let mut checked = 0;
    for (name, fields, _) in commands() {
        for id in ids.iter().filter(|id| fields.get(**id).is_some()) {
            let error = read(name, &with(fields.clone(), id, "everybody")).unwrap_err();
            assert!(error.contains("`everybody` is not a GUID"), "{name} {id}: {error}");
            checked += 1;
        }
    }
    assert_eq!(checked, 62);
}

#[test]
fn what_is_out_of_range_is_refused() {
    let long = |chars| Value::from("x".repeat(chars));
    let address = |chars: usize| Value::from(format!("{}@b.example", "x".repeat(chars - "@b.example".len())));
    let rows: [(&str, &str, Vec<Value>, Vec<Value>); 25] = [
        (
            "SendInvite",
            "expiresInDays",
            vec![json!(1), json!(365)],
            vec![
                json!(0),
                json!(366),
                json!(-1),
                json!(65_537),
                json!(90.5),
                json!("90"),
                Value::Null,
                json!(u64::MAX),
            ],
        ),
        ("SendInvite", "uses", vec![json!("once")], vec![json!("twice"), json!("Once"), json!(1), Value::Null]),
        ("SendInvite", "locale", vec![json!("fr")], vec![json!("de"), json!("EN"), json!("")]),
        ("SendInvite", "delegatedAdmin", vec![json!(false)], vec![json!("true"), json!(1), Value::Null]),
        (
            "SendInvite",
            "recipient",
            vec![json!("a@b.example"), address(254)],
            vec![json!("a"), json!(""), json!("a@b"), json!("a\u{7}@b.example"), address(255)],
        ),
        (
            "SendInvite",
            "message",
            vec![],
            vec![
                json!({"subject": "s"}),
                json!({"body": "{link}"}),
                json!({"subject": "", "body": "{link}"}),
                json!({"subject": "a\nb", "body": "{link}"}),
                json!({"subject": "s", "body": " "}),
                json!("{link}"),
            ],
        ),
        ("AddGroupMember", "group", vec![json!("HelpdeskAgents")], vec![json!("adminAgents"), json!("Owners")]),
        ("RegisterPartner", "name", vec![long(256)], vec![long(257), json!(""), json!("a\u{0}b"), json!(5)]),
        ("RegisterCustomer", "domain", vec![json!("c.example")], vec![json!("c"), json!("c d.example"), json!("")]),
        ("ProvisionSubscription", "kind", vec![json!("azure")], vec![json!("Azure"), json!("office365")]),
        ("RegisterSubscription", "name", vec![long(256)], vec![long(257), json!("  ")]),
        ("AssignRole", "role", vec![json!("Owner")], vec![json!("owner"), json!("GlobalAdministrator")]),
        ("AddDevice", "serialNumber", vec![long(128)], vec![long(129), json!("")]),
        ("AddDevice", "hardwareHash", vec![long(8_192)], vec![long(8_193), json!("")]),
        ("AddDevice", "groupTag", vec![long(512), json!(""), Value::Null], vec![long(513), json!(" ")]),
        (
            "AssignDirectoryRole",
            "role",
            vec![json!("GlobalAdministrator"), json!("HelpdeskAdministrator")],
            vec![json!("globalAdministrator"), json!("Owner"), json!("AdminAgents"), Value::Null],
        ),
        // No group tag is an empty one.
        (
            "UpdateDevice",
            "groupTag",
            vec![long(512), json!("")],
            vec![long(513), json!(" "), json!("a\nb"), Value::Null],
        ),
        ("CreateProfile", "name", vec![long(256)], vec![long(257), json!(""), json!("a\tb"), Value::Null]),
        ("UpdateProfile", "name", vec![long(256), Value::Null], vec![long(257), json!(" ")]),
        (
            "UpdateProfile",
            "settings",
            vec![json!({}), json!({"skipEula": null}), json!({"skipEula": true}), Value::Null],
            vec![
                json!({"skipEula": "true"}),
                json!({"skipEula": 1}),
                json!({"skipeula": true}),
                json!({"colour": true}),
                json!([true, true, true, true, true]),
                json!("skipEula"),
            ],
        ),
        (
            "AdoptAutopilotPolicy",
            "policy",
            vec![json!("relationship"), json!("dapRequired")],
            vec![json!("DapRequired"), json!("dap"), json!({"dapRequired": null}), Value::Null],
        ),
        (
            "OpenServiceRequest",
            "severity",
            vec![json!("critical"), json!("moderate"), json!("minimal")],
            vec![json!("Critical"), json!("high"), json!(1), Value::Null],
        ),
        (
            "ErasePersonalData",
            "subject",
            vec![json!(format!("device:{V1}")), json!(format!("serviceRequest:{V1}"))],
            vec![json!(V1), json!(format!("customer:{C}")), json!("device:7"), json!({"device": V1}), Value::Null],
        ),
        ("OpenServiceRequest", "title", vec![long(256)], vec![long(257), json!(""), json!("a\nb"), Value::Null]),
        ("ApplyProfile", "devices", vec![json!([V1])], vec![json!(V1), json!({"0": V1}), json!([null]), Value::Null]),
    ];
    for (name, field, good, bad) in rows {
        let fields = whole(name);
        for value in good {
            assert!(read(name, &with(fields.clone(), field, value.clone())).is_ok(), "{name} {field} {value}");
        }
        for value in bad {
            assert!(read(name, &with(fields.clone(), field, value.clone())).is_err(), "{name} {field} {value}");
        }
    }
}

#[test]
fn days_out_of_range_are_named_with_their_range() {
    let invite = whole("SendInvite");
    for days in [0, 366, -5] {
        let error = read("SendInvite", &with(invite.clone(), "expiresInDays", days)).unwrap_err();
        assert_eq!(error, format!("{days} is not a number of days from 1 to 365"));
    }
}

#[test]
fn a_principal_is_a_partners_group_or_a_user() {
    let with_principal = |principal: Value| {
        read("AssignRole", &json!({"customer": C, "subscription": S1, "role": "Reader", "principal": principal}))
    };
    for good in [P_SALES.principal(), CU.principal()] {
        assert!(with_principal(good.clone()).is_ok(), "{good}");
    }
    let bad = [
        json!({"group": "AdminAgents"}),
        json!({"partner": P}),
        json!({"user": CU.id()}),
        json!({"tenant": C}),
        json!({"group": "AdminAgents", "tenant": P}),
        json!({"group": "Everybody", "partner": P}),
        json!({"group": "AdminAgents", "partner": "contoso"}),
        json!({"user": "lee", "tenant": C}),
        json!({"group": "AdminAgents", "partner": P, "user": CU.id(), "tenant": C}),
        json!({"user": CU.id(), "tenant": C, "name": "Lee"}),
        json!("AdminAgents"),
        json!({}),
        Value::Null,
    ];
    for principal in bad {
        let error = with_principal(principal.clone()).unwrap_err();
        let says = error.starts_with("a principal is {\"group\":\"AdminAgents\"");
        assert!(says || !principal.is_object(), "{principal}: {error}");
    }
}

#[test]
fn a_device_comes_from_a_partner_or_through_a_channel() {
    let fields = |origin: Value| a_device(V1, origin);
    for good in [json!({"partner": P}), json!({"source": "intune"}), json!({"partner": P, "source": null})] {
        assert!(read("AddDevice", &fields(good.clone())).is_ok(), "{good}");
    }
    for (bad, named) in [
        (json!({}), "missing field `partner`"),
        (json!({"partner": null}), "missing field `partner`"),
        (json!({"partner": P, "source": "intune"}), "`source`"),
        (json!({"source": "Intune"}), "`Intune`"),
        (json!({"source": "partner"}), "`partner`"),
        (json!({"partner": "intune"}), "`intune` is not a GUID"),
    ] {
        let error = read("AddDevice", &fields(bad.clone())).unwrap_err();
        assert!(error.contains(named), "{bad}: {error}");
    }
}

#[test]
fn fields_have_names() {
    // A list of values in the order of the fields is no command.
    for (name, fields, _) in commands() {
        let values: Value = fields.as_object().unwrap().values().cloned().collect();
        for not_fields in [values, json!([]), json!("x"), json!(1), Value::Null] {
            assert!(read(name, &not_fields).is_err(), "{name} {not_fields}");
        }
    }
    let expected = "invalid type: sequence, expected an object with the fields by name";
    assert_eq!(read("RevokeDap", &json!([C, P])), Err(expected.to_owned()));
    assert_eq!(read("AcceptInvite", &json!([I, C])), Err(expected.to_owned()));
}

#[test]
fn fields_of_fields_have_names_too() {
    let invite = whole("SendInvite");
    assert!(read("SendInvite", &with(invite, "message", json!(["Invitation", "{link}"]))).is_err());
    for principal in [json!(["AdminAgents", P]), json!([C, CU.id()])] {
        let fields = json!({"customer": C, "subscription": S1, "role": "Reader", "principal": principal});
        assert!(read("AssignRole", &fields).is_err(), "{fields}");
    }
    // Nor is a choice written as an object.
    let fields = json!({"customer": C, "subscription": S1, "kind": {"azure": null}, "name": "Legacy"});
    assert!(read("RegisterSubscription", &fields).is_err());
}

#[test]
fn a_command_takes_up_to_500_devices_each_once() {
    let many =
        |count: usize| -> Vec<String> { (0..count).map(|n| format!("ffffffff-0000-4000-9000-{n:012x}")).collect() };
    for name in ["ApplyProfile", "RemoveProfile"] {
        let devices = |devices: Value| read(name, &with(whole(name), "devices", devices));
        for count in [1, 2, 500] {
            assert!(devices(many(count).into()).is_ok(), "{name} {count}");
        }
        for count in [0, 501, 1_000] {
            let error = devices(many(count).into()).unwrap_err();
            assert_eq!(error, format!("{count} devices; from 1 to 500 are taken"), "{name}");
        }
        // Side by side or far apart, in either case.
        for twice in [json!([V1, V1]), json!([V1, V2, V1]), json!([V1, V1.to_uppercase()])] {
            assert_eq!(devices(twice.clone()).unwrap_err(), "a device is named twice", "{name} {twice}");
        }
        let error = devices(json!([V1, "everything"])).unwrap_err();
        assert!(error.contains("`everything` is not a GUID"), "{name}: {error}");
    }
}

#[test]
fn settings_are_named_one_by_one() {
    for name in ["CreateProfile", "UpdateProfile"] {
        let settings = |settings: Value| read(name, &with(whole(name), "settings", settings));
        for setting in
            ["removeOemPreinstalls", "oobeUserNotLocalAdmin", "skipExpressSettings", "skipOemRegistration", "skipEula"]
        {
            for value in [json!(true), json!(false), Value::Null] {
                assert!(settings(json!({setting: value})).is_ok(), "{name} {setting} {value}");
            }
            let error = settings(json!({setting: "yes"})).unwrap_err();
            assert!(error.contains("expected a boolean"), "{name} {setting}: {error}");
        }
        let error = settings(json!({"skipEverything": true})).unwrap_err();
        assert!(error.contains("unknown field `skipEverything`"), "{name}: {error}");
        let twice = whole(name).to_string().replace(r#""skipEula":true"#, r#""skipEula":true,"skipEula":false"#);
        let error = read_text(name, &twice).unwrap_err();
        assert!(error.contains("duplicate field `skipEula`"), "{name}: {error}");
    }
}
