//! Partners: a few large ones and many small ones, with people who come and go.

use super::{
    calendar::{DAY, END, HOUR, MINUTE, YEAR, at_work},
    chance::{Chance, Fixed, Kind, Of, Seed},
};
use procura_domain::vocabulary::PartnerGroup;
use std::{cmp::Reverse, collections::BinaryHeap};
use uuid::Uuid;

/// So many customers there are for each partner.
const CUSTOMERS_A_PARTNER: u32 = 250;
const PARTNERS_MIN: u32 = 3;
/// So many relationships a customer has, in hundredths.
const RELATIONSHIPS_PERCENT: u64 = 160;
/// A person works for so many relationships.
const RELATIONSHIPS_A_PERSON: u64 = 12;
const STAFF_MIN: u16 = 4;
const STAFF_MAX: u16 = 240;
/// In that time half of the people change.
const TURNOVER: u32 = 2 * YEAR;
/// After that time a partner is ready for customers.
const SET_UP: u32 = 4 * DAY;
/// How long an invitation for many is good, and how often there is another.
pub(super) const MANY_DAYS: u16 = 365;
const MANY_RENEWED: u32 = 300 * DAY;

/// All partners, by their rank: the first is the largest.
pub(super) struct Partners {
    all: Vec<Partner>,
    due: BinaryHeap<Reverse<(u32, u32)>>,
    /// The sums of the weights up to each rank.
    weights: Vec<u64>,
}

/// What a partner does for itself.
#[derive(Clone, Copy)]
pub(super) enum PartnerStep {
    Register,
    Joins {
        group: PartnerGroup,
        person: u16,
    },
    Leaves {
        group: PartnerGroup,
        person: u16,
    },
    /// The invitation that a partner has for many, until there is another.
    InviteMany {
        number: u16,
    },
}

impl Partners {
    /// As many as so many customers have.
    pub(super) fn of(customers: u32, seed: &Seed) -> Self {
        let count = (customers / CUSTOMERS_A_PARTNER).max(PARTNERS_MIN);
        let mut sum = 0_u64;
        let weights: Vec<u64> = (1..=count)
            .map(|rank| {
                sum += weight(rank);
                sum
            })
            .collect();
        let relationships = u64::from(customers) * RELATIONSHIPS_PERCENT / 100;
        let all: Vec<_> = (0..count)
            .map(|rank| {
                let share = u128::from(relationships) * u128::from(weight(rank + 1)) / u128::from(sum.max(1));
                let staff = u64::try_from(share).unwrap_or(u64::MAX) / RELATIONSHIPS_A_PERSON;
                let staff = u16::try_from(staff).unwrap_or(u16::MAX).clamp(STAFF_MIN, STAFF_MAX);
                Partner::new(rank, joins(rank, count), staff, seed)
            })
            .collect();
        let due = all.iter().map(|partner| Reverse((at_work(partner.next()), partner.rank))).collect();
        Self { all, due, weights }
    }

    pub(super) fn get(&self, rank: u32) -> Option<&Partner> {
        self.all.get(usize::try_from(rank).ok()?)
    }

    /// One that is ready for customers at that time and none of those: the larger, the likelier.
    pub(super) fn choose(&self, at: u32, but: &[u32], chance: &mut Chance) -> Option<u32> {
        const TRIES: u32 = 12;
        let sum = self.weights.last().copied().unwrap_or_default();
        let count = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        (0..TRIES).find_map(|_| {
            let drawn = chance.below_large(sum);
            let rank = u32::try_from(self.weights.partition_point(|sum| *sum <= drawn)).unwrap_or(u32::MAX);
            (joins(rank, count) + SET_UP <= at && !but.contains(&rank)).then_some(rank)
        })
    }

    /// When the next of them does something.
    pub(super) fn next(&self) -> Option<u32> {
        self.due.peek().map(|Reverse((at, _))| *at)
    }

    /// What the next of them does.
    pub(super) fn step(&mut self) -> Option<(u32, PartnerStep)> {
        let Reverse((_, rank)) = self.due.pop()?;
        let partner = self.all.get_mut(usize::try_from(rank).ok()?)?;
        let step = partner.step();
        if partner.next() < END {
            self.due.push(Reverse((at_work(partner.next()), rank)));
        }
        Some((rank, step))
    }
}

