//! What was acknowledged stays: through SIGKILL, through restarts; and a data
//! directory has one process and one format.

use procura_tests::{Client, Dice, Ran, Reply, Server, apply, export, number, procura, run, world};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};
use world::{ALEX, CARLA, CONTOSO, FABRIKAM, GRETA, guid};

// --- SIGKILL in the middle of many commands ---

/// How many kills, unless `PROCURA_KILL_ROUNDS` says otherwise.
const ROUNDS: u64 = 10;
const CALLERS: usize = 12;
const COMMANDS: usize = 1_000;

/// A command that is sent once, under a key of its own.
struct Sent {
    command: &'static str,
    fields: Value,
    /// Of what it makes, and its idempotency key: nobody else's.
    id: String,
    /// The types of its events.
    events: &'static [&'static str],
}

impl Sent {
    /// The `number`th command of the round, of changing kinds and sizes.
    fn new(round: u32, number: u32) -> Self {
        let id = guid(0x0100_0000 + round, number.into());
        let size = number as usize * 40 % 499;
        let (command, events, fields): (_, &'static [&'static str], _) = match number % 6 {
            0 => (
                "RegisterCustomer",
                &["CustomerRegistered", "DirectoryRoleAssigned"],
                json!({"customer": id, "name": "Tailspin", "domain": "tailspin.example", "globalAdministrator": id}),
            ),
            1 => (
                "RegisterSubscription",
                &["SubscriptionRegistered", "RoleAssigned"],
                json!({"customer": CONTOSO, "subscription": id, "kind": "azure", "name": "Web"}),
            ),
            2 => (
                "AddGroupMember",
                &["GroupMemberAdded"],
                json!({"partner": FABRIKAM, "group": "HelpdeskAgents", "user": id}),
            ),
            3 => (
                "AddDevice",
                &["DeviceAdded"],
                json!({"customer": CONTOSO, "device": id, "serialNumber": id, "manufacturer": "Fabrikam", "model": "9",
                    "hardwareHash": "A".repeat(size + 1), "source": "intune"}),
            ),
            _ => (
                "SendInvite",
                &["InvitationSent"],
                json!({"invitation": id, "partner": FABRIKAM, "delegatedAdmin": true, "locale": "fr",
                    "message": {"subject": "Bonjour", "body": format!("{{link}}{}", "é".repeat(size))}}),
            ),
        };
        Self { command, fields, id, events }
    }

    fn send(&self, callers: &Callers) -> Option<Reply> {
        let client = match self.command {
            "RegisterCustomer" => &callers.operator,
            "SendInvite" => &callers.agent,
            "AddGroupMember" => &callers.partner,
            _ => &callers.customer,
        };
        let headers = [("content-type", "application/json"), ("idempotency-key", &self.id)];
        let path = format!("/v1/commands/{}", self.command);
        client.try_send("POST", &path, &headers, &self.fields.to_string()).ok()
    }
}

/// Who sends the commands.
struct Callers {
    operator: Client,
    agent: Client,
    partner: Client,
    customer: Client,
}

impl Callers {
    fn of(server: &Server) -> Self {
        let [agent, partner, customer] = [ALEX, GRETA, CARLA].map(|user| server.user(user));
        Self { operator: server.service("Operator"), agent, partner, customer }
    }
}

