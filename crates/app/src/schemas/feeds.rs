//! What consumers and webhooks are asked and answer.

use super::{
    commands::CommandDescription,
    fields::with_fields,
    shape::{Fields, Shape, guid, list, matching, named, object, or_null, text, time, truth, whole},
};

pub(super) fn feeds() -> Vec<(&'static str, Shape)> {
    let progress = |object: Fields| {
        object
            .has("done", cursor(), "Everything up to there is acknowledged, parked, or not wanted.")
            .has("lagEvents", whole(0), "How many events of the log come behind that, wanted or not.")
            .has("lagSeconds", whole(0), "For how long the first of them has been there.")
            .has("open", whole(0), "How many events are given out or wait.")
            .has("parked", whole(0), "How many were tried too often.")
            .has("paused", truth(), "Whether nothing is delivered for now.")
            .may_have("lastError", text(), "Why the last delivery failed, if it did.")
            .may_have(
                "ownerLostAccess",
                truth(),
                "Its owner is told of no events any more, so nothing is delivered (FEED-2).",
            )
    };
    // The fields of the command that sets it, without the name, which stands in the path.
    let settings = |name: &str, says: &str| {
        let fields =
            CommandDescription::named(name).map_or("", |command| command.fields().trim_start_matches("feedName "));
        with_fields(object(says), fields, true)
    };
    let owned = |object: Fields| object.has("owner", named("UserOfTenant"), "").has("name", text(), "");
    let consumer = owned(object("A consumer: how it is set, and how far it has come."));
    let consumer = with_fields(consumer, "overseerRole? filter begunAfter visibilitySeconds tries onParked", false);
    let webhook = owned(object("A webhook: how it is set, and how far it has come.").has("webhook", guid(), ""))
        .may_have("url", text(), "Where it sends; told to its owner alone.")
        .may_have("secret", text(), "Its secret, in the answer that made it and in no other.");
    let webhook = with_fields(webhook, "overseerRole? filter begunAfter onParked", false);
    let webhook_settings = settings("SetWebhook", "How a webhook is to be set.").may_have(
        "newSecret",
        or_null(truth()),
        "Whether it gets another secret; a new webhook gets one in any case.",
    );
    let fetched_event = object("An event that is the caller's until it is acknowledged, or the time is up.")
        .has("cursor", cursor(), "What it is acknowledged by.")
        .has("tries", whole(1), "How often it was given out, this time included.")
        .has("event", named("CloudEvent"), "");
    let fetched = object("Events to work on.")
        .has("paused", truth(), "Whether the consumer hands out nothing for now.")
        .has("acknowledgeBy", or_null(time()), "What is not acknowledged by then comes again; null if there are none.")
        .has("events", list(named("FetchedEvent")), "In order for each key.");
    let acknowledgement =
        object("What became of events.").may_have("events", list(cursor()), "These are done with.").may_have(
            "failed",
            list(named("FailedEvent")),
            "These failed: they come again, or are parked if they were tried too often.",
        );
    let failed = object("An event that a reader could do nothing with.").has("event", cursor(), "Its cursor.").has(
        "error",
        text(),
        "Why; the first 500 characters are kept.",
    );
    let parked = object("An event that was tried too often.")
        .has("event", cursor(), "Its cursor.")
        .has("tries", whole(0), "How often it was given out.")
        .has("error", text(), "Why it failed the last time.")
        .has("parkedAt", time(), "");
    let items = |says: &str, of: &str| object(says).has("items", list(named(of)), "");
    vec![
        ("Consumer", progress(consumer).into()),
        ("ConsumerList", items("Consumers.", "Consumer").into()),
        ("ConsumerSettings", settings("SetConsumer", "How a consumer is to be set.").into()),
        ("Webhook", progress(webhook).into()),
        ("WebhookList", items("Webhooks.", "Webhook").into()),
        ("WebhookSettings", webhook_settings.into()),
        ("Fetched", fetched.into()),
        ("FetchedEvent", fetched_event.into()),
        ("Acknowledgement", acknowledgement.into()),
        ("FailedEvent", failed.into()),
        (
            "Acknowledged",
            object("How many of what was named were still open.")
                .has("acknowledged", whole(0), "")
                .has("failed", whole(0), "")
                .into(),
        ),
        ("SeekRequest", object("Where to go on.").has("after", cursor(), "Behind this cursor.").into()),
        ("ParkedEvent", parked.into()),
        ("ParkedList", items("Parked events, in order.", "ParkedEvent").into()),
        (
            "ParkedRequest",
            object("What is to become of parked events.")
                .may_have("replay", list(cursor()), "These are given out again.")
                .may_have("drop", list(cursor()), "These are done away with.")
                .into(),
        ),
        (
            "ParkedChanges",
            object("How many of what was named were parked.")
                .has("replayed", whole(0), "")
                .has("dropped", whole(0), "")
                .into(),
        ),
    ]
}

fn cursor() -> Shape {
    matching("^[0-9]+(@[0-9]+)?$")
}
