//! No token and no secret in any log, however much it is told to say.

use crate::world::{Door, both, claims, good_token, issuer};
use procura_tests::{
    Client,
    liar::Liar,
    signing::SigningKey,
    world::{ALEX, CARLA, CONTOSO, FABRIKAM},
};
use serde_json::json;
use std::fs;

#[test]
fn no_token_and_no_secret_in_any_log() {
    let liar = Liar::start();
    let (key, stranger) = (SigningKey::rsa(), SigningKey::other_rsa());
    let mut door = Door::open(&issuer(liar.issuer(), &both(), ""));
    let mut expired = claims(liar.issuer(), ALEX);
    expired["exp"] = json!(1);
    let tokens = [
        good_token(&liar, &key, ALEX),
        good_token(&liar, &key, CARLA),
        good_token(&liar, &stranger, ALEX),
        key.token(&key.header(), &expired),
        key.token(&key.header(), &claims("https://elsewhere.example", ALEX)),
        key.signed_with_public_key(&claims(liar.issuer(), ALEX)),
    ];
    let mut said = String::new();
    for token in &tokens {
        let client = Client::new(&door.server.url, token);
        said += &client.get("/v1/caller").body.to_string();
        said += &client.get(&format!("/v1/customers/{CONTOSO}/history")).body.to_string();
        let body = json!({"customer": CONTOSO, "partner": FABRIKAM});
        said += &client.post("/v1/commands/RevokeDap", &body, &[]).body.to_string();
        // Where a token does not belong, it is still one.
        let stranger = door.server.stranger();
        said +=
            &stranger.send("GET", "/v1/caller", &[("authorization", &format!("Basic {token}"))], "").body.to_string();
        said += &stranger.get(&format!("/v1/caller?access_token={token}")).body.to_string();
    }
    let data = door.server.data().to_owned();
    door.server.stop();
    let log = door.server.stderr();
    assert!(log.lines().count() > 20 && log.contains("DEBUG"), "a log that says much: {log}");
    let mut secrets: Vec<_> = tokens.iter().flat_map(|token| token.split('.').skip(1)).map(str::to_owned).collect();
    for file in ["keys", "checkpoint.key"] {
        let secret = fs::read_to_string(data.join(file)).unwrap_or_default();
        secrets.extend(secret.split_whitespace().filter(|word| word.len() >= 32).map(str::to_owned));
    }
    assert!(secrets.len() > tokens.len());
    for secret in secrets {
        assert!(!log.contains(&secret), "the log holds {secret}");
        assert!(!said.contains(&secret), "an answer holds {secret}");
    }
}
