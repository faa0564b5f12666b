//! Tiles against the definition of the tree, whatever has become of their files.

use super::SoundTiles;
use crate::log::{Log, NewCommit};
use crate::memory::MemoryStore;
use crate::proof::TreeHead;
use crate::proofs::Proofs;
use crate::store::FrameStore;
use crate::tile_name::TileName;
use crate::tiles::{TileWriting, Tiles, subtree};
use crate::tree::Tree;
use proptest::prelude::*;
use std::fs;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use tlog_tiles::tlog::{Hash, record_hash};
use uuid::Uuid;

fn leaf(position: u64) -> Vec<u8> {
    format!("event {position}").into_bytes()
}

/// What the levels of tiles hold over many events.
static LEVELS: LazyLock<[Vec<u8>; 3]> = LazyLock::new(|| {
    let leaves: Vec<Hash> = (1..=66_000).map(|position| record_hash(&leaf(position))).collect();
    [1, 256, 65_536].map(|of| leaves.chunks_exact(of).flat_map(|leaves| subtree(leaves).unwrap().0).collect())
});

/// The trees over few events, by size.
static TREES: LazyLock<Vec<Tree>> = LazyLock::new(|| {
    let grown = (1..2_200).scan(Tree::new(), |tree, position| {
        tree.push(&leaf(position));
        Some(tree.clone())
    });
    std::iter::once(Tree::new()).chain(grown).collect()
});

/// What a level of tiles holds over the first `size` events.
fn level_of(size: u64, level: usize) -> &'static [u8] {
    &LEVELS[level][..usize::try_from(size >> (8 * level) << 5).unwrap()]
}

fn grown(from: &Tree, to: u64, mut tell: impl FnMut(&Tree, &[(u8, Hash)])) -> Tree {
    let mut tree = from.clone();
    while tree.size() < to {
        let (last, mut completed) = (to.min(tree.size() + 37), vec![]);
        (tree.size() + 1..=last)
            .for_each(|at| tree.push_telling(&leaf(at), |level, hash| completed.push((level, hash))));
        tell(&tree, &completed);
    }
    tree
}

fn tree(size: u64) -> Tree {
    let kept = usize::try_from(size).ok().and_then(|size| TREES.get(size));
    kept.cloned().unwrap_or_else(|| grown(&Tree::new(), size, |_, _| {}))
}

async fn store(size: u64) -> Arc<dyn FrameStore> {
    let store = Arc::new(MemoryStore::new());
    let mut log = Log::open(store.clone(), |_| Ok::<_, std::convert::Infallible>(())).await.unwrap();
    while log.head() < size {
        let events = (log.head() + 1..=size.min(log.head() + 300)).map(leaf).collect();
        log.append(Uuid::nil(), &[NewCommit { recorded_at: chrono::DateTime::UNIX_EPOCH, events }]).await.unwrap();
    }
    store
}

/// Opened over a log that had `known` events when it was last looked at and has `size` now.
fn opened(folder: &Path, known: u64, size: u64) -> Arc<Tiles> {
    let edge = tree(known);
    let tiles = Tiles::open(folder, &edge);
    grown(&edge, size, |tree, completed| tiles.grow_reading(tree, completed));
    tiles.read_to_end();
    Arc::new(tiles)
}

/// Every tile of the tree is as the definition has it, and some proofs hold.
async fn check(store: &Arc<dyn FrameStore>, tiles: &Arc<Tiles>, size: u64) {
    let proofs = Proofs { store: store.clone(), tiles: tiles.clone() };
    for level in 0..3_u8 {
        let expected = level_of(size, usize::from(level));
        for (index, tile) in (0..).zip(expected.chunks(256 * 32)) {
            let name = TileName { level, index, width: u16::try_from(tile.len() / 32).unwrap() };
            assert_eq!(proofs.tile(name, size).await.unwrap().as_deref(), Some(tile), "{name} of {size}");
        }
    }
    let head = TreeHead { size, root: tree(size).root() };
    for position in [1, 2, 255, 256, 257, size / 2, size - size.min(1), size] {
        if (1..=size).contains(&position) {
            let proof = proofs.inclusion(position, size).await.unwrap();
            assert_eq!(proof.verify(&leaf(position), &head), Ok(()), "{position} in {size}");
            let old = TreeHead { size: position, root: tree(position).root() };
            assert_eq!(proofs.root(position).await.unwrap(), old.root);
            assert_eq!(proofs.consistency(position, size).await.unwrap().verify(&old, &head), Ok(()));
        }
    }
}

