//! Proofs: the same, hash for hash, as those of an implementation of RFC 6962 that is not ours, accepted by both, and
//! refused when anything in them is changed.

use crate::given::{Planted, encoded, event, frames, id, new, second};
use async_trait::async_trait;
use ct_merkle::{RootHash, mem_backed_tree::MemoryBackedTree};
use futures_util::stream::BoxStream;
use procura_eventlog::*;
use proptest::prelude::*;
use sha2::Sha256;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use tokio::runtime::{Builder, Runtime};

type Oracle = MemoryBackedTree<Sha256, Vec<u8>>;

const EVENTS: u64 = 1_500;
/// Around every power of two and every end of a block of 256.
const SIZES: [u64; 30] = [
    1, 2, 3, 4, 5, 7, 8, 9, 127, 128, 129, 255, 256, 257, 300, 511, 512, 513, 640, 767, 768, 769, 1_000, 1_023, 1_024,
    1_025, 1_279, 1_280, 1_281, EVENTS,
];

async fn open(store: Arc<dyn FrameStore>) -> Log {
    Log::open(store, |_| Ok::<_, Infallible>(())).await.unwrap()
}

fn leaf(position: u64) -> Vec<u8> {
    format!("event {position}").into_bytes()
}

fn runtime() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

/// A log of short events, which nothing reads, appended in frames of many lengths. The proofs were got before.
async fn short_log() -> (Log, Proofs) {
    let mut log = open(Arc::new(MemoryStore::new())).await;
    let proofs = log.proofs();
    let mut lengths = [1, 2, 253, 1, 1, 700, 3, 64, 255].into_iter().cycle();
    while log.head() < EVENTS {
        let last = EVENTS.min(log.head() + lengths.next().unwrap());
        let events = (log.head() + 1..=last).map(leaf).collect();
        log.append(id(1), &[NewCommit { recorded_at: second(0), events }]).await.unwrap();
        assert_eq!(proofs.head(), log.head());
        assert_eq!(proofs.root(log.head()).await.unwrap(), log.root());
    }
    (log, proofs)
}

fn oracle(size: u64) -> Oracle {
    let mut tree = Oracle::new();
    (1..=size).for_each(|position| tree.push(leaf(position)));
    tree
}

fn root_of(tree: &Oracle) -> [u8; 32] {
    (*tree.root().as_bytes()).into()
}

fn head_of(tree: &Oracle) -> TreeHead {
    TreeHead { size: tree.len(), root: root_of(tree) }
}

async fn check_inclusion(proofs: &Proofs, tree: &Oracle, position: u64) {
    let (size, at) = (tree.len(), format!("{position} in {}", tree.len()));
    let ours = proofs.inclusion(position, size).await.unwrap();
    let index = usize::try_from(position - 1).unwrap();
    let theirs = tree.prove_inclusion(index);
    assert_eq!(ours.hashes.concat(), theirs.as_bytes(), "{at}");
    assert_eq!(ours.verify(&leaf(position), &head_of(tree)), Ok(()), "{at}");
    let read_by_them = ct_merkle::InclusionProof::try_from_bytes(ours.hashes.concat()).unwrap();
    let root = RootHash::<Sha256>::new(root_of(tree).into(), size);
    root.verify_inclusion(&leaf(position), position - 1, &read_by_them).unwrap();
}

async fn check_consistency(proofs: &Proofs, old: &Oracle, tree: &Oracle) {
    let (old_size, size) = (old.len(), tree.len());
    let at = format!("{old_size} in {size}");
    let ours = proofs.consistency(old_size, size).await.unwrap();
    assert_eq!(ours.verify(&head_of(old), &head_of(tree)), Ok(()), "{at}");
    // Theirs makes no proof that a tree is itself; ours has no hashes.
    if old_size == size {
        assert_eq!(ours.hashes, [[0; 32]; 0], "{at}");
        return;
    }
    let theirs = tree.prove_consistency(usize::try_from(size - old_size).unwrap());
    assert_eq!(ours.hashes.concat(), theirs.as_bytes(), "{at}");
    let read_by_them = ct_merkle::ConsistencyProof::try_from_bytes(ours.hashes.concat()).unwrap();
    let (old_root, root) = (root_of(old).into(), root_of(tree).into());
    let (old_root, root) = (RootHash::<Sha256>::new(old_root, old_size), RootHash::new(root, size));
    root.verify_consistency(&old_root, &read_by_them).unwrap();
}

