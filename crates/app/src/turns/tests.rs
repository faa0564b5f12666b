//! Turns without time: whoever waits is polled by hand.

use super::*;
use procura_domain::id::TenantId;
use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
};
use uuid::Uuid;

const LIMITS: TurnLimits = limits::DEFAULT;

type Wait = Pin<Box<dyn Future<Output = Result<Turn, Error>> + Send>>;

fn tenant(number: u128) -> Owner {
    Owner::Tenant(TenantId::new(Uuid::from_u128(number)))
}

fn turns() -> &'static Turns {
    Box::leak(Box::new(Turns::new()))
}

/// Somebody who queues for a turn and has been heard once.
fn waits(turns: &'static Turns, owner: Owner) -> (Wait, Option<Result<Turn, Error>>) {
    let mut wait: Wait = Box::pin(owner.run(turns.turn()));
    let turn = polled(&mut wait);
    (wait, turn)
}

fn polled(wait: &mut Wait) -> Option<Result<Turn, Error>> {
    match wait.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(turn) => Some(turn),
        Poll::Pending => None,
    }
}

#[test]
fn one_owner_has_half_of_the_turns() {
    let turns = turns();
    let mut greedy: Vec<_> = (0..5).map(|_| waits(turns, tenant(1))).collect();
    assert_eq!(greedy.iter().filter(|(_, turn)| turn.is_some()).count(), LIMITS.of_owner);
    let other = waits(turns, tenant(2)).1.unwrap().unwrap();
    // A turn that ends goes to whoever of the same owner waits.
    greedy[0].1 = None;
    let third = polled(&mut greedy[2].0).unwrap().unwrap();
    assert!(polled(&mut greedy[3].0).is_none());
    drop(other);
    assert!(polled(&mut greedy[3].0).is_none(), "the other half is not theirs");
    drop(third);
    assert!(polled(&mut greedy[3].0).is_some_and(|turn| turn.is_ok()));
}

#[test]
fn turns_go_round_by_owner() {
    let turns = turns();
    // Two owners have all the turns, and wait for more; a third comes last, and is served next.
    let mut held = Vec::new();
    for owner in [1, 1, 2, 2] {
        held.push(waits(turns, tenant(owner)).1.unwrap().unwrap());
    }
    let mut queue: Vec<_> = [1, 1, 1, 2, 2, 3].map(|owner| waits(turns, tenant(owner))).into();
    assert!(queue.iter().all(|(_, turn)| turn.is_none()));
    held.remove(0);
    assert!(polled(&mut queue[0].0).is_some_and(|turn| turn.is_ok()), "the first of those who waited longest");
    // That turn was dropped at once: the second owner has its share, so it is the third's.
    assert!(polled(&mut queue[5].0).is_some_and(|turn| turn.is_ok()));
}

#[test]
fn so_many_wait_and_no_more() {
    let turns = turns();
    let mut held: Vec<_> = (0..LIMITS.of_owner + LIMITS.waiting_of_owner).map(|_| waits(turns, tenant(1))).collect();
    assert!(held.iter().all(|(_, turn)| turn.as_ref().is_none_or(Result::is_ok)));
    let refused = waits(turns, tenant(1)).1.unwrap().err().unwrap();
    assert_eq!((refused.code(), refused.seconds_to_wait()), (Code::TurnsTaken, Some(RETRY_SECONDS)));
    assert!(waits(turns, tenant(2)).1.unwrap().is_ok(), "others are served meanwhile");
    // Who goes away no longer waits.
    held.pop();
    let again = waits(turns, tenant(1));
    assert!(again.1.is_none());
    // The command line waits as long as it takes, and has all turns.
    let local: Vec<_> = (0..2 * LIMITS.waiting_of_owner).map(|_| waits(turns, Owner::Local)).collect();
    assert!(local.iter().all(|(_, turn)| turn.as_ref().is_none_or(Result::is_ok)));
    assert_eq!(local.iter().filter(|(_, turn)| turn.is_some()).count(), LIMITS.at_once - LIMITS.of_owner);
}

#[test]
fn so_many_wait_in_all() {
    let turns = turns();
    let owners = 1..;
    let each = owners.flat_map(|owner| [owner; LIMITS.waiting_of_owner / 2]);
    let held: Vec<_> = each.take(LIMITS.at_once + LIMITS.waiting).map(|owner| waits(turns, tenant(owner))).collect();
    assert!(held.iter().all(|(_, turn)| turn.as_ref().is_none_or(Result::is_ok)));
    assert!(waits(turns, tenant(0)).1.unwrap().is_err());
    drop(held);
    assert!(waits(turns, tenant(0)).1.unwrap().is_ok(), "all were forgotten, and their turns have ended");
}

#[tokio::test]
async fn places_are_counted_by_owner() {
    let places: &'static Places = Box::leak(Box::new(Places::new(|_| 2, "commands")));
    let take = |owner: Owner| owner.run(async { places.take() });
    let (first, _second) = (take(tenant(1)).await.unwrap(), take(tenant(1)).await.unwrap());
    assert_eq!(take(tenant(1)).await.err().unwrap().code(), Code::TurnsTaken);
    assert!(take(tenant(2)).await.is_ok());
    drop(first);
    assert!(take(tenant(1)).await.is_ok());
    let local: Vec<_> = (0..5).map(|_| places.take()).collect();
    assert!(local.iter().all(Result::is_ok));
}
