//! Personal data over the real binary: sealed on disk, shown to those who may see it, erased once and for all.

use procura_tests::{Client, Server, apply, export, procura, run, world};
use serde_json::{Value, json};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};
use world::{ALEX, CARLA, CONTOSO, FABRIKAM, GRETA, HELEN, by, by_operator, guid, with_relationships};

const RECIPIENT: &str = "ada.lovelace@contoso.example";
const TITLE: &str = "Ada cannot send mail";
const PRODUCT_KEY: &str = "ADAKY-NPHTM-C97JM";
const SECRETS: [&str; 4] = [RECIPIENT, TITLE, PRODUCT_KEY, "Chère Ada"];

/// The invitation, the device and the service request that people wrote something about.
struct Told {
    server: Server,
    directory: tempfile::TempDir,
    subjects: [String; 3],
}

fn told() -> Told {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let server = Server::start_on(&data);
    server.tell(&with_relationships());
    let message = json!({"subject": "Chère Ada", "body": "Chère Ada, voici : {link}"});
    let invitation = json!({"invitation": guid(1, 9), "partner": FABRIKAM, "delegatedAdmin": false, "locale": "fr",
        "recipient": RECIPIENT, "message": message});
    let device = json!({"customer": CONTOSO, "device": guid(7, 9), "serialNumber": "SN-1", "manufacturer": "m",
        "model": "m", "productKey": PRODUCT_KEY, "partner": FABRIKAM});
    server.tell(&[by(ALEX, "SendInvite", invitation), by(ALEX, "AddDevice", device)]);
    let request = json!({"customer": CONTOSO, "partner": FABRIKAM, "title": TITLE, "severity": "minimal"});
    let opened = server.user(HELEN).command("OpenServiceRequest", &request);
    let request = opened["result"]["serviceRequest"].as_str().unwrap().to_owned();
    let subjects =
        [format!("invitation:{}", guid(1, 9)), format!("device:{}", guid(7, 9)), format!("serviceRequest:{request}")];
    Told { server, directory, subjects }
}

/// Every file below.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Which of the texts stands in which file of the directory.
fn found(data: &Path, texts: &[&[u8]]) -> Vec<String> {
    let mut found = Vec::new();
    for path in files(data) {
        let bytes = fs::read(&path).unwrap();
        let there = texts.iter().filter(|text| bytes.windows(text.len()).any(|window| window == **text));
        found.extend(there.map(|text| format!("{:?} in {}", String::from_utf8_lossy(text), path.display())));
    }
    found
}

fn invitation_of(client: &Client) -> Value {
    client.get(&format!("/v1/invitations/{}", guid(1, 9))).body
}

fn first(client: &Client, list: &str) -> Value {
    client.get(&format!("/v1/customers/{CONTOSO}/{list}")).items()[0].clone()
}

/// What the views show of the three.
fn shown(client: &Client) -> [Value; 3] {
    let [invitation, device, request] =
        [invitation_of(client), first(client, "devices"), first(client, "service-requests")];
    [
        json!([invitation.get("recipient"), invitation.get("personalData")]),
        json!([device.get("productKey"), device.get("personalData")]),
        json!([request.get("title"), request.get("personalData")]),
    ]
}

fn erase(data: &Path, subjects: &[&str]) -> (i32, Vec<Value>, String) {
    let ran = run(procura().args(["erase", "--operator", "olga", "--data"]).arg(data).args(subjects), "");
    (ran.code, ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), ran.stderr)
}

#[test]
fn what_people_wrote_stands_in_no_file_and_is_shown_to_those_who_may_see_it() {
    let Told { server, directory, .. } = told();
    let expected = [json!([RECIPIENT, null]), json!([PRODUCT_KEY, null]), json!([TITLE, null])];
    assert_eq!(shown(&server.user(ALEX)), expected);
    let draft = server.user(ALEX).get(&format!("/v1/invitations/{}/draft", guid(1, 9)));
    assert!(draft.text("text").starts_with("Chère Ada, voici"), "{}", draft.body);
    drop(server);
    let data = directory.path().join("data");
    assert_eq!(found(&data, &SECRETS.map(str::as_bytes)), Vec::<String>::new());
    let exported = export(&data).iter().map(Value::to_string).collect::<String>();
    assert!(SECRETS.iter().all(|secret| !exported.contains(secret)));
    // What tells whose device it is stays readable, for the rules rest on it.
    assert!(exported.contains("SN-1"));
}

