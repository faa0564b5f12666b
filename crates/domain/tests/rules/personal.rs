//! Personal data: it stands beside the events and never in them, and is erased once.

use crate::given::*;
use procura_domain::{
    access::Missing,
    event::Event,
    personal::{DataSubject, PersonalData},
    refusal::Refusal,
    rule::Rule,
};
use serde_json::{Value, json};

/// What people wrote, as commands spell it; it is found in no event.
const SECRETS: [&str; 5] = ["ada@c.example", "Ada's subject", "Ada's {link}", "Ada's mail", "ADA-KEY"];

fn invitation() -> Value {
    json!({"invitation": J, "partner": P, "delegatedAdmin": true, "locale": "en"})
}

/// The commands that bring personal data: who issues them, without it, and the fields that it is in.
fn bringing() -> Vec<(Who, &'static str, Value, Value)> {
    let message = json!({"subject": SECRETS[1], "body": SECRETS[2]});
    let request = json!({"customer": C, "partner": P, "title": "Mail", "severity": "minimal"});
    vec![
        (PS, "SendInvite", invitation(), json!({"recipient": SECRETS[0], "message": message})),
        (PA, "OpenServiceRequest", request, json!({"title": SECRETS[3]})),
        (PA, "AddDevice", a_device(V1, json!({"partner": P})), json!({"productKey": SECRETS[4]})),
    ]
}

fn erasure(subject: &str) -> Value {
    json!({"subject": subject})
}

fn subject(text: &str) -> DataSubject {
    text.parse().unwrap()
}

/// A world with one of each, and who is concerned: the customer, the partner.
fn subjects() -> (World, Vec<(String, Value)>) {
    let world =
        with_dap().and([adds_device(PA, V1), adds_own_device(V2, "intune"), did(PS, "SendInvite", invitation())]);
    let request = world.fresh().entity;
    let (_, name, fields, _) = bringing().remove(1);
    let world = world.and([did(PA, name, fields)]);
    let both = json!({"customer": C, "partner": P});
    let rows = vec![
        (format!("invitation:{J}"), json!({"partner": P})),
        (format!("serviceRequest:{request}"), both.clone()),
        (format!("device:{V1}"), both),
        (format!("device:{V2}"), json!({"customer": C})),
    ];
    (world, rows)
}

#[test]
fn events_are_the_same_whatever_people_wrote() {
    for (who, name, fields, written) in bringing() {
        let decided = |fields: Value| with_dap().result(who, name, fields).unwrap();
        let events = decided(extended(fields.clone(), written.clone()));
        assert_eq!(events, decided(fields.clone()), "{name}");
        let text = serde_json::to_string(&events).unwrap() + &format!("{events:?}");
        assert!(!SECRETS.iter().any(|secret| text.contains(secret)), "{text}");
        // So what is folded when it is decided is what is folded when it is read back.
        let again =
            events.iter().map(|decided| event(decided.event_type().name(), serde_json::to_value(decided).unwrap()));
        assert_eq!(again.collect::<Vec<Event>>(), events);
    }
}

#[test]
fn what_people_wrote_is_taken_from_the_command() {
    for (_, name, fields, written) in bringing() {
        let personal = command(name, extended(fields, written.clone())).personal();
        assert_eq!(serde_json::to_value(&personal).unwrap(), written, "{name}");
        assert_eq!(serde_json::from_value::<PersonalData>(written).unwrap(), personal);
    }
    assert!(command("SendInvite", invitation()).personal().is_empty());
    assert!(command("ErasePersonalData", erasure(&format!("device:{V1}"))).personal().is_empty());
}

#[test]
fn an_event_names_the_subject_of_what_it_makes() {
    for (who, name, fields, _) in bringing() {
        let events = with_dap().result(who, name, fields).unwrap();
        let [event] = events.as_slice() else { panic!("{events:?}") };
        let (kind, id) = event.made().unwrap();
        assert_eq!(event.data_subject(), Some(subject(&format!("{kind}:{id}"))));
    }
}

#[test]
fn an_operator_erases_once() {
    let (world, rows) = subjects();
    for (text, concerned) in rows {
        let erased = event("PersonalDataErased", extended(erasure(&text), concerned));
        assert_eq!(world.state.erased(subject(&text)), None);
        let after = world.clone().when(OPERATOR, "ErasePersonalData", erasure(&text)).then([erased]);
        let head = after.state.timeline.head();
        assert_eq!(after.state.erased(subject(&text)), Some(event_ref(&format!("PersonalDataErased@{head}"))));
        after
            .clone()
            .when(OPERATOR, "ErasePersonalData", erasure(&text))
            .then_refusal(Refusal::AlreadyErased(text.parse().unwrap()))
            .when(OPERATOR, "ErasePersonalData", erasure(&text))
            .then_refused("alreadyErased", None);
    }
}

#[test]
fn a_removed_device_and_a_used_invitation_are_erased_too() {
    let (world, _) = subjects();
    let world = world.and([did(PA, "RemoveDevice", json!({"customer": C, "device": V1}))]);
    for text in [format!("device:{V1}"), format!("invitation:{I}")] {
        assert!(world.clone().result(OPERATOR, "ErasePersonalData", erasure(&text)).is_ok(), "{text}");
    }
}

#[test]
fn what_there_is_not_is_not_erased() {
    let (world, _) = subjects();
    for text in [format!("invitation:{V1}"), format!("device:{J}"), format!("serviceRequest:{NONE}")] {
        world.clone().when(OPERATOR, "ErasePersonalData", erasure(&text)).then_not_found("subject");
    }
}

#[test]
fn nobody_else_erases() {
    let (world, rows) = subjects();
    for who in [PG, PA, PS, CG, CU] {
        for (text, _) in &rows {
            let refused = world.clone().when(who, "ErasePersonalData", erasure(text));
            refused.then_refusal(not_allowed(Rule::Ten2, Missing::Operator, None));
        }
    }
}

#[test]
fn erasing_changes_no_answer() {
    // The invitation is accepted, the device managed as before: no rule rests on what is gone.
    let (world, rows) = subjects();
    let erased = world.and(rows.iter().map(|(text, _)| did(OPERATOR, "ErasePersonalData", erasure(text))));
    let accepted = json!({"invitation": J, "customer": D});
    erased
        .and([d_arrives(), did(PA, "UpdateDevice", json!({"customer": C, "device": V1, "groupTag": "Kiosk"}))])
        .when(DG, "AcceptInvite", accepted.clone())
        .then([
            event("InvitationAccepted", extended(accepted, json!({"partner": P}))),
            event("RelationshipEstablished", json!({"customer": D, "partner": P})),
            event("DapGranted", json!({"customer": D, "partner": P})),
        ]);
}
