//! Searches of the AuthZEN Authorization API over HTTP: what they find, their pages, and who may search for whom.

use procura_tests::{Client, Reply, Server, world};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use world::{
    ALEX, CARLA, COLIN, CONTOSO, FABRIKAM, FRANK, GRETA, HELEN, LENA, LITWARE, Line, NOAH, NOBODYS, SAM, STRANGER,
    User, by, guid,
};

/// The routes whose visibility is tested here and by the crawler.
pub(crate) const ROUTES: &[&str] =
    &["/access/v1/search/subject", "/access/v1/search/resource", "/access/v1/search/action"];

fn search(client: &Client, kind: &str, body: &Value) -> Reply {
    client.post(&format!("/access/v1/search/{kind}"), body, &[])
}

fn who(action: &str, on: (&str, &str)) -> Value {
    json!({"subject": {"type": "user"}, "action": {"name": action}, "resource": {"type": on.0, "id": on.1}})
}

fn on_what(subject: &str, action: &str, kind: &str) -> Value {
    json!({"subject": {"type": "user", "id": subject}, "action": {"name": action}, "resource": {"type": kind}})
}

fn does_what(subject: &str, on: (&str, &str)) -> Value {
    json!({"subject": {"type": "user", "id": subject}, "resource": {"type": on.0, "id": on.1}})
}

/// What was found, as ids or names.
#[track_caller]
fn found(reply: &Reply) -> BTreeSet<String> {
    assert_eq!(reply.status, 200, "{}", reply.body);
    let results = reply.body["results"].as_array().unwrap();
    let text = |result: &Value| result.get("id").or(result.get("name")).and_then(Value::as_str).unwrap().to_owned();
    let found: BTreeSet<_> = results.iter().map(text).collect();
    assert_eq!((found.len(), &reply.body["page"]["count"]), (results.len(), &json!(results.len())));
    found
}

fn users(users: &[User]) -> BTreeSet<String> {
    users.iter().map(ToString::to_string).collect()
}

/// Fabrikam and Northwind at Contoso, Fabrikam with DAP, and two subscriptions.
fn server() -> Server {
    let server = Server::start();
    server.tell(&world::with_relationships());
    server
}

// --- What is found ---

#[test]
fn a_search_finds_subjects_resources_and_actions() {
    let server = server();
    let decider = server.service("Decider");
    let contoso = ("customer", CONTOSO);
    let cases = [
        ("directory.administer", contoso, users(&[ALEX, CARLA])),
        ("directory.resetPassword", contoso, users(&[ALEX, HELEN, CARLA])),
        ("customer.view", contoso, users(&[ALEX, HELEN, SAM, NOAH, CARLA])),
        ("subscription.manage", ("subscription", &guid(5, 1)), users(&[ALEX])),
        ("group.manage", ("partner", FABRIKAM), users(&[GRETA])),
        ("customer.view", ("customer", NOBODYS), users(&[])),
    ];
    for (action, on, expected) in cases {
        assert_eq!(found(&search(&decider, "subject", &who(action, on))), expected, "{action}");
    }
    let mut groups = who("directory.administer", contoso);
    groups["subject"] = json!({"type": "group", "id": "passed over"});
    let reply = search(&decider, "subject", &groups);
    assert_eq!(reply.body["results"], json!([{"type": "group", "id": format!("{FABRIKAM}/AdminAgents")}]));

    let alex = ALEX.to_string();
    let of = |action: &str, kind: &str| found(&search(&decider, "resource", &on_what(&alex, action, kind)));
    assert_eq!(of("directory.administer", "customer"), BTreeSet::from([CONTOSO.to_owned()]));
    assert_eq!(of("subscription.renew", "subscription"), BTreeSet::from([guid(5, 1), guid(5, 2)]));
    assert_eq!(of("invitation.send", "partner"), BTreeSet::from([FABRIKAM.to_owned()]));
    assert_eq!(of("device.manage", "device"), BTreeSet::new());

    let colin = does_what(&COLIN.to_string(), contoso);
    assert_eq!(found(&search(&decider, "action", &colin)), BTreeSet::new());
    let sam = found(&search(&decider, "action", &does_what(&SAM.to_string(), contoso)));
    let expected = ["customer.view", "device.add", "history.view", "report.view", "subscription.provision"];
    assert_eq!(sam, expected.map(str::to_owned).into());
}

