//! What people see on a terminal of 80 and of 120 columns, as pictures in `tests/golden/terminal/`: a style stands there as
//! ‹dim›…‹/›. After a change on purpose: `UPDATE_EXPECT=1 cargo test -p procura-tests --test procura terminal`.

use expect_test::expect_file;
use procura_tests::{
    Ran, apply, procura, run, run_and_answer, run_on_terminal, story,
    world::{self, ALEX, CARLA, CONTOSO, FABRIKAM, by},
};
use serde_json::json;
use std::{fs, path::Path, process::Command};

const WIDTHS: [u16; 2] = [80, 120];

/// A log that the story was told to.
fn told() -> tempfile::TempDir {
    told_as(str::to_owned)
}

/// The same for the story in another form.
fn told_as(form: impl FnOnce(&str) -> String) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    apply(directory.path(), &form(&fs::read_to_string(story::file()).unwrap())).all_recorded();
    directory
}

/// The story with another name for Contoso.
fn with_contoso_as(name: &str) -> tempfile::TempDir {
    told_as(|story| story.replace("\"Contoso\"", &serde_json::to_string(name).unwrap()))
}

/// The styles as words.
fn visible(shown: &str) -> String {
    let styles = [("1", "bold"), ("2", "dim"), ("31", "red"), ("32", "green"), ("0", "/")];
    let named = styles
        .iter()
        .fold(shown.to_owned(), |text, (code, name)| text.replace(&format!("\u{1b}[{code}m"), &format!("‹{name}›")));
    assert!(!named.contains(|char: char| char.is_control() && char != '\n'), "{named:?}");
    named
}

/// How many columns a line takes, where 日本マイクロソフト and such are the only letters that are not one wide.
fn columns(line: &str) -> usize {
    let wide = |char: char| matches!(char, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}');
    line.chars().map(|char| if wide(char) { 2 } else { 1 }).sum()
}

/// What is shown, without styles.
fn plain(visible: &str) -> String {
    let styles = ["bold", "dim", "red", "green", "/"];
    styles.iter().fold(visible.to_owned(), |text, name| text.replace(&format!("‹{name}›"), ""))
}

/// Lines that are wider than the terminal, and would not be if they were broken at a space.
fn too_wide(shown: &str, width: u16) -> Vec<String> {
    let wide = |line: &&str| columns(line) > width.into() && line.trim_start().contains(' ');
    plain(shown).lines().filter(wide).map(str::to_owned).collect()
}

/// Shows it at both widths, and compares with the pictures of that name.
fn check(name: &str, data: &Path, arguments: &[&str], code: i32) {
    for width in WIDTHS {
        let Ran { code: ended, stdout, stderr } = run_on_terminal(&mut asked(data, arguments), width);
        // A bar that was shown meanwhile was erased with its line.
        let stderr = stderr.rsplit("\r\u{1b}[2K").next().unwrap();
        let shown = visible(&stdout) + &visible(stderr);
        assert_eq!(ended, code, "{arguments:?}: {shown}");
        assert_eq!(too_wide(&shown, width), Vec::<String>::new(), "{arguments:?} at {width}");
        let picture = format!("{}/golden/terminal/{name}.{width}.txt", env!("CARGO_MANIFEST_DIR"));
        expect_file![picture].assert_eq(&shown);
    }
    let piped = run(&mut asked(data, arguments), "");
    assert!(!(piped.stdout + &piped.stderr).contains('\u{1b}'), "colours in a pipe: {arguments:?}");
}

fn asked(data: &Path, arguments: &[&str]) -> Command {
    let mut command = procura();
    // The pictures name no folder.
    command.args(arguments).env("PROCURA_DATA", data);
    command
}

#[test]
fn a_history_has_its_details_below() {
    let directory = told();
    check("history", directory.path(), &["history", "--from", "11", "--until", "34"], 0);
}

