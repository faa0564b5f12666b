//! A store that goes wrong at the append it is told to, and of which a power cut leaves what was synced. The engine's
//! simulation (`crates/engine/tests/simulation/`) runs on it; here it keeps the contract and its own promises.

use async_trait::async_trait;
use futures_util::{StreamExt, stream::BoxStream};
use procura_eventlog::{Append, Frame, FrameStore, MemoryStore, StoreError};
use std::sync::{
    Mutex,
    atomic::{AtomicU64, Ordering::SeqCst},
};
use tokio::sync::Semaphore;

/// What a panic of [`Fault::Panic`] says.
pub(crate) const PANIC: &str = "a planned panic, as sled has them";

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// The file system refuses.
    Error,
    /// No answer comes in time.
    Unknown,
    /// Somebody else has written.
    Conflict,
    /// The store panics.
    Panic,
}

/// When something goes wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// At which append, from 1. Appends after it change nothing.
    pub(crate) append: u64,
    pub(crate) fault: Fault,
    /// Whether the frame is found after the power cut all the same.
    pub(crate) survives: bool,
}

/// Frames that are synced, and at most one that was written when the fault came.
#[derive(Default)]
pub(crate) struct FaultyStore {
    synced: MemoryStore,
    unsynced: Mutex<Option<Frame>>,
    plan: Option<Plan>,
    appends: AtomicU64,
    gate: Option<Gate>,
}

/// Every append waits here until it is let through.
struct Gate {
    arrived: Semaphore,
    opened: Semaphore,
}

impl FaultyStore {
    /// What a restart finds, with the next plan. Every append waits until it is let through.
    pub(crate) async fn after_power_cut(&self, plan: Option<Plan>) -> FaultyStore {
        let gate = Some(Gate { arrived: Semaphore::new(0), opened: Semaphore::new(0) });
        let next = FaultyStore { plan, gate, ..FaultyStore::default() };
        let survivor = self.unsynced.lock().unwrap().take().filter(|_| self.plan.is_some_and(|plan| plan.survives));
        for frame in self.frames().await.into_iter().chain(survivor) {
            let appended = next.synced.append(&frame, frame.first_position() - 1).await;
            assert_eq!(appended.unwrap(), Append::Appended);
        }
        next
    }

    /// All that is synced.
    pub(crate) async fn frames(&self) -> Vec<Frame> {
        self.synced.read(1).map(|frame| frame.unwrap()).collect().await
    }

    /// Returns when an append waits to be let through.
    pub(crate) async fn arrived(&self) {
        self.gate.as_ref().unwrap().arrived.acquire().await.unwrap().forget();
    }

    /// Lets one append through.
    pub(crate) fn let_through(&self) {
        self.gate.as_ref().unwrap().opened.add_permits(1);
    }

    /// How many appends were tried.
    pub(crate) fn appends(&self) -> u64 {
        self.appends.load(SeqCst)
    }
}

#[async_trait]
impl FrameStore for FaultyStore {
    async fn append(&self, frame: &Frame, expected_last: u64) -> Result<Append, StoreError> {
        let number = self.appends.fetch_add(1, SeqCst) + 1;
        if let Some(gate) = &self.gate {
            gate.arrived.add_permits(1);
            gate.opened.acquire().await.unwrap().forget();
        }
        let Some(plan) = self.plan.filter(|plan| number >= plan.append) else {
            return self.synced.append(frame, expected_last).await;
        };
        if number == plan.append {
            *self.unsynced.lock().unwrap() = Some(frame.clone());
        }
        match plan.fault {
            Fault::Error => Err(StoreError::Blobs { path: "blobs".into() }),
            Fault::Unknown => Ok(Append::Unknown),
            Fault::Conflict => Ok(Append::Conflict { head: expected_last + 1 }),
            Fault::Panic => panic!("{PANIC}"),
        }
    }

    fn read(&self, from: u64) -> BoxStream<'_, Result<Frame, StoreError>> {
        self.synced.read(from)
    }

    fn follow(&self, from: u64) -> BoxStream<'_, Result<Frame, StoreError>> {
        self.synced.follow(from)
    }

    async fn head(&self) -> Result<u64, StoreError> {
        self.synced.head().await
    }
}
