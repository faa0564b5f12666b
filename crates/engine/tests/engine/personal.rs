//! Personal data: sealed in the log, readable with its key, gone with it; and the keys, whatever happens to their file.

use crate::world::{
    AGENT, Coded as _, Gated, PARTNER, World, add_agent, bytes, command, operator, register_customer, register_partner,
    second, send_invite, user,
};
use futures_util::StreamExt;
use procura_domain::{personal::PersonalData, temporal::Position};
use procura_engine::{Keyring, Personal, Submission, codec};
use procura_eventlog::{FrameStore, MemoryStore};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::{
    fs,
    io::Write,
    os::{
        fd::AsRawFd,
        unix::fs::{OpenOptionsExt, PermissionsExt},
    },
    path::PathBuf,
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;
use uuid::Uuid;

const LOG: Uuid = Uuid::from_u128(0x106);
const INVITATION: &str = "10000000-0000-4000-8000-000000000001";
const OTHER: &str = "10000000-0000-4000-8000-000000000002";
const RECIPIENT: &str = "ada.lovelace@contoso.example";
/// Where the invitation stands: behind the partner's two events and the agent's one.
const SENT: Position = Position(4);
const RECORD: usize = 64;

fn invite(invitation: &str, recipient: &str) -> Submission {
    let message = json!({"subject": "Chère Ada", "body": "Voici : {link}"});
    let fields = json!({"invitation": invitation, "partner": PARTNER, "delegatedAdmin": true, "locale": "fr",
        "recipient": recipient, "message": message});
    command("SendInvite", user(PARTNER, AGENT), &fields)
}

fn erase(invitation: &str) -> Submission {
    command("ErasePersonalData", operator(), &json!({"subject": format!("invitation:{invitation}")}))
}

fn keyed(submission: Submission) -> Submission {
    Submission { key: Some("k".parse().unwrap()), ..submission }
}

/// A log and its keys, which outlive the engines over them.
struct Place {
    store: Arc<MemoryStore>,
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { store: Arc::new(MemoryStore::new()), folder: TempDir::new().unwrap() }
    }

    /// With one invitation sent.
    async fn with_invitation() -> Self {
        let place = Self::new();
        let World { engine, .. } = place.open().await;
        for submission in [register_partner(), add_agent(), invite(INVITATION, RECIPIENT)] {
            engine.submit(submission).await.unwrap();
        }
        assert_eq!(engine.position(), SENT);
        place
    }

    fn keys(&self) -> PathBuf {
        self.folder.path().join("keys")
    }

    /// Puts other bytes there, for their owner alone.
    fn write_keys(&self, bytes: impl AsRef<[u8]>) {
        let _ = fs::remove_file(self.keys());
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(self.keys()).unwrap();
        file.write_all(bytes.as_ref()).unwrap();
    }

    fn key_bytes(&self) -> Vec<u8> {
        fs::read(self.keys()).unwrap()
    }

    async fn open(&self) -> World {
        self.try_open().await.unwrap_or_else(|error| panic!("{error}"))
    }

    async fn try_open(&self) -> Result<World, String> {
        let keyring = Keyring::open(&self.keys(), LOG).map_err(|error| error.to_string())?;
        World::open_with(self.store.clone(), keyring).await.map_err(|error| error.to_string())
    }

    async fn refused(&self) -> String {
        match self.try_open().await {
            Ok(_) => panic!("it opened"),
            Err(error) => error,
        }
    }
}

