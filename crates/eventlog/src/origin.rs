//! The origin of a log: the first line of its checkpoints, by which others know it, and the name of the key that signs them.
//!
//! Others may hold a log to what it signed under an origin forever: a witness refuses whatever goes back. A restore goes back,
//! so the epoch that begins with it has an origin of its own, `ORIGIN/EPOCH`.

use crate::epochs::FIRST_EPOCH;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// The most bytes that the origin of a log has.
const ORIGIN_BYTES_MAX: usize = 200;

/// What an operator calls a log, such as `partners.example/procura`: a domain of its own and a path. Without the epoch, so it
/// is the same after a restore.
///
/// ```
/// # use procura_eventlog::LogOrigin;
/// assert!("partners.example/procura".parse::<LogOrigin>().is_ok());
/// assert!("https://partners.example/".parse::<LogOrigin>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LogOrigin(String);

/// What cannot be the origin of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an origin is a domain of yours and a path, like partners.example/procura: letters, digits, `.`, `-`, `_` and `/`, at most {ORIGIN_BYTES_MAX} characters; the last part is neither a number nor `file`"
)]
pub struct NotAnOrigin;

impl LogOrigin {
    /// That of a log which its operator did not name.
    #[must_use]
    pub fn of_log(id: Uuid) -> LogOrigin {
        LogOrigin(format!("procura/{id}"))
    }

    /// The id of the log, where it is what the log is called.
    pub(crate) fn log_id(&self) -> Option<Uuid> {
        let id = self.0.strip_prefix("procura/")?.parse().ok()?;
        (*self == LogOrigin::of_log(id)).then_some(id)
    }

    /// The origin of the log's epoch of that number; of no number, that of its first.
    pub(crate) fn in_epoch(&self, epoch: Option<u64>) -> String {
        epoch.map_or_else(|| self.0.clone(), |epoch| format!("{self}/{epoch}"))
    }

    /// Reads what [`in_epoch`](Self::in_epoch) wrote.
    pub(crate) fn read(origin: &str) -> Option<(LogOrigin, Option<u64>)> {
        let whole = || Some((origin.parse().ok()?, None));
        let (log, last) = origin.rsplit_once('/')?;
        if !is_number(last) {
            return whole();
        }
        let (log, epoch) = (log.parse::<LogOrigin>().ok()?, last.parse().ok()?);
        // Leading zeros: only what was written is right.
        (log.in_epoch(Some(epoch)) == origin).then_some((log, Some(epoch)))
    }
}

impl FromStr for LogOrigin {
    type Err = NotAnOrigin;

    fn from_str(text: &str) -> Result<LogOrigin, NotAnOrigin> {
        let part = |part: &str| {
            let known = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
            !part.is_empty() && part.bytes().all(known) && !part.bytes().all(|byte| byte == b'.')
        };
        let last = text.split_once('/').and_then(|(_, path)| path.rsplit('/').next()).ok_or(NotAnOrigin)?;
        // A number at the end is an epoch's, and `file` what begins the signature of a file.
        let fits = text.len() <= ORIGIN_BYTES_MAX && text.split('/').all(part) && !is_number(last) && last != "file";
        if fits { Ok(LogOrigin(text.to_owned())) } else { Err(NotAnOrigin) }
    }
}

impl TryFrom<String> for LogOrigin {
    type Error = NotAnOrigin;

    fn try_from(text: String) -> Result<LogOrigin, NotAnOrigin> {
        text.parse()
    }
}

impl From<LogOrigin> for String {
    fn from(origin: LogOrigin) -> String {
        origin.0
    }
}

impl fmt::Display for LogOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The origins of a log in all its epochs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origins {
    log_id: Uuid,
    log: LogOrigin,
    /// The last epoch whose origin is the log's alone. It was that in every epoch of the older formats.
    alone_through: u64,
}

impl Origins {
    /// Those of a new log.
    #[must_use]
    pub fn new(log_id: Uuid, log: LogOrigin) -> Origins {
        Origins { log_id, log, alone_through: FIRST_EPOCH }
    }

    /// Those of a log whose epochs up to that one had one origin.
    pub(crate) fn alone_through(log_id: Uuid, epoch: u64) -> Origins {
        Origins { log_id, log: LogOrigin::of_log(log_id), alone_through: epoch }
    }

    /// The id of the log.
    #[must_use]
    pub fn log_id(&self) -> Uuid {
        self.log_id
    }

    /// What they begin with.
    #[must_use]
    pub fn log(&self) -> &LogOrigin {
        &self.log
    }

    /// The origin in that epoch.
    #[must_use]
    pub fn of(&self, epoch: u64) -> String {
        self.log.in_epoch(Some(epoch).filter(|epoch| *epoch > self.alone_through))
    }

    /// Reads the line that [`Display`](fmt::Display) writes; none if it is not one.
    pub(crate) fn read(log_id: Uuid, line: &str) -> Option<Origins> {
        let (log, through) = line.strip_prefix("origin ")?.split_once(" through ")?;
        let origins = Origins { log_id, log: log.parse().ok()?, alone_through: through.parse().ok()? };
        (origins.to_string() == line && origins.alone_through >= FIRST_EPOCH).then_some(origins)
    }
}

/// Those of a new log that its operator did not name.
impl From<Uuid> for Origins {
    fn from(id: Uuid) -> Origins {
        Origins::new(id, LogOrigin::of_log(id))
    }
}

/// A line, `origin partners.example/procura through 1`.
impl fmt::Display for Origins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "origin {} through {}", self.log, self.alone_through)
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_domain_and_a_path() {
        for text in ["partners.example/procura", "a/b", "partners.example/eu-1/log_2", "procura/0197-x", "x/1a", "1/a"]
        {
            let origin: LogOrigin = text.parse().unwrap();
            assert_eq!(origin.to_string(), text);
            assert_eq!(LogOrigin::read(text), Some((origin.clone(), None)));
            assert_eq!(LogOrigin::read(&format!("{text}/17")), Some((origin, Some(17))));
        }
        let long = format!("a/{}", "b".repeat(199));
        for text in [
            "",
            "a",
            "a/",
            "/a",
            "a//b",
            "a/b/",
            "https://a/b",
            "a/b c",
            "a/b+c",
            "a/\u{e9}",
            "a/b\n",
            "a/1",
            "a/17",
            "a/file",
            "a/..",
            "./a",
            &long,
        ] {
            assert_eq!(text.parse::<LogOrigin>(), Err(NotAnOrigin), "{text:?}");
        }
        for text in ["a/b/017", "a/b/99999999999999999999", "a/17/18", "17"] {
            assert_eq!(LogOrigin::read(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_restored_log_has_another_origin() {
        let named = Origins::new(Uuid::nil(), "partners.example/procura".parse().unwrap());
        assert_eq!(named.of(1), "partners.example/procura");
        assert_eq!(named.of(1_790_000_000_000), "partners.example/procura/1790000000000");
        let older = Origins::alone_through(Uuid::nil(), 1_790_000_000_000);
        assert_eq!(older.of(1_790_000_000_000), format!("procura/{}", Uuid::nil()));
        assert_eq!(older.of(1_790_000_000_001), format!("procura/{}/1790000000001", Uuid::nil()));
        for origins in [named, older] {
            assert_eq!(Origins::read(Uuid::nil(), &origins.to_string()), Some(origins));
        }
        for line in [
            "",
            "origin a/b",
            "origin a/b through 0",
            "origin a/b through 01",
            "origin a/b through x",
            "origin a through 1",
        ] {
            assert_eq!(Origins::read(Uuid::nil(), line), None, "{line:?}");
        }
    }
}
