//! The console's pages: everybody opens each with every id there is, and sends each form about what is another's.

use super::{
    Crawl, cast,
    cast::{CALLERS, Caller, UNKNOWN},
    filled, slots,
};
use procura_tests::{
    Reply,
    visitor::{ShownPage, Visitor},
    world::STRANGER,
};
use std::collections::{BTreeMap, BTreeSet};

/// What each page is asked with; a page that takes forms alone with nothing.
const PAGES: &[(&str, &[&str])] = &[
    ("/", &[""]),
    ("/sign-out", &[]),
    (
        "/ask",
        &[
            "",
            "?who={user}&what=customer:customer.view&to={tenant}",
            "?who={tenant}&group=AdminAgents&what=customer:dap.revoke&to={tenant}",
            "?what=subscription:subscription.read&to={subscription}",
            "?what=device:device.manage&to={device}",
            "?what=profile:profile.update&to={profile}",
        ],
    ),
    (
        "/search",
        &["", "?q={tenant}", "?q={user}", "?q={subscription}", "?q={device}", "?q={profile}", "?q=o", "?q=Litware"],
    ),
    ("/switch", &["?customer=o", "?customer=Litware", "?customer="]),
    ("/organisations", &["", "?kind=partners", "?format=csv"]),
    ("/history", &["", "?format=csv"]),
    ("/customers/{customer}", &[""]),
    ("/customers/{customer}/history", &["", "?format=csv", "?from=2020-01-01&type=RoleAssigned"]),
    ("/customers/{customer}/partners", &["", "?format=csv", "?name=o"]),
    ("/customers/{customer}/partners/{partner}", &["", "?format=csv", "?done=1-40"]),
    ("/customers/{customer}/partners/{partner}/remove", &[""]),
    ("/customers/{customer}/role-assignments/{assignment}/remove", &[""]),
    ("/customers/{customer}/service-requests", &[]),
    ("/customers/{customer}/provisioned", &[]),
    ("/customers/{customer}/give-up", &[""]),
    ("/customers/{customer}/end", &[""]),
    ("/customers/{customer}/subscriptions", &["", "?format=csv"]),
    ("/customers/{customer}/subscriptions/register", &[""]),
    ("/customers/{customer}/subscriptions/{subscription}", &["", "?format=csv"]),
    ("/customers/{customer}/subscriptions/{subscription}/assign", &[""]),
    ("/customers/{customer}/subscriptions/{subscription}/cancel", &[""]),
    ("/customers/{customer}/subscriptions/{subscription}/renew", &[]),
    ("/customers/{customer}/people", &["", "?format=csv", "?name=a"]),
    ("/customers/{customer}/people/assign", &["?user={object}"]),
    ("/customers/{customer}/people/describe", &["?user={object}"]),
    ("/customers/{customer}/people/{user}/roles/{role}/remove", &[""]),
    ("/customers/{customer}/devices", &["", "?format=csv", "?serial=2"]),
    ("/partners/{partner}/customers", &["", "?format=csv", "?name=o&show=residual"]),
    ("/partners/{partner}/history", &["", "?format=csv"]),
    ("/partners/{partner}/invitations", &["", "?format=csv"]),
    ("/partners/{partner}/invitations/new", &[""]),
    ("/partners/{partner}/invitations/check-link", &[]),
    ("/invitations/{invitation}", &[""]),
    ("/invitations/{invitation}/draft.eml", &[""]),
    ("/invitations/{invitation}/withdraw", &[""]),
    ("/invitations/{invitation}/accept", &[]),
    ("/invitations/{invitation}/decline", &[""]),
    ("/partners/{partner}/groups", &["", "?format=csv"]),
    ("/partners/{partner}/groups/{group}/add", &["?user={object}"]),
    ("/partners/{partner}/groups/{group}/members/{user}/add", &[]),
    ("/partners/{partner}/groups/{group}/members/{user}/remove", &[""]),
    ("/partners/{partner}/people/new", &[""]),
    ("/partners/{partner}/people/{user}", &[""]),
    ("/partners/{partner}/people/{user}/roles/{role}/assign", &[""]),
    ("/partners/{partner}/people/{user}/roles/{role}/remove", &[""]),
];

/// A page as an answer, without what is another each time that it is shown.
fn reply(page: ShownPage) -> Reply {
    let mut parts = page.text.split("name=\"key\" value=\"");
    let first = parts.next().unwrap_or_default().to_owned();
    let text = parts.fold(first, |text, part| text + part.split_once('"').map_or("", |(_, rest)| rest));
    Reply { status: page.status, headers: page.headers, position: None, body: text.into() }
}

