//! The house is tidy: arrows between crates, a purpose at the top of every module, short files, rules that are pinned,
//! documents that name what exists.

use cargo_metadata::{DependencyKind, MetadataCommand};
use procura_app::Code;
use procura_domain::rule::Rule;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// No file is longer.
const FILE_LINES_MAX: usize = 600;

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every Rust file of the workspace with its text, by path from the root.
pub(crate) fn sources() -> BTreeMap<PathBuf, String> {
    fn walk(folder: &Path, found: &mut BTreeMap<PathBuf, String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("target") {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.insert(path.strip_prefix(root()).unwrap().to_owned(), fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    ["crates", "fuzz", "tests"].iter().for_each(|folder| walk(&root().join(folder), &mut found));
    assert!(found.len() > 50, "the sources are where they are looked for");
    found
}

#[test]
fn crates_import_only_what_the_plan_says() {
    let metadata = MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec().unwrap();
    let short = |name: &str| name.strip_prefix("procura-").map(str::to_owned);
    let mut arrows = BTreeMap::new();
    for package in metadata.packages.iter().filter(|package| package.name.as_str() != "procura-tests") {
        let own = package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
        let siblings: BTreeSet<_> = own.filter_map(|dependency| short(&dependency.name)).collect();
        arrows.insert(short(&package.name).unwrap(), siblings.into_iter().collect::<Vec<_>>().join(" "));
    }
    let expected = [
        ("app", "domain engine eventlog reports views"),
        ("cli", "app domain engine eventlog server"),
        ("domain", ""),
        ("engine", "domain eventlog"),
        ("eventlog", ""),
        ("reports", "domain views"),
        ("server", "app domain engine"),
        ("views", "domain"),
    ];
    let expected = expected.map(|(from, to)| (from.to_owned(), to.to_owned()));
    assert_eq!(arrows, BTreeMap::from(expected));
}

#[test]
fn the_domain_is_pure_and_sled_stays_in_its_room() {
    let metadata = MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec().unwrap();
    for package in metadata.packages {
        let normal = package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
        let names: BTreeSet<_> = normal.map(|dependency| dependency.name.as_str()).collect();
        match package.name.as_str() {
            "procura-domain" => assert_eq!(names, BTreeSet::from(["chrono", "serde", "thiserror", "uuid"])),
            "procura-eventlog" => assert!(names.contains("sled")),
            _ => assert!(!names.contains("sled"), "{} knows sled", package.name),
        }
    }
}

#[test]
fn every_module_says_what_it_is_for_and_is_short() {
    for (path, text) in sources() {
        assert!(text.starts_with("//! "), "{} does not begin with `//!`", path.display());
        let lines = text.lines().count();
        assert!(lines <= FILE_LINES_MAX, "{} has {lines} lines", path.display());
    }
}

#[test]
fn every_rule_acts_in_the_code_and_is_pinned_by_a_test() {
    let sources = sources();
    for rule in Rule::ALL {
        let name = rule.id().to_lowercase().replace('-', "_");
        let test = format!("fn {name}_");
        let pinned = sources.values().any(|text| text.contains(&test));
        assert!(pinned, "no test is named after {rule}");
        let acts = sources.iter().any(|(path, text)| {
            let in_code = path.starts_with("crates") && path.components().any(|part| part.as_os_str() == "src");
            let by_name = text.contains(&format!("Rule::{rule:?}")) || text.contains(rule.id());
            in_code && by_name && !path.ends_with("rule.rs")
        });
        assert!(acts, "{rule} stands nowhere in the code");
    }
}

/// The rulebook stands beside the repository where it is developed; elsewhere there is nothing to compare with.
#[test]
fn every_rule_is_one_of_the_rulebook() {
    let Ok(page) = fs::read_to_string(root().join("../shared/domain.md")) else { return };
    for rule in Rule::ALL {
        assert!(page.contains(&format!("- {rule} ")), "{rule} is not in the rulebook");
    }
}

/// Paths in backquotes and in links.
fn paths_named_in(document: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(document)).unwrap();
    let quoted = text.split('`').skip(1).step_by(2);
    let linked = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
    let is_path =
        |word: &&str| ["crates/", "docs/", "fuzz/", "scripts/", "tests/"].iter().any(|start| word.starts_with(start));
    quoted.chain(linked).filter(is_path).map(str::to_owned).collect()
}

#[test]
fn every_path_that_the_documents_name_exists() {
    for document in ["README.md", "docs/ARCHITECTURE.md"] {
        let paths = paths_named_in(document);
        assert!(paths.len() >= 3, "{document}");
        for path in paths {
            assert!(root().join(&path).exists(), "{document} names {path}");
        }
    }
}

#[test]
fn every_error_code_is_documented_and_no_other() {
    let text = fs::read_to_string(root().join("docs/errors.md")).unwrap();
    let documented: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let codes: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(documented, codes);
}
