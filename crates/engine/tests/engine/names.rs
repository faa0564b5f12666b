//! What people are called: sealed in the log, in memory as long as nobody erased it, held once in a tenant.

use crate::world::{
    ADMINISTRATOR, AGENT, Coded as _, Gated, PARTNER, World, add_agent, bytes, command, operator, register_partner,
    user,
};
use procura_domain::{
    id::TenantId,
    text::UserPrincipalName,
    vocabulary::{Actor, User},
};
use procura_engine::{Engine, Keyring, Submission};
use procura_eventlog::MemoryStore;
use serde_json::{Value, json};
use std::{fs, path::PathBuf, sync::Arc};
use tempfile::TempDir;
use uuid::Uuid;

const LOG: Uuid = Uuid::from_u128(0x107);

fn of(who: &str) -> User {
    User { tenant: PARTNER.parse().unwrap(), user: who.parse().unwrap() }
}

fn describe(who: &str, names: Value) -> Submission {
    let mut fields = names;
    fields["tenant"] = PARTNER.into();
    fields["user"] = who.into();
    command("DescribeUser", user(PARTNER, ADMINISTRATOR), &fields)
}

fn signs_in(who: &str, name: &str) -> Submission {
    describe(who, json!({"userPrincipalName": name}))
}

fn shown(who: &str, name: &str) -> Submission {
    describe(who, json!({"displayName": name}))
}

fn erase(who: &str) -> Submission {
    command("ErasePersonalData", operator(), &json!({"subject": format!("user:{PARTNER}/{who}")}))
}

fn guid(number: u32) -> String {
    format!("a6000000-0000-4000-8000-{number:012}")
}

/// The display name and the user principal name; `-` where there is none.
async fn called(engine: &Engine, who: &str) -> String {
    let people = engine.people([of(who)]).await.unwrap();
    let Some(names) = people.get(of(who)) else { return "nobody".to_owned() };
    let or_none = |name: Option<&str>| name.unwrap_or("-").to_owned();
    format!("{} {}", or_none(names.display_name.as_deref()), or_none(names.user_principal_name.as_deref()))
}

async fn holder(engine: &Engine, name: &str) -> Option<User> {
    let tenant: TenantId = PARTNER.parse().unwrap();
    engine.user_named(tenant, &UserPrincipalName::new(name).unwrap()).await.unwrap()
}

struct Place {
    store: Arc<MemoryStore>,
    folder: TempDir,
}

impl Place {
    async fn with_agent() -> Self {
        let place = Self { store: Arc::new(MemoryStore::new()), folder: TempDir::new().unwrap() };
        let World { engine, .. } = place.open().await;
        for submission in [register_partner(), add_agent()] {
            engine.submit(submission).await.unwrap();
        }
        place
    }

    fn keys(&self) -> PathBuf {
        self.folder.path().join("keys")
    }

    async fn open(&self) -> World {
        let keyring = Keyring::open(&self.keys(), LOG).unwrap();
        World::open_with(self.store.clone(), keyring).await.unwrap_or_else(|error| panic!("{error}"))
    }
}

#[tokio::test]
async fn names_are_sealed_and_read_back() {
    let place = Place::with_agent().await;
    let World { engine, .. } = place.open().await;
    assert_eq!(called(&engine, AGENT).await, "nobody");
    engine.submit(signs_in(AGENT, "Ada@Fabrikam.example")).await.unwrap();
    let recorded = engine.submit(shown(AGENT, "Ada Lovelace")).await.unwrap();
    assert!(!serde_json::to_string(&recorded).unwrap().contains("Ada"));
    for frame in bytes(&*place.store).await {
        assert!(![&b"Ada"[..], b"Lovelace"].iter().any(|part| frame.windows(part.len()).any(|window| window == *part)));
    }
    for engine in [engine, place.open().await.engine] {
        assert_eq!(called(&engine, AGENT).await, "Ada Lovelace Ada@Fabrikam.example");
        assert_eq!(holder(&engine, "ada@fabrikam.EXAMPLE").await, Some(of(AGENT)));
        assert_eq!(holder(&engine, "eve@fabrikam.example").await, None);
    }
}

