//! Checkpoints: signed and opened again, what is refused and why, the keys, and the files of both.

use crate::given::{id, message, second};
use base64::prelude::{BASE64_STANDARD, Engine};
use chrono::TimeDelta;
use expect_test::{Expect, expect};
use procura_eventlog::*;
use proptest::prelude::*;
use signed_note::{Note, Signer, StandardSigner, StandardVerifier, Verifier};
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

fn key() -> CheckpointKey {
    CheckpointKey::generate(id(1), [7; 32])
}

fn checkpoint(position: u64) -> Checkpoint {
    let recorded_at = (position > 0).then(|| second(i64::try_from(position).unwrap()));
    Checkpoint {
        log_id: id(1),
        origin: LogOrigin::of_log(id(1)).to_string(),
        epoch: 1,
        position,
        root: [9; 32],
        recorded_at,
    }
}

/// Any text at all, signed.
fn signed(text: &str, keys: &[&dyn Signer]) -> Vec<u8> {
    let mut note = Note::new(text.as_bytes(), &[]).unwrap();
    note.add_sigs(keys).unwrap();
    note.to_bytes()
}

fn text() -> String {
    let note = checkpoint(2).sign(&key()).unwrap();
    note.split_once("\n\n").unwrap().0.to_owned() + "\n"
}

fn open(note: &[u8]) -> Result<Checkpoint, CheckpointError> {
    Checkpoint::open(note, &key().verifier())
}

#[test]
fn comes_back_as_it_was() {
    let earliest = "0000-01-01T00:00:00Z".parse().unwrap();
    let latest = Some("9999-12-31T23:59:59.999999Z".parse().unwrap());
    let extreme = Checkpoint { epoch: u64::MAX, position: u64::MAX, recorded_at: latest, ..checkpoint(1) };
    for checkpoint in [
        checkpoint(0),
        checkpoint(1),
        extreme,
        Checkpoint { epoch: 0, recorded_at: Some(earliest), ..checkpoint(1) },
        Checkpoint { recorded_at: Some(second(5) + TimeDelta::microseconds(1)), ..checkpoint(1) },
    ] {
        let note = checkpoint.sign(&key()).unwrap();
        assert_eq!(note, checkpoint.sign(&key()).unwrap());
        assert_eq!(checkpoint.tree_head(), TreeHead { size: checkpoint.position, root: checkpoint.root });
        assert_eq!(open(note.as_bytes()), Ok(checkpoint));
    }
}

#[test]
fn no_byte_can_be_changed() {
    let note = checkpoint(2).sign(&key()).unwrap().into_bytes();
    for index in 0..note.len() {
        let mut changed = note.clone();
        changed[index] ^= 1 << (index % 8);
        assert!(open(&changed).is_err(), "byte {index}");
        assert!(open(&note[..index]).is_err(), "cut at {index}");
        assert!(open(&note[index + 1..]).is_err(), "cut before {index}");
    }
    assert!(open(&[&note[..], b"\n"].concat()).is_err());
}

#[test]
fn what_is_signed_and_no_checkpoint_is_refused() {
    let (text, key) = (text(), key());
    let malformed: [&str; 12] = [
        "\n",
        "\n\n\n",
        "words\n",
        &text.replace("\n2\n", "\n02\n"),
        &text.replace("\n2\n", "\n+2\n"),
        &text.replace("\n2\n", "\n-2\n"),
        &text.replace("\n2\n", "\n18446744073709551616\n"),
        &text.replace("CQk=", "CQk"),
        &text.replace("CQk=", "CQkJ"),
        &text.replace("CQk=", "CQl="),
        &text.replace("epoch", "\nepoch"),
        &text.replacen("procura", "\nprocura", 1),
    ];
    for text in malformed {
        assert_eq!(open(&signed(text, &[&key])), Err(CheckpointError::Malformed), "{text:?}");
    }
    let unknown = [
        text.replace("epoch 1", "epoch 01"),
        text.replace("epoch 1", "epoch +1"),
        text.replace("epoch 1", "epoch one"),
        text.replace("epoch 1", "Epoch 1"),
        text.replace("epoch 1\n", ""),
        text.replace("epoch 1\n", "epoch 1 \n"),
        text.replace("epoch 1\n", "epoch 1\nepoch 1\n"),
        text.replace("000000Z", "000Z"),
        text.replace("000000Z", "000000z"),
        text.replace("000000Z", "000000+00:00"),
        text.replace("000000Z", "0000001Z"),
        text.replace("02.000000Z", "60.000000Z"),
        text.replace("time ", "at "),
        text.clone() + "more\n",
        text.replace("\n2\n", "\n0\n"),
        text.split_inclusive('\n').take(4).collect(),
    ];
    for text in unknown {
        assert_eq!(open(&signed(&text, &[&key])), Err(CheckpointError::Extension), "{text:?}");
    }
}

