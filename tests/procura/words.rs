//! The one catalogue, held against all that takes its words from it.

use crate::tidy::{root, sources};
use expect_test::expect_file;
use procura_app::{
    Code, InvitationState, Origin, RelationshipState, Words,
    history::{HistoryRequest, Whose, history},
};
use procura_domain::{
    access::action_names,
    event::EventType,
    rule::Rule,
    visibility::Reader,
    vocabulary::{
        Authentication, AutopilotPolicy, CustomerChannel, DirectoryRole, InvitationUses, Locale, OnParked,
        OverseerRole, PartnerGroup, ResourceRole, Severity, SubscriptionKind, SupportRoute, TenantKind,
    },
};
use procura_engine::{
    Engine, IDEMPOTENCY_KEYS_MAX, KEYS_FILE, Keyring, Settings,
    ambient::{Entropy, SystemClock},
};
use procura_eventlog::DataDirectory;
use procura_tests::{apply, story};
use procura_views::PortalName;
use serde::Serialize;
use std::{collections::BTreeSet, fmt::Write, fs, path::Path, sync::Arc};

/// The ids of the messages in a file of the catalogue.
fn ids(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    let ids = text.lines().filter(|line| line.starts_with(char::is_alphabetic));
    ids.map(|line| line.split(" =").next().unwrap().to_owned()).collect()
}

fn english() -> Vec<(String, Vec<String>)> {
    let files = fs::read_dir(root().join("crates/words/en")).unwrap().map(|file| file.unwrap().path());
    files.map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), ids(&path))).collect()
}

/// All names that people read the words of.
fn vocabulary() -> BTreeSet<String> {
    fn written(value: impl Serialize) -> String {
        serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
    }
    let names = [
        names(PartnerGroup::ALL, PartnerGroup::name),
        names(DirectoryRole::ALL, DirectoryRole::name),
        names(ResourceRole::ALL, ResourceRole::name),
        names(SubscriptionKind::ALL, SubscriptionKind::name),
        names(CustomerChannel::ALL, CustomerChannel::name),
        names(AutopilotPolicy::ALL, AutopilotPolicy::name),
        names(Severity::ALL, Severity::name),
        names(TenantKind::ALL, TenantKind::name),
        names(InvitationUses::ALL, InvitationUses::name),
        names(SupportRoute::ALL, SupportRoute::name),
        names(OverseerRole::ALL, OverseerRole::name),
        names(OnParked::ALL, OnParked::name),
        names(Authentication::ALL, Authentication::name),
        names(EventType::ALL, EventType::name),
        names(ORIGINS, Origin::name),
        action_names().map(|(action, _)| action.replace('.', "-")).collect(),
        INVITATION_STATES.iter().map(written).collect(),
        RELATIONSHIP_STATES.iter().map(written).collect(),
        PORTALS.iter().map(written).collect(),
        // What a relationship alone gives, and what a report says of a change.
        vec!["Reseller".to_owned(), "begun".to_owned()],
    ];
    names.into_iter().flatten().collect()
}

const ORIGINS: &[Origin] =
    &[Origin::Dap, Origin::Provisioning, Origin::Registered, Origin::Assigned, Origin::Explicit, Origin::Relationship];
const INVITATION_STATES: &[InvitationState] =
    &[InvitationState::Open, InvitationState::Used, InvitationState::Withdrawn, InvitationState::Expired];
const RELATIONSHIP_STATES: &[RelationshipState] =
    &[RelationshipState::Active, RelationshipState::Ended, RelationshipState::None];
const PORTALS: &[PortalName] = &[
    PortalName::Microsoft365AdminCenter,
    PortalName::Entra,
    PortalName::Exchange,
    PortalName::Intune,
    PortalName::Azure,
];

fn names<T: Copy>(all: &[T], name: fn(T) -> &'static str) -> Vec<String> {
    all.iter().map(|value| name(*value).to_owned()).collect()
}

#[test]
fn every_name_has_its_words_and_no_other() {
    let found: BTreeSet<_> = ids(&root().join("crates/words/en/vocabulary.ftl")).into_iter().collect();
    assert_eq!(found, vocabulary());
    assert_eq!(Words::of(Locale::Fr).called("directory.read"), "lire l’annuaire");
}

