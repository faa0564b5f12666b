//! What others may try while somebody logs in: pages that call the address that waits for the browser, servers and
//! providers that lie about who they are, tokens that are wanted elsewhere.

use crate::{
    browser::Browser,
    login::{Person, door, shared, through},
    world::{Door, both, issuer},
};
use procura_tests::{
    Client,
    liar::{Answer, DISCOVERY, Liar},
    receiver::Receiver,
    world::CONTOSO,
};
use serde_json::{Value, json};
use std::time::Instant;

const METADATA: &str = "/.well-known/oauth-protected-resource";

/// The value of a parameter of an address.
fn parameter(address: &str, name: &str) -> String {
    let (_, query) = address.split_once('?').unwrap();
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap();
    pairs.into_iter().find(|(found, _)| found == name).unwrap().1
}

/// Whatever calls without the state of this login gets a refusal, and the login goes on.
#[test]
fn a_forged_answer_is_refused_and_ends_nothing() {
    let (provider, person) = (shared(), Person::new());
    let door = door(provider);
    let mut begun = person.begins(&["login", "--server", &door.server.url, "--issuer", provider.issuer()]);
    let address = begun.address();
    let (back, state) = (parameter(&address, "redirect_uri"), parameter(&address, "state"));
    let (place, path) = (back.trim_end_matches("/callback"), "/callback");
    let stranger = Client::new(place, "");
    for (query, host) in [
        ("?code=forged&state=guessed", None),
        ("?code=forged", None),
        ("?error=access_denied&state=", None),
        ("?error=access_denied", None),
        ("", None),
        (&*format!("?code=forged&state={state}&state=guessed"), None),
        (&format!("?code=forged&state={state}"), Some("attacker.example")),
        (&format!("?code=forged&state={}", &state[1..]), None),
    ] {
        let headers: Vec<_> = host.map(|host| ("host", host)).into_iter().collect();
        let reply = stranger.send("GET", &format!("{path}{query}"), &headers, "");
        assert_eq!(reply.status, 400, "{query} {host:?}");
    }
    for (method, path, status) in [("POST", &*format!("{path}?state={state}"), 405), ("GET", "/", 404)] {
        assert_eq!(stranger.send(method, path, &[], "").status, status, "{method} {path}");
    }
    assert_eq!(through(&mut Browser::new(), &address, "no such end").status, 200);
    let ran = begun.ends();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

/// The browser comes back with what a provider said, changed on its way: a person is told, and nothing is kept.
#[test]
fn an_answer_of_another_provider_or_a_denial_breaks_the_login_off() {
    let (provider, person) = (shared(), Person::new());
    let door = door(provider);
    let from = format!("iss={}", provider.issuer().replace(':', "%3A").replace('/', "%2F"));
    type Change = fn(&str, &str) -> String;
    let changes: [(&str, Change, u16, &str); 3] = [
        ("another", |url, from| url.replace(from, "iss=https%3A%2F%2Fevil.example"), 403, "not from"),
        ("none", |url, from| url.replace(&format!("&{from}"), ""), 403, "not from"),
        ("another code", |url, _| url.replace("code=", "code=x"), 403, "invalid_grant"),
    ];
    for (name, change, status, says) in changes {
        let mut begun = person.begins(&["login", "--server", &door.server.url, "--issuer", provider.issuer()]);
        let browser = &mut Browser::new();
        let address = begun.address();
        let back = parameter(&address, "redirect_uri");
        let answer = through(browser, &address, &back);
        let changed = change(&answer.url, &from);
        assert_ne!(changed, answer.url, "{name}");
        let page = browser.visit(&changed);
        assert!(page.status == status && page.text.contains("You are not logged in"), "{name}: {}", page.text);
        let ran = begun.ends();
        assert!(ran.code == 2 && ran.stderr.contains(says) && !person.file().exists(), "{name}: {}", ran.stderr);
        assert!(!ran.stderr.contains(&parameter(&answer.url, "code")), "{name}: {}", ran.stderr);
    }
    let mut begun = person.begins(&["login", "--server", &door.server.url, "--issuer", provider.issuer()]);
    let browser = &mut Browser::new();
    let login = browser.visit(&begun.address());
    let page = browser.follow(&login, "/abort");
    assert!(page.status == 403 && page.text.contains("access_denied"), "{}", page.text);
    let ran = begun.ends();
    assert!(ran.code == 2 && ran.stderr.contains("did not log you in: access_denied"), "{}", ran.stderr);
    assert!(!person.file().exists());
}

#[test]
fn a_login_that_nobody_ends_is_given_up() {
    let (provider, person) = (shared(), Person::new());
    let door = door(provider);
    let begun = Instant::now();
    let words = ["login", "--server", &door.server.url, "--issuer", provider.issuer(), "--wait", "1"];
    for more in [&[][..], &["--device"]] {
        let ran = person.says(&[&words, more].concat());
        assert_eq!(ran.code, 2);
        assert!(ran.stderr.contains("within 1 s: run it again, with `--wait"), "{more:?}: {}", ran.stderr);
    }
    assert!(begun.elapsed().as_secs() < 12 && !person.file().exists());
}

/// A server and a provider that lie; nobody is sent to log in.
#[test]
fn a_server_or_provider_that_lies_gets_nobody() {
    let (server, provider, other) = (Liar::start(), Liar::start(), Liar::start());
    let says = |resource: &str, issuers: &[&str]| {
        let logins: Vec<_> =
            issuers.iter().map(|issuer| json!({"issuer": issuer, "client_id": "c", "scopes": ["openid"]})).collect();
        Answer::Json(json!({"resource": resource, "procura_logins": logins}))
    };
    let discovery = |changes: &[(&str, Value)]| {
        let at = |path: &str| format!("{}{path}", provider.issuer());
        let mut said =
            json!({"issuer": provider.issuer(), "authorization_endpoint": at("/auth"), "token_endpoint": at("/token")});
        changes.iter().for_each(|(name, value)| said[*name] = value.clone());
        Answer::Json(said)
    };
    let honest = || (says(server.issuer(), &[provider.issuer()]), discovery(&[]));
    let of_server = |resource: &str, issuers: &[&str]| (says(resource, issuers), discovery(&[]));
    let of_provider = |name: &str, value: Value| (honest().0, discovery(&[(name, value)]));
    let (plain, templated) = ("http://id.example.com", "https://id.example.com/{tenantid}/v2.0");
    let rows = [
        (
            "another server's",
            of_server("https://procura.example.com", &[provider.issuer()]),
            "says that it is https://procura",
        ),
        ("no provider", of_server(server.issuer(), &[]), "names no provider"),
        ("two", of_server(server.issuer(), &[provider.issuer(), other.issuer()]), "name yours with `--issuer`"),
        ("plain", of_server(server.issuer(), &[plain]), "is not https"),
        ("of many tenants", of_server(server.issuer(), &[templated]), "`--tenant GUID`"),
        ("hidden signs", of_server(server.issuer(), &["https://evil.example/\u{1b}[2K"]), "is not an address"),
        ("words of a shell", of_server(server.issuer(), &["https://evil.example/$(reboot)"]), "is not an address"),
        (
            "a redirect",
            (Answer::Redirect(format!("{}{METADATA}", other.issuer())), discovery(&[])),
            "does not say where",
        ),
        ("no document", (Answer::Text("<html>".to_owned()), discovery(&[])), "does not say where"),
        ("nothing there", (Answer::Status(404), discovery(&[])), "does not say where"),
        ("another issuer", of_provider("issuer", json!(other.issuer())), "is the provider"),
        ("plain tokens", of_provider("token_endpoint", json!("http://id.example.com/token")), "is not https"),
        ("a file", of_provider("authorization_endpoint", json!("file:///etc/passwd")), "is not https"),
        ("a script", of_provider("authorization_endpoint", json!("javascript:alert(1)")), "is not https"),
        ("a weak challenge", of_provider("code_challenge_methods_supported", json!(["plain"])), "no PKCE"),
        ("no page", of_provider("authorization_endpoint", Value::Null), "no authorization endpoint"),
        ("no discovery", (honest().0, Answer::Status(404)), "404"),
    ];
    for (name, (metadata, discovery), says) in rows {
        server.answer(METADATA, metadata);
        provider.answer(DISCOVERY, discovery);
        let person = Person::new();
        let mut words = vec!["login", "--server", server.issuer(), "--wait", "1"];
        let of_provider = ["issuer", "tokens", "file", "script", "challenge", "page", "discovery"];
        if of_provider.iter().any(|word| name.ends_with(word)) {
            words.extend(["--issuer", provider.issuer()]);
        }
        let ran = person.says(&words);
        assert!(ran.code == 2 && ran.stderr.contains(says), "{name}: {}", ran.stderr);
        assert!(!ran.stderr.contains("open this address") && !ran.stderr.contains('\u{1b}'), "{name}: {}", ran.stderr);
        assert!(!person.file().exists(), "{name}");
    }
    assert_eq!(other.asked(METADATA) + other.asked(DISCOVERY), 0);
    // Where nobody can look in, nobody logs in.
    let ran = Person::new().says(&["login", "--server", "http://procura.example.com", "--issuer", provider.issuer()]);
    assert!(ran.code == 2 && ran.stderr.contains("is not https"), "{}", ran.stderr);
}

/// Once a person has said which provider is theirs, the server's word does not change that.
#[test]
fn a_context_keeps_to_its_provider() {
    let (provider, person) = (shared(), Person::new());
    let door = door(provider);
    assert_eq!(person.logs_in(&door.server.url, provider).code, 0);
    // Nobody is asked again.
    let mut begun = person.begins(&["login"]);
    assert_eq!(through(&mut Browser::new(), &begun.address(), "no such end").status, 200);
    let ran = begun.ends();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    // The same server, as far as anybody can tell, names another.
    let liar = Liar::start();
    let kept = person.kept().replace(&door.server.url, liar.issuer());
    std::fs::write(person.file(), kept).unwrap();
    let logins = json!([{"issuer": liar.issuer(), "client_id": "procura-cli", "scopes": []}]);
    liar.answer(METADATA, Answer::Json(json!({"resource": liar.issuer(), "procura_logins": logins})));
    let ran = person.says(&["login", "--wait", "1"]);
    assert!(ran.code == 2 && ran.stderr.contains("no longer names"), "{}", ran.stderr);
    assert_eq!(liar.asked(DISCOVERY), 0);
}

/// A token goes to the server of its context, and nowhere else: not to another address, not where a redirect leads.
#[test]
fn a_token_goes_to_its_server_alone() {
    let (provider, person) = (shared(), Person::new());
    let door = door(provider);
    assert_eq!(person.logs_in(&door.server.url, provider).code, 0);
    let elsewhere = Receiver::start(|_| axum::response::IntoResponse::into_response("[]"));
    let url = &door.server.url;
    let port = url.rsplit_once(':').unwrap().1;
    let others = [
        elsewhere.url().to_owned(),
        format!("http://localhost:{port}"),
        format!("https://127.0.0.1:{port}"),
        format!("{url}/other"),
        format!("http://somebody@127.0.0.1:{port}"),
    ];
    for other in &others {
        let ran = person.says(&["consumers", "--server", other]);
        assert!(ran.code == 2 && ran.stderr.contains("--token <TOKEN>"), "{other}: {}", ran.stderr);
    }
    let same = person.says(&["consumers", "--server", &format!("{}/", url.replace("http", "HTTP").to_lowercase())]);
    assert_eq!(same.code, 0, "{}", same.stderr);
    assert!(elsewhere.received().is_empty());
    // Its own server sends it on.
    let target = elsewhere.url().to_owned();
    let mover = Receiver::start(move |received| {
        let to = format!("{target}{}", received.path);
        axum::response::IntoResponse::into_response(([("location", to)], axum::http::StatusCode::FOUND))
    });
    std::fs::write(person.file(), person.kept().replace(url, mover.url())).unwrap();
    person.says(&["consumers"]);
    assert!(mover.received().iter().all(|received| received.headers.contains_key("authorization")));
    assert!(!mover.received().is_empty());
    assert!(elsewhere.received().iter().all(|received| !received.headers.contains_key("authorization")));
}

/// A refusal says where to log in, and the metadata name what was meant for people, in a server that has anything.
#[test]
fn a_server_says_where_people_log_in() {
    let provider = shared();
    let open = door(provider);
    let stranger = Client::new(&open.server.url, "");
    let metadata = stranger.get(METADATA);
    assert_eq!(metadata.body["resource"], open.server.url);
    assert_eq!(metadata.body["authorization_servers"], json!([provider.issuer()]));
    assert_eq!(metadata.body["procura_logins"][0]["client_id"], "procura-cli");
    let place = format!("resource_metadata=\"{}{METADATA}\"", open.server.url);
    assert_eq!(open.asks("nobody").header("www-authenticate"), format!("Bearer error=\"invalid_token\", {place}"));
    let quiet = Door::open(&issuer(provider.issuer(), &both(), ""));
    let told = Client::new(&quiet.server.url, "").get(METADATA);
    assert!(!told.body.to_string().contains(provider.issuer()), "{}", told.body);
    assert_eq!(quiet.asks("nobody").header("www-authenticate"), "Bearer error=\"invalid_token\"");
}

/// At a provider of many tenants a person names its own; where a server knows one alone, nobody has to.
#[test]
fn a_provider_of_many_tenants_is_that_of_the_person() {
    let entra = Liar::start();
    for (tenants, said, asked) in [
        (both(), "{tenantid}", "`--tenant GUID`"),
        (format!("[\"{CONTOSO}\"]"), CONTOSO, &*format!("--issuer {}/{CONTOSO}/v2.0", entra.issuer())),
    ] {
        let settings = format!(
            "[[issuers]]\npreset = \"entra\"\nauthority = \"{}\"\naudiences = [\"api://procura\"]\ntenants = {tenants}\n\
             login = {{ client = \"c\", scopes = [\"api://procura/.default\"] }}\n",
            entra.issuer()
        );
        let door = Door::open(&settings);
        let metadata = Client::new(&door.server.url, "").get(METADATA).body;
        let issuer = format!("{}/{said}/v2.0", entra.issuer());
        let login = json!({"issuer": issuer, "client_id": "c", "scopes": ["api://procura/.default"]});
        assert_eq!(metadata["procura_logins"], json!([login]));
        let servers = if said == CONTOSO { json!([issuer]) } else { json!([]) };
        assert_eq!(metadata["authorization_servers"], servers);
        let says =
            |more: &[&str]| Person::new().says(&[&["login", "--server", &door.server.url], more].concat()).stderr;
        assert!(says(&[]).contains(asked), "{}", says(&[]));
        let own = format!("log in at {}/{CONTOSO}/v2.0", entra.issuer());
        assert!(says(&["--tenant", CONTOSO]).contains(&own), "{}", says(&["--tenant", CONTOSO]));
        assert!(says(&["--tenant", "contoso.com"]).contains("a tenant is a GUID"));
    }
}
