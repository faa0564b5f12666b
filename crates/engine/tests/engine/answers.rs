//! What callers are told: the same for the same command, nothing recorded for a refused one.

use crate::world::{
    Coded as _, World, add_agent, bytes, issuer, operator, register_customer, register_partner, remove_agent, second,
    send_invite,
};
use futures_util::StreamExt;
use procura_domain::{command::Command, temporal::Position, vocabulary::Author};
use procura_engine::{IDEMPOTENCY_KEYS_MAX, Recorded, Submission, SubmitError};
use procura_eventlog::{FrameStore, MemoryStore};
use serde_json::json;
use std::sync::Arc;

fn with_key(submission: Submission, key: &str) -> Submission {
    Submission { key: Some(key.parse().unwrap()), ..submission }
}

#[tokio::test]
async fn the_same_commands_give_the_same_bytes() {
    let mut logs = Vec::new();
    for _ in 0..2 {
        let store = Arc::new(MemoryStore::new());
        let World { engine, .. } = World::open(store.clone()).await;
        for submission in [register_partner(), add_agent(), send_invite(), register_customer()] {
            engine.submit(submission).await.unwrap();
        }
        logs.push(bytes(&*store).await);
    }
    assert_eq!(logs[0].len(), 4);
    assert_eq!(logs[0], logs[1]);
}

#[tokio::test]
async fn a_repeated_key_gives_the_first_answer_also_after_a_restart() {
    let store = Arc::new(MemoryStore::new());
    let first: Recorded = {
        let World { engine, .. } = World::open(store.clone()).await;
        engine.submit(register_partner()).await.unwrap();
        engine.submit(add_agent()).await.unwrap();
        let first = engine.submit(with_key(send_invite(), "k")).await.unwrap();
        assert_eq!(engine.submit(with_key(send_invite(), "k")).await.unwrap(), first);
        first
    };
    let World { engine, .. } = World::open(store.clone()).await;
    let before = bytes(&*store).await;
    assert_eq!(engine.submit(with_key(send_invite(), "k")).await.unwrap(), first);
    assert!(first.result.contains_key("invitation"), "{:?}", first.result);
    let reused = engine.submit(with_key(add_agent(), "k")).await;
    // Another actor's key of the same name is another key: this one is refused for what it asks.
    assert_eq!(reused.unwrap_err().code(), "alreadyMember");
    let mut other = with_key(send_invite(), "k");
    let Command::SendInvite(invite) = &mut other.command else { panic!() };
    invite.delegated_admin = false;
    assert_eq!(engine.submit(other).await.unwrap_err().code(), "idempotencyKeyReused");
    assert_eq!(bytes(&*store).await, before, "none of these left a byte");
}

/// Whoever uses up its keys gets no further, is answered about those it used, and takes nothing from others.
#[tokio::test]
async fn a_tenants_keys_are_its_own_to_use_up() {
    const WEEK: i64 = 7 * 24 * 60 * 60;
    let store = Arc::new(MemoryStore::new());
    let World { engine, clock, .. } = World::open(store.clone()).await;
    let others = engine.submit(with_key(register_partner(), "k")).await.unwrap();
    engine.submit(add_agent()).await.unwrap();
    clock.set(second(10));
    let first = engine.submit(with_key(send_invite(), "0")).await.unwrap();
    for from in (1..IDEMPOTENCY_KEYS_MAX).step_by(1_000) {
        let keys = from..IDEMPOTENCY_KEYS_MAX.min(from + 1_000);
        let sent: Vec<_> = keys.map(|key| engine.enqueue(with_key(send_invite(), &key.to_string())).unwrap()).collect();
        for answer in sent {
            answer.await.unwrap();
        }
    }
    let one_more = || with_key(send_invite(), "one more");
    let holds = async |World { engine, clock, .. }: &World| {
        clock.set(second(20));
        let Err(SubmitError::IdempotencyQuota { seconds }) = engine.submit(one_more()).await else { panic!() };
        assert_eq!(seconds, WEEK.unsigned_abs() - 10 + 1);
        assert_eq!(engine.submit(with_key(send_invite(), "0")).await.unwrap(), first);
        assert_eq!(engine.submit(with_key(register_partner(), "k")).await.unwrap(), others);
    };
    let world = World { engine, clock, fatal: Arc::default() };
    holds(&world).await;
    drop(world);
    let world = World::open(store.clone()).await;
    holds(&world).await;
    // Without a key, as somebody else, and on the machine of the log.
    let World { engine, clock, .. } = world;
    engine.submit(remove_agent()).await.unwrap();
    engine.submit(with_key(register_customer(), "k2")).await.unwrap();
    let token = with_key(add_agent(), "one more");
    let stated = Submission { by: Author::stated(token.by.actor.clone()), ..token.clone() };
    let local = engine.submit(stated).await.unwrap();
    assert_eq!(engine.submit(token).await.unwrap(), local, "it is the same actor's");
    clock.set(second(11 + WEEK));
    engine.submit(with_key(remove_agent(), "now")).await.unwrap();
}

