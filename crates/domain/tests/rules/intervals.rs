//! Questions about a stretch of time: the spans are those that asking about every moment in it finds.

use crate::{
    given::*,
    past::{questions, story},
};
use procura_domain::{
    access::{Decision, Question},
    intervals::{Interval, PermittedInterval, permitted_intervals},
    temporal::Position,
    visibility::Audience,
};

/// The spans of the question from the end of one commit to that of another, as text: `11..13 yes: …`.
fn spans(world: &World, [from, until]: [u64; 2], who: Who, action: &str, on: On) -> Vec<String> {
    let question = Question { subject: who.subject(), resource: on.resource(action) };
    let interval = Interval { from: world.moment(from), until: world.moment(until) };
    let text = |PermittedInterval { from, until, permit }| {
        let until = until.map_or(String::new(), |until: Position| until.to_string());
        format!("{from}..{until} {}", world.shown(&Decision::Allowed(permit)))
    };
    let mut spans: Vec<_> =
        permitted_intervals(&question, interval, &world.state, Audience::Everything).map(text).collect();
    spans.reverse();
    spans
}

/// The same, by asking about the end of every commit.
fn spans_by_asking(world: &World, [from, until]: [u64; 2], who: Who, action: &str, on: On) -> Vec<String> {
    let ends = (0..=until).filter(|position| world.state.timeline.commit_end(Position(*position)).0 == *position);
    let answers: Vec<_> = ends.map(|end| (end, world.shown(&world.decision(end, who, action, on)))).collect();
    let runs = answers.chunk_by(|(_, one), (_, next)| one == next).collect::<Vec<_>>();
    let mut spans = Vec::new();
    for (run, next) in runs.iter().zip(runs.iter().skip(1).map(Some).chain([None])) {
        let (begun, answer) = &run[0];
        let until = next.map_or(String::new(), |next| next[0].0.to_string());
        if answer.starts_with("yes") && run[run.len() - 1].0 >= from {
            spans.push(format!("{begun}..{until} {answer}"));
        }
    }
    spans
}

#[test]
fn spans_are_what_asking_about_every_moment_finds() {
    let world = with_dap().and(story());
    let head = world.state.timeline.head().0;
    let mut found = 0;
    for (who, action, on) in questions() {
        for interval in [[0, head], [11, head], [17, 34], [28, 28], [0, 11], [0, 0]] {
            let spans = spans(&world, interval, who, action, on);
            assert_eq!(
                spans,
                spans_by_asking(&world, interval, who, action, on),
                "{who:?} {action} {on:?} {interval:?}"
            );
            found += spans.len();
        }
    }
    assert!(found > 1_500, "{found}");
}

#[test]
fn a_span_begins_with_the_commit_that_gave_it_and_ends_with_the_one_that_took_it() {
    // 9 InvitationAccepted, 10 RelationshipEstablished, 11 DapGranted: one commit. 12 DapRevoked, 15 DapGranted.
    let world = with_dap().and([revokes(CG, P), invites(PA, K, true), accepts(CG, K)]);
    let directory = |interval| spans(&world, interval, PA, "directory.administer", customer(C));
    let first = "11..12 yes: DAP-1 GroupMemberAdded@3 DapGranted@11";
    let second = "15.. yes: DAP-1 GroupMemberAdded@3 DapGranted@15";
    assert_eq!(directory([0, 15]), [first, second]);
    // Shown whole, also where it began before; what ended by then had not happened yet.
    assert_eq!(directory([11, 11]), ["11.. yes: DAP-1 GroupMemberAdded@3 DapGranted@11"]);
    assert_eq!(directory([12, 13]), Vec::<String>::new());
    assert_eq!(directory([13, 15]), [second]);
    assert_eq!(directory([0, 8]), Vec::<String>::new());
    // Membership goes on: what the relationship alone gives is one span.
    let view = spans(&world, [0, 15], PA, "customer.view", customer(C));
    assert_eq!(view, ["11.. yes: REL-2 GroupMemberAdded@3 RelationshipEstablished@10"]);
}
