//! The description of the events, as AsyncAPI 3: served at `/asyncapi.json` and kept in `docs/asyncapi.json`.
//!
//! Every version of every event type is a message: a CloudEvent with the data of that type. The shapes are those of the
//! OpenAPI document, from `procura_app::schemas`, so an event type that is described there is described here.

use crate::openapi::parameters::in_query;
use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use procura_app::schemas::{
    self,
    shape::{Shape, named, object, text, time},
};
use procura_domain::event::EventType;
use procura_engine::codec::event_version;
use serde::Serialize;
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::LazyLock};

/// Where the shapes stand, in this document as in that of the routes.
const SCHEMAS: &str = "#/components/schemas/";
/// The media type of a single CloudEvent.
const CLOUD_EVENT: &str = "application/cloudevents+json";
/// The version of the HTTP binding.
const HTTP_BINDING: &str = "0.3.0";

static DOCUMENT: LazyLock<String> =
    LazyLock::new(|| serde_json::to_string_pretty(&Document::new()).unwrap_or_default() + "\n");

/// `GET /asyncapi.json`
pub(crate) async fn description() -> Response {
    let json = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, json)], DOCUMENT.as_str()).into_response()
}

/// The document, its parts in this order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    asyncapi: &'static str,
    info: Value,
    default_content_type: &'static str,
    servers: Value,
    operations: Value,
    channels: Value,
    components: Components,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Components {
    messages: BTreeMap<String, Value>,
    schemas: BTreeMap<&'static str, Shape>,
    correlation_ids: Value,
    security_schemes: Value,
}