#[tokio::test]
async fn a_name_is_held_once_also_after_a_start() {
    let place = Place::with_agent().await;
    let World { engine, .. } = place.open().await;
    for number in 0..30 {
        engine.submit(signs_in(&guid(number), &format!("user{number}@fabrikam.example"))).await.unwrap();
    }
    for _ in 0..2 {
        let World { engine, .. } = place.open().await;
        let taken = engine.submit(signs_in(&guid(40), "USER17@fabrikam.example")).await.unwrap_err();
        assert_eq!(taken.code(), "nameTaken");
        assert_eq!(
            engine.dry_run(signs_in(&guid(40), "user3@fabrikam.example")).await.unwrap_err().code(),
            "nameTaken"
        );
        // A display name alone needs nothing read, and neither it nor a name of one's own changes who holds what.
        engine.submit(shown(&guid(3), "Three")).await.unwrap();
        engine.submit(signs_in(&guid(3), "user3@fabrikam.example")).await.unwrap();
        assert_eq!(called(&engine, &guid(3)).await, "Three user3@fabrikam.example");
    }
    let World { engine, .. } = place.open().await;
    engine.submit(signs_in(&guid(17), "other@fabrikam.example")).await.unwrap();
    engine.submit(signs_in(&guid(40), "user17@fabrikam.example")).await.unwrap();
    assert_eq!(holder(&engine, "user17@fabrikam.example").await, Some(of(&guid(40))));
}

#[tokio::test]
async fn no_names_are_read_for_a_user_of_another_tenant() {
    let place = Place::with_agent().await;
    place.open().await.engine.submit(signs_in(AGENT, "ada@fabrikam.example")).await.unwrap();
    let World { engine, .. } = place.open().await;
    let fields = json!({"tenant": PARTNER, "user": AGENT, "userPrincipalName": "eve@fabrikam.example"});
    let foreign = command("DescribeUser", user("baaaaaaa-0000-4000-8000-000000000001", AGENT), &fields);
    assert!(["notAllowed", "notFound"].contains(&engine.submit(foreign).await.unwrap_err().code()));
    // One of the tenant's own that nobody prepared finds them unread.
    let unprepared = engine.enqueue(signs_in(AGENT, "eve@fabrikam.example")).unwrap().await;
    assert!(unprepared.unwrap_err().to_string().contains("not read yet"));
    engine.submit(signs_in(AGENT, "eve@fabrikam.example")).await.unwrap();
}

#[tokio::test]
async fn many_at_once_get_a_name_once() {
    let place = Place::with_agent().await;
    let World { engine, .. } = place.open().await;
    let sent: Vec<_> = (0..40)
        .map(|number| {
            let engine = engine.clone();
            tokio::spawn(async move { engine.submit(signs_in(&guid(number), "one@fabrikam.example")).await })
        })
        .collect();
    let mut given = 0;
    for answer in sent {
        given += usize::from(answer.await.unwrap().is_ok());
    }
    assert_eq!(given, 1);
}

