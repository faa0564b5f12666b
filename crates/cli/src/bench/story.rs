//! The life of one customer, planned when it is registered: every step of it is one that the rules allow.

use super::{
    calendar::{DAY, END, HOUR, MINUTE, POLICY_ADOPTED, YEAR, at_work},
    chance::{Chance, Of, Seed},
    partner::{Partners, many_with_dap},
    step::{Side, Step, To, What},
};
use procura_domain::vocabulary::ResourceRole;
use std::cmp::Ordering;

/// So many partners a customer has at most, one after the other or at once.
pub(super) const PARTNERS_MAX: usize = 4;
/// The invitations of partners begin when some are ready.
const FIRST_INVITATION: u32 = 14 * DAY;

/// What is still to come in a customer's life.
pub(super) struct Story {
    pub(super) number: u32,
    /// Its partners, by rank.
    pub(super) partners: [u32; PARTNERS_MAX],
    /// Which of its people acts for it.
    pub(super) administrator: u16,
    /// The next one is the last here.
    steps: Vec<Step>,
}

impl Story {
    /// Plans the life of a customer that is registered then.
    pub(super) fn of(number: u32, registered: u32, partners: &Partners, seed: &Seed) -> Self {
        let mut plan = Plan::new(registered, partners, seed.chance(Of::Customer, number));
        plan.people();
        plan.relationships();
        plan.subscriptions();
        plan.devices();
        plan.requests();
        let Plan { mut steps, places, .. } = plan;
        steps.retain(|step| step.at < END);
        // In the order of the plan, if two come at the same time.
        steps.sort_by_key(|step| step.at);
        steps.iter_mut().for_each(|step| step.at = at_work(step.at));
        steps.reverse();
        steps.shrink_to_fit();
        let mut partners = [0; PARTNERS_MAX];
        partners.iter_mut().zip(places).for_each(|(partner, rank)| *partner = rank);
        Self { number, partners, administrator: FIRST_ADMINISTRATOR, steps }
    }

    /// When the next step comes.
    pub(super) fn next(&self) -> Option<u32> {
        self.steps.last().map(|step| step.at)
    }

    /// Takes the next step.
    pub(super) fn step(&mut self) -> Option<Step> {
        let step = self.steps.pop();
        // Most happens in the first year; what comes later waits in little room.
        if self.steps.len() * 2 < self.steps.capacity() {
            self.steps.shrink_to_fit();
        }
        step
    }
}

/// The story whose next step comes first is the greatest.
impl Ord for Story {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.next(), other.number).cmp(&(self.next(), self.number))
    }
}

impl PartialOrd for Story {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Story {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Story {}

/// A customer's people, by number; those who are given roles on subscriptions come behind.
pub(super) const FIRST_ADMINISTRATOR: u16 = 1;
pub(super) const SECOND_ADMINISTRATOR: u16 = 2;
pub(super) const HELPDESK_ADMINISTRATOR: u16 = 3;
const FIRST_OTHER: u8 = 10;

/// A relationship with a partner, from when until when.
#[derive(Clone)]
struct Bond {
    partner: u8,
    from: u32,
    until: u32,
    /// When delegated admin privileges were in force; a second time if they were given again.
    dap: Vec<(u32, u32)>,
}

impl Bond {
    fn is_active(&self, at: u32) -> bool {
        (self.from..self.until).contains(&at)
    }

    fn has_dap(&self, at: u32) -> bool {
        self.dap.iter().any(|(from, until)| (*from..*until).contains(&at))
    }
}

/// A life that is being planned, thread by thread; the steps are put in order at the end.
struct Plan<'a> {
    start: u32,
    partners: &'a Partners,
    chance: Chance,
    steps: Vec<Step>,
    /// The partners, by rank.
    places: Vec<u32>,
    bonds: Vec<Bond>,
    invitations: u8,
    subscriptions: u8,
    assignments: u8,
    people: u8,
    devices: u16,
}

impl<'a> Plan<'a> {
    fn new(start: u32, partners: &'a Partners, chance: Chance) -> Self {
        let steps = vec![Step { at: start, what: What::Register }];
        let (places, bonds) = (Vec::new(), Vec::new());
        let (invitations, subscriptions, assignments, people, devices) = (0, 0, 0, FIRST_OTHER, 0);
        Self { start, partners, chance, steps, places, bonds, invitations, subscriptions, assignments, people, devices }
    }

