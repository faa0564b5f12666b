//! Tokens with one thing wrong, over HTTP: each is nobody's, and its neighbour with nothing wrong is somebody's.

use crate::world::{Door, both, claims, issuer, now};
use procura_tests::{
    Client,
    liar::Liar,
    provider::AUDIENCE,
    signing::{SigningKey, message},
    world::{ALEX, CARLA, FABRIKAM, LITWARE},
};
use serde_json::{Value, json};
use std::{fs, thread, time::Duration};

/// The leeway that is configured by default, in seconds, and a margin within which the test gets its answers.
const SKEW: u64 = 60;
const MARGIN: u64 = 15;

#[test]
fn a_token_with_anything_wrong_is_nobodys() {
    let (liar, other) = (Liar::start(), Liar::start());
    let (key, stranger, curve) = (SigningKey::rsa(), SigningKey::other_rsa(), SigningKey::p256());
    liar.publish(&[&key, &curve]);
    other.publish(&[&stranger]);
    let settings = issuer(liar.issuer(), &both(), "token_minutes_max = 60")
        + &issuer(other.issuer(), &format!("[\"{LITWARE}\"]"), "require_nbf = true").replacen(
            "require_nbf = false\n",
            "",
            1,
        );
    let door = Door::open(&settings);
    let plain = || claims(liar.issuer(), ALEX);
    let with = |changes: &[(&str, Value)]| {
        let mut claims = plain();
        changes.iter().for_each(|(name, value)| claims[*name] = value.clone());
        key.token(&key.header(), &claims)
    };
    let without = |name: &str| {
        let mut claims = plain();
        claims.as_object_mut().unwrap().remove(name);
        key.token(&key.header(), &claims)
    };
    let headed = |changes: &[(&str, Value)]| {
        let mut header = key.header();
        changes.iter().for_each(|(name, value)| header[*name] = value.clone());
        key.token(&header, &plain())
    };
    let good = [
        ("nothing wrong", with(&[])),
        ("a list of audiences with ours in it", with(&[("aud", json!(["api://other", AUDIENCE]))])),
        ("expired within the skew", with(&[("exp", json!(now() - SKEW + MARGIN))])),
        ("not yet within the skew", with(&[("nbf", json!(now() + SKEW - MARGIN))])),
        ("no nbf, where none is asked for", without("nbf")),
        ("no kid, and one key that fits", { key.token(&json!({"alg": "RS256", "typ": "JWT"}), &plain()) }),
        ("claims that nobody knows", with(&[("unknown", json!({"deep": [1]}))])),
        ("the type of access tokens", headed(&[("typ", json!("at+jwt"))])),
        ("as long as allowed", with(&[("exp", json!(now() + 3_600))])),
        ("the roles are not its issuer's to give", with(&[("roles", json!(["Procura.Operator"]))])),
        ("groups are no roles", with(&[("groups", json!(["Procura.Operator"]))])),
    ];
    for (case, token) in good {
        let reply = door.asks(&token);
        assert_eq!((reply.status, reply.text("user"), &reply.body["roles"]), (200, ALEX.user, &json!([])), "{case}");
    }
    let swapped = {
        let token = with(&[]);
        let parts: Vec<_> = token.split('.').collect();
        let signed = message(&key.header(), &claims(liar.issuer(), CARLA));
        format!("{signed}.{}", parts[2])
    };
    let unsigned = |alg: &str| format!("{}.", message(&json!({"alg": alg, "typ": "JWT", "kid": key.id}), &plain()));
    let elsewhere = |name: &str| key.token(&key.header(), &claims(name, ALEX));
    let of_litware = {
        let mut claims = claims(other.issuer(), ALEX);
        claims["tid"] = json!(LITWARE);
        claims.as_object_mut().unwrap().remove("nbf");
        stranger.token(&stranger.header(), &claims)
    };
    let second = json!(FABRIKAM.replace('a', "b"));
    let mut bad = vec![
        ("another audience", with(&[("aud", json!("api://other"))])),
        ("a list of other audiences", with(&[("aud", json!(["api://other", "api://third"]))])),
        ("an empty list of audiences", with(&[("aud", json!([]))])),
        ("an audience that begins like ours", with(&[("aud", json!(format!("{AUDIENCE}/")))])),
        ("an issuer that is not configured", elsewhere("https://elsewhere.example")),
        ("the issuer with a slash", elsewhere(&format!("{}/", liar.issuer()))),
        ("the issuer in capitals", elsewhere(&liar.issuer().to_uppercase())),
        ("another configured issuer", key.token(&key.header(), &claims(other.issuer(), ALEX))),
        ("a tenant of another issuer", with(&[("tid", json!(LITWARE))])),
        ("a tenant that nobody speaks for", with(&[("tid", second)])),
        ("no nbf, where one is asked for", of_litware),
        ("expired", with(&[("exp", json!(now() - SKEW - MARGIN))])),
        ("exp as text", with(&[("exp", json!((now() + 600).to_string()))])),
        ("exp in 1970", with(&[("exp", json!(0))])),
        ("exp below zero", with(&[("exp", json!(-1))])),
        ("exp beyond all bounds", with(&[("exp", json!(1e300))])),
        ("not yet", with(&[("nbf", json!(now() + SKEW + MARGIN))])),
        ("nbf as text", with(&[("nbf", json!("0"))])),
        ("too long a life", with(&[("exp", json!(now() + 3_600 + 2 * SKEW + MARGIN))])),
        ("a user that is no GUID", with(&[("oid", json!("alex"))])),
        ("a tenant that is no GUID", with(&[("tid", json!("fabrikam"))])),
        ("alg none", unsigned("none")),
        ("alg None", unsigned("None")),
        ("no alg", key.token(&json!({"typ": "JWT", "kid": key.id}), &plain())),
        ("HS256 with the public key", key.signed_with_public_key(&plain())),
        ("no signature", unsigned("RS256")),
        ("another's claims", swapped),
        ("an algorithm that is not configured", {
            let claims = plain();
            curve.token(&curve.header(), &claims)
        }),
        ("RS512 over a signature of RS256", headed(&[("alg", json!("RS512"))])),
        ("another's key", SigningKey::other_rsa().named(&key.id).token(&key.header(), &plain())),
        ("an unknown key", headed(&[("kid", json!("unknown"))])),
        ("the id of a key for something else", headed(&[("kid", json!(curve.id))])),
        ("an empty kid", headed(&[("kid", json!(""))])),
        ("a kid that is no text", headed(&[("kid", json!(1))])),
        ("something critical", headed(&[("crit", json!(["x"])), ("x", json!(1))])),
        ("an empty crit", headed(&[("crit", json!([]))])),
        ("b64 false", headed(&[("crit", json!(["b64"])), ("b64", json!(false))])),
        (
            "a key of its own",
            SigningKey::other_rsa().token(&json!({"alg": "RS256", "jwk": SigningKey::other_rsa().public()}), &plain()),
        ),
        (
            "a key from elsewhere",
            headed(&[("jku", json!(format!("{}/keys", other.issuer()))), ("kid", json!("other-rsa"))]),
        ),
        ("roles that are no list", with(&[("roles", json!("Procura.Operator"))])),
        ("claims that are a list", key.token(&key.header(), &json!(["exp"]))),
        ("too long", with(&[("padding", json!("x".repeat(20_000)))])),
        ("nothing", "a".to_owned()),
        ("three empty parts", "..".to_owned()),
        ("five parts", format!("{}.a.b", with(&[]))),
        ("two tokens", format!("{} {}", with(&[]), with(&[]))),
    ];
    for name in ["iss", "aud", "exp", "tid", "oid"] {
        bad.push((name, without(name)));
        for value in [json!(null), json!(true), json!({}), json!([[]]), json!("")] {
            bad.push((name, with(&[(name, value)])));
        }
    }
    let mut taken = Vec::new();
    for (case, token) in &bad {
        let reply = door.asks(token);
        let challenged = reply.header("www-authenticate").starts_with("Bearer");
        if (reply.status, reply.text("code"), challenged) != (401, "unauthenticated", true) {
            taken.push(format!("{case}: {} {}", reply.status, reply.body));
        }
    }
    assert!(taken.is_empty(), "{taken:#?}");
    assert_eq!(door.lets_in(&with(&[])), "200", "still");
}