#[tokio::test]
async fn they_are_those_of_another_implementation() {
    let (_log, proofs) = short_log().await;
    let trees = SIZES.map(oracle);
    for tree in &trees {
        assert_eq!(proofs.root(tree.len()).await.unwrap(), root_of(tree), "{}", tree.len());
        for position in SIZES.into_iter().filter(|position| *position <= tree.len()) {
            check_inclusion(&proofs, tree, position).await;
        }
        for old in trees.iter().filter(|old| old.len() <= tree.len()) {
            check_consistency(&proofs, old, tree).await;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn at_any_size_they_are_those_of_another_implementation(
        (size, below) in (1..=EVENTS).prop_flat_map(|size| (Just(size), prop::collection::vec(1..=size, 8)))
    ) {
        runtime().block_on(async {
            let (_log, proofs) = short_log().await;
            let tree = oracle(size);
            for position in below {
                check_inclusion(&proofs, &tree, position).await;
                check_consistency(&proofs, &oracle(position), &tree).await;
            }
        });
    }

    #[test]
    fn no_proof_makes_checking_panic(
        (position, size, old_size) in any::<(u64, u64, u64)>(),
        hashes in prop::collection::vec(any::<[u8; 32]>(), 0..70),
    ) {
        let (head, old) = (TreeHead { size, root: [1; 32] }, TreeHead { size: old_size, root: [2; 32] });
        let inclusion = InclusionProof { position, size, hashes: hashes.clone() };
        prop_assert_eq!(inclusion.verify(b"", &head), Err(Unproven));
        let consistency = ConsistencyProof { old_size, size, hashes };
        prop_assert_eq!(consistency.verify(&old, &head), Err(Unproven));
    }
}

#[tokio::test]
async fn a_log_opened_again_proves_the_same() {
    let groups: Vec<Vec<Envelope>> = (1..=600).map(|position| vec![event(position)]).collect();
    let log = open(Arc::new(Planted::of(frames(&groups)))).await;
    let proofs = log.proofs();
    let head = TreeHead { size: 600, root: log.root() };
    assert_eq!(proofs.root(600).await.unwrap(), head.root);
    for position in [1, 255, 256, 257, 512, 513, 600] {
        let proof = proofs.inclusion(position, 600).await.unwrap();
        assert_eq!(proof.verify(&event(position).encode().unwrap(), &head), Ok(()));
        let old = TreeHead { size: position, root: proofs.root(position).await.unwrap() };
        assert_eq!(proofs.consistency(position, 600).await.unwrap().verify(&old, &head), Ok(()));
    }
}

/// Every way to change one hash, leave one out, or add one.
fn changed(hashes: &[[u8; 32]]) -> Vec<Vec<[u8; 32]>> {
    let mut all = vec![[hashes, &[[0; 32]]].concat(), [&[[0; 32]], hashes].concat()];
    for index in 0..hashes.len() {
        let (mut flipped, mut shorter) = (hashes.to_vec(), hashes.to_vec());
        flipped[index][index % 32] ^= 1;
        shorter.remove(index);
        all.extend([flipped, shorter]);
    }
    all
}

fn heads_unlike(head: TreeHead) -> Vec<TreeHead> {
    let mut other_root = head;
    other_root.root[31] ^= 0x80;
    let sizes = [head.size - 1, head.size + 1, head.size * 2, 0, u64::MAX];
    sizes.map(|size| TreeHead { size, ..head }).into_iter().chain([other_root]).collect()
}

#[tokio::test]
async fn whatever_is_changed_an_inclusion_proof_does_not_hold() {
    let (_log, proofs) = short_log().await;
    for (position, size) in [(1, 1), (1, 2), (3, 3), (255, 300), (256, 512), (513, 513), (700, 1_500)] {
        let head = TreeHead { size, root: proofs.root(size).await.unwrap() };
        let proof = proofs.inclusion(position, size).await.unwrap();
        assert_eq!(proof.verify(&leaf(position), &head), Ok(()));
        assert_eq!(proof.verify(&leaf(position + 1), &head), Err(Unproven));
        for hashes in changed(&proof.hashes) {
            assert_eq!(InclusionProof { hashes, ..proof }.verify(&leaf(position), &head), Err(Unproven));
        }
        for position in [position - 1, position + 1, 0, u64::MAX] {
            let moved = InclusionProof { position, ..proof.clone() };
            assert_eq!(moved.verify(&leaf(proof.position), &head), Err(Unproven), "{position}");
        }
        for other in heads_unlike(head) {
            assert_eq!(proof.verify(&leaf(position), &other), Err(Unproven), "{other:?}");
            // A proof may say the size that fits a head; that does not help it.
            let resized = InclusionProof { size: other.size, ..proof.clone() };
            assert_eq!(resized.verify(&leaf(position), &head).is_ok(), other.size == size, "{other:?}");
        }
    }
}

#[tokio::test]
async fn whatever_is_changed_a_consistency_proof_does_not_hold() {
    let (_log, proofs) = short_log().await;
    for (old_size, size) in [(1, 2), (2, 3), (255, 257), (256, 512), (300, 300), (513, 1_500)] {
        let head_at = async |size| TreeHead { size, root: proofs.root(size).await.unwrap() };
        let (old, head) = (head_at(old_size).await, head_at(size).await);
        let proof = proofs.consistency(old_size, size).await.unwrap();
        assert_eq!(proof.verify(&old, &head), Ok(()));
        for hashes in changed(&proof.hashes) {
            assert_eq!(ConsistencyProof { hashes, ..proof }.verify(&old, &head), Err(Unproven));
        }
        for other in heads_unlike(old) {
            assert_eq!(proof.verify(&other, &head), Err(Unproven), "{other:?}");
        }
        for other in heads_unlike(head) {
            assert_eq!(proof.verify(&old, &other), Err(Unproven), "{other:?}");
        }
    }
}

#[tokio::test]
async fn every_log_begins_with_the_empty_one() {
    let empty = TreeHead { size: 0, root: Tree::new().root() };
    let mut log = open(Arc::new(MemoryStore::new())).await;
    let proofs = log.proofs();
    assert_eq!(proofs.root(0).await.unwrap(), empty.root);
    assert_eq!(proofs.consistency(0, 0).await.unwrap().verify(&empty, &empty), Ok(()));
    log.append(id(1), &[NewCommit { recorded_at: second(0), events: vec![leaf(1)] }]).await.unwrap();
    let head = TreeHead { size: 1, root: log.root() };
    let proof = proofs.consistency(0, 1).await.unwrap();
    assert_eq!(proof.verify(&empty, &head), Ok(()));
    assert_eq!(proof.verify(&TreeHead { root: [0; 32], ..empty }, &head), Err(Unproven));
    assert_eq!(ConsistencyProof { hashes: vec![[0; 32]], ..proof }.verify(&empty, &head), Err(Unproven));
    let proof = ConsistencyProof { old_size: 0, size: 0, hashes: vec![] };
    assert_eq!(proof.verify(&empty, &TreeHead { size: 0, ..head }), Err(Unproven));
}

#[tokio::test]
async fn what_the_log_does_not_have_is_refused() {
    let (_log, proofs) = short_log().await;
    let message = proofs.root(EVENTS + 1).await.unwrap_err().to_string();
    assert_eq!(message, "the log ends at position 1500, before 1501: ask for a size up to that");
    for (position, size) in [(0, 0), (0, 5), (6, 5), (u64::MAX, 5), (1, 0)] {
        let error = proofs.inclusion(position, size).await.unwrap_err();
        assert!(matches!(error, ProofError::NotInTree { .. }), "{error}");
    }
    for size in [EVENTS + 1, u64::MAX] {
        assert!(matches!(proofs.inclusion(1, size).await, Err(ProofError::BeyondHead { head: EVENTS, .. })));
        assert!(matches!(proofs.consistency(1, size).await, Err(ProofError::BeyondHead { head: EVENTS, .. })));
    }
    assert!(matches!(proofs.consistency(6, 5).await, Err(ProofError::OldLarger { old_size: 6, size: 5 })));
}

#[test]
fn as_json() {
    let proof = InclusionProof { position: 3, size: 5, hashes: vec![[0; 32], [0xff; 32]] };
    let json = r#"{"position":3,"size":5,"hashes":["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","//////////////////////////////////////////8="]}"#;
    assert_eq!(serde_json::to_string(&proof).unwrap(), json);
    assert_eq!(serde_json::from_str::<InclusionProof>(json).unwrap(), proof);
    let proof = ConsistencyProof { old_size: 3, size: 5, hashes: vec![] };
    let json = r#"{"oldSize":3,"size":5,"hashes":[]}"#;
    assert_eq!(serde_json::to_string(&proof).unwrap(), json);
    assert_eq!(serde_json::from_str::<ConsistencyProof>(json).unwrap(), proof);
    for wrong in [
        r#"{"oldSize":3,"size":5,"hashes":["AAAA"]}"#,
        r#"{"oldSize":3,"size":5,"hashes":["%"]}"#,
        r#"{"oldSize":3,"size":5,"hashes":[],"more":1}"#,
        r#"{"oldSize":3,"size":5}"#,
        r#"{"oldSize":-3,"size":5,"hashes":[]}"#,
    ] {
        assert!(serde_json::from_str::<ConsistencyProof>(wrong).is_err(), "{wrong}");
    }
}

/// A store whose events are others once it has been read.
struct Forged {
    before: Planted,
    after: Planted,
    forged: AtomicBool,
}

impl Forged {
    fn now(&self) -> &Planted {
        if self.forged.load(SeqCst) { &self.after } else { &self.before }
    }
}

#[async_trait]
impl FrameStore for Forged {
    async fn append(&self, frame: &Frame, expected_last: u64) -> Result<Append, StoreError> {
        self.now().append(frame, expected_last).await
    }

    fn read(&self, from: u64) -> BoxStream<'_, Result<Frame, StoreError>> {
        self.now().read(from)
    }

    fn follow(&self, from: u64) -> BoxStream<'_, Result<Frame, StoreError>> {
        self.now().follow(from)
    }

    async fn head(&self) -> Result<u64, StoreError> {
        self.now().head().await
    }
}

