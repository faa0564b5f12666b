//! Who gets in, who sees what, and who may ask about whom: over HTTP, as the rulebook has it (VIS-1 to VIS-4).

use crate::{
    backups, checkpoints, consumers, feed, history, intervals, invitations, lists, people, search, watching, webhooks,
};
use procura_tests::{Client, Reply, Server, world};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use world::{
    ALEX, CARLA, COLIN, CONTOSO, FABRIKAM, FRANK, GRETA, HELEN, LENA, LITWARE, Line, NOAH, NOBODYS, NORTHWIND, SAM,
    STRANGER, User, by, by_operator, guid,
};

/// A partner that nobody here has to do with.
const TAILSPIN: &str = "abaaaaaa-0000-4000-8000-000000000001";
/// In Tailspin's AdminAgents, and its Global administrator.
const TARA: User = User { tenant: TAILSPIN, user: "ab000000-0000-4000-8000-000000000010" };

/// Contoso took its DAP from Fabrikam and from Northwind, which keep a subscription each. Fabrikam has DAP at Litware.
/// Northwind ended its relationship with Litware, and still reads a subscription there.
fn story() -> Vec<Line> {
    let provisioned = |agent: User, subscription| {
        let fields = json!({"customer": CONTOSO, "partner": agent.tenant, "subscription": subscription,
            "kind": "azure", "name": "Web"});
        by(agent, "ProvisionSubscription", fields)
    };
    let without_dap = |partner| by(CARLA, "RevokeDap", json!({"customer": CONTOSO, "partner": partner}));
    let tailspin = json!({"partner": TAILSPIN, "name": "Tailspin", "domain": "tailspin.example",
        "globalAdministrator": TARA.user});
    let own = json!({"customer": LITWARE, "subscription": guid(5, 3), "kind": "azure", "name": "Own"});
    let reader = json!({"customer": LITWARE, "subscription": guid(5, 3), "role": "Reader",
        "principal": {"group": "AdminAgents", "partner": NORTHWIND}});
    let device = json!({"customer": CONTOSO, "device": guid(7, 1), "serialNumber": "1", "manufacturer": "Fabrikam",
        "model": "9", "source": "intune"});
    let mut lines = world::tenants();
    lines.extend([by_operator("RegisterPartner", tailspin), world::joins(TARA, "AdminAgents", TARA)]);
    lines.extend(world::relationship(&guid(1, 1), ALEX, CARLA, true));
    lines.extend(world::relationship(&guid(1, 2), NOAH, CARLA, true));
    lines.extend(world::relationship(&guid(1, 3), ALEX, LENA, true));
    lines.extend(world::relationship(&guid(1, 4), NOAH, LENA, true));
    lines.extend([provisioned(SAM, guid(5, 1)), provisioned(NOAH, guid(5, 2))]);
    lines.extend([by(LENA, "RegisterSubscription", own), by(LENA, "AssignRole", reader)]);
    lines.extend([by(CARLA, "AddDevice", device), without_dap(FABRIKAM), without_dap(NORTHWIND)]);
    lines.push(by(NOAH, "EndRelationship", json!({"customer": LITWARE, "partner": NORTHWIND})));
    lines
}

// --- The door ---

/// A path of the route, and a body that it could take.
fn knock(route: &str) -> String {
    let path = route.replace("{customer}", CONTOSO).replace("{partner}", FABRIKAM).replace("{tenant}", CONTOSO);
    let path = path.replace("{role}", "GlobalAdministrator").replace("{name}", "RevokeDap");
    path.replace("{group}", "AdminAgents")
        .replace("{invitation}", &guid(1, 1))
        .replace("{position}", "1")
        .replace("{*tile}", "0/000.p/1")
}