/// A token by its id, or a user with all of its tokens: also what was let in before.
#[test]
fn what_was_revoked_opens_nothing() {
    let liar = Liar::start();
    let key = SigningKey::rsa();
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("revoked.toml");
    fs::write(&list, "").unwrap();
    let revoked = format!("[identity]\nrevoked_file = {list:?}\n");
    let door = Door::open(&(issuer(liar.issuer(), &both(), "") + &revoked));
    let with_id = |user, id: &str| {
        let mut claims = claims(liar.issuer(), user);
        claims["jti"] = json!(id);
        key.token(&key.header(), &claims)
    };
    let (first, second, carlas) = (with_id(ALEX, "first"), with_id(ALEX, "second"), with_id(CARLA, "third"));
    let all = || [&first, &second, &carlas].map(|token| Client::new(&door.server.url, token).get("/v1/caller").status);
    assert_eq!(all(), [200, 200, 200]);
    fs::write(&list, format!("tokens = [\"first\"]\nusers = [\"{CARLA}\"]\n")).unwrap();
    thread::sleep(Duration::from_secs(3));
    assert_eq!(all(), [401, 200, 401]);
    assert_eq!(door.lets_in(&with_id(CARLA, "new")), "401 unauthenticated");
    // A list that cannot be read leaves the last one standing.
    fs::write(&list, "tokens = [").unwrap();
    thread::sleep(Duration::from_secs(3));
    assert_eq!(all(), [401, 200, 401]);
}
