//! What sled keeps of a log: on the disk and in memory.

use super::*;
use crate::frame::FRAME_BYTES_MAX;
use std::{env, process::Command};
use uuid::Uuid;

/// What a frame that is not packed takes besides the bytes of its one event.
const UNPACKED_OVERHEAD_BYTES: usize = 86;

/// A frame of that many bytes.
fn frame(position: u64, bytes: usize) -> Frame {
    let event = vec![7; bytes - UNPACKED_OVERHEAD_BYTES];
    Frame::encode_unpacked(Uuid::nil(), 1, position, [0; 32], [event]).unwrap()
}

/// Makes a log of either layout that holds that many frames.
fn made(folder: &Path, in_pages: bool, frame_bytes: usize, frames: u64) {
    let layout = |tree: &sled::Db| -> Result<Box<dyn Layout>, Fault> {
        if in_pages { InPages::create(tree) } else { Ok(Box::new(ByPosition { tree: tree.clone() })) }
    };
    let store = guarded("make a log", folder, || SledStore::start(folder, layout)).unwrap();
    for position in 1..=frames {
        store.put(&frame(position, frame_bytes)).unwrap();
        // As after each append.
        store.tree.flush().unwrap();
    }
}

fn resident_bytes() -> u64 {
    let pages = fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

/// Reads a log in a process of its own, whose memory is not that of the writing.
#[test]
fn a_log_that_is_read_does_not_stay_in_memory() {
    const FOLDER: &str = "PROCURA_READ_FOLDER";
    const FRAMES: u64 = 5_600;
    const BYTES: u64 = FRAMES * FRAME_BYTES as u64;
    const FRAME_BYTES: usize = 24_000;
    if let Some(folder) = env::var_os(FOLDER) {
        let store = SledStore::open_unread(Path::new(&folder)).unwrap();
        let before = resident_bytes();
        let mut read = 0;
        while let Some(frame) = store.at_or_after(read + 1).unwrap() {
            read = frame.last_position();
        }
        assert_eq!(read, FRAMES);
        let kept = resident_bytes().saturating_sub(before);
        return assert!(kept < BYTES * 2 / 3, "{kept} bytes of {BYTES} stay in memory");
    }
    for in_pages in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        made(folder.path(), in_pages, FRAME_BYTES, FRAMES);
        let name = "sled_store::tests::a_log_that_is_read_does_not_stay_in_memory";
        let mut reading = Command::new(env::current_exe().unwrap());
        assert!(reading.args(["--exact", name]).env(FOLDER, folder.path()).status().unwrap().success());
    }
}

/// In pages that are laid out a part is written once, so the file is hardly larger than what it holds.
#[test]
fn a_file_is_hardly_larger_than_what_it_holds() {
    let times = |in_pages, frame_bytes| {
        let folder = tempfile::tempdir().unwrap();
        made(folder.path(), in_pages, frame_bytes, 2_500);
        drop(wait_until_free(folder.path()).unwrap());
        fs::metadata(folder.path().join(FILE_NAME)).unwrap().len() as f64 / (2_500 * frame_bytes) as f64
    };
    let (laid_out, before) = (times(true, 6_400), times(false, 6_400));
    assert!(laid_out < 1.3 && before > 1.5, "{laid_out} and {before} times");
    // Where frames are small it is no larger than it was.
    let (laid_out, before) = (times(true, 900), times(false, 900));
    assert!(laid_out < before * 1.05, "{laid_out} and {before} times");
}

/// A page may have to be written as a whole all the same. One that sled gave a file of its own would never be synced.
#[test]
fn a_page_of_the_largest_parts_stays_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    made(folder.path(), true, FRAME_BYTES_MAX, 4);
    let store = SledStore::open(folder.path()).unwrap();
    let full = store.tree.iter().map(Result::unwrap).filter(|(key, value)| key.len() + value.len() == 12 * 1024);
    let full: Vec<_> = full.collect();
    assert!(full.len() > 80);
    for (key, value) in full {
        store.tree.insert(key, value).unwrap();
    }
    store.settle().unwrap();
    assert_eq!(fs::read_dir(folder.path().join("blobs")).unwrap().count(), 0);
}