#[tokio::test]
async fn erased_names_are_gone_and_new_ones_have_a_key_of_their_own() {
    let place = Place::with_agent().await;
    let World { engine, .. } = place.open().await;
    let names = json!({"displayName": "Ada Lovelace", "userPrincipalName": "ada@fabrikam.example"});
    let first = engine.submit(describe(AGENT, names)).await.unwrap().positions[0];
    assert_eq!(called(&engine, AGENT).await, "Ada Lovelace ada@fabrikam.example");
    let before = fs::read(place.keys()).unwrap();
    engine.submit(erase(AGENT)).await.unwrap();
    assert_eq!((called(&engine, AGENT).await, holder(&engine, "ada@fabrikam.example").await), ("nobody".into(), None));
    let after = fs::read(place.keys()).unwrap();
    assert_ne!(before[64..128], after[64..128], "its key is destroyed");
    assert_eq!(engine.submit(erase(AGENT)).await.unwrap_err().code(), "alreadyErased");
    engine.submit(shown(AGENT, "A. L.")).await.unwrap();
    for engine in [engine, place.open().await.engine] {
        assert_eq!(called(&engine, AGENT).await, "A. L. -");
        assert_eq!(engine.personal(first).await.unwrap(), procura_engine::Personal::Erased);
    }
    // A power cut between the frame that erased and the key that it destroys: the new key is not the one that goes.
    let newest = fs::read(place.keys()).unwrap();
    fs::write(place.keys(), [&before[..128], &newest[128..]].concat()).unwrap();
    let World { engine, .. } = place.open().await;
    assert_eq!(called(&engine, AGENT).await, "A. L. -");
    assert_eq!(fs::read(place.keys()).unwrap(), newest);
}

#[tokio::test]
async fn erased_and_given_anew_in_one_frame() {
    let (store, folder) = (Arc::new(Gated::closed()), TempDir::new().unwrap());
    let open = || async {
        let keyring = Keyring::open(&folder.path().join("keys"), LOG).unwrap();
        World::open_with(store.clone(), keyring).await.unwrap_or_else(|error| panic!("{error}"))
    };
    let World { engine, .. } = open().await;
    let queued = [
        register_partner(),
        add_agent(),
        shown(AGENT, "Ada Lovelace"),
        erase(AGENT),
        shown(AGENT, "A. L."),
        erase(AGENT),
        shown(AGENT, "Ada"),
    ];
    let answers: Vec<_> = queued.into_iter().map(|submission| engine.enqueue(submission).unwrap()).collect();
    // What is not durable is nobody's to see.
    let early = tokio::spawn({
        let engine = engine.clone();
        async move { called(&engine, AGENT).await }
    });
    tokio::task::yield_now().await;
    store.open();
    for answer in answers {
        answer.await.unwrap();
    }
    early.await.unwrap();
    assert_eq!(called(&engine, AGENT).await, "Ada -");
    drop(engine);
    assert_eq!(called(&open().await.engine, AGENT).await, "Ada -");
}

#[tokio::test]
async fn names_whose_keys_are_lost_are_nobodys() {
    let place = Place::with_agent().await;
    place.open().await.engine.submit(signs_in(AGENT, "ada@fabrikam.example")).await.unwrap();
    fs::remove_file(place.keys()).unwrap();
    drop(Keyring::create(&place.keys(), LOG, 100).unwrap());
    let World { engine, .. } = place.open().await;
    assert_eq!((called(&engine, AGENT).await, holder(&engine, "ada@fabrikam.example").await), ("nobody".into(), None));
    // The same ids come again after a start here: one passes.
    engine.dry_run(shown(AGENT, "Ada")).await.unwrap();
    engine.submit(signs_in(&guid(2), "ada@fabrikam.example")).await.unwrap();
    assert_eq!(engine.submit(signs_in(AGENT, "ada@fabrikam.example")).await.unwrap_err().code(), "nameTaken");
    // The user is described anew once what is left of the description before is erased.
    engine.submit(erase(AGENT)).await.unwrap();
    engine.submit(signs_in(AGENT, "ada.l@fabrikam.example")).await.unwrap();
    assert_eq!(called(&engine, AGENT).await, "- ada.l@fabrikam.example");
}

#[tokio::test]
async fn an_operator_describes_too() {
    let place = Place::with_agent().await;
    let World { engine, .. } = place.open().await;
    let fields = json!({"tenant": PARTNER, "user": AGENT, "displayName": "Ada"});
    engine.submit(command("DescribeUser", Actor::Operator("ops".into()), &fields)).await.unwrap();
    assert_eq!(called(&engine, AGENT).await, "Ada -");
}
