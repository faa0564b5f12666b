//! What those get who have no business here: strangers, forms of other sites, forms that were made up.

use crate::browser::Told;
use procura_tests::{
    Server,
    visitor::{ShownPage, Visitor},
    world::{ALEX, CARLA, CONTOSO, FABRIKAM},
};
use std::path::Path;

/// An address of a page that its people may see.
fn customers() -> String {
    format!("/partners/{FABRIKAM}/customers")
}

fn removal() -> String {
    format!("/customers/{CONTOSO}/partners/{FABRIKAM}/remove")
}

/// Somebody who is signed in, on a server that is there to be tried.
fn somebody(server: &Server, user: &str) -> Visitor {
    let mut visitor = Visitor::new(&server.url);
    let shown = visitor.post("/sign-in/as", &[("user", user)]);
    assert_eq!(shown.leads_to(), "303 /");
    visitor
}

fn is_policed(shown: &ShownPage) -> bool {
    let policy = shown.header("content-security-policy");
    let strict = ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"];
    strict.iter().all(|part| policy.contains(part))
        && !policy.contains("unsafe")
        && (shown.header("x-content-type-options"), shown.header("x-frame-options")) == ("nosniff", "DENY")
        && (shown.header("referrer-policy"), shown.header("cache-control")) == ("same-origin", "no-store")
}

/// A stranger is sent to sign in, whatever there is at the address, and comes back there alone.
#[test]
fn a_stranger_learns_nothing_but_where_to_sign_in() {
    let told = Told::all();
    let mut stranger = Visitor::new(&told.server.url);
    for path in [
        "/".to_owned(),
        customers(),
        format!("{}?name=a&show=dap&on=2020-07-31", customers()),
        format!("{}?format=csv", customers()),
        "/partners/nobody/customers".to_owned(),
        removal(),
        "/search?q=contoso".to_owned(),
        "/ask".to_owned(),
    ] {
        let shown = stranger.get(&path);
        let to = serde_urlencoded::to_string([("to", &path)]).unwrap().replace("%2F", "/");
        assert_eq!(shown.leads_to(), format!("303 /sign-in?{to}"));
        assert!(shown.text.is_empty() && is_policed(&shown), "{shown:?}");
    }
    for path in ["/sign-out".to_owned(), removal()] {
        assert_eq!(stranger.post(&path, &[]).leads_to(), "303 /sign-in?ended=true", "{path}");
    }
    let page = stranger.get("/sign-in");
    assert!(page.status == 200 && is_policed(&page), "{page:?}");
    for (_, asset) in page
        .text
        .match_indices("\"/assets/")
        .map(|(at, _)| page.text[at + 1..].split_once('"').unwrap())
        .map(|(asset, _)| ((), asset))
    {
        let shown = stranger.get(asset);
        assert_eq!((shown.status, shown.header("x-content-type-options")), (200, "nosniff"), "{asset}");
        assert_eq!(shown.header("cache-control"), "public, max-age=31536000, immutable");
    }
    for asset in ["/assets/0000000000000000/console.css", "/assets/0000000000000000/..%2FCargo.toml"] {
        assert_eq!(stranger.get(asset).status, 404, "{asset}");
    }
}

/// Nobody is sent to another server, whatever is in the address.
#[test]
fn one_is_sent_to_pages_of_this_server_alone() {
    let told = Told::all();
    let mut visitor = Visitor::new(&told.server.url);
    for elsewhere in [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "///evil.example",
        "evil.example",
        "/a\r\nLocation: https://evil.example",
    ] {
        let user = ALEX.to_string();
        let shown = visitor.post("/sign-in/as", &[("user", &user), ("to", elsewhere)]);
        assert_eq!(shown.leads_to(), "303 /", "{elsewhere:?}");
        let shown = visitor.post("/language", &[("language", "fr"), ("to", elsewhere)]);
        assert_eq!(shown.leads_to(), "303 /", "{elsewhere:?}");
        let query = serde_urlencoded::to_string([("to", elsewhere)]).unwrap();
        assert_eq!(visitor.get(&format!("/sign-in?{query}")).field("to"), "/", "{elsewhere:?}");
    }
    let shown = visitor.post("/sign-in/as", &[("user", &ALEX.to_string()), ("to", &customers())]);
    assert_eq!(shown.leads_to(), format!("303 {}", customers()));
}

/// What cannot be read is answered by a page that says so.
#[test]
fn whatever_is_sent_is_answered_in_words() {
    let told = Told::all();
    let mut visitor = Visitor::new(&told.server.url);
    let long = "x".repeat(200_000);
    let sent: [(&str, &[(&str, &str)]); 6] = [
        ("/language", &[]),
        ("/language", &[("language", "xx"), ("to", "/")]),
        ("/sign-in", &[("provider", "x")]),
        ("/sign-in/as", &[]),
        ("/sign-in/as", &[("user", "x")]),
        ("/sign-in/as", &[("user", &long)]),
    ];
    let mut pages: Vec<_> = sent.iter().map(|(path, fields)| (*path, visitor.post(path, fields))).collect();
    for path in ["/sign-in?problem=x", "/sign-in?ended=x", "/sign-in?to=/&to=/"] {
        pages.push((path, visitor.get(path)));
    }
    for (path, shown) in &pages {
        assert!([400, 413].contains(&shown.status), "{path}: {shown:?}");
        assert!(
            shown.text.contains("<h1>") && shown.text.contains("/sign-in") && is_policed(shown),
            "{path}: {shown:?}"
        );
    }
    assert_eq!(pages[5].1.status, 413);
    for (shown, allow) in [
        (visitor.post("/", &[]), "GET,HEAD"),
        (visitor.get("/sign-out"), "POST"),
        (visitor.get("/language"), "POST"),
        (visitor.post(&customers(), &[]), "GET,HEAD"),
    ] {
        assert_eq!((shown.status, shown.header("allow")), (405, allow), "{shown:?}");
        assert!(shown.text.contains("<h1>") && is_policed(&shown), "{shown:?}");
    }
    let mut alex = somebody(&told.server, &ALEX.to_string());
    let token = alex.get(&customers()).field("token");
    let shown = alex.post("/sign-out", &[("token", &token), ("x", &long)]);
    assert_eq!((shown.status, alex.get(&customers()).status), (413, 200), "{shown:?}");
}

