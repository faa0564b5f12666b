//! Small histories by hand: what the checker explains, and what it does not.

use crate::{
    checker::{Unexplained, check, report},
    history::{Asked, Change, Command, Heard, History, Membership, NEVER, Operation, Start},
};

const ONE: Membership = Membership { partner: 0, group: 0, user: 0 };

fn operation(began: u64, ended: u64, asked: Asked, heard: Heard) -> Operation {
    Operation { client: 0, began, ended, asked, heard }
}

fn command(began: u64, ended: u64, change: Change, heard: Heard) -> Operation {
    let command = Command { change, of: ONE };
    operation(began, ended, Asked::Command { command, if_match: None, key: None }, heard)
}

fn keyed(key: u32, mut operation: Operation) -> Operation {
    if let Asked::Command { key: own, .. } = &mut operation.asked {
        *own = Some(key);
    }
    operation
}

fn recorded(position: u64) -> Heard {
    Heard::Recorded { position, body: position.to_string().into() }
}

fn read(began: u64, ended: u64, position: u64, users: u8) -> Operation {
    operation(began, ended, Asked::Members { partner: 0, group: 0 }, Heard::Members { position, users })
}

#[track_caller]
fn explained(operations: &[Operation]) {
    let history = History::new(Start::default(), operations.to_vec());
    assert!(check(&history).is_ok(), "{}", report(&history));
}

#[track_caller]
fn unexplained(operations: &[Operation]) {
    let history = History::new(Start::default(), operations.to_vec());
    assert!(matches!(check(&history), Err(Unexplained::NoOrder(_))));
}

#[test]
fn operations_at_the_same_time_may_come_in_either_order() {
    let added = command(0, 10, Change::Add, recorded(1));
    explained(&[added.clone(), read(5, 15, 0, 0)]);
    explained(&[added.clone(), read(5, 15, 1, 1)]);
    unexplained(&[added.clone(), read(5, 15, 1, 0)]);
    unexplained(&[added.clone(), read(11, 15, 0, 0)]);
    // One that was seen stays seen.
    unexplained(&[added, read(2, 4, 1, 1), read(5, 6, 0, 0)]);
}

#[test]
fn a_command_without_an_answer_may_take_effect_at_any_time() {
    let lost = command(0, NEVER, Change::Add, Heard::Nothing);
    for (position, users) in [(0, 0), (1, 1)] {
        explained(&[lost.clone(), read(5, 15, position, users)]);
    }
    explained(&[lost.clone(), read(5, 15, 0, 0), read(16, 18, 1, 1)]);
    unexplained(&[lost.clone(), read(5, 15, 1, 1), read(16, 18, 0, 0)]);
    unexplained(&[lost, read(5, 15, 2, 1)]);
}

#[test]
fn a_command_takes_no_effect_after_its_server_was_killed() {
    let lost = command(0, 10, Change::Add, Heard::Nothing);
    explained(&[lost.clone(), read(11, 15, 0, 0), read(16, 18, 0, 0)]);
    explained(&[lost.clone(), read(5, 9, 0, 0), read(16, 18, 1, 1)]);
    unexplained(&[lost, read(11, 15, 0, 0), read(16, 18, 1, 1)]);
}

#[test]
fn a_key_stands_for_one_command() {
    let lost = keyed(1, command(0, NEVER, Change::Add, Heard::Nothing));
    let repeated = keyed(1, command(20, 30, Change::Add, recorded(1)));
    explained(&[lost.clone(), repeated.clone(), read(31, 40, 1, 1)]);
    // Recorded at once, and told later.
    explained(&[lost.clone(), command(5, 6, Change::Remove, recorded(2)), repeated.clone(), read(31, 40, 2, 0)]);
    // Recorded twice.
    let removed = command(5, 6, Change::Remove, recorded(2));
    let again = keyed(1, command(20, 30, Change::Add, recorded(3)));
    unexplained(&[lost.clone(), removed.clone(), again]);
    // Refused though it was recorded.
    let refused = keyed(1, command(20, 30, Change::Add, Heard::Refused("alreadyMember".to_owned())));
    unexplained(&[keyed(1, command(0, 2, Change::Add, recorded(1))), refused]);
    let differently = Heard::Recorded { position: 1, body: "other".into() };
    let history = vec![repeated, keyed(1, command(40, 50, Change::Add, differently))];
    assert!(matches!(check(&History::new(Start::default(), history)), Err(Unexplained::DifferentAnswers(_))));
}

#[test]
fn a_straggler_takes_a_position() {
    let straggler = operation(0, NEVER, Asked::Straggler, Heard::Nothing);
    let added = command(0, 10, Change::Add, recorded(2));
    explained(&[straggler.clone(), added.clone(), read(11, 15, 2, 1)]);
    unexplained(&[added, read(11, 15, 2, 1)]);
    explained(&[straggler, read(11, 15, 0, 0)]);
}

#[test]
fn a_report_shows_what_cannot_be_explained_and_little_else() {
    let operations = [
        command(0, 10_000, Change::Add, recorded(1)),
        read(20_000, 30_000, 1, 1),
        read(21_000, 32_000, 0, 0),
        command(40_000, 50_000, Change::Remove, recorded(2)),
    ];
    let report = report(&History::new(Start::default(), operations.to_vec()));
    let lines: Vec<_> = report.lines().skip(2).collect();
    let expected = [
        "   1      0.000 to      0.010  client 0  Add user 0 in AdminAgents of partner 0 → recorded at 1",
        "          0.021 to      0.032  client 0  members of AdminAgents of partner 0 → users [] at 0",
    ];
    assert_eq!(lines, expected, "{report}");
}
