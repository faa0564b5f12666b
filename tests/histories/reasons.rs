//! Reasons are real and minimal: every event that a reason names is needed for it, and where one is taken out of each
//! reason nothing is left of the answer.
//!
//! An event is taken out in two ways. The history is folded again without it, and without what no longer fits then. And,
//! as that may take other events of the same reason along, the facts are asked as though that event alone had not
//! happened ([`Without`]).
//!
//! Exempt, because no event of their own stands behind them:
//! - what is so by the question itself: a group is in itself. Such a reason rests on the tenant's registration alone;
//! - that a tenant was registered and a subscription brought in: no reason names those events;
//! - the Autopilot policy: where the event that adopted one is taken out another policy is in force, by which the answer
//!   may be yes again. The reason that names it is dead all the same.

use crate::{
    history::Step,
    runner::{self, Sum},
    told::{Told, end},
};
use procura_domain::{
    access::{self, Decision, Question, Reason},
    event::EventType,
    facts::{AssignmentFact, DeviceFact, FactKey, Facts, SubscriptionFact},
    id::{CustomerId, DeviceId, ProfileId, SubscriptionId, TenantId},
    state::{Committed, FoldError, State},
    temporal::{EventRef, Moment, Position, Standing},
    vocabulary::{AutopilotPolicy, Principal, ResourceRole, TenantKind},
};
use procura_tests::Dice;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

/// Of so many histories that are compared with the second reading, one is checked here.
const SHARE: u64 = 50;
/// Questions asked about each commit.
const QUESTIONS: usize = 300;
/// Percent of the answers for which the history is folded again.
const FOLDED: usize = 5;

/// What was taken out.
#[derive(Debug, Default)]
struct Count {
    /// How often an event was taken out of a reason of that rule.
    rules: BTreeMap<&'static str, u64>,
    /// How often one was taken out of each reason.
    answers: u64,
    /// How often the history was folded again.
    folded: u64,
    /// Answers with a reason that names no event.
    given: u64,
}

impl Sum for Count {
    fn add(&mut self, other: Self) {
        other.rules.into_iter().for_each(|(rule, count)| *self.rules.entry(rule).or_default() += count);
        self.answers += other.answers;
        self.folded += other.folded;
        self.given += other.given;
    }
}

#[test]
fn every_event_that_a_reason_names_is_needed() {
    let count = runner::check(runner::one_of(SHARE), take_out);
    println!("{count:?}");
    assert!(!runner::is_thorough() || (count.rules.len() >= 19 && count.folded > 500), "{count:?}");
}

fn take_out(steps: &[Step]) -> Result<Count, String> {
    let told = Told::of(steps);
    let (mut count, mut dice) = (Count::default(), Dice::new(1));
    for commit in &told.commits {
        let now = end(commit);
        for _ in 0..QUESTIONS {
            let question = dice.one(&told.questions);
            let Decision::Allowed(permit) = access::decide(question, now, &told.state) else { continue };
            let answer =
                Answer { told: &told, question, now, reasons: &permit.reasons(now, &told.state).collect::<Vec<_>>() };
            answer.without_one_event(&mut count, &mut dice)?;
            answer.without_one_of_each_reason(&mut count, &mut dice)?;
        }
    }
    Ok(count)
}

/// An answer that says yes.
struct Answer<'t> {
    told: &'t Told,
    question: &'t Question,
    now: Moment,
    reasons: &'t [Reason],
}

impl Answer<'_> {
    /// Any named event: what is left of its reason is none.
    fn without_one_event(&self, count: &mut Count, dice: &mut Dice) -> Result<(), String> {
        for reason in self.reasons {
            for event in &reason.because {
                let out = BTreeSet::from([event.position]);
                let mut left = vec![self.asked_without(&out)];
                if dice.chance(FOLDED) {
                    left.push(self.folded_without(&out)?);
                    count.folded += 1;
                }
                *count.rules.entry(reason.rule.id()).or_default() += 1;
                let rest: Vec<_> = reason.because.iter().filter(|other| *other != event).collect();
                let survives =
                    |left: &Reason| left.rule == reason.rule && left.because.iter().all(|event| rest.contains(&event));
                if left.iter().flatten().any(survives) {
                    return Err(self.problem(&format!("{event} is not needed for {reason:?}: without it {left:?}")));
                }
            }
        }
        Ok(())
    }

    /// One event of each reason: the answer is no.
    fn without_one_of_each_reason(&self, count: &mut Count, dice: &mut Dice) -> Result<(), String> {
        let mut out = BTreeSet::new();
        for reason in self.reasons {
            let policy = |event: &&EventRef| event.event == EventType::AutopilotPolicyAdopted;
            let events: Vec<_> = reason.because.iter().filter(|event| !policy(event)).collect();
            if events.is_empty() {
                count.given += 1;
                return Ok(());
            }
            out.insert(dice.one(&events).position);
        }
        count.answers += 1;
        let mut left = vec![self.asked_without(&out)];
        if dice.chance(FOLDED) {
            left.push(self.folded_without(&out)?);
            count.folded += 1;
        }
        if left.iter().all(Vec::is_empty) {
            return Ok(());
        }
        Err(self.problem(&format!("without {out:?} it is still yes: {left:?}")))
    }

    fn asked_without(&self, out: &BTreeSet<Position>) -> Vec<Reason> {
        reasons(self.question, self.now, &Without { state: &self.told.state, out })
    }

    /// The reasons in the history without these events, with the positions that their events had in the whole one.
    fn folded_without(&self, out: &BTreeSet<Position>) -> Result<Vec<Reason>, String> {
        let recorded = self.told.commits.iter().filter(|commit| commit.first <= self.now.position);
        let (state, were) = without(recorded, out)?;
        let now = Moment { position: state.timeline.head(), ..self.now };
        let mut reasons = reasons(self.question, now, &state);
        let events = reasons.iter_mut().flat_map(|reason| &mut reason.because);
        events.for_each(|event| event.position = were[&event.position]);
        Ok(reasons)
    }

    fn problem(&self, problem: &str) -> String {
        let mut text =
            format!("at position {} {:?} is answered with yes: {:?}\n", self.now.position, self.question, self.reasons);
        text.push_str(problem);
        let named = self.reasons.iter().flat_map(|reason| &reason.because);
        let relevant: BTreeSet<_> = named.map(|event| event.position).collect();
        for commit in &self.told.commits {
            for (event, fields) in commit.positioned().filter(|(event, _)| relevant.contains(&event.position)) {
                let _ = write!(text, "\n{event}: {fields:?}");
            }
        }
        text
    }
}

