//! Questions about a stretch of time, against asking about every moment in it.

use crate::{
    history::{CUSTOMERS, Step},
    model::guid,
    runner::{self, Sum},
    told::Told,
};
use procura_domain::{
    access::{self, Decision, Question},
    id::Id as First,
    intervals::{Interval, PermittedInterval, permitted_intervals},
    state::State,
    temporal::Moment,
    visibility::Audience,
};
use procura_tests::Dice;
use procura_views::{Wanted, resources_in, subjects_on, tenant_of, tenants_of};

/// Of so many histories that are compared with the second reading, one is checked here.
const SHARE: u64 = 50;
/// Questions of a history that are asked about every moment.
const QUESTIONS: usize = 120;
/// Stretches of time that each is asked about.
const INTERVALS: usize = 6;

/// What was compared.
#[derive(Debug, Default)]
struct Count {
    questions: u64,
    spans: u64,
}

impl Sum for Count {
    fn add(&mut self, other: Self) {
        self.questions += other.questions;
        self.spans += other.spans;
    }
}

#[test]
fn spans_are_exactly_what_asking_about_every_moment_finds() {
    let count = runner::check(runner::one_of(SHARE), compare);
    println!("{} questions, {} spans", count.questions, count.spans);
    assert!(!runner::is_thorough() || count.spans * 2 > count.questions, "{count:?}");
}

fn compare(steps: &[Step]) -> Result<Count, String> {
    let told = Told::of(steps);
    let (mut count, mut dice, moments) = (Count::default(), Dice::new(1), told.moments());
    for _ in 0..QUESTIONS {
        // Mostly one that is answered with yes at some time.
        let question = (0..40).map(|_| dice.one(&told.questions)).find(|question| {
            let at = moments[moments.len() / 2];
            [at, *moments.last().unwrap()].iter().any(|at| is_allowed(&told.state, question, *at))
        });
        let question = question.unwrap_or(&told.questions[0]);
        let customers = CUSTOMERS.map(|customer| Audience::Customer(guid(customer).parse().unwrap()));
        let audience = *dice.one(&[&customers[..], &[Audience::Everything; 6]].concat());
        let decisions: Vec<_> = moments.iter().map(|at| audience.decide(question, *at, &told.state)).collect();
        for _ in 0..INTERVALS {
            let until = dice.below(moments.len());
            let from = dice.below(until + 1);
            let interval = Interval { from: moments[from], until: moments[until] };
            let expected = spans(&decisions, &moments, from, until);
            let found_in = |state| permitted_intervals(question, interval, state, audience).collect::<Vec<_>>();
            let found = found_in(&told.state);
            if found != expected {
                return Err(format!("{question:?} in {interval:?}\nfound {found:?}\nexpected {expected:?}"));
            }
            // What was recorded later changes nothing.
            let mut cut_off = State::default();
            let recorded = told.commits.iter().filter(|commit| commit.first <= interval.until.position);
            recorded.for_each(|commit| cut_off.fold(commit).expect("a commit that fits"));
            if found_in(&cut_off) != expected {
                return Err(format!("{question:?} in {interval:?} was answered otherwise than {expected:?}"));
            }
            count.questions += 1;
            count.spans += expected.len() as u64;
        }
        if decisions.iter().any(|decision| matches!(decision, Decision::Allowed(_))) {
            comes_into_question(&told.state, question, *moments.last().unwrap(), audience)?;
        }
    }
    Ok(count)
}

fn is_allowed(state: &State, question: &Question, at: Moment) -> bool {
    access::decide(question, at, state).is_allowed()
}

/// The runs of equal decisions that say yes and reach the time from one moment to another, the newest first.
fn spans(decisions: &[Decision], moments: &[Moment], from: usize, until: usize) -> Vec<PermittedInterval> {
    let mut spans = Vec::new();
    let mut begun = 0;
    for at in 0..=until {
        let ends = at == until || decisions[at + 1] != decisions[at];
        if !ends {
            continue;
        }
        if let (Decision::Allowed(permit), true) = (&decisions[at], at >= from) {
            let until = (at < until).then(|| moments[at + 1].position);
            spans.push(PermittedInterval { from: moments[begun].position, until, permit: permit.clone() });
        }
        begun = at + 1;
    }
    spans.reverse();
    spans
}

/// Whoever could do something is among those who come into question, and so is what they could do it to.
fn comes_into_question(state: &State, question: &Question, now: Moment, audience: Audience) -> Result<(), String> {
    let missed = || format!("{question:?} was answered with yes, and does not come into question");
    let Question { subject, resource } = question;
    let tenant = tenant_of(state, resource, now.position).ok_or_else(missed)?;
    let subjects = subjects_on(state, resource, tenant, audience, None, usize::MAX);
    let tenants = tenants_of(state, *subject, now.position, First::MIN, usize::MAX).ok_or_else(missed)?;
    let of_type = |found: &access::Resource| {
        (found.resource_type(), found.guid(), found.action())
            == (resource.resource_type(), resource.guid(), resource.action())
    };
    let mut resources = resources_in(state, tenant, now.position, Wanted::default());
    let comes = subjects.contains(subject) && tenants.contains(&tenant) && resources.any(|found| of_type(&found));
    if comes { Ok(()) } else { Err(missed()) }
}