#[test]
fn every_rule_and_every_error_has_its_words() {
    let rules: Vec<_> = ids(&root().join("crates/words/en/reasons.ftl"));
    let rules: Vec<_> = rules.iter().map(String::as_str).filter(|id| !id.starts_with("missing-")).collect();
    assert_eq!(rules, Rule::ALL.iter().map(|rule| rule.id()).collect::<Vec<_>>());
    let of_codes = Code::ALL.iter().flat_map(|code| [format!("error-{code}"), format!("error-{code}-next")]);
    assert_eq!(ids(&root().join("crates/words/en/errors.ftl")), of_codes.collect::<Vec<_>>());
    let (en, fr) = (Words::of(Locale::En), Words::of(Locale::Fr));
    for code in Code::ALL {
        for words in [en, fr] {
            let (title, next) = (code.title(words), code.next_step(words));
            assert!(!title.ends_with('.') && next.ends_with('.'), "{title}: {next}");
        }
        assert_ne!(code.title(en), code.title(fr));
    }
    assert_eq!(Code::LastOwner.title(fr), "Dernier propriétaire");
}

/// The sources that take words, templates among them.
fn texts() -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "html" || extension == "svg") {
                found.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let in_product = |path: &Path| path.starts_with("crates") && path.iter().any(|part| part == "src");
    let sources = sources().into_iter().filter(|(path, _)| in_product(path));
    let mut texts: Vec<_> = sources.map(|(path, text)| (path.display().to_string(), text)).collect();
    for folder in fs::read_dir(root().join("crates")).unwrap() {
        walk(&folder.unwrap().path().join("templates"), &mut texts);
    }
    texts
}

#[test]
fn no_message_is_missing_and_none_is_left_over() {
    let (texts, words) = (texts(), Words::of(Locale::En));
    for (path, text) in texts.iter().filter(|(path, _)| !path.ends_with("tests.rs")) {
        for call in [".word(\"", ".sentence(\"", ".called(\""] {
            for id in text.split(call).skip(1).map(|rest| rest.split('"').next().unwrap()) {
                assert!(words.has(&id.replace('.', "-")), "{path} asks for {id}");
            }
        }
    }
    let english = english();
    let catalogue: String = fs::read_dir(root().join("crates/words/en"))
        .unwrap()
        .map(|file| fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    let is_used = |id: &str| {
        let named = texts.iter().any(|(_, text)| text.contains(&format!("\"{id}\"")));
        // `report-column-{name}` in code names every message that begins so.
        let begins = |prefix: &str| texts.iter().any(|(_, text)| text.contains(&format!("\"{prefix}-{{")));
        named || id.match_indices('-').any(|(at, _)| begins(&id[..at])) || catalogue.contains(&format!("{{ {id} }}"))
    };
    // Names and rules are called by what they are.
    let called: BTreeSet<_> =
        vocabulary().into_iter().chain(Rule::ALL.iter().map(|rule| rule.id().to_owned())).collect();
    let all = english.iter().flat_map(|(file, ids)| ids.iter().map(move |id| (file, id)));
    let unused: Vec<_> = all.filter(|(_, id)| !called.contains(*id) && !is_used(id)).collect();
    assert!(unused.is_empty(), "{unused:?}");
}

/// The history of the whole story, as a console in French tells it.
#[tokio::test]
async fn the_story_is_told_in_french() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    apply(&path, &fs::read_to_string(story::file()).unwrap());
    let directory = DataDirectory::open(&path, Entropy::from_os().guid()).unwrap();
    let settings = Settings {
        public_url: "https://partners.example".to_owned(),
        invitation_link: None,
        clock: Arc::new(SystemClock),
        entropy: Entropy::from_os(),
        snapshots: None,
        keyring: Keyring::open(&path.join(KEYS_FILE), directory.log_id()).unwrap(),
        has_room: Arc::new(|| true),
        idempotency_keys_max: IDEMPOTENCY_KEYS_MAX,
        on_fatal: Arc::new(|error| panic!("{error}")),
    };
    let engine = Engine::open(directory.stored().unwrap(), settings).await.unwrap();
    let request = HistoryRequest { limit: Some(200), locale: Locale::Fr, ..HistoryRequest::default() };
    let page = history(&engine, Reader::Overseer, Whose::Everybody, request).await.unwrap().answer;
    assert_eq!(page.next.map(|next| next.after), None);
    let (mut text, words) = (String::new(), Words::of(Locale::Fr));
    for entry in page.items {
        let told = &entry.narration;
        writeln!(text, "{:>2} {}, {}", entry.position, words.date_and_time(entry.time), told.rule).unwrap();
        writeln!(text, "   {}", told.text).unwrap();
        for (sign, effects) in [("+", &told.gained), ("–", &told.lost)] {
            effects.iter().for_each(|effect| writeln!(text, "   {sign} {}", effect.text).unwrap());
        }
    }
    expect_file!["../golden/story.history.fr.txt"].assert_eq(&text);
}
