//! A second reading of the rules, and random histories that hold the domain against it.
//!
//! `PROCURA_HISTORIES` says how many (300 unless told), `PROCURA_SEED` which ones. A failing history is made smaller and
//! printed as lines for `procura apply`.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod commands;
mod compare;
mod consequences;
mod history;
mod missing;
mod model;
mod names;
mod past;
mod reasons;
mod reports;
mod runner;
mod searches;
mod situations;
mod snapshots;
mod spans;
mod told;
mod visibility;

use compare::Count;
use procura_domain::{access, command::Command, rule::Rule};
use procura_tests::number;
use runner::HISTORIES;
use std::{collections::BTreeSet, fmt::Write};

/// Percent of the commands that are accepted, at least.
const ACCEPTED_MIN: u64 = 40;
/// How often every rule decides, at least.
const DECIDED_MIN: u64 = 100;

/// Rules that decide no command and no question: how an invitation's draft is handed out, what operators read, and what is
/// told of an answer, which `visibility` compares; and what is sealed of a webhook.
const DECIDES_NOTHING: [&str; 8] = ["FEED-3", "INV-3", "PEO-2", "PEO-3", "VIS-4", "VIS-5", "VIS-6", "VIS-7"];

/// The codes with which the domain refuses a command.
const CODES: [&str; 30] = [
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
    "nameTaken",
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

/// The actions that the domain knows.
fn asked() -> Vec<&'static str> {
    access::action_names().map(|(action, _)| action).collect::<BTreeSet<_>>().into_iter().collect()
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
    let asked = asked();
    let count = runner::check(number("PROCURA_HISTORIES", HISTORIES), |steps| {
        compare::check(steps, &asked).map_err(|problem| format!("the domain and the second reading differ: {problem}"))
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
