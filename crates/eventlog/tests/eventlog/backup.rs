//! Backups: whole or not at all, and what is refused with which sentence.

use crate::given::{commit, event, id, message, new};
use crate::log::story;
use crate::sled_files::lay_by_position;
use expect_test::{Expect, expect};
use futures_util::TryStreamExt;
use procura_eventlog::*;
use std::convert::Infallible;
use std::fs;
use std::path::Path;

/// Takes everything, and remembers it.
#[derive(Default)]
struct Taken {
    commits: Vec<Commit>,
    refuse_at: Option<u64>,
}

impl Restoring for Taken {
    type Error = &'static str;

    fn commit(&mut self, commit: Commit, head: u64) -> Result<(), &'static str> {
        assert!(commit.last_position() <= head);
        if self.refuse_at == Some(commit.last_position()) {
            return Err("no such event type");
        }
        self.commits.push(commit);
        Ok(())
    }

    fn finish(&mut self, restored: &Restored, folder: &Path) -> Result<(), &'static str> {
        fs::write(folder.join("keys"), restored.keys.clone().unwrap_or_default()).map_err(|_| "no keys")
    }
}

async fn open(path: &Path) -> Result<(DataDirectory, Log), String> {
    let directory = DataDirectory::open(path, id(1)).map_err(|error| error.to_string())?;
    let stored = directory.stored().map_err(|error| error.to_string())?;
    let log = Log::open(stored, |_| Ok::<_, Infallible>(())).await.map_err(|error| error.to_string())?;
    Ok((directory, log))
}

/// A log that ends at 7, and the backup of all of it.
async fn made(path: &Path, keys: Option<Vec<u8>>) -> (Log, Vec<u8>) {
    let (directory, mut log) = open(path).await.unwrap();
    story(&mut log).await;
    let bytes = packed(&directory, &log, log.head(), keys).await;
    (log, bytes)
}

async fn packed(directory: &DataDirectory, log: &Log, head: u64, keys: Option<Vec<u8>>) -> Vec<u8> {
    let (log_id, origins) = (directory.log_id(), directory.origins().clone());
    let (epochs, checkpoint) = (directory.epochs().clone(), "a checkpoint\n".to_owned());
    let parts = BackupParts { log_id, origins, epochs, head, keys, deliveries: vec![], checkpoint };
    backup(&log.reader(), parts).try_concat().await.unwrap()
}

async fn restored(bytes: &[u8], path: &Path, taken: &mut Taken) -> Result<Restored, RestoreError<&'static str>> {
    restore(bytes, bytes.len() as u64, path, event(1_000).recorded_at, taken).await
}

#[tokio::test]
async fn what_is_restored_is_what_was_backed_up_and_begins_an_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let (log, bytes) = made(&folder.path().join("data"), Some(b"the keys".to_vec())).await;
    let (path, mut taken) = (folder.path().join("deep/restored"), Taken::default());
    let restored = restored(&bytes, &path, &mut taken).await.unwrap();
    assert_eq!((restored.head, restored.log_id, restored.checkpoint.as_str()), (log.end(), id(1), "a checkpoint\n"));
    assert_eq!(taken.commits, log.reader().commits_after(0).try_collect::<Vec<_>>().await.unwrap());
    assert_eq!(fs::read(path.join("keys")).unwrap(), b"the keys");
    assert!(!folder.path().join("deep/restored.restoring").exists());

    assert!(!crate::orderly_stop::start(&path).await.copied);
    let (directory, mut again) = open(&path).await.unwrap();
    assert_eq!((again.end(), directory.log_id()), (log.end(), id(1)));
    assert_eq!(directory.epochs().to_string(), "epoch 1 after 0\nepoch 1767601000000 after 7\n");
    again.append(id(4), &[new(&[event(8)])]).await.unwrap();
    // Another backup, of a log of two epochs, restored a second time.
    let bytes = packed(&directory, &again, 8, None).await;
    let second = folder.path().join("second");
    super::backup::restored(&bytes, &second, &mut Taken::default()).await.unwrap();
    let (directory, log) = open(&second).await.unwrap();
    assert_eq!(log.end(), again.end());
    assert_eq!(
        directory.epochs().to_string(),
        "epoch 1 after 0\nepoch 1767601000000 after 7\nepoch 1767601000001 after 8\n"
    );
}

