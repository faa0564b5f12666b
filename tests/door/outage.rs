//! The provider is away: at the start, and later.

use crate::world::{Door, both, issuer};
use procura_tests::{PATIENCE, provider::Provider, world::ALEX};
use std::{
    thread,
    time::{Duration, Instant},
};

#[test]
fn the_server_waits_for_a_provider_and_outlives_it() {
    let mut provider = Provider::start();
    let before = provider.token(ALEX, &[]);
    provider.stop();
    let door = Door::open(&issuer(provider.issuer(), &both(), ""));
    // It serves, and says that it cannot tell: that is not the token's fault.
    let reply = door.asks(&before);
    assert_eq!((reply.status, reply.text("code")), (503, "issuerUnreachable"), "{}", reply.body);
    assert!(reply.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds <= 60), "{:?}", reply.headers);
    assert_eq!(door.server.stranger().get("/readyz").status, 200);
    // As soon as the provider is there, everybody gets in.
    provider.restart();
    let back = Instant::now();
    while door.lets_in(&before) != "200" {
        assert!(back.elapsed() < PATIENCE, "{}", door.lets_in(&before));
        thread::sleep(Duration::from_millis(100));
    }
    assert!(back.elapsed() < Duration::from_secs(12), "it took {:?}", back.elapsed());
    // It goes again: the last good keys are kept, longer than fetches are tried.
    let unseen = provider.token(ALEX, &[]);
    provider.stop();
    thread::sleep(Duration::from_secs(7));
    assert_eq!(door.lets_in(&before), "200");
    assert_eq!(door.lets_in(&unseen), "200");
}