/// At any moment, by position or time, as it was then: what happened since is in no page.
#[test]
fn a_search_is_about_one_moment_and_its_pages_are_too() {
    let server = Server::start();
    server.tell(&world::tenants());
    let decider = server.service("Decider");
    let position = |reply: &Reply| reply.position.unwrap();
    let before = position(&decider.get("/v1/nothing"));
    server.tell(&world::relationship(&guid(1, 1), ALEX, CARLA, true));
    let mut body = who("customer.view", ("customer", CONTOSO));
    body["page"] = json!({"limit": 1});
    let whole = users(&[ALEX, HELEN, SAM, CARLA]);
    let mut page = search(&decider, "subject", &body);
    let (at, time) = (page.body["context"]["position"].clone(), page.body["context"]["time"].clone());
    let mut results = found(&page);
    for number in 0.. {
        // Somebody joins and somebody leaves between two pages.
        server.tell(&[world::joins(GRETA, "SalesAgents", User { user: guid(0xf0, number).leak(), ..GRETA })]);
        let token = page.body["page"]["next_token"].as_str().unwrap().to_owned();
        if token.is_empty() {
            break;
        }
        let mut next = body.clone();
        // The limit is the token's.
        next["page"] = if number % 2 == 0 { json!({"token": token}) } else { json!({"token": token, "limit": 1}) };
        page = search(&decider, "subject", &next);
        assert_eq!((&page.body["context"]["position"], &page.body["context"]["time"]), (&at, &time));
        assert_eq!(position(&page), at.as_u64().unwrap(), "the header says so too");
        assert!(found(&page).len() <= 1 && number < 40);
        results.extend(found(&page));
    }
    assert_eq!(results, whole);
    for (context, expected) in [
        (json!({"position": before}), users(&[CARLA])),
        (json!({"position": 0}), users(&[])),
        (json!({"position": at}), whole.clone()),
        (json!({"time": time}), whole.clone()),
        (json!({"time": "2020-06-19T08:00Z", "ip": "192.168.1.1"}), users(&[])),
        (json!({"time": "2020-06-19T08:00-07:00"}), users(&[])),
    ] {
        let mut body = who("customer.view", ("customer", CONTOSO));
        body["context"] = context.clone();
        assert_eq!(found(&search(&decider, "subject", &body)), expected, "{context}");
    }
    // What a token comes with is what it was given for.
    let first = search(&decider, "subject", &body);
    let token = &first.body["page"]["next_token"];
    let with = |place: &str, value: Value| {
        let mut next = body.clone();
        next["page"] = json!({"token": token});
        let (parent, name) = place.rsplit_once('/').unwrap();
        next.pointer_mut(parent).unwrap()[name] = value;
        next
    };
    for (what, body, says) in [
        ("another action", with("/action/name", json!("customer.delete")), "page.token"),
        ("another resource", with("/resource/id", json!(LITWARE)), "page.token"),
        ("another type", with("/subject/type", json!("group")), "page.token"),
        ("another moment", with("/context", json!({"position": 3})), "page.token"),
        ("no token of ours", with("/page/token", json!("alsehrq3495u8")), "page.token"),
        ("another limit", with("/page/limit", json!(2)), "page.limit"),
    ] {
        assert_eq!(search(&decider, "subject", &body).differs(400, "invalidRequest", says), None, "{what}");
    }
    let other = search(&decider, "resource", &with("/page/token", token.clone()));
    assert_eq!(other.differs(400, "invalidRequest", ""), None, "of another search");
    let all = found(&search(&decider, "subject", &who("customer.view", ("customer", CONTOSO)))).len();
    assert!(all > whole.len());
    let reply = search(&decider, "subject", &with("/page/token", json!("")));
    assert_eq!(found(&reply).len(), all, "an empty one is none");
    // A limit is one of results, and none is too large.
    for (limit, expected) in [(json!(0), 0), (json!(2), 2), (json!(500), all), (json!(u64::MAX), all)] {
        let mut body = who("customer.view", ("customer", CONTOSO));
        body["page"] = json!({"limit": limit, "properties": {"sort": "id"}});
        let reply = search(&decider, "subject", &body);
        assert_eq!(found(&reply).len(), expected, "{limit}: {}", reply.body);
        assert_eq!(reply.body["page"]["next_token"] == "", expected == all, "{limit}");
    }
}