#[test]
fn an_answer_is_followed_by_its_question_and_its_reasons() {
    let directory = told();
    let alex = format!("user:{ALEX}");
    let contoso = format!("customer:{CONTOSO}");
    let [production, web_shop] =
        [1, 2].map(|number| format!("subscription:5b000000-0000-4000-8000-00000000000{number}"));
    for (name, at, action, resource, code) in [
        ("denied", "35", "directory.administer", &contoso, 1),
        ("denied-nothing-there", "35", "subscription.manage", &production, 1),
        ("allowed", "28", "subscription.manage", &web_shop, 0),
    ] {
        let ask = ["check", "--at", at, "--subject", &alex, "--action", action, "--resource", resource];
        check(&format!("check-{name}"), directory.path(), &ask, code);
    }
    let until = ["--until", "2020-09-01T00:00:00Z"];
    let who = [&["who-could", "--action", "subscription.manage", "--resource", &web_shop][..], &until].concat();
    check("who-could", directory.path(), &who, 0);
    let what = [&["what-could", "--subject", &alex, "--resource-type", "subscription"][..], &until].concat();
    check("what-could", directory.path(), &what, 0);
    let (customer, partner, actor) = (format!("customer={CONTOSO}"), format!("partner={FABRIKAM}"), CARLA.to_string());
    check("what-if-refused", directory.path(), &["what-if", "RevokeDap", &customer, &partner, "--actor", &actor], 1);
    check("error", directory.path(), &["history", "--at", "9999"], 2);
}

/// The story up to Contoso's revocation, with what its people are called.
fn told_before_the_revocation() -> tempfile::TempDir {
    told_as(|story| {
        let is_wanted = |(number, line): &(usize, &str)| *number < 19 || line.contains("DescribeUser");
        story.lines().enumerate().filter(is_wanted).map(|(_, line)| format!("{line}\n")).collect()
    })
}

/// Contoso's administrator takes Fabrikam's privileges away.
const REVOKES: [&str; 6] =
    ["RevokeDap", "customer=contoso.com", "partner=fabrikam.com", "--as", "carla@contoso.com", "--format=text"];

#[test]
fn what_would_be_lost_and_left_is_told_in_columns() {
    let directory = told_before_the_revocation();
    check("what-if", directory.path(), &[&["what-if"], &REVOKES[..]].concat(), 0);
}

#[test]
fn what_is_taken_away_is_shown_and_asked_about() {
    for (answer, name, code) in [("n", "do-not", 1), ("y", "do", 0)] {
        for width in WIDTHS {
            let directory = told_before_the_revocation();
            let mut command = asked(directory.path(), &[&["do"], &REVOKES[..]].concat());
            let ran = run_and_answer(&mut command, width, "[y/N]\u{1b}[0m ", || format!("{answer}\n"));
            let shown = visible(&ran.stdout);
            assert_eq!(ran.code, code, "{shown}{}", ran.stderr);
            assert_eq!(too_wide(&shown, width), Vec::<String>::new(), "at {width}");
            let picture = format!("{}/golden/terminal/{name}.{width}.txt", env!("CARGO_MANIFEST_DIR"));
            expect_file![picture].assert_eq(&shown);
        }
    }
}

#[test]
fn a_story_is_told_on_a_page() {
    let directory = told_before_the_revocation();
    for (who, name) in [("alex@fabrikam.com", "alex"), ("contoso.com", "contoso"), ("Fabrikam", "fabrikam")] {
        check(&format!("tell-{name}"), directory.path(), &["tell", who], 0);
    }
    let directory = told();
    check("tell-fabrikam-later", directory.path(), &["tell", "fabrikam.com"], 0);
    check("tell-alex-earlier", directory.path(), &["tell", "alex@fabrikam.com", "--at", "2020-07-31"], 0);
}

