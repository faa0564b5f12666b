//! What comes in: every fault of a command names its field. What is in the log: unknown is an error.

use crate::world::{World, register_partner, second};
use procura_domain::temporal::Position;
use procura_engine::{
    Engine, IDEMPOTENCY_KEYS_MAX, Keyring, Settings, Who,
    ambient::{Entropy, SystemClock},
    codec::{CommandError, read_command},
};
use procura_eventlog::{Envelope, Log, MemoryStore, NewCommit};
use serde_json::value::RawValue;
use std::sync::Arc;

const INVITE: &str = r#""partner":"faaaaaaa-0000-4000-8000-000000000001","delegatedAdmin":true,"locale":"en""#;

#[test]
fn a_fault_names_its_field() {
    let malformed = ["missing", "unknown", "duplicate", "type"];
    for (name, fields, kind, field) in [
        ("SendInvite", "{}".to_owned(), "missing", "partner"),
        ("SendInvite", format!("{{{INVITE},\"x\":1}}"), "unknown", "x"),
        ("SendInvite", format!("{{{INVITE},{INVITE}}}"), "duplicate", "partner"),
        ("SendInvite", INVITE.replace("true", "\"yes\"").replacen('"', "{\"", 1) + "}", "type", "delegatedAdmin"),
        ("SendInvite", format!("{{{}}}", INVITE.replace("-4000", "+4000")), "range", "partner"),
        ("SendInvite", format!("{{{}}}", INVITE.replace("\"en\"", "\"de\"")), "range", "locale"),
        ("SendInvite", format!("{{{INVITE},\"expiresInDays\":0}}"), "range", "expiresInDays"),
        ("SendInvite", format!("{{{INVITE},\"expiresInDays\":366}}"), "range", "expiresInDays"),
        ("SendInvite", format!("{{{INVITE},\"expiresInDays\":1.5}}"), "type", "expiresInDays"),
        ("SendInvite", format!("{{{INVITE},\"message\":{{\"subject\":\"s\"}}}}"), "missing", "message.body"),
        ("SendInvite", format!("{{{INVITE},\"message\":{{\"subject\":\"\",\"body\":\"b\"}}}}"), "range", "message.subject"),
        ("SendInvite", format!("{{{INVITE},\"message\":{{\"subject\":\"s\",\"body\":\"b\",\"x\":1}}}}"), "unknown", "message.x"),
        ("SendInvite", format!("{{{INVITE},\"recipient\":\"nobody\"}}"), "range", "recipient"),
        ("SendInvite", " [\"faaaaaaa-0000-4000-8000-000000000001\"]".to_owned(), "type", "data"),
        ("SendInvite", "7".to_owned(), "type", "data"),
        ("AddDevice", r#"{"customer":"caaaaaaa-0000-4000-8000-000000000001","serialNumber":"1","manufacturer":"m","model":"m"}"#.to_owned(), "missing", "partner"),
        ("AddDevice", r#"{"customer":"caaaaaaa-0000-4000-8000-000000000001","serialNumber":"1","manufacturer":"m","model":"m","partner":"faaaaaaa-0000-4000-8000-000000000001","source":"intune"}"#.to_owned(), "unknown", "source"),
        ("AssignRole", r#"{"customer":"caaaaaaa-0000-4000-8000-000000000001","subscription":"5b000000-0000-4000-8000-000000000001","role":"Owner","principal":{"group":"AdminAgents"}}"#.to_owned(), "range", "principal"),
    ] {
        let error = read_command(name, fields.as_bytes()).expect_err(&fields);
        let (found, is_malformed) = match &error {
            CommandError::Malformed { field, .. } => (field.as_str(), true),
            CommandError::OutOfRange { field, .. } => (field.as_str(), false),
            other => panic!("{fields}: {other}"),
        };
        assert_eq!((found, is_malformed), (field, malformed.contains(&kind)), "{fields}: {error}");
    }
}

#[test]
fn what_is_no_command_is_said_to_be_none() {
    assert!(matches!(read_command("Send", b"{}"), Err(CommandError::Unknown(name)) if name == "Send"));
    for text in ["", "{", "{}}", "nothing", "{\"a\":1} {}"] {
        let error = read_command("SendInvite", text.as_bytes()).expect_err(text);
        let shape = matches!(error, CommandError::NotJson(_) | CommandError::Malformed { .. });
        assert!(shape, "{text}: {error}");
    }
    let whole = format!("{{{INVITE}}}");
    assert!(read_command("SendInvite", whole.as_bytes()).is_ok());
    assert!(matches!(read_command("SendInvite", format!("{whole} x").as_bytes()), Err(CommandError::NotJson(_))));
}

/// Opens an engine over a log with one event in it, changed in one way.
async fn open_with(change: impl Fn(&mut Envelope)) -> Result<Engine, String> {
    let origin = Arc::new(MemoryStore::new());
    let World { engine, .. } = World::open(origin.clone()).await;
    engine.submit(register_partner()).await.unwrap();
    let commit = engine.log().commit(1).await.unwrap().unwrap();
    let mut events = commit.events;
    change(&mut events[0]);
    let store = Arc::new(MemoryStore::new());
    let mut log = Log::open(store.clone(), |_| Ok::<_, std::io::Error>(())).await.unwrap();
    let recorded_at = events[0].recorded_at;
    let events = events.iter().map(|event| event.encode().unwrap()).collect();
    log.append(Entropy::seeded(1).guid(), &[NewCommit { recorded_at, events }]).await.unwrap();
    let settings = Settings {
        public_url: String::new(),
        invitation_link: None,
        clock: Arc::new(SystemClock),
        entropy: Entropy::seeded(2),
        has_room: Arc::new(|| true),
        snapshots: None,
        keyring: Keyring::in_memory(),
        idempotency_keys_max: IDEMPOTENCY_KEYS_MAX,
        on_fatal: Arc::new(|_| {}),
    };
    Engine::open(store, settings).await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn unknown_events_and_data_stop_the_start_with_a_sentence() {
    assert!(open_with(|_| {}).await.is_ok());
    let raw = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
    let error = open_with(|event| event.event_type = "PartnerVanished".into()).await.err().unwrap();
    assert!(error.contains("PartnerVanished") && error.contains("newer"), "{error}");
    let error = open_with(|event| event.version = 2).await.err().unwrap();
    assert!(error.contains("version 2") && error.contains("newer"), "{error}");
    let with_field = |event: &mut Envelope| event.data = raw(&event.data.get().replacen('{', "{\"x\":1,", 1));
    let error = open_with(with_field).await.err().unwrap();
    assert!(error.contains("PartnerRegistered"), "{error}");
    let error = open_with(|event| event.data = raw("{}")).await.err().unwrap();
    assert!(error.contains("partner"), "{error}");
    // Something sealed beside an event that is about nobody's data, and something of no form.
    let slot = r#"{"subject":"device:0aaaaaaa-0000-4000-8000-000000000001","nonce":"NONCE","ciphertext":""}"#;
    let slot = slot.replace("NONCE", &"07".repeat(24));
    let error = open_with(|event| event.sealed = Some(raw(&slot))).await.err().unwrap();
    assert!(error.contains("position 2") && error.contains("not those of what the event is about"), "{error}");
    let error = open_with(|event| event.sealed = Some(raw("{}"))).await.err().unwrap();
    assert!(error.contains("FORMAT.md"), "{error}");
    // An event that does not follow from what came before it.
    let stray = r#"{"tenant":"0aaaaaaa-0000-4000-8000-000000000001","user":"ad000000-0000-4000-8000-000000000001","role":"GlobalAdministrator"}"#;
    let error = open_with(|event| {
        event.event_type = "DirectoryRoleAssigned".into();
        event.data = raw(stray);
    });
    let error = error.await.err().unwrap();
    assert!(error.contains("does not fit") && error.contains("position"), "{error}");
}

#[tokio::test]
async fn a_cloud_event_says_who_did_it_and_how_that_is_known() {
    let World { engine, .. } = World::open(Arc::new(MemoryStore::new())).await;
    engine.submit(register_partner()).await.unwrap();
    let commit = engine.log().commit(1).await.unwrap().unwrap();
    let logged = engine.events_after(Position(0), 9).await.unwrap();
    let event = |who| serde_json::to_value(engine.cloud_event(&logged[0], who)).unwrap();
    let log_id = "00000000-0000-0000-0000-000000000000";
    let expected = serde_json::json!({
        "specversion": "1.0", "id": "00000000000000000001", "source": format!("/procura/{log_id}"),
        "type": "procura.PartnerRegistered.v1", "subject": "partners/faaaaaaa-0000-4000-8000-000000000001",
        "time": serde_json::to_value(second(0)).unwrap(), "datacontenttype": "application/json",
        "sequence": "00000000000000000001", "epoch": "1", "partitionkey": "faaaaaaa-0000-4000-8000-000000000001",
        "correlationid": commit.events[0].command, "authtype": "system", "authid": "ops", "authentication": "token",
        "issuer": "https://id.example",
        "data": {"partner": "faaaaaaa-0000-4000-8000-000000000001", "name": "Fabrikam", "domain": "fabrikam.com"},
    });
    assert_eq!(event(Who::Told), expected);
    let mut untold = expected;
    untold["authtype"] = "unknown".into();
    let _ = ["authid", "issuer"].map(|member| untold.as_object_mut().unwrap().remove(member));
    assert_eq!(event(Who::Untold), untold);
}