// --- Who may search ---

/// Services for anybody; a user for itself; a customer's Global administrator for anybody in its own tenant.
#[test]
fn who_may_search_for_whom() {
    let server = server();
    let contoso = ("customer", CONTOSO);
    let ids = |ids: &[&str]| Some(ids.iter().map(|id| (*id).to_owned()).collect::<BTreeSet<_>>());
    let (alex, helen, carla, nobody) = (ALEX.to_string(), HELEN.to_string(), CARLA.to_string(), STRANGER.to_string());
    let (view, all) = (who("customer.view", contoso), users(&[ALEX, HELEN, SAM, NOAH, CARLA]));
    let mut groups = view.clone();
    groups["subject"]["type"] = "group".into();
    let client = |user: User| server.user(user);
    let cases = [
        ("a service, who", server.service("Decider"), "subject", view.clone(), Some(all.clone())),
        ("an auditor, who", server.service("Auditor"), "subject", view.clone(), Some(all.clone())),
        ("an administrator, who at home", client(CARLA), "subject", view.clone(), Some(all)),
        ("an administrator, who elsewhere", client(LENA), "subject", view.clone(), ids(&[])),
        ("an agent, who: itself", client(ALEX), "subject", view.clone(), ids(&[&alex])),
        ("an agent, who elsewhere", client(ALEX), "subject", who("customer.view", ("customer", LITWARE)), ids(&[])),
        ("an agent, who on nothing", client(ALEX), "subject", who("customer.view", ("customer", NOBODYS)), ids(&[])),
        ("somebody in no group", client(FRANK), "subject", view.clone(), ids(&[])),
        ("a user without a role at home", client(COLIN), "subject", view, ids(&[])),
        ("an agent, which groups", client(ALEX), "subject", groups.clone(), None),
        ("an administrator, which groups elsewhere", client(LENA), "subject", groups, None),
        (
            "an agent, where it may",
            client(ALEX),
            "resource",
            on_what(&alex, "customer.view", "customer"),
            ids(&[CONTOSO]),
        ),
        (
            "an agent, where a colleague may",
            client(ALEX),
            "resource",
            on_what(&helen, "customer.view", "customer"),
            None,
        ),
        (
            "an administrator, where an agent may",
            client(CARLA),
            "resource",
            on_what(&alex, "subscription.read", "subscription"),
            ids(&[&guid(5, 1)]),
        ),
        (
            "an administrator, where nobody may",
            client(CARLA),
            "resource",
            on_what(&nobody, "customer.view", "customer"),
            ids(&[]),
        ),
        (
            "an administrator, an agent's partner",
            client(CARLA),
            "resource",
            on_what(&alex, "invitation.send", "partner"),
            None,
        ),
        (
            "an administrator of a partner",
            client(GRETA),
            "resource",
            on_what(&alex, "invitation.send", "partner"),
            None,
        ),
        (
            "an agent, what it may",
            client(HELEN),
            "action",
            does_what(&helen, ("partner", FABRIKAM)),
            ids(&["history.view", "report.view"]),
        ),
        ("an agent, what a colleague may", client(HELEN), "action", does_what(&alex, contoso), None),
        ("an administrator, what another may", client(LENA), "action", does_what(&carla, contoso), None),
        ("of no tenant", client(STRANGER), "action", does_what(&nobody, contoso), ids(&[])),
        ("of no tenant, another", client(STRANGER), "action", does_what(&alex, contoso), None),
    ];
    for (what, client, kind, body, expected) in cases {
        let reply = search(&client, kind, &body);
        match expected {
            Some(expected) => assert_eq!(found(&reply), expected, "{what}"),
            None => assert_eq!(reply.differs(403, "notAllowed", "ask about yourself"), None, "{what}"),
        }
    }
}

