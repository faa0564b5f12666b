//! Reports over HTTP: who may have which, in which form, and that whoever may have one gets the bytes that everybody gets.

use crate::lists::{caller, told_with};
use procura_tests::{
    Client, Reply, Server,
    world::{
        self, ALEX, CARLA, COLIN, CONTOSO, FABRIKAM, GRETA, HELEN, LENA, LITWARE, NADIA, NOAH, NORTHWIND, STRANGER,
        guid,
    },
};
use serde_json::{Value, json};

fn server() -> Server {
    let server = Server::start();
    let mut lines = world::with_relationships();
    lines.extend(world::relationship(&guid(1, 4), NOAH, LENA, true));
    server.tell(&lines);
    server
}

fn get(client: &Client, path: &str) -> Reply {
    client.send("GET", &format!("/v1/reports/{path}"), &[], "")
}

/// What the answer covers: the customers and partners in it, and the parameters that it states.
fn covered(reply: &Reply) -> String {
    if reply.status != 200 {
        return match reply.differs(reply.status, reply.text("code"), "") {
            Some(wrong) => wrong,
            None => reply.text("code").to_owned(),
        };
    }
    let name = |id: &Value| match id.as_str() {
        Some(CONTOSO) => "Contoso",
        Some(LITWARE) => "Litware",
        Some(FABRIKAM) => "Fabrikam",
        Some(NORTHWIND) => "Northwind",
        _ => "all",
    };
    let stated = |field: &str| name(&reply.body["parameters"][field]);
    let mut found: Vec<_> = reply
        .items()
        .iter()
        .map(|item| format!("{}/{}", name(&item["customer"]["id"]), name(&item["partner"]["id"])))
        .collect();
    found.sort();
    found.dedup();
    format!("{} {}: {}", stated("customer"), stated("partner"), found.join(" "))
}

#[test]
fn vis_1_vis_2_vis_4_everybody_gets_the_reports_of_what_is_theirs_to_know() {
    let server = server();
    let everything = "all all: Contoso/Fabrikam Contoso/Northwind Litware/Northwind";
    let of_contoso = "Contoso all: Contoso/Fabrikam Contoso/Northwind";
    let of_fabrikam = "all Fabrikam: Contoso/Fabrikam";
    let of_both = "Contoso Fabrikam: Contoso/Fabrikam";
    let of_northwind = "all Northwind: Contoso/Northwind Litware/Northwind";
    let (contoso, litware) = (format!("?customer={CONTOSO}"), format!("?customer={LITWARE}"));
    let (fabrikam, northwind) = (format!("?partner={FABRIKAM}"), format!("?partner={NORTHWIND}"));
    let both = format!("?customer={CONTOSO}&partner={FABRIKAM}");
    let queries = ["", &contoso, &litware, &fabrikam, &northwind, &both];
    let no = "notFound";
    for (who, client, expected) in [
        (
            "operator",
            server.service("Operator"),
            [everything, of_contoso, "Litware all: Litware/Northwind", of_fabrikam, of_northwind, of_both],
        ),
        (
            "auditor",
            server.service("Auditor"),
            [everything, of_contoso, "Litware all: Litware/Northwind", of_fabrikam, of_northwind, of_both],
        ),
        ("decider", server.service("Decider"), [no; 6]),
        (
            "Contoso's Global administrator",
            server.user(CARLA),
            [of_contoso, of_contoso, no, of_both, "Contoso Northwind: Contoso/Northwind", of_both],
        ),
        (
            "Litware's",
            server.user(LENA),
            [
                "Litware all: Litware/Northwind",
                no,
                "Litware all: Litware/Northwind",
                no,
                "Litware Northwind: Litware/Northwind",
                no,
            ],
        ),
        ("somebody of Contoso", server.user(COLIN), [no; 6]),
        ("Fabrikam's Admin agent", server.user(ALEX), [of_fabrikam, of_both, no, of_fabrikam, no, of_both]),
        ("Fabrikam's Helpdesk agent", server.user(HELEN), [of_fabrikam, of_both, no, of_fabrikam, no, of_both]),
        ("Fabrikam's Global administrator", server.user(GRETA), [of_fabrikam, of_both, no, of_fabrikam, no, of_both]),
        (
            "Northwind's Global administrator",
            server.user(NADIA),
            [
                of_northwind,
                "Contoso Northwind: Contoso/Northwind",
                "Litware Northwind: Litware/Northwind",
                no,
                of_northwind,
                no,
            ],
        ),
        ("a stranger", server.user(STRANGER), [no; 6]),
        ("nobody", server.stranger(), ["unauthenticated"; 6]),
    ] {
        let found = queries.map(|query| covered(&get(&client, &format!("support-duties{query}"))));
        assert_eq!(found, expected, "{who}");
    }
}