fn refused(result: Result<impl std::fmt::Debug, impl std::fmt::Display>, expected: &Expect) {
    expected.assert_eq(&result.unwrap_err().to_string());
}

#[test]
fn each_refusal_says_what_is_wrong() {
    let other = CheckpointKey::generate(id(2), [8; 32]);
    let same_name = CheckpointKey::generate(id(1), [8; 32]);
    let note = checkpoint(2).sign(&key()).unwrap();
    refused(
        open(b"hello"),
        &expect!["this is not a signed checkpoint as FORMAT.md describes it: fetch it again, every byte counts"],
    );
    refused(
        open(&[b' '; CHECKPOINT_BYTES_MAX + 1]),
        &expect!["a checkpoint has at most 65536 bytes, this has 65537: it is another file"],
    );
    for stranger in [&other, &same_name] {
        let opened = Checkpoint::open(note.as_bytes(), &stranger.verifier());
        assert_eq!(opened, Err(CheckpointError::NotSigned { key: stranger.verifier().to_string() }));
    }
    refused(
        open(note.replace("\n2\n", "\n3\n").as_bytes()),
        &expect![
            "the checkpoint is not signed by procura/01970000-0000-7000-8000-000000000001+60a4c60d+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs: it was changed, or it is another log's"
        ],
    );
    refused(
        open(&signed(&text().replace("0001\n", "0002\n"), &[&key()])),
        &expect![
            "the checkpoint is about procura/01970000-0000-7000-8000-000000000002, its key is that of procura/01970000-0000-7000-8000-000000000001: do not believe it"
        ],
    );
    refused(
        open(&signed(&(text() + "colour red\n"), &[&key()])),
        &expect![
            "the checkpoint says more or less than this program knows, after its root: use the version that wrote it"
        ],
    );
    refused(
        checkpoint(2).sign(&other),
        &expect![
            "the checkpoint is about procura/01970000-0000-7000-8000-000000000001, its key is that of procura/01970000-0000-7000-8000-000000000002: do not believe it"
        ],
    );
    refused(
        Checkpoint { recorded_at: None, ..checkpoint(2) }.sign(&key()),
        &expect!["a checkpoint at position 2 cannot have the recorded time None: report this fault"],
    );
    for wrong in [
        Checkpoint { recorded_at: Some(second(1)), ..checkpoint(0) },
        Checkpoint { recorded_at: Some(second(1) + TimeDelta::nanoseconds(1)), ..checkpoint(1) },
        Checkpoint { recorded_at: Some(chrono::DateTime::<chrono::Utc>::MAX_UTC), ..checkpoint(1) },
    ] {
        assert!(matches!(wrong.sign(&key()), Err(CheckpointError::RecordedAt { .. })), "{wrong:?}");
    }
}

#[test]
fn signatures_of_others_are_passed_over() {
    let witness = CheckpointKey::generate(id(2), [8; 32]);
    for keys in [[&key() as &dyn Signer, &witness], [&witness, &key()]] {
        assert_eq!(open(&signed(&text(), &keys)), Ok(checkpoint(2)));
    }
    assert!(matches!(open(&signed(&text(), &[&witness])), Err(CheckpointError::NotSigned { .. })));
}