    fn at(&mut self, at: u32, what: What) {
        self.steps.push(Step { at, what });
    }

    // --- Its own people ---

    fn people(&mut self) {
        if self.chance.percent(35) {
            let given = self.start + self.chance.between(HOUR, 200 * DAY);
            self.at(given, What::SecondAdministrator);
            let taken = given + self.chance.between(60 * DAY, 3 * YEAR);
            match self.chance.below(10) {
                0..2 => self.at(taken, What::HandOver),
                2..4 => self.at(taken, What::WithoutSecond),
                _ => {}
            }
        }
        if self.chance.percent(15) {
            let given = self.start + self.chance.between(HOUR, YEAR);
            self.at(given, What::HelpdeskAdministrator);
            if self.chance.percent(35) {
                let taken = given + self.chance.between(30 * DAY, 2 * YEAR);
                self.at(taken, What::WithoutHelpdesk);
            }
        }
    }

    // --- Its partners ---

    fn relationships(&mut self) {
        let count = match self.chance.below(100) {
            0..60 => 1,
            60..85 => 2,
            85..95 => 3,
            _ => 4,
        };
        for number in 0..count {
            let later = if number == 0 { 3 * DAY } else { 3 * YEAR };
            let at = (self.start + self.chance.between(10 * MINUTE, later)).max(FIRST_INVITATION);
            let Some(rank) = self.partners.choose(at, &self.places, &mut self.chance) else { continue };
            let Ok(partner) = u8::try_from(self.places.len()) else { continue };
            self.places.push(rank);
            self.becomes_partner(partner, rank, at);
        }
        self.relationship_ends();
        self.dap_is_revoked();
    }

    /// A partner invites, perhaps more than once, until the customer accepts or nobody tries any more.
    fn becomes_partner(&mut self, partner: u8, rank: u32, mut at: u32) {
        match self.chance.below(100) {
            0..4 => {
                self.invites(partner, at, true, 30);
                at += self.chance.between(45 * DAY, 120 * DAY);
            }
            4..7 => {
                let invitation = self.invites(partner, at, true, 90);
                let withdrawn = at + self.chance.between(HOUR, 20 * DAY);
                self.at(withdrawn, What::Withdraw { partner, invitation });
                at += self.chance.between(21 * DAY, 60 * DAY);
            }
            7..12 => {
                let invitation = self.invites(partner, at, true, 90);
                let declined = at + self.chance.between(HOUR, 12 * DAY);
                self.at(declined, What::Decline { invitation });
                at += self.chance.between(20 * DAY, 90 * DAY);
            }
            12..15 => {
                self.invites(partner, at, true, 14);
                return;
            }
            _ => {}
        }
        if self.chance.percent(25) {
            self.at(at, What::AcceptMany { partner });
            self.begins(partner, at, many_with_dap(rank));
        } else {
            let dap = self.chance.percent(75);
            self.accepts(partner, at, dap);
        }
    }

    fn invites(&mut self, partner: u8, at: u32, dap: bool, days: u16) -> u8 {
        let invitation = self.invitations;
        self.invitations += 1;
        self.at(at, What::Invite { partner, invitation, dap, days });
        invitation
    }

    /// An invitation at that time, and its acceptance: when that is.
    fn accepted(&mut self, partner: u8, at: u32, dap: bool) -> u32 {
        let invitation = self.invites(partner, at, dap, 90);
        let accepted = at + self.chance.between(10 * MINUTE, 9 * DAY);
        self.at(accepted, What::Accept { invitation });
        accepted
    }

    fn accepts(&mut self, partner: u8, at: u32, dap: bool) {
        let accepted = self.accepted(partner, at, dap);
        self.begins(partner, accepted, dap);
    }

    fn begins(&mut self, partner: u8, from: u32, dap: bool) {
        let dap = if dap { vec![(from, END)] } else { Vec::new() };
        self.bonds.push(Bond { partner, from, until: END, dap });
    }

    /// One of the relationships ends, and perhaps there is another with the same partner later.
    fn relationship_ends(&mut self) {
        const SHORTEST: u32 = 120 * DAY;
        if !self.chance.percent(10) {
            return;
        }
        let Some(bond) = chosen(&mut self.bonds, &mut self.chance, |bond| bond.from + SHORTEST < END) else { return };
        let until = self.chance.between(bond.from + SHORTEST, END);
        bond.until = until;
        bond.dap.iter_mut().for_each(|(_, end)| *end = until);
        let partner = bond.partner;
        self.at(until, What::EndRelationship { partner });
        if self.chance.percent(35) {
            let again = until + self.chance.between(30 * DAY, YEAR);
            let dap = self.chance.percent(50);
            self.accepts(partner, again, dap);
        }
    }

