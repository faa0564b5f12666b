//! After an orderly stop a start makes no copy of the log, and a log that it refuses is still as it was; after anything else
//! the copy is made, and what the file `log.clean` says never keeps a log from being opened.

use crate::given::{commit, event, id, new, raw};
use procura_eventlog::*;
use proptest::prelude::*;
use std::convert::Infallible;
use std::fs;
use std::path::Path;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A start of the log, and its end.
pub(crate) struct Start {
    /// Whether a copy was made.
    pub(crate) copied: bool,
    log: Result<Log, OpenLogError<&'static str>>,
    _directory: DataDirectory,
}

/// Opens the log, and refuses it at that position.
async fn start_refusing(path: &Path, refused: u64) -> Start {
    let directory = DataDirectory::open(path, id(1)).unwrap();
    let stored = directory.stored().unwrap();
    assert!(!path.join("log.clean").exists(), "it is gone before sled opens");
    let copied = path.join("log.before").exists();
    let take = |commit: Commit| if commit.last_position() >= refused { Err("no such event") } else { Ok(()) };
    let log = Log::open(stored, take).await;
    assert!(!path.join("log.before").exists());
    Start { copied, log, _directory: directory }
}

pub(crate) async fn start(path: &Path) -> Start {
    start_refusing(path, u64::MAX).await
}

/// A directory whose log ends at 20 and was closed in order.
async fn made() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut log = start(folder.path()).await.log.unwrap();
    for position in 1..=20 {
        log.append(id(position.into()), &[new(&[event(position)])]).await.unwrap();
    }
    drop(log);
    assert!(folder.path().join("log.clean").exists());
    folder
}

/// The files of the log, with what is in them.
fn files(path: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(path.join("log")).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.filter(|path| path.is_file());
    let mut files: Vec<_> = files.map(|path| (path.display().to_string(), fs::read(path).unwrap())).collect();
    files.sort();
    files
}

fn told(path: &Path) -> Option<String> {
    fs::read_to_string(path.join("log.clean")).ok()
}

/// Copies the directory as it is at this moment, as a kill would leave it.
fn killed(path: &Path) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(path, folder.path());
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()) {
        let there = to.join(entry.file_name().unwrap());
        if entry.is_dir() { copy(&entry, &there) } else { fs::copy(&entry, &there).map(drop).unwrap() }
    }
}

#[tokio::test]
async fn a_start_after_an_orderly_stop_makes_no_copy_and_changes_nothing() {
    let folder = made().await;
    let path = folder.path();
    let (before, told_before) = (files(path), told(path));
    for _ in 0..3 {
        let opened = start(path).await;
        assert!(!opened.copied);
        assert_eq!(opened.log.unwrap().head(), 20);
        assert!(files(path) == before && told(path) == told_before);
    }
    let mut opened = start(path).await;
    opened.log.as_mut().unwrap().append(id(99), &[new(&[event(21)])]).await.unwrap();
    drop(opened);
    assert!(told(path).is_some() && told(path) != told_before);
    let opened = start(path).await;
    assert!(!opened.copied);
    assert_eq!(opened.log.unwrap().head(), 21);
}

#[tokio::test]
async fn a_log_that_is_refused_after_an_orderly_stop_is_as_it_was() {
    let folder = made().await;
    let path = folder.path();
    let (before, told_before) = (files(path), told(path));
    let unchanged = |refused: Start| {
        assert!(refused.log.is_err() && !refused.copied);
        drop(refused);
        assert!(files(path) == before && told(path) == told_before);
    };
    // What this version cannot read.
    for position in [1, 10, 20] {
        unchanged(start_refusing(path, position).await);
    }
    // A head that tells of more.
    let (head, further) = (fs::read(path.join("head")).unwrap(), killed(path));
    let mut log = start(further.path()).await.log.unwrap();
    log.append(id(99), &[new(&[event(21)])]).await.unwrap();
    drop(log);
    fs::copy(further.path().join("head"), path.join("head")).unwrap();
    unchanged(start(path).await);
    // One that was read by nobody.
    fs::write(path.join("head"), &head).unwrap();
    let directory = DataDirectory::open(path, id(1)).unwrap();
    drop(directory.stored().unwrap());
    assert!(files(path) == before && told(path) == told_before);
    drop(directory);
    assert_eq!(start(path).await.log.unwrap().head(), 20);
}

#[tokio::test]
async fn after_a_kill_a_copy_is_made() {
    let folder = made().await;
    // Before something is appended, and after.
    let mut opened = start(folder.path()).await;
    let unwritten = killed(folder.path());
    opened.log.as_mut().unwrap().append(id(99), &[new(&[event(21)])]).await.unwrap();
    let written = killed(folder.path());
    for (killed, head) in [(unwritten, 20), (written, 21)] {
        assert_eq!(told(killed.path()), None);
        let before = files(killed.path());
        let refused = start_refusing(killed.path(), 1).await;
        assert!(refused.copied && refused.log.is_err());
        drop(refused);
        assert!(files(killed.path()) == before);
        assert_eq!(told(killed.path()), None, "nobody says that a log is clean that was never read");
        let opened = start(killed.path()).await;
        assert!(opened.copied);
        assert_eq!(opened.log.as_ref().unwrap().head(), head);
        drop(opened);
        assert!(!start(killed.path()).await.copied);
    }
}