/// A partner's agent and an auditor who asks for the same get the same bytes; and each can check what the other has.
#[test]
fn who_gets_a_report_gets_the_bytes_that_everybody_gets() {
    let server = server();
    let (auditor, at) = (server.service("Auditor"), 24);
    for (client, narrow) in [
        (server.user(ALEX), format!("partner={FABRIKAM}")),
        (server.user(GRETA), format!("partner={FABRIKAM}")),
        (server.user(CARLA), format!("customer={CONTOSO}")),
    ] {
        for name in ["access-review", "residual-access", "dap-inventory", "changes", "support-duties"] {
            for format in ["json", "csv", "html"] {
                let from = if name == "changes" { "&from=3" } else { "" };
                let path = format!("{name}?format={format}&lang=fr&at={at}{from}");
                let theirs = get(&client, &path);
                let same = get(&auditor, &format!("{path}&{narrow}"));
                assert_eq!((theirs.status, theirs.position), (200, Some(at)), "{}", theirs.body);
                assert_eq!(theirs.header("procura-time"), same.header("procura-time"), "{name} {format}");
                assert!(theirs.header("procura-time").ends_with('Z'), "{name} {format}");
                assert_eq!(theirs.body, same.body, "{name} {format}");
            }
        }
    }
}

/// Who loses the right loses the past with it.
#[test]
fn dap_6_a_report_about_the_past_is_for_those_who_may_see_it_now() {
    let server = server();
    let alex = server.user(ALEX);
    assert_eq!(get(&alex, "residual-access?at=20").status, 200);
    let left = json!({"partner": FABRIKAM, "group": "AdminAgents", "user": ALEX.user});
    server.user(GRETA).command("RemoveGroupMember", &left);
    assert_eq!(get(&alex, "residual-access?at=20").differs(404, "notFound", ""), None);
}

/// A customer is told who could act in its tenant while they could, and nothing else of a partner's people.
#[test]
fn vis_3_a_customer_learns_of_a_partners_people_what_concerns_it() {
    let server = server();
    let joined = |group: &str, user: &str| json!({"partner": FABRIKAM, "group": group, "user": user});
    server.user(GRETA).command("AddGroupMember", &joined("HelpdeskAgents", &guid(9, 1)));
    let changes = |client: &Client| get(client, "changes?from=0").body["memberships"].as_array().unwrap().len();
    // Fabrikam's one, after the relationship began. Before that, three had joined its groups, and one Northwind's.
    assert_eq!(changes(&server.user(CARLA)), 1);
    assert_eq!(changes(&server.user(ALEX)), 4);
    assert_eq!(changes(&server.service("Auditor")), 5);
    assert_eq!(changes(&server.user(LENA)), 0);
}