/// The answer without the ids that its request named, all of which are told apart by nobody else.
fn masked(reply: &Reply, request: &str) -> Reply {
    let mut text = reply.body.as_str().unwrap_or_default().to_owned();
    for id in
        request.split(|char: char| !char.is_ascii_hexdigit() && char != '-').filter(|id| id.len() == UNKNOWN.len())
    {
        text = text.replace(id, "ID");
    }
    Reply { body: text.into(), ..reply.clone() }
}

/// Where the names in braces stand for ids of another kind than the page calls them.
fn template(route: &str, parameters: &str) -> String {
    let group = route.replace("{group}", "AdminAgents").replace("{role}", "GlobalAdministrator");
    format!("{}{parameters}", group.replace("{user}", "{object}"))
}

/// Every page of that template, and where what stands in one place alone is another's, that they are all alike.
fn open(crawl: &mut Crawl, caller: &Caller, visitor: &mut Visitor, template: &str) {
    let (slots, own) = (slots(caller), caller.user.tenant);
    let mut replies = BTreeMap::new();
    for path in filled(template, &slots, own) {
        let reply = reply(visitor.get(&path));
        crawl.reads(caller, &path, &reply);
        let plain = masked(&reply, &path);
        replies.insert(path, plain);
    }
    compare(crawl, caller, template, &replies);
}

fn compare(crawl: &mut Crawl, caller: &Caller, template: &str, replies: &BTreeMap<String, Reply>) {
    let (slots, own) = (slots(caller), caller.user.tenant);
    let names: BTreeSet<&str> = template.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
    for name in names.into_iter().filter(|name| slots[name].1.len() > 1) {
        let place = format!("{{{name}}}");
        for path in filled(&template.replacen(&place, "@@", 1), &slots, own) {
            let asked = |id: &String| Some((id.clone(), replies.get(&path.replace("@@", id))?.clone()));
            let answers: Vec<_> = slots[name].1.iter().filter_map(asked).collect();
            crawl.compared += answers.len();
            crawl.same(caller, &path, &answers);
        }
    }
}

#[test]
fn no_page_tells_anybody_what_is_not_theirs() {
    let known: BTreeSet<&str> = PAGES.iter().map(|(route, _)| *route).collect();
    let served: BTreeSet<&str> = procura_console::paths().collect();
    assert_eq!(known, served, "every page is in the table");
    let (_directory, server) = cast::server();
    let mut crawl = Crawl::default();
    for caller in CALLERS.iter().filter(|caller| caller.user != STRANGER) {
        let mut visitor = Visitor::new(&server.url);
        let user = caller.user.to_string();
        assert_eq!(visitor.post("/sign-in/as", &[("user", &user)]).status, 303, "{}", caller.name);
        for (route, parameters) in PAGES {
            for parameters in *parameters {
                open(&mut crawl, caller, &mut visitor, &template(route, parameters));
            }
        }
        // The past is no way around it.
        for route in ["/customers/{customer}", "/customers/{customer}/partners", "/customers/{customer}/people"] {
            open(&mut crawl, caller, &mut visitor, &format!("{route}?on=2020-07-31"));
        }
        // No form about what is another's does anything, or tells it from what there is not.
        let token = visitor.get("/ask").field("token");
        let slots = slots(caller);
        for (route, _) in PAGES.iter().filter(|(route, _)| route.contains("{customer}") || route.contains("{partner}"))
        {
            let kind = if route.contains("{customer}") { "customer" } else { "partner" };
            let rest = template(route, "").replace("{partner}", UNKNOWN).replace("{object}", UNKNOWN);
            let rest = ["subscription", "assignment", "invitation"]
                .iter()
                .fold(rest, |rest, name| rest.replace(&format!("{{{name}}}"), UNKNOWN));
            let rest = if kind == "partner" { template(route, "").replace("{object}", UNKNOWN) } else { rest };
            let ask = |visitor: &mut Visitor, id: &String| {
                let path = rest.replace(&format!("{{{kind}}}"), id);
                let sent = reply(visitor.post(&path, &[("token", &token), ("title", "x"), ("name", "x")]));
                (id.clone(), masked(&sent, &path))
            };
            let answers: Vec<_> = slots[kind].1.iter().map(|id| ask(&mut visitor, id)).collect();
            for (id, reply) in &answers {
                crawl.reads(caller, &format!("{rest} {id}"), reply);
                // To check a text for the link takes nothing but the text.
                let is_refused = reply.status >= 400 || route.ends_with("check-link");
                assert!(is_refused, "{} {rest} {id}: {}", caller.name, reply.status);
            }
            crawl.compared += answers.len();
            crawl.same(caller, &rest, &answers);
        }
    }
    println!("{} pages, {} compared", crawl.asked, crawl.compared);
    assert!(crawl.compared > 1_000, "{}", crawl.compared);
    crawl.end(5_000);
}