#[test]
fn erased_over_http_it_is_gone_from_the_views_and_its_key_from_the_disk() {
    let Told { mut server, directory, subjects } = told();
    let data = directory.path().join("data");
    let keys = fs::read(data.join("keys")).unwrap();
    let records: Vec<_> = keys.chunks(64).skip(1).map(|record| &record[28..60]).collect();
    assert_eq!(records.len(), 3);
    let sent = invitation_of(&server.user(ALEX));
    let before = server.service("Auditor").get(&format!("/v1/customers/{CONTOSO}/devices")).position.unwrap();

    for user in [ALEX, GRETA, CARLA] {
        for subject in &subjects {
            let reply = server.user(user).post("/v1/commands/ErasePersonalData", &json!({"subject": subject}), &[]);
            assert_eq!((reply.status, reply.text("code")), (403, "notAllowed"), "{}", reply.body);
        }
    }
    let operator = server.service("Operator");
    for subject in &subjects {
        let recorded = operator.command("ErasePersonalData", &json!({"subject": subject}));
        assert_eq!(recorded["events"][0]["data"]["subject"], subject.as_str());
        let again = operator.post("/v1/commands/ErasePersonalData", &json!({"subject": subject}), &[]);
        assert_eq!(again.differs(409, "alreadyErased", subject), None);
    }
    let unknown = json!({"subject": format!("device:{}", guid(1, 9))});
    let unknown = operator.post("/v1/commands/ErasePersonalData", &unknown, &[]);
    assert_eq!(unknown.differs(404, "notFound", ""), None);
    let malformed = operator.post("/v1/commands/ErasePersonalData", &json!({"subject": "customer:1"}), &[]);
    assert_eq!(malformed.differs(422, "invalidCommand", "`subject`"), None);

    for restarted in [false, true] {
        if restarted {
            server.kill();
            server = Server::start_on(&data);
        }
        let alex = server.user(ALEX);
        assert_eq!(shown(&alex), [(); 3].map(|()| json!([null, "erased"])), "restarted: {restarted}");
        // All the rest of it is as it was; asked about the past as well.
        let mut rest = invitation_of(&alex);
        let mut expected = sent.clone();
        // The link leads to wherever the server listens now.
        for field in ["personalData", "recipient", "message", "link"] {
            rest.as_object_mut().unwrap().remove(field);
            expected.as_object_mut().unwrap().remove(field);
        }
        assert_eq!(rest, expected);
        let past = alex.get(&format!("/v1/invitations/{}?at={before}", guid(1, 9)));
        assert_eq!(past.text("personalData"), "erased", "{}", past.body);
        for format in ["", "?format=eml"] {
            let draft = alex.get(&format!("/v1/invitations/{}/draft{format}", guid(1, 9)));
            assert_eq!(draft.differs(410, "erased", "erased"), None);
        }
        // Whoever never saw it is told nothing of it.
        assert_eq!(invitation_of(&server.user(CARLA)).get("personalData"), None);
    }
    drop(server);
    assert_eq!(found(&data, &records), Vec::<String>::new(), "the keys");
    let erased = export(&data).into_iter().filter(|event| event["type"] == "procura.PersonalDataErased.v1");
    let concerned: Vec<_> = erased.map(|event| event["subject"].as_str().unwrap().to_owned()).collect();
    let customer = format!("customers/{CONTOSO}");
    assert_eq!(concerned, [format!("partners/{FABRIKAM}"), customer.clone(), customer]);
}