/// A partner may be given a role by another partner's people, whom it may not know of: no report of it tells anybody who
/// that was.
#[test]
fn vis_3_a_report_of_a_partner_names_no_people_of_another() {
    let role = |role: &str, partner: &str| {
        json!({"customer": CONTOSO, "subscription": "5b000000-0000-4000-8000-000000000001", "role": role,
            "principal": {"group": "AdminAgents", "partner": partner}})
    };
    let assigned = [(CARLA, role("Owner", NORTHWIND)), (NOAH, role("Reader", FABRIKAM))];
    let (_directory, server) = told_with(&assigned);
    let (carla, alex) = (caller(&server, "carla"), caller(&server, "alex"));
    let auditor = server.service("Auditor");
    for (path, event) in [
        ("access-review?at=46", "granted"),
        ("residual-access?at=46", "granted"),
        ("changes?from=44&at=46", "recorded"),
    ] {
        let reader = |reply: &Reply| {
            let found = reply.items().iter().find(|item| item[event]["position"] == 46);
            found.unwrap_or_else(|| panic!("{path}: {}", reply.body)).clone()
        };
        // Of the partner, whoever asks; and of both, for the customer's Global administrator as well.
        for (client, narrow) in [
            (&alex, String::new()),
            (&auditor, format!("&partner={FABRIKAM}")),
            (&carla, format!("&partner={FABRIKAM}")),
        ] {
            let reply = get(client, &format!("{path}{narrow}"));
            let row = reader(&reply);
            assert!(row["role"] == "Reader" && row[event]["event"] == "RoleAssigned", "{row}");
            assert!(row[event].get("by").is_none(), "{row}");
            for format in ["json", "csv", "html"] {
                let text = get(client, &format!("{path}{narrow}&format={format}")).body.to_string();
                for nils in ["Northwind", NORTHWIND, "b0000000-0000-4000-8000-000000000011"] {
                    assert!(!text.contains(nils), "{path}{narrow} {format}: {text}");
                }
                assert!(format == "html" || text.contains("RoleAssigned"), "{text}");
            }
        }
        // Others are told: Fabrikam its own people, and whoever reads of all partners Northwind's.
        let own = get(&alex, "access-review?at=46").body.to_string();
        assert!(own.contains(ALEX.user), "{own}");
        for (client, narrow) in [(&auditor, format!("&customer={CONTOSO}")), (&carla, String::new())] {
            let row = reader(&get(client, &format!("{path}{narrow}")));
            assert_eq!(row[event]["by"]["tenantName"], "Northwind", "{row}");
        }
    }
}

#[test]
fn the_form_and_the_language_are_those_that_the_caller_accepts() {
    let server = server();
    let auditor = server.service("Auditor");
    let of = |path: &str, headers: &[(&str, &str)]| {
        let reply = auditor.send("GET", &format!("/v1/reports/dap-inventory{path}"), headers, "");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert_eq!(reply.header("content-security-policy"), "default-src 'none'; style-src 'unsafe-inline'");
        let language = match reply.body.as_str() {
            Some(page) if page.contains("<html lang=\"fr\">") => " fr",
            Some(page) if page.contains("<html lang=\"en\">") => " en",
            _ => "",
        };
        format!("{}{language}", reply.header("content-type"))
    };
    let html = |language: &str| format!("text/html; charset=utf-8 {language}");
    let browser = ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
    let (french, german) =
        (("accept-language", "fr-CA,fr;q=0.9,en;q=0.8"), ("accept-language", "de,en-GB;q=0.5,fr;q=0.3"));
    assert_eq!(of("", &[]), "application/json; charset=utf-8");
    assert_eq!(of("", &[("accept", "*/*")]), "application/json; charset=utf-8");
    assert_eq!(of("", &[("accept", "text/csv")]), "text/csv; charset=utf-8; header=present");
    assert_eq!(of("", &[browser]), html("en"));
    assert_eq!(of("", &[browser, french]), html("fr"));
    assert_eq!(of("", &[browser, german]), html("en"));
    assert_eq!(of("?format=html&lang=en", &[("accept", "text/csv"), french]), html("en"));
}

