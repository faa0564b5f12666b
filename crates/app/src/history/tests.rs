//! Histories: their pages, their filters, and that what was told of a moment stays.

use super::selection::{Filter, HISTORY_EVENTS_MAX, Order, Selection};
use crate::{Page, history::HistoryEntry};
use async_trait::async_trait;
use futures_util::{future::join_all, stream::BoxStream};
use procura_domain::{
    event::EventType,
    temporal::{Moment, Position, Timestamp},
    visibility::{Reader, VisibleScope},
    vocabulary::Locale,
};
use procura_engine::{Engine, QUEUE_COMMANDS_MAX, Submission, When};
use procura_eventlog::{Append, Frame, FrameStore, MemoryStore, StoreError};
use procura_words::Words;
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use world::{
    ADMINISTRATOR, AGENT, CUSTOMER, Gated, PARTNER, World, add_agent, command, operator, register_customer,
    register_partner, second, user,
};

#[path = "../../../engine/tests/engine/world.rs"]
#[expect(dead_code, reason = "the engine's own tests need more of it")]
mod world;

const INVITATION: &str = "10000000-0000-4000-8000-000000000001";
const SUBSCRIPTION: &str = "5b000000-0000-4000-8000-000000000001";

/// One command a second.
///
/// 1, 2 the partner; 3, 4 the customer; 5 the agent joins; 6 the invitation; 7 to 9 accepted, established, DAP; 10, 11
/// the agent provisions; 12, 13 it adds two devices; 14 the policy; 15 it opens a request; 16 the customer revokes DAP.
fn commands() -> Vec<Submission> {
    let agent = || user(PARTNER, AGENT);
    let carla = || user(CUSTOMER, ADMINISTRATOR);
    let both = json!({"customer": CUSTOMER, "partner": PARTNER});
    let also = |more: Value| {
        let mut fields = both.clone();
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        fields
    };
    let invite = json!({"invitation": INVITATION, "partner": PARTNER, "delegatedAdmin": true, "locale": "en"});
    let accept = json!({"invitation": INVITATION, "customer": CUSTOMER});
    let provision = also(json!({"subscription": SUBSCRIPTION, "kind": "azure", "name": "Web"}));
    vec![
        register_partner(),
        register_customer(),
        add_agent(),
        command("SendInvite", agent(), &invite),
        command("AcceptInvite", carla(), &accept),
        command("ProvisionSubscription", agent(), &provision),
        device(1),
        device(2),
        command("AdoptAutopilotPolicy", operator(), &json!({"policy": "dapRequired"})),
        command("OpenServiceRequest", agent(), &also(json!({"title": "Mail", "severity": "critical"}))),
        command("RevokeDap", carla(), &both),
    ]
}

fn device(number: usize) -> Submission {
    let fields = json!({"customer": CUSTOMER, "partner": PARTNER, "device": device_id(number), "manufacturer": "Fabrikam",
        "model": "9", "serialNumber": number.to_string()});
    command("AddDevice", user(PARTNER, AGENT), &fields)
}

fn device_id(number: usize) -> String {
    format!("de000000-0000-4000-8000-{number:012}")
}

async fn told() -> World {
    let world = World::open(Arc::new(MemoryStore::new())).await;
    for (seconds, submission) in (1..).zip(commands()) {
        world.clock.set(second(seconds));
        world.engine.submit(submission).await.unwrap();
    }
    world
}

fn everything() -> Selection {
    let filter = Filter::default();
    let reader = (Reader::Overseer, Moment { position: Position(0), at: Timestamp::UNIX_EPOCH });
    Selection {
        of: None,
        scope: VisibleScope::Everything,
        reader,
        filter,
        order: Order::Oldest,
        after: None,
        limit: 500,
        words: Words::of(Locale::En),
    }
}

fn of_customer(scope: VisibleScope) -> Selection {
    Selection { of: CUSTOMER.parse().ok(), scope, ..everything() }
}

fn of_partner() -> Selection {
    Selection { of: PARTNER.parse().ok(), ..everything() }
}