#[test]
fn nobody_gets_in_without_a_token_and_every_answer_says_its_position() {
    let server = Server::start();
    server.tell(&world::tenants());
    let (stranger, operator) = (server.stranger(), server.service("Operator"));
    let routes = procura_server::routes().map(|(method, route)| (method, knock(route)));
    let elsewhere = ["/v2", "/v1", "/v1/nothing", "/v1/commands", "/metrics", "/healthz/", "/access/v1/search"];
    let elsewhere = elsewhere.iter().flat_map(|path| ["GET", "POST"].map(|method| (method, (*path).to_owned())));
    let paths: Vec<_> = routes.chain(elsewhere).chain([("DELETE", "/v1/residual-access".to_owned())]).collect();
    assert!(paths.len() > 20 && paths.iter().all(|(_, path)| !path.contains('{')), "{paths:?}");
    for (method, path) in &paths {
        let json = [("content-type", "application/json")];
        let reply = stranger.send(method, path, &json, if *method == "GET" { "" } else { "{}" });
        assert_eq!(reply.differs(401, "unauthenticated", ""), None, "{method} {path}");
        assert_eq!((reply.header("www-authenticate"), reply.position), ("Bearer", Some(12)), "{method} {path}");
        // It is the token that was missing, nothing else.
        let reply = operator.send(method, path, &json, if *method == "GET" { "" } else { "{}" });
        assert!(reply.status != 401 && reply.position == Some(12), "{method} {path}: {}", reply.status);
    }
    for path in ["/healthz", "/readyz"] {
        let reply = stranger.get(path);
        assert_eq!((reply.status, reply.position), (200, Some(12)), "{path}");
    }
}

// --- Who sees what ---

/// What the columns of the table ask.
const QUERIES: [(&str, &str); 15] = [
    ("C-relationships", "/v1/customers/{C}/partner-relationships"),
    ("F-customers", "/v1/partners/{F}/customers"),
    ("N-customers", "/v1/partners/{N}/customers"),
    ("C-permissions", "/v1/customers/{C}/effective-permissions"),
    ("L-permissions", "/v1/customers/{L}/effective-permissions"),
    ("C-roles", "/v1/tenants/{C}/directory-roles/GlobalAdministrator/members"),
    ("L-roles", "/v1/tenants/{L}/directory-roles/GlobalAdministrator/members"),
    ("F-roles", "/v1/tenants/{F}/directory-roles/GlobalAdministrator/members"),
    ("residual", "/v1/residual-access"),
    ("residual-C", "/v1/residual-access?customer={C}"),
    ("residual-F", "/v1/residual-access?partner={F}"),
    ("residual-CN", "/v1/residual-access?customer={C}&partner={N}"),
    ("customers", "/v1/customers"),
    ("partners", "/v1/partners"),
    ("related", "/v1/relationships"),
];

/// Whom the items are about: Contoso, Litware, Fabrikam, Northwind, Tailspin; `0` is an empty list, `-` not found.
/// VIS-1 makes the rows of Carla and Lena, VIS-2 those of the partners, VIS-4 those of the overseers.
const SEEN: &str = "
             C-relationships F-customers N-customers C-permissions L-permissions C-roles L-roles F-roles residual residual-C residual-F residual-CN customers partners related
    carla    F+N             -           -           C+F+N         -             C       -       -       CF+CN    CF+CN      CF         CN          C         F+N      CF+CN
    colin    -               -           -           -             -             -       -       -       0        -          0          -           0         0        0
    lena     -               -           -           -             F+L+N         -       L       -       LN       -          0          -           L         F+N      LF+LN
    alex     -               C+L         -           F             F             -       L       -       CF       CF         CF         0           C+L       F        CF+LF
    helen    -               C+L         -           F             F             -       L       -       CF       CF         CF         0           C+L       F        CF+LF
    sam      -               C+L         -           F             F             -       -       -       CF       CF         CF         0           C+L       F        CF+LF
    greta    -               -           -           -             -             -       -       F       0        -          0          -           0         F        0
    frank    -               -           -           -             -             -       -       -       0        -          0          -           0         0        0
    noah     -               -           C+L         N             N             -       -       -       CN+LN    CN         0          CN          C+L       N        CN+LN
    tara     -               -           -           -             -             -       -       -       0        -          0          -           0         T        0
    nobody   -               -           -           -             -             -       -       -       0        -          0          -           0         0        0
    Decider  -               -           -           -             -             -       -       -       0        -          0          -           0         0        0
    Auditor  F+N             C+L         C+L         C+F+N         F+L+N         C       L       F       CF+CN+LN CF+CN      CF         CN          C+L       F+N+T    CF+CN+LF+LN
    Operator F+N             C+L         C+L         C+F+N         F+L+N         C       L       F       CF+CN+LN CF+CN      CF         CN          C+L       F+N+T    CF+CN+LF+LN