#[test]
fn what_cannot_be_read_is_said() {
    let server = server();
    let auditor = server.service("Auditor");
    for (path, status, code, says) in [
        ("everything", 404, "notFound", ""),
        ("access-review", 400, "invalidRequest", "`customer` or `partner` is missing"),
        ("changes", 400, "invalidRequest", "`from` is missing"),
        ("changes?from=5&until=3", 400, "invalidRequest", "`from` is after `until`"),
        ("residual-access?from=5", 400, "invalidRequest", "`from` and `until` are parameters of `changes`"),
        ("residual-access?limit=5", 400, "invalidRequest", "limit"),
        ("residual-access?format=pdf", 400, "invalidRequest", "`format`: `pdf` is none of json, csv, html"),
        ("residual-access?lang=de", 400, "invalidRequest", "`lang`: `de` is none of en, fr"),
        ("residual-access?at=soon", 400, "invalidRequest", "`at`: "),
        ("residual-access?customer=contoso", 400, "invalidRequest", "customer"),
        ("residual-access?at=999", 422, "invalidRequest", "position 999 is beyond the newest"),
    ] {
        assert_eq!(get(&auditor, path).differs(status, code, says), None, "{path}");
    }
}

/// `procura report` and `procura report verify` at a server.
#[test]
fn the_command_line_has_reports_of_a_server_and_checks_them() {
    let server = server();
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("report.html");
    let run = |token: &str, arguments: &[&str]| {
        let mut command = procura_tests::procura();
        command.arg("report").args(arguments).args(["--server", &server.url, "--token", token]);
        procura_tests::run(&mut command, "")
    };
    let (alex, stranger) = (server.user(ALEX).token, server.user(STRANGER).token);
    let path = file.to_str().unwrap();
    let made = run(&alex, &["access-review", "--format", "html", "--lang", "fr", "--output", path]);
    assert_eq!((made.code, made.stderr.as_str()), (0, ""));
    server
        .user(GRETA)
        .command("AddGroupMember", &json!({"partner": FABRIKAM, "group": "AdminAgents", "user": guid(9, 1)}));
    for token in [&alex, &server.service("Auditor").token] {
        let verified = run(token, &["verify", path]);
        assert_eq!(verified.code, 0, "{}", verified.stderr);
    }
    // Signed by the server, whose key the log's is; checked without either.
    let signed = run(&alex, &["residual-access", "--format", "csv", "--output", path, "--sign"]);
    assert_eq!((signed.code, signed.stderr.as_str()), (0, ""));
    let key = home.path().join("log.vkey");
    let verifier =
        procura_tests::run(procura_tests::procura().args(["checkpoint", "key", "--data"]).arg(server.data()), "");
    std::fs::write(&key, &verifier.stdout).unwrap();
    let offline = |file: &str| {
        let mut command = procura_tests::procura();
        procura_tests::run(command.args(["report", "verify", file, "--key"]).arg(&key), "")
    };
    let verified = offline(path);
    assert!(verified.code == 0 && verified.stdout.starts_with("yes: the key of the log "), "{}", verified.stderr);
    let row = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, row + "1").unwrap();
    let verified = offline(path);
    assert!(verified.code == 1 && verified.stderr.contains("another file"), "{}", verified.stderr);
    let signature = |client: &Client, query: &str| get(client, &format!("access-review/signature?format=json{query}"));
    assert_eq!(signature(&server.user(ALEX), "").differs(400, "invalidRequest", "`at`: is missing"), None);
    assert_eq!(signature(&server.user(STRANGER), "&at=9").differs(404, "notFound", ""), None);
    let made = run(&alex, &["access-review", "--format", "html", "--lang", "fr", "--output", path]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let not_theirs = run(&stranger, &["verify", path]);
    assert_eq!(not_theirs.code, 1, "{}", not_theirs.stderr);
    assert_eq!(run("no token", &["verify", path]).code, 2);
    let changed = std::fs::read_to_string(&file).unwrap().replace("Contoso", "Contosa");
    std::fs::write(&file, changed).unwrap();
    let verified = run(&alex, &["verify", path]);
    assert_eq!(verified.code, 1);
    assert!(verified.stderr.contains("line ") && verified.stderr.contains("Contosa"), "{}", verified.stderr);
}