/// A form changes something only if it comes from a page of the person's own session.
#[test]
fn a_form_of_another_site_or_session_changes_nothing() {
    let told = Told::all();
    let server = &told.server;
    let mut alex = somebody(server, &ALEX.to_string());
    let token = alex.get(&customers()).field("token");
    let others = somebody(server, &CARLA.to_string()).get(&removal()).field("token");
    assert_ne!(token, others);
    let site = |value| [("sec-fetch-site", value)];
    type Pairs<'a> = &'a [(&'a str, &'a str)];
    let cases: [(&str, Pairs<'_>, Pairs<'_>); 8] = [
        ("no token", &[], &[]),
        ("an empty token", &[("token", "")], &[]),
        ("a token of another session", &[("token", &others)], &[]),
        ("a guessed token", &[("token", "AAAA")], &[]),
        ("another site", &[("token", &token)], &site("cross-site")),
        ("another host of the site", &[("token", &token)], &site("same-site")),
        ("another origin", &[("token", &token)], &[("origin", "https://evil.example")]),
        ("an origin that is hidden", &[("token", &token)], &[("origin", "null")]),
    ];
    for (name, fields, headers) in cases {
        let shown = alex.post_from("/sign-out", fields, headers);
        assert_eq!(shown.status, 403, "{name}: {shown:?}");
        assert!(shown.text.contains("notAllowed") && is_policed(&shown), "{name}: {}", shown.text);
        assert_eq!(alex.get(&customers()).status, 200, "{name}: the session goes on");
    }
    // Neither is anybody signed in by another site's form, nor a language chosen.
    for (path, fields) in
        [("/sign-in/as", vec![("user", "operator")]), ("/language", vec![("language", "fr"), ("to", "/")])]
    {
        let mut stranger = Visitor::new(&server.url);
        let shown = stranger.post_from(path, &fields, &[("origin", "https://evil.example")]);
        assert!(shown.status == 403 && stranger.cookies.is_empty(), "{path}: {shown:?}");
    }
    // What it is all about: from its own page it is taken.
    let (own, origin) = ([("token", &*token)], server.url.clone());
    let shown = alex.post_from("/sign-out", &own, &[("sec-fetch-site", "same-origin"), ("origin", &origin)]);
    assert_eq!(shown.leads_to(), "303 /sign-in?out=true");
    assert_eq!(alex.get(&customers()).leads_to(), format!("303 /sign-in?to={}", customers()));
}

/// Sessions are in the server's memory: a restart ends all of them, and a key that is made up opens nothing.
#[test]
fn a_session_is_known_to_the_running_server_alone() {
    let told = Told::all();
    let alex = somebody(&told.server, &ALEX.to_string());
    let told = told.restarted();
    for key in [&*alex.cookies["procura-session"], "", "made up", "\u{e9}", "a; b=c"] {
        let mut visitor = Visitor::new(&told.server.url);
        visitor.cookies.insert("procura-session".to_owned(), key.to_owned());
        assert!(visitor.get(&customers()).leads_to().starts_with("303 /sign-in?to="), "{key:?}");
    }
}

/// Over https the cookies are out of reach of other hosts and plain pages; browsers are told to stay with https.
#[test]
fn over_https_cookies_belong_to_this_host_alone() {
    let home = crate::browser::told();
    let data: &Path = &home.path().join("data");
    let server = Server::start_with(data, &["--public-url", "https://procura.example.com"]);
    let mut visitor = Visitor::new(&server.url);
    let shown = visitor.post("/sign-in/as", &[("user", &CARLA.to_string())]);
    let names: Vec<_> = visitor.cookies.keys().collect();
    assert_eq!(names, ["__Host-procura-session"], "{shown:?}");
    assert_eq!(visitor.get("/").status, 303);
    assert_eq!(shown.header("strict-transport-security"), "max-age=31536000");
    // A cookie without the prefix could be another host's.
    let key = visitor.cookies.remove("__Host-procura-session").unwrap();
    visitor.cookies.insert("procura-session".to_owned(), key);
    assert!(visitor.get("/").leads_to().starts_with("303 /sign-in"));
}

/// Only a server that is there to be tried lets anybody be anybody.
#[test]
fn nobody_is_anybody_on_a_server_with_a_provider() {
    let home = crate::browser::told();
    let settings = format!(
        "[[issuers]]\nissuer = \"http://127.0.0.1:9\"\naudiences = [\"api://procura\"]\ntenants = [\"{FABRIKAM}\"]\n\
         console = {{ client = \"procura-console\" }}\n"
    );
    let server = Server::configured(&home.path().join("data"), &settings);
    let mut visitor = Visitor::new(&server.url);
    for user in [&*ALEX.to_string(), "operator", "auditor"] {
        let shown = visitor.post("/sign-in/as", &[("user", user)]);
        assert!(shown.status == 404 && visitor.cookies.is_empty(), "{user}: {shown:?}");
    }
    assert!(!visitor.get("/sign-in").text.contains("/sign-in/as"));
}