/// All the reasons of the answer.
fn reasons(question: &Question, now: Moment, facts: &impl Facts) -> Vec<Reason> {
    match access::decide(question, now, facts) {
        Decision::Allowed(permit) => permit.reasons(now, facts).collect(),
        Decision::Denied(_) => Vec::new(),
    }
}

/// Folds the commits without these events, and without what does not fit any more; with where each event stood before.
pub(crate) fn without<'c>(
    commits: impl Iterator<Item = &'c Committed>,
    out: &BTreeSet<Position>,
) -> Result<(State, BTreeMap<Position, Position>), String> {
    let (mut state, mut were) = (State::default(), BTreeMap::new());
    for commit in commits {
        let left = commit.positioned().filter(|(at, _)| !out.contains(&at.position));
        let mut left: Vec<_> = left.map(|(at, event)| (at.position, event.clone())).collect();
        while !left.is_empty() {
            let first = Position(state.timeline.head().0 + 1);
            let events = left.iter().map(|(_, event)| event.clone()).collect();
            match state.fold(&Committed { first, events, ..commit.clone() }) {
                Ok(()) => {
                    were.extend((first.0..).map(Position).zip(left.iter().map(|(was, _)| *was)));
                    break;
                }
                Err(FoldError::Unfit { event, .. }) => {
                    let unfit = usize::try_from(event.position.0 - first.0).expect("a place in the commit");
                    left.remove(unfit);
                }
                Err(error @ (FoldError::NotNext { .. } | FoldError::Full)) => return Err(error.to_string()),
            }
        }
    }
    Ok((state, were))
}

/// The facts of a state as though some events, and nothing else, had not happened.
struct Without<'s> {
    state: &'s State,
    out: &'s BTreeSet<Position>,
}

impl Without<'_> {
    /// The fact, as it was before the newest of its events that did happen.
    fn ask<T>(&self, at: Moment, ask: impl Fn(Moment) -> T, event: impl Fn(&T) -> Option<EventRef>) -> T {
        let fact = ask(at);
        match event(&fact) {
            Some(EventRef { position, .. }) if self.out.contains(&position) => {
                self.ask(Moment { position: Position(position.0 - 1), ..at }, ask, event)
            }
            _ => fact,
        }
    }
}

impl Facts for Without<'_> {
    fn tenant(&self, tenant: TenantId, at: Moment) -> Option<TenantKind> {
        Facts::tenant(self.state, tenant, at)
    }

    fn standing(&self, fact: FactKey, at: Moment) -> Standing {
        self.ask(at, |at| self.state.standing(fact, at), |standing| standing.event())
    }

    fn subscription(&self, subscription: SubscriptionId, at: Moment) -> Option<SubscriptionFact> {
        Facts::subscription(self.state, subscription, at)
    }

    fn role_assignment(
        &self,
        subscription: SubscriptionId,
        principal: Principal,
        role: ResourceRole,
        at: Moment,
    ) -> Option<AssignmentFact> {
        let ask = |at| self.state.role_assignment(subscription, principal, role, at);
        self.ask(at, ask, |fact| fact.and_then(|fact| fact.standing.event()))
    }

    fn device(&self, device: DeviceId, at: Moment) -> Option<DeviceFact> {
        self.ask(at, |at| Facts::device(self.state, device, at), |fact| fact.map(|fact| fact.added))
    }

    fn profile(&self, profile: ProfileId, at: Moment) -> Option<CustomerId> {
        Facts::profile(self.state, profile, at)
    }

    fn autopilot_policy(&self, at: Moment) -> (AutopilotPolicy, Option<EventRef>) {
        self.ask(at, |at| self.state.autopilot_policy(at), |(_, adopted)| *adopted)
    }
}
