//! The log over its stores: append, reopen, read; and what an uncertain append leads to.

use crate::given::{Planted, commit, event, id, new, sized_event};
use futures_util::TryStreamExt;
use procura_eventlog::*;
use std::convert::Infallible;
use std::sync::Arc;

async fn open(stored: impl Into<Stored>) -> (Log, Vec<Commit>) {
    let mut commits = vec![];
    let log = Log::open(stored, |commit| {
        commits.push(commit);
        Ok::<_, Infallible>(())
    })
    .await
    .unwrap();
    (log, commits)
}

/// Commits of 1, 3, 2 and 1 events, the first two in one frame.
pub(crate) async fn story(log: &mut Log) -> Vec<Commit> {
    let commits: Vec<Commit> =
        [(1, 1), (2, 3), (5, 2), (7, 1)].map(|(first, size)| Commit { events: commit(first, size) }).into();
    let new: Vec<NewCommit> = commits.iter().map(|commit| new(&commit.events)).collect();
    log.append(id(1), &new[..2]).await.unwrap();
    assert_eq!(log.head(), 4);
    log.append(id(2), &new[2..3]).await.unwrap();
    log.append(id(3), &new[3..]).await.unwrap();
    assert_eq!(log.head(), 7);
    commits
}

#[tokio::test]
async fn what_was_appended_is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let directory = DataDirectory::open(folder.path(), id(1)).unwrap();
    let (mut log, commits) = open(directory.stored().unwrap()).await;
    assert_eq!((log.head(), log.root(), commits), (0, Tree::new().root(), vec![]));
    let written = story(&mut log).await;
    let (head, root) = (log.head(), log.root());
    drop((log, directory));

    let directory = DataDirectory::open(folder.path(), id(2)).unwrap();
    let (mut log, commits) = open(directory.stored().unwrap()).await;
    assert_eq!((log.head(), log.root(), commits), (head, root, written));
    log.append(id(4), &[new(&[event(8)])]).await.unwrap();
    assert_eq!(log.head(), 8);
}

#[tokio::test]
async fn readers_show_whole_commits() {
    let (mut log, _) = open(Arc::new(MemoryStore::new())).await;
    let reader = log.reader();
    let nothing: Vec<Commit> = reader.commits_after(0).try_collect().await.unwrap();
    assert_eq!(nothing, []);
    let written = story(&mut log).await;

    for (position, commit) in [(1, 0), (2, 1), (3, 1), (4, 1), (5, 2), (6, 2), (7, 3)] {
        assert_eq!(reader.commit(position).await.unwrap().as_ref(), Some(&written[commit]), "at {position}");
    }
    for position in [0, 8, u64::MAX] {
        assert_eq!(reader.commit(position).await.unwrap(), None);
    }
    for (after, commit) in [(0, 0), (1, 1), (2, 2), (3, 2), (4, 2), (5, 3), (6, 3), (7, 4), (8, 4), (u64::MAX, 4)] {
        let commits: Vec<Commit> = reader.commits_after(after).try_collect().await.unwrap();
        assert_eq!(commits, written[commit..], "after {after}");
    }
    assert_eq!((written[1].first_position(), written[1].last_position()), (2, 4));
}

#[tokio::test]
async fn what_makes_no_frame_is_refused_and_the_log_goes_on() {
    let (mut log, _) = open(Arc::new(MemoryStore::new())).await;
    let root = log.root();
    let large = |position| sized_event(position, EVENT_BYTES_MAX);
    let too_much = new(&[large(1), large(2)]);
    let refused = [vec![], vec![NewCommit { events: vec![], ..new(&[event(1)]) }], vec![too_much]];
    for commits in &refused {
        let error = log.append(id(1), commits).await.unwrap_err();
        assert!(matches!(error, AppendError::Frame(_)), "{error}");
        assert_eq!((log.head(), log.root()), (0, root));
    }
    story(&mut log).await;
}

#[tokio::test]
async fn after_an_uncertain_append_the_log_refuses_every_other() {
    for answer in [Append::Conflict { head: 9 }, Append::Unknown] {
        let (mut log, _) = open(Arc::new(Planted { answer, ..Planted::of(vec![]) })).await;
        let commits = [new(&[event(1)])];
        let error = log.append(id(1), &commits).await.unwrap_err();
        match answer {
            Append::Unknown => assert!(matches!(error, AppendError::Unknown { after: 0 }), "{error}"),
            _ => assert!(matches!(error, AppendError::Conflict { expected: 0, head: 9 }), "{error}"),
        }
        assert_eq!(log.head(), 0);
        let error = log.append(id(2), &commits).await.unwrap_err();
        assert!(matches!(error, AppendError::Broken), "{error}");
    }
}
