//! What is in sled's files: sizes, missing and foreign entries, no blobs.

use crate::given::{commit, event, frames, id, message, sized_frame};
use expect_test::{Expect, expect};
use futures_util::TryStreamExt;
use procura_eventlog::*;
use std::{fs, ops::RangeInclusive, path::Path};

/// How frames lie among sled's entries.
#[derive(Clone, Copy)]
enum Layout {
    /// Each part under the position of its frame, as up to format 4.
    ByPosition,
    /// Parts that are numbered through the log.
    InPages,
}

impl Layout {
    /// The key of that part of the frame that begins at `position` in the log of [`made`].
    fn key(self, position: u64, part: u16) -> Vec<u8> {
        match self {
            Layout::ByPosition => [&position.to_be_bytes()[..], &part.to_be_bytes()].concat(),
            Layout::InPages => in_pages(1, [0, 10, 11, 19][usize::try_from(position).unwrap()] + u64::from(part)),
        }
    }
}

/// Of the index 0, of the parts 1.
fn in_pages(kind: u8, number: u64) -> Vec<u8> {
    [&[kind][..], &number.to_be_bytes()].concat()
}

/// A log whose second frame, at 2, has eight parts.
async fn made(path: &Path, layout: Layout) -> DataDirectory {
    let directory = DataDirectory::open(path, id(1)).unwrap();
    if matches!(layout, Layout::ByPosition) {
        lay_by_position(path);
    }
    let store = directory.store().unwrap();
    let first = &frames(&[commit(1, 1)])[0];
    assert_eq!(store.append(first, 0).await.unwrap(), Append::Appended);
    assert_eq!(store.append(&sized_frame(2, 45_000), 1).await.unwrap(), Append::Appended);
    assert_eq!(store.append(&sized_frame(3, 1_000), 2).await.unwrap(), Append::Appended);
    directory
}

