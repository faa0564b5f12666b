//! What a denial names as missing is what is missing: once it is supplied, the answer is yes or names the next piece, and
//! that comes to an end.
//!
//! Exempt, because no event supplies them: see [`Exempt`].

use crate::{
    compare::timestamp,
    history::Step,
    runner::{self, Sum},
    told::{Told, end},
};
use procura_domain::{
    access::{self, Decision, Denial, Missing, Question, Resource, Subject},
    event::{
        DapGranted, DapRevoked, DirectoryRoleAssigned, Event, GroupMemberAdded, RelationshipEnded,
        RelationshipEstablished, RoleAssigned,
    },
    facts::Facts,
    id::{CustomerId, PartnerId, RoleAssignmentId},
    state::{Committed, State},
    temporal::{Moment, Position},
    vocabulary::{
        Actor, AssignmentOrigin, Author, DirectoryRole, PartnerGroup, Principal, ResourceRole, TenantKind, User,
    },
};
use procura_tests::Dice;
use std::{collections::BTreeMap, time::Duration};
use uuid::Uuid;

/// Of so many histories that are compared with the second reading, one is checked here.
const SHARE: u64 = 50;
/// Questions asked about each commit.
const QUESTIONS: usize = 300;
/// How many pieces are supplied for one answer at most.
const PIECES_MAX: usize = 5;

/// How often each piece was supplied, and how often none was, and why.
#[derive(Debug, Default)]
struct Count {
    supplied: BTreeMap<String, u64>,
    exempt: BTreeMap<Exempt, u64>,
}

impl Sum for Count {
    fn add(&mut self, other: Self) {
        other.supplied.into_iter().for_each(|(piece, count)| *self.supplied.entry(piece).or_default() += count);
        other.exempt.into_iter().for_each(|(why, count)| *self.exempt.entry(why).or_default() += count);
    }
}

/// A missing piece that no event supplies, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Exempt {
    /// VIS-3: what is missing is not said.
    Unknown,
    /// TEN-2: the subject's tenant is registered or is not; that is no right.
    Registration,
    /// TEN-2: a user holds roles in its own tenant alone, and a group none.
    AnothersDirectory,
    /// TEN-2: a user is in groups of its own tenant alone, a group in none, and a customer has none.
    AnothersGroup,
    /// Whoever provisioned a subscription, or added a device, did so for good.
    Origin,
    /// The question names another's side.
    AnothersSide,
    /// A cancelled subscription stays cancelled, and no role is assigned on it (SUB-9).
    Cancelled,
}

#[test]
fn what_a_denial_names_is_what_is_missing() {
    let count = runner::check(runner::one_of(SHARE), supply_what_is_missing);
    println!("{count:#?}");
    if runner::is_thorough() {
        assert!(count.supplied.len() >= 8, "{count:#?}");
        assert_eq!(count.exempt.len(), 7, "{count:#?}");
    }
}

fn supply_what_is_missing(steps: &[Step]) -> Result<Count, String> {
    let told = Told::of(steps);
    let (mut count, mut dice, mut state) = (Count::default(), Dice::new(1), State::default());
    for commit in &told.commits {
        state.fold(commit).map_err(|error| error.to_string())?;
        for _ in 0..QUESTIONS {
            let question = dice.one(&told.questions);
            if let Decision::Denied(denial) = access::decide(question, end(commit), &state) {
                supply(question, denial, end(commit), &state, &mut count)?;
            }
        }
    }
    Ok(count)
}

/// Supplies piece after piece until the answer is yes or the next piece is exempt.
fn supply(question: &Question, denial: Denial, now: Moment, state: &State, count: &mut Count) -> Result<(), String> {
    let (mut state, mut now, mut denial, mut named) = (state.clone(), now, denial, Vec::new());
    loop {
        let events = match events(question, &denial, now, &state) {
            Ok(events) => events,
            // What is known of stays so, whatever is supplied.
            Err(Exempt::Unknown) if !named.is_empty() => return Err(format!("{question:?}: unknown, after {named:?}")),
            Err(exempt) => {
                *count.exempt.entry(exempt).or_default() += 1;
                return Ok(());
            }
        };
        let problem = |what: &str| Err(format!("{question:?} at {now:?}, denied: {denial:?}, {what}, after {named:?}"));
        if named.contains(&denial.missing) {
            return problem("which was supplied");
        }
        if named.len() == PIECES_MAX {
            return problem("and that does not come to an end");
        }
        *count.supplied.entry(format!("{:?}", denial.missing)).or_default() += 1;
        let actor = Actor::Operator("somebody".to_owned());
        let by = Author::stated(actor);
        let at = now.at.max(state.timeline.newest().unwrap_or(timestamp(0))) + Duration::from_secs(1);
        let commit = Committed { first: Position(state.timeline.head().0 + 1), at, by, events };
        if let Err(error) = state.fold(&commit) {
            return problem(&format!("and {:?} does not fit: {error}", commit.events));
        }
        named.push(denial.missing);
        now = end(&commit);
        denial = match access::decide(question, now, &state) {
            Decision::Allowed(_) => return Ok(()),
            Decision::Denied(denial) => denial,
        };
    }
}

