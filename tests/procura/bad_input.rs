//! Bad input: each kind gets its stable code and a message that names the field, and leaves no byte.

use procura_domain::temporal::Timestamp;
use procura_server::BuiltInIssuer;
use procura_tests::{Client, Ran, Server, apply, export, procura, run, world};
use serde_json::{Value, json};
use std::{collections::HashMap, path::Path};
use world::{
    ALEX, Actor, CARLA, CONTOSO, FABRIKAM, FRANK, GRETA, LITWARE, Line, NOAH, NOBODYS, SAM, STRANGER, by, by_operator,
    guid,
};

// --- Commands ---

/// How a good command is spoilt.
enum Spoilt {
    /// The field at this pointer has another value, or is there where it should not be.
    With(&'static str, Value),
    /// The field at this pointer is left out.
    Without(&'static str),
    /// Its fields are this text.
    Text(String),
    /// Somebody else issues it.
    By(world::User),
}

/// What is wrong, with which command, how it is answered: code, status, what the message names.
type Case = (&'static str, &'static str, Spoilt, &'static str, u16, &'static str);

const NO_GUID: &str = "contoso";
const NOWHERE: &str = NOBODYS;

#[rustfmt::skip]
fn cases() -> Vec<Case> {
    use Spoilt::{By, Text, With, Without};
    let long = |letter: &str, chars: usize| Value::from(letter.repeat(chars));
    let with = |path, value: &str| With(path, value.into());
    let user = |tenant: &str, user: &str| json!({"tenant": tenant, "user": user});
    vec![
        // no JSON, or not the JSON of an object
        ("nothing", "SendInvite", Text(String::new()), "invalidCommand", 400, "JSON"),
        ("half an object", "SendInvite", Text(r#"{"partner":"#.into()), "invalidCommand", 400, "JSON"),
        ("two objects", "SendInvite", Text("{}{}".into()), "invalidCommand", 400, ""),
        ("half a surrogate", "SendInvite", Text(r#"{"locale":"\ud800"}"#.into()), "invalidCommand", 400, "JSON"),
        ("a number beyond numbers", "SendInvite", Text(r#"{"expiresInDays":1e999}"#.into()), "invalidCommand", 400, ""),
        ("a tower of lists", "SendInvite", Text(format!(r#"{{"locale":{}"#, "[".repeat(9_999))), "invalidCommand", 400, ""),
        ("a list", "RevokeDap", Text(format!(r#"["{CONTOSO}","{FABRIKAM}"]"#)), "invalidCommand", 400, "`data`"),
        ("a text", "RevokeDap", Text(r#""all of it""#.into()), "invalidCommand", 400, "`data`"),
        ("null", "RevokeDap", Text("null".into()), "invalidCommand", 400, "`data`"),
        ("a list inside", "SendInvite", With("/message", json!(["Hi", "{link}"])), "invalidCommand", 400, "`message`"),
        ("a list inside", "AssignRole", With("/principal", json!(["AdminAgents", FABRIKAM])), "invalidCommand", 400, "`principal`"),
        // names
        ("unknown command", "SendInvites", Text("{}".into()), "invalidCommand", 404, "`SendInvites`"),
        ("another spelling", "revokeDap", Text("{}".into()), "invalidCommand", 404, "`revokeDap`"),
        ("unknown field", "RevokeDap", With("/reason", json!("x")), "invalidCommand", 400, "`reason`"),
        ("unknown field inside", "SendInvite", With("/message/cc", json!("x")), "invalidCommand", 400, "`message.cc`"),
        ("`at` is for lines", "RevokeDap", With("/at", json!("2020-06-19T08:00:00Z")), "invalidCommand", 400, "`at`"),
        ("missing field", "SendInvite", Without("/delegatedAdmin"), "invalidCommand", 400, "`delegatedAdmin`"),
        ("missing field", "RegisterCustomer", Without("/globalAdministrator"), "invalidCommand", 400, "`globalAdministrator`"),
        ("missing field", "RegisterSubscription", Without("/subscription"), "invalidCommand", 400, "`subscription`"),
        ("missing field inside", "SendInvite", Without("/message/body"), "invalidCommand", 400, "`message.body`"),
        ("null for a field", "RevokeDap", With("/partner", Value::Null), "invalidCommand", 400, "`partner`"),
        ("duplicate field", "RevokeDap", Text(format!(r#"{{"customer":"{CONTOSO}","customer":"{LITWARE}","partner":"{FABRIKAM}"}}"#)), "invalidCommand", 400, "`customer`"),
        ("neither partner nor source", "AddDevice", Without("/partner"), "invalidCommand", 400, "`partner`"),
        ("partner and source", "AddDevice", With("/source", json!("intune")), "invalidCommand", 400, "`source`"),
        // types
        ("text for a truth", "SendInvite", With("/delegatedAdmin", json!("yes")), "invalidCommand", 400, "`delegatedAdmin`"),
        ("number for a text", "RegisterPartner", With("/name", json!(7)), "invalidCommand", 400, "`name`"),
        ("text for a number", "SendInvite", With("/expiresInDays", json!("90")), "invalidCommand", 400, "`expiresInDays`"),
        ("part of a day", "SendInvite", With("/expiresInDays", json!(1.5)), "invalidCommand", 400, "`expiresInDays`"),
        ("text for an object", "SendInvite", With("/message", json!("{link}")), "invalidCommand", 400, "`message`"),
        // ids
        ("no GUID", "RegisterPartner", with("/partner", NO_GUID), "invalidCommand", 422, "`partner`"),
        ("no GUID", "RevokeDap", with("/customer", "caaaaaaa00004000800000000000000001"), "invalidCommand", 422, "`customer`"),
        ("no GUID", "AddGroupMember", with("/user", "{f0000000-0000-4000-8000-000000000014}"), "invalidCommand", 422, "`user`"),
        ("no GUID", "SendInvite", with("/invitation", ""), "invalidCommand", 422, "`invitation`"),
        ("no GUID", "RemoveRoleAssignment", with("/roleAssignment", "6"), "invalidCommand", 422, "`roleAssignment`"),
        ("no GUID", "AssignRole", With("/principal", user(NO_GUID, FRANK.user)), "invalidCommand", 422, "`principal`"),
        // texts
        ("empty name", "RegisterPartner", with("/name", ""), "invalidCommand", 422, "`name`"),
        ("blank name", "RegisterCustomer", with("/name", " \t "), "invalidCommand", 422, "`name`"),
        ("long name", "RegisterCustomer", With("/name", long("é", 257)), "invalidCommand", 422, "`name`"),
        ("long name", "ProvisionSubscription", With("/name", long("n", 257)), "invalidCommand", 422, "`name`"),
        ("name of two lines", "RegisterSubscription", with("/name", "a\nb"), "invalidCommand", 422, "`name`"),
        ("a null in a name", "RegisterPartner", with("/name", "a\0b"), "invalidCommand", 422, "`name`"),
        ("no domain", "RegisterPartner", with("/domain", "contoso"), "invalidCommand", 422, "`domain`"),
        ("no domain", "RegisterCustomer", with("/domain", "https://contoso.com"), "invalidCommand", 422, "`domain`"),
        ("long domain", "RegisterCustomer", With("/domain", long("a.", 127)), "invalidCommand", 422, "`domain`"),
        ("no address", "SendInvite", with("/recipient", "carla"), "invalidCommand", 422, "`recipient`"),
        ("two addresses", "SendInvite", with("/recipient", "a@b.com, c@d.com"), "invalidCommand", 422, "`recipient`"),
        ("a header in an address", "SendInvite", with("/recipient", "a@b.com\r\nBcc: c@d.com"), "invalidCommand", 422, "`recipient`"),
        ("long subject", "SendInvite", With("/message/subject", long("s", 257)), "invalidCommand", 422, "`message.subject`"),
        ("a header in a subject", "SendInvite", with("/message/subject", "Hi\r\nBcc: c@d.com"), "invalidCommand", 422, "`message.subject`"),
        ("long body", "SendInvite", With("/message/body", long("é", 8_193)), "invalidCommand", 422, "`message.body`"),
        ("no link in it", "SendInvite", with("/message/body", "Come and see {LINK}"), "linkMissing", 422, "`message.body`"),
        ("long serial number", "AddDevice", With("/serialNumber", long("1", 129)), "invalidCommand", 422, "`serialNumber`"),
        ("empty model", "AddDevice", with("/model", ""), "invalidCommand", 422, "`model`"),
        ("long hash", "AddDevice", With("/hardwareHash", long("A", 8_193)), "invalidCommand", 422, "`hardwareHash`"),
        // numbers and choices
        ("no day", "SendInvite", With("/expiresInDays", json!(0)), "invalidCommand", 422, "`expiresInDays`"),
        ("a year and a day", "SendInvite", With("/expiresInDays", json!(366)), "invalidCommand", 422, "`expiresInDays`"),
        ("a day before", "SendInvite", With("/expiresInDays", json!(-1)), "invalidCommand", 422, "`expiresInDays`"),
        ("very many days", "SendInvite", With("/expiresInDays", json!(65_537)), "invalidCommand", 422, "`expiresInDays`"),
        ("unknown locale", "SendInvite", with("/locale", "de"), "invalidCommand", 422, "`locale`"),
        ("unknown uses", "SendInvite", with("/uses", "Once"), "invalidCommand", 422, "`uses`"),
        ("unknown group", "AddGroupMember", with("/group", "Owners"), "invalidCommand", 422, "`group`"),
        ("unknown kind", "RegisterSubscription", with("/kind", "aws"), "invalidCommand", 422, "`kind`"),
        ("unknown role", "AssignRole", with("/role", "GlobalAdministrator"), "invalidCommand", 422, "`role`"),
        ("roles where there are none", "ProvisionSubscription", with("/kind", "microsoft365"), "invalidCommand", 422, "`roleAssignment`"),
        // actors
        ("of no registered tenant", "SendInvite", By(STRANGER), "notAllowed", 403, ""),
        ("of no registered tenant", "RegisterPartner", By(STRANGER), "notAllowed", 403, ""),
        ("of no registered tenant", "RevokeDap", By(STRANGER), "notAllowed", 403, ""),
        ("no operator", "RegisterCustomer", By(CARLA), "notAllowed", 403, ""),
        // ids of nothing
        ("nobody's tenant", "SendInvite", with("/partner", NOWHERE), "notFound", 404, "`partner`"),
        ("nobody's tenant", "AddGroupMember", with("/partner", NOWHERE), "notFound", 404, "`partner`"),
        ("nobody's tenant", "RevokeDap", with("/customer", NOWHERE), "notFound", 404, "`customer`"),
        ("nobody's tenant", "RevokeDap", with("/partner", NOWHERE), "notFound", 404, ""),
        ("nobody's tenant", "ProvisionSubscription", with("/customer", NOWHERE), "notFound", 404, "`customer`"),
        ("nobody's tenant", "AddDevice", with("/customer", NOWHERE), "notFound", 404, "`customer`"),
        ("nobody's tenant", "AssignRole", With("/principal", user(NOWHERE, FRANK.user)), "notFound", 404, "`principal`"),
        ("no such invitation", "AcceptInvite", with("/invitation", NOWHERE), "notFound", 404, "`invitation`"),
        ("no such subscription", "AssignRole", with("/subscription", NOWHERE), "notFound", 404, "`subscription`"),
        ("no such assignment", "RemoveRoleAssignment", with("/roleAssignment", NOWHERE), "notFound", 404, "`roleAssignment`"),
        // ids of something else
        ("taken", "RegisterCustomer", with("/customer", FABRIKAM), "alreadyRegistered", 409, ""),
        ("taken", "SendInvite", with("/invitation", &guid(1, 1)), "alreadyExists", 409, "`invitation`"),
        ("taken", "ProvisionSubscription", with("/subscription", &guid(5, 1)), "alreadyExists", 409, "`subscription`"),
        ("taken", "ProvisionSubscription", with("/roleAssignment", &guid(6, 1)), "alreadyExists", 409, "`roleAssignment`"),
        ("no Azure subscription", "AssignRole", with("/subscription", &guid(5, 2)), "notAzure", 409, ""),
    ]
}

/// The actor and the fields of a case.
fn spoil(command: &str, spoilt: &Spoilt) -> (Actor, String) {
    let good = world::commands().into_iter().find(|line| line.command == command);
    let (actor, mut data) = good.map_or((Actor::User(ALEX), Value::Null), |line| (line.actor, line.data));
    match spoilt {
        Spoilt::With(pointer, value) => {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            data.pointer_mut(parent).unwrap()[name] = value.clone();
        }
        Spoilt::Without(pointer) => {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            data.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name).unwrap();
        }
        Spoilt::Text(text) => return (actor, text.clone()),
        Spoilt::By(user) => return (Actor::User(*user), data.to_string()),
    }
    (actor, data.to_string())
}

#[test]
fn what_is_no_good_command_is_refused_over_http() {
    let server = Server::start();
    server.tell(&world::with_relationships());
    let operator = server.service("Operator");
    let position = operator.get("/v1/residual-access").position;
    let mut callers: HashMap<Actor, Client> = HashMap::new();
    let mut caller = |actor| {
        let of = |actor| match actor {
            Actor::Operator(_) => operator.clone(),
            Actor::User(user) => server.user(user),
        };
        callers.entry(actor).or_insert_with(|| of(actor)).clone()
    };
    let mut wrong = Vec::new();
    for (what, command, spoilt, code, status, says) in &cases() {
        let (actor, fields) = spoil(command, spoilt);
        let json = [("content-type", "application/json")];
        let reply = caller(actor).send("POST", &format!("/v1/commands/{command}"), &json, &fields);
        let answer = reply.differs(*status, code, says).map(|answer| format!("{command}, {what}: {answer}"));
        wrong.extend(answer);
        wrong.extend((reply.position != position).then(|| format!("{command}, {what}: recorded something")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // It was the spoiling and nothing else that was refused.
    for Line { command, actor, data } in world::commands() {
        caller(actor).command(command, &data);
    }
}

#[test]
fn what_is_no_good_command_is_refused_on_the_command_line_and_the_run_goes_on() {
    let data = tempfile::tempdir().unwrap();
    apply(data.path(), &world::text(&world::with_relationships())).all_recorded();
    let before = export(data.path());
    let mut lines = String::new();
    let mut expected = Vec::new();
    for (what, command, spoilt, code, _, says) in cases() {
        let (actor, fields) = spoil(command, &spoilt);
        // What is no JSON makes the line none, which stops the run: that is the next table.
        if serde_json::from_str::<&serde_json::value::RawValue>(&fields).is_ok() {
            lines += &format!(r#"{{"command":"{command}","actor":{},"data":{fields}}}{}"#, actor.json(), '\n');
            expected.push((format!("{command}, {what}"), code, says));
        }
    }
    let applied = apply(data.path(), &lines);
    assert_eq!((applied.code, applied.results.len()), (0, expected.len()), "{}", applied.stderr);
    assert_eq!(applied.stderr, format!("applied 0, refused {}\n", expected.len()));
    let fits = |result: &Value, code: &str, says: &str| {
        let message = result["message"].as_str().unwrap_or_default();
        let no_rule = code != "notFound" || result.get("rule").is_none();
        result["ok"] == false && result["code"] == code && message.contains(says) && no_rule
    };
    let wrong = applied.results.iter().zip(&expected).filter(|(result, (_, code, says))| !fits(result, code, says));
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(export(data.path()), before, "not a byte");
}

// --- Lines ---

#[test]
fn a_line_that_is_no_line_stops_the_run_with_its_number() {
    let data = tempfile::tempdir().unwrap();
    let setup = apply(data.path(), &world::text(&world::tenants())).all_recorded();
    assert_eq!(setup.stderr, "applied 8, refused 0\n");
    let [good, refused, never] =
        ["HelpdeskAgents", "Owners", "SalesAgents"].map(|group| world::joins(GRETA, group, FRANK));
    let applied = apply(data.path(), &format!("{good}\n\n{refused}\n{{\"command\":\n{never}\n"));
    assert_eq!((applied.code, applied.results.len()), (2, 2), "{}", applied.stderr);
    assert_eq!((&applied.results[0]["ok"], &applied.results[1]["ok"]), (&json!(true), &json!(false)));
    assert!(applied.stderr.contains("line 4"), "{}", applied.stderr);
    assert!(applied.stderr.ends_with("\napplied 1, refused 1\n"), "{}", applied.stderr);
    let log = export(data.path());
    assert_eq!((log.len(), &log[12]["data"]["group"]), (13, &json!("HelpdeskAgents")), "what came before it, no more");

    let user = json!({"tenant": FABRIKAM, "user": GRETA.user}).to_string();
    let line = |rest: &str| format!(r#"{{"command":"AddGroupMember","actor":{user},"data":{{}}{rest}}}"#);
    let actor = |actor: &str| format!(r#"{{"command":"AddGroupMember","actor":{actor},"data":{{}}}}"#);
    let lines: [(&str, Vec<u8>, &str); 21] = [
        ("no JSON", "AddGroupMember".into(), ""),
        ("half a line", r#"{"command":"AddGroupMember","#.into(), ""),
        ("two objects", format!("{0}{0}", line("")).into(), ""),
        ("a list", format!(r#"["AddGroupMember",{user},null,null,{{}}]"#).into(), ""),
        ("a text", r#""AddGroupMember""#.into(), ""),
        ("no UTF-8", b"{\"command\":\"\xff\"}".into(), ""),
        ("no command", format!(r#"{{"actor":{user},"data":{{}}}}"#).into(), "`command`"),
        ("no actor", r#"{"command":"AddGroupMember","data":{}}"#.into(), "`actor`"),
        ("no data", format!(r#"{{"command":"AddGroupMember","actor":{user}}}"#).into(), "`data`"),
        ("unknown field", line(r#","when":"2020-06-19T08:00:00Z""#).into(), "`when`"),
        ("duplicate field", line(r#","data":{}"#).into(), "`data`"),
        ("actor of nothing", actor("{}").into(), "`actor`"),
        ("actor in a list", actor(&format!(r#"["{FABRIKAM}","{}"]"#, GRETA.user)).into(), "`actor`"),
        ("actor of no GUID", actor(r#"{"tenant":"fabrikam","user":"greta"}"#).into(), "`actor`"),
        ("actor of both kinds", actor(&user.replace('}', r#","operator":"Odile"}"#)).into(), "`actor`"),
        ("no time", line(r#","at":"yesterday""#).into(), "`at`"),
        ("a time of no zone", line(r#","at":"2020-06-19T08:00:00""#).into(), "`at`"),
        ("an id too long", line(&format!(r#","id":"{}""#, "k".repeat(65))).into(), "`id`"),
        ("an id of nothing", line(r#","id":"""#).into(), "`id`"),
        ("an id in other letters", line(r#","id":"clé""#).into(), "`id`"),
        ("an id of a number", line(r#","id":7"#).into(), "`id`"),
    ];
    let mut wrong = Vec::new();
    for (what, line, says) in lines {
        let Ran { code, stdout, stderr } = run(procura().arg("apply").arg("--data").arg(data.path()), line);
        // What follows is the same for all: how a line is written.
        let problem = stderr.split("; a line is").next().unwrap();
        let stopped = code == 2 && stdout.is_empty() && !stderr.contains("applied");
        if !stopped || !problem.contains("line 1") || !problem.contains(says) {
            wrong.push(format!("{what} does not say {says:?} and exit with 2: {code} {stdout}{stderr}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(export(data.path()), log, "not a byte");
}

#[test]
fn recorded_times_go_forward_and_not_beyond_the_clock() {
    let data = tempfile::tempdir().unwrap();
    let at = |at: &str, group: &str, user: world::User| {
        let mut line: Value = serde_json::from_str(&world::joins(GRETA, group, user).to_string()).unwrap();
        line["at"] = at.into();
        line.to_string()
    };
    let partner =
        json!({"partner": FABRIKAM, "name": "Fabrikam", "domain": "f.example", "globalAdministrator": GRETA.user});
    let mut first: Value = serde_json::from_str(&by_operator("RegisterPartner", partner).to_string()).unwrap();
    first["at"] = "2020-06-19T08:00:00Z".into();
    apply(data.path(), &first.to_string()).all_recorded();
    let before = export(data.path());
    let cases = [
        ("back", "2020-06-19T07:59:59.999999Z", "timeGoesBack"),
        ("back, in another zone", "2020-06-19T09:00:00+02:00", "timeGoesBack"),
        ("equal to the newest", "2020-06-19T08:00:00Z", "timeGoesBack"),
        ("equal, in another zone", "2020-06-19T10:00:00+02:00", "timeGoesBack"),
        ("ahead of the clock", "2999-01-01T00:00:00Z", "invalidCommand"),
        ("before time began", "1969-12-31T23:59:59Z", "invalidCommand"),
        ("finer than times are", "2020-06-19T08:00:00.0000001Z", "invalidCommand"),
    ];
    let lines: Vec<_> = cases.iter().map(|(_, time, _)| at(time, "AdminAgents", ALEX)).collect();
    let applied = apply(data.path(), &lines.join("\n"));
    for ((what, _, code), result) in cases.iter().zip(&applied.results) {
        assert_eq!(result["code"], *code, "{what}: {result}");
        assert!(result["message"].as_str().unwrap().contains("`at`"), "{what}: {result}");
    }
    assert_eq!((applied.code, applied.results.len()), (0, cases.len()));
    assert_eq!(export(data.path()), before, "not a byte");

    apply(data.path(), &at("2020-06-19T08:00:00.000001Z", "AdminAgents", ALEX)).all_recorded();
    apply(data.path(), &world::joins(GRETA, "SalesAgents", SAM).to_string()).all_recorded();
    let log = export(data.path());
    assert_eq!((&log[2]["time"], log[2].get("importedtime").is_some()), (&json!("2020-06-19T08:00:00.000001Z"), true));
    assert!(log[3].get("importedtime").is_none(), "{}", log[3]);
    assert!(apply(data.path(), &at("2020-06-20T08:00:00Z", "SalesAgents", FRANK)).results[0]["code"] == "timeGoesBack");
}

#[test]
fn lines_over_http_are_the_token_users_own_and_of_now() {
    let server = Server::start();
    server.tell(&world::tenants());
    let token = server.token(FABRIKAM, GRETA.user, &[]);
    let over_http = |lines: &str| run(procura().args(["apply", "--server", &server.url, "--token", &token]), lines);
    let position = server.service("Auditor").get("/v1/residual-access").position;
    let own = world::joins(GRETA, "SalesAgents", FRANK);
    let mut dated: Value = serde_json::from_str(&own.to_string()).unwrap();
    dated["at"] = "2020-06-19T08:00:00Z".into();
    let cases = [
        ("has a time", dated.to_string(), "`at`"),
        ("of another user", by(ALEX, "AddGroupMember", own.data.clone()).to_string(), "`actor`"),
        ("of an operator", by_operator("AddGroupMember", own.data.clone()).to_string(), "`actor`"),
    ];
    for (what, line, says) in &cases {
        let Ran { code, stdout, stderr } = over_http(line);
        assert_eq!((code, stdout.as_str()), (2, ""), "{what}: {stderr}");
        assert!(stderr.contains("line 1") && stderr.contains(says), "{what}: {stderr}");
        assert!(!stderr.contains("applied"), "{what}: {stderr}");
    }
    assert_eq!(server.service("Auditor").get("/v1/residual-access").position, position);
    let unknown = by(GRETA, "AddGroupMember", json!({"partner": FABRIKAM, "group": "Owners", "user": FRANK.user}));
    let Ran { code, stdout, stderr } = over_http(&format!("{own}\n{unknown}\n{own}\n{dated}\n{own}\n"));
    let results: Vec<Value> = stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let codes: Vec<_> = results.iter().map(|result| (&result["ok"], result["code"].as_str())).collect();
    let (yes, no) = (&json!(true), &json!(false));
    assert_eq!(codes, [(yes, None), (no, Some("invalidCommand")), (no, Some("alreadyMember"))]);
    assert_eq!(results[0]["positions"], json!([position.unwrap() + 1]));
    assert!(code == 2 && stderr.contains("line 4") && stderr.ends_with("\napplied 1, refused 2\n"), "{code} {stderr}");
}

// --- Requests ---

fn expired(data: &Path) -> String {
    let carla = CARLA.to_string().parse().unwrap();
    BuiltInIssuer::of(data).unwrap().token(carla, &[], Timestamp::UNIX_EPOCH, 1).unwrap()
}

#[test]
fn requests_that_cannot_be_served_leave_no_byte() {
    let server = Server::start();
    server.tell(&world::with_relationships());
    let other = Server::start();
    let foreign = other.token(CONTOSO, CARLA.user, &["Operator"]);
    let token = server.token(CONTOSO, CARLA.user, &[]);
    let bearer = format!("Bearer {token}");
    let unsigned = {
        // {"alg":"none"} and no signature
        let claims = token.split('.').nth(1).unwrap();
        format!("Bearer eyJhbGciOiJub25lIn0.{claims}.")
    };
    let [expired, foreign] = [expired(server.data()), foreign].map(|token| format!("Bearer {token}"));
    let basic = bearer.replace("Bearer", "Basic");
    let forged = format!("{bearer}A");
    let before = server.user(CARLA).get("/v1/residual-access").position;

    let revoke = json!({"customer": CONTOSO, "partner": FABRIKAM}).to_string();
    let large = json!({"customer": CONTOSO, "partner": "f".repeat(128 * 1024)}).to_string();
    let larger = json!({"subject": "s".repeat(1024 * 1024)}).to_string();
    let key = "k".repeat(65);
    let command = "/v1/commands/RevokeDap";
    let view = format!("/v1/customers/{CONTOSO}/effective-permissions");
    let (json, auth, kind) = ("application/json", "authorization", "content-type");
    type Request<'a> = (&'a str, &'a str, String, Vec<(&'a str, &'a str)>, &'a str, u16, &'a str, &'a str);
    let good = vec![(auth, bearer.as_str()), (kind, json)];
    let and = |name, value| [good.clone(), vec![(name, value)]].concat();
    let by = |token| vec![(auth, token), (kind, json)];
    let post = |what, headers, body, status, code, says| -> Request {
        (what, "POST", command.into(), headers, body, status, code, says)
    };
    let query = |what, query: &str, status, says| -> Request {
        (what, "GET", format!("{view}?{query}"), good.clone(), "", status, "invalidRequest", says)
    };
    let at = |what, method, path: &str, status, code| -> Request {
        (what, method, path.to_owned(), good.clone(), if method == "GET" { "" } else { &revoke }, status, code, "")
    };
    let form = vec![(auth, bearer.as_str()), (kind, "application/x-www-form-urlencoded")];
    let text = vec![(auth, bearer.as_str()), (kind, "text/plain; charset=application/json")];
    let [of_no_text, of_no_id] = ["%FF", "contoso"].map(|id| format!("/v1/customers/{id}/partner-relationships"));
    let no_role = format!("/v1/tenants/{CONTOSO}/directory-roles/Owner/members");
    let cases: Vec<Request> = vec![
        post("no token", vec![(kind, json)], &revoke, 401, "unauthenticated", ""),
        post("an expired token", by(&expired), &revoke, 401, "unauthenticated", ""),
        post("a token of another server", by(&foreign), &revoke, 401, "unauthenticated", ""),
        post("an unsigned token", by(&unsigned), &revoke, 401, "unauthenticated", ""),
        post("a forged token", by(&forged), &revoke, 401, "unauthenticated", ""),
        post("another scheme", by(&basic), &revoke, 401, "unauthenticated", ""),
        post("not a token", by("Bearer token"), &revoke, 401, "unauthenticated", ""),
        post("no content type", vec![(auth, &bearer)], &revoke, 415, "unsupportedMediaType", "application/json"),
        post("a form", form, &revoke, 415, "unsupportedMediaType", ""),
        post("text", text, &revoke, 415, "unsupportedMediaType", ""),
        post("too large", good.clone(), &large, 413, "tooLarge", "131072"),
        post("a precondition of no position", and("if-match", "*"), &revoke, 400, "invalidRequest", "If-Match"),
        post("a key too long", and("idempotency-key", &key), &revoke, 400, "invalidRequest", "Idempotency-Key"),
        post("a key of nothing", and("idempotency-key", ""), &revoke, 400, "invalidRequest", "Idempotency-Key"),
        at("a dry run or not", "POST", "/v1/commands/RevokeDap?dryRun=perhaps", 400, "invalidRequest"),
        at("a query", "POST", "/v1/commands/RevokeDap?at=3", 400, "invalidRequest"),
        at("no such route", "GET", "/v1/nothing", 404, "notFound"),
        at("no command", "POST", "/v1/commands/", 404, "notFound"),
        at("below a command", "POST", "/v1/commands/RevokeDap/now", 404, "notFound"),
        at("an id that is no text", "GET", &of_no_text, 404, "notFound"),
        at("an id that is none", "GET", &of_no_id, 404, "notFound"),
        at("a role that is none", "GET", &no_role, 404, "notFound"),
        at("another method", "GET", "/v1/commands/RevokeDap", 405, "methodNotAllowed"),
        at("another method", "DELETE", &view, 405, "methodNotAllowed"),
        at("another method", "PUT", "/access/v1/evaluation", 405, "methodNotAllowed"),
        query("unknown parameter", "customers=all", 400, "customers"),
        query("parameter of another list", &format!("customer={CONTOSO}"), 400, "customer"),
        query("given twice", "at=1&at=2", 400, "at"),
        query("no number", "limit=many", 400, "limit"),
        query("no items", "limit=0", 400, "limit"),
        query("a page too long", "limit=501", 400, "limit"),
        query("a page before the first", "skip=-1", 400, "skip"),
        query("no truth", "includeEnded=maybe", 400, "includeEnded"),
        query("no GUID", "partner=fabrikam", 400, "partner"),
        query("no moment", "at=yesterday", 400, "`at`"),
        query("a day", "at=2020-06-19", 400, "`at`"),
        query("nothing", "at=", 400, "`at`"),
        query("before the log", "at=-1", 400, "`at`"),
        query("a time to come", "at=2999-01-01T00:00:00Z", 422, "2999"),
        query("a position to come", "at=999", 422, "999"),
        ("too large", "POST", "/access/v1/evaluation".into(), good.clone(), &larger, 413, "tooLarge", ""),
    ];
    let stranger = server.stranger();
    let mut wrong = Vec::new();
    for (what, method, path, headers, body, status, code, says) in &cases {
        let reply = stranger.send(method, path, headers, body);
        let of = |answer: String| format!("{what}, {method} {path}: {answer}");
        wrong.extend(reply.differs(*status, code, says).map(of));
        wrong.extend((reply.position != before).then(|| of("recorded something".into())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(stranger.send("POST", command, &good, &revoke).status, 201, "it was nothing else that was refused");
}

#[test]
fn a_key_names_one_command_of_one_caller() {
    let server = Server::start();
    server.tell(&world::tenants());
    let [greta, nadia] = [GRETA, world::NADIA].map(|user| server.user(user));
    let send = |client: &Client, key: &str, fields: &Value| {
        client.post("/v1/commands/AddGroupMember", fields, &[("idempotency-key", key)])
    };
    let joins = |line: Line| line.data;
    let frank = joins(world::joins(GRETA, "SalesAgents", FRANK));
    let first = send(&greta, "one", &frank);
    assert_eq!((first.status, &first.body["positions"]), (201, &json!([13])));
    for again in [frank.clone(), serde_json::from_str(&frank.to_string().replace(':', " : ")).unwrap()] {
        let again = send(&greta, "one", &again);
        assert_eq!((again.status, &again.body), (201, &first.body), "the first answer");
    }
    let helpdesk = joins(world::joins(GRETA, "HelpdeskAgents", FRANK));
    let other = send(&greta, "one", &helpdesk);
    assert_eq!(other.differs(409, "idempotencyKeyReused", "key"), None);
    let reply = greta.post("/v1/commands/RemoveGroupMember", &frank, &[("idempotency-key", "one")]);
    assert_eq!(reply.differs(409, "idempotencyKeyReused", "key"), None, "another command of the same fields");
    assert_eq!(reply.position, Some(13), "nothing more was recorded");
    // Another caller's keys are its own.
    let noah = send(&nadia, "one", &joins(world::joins(world::NADIA, "SalesAgents", NOAH)));
    assert_eq!((noah.status, &noah.body["positions"]), (201, &json!([14])));
    // What was refused is decided again, as things stand then.
    let sam = json!({"partner": FABRIKAM, "group": "SalesAgents", "user": SAM.user});
    assert_eq!(send(&greta, "two", &sam).differs(409, "alreadyMember", ""), None);
    greta.command("RemoveGroupMember", &sam);
    let decided = send(&greta, "two", &sam);
    assert_eq!((decided.status, &decided.body["positions"]), (201, &json!([16])));
    assert_eq!(send(&greta, &"k".repeat(64), &helpdesk).status, 201, "64 characters are a key");
}

// --- Access questions ---

#[test]
fn questions_that_cannot_be_read_and_questions_about_nothing() {
    let server = Server::start();
    server.tell(&world::with_relationships());
    let decider = server.service("Decider");
    let position = decider.get("/v1/residual-access").position;
    let alex = json!({"type": "user", "id": ALEX.to_string()});
    let question = json!({"subject": alex, "action": {"name": "customer.view"},
        "resource": {"type": "customer", "id": CONTOSO}});
    let path = "/access/v1/evaluation";
    assert_eq!(decider.post(path, &question, &[]).body["decision"], true);
    let with = |pointer: &str, value: Value| {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let mut question = question.clone();
        question.pointer_mut(parent).unwrap()[name] = value;
        question
    };
    let context = |context: Value| with("/context", context);
    let bad: [(&str, String, u16, &str); 19] = [
        ("nothing", String::new(), 400, "body"),
        ("no JSON", "subject=alex".into(), 400, "body"),
        ("a list", format!("[{alex},{},{},null]", question["action"], question["resource"]), 400, ""),
        (
            "no subject",
            json!({"action": question["action"], "resource": question["resource"]}).to_string(),
            400,
            "`subject`",
        ),
        ("no action", json!({"subject": alex, "resource": question["resource"]}).to_string(), 400, "`action`"),
        ("no resource", json!({"subject": alex, "action": question["action"]}).to_string(), 400, "`resource`"),
        ("a text for a subject", with("/subject", ALEX.to_string().into()).to_string(), 400, "subject"),
        ("a list for a subject", with("/subject", json!(["user", ALEX.to_string()])).to_string(), 400, "subject"),
        ("a subject of no type", with("/subject", json!({"id": ALEX.to_string()})).to_string(), 400, "type"),
        ("a resource of no id", with("/resource", json!({"type": "customer"})).to_string(), 400, "id"),
        ("an action of no name", with("/action", json!({})).to_string(), 400, "name"),
        ("a number for an id", with("/resource/id", json!(7)).to_string(), 400, "id"),
        ("no time", context(json!({"time": "yesterday"})).to_string(), 400, "`context.time`"),
        ("a position for a time", context(json!({"time": "3"})).to_string(), 400, "`context.time`"),
        ("a time to come", context(json!({"time": "2999-01-01T00:00:00Z"})).to_string(), 422, "2999"),
        ("a position to come", context(json!({"position": 999})).to_string(), 422, "999"),
        ("a position before the log", context(json!({"position": -1})).to_string(), 400, "position"),
        ("two moments", context(json!({"position": 3, "time": "2020-06-19T08:00:00Z"})).to_string(), 400, "`context`"),
        ("explained maybe", context(json!({"explain": "maybe"})).to_string(), 400, "explain"),
    ];
    let mut wrong = Vec::new();
    for (what, body, status, says) in bad {
        let reply = decider.send("POST", path, &[("content-type", "application/json")], &body);
        wrong.extend(reply.differs(status, "invalidRequest", says).map(|answer| format!("{what}: {answer}")));
    }
    let nothing = [
        ("subject of another type", with("/subject/type", json!("service"))),
        ("resource of another type", with("/resource/type", json!("mailbox"))),
        ("another action", with("/action/name", json!("customer.delete"))),
        ("an action on something else", with("/action/name", json!("subscription.read"))),
        ("a user that is no pair", with("/subject/id", json!("alex"))),
        ("a customer that is no GUID", with("/resource/id", json!("contoso"))),
        ("a user of nowhere", with("/subject/id", json!(STRANGER.to_string()))),
        ("a customer that nobody registered", with("/resource/id", json!(NOWHERE))),
        ("a partner for a customer", with("/resource/id", json!(FABRIKAM))),
        ("before there was anything", with("/context", json!({"position": 0}))),
    ];
    for (what, question) in nothing {
        let reply = decider.post(path, &question, &[]);
        if (reply.status, &reply.body["decision"]) != (200, &json!(false)) {
            wrong.push(format!("{what}: {} {}", reply.status, reply.body));
        }
    }
    let beside = [
        ("a field", with("/priority", json!(1))),
        ("a property of an action", with("/action/properties", json!({"method": "GET"}))),
        ("a property of a subject", with("/subject/properties", json!({"department": "Sales", "ip": ["::1"]}))),
        ("a partner of a subject", with("/subject/properties", json!({"partner": {"name": "Fabrikam"}, "source": 7}))),
        ("a property of a resource", with("/resource/properties", json!({"labels": {"tier": 1}}))),
        ("something in the context", with("/context", json!({"device": {"os": "linux"}}))),
    ];
    for (what, question) in beside {
        let reply = decider.post(path, &question, &[]);
        if (reply.status, &reply.body["decision"]) != (200, &json!(true)) {
            wrong.push(format!("{what} that AuthZEN has us pass over: {} {}", reply.status, reply.body));
        }
    }
    let batches = [
        ("no list", json!({"evaluations": 7}), "evaluations"),
        ("too many", json!({"evaluations": vec![&question; 501]}), "`evaluations`"),
        ("another semantic", json!({"evaluations": [question], "options": {"evaluations_semantic": "any"}}), ""),
    ];
    for (what, body, says) in batches {
        let reply = decider.post("/access/v1/evaluations", &body, &[]);
        wrong.extend(reply.differs(400, "invalidRequest", says).map(|answer| format!("batch, {what}: {answer}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(decider.get("/v1/residual-access").position, position, "questions record nothing");
}
