//! The head, kept apart: a log that ends before it, or that is not the one it saw, is not opened; and a log that is
//! not opened stays as it was.

use crate::given::{commit, event, id, message, new};
use crate::log::story;
use expect_test::{Expect, expect};
use procura_eventlog::*;
use std::convert::Infallible;
use std::fs;
use std::path::Path;

async fn open(path: &Path) -> Result<(DataDirectory, Log), String> {
    let directory = DataDirectory::open(path, id(1)).unwrap();
    let stored = directory.stored().map_err(|error| message(&error, path))?;
    let log = Log::open(stored, |_| Ok::<_, Infallible>(())).await.map_err(|error| message(&error, path))?;
    Ok((directory, log))
}

/// A directory whose log ends at 7, in frames that end at 4, 6 and 7.
async fn made(path: &Path) {
    let (_directory, mut log) = open(path).await.unwrap();
    story(&mut log).await;
}

/// Every file with its content, but for the one that tells of an orderly stop, which goes where it is no longer true.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = vec![];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if !path.ends_with("log.clean") {
            files.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
    files.sort();
    files
}

async fn check(damage: impl AsyncFnOnce(&Path), expected: Expect) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    made(&path).await;
    damage(&path).await;
    let before = files(&path);
    expected.assert_eq(&open(&path).await.err().expect("it is refused"));
    assert!(files(&path) == before, "a refused log stays as it was");
}

#[tokio::test]
async fn the_head_is_written_when_the_log_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    made(folder.path()).await;
    let mut ends = vec![];
    for position in 8..20 {
        let (_directory, mut log) = open(folder.path()).await.unwrap();
        ends.push((log.head(), log.root()));
        log.append(id(position.into()), &[new(&[event(position)])]).await.unwrap();
    }
    let head = fs::read(folder.path().join("head")).unwrap();
    let newest = [&head[..74], &head[4096..]].map(|slot| u64::from_be_bytes(slot[22..30].try_into().unwrap()));
    assert_eq!(newest.into_iter().max(), Some(19));
    // The log may go further than its head: that is the window.
    fs::write(folder.path().join("head"), stale(folder.path()).await).unwrap();
    let (_directory, log) = open(folder.path()).await.unwrap();
    assert_eq!(log.head(), 20);
}

/// The file as it is now, when the log has then gone on by one.
async fn stale(path: &Path) -> Vec<u8> {
    let now = fs::read(path.join("head")).unwrap();
    let (_directory, mut log) = open(path).await.unwrap();
    let next = log.head() + 1;
    log.append(id(99), &[new(&[event(next)])]).await.unwrap();
    now
}

/// Replaces the log by one that ends at `head`.
async fn shorter(path: &Path, head: u64) {
    let other = tempfile::tempdir().unwrap();
    let directory = DataDirectory::open(other.path(), id(1)).unwrap();
    let mut log = Log::open(directory.stored().unwrap(), |_| Ok::<_, Infallible>(())).await.unwrap();
    if head >= 4 {
        log.append(id(1), &[new(&commit(1, 1)), new(&commit(2, 3))]).await.unwrap();
    }
    if head >= 6 {
        log.append(id(2), &[new(&commit(5, 2))]).await.unwrap();
    }
    assert_eq!(log.head(), head);
    drop((log, directory));
    take_over(other.path(), path);
}

/// Puts one log in the place of another, as sled would find it without its own snapshot of it.
fn take_over(other: &Path, path: &Path) {
    fs::copy(other.join("log/db"), path.join("log/db")).unwrap();
    for file in fs::read_dir(path.join("log")).unwrap().map(|entry| entry.unwrap().path()) {
        if file.file_name().unwrap().to_str().unwrap().starts_with("snap.") {
            fs::remove_file(file).unwrap();
        }
    }
}

