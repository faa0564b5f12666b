//! A history: what the clients asked, what they heard, and when each operation began and ended.

use std::{collections::HashMap, fmt, sync::Arc};

pub(crate) const PARTNERS: usize = 2;
pub(crate) const GROUPS: [&str; 2] = ["AdminAgents", "SalesAgents"];
pub(crate) const USERS: usize = 2;

/// The end of an operation that may still take effect at any time.
pub(crate) const NEVER: u64 = u64::MAX;

/// One user in one group of one partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Membership {
    pub(crate) partner: usize,
    pub(crate) group: usize,
    pub(crate) user: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Change {
    Add,
    Remove,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Command {
    pub(crate) change: Change,
    pub(crate) of: Membership,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asked {
    Command {
        command: Command,
        if_match: Option<u64>,
        key: Option<u32>,
    },
    /// Which users are in the group.
    Members {
        partner: usize,
        group: usize,
    },
    /// Whether the user may send invitations: if it is in one group or the other.
    MaySend {
        partner: usize,
        user: usize,
    },
    /// The log's newest position. A refusal tells it beside the decision, read a moment later, so it is an operation of
    /// its own.
    Newest,
    /// A command of an earlier history, to a server that is still running. Its client closed the connection.
    Straggler,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Nothing: it may have taken effect or not.
    Nothing,
    Recorded {
        position: u64,
        body: Arc<str>,
    },
    Refused(String),
    /// The users in the group, one bit each.
    Members {
        position: u64,
        users: u8,
    },
    MaySend {
        position: u64,
        allowed: bool,
    },
    Newest(u64),
}

#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub(crate) client: usize,
    /// Nanoseconds since the start of the run.
    pub(crate) began: u64,
    pub(crate) ended: u64,
    pub(crate) asked: Asked,
    pub(crate) heard: Heard,
}

/// The state in which a history begins: the log's newest position, and the newest about each partner. All groups are empty.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Start {
    pub(crate) newest: u64,
    pub(crate) versions: [u64; PARTNERS],
}

#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    pub(crate) start: Start,
    /// By the instant at which they began.
    pub(crate) operations: Vec<Operation>,
}

impl History {
    pub(crate) fn new(start: Start, mut operations: Vec<Operation>) -> Self {
        operations.sort_by_key(|operation| operation.began);
        Self { start, operations }
    }

    /// The history as it stood at that instant: later answers were not heard yet.
    pub(crate) fn until(&self, instant: u64) -> Self {
        let begun = self.operations.iter().filter(|operation| operation.began <= instant);
        let cut = begun.map(|operation| match operation.ended > instant {
            true => Operation { ended: NEVER, heard: Heard::Nothing, ..operation.clone() },
            false => operation.clone(),
        });
        Self { start: self.start, operations: cut.collect() }
    }

    pub(crate) fn without(&self, index: usize) -> Self {
        let mut operations = self.operations.clone();
        operations.remove(index);
        Self { start: self.start, operations }
    }

    /// Two answers to one key that are not the same, byte by byte.
    pub(crate) fn different_answers(&self) -> Option<String> {
        let mut first: HashMap<u32, &Operation> = HashMap::new();
        self.operations.iter().find_map(|operation| {
            let (Asked::Command { key: Some(key), .. }, Heard::Recorded { .. }) = (&operation.asked, &operation.heard)
            else {
                return None;
            };
            let first = first.entry(*key).or_insert(operation);
            let differ = first.heard != operation.heard;
            differ.then(|| format!("one key, two answers:\n{:?}\n{:?}", first.heard, operation.heard))
        })
    }
}

impl Operation {
    /// Whether it has no effect in any case, so that a history without it is as good.
    pub(crate) fn only_looks(&self) -> bool {
        let is_command = matches!(self.asked, Asked::Command { .. } | Asked::Straggler);
        !is_command || matches!(self.heard, Heard::Refused(_))
    }

    /// The position that its answer tells.
    pub(crate) fn position(&self) -> Option<u64> {
        match &self.heard {
            Heard::Nothing | Heard::Refused(_) => None,
            Heard::Recorded { position, .. }
            | Heard::Members { position, .. }
            | Heard::MaySend { position, .. }
            | Heard::Newest(position) => Some(*position),
        }
    }

    /// The same operation with every position that its answer tells put through `to`.
    pub(crate) fn moved(&self, to: impl Fn(u64) -> u64) -> Self {
        let mut moved = self.clone();
        match &mut moved.heard {
            Heard::Nothing | Heard::Refused(_) => {}
            Heard::Recorded { position, .. }
            | Heard::Members { position, .. }
            | Heard::MaySend { position, .. }
            | Heard::Newest(position) => *position = to(*position),
        }
        moved
    }
}

impl fmt::Display for Membership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partner, group, user } = self;
        write!(f, "user {user} in {} of partner {partner}", GROUPS[*group])
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = |nanos: u64| format!("{}.{:03}", nanos / 1_000_000, nanos / 1_000 % 1_000);
        let ended = if self.ended == NEVER { "never".to_owned() } else { millis(self.ended) };
        write!(f, "{:>10} to {ended:>10}  client {}  ", millis(self.began), self.client)?;
        match &self.asked {
            Asked::Command { command: Command { change, of }, if_match, key } => {
                write!(f, "{change:?} {of}")?;
                if_match.map_or(Ok(()), |expected| write!(f, ", If-Match {expected}"))?;
                key.map_or(Ok(()), |key| write!(f, ", key {key}"))?;
            }
            Asked::Members { partner, group } => write!(f, "members of {} of partner {partner}", GROUPS[*group])?,
            Asked::MaySend { partner, user } => write!(f, "may user {user} of partner {partner} send invitations")?,
            Asked::Newest => write!(f, "newest position, beside a refusal")?,
            Asked::Straggler => write!(f, "a command of an earlier history")?,
        }
        match &self.heard {
            Heard::Nothing => write!(f, " → nothing heard"),
            Heard::Recorded { position, .. } => write!(f, " → recorded at {position}"),
            Heard::Refused(code) => write!(f, " → {code}"),
            Heard::Members { position, users } => {
                let users: Vec<_> = (0..USERS).filter(|user| users & (1 << user) != 0).collect();
                write!(f, " → users {users:?} at {position}")
            }
            Heard::MaySend { position, allowed } => write!(f, " → {allowed} at {position}"),
            Heard::Newest(position) => write!(f, " → {position}"),
        }
    }
}
