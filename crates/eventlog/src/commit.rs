//! Whole commits out of frames: what must hold of the events in a frame, looked at by themselves.
//!
//! Absent: what needs the frames before (positions joining on, times, the Merkle root); `log.rs` checks that.

use crate::envelope::{Envelope, EnvelopeError, EnvelopeRef};
use crate::frame::Frame;
use chrono::{DateTime, Utc};

/// Room is made at once for so many events of a commit: its size is what somebody wrote.
const EVENTS_EXPECTED_MAX: usize = 64;

/// All events that were decided together; nobody sees a part of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Commit<Event = Envelope> {
    /// In order, at least one.
    pub events: Vec<Event>,
}

/// A commit that borrows from its frame.
pub type CommitRef<'a> = Commit<EnvelopeRef<'a>>;

impl<Text, Tenants, Data, Sealed> Commit<Envelope<Text, Tenants, Data, Sealed>> {
    /// The position of its first event.
    #[must_use]
    pub fn first_position(&self) -> u64 {
        self.events.first().map_or(0, |event| event.position)
    }

    /// The position of its last event, which is the position of the commit.
    #[must_use]
    pub fn last_position(&self) -> u64 {
        self.events.last().map_or(0, |event| event.position)
    }
}

impl CommitRef<'_> {
    /// One that lives on without its frame.
    #[must_use]
    pub fn into_owned(self) -> Commit {
        Commit { events: self.events.into_iter().map(EnvelopeRef::into_owned).collect() }
    }
}

/// What is wrong with the log at a position.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    #[error("events are missing, the last one before is at {after}")]
    Gap { after: u64 },
    #[error("the position occurs twice, the log had already reached {reached}")]
    Duplicate { reached: u64 },
    #[error("the frame belongs to epoch {found}, this history is epoch {expected}")]
    Epoch { expected: u64, found: u64 },
    #[error("{0}")]
    Envelope(#[from] EnvelopeError),
    #[error("the event there says that its position is {found}")]
    Position { found: u64 },
    /// An event's place in its commit does not follow from the event before, or the commit has no end in its frame.
    #[error("the commit there is not whole")]
    HalfCommit,
    /// The events of one commit were not recorded at one time.
    #[error("the commit there has more than one recorded time")]
    Times,
    /// A commit is not later than the one before.
    #[error("the commit was recorded at {found}, not after the one before at {before}")]
    TimeBack {
        /// The recorded time of the commit before.
        before: DateTime<Utc>,
        found: DateTime<Utc>,
    },
    #[error(
        "the log ends there, but it had reached position {reached}, recorded at {recorded_at}, as its head file says: what came after is lost"
    )]
    Short {
        /// The last position, according to the file.
        reached: u64,
        recorded_at: String,
    },
    /// The log is not the one whose head was written.
    #[error("the log up to there is not the one of its head file")]
    OtherHead,
    /// An event's bytes, or the order of the events, is not what the frame's root was taken over.
    #[error("the Merkle root over all events up to there is not the one that was recorded")]
    Root,
    /// The store says that it ends elsewhere than its last frame.
    #[error("the store says that its last position is {head}")]
    Head {
        /// The last position according to the store.
        head: u64,
    },
}

/// All commits of a frame. In the error, the position at which it shows.
pub(crate) fn commits(frame: &Frame) -> Result<Vec<CommitRef<'_>>, (u64, Damage)> {
    let mut events = (frame.first_position()..).zip(frame.events()).peekable();
    let mut commits = vec![];
    while events.peek().is_some() {
        commits.push(next_commit(&mut events)?);
    }
    Ok(commits)
}

/// The one commit of a frame that holds `position`; `None` if the frame does not.
pub(crate) fn commit_at(frame: &Frame, position: u64) -> Result<Option<CommitRef<'_>>, (u64, Damage)> {
    let mut events = (frame.first_position()..).zip(frame.events());
    let Some((at, bytes)) = events.find(|(at, _)| *at == position) else { return Ok(None) };
    let event = envelope(at, bytes)?;
    let before_commit = at.checked_sub(u64::from(event.commit.index)).filter(|first| *first >= frame.first_position());
    let first = before_commit.ok_or((at, Damage::HalfCommit))?;
    let mut events = (frame.first_position()..).zip(frame.events()).skip_while(|(at, _)| *at < first);
    let commit = next_commit(&mut events)?;
    if commit.last_position() < position { Err((position, Damage::HalfCommit)) } else { Ok(Some(commit)) }
}

fn next_commit<'a>(events: &mut impl Iterator<Item = (u64, &'a [u8])>) -> Result<CommitRef<'a>, (u64, Damage)> {
    let mut commit: Vec<EnvelopeRef> = vec![];
    let mut last = 0;
    for (index, (position, bytes)) in (0..).zip(events) {
        last = position;
        let event = envelope(position, bytes)?;
        let size = commit.first().map_or(event.commit.size, |first| first.commit.size);
        if event.commit.index != index || event.commit.size != size || size <= index {
            return Err((position, Damage::HalfCommit));
        }
        if commit.first().is_some_and(|first| first.recorded_at != event.recorded_at) {
            return Err((position, Damage::Times));
        }
        if commit.is_empty() {
            commit.reserve_exact(EVENTS_EXPECTED_MAX.min(size as usize));
        }
        commit.push(event);
        if index + 1 == size {
            return Ok(Commit { events: commit });
        }
    }
    Err((last, Damage::HalfCommit))
}

/// The event in these bytes, which stand at that position.
pub(crate) fn envelope(position: u64, bytes: &[u8]) -> Result<EnvelopeRef<'_>, (u64, Damage)> {
    let event = EnvelopeRef::borrow(bytes).map_err(|error| (position, error.into()))?;
    if event.position != position {
        return Err((position, Damage::Position { found: event.position }));
    }
    Ok(event)
}
