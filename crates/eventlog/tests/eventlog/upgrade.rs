//! Bringing a directory of an older format up to the newest.

use crate::given::{commit, encoded, id, new};
use procura_eventlog::*;
use std::{collections::BTreeMap, convert::Infallible, fs, path::Path};

/// Makes a directory of format 3, 4 or 5 with that many commits of two events, in one frame each.
async fn older(path: &Path, format: u32, commits: u64) {
    let directory = DataDirectory::open(path, id(1)).unwrap();
    drop(directory);
    if format < 5 {
        crate::sled_files::lay_by_position(path);
    }
    if format == 3 {
        let text = format!("procura data directory\nformat 3\nlog {}\nepoch 1 after 0\n", id(1));
        fs::write(path.join("FORMAT"), text).unwrap();
        fs::rename(path.join("head"), path.join("witness")).unwrap();
    } else {
        let text = fs::read_to_string(path.join("FORMAT")).unwrap();
        fs::write(path.join("FORMAT"), text.replace("format 6", &format!("format {format}"))).unwrap();
    }
    let directory = DataDirectory::open(path, id(1)).unwrap();
    let mut log = Log::open(directory.stored().unwrap(), |_| Ok::<_, Infallible>(())).await.unwrap();
    for number in 0..commits {
        log.append(id(u128::from(number)), &[new(&commit(1 + 2 * number, 2))]).await.unwrap();
    }
}

async fn opened(path: &Path) -> (Vec<Vec<u8>>, Head) {
    let directory = DataDirectory::open(path, id(1)).unwrap();
    let mut events = vec![];
    let log = Log::open(directory.stored().unwrap(), |commit| {
        events.extend(encoded(&commit.events));
        Ok::<_, Infallible>(())
    });
    let log = log.await.unwrap();
    (events, log.end())
}

/// The format of each frame, and, in format 2, how it is packed.
fn formats(path: &Path) -> Vec<(u8, Option<u8>)> {
    let db = crate::sled_files::raw(path);
    let values = db.iter().map(|entry| entry.unwrap().1);
    let frames = values.filter(|value| value.starts_with(b"PRCF"));
    frames.map(|frame| (frame[5], (frame[5] == 2).then_some(frame[79]))).collect()
}

const UNPACKED: (u8, Option<u8>) = (1, None);
const WHOLE: (u8, Option<u8>) = (2, Some(1));
const IDS_APART: (u8, Option<u8>) = (2, Some(2));

/// Every file but the lock and sled's own.
fn names(path: &Path) -> BTreeMap<String, u64> {
    let entries = fs::read_dir(path).unwrap().map(Result::unwrap);
    entries.map(|entry| (entry.file_name().into_string().unwrap(), entry.metadata().unwrap().len())).collect()
}

async fn upgrade(path: &Path) -> Result<Option<Upgraded>, UpgradeError> {
    DataDirectory::open(path, id(1)).unwrap().upgrade(|_| ()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_log_goes_on_unpacked_until_it_is_upgraded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    older(path, 3, 200).await;
    fs::write(path.join("keys"), "kept").unwrap();
    assert_eq!(formats(path), [UNPACKED; 200]);
    let before = opened(path).await;
    let upgraded = upgrade(path).await.unwrap().unwrap();
    assert_eq!(upgraded.head, before.1);
    assert_eq!(upgraded.kept, path.join("log.before-upgrade"));
    assert!(!crate::orderly_stop::start(path).await.copied);
    let text = fs::read_to_string(path.join("FORMAT")).unwrap();
    assert!(text.ends_with(&format!("\nformat 6\nlog {0}\norigin procura/{0} through 1\nepoch 1 after 0\n", id(1))));
    assert_eq!((path.join("head").exists(), path.join("witness").exists()), (true, false));
    assert_eq!(opened(path).await, before);
    let formats = formats(path);
    assert!(formats.iter().all(|format| *format == IDS_APART) && formats.len() < 20, "packed, and fewer: {formats:?}");
    assert_eq!(fs::read_to_string(path.join("keys")).unwrap(), "kept");
    // A second time there is nothing to do, and nothing is done.
    let made = names(path);
    assert_eq!(upgrade(path).await.unwrap(), None);
    assert_eq!(names(path), made);

    // The way back is in the folder of the old log.
    let kept = path.join("log.before-upgrade");
    fs::remove_dir_all(path.join("log")).unwrap();
    for name in ["FORMAT", "witness"] {
        fs::rename(kept.join(name), path.join(name)).unwrap();
    }
    fs::rename(&kept, path.join("log")).unwrap();
    assert_eq!(opened(path).await, before);
    assert_eq!(self::formats(path), [UNPACKED; 200]);
}

/// Frames under their positions, before parts were numbered; and numbered, before ids were set apart.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_of_format_4_or_5_goes_on_as_it_is_until_it_is_upgraded() {
    for (format, under_positions) in [(4, 200), (5, 0)] {
        goes_on_until_it_is_upgraded(format, under_positions).await;
    }
}