/// Another log, which ends at the same position; one with the same id, and what it was.
#[tokio::test]
async fn a_file_that_does_not_match_costs_a_copy_and_no_more() {
    let folder = made().await;
    let path = folder.path();
    let right = told(path).unwrap();
    let stale = {
        let mut opened = start(path).await;
        opened.log.as_mut().unwrap().append(id(99), &[new(&[event(21)])]).await.unwrap();
        right.clone()
    };
    let right = told(path).unwrap();
    let foreign = right.replace(&id(1).to_string(), &id(2).to_string());
    let checked = |text: &str| {
        let above = text.rsplit_once("check ").unwrap().0.to_owned();
        format!("{above}check {:08x}\n", crc32(above.as_bytes()))
    };
    let mut wrong: Vec<Vec<u8>> = vec![stale.into(), foreign.clone().into(), checked(&foreign).into()];
    wrong.push(checked(&right.replace("format 1", "format 2")).into());
    wrong.push(checked(&right.replace("file conf", "file cone")).into());
    wrong.push([right.as_bytes(), b"\n"].concat());
    wrong.push(vec![b'x'; 1 << 20]);
    wrong.push(vec![0xff; 10]);
    wrong.extend([0, 1, right.len() / 2, right.len() - 1].map(|length| right.as_bytes()[..length].to_vec()));
    wrong.extend((0..right.len()).step_by(23).map(|at| {
        let mut flipped = right.clone().into_bytes();
        flipped[at] ^= 1;
        flipped
    }));
    for wrong in wrong {
        fs::write(path.join("log.clean"), &wrong).unwrap();
        let opened = start(path).await;
        assert!(opened.copied, "{}", String::from_utf8_lossy(&wrong));
        assert_eq!(opened.log.as_ref().unwrap().head(), 21);
        drop(opened);
        assert_eq!(told(path).as_ref(), Some(&right));
    }
    fs::remove_file(path.join("log.clean")).unwrap();
    fs::create_dir(path.join("log.clean")).unwrap();
    let directory = DataDirectory::open(path, id(1)).unwrap();
    let log = Log::open(directory.stored().unwrap(), |_| Ok::<_, Infallible>(())).await.unwrap();
    assert_eq!(log.head(), 21);
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = !0_u32;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

/// Every kind of change to the files of the log: then a copy is made, and where the log is refused that puts it back.
#[tokio::test]
async fn a_log_that_was_changed_since_is_copied() {
    let changes: [fn(&Path); 5] = [
        |log| flip(&log.join("db"), |length| length / 2),
        |log| flip(&log.join("db"), |length| length - 1),
        |log| flip(&snap(log), |length| length / 2),
        |log| fs::write(log.join("other"), "").unwrap(),
        |log| fs::remove_file(snap(log)).unwrap(),
    ];
    for change in changes {
        let folder = made().await;
        change(&folder.path().join("log"));
        let before = files(folder.path());
        let directory = DataDirectory::open(folder.path(), id(1)).unwrap();
        if let Ok(stored) = directory.stored() {
            assert!(folder.path().join("log.before").exists());
            assert!(Log::open(stored, |_| Err("no such event")).await.is_err());
        }
        assert!(!folder.path().join("log.before").exists());
        assert!(files(folder.path()) == before);
        assert_eq!(told(folder.path()), None);
    }
}

fn snap(log: &Path) -> std::path::PathBuf {
    let mut files = fs::read_dir(log).unwrap().map(|entry| entry.unwrap().path());
    files.find(|path| path.to_string_lossy().contains("snap.")).unwrap()
}

fn flip(path: &Path, at: impl FnOnce(usize) -> usize) {
    let mut bytes = fs::read(path).unwrap();
    let at = at(bytes.len());
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

/// A log in a folder of a directory that is put together anew: nothing that is told of another one is left there.
#[tokio::test]
async fn a_copy_of_a_directory_tells_nothing() {
    let folder = made().await;
    let other = tempfile::tempdir().unwrap();
    drop(DataDirectory::copy(folder.path(), other.path(), &[]).unwrap());
    assert_eq!(told(other.path()), None);
    // Nor does one whose log was opened past what looks after that.
    let directory = DataDirectory::open(folder.path(), id(1)).unwrap();
    drop(directory.store().unwrap());
    assert_eq!(told(folder.path()), None);
}

/// A commit of about so many kilobytes, which nothing packs smaller.
fn noise(first: u64, kilobytes: usize) -> Vec<Envelope> {
    let size = kilobytes.div_ceil(8);
    let mut noise = first;
    let mut digit = || {
        noise ^= noise << 13;
        noise ^= noise >> 7;
        noise ^= noise << 17;
        char::from(b'#' + (noise % 57) as u8)
    };
    let mut events = commit(first, size.try_into().unwrap());
    for event in &mut events {
        event.data = raw(&format!("\"{}\"", (0..kilobytes * 1_000 / size).map(|_| digit()).collect::<String>()));
    }
    events
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3))]

    /// What sled changes as it opens a log that an orderly stop left: nothing, whatever was written, and wherever that ends
    /// in sled's segments of 512 KiB.
    #[test]
    fn opening_what_an_orderly_stop_left_changes_nothing(
        runs in prop::collection::vec(prop::collection::vec(1_usize..120, 0..40), 1..6),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        Runtime::new().unwrap().block_on(async {
            for sizes in runs {
                let mut opened = start(path).await;
                let log = opened.log.as_mut().unwrap();
                for size in sizes {
                    let first = log.head() + 1;
                    log.append(id(first.into()), &[new(&noise(first, size))]).await.unwrap();
                }
                let head = log.head();
                drop(opened);
                let (before, told_before) = (files(path), told(path));
                assert!(told_before.is_some());
                for refused in [1, head, u64::MAX] {
                    let opened = start_refusing(path, refused).await;
                    assert!(!opened.copied);
                    drop(opened);
                    assert_eq!(told(path), told_before, "at {head}, refused at {refused}");
                    assert!(files(path) == before, "at {head}, refused at {refused}");
                }
            }
        });
    }
}
