//! The past does not change: what the whole history says of a moment is what a log cut off there says of its now.

use crate::{
    commands::PUBLIC_URL,
    history::{CUSTOMERS, PARTNERS, STRANGER, Step, USERS},
    model::{Id, guid},
    runner::{self, Sum},
    told::{Told, end},
};
use procura_app::Words;
use procura_domain::{
    access::{self, Subject},
    event::Event,
    id::{CustomerId, Id as First, PartnerId, TenantId},
    invitation_link::InvitationLink,
    personal::People,
    state::State,
    temporal::{Moment, Position},
    visibility::{Audience, VisibleScope},
    vocabulary::{AutopilotPolicy, DirectoryRole, Locale, PartnerGroup, TenantKind},
};
use procura_tests::Dice;
use procura_views::{
    Access, AccessChanges, Filter, PermissionKey, ResidualKey, customer, customer_ids, devices, directory_role_members,
    effective_permissions, explain, group_members, invitations, partner_relationships, profiles, residual_access, rows,
    service_requests, subscriptions, under_policy,
};
use serde::Serialize;
use std::{collections::BTreeSet, time::Duration};

/// Of so many histories that are compared with the second reading, one is checked here.
const SHARE: u64 = 100;
/// The same for what commands change, which is compared faster.
const CHANGES_SHARE: u64 = 10;
/// Access questions asked about each moment.
const QUESTIONS: usize = 100;

/// What was compared.
#[derive(Debug, Default)]
struct Count {
    commits: u64,
    answers: u64,
    bytes: u64,
}

impl Sum for Count {
    fn add(&mut self, other: Self) {
        self.commits += other.commits;
        self.answers += other.answers;
        self.bytes += other.bytes;
    }
}

#[test]
fn what_was_answered_stays_true() {
    let count = runner::check(runner::one_of(SHARE), compare_with_cut_off);
    println!("{} commits: {} answers and {} bytes of views compared", count.commits, count.answers, count.bytes);
}

fn compare_with_cut_off(steps: &[Step]) -> Result<Count, String> {
    let told = Told::of(steps);
    let (mut count, mut dice, mut cut_off) = (Count::default(), Dice::new(1), State::default());
    for (index, commit) in told.commits.iter().enumerate() {
        cut_off.fold(commit).map_err(|error| error.to_string())?;
        // At the commit itself, and just before the next one: invitations expire in between.
        let next = told.commits.get(index + 1).map_or(commit.at + YEAR, |next| next.at);
        for at in [commit.at, next - TICK] {
            let now = Moment { at, ..end(commit) };
            let (then, later) = (views(&cut_off, now), views(&told.state, now));
            count.bytes += then.iter().map(|view| view.len() as u64).sum::<u64>();
            if let Some((then, later)) = then.iter().zip(&later).find(|(then, later)| then != later) {
                return Err(format!("at {now:?} a view said\n{then}\nand says later\n{later}"));
            }
        }
        for (at, event) in commit.positioned() {
            let [then, later] = [&cut_off, &told.state].map(|state| {
                json(&procura_views::Narration::of(
                    state,
                    event,
                    at.position,
                    &People::default(),
                    Words::of(Locale::En),
                ))
            });
            if then != later {
                return Err(format!("{at} was told\n{then}\nand is told later\n{later}"));
            }
        }
        let now = end(commit);
        for _ in 0..QUESTIONS {
            let question = dice.one(&told.questions);
            let answer = |state| {
                let decision = access::decide(question, now, state);
                let reasons = json(&explain(state, &decision, now, Audience::Everything, Words::of(Locale::En)));
                (decision, reasons)
            };
            let (then, later) = (answer(&cut_off), answer(&told.state));
            count.answers += 1;
            if then != later {
                return Err(format!("at {now:?} {question:?} was answered\n{then:?}\nand is later\n{later:?}"));
            }
        }
        count.commits += 1;
    }
    Ok(count)
}

const YEAR: Duration = Duration::from_secs(365 * 86_400);
const TICK: Duration = Duration::from_micros(1);

fn json(rows: &impl Serialize) -> String {
    serde_json::to_string(rows).expect("JSON")
}