#[tokio::test]
async fn a_backup_goes_up_to_its_head_while_the_log_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (directory, mut log) = open(&folder.path().join("data")).await.unwrap();
    story(&mut log).await;
    let first = packed(&directory, &log, 6, None).await;
    let path = folder.path().join("restored");
    assert_eq!(restored(&first, &path, &mut Taken::default()).await.unwrap().head.position, 6);
    let parts = BackupParts {
        log_id: id(1),
        origins: Origins::from(id(1)),
        epochs: Epochs::first(),
        head: 5,
        keys: None,
        deliveries: vec![],
        checkpoint: String::new(),
    };
    let error = backup(&log.reader(), parts).try_concat().await.unwrap_err();
    expect!["no frame of the log ends at position 5: report this fault"].assert_eq(&error.to_string());
    // The empty log.
    let (directory, log) = open(&folder.path().join("empty")).await.unwrap();
    let bytes = packed(&directory, &log, 0, None).await;
    let path = folder.path().join("restored-empty");
    assert_eq!(restored(&bytes, &path, &mut Taken::default()).await.unwrap().head, log.end());
}

async fn check(bytes: &[u8], expected: Expect) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("restored");
    let error = restored(bytes, &path, &mut Taken::default()).await.unwrap_err();
    expected.assert_eq(&message(&error, folder.path()));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left");
}

/// The stream that a backup unpacks to, changed and packed again.
fn repacked(bytes: &[u8], change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut stream = zstd::decode_all(bytes).unwrap();
    change(&mut stream);
    zstd::encode_all(&stream[..], 3).unwrap()
}

fn replaced(stream: &mut Vec<u8>, from: &str, to: &str) {
    let at = stream.windows(from.len()).position(|window| window == from.as_bytes()).unwrap();
    stream.splice(at..at + from.len(), to.bytes());
}

#[tokio::test]
async fn damaged_backups() {
    let folder = tempfile::tempdir().unwrap();
    let (_, bytes) = made(folder.path(), None).await;
    check(b"", expect!["this is not a whole backup of Procura: its beginning cannot be unpacked; take another file"])
        .await;
    check(
        b"a letter",
        expect!["this is not a whole backup of Procura: its beginning cannot be unpacked; take another file"],
    )
    .await;
    check(
        &zstd::encode_all(&b"procura\n\n"[..], 3).unwrap(),
        expect!["this is not a whole backup of Procura: it does not begin as one; take another file"],
    )
    .await;
    let newer = repacked(&bytes, |stream| replaced(stream, "format 5", "format 6"));
    check(
        &newer,
        expect![
            "the backup has format 6, this build reads up to 5. It was written by a newer Procura: use that version or a newer one"
        ],
    )
    .await;
    let altered = repacked(&bytes, |stream| stream[300] ^= 1);
    check(&altered, expect!["the backup is damaged behind position 0, at byte 402 of what it unpacks to: the frame is damaged, its checksum does not match; take another backup"]).await;
    let short = repacked(&bytes, |stream| stream.truncate(stream.len() - 300));
    check(&short, expect!["the backup is damaged behind position 4, at byte 541 of what it unpacks to: it is cut off; take another backup"]).await;
    let without_end = repacked(&bytes, |stream| stream.truncate(stream.len() - 18));
    check(&without_end, expect!["the backup is damaged behind position 7, at byte 823 of what it unpacks to: it is cut off; take another backup"]).await;
    let longer = repacked(&bytes, |stream| stream.push(b'F'));
    check(&longer, expect!["the backup is damaged behind position 7, at byte 841 of what it unpacks to: something follows its checkpoint; take another backup"]).await;
    let head = repacked(&bytes, |stream| replaced(stream, "head 7", "head 8"));
    check(&head, expect!["the backup is damaged behind position 7, at byte 841 of what it unpacks to: something other than the next frame is there; take another backup"]).await;
    let epoch = repacked(&bytes, |stream| replaced(stream, "epoch 1 after 0", "epoch 2 after 0"));
    check(&epoch, expect!["the backup is damaged at position 1: the frame belongs to epoch 1, this history is epoch 2; take another backup"]).await;
}

