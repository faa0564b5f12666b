//! The whole history, one line after the other, in the order of time.

use super::{
    calendar::{POLICY_ADOPTED, REGISTERED_BY, at_work},
    chance::{Chance, Of, Seed},
    partner::Partners,
    story::Story,
    telling::Teller,
};
use std::collections::{BinaryHeap, binary_heap::PeekMut};

/// The history. Only what is still to come of the customers that there are is in memory.
pub(super) struct History {
    customers: u32,
    teller: Teller,
    partners: Partners,
    stories: BinaryHeap<Story>,
    /// The next customer, when it is registered, and what decides that.
    registers: u32,
    registration: Option<u32>,
    chance: Chance,
    policy: Option<u32>,
}

impl History {
    pub(super) fn new(customers: u32, seed: u64) -> Self {
        let seed = Seed::new(seed);
        let partners = Partners::of(customers, &seed);
        let chance = seed.chance(Of::Everything, 1);
        let (teller, stories, policy) = (Teller::new(seed), BinaryHeap::new(), Some(at_work(POLICY_ADOPTED)));
        let mut history =
            Self { customers, teller, partners, stories, registers: 0, registration: None, chance, policy };
        history.registration = history.next_registration();
        history
    }

    /// Writes the next line behind what is there. False: there is no more.
    pub(super) fn next(&mut self, out: &mut String) -> bool {
        let partner = self.partners.next().unwrap_or(u32::MAX);
        let policy = self.policy.unwrap_or(u32::MAX);
        self.register_until(partner.min(policy));
        let story = self.stories.peek().and_then(Story::next).unwrap_or(u32::MAX);
        if let Some(at) = self.policy.take_if(|at| *at <= partner && *at <= story) {
            self.teller.policy(at, out);
        } else if partner <= story && partner < u32::MAX {
            let stepped = self.partners.step();
            let of = stepped.and_then(|(rank, step)| Some((self.partners.get(rank)?, step)));
            if let Some((of, step)) = of {
                self.teller.of_partner(partner, of, step, out);
            }
        } else {
            let Some(mut story) = self.stories.peek_mut() else { return false };
            if let Some(step) = story.step() {
                self.teller.of_customer(step.at, step.what, &mut story, &self.partners, out);
            }
            if story.next().is_none() {
                PeekMut::pop(story);
            }
        }
        true
    }

    /// Plans the lives of those who are registered before anything else happens.
    fn register_until(&mut self, end: u32) {
        while let Some(raw) = self.registration {
            let first = self.stories.peek().and_then(Story::next).unwrap_or(u32::MAX);
            if at_work(raw) > first.min(end) {
                return;
            }
            self.stories.push(Story::of(self.registers, raw, &self.partners, &self.teller.seed));
            self.registers += 1;
            self.registration = self.next_registration();
        }
    }

    /// Customers come evenly, each at some time of its own share.
    fn next_registration(&mut self) -> Option<u32> {
        let begin = |number: u32| {
            let at = u64::from(REGISTERED_BY) * u64::from(number) / u64::from(self.customers.max(1));
            u32::try_from(at).unwrap_or(u32::MAX)
        };
        let (first, end) = (begin(self.registers), begin(self.registers + 1));
        (self.registers < self.customers).then(|| self.chance.between(first, end))
    }
}