fn found(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The key in that record of the file.
fn key(bytes: &[u8], record: usize) -> Vec<u8> {
    bytes[record * RECORD + 28..record * RECORD + 60].to_vec()
}

async fn written(world: &World, position: Position) -> Personal {
    world.engine.personal(position).await.unwrap()
}

fn recipient(personal: &Personal) -> &str {
    let Personal::Known(PersonalData { recipient: Some(recipient), .. }) = personal else { panic!("{personal:?}") };
    recipient
}

#[tokio::test]
async fn what_people_wrote_is_sealed_and_read_back_with_its_key() {
    let place = Place::with_invitation().await;
    for frame in bytes(&*place.store).await {
        assert!(!found(&frame, RECIPIENT.as_bytes()) && !found(&frame, b"Voici"));
    }
    let world = place.open().await;
    assert_eq!(recipient(&written(&world, SENT).await), RECIPIENT);
    assert_eq!(written(&world, Position(1)).await, Personal::Known(PersonalData::default()));
    assert_eq!(written(&world, Position(99)).await, Personal::Known(PersonalData::default()));
    // Answers carry nothing of it either.
    let recorded = world.engine.submit(invite(OTHER, RECIPIENT)).await.unwrap();
    assert!(!serde_json::to_string(&recorded).unwrap().contains("ada"));
    // Nothing was written here, so nothing is sealed.
    let bare = world.engine.submit(send_invite()).await.unwrap().positions[0];
    assert_eq!(written(&world, bare).await, Personal::Known(PersonalData::default()));
    assert_eq!(place.key_bytes().len(), 3 * RECORD, "a header and two keys");
}

#[tokio::test]
async fn the_key_is_there_before_the_frame_and_for_its_owner_alone() {
    let (store, folder) = (Arc::new(Gated::closed()), TempDir::new().unwrap());
    let path = folder.path().join("keys");
    let world = World::open_with(store.clone(), Keyring::open(&path, LOG).unwrap()).await.unwrap();
    store.opened.as_ref().unwrap().add_permits(2);
    world.engine.submit(register_partner()).await.unwrap();
    world.engine.submit(add_agent()).await.unwrap();
    assert_eq!(fs::metadata(&path).unwrap().len(), RECORD as u64, "a header: the writer opens no file later");
    let sent = world.engine.enqueue(invite(INVITATION, RECIPIENT)).unwrap();
    while fs::metadata(&path).map_or(0, |file| file.len()) < 2 * RECORD as u64 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(store.memory.head().await.unwrap(), 3, "the frame waits");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    store.open();
    sent.await.unwrap();
}

#[tokio::test]
async fn erased_is_gone_and_no_stored_byte_changes() {
    let place = Place::with_invitation().await;
    let (frames, keys) = (bytes(&*place.store).await, place.key_bytes());
    let world = place.open().await;
    world.engine.submit(erase(INVITATION)).await.unwrap();
    assert_eq!(written(&world, SENT).await, Personal::Erased);
    assert_eq!(bytes(&*place.store).await[..frames.len()], frames, "the root over the earlier events too");
    let after = place.key_bytes();
    assert!(!found(&after, &key(&keys, 1)) && !found(&after, &key(&keys, 1)[..8]));
    assert_eq!((after.len(), key(&after, 1)), (keys.len(), vec![0; 32]));
    assert_eq!(world.engine.submit(erase(INVITATION)).await.unwrap_err().code(), "alreadyErased");
    drop(world);
    let world = place.open().await;
    assert_eq!(written(&world, SENT).await, Personal::Erased);
    // The others' keys are where they were.
    world.engine.submit(invite(OTHER, RECIPIENT)).await.unwrap();
    assert_eq!(recipient(&written(&place.open().await, Position(6)).await), RECIPIENT);
}

#[tokio::test]
async fn what_is_written_and_erased_in_one_frame_is_erased() {
    let (store, folder) = (Arc::new(Gated::closed()), TempDir::new().unwrap());
    let path = folder.path().join("keys");
    let world = World::open_with(store.clone(), Keyring::open(&path, LOG).unwrap()).await.unwrap();
    let queued = [register_partner(), add_agent(), invite(INVITATION, RECIPIENT), erase(INVITATION)];
    let answers: Vec<_> = queued.into_iter().map(|submission| world.engine.enqueue(submission).unwrap()).collect();
    store.open();
    for answer in answers {
        answer.await.unwrap();
    }
    assert_eq!(written(&world, SENT).await, Personal::Erased);
    assert_eq!(key(&fs::read(&path).unwrap(), 1), vec![0; 32]);
}

#[tokio::test]
async fn a_start_destroys_what_a_power_cut_left() {
    let place = Place::with_invitation().await;
    let before = place.key_bytes();
    place.open().await.engine.submit(erase(INVITATION)).await.unwrap();
    let after = place.key_bytes();
    // The event was durable, the key not yet destroyed.
    place.write_keys(&before);
    assert_eq!(written(&place.open().await, SENT).await, Personal::Erased);
    assert_eq!(place.key_bytes(), after);
    // Or its record neither the one nor the other: what is left of the key goes too.
    let mut torn = before.clone();
    torn[RECORD] = 2;
    place.write_keys(&torn);
    drop(place.open().await);
    assert!(!found(&place.key_bytes(), &key(&before, 1)));
    // Or the whole file lost: nothing needs it.
    fs::remove_file(place.keys()).unwrap();
    assert_eq!(written(&place.open().await, SENT).await, Personal::Erased);
}

#[tokio::test]
async fn a_key_that_is_missing_is_named_at_the_start() {
    let place = Place::with_invitation().await;
    let whole = place.key_bytes();
    let mut damaged = whole.clone();
    damaged[RECORD + 40] ^= 1;
    let missing: [(&str, Option<&[u8]>); 4] = [
        ("damaged", Some(&damaged)),
        ("truncated", Some(&whole[..RECORD + 40])),
        ("empty of keys", Some(&whole[..RECORD])),
        ("missing", None),
    ];
    for (what, bytes) in missing {
        match bytes {
            Some(bytes) => place.write_keys(bytes),
            None => fs::remove_file(place.keys()).unwrap(),
        }
        let said = place.refused().await;
        let names = ["position 4", &format!("invitation:{INVITATION}"), &place.keys().display().to_string()]
            .iter()
            .all(|name| said.contains(*name));
        assert!(names, "{what}: {said}");
        assert_eq!(fs::read(place.keys()).ok().as_deref(), bytes, "{what}: nothing was mended");
    }
    place.write_keys(&whole);
    assert_eq!(recipient(&written(&place.open().await, SENT).await), RECIPIENT);
}

#[tokio::test]
async fn a_file_that_is_not_this_logs_is_refused() {
    let place = Place::with_invitation().await;
    let whole = place.key_bytes();
    let other = Keyring::open(&place.keys(), Uuid::from_u128(1)).unwrap_err().to_string();
    assert!(other.contains(&LOG.to_string()), "{other}");
    let header = |at: usize, byte: u8| {
        let mut bytes = whole.clone();
        bytes[at] = byte;
        bytes
    };
    for bytes in [Vec::new(), whole[..40].to_vec(), header(0, b'X'), header(10, 1), header(63, 0)] {
        place.write_keys(bytes);
        let said = place.refused().await;
        assert!(said.contains("is damaged") && said.contains("backup"), "{said}");
    }
    // Another key in the record: the checksum is right, what is sealed does not open.
    let mut swapped = whole.clone();
    swapped[RECORD + 28] ^= 1;
    let checksum = crc32fast::hash(&swapped[RECORD..2 * RECORD - 4]).to_be_bytes();
    swapped[2 * RECORD - 4..2 * RECORD].copy_from_slice(&checksum);
    place.write_keys(swapped);
    let error = place.open().await.engine.personal(SENT).await.unwrap_err().to_string();
    assert!(error.contains("position 4"), "{error}");
}

#[tokio::test]
async fn what_a_power_cut_left_behind_the_keys_is_overwritten() {
    let place = Place::with_invitation().await;
    let whole = place.key_bytes();
    for garbage in [&[7; 40][..], &[7; 64], &[0; 64], &[7; 200]] {
        place.write_keys([&whole, garbage].concat());
        let world = place.open().await;
        assert_eq!(recipient(&written(&world, SENT).await), RECIPIENT);
    }
    let world = place.open().await;
    let sent = world.engine.submit(invite(OTHER, RECIPIENT)).await.unwrap().positions[0];
    drop(world);
    assert_eq!(recipient(&written(&place.open().await, sent).await), RECIPIENT);
    assert_eq!(place.key_bytes()[..2 * RECORD], whole);
    // The key of something that was never recorded is the key it has when it is.
    let before = place.key_bytes();
    let orphan = Place::new();
    orphan.write_keys(&before);
    let world = orphan.open().await;
    for submission in [register_partner(), add_agent(), invite(INVITATION, RECIPIENT)] {
        world.engine.submit(submission).await.unwrap();
    }
    assert_eq!(orphan.key_bytes(), before);
}

#[tokio::test]
async fn a_log_restored_without_its_keys_says_so_and_goes_on() {
    let place = Place::with_invitation().await;
    fs::remove_file(place.keys()).unwrap();
    drop(Keyring::create(&place.keys(), LOG, SENT.0 + 1).unwrap());
    assert!(Keyring::create(&place.keys(), LOG, 0).is_err(), "there is one");
    let world = place.open().await;
    assert_eq!(written(&world, SENT).await, Personal::Unavailable);
    let sent = world.engine.submit(invite(OTHER, RECIPIENT)).await.unwrap().positions[0];
    drop(world);
    let world = place.open().await;
    assert_eq!(recipient(&written(&world, sent).await), RECIPIENT);
    world.engine.submit(erase(INVITATION)).await.unwrap();
    assert_eq!(written(&world, SENT).await, Personal::Erased);
    drop(world);
    // From there on every key must be there.
    let bytes = place.key_bytes();
    place.write_keys(&bytes[..RECORD]);
    assert!(place.refused().await.contains(&format!("position {sent}")));
}

#[tokio::test]
async fn keys_that_cannot_be_written_end_it() {
    let place = Place::new();
    drop(place.open().await);
    // A file that holds the header, and cannot grow.
    let full = rustix::fs::memfd_create("keys", rustix::fs::MemfdFlags::ALLOW_SEALING).unwrap();
    let mut file = fs::File::from(full);
    file.write_all(&place.key_bytes()).unwrap();
    file.set_permissions(fs::Permissions::from_mode(0o600)).unwrap();
    rustix::fs::fcntl_add_seals(&file, rustix::fs::SealFlags::GROW).unwrap();
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    let keyring = Keyring::open(path.as_ref(), LOG).unwrap();
    let World { engine, fatal, .. } = World::open_with(place.store.clone(), keyring).await.unwrap();
    engine.submit(register_partner()).await.unwrap();
    engine.submit(add_agent()).await.unwrap();
    assert_eq!(engine.submit(invite(INVITATION, RECIPIENT)).await.unwrap_err().code(), "stopping");
    while fatal.lock().unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(fatal.lock().unwrap()[0].contains(&path), "{fatal:?}");
    assert_eq!(place.store.head().await.unwrap(), 3, "what would have needed the key is not in the log");
}

/// The hash that stands beside the event at that position.
async fn body_hash(world: &World, position: Position) -> [u8; 32] {
    let commits: Vec<_> = world.engine.log().commits_after(position.0 - 1).collect().await;
    let commit = commits.into_iter().next().unwrap().unwrap();
    commit.events[0].idempotency.as_ref().unwrap().body_hash
}

fn plain_hash(submission: &Submission) -> [u8; 32] {
    let fields = serde_json::to_vec(&submission.command).unwrap();
    Sha256::new().chain_update(submission.command.name()).chain_update([0]).chain_update(fields).finalize().into()
}

#[tokio::test]
async fn no_hash_confirms_a_guess_of_what_was_written() {
    let place = Place::new();
    let world = place.open().await;
    for submission in [keyed(register_partner()), add_agent()] {
        world.engine.submit(submission).await.unwrap();
    }
    assert_eq!(body_hash(&world, Position(1)).await, plain_hash(&register_partner()));
    let first = world.engine.submit(keyed(invite(INVITATION, RECIPIENT))).await.unwrap();
    assert_ne!(body_hash(&world, SENT).await, plain_hash(&invite(INVITATION, RECIPIENT)));
    drop(world);
    let world = place.open().await;
    let again = |submission| world.engine.submit(keyed(submission));
    assert_eq!(again(invite(INVITATION, RECIPIENT)).await.unwrap(), first);
    for other in [invite(INVITATION, "b@contoso.example"), send_invite()] {
        assert_eq!(again(other).await.unwrap_err().code(), "idempotencyKeyReused");
    }
    // Without the key nobody can tell any more whether it is the same.
    world.engine.submit(erase(INVITATION)).await.unwrap();
    assert_eq!(again(invite(INVITATION, RECIPIENT)).await.unwrap_err().code(), "idempotencyKeyReused");
}

#[tokio::test]
async fn a_generated_subject_keys_the_hash_as_well() {
    let place = Place::with_invitation().await;
    let world = place.open().await;
    let fields = json!({"partner": PARTNER, "delegatedAdmin": true, "locale": "en", "recipient": RECIPIENT});
    let submission = || keyed(command("SendInvite", user(PARTNER, AGENT), &fields));
    let first = world.engine.submit(submission()).await.unwrap();
    assert_eq!(world.engine.submit(submission()).await.unwrap(), first);
}

#[tokio::test]
async fn an_idempotency_key_is_forgotten_after_seven_days() {
    const WEEK: i64 = 7 * 24 * 60 * 60;
    let place = Place::with_invitation().await;
    let world = place.open().await;
    world.clock.set(second(10));
    let first = world.engine.submit(keyed(invite(OTHER, RECIPIENT))).await.unwrap();
    assert_eq!(first.recorded_at, second(10));
    world.clock.set(second(10 + WEEK));
    assert_eq!(world.engine.submit(keyed(invite(OTHER, RECIPIENT))).await.unwrap(), first);
    world.clock.set(second(11 + WEEK));
    // Decided as a new command, and remembered as one.
    assert_eq!(world.engine.submit(keyed(invite(OTHER, RECIPIENT))).await.unwrap_err().code(), "alreadyExists");
    let new = world.engine.submit(keyed(send_invite())).await.unwrap();
    drop(world);
    let world = place.open().await;
    world.clock.set(second(12 + WEEK));
    assert_eq!(world.engine.submit(keyed(send_invite())).await.unwrap(), new);
    // A line that is brought in again with its own time is the same line, however late.
    let line = || Submission { at: Some(second(12 + WEEK)), ..keyed(register_customer()) };
    let brought = world.engine.submit(line()).await.unwrap();
    world.clock.set(second(12 + 3 * WEEK));
    assert_eq!(world.engine.submit(line()).await.unwrap(), brought);
}

#[tokio::test]
async fn decided_and_read_back_is_the_same_event() {
    let place = Place::new();
    let world = place.open().await;
    let mut decided = Vec::new();
    for submission in [register_partner(), add_agent(), invite(INVITATION, RECIPIENT), erase(INVITATION)] {
        decided.extend(world.engine.submit(submission).await.unwrap().events.into_iter().map(|event| event.data));
    }
    let commits: Vec<_> = world.engine.log().commits_after(0).collect().await;
    let events = commits.into_iter().flat_map(|commit| commit.unwrap().events);
    assert_eq!(events.map(|event| codec::decode(&event).unwrap()).collect::<Vec<_>>(), decided);
}

#[tokio::test]
async fn a_copy_to_check_a_log_against_has_no_key() {
    let place = Place::with_invitation().await;
    let [key, copy] = [place.key_bytes()[RECORD + 28..RECORD + 60].to_vec(), fs::read(place.keys()).unwrap()];
    assert!(found(&copy, &key));
    // What a power cut left of another record may be a key's beginning.
    place.write_keys([&copy[..], &key, &[0; RECORD], &key].concat());
    let path = place.folder.path().join("copy");
    Keyring::copy_without_keys(&place.keys(), &path).unwrap();
    assert!(!found(&fs::read(&path).unwrap(), &key[..16]));
    let keyring = Keyring::open(&path, LOG).unwrap();
    World::open_with(place.store.clone(), keyring).await.unwrap_or_else(|error| panic!("{error}"));
}
