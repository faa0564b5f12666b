//! Invitations over HTTP: the list, one of them, its draft; how each stands when; and who sees what of it.

use mail_parser::MessageParser;
use procura_tests::{Client, Reply, Server, apply, world};
use serde_json::{Value, json};
use std::fmt::Write;
use tempfile::TempDir;
use world::{
    ALEX, CARLA, COLIN, CONTOSO, FABRIKAM, FRANK, GRETA, HELEN, LENA, LITWARE, Line, NADIA, NOAH, NORTHWIND, SAM,
    STRANGER, User, by, guid,
};

/// The routes whose visibility is tested here.
pub(crate) const ROUTES: &[&str] =
    &["/v1/partners/{partner}/invitations", "/v1/invitations/{invitation}", "/v1/invitations/{invitation}/draft"];

const ACCEPTED: u64 = 1;
const MANY: u64 = 2;
const WITHDRAWN: u64 = 3;
const EXPIRED: u64 = 4;
const OPEN: u64 = 5;

/// Fabrikam's invitations of 2020, a day apart: one accepted, one for many, one withdrawn, one expired; Northwind's one.
/// Last, without a date, one that is open.
fn invitations() -> Vec<(Line, Option<&'static str>)> {
    let send = |agent: User, number, more: Value| {
        let mut fields = json!({"invitation": guid(1, number), "partner": agent.tenant, "locale": "en",
            "delegatedAdmin": false});
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        by(agent, "SendInvite", fields)
    };
    let answer = |administrator: User, command, number| {
        by(administrator, command, json!({"invitation": guid(1, number), "customer": administrator.tenant}))
    };
    let message = json!({"subject": "Une relation à établir", "body": "Chère Carla,\n\nc’est ici : {link}\n\nSam 🙂"});
    let edited = json!({"delegatedAdmin": true, "recipient": "carla@contoso.example", "message": message});
    vec![
        (send(ALEX, ACCEPTED, edited), Some("2020-06-02")),
        (send(SAM, MANY, json!({"locale": "fr", "uses": "many", "expiresInDays": 365})), Some("2020-06-03")),
        (send(SAM, WITHDRAWN, json!({})), Some("2020-06-04")),
        (send(ALEX, EXPIRED, json!({"expiresInDays": 1})), Some("2020-06-05")),
        (send(NOAH, 6, json!({})), Some("2020-06-06")),
        (answer(CARLA, "AcceptInvite", ACCEPTED), Some("2020-06-07")),
        (answer(LENA, "AcceptInvite", MANY), Some("2020-06-08")),
        (answer(CARLA, "DeclineInvite", MANY), Some("2020-06-09")),
        (by(SAM, "WithdrawInvite", json!({"invitation": guid(1, WITHDRAWN)})), Some("2020-06-10")),
        (send(SAM, OPEN, json!({"locale": "fr", "delegatedAdmin": true})), None),
    ]
}

fn server() -> (TempDir, Server) {
    let directory = tempfile::tempdir().unwrap();
    let tenants =
        world::tenants().into_iter().zip(0..).map(|(line, minute)| (line, format!("2020-06-01T08:{minute:02}:00Z")));
    let dated = invitations().into_iter().filter_map(|(line, day)| Some((line, format!("{}T08:00:00Z", day?))));
    let mut lines = String::new();
    for (Line { command, actor, data }, at) in tenants.chain(dated) {
        writeln!(lines, "{}", json!({"command": command, "actor": actor.json(), "at": at, "data": data})).unwrap();
    }
    apply(directory.path(), &lines).all_recorded();
    let server = Server::start_on(directory.path());
    let now: Vec<_> = invitations().into_iter().filter(|(_, day)| day.is_none()).map(|(line, _)| line).collect();
    server.tell(&now);
    (directory, server)
}

fn list(partner: &str, query: &str) -> String {
    format!("/v1/partners/{partner}/invitations{query}")
}

fn single(number: u64) -> String {
    format!("/v1/invitations/{}", guid(1, number))
}

fn draft(number: u64, query: &str) -> String {
    format!("/v1/invitations/{}/draft{query}", guid(1, number))
}

/// A list in short: the invitations' numbers and how they stand.
fn standing(reply: &Reply) -> Vec<String> {
    let short = reply.items().iter().map(|item| {
        let number = item["invitation"].as_str().unwrap().rsplit('0').next().unwrap();
        format!("{number} {}", item["state"].as_str().unwrap())
    });
    short.collect()
}