#[tokio::test]
async fn a_repeat_of_a_command_in_the_same_frame_gives_its_answer() {
    let store = Arc::new(crate::world::Gated::closed());
    let World { engine, .. } = World::open(store.clone()).await;
    let blocker = engine.enqueue(register_partner()).unwrap();
    let one = engine.enqueue(with_key(register_customer(), "k")).unwrap();
    let two = engine.enqueue(with_key(register_customer(), "k")).unwrap();
    store.open();
    blocker.await.unwrap();
    assert_eq!(one.await.unwrap(), two.await.unwrap());
    assert_eq!(engine.position(), Position(4));
}

#[tokio::test]
async fn a_refused_command_leaves_no_byte_and_is_decided_again() {
    let store = Arc::new(MemoryStore::new());
    let World { engine, .. } = World::open(store.clone()).await;
    engine.submit(register_partner()).await.unwrap();
    let before = bytes(&*store).await;
    let refused = with_key(send_invite(), "k");
    assert_eq!(engine.submit(refused.clone()).await.unwrap_err().code(), "notAllowed");
    assert_eq!(bytes(&*store).await, before);
    engine.submit(add_agent()).await.unwrap();
    engine.submit(refused).await.expect("now it is allowed");
}

#[tokio::test]
async fn a_commit_that_is_too_large_is_refused_before_it_is_folded() {
    let store = Arc::new(MemoryStore::new());
    let World { engine, .. } = World::open(store.clone()).await;
    let mut large = register_partner();
    large.by.actor = procura_domain::vocabulary::Actor::Operator("o".repeat(procura_engine::COMMIT_BYTES_MAX));
    assert_eq!(engine.submit(large).await.unwrap_err().code(), "tooLarge");
    assert_eq!(engine.position(), Position(0));
    let again = Submission { by: Author::by_token(operator(), issuer()), ..register_partner() };
    engine.submit(again).await.expect("the tenant is not registered by the refused one");
}

#[tokio::test]
async fn a_frame_takes_what_fits_and_the_next_one_begins_with_what_does_not() {
    let store = Arc::new(crate::world::Gated::closed());
    let World { engine, .. } = World::open(store.clone()).await;
    let blocker = engine.enqueue(register_partner()).unwrap();
    let large = |number: usize| {
        let mut submission = register_customer();
        let Command::RegisterCustomer(register) = &mut submission.command else { panic!() };
        register.customer = format!("caaaaaaa-0000-4000-8000-{number:012}").parse().unwrap();
        // In each of its two events.
        submission.by.actor = procura_domain::vocabulary::Actor::Operator("o".repeat(40_000));
        with_key(submission, &number.to_string())
    };
    let answers: Vec<_> = (1..=7).map(|number| engine.enqueue(large(number)).unwrap()).collect();
    let repeat = engine.enqueue(large(4)).unwrap();
    store.open();
    blocker.await.unwrap();
    let mut recorded = Vec::new();
    for answer in answers {
        recorded.push(answer.await.unwrap());
    }
    assert_eq!(recorded.iter().map(|recorded| recorded.positions[1].0).collect::<Vec<_>>(), [4, 6, 8, 10, 12, 14, 16]);
    assert!(recorded.is_sorted_by(|one, next| one.recorded_at < next.recorded_at));
    assert_eq!(repeat.await.unwrap(), recorded[3]);
    let frames: Vec<_> = store.read(1).map(|frame| frame.unwrap().events().count()).collect().await;
    assert_eq!(frames.iter().sum::<usize>(), 16);
    // How many were waiting when the first frame was closed is by chance; behind it three commits fit.
    assert!(frames.iter().all(|events| *events <= 8) && frames.contains(&6), "{frames:?}");
}

