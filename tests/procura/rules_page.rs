//! The pages of the rules. `docs/rules.md` says what each means; `docs/rules-in-code.md` where each acts and which tests
//! pin it. The latter is generated: `UPDATE_EXPECT=1 cargo test -p procura-tests rules_page` writes it anew.

use crate::tidy::{root, sources};
use expect_test::expect_file;
use procura_domain::rule::Rule;
use std::{collections::BTreeMap, fmt::Write, fs, path::Path};

#[test]
fn the_page_of_rules_has_each_once_and_in_order() {
    let page = fs::read_to_string(root().join("docs/rules.md")).unwrap();
    let rows: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next()).collect();
    let rules: Vec<_> = rows.into_iter().filter(|row| *row != "rule").collect();
    assert_eq!(rules, Rule::ALL.iter().map(|rule| rule.id()).collect::<Vec<_>>());
    let texts =
        page.lines().filter(|line| line.contains('-')).filter_map(|line| line.strip_prefix("| ")?.split(" | ").nth(1));
    let short: Vec<_> = texts.filter(|text| !text.ends_with(". |") || text.len() < 20).collect();
    assert!(short.is_empty(), "{short:?}");
}

#[test]
fn the_generated_page_says_where_each_rule_acts_and_what_pins_it() {
    let sources = sources();
    let mut page = "# The rules in the code\n\nGenerated from the sources by `tests/procura/rules_page.rs`, which also \
        checks it: where each rule acts, and which tests pin it, with the number of tests that are named after the rule in \
        brackets. [rules.md](rules.md) says what the rules mean.\n"
        .to_owned();
    for rule in Rule::ALL {
        let acts = files(&sources, |path, text| {
            let of_product = path.starts_with("crates") && path.components().any(|part| part.as_os_str() == "src");
            // A description speaks of a rule; it does nothing by it.
            let describes = path.starts_with("crates/app/src/schemas") || path.starts_with("crates/server/src/openapi");
            let names = text.contains(&format!("Rule::{rule:?}")) || text.contains(rule.id());
            usize::from(of_product && names && !describes && !path.ends_with("rule.rs"))
        });
        let prefix = format!("fn {}_", rule.id().to_lowercase().replace('-', "_"));
        let pinned = files(&sources, |_, text| text.matches(&prefix).count());
        assert!(!acts.is_empty() && !pinned.is_empty(), "{rule} acts in {acts:?} and is pinned in {pinned:?}");
        let acts: Vec<_> = acts.keys().map(|path| format!("`{path}`")).collect();
        let pinned: Vec<_> = pinned.iter().map(|(path, tests)| format!("`{path}` ({tests})")).collect();
        writeln!(page, "\n## {rule}\n\n- acts in {}\n- pinned in {}", acts.join(", "), pinned.join(", ")).unwrap();
    }
    expect_file!["../../docs/rules-in-code.md"].assert_eq(&page);
}

/// The files in which something is found, with how often.
fn files(
    sources: &BTreeMap<std::path::PathBuf, String>,
    count: impl Fn(&Path, &str) -> usize,
) -> BTreeMap<String, usize> {
    let counted = sources.iter().map(|(path, text)| (path.display().to_string(), count(path, text)));
    counted.filter(|(_, count)| *count > 0).collect()
}

#[test]
fn the_example_of_an_import_is_recorded_whole_with_its_dates() {
    let directory = tempfile::tempdir().unwrap();
    let example = fs::read_to_string(root().join("docs/examples/import.jsonl")).unwrap();
    for again in [false, true] {
        let applied = procura_tests::apply(directory.path(), &example);
        let refused: Vec<_> = applied.results.iter().filter(|result| result["ok"] != true).collect();
        assert!(applied.code == 0 && refused.is_empty(), "again: {again}, {refused:?}");
        assert_eq!(applied.results.len(), example.lines().count());
    }
    let events = procura_tests::export(directory.path());
    let dates = example.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["at"].clone());
    let mut recorded: Vec<_> = events.iter().map(|event| event["time"].clone()).collect();
    recorded.dedup();
    assert_eq!(recorded, dates.collect::<Vec<_>>(), "the true dates, and a second run recorded nothing");
    assert!(events.iter().all(|event| event["importedtime"].is_string() && event["authentication"] == "stated"));
}
