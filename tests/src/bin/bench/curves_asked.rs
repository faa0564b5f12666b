//! What is asked of a log, and about whom: of the same kind on logs of every size.

use crate::curves_walk::shuffle;
use procura_domain::{
    access::{CustomerAction, Named, Question, Resource, Subject},
    command::{Command, RevokeDap},
    decide::{Context, FreshIds, decide},
    id::{CustomerId, Id as _, ObjectId, PartnerId, RoleAssignmentId},
    intervals::{Interval, permitted_intervals},
    rule::RULES_VERSION,
    state::State,
    temporal::{Moment, Position, Standing},
    visibility::{Audience, Reader},
    vocabulary::{Actor, DirectoryRole, Locale, Pair, PartnerGroup, User},
};
use procura_engine::{Engine, When, ambient::Entropy};
use procura_reports::{Format, Parameters, ReportName, Statement, find};
use procura_views::{
    Filter, PermissionKey, Searcher, SubjectKind, customers, effective_permissions, partner_relationships, rows,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, hint::black_box, ops::RangeInclusive};

/// How many customers are in use, and how many customers their one partner has: as many on every log, of two or three
/// partners, so that what is asked for, and how much memory that takes, is alike.
const IN_USE: usize = 150;
const IN_USE_PARTNER_CUSTOMERS: RangeInclusive<usize> = 300..=400;
/// How many of those are asked about in what looks at hundreds of customers more.
const FEW: usize = 25;
/// How many rows a page has.
pub(crate) const PAGE: usize = 20;
/// How many customers the partners have, now or before, that are asked about: the largest ones grow with a log.
pub(crate) const PARTNER_CUSTOMERS: RangeInclusive<usize> = 100..=1_000;

/// A kind of question.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Now,
    Past,
    Decided,
    Refused,
    Spans,
    Relationships,
    Permissions,
    Customers,
    Subjects,
    Resources,
    Report,
}

impl Kind {
    pub(crate) const ALL: [Kind; 11] = [
        Kind::Now,
        Kind::Past,
        Kind::Decided,
        Kind::Refused,
        Kind::Spans,
        Kind::Relationships,
        Kind::Permissions,
        Kind::Customers,
        Kind::Subjects,
        Kind::Resources,
        Kind::Report,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Now => "access question, now",
            Kind::Past => "access question, the past",
            Kind::Decided => "command decided",
            Kind::Refused => "command refused",
            Kind::Spans => "spans of an agent's access",
            Kind::Relationships => "list: partner relationships",
            Kind::Permissions => "page: permissions at a customer",
            Kind::Customers => "page: customers of a partner",
            Kind::Subjects => "search: who may, at a customer",
            Kind::Resources => "search: customers of an agent",
            Kind::Report => "report of a customer",
        }
    }

    /// Asks it about that customer.
    pub(crate) fn ask(self, engine: &Engine, asked: &Asked) {
        let Asked { pair: Pair { customer, partner }, agent, administrator, past, .. } = *asked;
        let when = if self == Kind::Past { When::Position(past) } else { When::Now };
        let at = engine.moment(when).unwrap();
        let subject = Subject::User(agent);
        let searcher = Searcher { reader: Reader::Decider, at, now: at };
        match self {
            Kind::Now | Kind::Past => drop(black_box(engine.decide(&asked.question(), at))),
            Kind::Decided => assert!(black_box(asked.revoke(engine, administrator, at))),
            Kind::Refused => assert!(!black_box(asked.revoke(engine, asked.stranger(), at))),
            Kind::Spans => drop(black_box(engine.read(|state| {
                let question = asked.question();
                let all = permitted_intervals(&question, Interval::until(at), state, Audience::Everything);
                all.collect::<Vec<_>>()
            }))),
            Kind::Relationships => {
                drop(black_box(engine.read(|state| rows(partner_relationships(state, customer, at, PartnerId::MIN)))));
            }
            Kind::Permissions => drop(black_box(engine.read(|state| {
                let list = effective_permissions(state, customer, at, Filter::default(), PermissionKey::MIN);
                list.filter_map(|looked| looked.row).take(PAGE).collect::<Vec<_>>()
            }))),
            Kind::Customers => drop(black_box(engine.read(|state| {
                let list = customers(state, partner, Some(subject), at, customer);
                list.filter_map(|looked| looked.row).take(PAGE).collect::<Vec<_>>()
            }))),
            Kind::Subjects => drop(black_box(engine.read(|state| {
                let list = searcher.subjects(state, SubjectKind::User, asked.question().resource, None).unwrap();
                list.filter_map(|looked| looked.row).take(PAGE).collect::<Vec<_>>()
            }))),
            Kind::Resources => drop(black_box(engine.read(|state| {
                let list = searcher.resources(state, subject, asked.question().resource, None).unwrap();
                list.filter_map(|looked| looked.row).take(PAGE).collect::<Vec<_>>()
            }))),
            Kind::Report => drop(black_box(engine.read(|state| report(state, customer, at)))),
        }
    }
}

