//! Reading a whole log, to its end and at least to where it was witnessed: what has to be done with each frame goes on at
//! once for several of them. One thread reads frames and hashes their events; one does all the other checks and has their
//! commits prepared; the caller's takes the commits in, in order. A short log is read on the caller's thread alone.
//!
//! Absent: what must hold of a frame, which is the verifier's. Whatever is wrong, the caller is told of what is wrong at the
//! lowest position, as if one thread had done all of it, and takes in nothing of a frame that fails a check.

use crate::commit::{CommitRef, Damage};
use crate::envelope::EnvelopeError;
use crate::frame::Frame;
use crate::store::{FrameStore, StoreError};
use crate::tiles::Tiles;
use crate::verifier::Verifier;
use futures_util::StreamExt;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::{mem, thread};
use tlog_tiles::tlog::{Hash, record_hash};
use tokio::runtime::{Builder, Runtime};

/// The fewest events that are worth threads of their own.
const BESIDE_EVENTS_MIN: u64 = 2_000;
/// Frames are handed on together up to about so many bytes of events, since waking a thread costs more than a small frame.
const BATCH_BYTES: usize = 256 * 1024;
/// How many batches may wait for the next thread, each with a frame more at most.
const BATCHES_WAITING_MAX: usize = 16;

/// Why a log could not be opened. `E` is what the caller's own handling of a commit may fail with.
#[derive(Debug, thiserror::Error)]
pub enum OpenLogError<E> {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was read is not what was written.
    #[error("the log is damaged at position {position}: {cause}; move the directory away and restore a backup")]
    Damaged { position: u64, cause: Damage },
    /// Nothing is wrong with it, and this version cannot read it.
    #[error("the log cannot be read at position {position}: {source}")]
    Newer { position: u64, source: EnvelopeError },
    #[error("the commit at position {position} cannot be taken: {source}")]
    Commit { position: u64, source: E },
}

/// What is made of one frame's commits, in order, with the last position of each; what is wrong with one stops the reading
/// there.
type Prepared<P, E> = Vec<(u64, Result<P, E>)>;

/// How commits are prepared and taken in.
pub(crate) struct Intake<Prepare, Take> {
    /// Makes of a commit, looked at by itself, what is taken in.
    pub(crate) prepare: Prepare,
    /// Takes one in, and is told of the next if that is prepared.
    pub(crate) take: Take,
}

/// Reads and checks all of `store` behind where the verifier stands. It then stands at the end.
pub(crate) async fn read<'a, P: Send, E: Send>(
    store: &dyn FrameStore,
    tiles: &Tiles,
    checks: Verifier<'a>,
    intake: Intake<impl Fn(CommitRef<'_>) -> Result<P, E> + Send, impl FnMut(P, Option<&P>) -> Result<(), E>>,
) -> Result<Verifier<'a>, OpenLogError<E>> {
    // What is wrong with the head shows at the end.
    let behind = checks.head().position;
    let is_long = store.head().await.is_ok_and(|head| head.saturating_sub(behind) >= BESIDE_EVENTS_MIN);
    let runtime = is_long.then(|| Builder::new_current_thread().build().ok()).flatten();
    let checks = match runtime {
        Some(runtime) => read_beside(store, runtime, tiles, checks, intake)?,
        None => read_here(store, tiles, checks, intake).await?,
    };
    let (head, reached) = (store.head().await?, checks.head().position);
    if head != reached {
        return Err(damaged((reached, Damage::Head { head })));
    }
    checks.end().map_err(damaged)?;
    tiles.read_to_end();
    Ok(checks)
}

async fn read_here<'a, P, E>(
    store: &dyn FrameStore,
    tiles: &Tiles,
    mut checks: Verifier<'a>,
    mut intake: Intake<impl Fn(CommitRef<'_>) -> Result<P, E>, impl FnMut(P, Option<&P>) -> Result<(), E>>,
) -> Result<Verifier<'a>, OpenLogError<E>> {
    let mut frames = store.read(checks.head().position.saturating_add(1));
    while let Some(frame) = frames.next().await {
        let prepared = prepared(&mut checks, tiles, &Hashed::of(frame?), &intake.prepare)?;
        take_in(prepared, &mut intake.take)?;
    }
    Ok(checks)
}