";

const PEOPLE: [(&str, User); 11] = [
    ("carla", CARLA),
    ("colin", COLIN),
    ("lena", LENA),
    ("alex", ALEX),
    ("helen", HELEN),
    ("sam", SAM),
    ("greta", GRETA),
    ("frank", FRANK),
    ("noah", NOAH),
    ("tara", TARA),
    ("nobody", STRANGER),
];

fn caller(server: &Server, name: &str) -> Client {
    let person = PEOPLE.iter().find(|(known, _)| *known == name);
    person.map_or_else(|| server.service(name), |(_, user)| server.user(*user))
}

fn initial(tenant: &Value) -> Option<char> {
    let known = [(CONTOSO, 'C'), (LITWARE, 'L'), (FABRIKAM, 'F'), (NORTHWIND, 'N'), (TAILSPIN, 'T')];
    known.iter().find(|(id, _)| tenant == id).map(|(_, letter)| *letter)
}

/// Whom the items are about, as the table writes it.
fn seen(reply: &Reply) -> String {
    if reply.status != 200 {
        return reply.differs(404, "notFound", "").unwrap_or("-".to_owned());
    }
    let about = |item: &Value| -> String {
        let of = |name: &str| item.get(name).and_then(|tenant| initial(tenant.get("id").unwrap_or(tenant)));
        let places = ["/partner/id", "/customer/id", "/principal/partner", "/principal/tenant", "/id"];
        let member = PEOPLE.iter().map(|(_, person)| person).find(|person| item["user"] == person.user);
        let member = member.and_then(|person| initial(&person.tenant.into()));
        let mut one = places.iter().filter_map(|place| initial(item.pointer(place)?)).chain(member);
        let pair = of("customer").zip(of("partner"));
        pair.map_or_else(|| one.next().map(String::from).unwrap_or(item.to_string()), |(c, p)| format!("{c}{p}"))
    };
    let about: BTreeSet<_> = reply.items().iter().map(about).collect();
    if about.is_empty() { "0".to_owned() } else { Vec::from_iter(about).join("+") }
}