/// Whatever byte is changed, and wherever it is cut off: all of it, or nothing.
#[tokio::test]
async fn any_bit_and_any_cut() {
    let folder = tempfile::tempdir().unwrap();
    let (_, bytes) = made(&folder.path().join("data"), None).await;
    for place in (0..bytes.len()).step_by(7) {
        let path = folder.path().join(format!("restored-{place}"));
        let mut flipped = bytes.clone();
        flipped[place] ^= 1 << (place % 8);
        let outcome = restored(&flipped, &path, &mut Taken::default()).await;
        assert!(outcome.is_err() && !path.exists(), "bit at {place}");
        assert!(
            restored(&bytes[..place], &path, &mut Taken::default()).await.is_err() && !path.exists(),
            "cut at {place}"
        );
    }
}

#[tokio::test]
async fn nothing_is_restored_over_anything() {
    let folder = tempfile::tempdir().unwrap();
    let (log, bytes) = made(&folder.path().join("data"), None).await;
    drop(log);
    let error = restored(&bytes, &folder.path().join("data"), &mut Taken::default()).await.unwrap_err();
    expect!["DIR/data exists and is not empty: a backup is restored into a new directory; name another, or move this one away"]
        .assert_eq(&message(&error, folder.path()));
    fs::create_dir(folder.path().join("empty")).unwrap();
    restored(&bytes, &folder.path().join("empty"), &mut Taken::default()).await.unwrap();
    let with_a_slash = folder.path().join("slash/");
    restored(&bytes, &with_a_slash, &mut Taken::default()).await.unwrap();
    assert!(with_a_slash.join("FORMAT").exists());
    fs::create_dir(folder.path().join("other.restoring")).unwrap();
    let error = restored(&bytes, &folder.path().join("other"), &mut Taken::default()).await.unwrap_err();
    expect!["DIR/other.restoring is there, where an earlier restore was broken off: remove it and try again"]
        .assert_eq(&message(&error, folder.path()));
    let mut refusing = Taken { refuse_at: Some(4), ..Taken::default() };
    let error = restored(&bytes, &folder.path().join("third"), &mut refusing).await.unwrap_err();
    expect!["the backup cannot be taken at position 4: no such event type"].assert_eq(&error.to_string());
    assert!(!folder.path().join("third").exists());
}

#[tokio::test]
async fn a_damaged_end_is_cut_off_behind_its_head_and_not_before_it() {
    for by_position in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data");
        let (directory, log) = open(&path).await.unwrap();
        drop((log, directory));
        if by_position {
            lay_by_position(&path);
        }
        let (directory, mut log) = open(&path).await.unwrap();
        story(&mut log).await;
        drop((log, directory));
        let seen_seven = fs::read(path.join("head")).unwrap();
        let (directory, mut log) = open(&path).await.unwrap();
        log.append(id(9), &[new(&commit(8, 2))]).await.unwrap();
        drop(log);
        assert_eq!(directory.cut_off_damaged_end().unwrap(), None);
        damage_the_last_frame(&path);
        let error = directory.cut_off_damaged_end().unwrap_err();
        expect!["the log is sound up to position 7 only, and had reached 9 as its head file says: what is damaged was acknowledged, and is not dropped; move the directory away and restore a backup"].assert_eq(&error.to_string());
        fs::write(path.join("head"), seen_seven).unwrap();
        assert_eq!(directory.cut_off_damaged_end().unwrap(), Some(CutOff { sound: 7, reached: 7 }));
        drop(directory);
        let (directory, mut log) = open(&path).await.unwrap();
        assert_eq!(log.head(), 7);
        // What comes next takes its place.
        log.append(id(10), &[new(&commit(8, 3))]).await.unwrap();
        drop((log, directory));
        assert_eq!(open(&path).await.unwrap().1.head(), 10);
    }
}

