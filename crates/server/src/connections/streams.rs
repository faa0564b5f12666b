//! The streams of an HTTP/2 connection: each a task of its own, which ends with the connection, or if its client reads
//! nothing of its answer for a while. A client that goes on beginning requests and cancelling them loses the connection.

use hyper::rt::Executor;
use parking_lot::Mutex;
use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{
    sync::Notify,
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};

/// How many requests may be cancelled, if that is more than half of them.
const CANCELLED_MAX: usize = 100;

tokio::task_local! {
    static STREAM: Arc<Progress>;
}

/// The streams of one connection.
#[derive(Clone)]
pub(crate) struct Streams(Arc<Shared>);

struct Shared {
    tasks: Mutex<JoinSet<()>>,
    write_patience: Duration,
    answered: AtomicUsize,
    cancelled: AtomicUsize,
    /// Too many were.
    abused: Notify,
}

/// How far one stream has come.
#[derive(Default)]
pub(crate) struct Progress {
    /// Since when it has waited for the client to read; none while there is work to do for it.
    waits_since: Mutex<Option<Instant>>,
    finished: AtomicBool,
}

/// Ends all streams of a connection.
pub(crate) struct EndStreams(Streams);

impl Streams {
    pub(crate) fn new(write_patience: Duration) -> Self {
        Self(Arc::new(Shared {
            tasks: Mutex::default(),
            write_patience,
            answered: AtomicUsize::new(0),
            cancelled: AtomicUsize::new(0),
            abused: Notify::new(),
        }))
    }

    /// When that is dropped, the streams end.
    pub(crate) fn end(&self) -> EndStreams {
        EndStreams(self.clone())
    }

    /// Resolves when too many requests were cancelled.
    pub(crate) async fn abused(&self) {
        self.0.abused.notified().await;
    }

    fn count(&self, finished: bool) {
        if finished {
            self.0.answered.fetch_add(1, Relaxed);
            return;
        }
        let cancelled = self.0.cancelled.fetch_add(1, Relaxed).saturating_add(1);
        if cancelled > CANCELLED_MAX && cancelled > self.0.answered.load(Relaxed) {
            self.0.abused.notify_one();
        }
    }
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Streams {
    fn execute(&self, stream: F) {
        let (streams, progress) = (Arc::downgrade(&self.0), Arc::new(Progress::default()));
        let write_patience = self.0.write_patience;
        let watched = progress.clone();
        let task = STREAM.scope(progress.clone(), async move {
            tokio::select! {
                () = stream => {}
                () = watched.stalls(write_patience) => tracing::debug!("an answer was not read in time"),
            }
            if let Some(streams) = streams.upgrade() {
                Self(streams).count(watched.finished.load(Relaxed));
            }
        });
        let mut tasks = self.0.tasks.lock();
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }
}

impl Drop for EndStreams {
    fn drop(&mut self) {
        self.0.0.tasks.lock().abort_all();
    }
}

impl Progress {
    /// Of the stream that this is called in; none on a connection without streams.
    pub(crate) fn of_stream() -> Option<Arc<Self>> {
        STREAM.try_with(Arc::clone).ok()
    }

    /// What comes next is for the client to do.
    pub(crate) fn waits_for_client(&self) {
        *self.waits_since.lock() = Some(Instant::now());
    }

    /// What comes next is for the server to do.
    pub(crate) fn works(&self) {
        *self.waits_since.lock() = None;
    }

    /// The whole answer was handed over.
    pub(crate) fn finished(&self) {
        self.finished.store(true, Relaxed);
    }

    /// Resolves when it has waited for the client for that long, and at most as long again.
    async fn stalls(&self, patience: Duration) {
        loop {
            let since = *self.waits_since.lock();
            match since.map(|since| since.checked_add(patience).unwrap_or(since)) {
                Some(until) if until <= Instant::now() => return,
                Some(until) => sleep_until(until).await,
                None => sleep(patience).await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;

    const PATIENCE: Duration = Duration::from_secs(30);

    /// Time is made to pass.
    #[tokio::test(start_paused = true)]
    async fn a_stream_that_waits_for_its_client_ends_and_one_that_works_does_not() {
        let streams = Streams::new(PATIENCE);
        let (told, ended) = tokio::sync::oneshot::channel::<()>();
        streams.execute(async move {
            let _told = told;
            let progress = Progress::of_stream().unwrap();
            sleep(10 * PATIENCE).await;
            progress.waits_for_client();
            pending::<()>().await;
        });
        let begun = Instant::now();
        assert!(tokio::time::timeout(100 * PATIENCE, ended).await.unwrap().is_err());
        assert!((11 * PATIENCE..=12 * PATIENCE).contains(&begun.elapsed()), "{:?}", begun.elapsed());
        assert!(Progress::of_stream().is_none());
    }

    #[tokio::test]
    async fn streams_end_with_their_connection() {
        let streams = Streams::new(PATIENCE);
        let end = streams.end();
        let (told, ended) = tokio::sync::oneshot::channel::<()>();
        streams.execute(async move {
            let _told = told;
            pending::<()>().await;
        });
        drop(end);
        assert!(ended.await.is_err());
    }

    #[tokio::test]
    async fn a_client_that_cancels_more_than_it_lets_be_answered_is_noticed() {
        let streams = Streams::new(PATIENCE);
        let noticed = || futures_util::FutureExt::now_or_never(streams.abused()).is_some();
        (0..CANCELLED_MAX + 50).for_each(|_| streams.count(true));
        (0..CANCELLED_MAX + 50).for_each(|_| streams.count(false));
        assert!(!noticed(), "not more than half");
        streams.count(false);
        assert!(noticed());
    }
}