#[tokio::test]
async fn a_log_that_lost_its_end_is_refused() {
    check(async |path| shorter(path, 6).await, expect!["the log is damaged at position 6: the log ends there, but it had reached position 7, recorded at 2026-01-05 08:00:07 UTC, as its head file says: what came after is lost; move the directory away and restore a backup"]).await;
    check(async |path| shorter(path, 0).await, expect!["the log is damaged at position 0: the log ends there, but it had reached position 7, recorded at 2026-01-05 08:00:07 UTC, as its head file says: what came after is lost; move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn a_log_with_another_head_is_refused() {
    let altered = async |path: &Path| {
        let other = tempfile::tempdir().unwrap();
        let (directory, mut log) = open(other.path()).await.unwrap();
        let changed = Envelope { salt: [8; 16], ..event(1) };
        log.append(id(1), &[new(&[changed]), new(&commit(2, 6))]).await.unwrap();
        drop((log, directory));
        take_over(other.path(), path);
    };
    check(altered, expect!["the log is damaged at position 7: the log up to there is not the one of its head file; move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn the_file_itself_lost_damaged_or_of_another_log() {
    check(
        async |path| fs::remove_file(path.join("head")).unwrap(),
        expect![
            "the file DIR/head, which says where the log ends, is lost: move the directory away and restore a backup"
        ],
    )
    .await;
    check(
        async |path| fs::write(path.join("head"), "").unwrap(),
        expect![
            "the file DIR/head, which says where the log ends, is damaged: move the directory away and restore a backup"
        ],
    )
    .await;
    let foreign = async |path: &Path| {
        let other = tempfile::tempdir().unwrap();
        drop(DataDirectory::open(other.path(), id(2)).unwrap());
        fs::copy(other.path().join("head"), path.join("head")).unwrap();
    };
    check(foreign, expect!["the file DIR/head is about the log 01970000-0000-7000-8000-000000000002, this one is 01970000-0000-7000-8000-000000000001: move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn one_torn_slot_does_no_harm() {
    for slot in [0, 4096] {
        let folder = tempfile::tempdir().unwrap();
        made(folder.path()).await;
        let path = folder.path().join("head");
        let mut bytes = fs::read(&path).unwrap();
        bytes[slot + 30] ^= 1;
        fs::write(&path, bytes).unwrap();
        let (_directory, log) = open(folder.path()).await.unwrap();
        assert_eq!(log.head(), 7);
    }
}

#[tokio::test]
async fn what_the_caller_cannot_take_leaves_the_log_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    made(folder.path()).await;
    let before = files(folder.path());
    let directory = DataDirectory::open(folder.path(), id(1)).unwrap();
    let opened = Log::open(directory.stored().unwrap(), |_| Err("no such event type")).await;
    assert!(matches!(opened.err(), Some(OpenLogError::Commit { position: 1, .. })));
    assert!(files(folder.path()) == before);
}

/// A sector that cannot be read, a disk that fills up: the part of a copy that there is must not take the log's place.
#[tokio::test]
async fn a_copy_that_cannot_be_made_leaves_the_log_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    made(folder.path()).await;
    let before = files(folder.path());
    let unreadable = folder.path().join("log/unreadable");
    std::os::unix::fs::symlink("/proc/self/mem", &unreadable).unwrap();
    let refused = open(folder.path()).await.err().expect("it is refused");
    assert!(refused.starts_with("could not copy DIR/log/unreadable"), "{refused}");
    assert_eq!(fs::read_link(&unreadable).unwrap(), Path::new("/proc/self/mem"));
    fs::remove_file(&unreadable).unwrap();
    assert!(files(folder.path()) == before);
}

#[tokio::test]
async fn a_head_without_its_log_is_no_place_for_another() {
    let folder = tempfile::tempdir().unwrap();
    made(folder.path()).await;
    fs::remove_dir_all(folder.path().join("log")).unwrap();
    fs::remove_file(folder.path().join("FORMAT")).unwrap();
    let refused = DataDirectory::open(folder.path(), id(1)).unwrap_err();
    expect!["the directory DIR has neither a folder log nor a file FORMAT, but its head file tells of a log that had reached position 7: restore the directory from a backup"]
        .assert_eq(&message(&refused, folder.path()));
}