/// Every command with fields that it takes, issued by somebody of no registered tenant.
#[tokio::test]
async fn no_refused_command_of_any_name_leaves_a_byte() {
    let (p, c, id) = (crate::world::PARTNER, crate::world::CUSTOMER, "10000000-0000-4000-8000-000000000001");
    let tenant = json!({"name": "n", "domain": "d.example", "globalAdministrator": id});
    let pair = json!({"customer": c, "partner": p});
    let rows = [
        ("RegisterPartner", json!({"partner": id}), tenant.clone()),
        ("RegisterCustomer", json!({"customer": id}), tenant),
        ("AssignDirectoryRole", json!({"tenant": c, "user": id, "role": "GlobalAdministrator"}), json!({})),
        ("RemoveDirectoryRole", json!({"tenant": c, "user": id, "role": "GlobalAdministrator"}), json!({})),
        ("AddGroupMember", json!({"partner": p, "group": "AdminAgents", "user": id}), json!({})),
        ("RemoveGroupMember", json!({"partner": p, "group": "AdminAgents", "user": id}), json!({})),
        (
            "DescribeUser",
            json!({"tenant": p, "user": id, "displayName": "n", "userPrincipalName": "n@d.example"}),
            json!({}),
        ),
        ("SendInvite", json!({"partner": p, "delegatedAdmin": true, "locale": "fr"}), json!({})),
        ("WithdrawInvite", json!({"invitation": id}), json!({})),
        ("AcceptInvite", json!({"invitation": id, "customer": c}), json!({})),
        ("DeclineInvite", json!({"invitation": id, "customer": c}), json!({})),
        ("RevokeDap", pair.clone(), json!({})),
        ("EndRelationship", pair.clone(), json!({})),
        ("RenegotiateContract", pair.clone(), json!({})),
        ("ProvisionSubscription", pair.clone(), json!({"kind": "azure", "name": "n"})),
        ("RegisterSubscription", json!({"customer": c, "subscription": id}), json!({"kind": "azure", "name": "n"})),
        ("RenewSubscription", json!({"customer": c, "subscription": id}), json!({})),
        ("CancelSubscription", json!({"customer": c, "subscription": id}), json!({})),
        (
            "AssignRole",
            json!({"customer": c, "subscription": id, "role": "Reader"}),
            json!({"principal": {"group": "AdminAgents", "partner": p}}),
        ),
        ("RemoveRoleAssignment", json!({"customer": c, "roleAssignment": id}), json!({})),
        ("AddDevice", pair.clone(), json!({"serialNumber": "1", "manufacturer": "m", "model": "m"})),
        ("UpdateDevice", json!({"customer": c, "device": id, "groupTag": "t"}), json!({})),
        ("RemoveDevice", json!({"customer": c, "device": id}), json!({})),
        ("CreateProfile", json!({"customer": c, "name": "n"}), json!({})),
        ("UpdateProfile", json!({"customer": c, "profile": id, "name": "n"}), json!({})),
        ("DeleteProfile", json!({"customer": c, "profile": id}), json!({})),
        ("ApplyProfile", json!({"customer": c, "profile": id, "devices": [id]}), json!({})),
        ("RemoveProfile", json!({"customer": c, "profile": id, "devices": [id]}), json!({})),
        ("AdoptAutopilotPolicy", json!({"policy": "dapRequired"}), json!({})),
        ("OpenServiceRequest", pair, json!({"title": "t", "severity": "critical"})),
        ("ErasePersonalData", json!({"subject": format!("device:{id}")}), json!({})),
        ("SetConsumer", json!({"name": "billing"}), json!({})),
        ("DeleteConsumer", json!({"name": "billing"}), json!({})),
        ("SetWebhook", json!({"name": "siem", "url": "https://hooks.example"}), json!({})),
        ("DeleteWebhook", json!({"name": "siem"}), json!({})),
    ];
    let mut names: Vec<_> = rows.iter().map(|(name, ..)| *name).collect();
    names.sort_unstable();
    let mut known = Command::NAMES.to_vec();
    known.sort_unstable();
    assert_eq!(names, known, "every command is tried");
    let store = Arc::new(MemoryStore::new());
    let World { engine, .. } = World::open(store.clone()).await;
    engine.submit(register_partner()).await.unwrap();
    engine.submit(register_customer()).await.unwrap();
    let before = bytes(&*store).await;
    for (name, mut fields, more) in rows {
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let stranger = crate::world::command(name, crate::world::user(id, id), &fields);
        assert_eq!(engine.submit(stranger).await.unwrap_err().code(), "notAllowed", "{name}");
    }
    assert_eq!(bytes(&*store).await, before);
}