proptest! {
    #[test]
    fn no_bytes_make_opening_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(open(&bytes).is_err());
        let _ = (String::from_utf8_lossy(&bytes).parse::<CheckpointVerifier>(), Checkpoint::open(&bytes, &key().verifier()));
    }

    #[test]
    fn nor_do_bytes_put_into_a_checkpoint(
        at in any::<prop::sample::Index>(), gone in 0..40_usize, put in prop::collection::vec(any::<u8>(), 0..40)
    ) {
        let mut note = checkpoint(2).sign(&key()).unwrap().into_bytes();
        let at = at.index(note.len());
        note.splice(at..(at + gone).min(note.len()), put);
        let _ = open(&note);
    }

    /// Signed, so that every parser sees it; what opens is what was written.
    #[test]
    fn nor_does_any_signed_text(text in "([a-z0-9/+=: -]{0,12}\n|epoch 1\n|2\n|\n|é\n){1,8}") {
        prop_assert!(open(&signed(&text, &[&key()])).is_err());
    }

    #[test]
    fn nor_does_any_key(text in any::<String>(), name in "[a-z0-9+/-]{0,50}") {
        for text in [text.clone(), format!("PRIVATE+KEY+{text}"), format!("PRIVATE+KEY+procura/{name}"), format!("procura/{name}+")] {
            prop_assert!(CheckpointKey::from_text(&text).is_err());
            prop_assert!(text.parse::<CheckpointVerifier>().is_err());
        }
    }
}

#[test]
fn keys_are_those_of_signed_notes() {
    let (ours, text) = (key(), text());
    let (signer, verifier) = (ours.to_text(), ours.verifier().to_string());
    let theirs = StandardSigner::new(&signer).unwrap();
    assert_eq!((theirs.name(), theirs.key_id()), (Signer::name(&ours), Signer::key_id(&ours)));
    assert_eq!(theirs.sign(text.as_bytes()).unwrap(), Signer::sign(&ours, text.as_bytes()).unwrap());
    let checker = StandardVerifier::new(&verifier).unwrap();
    assert!(checker.verify(text.as_bytes(), &Signer::sign(&ours, text.as_bytes()).unwrap()));

    assert_eq!(CheckpointKey::from_text(&signer).unwrap().to_text(), signer);
    assert_eq!(verifier.parse::<CheckpointVerifier>().unwrap(), ours.verifier());
    let log = LogOrigin::of_log(id(1));
    assert_eq!((ours.origins(), ours.verifier().log()), (&Origins::from(id(1)), &log));
    for (text, of_key) in [(&signer, true), (&verifier, false)] {
        for index in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[index] ^= 0x20;
            let changed = String::from_utf8_lossy(&changed);
            let read = if of_key {
                CheckpointKey::from_text(&changed).is_ok()
            } else {
                changed.parse::<CheckpointVerifier>().is_ok()
            };
            assert!(!read, "{changed}");
        }
    }
    refused(
        CheckpointKey::from_text("x"),
        &expect!["this is not a checkpoint's private key: copy the whole line, from its first character to its last"],
    );
    refused(
        signer.parse::<CheckpointVerifier>(),
        &expect!["this is not a checkpoint's verifier key: copy the whole line, from its first character to its last"],
    );
}

#[test]
fn the_secret_is_not_shown() {
    let shown = format!("{:?} {:#?}", key(), key());
    assert_eq!(shown, format!("CheckpointKey({0}) CheckpointKey({0})", key().verifier()));
}

#[test]
fn the_key_is_a_private_file_made_once() {
    let directory = tempfile::tempdir().unwrap();
    let (path, file) = (directory.path(), directory.path().join(CHECKPOINT_KEY_FILE));
    let first = CheckpointKey::of(path, id(1), [7; 32]).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), key().to_text() + "\n");
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o7777, 0o600);
    let again = CheckpointKey::of(path, id(1), [8; 32]).unwrap();
    assert_eq!(first.to_text(), again.to_text());
    assert_eq!(fs::read_dir(path).unwrap().count(), 1, "nothing else is left");

    let check =
        |log, expected: Expect| expected.assert_eq(&message(&CheckpointKey::of(path, log, [8; 32]).unwrap_err(), path));
    check(
        id(2),
        expect![
            "DIR/checkpoint.key is the key of the log procura/01970000-0000-7000-8000-000000000001, this is the log procura/01970000-0000-7000-8000-000000000002: put back the one that was there"
        ],
    );
    fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
    check(
        id(1),
        expect![
            "DIR/checkpoint.key can be read by others (mode 0640): run `chmod 600 DIR/checkpoint.key`, and treat what is in it as compromised"
        ],
    );
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    for content in ["", "\n", "PRIVATE+KEY+\n", "\u{fffd}", &key().to_text(), &(key().to_text() + "\n\n")] {
        fs::write(&file, content).unwrap();
        check(
            id(1),
            expect![
                "DIR/checkpoint.key is not a checkpoint key as this program writes it: put back the one that was there"
            ],
        );
    }
    fs::write(&file, [b'x'; 5_000]).unwrap();
    check(id(1), expect!["DIR/checkpoint.key is not a file of at most 4096 bytes: put back the one that was there"]);
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    check(id(1), expect!["DIR/checkpoint.key is not a file of at most 4096 bytes: put back the one that was there"]);
    assert!(CheckpointKey::of(&path.join("none"), id(1), [8; 32]).is_err());
}