    /// One of the partners loses its delegated admin privileges, and perhaps is given them again.
    fn dap_is_revoked(&mut self) {
        const SHORTEST: u32 = 30 * DAY;
        if !self.chance.percent(34) {
            return;
        }
        let may_be = |bond: &Bond| bond.has_dap(bond.from) && bond.from + SHORTEST < bond.until.min(END);
        let Some(bond) = chosen(&mut self.bonds, &mut self.chance, may_be) else { return };
        let (partner, until) = (bond.partner, bond.until);
        let revoked = self.chance.between(bond.from + SHORTEST, until.min(END));
        let again = (self.chance.percent(12)).then(|| revoked + self.chance.between(20 * DAY, 300 * DAY));
        bond.dap = vec![(bond.from, revoked)];
        // The acceptance comes some days after the invitation.
        let again = again.filter(|again| again + 10 * DAY < until);
        let by = if self.chance.percent(15) { Side::Partner(partner) } else { Side::Customer };
        self.at(revoked, What::RevokeDap { by, partner });
        if let Some(again) = again {
            let accepted = self.accepted(partner, again, true);
            let bond = self.bonds.iter_mut().find(|bond| bond.partner == partner && bond.until == until);
            bond.into_iter().for_each(|bond| bond.dap.push((accepted, until)));
        }
    }

    // --- Subscriptions ---

    fn subscriptions(&mut self) {
        for bond in self.bonds.clone() {
            let count = match self.chance.below(100) {
                0..30 => 0,
                30..70 => 1,
                70..91 => 2,
                _ => 3,
            };
            for number in 0..count {
                self.is_provisioned(&bond, number == 0);
            }
        }
        if self.chance.percent(22) {
            self.is_registered();
        }
    }

    fn is_provisioned(&mut self, bond: &Bond, is_first: bool) {
        let (partner, latest) = (bond.partner, bond.until.saturating_sub(3 * DAY));
        let at = match is_first {
            true => bond.from + self.chance.between(10 * MINUTE, 40 * DAY),
            false => self.chance.between(bond.from + DAY, latest),
        };
        if at >= latest {
            return;
        }
        let subscription = self.next_subscription();
        let owner = self.chance.percent(50).then(|| self.next_assignment());
        self.at(at, What::Provision { partner, subscription, owner });
        let cancelled = if self.chance.percent(18) && at + 60 * DAY < latest {
            Some(self.chance.between(at + 60 * DAY, latest))
        } else {
            // A relationship ends when nothing of it is active any more.
            (bond.until < END).then(|| bond.until - self.chance.between(HOUR, 2 * DAY))
        };
        self.lasts(Side::Partner(partner), subscription, at, cancelled);
        if let Some(owner) = owner {
            let until = cancelled.unwrap_or(END);
            self.roles_of_partner(bond, subscription, owner, (at, until));
        }
    }

    /// It is renewed every year, until it is cancelled.
    fn lasts(&mut self, by: Side, subscription: u8, from: u32, cancelled: Option<u32>) {
        let mut renewed = from + YEAR;
        while renewed < cancelled.unwrap_or(END) {
            self.at(renewed, What::Renew { by, subscription });
            renewed += YEAR;
        }
        if let Some(cancelled) = cancelled {
            self.at(cancelled, What::Cancel { by, subscription });
        }
    }