#[test]
fn lists_stand_in_columns() {
    let directory = told_before_the_revocation();
    for list in ["customers", "partners", "relationships", "permissions", "subscriptions", "invitations", "people"] {
        check(&format!("list-{list}"), directory.path(), &[list], 0);
    }
    check("list-permissions-of-alex", directory.path(), &["permissions", "--of", "alex@fabrikam.com"], 0);
    check("list-devices", told().path(), &["devices"], 0);
}

/// Each takes two columns, also where rows are aligned in a pipe.
#[test]
fn wide_letters_are_aligned() {
    let directory = with_contoso_as("日本支社");
    check("wide-letters", directory.path(), &["history", "--from", "11", "--until", "20"], 0);
    let piped = run(&mut asked(directory.path(), &["history", "--from", "13", "--until", "16"]), "").stdout;
    let sentences = ["Fabrikam sent", "日本支社 accepted", "The reseller", "日本支社 granted"];
    let at = |(line, sentence): (&str, &str)| columns(line.split(sentence).next().unwrap());
    let starts: Vec<_> = piped.lines().filter(|line| line.starts_with("2020")).zip(sentences).map(at).collect();
    assert_eq!(starts, [starts[0]; 4], "{piped}");
}

/// A name that the rules take may not move, hide or turn around what else is in its line.
#[test]
fn a_name_does_nothing_to_a_terminal() {
    let directory = with_contoso_as("Contoso\u{202e}moc\u{2066}\u{2028}x");
    let ask = ["history", "--from", "4", "--until", "16"];
    let shown = run_on_terminal(&mut asked(directory.path(), &ask), 80).stdout;
    let piped = run(&mut asked(directory.path(), &ask), "").stdout;
    for text in [shown, piped] {
        assert!(text.contains("Contoso\\u{202e}moc\\u{2066}\\u{2028}x"), "{text:?}");
        assert!(!text.contains(['\u{202e}', '\u{2066}', '\u{2028}']), "{text:?}");
    }
}

#[test]
fn the_environment_says_how_wide_and_whether_in_colours() {
    let directory = told();
    let ask = ["history", "--from", "11", "--until", "20"];
    let on = |width, environment: &[(&str, &str)]| {
        let mut command = asked(directory.path(), &ask);
        run_on_terminal(command.envs(environment.iter().copied()), width).stdout
    };
    assert_eq!(on(120, &[("COLUMNS", "80")]), on(80, &[]));
    assert_eq!(on(80, &[("COLUMNS", "wide")]), on(80, &[]));
    assert_eq!(too_wide(&visible(&on(40, &[])), 40), Vec::<String>::new());
    assert_eq!(on(10, &[]), on(40, &[]));
    assert_eq!(on(0, &[]), on(80, &[]), "a terminal that does not say how wide it is");
    for without in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        assert_eq!(on(80, &[without]), plain(&visible(&on(80, &[]))), "{without:?}");
    }
    let piped = run(&mut asked(directory.path(), &ask), "").stdout;
    let told_a_width = run(asked(directory.path(), &ask).env("COLUMNS", "40").env("CLICOLOR_FORCE", "1"), "").stdout;
    assert_eq!(plain(&visible(&told_a_width)), piped);
}

/// What no picture is of, because it is another text each time.
#[test]
fn every_command_fits() {
    let directory =
        told_as(|story| story.to_owned() + &world::text(&[by(ALEX, "SetConsumer", json!({"name": "billing"}))]));
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    let file = report.to_str().unwrap();
    let make = ["report", "residual-access", "--format", "json", "--output", file];
    assert_eq!(run(&mut asked(directory.path(), &make), "").code, 0);
    for ask in [&["consumers"][..], &["verify"], &["report", "verify", file]] {
        for width in [40, 80, 120] {
            let Ran { code, stdout, .. } = run_on_terminal(&mut asked(directory.path(), ask), width);
            let shown = visible(&stdout);
            assert!(code == 0 && !shown.is_empty(), "{ask:?}: {shown}");
            assert_eq!(too_wide(&shown, width), Vec::<String>::new(), "{ask:?} at {width}");
        }
    }
}
