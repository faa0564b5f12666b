//! Taking turns: answers that take long are worked out a few at a time, away from the threads that give short ones.

use crate::Error;
use tokio::{sync::Semaphore, task::spawn_blocking};

/// How many of a kind are worked out at the same time; others wait.
const AT_ONCE_MAX: usize = 2;

/// Each report is held in memory as a whole.
pub(crate) static REPORTS: Turns = Turns::new();
/// A page of intervals may ask thousands of questions.
pub(crate) static INTERVALS: Turns = Turns::new();
/// A change of policy or of a group looks at many customers.
pub(crate) static CONSEQUENCES: Turns = Turns::new();

/// The turns of one kind of work.
pub(crate) struct Turns(Semaphore);

impl Turns {
    const fn new() -> Self {
        Self(Semaphore::const_new(AT_ONCE_MAX))
    }

    /// Does the work when it is its turn. The turn ends with the work, even if nobody waits for the answer any more.
    pub(crate) async fn take<T: Send + 'static>(
        &'static self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let turn = self.0.acquire().await.map_err(Error::internal)?;
        let working = spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        working.await.map_err(Error::internal)
    }
}
