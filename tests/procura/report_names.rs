//! Names of people in reports (PEO-2): shown beside the ids, stated with a position, and checked when they were changed since,
//! with a verdict that is neither *yes* nor *no*. Nobody edits anything else, or a name that was not changed, unseen.

use procura_app::reports::{NamesWanted, ReportRequest, Statement};
use procura_tests::{Ran, Server, apply, procura, run, story, world};
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;
use world::{ALEX, CARLA, CONTOSO, FABRIKAM, GRETA, HELEN, User};

const FORMS: [&str; 3] = ["json", "csv", "html"];
const OTHER_NAMES: &str = "other names: the log gives this access-review of position 27 ";

/// A log with the story in it, and its review of Contoso in every form.
struct Told {
    home: TempDir,
}

impl Told {
    fn new() -> Self {
        let told = Self { home: tempfile::tempdir().unwrap() };
        apply(&told.data(), &fs::read_to_string(story::file()).unwrap()).all_recorded();
        told
    }

    fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    fn review(&self, format: &str) -> String {
        let mut command = procura();
        command.args(["report", "access-review", "--customer", CONTOSO, "--at", "27", "--format", format, "--data"]);
        let ran = run(command.arg(self.data()), "");
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        ran.stdout
    }

    fn verify(&self, text: &str) -> Ran {
        verify(self.home.path(), text, &["--data", self.data().to_str().unwrap()])
    }

    fn describe(&self, by: User, user: User, name: &str) {
        let line =
            world::by(by, "DescribeUser", json!({"tenant": user.tenant, "user": user.user, "displayName": name}));
        apply(&self.data(), &world::text(&[line])).all_recorded();
    }

    fn erase(&self, user: User) {
        let subject = format!("user:{}/{}", user.tenant, user.user);
        let ran = run(procura().args(["erase", "--operator", "Odile", "--data"]).arg(self.data()).arg(subject), "");
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }
}

fn verify(folder: &Path, text: &str, flags: &[&str]) -> Ran {
    let file = folder.join("report");
    fs::write(&file, text).unwrap();
    run(procura().args(["report", "verify"]).arg(&file).args(flags), "")
}

/// The report with another text everywhere in place of one.
fn edited(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}");
    text.replace(from, to)
}

fn swapped(text: &str, one: &str, other: &str) -> String {
    edited(&edited(&edited(text, one, "\u{7f}"), other, one), "\u{7f}", other)
}

/// The report as if its names were of that position, wherever it says so.
fn of_position(text: &str, position: &str) -> String {
    let ways =
        ["\"names\":{\"position\":43}", "\"\"names\"\":{\"\"position\"\":43}", "\"names\": {\n    \"position\": 43\n"];
    let text = ways.iter().fold(text.to_owned(), |text, way| text.replace(way, &way.replace("43", position)));
    text.replace("as of position 43", &format!("as of position {position}"))
}

#[track_caller]
fn says(ran: &Ran, code: i32, begins: &str, part: &str) {
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(ran.code == code && said.starts_with(begins) && said.contains(part), "{} {said}", ran.code);
}

#[test]
fn peo_2_a_report_names_people_and_says_of_when() {
    let told = Told::new();
    for (format, named) in [
        ("json", "\"memberName\": \"Alex Weber\""),
        ("csv", ",user,faaaaaaa-0000-4000-8000-000000000001/f0000000-0000-4000-8000-000000000011,Alex Weber,Fabrikam,"),
        ("html", "Alex Weber, Fabrikam<small>f0000000-0000-4000-8000-000000000011</small>"),
    ] {
        let text = told.review(format);
        assert!(text.contains(named), "{text}");
        // Where the newest name of somebody in it was given: Colin's, who is not, was given after that.
        let statement = Statement::read(text.as_bytes()).unwrap();
        assert_eq!(statement.names.unwrap().position.0, 43);
        says(&told.verify(&text), 0, "yes: ", "every byte is what the log gives");
        // What others are called makes no difference.
        told.describe(CARLA, world::COLIN, format);
    }
}

#[test]
fn peo_2_a_name_that_was_changed_or_erased_has_a_verdict_of_its_own() {
    let told = Told::new();
    let before = FORMS.map(|format| told.review(format));
    told.describe(CARLA, CARLA, "Carla \"Q.\" <b>Moreau</b> & Cie; =1+1");
    let between = FORMS.map(|format| told.review(format));
    for text in &before {
        let ran = told.verify(text);
        says(&ran, 3, OTHER_NAMES, "every byte but names of people is what the log gives");
        says(&ran, 3, OTHER_NAMES, "1 name in it was changed or erased since position 43");
        says(
            &ran,
            3,
            OTHER_NAMES,
            "\"Carla Moreau\" in the report, \"Carla \\\"Q.\\\" <b>Moreau</b> & Cie; =1+1\" now",
        );
    }
    for text in &between {
        says(&told.verify(text), 0, "yes: ", "");
    }
    told.erase(CARLA);
    told.erase(HELEN);
    for text in &before {
        let ran = told.verify(text);
        says(&ran, 3, OTHER_NAMES, "2 names in it were changed or erased since position 43");
        says(&ran, 3, OTHER_NAMES, "\"Helen Okafor\" in the report, no name now");
    }
    for text in &between {
        says(&told.verify(text), 3, OTHER_NAMES, "2 names in it were changed or erased since position 45");
    }
    let erased = FORMS.map(|format| told.review(format));
    for text in &erased {
        assert!(!text.contains("Carla") && !text.contains("Helen") && text.contains("Alex Weber"));
        says(&told.verify(text), 0, "yes: ", "");
    }
    // Called the same again: the bytes are the same.
    told.describe(CARLA, CARLA, "Carla Moreau");
    told.describe(GRETA, HELEN, "Helen Okafor");
    for text in &before {
        says(&told.verify(text), 0, "yes: ", "");
    }
    // A report without those names stays what the log gives.
    for text in &erased {
        says(&told.verify(text), 0, "yes: ", "");
    }
}

