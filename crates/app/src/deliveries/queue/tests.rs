//! The queue's rules, one by one, and random histories of readers that come, go, fail and are too late, against what must hold.

use super::*;
use procura_domain::id::Id;
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::collections::BTreeSet;

const VISIBILITY: Duration = Duration::from_secs(30);

fn terms(on_parked: OnParked) -> Terms {
    Terms { visibility: VISIBILITY, tries_max: 3, on_parked }
}

const GO_ON: Terms = Terms { visibility: VISIBILITY, tries_max: 3, on_parked: OnParked::GoOn };

const NOTHING: [u64; 0] = [];

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_timestamp(seconds, 0).unwrap()
}

/// Two keys.
fn key(number: u64) -> Key {
    if number.is_multiple_of(2) { None } else { Some(TenantId::MIN) }
}

/// A queue that has looked at so many events, all wanted: the odd ones have one key, the even ones another.
fn looked(events: u64) -> Queue {
    let mut queue = Queue::after(0);
    queue.look((1..=events).map(|position| (position, key(position))), events);
    queue
}

/// Gives out what is due, to one reader.
fn take(queue: &mut Queue, terms: Terms, now: i64, max: usize) -> Vec<u64> {
    queue.expire(terms, at(now));
    let due = queue.due(terms, at(now), max, false);
    due.iter().for_each(|position| assert!(queue.give(*position, terms, at(now)) > 0));
    due
}

#[test]
fn readers_share_the_work_in_order_for_each_key() {
    let mut queue = looked(6);
    assert_eq!(take(&mut queue, GO_ON, 0, 3), [1, 2, 3]);
    // The same keys are somebody's: nobody else gets what comes behind.
    assert_eq!(take(&mut queue, GO_ON, 1, 9), NOTHING);
    assert!(queue.acknowledge(2) && !queue.acknowledge(2));
    assert_eq!(take(&mut queue, GO_ON, 2, 9), [4, 6], "the even ones are free again");
    assert!(queue.acknowledge(1));
    assert_eq!(take(&mut queue, GO_ON, 2, 9), NOTHING, "3 comes first");
    assert!(queue.acknowledge(3));
    assert_eq!((take(&mut queue, GO_ON, 2, 9), queue.done()), (vec![5], 3));
    assert!([4, 5, 6].into_iter().all(|position| queue.acknowledge(position)));
    assert_eq!(queue.done(), 6);
}

#[test]
fn one_of_each_key_may_be_all_that_is_asked_for() {
    assert_eq!(looked(6).due(GO_ON, at(0), 9, true), [1, 2]);
}

#[test]
fn what_is_not_acknowledged_comes_again_and_is_parked_after_so_many_tries() {
    let mut queue = looked(3);
    for tries in 1..=3 {
        let now = (tries - 1) * 30;
        let expected = if tries == 1 { vec![1, 2, 3] } else { vec![1, 3] };
        assert_eq!(take(&mut queue, GO_ON, now, 9), expected);
        assert_eq!(take(&mut queue, GO_ON, now + 29, 9), NOTHING, "it is somebody's for 30 seconds");
        assert_eq!(queue.acknowledge(2), tries == 1);
    }
    queue.expire(GO_ON, at(90));
    let parked = &queue.parked[&1];
    assert_eq!((parked.tries, parked.error.as_str()), (3, "it was not acknowledged in time"));
    // What came behind it is not blamed.
    assert_eq!((queue.parked.len(), queue.open[&3].tries, queue.done()), (1, 0, 2));
}

#[test]
fn a_failure_is_tried_again_at_once_or_after_its_pause() {
    let mut queue = looked(2);
    assert_eq!(take(&mut queue, GO_ON, 0, 9), [1, 2]);
    assert!(queue.fail(1, GO_ON, at(0), Duration::ZERO, Some("no route")));
    assert!(queue.fail(2, GO_ON, at(0), Duration::from_secs(5), Some(&"é".repeat(999))));
    assert_eq!(queue.next_due(), Some(at(5)));
    assert_eq!(take(&mut queue, GO_ON, 4, 9), [1]);
    assert_eq!(take(&mut queue, GO_ON, 5, 9), [2]);
    for _ in 0..3 {
        queue.fail(2, GO_ON, at(6), Duration::ZERO, None);
        take(&mut queue, GO_ON, 6, 9);
    }
    assert_eq!(queue.parked[&2].error, "é".repeat(500), "the error that was said, and no more than so much of it");
    assert!(!queue.fail(2, GO_ON, at(6), Duration::ZERO, Some("late")));
}