/// A customer and who is asked about there.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    pair: Pair,
    /// In the partner's AdminAgents.
    agent: User,
    /// The customer's Global administrator.
    administrator: User,
    /// A random moment since the relationship began.
    past: Position,
    /// Whether the customer is like others: never had another partner, whose people would be in the answers as well.
    alike: bool,
}

impl Asked {
    /// May the agent administer the customer's directory?
    fn question(&self) -> Question {
        let resource = Resource::Customer(CustomerAction::AdministerDirectory, self.pair.customer, Named::default());
        Question { subject: Subject::User(self.agent), resource }
    }

    /// Somebody of the partner's who is in none of its groups.
    fn stranger(&self) -> User {
        User { tenant: self.pair.partner.into(), user: self.administrator.user }
    }

    /// Whether that user could take the partner's privileges away.
    fn revoke(&self, engine: &Engine, by: User, at: Moment) -> bool {
        let Pair { customer, partner } = self.pair;
        let command: Command = RevokeDap { customer, partner }.into();
        let (entity, role_assignment) = (customer.guid(), RoleAssignmentId::new(customer.guid()));
        let context = Context {
            actor: &Actor::User(by),
            at: at.at,
            position: at.position,
            fresh: FreshIds { entity, role_assignment },
            name_holder: None,
            invitation_link: engine.invitation_link(),
        };
        engine.read(|state| decide(&command, &context, state)).is_ok()
    }
}

/// Who is asked about.
pub(crate) struct Pool {
    in_use: Vec<Asked>,
    /// A few of those.
    few: Vec<Asked>,
    /// In random order.
    pub(crate) random: Vec<Asked>,
}

impl Pool {
    /// Of these customers those who gave a partner of middle size privileges that are in force.
    pub(crate) fn of(engine: &Engine, all: &[CustomerId]) -> Pool {
        let mut entropy = Entropy::seeded(7);
        let at = engine.moment(When::Now).unwrap();
        let mut agents = BTreeMap::new();
        let mut random: Vec<Asked> = engine.read(|state| {
            let asked = |customer| asked(state, customer, at, &mut agents, &mut entropy);
            all.iter().copied().filter_map(asked).collect()
        });
        shuffle(&mut random, &mut entropy);
        // All of one partner's, and then the next one's.
        let mut in_use: Vec<Asked> = random.iter().copied().filter(|asked| asked.alike).collect();
        in_use.sort_by_key(|asked| asked.pair.partner);
        in_use.truncate(IN_USE);
        // Others in another order, so that a pass over all does not begin with those in use.
        shuffle(&mut random, &mut entropy);
        Pool { few: in_use.iter().copied().step_by(IN_USE / FEW).collect(), in_use, random }
    }

    /// Customers that are asked about again and again.
    pub(crate) fn in_use(&self, kind: Kind) -> &[Asked] {
        match kind {
            Kind::Customers | Kind::Resources => &self.few,
            _ => &self.in_use,
        }
    }

