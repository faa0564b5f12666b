//! Many histories, on all processors; the first that fails is made smaller.

use crate::history::{Histories, Step};
use procura_tests::number;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use std::{
    cell::RefCell,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

/// Histories that everything is compared on, unless told otherwise.
pub(crate) const HISTORIES: u64 = 300;
/// How long a failing history is made smaller.
const SHRINK_MILLIS: u32 = 60_000;

/// How many histories are checked where one of so many is.
pub(crate) fn one_of(share: u64) -> u64 {
    number("PROCURA_HISTORIES", HISTORIES).div_ceil(share)
}

/// Whether everything must have come up: not where few histories were asked for.
pub(crate) fn is_thorough() -> bool {
    number("PROCURA_HISTORIES", HISTORIES) >= HISTORIES
}

/// What a check counts on its way.
pub(crate) trait Sum: Default + Send {
    /// Adds what another has counted.
    fn add(&mut self, other: Self);
}

/// Checks so many histories of the seed that is chosen.
#[track_caller]
pub(crate) fn check<T: Sum>(histories: u64, check: impl Fn(&[Step]) -> Result<T, String> + Sync) -> T {
    let (next, sum) = (AtomicU64::new(0), Mutex::new(Ok(T::default())));
    let seed = number("PROCURA_SEED", 1);
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= histories || sum.lock().unwrap().is_err() {
                return;
            }
            let one = one(seed, index, &check);
            let mut sum = sum.lock().unwrap();
            match (&mut *sum, one) {
                (Ok(sum), Ok(one)) => sum.add(one),
                (sum @ Ok(_), Err(problem)) => *sum = Err(problem),
                (Err(_), _) => {}
            }
        }
    };
    thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        (0..threads).for_each(|_| drop(scope.spawn(work)));
    });
    sum.into_inner().unwrap().unwrap_or_else(|problem| panic!("{problem}"))
}

/// One history, the `index`-th of this seed. If it fails: what is wrong, and the smallest history found that shows it.
fn one<T: Sum>(seed: u64, index: u64, check: impl Fn(&[Step]) -> Result<T, String>) -> Result<T, String> {
    let max_shrink_time = SHRINK_MILLIS;
    let config =
        Config { cases: 1, max_shrink_iters: 4_000, max_shrink_time, failure_persistence: None, ..Config::default() };
    let bytes: [u8; 32] = std::array::from_fn(|at| {
        (seed.to_le_bytes().repeat(2).into_iter()).chain(index.to_le_bytes().repeat(2)).nth(at).unwrap_or_default()
    });
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let count = RefCell::new(T::default());
    let outcome = TestRunner::new_with_rng(config, rng).run(&Histories, |steps| {
        *count.borrow_mut() = check(&steps).map_err(TestCaseError::fail)?;
        Ok(())
    });
    match outcome {
        Ok(()) => Ok(count.into_inner()),
        Err(TestError::Fail(reason, steps)) => {
            let lines = steps.iter().fold(String::new(), |text, step| text + &step.line() + "\n");
            Err(format!("history {index} of seed {seed}, after\n{lines}{reason}"))
        }
        Err(TestError::Abort(reason)) => Err(format!("history {index} of seed {seed} was aborted: {reason}")),
    }
}
