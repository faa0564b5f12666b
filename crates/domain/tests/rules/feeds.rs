//! Consumers and webhooks: FEED-1 to FEED-3.

use crate::given::*;
use procura_domain::{
    access::Missing,
    aggregate::feed::FEEDS_OF_TENANT_MAX,
    command::Command,
    decide::{Context, decide},
    event::Event,
    personal::DataSubject,
    refusal::Refusal,
    rule::Rule,
    temporal::{Moment, Position},
    text::FeedName,
    visibility::{Happened, Reader, event_scope, reads_events, sees_feeds_of},
    vocabulary::{Actor, OverseerRole, User},
};
use serde_json::{Value, json};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const HOOK: &str = "https://hooks.example/procura";

fn consumer(name: &str) -> Value {
    json!({"name": name})
}

fn webhook(name: &str) -> Value {
    json!({"name": name, "url": HOOK, "secret": SECRET})
}

/// What [`consumer`] makes of the user's own, after that position.
fn set(who: Who, name: &str, after: u64) -> Event {
    let User { tenant, user } = who.user();
    event(
        "ConsumerSet",
        json!({"tenant": tenant, "user": user, "name": name, "after": after, "visibilitySeconds": 30, "tries": 5,
            "onParked": "goOn"}),
    )
}

fn hooked(world: &World, who: Who, name: &str, after: u64) -> Event {
    let User { tenant, user } = who.user();
    event(
        "WebhookSet",
        json!({"webhook": world.fresh().entity.to_string(), "tenant": tenant, "user": user, "name": name, "after": after,
            "onParked": "goOn", "newSecret": true}),
    )
}

fn deleted(who: Who, name: &str) -> Event {
    let User { tenant, user } = who.user();
    event("ConsumerDeleted", json!({"tenant": tenant, "user": user, "name": name}))
}

fn name(text: &str) -> FeedName {
    FeedName::new(text).unwrap()
}

/// What a command of that actor comes to, whose token carries a service role.
fn by_service(
    world: &World,
    actor: &Actor,
    role: Option<OverseerRole>,
    command: Command,
) -> Result<Vec<Event>, Refusal> {
    let link = procura_domain::invitation_link::InvitationLink::below(PUBLIC_URL);
    let Moment { position, at } = world.now();
    let context = Context { actor, at, position, fresh: world.fresh(), name_holder: None, invitation_link: &link };
    decide(&command.with_role(role), &context, &world.state)
}

#[test]
fn feed_1_each_has_its_own_by_name() {
    let world = world().when(PA, "SetConsumer", consumer("billing")).then([set(PA, "billing", 8)]);
    let world = world.when(PS, "SetConsumer", consumer("billing")).then([set(PS, "billing", 9)]);
    let world = world.when(CG, "SetConsumer", consumer("billing")).then([set(CG, "billing", 10)]);
    let has = |who: Who, position| world.state.consumer(who.user(), &name("billing"), Position(position)).is_some();
    assert_eq!([PA, PS, CG, PH].map(|who| has(who, 11)), [true, true, true, false]);
    assert_eq!([8, 9, 10].map(|position| has(PS, position)), [false, false, true]);
    let world = world.when(PA, "DeleteConsumer", consumer("billing")).then([deleted(PA, "billing")]);
    assert_eq!(world.state.deliveries_of(P.parse().unwrap()), 1);
    world.when(PA, "DeleteConsumer", consumer("billing")).then_not_found("name");
}

#[test]
fn feed_1_a_changed_one_goes_on_where_it_was() {
    let world = world().when(PA, "SetConsumer", json!({"name": "a", "after": 0})).then([set(PA, "a", 0)]);
    // `after` is where a new one begins.
    world.when(PA, "SetConsumer", json!({"name": "a", "after": 5})).then([set(PA, "a", 0)]);
    let problem = "lies ahead of the log";
    crate::given::world()
        .when(PA, "SetConsumer", json!({"name": "a", "after": 9}))
        .then_refusal(Refusal::InvalidCommand { field: "after", problem });
}

#[test]
fn feed_1_a_service_has_them_by_its_own_id() {
    let world = world();
    let of = |role, actor: Actor| by_service(&world, &actor, role, command("SetConsumer", consumer("billing")));
    let service = STRANGER.user();
    let Event::ConsumerSet(by_auditor) = &of(Some(OverseerRole::Auditor), Actor::User(service)).unwrap()[0] else {
        panic!()
    };
    assert_eq!((by_auditor.user, by_auditor.role), (service.user, Some(OverseerRole::Auditor)));
    let Event::ConsumerSet(by_operator) = &of(None, Actor::Operator(service.to_string())).unwrap()[0] else { panic!() };
    assert_eq!((by_operator.user, by_operator.role), (service.user, Some(OverseerRole::Operator)));
    // An operator who was stated by name does not come back to read.
    let stated = of(None, Actor::Operator("ada".into())).unwrap_err();
    assert_eq!(stated, not_allowed(Rule::Feed1, Missing::FeedOwner, None));
    let stranger = of(None, Actor::User(service)).unwrap_err();
    assert_eq!(stranger, not_allowed(Rule::Ten2, Missing::RegisteredTenant, None));
}