#[tokio::test]
async fn an_event_changed_under_an_open_log_is_not_proved() {
    let sound: Vec<Vec<Envelope>> = (1..=300).map(|position| vec![event(position)]).collect();
    let mut other = sound.clone();
    for position in [7, 290] {
        other[position - 1][0].salt = [8; 16];
    }
    let [before, after] = [sound, other].map(|groups| Planted::of(frames(&groups)));
    let store = Arc::new(Forged { before, after, forged: AtomicBool::new(false) });
    let log = open(store.clone()).await;
    let (proofs, head) = (log.proofs(), TreeHead { size: 300, root: log.root() });
    let events = encoded(&[event(6)]);
    assert_eq!(proofs.inclusion(6, 300).await.unwrap().verify(&events[0], &head), Ok(()));

    store.forged.store(true, SeqCst);
    let error = proofs.inclusion(6, 300).await.unwrap_err();
    assert!(matches!(error, ProofError::Read(ReadError::Damaged { position: 256, cause: Damage::Root })), "{error}");
    let error = proofs.inclusion(291, 300).await.unwrap_err();
    assert!(matches!(error, ProofError::Read(ReadError::Damaged { position: 300, cause: Damage::Root })), "{error}");

    let missing = Arc::new(Planted { head: 0, ..Planted::of(frames(&[vec![event(1)], vec![event(2)]])) });
    let head = missing.frames[1].last_position();
    let mut frames = missing.frames.clone();
    frames.remove(0);
    let store = Arc::new(Forged {
        before: Planted { head, ..Planted::of(missing.frames.clone()) },
        after: Planted::of(frames),
        forged: AtomicBool::new(false),
    });
    let proofs = open(store.clone()).await.proofs();
    store.forged.store(true, SeqCst);
    let error = proofs.root(1).await.unwrap_err();
    assert!(
        matches!(error, ProofError::Read(ReadError::Damaged { position: 1, cause: Damage::Gap { after: 0 } })),
        "{error}"
    );
}