#[test]
fn of_many_that_make_a_key_at_once_all_get_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let one = |seed| move || CheckpointKey::of(path, id(1), [seed; 32]).unwrap().to_text();
    let keys: Vec<String> = std::thread::scope(|scope| {
        let makers: Vec<_> = (0..8).map(|seed| scope.spawn(one(seed))).collect();
        makers.into_iter().map(|maker| maker.join().unwrap()).collect()
    });
    assert!(keys.iter().all(|key| *key == keys[0]));
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

fn folder_at(path: &Path, data: &Path) -> Result<CheckpointFolder, String> {
    CheckpointFolder::open(path, data).map_err(|error| message(&error, data.parent().unwrap()))
}

#[test]
fn the_folder_for_checkpoints_is_elsewhere() {
    let place = tempfile::tempdir().unwrap();
    let [data, beside, link, file] = ["data", "data-checkpoints", "link", "file"].map(|name| place.path().join(name));
    fs::create_dir_all(data.join("inside")).unwrap();
    fs::create_dir(&beside).unwrap();
    fs::write(&file, "").unwrap();
    symlink(data.join("inside"), &link).unwrap();
    for inside in [data.clone(), data.join("inside"), link, beside.join("../data"), data.join("../data/inside")] {
        let error = folder_at(&inside, &data).unwrap_err();
        assert!(error.contains("is in the data directory: name one elsewhere"), "{error}");
    }
    assert!(folder_at(&beside, &data).is_ok());
    let error = folder_at(&place.path().join("none"), &data).unwrap_err();
    assert_eq!(
        error,
        "could not find DIR/none: No such file or directory (os error 2); check that the folder is there, the permissions and the disk"
    );
    assert!(folder_at(&file, &data).unwrap_err().starts_with("could not list DIR/file: "));
}

#[test]
fn checkpoints_are_kept_and_never_replaced() {
    let (data, place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let folder = CheckpointFolder::open(place.path(), data.path()).unwrap();
    assert_eq!(folder.newest().unwrap(), None);
    let restored = Checkpoint { epoch: 2, ..checkpoint(3) };
    let kept = [checkpoint(9), checkpoint(10), checkpoint(2), restored.clone(), checkpoint(0)];
    let newest = [9, 10, 10, 3, 3];
    for (checkpoint, newest) in kept.iter().zip(newest) {
        let note = checkpoint.sign(&key()).unwrap();
        folder.write(checkpoint, &note).unwrap();
        // Once more changes nothing.
        folder.write(checkpoint, &note).unwrap();
        assert_eq!(open(&folder.newest().unwrap().unwrap()).unwrap().position, newest);
    }
    let mut names: Vec<_> = fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names[0], "checkpoint-00000000000000000001-00000000000000000000.note");
    assert_eq!(names[4], "checkpoint-00000000000000000002-00000000000000000003.note");
    assert_eq!(names.len(), 5);

    let fork = Checkpoint { root: [1; 32], ..restored.clone() };
    let error = folder.write(&fork, &fork.sign(&key()).unwrap()).unwrap_err();
    assert!(matches!(error, CheckpointFolderError::Differs { .. }), "{error}");
    assert_eq!(open(&folder.newest().unwrap().unwrap()), Ok(restored));

    // Other files are not taken for checkpoints, and what is none is told by opening it.
    for name in ["zzz", "checkpoint-9-9.note", "checkpoint-00000000000000000003-00000000000000000003.note.abc.new"] {
        fs::write(place.path().join(name), "").unwrap();
    }
    assert_eq!(open(&folder.newest().unwrap().unwrap()).unwrap().epoch, 2);
    fs::write(place.path().join("checkpoint-99999999999999999999-00000000000000000000.note"), [b'x'; 90_000]).unwrap();
    let large = folder.newest().unwrap().unwrap();
    assert_eq!(open(&large), Err(CheckpointError::TooLarge { bytes: CHECKPOINT_BYTES_MAX + 1 }));
}