#[test]
fn a_partner_lists_its_invitations() {
    let (_log, server) = server();
    let sam = server.user(SAM);
    let reply = sam.get(&list(FABRIKAM, ""));
    assert_eq!(
        standing(&reply),
        ["1 used", "2 open", "3 withdrawn", "4 expired", "5 open"].map(|item| match item {
            // 365 days from June 2020 are over.
            "2 open" => "2 expired".to_owned(),
            item => item.to_owned(),
        })
    );
    assert_eq!(
        reply.items()[0],
        json!({
            "invitation": guid(1, ACCEPTED), "delegatedAdmin": true, "locale": "en", "uses": "once", "state": "used",
            "sentAt": "2020-06-02T08:00:00Z", "expiresAt": "2020-08-31T08:00:00Z",
            "acceptedBy": [{"customer": CONTOSO, "at": "2020-06-07T08:00:00Z"}], "declinedBy": [],
            "link": format!("{}/invitations/{}", server.url, guid(1, ACCEPTED)),
        })
    );
    let many = &reply.items()[1];
    assert_eq!((&many["locale"], &many["uses"]), (&json!("fr"), &json!("many")));
    assert_eq!(many["acceptedBy"], json!([{"customer": LITWARE, "at": "2020-06-08T08:00:00Z"}]));
    assert_eq!(many["declinedBy"], json!([{"customer": CONTOSO, "at": "2020-06-09T08:00:00Z"}]));
    assert_eq!(standing(&server.user(NOAH).get(&list(NORTHWIND, ""))), ["6 expired"]);
}

#[test]
fn an_invitation_stands_as_it_stood_then() {
    let (_log, server) = server();
    let sam = server.user(SAM);
    for (at, expected) in [
        ("2020-06-01T23:00:00Z", &[][..]),
        ("2020-06-05T08:00:00Z", &["1 open", "2 open", "3 open", "4 open"]),
        ("2020-06-06T07:59:59Z", &["1 open", "2 open", "3 open", "4 open"]),
        // What expires at T holds before T and not at T.
        ("2020-06-06T08:00:00Z", &["1 open", "2 open", "3 open", "4 expired"]),
        ("2020-06-07T08:00:00Z", &["1 used", "2 open", "3 open", "4 expired"]),
        ("2020-06-10T08:00:00Z", &["1 used", "2 open", "3 withdrawn", "4 expired"]),
        ("2020-12-31T00:00:00Z", &["1 used", "2 open", "3 withdrawn", "4 expired"]),
        ("2021-06-03T08:00:00Z", &["1 used", "2 expired", "3 withdrawn", "4 expired"]),
    ] {
        assert_eq!(standing(&sam.get(&list(FABRIKAM, &format!("?at={at}")))), expected, "{at}");
    }
    // By position: events 13 to 16 sent Fabrikam's first four.
    assert_eq!(standing(&sam.get(&list(FABRIKAM, "?at=14"))), ["1 open", "2 open"]);
    let then = sam.get(&format!("{}?at=14", single(MANY)));
    assert_eq!((then.position, &then.body["state"], &then.body["acceptedBy"]), (Some(14), &json!("open"), &json!([])));
    assert_eq!(sam.get(&format!("{}?at=13", single(MANY))).differs(404, "notFound", ""), None, "not sent yet");
    assert_eq!(sam.get(&draft(MANY, "?at=13")).differs(404, "notFound", ""), None);
}

#[test]
fn the_list_comes_in_pages() {
    let (_log, server) = server();
    let sam = server.user(SAM);
    let mut next = Some(list(FABRIKAM, "?limit=2"));
    let mut pages = Vec::new();
    while let Some(path) = next {
        let reply = sam.get(&path);
        pages.push(standing(&reply).len());
        next = reply.body["nextLink"].as_str().map(str::to_owned);
    }
    assert_eq!(pages, [2, 2, 1]);
    for (query, status, says) in [
        ("?limit=501", 400, "limit"),
        ("?customer=caaaaaaa-0000-4000-8000-000000000001", 400, "customer"),
        ("?at=2999-01-01T00:00:00Z", 422, "2999"),
        ("?status=open", 400, "status"),
    ] {
        assert_eq!(sam.get(&list(FABRIKAM, query)).differs(status, "invalidRequest", says), None, "{query}");
    }
}