/// So long that it is read on several threads.
#[tokio::test]
async fn a_start_makes_the_tiles_of_a_long_log_whole() {
    let folder = tempfile::tempdir().unwrap();
    let directory = DataDirectory::open(folder.path(), id(1)).unwrap();
    let start = async || Log::open(directory.stored().unwrap(), |_| Ok::<_, Infallible>(())).await.unwrap();
    let mut log = start().await;
    for first in (1..=3_000).step_by(100) {
        let commits: Vec<_> = (first..first + 100).map(|position| new(&[event(position)])).collect();
        log.append(id(u128::from(first)), &commits).await.unwrap();
    }
    drop(log);
    let files = ["0", "1"].map(|level| folder.path().join("tiles").join(level));
    let read = || files.each_ref().map(|file| std::fs::read(file).unwrap());
    let whole = read();
    assert_eq!(whole.each_ref().map(Vec::len), [3_000 * 32, 11 * 32]);
    for (damage, wrong) in [(vec![], 0), (vec![0; 3_000 * 32], 3_000), (whole[0].repeat(2), 0)] {
        std::fs::write(&files[0], damage).unwrap();
        let log = start().await;
        assert!(read() == whole);
        assert_eq!(log.wrong_tile_hashes(), wrong);
    }
}

#[test]
fn proofs_go_to_any_thread() {
    fn sent<T: Send + Sync + Clone>(_: &T) {}
    fn future<T: Send>(_: T) {}
    runtime().block_on(async {
        let proofs = open(Arc::new(MemoryStore::new())).await.proofs();
        sent(&proofs);
        future(proofs.root(0));
        future(proofs.inclusion(1, 1));
        future(proofs.consistency(0, 0));
    });
}
