//! The limits of connections: how many there are, how long each may take, and how much it may hold.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};
use std::{num::NonZeroU32, time::Duration};

/// The limits of connections. What is left out has its default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConnectionLimits {
    /// How many connections there are at most, however many files may be open.
    pub connections: NonZeroU32,
    /// How much of the connections and of the requests under way one address may have, in percent.
    pub of_address_percent: NonZeroU32,
    /// How large a request's head may be: at least 8,192.
    pub head_bytes: NonZeroU32,
    /// How long a request's head may take to come, from the end of the request before: so also how long a connection may be
    /// idle.
    pub head_seconds: NonZeroU32,
    /// How long a request's body may take to come.
    pub body_seconds: NonZeroU32,
    /// How long a client may read nothing of what is written to it.
    pub write_seconds: NonZeroU32,
    /// How long a TLS handshake may take.
    pub handshake_seconds: NonZeroU32,
    /// How long a request may be under way, its answer's reading included, before its connection may be displaced like one
    /// that waits. Reports and other large answers are broken off before; a backup may take longer while nobody wants its
    /// slot.
    pub under_way_seconds: NonZeroU32,
    /// How many requests an HTTP/2 connection may have at once.
    pub streams: NonZeroU32,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            connections: number(4_096),
            of_address_percent: number(50),
            head_bytes: number(32 * 1024),
            head_seconds: number(30),
            body_seconds: number(30),
            write_seconds: number(30),
            handshake_seconds: number(10),
            under_way_seconds: number(6 * 60),
            streams: number(100),
        }
    }
}

/// The smallest limit of a head: hyper takes none below.
const HEAD_BYTES_MIN: u32 = 8 * 1024;
/// A head is held in memory before anybody knows who sends it.
const HEAD_BYTES_MAX: u32 = 1024 * 1024;
/// How many connections the metrics' own address has; they are among the other files.
const FEW_CONNECTIONS: u32 = 8;
/// Files that are not these connections: the log, its keys, checkpoints, a backup, metrics, what the system wants.
const OTHER_FILES: u64 = 64;

/// A limit that does not fit.
#[derive(Debug, thiserror::Error)]
#[error("`{field}` is {value}: it is a number from {min} to {max}")]
pub struct LimitError {
    /// The field of [`ConnectionLimits`].
    pub field: &'static str,
    value: u32,
    min: u32,
    max: u32,
}

impl ConnectionLimits {
    /// The same for an address with a few clients of this machine alone.
    pub(crate) fn few(self) -> Self {
        Self { connections: number(FEW_CONNECTIONS), of_address_percent: number(100), ..self }
    }

    /// Whether the limits fit.
    ///
    /// # Errors
    /// The first that does not.
    pub fn check(&self) -> Result<(), LimitError> {
        let fits = |field, value: NonZeroU32, min, max| {
            let value = value.get();
            if (min..=max).contains(&value) { Ok(()) } else { Err(LimitError { field, value, min, max }) }
        };
        fits("of_address_percent", self.of_address_percent, 1, 100)?;
        fits("head_bytes", self.head_bytes, HEAD_BYTES_MIN, HEAD_BYTES_MAX)
    }

    /// How many connections this process may have open at once: as many as the system lets it open files for, after asking
    /// for as many as it gives.
    pub(crate) fn connections_max(&self) -> usize {
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        // If it is refused, the limit stays as it was.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
        let files = getrlimit(Resource::Nofile).current.or(current).unwrap_or(u64::MAX);
        let connections = files.saturating_sub(OTHER_FILES).clamp(1, u64::from(self.connections.get()));
        usize::try_from(connections).unwrap_or(usize::MAX)
    }

    /// How many of so many one address may have.
    pub(crate) fn of_address(&self, all: usize) -> usize {
        let percent = usize::try_from(self.of_address_percent.get()).unwrap_or(100);
        all.saturating_mul(percent).div_ceil(100).max(1)
    }

    /// Within the limits of hyper, which panics beyond them.
    pub(crate) fn head_bytes_max(&self) -> u32 {
        self.head_bytes.get().clamp(HEAD_BYTES_MIN, HEAD_BYTES_MAX)
    }
}

/// So many seconds.
pub(crate) fn seconds(number: NonZeroU32) -> Duration {
    Duration::from_secs(number.get().into())
}

const fn number(number: u32) -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(number.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_up_and_never_nothing() {
        let limits = ConnectionLimits::default();
        assert_eq!([1, 2, 3, 4_096].map(|all| limits.of_address(all)), [1, 1, 2, 2_048]);
    }

    #[test]
    fn limits_are_read_strictly_and_checked() {
        let read = |json| serde_json::from_str::<ConnectionLimits>(json);
        assert_eq!(read("{}").unwrap(), ConnectionLimits::default());
        assert_eq!(read(r#"{"connections":7}"#).unwrap().connections.get(), 7);
        assert!(read(r#"{"connection":7}"#).unwrap_err().to_string().contains("unknown field"));
        assert!(read(r#"{"streams":0}"#).is_err());
        assert!(ConnectionLimits::default().check().is_ok());
        let refused = |json| read(json).unwrap().check().unwrap_err().to_string();
        assert_eq!(
            refused(r#"{"of_address_percent":101}"#),
            "`of_address_percent` is 101: it is a number from 1 to 100"
        );
        assert!(refused(r#"{"head_bytes":100}"#).starts_with("`head_bytes` is 100"));
    }
}