impl Document {
    fn new() -> Self {
        let events: BTreeMap<_, _> = events().collect();
        let stream = events.keys().cloned().chain(["heartbeat".to_owned(), "end".to_owned()]);
        let channels = json!({
            "stream": {
                "address": "/v1/events",
                "title": "The feed as a stream",
                "summary": "Server-sent events (`Accept: text/event-stream`).",
                "description": "It catches up and then follows, without end. `data` of each server-sent event is the \
                    payload of a message here, and `id` the cursor of the reader: a client that reconnects sends it as \
                    `Last-Event-ID`, and goes on behind it. A server-sent event without a name is an event of the log; \
                    heartbeat and end have theirs.",
                "messages": refer_to(stream),
            },
            "pages": {
                "address": "/v1/events",
                "title": "The feed in pages",
                "summary": "A batch of CloudEvents for each request.",
                "description": "`Procura-Reached` says behind which cursor to go on, and `Link` has the next page if there \
                    is more already.",
                "messages": refer_to(["batch".to_owned()]),
            },
            "webhook": {
                "address": null,
                "title": "A webhook of yours",
                "summary": "Each event as a request to the address that `PUT /v1/webhooks/{name}` was given.",
                "description": "It is sent again until it is answered with a success, for a day, in order for each \
                    `partitionkey`. Signed as Standard Webhooks say: `webhook-id`, the same whenever it is sent, \
                    `webhook-timestamp` and `webhook-signature`. Before the first, the receiver is asked with `OPTIONS`.",
                "messages": refer_to(events.keys().cloned()),
            },
        });
        let follow = operation("stream", "Follow what happens.", &["cursor", "types", "customer", "partner"]);
        let page = operation(
            "pages",
            "Read a page of what happened.",
            &["cursor", "feedLimit", "types", "customer", "partner"],
        );
        let send = json!({
            "action": "send",
            "channel": {"$ref": "#/channels/webhook"},
            "summary": "Send an event to a webhook.",
            "bindings": {"http": {"method": "POST", "bindingVersion": HTTP_BINDING}},
        });
        Self {
            asyncapi: "3.0.0",
            info: info(),
            default_content_type: CLOUD_EVENT,
            servers: servers(),
            operations: json!({"followEvents": follow, "listEvents": page, "sendEvent": send}),
            channels,
            components: Components {
                schemas: shapes(&events),
                messages: events.into_iter().chain(around_events()).collect(),
                correlation_ids: json!({"command": {
                    "location": "$message.payload#/correlationid",
                    "description": "The command that the event came from.",
                }}),
                security_schemes: json!({"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}),
            },
        }
    }
}

fn info() -> Value {
    json!({
        "title": "Procura: events",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "What happens in delegated administration, as CloudEvents, as far as the reader may know it. Readers \
            pass over types and fields that they do not know. docs/feed.md explains cursors, heartbeats, rights and \
            restores.",
        "license": {"name": "Apache-2.0"},
    })
}

fn servers() -> Value {
    let host = json!({"description": "The host of your server.", "default": "procura.example.com"});
    json!({"procura": {"host": "{host}", "protocol": "https", "variables": {"host": host}}})
}

/// `GET` of a channel with these parameters in the query.
fn operation(channel: &str, says: &str, parameters: &[&str]) -> Value {
    let parameters = parameters.iter().filter_map(|name| {
        let mut parameter = serde_json::to_value(in_query(name)).ok()?;
        let mut shape = parameter.get_mut("schema")?.take();
        let says = parameter.get_mut("description")?.take();
        shape.as_object_mut()?.insert("description".to_owned(), says);
        Some((parameter.get("name")?.as_str()?.to_owned(), shape))
    });
    let query = json!({"type": "object", "properties": parameters.collect::<BTreeMap<_, _>>(),
        "additionalProperties": false});
    json!({
        "action": "send",
        "channel": {"$ref": format!("#/channels/{channel}")},
        "summary": says,
        "security": [{"$ref": "#/components/securitySchemes/bearer"}],
        "bindings": {"http": {"method": "GET", "query": query, "bindingVersion": HTTP_BINDING}},
    })
}

/// Every version of every event type as a message, by the CloudEvent's type.
fn events() -> impl Iterator<Item = (String, Value)> {
    EventType::ALL.iter().flat_map(|event_type| {
        let versions = (1..).map_while(|version| Some((version, schemas::event(event_type.name(), version)?)));
        versions.map(|(version, data)| event(*event_type, version, data))
    })
}

fn event(event_type: EventType, version: u32, data: Shape) -> (String, Value) {
    let name = format!("procura.{event_type}.v{version}");
    let says = serde_json::to_value(&data).ok().and_then(|mut data| Some(data.get_mut("description")?.take()));
    // The feed gives the newest version, whose data has a name.
    let data = if version == event_version(event_type) { named(event_type.name()) } else { data };
    let of_this_type = json!({"type": "object", "properties": {
        "type": {"type": "string", "enum": [name]}, "data": data,
    }});
    let message = json!({
        "name": name,
        "summary": says,
        "contentType": CLOUD_EVENT,
        "correlationId": {"$ref": "#/components/correlationIds/command"},
        "payload": {"allOf": [named("CloudEvent"), of_this_type]},
    });
    (name, message)
}

/// The messages that are no event, or many.
fn around_events() -> impl Iterator<Item = (String, Value)> {
    let heartbeat: Shape = object("How far a reader has come.")
        .has("source", text(), "The log, as its events name it.")
        .has("reached", text(), "The cursor up to which everything was looked at.")
        .has("time", time(), "The server's time.")
        .into();
    let headers = json!({"type": "object", "required": ["Procura-Reached"], "properties": {
        "Procura-Reached": {"type": "string", "description": "The cursor behind which to go on."},
        "Link": {"type": "string", "description": "The next page, if there is more already."},
    }});
    let json = "application/json";
    let messages = [
        (
            "heartbeat",
            json!({"summary": "How far the reader has come: when it has caught up, and in each interval.", "contentType": json,
                "payload": heartbeat}),
        ),
        (
            "end",
            json!({"summary": "The last message of a stream: why it ends.", "contentType": json,
                "payload": named("Problem")}),
        ),
        (
            "batch",
            json!({"summary": "A page: events in order, each as its type has it, or none.",
                "contentType": "application/cloudevents-batch+json", "payload": named("CloudEventBatch"),
                "bindings": {"http": {"headers": headers, "statusCode": 200, "bindingVersion": HTTP_BINDING}}}),
        ),
    ];
    messages.into_iter().map(|(name, mut message)| {
        message.as_object_mut().into_iter().for_each(|message| drop(message.insert("name".to_owned(), name.into())));
        (name.to_owned(), message)
    })
}

/// References to the messages of those names.
fn refer_to(messages: impl IntoIterator<Item = String>) -> BTreeMap<String, Value> {
    let refer = |name: String| {
        let message = json!({"$ref": format!("#/components/messages/{name}")});
        (name, message)
    };
    messages.into_iter().map(refer).collect()
}

/// The shapes that messages refer to, and those that these refer to in turn.
fn shapes(events: &BTreeMap<String, Value>) -> BTreeMap<&'static str, Shape> {
    let names_in = |text: String| -> Vec<String> {
        let references = text.split(SCHEMAS).skip(1);
        references.filter_map(|rest| Some(rest.split('"').next()?.to_owned())).collect()
    };
    let all: BTreeMap<_, _> = schemas::all().into_iter().collect();
    let mut used = BTreeMap::new();
    let around = around_events().map(|(_, message)| message);
    let mut wanted: Vec<_> = events.values().cloned().chain(around).flat_map(|one| names_in(one.to_string())).collect();
    while let Some(name) = wanted.pop() {
        if let Some((name, shape)) = all.get_key_value(name.as_str()).filter(|(name, _)| !used.contains_key(*name)) {
            wanted.extend(names_in(serde_json::to_string(shape).unwrap_or_default()));
            used.insert(*name, shape.clone());
        }
    }
    used
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_version_of_every_event_type_is_a_message() {
        let document = serde_json::to_value(Document::new()).unwrap();
        let expected: BTreeSet<_> = EventType::ALL
            .iter()
            .flat_map(|event_type| (1..=event_version(*event_type)).map(move |version| (event_type, version)))
            .map(|(event_type, version)| format!("procura.{event_type}.v{version}"))
            .collect();
        for place in ["/components/messages", "/channels/stream/messages"] {
            let messages = document.pointer(place).unwrap().as_object().unwrap().keys();
            let described: BTreeSet<_> = messages.filter(|name| name.contains('.')).cloned().collect();
            assert_eq!(described, expected, "{place}");
        }
    }

    #[test]
    fn nothing_is_referred_to_that_is_not_there() {
        let document = serde_json::to_value(Document::new()).unwrap();
        let text = document.to_string();
        let references = text.split("\"$ref\":\"#").skip(1).map(|rest| rest.split('"').next().unwrap());
        let missing: BTreeSet<_> = references.filter(|pointer| document.pointer(pointer).is_none()).collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert_eq!(text.matches("\"$ref\":").count(), text.matches("\"$ref\":\"#").count(), "nothing is fetched");
    }
}
