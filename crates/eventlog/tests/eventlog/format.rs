//! The bytes that are written, pinned: the golden files, and the examples in `FORMAT.md`, which are the same bytes.
//! A golden file never changes; a new format gets new ones beside it.

use crate::given::{event, id, new, raw, second};
use expect_test::expect_file;
use procura_eventlog::*;

const FORMAT_PAGE: &str = include_str!("../../FORMAT.md");

fn largest_set_of_fields() -> Envelope {
    Envelope {
        commit: CommitPart { index: 0, size: 2 },
        actor: StoredActor::User { tenant: id(0xb), user: id(0xc) },
        idempotency: Some(Idempotency { key: "order-17".to_owned(), body_hash: [0xab; 32] }),
        imported_at: Some(second(100)),
        sealed: Some(raw(r#"{"note":"unused today"}"#)),
        ..event(1)
    }
}

/// As envelopes are written since they name the issuer of a token.
fn issued() -> Envelope {
    Envelope { issuer: Some("https://id.example.com".to_owned()), ..largest_set_of_fields() }
}

fn smallest_set_of_fields() -> Envelope {
    Envelope {
        commit: CommitPart { index: 1, size: 2 },
        actor: StoredActor::Operator("root".to_owned()),
        authentication: StoredAuthentication::Stated,
        recorded_at: event(1).recorded_at,
        ..event(2)
    }
}

fn text(envelope: &Envelope) -> String {
    String::from_utf8(envelope.encode().unwrap()).unwrap()
}

/// 32 bytes a line.
fn hex_lines(bytes: &[u8]) -> String {
    bytes.chunks(32).map(|line| hex::encode(line) + "\n").collect()
}

/// The code block of `FORMAT.md` under the sentence that names it.
fn example(name: &str) -> &'static str {
    let after = FORMAT_PAGE.split_once(&format!("Example: {name}")).unwrap().1;
    after.split_once("```\n").unwrap().1.split_once("```").unwrap().0
}

#[test]
fn envelopes() {
    let (largest, smallest) = (text(&largest_set_of_fields()) + "\n", text(&smallest_set_of_fields()) + "\n");
    expect_file!["../golden/envelope-1-all-fields.json"].assert_eq(&largest);
    expect_file!["../golden/envelope-1-few-fields.json"].assert_eq(&smallest);
    let issued = text(&issued()) + "\n";
    expect_file!["../golden/envelope-2-all-fields.json"].assert_eq(&issued);
    assert_eq!(example("an envelope with every field"), issued);
    assert_eq!(example("an envelope of version 1 with every field"), largest);
    assert_eq!(example("an envelope with as few fields as possible"), smallest);
}

#[test]
fn frame() {
    let events = [largest_set_of_fields(), smallest_set_of_fields()].map(|event| event.encode().unwrap());
    let mut tree = Tree::new();
    events.iter().for_each(|event| tree.push(event));
    let unpacked = Frame::encode_as(Packing::None, id(0xf), 1, 1, tree.root(), &events).unwrap();
    expect_file!["../golden/frame-1.hex"].assert_eq(&hex_lines(unpacked.bytes()));
    assert_eq!(example("the same frame in format 1"), hex_lines(unpacked.bytes()));
    // Another version of zstd may pack otherwise: then this says so, and only what is read must stay as it is.
    let whole = Frame::encode_as(Packing::Whole, id(0xf), 1, 1, tree.root(), &events).unwrap();
    expect_file!["../golden/frame-2.hex"].assert_eq(&hex_lines(whole.bytes()));
    assert_eq!(example("the same frame, packed whole (packing 1)"), hex_lines(whole.bytes()));
    let frame = Frame::encode(id(0xf), 1, 1, tree.root(), &events).unwrap();
    expect_file!["../golden/frame-2-ids-apart.hex"].assert_eq(&hex_lines(frame.bytes()));
    assert_eq!(example("a frame with these two events"), hex_lines(frame.bytes()));
    assert_eq!(example("the root over these two events"), hex::encode(tree.root()) + "\n");
}

#[test]
fn checkpoint() {
    let events = [largest_set_of_fields(), smallest_set_of_fields()];
    let mut tree = Tree::new();
    events.iter().for_each(|event| tree.push(&event.encode().unwrap()));
    let recorded_at = Some(events[1].recorded_at);
    let checkpoint = Checkpoint {
        log_id: id(1),
        origin: LogOrigin::of_log(id(1)).to_string(),
        epoch: 1,
        position: 2,
        root: tree.root(),
        recorded_at,
    };
    let key = CheckpointKey::generate(id(1), [7; 32]);
    let note = checkpoint.sign(&key).unwrap();
    assert_eq!(example("the checkpoint over these two events"), note);
    assert_eq!(example("the signing key of that checkpoint"), key.to_text() + "\n");
    assert_eq!(example("the verifier key of that checkpoint"), key.verifier().to_string() + "\n");
    // And back, from the page alone.
    let verifier = example("the verifier key of that checkpoint").trim_end().parse().unwrap();
    let on_page = example("the checkpoint over these two events").as_bytes();
    assert_eq!(Checkpoint::open(on_page, &verifier), Ok(checkpoint));
}

#[test]
fn proofs() {
    let [first, second] = [largest_set_of_fields(), smallest_set_of_fields()].map(|event| event.encode().unwrap());
    let mut tree = Tree::new();
    tree.push(&first);
    let old = TreeHead { size: 1, root: tree.root() };
    tree.push(&second);
    let head = TreeHead { size: 2, root: tree.root() };
    let inclusion: InclusionProof = serde_json::from_str(example("the proof that the first of these two")).unwrap();
    assert_eq!(inclusion.verify(&first, &head), Ok(()));
    let consistency: ConsistencyProof = serde_json::from_str(example("the proof that the log of these two")).unwrap();
    assert_eq!(consistency.verify(&old, &head), Ok(()));
    let written = [serde_json::to_string(&inclusion).unwrap(), serde_json::to_string(&consistency).unwrap()];
    assert_eq!(example("the proof that the first of these two"), written[0].clone() + "\n");
    assert_eq!(example("the proof that the log of these two"), written[1].clone() + "\n");
}

#[tokio::test]
async fn tiles() {
    let folder = tempfile::tempdir().unwrap();
    let directory = DataDirectory::open(folder.path(), id(1)).unwrap();
    let mut log = Log::open(directory.stored().unwrap(), |_| Ok::<_, std::convert::Infallible>(())).await.unwrap();
    log.append(id(0xf), &[new(&[largest_set_of_fields(), smallest_set_of_fields()])]).await.unwrap();
    let first = log.proofs().tile("0/000.p/1".parse().unwrap(), 2).await.unwrap();
    // Closed, it has written them.
    drop(log);
    let written = std::fs::read(folder.path().join("tiles/0")).unwrap();
    assert_eq!(example("the file `tiles/0` of the log of these two events"), hex_lines(&written));
    assert_eq!(first.as_deref(), Some(&written[..32]));
    let files: Vec<_> = std::fs::read_dir(folder.path().join("tiles")).unwrap().collect();
    assert_eq!(files.len(), 1, "no file for a level without a hash");
}

#[test]
fn golden_bytes_are_read() {
    for golden in [include_str!("../golden/frame-1.hex"), include_str!("../golden/frame-2.hex")] {
        let frame = Frame::decode(hex::decode(golden.replace('\n', "")).unwrap()).unwrap();
        let events: Vec<Envelope> = frame.events().map(|event| Envelope::decode(event).unwrap()).collect();
        assert_eq!(events, [largest_set_of_fields(), smallest_set_of_fields()]);
    }
}

#[test]
fn directory() {
    let folder = tempfile::tempdir().unwrap();
    DataDirectory::open(folder.path(), id(1)).unwrap();
    let written = std::fs::read_to_string(folder.path().join("FORMAT")).unwrap();
    assert_eq!(example("the file FORMAT"), written);
}

#[test]
fn head() {
    let folder = tempfile::tempdir().unwrap();
    DataDirectory::open(folder.path(), id(1)).unwrap();
    let written = std::fs::read(folder.path().join("head")).unwrap();
    assert_eq!(example("the first slot of an empty log"), hex_lines(&written[..74]));
    assert_eq!((written.len(), &written[4096..]), (4096 + 74, &written[..74]));
}

#[test]
fn limits() {
    assert_eq!((EVENT_BYTES_MAX, FRAME_BYTES_MAX), (131_072, 262_144));
    assert_eq!(CHECKPOINT_BYTES_MAX, 65_536);
    for limit in ["131,072", "262,144", "6,134", "65,536"] {
        assert!(FORMAT_PAGE.contains(limit), "FORMAT.md states the limit {limit}");
    }
    assert_eq!((FRAME_OVERHEAD_BYTES, EVENT_OVERHEAD_BYTES, FRAME_FORMAT, DIRECTORY_FORMAT), (88, 4, 2, 6));
}