/// A size by Zipf, with exponent 13/16: near 0.8, and made of roots alone.
fn weight(rank: u32) -> u64 {
    let half = Fixed::new(rank).root();
    let quarter = half.root();
    half.times(quarter).times(quarter.root().root()).share()
}

/// When a partner is registered: the largest three and every other one in the first week, the rest over three years.
fn joins(rank: u32, count: u32) -> u32 {
    let over = if rank < PARTNERS_MIN || rank.is_multiple_of(2) { 7 * DAY } else { 3 * YEAR };
    u32::try_from(u64::from(over) * u64::from(rank) / u64::from(count.max(1))).unwrap_or_default()
}

/// Whether a partner's invitations for many ask for delegated admin privileges.
pub(super) fn many_with_dap(rank: u32) -> bool {
    rank % 4 != 3
}

/// A partner, as it is now.
pub(super) struct Partner {
    pub(super) rank: u32,
    pub(super) tenant: Uuid,
    chance: Chance,
    groups: [(PartnerGroup, Vec<u16>); 3],
    /// How many people there ever were; the first is the Global administrator, in no group.
    people: u16,
    staff: u16,
    /// How many invitations for many there were.
    many: u16,
    next_move: u32,
    next_many: u32,
}

impl Partner {
    fn new(rank: u32, joins: u32, staff: u16, seed: &Seed) -> Self {
        Self {
            rank,
            tenant: seed.id(Of::PartnerIds, rank, Kind::Tenant, 0),
            chance: seed.chance(Of::Partner, rank),
            groups: [PartnerGroup::AdminAgents, PartnerGroup::HelpdeskAgents, PartnerGroup::SalesAgents]
                .map(|group| (group, Vec::new())),
            people: 0,
            staff,
            many: 0,
            next_move: joins,
            // Everybody has joined by then.
            next_many: joins + 3 * DAY,
        }
    }

    fn next(&self) -> u32 {
        self.next_move.min(self.next_many)
    }

    fn step(&mut self) -> PartnerStep {
        if self.next_many < self.next_move {
            self.next_many += MANY_RENEWED;
            self.many += 1;
            return PartnerStep::InviteMany { number: self.many };
        }
        if self.people == 0 {
            self.people = 1;
            self.next_move += HOUR;
            return PartnerStep::Register;
        }
        let members: usize = self.groups.iter().map(|(_, members)| members.len()).sum();
        let staff = usize::from(self.staff);
        if self.people <= self.staff {
            self.next_move += 10 * MINUTE;
        } else {
            let pause = TURNOVER / u32::from(self.staff);
            self.next_move += self.chance.between(pause / 2, pause + pause / 2);
        }
        let leaves = self.people > self.staff
            && (members >= staff + staff / 4 || (members > staff - staff / 4 && self.chance.percent(50)));
        leaves.then(|| self.leaves()).flatten().unwrap_or_else(|| self.joins())
    }

    /// Somebody leaves a group, if there is one that others stay in.
    fn leaves(&mut self) -> Option<PartnerStep> {
        let place = self.chance.one(&[0_usize, 0, 1, 1, 2])?;
        let (group, members) = self.groups.get_mut(place).filter(|(_, members)| members.len() > 1)?;
        let person = self.chance.one(members)?;
        members.retain(|member| *member != person);
        Some(PartnerStep::Leaves { group: *group, person })
    }

    /// Somebody new joins a group; one that is empty first.
    fn joins(&mut self) -> PartnerStep {
        let person = self.people;
        self.people += 1;
        let empty = self.groups.iter().position(|(_, members)| members.is_empty());
        let place = empty.or_else(|| self.chance.one(&[0, 0, 1, 1, 2])).unwrap_or_default();
        let [first, others @ ..] = &mut self.groups;
        let (group, members) = place.checked_sub(1).and_then(|place| others.get_mut(place)).unwrap_or(first);
        members.push(person);
        PartnerStep::Joins { group: *group, person }
    }

    /// Somebody who is in one of those groups now.
    pub(super) fn agent(&self, groups: &[PartnerGroup], chance: &mut Chance) -> u16 {
        let group = chance.one(groups);
        let of = self.groups.iter().find(|(name, _)| Some(*name) == group);
        of.and_then(|(_, members)| chance.one(members)).unwrap_or_default()
    }

    /// The invitation for many that is good now.
    pub(super) fn invitation_for_many(&self) -> u16 {
        self.many
    }

    pub(super) fn locale(&self) -> &'static str {
        if self.rank % 3 == 1 { "fr" } else { "en" }
    }
}
