//! Locks, the writer's thread, and the one place where it waits: the system's, and in unit tests those of shuttle, which
//! tries the interleavings of all that happens between them (`interleavings.rs`). Unit tests that take a lock run in
//! shuttle, such as with `shuttle::check_random`.
//!
//! Absent: the channels. They are tokio's in either case: with shuttle a task that waits for one waits by its waker.

#[cfg(not(test))]
pub(crate) use {
    parking_lot::{Mutex, RwLock},
    std::thread,
    tokio::runtime::Handle,
};
#[cfg(test)]
pub(crate) use {
    shuttle::thread,
    shuttle_parking_lot::{Mutex, RwLock},
};

/// A runtime as far as the writer needs one.
#[cfg(test)]
pub(crate) struct Handle;

#[cfg(test)]
impl Handle {
    pub(crate) fn current() -> Self {
        Self
    }

    #[expect(clippy::unused_self, reason = "as tokio's")]
    pub(crate) fn block_on<F: Future>(&self, future: F) -> F::Output {
        shuttle::future::block_on(future)
    }
}