#[test]
fn what_comes_behind_a_parked_one_goes_on_or_waits() {
    for (on_parked, next) in [(OnParked::GoOn, vec![3, 4, 5]), (OnParked::Wait, vec![4])] {
        let mut queue = looked(5);
        take(&mut queue, terms(on_parked), 0, 2);
        assert!(queue.acknowledge(2));
        queue.park(1, at(1));
        assert_eq!(take(&mut queue, terms(on_parked), 1, 9), next, "{on_parked}");
    }
    let mut queue = looked(5);
    queue.park(1, at(1));
    let wait = terms(OnParked::Wait);
    assert_eq!(queue.due(wait, at(1), 9, false), [2, 4]);
    // Replayed, it comes before what waits for it; done away with, it holds nothing up.
    assert!(queue.replay(1) && !queue.replay(1) && !queue.forget(1));
    assert_eq!(queue.due(wait, at(1), 9, false), [1, 2, 3, 4, 5]);
    queue.park(1, at(1));
    assert!(queue.forget(1));
    assert_eq!((queue.due(wait, at(1), 9, false), queue.done()), (vec![2, 3, 4, 5], 1));
}

#[test]
fn a_seek_forgets_what_was_given_out() {
    let mut queue = looked(5);
    take(&mut queue, GO_ON, 0, 5);
    queue.park(1, at(0));
    queue.park(4, at(0));
    queue.seek(2);
    assert_eq!((queue.reached, queue.done(), queue.open.len()), (2, 2, 0));
    assert_eq!(queue.parked.keys().copied().collect::<Vec<_>>(), [1], "what comes behind is looked at anew");
    assert!(!queue.acknowledge(3));
}

#[test]
fn it_is_bounded() {
    assert!(looked(OPEN_MAX as u64).is_full() && !looked(OPEN_MAX as u64 - 1).is_full());
    let mut queue = looked(PARKED_MAX as u64);
    (1..=PARKED_MAX as u64).for_each(|position| queue.park(position, at(0)));
    assert!(queue.is_full());
}

/// What a restart makes of it: what was somebody's is nobody's, with its tries.
fn restarted(queue: &Queue) -> Queue {
    serde_json::from_str(&serde_json::to_string(queue).unwrap()).unwrap()
}

/// What became of every event, and a copy of both as they were when they were saved.
#[derive(Clone, Default)]
struct Book {
    queue: Queue,
    acknowledged: BTreeSet<u64>,
    dropped: BTreeSet<u64>,
}

/// Random readers, failures, late acknowledgements, kills, parked events replayed and dropped: every event is acknowledged or
/// dropped in the end, none is skipped, and none is given out while another with its key is somebody's.
#[test]
fn whatever_readers_do_every_event_is_dealt_with() {
    for seed in 0..300 {
        let mut chance = StdRng::seed_from_u64(seed);
        let terms = terms(if chance.random_bool(0.5) { OnParked::GoOn } else { OnParked::Wait });
        let (events, mut now, mut held) = (chance.random_range(1..60_u64), 0, Vec::new());
        let (mut book, mut saved) = (Book::default(), Book::default());
        for step in 0.. {
            let Book { queue, acknowledged, dropped } = &mut book;
            assert!(step < 50_000, "seed {seed} does not come to an end: {queue:?}");
            now += chance.random_range(0..20);
            match chance.random_range(0..100) {
                0..40 => {
                    if queue.reached < events {
                        let next = (queue.reached + chance.random_range(1..5)).min(events);
                        queue.look((queue.reached + 1..=next).map(|position| (position, key(position))), next);
                    }
                    queue.expire(terms, at(now));
                    let taken = queue.open.values().filter(|open| open.until.is_some());
                    let taken: BTreeSet<Key> = taken.map(|open| open.key).collect();
                    let given = take(queue, terms, now, chance.random_range(1..6));
                    assert!(
                        given.is_sorted() && given.iter().all(|given| !taken.contains(&key(*given))),
                        "seed {seed}"
                    );
                    held.extend(given);
                }
                40..75 if !held.is_empty() => {
                    let position = held.swap_remove(chance.random_range(0..held.len()));
                    if queue.acknowledge(position) {
                        acknowledged.insert(position);
                    }
                }
                75..85 if !held.is_empty() => {
                    let failed = held.swap_remove(chance.random_range(0..held.len()));
                    queue.fail(failed, terms, at(now), Duration::from_secs(chance.random_range(0..9)), Some("no"));
                }
                85..92 => match queue.parked.keys().next().copied() {
                    Some(parked) if chance.random_bool(0.5) => assert!(queue.replay(parked)),
                    Some(parked) => assert!(queue.forget(parked) && dropped.insert(parked)),
                    None => {}
                },
                92..97 => saved = book.clone(),
                97 => {
                    book = saved.clone();
                    book.queue = restarted(&saved.queue);
                    held.clear();
                }
                _ => {}
            }
            let Book { queue, acknowledged, dropped } = &book;
            let dealt = |position: &u64| acknowledged.contains(position) || dropped.contains(position);
            let kept = |position: &u64| queue.open.contains_key(position) || queue.parked.contains_key(position);
            assert!((1..=queue.reached).all(|position| dealt(&position) != kept(&position)), "seed {seed}: {queue:?}");
            assert!((1..=queue.done()).all(|position| !queue.open.contains_key(&position)), "seed {seed}");
            if queue.reached == events && queue.open.is_empty() && queue.parked.is_empty() {
                break;
            }
        }
    }
}
