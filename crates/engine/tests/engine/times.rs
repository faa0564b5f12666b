//! Recorded times only go forward; moments lie in the past or are now.

use crate::world::{Coded as _, World, add_agent, register_customer, register_partner, second};
use procura_domain::temporal::{Moment, Position};
use procura_engine::{Keyring, Submission, When};
use procura_eventlog::MemoryStore;
use std::{sync::Arc, time::Duration};

const MICROSECOND: Duration = Duration::from_micros(1);

#[tokio::test]
async fn recorded_times_increase_while_the_clock_stands_or_goes_back() {
    let World { engine, clock, .. } = World::open(Arc::new(MemoryStore::new())).await;
    let first = engine.submit(register_partner()).await.unwrap().recorded_at;
    assert_eq!(first, second(0));
    let next = engine.submit(register_customer()).await.unwrap().recorded_at;
    assert_eq!(next, second(0) + MICROSECOND);
    clock.set(second(-60));
    let last = engine.submit(add_agent()).await.unwrap().recorded_at;
    assert_eq!(last, second(0) + 2 * MICROSECOND);
}

#[tokio::test]
async fn a_commit_is_stamped_after_every_instant_answered_about() {
    let World { engine, clock, .. } = World::open(Arc::new(MemoryStore::new())).await;
    clock.set(second(10));
    let answered = engine.moment(When::Now).unwrap();
    assert_eq!(answered, Moment { position: Position(0), at: second(10) });
    clock.set(second(5)); // the clock jumps back
    let recorded = engine.submit(register_partner()).await.unwrap();
    assert!(recorded.recorded_at > answered.at);
    assert_eq!(engine.moment(When::At(answered.at)).unwrap(), answered);
}

#[tokio::test]
async fn what_is_brought_in_has_its_true_time_and_only_goes_forward() {
    let World { engine, clock, .. } = World::open(Arc::new(MemoryStore::new())).await;
    clock.set(second(1_000));
    let at = |submission, time| Submission { at: Some(time), ..submission };
    let code = async |submission| engine.submit(submission).await.unwrap_err().code();
    assert_eq!(code(at(register_partner(), second(1_001))).await, "timeAhead");
    assert_eq!(code(at(register_partner(), second(1) + Duration::from_nanos(1))).await, "timeUnfit");
    let leap = "2016-12-31T23:59:60Z".parse().unwrap();
    assert_eq!(code(at(register_partner(), leap)).await, "timeUnfit");
    assert_eq!(code(at(register_partner(), second(-1_600_000_000))).await, "timeUnfit");
    let first = engine.submit(at(register_partner(), second(100))).await.unwrap();
    assert_eq!(first.recorded_at, second(100));
    assert_eq!(code(at(register_customer(), second(99))).await, "timeGoesBack");
    assert_eq!(code(at(register_customer(), second(100))).await, "timeGoesBack");
    let next = engine.submit(at(register_customer(), second(100) + MICROSECOND)).await.unwrap();
    assert_eq!(next.recorded_at, second(100) + MICROSECOND);
    let commit = engine.log().commit(3).await.unwrap().unwrap();
    assert_eq!(commit.events[0].imported_at, Some(second(1_000)));
    let now = engine.submit(add_agent()).await.unwrap();
    assert_eq!(now.recorded_at, second(1_000));
    assert_eq!(engine.log().commit(5).await.unwrap().unwrap().events[0].imported_at, None);
}

#[tokio::test]
async fn moments_lie_in_the_past_and_end_a_commit() {
    let World { engine, clock, .. } = World::open(Arc::new(MemoryStore::new())).await;
    engine.submit(register_partner()).await.unwrap(); // positions 1 and 2
    clock.set(second(10));
    engine.submit(register_customer()).await.unwrap(); // positions 3 and 4
    clock.set(second(20));
    let position = |position| engine.moment(When::Position(Position(position)));
    assert_eq!(position(1).unwrap(), Moment { position: Position(2), at: second(0) });
    assert_eq!(position(3).unwrap(), Moment { position: Position(4), at: second(10) });
    assert_eq!(position(0).unwrap().position, Position(0));
    assert!(position(5).is_err());
    let at = |seconds| engine.moment(When::At(second(seconds))).map(|moment| moment.position.0);
    assert_eq!((at(-1), at(0), at(9), at(10), at(20)), (Ok(0), Ok(2), Ok(2), Ok(4), Ok(4)));
    assert!(at(21).is_err());
}

async fn refusal(engine: &procura_engine::Engine, submission: Submission) -> String {
    engine.submit(submission).await.unwrap_err().code().to_owned()
}

#[tokio::test]
async fn a_clock_set_far_forward_records_nothing_and_spoils_no_time() {
    let store: Arc<MemoryStore> = Arc::default();
    let World { engine, clock, .. } = World::open(store.clone()).await;
    engine.submit(register_partner()).await.unwrap();
    clock.step(4 * 365 * 86_400);
    assert_eq!(refusal(&engine, register_customer()).await, "clock");
    // Whoever asks meanwhile does not push the times of later records into that future.
    assert_eq!(engine.moment(When::Now).unwrap(), Moment { position: Position(2), at: second(0) });
    clock.set(second(4 * 365 * 86_400 + 9)); // nine seconds went by
    assert_eq!(refusal(&engine, register_customer()).await, "clock");
    assert_eq!(engine.moment(When::Now).unwrap().at, second(9));
    clock.step(-4 * 365 * 86_400);
    let recorded = engine.submit(register_customer()).await.unwrap();
    assert_eq!(recorded.recorded_at, second(9) + MICROSECOND);
    assert_eq!(recorded.positions.first(), Some(&Position(3)), "no position is skipped");
}

#[tokio::test]
async fn a_clock_set_far_back_records_nothing_until_it_is_right() {
    let store: Arc<MemoryStore> = Arc::default();
    let World { engine, clock, .. } = World::open(store.clone()).await;
    engine.submit(register_partner()).await.unwrap();
    clock.step(-86_400);
    assert_eq!(refusal(&engine, register_customer()).await, "clock");
    clock.step(86_400);
    engine.submit(register_customer()).await.unwrap();
    // Started while it is wrong, it is compared with the newest record.
    let World { engine, clock, .. } = World::open(store.clone()).await;
    clock.step(-86_400);
    drop(engine);
    let World { engine, .. } = World::open_at(store, Keyring::in_memory(), clock.clone()).await.unwrap();
    assert_eq!(refusal(&engine, add_agent()).await, "clock");
    clock.step(86_400);
    engine.submit(add_agent()).await.unwrap();
}

#[tokio::test]
async fn small_steps_of_the_clock_are_followed() {
    let World { engine, clock, .. } = World::open(Arc::new(MemoryStore::new())).await;
    engine.submit(register_partner()).await.unwrap();
    for _ in 0..10 {
        clock.step(200);
        engine.moment(When::Now).unwrap();
    }
    let recorded = engine.submit(register_customer()).await.unwrap();
    assert_eq!(recorded.recorded_at, second(2_000) + MICROSECOND);
}
