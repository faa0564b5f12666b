//! A second reading of the rules, and random histories that hold the domain against it.
//!
//! `PROCURA_HISTORIES` says how many (300 unless told), `PROCURA_SEED` which ones. A failing history is made smaller and
//! printed as lines for `procura apply`.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod commands;
mod compare;
mod history;
mod model;
mod situations;

use compare::Count;
use history::Histories;
use procura_domain::{access, command::Command, rule::Rule};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use std::{
    cell::RefCell,
    collections::BTreeSet,
    fmt::Write,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

const HISTORIES: u64 = 300;
/// Percent of the commands that are accepted, at least.
const ACCEPTED_MIN: u64 = 40;
/// How often every rule decides, at least.
const DECIDED_MIN: u64 = 100;

/// Rules that decide no command and no question: how an invitation's draft is handed out, and what operators read.
const DECIDES_NOTHING: [&str; 2] = ["INV-3", "VIS-4"];

/// The codes with which the domain refuses a command.
const CODES: [&str; 29] = [
    "activeSubscriptions",
    "alreadyErased",
    "alreadyExists",
    "alreadyMember",
    "alreadyRegistered",
    "alreadyRenegotiated",
    "deviceAlreadyRegistered",
    "invalidCommand",
    "invitationDeclined",
    "invitationExpired",
    "invitationUsed",
    "invitationWithdrawn",
    "lastGlobalAdministrator",
    "lastOwner",
    "linkMissing",
    "noDap",
    "noRelationship",
    "notAllowed",
    "notAzure",
    "notFound",
    "notMember",
    "nothingToGrant",
    "policyInForce",
    "profileInUse",
    "profileNotApplied",
    "roleAssignmentExists",
    "roleHeld",
    "roleNotHeld",
    "subscriptionNotActive",
];

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().map_or(default, |text| text.parse().expect("a number"))
}

/// One history, the `index`-th of this seed. Where it fails: what differs, and the smallest history found that shows it.
fn one(seed: u64, index: u64) -> Result<Count, String> {
    let config = Config { cases: 1, max_shrink_iters: 4_000, failure_persistence: None, ..Config::default() };
    let bytes: [u8; 32] = std::array::from_fn(|at| {
        (seed.to_le_bytes().repeat(2).into_iter()).chain(index.to_le_bytes().repeat(2)).nth(at).unwrap_or_default()
    });
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let count = RefCell::new(Count::default());
    let asked = asked();
    let outcome = TestRunner::new_with_rng(config, rng).run(&Histories, |steps| {
        *count.borrow_mut() = compare::check(&steps, &asked).map_err(TestCaseError::fail)?;
        Ok(())
    });
    match outcome {
        Ok(()) => Ok(count.into_inner()),
        Err(TestError::Fail(reason, steps)) => {
            let lines = steps.iter().fold(String::new(), |text, step| text + &step.line() + "\n");
            Err(format!("history {index} of seed {seed}, after\n{lines}{reason}"))
        }
        Err(TestError::Abort(reason)) => Err(format!("history {index} of seed {seed} was aborted: {reason}")),
    }
}

/// The actions that the domain knows.
fn asked() -> Vec<&'static str> {
    access::action_names().map(|(action, _)| action).collect::<BTreeSet<_>>().into_iter().collect()
}

/// All histories, on all processors.
fn all(histories: u64, seed: u64) -> Result<Count, String> {
    let (next, sum) = (AtomicU64::new(0), Mutex::new(Ok(Count::default())));
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= histories || sum.lock().unwrap().is_err() {
                return;
            }
            let one = one(seed, index);
            let mut sum = sum.lock().unwrap();
            match (&mut *sum, one) {
                (Ok(sum), Ok(one)) => sum.add(one),
                (sum @ Ok(_), Err(problem)) => *sum = Err(problem),
                (Err(_), _) => {}
            }
        }
    };
    thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        (0..threads).for_each(|_| drop(scope.spawn(work)));
    });
    sum.into_inner().unwrap()
}

fn printed(count: &Count) -> String {
    let share = count.accepted * 100 / count.commands.max(1);
    let mut text = format!(
        "{} histories, {} commands, {share} % accepted; {} tries by everybody, {} guards and {} questions compared\n",
        count.histories, count.commands, count.tried, count.guards, count.questions
    );
    for command in Command::NAMES {
        let outcomes = count.outcomes.iter().filter(|((of, _), _)| of == command);
        let outcomes: Vec<_> = outcomes.map(|((_, code), times)| format!("{times} {code}")).collect();
        writeln!(text, "{command}: {}", outcomes.join(", ")).unwrap();
    }
    for (action, [yes, no, unknown]) in &count.answers {
        writeln!(text, "{action}: {yes} yes, {no} no, {unknown} unknown").unwrap();
    }
    for rule in Rule::ALL {
        writeln!(text, "{rule} decided {} times", count.rules.get(rule.id()).unwrap_or(&0)).unwrap();
    }
    text
}

/// What came up less often than it should, so that agreeing on it says little.
fn seldom(count: &Count) -> Vec<String> {
    let rules = Rule::ALL.iter().map(|rule| rule.id()).filter(|rule| !DECIDES_NOTHING.contains(rule));
    let rules = rules.map(|rule| (rule.to_owned(), count.rules.get(rule).copied().unwrap_or_default()));
    let accepted = Command::NAMES.iter().map(|name| {
        let times = count.outcomes.get(&(name, "accepted")).copied().unwrap_or_default();
        (format!("{name} accepted"), times)
    });
    let codes = CODES.iter().map(|code| {
        let times = count.outcomes.iter().filter(|((_, found), _)| found == code).map(|(_, times)| times).sum();
        ((*code).to_owned(), times)
    });
    let all = rules.chain(accepted).chain(codes);
    all.filter(|(_, times)| *times < DECIDED_MIN).map(|(what, times)| format!("{what}: {times}")).collect()
}

#[test]
fn random_histories_are_read_alike() {
    let count = all(number("PROCURA_HISTORIES", HISTORIES), number("PROCURA_SEED", 1)).unwrap_or_else(|problem| {
        panic!("the domain and the second reading differ: {problem}");
    });
    println!("{}", printed(&count));
    assert!(count.accepted * 100 >= count.commands * ACCEPTED_MIN, "too few commands are accepted");
    assert!(count.histories < HISTORIES || seldom(&count).is_empty(), "too seldom: {:?}", seldom(&count));
}

#[test]
fn every_action_and_command_of_the_rulebook_is_tried() {
    assert_eq!(compare::actions(), asked().into_iter().collect());
    assert_eq!(history::commands(), Command::NAMES.iter().copied().collect());
}