fn now(engine: &Engine) -> Moment {
    engine.moment(When::Now).unwrap()
}

fn positions(entries: &[HistoryEntry]) -> Vec<u64> {
    entries.iter().map(|entry| entry.position.0).collect()
}

/// Every entry, page after page.
async fn pages(engine: &Engine, mut request: Selection, at: Moment) -> Vec<HistoryEntry> {
    let mut entries = Vec::new();
    loop {
        let Page { items: more, next, .. } = request.page(engine, at).await.unwrap();
        assert!(more.len() <= request.limit);
        entries.extend(more);
        match next {
            Some(_) => request.after = next,
            None => return entries,
        }
    }
}

#[tokio::test]
async fn the_pages_of_a_history_are_the_whole_of_it_wherever_they_end() {
    let World { engine, .. } = told().await;
    let at = now(&engine);
    for (story, expected) in [
        (everything(), (1..=16).collect::<Vec<_>>()),
        // The policy at 14 concerns everybody.
        (of_customer(VisibleScope::Everything), vec![3, 4, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]),
        (of_partner(), vec![1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]),
    ] {
        let whole = story.page(&engine, at).await.unwrap();
        assert_eq!((positions(&whole.items), whole.next), (expected, None));
        // A page may end inside a commit: the next one goes on there.
        for limit in 1..=whole.items.len() {
            let request = Selection { limit, ..story.clone() };
            assert_eq!(pages(&engine, request.clone(), at).await, whole.items, "{limit}");
            let newest = pages(&engine, Selection { order: Order::Newest, ..request }, at).await;
            assert_eq!(newest.into_iter().rev().collect::<Vec<_>>(), whole.items, "newest first, {limit}");
        }
        let exact = Selection { limit: whole.items.len(), ..story };
        assert_eq!(exact.page(&engine, at).await.unwrap().next, None, "no link to an empty page");
    }
}

#[tokio::test]
async fn a_history_is_filtered() {
    let World { engine, .. } = told().await;
    let at = now(&engine);
    let filter = Filter::default;
    let position = |position| Some(When::Position(Position(position)));
    let actor = |text: String| Some(text.into());
    let administrator = format!("{CUSTOMER}/{ADMINISTRATOR}");
    let agent = format!("{PARTNER}/{AGENT}");
    let cases = [
        (Filter { event_type: Some(EventType::DeviceAdded), ..filter() }, vec![12, 13]),
        (Filter { device: device_id(2).parse().ok(), ..filter() }, vec![13]),
        (Filter { device: device_id(3).parse().ok(), ..filter() }, vec![]),
        (Filter { subscription: SUBSCRIPTION.parse().ok(), ..filter() }, vec![10, 11]),
        (Filter { user: agent.parse().ok(), ..filter() }, vec![5]),
        (Filter { actor: actor(agent), ..filter() }, vec![6, 10, 11, 12, 13, 15]),
        (Filter { actor: actor("ops".to_owned()), ..filter() }, vec![1, 2, 3, 4, 14]),
        (Filter { actor: actor("op".to_owned()), ..filter() }, vec![]),
        (Filter { actor: actor(administrator), event_type: Some(EventType::DapRevoked), ..filter() }, vec![16]),
        // Both ends are inside; of a commit that one falls into, all is.
        (Filter { from: position(7), until: position(8), ..filter() }, vec![7, 8, 9]),
        (Filter { from: position(0), until: position(2), ..filter() }, vec![1, 2]),
        (Filter { from: position(16), until: position(99), ..filter() }, vec![16]),
        (Filter { from: position(17), ..filter() }, vec![]),
        (Filter { from: position(9), until: position(8), ..filter() }, vec![7, 8, 9]),
        (Filter { from: position(9), until: position(6), ..filter() }, vec![]),
        (Filter { from: Some(When::At(second(10))), ..filter() }, vec![15, 16]),
        (Filter { until: Some(When::At(second(2))), ..filter() }, vec![1, 2, 3, 4]),
        (Filter { from: Some(When::At(second(5))), until: Some(When::At(second(5))), ..filter() }, vec![7, 8, 9]),
        // With the customer: what names it, what its people did, what concerns everybody.
        (Filter { with: CUSTOMER.parse().ok(), ..filter() }, vec![3, 4, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]),
    ];
    for (filter, expected) in cases {
        let request = Selection { filter, ..everything() };
        let found = pages(&engine, request.clone(), at).await;
        assert_eq!(positions(&found), expected, "{:?}", request.filter);
        for order in [Order::Oldest, Order::Newest] {
            let one_by_one = pages(&engine, Selection { limit: 1, order, ..request.clone() }, at).await;
            assert_eq!(one_by_one.len(), expected.len(), "{:?} {order:?}", request.filter);
        }
    }
}