/// Makes an empty log one of the layout of before: without entries.
pub(crate) fn lay_by_position(path: &Path) {
    let db = raw(path);
    db.clear().unwrap();
    db.flush().unwrap();
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

/// Damages a log of either layout, and tells how reading it fails.
async fn check(damage: impl Fn(&sled::Db, Layout), expected: Expect) {
    for layout in [Layout::InPages, Layout::ByPosition] {
        check_one(layout, |db| damage(db, layout), &expected).await;
    }
}

async fn check_one(layout: Layout, damage: impl FnOnce(&sled::Db), expected: &Expect) {
    let folder = tempfile::tempdir().unwrap();
    let directory = made(folder.path(), layout).await;
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

fn entries(path: &Path) -> Vec<(Vec<u8>, usize)> {
    raw(path).iter().map(|entry| entry.map(|(key, value)| (key.to_vec(), value.len())).unwrap()).collect()
}

#[tokio::test]
async fn entries_are_as_the_format_says() {
    let folder = tempfile::tempdir().unwrap();
    let _directory = made(folder.path(), Layout::InPages).await;
    let entries = entries(folder.path());
    let first = frames(&[commit(1, 1)])[0].bytes().len();
    let index = [1, 3].map(|position| (in_pages(0, position), 8));
    let still_empty = |numbers: RangeInclusive<u64>| numbers.map(|number| (in_pages(1, number), 0));
    let parts = [&[first][..], &[6_135; 7], &[2_055, 1_000]].concat();
    let filled = (10..).zip(parts).map(|(number, bytes)| (in_pages(1, number), bytes));
    let expected: Vec<_> =
        index.into_iter().chain(still_empty(1..=9)).chain(filled).chain(still_empty(20..=26)).collect();
    assert_eq!(entries, expected);
    let says: Vec<u64> = raw(folder.path()).iter().take(2).map(|entry| number_of(&entry.unwrap().1)).collect();
    assert_eq!(says, [10, 19]);

    // A large frame that begins a page has three of them there, but for a part.
    let directory = DataDirectory::open(&folder.path().join("other"), id(1)).unwrap();
    directory.store().unwrap().append(&sized_frame(1, 12_000), 0).await.unwrap();
    let laid_out: Vec<_> = self::entries(&folder.path().join("other")).into_iter().skip(1 + 9 + 2).collect();
    assert_eq!(laid_out, (12..=35).map(|number| (in_pages(1, number), 0)).collect::<Vec<_>>());
}

fn number_of(bytes: &[u8]) -> u64 {
    u64::from_be_bytes(bytes.try_into().unwrap())
}

#[tokio::test]
async fn entries_by_position_are_as_the_format_says() {
    let folder = tempfile::tempdir().unwrap();
    let _directory = made(folder.path(), Layout::ByPosition).await;
    let key = |position, part| Layout::ByPosition.key(position, part);
    let first = frames(&[commit(1, 1)])[0].bytes().len();
    let second = [&[6_134; 7][..], &[2_062]].concat();
    let second = (0..).zip(second).map(|(part, bytes)| (key(2, part), bytes));
    let expected: Vec<_> = [(key(1, 0), first)].into_iter().chain(second).chain([(key(3, 0), 1_000)]).collect();
    assert_eq!(entries(folder.path()), expected);
}

#[tokio::test]
async fn first_part_missing() {
    let second = |db: &sled::Db, of: Layout| drop(db.remove(of.key(2, 0)).unwrap());
    check_one(Layout::ByPosition, |db| second(db, Layout::ByPosition), &expect!["the store is damaged at position 2, the first part of its frame is missing: move the directory away and restore a backup"]).await;
    check_one(
        Layout::InPages,
        |db| second(db, Layout::InPages),
        &expect![
            "the store is damaged at position 2, it ends before its head: move the directory away and restore a backup"
        ],
    )
    .await;
    // The index has this one.
    let third = |db: &sled::Db| drop(db.remove(Layout::InPages.key(3, 0)).unwrap());
    check_one(Layout::InPages, third, &expect!["the store is damaged at position 3, the first part of its frame is missing: move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn middle_part_missing() {
    let middle = |db: &sled::Db, of: Layout| drop(db.remove(of.key(2, 1)).unwrap());
    check_one(Layout::ByPosition, |db| middle(db, Layout::ByPosition), &expect!["the store is damaged at position 2, the parts of its frame are not the ones written: move the directory away and restore a backup"]).await;
    check_one(Layout::InPages, |db| middle(db, Layout::InPages), &expect!["the store is damaged at position 2, the last part of its frame is missing: move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn last_part_missing() {
    let last = |db: &sled::Db, of: Layout| drop(db.remove(of.key(2, 7)).unwrap());
    check(last, expect!["the store is damaged at position 2, the last part of its frame is missing: move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn last_part_of_the_last_frame_missing() {
    let last = |db: &sled::Db| {
        db.remove(Layout::ByPosition.key(3, 0)).unwrap();
        db.remove(Layout::ByPosition.key(2, 7)).unwrap();
    };
    check_one(Layout::ByPosition, last, &expect!["the store is damaged at position 2, the last part of its frame is missing: move the directory away and restore a backup"]).await;
    let last = |db: &sled::Db| {
        db.remove(in_pages(0, 3)).unwrap();
        db.remove(Layout::InPages.key(3, 0)).unwrap();
        db.remove(Layout::InPages.key(2, 7)).unwrap();
    };
    check_one(Layout::InPages, last, &expect!["the store is damaged at position 2, the last part of its frame is missing: move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn a_part_of_another_length() {
    let longer = |db: &sled::Db, of: Layout| {
        let part = [&db.get(of.key(2, 1)).unwrap().unwrap()[..], b"more"].concat();
        db.insert(of.key(2, 1), part).unwrap();
    };
    check(longer, expect!["the store is damaged at position 2, the parts of its frame are not the ones written: move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn one_part_too_many() {
    let more = |db: &sled::Db| drop(db.insert(Layout::ByPosition.key(2, 8), &b"more"[..]).unwrap());
    check_one(Layout::ByPosition, more, &expect!["the store is damaged at position 2, the parts of its frame are not the ones written: move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn altered_byte() {
    let alter = |db: &sled::Db, of: Layout| {
        let mut part = db.get(of.key(2, 1)).unwrap().unwrap().to_vec();
        part[100] ^= 1;
        db.insert(of.key(2, 1), part).unwrap();
    };
    check(alter, expect!["the frame at position 2 cannot be read: the frame is damaged, its checksum does not match: move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn frame_under_another_key() {
    let moved = |db: &sled::Db| {
        let frame = db.remove(Layout::ByPosition.key(3, 0)).unwrap().unwrap();
        db.insert(Layout::ByPosition.key(4, 0), frame).unwrap();
    };
    check_one(Layout::ByPosition, moved, &expect!["the store is damaged at position 4, its frame belongs to another position: move the directory away and restore a backup"]).await;
    let moved = |db: &sled::Db| {
        let number = db.remove(in_pages(0, 3)).unwrap().unwrap();
        db.insert(in_pages(0, 4), number).unwrap();
    };
    check_one(Layout::InPages, moved, &expect!["the store is damaged at position 4, its frame belongs to another position: move the directory away and restore a backup"]).await;
}

/// What the index says of a frame is believed as little as what else is read.
#[tokio::test]
async fn an_index_that_is_wrong() {
    let says = |number: Vec<u8>| move |db: &sled::Db| drop(db.insert(in_pages(0, 3), number).unwrap());
    let another = expect![
        "the store is damaged at position 3, its frame belongs to another position: move the directory away and restore a backup"
    ];
    check_one(Layout::InPages, says(10_u64.to_be_bytes().into()), &another).await;
    let inside = expect![
        "the frame at position 3 cannot be read: the frame is damaged, it does not begin with PRCF: move the directory away and restore a backup"
    ];
    check_one(Layout::InPages, says(12_u64.to_be_bytes().into()), &inside).await;
    let nowhere = expect![
        "the store is damaged at position 3, the first part of its frame is missing: move the directory away and restore a backup"
    ];
    for number in [0, 9, 20, u64::MAX] {
        check_one(Layout::InPages, says(number.to_be_bytes().into()), &nowhere).await;
    }
    let none = expect![
        "the store is damaged at position 3, its entry says no number: move the directory away and restore a backup"
    ];
    check_one(Layout::InPages, says(b"19".into()), &none).await;
}

#[tokio::test]
async fn foreign_key() {
    check(|db, _| drop(db.insert(b"settings", b"blue").unwrap()), expect!["the store holds the key 73657474696e6773, which this program never writes: move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn foreign_value() {
    let foreign =
        |db: &sled::Db, of: Layout| drop(db.insert(of.key(3, 0), &b"a value of another program"[..]).unwrap());
    check(foreign, expect!["the frame at position 3 cannot be read: the frame is damaged, it does not begin with PRCF: move the directory away and restore a backup"]).await;
}

#[tokio::test]
async fn newer_frame() {
    let newer = |db: &sled::Db, of: Layout| {
        let mut frame = db.get(of.key(3, 0)).unwrap().unwrap().to_vec();
        frame[5] = 3;
        let end = frame.len() - 4;
        let checksum = crc32fast::hash(&frame[..end]);
        frame[end..].copy_from_slice(&checksum.to_be_bytes());
        db.insert(of.key(3, 0), frame).unwrap();
    };
    check(newer, expect!["the frame at position 3 cannot be read: the frame has format 3, this build reads up to 2. It was written by a newer Procura: use that version or a newer one"]).await;
}

/// What cannot be read yet is behind where the log is known to have come, and is no damage all the same.
#[tokio::test]
async fn a_newer_frame_is_not_cut_off() {
    for newer in [Newer::Format, Newer::Packing] {
        let folder = tempfile::tempdir().unwrap();
        let directory = DataDirectory::open(folder.path(), id(1)).unwrap();
        let store = directory.store().unwrap();
        let frame = &frames(&[commit(1, 1)])[0];
        store.append(frame, 0).await.unwrap();
        drop(store);
        let mut bytes = frame.bytes().to_vec();
        match newer {
            Newer::Format => bytes[5] = 3,
            Newer::Packing => bytes[79] = 3,
        }
        let end = bytes.len() - 4;
        let checksum = crc32fast::hash(&bytes[..end]);
        bytes[end..].copy_from_slice(&checksum.to_be_bytes());
        let db = raw(folder.path());
        db.insert(in_pages(1, 10), bytes).unwrap();
        drop(db);
        let error = directory.cut_off_damaged_end().unwrap_err();
        assert!(error.to_string().contains("It was written by a newer Procura"), "{error}");
        assert_eq!(raw(folder.path()).get(in_pages(0, 1)).unwrap().map(|number| number_of(&number)), Some(10));
    }
}

enum Newer {
    Format,
    Packing,
}

#[tokio::test]
async fn blobs_are_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let directory = made(folder.path(), Layout::InPages).await;
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
    let directory = made(folder.path(), Layout::InPages).await;
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
    let sizes = [600, 6_134, 900, 6_135, 1_500, 16 * 1024, 700, 64 * 1024, 3_000, 6_136, 12_270];
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
    let directory = made(folder.path(), Layout::InPages).await;
    let store = directory.store().unwrap();
    assert_eq!(store.head().await.unwrap(), 3);
    let next = Frame::encode(id(9), 1, 4, [0; 32], [event(4).encode().unwrap()]).unwrap();
    assert_eq!(store.append(&next, 3).await.unwrap(), Append::Appended);
    drop(store);
    assert_eq!(directory.store().unwrap().head().await.unwrap(), 4);
}