#[test]
fn peo_2_nobody_edits_a_report_unseen_when_names_were_changed() {
    let told = Told::new();
    let reports = FORMS.map(|format| told.review(format));
    let no = "no: not as the log gives it: body";
    for text in &reports {
        says(&told.verify(&edited(text, "Helen Okafor", "Helen Okafox")), 1, no, "Helen Okafox");
        says(&told.verify(&swapped(text, "Helen Okafor", "Alex Weber")), 1, no, "");
    }
    told.describe(CARLA, CARLA, "Carla Petit");
    told.erase(ALEX);
    for text in &reports {
        says(&told.verify(text), 3, OTHER_NAMES, "2 names");
        // The name of somebody whose names did not change, its place taken by one whose did, and what is no name.
        says(&told.verify(&edited(text, "Helen Okafor", "Helen Okafox")), 1, no, "Helen Okafox");
        says(&told.verify(&swapped(text, "Helen Okafor", "Alex Weber")), 1, no, "");
        says(&told.verify(&edited(text, "Contributor", "Reader")), 1, no, "Reader");
        let swapped_ids = swapped(text, ALEX.user, HELEN.user);
        says(&told.verify(&swapped_ids), 1, no, "");
        // One name stands for one person everywhere.
        says(&told.verify(&text.replacen("Carla Moreau", "Carla Morea", 1)), 1, no, "");
        // What nobody can tell any more is never a yes.
        says(
            &told.verify(&edited(text, "Carla Moreau", "Somebody Else")),
            3,
            OTHER_NAMES,
            "\"Somebody Else\" in the report",
        );
        // Nor does an older position help: nobody had a name then, and a report says nothing of when it could not be.
        for (position, part) in
            [("27", "no: not as the log gives it: body"), ("26", "no: the log cannot make such a report")]
        {
            says(&told.verify(&of_position(text, position)), 1, part, "");
        }
    }
}

/// A report that was made before reports had names.
#[test]
fn a_report_without_names_is_what_it_was() {
    let told = Told::new();
    let server = Server::start_on(&told.data());
    let auditor = server.service("Auditor");
    let of = |format: &str| {
        let path = format!("/v1/reports/access-review?customer={CONTOSO}&at=27&names=none&format={format}");
        auditor.send("GET", &path, &[], "")
    };
    let flags = ["--server", &server.url, "--token", &auditor.token];
    for format in ["csv", "html"] {
        let text = of(format).body.as_str().unwrap().to_owned();
        assert!(!text.contains("Carla") && !text.contains("rincipalName,principalTenantName"), "{text}");
        let statement = Statement::read(text.as_bytes()).unwrap();
        assert_eq!((statement.names, ReportRequest::from(&statement).names), (None, NamesWanted::Nobody));
        says(&verify(told.home.path(), &text, &flags), 0, "yes: ", "every byte is what the log gives");
    }
    assert!(of("json").body.get("names").is_none());
}

/// Over a server, by those who may have the report; and its signature.
#[test]
fn peo_2_a_server_has_reports_with_names_checked_and_signed() {
    let told = Told::new();
    let server = Server::start_on(&told.data());
    let path = told.home.path().join("review.csv");
    let command = |arguments: &[&str], token: &str| {
        run(procura().arg("report").args(arguments).args(["--server", &server.url, "--token", token]), "")
    };
    let (carla, auditor) = (server.user(CARLA), server.service("Auditor"));
    let file = path.to_str().unwrap();
    let made = ["access-review", "--at", "27", "--format", "csv", "--sign", "--output", file];
    let ran = command(&made, &carla.token);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let text = fs::read_to_string(&path).unwrap();
    let named = json!({"tenant": FABRIKAM, "user": ALEX.user, "displayName": "Alex Berg"});
    server.user(GRETA).command("DescribeUser", &named);
    for token in [&carla.token, &auditor.token] {
        says(&command(&["verify", file], token), 3, OTHER_NAMES, "\"Alex Weber\" in the report, \"Alex Berg\" now");
        fs::write(&path, edited(&text, "Contributor", "Reader")).unwrap();
        says(&command(&["verify", file], token), 1, "no: ", "column `role`");
        fs::write(&path, &text).unwrap();
    }
    // The signature beside it still says what was signed. The server signs no names that it does not have.
    let key = run(procura().args(["checkpoint", "key", "--data"]).arg(told.data()), "").stdout;
    let ran = run(procura().args(["report", "verify", file, "--key", key.trim()]), "");
    says(&ran, 0, "yes: the key of the log ", "");
    let get = |query: &str| {
        let path = format!("/v1/reports/access-review{query}&customer={CONTOSO}&at=27&format=csv");
        auditor.send("GET", &path, &[], "")
    };
    let problem =
        get("/signature?names=43").differs(400, "invalidRequest", "`names`: names in it were changed or erased");
    assert_eq!(problem, None);
    for (names, status, problem) in [
        ("26", 400, "`names`: is before the moment that the report is about"),
        ("99", 422, "position 99 is beyond the newest"),
        ("all", 400, "`names`: it is a position, or `none`"),
    ] {
        assert_eq!(get(&format!("?names={names}")).differs(status, "invalidRequest", problem), None, "{names}");
    }
}
