//! Keys change while people work: nobody with a good token notices, and a withdrawn key opens nothing.

use crate::world::{Door, both, issuer};
use procura_tests::{
    PATIENCE,
    provider::Provider,
    world::{ALEX, CARLA},
};
use std::{
    sync::{
        RwLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

const THREADS: usize = 8;
/// The schedule on which the server fetches keys here, and some.
const NEXT_FETCH: Duration = Duration::from_secs(6);

/// Ends the threads that ask, also when this one panics.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn keys_change_under_load_and_no_good_token_fails() {
    let mut provider = Provider::start();
    let door = Door::open(&issuer(provider.issuer(), &both(), "")).with_keys();
    let old = provider.token(ALEX, &[]);
    // Tokens of keys that the provider publishes, the newest last. Nobody asks while one is taken out.
    let good = RwLock::new(vec![old.clone()]);
    let (over, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    let failures: Vec<_> = thread::scope(|scope| {
        let ask = || {
            let mut failures = Vec::new();
            while !over.load(Ordering::SeqCst) {
                let good = good.read().unwrap();
                let number = asked.fetch_add(1, Ordering::SeqCst);
                let answer = door.lets_in(&good[number % good.len()]);
                if answer != "200" {
                    failures.push(answer);
                }
            }
            failures
        };
        let _ends = Ends(&over);
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(ask)).collect();
        // A key that signs as soon as it is published: the server has not seen it, and fetches for it.
        provider.publish_key();
        provider.sign_with_newest_key();
        good.write().unwrap().push(provider.token(CARLA, &[]));
        thread::sleep(Duration::from_secs(1));
        good.write().unwrap().remove(0);
        provider.withdraw_old_keys();
        thread::sleep(NEXT_FETCH);
        // And the orderly way: it is published well before it signs.
        provider.publish_key();
        thread::sleep(NEXT_FETCH);
        provider.sign_with_newest_key();
        good.write().unwrap().push(provider.token(ALEX, &[]));
        thread::sleep(Duration::from_secs(1));
        over.store(true, Ordering::SeqCst);
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let asked = asked.into_inner();
    assert!(failures.is_empty(), "{} of {asked} requests failed: {:?}", failures.len(), failures.first());
    assert!(asked > 1_000, "{asked} requests");
    // The token was good, and is remembered as that; its key is gone, and with it the token.
    assert_eq!(door.lets_in(&old), "401 unauthenticated");
}

#[test]
fn a_withdrawn_key_opens_nothing_after_the_next_fetch() {
    let mut provider = Provider::signing_with("ES256");
    let door = Door::open(&issuer(provider.issuer(), &both(), "algorithms = [\"ES256\"]")).with_keys();
    let (used, unused) = (provider.token(ALEX, &[]), provider.token(CARLA, &[]));
    assert_eq!(door.lets_in(&used), "200");
    provider.publish_key();
    provider.sign_with_newest_key();
    provider.withdraw_old_keys();
    let withdrawn = Instant::now();
    while door.lets_in(&used) == "200" {
        assert!(withdrawn.elapsed() < PATIENCE, "the token outlives its key");
        thread::sleep(Duration::from_millis(100));
    }
    assert!(withdrawn.elapsed() < NEXT_FETCH * 2, "it took {:?}", withdrawn.elapsed());
    assert_eq!(door.lets_in(&unused), "401 unauthenticated");
    assert_eq!(door.lets_in(&provider.token(ALEX, &[])), "200");
}
