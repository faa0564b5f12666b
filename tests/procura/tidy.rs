//! The house is tidy: arrows between crates and between files, one name for one type, a purpose at the top of every
//! module, short files, rules that are pinned, documents that name what exists.

mod imports;
mod shown;

use cargo_metadata::{DependencyKind, MetadataCommand};
use imports::{Crate, is_for_tests};
use proc_macro2::TokenTree;
use procura_app::Code;
use procura_domain::rule::Rule;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};
use syn::{Item, Visibility};

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
    assert_eq!(arrows, plan());
}

/// Which crate imports which: all arrows that there are.
fn plan() -> BTreeMap<String, String> {
    let arrows = [
        ("app", "domain engine eventlog reports views words"),
        ("cli", "app console domain engine eventlog server"),
        ("console", "app domain engine server words"),
        ("domain", ""),
        ("engine", "domain eventlog"),
        ("eventlog", ""),
        ("reports", "domain views words"),
        ("server", "app domain engine"),
        ("views", "domain words"),
        ("words", "domain"),
    ];
    arrows.map(|(from, to)| (from.to_owned(), to.to_owned())).into()
}

/// Of the server, the command line uses serving and tokens; what is asked and answered it has from the app.
#[test]
fn the_command_line_uses_the_server_to_serve_and_for_tokens() {
    let allowed = [
        "BuiltInIssuer",
        "Caller",
        "DecisionLog",
        "DecisionLogSettings",
        "FeedSettings",
        "WebhookLimits",
        "TraceSettings",
        "Traces",
        "HttpServer",
        "Identity",
        "IdentityError",
        "IssuerError",
        "IssuerSettings",
        "Limits",
        "Listen",
        "ListenError",
        "Listener",
        "Opened",
        "ServiceRole",
        "TOKEN_MINUTES_DEFAULT",
        "TOKEN_MINUTES_MAX",
        "Tls",
        "TlsError",
        "TrustedProxy",
    ];
    for (path, text) in sources().iter().filter(|(path, _)| path.starts_with("crates/cli/src")) {
        for used in text.split("procura_server::").skip(1) {
            let names = used.trim_start_matches('{').split(['}', ';', '(']).next().unwrap();
            let unknown: Vec<_> =
                names.split(',').map(str::trim).filter(|name| !name.is_empty() && !allowed.contains(name)).collect();
            assert!(unknown.is_empty(), "{} uses {unknown:?} of the server", path.display());
        }
    }
}

#[test]
fn files_of_a_crate_import_each_other_in_one_direction() {
    let sources = sources();
    let circles = plan().into_keys().flat_map(|name| {
        let circles = Crate::read(&files_below(&sources, &format!("crates/{name}/src"))).circles();
        circles.into_iter().map(move |circle| (name.clone(), circle))
    });
    let circles: Vec<_> = circles.collect();
    assert!(circles.is_empty(), "circles of files, by crate: {circles:#?}");
}

#[test]
fn no_two_public_types_have_one_name() {
    let sources = sources().into_iter();
    let of_product = sources.filter(|(path, _)| path.starts_with("crates") && path.iter().any(|part| part == "src"));
    let twice = twice(&public_types(&of_product.collect()));
    assert!(twice.is_empty(), "{twice:#?}");
}

/// The files below a folder, by their paths from there.
fn files_below(sources: &BTreeMap<PathBuf, String>, folder: &str) -> BTreeMap<PathBuf, String> {
    let below =
        sources.iter().filter_map(|(path, text)| Some((path.strip_prefix(folder).ok()?.to_owned(), text.clone())));
    below.collect()
}

/// Every public struct, enum, trait and type, with the files that define one of that name.
fn public_types(sources: &BTreeMap<PathBuf, String>) -> BTreeMap<String, Vec<PathBuf>> {
    let mut types: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for (path, text) in sources {
        let mut items = syn::parse_file(text).unwrap().items;
        while let Some(item) = items.pop() {
            let (name, visibility) = match item {
                Item::Struct(item) => (item.ident, item.vis),
                Item::Enum(item) => (item.ident, item.vis),
                Item::Trait(item) => (item.ident, item.vis),
                Item::Type(item) => (item.ident, item.vis),
                Item::Mod(inner) => {
                    if !is_for_tests(&inner.attrs) {
                        items.extend(inner.content.into_iter().flat_map(|(_, items)| items));
                    }
                    continue;
                }
                // `named!` makes an enum of its first name.
                Item::Macro(made) if made.mac.path.segments.last().is_some_and(|last| last.ident == "named") => {
                    let name = made.mac.tokens.into_iter().find_map(|token| match token {
                        TokenTree::Ident(name) => Some(name),
                        _ => None,
                    });
                    let Some(name) = name else { continue };
                    (name, syn::parse_quote!(pub))
                }
                _ => continue,
            };
            if matches!(visibility, Visibility::Public(_)) {
                types.entry(name.to_string()).or_default().push(path.clone());
            }
        }
    }
    types
}

fn twice(types: &BTreeMap<String, Vec<PathBuf>>) -> Vec<String> {
    let twice = types.iter().filter(|(_, paths)| paths.len() > 1);
    let text = |paths: &[PathBuf]| paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
    twice.map(|(name, paths)| format!("{name}: {}", text(paths))).collect()
}

#[test]
fn the_domain_is_pure_and_sled_stays_in_its_room() {
    let metadata = MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec().unwrap();
    for package in metadata.packages {
        let normal = package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
        let names: BTreeSet<_> = normal.map(|dependency| dependency.name.as_str()).collect();
        match package.name.as_str() {
            "procura-domain" => assert_eq!(
                names,
                BTreeSet::from(["chrono", "foldhash", "prefetch-index", "serde", "strsim", "thiserror", "uuid"])
            ),
            "procura-eventlog" => assert!(names.contains("sled")),
            _ => assert!(!names.contains("sled"), "{} knows sled", package.name),
        }
    }
}

#[test]
fn every_module_says_what_it_is_for_and_is_short() {
    let sources = sources();
    assert_eq!(without_purpose(&sources), <[String; 0]>::default(), "files that do not begin with `//!`");
    for (path, text) in sources {
        let lines = text.lines().count();
        assert!(lines <= FILE_LINES_MAX, "{} has {lines} lines", path.display());
    }
}

fn without_purpose(sources: &BTreeMap<PathBuf, String>) -> Vec<String> {
    let without = sources.iter().filter(|(_, text)| !text.starts_with("//! "));
    without.map(|(path, _)| path.display().to_string()).collect()
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