fn named() -> Origins {
    Origins::new(id(1), "partners.example/procura".parse().unwrap())
}

fn in_epoch(origins: &Origins, epoch: u64) -> Checkpoint {
    Checkpoint { log_id: id(1), origin: origins.of(epoch), epoch, ..checkpoint(2) }
}

/// A witness holds a log to what it signed under one origin, forever, and a restore goes back.
#[test]
fn each_epoch_has_an_origin_and_one_key_checks_them_all() {
    let key = CheckpointKey::generate(named(), [7; 32]);
    let verifiers = [1, 1_790_000_000_000].map(|epoch| key.verifier().named(&named().of(epoch)).unwrap());
    let texts = verifiers.clone().map(|verifier| verifier.to_string());
    assert!(texts[0].starts_with("partners.example/procura+"), "{}", texts[0]);
    assert!(texts[1].starts_with("partners.example/procura/1790000000000+"), "{}", texts[1]);
    for verifier in texts.map(|text| text.parse::<CheckpointVerifier>().unwrap()) {
        for epoch in [1, 1_790_000_000_000, 1_790_000_000_001] {
            let signed = in_epoch(&named(), epoch);
            let note = signed.sign(&key).unwrap();
            let lines: Vec<_> = note.lines().collect();
            assert_eq!(lines[0], named().of(epoch));
            assert_eq!(lines[5], format!("log {}", id(1)), "the origin does not say it");
            assert!(lines[7].starts_with(&format!("\u{2014} {} ", lines[0])), "the key has the origin's name: {note}");
            assert_eq!(Checkpoint::open(note.as_bytes(), &verifier), Ok(signed));
        }
    }
}

#[test]
fn an_origin_of_another_log_or_epoch_is_refused() {
    let key = CheckpointKey::generate(named(), [7; 32]);
    let other = Origins::new(id(1), "partners.example/other".parse().unwrap());
    for origin in [other.of(1), other.of(7), "partners.example/procura/7/8".to_owned(), "partners.example".to_owned()] {
        let error = Checkpoint { origin, epoch: 7, ..checkpoint(2) }.sign(&key).unwrap_err();
        assert!(matches!(error, CheckpointError::Origin { .. }), "{error}");
    }
    assert!(key.verifier().named(&other.of(1)).is_none());
    // Signed by the key, and not as the log signs: under the origin of another epoch.
    let crossed = Checkpoint { log_id: id(1), origin: named().of(8), epoch: 7, ..checkpoint(2) }.sign(&key).unwrap();
    assert_eq!(Checkpoint::open(crossed.as_bytes(), &key.verifier()), Err(CheckpointError::Extension));
    let by_another = in_epoch(&other, 1).sign(&CheckpointKey::generate(other.clone(), [7; 32])).unwrap();
    assert!(matches!(Checkpoint::open(by_another.as_bytes(), &key.verifier()), Err(CheckpointError::NotSigned { .. })));
    // Nor can a log say another id than its origin does.
    assert!(Checkpoint { log_id: id(2), ..checkpoint(2) }.sign(&self::key()).is_err());
    let more = format!("{}log {}\n", text(), id(2));
    assert_eq!(open(&signed(&more, &[&self::key()])), Err(CheckpointError::Extension));
    // Logs of the older formats have one origin in all epochs, and what they signed is believed.
    let older = Checkpoint { epoch: 1_790_000_000_000, ..checkpoint(2) };
    let note = older.sign(&self::key()).unwrap();
    assert_eq!(open(note.as_bytes()), Ok(older));
}

/// One that no quantum computer forges has 3 KiB.
#[test]
fn many_large_cosignatures_fit() {
    let note = checkpoint(2).sign(&key()).unwrap();
    let cosigned = (0..16).fold(note, |note, number| {
        let signature = BASE64_STANDARD.encode([[number; 4].as_slice(), &[number; 2_428]].concat());
        note + &format!("\u{2014} witness{number}.example {signature}\n")
    });
    assert!(cosigned.len() > 50_000 && cosigned.len() < CHECKPOINT_BYTES_MAX);
    assert_eq!(open(cosigned.as_bytes()), Ok(checkpoint(2)));
}
