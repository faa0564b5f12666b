//! The sequential specification: what the service answers if it is asked one thing at a time.

use crate::history::{Asked, Change, Command, GROUPS, Heard, Membership, Operation, PARTNERS, Start};

/// Everything that an answer depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct State {
    newest: u64,
    /// The newest position about each partner.
    versions: [u64; PARTNERS],
    /// The members of each group of each partner, one bit a user.
    members: [[u8; GROUPS.len()]; PARTNERS],
    /// The commands that were recorded under a key, by key.
    keys: Vec<(u32, Command, u64)>,
}

/// What it means for a state that an operation takes place in it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It would have heard something else.
    Impossible,
    Unchanged,
    Changed(State),
}

/// What becomes of a command.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Recorded(u64),
    /// The same key and command were recorded before.
    Repeated(u64),
    Refused(&'static str),
}

impl State {
    pub(crate) fn new(start: Start) -> Self {
        let members = [[0; GROUPS.len()]; PARTNERS];
        Self { newest: start.newest, versions: start.versions, members, keys: Vec::new() }
    }

    /// The effect of the operation in this state. If nothing was heard of it: its effect if it does take place.
    pub(crate) fn effect(&self, operation: &Operation) -> Effect {
        let unchanged_if = |as_heard: bool| if as_heard { Effect::Unchanged } else { Effect::Impossible };
        match (&operation.asked, &operation.heard) {
            (Asked::Command { command, if_match, key }, heard) => {
                match (self.outcome(*command, *if_match, *key), heard) {
                    (Outcome::Recorded(at), Heard::Recorded { position, .. }) if at == *position => {
                        Effect::Changed(self.after(*command, *key))
                    }
                    (Outcome::Recorded(_), Heard::Nothing) => Effect::Changed(self.after(*command, *key)),
                    (_, Heard::Nothing) => Effect::Unchanged,
                    (Outcome::Repeated(at), Heard::Recorded { position, .. }) => unchanged_if(at == *position),
                    (Outcome::Refused(with), Heard::Refused(code)) => unchanged_if(with == code),
                    _ => Effect::Impossible,
                }
            }
            (Asked::Straggler, _) => Effect::Changed(Self { newest: self.newest + 1, ..self.clone() }),
            (_, Heard::Nothing) => Effect::Unchanged,
            (Asked::Members { partner, group }, Heard::Members { position, users }) => {
                unchanged_if(*position == self.newest && *users == self.members[*partner][*group])
            }
            (Asked::MaySend { partner, user }, Heard::MaySend { position, allowed }) => {
                let is_agent = self.members[*partner].iter().any(|members| members & (1 << user) != 0);
                unchanged_if(*position == self.newest && *allowed == is_agent)
            }
            (Asked::Newest, Heard::Newest(position)) => unchanged_if(*position == self.newest),
            _ => Effect::Impossible,
        }
    }

    /// The newest position.
    pub(crate) fn newest(&self) -> u64 {
        self.newest
    }

    fn outcome(&self, command: Command, if_match: Option<u64>, key: Option<u32>) -> Outcome {
        if let Some((_, first, at)) = self.keys.iter().find(|(known, ..)| Some(*known) == key) {
            return if *first == command { Outcome::Repeated(*at) } else { Outcome::Refused("idempotencyKeyReused") };
        }
        if if_match.is_some_and(|seen| seen < self.versions[command.of.partner] || seen > self.newest) {
            return Outcome::Refused("positionConflict");
        }
        match (command.change, self.is_member(command.of)) {
            (Change::Add, true) => Outcome::Refused("alreadyMember"),
            (Change::Remove, false) => Outcome::Refused("notMember"),
            _ => Outcome::Recorded(self.newest + 1),
        }
    }

    /// The state once the command is recorded.
    fn after(&self, command: Command, key: Option<u32>) -> Self {
        let Membership { partner, group, user } = command.of;
        let mut after = self.clone();
        after.newest += 1;
        after.versions[partner] = after.newest;
        after.members[partner][group] ^= 1 << user;
        if let Some(key) = key {
            after.keys.push((key, command, after.newest));
            after.keys.sort_by_key(|(key, ..)| *key);
        }
        after
    }

    fn is_member(&self, Membership { partner, group, user }: Membership) -> bool {
        self.members[partner][group] & (1 << user) != 0
    }
}