#[tokio::test]
async fn an_entry_says_who_did_what_and_what_that_changed() {
    let World { engine, .. } = told().await;
    let request =
        Selection { filter: Filter { event_type: Some(EventType::DapRevoked), ..Filter::default() }, ..everything() };
    let Page { items: entries, .. } = request.page(&engine, now(&engine)).await.unwrap();
    let mut entry = serde_json::to_value(&entries[0]).unwrap();
    let lost: Vec<_> = entry["lost"].take().as_array().unwrap().iter().map(|lost| lost["text"].clone()).collect();
    assert!(entry["command"].take().is_string());
    let expected = json!({
        "position": 16, "time": "2020-06-19T08:00:11Z", "type": "DapRevoked", "rule": "DAP-5",
        "text": "The delegated admin privileges of Fabrikam at Contoso were revoked.",
        "actor": {"tenant": CUSTOMER, "tenantName": "Contoso", "user": ADMINISTRATOR}, "authentication": "token", "issuer": "https://id.example",
        "customer": {"id": CUSTOMER, "name": "Contoso"}, "partner": {"id": PARTNER, "name": "Fabrikam"},
        "data": {"customer": CUSTOMER, "partner": PARTNER}, "gained": [], "lost": null, "command": null,
    });
    assert_eq!(entry, expected);
    let groups = [
        "GlobalAdministrator of Contoso for the AdminAgents",
        "HelpdeskAdministrator of Contoso for the HelpdeskAgents",
    ];
    assert_eq!(lost, groups.map(|group| json!(format!("{group} of Fabrikam (dap)"))));
}

#[tokio::test]
async fn vis_2_an_agents_page_tells_nothing_of_what_it_does_not_see() {
    let World { engine, .. } = told().await;
    let scope = VisibleScope::Partner(PARTNER.parse().unwrap());
    let request = Selection { limit: 10, ..of_customer(scope) };
    let at = now(&engine);
    let page = request.page(&engine, at).await.unwrap();
    // Not that the customer was registered, nor its administrator's role; and ten are all that there is.
    assert_eq!((positions(&page.items), page.next), (vec![7, 8, 9, 10, 11, 12, 13, 14, 15, 16], None));
    let first = (Selection { limit: 3, ..request }).page(&engine, at).await.unwrap();
    assert_eq!(first.next, Some(Position(9)), "where the page ended, which the agent sees");
}