/// INV-1, VIS-3: who may send invitations of that partner, and who reads everything, sees the list, an invitation, its
/// draft; a customer's Global administrator, who has the link, the invitation alone; to all others there is none.
#[test]
fn who_sees_what() {
    let (_log, server) = server();
    let user = |user| server.user(user);
    let rows: [(&str, Client, [u16; 3]); 15] = [
        ("an Admin agent", user(ALEX), [200, 200, 200]),
        ("a Sales agent", user(SAM), [200, 200, 200]),
        ("a Helpdesk agent", user(HELEN), [404, 404, 404]),
        ("the partner's Global administrator, in no group", user(GRETA), [404, 404, 404]),
        ("a user of the partner", user(FRANK), [404, 404, 404]),
        ("another partner's Admin agent", user(NOAH), [404, 404, 404]),
        ("another partner's Global administrator", user(NADIA), [404, 404, 404]),
        ("a customer's Global administrator", user(CARLA), [404, 200, 404]),
        ("another customer's Global administrator", user(LENA), [404, 200, 404]),
        ("a customer's user without a role", user(COLIN), [404, 404, 404]),
        ("a user of no registered tenant", user(STRANGER), [404, 404, 404]),
        ("an operator", server.service("Operator"), [200, 200, 200]),
        ("an auditor", server.service("Auditor"), [200, 200, 200]),
        ("a decider", server.service("Decider"), [404, 404, 404]),
        ("nobody", server.stranger(), [401, 401, 401]),
    ];
    let paths = [list(FABRIKAM, ""), single(OPEN), draft(OPEN, "")];
    for (who, client, expected) in &rows {
        let replies = paths.each_ref().map(|path| client.get(path));
        assert_eq!(replies.each_ref().map(|reply| reply.status), *expected, "{who}");
        for reply in replies.iter().filter(|reply| reply.status == 404) {
            assert_eq!(reply.differs(404, "notFound", ""), None, "{who}");
        }
        let file = client.get(&draft(OPEN, "?format=eml"));
        assert_eq!(file.status, expected[2], "{who}, as a file");
    }
    let operator = server.service("Operator");
    for path in [
        list(CONTOSO, ""),
        list(&guid(0xEE, 1), ""),
        list("fabrikam", ""),
        single(99),
        "/v1/invitations/1".to_owned(),
        draft(99, ""),
        "/v1/invitations/1/draft".to_owned(),
    ] {
        assert_eq!(operator.get(&path).differs(404, "notFound", ""), None, "{path}");
    }
}

#[test]
fn a_customer_sees_its_own_answers_and_not_the_e_mail() {
    let (_log, server) = server();
    let of_partner = server.user(ALEX).get(&single(ACCEPTED)).body;
    assert_eq!(
        (&of_partner["recipient"], &of_partner["partner"]["name"]),
        (&json!("carla@contoso.example"), &json!("Fabrikam"))
    );
    assert_eq!(of_partner["message"]["subject"], "Une relation à établir");
    let plain = server.user(ALEX).get(&single(OPEN)).body;
    assert_eq!((&plain["recipient"], &plain["message"]), (&Value::Null, &Value::Null));

    let [contoso, litware] = [CARLA, LENA].map(|user| server.user(user).get(&single(MANY)).body);
    assert_eq!(contoso["acceptedBy"], json!([]));
    assert_eq!(contoso["declinedBy"], json!([{"customer": CONTOSO, "at": "2020-06-09T08:00:00Z"}]));
    assert_eq!(litware["acceptedBy"], json!([{"customer": LITWARE, "at": "2020-06-08T08:00:00Z"}]));
    assert_eq!(litware["declinedBy"], json!([]));
    for seen in [&contoso, &litware, &server.user(CARLA).get(&single(ACCEPTED)).body] {
        let fields: Vec<_> = seen.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(
            fields,
            [
                "acceptedBy",
                "declinedBy",
                "delegatedAdmin",
                "expiresAt",
                "invitation",
                "link",
                "locale",
                "partner",
                "sentAt",
                "state",
                "uses",
            ]
        );
        assert_eq!(seen["partner"], json!({"id": FABRIKAM, "name": "Fabrikam"}));
    }
}

/// Who may see is asked about now, whichever moment is looked at.
#[test]
fn whoever_leaves_the_group_sees_no_invitation_of_any_time() {
    let (_log, server) = server();
    let alex = server.user(ALEX);
    let then = ["", "?at=2020-06-07T08:00:00Z"];
    let paths = then.map(|at| [list(FABRIKAM, at), single(ACCEPTED) + at, draft(ACCEPTED, at)]).concat();
    assert!(paths.iter().all(|path| alex.get(path).status == 200));
    server
        .user(GRETA)
        .command("RemoveGroupMember", &json!({"partner": FABRIKAM, "group": "AdminAgents", "user": ALEX.user}));
    for path in paths {
        assert_eq!(alex.get(&path).differs(404, "notFound", ""), None, "{path}");
    }
}

