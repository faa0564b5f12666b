//! Epochs: the lines of a log's history. A log begins in one, and a restore from a backup begins another, so that
//! a reader that had read further than the backup reached is told, and does not take other events for those it missed.

use chrono::{DateTime, Utc};
use std::{fmt, str::FromStr};

/// The epoch in which every log begins.
pub const FIRST_EPOCH: u64 = 1;

/// The epochs of a log, and the position after which each began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Epochs(Vec<Epoch>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Epoch {
    number: u64,
    after: u64,
}

/// How far a reader of the log has come, in a form that means the same event after a restore, or none: `12` in the epoch in
/// which every log begins, `12@1790000000000` in another.
///
/// ```
/// # use procura_eventlog::Cursor;
/// let cursor: Cursor = "12@1790000000000".parse()?;
/// assert_eq!(cursor, Cursor { epoch: 1_790_000_000_000, position: 12 });
/// assert_eq!("12".parse::<Cursor>()?.to_string(), "12");
/// # Ok::<(), procura_eventlog::NotACursor>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cursor {
    pub epoch: u64,
    pub position: u64,
}

/// What is not written as a [`Cursor`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a position like 17, or 17@1790000000000 where the log was restored")]
pub struct NotACursor;

impl FromStr for Cursor {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, NotACursor> {
        let number = |text: &str| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|_| digits).ok_or(NotACursor)
        };
        let (position, epoch) = text.split_once('@').map_or((text, None), |(position, epoch)| (position, Some(epoch)));
        Ok(Self { position: number(position)?, epoch: epoch.map_or(Ok(FIRST_EPOCH), number)? })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self { epoch: FIRST_EPOCH, position } => position.fmt(f),
            Self { epoch, position } => write!(f, "{position}@{epoch}"),
        }
    }
}

/// A place in a history that is not this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Elsewhere {
    #[error(
        "epoch {epoch} is not in the history of this log, whose newest epoch is {newest}: it was restored from a backup made before that epoch began, or is another line of history"
    )]
    Epoch { epoch: u64, newest: u64 },
    /// The epoch did not go that far here.
    #[error(
        "position {position} of epoch {epoch} is not in the history of this log: it was restored from a backup that ended at position {end}, and what followed is another line of history"
    )]
    Beyond { epoch: u64, position: u64, end: u64 },
    #[error("position {position} is before epoch {epoch}, which began after position {after}")]
    Before { epoch: u64, position: u64, after: u64 },
}

impl Epochs {
    /// Those of a log that was never restored.
    #[must_use]
    pub fn first() -> Epochs {
        Epochs(vec![Epoch { number: FIRST_EPOCH, after: 0 }])
    }

    /// The newest, in which is appended.
    #[must_use]
    pub fn newest(&self) -> u64 {
        self.0.last().map_or(FIRST_EPOCH, |epoch| epoch.number)
    }

    /// The epoch of the event at `position`, from 1.
    #[must_use]
    pub fn of(&self, position: u64) -> u64 {
        self.0.iter().rev().find(|epoch| epoch.after < position).map_or(FIRST_EPOCH, |epoch| epoch.number)
    }

    /// How far a reader has come that has read everything up to `position`.
    #[must_use]
    pub fn cursor(&self, position: u64) -> Cursor {
        Cursor { epoch: self.of(position), position }
    }

    /// These and another that begins after `position`, the last one restored, at `now`. Its number is the time in
    /// milliseconds where that is higher than the one before: so two restores from one backup differ.
    #[must_use]
    pub fn restored(&self, position: u64, now: DateTime<Utc>) -> Epochs {
        let next = self.newest().saturating_add(1);
        let number = u64::try_from(now.timestamp_millis()).map_or(next, |millis| millis.max(next));
        let mut epochs = self.0.clone();
        epochs.push(Epoch { number, after: position });
        Epochs(epochs)
    }

    /// Whether the history of this log went through that position in that epoch; what comes after the head is not
    /// looked at.
    ///
    /// # Errors
    /// [`Elsewhere`] says how far they went together.
    pub fn went_through(&self, epoch: u64, position: u64) -> Result<(), Elsewhere> {
        let mut ours = self.0.iter().skip_while(|ours| ours.number != epoch);
        let Epoch { after, .. } = *ours.next().ok_or(Elsewhere::Epoch { epoch, newest: self.newest() })?;
        match ours.next() {
            _ if position < after => Err(Elsewhere::Before { epoch, position, after }),
            Some(next) if position > next.after => Err(Elsewhere::Beyond { epoch, position, end: next.after }),
            _ => Ok(()),
        }
    }

    /// Reads lines as [`fmt::Display`] writes them; none if they are not.
    #[must_use]
    pub fn read(text: &str) -> Option<Epochs> {
        let epoch = |line: &str| {
            let (number, after) = line.strip_prefix("epoch ")?.split_once(" after ")?;
            Some(Epoch { number: number.parse().ok()?, after: after.parse().ok()? })
        };
        let epochs = Epochs(text.lines().map(epoch).collect::<Option<_>>()?);
        let begins = epochs.0.first().is_some_and(|first| first.number > 0 && first.after == 0);
        let rises = epochs.0.is_sorted_by(|one, next| one.number < next.number && one.after <= next.after);
        // Leading zeros, another line end …: only what was written is right.
        (begins && rises && epochs.to_string() == text).then_some(epochs)
    }
}

/// A line for each epoch, `epoch 1 after 0`, the oldest first.
impl fmt::Display for Epochs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|Epoch { number, after }| writeln!(f, "epoch {number} after {after}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(millis).unwrap()
    }

    #[test]
    fn a_restore_begins_another_line_of_history() {
        let epochs = Epochs::first().restored(300, at(1_000)).restored(300, at(500)).restored(420, at(2_000));
        assert_eq!(
            epochs.to_string(),
            "epoch 1 after 0\nepoch 1000 after 300\nepoch 1001 after 300\nepoch 2000 after 420\n"
        );
        assert_eq!(Epochs::read(&epochs.to_string()), Some(epochs.clone()));
        assert_eq!([1, 300, 301, 420, 421].map(|position| epochs.of(position)), [1, 1, 1001, 1001, 2000]);
        let through = |epoch, position| epochs.went_through(epoch, position);
        for (epoch, position) in [(1, 0), (1, 300), (1000, 300), (1001, 420), (2000, 420), (2000, 9_999)] {
            assert_eq!(through(epoch, position), Ok(()), "{epoch} {position}");
        }
        assert_eq!(through(1, 301), Err(Elsewhere::Beyond { epoch: 1, position: 301, end: 300 }));
        assert_eq!(through(1000, 301), Err(Elsewhere::Beyond { epoch: 1000, position: 301, end: 300 }));
        assert_eq!(through(2000, 419), Err(Elsewhere::Before { epoch: 2000, position: 419, after: 420 }));
        assert_eq!(through(2, 10), Err(Elsewhere::Epoch { epoch: 2, newest: 2000 }));
    }

    #[test]
    fn only_what_was_written_is_read() {
        for text in [
            "",
            "epoch 1 after 0",
            "epoch 0 after 0\n",
            "epoch 01 after 0\n",
            "epoch 1 after 5\n",
            "epoch 2 after 0\nepoch 1 after 9\n",
            "epoch 1 after 0\nepoch 2 after 9\nepoch 3 after 8\n",
            "epoch 1 after 0\n\n",
            "epoch 1 after 0\r\n",
        ] {
            assert_eq!(Epochs::read(text), None, "{text:?}");
        }
    }
}