#[tokio::test]
async fn what_was_told_of_a_moment_stays_whatever_comes_later() {
    let World { engine, clock, .. } = told().await;
    let bytes = async |at: Moment| {
        let mut bytes = Vec::new();
        // An end that lies ahead is none.
        let until = Filter { until: Some(When::Position(Position(99))), ..Filter::default() };
        let ahead = Selection { filter: until, ..everything() };
        let agents = of_customer(VisibleScope::Partner(PARTNER.parse().unwrap()));
        for story in [everything(), of_customer(VisibleScope::Everything), agents, of_partner(), ahead] {
            for order in [Order::Oldest, Order::Newest] {
                let Page { items: entries, next, .. } =
                    (Selection { order, ..story.clone() }).page(&engine, at).await.unwrap();
                bytes.push((serde_json::to_string(&entries).unwrap(), next));
            }
        }
        bytes
    };
    let moments: Vec<_> = [0, 2, 8, 12, 16]
        .map(|position| engine.moment(When::Position(Position(position))).unwrap())
        .into_iter()
        .chain([now(&engine)])
        .collect();
    let mut before = Vec::new();
    for at in &moments {
        before.push(bytes(*at).await);
    }
    clock.set(second(60));
    let cancel = json!({"customer": CUSTOMER, "subscription": SUBSCRIPTION});
    let remove = json!({"customer": CUSTOMER, "device": device_id(1)});
    for submission in [
        command("CancelSubscription", user(PARTNER, AGENT), &cancel),
        command("RemoveDevice", user(CUSTOMER, ADMINISTRATOR), &remove),
        command("EndRelationship", user(PARTNER, AGENT), &json!({"customer": CUSTOMER, "partner": PARTNER})),
        command("AdoptAutopilotPolicy", operator(), &json!({"policy": "relationship"})),
    ] {
        engine.submit(submission).await.unwrap();
    }
    for (at, before) in moments.iter().zip(before) {
        assert_eq!(bytes(*at).await, before, "{at:?}");
    }
}

#[tokio::test]
async fn one_request_looks_at_so_many_events_and_no_more() {
    let World { engine, .. } = told().await;
    for first in (100..100 + 2 * HISTORY_EVENTS_MAX).step_by(QUEUE_COMMANDS_MAX) {
        let added = (first..first + QUEUE_COMMANDS_MAX).map(|number| engine.enqueue(device(number)).unwrap());
        join_all(added.collect::<Vec<_>>()).await.into_iter().for_each(|added| drop(added.unwrap()));
    }
    let filter = Filter { event_type: Some(EventType::DapRevoked), ..Filter::default() };
    let mut request = Selection { filter, order: Order::Newest, ..everything() };
    let at = now(&engine);
    let first = request.page(&engine, at).await.unwrap();
    // Where that was is not said: it goes on from a round number.
    let looked_at = at.position.0 + 1 - HISTORY_EVENTS_MAX as u64;
    assert_eq!((first.items.len(), first.next), (0, Some(Position(looked_at.next_multiple_of(1_000)))));
    assert_eq!(positions(&pages(&engine, request.clone(), at).await), [16]);
    // Where those that are wanted are known without the log, it is the same.
    request.filter = Filter { actor: Some("ops".to_owned().into()), ..Filter::default() };
    assert_eq!(positions(&pages(&engine, request, at).await), [14, 4, 3, 2, 1]);
}

/// A store that counts how often it is read.
#[derive(Default)]
struct Counted {
    gated: Gated,
    reads: AtomicUsize,
}

#[async_trait]
impl FrameStore for Counted {
    async fn append(&self, frame: &Frame, expected_last: u64) -> Result<Append, StoreError> {
        self.gated.append(frame, expected_last).await
    }

    fn read(&self, from: u64) -> BoxStream<'_, Result<Frame, StoreError>> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.gated.read(from)
    }

    fn follow(&self, from: u64) -> BoxStream<'_, Result<Frame, StoreError>> {
        self.gated.follow(from)
    }

    async fn head(&self) -> Result<u64, StoreError> {
        self.gated.head().await
    }
}

#[tokio::test]
async fn a_frame_is_read_once_for_all_of_its_events() {
    let store = Arc::new(Counted { gated: Gated::closed(), ..Counted::default() });
    let World { engine, .. } = World::open(store.clone()).await;
    // The first goes out alone, the others wait behind it and become one frame.
    let submitted: Vec<_> = commands().into_iter().map(|submission| engine.enqueue(submission).unwrap()).collect();
    store.gated.open();
    join_all(submitted).await.into_iter().for_each(|recorded| drop(recorded.unwrap()));
    let before = store.reads.load(Ordering::SeqCst);
    let history = everything().page(&engine, now(&engine)).await.unwrap();
    assert_eq!(history.items.len(), 16);
    let reads = store.reads.load(Ordering::SeqCst) - before;
    assert!(reads <= 2, "{reads} reads of two frames");
}
