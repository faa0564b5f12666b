//! What a command did or would do: its events, and its effect on access.

use crate::{
    engine::Engine,
    submission::{Recorded, Submission, SubmitError},
};
use procura_domain::{
    access::Subject,
    event::{self, Event},
    id::TenantId,
    temporal::{Moment, Position},
    visibility::{self, Reader},
    vocabulary::{AutopilotPolicy, GroupOf, User},
};
use procura_views::{ActionChanges, CommitEvents, Consequences, GroupGrantRow, GroupGrants, tenants_of, under_policy};
use serde::Serialize;
use tokio::sync::Semaphore;

/// How many at a time go through all customers; others wait for their turn.
const ASIDE_AT_ONCE_MAX: usize = 2;
static TURNS: Semaphore = Semaphore::const_new(ASIDE_AT_ONCE_MAX);

/// A command's events with what they change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// What was recorded, or would be.
    #[serde(flatten)]
    pub recorded: Recorded,
    /// The rows of the effective permissions that begin and end, and what is left to a partner.
    #[serde(flatten)]
    pub consequences: Consequences,
    /// The Autopilot actions that partners get and lose where the policy changes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub action_changes: Vec<ActionChanges>,
    /// What somebody gets or loses by joining or leaving a group: asked ahead only, as it goes through all customers of the
    /// partner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member_changes: Option<MemberChanges>,
}

/// What a user gets or loses with a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MemberChanges {
    /// Who joins or leaves.
    pub user: User,
    /// What comes with joining.
    pub gained: Vec<GroupGrantRow>,
    /// What goes with leaving.
    pub lost: Vec<GroupGrantRow>,
}

impl Engine {
    /// What a command that was recorded did, as far as the reader may know.
    ///
    /// # Errors
    /// [`SubmitError::Unreadable`] where that cannot be found out. It is recorded all the same.
    pub async fn outcome(&self, recorded: Recorded, reader: Reader) -> Result<Outcome, SubmitError> {
        if policy(&recorded).is_none() {
            return Ok(self.outcome_of(recorded, reader));
        }
        let told = self.aside(move |engine| engine.outcome_of(recorded, reader)).await;
        told.ok_or_else(|| SubmitError::Unreadable("it was recorded, and what it changed was not found out".to_owned()))
    }

    /// What a command would do if it were issued now, as far as the reader may know. Nothing is recorded.
    ///
    /// # Errors
    /// The [`SubmitError`] that the command would be given.
    pub async fn what_if(&self, submission: Submission, reader: Reader) -> Result<Outcome, SubmitError> {
        let recorded = self.dry_run(submission).await?;
        let told = self.aside(move |engine| {
            let member_changes = engine.member_changes(&recorded);
            Outcome { member_changes, ..engine.outcome_of(recorded, reader) }
        });
        told.await.ok_or(SubmitError::Stopping)
    }

    /// Goes through many customers on a thread of its own, so that others are answered meanwhile, and not more often at
    /// the same time than [`ASIDE_AT_ONCE_MAX`]. Nothing where that was broken off.
    async fn aside<T: Send + 'static>(&self, work: impl FnOnce(&Self) -> T + Send + 'static) -> Option<T> {
        let (engine, turn) = (self.clone(), TURNS.acquire().await.ok()?);
        let working = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work(&engine)
        });
        working.await.ok()
    }

    fn outcome_of(&self, recorded: Recorded, reader: Reader) -> Outcome {
        let events: Vec<&Event> = recorded.events.iter().map(|event| &event.data).collect();
        let commit_events = CommitEvents { first: first(&recorded), at: recorded.recorded_at, events: &events };
        let now = self.now();
        let consequences = self.read(|state| {
            let mut consequences = Consequences::of(state, commit_events);
            consequences.residual_access.retain(|row| {
                let scope = visibility::customer_scope(reader, row.customer, now, state);
                scope.is_some_and(|scope| scope.includes(Some(row.partner)))
            });
            consequences
        });
        let before = before(&recorded);
        let under = |policy| {
            let of_one = |customer| self.read(|state| under_policy(state, customer, policy, before));
            self.customers().into_iter().flat_map(of_one).collect()
        };
        let action_changes = policy(&recorded).map(under).unwrap_or_default();
        Outcome { recorded, consequences, action_changes, member_changes: None }
    }

    fn member_changes(&self, recorded: &Recorded) -> Option<MemberChanges> {
        let (partner, group, user, joins) = recorded.events.iter().find_map(|event| match &event.data {
            Event::GroupMemberAdded(event::GroupMemberAdded { partner, group, user }) => {
                Some((*partner, *group, *user, true))
            }
            Event::GroupMemberRemoved(event::GroupMemberRemoved { partner, group, user }) => {
                Some((*partner, *group, *user, false))
            }
            _ => None,
        })?;
        let (group, before, mut reach) = (GroupOf { group, partner }, before(recorded), GroupGrants::default());
        let tenants = self.read(|state| tenants_of(state, Subject::Group(group), before.position));
        for customer in tenants.into_iter().flatten().map(TenantId::as_customer) {
            self.read(|state| reach.add(state, group, customer, before));
        }
        let (rows, user) = (reach.rows(group), User { tenant: partner.into(), user });
        let (gained, lost) = if joins { (rows, Vec::new()) } else { (Vec::new(), rows) };
        Some(MemberChanges { user, gained, lost })
    }
}

fn policy(recorded: &Recorded) -> Option<AutopilotPolicy> {
    recorded.events.iter().find_map(|event| match &event.data {
        Event::AutopilotPolicyAdopted(adopted) => Some(adopted.policy),
        _ => None,
    })
}

fn first(recorded: &Recorded) -> Position {
    recorded.positions.first().copied().unwrap_or(Position(0))
}

/// The end of the commit before it.
fn before(recorded: &Recorded) -> Moment {
    Moment { position: Position(first(recorded).0.saturating_sub(1)), at: recorded.recorded_at }
}