    /// Roles on an Azure subscription that a partner provisioned, of which its AdminAgents are Owner.
    fn roles_of_partner(&mut self, bond: &Bond, subscription: u8, owner: u8, (from, until): (u32, u32)) {
        let partner = bond.partner;
        // After delegated admin privileges or the relationship ended, some customers look for what is left.
        let lost = bond.dap.first().map_or(bond.until, |(_, until)| *until);
        let cleared =
            (lost < END && self.chance.percent(45)).then(|| lost.max(from) + self.chance.between(HOUR, 120 * DAY));
        if let Some(cleared) = cleared {
            self.at(cleared, What::RemoveAssignment { by: Side::Customer, assignment: owner });
        }
        let is_owner = |at: u32| cleared.is_none_or(|cleared| at < cleared);
        if self.chance.percent(40) {
            let (by, to) = (Side::Customer, To::HelpdeskAgents(partner));
            if let Some((given, assignment)) =
                self.is_given((by, to), subscription, ResourceRole::Reader, (from, until))
            {
                let removed = match cleared {
                    Some(cleared) => Some(cleared.max(given) + 2 * MINUTE),
                    None => self.chance.percent(15).then(|| given + self.chance.between(DAY, YEAR)),
                };
                if let Some(removed) = removed {
                    self.at(removed, What::RemoveAssignment { by, assignment });
                }
            }
        }
        if self.chance.percent(60) {
            let person = To::Person(self.next_person());
            let end = cleared.unwrap_or(until).min(until);
            let by = if from + 2 * DAY < end { Side::Partner(partner) } else { Side::Customer };
            let end = if by == Side::Customer { until } else { end };
            let given = self.is_given((by, person), subscription, ResourceRole::Contributor, (from, end));
            if let Some((given, assignment)) = given.filter(|_| self.chance.percent(35)) {
                let removed = given + self.chance.between(DAY, 2 * YEAR);
                let is_active = removed < until && is_owner(removed);
                let by = if is_active { Side::Partner(partner) } else { Side::Customer };
                self.at(removed, What::RemoveAssignment { by, assignment });
            }
        }
    }

    /// A role is assigned in that time, early in it; not if there is too little of it.
    fn is_given(
        &mut self,
        (by, to): (Side, To),
        subscription: u8,
        role: ResourceRole,
        (from, until): (u32, u32),
    ) -> Option<(u32, u8)> {
        let until = until.min(from + YEAR);
        if from + DAY >= until {
            return None;
        }
        let (given, assignment) = (self.chance.between(from + HOUR, until), self.next_assignment());
        self.at(given, What::AssignRole { by, subscription, assignment, role, to });
        Some((given, assignment))
    }

    /// A subscription that the customer had before.
    fn is_registered(&mut self) {
        let at = self.start + self.chance.between(HOUR, YEAR);
        let subscription = self.next_subscription();
        let owner = self.chance.percent(60).then(|| self.next_assignment());
        self.at(at, What::RegisterSubscription { subscription, owner });
        let cancelled = self.chance.percent(12).then(|| at + self.chance.between(60 * DAY, 3 * YEAR));
        self.lasts(Side::Customer, subscription, at, cancelled);
        let first = self.bonds.first().map(|bond| (bond.partner, bond.from.max(at)));
        let (Some(_), Some((partner, from)), true) = (owner, first, self.chance.percent(40)) else { return };
        let (by, to, until) = (Side::Customer, To::AdminAgents(partner), cancelled.unwrap_or(END));
        let given = self.is_given((by, to), subscription, ResourceRole::Contributor, (from, until));
        if let Some((given, assignment)) = given.filter(|_| self.chance.percent(40)) {
            let removed = given + self.chance.between(DAY, 2 * YEAR);
            self.at(removed, What::RemoveAssignment { by, assignment });
        }
    }

    fn next_subscription(&mut self) -> u8 {
        self.subscriptions += 1;
        self.subscriptions
    }

    fn next_assignment(&mut self) -> u8 {
        self.assignments += 1;
        self.assignments
    }

    fn next_person(&mut self) -> u8 {
        self.people += 1;
        self.people
    }

    // --- Devices and profiles ---

    /// Most have few or none, some have hundreds; they come in batches.
    fn devices(&mut self) {
        const LEAST: u32 = 4;
        const MOST: u32 = 900;
        const BATCH_MAX: u32 = 60;
        if self.chance.percent(34) {
            return;
        }
        let mut left = self.chance.heavy(LEAST, MOST);
        let begin = self.start + self.chance.between(2 * DAY, 90 * DAY);
        let profile = (self.chance.percent(60)).then(|| self.profile(begin));
        let mut at = begin + DAY;
        while left > 0 {
            let count = left.min(1 + self.chance.below(BATCH_MAX));
            left -= count;
            self.batch(at, u8::try_from(count).unwrap_or_default(), profile);
            at += self.chance.between(DAY, 200 * DAY);
        }
    }

