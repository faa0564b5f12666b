//! A history as the domain alone tells it: what was recorded, and what can be asked about it.

use crate::{
    commands::PUBLIC_URL,
    compare::{as_json, by_version_1, domain_actor, fresh, questions, read, timestamp},
    history::Step,
    model::{World, guid},
};
use procura_domain::{
    access::Question,
    decide::{self, Context},
    invitation_link::InvitationLink,
    state::{Committed, State},
    temporal::{Moment, Position},
    vocabulary::Author,
};
use std::time::Duration;

/// How long before the first commit the log was empty.
const SECOND: Duration = Duration::from_secs(1);

/// The commits of a history, every question about what there is in it, and everything that happened, folded.
pub(crate) struct Told {
    pub(crate) commits: Vec<Committed>,
    pub(crate) questions: Vec<Question>,
    pub(crate) state: State,
}

impl Told {
    /// Has every step decided, and records what is accepted.
    pub(crate) fn of(steps: &[Step]) -> Self {
        let (mut state, mut world, mut commits) = (State::default(), World::default(), Vec::new());
        for (index, step) in steps.iter().enumerate() {
            let (Some(command), actor) = (read(step), domain_actor(step.actor)) else { continue };
            let (at, position) = (timestamp(step.time), state.timeline.head());
            let invitation_link = &InvitationLink::below(PUBLIC_URL);
            let name_holder = world.name_holder(step.command, &step.fields);
            let name_holder = name_holder.map(|user| guid(user).parse().expect("a GUID"));
            let context =
                Context { actor: &actor, at, position, fresh: fresh(index as u64), name_holder, invitation_link };
            let decided = decide::decide(&command, &context, &state).ok().or_else(|| by_version_1(&world, step));
            let Some(events) = decided else { continue };
            events.iter().for_each(|event| world.add(&as_json(event)));
            world.name(step.command, &step.fields);
            let by = Author::stated(actor);
            let commit = Committed { first: Position(position.0 + 1), at, by, events };
            state.fold(&commit).expect("what was decided fits");
            commits.push(commit);
        }
        let questions = questions(&world, &crate::asked()).into_iter().map(|(_, question)| question).collect();
        Self { commits, questions, state }
    }

    /// The ends of all commits, the empty log's first.
    pub(crate) fn moments(&self) -> Vec<Moment> {
        let beginning = self.commits.first().map_or(timestamp(0), |commit| commit.at - SECOND);
        let empty = Moment { position: Position(0), at: beginning };
        std::iter::once(empty).chain(self.commits.iter().map(end)).collect()
    }
}

/// Where a commit ends.
pub(crate) fn end(commit: &Committed) -> Moment {
    Moment { position: Position(commit.first.0 + commit.events.len() as u64 - 1), at: commit.at }
}