#[test]
fn an_answer_repeated_is_the_same_until_nobody_can_tell_any_more() {
    let Told { server, subjects, directory: _directory } = told();
    let alex = server.user(ALEX);
    let fields = json!({"partner": FABRIKAM, "delegatedAdmin": false, "locale": "en", "recipient": RECIPIENT});
    let send = |fields: &Value| alex.post("/v1/commands/SendInvite", fields, &[("idempotency-key", "one")]);
    let sent = send(&fields);
    assert_eq!((sent.status, send(&fields).body), (201, sent.body.clone()));
    assert!(!sent.body.to_string().contains("lovelace"), "{}", sent.body);
    let operator = server.service("Operator");
    // Somebody else's erasure changes nothing here.
    operator.command("ErasePersonalData", &json!({"subject": subjects[0]}));
    assert_eq!(send(&fields).body, sent.body);
    let subject = format!("invitation:{}", sent.body["result"]["invitation"].as_str().unwrap());
    operator.command("ErasePersonalData", &json!({"subject": subject}));
    assert_eq!(send(&fields).differs(409, "idempotencyKeyReused", ""), None);
}

#[test]
fn the_command_line_erases_here_and_over_http() {
    let Told { server, directory, subjects } = told();
    let token = server.token(world::ODILE.tenant, world::ODILE.user, &["Operator"]);
    let mut remote = procura();
    remote.args(["erase", "--server", &server.url, "--token", &token, &subjects[0]]);
    let ran = run(&mut remote, "");
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let refused = run(
        procura().args([
            "erase",
            "--server",
            &server.url,
            "--token",
            &server.token(ALEX.tenant, ALEX.user, &[]),
            &subjects[1],
        ]),
        "",
    );
    let line: Value = serde_json::from_str(&refused.stdout).unwrap();
    assert_eq!((refused.code, &line["code"], &line["rule"]), (1, &json!("notAllowed"), &json!("TEN-2")));
    drop(server);

    let data = directory.path().join("data");
    let [invitation, device, request] = subjects.each_ref().map(String::as_str);
    let (code, lines, stderr) = erase(&data, &[device, "device:7", request]);
    assert!((code, lines.len()) == (2, 0) && stderr.contains("`device:7`"), "{stderr}");
    let (code, lines, _) = erase(&data, &[invitation, device, request]);
    let codes: Vec<_> = lines.iter().map(|line| line["code"].as_str().unwrap_or("ok")).collect();
    assert_eq!((code, codes), (1, vec!["alreadyErased", "ok", "ok"]));
    let (code, ..) = erase(&directory.path().join("nowhere"), &[device]);
    assert_eq!(code, 2);
    let last = export(&data).pop().unwrap();
    assert_eq!((&last["authid"], &last["authentication"]), (&json!("olga"), &json!("stated")));
}

#[test]
fn a_log_whose_keys_are_not_there_does_not_start_and_says_which() {
    let directory = tempfile::tempdir().unwrap();
    let lines = with_relationships().into_iter().chain([
        by_operator("AdoptAutopilotPolicy", json!({"policy": "dapRequired"})),
        by(
            ALEX,
            "SendInvite",
            json!({"invitation": guid(1, 9), "partner": FABRIKAM, "delegatedAdmin": false,
            "locale": "en", "recipient": RECIPIENT}),
        ),
    ]);
    let lines: String = lines
        .map(|line| json!({"command": line.command, "actor": line.actor.json(), "data": line.data}).to_string() + "\n")
        .collect();
    apply(directory.path(), &lines).all_recorded();
    let position = export(directory.path()).len();
    let keys = directory.path().join("keys");
    let kept = fs::read(&keys).unwrap();
    fs::remove_file(&keys).unwrap();
    let ran = run(procura().args(["export", "--data"]).arg(directory.path()), "");
    let says = [format!("position {position}"), format!("invitation:{}", guid(1, 9)), keys.display().to_string()];
    assert!(ran.code == 2 && says.iter().all(|part| ran.stderr.contains(part)), "{}", ran.stderr);
    fs::write(&keys, kept).unwrap();
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(export(directory.path()).len(), position);
}