#[test]
fn inv_3_a_draft_as_text_and_as_mailto() {
    let (_log, server) = server();
    let sam = server.user(SAM);
    let link = |number| format!("{}/invitations/{}", server.url, guid(1, number));
    let edited = sam.get(&draft(ACCEPTED, "")).body;
    let mailto = edited["mailto"].as_str().unwrap();
    assert!(mailto.starts_with("mailto:carla@contoso.example?subject=Une%20relation%20%C3%A0%20%C3%A9tablir&body=Ch%C3%A8re%20Carla%2C%0D%0A"), "{mailto}");
    assert!(mailto.len() <= 2_000 && mailto.contains(&guid(1, ACCEPTED)));
    assert_eq!(
        edited,
        json!({
            "subject": "Une relation à établir", "link": link(ACCEPTED), "mailto": mailto,
            "text": format!("Chère Carla,\n\nc’est ici : {}\n\nSam 🙂", link(ACCEPTED)),
        })
    );
    let french = sam.get(&draft(OPEN, "")).body;
    assert_eq!(french["subject"], "Fabrikam vous demande une relation de revendeur");
    let text = french["text"].as_str().unwrap();
    assert!(text.contains("administrateurs généraux") && text.contains(&link(OPEN)), "{text}");
    let long = json!({"invitation": guid(1, 9), "partner": FABRIKAM, "delegatedAdmin": false, "locale": "en",
        "message": {"subject": "Long", "body": format!("{{link}}{}", "é".repeat(8_000))}});
    sam.command("SendInvite", &long);
    let long = sam.get(&draft(9, "")).body;
    assert_eq!(
        (&long["mailto"], long["text"].as_str().unwrap().chars().count()),
        (&Value::Null, 8_000 + link(9).len())
    );
}

#[test]
fn inv_3_a_draft_as_a_file() {
    let (_log, server) = server();
    let sam = server.user(SAM);
    let reply = sam.get(&draft(ACCEPTED, "?format=eml"));
    assert_eq!((reply.status, reply.header("content-type")), (200, "message/rfc822"));
    let file = format!("attachment; filename=\"invitation-{}.eml\"", guid(1, ACCEPTED));
    assert_eq!(reply.header("content-disposition"), file);
    for (accept, query, media_type) in [
        ("message/rfc822", "", "message/rfc822"),
        ("application/json;q=0.5, message/rfc822", "", "message/rfc822"),
        ("application/json", "", "application/json"),
        ("message/rfc822", "?format=json", "application/json"),
        ("application/json", "?format=eml", "message/rfc822"),
    ] {
        let reply = sam.send("GET", &draft(ACCEPTED, query), &[("accept", accept)], "");
        let told = (reply.status, reply.header("content-type"), reply.header("vary"));
        assert_eq!(told, (200, media_type, "Accept"), "{accept} {query}");
    }
    assert_eq!(reply.position, sam.get(&single(ACCEPTED)).position);
    let message = MessageParser::new().parse(reply.body.as_str().unwrap()).unwrap();
    assert_eq!(message.subject(), Some("Une relation à établir"));
    assert_eq!(message.to().unwrap().first().unwrap().address(), Some("carla@contoso.example"));
    assert_eq!((message.header_raw("X-Unsent").map(str::trim), message.from()), (Some("1"), None));
    let text = sam.get(&draft(ACCEPTED, "?format=json")).text("text").replace('\n', "\r\n");
    assert_eq!(message.body_text(0).unwrap(), text);
    assert!(message.body_html(0).unwrap().contains("<a href=\"http://"));
    for (query, says) in [("?format=pdf", "pdf"), ("?format=", "format"), ("?form=eml", "form")] {
        assert_eq!(sam.get(&draft(ACCEPTED, query)).differs(400, "invalidRequest", says), None, "{query}");
    }
}

#[test]
fn inv_2_links_follow_the_template_that_is_configured() {
    let data = tempfile::tempdir().unwrap();
    let template = "https://portal.example/accept?i={invitation}&from=mail";
    let server = Server::start_with(&data.path().join("data"), &["--invitation-link", template]);
    server.tell(&world::tenants());
    let (sam, expected) = (server.user(SAM), template.replace("{invitation}", &guid(1, 7)));
    let send = |body: &str| {
        let message = serde_json::json!({"subject": "Hi", "body": body});
        let fields = serde_json::json!({"invitation": guid(1, 7), "partner": FABRIKAM, "delegatedAdmin": true,
            "locale": "en", "message": message});
        sam.post("/v1/commands/SendInvite", &fields, &[])
    };
    let other = send(&format!("Here: {}/invitations/{}", server.url, guid(1, 7)));
    assert_eq!(other.differs(422, "linkMissing", ""), None);
    assert_eq!(send(&format!("Here: {expected}")).status, 201);
    assert_eq!(sam.get(&format!("/v1/invitations/{}", guid(1, 7))).text("link"), expected);
    assert!(sam.get(&draft(7, "")).text("text").contains(&expected));
    for wrong in
        ["https://portal.example/", "ftp://portal.example/{invitation}", "https://a.example/{invitation}{invitation}"]
    {
        let mut serve = procura_tests::procura();
        serve.arg("serve").arg("--data").arg(data.path().join("other")).args(["--dev", "--invitation-link", wrong]);
        let ran = procura_tests::run(&mut serve, "");
        assert!(ran.code == 2 && ran.stderr.contains("a link to invitations"), "{wrong}: {} {}", ran.code, ran.stderr);
    }
}
