//! What sled keeps of a log: on the disk and in memory.

use super::*;
use crate::frame::{FRAME_BYTES_MAX, Packing};
use std::{env, process::Command};
use uuid::Uuid;

/// What a frame that is not packed takes besides the bytes of its one event.
const UNPACKED_OVERHEAD_BYTES: usize = 86;

/// A frame of that many bytes.
fn frame(position: u64, bytes: usize) -> Frame {
    let event = vec![7; bytes - UNPACKED_OVERHEAD_BYTES];
    Frame::encode_as(Packing::None, Uuid::nil(), 1, position, [0; 32], [event]).unwrap()
}

/// Makes a log of either layout that holds that many frames, which have those sizes in turn.
fn made(folder: &Path, in_pages: bool, sizes: &[usize], frames: u64) {
    let layout = |tree: &sled::Db| -> Result<Box<dyn Layout>, Fault> {
        if in_pages { InPages::create(tree) } else { Ok(Box::new(ByPosition { tree: tree.clone() })) }
    };
    let store = guarded("make a log", folder, || SledStore::start(folder, layout)).unwrap();
    for (position, bytes) in (1..=frames).zip(sizes.iter().cycle()) {
        store.put(&frame(position, *bytes)).unwrap();
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
        made(folder.path(), in_pages, &[FRAME_BYTES], FRAMES);
        let name = "sled_store::tests::a_log_that_is_read_does_not_stay_in_memory";
        let mut reading = Command::new(env::current_exe().unwrap());
        assert!(reading.args(["--exact", name]).env(FOLDER, folder.path()).status().unwrap().success());
    }
}

/// The bytes of a log of 2,500 frames: of its file, and of what sled remembers of where each piece is.
fn kept(in_pages: bool, frame_bytes: usize) -> [f64; 2] {
    let folder = tempfile::tempdir().unwrap();
    made(folder.path(), in_pages, &[frame_bytes], 2_500);
    drop(SledStore::open(folder.path()).unwrap());
    drop(wait_until_free(folder.path()).unwrap());
    let files = files_of(folder.path()).unwrap().into_iter();
    let bytes = |beginning: &str| {
        let named = files.clone().filter(|file| file.file_name().unwrap().to_string_lossy().starts_with(beginning));
        named.map(|file| fs::metadata(file).unwrap().len()).sum::<u64>() as f64
    };
    [bytes(FILE_NAME) / (2_500 * frame_bytes) as f64, bytes("snap.") / 2_500.0]
}

/// In pages that are laid out a part is written once, so the file is hardly larger than what it holds.
#[test]
fn a_file_is_hardly_larger_than_what_it_holds() {
    let ([laid_out, _], [before, _]) = (kept(true, 6_400), kept(false, 6_400));
    assert!(laid_out < 1.3 && before > 1.5, "{laid_out} and {before} times");
}

/// So it is wherever sled's pages begin, which small frames move.
#[test]
fn small_frames_move_pages_and_nothing_else() {
    let (mut sizes, folder) = (vec![1_000; 44], tempfile::tempdir().unwrap());
    sizes.extend([50_000; 400]);
    made(folder.path(), true, &sizes, sizes.len() as u64);
    drop(wait_until_free(folder.path()).unwrap());
    let times = fs::metadata(folder.path().join(FILE_NAME)).unwrap().len() as f64 / sizes.iter().sum::<usize>() as f64;
    assert!(times < 1.2, "{times} times");
}

/// Where frames are small, the file is no larger than it was, and no more is remembered of where each of them is.
#[test]
fn small_frames_are_not_remembered_one_by_one() {
    let ([laid_out, places], [before, places_before]) = (kept(true, 900), kept(false, 900));
    assert!(laid_out < before * 1.05, "{laid_out} and {before} times");
    assert!(places < places_before * 2.0, "{places} and {places_before} bytes for each");
}

/// A page may have to be written as a whole, and is not laid out where a small frame begins it. One that sled gave a file of its
/// own would never be synced.
#[test]
fn a_page_of_the_largest_parts_stays_in_the_file() {
    let [laid_out, not_laid_out]: [&[usize]; 2] = [&[FRAME_BYTES_MAX], &[1_000, 8 * 6_135]];
    for sizes in [laid_out, not_laid_out] {
        let folder = tempfile::tempdir().unwrap();
        made(folder.path(), true, sizes, 40);
        let store = SledStore::open(folder.path()).unwrap();
        for entry in store.tree.iter().map(Result::unwrap).filter(|(_, value)| value.len() == 6_135) {
            let (key, value) = entry;
            // What is there already is not added again.
            store.tree.insert(&key, &value[1..]).unwrap();
            store.tree.insert(&key, value).unwrap();
        }
        store.settle().unwrap();
        assert_eq!(fs::read_dir(folder.path().join("blobs")).unwrap().count(), 0);
    }
}