/// A user that lost a customer has lost its past with it: a search does not give it back (DAP-6).
#[test]
fn what_was_lost_is_found_by_no_search_about_the_past() {
    let server = server();
    let (alex, then) = (ALEX.to_string(), server.service("Auditor").get("/v1/residual-access").position.unwrap());
    let left = json!({"partner": FABRIKAM, "group": "AdminAgents", "user": ALEX.user});
    server.tell(&[world::joins(GRETA, "AdminAgents", FRANK), by(GRETA, "RemoveGroupMember", left)]);
    let mut body = on_what(&alex, "customer.view", "customer");
    body["context"] = json!({"position": then});
    assert_eq!(found(&search(&server.user(ALEX), "resource", &body)), BTreeSet::new());
    // A question names the customer itself, and so does a search for who or what.
    let mut question = body.clone();
    question["resource"]["id"] = CONTOSO.into();
    assert_eq!(server.user(ALEX).post("/access/v1/evaluation", &question, &[]).body["decision"], true);
    assert_eq!(found(&search(&server.user(ALEX), "subject", &question)), users(&[ALEX]));
    assert!(found(&search(&server.user(ALEX), "action", &question)).contains("customer.view"));
    // Services are told, and so is the customer.
    for client in [server.service("Decider"), server.user(CARLA)] {
        assert_eq!(found(&search(&client, "resource", &body)), BTreeSet::from([CONTOSO.to_owned()]));
    }
}

/// A page is short rather than slow.
#[test]
fn a_partner_with_many_customers_is_searched_a_page_at_a_time() {
    const CUSTOMERS: u64 = 3_000;
    let mut lines: Vec<Line> = world::tenants();
    for number in 0..CUSTOMERS {
        let (customer, user) = (guid(0xca, number), guid(0xcb, number));
        lines.push(world::by_operator(
            "RegisterCustomer",
            json!({"customer": customer, "name": "Small", "domain": "small.example", "globalAdministrator": user}),
        ));
        let administrator = User { tenant: customer.leak(), user: user.leak() };
        lines.extend(world::relationship(&guid(0xaa, number), ALEX, administrator, number % 1_000 == 0));
    }
    let directory = tempfile::tempdir().unwrap();
    procura_tests::apply(directory.path(), &world::text(&lines)).all_recorded();
    let server = Server::start_on(directory.path());
    let alex = server.user(ALEX);
    let pages = |action: &str, kind: &str, limit: u64| {
        let mut body = on_what(&ALEX.to_string(), action, kind);
        body["page"] = json!({"limit": limit});
        let (mut results, mut sizes) = (BTreeSet::new(), Vec::new());
        loop {
            let page = search(&alex, "resource", &body);
            let found = found(&page);
            sizes.push(found.len());
            results.extend(found);
            match page.body["page"]["next_token"].as_str().unwrap() {
                "" => return (results.len(), sizes),
                token => body["page"] = json!({"token": token}),
            }
        }
    };
    assert_eq!(pages("customer.view", "customer", 500), (3_000, vec![500; 6]));
    // Few are found among many: pages are short, and none looks at more than its share.
    assert_eq!(pages("directory.administer", "customer", 500), (3, vec![2, 1]));
    assert_eq!(pages("device.manage", "device", 500), (0, vec![0, 0]));
    assert_eq!(pages("directory.administer", "customer", 1).0, 3);
}