async fn goes_on_until_it_is_upgraded(format: u32, under_positions: usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    older(path, format, 200).await;
    let keys =
        |length| crate::sled_files::raw(path).iter().keys().filter(|key| key.as_ref().unwrap().len() == length).count();
    assert_eq!((formats(path), keys(10)), (vec![WHOLE; 200], under_positions));
    let before = opened(path).await;
    let head = fs::read(path.join("head")).unwrap();
    let upgraded = upgrade(path).await.unwrap().unwrap();
    assert_eq!((upgraded.head, DataDirectory::open(path, id(1)).unwrap().format()), (before.1, DIRECTORY_FORMAT));
    assert_eq!(opened(path).await, before);
    assert!(fs::read(path.join("head")).unwrap() == head, "a cut while it is written anew would lose it");
    assert!(keys(10) == 0 && formats(path).len() < 20);
    assert!(formats(path).iter().all(|format| *format == IDS_APART));

    let kept = path.join("log.before-upgrade");
    fs::remove_dir_all(path.join("log")).unwrap();
    for name in ["FORMAT", "head"] {
        fs::rename(kept.join(name), path.join(name)).unwrap();
    }
    fs::rename(&kept, path.join("log")).unwrap();
    assert_eq!(opened(path).await, before);
    assert_eq!((formats(path), keys(10)), (vec![WHOLE; 200], under_positions));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_log_is_upgraded_too_and_epochs_stay_apart() {
    let folder = tempfile::tempdir().unwrap();
    older(folder.path(), 3, 0).await;
    assert_eq!(upgrade(folder.path()).await.unwrap().unwrap().head.position, 0);
    assert_eq!(opened(folder.path()).await.1.position, 0);

    let folder = tempfile::tempdir().unwrap();
    older(folder.path(), 3, 3).await;
    // As a restore leaves it.
    let text = fs::read_to_string(folder.path().join("FORMAT")).unwrap() + "epoch 1790000000000 after 6\n";
    fs::write(folder.path().join("FORMAT"), text).unwrap();
    let directory = DataDirectory::open(folder.path(), id(1)).unwrap();
    let mut log = Log::open(directory.stored().unwrap(), |_| Ok::<_, Infallible>(())).await.unwrap();
    log.append(id(7), &[new(&commit(7, 2))]).await.unwrap();
    drop((log, directory));
    let before = opened(folder.path()).await;
    upgrade(folder.path()).await.unwrap().unwrap();
    assert_eq!(opened(folder.path()).await, before);
    assert_eq!(formats(folder.path()), [IDS_APART; 2], "a frame has one epoch");
    // What was signed under the origin of then is signed under it today.
    let directory = DataDirectory::open(folder.path(), id(1)).unwrap();
    let [then, later] = [1_790_000_000_000, 1_790_000_000_001].map(|epoch| directory.origins().of(epoch));
    assert_eq!((then, later), (format!("procura/{}", id(1)), format!("procura/{}/1790000000001", id(1))));
}

/// What a kill leaves after each step, and that another upgrade goes on from there.
#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_that_was_killed_is_done_again() {
    let made = async || {
        let folder = tempfile::tempdir().unwrap();
        older(folder.path(), 3, 5).await;
        let before = opened(folder.path()).await;
        (folder, before)
    };
    // While the new log is written.
    let (folder, before) = made().await;
    let path = folder.path();
    fs::create_dir(path.join("log.upgraded")).unwrap();
    fs::write(path.join("log.upgraded/db"), "half of it").unwrap();
    assert_eq!(opened(path).await, before);
    upgrade(path).await.unwrap().unwrap();
    assert_eq!(opened(path).await, before);

    // When the two logs have changed places, and FORMAT is the old one.
    let (folder, before) = made().await;
    let path = folder.path();
    upgrade(path).await.unwrap().unwrap();
    for name in ["FORMAT", "witness"] {
        fs::copy(path.join("log.before-upgrade").join(name), path.join(name)).unwrap();
    }
    fs::rename(path.join("log.before-upgrade"), path.join("log.upgraded")).unwrap();
    assert_eq!(opened(path).await, before);
    assert_eq!(formats(path), [IDS_APART]);
    upgrade(path).await.unwrap().unwrap();
    assert_eq!(opened(path).await, before);

    // Before the old log got its name.
    let (folder, before) = made().await;
    let path = folder.path();
    upgrade(path).await.unwrap().unwrap();
    fs::rename(path.join("log.before-upgrade"), path.join("log.upgraded")).unwrap();
    assert_eq!(opened(path).await, before);
    assert_eq!(upgrade(path).await.unwrap(), None);
    assert!(path.join("log.before-upgrade").is_dir() && !path.join("log.upgraded").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_log_is_not_upgraded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    older(path, 3, 5).await;
    let db = crate::sled_files::raw(path);
    let key = [&5_u64.to_be_bytes()[..], &[0, 0]].concat();
    let mut frame = db.get(&key).unwrap().unwrap().to_vec();
    frame[300] ^= 1;
    db.insert(&key, frame).unwrap();
    drop(db);
    let mut before = names(path);
    // It was no longer true.
    before.remove("log.clean");
    let error = upgrade(path).await.unwrap_err();
    assert!(error.to_string().starts_with("the frame at position 5 cannot be read"), "{error}");
    assert_eq!(names(path), before);
    // And the one before another upgrade is not written over.
    fs::create_dir(path.join("log.before-upgrade")).unwrap();
    assert!(matches!(upgrade(path).await, Err(UpgradeError::Kept { .. })));
}
