//! How far one consumer or webhook has come: what was given out and not acknowledged, what waits, what is parked. Pure: the
//! time comes in, and what an event says is somebody else's to know.

use procura_domain::{id::TenantId, temporal::Timestamp, vocabulary::OnParked};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

/// How many events are given out and wait at a time. Nothing further is looked at then.
pub(crate) const OPEN_MAX: usize = 2_000;
/// How many are parked. Nothing further is given out then.
pub(crate) const PARKED_MAX: usize = 1_000;
/// The longest error that is kept, in characters.
const ERROR_CHARS_MAX: usize = 500;

/// Events with the same key are given out in order: the customer's or the partner's that they concern, or everybody's.
pub(crate) type Key = Option<TenantId>;

/// How far it has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Queue {
    /// Everything up to there was looked at.
    pub(crate) reached: u64,
    /// What was looked at and is wanted, and not acknowledged yet.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) open: BTreeMap<u64, Open>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) parked: BTreeMap<u64, Parked>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) paused: bool,
}

/// An event that is given out, or waits to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Open {
    key: Key,
    /// How often it was given out.
    pub(crate) tries: u32,
    /// Why it failed the last time, if it was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// It is somebody's until then; a restart makes it nobody's.
    #[serde(skip)]
    until: Option<Timestamp>,
    /// It is not given out again before then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_before: Option<Timestamp>,
    /// When it was given out first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<Timestamp>,
}

/// An event that was tried too often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parked {
    key: Key,
    pub(crate) tries: u32,
    pub(crate) error: String,
    pub(crate) at: Timestamp,
}

/// What a consumer's settings say of this.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) visibility: Duration,
    pub(crate) tries_max: u32,
    pub(crate) on_parked: OnParked,
}

impl Queue {
    pub(crate) fn after(reached: u64) -> Self {
        Self { reached, ..Self::default() }
    }

    /// Everything up to there is acknowledged, parked, or not wanted.
    pub(crate) fn done(&self) -> u64 {
        self.open.first_key_value().map_or(self.reached, |(first, _)| first.saturating_sub(1))
    }

    /// Whether nothing further can be looked at before something is acknowledged or dealt with.
    pub(crate) fn is_full(&self) -> bool {
        self.open.len() >= OPEN_MAX || self.parked.len() >= PARKED_MAX
    }

    /// Takes back what was kept too long. What was tried too often is parked.
    pub(crate) fn expire(&mut self, terms: Terms, now: Timestamp) {
        let expired = self.open.iter().filter(|(_, open)| open.until.is_some_and(|until| until <= now));
        let expired: Vec<u64> = expired.map(|(position, _)| *position).collect();
        for position in expired {
            self.fail(position, terms, now, Duration::ZERO, None);
        }
    }

    /// When the next is taken back, or may be tried again.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.open.values().filter_map(|open| open.until.or(open.not_before)).min()
    }

    /// What may be given out now, to one reader in order, at most so many: what nobody has, if none with the same key is
    /// somebody else's, and none before it must wait. Perhaps one of each key alone.
    pub(crate) fn due(&self, terms: Terms, now: Timestamp, max: usize, one_of_key: bool) -> Vec<u64> {
        let out = self.open.values().filter(|open| open.until.is_some());
        let mut held: HashSet<Key> = out.map(|open| open.key).collect();
        let blocked = |position: u64, key: Key| {
            terms.on_parked == OnParked::Wait
                && self.parked.iter().take_while(|(parked, _)| **parked < position).any(|(_, parked)| parked.key == key)
        };
        let mut due = Vec::new();
        for (position, open) in &self.open {
            if due.len() >= max {
                break;
            }
            let is_free = open.until.is_none() && open.not_before.is_none_or(|not_before| not_before <= now);
            let is_due = is_free && !held.contains(&open.key) && !blocked(*position, open.key);
            if is_due {
                due.push(*position);
            }
            if one_of_key || !is_due {
                held.insert(open.key);
            }
        }
        due
    }

    /// Notes down that the next events were looked at, up to there, and which of them are wanted.
    pub(crate) fn look(&mut self, wanted: impl IntoIterator<Item = (u64, Key)>, reached: u64) {
        let open = |key| Open { key, tries: 0, error: None, until: None, not_before: None, since: None };
        self.open.extend(wanted.into_iter().map(|(position, key)| (position, open(key))));
        self.reached = self.reached.max(reached);
    }

    /// Gives one out: it is somebody's until the time is up. How often it has been, now.
    pub(crate) fn give(&mut self, position: u64, terms: Terms, now: Timestamp) -> u32 {
        let Some(open) = self.open.get_mut(&position) else { return 0 };
        open.tries = open.tries.saturating_add(1);
        open.until = Some(now + terms.visibility);
        open.since.get_or_insert(now);
        open.not_before = None;
        open.tries
    }

    /// One is done with, also if somebody was too late with it; whether it was still open.
    pub(crate) fn acknowledge(&mut self, position: u64) -> bool {
        self.open.remove(&position).is_some()
    }

    /// One failed: it is tried again after the pause, or parked if it was tried too often. Whether it was still open.
    pub(crate) fn fail(
        &mut self,
        position: u64,
        terms: Terms,
        now: Timestamp,
        pause: Duration,
        error: Option<&str>,
    ) -> bool {
        let Some(open) = self.open.get_mut(&position) else { return false };
        open.until = None;
        open.error = error.map(short).or(open.error.take());
        open.not_before = (!pause.is_zero()).then(|| now + pause);
        let key = open.key;
        if open.tries >= terms.tries_max {
            self.park(position, now);
        }
        // What its reader got behind it with the same key comes again behind it, as if it had not been given out.
        let behind = self.open.range_mut(position.saturating_add(1)..).map(|(_, open)| open);
        for open in behind.filter(|open| open.key == key && open.until.is_some()) {
            open.until = None;
            open.tries = open.tries.saturating_sub(1);
        }
        true
    }

    /// Puts one aside.
    pub(crate) fn park(&mut self, position: u64, now: Timestamp) {
        if let Some(Open { key, tries, error, .. }) = self.open.remove(&position) {
            let error = error.unwrap_or_else(|| "it was not acknowledged in time".to_owned());
            self.parked.insert(position, Parked { key, tries, error, at: now });
        }
    }

    /// Begins behind that position: what comes before is done with, what comes after is looked at anew.
    pub(crate) fn seek(&mut self, position: u64) {
        self.reached = position;
        self.open.clear();
        self.parked.retain(|parked, _| *parked <= position);
    }

    /// Has a parked one given out again; whether it was parked.
    pub(crate) fn replay(&mut self, position: u64) -> bool {
        let Some(Parked { key, .. }) = self.parked.remove(&position) else { return false };
        self.look([(position, key)], 0);
        true
    }

    /// Does away with a parked one; whether it was parked.
    pub(crate) fn forget(&mut self, position: u64) -> bool {
        self.parked.remove(&position).is_some()
    }
}

fn short(error: &str) -> String {
    error.chars().take(ERROR_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests;
