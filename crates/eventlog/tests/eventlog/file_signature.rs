//! The signature beside a file: of these bytes, by this key, and nothing else.

use crate::given::{id, second};
use procura_eventlog::*;

fn key(log: u128) -> CheckpointKey {
    CheckpointKey::generate(id(log), [7; 32])
}

fn checkpoint() -> String {
    let recorded_at = Some(second(2));
    Checkpoint {
        log_id: id(1),
        origin: LogOrigin::of_log(id(1)).to_string(),
        epoch: 1,
        position: 2,
        root: [9; 32],
        recorded_at,
    }
    .sign(&key(1))
    .unwrap()
}

#[test]
fn a_signature_is_of_one_file_one_checkpoint_and_one_key() {
    let note = FileSignature::sign(FileHash::of(b"a report"), &checkpoint(), &key(1)).unwrap();
    let signature = FileSignature::open(note.as_bytes(), &key(1).verifier()).unwrap();
    assert!(signature.is_of(b"a report") && !signature.is_of(b"a report "));
    assert!(signature.is_at(&checkpoint()) && !signature.is_at(&checkpoint().replace("\n2\n", "\n3\n")));
    for other in [key(2), CheckpointKey::generate(id(1), [8; 32])] {
        let opened = FileSignature::open(note.as_bytes(), &other.verifier());
        assert!(matches!(opened, Err(FileSignatureError::NotSigned { .. })), "{opened:?}");
        assert!(
            FileSignature::sign(FileHash::of(b"a report"), &checkpoint(), &other).is_err(),
            "another log's checkpoint"
        );
    }
    for at in 0..note.len() {
        let mut changed = note.clone().into_bytes();
        changed[at] ^= 1;
        assert!(FileSignature::open(&changed, &key(1).verifier()).is_err(), "byte {at}");
    }
}

#[test]
fn neither_is_taken_for_the_other() {
    let note = FileSignature::sign(FileHash::of(b"a report"), &checkpoint(), &key(1)).unwrap();
    assert!(Checkpoint::open(note.as_bytes(), &key(1).verifier()).is_err());
    let opened = FileSignature::open(checkpoint().as_bytes(), &key(1).verifier());
    assert_eq!(opened, Err(FileSignatureError::Malformed));
}

#[test]
fn a_file_is_signed_under_the_origin_of_its_epoch() {
    let origins = Origins::new(id(1), "partners.example/procura".parse().unwrap());
    let key = CheckpointKey::generate(origins.clone(), [7; 32]);
    let recorded_at = Some(second(2));
    let checkpoint =
        Checkpoint { log_id: id(1), origin: origins.of(7), epoch: 7, position: 2, root: [9; 32], recorded_at };
    let checkpoint = checkpoint.sign(&key).unwrap();
    let note = FileSignature::sign(FileHash::of(b"a report"), &checkpoint, &key).unwrap();
    assert!(note.starts_with("partners.example/procura/7/file\nsha256 "), "{note}");
    assert!(note.contains("\n\n\u{2014} partners.example/procura/7 "), "{note}");
    for origin in [1, 7, 8].map(|epoch| origins.of(epoch)) {
        let found = FileSignature::open(note.as_bytes(), &key.verifier().named(&origin).unwrap()).unwrap();
        assert!(found.is_of(b"a report") && found.is_at(&checkpoint));
    }
    let other = CheckpointKey::generate(Origins::new(id(1), "partners.example/other".parse().unwrap()), [7; 32]);
    assert!(FileSignature::open(note.as_bytes(), &other.verifier()).is_err());
}
