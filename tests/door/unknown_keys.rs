//! A stream of tokens with made-up key ids does not become a stream of requests to the provider.

use crate::world::{Door, both, claims, good_token, issuer};
use procura_tests::{
    liar::{Answer, DISCOVERY, KEYS, Liar},
    signing::SigningKey,
    world::ALEX,
};
use serde_json::json;
use std::{collections::BTreeSet, thread, time::Duration};

const TOKENS: usize = 200;

#[test]
fn unknown_keys_are_fetched_for_once_a_minute_and_one_fetch_at_a_time() {
    let liar = Liar::start();
    let key = SigningKey::rsa();
    let settings = issuer(liar.issuer(), &both(), "").replace("keys_refresh_seconds = 5", "keys_refresh_seconds = 300");
    let door = Door::open(&settings).with_keys();
    assert_eq!(door.lets_in(&good_token(&liar, &key, ALEX)), "200");
    let before = (liar.asked(DISCOVERY), liar.asked(KEYS));
    liar.answer(KEYS, Answer::Late(Duration::from_millis(500), json!({"keys": [key.public()]})));
    let tokens = (0..TOKENS).map(|number| {
        let unknown = SigningKey::other_rsa().named(&format!("made-up-{number}"));
        unknown.token(&unknown.header(), &claims(liar.issuer(), ALEX))
    });
    let tokens: Vec<_> = tokens.collect();
    let answers: BTreeSet<_> = thread::scope(|scope| {
        let door = &door;
        let asking: Vec<_> = tokens.iter().map(|token| scope.spawn(move || door.lets_in(token))).collect();
        asking.into_iter().map(|asking| asking.join().unwrap()).collect()
    });
    assert_eq!(answers, BTreeSet::from(["401 unauthenticated".to_owned()]));
    // And in a row, after that fetch has ended.
    for token in tokens.iter().take(20) {
        assert_eq!(door.lets_in(token), "401 unauthenticated");
    }
    assert_eq!(liar.asked(DISCOVERY), before.0, "discovery is not asked again");
    assert_eq!(liar.asked(KEYS), before.1 + 1, "one fetch for all of them");
    assert_eq!(liar.at_once(), 1, "one at a time");
    assert_eq!(door.lets_in(&good_token(&liar, &key, ALEX)), "200", "good tokens are not kept waiting");
}
