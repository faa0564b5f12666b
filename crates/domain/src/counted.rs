//! How much the state is asked, for the tests that bound it: nothing is counted without the feature `counted`.

#[cfg(feature = "counted")]
use std::sync::atomic::{AtomicU64, Ordering};

#[cfg(feature = "counted")]
static ASKED: AtomicU64 = AtomicU64::new(0);

/// How often the state was asked so far, by anybody in this process.
#[cfg(feature = "counted")]
pub fn asked() -> u64 {
    ASKED.load(Ordering::Relaxed)
}

/// The state is asked: for a period of a fact, a count, a time, or the next thing of a list.
#[inline]
pub(crate) fn ask() {
    #[cfg(feature = "counted")]
    ASKED.fetch_add(1, Ordering::Relaxed);
}