    /// How much there is to say about a customer in use, on average.
    pub(crate) fn alike(&self, engine: &Engine) -> Alike {
        let at = engine.moment(When::Now).unwrap();
        let mean = |of: &dyn Fn(&State, &Asked) -> usize| {
            let sum: usize = engine.read(|state| self.in_use.iter().map(|asked| of(state, asked)).sum());
            sum as f64 / self.in_use.len() as f64
        };
        let searcher = Searcher { reader: Reader::Decider, at, now: at };
        Alike {
            customers: self.in_use.len(),
            permissions: mean(&|state, asked| {
                effective_permissions(state, asked.pair.customer, at, Filter::default(), PermissionKey::MIN).count()
            }),
            people: mean(&|state, asked| {
                searcher.subjects(state, SubjectKind::User, asked.question().resource, None).unwrap().count()
            }),
            report_bytes: mean(&|state, asked| report(state, asked.pair.customer, at).len()),
        }
    }
}

/// How much there is to say about a customer, on average: about as much on every log, or its figures are no comparison.
#[derive(Serialize, Deserialize)]
pub(crate) struct Alike {
    /// Of so many.
    pub(crate) customers: usize,
    pub(crate) permissions: f64,
    /// Whom a search looks at.
    pub(crate) people: f64,
    pub(crate) report_bytes: f64,
}

fn asked(
    state: &State,
    customer: CustomerId,
    at: Moment,
    agents: &mut BTreeMap<PartnerId, Option<User>>,
    entropy: &mut Entropy,
) -> Option<Asked> {
    let now = at.position;
    let (pair, agent, since) = state.relationships_of(customer).find_map(|between| {
        let pair = between.pair();
        let agent = (*agents.entry(pair.partner).or_insert_with(|| agent(state, pair.partner, now)))?;
        let since = match between.relationship(now) {
            Standing::InForce(event) => event.position,
            _ => return None,
        };
        between.dap(now).is_in_force().then_some((pair, agent, since))
    })?;
    let tenant = state.tenant(customer.into())?;
    let administrator = tenant
        .holders_ever(DirectoryRole::GlobalAdministrator, ObjectId::MIN)
        .find(|(user, _)| tenant.directory_role(DirectoryRole::GlobalAdministrator, *user, now).is_in_force())?
        .0;
    let alike = state.relationships_of(customer).count() == 1
        && IN_USE_PARTNER_CUSTOMERS.contains(&state.customers_of(pair.partner).count());
    let past = Position(since.0 + u64::from_le_bytes(entropy.bytes()) % (now.0 - since.0 + 1));
    Some(Asked { pair, agent, administrator: User { tenant: customer.into(), user: administrator }, past, alike })
}

/// Somebody in the AdminAgents of a partner of middle size.
fn agent(state: &State, partner: PartnerId, now: Position) -> Option<User> {
    let group = PartnerGroup::AdminAgents;
    let tenant = state.tenant(partner.into())?;
    let (user, _) = tenant
        .members_ever(group, ObjectId::MIN)
        .find(|(user, _)| tenant.membership(group, *user, now).is_in_force())?;
    PARTNER_CUSTOMERS.contains(&state.customers_of(partner).count()).then_some(User { tenant: partner.into(), user })
}

/// An access review of one customer, as JSON.
fn report(state: &State, customer: CustomerId, at: Moment) -> Vec<u8> {
    let parameters = Parameters {
        format: Format::Json,
        lang: Locale::En,
        customer: Some(customer),
        partner: None,
        from: None,
        until: None,
    };
    let statement = Statement {
        report: ReportName::AccessReview,
        parameters,
        at: at.into(),
        names: None,
        rules: RULES_VERSION.to_owned(),
        // Signing one is no matter of the log's size.
        checkpoint: String::new(),
    };
    let mut written = vec![];
    find(state, statement, &mut |_| ()).unwrap().write(&mut written).unwrap();
    written
}
