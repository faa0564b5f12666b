//! Commands: what one did or would do, its events and its effect on access.

mod line;

pub use line::{Line, LineAnswer, LineError};

use crate::{
    AsOf, Error,
    lists::residual_access_after,
    turns::{CONSEQUENCES, QUEUED},
};
use procura_domain::{
    access::Subject,
    event::{self, Event},
    id::{Id, TenantId},
    personal::People,
    temporal::{Moment, Position},
    visibility::{self, Reader},
    vocabulary::{AutopilotPolicy, GroupOf, Pair, User},
};
use procura_engine::{Engine, Recorded, Submission};
use procura_views::{
    ActionChanges, CommitEvents, Consequences, GroupGrantRow, GroupGrants, Mentions, tenants_of, under_policy,
};
use serde::{Deserialize, Serialize};
use tracing::Instrument;

/// A command's events with what they change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// What was recorded, or would be.
    #[serde(flatten)]
    pub recorded: Recorded,
    /// The rows of the effective permissions that begin and end, and what is left to a partner.
    #[serde(flatten)]
    pub consequences: Consequences,
    /// The link to the rest of the residual access, where a recorded command leaves more than an answer names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residual_access_next: Option<String>,
    /// The Autopilot actions that partners get and lose if the policy changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub action_changes: Vec<ActionChanges>,
    /// What somebody gets or loses by joining or leaving a group: asked ahead only, as it goes through all customers of the
    /// partner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_changes: Option<MemberChanges>,
    /// What the people in it are called.
    #[serde(default, skip_serializing_if = "People::is_empty")]
    pub people: People,
}

/// What a user gets or loses with a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberChanges {
    /// Who joins or leaves.
    pub user: User,
    /// What comes with joining.
    pub gained: Vec<GroupGrantRow>,
    /// What goes with leaving.
    pub lost: Vec<GroupGrantRow>,
}

/// Has a command recorded, and says what it did, as far as the reader may know; at the moment it was recorded.
///
/// # Errors
/// If nothing of it was recorded; `internal` also if what a recorded command changed cannot be found out.
pub async fn submit(engine: &Engine, reader: Reader, submission: Submission) -> Result<AsOf<Outcome>, Error> {
    let recorded = {
        let _place = QUEUED.take()?;
        engine.submit(submission).instrument(tracing::debug_span!("record")).await?
    };
    let at = after(&recorded);
    let effect = Effect { recorded, at, reader };
    let answer = if effect.policy().is_some() {
        let engine = engine.clone();
        let told = CONSEQUENCES.take_unrefused(move || effect.outcome(&engine)).await;
        told.map_err(|_| Error::internal("it was recorded, and what it changed was not found out"))?
    } else {
        effect.outcome(engine)
    };
    Ok(AsOf { at, answer: with_names(engine, answer).await? })
}

/// Says what a command would do if it were issued now, as far as the reader may know; at the moment it was decided
/// against. Nothing is recorded.
///
/// # Errors
/// The error that the command would be given.
pub async fn what_if(engine: &Engine, reader: Reader, submission: Submission) -> Result<AsOf<Outcome>, Error> {
    let recorded = {
        let _place = QUEUED.take()?;
        engine.dry_run(submission).instrument(tracing::debug_span!("decide")).await?
    };
    let at = before(&recorded);
    let effect = Effect { recorded, at, reader };
    let answer = CONSEQUENCES.take({
        let engine = engine.clone();
        move || {
            let member_changes = effect.member_changes(&engine);
            Outcome { member_changes, ..effect.outcome(&engine) }
        }
    });
    Ok(AsOf { at, answer: with_names(engine, answer.await?).await? })
}

/// The outcome, with what the people in it are called.
async fn with_names(engine: &Engine, outcome: Outcome) -> Result<Outcome, Error> {
    let mut mentioned = outcome.consequences.mentioned();
    outcome.recorded.events.iter().for_each(|event| mentioned.extend(event.data.mentioned()));
    let people = engine.people(mentioned).await?;
    Ok(Outcome { people, ..outcome })
}

/// What a command did or would do, told to a reader who may know what it may at that moment.
struct Effect {
    recorded: Recorded,
    at: Moment,
    reader: Reader,
}

impl Effect {
    fn outcome(self, engine: &Engine) -> Outcome {
        let Self { recorded, at, reader } = &self;
        let events: Vec<&Event> = recorded.events.iter().map(|event| &event.data).collect();
        let commit = CommitEvents { first: first(recorded), at: recorded.recorded_at, events: &events };
        let consequences = engine.read(|state| {
            Consequences::of(state, commit, |Pair { customer, partner }| {
                let scope = visibility::customer_scope(*reader, customer, *at, state);
                scope.is_some_and(|scope| scope.includes(Some(partner)))
            })
        });
        let before = before(recorded);
        let under = |policy| {
            let of_one = |customer| engine.read(|state| under_policy(state, customer, policy, before));
            engine.read(|state| Reader::Overseer.customers(before, state)).into_iter().flat_map(of_one).collect()
        };
        let action_changes = self.policy().map(under).unwrap_or_default();
        // Of one that was not recorded there is no list yet.
        let is_recorded = at.position >= first(recorded);
        let after = consequences.residual_access_after.filter(|_| is_recorded);
        let residual_access_next = after.map(|(pair, after)| residual_access_after(pair, after, *at));
        Outcome {
            recorded: self.recorded,
            consequences,
            residual_access_next,
            action_changes,
            member_changes: None,
            people: People::default(),
        }
    }

    fn member_changes(&self, engine: &Engine) -> Option<MemberChanges> {
        let (partner, group, user, joins) = self.recorded.events.iter().find_map(|event| match &event.data {
            Event::GroupMemberAdded(event::GroupMemberAdded { partner, group, user }) => {
                Some((*partner, *group, *user, true))
            }
            Event::GroupMemberRemoved(event::GroupMemberRemoved { partner, group, user }) => {
                Some((*partner, *group, *user, false))
            }
            _ => None,
        })?;
        let (group, before) = (GroupOf { group, partner }, before(&self.recorded));
        let mut grants = GroupGrants::default();
        let tenants =
            engine.read(|state| tenants_of(state, Subject::Group(group), before.position, Id::MIN, usize::MAX));
        for customer in tenants.into_iter().flatten().map(TenantId::as_customer) {
            engine.read(|state| grants.add(state, group, customer, before));
        }
        let (rows, user) = (grants.rows(group), User { tenant: partner.into(), user });
        let (gained, lost) = if joins { (rows, Vec::new()) } else { (Vec::new(), rows) };
        Some(MemberChanges { user, gained, lost })
    }

    /// The policy that the command adopts, if it does: all customers are looked at then.
    fn policy(&self) -> Option<AutopilotPolicy> {
        self.recorded.events.iter().find_map(|event| match &event.data {
            Event::AutopilotPolicyAdopted(adopted) => Some(adopted.policy),
            _ => None,
        })
    }
}

fn first(recorded: &Recorded) -> Position {
    recorded.positions.first().copied().unwrap_or(Position(0))
}

/// The end of the commit before it.
fn before(recorded: &Recorded) -> Moment {
    Moment { position: first(recorded).before(), at: recorded.recorded_at }
}

/// The end of its commit.
fn after(recorded: &Recorded) -> Moment {
    Moment { position: recorded.positions.last().copied().unwrap_or(Position(0)), at: recorded.recorded_at }
}
