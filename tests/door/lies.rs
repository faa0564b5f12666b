//! A provider that lies, dawdles or babbles: at the start there are no keys, later the last good ones are kept.

use crate::world::{Door, good_token, issuer};
use procura_tests::{
    liar::{Answer, DISCOVERY, KEYS, Liar},
    signing::SigningKey,
    world::{ALEX, User, guid},
};
use serde_json::{Value, json};
use std::{thread, time::Duration};

/// What a liar answers for its metadata, and for its keys. None: the truth.
struct Lie {
    name: &'static str,
    discovery: Option<Answer>,
    keys: Option<Answer>,
}

/// Every lie, told by that liar; `elsewhere` must never be asked for anything.
fn lies(liar: &Liar, elsewhere: &Liar) -> Vec<Lie> {
    let about = |changes: &[(&str, Value)]| {
        let mut metadata = liar.honest_discovery();
        changes.iter().for_each(|(name, value)| metadata[*name] = value.clone());
        Some(Answer::Json(metadata))
    };
    let key = SigningKey::rsa().public();
    let with = |changes: &[(&str, Value)]| {
        let mut key = key.clone();
        changes.iter().for_each(|(name, value)| key[*name] = value.clone());
        Some(Answer::Json(json!({"keys": [key]})))
    };
    let honest = json!({"keys": [key]});
    let many: Vec<_> = (0..10_000).map(|number| SigningKey::rsa().named(&number.to_string())).collect();
    let many: Vec<_> =
        many.iter().map(|named| json!({"kid": named.id, "kty": "RSA", "n": key["n"], "e": "AQAB"})).collect();
    let discovery = |name, answer| Lie { name, discovery: answer, keys: None };
    let keys = |name, answer| Lie { name, discovery: None, keys: answer };
    vec![
        discovery("another issuer", about(&[("issuer", json!(elsewhere.issuer()))])),
        discovery("its issuer with a slash", about(&[("issuer", json!(format!("{}/", liar.issuer())))])),
        discovery("no issuer", about(&[("issuer", json!(null))])),
        discovery("keys over plain HTTP elsewhere", about(&[("jwks_uri", json!("http://keys.example/keys"))])),
        discovery("keys in a file", about(&[("jwks_uri", json!("file:///etc/passwd"))])),
        discovery("keys nowhere", about(&[("jwks_uri", json!(7))])),
        discovery("a redirect", Some(Answer::Redirect(format!("{}{DISCOVERY}", elsewhere.issuer())))),
        discovery("an error", Some(Answer::Status(500))),
        discovery("no such page", Some(Answer::Status(404))),
        discovery("a page for people", Some(Answer::Text("<html>Sign in</html>".to_owned()))),
        discovery("no end", Some(Answer::Endless)),
        discovery("a byte a second", Some(Answer::Trickle(liar.honest_discovery()))),
        discovery("silence", Some(Answer::Silence)),
        keys("keys: a redirect", Some(Answer::Redirect(format!("{}{KEYS}", elsewhere.issuer())))),
        keys("keys: an error with keys in it", Some(Answer::Status(503))),
        keys("keys: garbage", Some(Answer::Text("{\"keys\":[".to_owned()))),
        keys("keys: a list", Some(Answer::Json(json!([key])))),
        keys("keys: none", Some(Answer::Json(json!({"keys": []})))),
        keys("keys: no end", Some(Answer::Endless)),
        keys("keys: a byte a second", Some(Answer::Trickle(honest))),
        keys("keys: silence", Some(Answer::Silence)),
        keys("keys: ten thousand", Some(Answer::Json(json!({ "keys": many })))),
        keys("keys: to encrypt with", with(&[("use", json!("enc"))])),
        keys("keys: for another algorithm", with(&[("alg", json!("RS512"))])),
        keys("keys: of no known kind", with(&[("kty", json!("XYZ"))])),
        keys("keys: too short", with(&[("n", json!("AQAB"))])),
        keys("keys: secret ones", Some(Answer::Json(json!({"keys": [{"kty": "oct", "kid": "rsa", "k": "AAAA"}]})))),
    ]
}