/// Changes a byte of it.
fn damage_the_last_frame(path: &Path) {
    let db = crate::sled_files::raw(path);
    let (key, frame) = db.iter().rev().map(Result::unwrap).find(|(_, value)| value.starts_with(b"PRCF")).unwrap();
    let mut frame = frame.to_vec();
    frame[200] ^= 1;
    db.insert(key, frame).unwrap();
    db.flush().unwrap();
}

#[tokio::test]
async fn the_repaired_log_takes_the_place_of_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("data"), folder.path().join("copy"));
    drop(made(&path, None).await);
    fs::create_dir(&copy).unwrap();
    for secret in ["token.key", "keys"] {
        fs::write(path.join(secret), "secret").unwrap();
    }
    let held = DataDirectory::copy(&path, &copy, &["keys"]).unwrap();
    let opened = DataDirectory::open(&path, id(1));
    assert!(matches!(opened, Err(DirectoryError::InUse { .. })), "nobody records what the repair would replace");
    assert!(!copy.join("token.key").exists() && !copy.join("keys").exists());
    assert!(matches!(DataDirectory::copy(&path, &copy, &["keys"]), Err(DirectoryError::InUse { .. })));
    let before = fs::read(path.join("log/db")).unwrap();
    let kept = DataDirectory::replace_log(held, &path, &copy).unwrap();
    assert_eq!(kept, path.join("log.damaged.1"));
    assert!(fs::read(kept.join("db")).unwrap() == before);
    assert_eq!(open(&path).await.unwrap().1.head(), 7);
    // An earlier repair was killed: what it left, which may be the damaged log, is kept and does not stand in the way.
    fs::create_dir(path.join("log.new")).unwrap();
    fs::write(path.join("log.new/db"), "left").unwrap();
    let again = folder.path().join("again");
    fs::create_dir(&again).unwrap();
    let held = DataDirectory::copy(&path, &again, &[]).unwrap();
    assert_eq!(DataDirectory::replace_log(held, &path, &copy).unwrap(), path.join("log.damaged.3"));
    assert_eq!(fs::read(path.join("log.damaged.2/db")).unwrap(), b"left");
}

/// What a file says of its sizes is held against its own size before memory is taken: 20 KB of zeros, packed, would be 64 MB.
#[tokio::test]
async fn a_small_file_takes_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    let header = format!("procura backup\nformat 2\nlog {}\n{}head {}\n\n", id(1), Epochs::first(), u64::MAX);
    let keys = vec![0; 64 << 20];
    let length = u32::try_from(keys.len()).unwrap().to_be_bytes();
    let bytes = zstd::encode_all(&[header.as_bytes(), b"K", &length, &keys].concat()[..], 3).unwrap();
    assert!(bytes.len() < 20_000, "{}", bytes.len());
    let path = folder.path().join("data");
    let error = restored(&bytes, &path, &mut Taken::default()).await.unwrap_err().to_string();
    assert!(error.contains("a part says that it is larger than any can be"), "{error}");
    assert!(!path.exists());
    // Nor may it ask for a window of its own choice.
    let mut wide = zstd::Encoder::new(Vec::new(), 3).unwrap();
    wide.window_log(27).unwrap();
    wide.long_distance_matching(true).unwrap();
    std::io::Write::write_all(&mut wide, &[header.as_bytes(), &keys].concat()).unwrap();
    let error = restored(&wide.finish().unwrap(), &path, &mut Taken::default()).await.unwrap_err();
    assert!(matches!(error, RestoreError::NotABackup(_)), "{error}");
}