/// Has every caller send its share, one command after the other, and kills the server once `after` are acknowledged.
/// The answers of each caller, in the order of its commands.
fn send_and_kill(server: Server, commands: &[Sent], after: usize, pause: Duration) -> Vec<Vec<Reply>> {
    let (callers, acknowledged, server) = (Callers::of(&server), AtomicUsize::new(0), Mutex::new(server));
    let share = |caller: usize| {
        let mut replies = Vec::new();
        for sent in commands.iter().skip(caller).step_by(CALLERS) {
            let Some(reply) = sent.send(&callers) else { break };
            assert_eq!(reply.status, 201, "{} {}", sent.command, reply.body);
            replies.push(reply);
            if acknowledged.fetch_add(1, Ordering::SeqCst) + 1 == after {
                // Not always at the same point on the way of the commands in flight.
                thread::sleep(pause);
                server.lock().unwrap().kill();
            }
        }
        replies
    };
    thread::scope(|scope| {
        let share = &share;
        let threads: Vec<_> = (0..CALLERS).map(|caller| scope.spawn(move || share(caller))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// Positions from 1 without a gap; one time for a commit's events, later than that of the commit before; no commit by
/// half. The commits by the id of what they made, where the log goes on after `before` events.
fn commits<'a>(log: &'a [Value], before: usize, commands: &'a [Sent]) -> HashMap<&'a str, &'a [Value]> {
    for (event, position) in log.iter().zip(1..) {
        assert_eq!(event["id"], format!("{position:020}"));
    }
    let sent: HashMap<&str, &Sent> = commands.iter().map(|sent| (sent.id.as_str(), sent)).collect();
    let mut newest = log[before - 1]["time"].as_str().unwrap();
    let mut commits = HashMap::new();
    for commit in log[before..].chunk_by(|one, next| one["correlationid"] == next["correlationid"]) {
        let time = commit[0]["time"].as_str().unwrap();
        assert!(instant(time) > instant(newest), "{newest} is followed by {time}");
        assert!(commit.iter().all(|event| event["time"] == time), "one time for a commit: {commit:?}");
        newest = time;
        let data = commit[0]["data"].as_object().unwrap();
        let made = data.values().filter_map(Value::as_str).find(|value| sent.contains_key(value));
        let id = made.unwrap_or_else(|| panic!("nobody sent this: {commit:?}"));
        let types: Vec<_> = commit.iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect();
        let whole: Vec<_> = sent[id].events.iter().map(|name| format!("procura.{name}.v1")).collect();
        assert_eq!(types, whole, "half a commit");
        for (field, value) in sent[id].fields.as_object().unwrap().iter().filter(|(field, _)| data.contains_key(*field))
        {
            assert_eq!(data[field], *value, "as it was sent");
        }
        assert!(commits.insert(id, commit).is_none(), "{id} is there twice");
    }
    commits
}

/// An RFC 3339 time of this service, with as many digits behind the second as it takes, so that times compare as text.
fn instant(time: &str) -> String {
    let (second, fraction) = time.trim_end_matches('Z').split_once('.').unwrap_or((time.trim_end_matches('Z'), ""));
    format!("{second}.{fraction:0<9}")
}

/// The log says of a command what its sender was told.
fn assert_as_told(commit: &[Value], told: &Value) {
    let positions: Vec<u64> = commit.iter().map(|event| event["id"].as_str().unwrap().parse().unwrap()).collect();
    assert_eq!(told["positions"], json!(positions));
    assert_eq!((&told["id"], &told["recordedAt"]), (&commit[0]["correlationid"], &commit[0]["time"]));
    let data: Vec<&Value> = commit.iter().map(|event| &event["data"]).collect();
    let told: Vec<&Value> = told["events"].as_array().unwrap().iter().map(|event| &event["data"]).collect();
    assert_eq!(data, told);
}

#[test]
fn killed_in_the_middle_of_a_thousand_commands_over_and_over() {
    let mut dice = Dice::new(2);
    let data = tempfile::tempdir().unwrap();
    apply(data.path(), &world::text(&world::tenants())).all_recorded();
    let (mut log, mut server) = (export(data.path()), Server::start_on(data.path()));
    let mut in_flight = 0;
    for round in 0..u32::try_from(number("PROCURA_KILL_ROUNDS", ROUNDS)).unwrap() {
        let commands: Vec<Sent> = (0..).take(COMMANDS).map(|number| Sent::new(round, number)).collect();
        let after = 1 + dice.below(COMMANDS * 6 / 10);
        let answers = send_and_kill(server, &commands, after, Duration::from_micros(dice.below(3_000) as u64));

        let before = std::mem::replace(&mut log, export(data.path()));
        assert_eq!(log[..before.len()], before, "the past does not change");
        let commits = commits(&log, before.len(), &commands);
        for (caller, answers) in answers.iter().enumerate() {
            let share: Vec<_> = commands.iter().skip(caller).step_by(CALLERS).collect();
            let recorded = share.iter().filter(|sent| commits.contains_key(sent.id.as_str())).count();
            // A prefix of what the caller sent: all that was acknowledged, and perhaps the one that was in flight.
            let prefix = share.iter().take_while(|sent| commits.contains_key(sent.id.as_str())).count();
            assert!(prefix == recorded && (answers.len()..=answers.len() + 1).contains(&recorded), "round {round}");
            in_flight += recorded - answers.len();
            for (sent, reply) in share.iter().zip(answers) {
                assert_as_told(commits[sent.id.as_str()], &reply.body);
            }
        }

        server = Server::start_on(data.path());
        let callers = Callers::of(&server);
        thread::scope(|scope| {
            for (caller, answers) in answers.iter().enumerate() {
                let (commands, commits, callers) = (&commands, &commits, &callers);
                scope.spawn(move || {
                    for (number, sent) in commands.iter().skip(caller).step_by(CALLERS).enumerate() {
                        let Some(commit) = commits.get(sent.id.as_str()) else { break };
                        let again = sent.send(callers).unwrap();
                        assert_eq!(again.status, 201, "{}", again.body);
                        assert_as_told(commit, &again.body);
                        if let Some(first) = answers.get(number) {
                            assert_eq!(again.body, first.body, "the first answer");
                        }
                    }
                });
            }
        });
        let customers = log.iter().filter(|event| event["type"] == "procura.SubscriptionRegistered.v1").count();
        let mut view = callers.customer.get(&format!("/v1/customers/{CONTOSO}/effective-permissions?limit=500"));
        assert_eq!((view.status, view.position), (200, Some(log.len() as u64)), "repeats record nothing");
        let mut rows = view.items().len();
        while let Some(next) = view.body["nextLink"].as_str().map(str::to_owned) {
            view = callers.customer.get(&next);
            rows += view.items().len();
        }
        assert_eq!(rows, customers + 1, "its administrator, and an Owner for each");
    }
    assert!(in_flight > 0, "no kill ever met a command in flight");
}

// --- What is in the data directory, and whose it is ---

/// A command of changing kind and size, the largest allowed among them.
fn line_of_size(number: u32) -> (world::Line, usize) {
    let (id, size) = (guid(0x0300_0000, number.into()), number as usize);
    let letters = ["a", "é", "\u{1f600}"][size % 3];
    let invite = |body: String| {
        let message = json!({"subject": letters.repeat(256), "body": body});
        let fields = json!({"invitation": id, "partner": FABRIKAM, "delegatedAdmin": true, "locale": "en",
            "recipient": "carla@contoso.example", "message": message});
        world::by(ALEX, "SendInvite", fields)
    };
    let device = |hash: usize| {
        let fields = json!({"customer": CONTOSO, "device": id, "serialNumber": id, "manufacturer": letters.repeat(128),
            "model": "9", "hardwareHash": letters.repeat(hash), "productKey": "k".repeat(128), "source": "intune"});
        world::by(CARLA, "AddDevice", fields)
    };
    match number % 100 {
        // Runs of the largest fill whole frames, and pages of the tree.
        0..3 => (invite(format!("{{link}}{}", letters.repeat(8_192 - 6))), 1),
        3..5 => (device(8_192), 1),
        5..20 => (invite(format!("{{link}}{}", letters.repeat(size % 2_000))), 1),
        20..40 => (device(1 + size % 700), 1),
        40..50 => {
            let name = letters.repeat(256);
            let fields = json!({"customer": id, "name": name, "domain": "tailspin.example", "globalAdministrator": id});
            (world::by_operator("RegisterCustomer", fields), 2)
        }
        _ => {
            let fields = json!({"partner": FABRIKAM, "group": "SalesAgents", "user": id});
            (world::by(GRETA, "AddGroupMember", fields), 1)
        }
    }
}

#[test]
fn ten_thousand_commands_of_all_sizes_leave_no_blob() {
    let data = tempfile::tempdir().unwrap();
    let setup = apply(data.path(), &world::text(&world::tenants())).all_recorded();
    let (lines, events): (Vec<_>, Vec<_>) = (0..10_000).map(line_of_size).unzip();
    let applied = apply(data.path(), &world::text(&lines)).all_recorded();
    assert_eq!(applied.results.len(), 10_000);
    assert_eq!(applied.stderr, "applied 10000, refused 0\n");
    let blobs = |when: &str| match fs::read_dir(data.path().join("log/blobs")) {
        Ok(blobs) => assert_eq!(blobs.count(), 0, "blobs {when}"),
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound),
    };
    blobs("after the commands");
    let log = export(data.path());
    blobs("after reopening");
    let before = setup.results.iter().map(|result| result["events"].as_array().unwrap().len()).sum::<usize>();
    assert_eq!(log.len(), before + events.iter().sum::<usize>());
    let is_largest = |text: &&str| text.chars().count() == 8_192;
    let hashes = log.iter().filter_map(|event| event["data"]["hardwareHash"].as_str());
    assert_eq!(hashes.filter(is_largest).count(), 200);
    // What people wrote stands sealed beside the events: the views read it back.
    let server = Server::start_on(data.path());
    let alex = server.user(ALEX);
    let invitations = (0..10_000).filter(|number| number % 100 < 3).map(|number| guid(0x0300_0000, number));
    let invitations = invitations.map(|id| alex.get(&format!("/v1/invitations/{id}")).body);
    assert_eq!(invitations.filter_map(|one| one["message"]["body"].as_str().filter(is_largest).map(drop)).count(), 300);
}

/// Runs `procura` with those words and the data directory.
fn on(data: &Path, words: &str) -> Ran {
    let (command, rest) = words.split_once(' ').unwrap_or((words, ""));
    run(procura().arg(command).arg("--data").arg(data).args(rest.split_whitespace()), "")
}

fn user(command: &str, user: world::User) -> String {
    format!("{command} --tenant {} --user {}", user.tenant, user.user)
}

fn question() -> String {
    format!("check --subject user:{CARLA} --action customer.view --resource customer:{CONTOSO}")
}

/// Every command that opens the log.
fn openings() -> [String; 4] {
    ["apply", "export", "serve --dev --listen 127.0.0.1:0", &question()].map(str::to_owned)
}

#[test]
fn a_directory_in_use_is_refused_in_a_sentence_and_tokens_are_made_all_the_same() {
    let server = Server::start();
    server.tell(&world::tenants());
    for words in openings() {
        let Ran { code, stdout, stderr } = on(server.data(), &words);
        assert_eq!((code, stdout.as_str()), (2, ""), "{words}: {stderr}");
        let directory = server.data().display().to_string();
        for part in [directory.as_str(), "in use by another process", "stop that one", "--server"] {
            assert!(stderr.contains(part), "{words} does not say {part:?}: {stderr}");
        }
    }
    let token = on(server.data(), &user("token", CARLA));
    assert_eq!(token.code, 0, "{}", token.stderr);
    let carla = Client::new(&server.url, token.stdout.trim());
    assert_eq!(carla.get(&format!("/v1/customers/{CONTOSO}/partner-relationships")).status, 200, "it serves on");
}

#[test]
fn a_newer_format_is_refused_in_a_sentence_and_left_alone() {
    let data = tempfile::tempdir().unwrap();
    apply(data.path(), &world::text(&world::tenants())).all_recorded();
    let format = data.path().join("FORMAT");
    let written = fs::read_to_string(&format).unwrap();
    assert!(written.contains("\nformat 6\n"), "{written}");
    let newer = written.replace("\nformat 6\n", "\nformat 7\n");
    fs::write(&format, &newer).unwrap();
    let log = fs::read(data.path().join("log/db")).unwrap();
    for words in openings() {
        let Ran { code, stdout, stderr } = on(data.path(), &words);
        assert_eq!((code, stdout.as_str()), (2, ""), "{words}: {stderr}");
        let directory = data.path().display().to_string();
        for part in [directory.as_str(), "format 7", "newer Procura", "use that version or a newer one"] {
            assert!(stderr.contains(part), "{words} does not say {part:?}: {stderr}");
        }
    }
    assert_eq!(fs::read_to_string(&format).unwrap(), newer);
    assert_eq!(fs::read(data.path().join("log/db")).unwrap(), log);
    fs::write(&format, written).unwrap();
    assert_eq!(export(data.path()).len(), 12, "nothing is lost");
}

#[test]
fn a_server_started_again_keeps_everything() {
    let data = tempfile::tempdir().unwrap();
    let mut server = Server::start_on(data.path());
    server.tell(&world::tenants());
    server.tell(&world::relationship(&guid(1, 1), ALEX, CARLA, true));
    let views = [
        format!("/v1/customers/{CONTOSO}/partner-relationships"),
        format!("/v1/customers/{CONTOSO}/effective-permissions"),
        format!("/v1/tenants/{CONTOSO}/directory-roles/GlobalAdministrator/members"),
        format!("/v1/residual-access?customer={CONTOSO}"),
    ];
    let carla = server.user(CARLA);
    let seen =
        |client: &Client| views.each_ref().map(|view| client.get(view)).map(|reply| (reply.body, reply.position));
    let before = seen(&carla);
    assert!(before.iter().all(|(_, position)| *position == Some(16)), "{before:?}");
    server.kill();
    let log = export(data.path());
    let server = Server::start_on(data.path());
    // Same token: the issuer's key is kept as well.
    let carla = Client::new(&server.url, &carla.token);
    assert_eq!(seen(&carla), before);
    server.tell(&[world::joins(GRETA, "SalesAgents", world::FRANK)]);
    drop(server);
    let longer = export(data.path());
    assert_eq!((&longer[..log.len()], longer.len()), (&log[..], log.len() + 1));
}

#[test]
fn the_key_of_the_tokens_is_private() {
    let data = tempfile::tempdir().unwrap();
    drop(Server::start_on(data.path()));
    let key = data.path().join("token.key");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o7777, 0o600);
    for mode in [0o644, 0o640, 0o604] {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        for words in [user("token", CARLA), "serve --dev --listen 127.0.0.1:0".to_owned()] {
            let Ran { code, stdout, stderr } = on(data.path(), &words);
            assert_eq!((code, stdout.as_str()), (2, ""), "{mode:o} {words}: {stderr}");
            let advice = format!("chmod 600 {}", key.display());
            assert!(stderr.contains(&advice), "{stderr}");
        }
    }
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(on(data.path(), &user("token", CARLA)).code, 0);
}

#[test]
fn the_server_does_not_start_where_anybody_could_be_anybody() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let cases = [
        ("serve --listen 127.0.0.1:0", "--dev"),
        ("serve --dev --listen 0.0.0.0:0", "this machine only"),
        ("serve --dev --listen [::]:0", "this machine only"),
        ("serve --dev --listen 192.0.2.1:0", "this machine only"),
    ];
    for (words, says) in cases {
        let Ran { code, stdout, stderr } = on(&data, words);
        assert_eq!((code, stdout.as_str()), (2, ""), "{words}: {stderr}");
        assert!(stderr.contains(says), "{words}: {stderr}");
        assert!(!data.exists(), "{words} leaves nothing behind");
    }
}

/// A data directory that others can list is served with a warning; one that they can write into is not.
#[test]
fn the_server_says_whose_directory_others_get_into() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let set = |mode| fs::set_permissions(&data, fs::Permissions::from_mode(mode)).unwrap();
    let warns = |server: &Server| server.stderr().contains("others can look into the data directory");
    let mut server = Server::start_on(&data);
    assert!(!warns(&server), "{}", server.stderr());
    server.stop();
    set(0o755);
    let mut server = Server::start_on(&data);
    assert!(warns(&server), "{}", server.stderr());
    server.stop();
    set(0o770);
    let mut command = procura();
    let ran = run(command.args(["serve", "--dev", "--listen", "127.0.0.1:0", "--data"]).arg(&data), "");
    assert!(ran.code == 2 && ran.stderr.contains("can be written to by others (mode 0770)"), "{}", ran.stderr);
}