impl Lie {
    fn tell(&self, liar: &Liar) {
        let told = [(DISCOVERY, &self.discovery), (KEYS, &self.keys)];
        told.into_iter().filter_map(|(path, answer)| Some((path, answer.clone()?))).for_each(|(path, answer)| {
            liar.answer(path, answer);
        });
    }
}

/// One liar for each lie, with its tenant and the settings that trust it.
fn liars(elsewhere: &Liar) -> (Vec<(Liar, Lie, User)>, String) {
    let number = lies(elsewhere, elsewhere).len();
    let liars = (0..number).map(|number| {
        let liar = Liar::start();
        let lie = lies(&liar, elsewhere).swap_remove(number);
        let tenant: &'static str = Box::leak(guid(0x11a0, number.try_into().unwrap()).into_boxed_str());
        (liar, lie, User { tenant, user: ALEX.user })
    });
    let liars: Vec<_> = liars.collect();
    let settings = liars.iter().map(|(liar, _, user)| issuer(liar.issuer(), &format!("[\"{}\"]", user.tenant), ""));
    let settings = settings.collect();
    (liars, settings)
}

#[test]
fn a_lie_at_the_start_lets_nobody_in() {
    let elsewhere = Liar::start();
    let (liars, settings) = liars(&elsewhere);
    liars.iter().for_each(|(liar, lie, _)| lie.tell(liar));
    let door = Door::open(&settings);
    let answers: Vec<_> = thread::scope(|scope| {
        let ask = |(liar, lie, user): &(Liar, Lie, User)| {
            (lie.name, door.lets_in(&good_token(liar, &SigningKey::rsa(), *user)))
        };
        let asking: Vec<_> = liars.iter().map(|liar| scope.spawn(move || ask(liar))).collect();
        asking.into_iter().map(|asking| asking.join().unwrap()).collect()
    });
    let wrong: Vec<_> = answers.iter().filter(|(_, answer)| answer != "503 issuerUnreachable").collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!((elsewhere.asked(DISCOVERY), elsewhere.asked(KEYS)), (0, 0), "redirects are not followed");
}

#[test]
fn after_a_lie_the_last_good_keys_are_kept() {
    let elsewhere = Liar::start();
    let (liars, settings) = liars(&elsewhere);
    let door = Door::open(&settings);
    let all = || {
        let answers = liars
            .iter()
            .map(|(liar, lie, user)| (lie.name, door.lets_in(&good_token(liar, &SigningKey::rsa(), *user))));
        answers.filter(|(_, answer)| answer != "200").collect::<Vec<_>>()
    };
    assert!(all().is_empty(), "honest: {:?}", all());
    let before: Vec<_> = liars.iter().map(|(liar, _, _)| liar.asked(DISCOVERY)).collect();
    liars.iter().for_each(|(liar, lie, _)| lie.tell(liar));
    // The slowest are given up after eight seconds, and asked again five later.
    thread::sleep(Duration::from_secs(20));
    for ((liar, lie, _), before) in liars.iter().zip(before) {
        assert!(liar.asked(DISCOVERY) > before, "{} was asked", lie.name);
    }
    assert!(all().is_empty(), "lied to: {:?}", all());
    assert_eq!((elsewhere.asked(DISCOVERY), elsewhere.asked(KEYS)), (0, 0), "redirects are not followed");
}

/// Of two keys with one id the first counts, and one id never opens the door to a key of another kind.
#[test]
fn keys_with_one_id_are_not_mixed_up() {
    let liar = Liar::start();
    let (first, second) = (SigningKey::rsa().named("same"), SigningKey::other_rsa().named("same"));
    let curve = SigningKey::p256().named("same");
    liar.publish(&[&curve, &first, &second]);
    let door = Door::open(&issuer(liar.issuer(), &crate::world::both(), "algorithms = [\"RS256\", \"ES256\"]"));
    let answers = [&first, &curve, &second].map(|key| door.lets_in(&good_token(&liar, key, ALEX)));
    assert_eq!(answers, ["200", "200", "401 unauthenticated"]);
}