#[test]
fn feed_1_a_tenants_users_have_so_many() {
    let many = (1..FEEDS_OF_TENANT_MAX).map(|number| did(PA, "SetConsumer", consumer(&format!("c{number}"))));
    let world = world().and(many.chain([did(PS, "SetWebhook", webhook("hook"))]));
    let full = Refusal::TooManyFeeds(FEEDS_OF_TENANT_MAX);
    let world = world.when(PH, "SetConsumer", consumer("one-more")).then_refusal(full.clone());
    let world = world.when(PA, "SetWebhook", webhook("one-more")).then_refusal(full);
    // One that is there may be changed, and another tenant has its own.
    let world = world.and([did(PA, "SetConsumer", consumer("c1")), did(CG, "SetConsumer", consumer("c1"))]);
    world.and([did(PA, "DeleteConsumer", consumer("c1")), did(PH, "SetConsumer", consumer("one-more"))]);
}

#[test]
fn feed_1_the_owner_its_administrators_and_overseers_are_told() {
    let world = world().and([did(PA, "SetConsumer", consumer("billing"))]);
    let set = set(PA, "billing", 8);
    let moment = |position| Moment { position: Position(position), at: world.now().at };
    let happened = Happened { event: &set, by: &PA.actor(), before: moment(8), at: moment(9) };
    let sees = |reader| {
        let scope = event_scope(reader, &happened, world.now(), &world.state).is_some();
        assert_eq!(scope, sees_feeds_of(reader, PA.user(), world.now(), &world.state), "{reader:?}");
        scope
    };
    let users = [PA, PG, PH, PS, PU, CG, CU, STRANGER].map(|who| sees(Reader::User(who.user())));
    assert_eq!(users, [true, true, false, false, false, false, false, false]);
    assert!(sees(Reader::Overseer) && !sees(Reader::Decider));
}

#[test]
fn feed_2_who_is_told_of_no_events_has_no_consumer() {
    let world = world();
    let reads = |who: Who| reads_events(Reader::User(who.user()), world.now(), &world.state);
    assert_eq!([PG, PA, PH, PS, CG].map(reads), [true; 5]);
    assert_eq!([PU, CU, STRANGER].map(reads), [false; 3]);
    let refused = not_allowed(Rule::Feed2, Missing::EventsToRead, None);
    for who in [PU, CU] {
        crate::given::world().when(who, "SetConsumer", consumer("a")).then_refusal(refused.clone());
        crate::given::world().when(who, "SetWebhook", webhook("a")).then_refusal(refused.clone());
    }
    // Whoever has lost the right may still tidy up.
    let left = json!({"partner": P, "group": "SalesAgents", "user": PS.id()});
    let world = crate::given::world().and([did(PS, "SetConsumer", consumer("a")), did(PG, "RemoveGroupMember", left)]);
    let world = world.when(PS, "SetConsumer", consumer("a")).then_refusal(refused);
    world.when(PS, "DeleteConsumer", consumer("a")).then([deleted(PS, "a")]);
}

#[test]
fn feed_3_address_and_secret_are_in_no_event() {
    let world = world();
    let made = hooked(&world, PA, "siem", 8);
    let Some(DataSubject::Webhook(id)) = made.data_subject() else { panic!() };
    let command = command("SetWebhook", webhook("siem"));
    let personal = command.personal();
    assert_eq!(personal.url.as_deref(), Some(HOOK));
    assert_eq!(personal.secret.map(|secret| secret.reveal().to_owned()).as_deref(), Some(SECRET));
    assert!(!format!("{command:?}").contains(SECRET));
    let world = world.when(PA, "SetWebhook", webhook("siem")).then([made]);
    let text = format!("{:?}", world.state.webhooks().collect::<Vec<_>>());
    assert!(!text.contains("hooks.example") && !text.contains("whsec"), "{text}");
    // What is sealed goes with the webhook.
    assert_eq!(world.state.erased(DataSubject::Webhook(id)), None);
    let User { tenant, user } = PA.user();
    let gone = event("WebhookDeleted", json!({"webhook": id, "tenant": tenant, "user": user, "name": "siem"}));
    let world = world.when(PA, "DeleteWebhook", consumer("siem")).then([gone]);
    assert_eq!(world.state.erased(DataSubject::Webhook(id)), Some(event_ref("WebhookDeleted@10")));
    // Nobody erases it by itself.
    let subject = json!({"subject": format!("webhook:{id}")});
    world.when(OPERATOR, "ErasePersonalData", subject).then_not_found("subject");
}

#[test]
fn feed_3_the_secret_before_is_known_and_a_new_webhook_needs_one() {
    let without = json!({"name": "siem", "url": HOOK});
    let problem = "is missing; give one, or make the webhook with `PUT /v1/webhooks/{name}`, which does";
    let missing = Refusal::InvalidCommand { field: "secret", problem };
    let world = world().when(PA, "SetWebhook", without.clone()).then_refusal(missing);
    let world = world.and([did(PA, "SetWebhook", webhook("siem")), did(PA, "SetWebhook", without)]);
    let secrets = |world: &World| {
        let found = world.state.webhook(PA.user(), &name("siem"), world.now().position).unwrap();
        let (newest, before) = found.value.secrets;
        (newest.position.0, before.map(|before| before.position.0))
    };
    assert_eq!(secrets(&world), (9, None), "the one it had");
    let world = world.and([did(PA, "SetWebhook", webhook("siem"))]);
    assert_eq!(secrets(&world), (11, Some(9)));
    let world = world.and([did(PA, "SetWebhook", webhook("siem"))]);
    assert_eq!(secrets(&world), (12, Some(11)));
}