/// The events that supply what is missing.
fn events(question: &Question, denial: &Denial, now: Moment, state: &State) -> Result<Vec<Event>, Exempt> {
    if !denial.known {
        return Err(Exempt::Unknown);
    }
    let subject = question.subject;
    let partner = subject.tenant().as_partner();
    let customer = || question.resource.customer(now, state).ok_or(Exempt::Registration);
    match denial.missing {
        Missing::Operator | Missing::RegisteredTenant | Missing::FeedOwner => Err(Exempt::Registration),
        Missing::EventsToRead | Missing::Resource => Err(Exempt::Unknown),
        Missing::ProvisionedBy | Missing::OwnDevice | Missing::DeviceOfPartner => Err(Exempt::Origin),
        Missing::OwnOrigin => Err(Exempt::AnothersSide),
        Missing::ActiveSubscription => Err(Exempt::Cancelled),
        Missing::DirectoryRole(role) => holds(question, role),
        Missing::Membership(group) => joins(question, group, now, state),
        Missing::Relationship | Missing::RelationshipEver => Ok(establishes(customer()?, partner, now, state)),
        Missing::Dap => {
            let customer = customer()?;
            let granted = Event::from(DapGranted { customer, partner });
            Ok(establishes(customer, partner, now, state).into_iter().chain([granted]).collect())
        }
        Missing::SupportOwed => Ok(establishes_anew(customer()?, partner, now, state)),
        Missing::RoleOnSubscription => assigns(question, now, state),
    }
}

fn holds(question: &Question, role: DirectoryRole) -> Result<Vec<Event>, Exempt> {
    let Subject::User(User { tenant, user }) = question.subject else { return Err(Exempt::AnothersDirectory) };
    let in_directory = match &question.resource {
        Resource::Partner(_, partner, _) => tenant == (*partner).into(),
        // What else there is is in some customer's tenant: its own users know of it, or agents.
        Resource::Customer(_, customer, _) => tenant == (*customer).into(),
        Resource::Subscription(..) | Resource::Device(..) | Resource::Profile(..) => true,
    };
    let events = vec![DirectoryRoleAssigned { tenant, user, role }.into()];
    if in_directory { Ok(events) } else { Err(Exempt::AnothersDirectory) }
}

fn joins(question: &Question, group: PartnerGroup, now: Moment, state: &State) -> Result<Vec<Event>, Exempt> {
    let partner = question.subject.tenant().as_partner();
    let named = match &question.resource {
        Resource::Customer(.., named) => named.partner.unwrap_or(partner),
        Resource::Partner(_, named, _) => *named,
        Resource::Subscription(..) | Resource::Device(..) | Resource::Profile(..) => partner,
    };
    if named != partner {
        return Err(Exempt::AnothersSide);
    }
    match question.subject {
        Subject::User(User { tenant, user }) if Facts::tenant(state, tenant, now) == Some(TenantKind::Partner) => {
            Ok(vec![GroupMemberAdded { partner, group, user }.into()])
        }
        Subject::User(_) | Subject::Group(_) => Err(Exempt::AnothersGroup),
    }
}

/// A relationship, if none is active.
fn establishes(customer: CustomerId, partner: PartnerId, now: Moment, state: &State) -> Vec<Event> {
    let active = state.relationship(customer, partner, now).is_in_force();
    (!active).then(|| RelationshipEstablished { customer, partner }.into()).into_iter().collect()
}

/// A new relationship, also where one is active: with it support is owed again.
fn establishes_anew(customer: CustomerId, partner: PartnerId, now: Moment, state: &State) -> Vec<Event> {
    let dap = state.dap(customer, partner, now).is_in_force();
    let active = state.relationship(customer, partner, now).is_in_force();
    let revoked = dap.then(|| DapRevoked { customer, partner }.into());
    let ended = active.then(|| RelationshipEnded { customer, partner }.into());
    let established = RelationshipEstablished { customer, partner }.into();
    revoked.into_iter().chain(ended).chain([established]).collect()
}

fn assigns(question: &Question, now: Moment, state: &State) -> Result<Vec<Event>, Exempt> {
    let Resource::Subscription(_, subscription) = question.resource else { return Err(Exempt::Unknown) };
    let fact = Facts::subscription(state, subscription, now).ok_or(Exempt::Unknown)?;
    if !fact.active.is_in_force() {
        return Err(Exempt::Cancelled);
    }
    let (customer, role, origin) = (fact.customer, ResourceRole::Owner, AssignmentOrigin::Assigned);
    let principal = match question.subject {
        Subject::User(user) => Principal::User(user),
        Subject::Group(group) => Principal::Group(group),
    };
    let role_assignment = RoleAssignmentId::new(Uuid::from_u128(0xf2 << 120 | u128::from(now.position.0)));
    Ok(vec![RoleAssigned { customer, subscription, role_assignment, role, principal, origin }.into()])
}