/// The files are those that the definition asks for, to the byte.
fn check_files(folder: &Path, size: u64) {
    for level in 0..3 {
        let found = fs::read(folder.join(level.to_string())).unwrap_or_default();
        assert!(found == level_of(size, level), "level {level} of {size}");
    }
}

/// What can become of a file that is not synced, or of any.
#[derive(Clone, Copy, Debug)]
enum Damage {
    Remove,
    /// It ends at a byte, one of so many parts of its length.
    Truncate(usize),
    Zero(usize, usize),
    Flip(usize),
    Grow(u8, usize),
}

impl Damage {
    fn happens_to(self, file: &Path) {
        let Ok(mut bytes) = fs::read(file) else { return };
        let at = |part: usize| bytes.len() * part / 1000;
        match self {
            Damage::Remove => return fs::remove_file(file).unwrap(),
            Damage::Truncate(part) => bytes.truncate(at(part)),
            Damage::Zero(part, length) => {
                let first = at(part);
                bytes.iter_mut().skip(first).take(length).for_each(|byte| *byte = 0);
            }
            Damage::Flip(part) => {
                let place = at(part);
                bytes.iter_mut().skip(place).take(1).for_each(|byte| *byte ^= 4);
            }
            Damage::Grow(byte, length) => bytes.resize(bytes.len() + length, byte),
        }
        fs::write(file, bytes).unwrap();
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        Just(Damage::Remove),
        (0..1000_usize).prop_map(Damage::Truncate),
        (0..1000_usize, 1..9000_usize).prop_map(|(part, length)| Damage::Zero(part, length)),
        (0..1000_usize).prop_map(Damage::Flip),
        (any::<u8>(), 1..9000_usize).prop_map(|(byte, length)| Damage::Grow(byte, length)),
    ]
}

static RUNTIME: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_current_thread().build().unwrap());

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Read from the beginning, everything that was wrong is right, in the files too.
    #[test]
    fn a_start_from_zero_leaves_them_whole(
        before in 0..1200_u64, after in 0..1200_u64, damages in prop::collection::vec((0..2_u8, damage()), 0..4),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("tiles");
        drop(opened(&folder, 0, before));
        check_files(&folder, before);
        damages.iter().for_each(|(level, damage)| damage.happens_to(&folder.join(level.to_string())));
        let tiles = opened(&folder, 0, after);
        check_files(&folder, after);
        RUNTIME.block_on(async { check(&store(after).await, &tiles, after).await });
    }

    /// Read from a known edge on, what is wrong before it is right when it is asked for; and so is what is damaged later.
    #[test]
    fn what_is_damaged_is_made_again_when_it_is_needed(
        (known, read, size) in (0..1200_u64, 0..300_u64, 0..600_u64).prop_map(|(a, b, c)| (a, a + b, a + b + c)),
        early in prop::collection::vec((0..2_u8, damage()), 0..4),
        late in prop::collection::vec((0..2_u8, damage()), 0..4),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("tiles");
        drop(opened(&folder, 0, known));
        early.iter().for_each(|(level, damage)| damage.happens_to(&folder.join(level.to_string())));
        let tiles = opened(&folder, known, read);
        RUNTIME.block_on(async {
            let store = store(size).await;
            check(&store, &tiles, read).await;
            let writing = TileWriting::of(tiles.clone());
            grown(&tree(read), size, |tree, completed| tiles.grow(tree, completed));
            check(&store, &tiles, size).await;
            drop(writing);
            check_files(&folder, size);
            late.iter().for_each(|(level, damage)| {
                // It is open: the file stays the same one.
                if !matches!(damage, Damage::Remove) {
                    damage.happens_to(&folder.join(level.to_string()));
                }
            });
            check(&store, &tiles, size).await;
        });
        drop(tiles);
        drop(opened(&folder, 0, size));
        check_files(&folder, size);
    }
}