/// The same on threads of their own, but for what the caller takes in. A store on disk waits for nothing; another is polled
/// by `runtime`.
fn read_beside<'a, P: Send, E: Send>(
    store: &dyn FrameStore,
    runtime: Runtime,
    tiles: &Tiles,
    mut checks: Verifier<'a>,
    Intake { prepare, mut take }: Intake<
        impl Fn(CommitRef<'_>) -> Result<P, E> + Send,
        impl FnMut(P, Option<&P>) -> Result<(), E>,
    >,
) -> Result<Verifier<'a>, OpenLogError<E>> {
    thread::scope(|scope| {
        let first = checks.head().position.saturating_add(1);
        let (read, to_check) = sync_channel(BATCHES_WAITING_MAX);
        let (checked, to_take) = sync_channel(BATCHES_WAITING_MAX);
        let reading = scope.spawn(move || read_frames(store, first, &runtime, &read));
        let checking = scope.spawn(move || {
            check(&mut checks, tiles, &to_check, &prepare, &checked);
            checks
        });
        let mut taken = Ok(());
        for batch in &to_take {
            taken = batch.and_then(|prepared| take_in(prepared, &mut take));
            if taken.is_err() {
                break;
            }
        }
        // The others stop where nobody takes what they have.
        drop(to_take);
        let checks = checking.join().unwrap_or_else(|panic| resume_unwind(panic));
        reading.join().unwrap_or_else(|panic| resume_unwind(panic));
        taken.map(|()| checks)
    })
}

/// A frame, and the hashes of its events as leaves of the Merkle tree.
struct Hashed {
    frame: Frame,
    leaves: Vec<Hash>,
}

impl Hashed {
    fn of(frame: Frame) -> Hashed {
        Hashed { leaves: frame.events().map(record_hash).collect(), frame }
    }
}

type Batch = Vec<Result<Hashed, StoreError>>;

/// Hands the frames on until there are no more, one cannot be read, or nobody wants them.
fn read_frames(store: &dyn FrameStore, first: u64, runtime: &Runtime, read: &SyncSender<Batch>) {
    let mut frames = store.read(first);
    let (mut batch, mut bytes) = (vec![], 0);
    while let Some(frame) = runtime.block_on(frames.next()) {
        let failed = frame.is_err();
        bytes += frame.iter().flat_map(Frame::events).map(<[u8]>::len).sum::<usize>();
        batch.push(frame.map(Hashed::of));
        if failed || bytes >= BATCH_BYTES {
            bytes = 0;
            if read.send(mem::take(&mut batch)).is_err() || failed {
                return;
            }
        }
    }
    // If nobody wants it, nobody misses it.
    let _ = read.send(batch);
}

/// Hands on what is prepared of sound frames, until one is not sound or nobody wants it.
fn check<P, E>(
    checks: &mut Verifier,
    tiles: &Tiles,
    to_check: &Receiver<Batch>,
    prepare: &impl Fn(CommitRef<'_>) -> Result<P, E>,
    checked: &SyncSender<Result<Prepared<P, E>, OpenLogError<E>>>,
) {
    for batch in to_check {
        let mut of_batch = vec![];
        let whole = batch.into_iter().try_for_each(|frame| {
            of_batch.extend(prepared(checks, tiles, &frame?, prepare)?);
            Ok(())
        });
        // What comes before the fault is taken in first: something may be wrong with that as well.
        let sent = checked.send(Ok(of_batch)).is_ok();
        match whole {
            Ok(()) if sent => {}
            Ok(()) => return,
            Err(error) => return drop(checked.send(Err(error))),
        }
    }
}

/// What is prepared of a frame, if that is sound.
fn prepared<P, E>(
    checks: &mut Verifier,
    tiles: &Tiles,
    Hashed { frame, leaves }: &Hashed,
    prepare: impl Fn(CommitRef<'_>) -> Result<P, E>,
) -> Result<Prepared<P, E>, OpenLogError<E>> {
    let commits = checks.hashed_frame(frame, leaves.iter().copied()).map_err(damaged)?;
    tiles.grow_reading(&checks.tree, &checks.completed);
    Ok(commits.into_iter().map(|commit| (commit.last_position(), prepare(commit))).collect())
}

fn take_in<P, E>(
    prepared: Prepared<P, E>,
    mut take: impl FnMut(P, Option<&P>) -> Result<(), E>,
) -> Result<(), OpenLogError<E>> {
    let mut prepared = prepared.into_iter();
    while let Some((position, commit)) = prepared.next() {
        let next = prepared.as_slice().first().and_then(|(_, next)| next.as_ref().ok());
        commit.and_then(|commit| take(commit, next)).map_err(|source| OpenLogError::Commit { position, source })?;
    }
    Ok(())
}

/// What is wrong at a position, as those who open a log are told.
pub(crate) fn damaged<E>((position, cause): (u64, Damage)) -> OpenLogError<E> {
    match cause {
        Damage::Envelope(source @ EnvelopeError::Newer { .. }) => OpenLogError::Newer { position, source },
        cause => OpenLogError::Damaged { position, cause },
    }
}

#[cfg(test)]
mod tests;
