//! Time and chance: the one place where they come in.

use procura_domain::temporal::Timestamp;
use rand::{RngCore, SeedableRng, rngs::StdRng};
use std::time::Duration;
use uuid::Uuid;

/// What time it is.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;

    /// How long it has been since some instant of the past, which nobody can set: it goes on evenly, also while the
    /// machine sleeps.
    fn steady(&self) -> Duration;
}

#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    fn now(&self) -> Timestamp {
        chrono::Utc::now()
    }

    fn steady(&self) -> Duration {
        let since = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        Duration::new(since.tv_sec.unsigned_abs(), u32::try_from(since.tv_nsec).unwrap_or_default())
    }
}

/// Ids and salts that nobody can guess.
#[derive(Debug)]
pub struct Entropy(StdRng);

impl Entropy {
    /// From the operating system's source.
    pub fn from_os() -> Self {
        Self(StdRng::from_os_rng())
    }

    /// The same ids and salts again and again, for tests that compare bytes.
    pub fn seeded(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// A new GUID (version 4).
    pub fn guid(&mut self) -> Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}
