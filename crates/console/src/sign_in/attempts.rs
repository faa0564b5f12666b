//! How often strangers may try to sign in: what they send makes this server ask a provider.

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::{
    net::IpAddr,
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many sign-ins an address may finish in a minute, and how many at once after a while without any.
const OF_ADDRESS_PER_MINUTE: u32 = 30;
const OF_ADDRESS_BURST: u32 = 60;
/// How many are being finished at once, of all addresses.
const AT_ONCE: usize = 16;
/// After how many the addresses that have not been seen lately are forgotten.
const TIDY_EVERY: usize = 1_000;

pub(crate) struct Attempts {
    of_address: DefaultKeyedRateLimiter<Option<IpAddr>>,
    at_once: Arc<Semaphore>,
    counted: AtomicUsize,
}

impl Default for Attempts {
    fn default() -> Self {
        let per_minute = NonZeroU32::MIN.saturating_add(OF_ADDRESS_PER_MINUTE - 1);
        let burst = NonZeroU32::MIN.saturating_add(OF_ADDRESS_BURST - 1);
        Self {
            of_address: RateLimiter::keyed(Quota::per_minute(per_minute).allow_burst(burst)),
            at_once: Arc::new(Semaphore::new(AT_ONCE)),
            counted: AtomicUsize::new(0),
        }
    }
}

impl Attempts {
    /// Leave to finish one sign-in, from that address; none if there were too many.
    pub(crate) fn one(&self, from: Option<IpAddr>) -> Option<OwnedSemaphorePermit> {
        if self.counted.fetch_add(1, Relaxed).is_multiple_of(TIDY_EVERY) {
            self.of_address.retain_recent();
            self.of_address.shrink_to_fit();
        }
        self.of_address.check_key(&from).ok()?;
        self.at_once.clone().try_acquire_owned().ok()
    }
}