#[tokio::test]
async fn three_levels_of_tiles_are_made_again_one_from_the_other() {
    const SIZE: u64 = 66_000;
    let folder = tempfile::tempdir().unwrap();
    let store = store(SIZE).await;
    let tiles = opened(folder.path(), 0, SIZE);
    check_files(folder.path(), SIZE);
    let proofs = Proofs { store: store.clone(), tiles: tiles.clone() };
    let head = TreeHead { size: SIZE, root: tree(SIZE).root() };
    for wrong in [vec![2], vec![1], vec![0, 1, 2]] {
        for level in &wrong {
            fs::write(folder.path().join(level.to_string()), []).unwrap();
        }
        let proof = proofs.inclusion(300, SIZE).await.unwrap();
        assert_eq!(proof.verify(&leaf(300), &head), Ok(()), "{wrong:?}");
        let mut sound = SoundTiles::of(&*store, &tiles, tiles.edge());
        let top = sound.tile((2, 0)).await.unwrap();
        assert_eq!(top.iter().flat_map(|hash| hash.0).collect::<Vec<_>>(), level_of(SIZE, 2), "{wrong:?}");
    }
    drop(tiles);
    drop(opened(folder.path(), 0, SIZE));
    check_files(folder.path(), SIZE);
}

#[test]
fn proofs_hold_while_their_tiles_are_being_written() {
    let folder = tempfile::tempdir().unwrap();
    let store = RUNTIME.block_on(store(2_000));
    let tiles = opened(folder.path(), 0, 0);
    let writing = TileWriting::of(tiles.clone());
    let proofs = Proofs { store, tiles: tiles.clone() };
    grown(&Tree::new(), 2_000, |tree, completed| {
        tiles.grow(tree, completed);
        let head = TreeHead { size: tree.size(), root: tree.root() };
        for position in [1, tree.size() / 2 + 1, tree.size()] {
            let proof = RUNTIME.block_on(proofs.inclusion(position, tree.size())).unwrap();
            assert_eq!(proof.verify(&leaf(position), &head), Ok(()), "{position} in {}", tree.size());
        }
    });
    drop(writing);
    assert_eq!(tiles.wrong(), 0, "nothing was made again");
    check_files(folder.path(), 2_000);
}

/// A disk that refuses, and one that does not keep up: nothing ends, and every proof is there all the same.
#[tokio::test]
async fn without_files_proofs_are_made_of_the_events() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(900).await;
    let in_memory = Tiles::in_memory();
    grown(&Tree::new(), 900, |tree, completed| in_memory.grow_reading(tree, completed));
    check(&store, &Arc::new(in_memory), 900).await;

    let no_folder = folder.path().join("file");
    fs::write(&no_folder, []).unwrap();
    check(&store, &opened(&no_folder, 0, 900), 900).await;

    for (level, file) in [("0", "/dev/full"), ("1", "/dev/full"), ("0", "/"), ("1", "/")] {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(file, folder.path().join(level)).unwrap();
        let tiles = opened(folder.path(), 0, 600);
        assert!(!tiles.are_written(), "{level} {file}");
        check(&store, &tiles, 600).await;
        let _writing = TileWriting::of(tiles.clone());
        grown(&tree(600), 900, |tree, completed| tiles.grow(tree, completed));
        check(&store, &tiles, 900).await;
    }

    let late = folder.path().join("late");
    let tiles = opened(&late, 0, 600);
    fs::remove_file(late.join("0")).unwrap();
    let tiles_again = opened(&late, 600, 600);
    assert!(tiles.are_written() && tiles_again.are_written());
    tiles_again.grow(&tree(600), &vec![(0, Hash::default()); 600_000]);
    assert!(!tiles_again.are_written(), "it is too far behind");
    // What was kept for it is gone.
    grown(&tree(600), 900, |tree, completed| tiles_again.grow(tree, completed));
    check(&store, &tiles_again, 900).await;
}

/// What is believed when the events themselves were changed: nothing.
#[tokio::test]
async fn nothing_is_made_of_other_events() {
    let folder = tempfile::tempdir().unwrap();
    let tiles = opened(folder.path(), 0, 600);
    let other = Arc::new(MemoryStore::new());
    let mut log = Log::open(other.clone(), |_| Ok::<_, std::convert::Infallible>(())).await.unwrap();
    let events = (1..=600).map(|position| leaf(position + 1)).collect();
    log.append(Uuid::nil(), &[NewCommit { recorded_at: chrono::DateTime::UNIX_EPOCH, events }]).await.unwrap();
    let proofs = Proofs { store: other, tiles };
    assert!(proofs.inclusion(7, 600).await.is_ok(), "the tiles are those of the log");
    fs::write(folder.path().join("0"), []).unwrap();
    let error = proofs.inclusion(7, 600).await.unwrap_err().to_string();
    assert!(error.starts_with("the log is damaged at position 256: "), "{error}");
    let error = proofs.inclusion(599, 600).await.unwrap_err().to_string();
    assert!(error.starts_with("the log is damaged at position 600: "), "{error}");
}
