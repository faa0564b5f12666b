//! Signing in at a provider: a real one in a browser, and one that lies.

use crate::browser::{runs, script, told};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use procura_engine::ambient::{Clock, SystemClock};
use procura_tests::{
    PATIENCE, Server,
    liar::{Answer, DISCOVERY, Liar},
    provider::{AUDIENCE, Provider},
    signing::SigningKey,
    visitor::{ShownPage, Visitor, parameter},
    world::{ALEX, CARLA, CONTOSO, FABRIKAM, LITWARE, STRANGER, User},
};
use serde_json::{Value, json};
use std::{
    fs, thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

const CLIENT: &str = "procura-console";
/// The page that somebody wanted to see.
const DEEP: &str = "/partners/faaaaaaa-0000-4000-8000-000000000001/customers?name=a";

/// A server that has been told the story, and where people sign in at that provider.
struct Door {
    server: Server,
    _home: TempDir,
}

impl Door {
    fn at(issuer: &str) -> Self {
        let home = told();
        let secret = home.path().join("secret");
        fs::write(&secret, "procura-console-secret\n").unwrap();
        let settings = format!(
            "[[issuers]]\nissuer = \"{issuer}\"\naudiences = [\"{AUDIENCE}\"]\nrequire_nbf = false\n\
             tenants = [\"{FABRIKAM}\", \"{CONTOSO}\", \"{}\"]\n\
             console = {{ client = \"{CLIENT}\", secret_file = \"{}\", name = \"Fabrikam ID\" }}\n",
            STRANGER.tenant,
            secret.display()
        );
        let server = Server::configured(&home.path().join("data"), &settings);
        Self { server, _home: home }
    }

    /// Waits until it has fetched what the provider says of itself.
    fn when_met(self) -> Self {
        let patience = Instant::now() + PATIENCE;
        while !self.server.stderr().contains("the issuer's keys were fetched") {
            assert!(Instant::now() < patience, "{}", self.server.stderr());
            thread::sleep(Duration::from_millis(10));
        }
        self
    }

    fn visitor(&self) -> Visitor {
        Visitor::new(&self.server.url)
    }
}

#[test]
fn people_sign_in_at_their_provider_and_out_again() {
    let provider = Provider::start();
    let door = Door::at(provider.issuer()).when_met();
    let mut script = script("sign_in.mjs");
    runs(script.arg(&door.server.url).args([ALEX, STRANGER].map(|user| user.to_string())));
    // What is secret is in no log, however much it says.
    let log = door.server.stderr();
    assert!(log.contains("a sign-in was refused"), "{log}");
    for secret in ["procura-console-secret", "code_verifier", "id_token=", "eyJ"] {
        assert!(!log.contains(secret), "{secret}");
    }
}

/// What a sign-in was begun with: where the browser is sent, and what must come back.
struct Begun {
    visitor: Visitor,
    state: String,
    nonce: String,
}

/// A provider that has one sign in and says of them what a test wants it to.
struct Lies {
    liar: Liar,
    key: SigningKey,
    door: Door,
}

impl Lies {
    fn start() -> Self {
        let liar = Liar::start();
        let mut discovery = liar.honest_discovery();
        discovery["authorization_endpoint"] = format!("{}/authorize", liar.issuer()).into();
        discovery["token_endpoint"] = format!("{}/token", liar.issuer()).into();
        liar.answer(DISCOVERY, Answer::Json(discovery));
        let door = Door::at(liar.issuer()).when_met();
        Self { liar, key: SigningKey::rsa(), door }
    }

    fn begin(&self) -> Begun {
        let mut visitor = self.door.visitor();
        let left = visitor.post("/sign-in", &[("provider", "0"), ("to", DEEP)]);
        assert_eq!(left.status, 200, "{left:?}");
        let address = left.header("refresh").split_once("url=").unwrap().1.to_owned();
        assert!(address.starts_with(&format!("{}/authorize?", self.liar.issuer())), "{address}");
        let given = |name| parameter(&address, name);
        assert_eq!((&*given("response_type"), &*given("code_challenge_method")), ("code", "S256"));
        assert_eq!((&*given("client_id"), &*given("scope")), (CLIENT, "openid profile"));
        assert_eq!(given("redirect_uri"), format!("{}/sign-in/done", self.door.server.url));
        let (state, nonce) = (given("state"), given("nonce"));
        assert!(state.len() >= 16 && nonce.len() >= 16 && state != nonce, "{address}");
        Begun { visitor, state, nonce }
    }

    /// The claims of a good ID token.
    fn claims(&self, user: User, nonce: &str) -> Value {
        let now = SystemClock.now().timestamp();
        json!({"iss": self.liar.issuer(), "aud": CLIENT, "tid": user.tenant, "oid": user.user, "sub": "somebody",
            "iat": now, "exp": now + 600, "nonce": nonce})
    }

    fn says(&self, id_token: &str) {
        let answer = json!({"access_token": "opaque", "token_type": "Bearer", "expires_in": 600, "id_token": id_token});
        self.liar.answer("/token", Answer::Json(answer));
    }

    fn comes_back(Begun { visitor, state, .. }: &mut Begun) -> ShownPage {
        visitor.get(&format!("/sign-in/done?code=any&state={state}"))
    }
}

/// Only an ID token of this provider, for this console, of this sign-in, makes anybody somebody.
#[test]
fn a_lie_about_who_somebody_is_signs_nobody_in() {
    let lies = Lies::start();
    let token = |claims: &Value| lies.key.token(&lies.key.header(), claims);
    let mut honest = lies.begin();
    lies.says(&token(&lies.claims(CARLA, &honest.nonce)));
    let shown = Lies::comes_back(&mut honest);
    assert_eq!(shown.leads_to(), format!("303 {DEEP}"));
    assert!(honest.visitor.get("/").leads_to().contains(CONTOSO));

    type Lie = (&'static str, &'static str, Value);
    let now = SystemClock.now().timestamp();
    let changed: [Lie; 11] = [
        ("another nonce", "nonce", json!("guessed")),
        ("an empty nonce", "nonce", json!("")),
        ("no nonce", "nonce", Value::Null),
        ("a token for the API", "aud", json!(AUDIENCE)),
        ("a token for another client", "aud", json!(["another", "third"])),
        ("another issuer", "iss", json!("https://evil.example")),
        ("an issuer that is not ours", "iss", json!(format!("{}/", lies.liar.issuer()))),
        ("an old token", "exp", json!(now - 3600)),
        ("one without an end", "exp", Value::Null),
        ("a tenant that it does not speak for", "tid", json!(LITWARE)),
        ("no person", "oid", Value::Null),
    ];
    let refused = |name: &str, shown: &ShownPage, begun: &mut Begun| {
        assert!(
            shown.leads_to().starts_with("303 /sign-in?problem=refused&to=/partners/"),
            "{name}: {}",
            shown.leads_to()
        );
        assert!(!begun.visitor.cookies.contains_key("procura-session"), "{name}");
        assert!(begun.visitor.get("/").leads_to().starts_with("303 /sign-in"), "{name}");
    };
    for (name, claim, value) in changed {
        let mut begun = lies.begin();
        let mut claims = lies.claims(CARLA, &begun.nonce);
        claims[claim] = value;
        if claims[claim].is_null() {
            claims.as_object_mut().unwrap().remove(claim);
        }
        lies.says(&token(&claims));
        let shown = Lies::comes_back(&mut begun);
        refused(name, &shown, &mut begun);
    }
    type Forgery = fn(&SigningKey, &Value) -> String;
    let forgeries: [(&str, Forgery); 4] = [
        ("another key", |key, claims| SigningKey::other_rsa().named("rsa").token(&key.header(), claims)),
        ("our public key as a secret", |key, claims| key.signed_with_public_key(claims)),
        ("no signature", |_, claims| {
            let part = |json: &Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
            format!("{}.{}.", part(&json!({"alg": "none"})), part(claims))
        }),
        ("no token at all", |_, _| "not a token".to_owned()),
    ];
    for (name, forgery) in forgeries {
        let mut begun = lies.begin();
        lies.says(&forgery(&lies.key, &lies.claims(CARLA, &begun.nonce)));
        let shown = Lies::comes_back(&mut begun);
        refused(name, &shown, &mut begun);
    }
    // A token endpoint that says something else.
    for answer in [
        Answer::Status(400),
        Answer::Text("<html>".to_owned()),
        Answer::Json(json!({"access_token": "x", "token_type": "Bearer"})),
        Answer::Json(json!({"error": "invalid_grant"})),
    ] {
        let name = format!("{answer:?}");
        lies.liar.answer("/token", answer);
        let mut begun = lies.begin();
        let shown = Lies::comes_back(&mut begun);
        refused(&name, &shown, &mut begun);
    }
}

/// What comes back must have been asked for, by this browser, just now.
#[test]
fn an_answer_that_nobody_asked_for_signs_nobody_in() {
    let lies = Lies::start();
    let expired = "303 /sign-in?problem=expired";
    let mut begun = lies.begin();
    lies.says(&lies.key.token(&lies.key.header(), &lies.claims(CARLA, &begun.nonce)));
    for query in ["", "?code=any", "?code=any&state=", "?code=any&state=guessed", "?error=access_denied&state=guessed"]
    {
        let shown = begun.visitor.get(&format!("/sign-in/done{query}"));
        assert!(shown.leads_to().starts_with(expired), "{query}: {}", shown.leads_to());
    }
    let answer = format!("/sign-in/done?code=any&state={}", begun.state);
    // Another browser, with nothing or with what it began itself.
    assert!(lies.door.visitor().get(&answer).leads_to().starts_with(expired));
    assert!(lies.begin().visitor.get(&answer).leads_to().starts_with(expired));
    assert_eq!(lies.liar.asked("/token"), 0, "the provider is asked about answers alone that were asked for");
    assert_eq!(begun.visitor.get(&answer).leads_to(), format!("303 {DEEP}"));
    // And only once.
    assert!(begun.visitor.get(&answer).leads_to().starts_with(expired));

    // A cookie that somebody made up reads like none.
    for cookie in ["", "x", "e30", "bnVsbA"] {
        let mut visitor = lies.door.visitor();
        visitor.cookies.insert("procura-sign-in".to_owned(), cookie.to_owned());
        assert!(visitor.get(&answer).leads_to().starts_with(expired), "{cookie}");
    }
}

/// A session that began before is over, whatever the provider says next, and its key is never used again.
#[test]
fn a_session_begins_under_a_new_key_and_ends_with_the_next_one() {
    let lies = Lies::start();
    let mut begun = lies.begin();
    begun.visitor.cookies.insert("procura-session".to_owned(), "planted".to_owned());
    lies.says(&lies.key.token(&lies.key.header(), &lies.claims(CARLA, &begun.nonce)));
    Lies::comes_back(&mut begun);
    let first = begun.visitor.cookies["procura-session"].clone();
    assert!(first != "planted" && first.len() >= 32, "{first}");
    // Somebody of a tenant that is not registered signs in, in the same browser.
    let left = begun.visitor.post("/sign-in", &[("provider", "0")]);
    let address = left.header("refresh").split_once("url=").unwrap().1.to_owned();
    let (state, nonce) = (parameter(&address, "state"), parameter(&address, "nonce"));
    lies.says(&lies.key.token(&lies.key.header(), &lies.claims(STRANGER, &nonce)));
    let shown = begun.visitor.get(&format!("/sign-in/done?code=any&state={state}"));
    assert!(shown.leads_to().starts_with("303 /sign-in?problem=unregistered"), "{}", shown.leads_to());
    let mut old = lies.door.visitor();
    old.cookies.insert("procura-session".to_owned(), first);
    assert!(old.get("/").leads_to().starts_with("303 /sign-in"));
}

#[test]
fn a_provider_that_is_down_is_said_to_be() {
    let unreachable = "303 /sign-in?problem=unreachable";
    let lies = Lies::start();
    let mut begun = lies.begin();
    for answer in [Answer::Status(500), Answer::Status(503), Answer::Redirect("http://127.0.0.1:9/".to_owned())] {
        lies.liar.answer("/token", answer.clone());
        let shown = Lies::comes_back(&mut begun);
        let told = ["unreachable", "refused"].iter().any(|problem| shown.leads_to().contains(problem));
        assert!(told, "{answer:?}: {}", shown.leads_to());
    }
    let Lies { liar, door, .. } = lies;
    drop(liar);
    let shown = Lies::comes_back(&mut begun);
    assert!(shown.leads_to().starts_with(unreachable), "{}", shown.leads_to());
    // A provider that was never there.
    drop(door);
    let door = Door::at("http://127.0.0.1:9");
    let shown = door.visitor().post("/sign-in", &[("provider", "0"), ("to", DEEP)]);
    assert!(shown.leads_to().starts_with(unreachable), "{}", shown.leads_to());
    let page = door.visitor().get(shown.header("location"));
    assert!(page.text.contains("does not answer") && page.field("to") == DEEP, "{}", page.text);
}