    /// A profile, and perhaps another one that nobody needs: the number of the first.
    fn profile(&mut self, at: u32) -> u8 {
        const FIRST: u8 = 1;
        const SPARE: u8 = 2;
        let by = self.manager(at, false);
        self.at(at, What::CreateProfile { by, profile: FIRST });
        if self.chance.percent(30) {
            let updated = at + self.chance.between(DAY, 2 * YEAR);
            let by = self.manager(updated, false);
            self.at(updated, What::UpdateProfile { by, profile: FIRST });
        }
        if self.chance.percent(12) {
            let (made, deleted) = (at + HOUR, at + self.chance.between(2 * HOUR, 2 * YEAR));
            let by = self.manager(made, false);
            self.at(made, What::CreateProfile { by, profile: SPARE });
            let by = self.manager(deleted, false);
            self.at(deleted, What::DeleteProfile { by, profile: SPARE });
        }
        FIRST
    }

    fn batch(&mut self, at: u32, count: u8, profile: Option<u8>) {
        let first = self.devices;
        self.devices += u16::from(count);
        // All of them come within two hours.
        let active = |bond: &Bond| bond.is_active(at) && bond.is_active(at + DAY);
        let by = match chosen(&mut self.bonds, &mut self.chance, active).map(|bond| bond.partner) {
            Some(partner) if self.chance.percent(85) => Side::Partner(partner),
            _ => Side::Customer,
        };
        let of_customer = by == Side::Customer;
        for (number, device) in (0..u32::from(count)).zip(first..) {
            let added = at + number * 2 * MINUTE + self.chance.below(2 * MINUTE);
            self.at(added, What::AddDevice { by, device });
            if self.chance.percent(42) {
                let tagged = added + self.chance.between(MINUTE, 10 * DAY);
                let by = self.device_manager(tagged, of_customer);
                self.at(tagged, What::TagDevice { by, device });
            }
            if self.chance.percent(14) {
                let removed = added + self.chance.between(YEAR, 4 * YEAR);
                let by = self.manager(removed, of_customer);
                self.at(removed, What::RemoveDevice { by, device });
            }
        }
        let Some(profile) = profile.filter(|_| self.chance.percent(80)) else { return };
        let applied = at + self.chance.between(3 * HOUR, 6 * DAY);
        let by = self.manager(applied, of_customer);
        self.at(applied, What::ApplyProfile { by, profile, first, count });
        if self.chance.percent(15) {
            let count = 1 + u8::try_from(self.chance.below(count.into())).unwrap_or_default();
            let removed = applied + self.chance.between(10 * DAY, 300 * DAY);
            let by = self.manager(removed, of_customer);
            self.at(removed, What::RemoveProfile { by, profile, first, count });
        }
    }

    /// Who manages profiles, and devices of the customer's own or of partners: a partner under the policy of that time, or
    /// the customer. Between two policies the stricter one counts.
    fn manager(&mut self, at: u32, of_customer: bool) -> Side {
        self.device_manager(at, of_customer || at + 7 * DAY >= POLICY_ADOPTED)
    }

    fn device_manager(&mut self, at: u32, needs_dap: bool) -> Side {
        let may = |bond: &Bond| bond.is_active(at) && (!needs_dap || bond.has_dap(at));
        match chosen(&mut self.bonds, &mut self.chance, may).map(|bond| bond.partner) {
            Some(partner) if self.chance.percent(80) => Side::Partner(partner),
            _ => Side::Customer,
        }
    }

    // --- Support ---

    fn requests(&mut self) {
        let Some((partner, from, until)) = self.bonds.first().map(|bond| (bond.partner, bond.from, bond.until)) else {
            return;
        };
        let renegotiated = self.chance.percent(2).then(|| self.chance.between(from + 200 * DAY, END));
        if let Some(at) = renegotiated.filter(|at| *at < until) {
            self.at(at, What::Renegotiate { partner });
        }
        if self.chance.percent(2) {
            for _ in 0..=self.chance.below(3) {
                let at = self.chance.between(from + DAY, until.min(renegotiated.unwrap_or(END)));
                self.at(at, What::OpenRequest { partner });
            }
        }
    }
}

/// One of the relationships that are so.
fn chosen<'b>(bonds: &'b mut [Bond], chance: &mut Chance, so: impl Fn(&Bond) -> bool) -> Option<&'b mut Bond> {
    let count = bonds.iter().filter(|bond| so(bond)).count();
    let place = chance.below(u32::try_from(count).unwrap_or_default());
    bonds.iter_mut().filter(|bond| so(bond)).nth(usize::try_from(place).unwrap_or_default())
}