#[test]
fn everybody_sees_what_is_theirs_to_see() {
    let server = Server::start();
    server.tell(&story());
    let mut lines =
        SEEN.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).filter(|cells| !cells.is_empty());
    assert_eq!(lines.next().unwrap(), QUERIES.map(|(column, _)| column));
    let mut wrong = Vec::new();
    for row in lines {
        let client = caller(&server, row[0]);
        for ((column, query), expected) in QUERIES.iter().zip(&row[1..]) {
            let path = query.replace("{C}", CONTOSO).replace("{L}", LITWARE).replace("{F}", FABRIKAM);
            let reply = client.get(&path.replace("{N}", NORTHWIND));
            let seen = seen(&reply);
            wrong.extend((seen != *expected).then(|| format!("{} {column}: expected {expected}, got {seen}", row[0])));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Nothing is there, whoever asks.
    for query in
        ["/v1/customers/{}/effective-permissions", "/v1/partners/{}/customers", "/v1/residual-access?customer={}"]
    {
        let reply = server.service("Operator").get(&query.replace("{}", NOBODYS));
        assert_eq!(reply.differs(404, "notFound", ""), None, "{query}");
    }
    // Every route that reads is a column, and the others are asked below.
    let pattern = |query: &str| {
        let path = query.split('?').next().unwrap().replace("GlobalAdministrator", "{role}");
        let (tenant, customer) = (path.starts_with("/v1/tenants"), path.starts_with("/v1/customers"));
        let kind = if tenant {
            "{tenant}"
        } else if customer {
            "{customer}"
        } else {
            "{partner}"
        };
        ["{C}", "{L}", "{F}", "{N}"].iter().fold(path, |path, letter| path.replace(letter, kind))
    };
    let asked: BTreeSet<_> = QUERIES.iter().map(|(_, query)| pattern(query)).collect();
    let other = [
        "/v1/commands/{name}",
        "/v1/reports/{name}",
        "/v1/reports/{name}/signature",
        "/access/v1/evaluation",
        "/access/v1/evaluations",
    ];
    let other = other.map(str::to_owned);
    let elsewhere = lists::ROUTES
        .iter()
        .chain(invitations::ROUTES)
        .chain(checkpoints::ROUTES)
        .chain(backups::ROUTES)
        .chain(intervals::ROUTES)
        .chain(history::ROUTES)
        .chain(feed::ROUTES)
        .chain(consumers::ROUTES)
        .chain(webhooks::ROUTES)
        .chain(&["/v1/caller"])
        .chain(watching::ROUTES)
        .chain(search::ROUTES)
        .chain(people::ROUTES)
        .map(|route| (*route).to_owned());
    assert_eq!(
        asked.into_iter().chain(other).chain(elsewhere).collect::<BTreeSet<_>>(),
        procura_server::routes().map(|(_, route)| route.to_owned()).collect()
    );
}

#[test]
fn what_the_past_held_is_for_those_who_may_read_now() {
    let server = Server::start();
    server.tell(&world::tenants());
    server.tell(&world::relationship(&guid(1, 1), ALEX, CARLA, true));
    server.tell(&[world::joins(GRETA, "SalesAgents", FRANK)]);
    let (frank, then) = (server.user(FRANK), server.service("Auditor").get("/v1/residual-access").position.unwrap());
    let views =
        [format!("/v1/partners/{FABRIKAM}/customers"), format!("/v1/customers/{CONTOSO}/effective-permissions")];
    assert!(views.iter().all(|view| !frank.get(view).items().is_empty()), "an agent sees (VIS-2)");
    let leaves = json!({"partner": FABRIKAM, "group": "SalesAgents", "user": FRANK.user});
    server.tell(&[by(GRETA, "RemoveGroupMember", leaves)]);
    let mut wrong = Vec::new();
    for view in &views {
        let path = format!("{view}?at={then}");
        assert_eq!(frank.get(view).status, 404, "who left sees no more (DAP-6)");
        let left = frank.get(&path).status;
        wrong.extend((left != 404).then(|| format!("GET {path}: {left} for whoever left the group since (DAP-6)")));
    }
    server.tell(&[world::joins(GRETA, "AdminAgents", FRANK)]);
    for view in &views {
        let path = format!("{view}?at={}", then - 1);
        let joined = server.user(FRANK).get(&path).status;
        wrong.extend((joined != 200).then(|| format!("GET {path}: {joined} for an agent of today (VIS-2)")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pages_belong_to_one_moment() {
    let server = Server::start();
    server.tell(&world::tenants());
    let carla = server.user(CARLA);
    let registers = |number: u64| {
        let fields = json!({"customer": CONTOSO, "subscription": guid(5, number), "kind": "azure", "name": "Web"});
        carla.command("RegisterSubscription", &fields)
    };
    (0..110).for_each(|number| drop(registers(number)));
    let list = format!("/v1/customers/{CONTOSO}/effective-permissions");
    let whole = carla.get(&format!("{list}?limit=500"));
    assert_eq!((whole.items().len(), whole.body["nextLink"].clone()), (111, Value::Null));
    assert_eq!(carla.get(&list).items().len(), 100, "a page, unless told otherwise");
    let recorded = carla.get(&format!("{list}?limit=1")).body["items"][0]["from"]["time"].as_str().unwrap().to_owned();
    let cases = [
        ("", &whole),
        ("&includeEnded=true", &whole),
        (&format!("&at={}", whole.position.unwrap()), &whole),
        (&format!("&at={recorded}"), &carla.get(&format!("{list}?at={recorded}"))),
        (&format!("&at={}", recorded.replace('Z', "%2B00:00")), &carla.get(&format!("{list}?at={recorded}"))),
        (&format!("&subscription={}", guid(5, 7)), &carla.get(&format!("{list}?subscription={}", guid(5, 7)))),
    ];
    for (number, (query, whole)) in (1_000..).zip(cases) {
        let mut page = carla.get(&format!("{list}?limit=25{query}"));
        let (position, mut items) = (page.position, page.items().to_vec());
        // What happens between two pages is on neither.
        registers(number);
        let mut pages = 1;
        while let Some(next) = page.body["nextLink"].as_str().map(str::to_owned) {
            page = carla.get(&next);
            assert_eq!((page.status, page.position), (200, position), "{next}");
            items.extend_from_slice(page.items());
            pages += 1;
            assert!(pages <= 6, "{next}");
        }
        if !query.contains("at=") && !query.contains("subscription") {
            let first = (items.len(), whole.items().len());
            assert_eq!(&items[..first.1], whole.items(), "{query}: {first:?}");
        } else {
            assert_eq!(items, whole.items(), "{query}");
        }
    }
}

// --- Access questions ---

fn question(subject: &str, id: &str, action: &str, resource: &str, on: &str) -> Value {
    json!({"subject": {"type": subject, "id": id}, "action": {"name": action}, "resource": {"type": resource, "id": on}})
}

#[test]
fn who_may_ask_about_whom() {
    let server = Server::start();
    server.tell(&story());
    let view = |who: User, customer: &str| question("user", &who.to_string(), "customer.view", "customer", customer);
    let read = |who: User, on: &str| question("user", &who.to_string(), "subscription.read", "subscription", on);
    let delete = |who: User| question("user", &who.to_string(), "device.delete", "device", &guid(7, 1));
    let invite = |who: User| question("user", &who.to_string(), "invitation.send", "partner", FABRIKAM);
    let group = question("group", &format!("{FABRIKAM}/AdminAgents"), "customer.view", "customer", CONTOSO);
    let (yes, no) = (Some(true), Some(false));
    let cases = [
        ("alex", "about himself", view(ALEX, CONTOSO), yes),
        ("alex", "about himself, elsewhere", view(ALEX, NOBODYS), no),
        ("alex", "about himself and a subscription", read(ALEX, &guid(5, 1)), yes),
        ("alex", "about himself and his partner", invite(ALEX), yes),
        ("alex", "about somebody else", view(HELEN, CONTOSO), None),
        ("alex", "about somebody else and nothing", view(HELEN, NOBODYS), None),
        ("alex", "about his own group", group.clone(), None),
        ("helen", "about herself", invite(HELEN), no),
        ("greta", "about another of her tenant", invite(ALEX), None),
        ("nobody", "about herself", view(STRANGER, CONTOSO), no),
        ("nobody", "about another", view(ALEX, CONTOSO), None),
        ("colin", "about another of his tenant", view(CARLA, CONTOSO), None),
        ("colin", "about an agent", view(ALEX, CONTOSO), None),
        ("carla", "about an agent", view(ALEX, CONTOSO), yes),
        ("carla", "about an agent of nobody's", view(TARA, CONTOSO), no),
        ("carla", "about nobody", view(STRANGER, CONTOSO), no),
        ("carla", "about a group", group.clone(), yes),
        ("carla", "about an agent and her subscription", read(ALEX, &guid(5, 1)), yes),
        ("carla", "about another agent and that subscription", read(NOAH, &guid(5, 1)), no),
        ("carla", "about an agent and her device", delete(ALEX), no),
        ("carla", "about an agent and another's subscription", read(NOAH, &guid(5, 3)), None),
        ("carla", "about an agent and no subscription", read(NOAH, &guid(5, 99)), None),
        ("carla", "about an agent, elsewhere", view(ALEX, LITWARE), None),
        ("carla", "about an agent and his partner", invite(ALEX), None),
        ("Decider", "about an agent", view(ALEX, CONTOSO), yes),
        ("Decider", "about a group", group.clone(), yes),
        ("Decider", "about another agent", view(TARA, CONTOSO), no),
        ("Decider", "about a partner", invite(ALEX), yes),
        ("Auditor", "about an agent", read(NOAH, &guid(5, 3)), yes),
        ("Operator", "about an agent", delete(ALEX), no),
    ];
    let mut wrong = Vec::new();
    for (who, what, question, expected) in cases {
        let reply = caller(&server, who).post("/access/v1/evaluation", &question, &[]);
        let answer = match expected {
            Some(decision) if reply.status == 200 && reply.body["decision"] == decision => None,
            Some(decision) => Some(format!("expected {decision}, got {} {}", reply.status, reply.body)),
            None => reply.differs(403, "notAllowed", ""),
        };
        wrong.extend(answer.map(|answer| format!("{who} {what}: {answer}")));
        let batch = caller(&server, who).post("/access/v1/evaluations", &json!({"evaluations": [question]}), &[]);
        let one = &batch.body["evaluations"][0];
        let error = expected.is_none().then_some(403).map(Value::from);
        if (batch.status, &one["decision"]) != (200, &json!(expected.unwrap_or(false)))
            || one["context"].pointer("/error/status") != error.as_ref()
        {
            wrong.push(format!("{who} {what}, in a batch: {} {}", batch.status, batch.body));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The answer without the instant it was given at.
fn timeless(reply: &Reply) -> (u16, Value) {
    let mut body = reply.body.clone();
    body["context"]["time"] = Value::Null;
    (reply.status, body)
}

#[test]
fn what_is_not_yours_to_know_answers_as_what_is_not_there() {
    let server = Server::start();
    server.tell(&story());
    let partner = |mut question: Value, partner: &str| {
        question["resource"]["properties"] = json!({"partner": partner});
        question
    };
    let user = |who: User, action, kind, on: &str| question("user", &who.to_string(), action, kind, on);
    let nothing = guid(5, 99);
    let revoke = user(CARLA, "dap.revoke", "customer", CONTOSO);
    let cases = [
        ("tara", user(TARA, "customer.view", "customer", CONTOSO), user(TARA, "customer.view", "customer", NOBODYS)),
        ("tara", user(TARA, "customer.view", "customer", FABRIKAM), user(TARA, "customer.view", "customer", NOBODYS)),
        ("tara", user(TARA, "invitation.send", "partner", FABRIKAM), user(TARA, "invitation.send", "partner", NOBODYS)),
        (
            "noah",
            user(NOAH, "subscription.read", "subscription", &guid(5, 99)),
            user(NOAH, "subscription.read", "subscription", &guid(5, 98)),
        ),
        (
            "tara",
            user(TARA, "subscription.read", "subscription", &guid(5, 1)),
            user(TARA, "subscription.read", "subscription", &nothing),
        ),
        ("tara", user(TARA, "device.delete", "device", &guid(7, 1)), user(TARA, "device.delete", "device", &nothing)),
        (
            "lena",
            user(LENA, "directory.administer", "customer", CONTOSO),
            user(LENA, "directory.administer", "customer", NOBODYS),
        ),
        ("carla", partner(revoke.clone(), TAILSPIN), partner(revoke, NOBODYS)),
    ];
    for (who, there, not_there) in cases {
        let client = caller(&server, who);
        let [there, not_there] = [there, not_there].map(|mut question| {
            question["context"] = json!({"explain": true});
            timeless(&client.post("/access/v1/evaluation", &question, &[]))
        });
        assert_eq!(there, not_there, "{who}");
        assert_eq!((there.0, &there.1["decision"]), (200, &json!(false)), "{who}");
        if who != "carla" {
            assert_eq!(there.1["context"]["reasons"], json!([]), "no rule beside it (VIS-3)");
        }
    }
}

#[test]
fn batches_share_defaults_and_stop_where_they_are_told() {
    let server = Server::start();
    server.tell(&story());
    let decider = server.service("Decider");
    let alex = json!({"type": "user", "id": ALEX.to_string()});
    let action = |name: &str| json!({"action": {"name": name}});
    // Alex sees Contoso, and does no longer administer its directory.
    let (yes, no) = (action("customer.view"), action("directory.administer"));
    let ask = |evaluations: Value, options: Value| {
        let contoso = json!({"type": "customer", "id": CONTOSO});
        let body = json!({"subject": alex, "resource": contoso, "evaluations": evaluations, "options": options});
        decider.post("/access/v1/evaluations", &body, &[])
    };
    let decisions = |reply: &Reply| -> Vec<bool> {
        assert_eq!(reply.status, 200, "{}", reply.body);
        let answers = reply.body["evaluations"].as_array().unwrap().iter();
        answers.map(|answer| answer["decision"].as_bool().unwrap()).collect()
    };
    let cases = [
        (json!([yes, no, yes]), json!({}), vec![true, false, true]),
        (json!([yes, no, yes]), json!({"evaluations_semantic": "execute_all"}), vec![true, false, true]),
        (json!([yes, no, yes]), json!({"evaluations_semantic": "deny_on_first_deny"}), vec![true, false]),
        (json!([no, yes, no]), json!({"evaluations_semantic": "permit_on_first_permit"}), vec![false, true]),
        (json!([yes, yes]), json!({"evaluations_semantic": "deny_on_first_deny", "else": 7}), vec![true, true]),
    ];
    for (evaluations, options, expected) in cases {
        assert_eq!(decisions(&ask(evaluations, options.clone())), expected, "{options}");
    }
    // What an evaluation says itself goes before the defaults; what lacks a part is answered on its own.
    let litware = json!({"action": {"name": "directory.administer"}, "resource": {"type": "customer", "id": LITWARE}});
    let reply = ask(json!([litware, {}, yes]), json!({}));
    assert_eq!(decisions(&reply), [true, false, true]);
    assert_eq!(reply.body["evaluations"][1]["context"]["error"]["status"], 400);
    assert!(reply.body["evaluations"][1]["context"]["error"]["message"].as_str().unwrap().contains("action"));
    // Without evaluations it is one question.
    let mut one = question("user", &ALEX.to_string(), "customer.view", "customer", CONTOSO);
    for evaluations in [None, Some(json!([]))] {
        evaluations.into_iter().for_each(|evaluations| one["evaluations"] = evaluations);
        let reply = decider.post("/access/v1/evaluations", &one, &[]);
        assert_eq!((reply.status, &reply.body["decision"]), (200, &json!(true)), "{}", reply.body);
        assert!(reply.body.get("evaluations").is_none());
    }
}

#[test]
fn questions_about_the_past_and_their_reasons() {
    let server = Server::start();
    server.tell(&world::tenants());
    let [invited, accepted] = world::relationship(&guid(1, 1), ALEX, CARLA, true);
    server.user(ALEX).command(invited.command, &invited.data);
    let accepted = server.user(CARLA).command(accepted.command, &accepted.data);
    let revoked = server.user(CARLA).command("RevokeDap", &json!({"customer": CONTOSO, "partner": FABRIKAM}));
    let position = |recorded: &Value, n: usize| recorded["positions"][n].as_u64().unwrap();
    let (established, granted) = (position(&accepted, 1), position(&accepted, 2));
    let ask = |context: Value| {
        let mut question = question("user", &ALEX.to_string(), "directory.administer", "customer", CONTOSO);
        question["context"] = context;
        let reply = server.user(ALEX).post("/access/v1/evaluation", &question, &[]);
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.body
    };
    let since = position(&revoked, 0);
    // About a moment: decision, the position it counts as.
    let cases = [
        (json!({}), false, since),
        (json!({"position": since}), false, since),
        (json!({"position": granted}), true, granted),
        (json!({"position": established}), true, granted), // inside a commit: its end
        (json!({"position": established - 1}), true, granted), // its first event, too
        (json!({"position": established - 2}), false, established - 2),
        (json!({"time": accepted["recordedAt"]}), true, granted),
        (json!({"time": revoked["recordedAt"]}), false, since),
        (json!({"time": "2020-06-19T08:00:00Z"}), false, 0),
    ];
    for (context, decision, position) in cases {
        let answer = ask(context.clone());
        let got = (&answer["decision"], &answer["context"]["position"], &answer["context"]["rules"]);
        assert_eq!(got, (&json!(decision), &json!(position), &json!("2")), "{context}");
        assert!(answer["context"].get("reasons").is_none(), "reasons where they are asked for: {answer}");
    }
    let why = ask(json!({"position": granted, "explain": true}));
    let by = |user: User| json!({"user": {"tenant": user.tenant, "user": user.user}, "authentication": "token", "issuer": "urn:procura:dev"});
    let joined = server.service("Auditor").get("/v1/events/9/proof").body["event"].clone();
    let joined: Value = serde_json::from_str(joined.as_str().unwrap()).unwrap();
    let joined = json!({"position": 9, "event": "GroupMemberAdded", "time": joined["recordedAt"], "by": by(GRETA)});
    let carla = json!({"user": {"tenant": CONTOSO, "user": CARLA.user}, "authentication": "token", "issuer": "urn:procura:dev"});
    let time = &accepted["recordedAt"];
    let because = json!([joined, {"position": granted, "event": "DapGranted", "time": time, "by": carla}]);
    assert_eq!(why["context"]["reasons"], json!([{"rule": "DAP-1", "because": because}]));
    assert_eq!(why["context"]["time"], accepted["recordedAt"]);
    let why = ask(json!({"explain": true}));
    let reason = &why["context"]["reasons"][0];
    let time = &revoked["recordedAt"];
    let because = json!([{"position": since, "event": "DapRevoked", "time": time, "by": carla}]);
    assert_eq!((&reason["rule"], &reason["because"]), (&json!("DAP-1"), &because));
    let ended = format!("ended by DapRevoked at position {since}");
    assert_eq!(reason["missing"], format!("delegated admin privileges are not in force: {ended}"));
}

#[test]
fn whoever_lost_the_customer_is_not_told_why_it_could() {
    let server = Server::start();
    server.tell(&world::tenants());
    server.tell(&world::relationship(&guid(1, 1), ALEX, CARLA, true));
    let then = server.service("Auditor").get("/v1/residual-access").position.unwrap();
    server.tell(&[world::joins(GRETA, "AdminAgents", FRANK)]);
    server.tell(&[by(
        GRETA,
        "RemoveGroupMember",
        json!({"partner": FABRIKAM, "group": "AdminAgents", "user": ALEX.user}),
    )]);
    let mut question = question("user", &ALEX.to_string(), "directory.administer", "customer", CONTOSO);
    question["context"] = json!({"position": then, "explain": true});
    let reasons = |client: &Client| {
        let reply = client.post("/access/v1/evaluation", &question, &[]);
        assert_eq!((reply.status, &reply.body["decision"]), (200, &json!(true)), "{}", reply.body);
        reply.body["context"]["reasons"].as_array().unwrap().len()
    };
    // That it could, it may say of itself; what it rests on is the customer's past (DAP-6).
    assert_eq!(
        [reasons(&server.user(ALEX)), reasons(&server.user(CARLA)), reasons(&server.service("Decider"))],
        [0, 1, 1]
    );
}

// --- Who may write ---

#[test]
fn services_write_what_is_theirs_to_write_and_nothing_else() {
    let server = Server::start();
    server.tell(&world::with_relationships());
    let position = server.service("Auditor").get("/v1/residual-access").position;
    for line in world::commands() {
        let path = format!("/v1/commands/{}", line.command);
        let auditor = server.service("Auditor").post(&path, &line.data, &[]);
        assert_eq!(auditor.differs(403, "notAllowed", ""), None, "{}", line.command);
        assert_eq!((auditor.text("rule"), auditor.position), ("VIS-4", position), "{}", line.command);
        // A Decider only asks: as a user it is one of no registered tenant.
        let decider = server.service("Decider").post(&path, &line.data, &[]);
        assert_eq!((decider.differs(403, "notAllowed", ""), decider.position), (None, position), "{}", line.command);
        // Operators register tenants and say what their people are called, everywhere.
        if !["RegisterPartner", "RegisterCustomer", "DescribeUser"].contains(&line.command) {
            let operator = server.service("Operator").post(&path, &line.data, &[]);
            assert_eq!(
                (operator.differs(403, "notAllowed", ""), operator.position),
                (None, position),
                "{}",
                line.command
            );
        }
    }
    // A service role takes nothing from the rules: Carla's token as an auditor's writes nothing, even what Carla may.
    let carla = server.client(CONTOSO, CARLA.user, &["Auditor"]);
    let revoke = json!({"customer": CONTOSO, "partner": FABRIKAM});
    assert_eq!(carla.post("/v1/commands/RevokeDap", &revoke, &[]).text("rule"), "VIS-4");
    server.user(CARLA).command("RevokeDap", &revoke);
}
