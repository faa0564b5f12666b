//! What is in sled's files: sizes, missing and foreign entries, no blobs.

use crate::given::{commit, event, frames, id, message, sized_frame};
use expect_test::{Expect, expect};
use futures_util::TryStreamExt;
use procura_eventlog::*;
use std::{fs, path::Path};

/// A log whose second frame, at 2, has three parts.
async fn made(path: &Path) -> DataDirectory {
    let directory = DataDirectory::open(path, id(1)).unwrap();
    let store = directory.store().unwrap();
    let first = &frames(&[commit(1, 1)])[0];
    assert_eq!(store.append(first, 0).await.unwrap(), Append::Appended);
    assert_eq!(store.append(&sized_frame(2, 15_000), 1).await.unwrap(), Append::Appended);
    assert_eq!(store.append(&sized_frame(3, 1_000), 2).await.unwrap(), Append::Appended);
    directory
}

/// Opens sled's files without this crate, once its last user has let go of them.
pub(crate) fn raw(path: &Path) -> sled::Db {
    for _ in 0..200 {
        if let Ok(db) = sled::open(path.join("log")) {
            return db;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("somebody holds on to sled's lock");
}

fn key(position: u64, part: u16) -> Vec<u8> {
    [&position.to_be_bytes()[..], &part.to_be_bytes()].concat()
}

async fn check(damage: impl FnOnce(&sled::Db), expected: Expect) {
    let folder = tempfile::tempdir().unwrap();
    let directory = made(folder.path()).await;
    let db = raw(folder.path());
    damage(&db);
    db.flush().unwrap();
    drop(db);
    let read = match directory.store() {
        Ok(store) => store.read(1).try_collect::<Vec<Frame>>().await.map(drop),
        Err(error) => Err(error),
    };
    expected.assert_eq(&message(&read.unwrap_err(), folder.path()));
}

#[tokio::test]
async fn entries_are_as_the_format_says() {
    let folder = tempfile::tempdir().unwrap();
    let _directory = made(folder.path()).await;
    let db = raw(folder.path());
    let entries: Vec<(Vec<u8>, usize)> =
        db.iter().map(|entry| entry.map(|(key, value)| (key.to_vec(), value.len())).unwrap()).collect();
    let first = entries[0].1;
    let expected = [(key(1, 0), first), (key(2, 0), 6134), (key(2, 1), 6134), (key(2, 2), 2732), (key(3, 0), 1000)];
    assert_eq!(entries, expected);
}

#[tokio::test]
async fn first_part_missing() {
    check(|db| drop(db.remove(key(2, 0)).unwrap()), expect!["the store is damaged at position 2, the first part of its frame is missing: move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn middle_part_missing() {
    check(|db| drop(db.remove(key(2, 1)).unwrap()), expect!["the store is damaged at position 2, the parts of its frame are not the ones written: move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn last_part_missing() {
    check(|db| drop(db.remove(key(2, 2)).unwrap()), expect!["the store is damaged at position 2, the last part of its frame is missing: move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn last_part_of_the_last_frame_missing() {
    let last = |db: &sled::Db| {
        db.remove(key(3, 0)).unwrap();
        db.remove(key(2, 2)).unwrap();
    };
    check(last, expect!["the store is damaged at position 2, the last part of its frame is missing: move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn one_part_too_many() {
    check(|db| drop(db.insert(key(2, 3), &b"more"[..]).unwrap()), expect!["the store is damaged at position 2, the parts of its frame are not the ones written: move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn altered_byte() {
    let alter = |db: &sled::Db| {
        let mut part = db.get(key(2, 1)).unwrap().unwrap().to_vec();
        part[100] ^= 1;
        db.insert(key(2, 1), part).unwrap();
    };
    check(alter, expect!["the frame at position 2 cannot be read: the frame is damaged, its checksum does not match: move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn frame_under_another_key() {
    let moved = |db: &sled::Db| {
        let frame = db.remove(key(3, 0)).unwrap().unwrap();
        db.insert(key(4, 0), frame).unwrap();
    };
    check(moved, expect!["the store is damaged at position 4, its frame belongs to another position: move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn foreign_key() {
    check(|db| drop(db.insert(b"settings", b"blue").unwrap()), expect!["the store holds the key 73657474696e6773, which this program never writes: move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn foreign_value() {
    check(|db| drop(db.insert(key(3, 0), &b"a value of another program"[..]).unwrap()), expect!["the frame at position 3 cannot be read: the frame is damaged, it does not begin with PRCF: move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn newer_frame() {
    let newer = |db: &sled::Db| {
        let mut frame = db.get(key(3, 0)).unwrap().unwrap().to_vec();
        frame[5] = 3;
        let end = frame.len() - 4;
        let checksum = crc32fast::hash(&frame[..end]);
        frame[end..].copy_from_slice(&checksum.to_be_bytes());
        db.insert(key(3, 0), frame).unwrap();
    };
    check(newer, expect!["the frame at position 3 cannot be read: the frame has format 3, this build reads up to 2. It was written by a newer Procura: use that version or a newer one"]).await;
}

/// What cannot be read yet is behind where the log is known to have come, and is no damage all the same.
#[tokio::test]
async fn a_newer_frame_is_not_cut_off() {
    for newer in [Newer::Format, Newer::Dictionary] {
        let folder = tempfile::tempdir().unwrap();
        let directory = DataDirectory::open(folder.path(), id(1)).unwrap();
        let store = directory.store().unwrap();
        let frame = &frames(&[commit(1, 1)])[0];
        store.append(frame, 0).await.unwrap();
        drop(store);
        let mut bytes = frame.bytes().to_vec();
        match newer {
            Newer::Format => bytes[5] = 3,
            Newer::Dictionary => bytes[79] = 2,
        }
        let end = bytes.len() - 4;
        let checksum = crc32fast::hash(&bytes[..end]);
        bytes[end..].copy_from_slice(&checksum.to_be_bytes());
        let db = raw(folder.path());
        db.insert(key(1, 0), bytes).unwrap();
        drop(db);
        let error = directory.cut_off_damaged_end().unwrap_err();
        assert!(error.to_string().contains("It was written by a newer Procura"), "{error}");
        assert_eq!(raw(folder.path()).len(), 1);
    }
}

enum Newer {
    Format,
    Dictionary,
}

#[tokio::test]
async fn blobs_are_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let directory = made(folder.path()).await;
    fs::write(folder.path().join("log/blobs/123"), "x").unwrap();
    expect![
        "DIR/log/blobs is not empty, but this program never writes there: move the directory away and restore a backup"
    ]
    .assert_eq(&message(&directory.store().unwrap_err(), folder.path()));
}

/// A process that ends while sled opens leaves a part of one, under a name that is newer than all others.
#[tokio::test]
async fn an_unfinished_snapshot_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let directory = made(folder.path()).await;
    let unfinished = folder.path().join("log/snap.7FFFFFFFFFFFFFFF.generating");
    for text in ["", "a part of a snapshot"] {
        fs::write(&unfinished, text).unwrap();
        let store = directory.store().unwrap();
        assert_eq!((store.head().await.unwrap(), unfinished.exists()), (3, false));
    }
}

/// Sizes around the limits of a part, and up to the largest frame.
#[tokio::test(flavor = "multi_thread")]
async fn no_blobs_after_two_thousand_frames() {
    let sizes = [600, 6_134, 900, 6_135, 1_500, 16 * 1024, 700, 64 * 1024, 3_000, 12_268];
    let folder = tempfile::tempdir().unwrap();
    let directory = DataDirectory::open(folder.path(), id(1)).unwrap();
    let store = directory.store().unwrap();
    let mut head = 0;
    for number in 0..2_000_usize {
        let size = if number % 50 == 49 { FRAME_BYTES_MAX } else { sizes[number * 7 % sizes.len()] };
        let frame = sized_frame(head + 1, size);
        assert_eq!(store.append(&frame, head).await.unwrap(), Append::Appended);
        head = frame.last_position();
    }
    assert_eq!(fs::read_dir(folder.path().join("log/blobs")).unwrap().count(), 0);
    drop(store);
    let store = directory.store().unwrap();
    assert_eq!(store.head().await.unwrap(), head);
    let frames: Vec<Frame> = store.read(1).try_collect().await.unwrap();
    assert_eq!(frames.len(), 2_000);
    assert_eq!(fs::read_dir(folder.path().join("log/blobs")).unwrap().count(), 0);
}

#[tokio::test]
async fn another_append_goes_on_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let directory = made(folder.path()).await;
    let store = directory.store().unwrap();
    assert_eq!(store.head().await.unwrap(), 3);
    let next = Frame::encode(id(9), 1, 4, [0; 32], [event(4).encode().unwrap()]).unwrap();
    assert_eq!(store.append(&next, 3).await.unwrap(), Append::Appended);
    drop(store);
    assert_eq!(directory.store().unwrap().head().await.unwrap(), 4);
}