/// Every view of every tenant, for everybody who may look, as it leaves the house.
fn views(state: &State, at: Moment) -> Vec<String> {
    let customers: Vec<CustomerId> = CUSTOMERS.iter().chain(&[STRANGER, PARTNERS[0]]).map(of).collect();
    let partners: Vec<PartnerId> = PARTNERS.iter().chain(&[STRANGER, CUSTOMERS[0]]).map(of).collect();
    let agent =
        |partner: &PartnerId| Subject::parse("user", &format!("{partner}/{}", guid(USERS[0]))).expect("a subject");
    let mut views = Vec::new();
    for of in &customers {
        views.push(json(&rows(partner_relationships(state, *of, at, First::MIN))));
        for include_ended in [false, true] {
            let filter = Filter { include_ended, ..Filter::default() };
            views.push(json(&rows(effective_permissions(state, *of, at, filter, PermissionKey::MIN))));
        }
        views.push(json(&rows(residual_access(state, *of, None, at, ResidualKey::MIN))));
        views.push(json(&rows(subscriptions(state, *of, VisibleScope::Everything, at, First::MIN))));
        views.push(json(&rows(devices(state, *of, None, at, First::MIN))));
        views.push(json(&rows(profiles(state, *of, None, at, First::MIN))));
        views.push(json(&rows(service_requests(state, *of, VisibleScope::Everything, at, Position(0)))));
        views.extend(AutopilotPolicy::ALL.iter().map(|policy| json(&under_policy(state, *of, *policy, at))));
        for partner in &partners {
            let agent = agent(partner);
            let filter = Filter { partner: Some(*partner), include_ended: true, ..Filter::default() };
            views.push(json(&rows(effective_permissions(state, *of, at, filter, PermissionKey::MIN))));
            views.push(json(&rows(residual_access(state, *of, Some(*partner), at, ResidualKey::MIN))));
            views.push(json(&rows(subscriptions(state, *of, VisibleScope::Partner(*partner), at, First::MIN))));
            views.push(json(&rows(devices(state, *of, Some(agent), at, First::MIN))));
            views.push(json(&rows(profiles(state, *of, Some(agent), at, First::MIN))));
            views.push(json(&rows(service_requests(state, *of, VisibleScope::Partner(*partner), at, Position(0)))));
            views.push(json(&customer(state, *partner, *of, Some(agent), at)));
        }
    }
    for partner in &partners {
        views.push(json(&customer_ids(state, *partner, at)));
        views.push(json(&rows(invitations(state, *partner, &InvitationLink::below(PUBLIC_URL), at, Position(0)))));
        views.extend(
            PartnerGroup::ALL.iter().map(|group| json(&rows(group_members(state, *partner, *group, at, First::MIN)))),
        );
    }
    for tenant in PARTNERS.iter().chain(&CUSTOMERS).chain(&[STRANGER]) {
        let members = |role: &DirectoryRole| {
            json(&rows(directory_role_members(state, of::<TenantId>(tenant), *role, at, First::MIN)))
        };
        views.extend(DirectoryRole::ALL.iter().map(members));
    }
    views
}

fn of<T: std::str::FromStr<Err: std::fmt::Debug>>(id: &Id) -> T {
    guid(*id).parse().expect("a GUID")
}

#[test]
fn access_changes_are_the_difference_of_the_effective_permissions() {
    let count = runner::check(runner::one_of(CHANGES_SHARE), compare_changes);
    println!("{} commits, {} rows gained or lost", count.commits, count.answers);
}

fn compare_changes(steps: &[Step]) -> Result<Count, String> {
    let told = Told::of(steps);
    let (mut count, mut state) = (Count::default(), State::default());
    for commit in &told.commits {
        let before = held(&state);
        let ahead = changes(&state, &commit.events);
        state.fold(commit).map_err(|error| error.to_string())?;
        let after = held(&state);
        let difference = (after.difference(&before).copied().collect(), before.difference(&after).copied().collect());
        let found = [ahead, changes(&state, &commit.events), changes(&told.state, &commit.events)];
        if found.iter().any(|found| *found != difference) {
            return Err(format!("{:?} changes {difference:?}, and is said to change {found:?}", commit.events));
        }
        count.commits += 1;
        count.answers += (difference.0.len() + difference.1.len()) as u64;
    }
    Ok(count)
}

type Changes = (BTreeSet<Access>, BTreeSet<Access>);

/// What events are said to change, as sets; what is said twice is a row too many.
fn changes(state: &State, events: &[Event]) -> Changes {
    let AccessChanges { gained, lost } = AccessChanges::of(state, events);
    let sets = (gained.iter().copied().collect::<BTreeSet<_>>(), lost.iter().copied().collect::<BTreeSet<_>>());
    assert_eq!((sets.0.len(), sets.1.len()), (gained.len(), lost.len()), "{gained:?} {lost:?}");
    sets
}

/// Who holds what at the newest position, over all customers.
fn held(state: &State) -> BTreeSet<Access> {
    let at = Moment { position: Position(u64::MAX), at: crate::compare::timestamp(0) };
    let customers = state.tenants().filter(|tenant| tenant.kind() == TenantKind::Customer);
    let held = customers.flat_map(|customer| {
        rows(effective_permissions(state, customer.id().as_customer(), at, Filter::default(), PermissionKey::MIN))
    });
    let access =
        held.map(|row| Access { principal: row.principal, scope: row.scope, role: row.role, origin: row.origin });
    access.collect()
}
