//! Acknowledged is durable and visible; what is not durable is seen by nobody; a failing store ends it all.

use crate::world::{
    ADMINISTRATOR, CUSTOMER, Coded as _, Failing, Gated, World, add_agent, register_customer, register_partner, second,
};
use procura_domain::{
    access::{CustomerAction, Decision, Named, Question, Resource, Subject},
    temporal::Position,
};
use procura_engine::{Keyring, QUEUE_COMMANDS_MAX, When};
use procura_eventlog::DataDirectory;
use std::{fs, sync::Arc, time::Duration};
use tokio::time::timeout;
use uuid::Uuid;

fn may_the_administrator_see_the_customer() -> Question {
    let subject = Subject::parse("user", &format!("{CUSTOMER}/{ADMINISTRATOR}")).unwrap();
    let resource = Resource::Customer(CustomerAction::View, CUSTOMER.parse().unwrap(), Named::default());
    Question { subject, resource }
}

#[tokio::test]
async fn nobody_sees_a_commit_before_it_is_durable_and_its_answer_waits() {
    let store = Arc::new(Gated::closed());
    let World { engine, clock, .. } = World::open(store.clone()).await;
    let question = may_the_administrator_see_the_customer();
    let mut recorded = Box::pin(engine.enqueue(register_customer()).unwrap());
    // Decided behind the frame in flight: it must wait for it too.
    let mut refused = Box::pin(engine.enqueue(register_customer()).unwrap());
    clock.set(second(5));
    for _ in 0..20 {
        assert!(timeout(Duration::from_millis(2), &mut recorded).await.is_err(), "acknowledged before it was durable");
        assert!(timeout(Duration::from_millis(1), &mut refused).await.is_err(), "refused before it was durable");
        let now = engine.moment(When::Now).unwrap();
        assert_eq!(now.position, Position(0));
        assert!(matches!(engine.decide(&question, now), Decision::Denied(_)));
    }
    store.open();
    let recorded = recorded.await.unwrap();
    assert_eq!(refused.await.unwrap_err().code(), "alreadyRegistered");
    let now = engine.moment(When::Now).unwrap();
    assert_eq!(now.position, Position(2));
    assert!(matches!(engine.decide(&question, now), Decision::Allowed(_)));
    // The answer given for an instant before stays true.
    let before = engine.moment(When::At(recorded.recorded_at - Duration::from_micros(1))).unwrap();
    assert!(matches!(engine.decide(&question, before), Decision::Denied(_)));
}

#[tokio::test]
async fn a_store_that_fails_ends_it_and_shows_nothing() {
    for failing in [Failing::Error, Failing::Unknown, Failing::Conflict, Failing::Panic] {
        let store = Arc::new(Gated::default());
        let World { engine, fatal, .. } = World::open(store.clone()).await;
        engine.submit(register_partner()).await.unwrap();
        *store.failing.lock().unwrap() = Some(failing);
        let error = engine.submit(add_agent()).await.unwrap_err();
        assert_eq!(error.code(), "stopping", "{failing:?}");
        while fatal.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(fatal.lock().unwrap().len(), 1, "{failing:?}");
        assert_eq!(engine.position(), Position(2), "{failing:?}");
        assert!(!engine.is_ready());
        assert_eq!(engine.submit(register_customer()).await.unwrap_err().code(), "stopping", "{failing:?}");
    }
}

#[tokio::test]
async fn the_last_engine_to_go_leaves_a_head_that_is_written() {
    for _ in 0..10 {
        let folder = tempfile::tempdir().unwrap();
        let directory = DataDirectory::open(folder.path(), Uuid::from_u128(1)).unwrap();
        let World { engine, .. } =
            World::open_with(directory.stored().unwrap(), Keyring::in_memory()).await.unwrap_or_else(|e| panic!("{e}"));
        engine.submit(register_partner()).await.unwrap();
        drop(engine);
        let head = fs::read(folder.path().join("head")).unwrap();
        let newest = [&head[22..30], &head[4096 + 22..4096 + 30]];
        assert!(newest.contains(&&2_u64.to_be_bytes()[..]), "the process may end now");
    }
}

#[tokio::test]
async fn a_full_queue_says_so() {
    let store = Arc::new(Gated::closed());
    let World { engine, .. } = World::open(store.clone()).await;
    let mut waiting = vec![engine.enqueue(register_partner()).unwrap()];
    let busy = loop {
        match engine.enqueue(register_customer()) {
            Ok(answer) => waiting.push(answer),
            Err(busy) => break busy,
        }
    };
    assert_eq!(busy.code(), "busy");
    assert!(waiting.len() >= QUEUE_COMMANDS_MAX);
    store.open();
    let recorded = futures_util::future::join_all(waiting).await.into_iter().filter(Result::is_ok).count();
    assert_eq!(recorded, 2, "one registration of each tenant");
}

#[tokio::test]
async fn what_is_folded_from_zero_is_what_the_writer_had() {
    let store = Arc::new(Gated::default());
    let World { engine, .. } = World::open(store.clone()).await;
    for submission in [register_partner(), register_customer(), add_agent()] {
        engine.submit(submission).await.unwrap();
    }
    let World { engine: again, .. } = World::open(store.clone()).await;
    assert_eq!(again.position(), engine.position());
    for position in 0..=engine.position().0 {
        let moment = engine.moment(When::Position(Position(position))).unwrap();
        assert_eq!(again.moment(When::Position(Position(position))).unwrap(), moment);
        let question = may_the_administrator_see_the_customer();
        assert_eq!(again.decide(&question, moment), engine.decide(&question, moment));
    }
}
