//! What of a changed document breaks a client that relies on the one before.
//!
//! A client sends what the old one allows, and reads what the new one answers. So a request may ask for no more than it did
//! and take no less; an answer may promise no less, and hold no words that the client does not know. Two exceptions, which
//! clients are told to expect: new fields of answers, and new codes of errors and types of events (`docs/http.md`).

use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Words that clients are told to expect more of.
const GROWING: [&str; 3] = ["Code", "EventType", "Rule"];

/// What breaks, a line each.
pub(crate) fn breaks(old: &Value, new: &Value) -> Vec<String> {
    let mut compare = Compare { old, new, under_way: BTreeSet::new(), found: Vec::new() };
    for (path, item) in entries(&old["paths"]) {
        for (method, operation) in entries(item) {
            let place = format!("{} {path}", method.to_uppercase());
            match new["paths"][path].get(method) {
                None => compare.found.push(format!("{place} is gone")),
                Some(now) => compare.operation(&place, operation, now),
            }
        }
    }
    compare.found
}

/// The same of a document of the events: what breaks a client that relies on the one before, a line each.
pub(crate) fn event_breaks(old: &Value, new: &Value) -> Vec<String> {
    let mut compare = Compare { old, new, under_way: BTreeSet::new(), found: Vec::new() };
    for (name, operation) in entries(&old["operations"]) {
        match new["operations"].get(name) {
            None => compare.found.push(format!("{name} is gone")),
            Some(now) => compare.messages(name, operation, now),
        }
    }
    compare.found
}

/// Which way a value goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Request,
    Answer,
}

struct Compare<'a> {
    old: &'a Value,
    new: &'a Value,
    /// Pairs of named shapes that are being compared or were, which may refer to each other.
    under_way: BTreeSet<(String, String, Way)>,
    found: Vec<String>,
}

impl Compare<'_> {
    fn operation(&mut self, place: &str, old: &Value, new: &Value) {
        if old["operationId"] != new["operationId"] {
            self.found.push(format!("{place} is called {} and no longer {}", new["operationId"], old["operationId"]));
        }
        let named = |document: &Value, operation: &Value| -> Vec<Value> {
            let all = operation["parameters"].as_array().cloned().unwrap_or_default();
            all.iter().map(|parameter| resolved(document, parameter).clone()).collect()
        };
        let (before, now) = (named(self.old, old), named(self.new, new));
        let same = |one: &Value, other: &Value| one["name"] == other["name"] && one["in"] == other["in"];
        for parameter in &now {
            let found = before.iter().find(|found| same(found, parameter));
            let place = format!("{place}, parameter {}", parameter["name"]);
            let required = |parameter: &Value| parameter["required"] == true;
            if required(parameter) && !found.is_some_and(required) {
                self.found.push(format!("{place} must be given now"));
            }
            if let Some(found) = found {
                self.shapes(&place, &found["schema"], &parameter["schema"], Way::Request);
            }
        }
        for parameter in before.iter().filter(|parameter| !now.iter().any(|found| same(found, parameter))) {
            self.found.push(format!("{place}, parameter {} is gone", parameter["name"]));
        }
        let body = |operation: &Value| operation["requestBody"]["content"]["application/json"]["schema"].clone();
        match (body(old), body(new)) {
            (Value::Null, Value::Null) => {}
            (Value::Null, _) => self.found.push(format!("{place} takes a body now")),
            (_, Value::Null) => self.found.push(format!("{place} takes no body now")),
            (old, new) => self.shapes(&format!("{place}, body"), &old, &new, Way::Request),
        }
        for (status, answer) in entries(&old["responses"]) {
            let place = format!("{place}, {status}");
            let Some(now) = new["responses"].get(status) else {
                // An error that no longer happens breaks nobody.
                if status.starts_with('2') {
                    self.found.push(format!("{place} is gone"));
                }
                continue;
            };
            let (answer, now) = (resolved(self.old, answer).clone(), resolved(self.new, now).clone());
            for (name, _) in entries(&answer["headers"]).filter(|(name, _)| now["headers"].get(name).is_none()) {
                self.found.push(format!("{place}, header {name} is gone"));
            }
            for (media_type, content) in entries(&answer["content"]) {
                match now["content"].get(media_type) {
                    None => self.found.push(format!("{place}, {media_type} is gone")),
                    Some(now) => self.shapes(&place, &content["schema"], &now["schema"], Way::Answer),
                }
            }
        }
        for (status, _) in entries(&new["responses"]).filter(|(status, _)| old["responses"].get(status).is_none()) {
            if status.starts_with('2') {
                self.found.push(format!("{place}, {status} is new"));
            }
        }
    }

    /// An operation on a channel. New messages are announced: readers pass over those that they do not know.
    fn messages(&mut self, place: &str, old: &Value, new: &Value) {
        let http = |operation: &Value, part: &str| operation["bindings"]["http"][part].clone();
        self.shapes(&format!("{place}, query"), &http(old, "query"), &http(new, "query"), Way::Request);
        let (before, now) = (resolved(self.old, &old["channel"]), resolved(self.new, &new["channel"]));
        let where_to = |operation: &Value, channel: &Value| {
            [&operation["action"], &http(operation, "method"), &channel["address"]].map(Value::to_string).join(" ")
        };
        if where_to(old, before) != where_to(new, now) {
            self.found.push(format!("{place} is {} now and was {}", where_to(new, now), where_to(old, before)));
        }
        for (name, message) in entries(&before["messages"]) {
            let place = format!("{place}, {name}");
            let Some(now) = now["messages"].get(name) else {
                self.found.push(format!("{place} is gone"));
                continue;
            };
            let (message, now) = (resolved(self.old, message), resolved(self.new, now));
            if message["contentType"] != now["contentType"] {
                self.found.push(format!("{place} is {} now and was {}", now["contentType"], message["contentType"]));
            }
            self.shapes(&place, &message["payload"], &now["payload"], Way::Answer);
            self.shapes(&format!("{place}, headers"), &http(message, "headers"), &http(now, "headers"), Way::Answer);
        }
    }

    fn shapes(&mut self, place: &str, old: &Value, new: &Value, way: Way) {
        if let (Some(one), Some(other)) = (old["$ref"].as_str(), new["$ref"].as_str())
            && !self.under_way.insert((one.to_owned(), other.to_owned(), way))
        {
            return;
        }
        let grows =
            GROWING.iter().any(|name| old["$ref"].as_str().is_some_and(|found| found.ends_with(&format!("/{name}"))));
        let (old, new) = (resolved(self.old, old).clone(), resolved(self.new, new).clone());
        if old == new {
            return self.inside(place, &old, &new, way);
        }
        let missing = |from: &BTreeSet<String>, of: &BTreeSet<String>| of.difference(from).cloned().collect::<Vec<_>>();
        let (before, now) = (types(&old), types(&new));
        let lost = match way {
            Way::Request => missing(&now, &before),
            Way::Answer => missing(&before, &now),
        };
        if !lost.is_empty() {
            let says = if way == Way::Request { "does not take" } else { "may be" };
            self.found.push(format!("{place} {says} {} now", lost.join(", ")));
        }
        match (words(&old), words(&new), way) {
            (Some(before), Some(now), Way::Request) if !missing(&now, &before).is_empty() => {
                self.found.push(format!("{place} does not take {} now", missing(&now, &before).join(", ")));
            }
            (Some(before), Some(now), Way::Answer) if !grows && !missing(&before, &now).is_empty() => {
                self.found.push(format!("{place} may be {} now", missing(&before, &now).join(", ")));
            }
            (None, Some(_), Way::Request) => self.found.push(format!("{place} takes certain words alone now")),
            (Some(_), None, Way::Answer) => self.found.push(format!("{place} may be any word now")),
            _ => {}
        }
        if way == Way::Request {
            for (limit, is_narrower) in LIMITS {
                if is_narrower(&old[limit], &new[limit]) {
                    self.found.push(format!("{place}, {limit} is {} now and was {}", new[limit], old[limit]));
                }
            }
        }
        self.inside(place, &old, &new, way);
    }

    fn inside(&mut self, place: &str, old: &Value, new: &Value, way: Way) {
        let required = |shape: &Value| -> BTreeSet<String> {
            let names = shape["required"].as_array().into_iter().flatten();
            names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
        };
        let (before, now) = (required(old), required(new));
        let (names, says): (Vec<_>, _) = match way {
            Way::Request => (now.difference(&before).collect(), "must be given now"),
            Way::Answer => (before.difference(&now).collect(), "may be missing now"),
        };
        self.found.extend(names.into_iter().map(|name| format!("{place}.{name} {says}")));
        for (name, shape) in entries(&old["properties"]) {
            let place = format!("{place}.{name}");
            match new["properties"].get(name) {
                None => self.found.push(format!("{place} is gone")),
                Some(now) => self.shapes(&place, shape, now, way),
            }
        }
        if !old["items"].is_null() && !new["items"].is_null() {
            self.shapes(&format!("{place}[]"), &old["items"], &new["items"], way);
        }
        let parts = |shape: &Value| shape["allOf"].as_array().cloned().unwrap_or_default();
        let (before, now) = (parts(old), parts(new));
        if before.len() != now.len() {
            self.found.push(format!("{place} has {} parts now and had {}", now.len(), before.len()));
        }
        for (part, now) in before.iter().zip(&now) {
            self.shapes(place, part, now, way);
        }
        for union in ["oneOf", "anyOf"] {
            self.union(place, &old[union], &new[union], way);
        }
    }

    /// The members of a union, by their names.
    fn union(&mut self, place: &str, old: &Value, new: &Value, way: Way) {
        let members = |union: &Value| union.as_array().cloned().unwrap_or_default();
        let (before, now) = (members(old), members(new));
        // One shape or null: a name of the shape is not on the wire.
        let only = |members: &[Value]| {
            let mut shapes = members.iter().filter(|member| member["type"] != "null");
            shapes.next().cloned().filter(|_| members.len() == 2 && shapes.next().is_none())
        };
        if let (Some(one), Some(other)) = (only(&before), only(&now)) {
            return self.shapes(place, &one, &other, way);
        }
        let name = |member: &Value| member["$ref"].as_str().map_or_else(|| member["type"].to_string(), str::to_owned);
        for member in &before {
            match now.iter().find(|found| name(found) == name(member)) {
                Some(found) => self.shapes(place, member, found, way),
                None if way == Way::Request => self.found.push(format!("{place} does not take {} now", name(member))),
                None => {}
            }
        }
        // New types of events are announced, and their data with them.
        let is_announced = place.ends_with(".data");
        for member in now.iter().filter(|member| !before.iter().any(|found| name(found) == name(member))) {
            if way == Way::Answer && !before.is_empty() && !is_announced {
                self.found.push(format!("{place} may be {} now", name(member)));
            }
        }
    }
}

type IsNarrower = fn(&Value, &Value) -> bool;

/// The limits of what a request takes, and whether one is narrower than it was.
const LIMITS: [(&str, IsNarrower); 10] = [
    ("maximum", is_less),
    ("maxLength", is_less),
    ("maxItems", is_less),
    ("minimum", is_more),
    ("minLength", is_more),
    ("minItems", is_more),
    ("pattern", is_other),
    ("format", is_other),
    ("uniqueItems", is_other),
    ("additionalProperties", |old, new| new == &Value::Bool(false) && old != new),
];

fn is_less(old: &Value, new: &Value) -> bool {
    new.as_f64().is_some_and(|new| old.as_f64().is_none_or(|old| new < old))
}

fn is_more(old: &Value, new: &Value) -> bool {
    new.as_f64().is_some_and(|new| old.as_f64().is_none_or(|old| new > old))
}

fn is_other(old: &Value, new: &Value) -> bool {
    !new.is_null() && old != new
}

/// The types that a value may have; none if any.
fn types(shape: &Value) -> BTreeSet<String> {
    match &shape["type"] {
        Value::String(name) => BTreeSet::from([name.clone()]),
        Value::Array(names) => names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect(),
        _ => BTreeSet::new(),
    }
}

fn words(shape: &Value) -> Option<BTreeSet<String>> {
    Some(shape["enum"].as_array()?.iter().map(Value::to_string).collect())
}

fn entries(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object.as_object().into_iter().flat_map(Map::iter)
}

/// What a reference in the document refers to; else the value itself.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let Some(pointer) = value["$ref"].as_str().and_then(|name| name.strip_prefix('#')) else { return value };
    document.pointer(pointer).unwrap_or(value)
}

mod tests {
    use super::{breaks, event_breaks};
    use serde_json::{Value, json};

    fn document() -> Value {
        json!({
            "paths": {
                "/a/{id}": {
                    "get": {
                        "operationId": "getA",
                        "parameters": [
                            {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
                            {"name": "limit", "in": "query", "required": false, "schema": {"type": "integer", "minimum": 1, "maximum": 500}},
                            {"$ref": "#/components/parameters/Epoch"},
                        ],
                        "responses": {
                            "200": {"headers": {"Position": {}}, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}},
                            "404": {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
                        },
                    },
                    "post": {
                        "operationId": "setA",
                        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Set"}}}},
                        "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}},
                    },
                },
            },
            "components": {
                "parameters": {"Epoch": {"name": "Epoch", "in": "header", "required": false, "schema": {"type": "integer"}}},
                "schemas": {
                    "A": {"type": "object", "required": ["id", "kind"], "properties": {
                        "id": {"type": "string"},
                        "kind": {"type": "string", "enum": ["x", "y"]},
                        "inner": {"$ref": "#/components/schemas/A"},
                        "list": {"type": "array", "items": {"$ref": "#/components/schemas/Holder"}},
                    }},
                    "Holder": {"oneOf": [{"$ref": "#/components/schemas/User"}, {"type": "null"}]},
                    "User": {"type": "object", "required": ["user"], "properties": {"user": {"type": "string"}}},
                    "Problem": {"type": "object", "properties": {"code": {"$ref": "#/components/schemas/Code"}}},
                    "Code": {"type": "string", "enum": ["notFound"]},
                    "Set": {"type": "object", "required": ["id"], "properties": {
                        "id": {"type": "string", "maxLength": 64},
                        "kind": {"type": "string", "enum": ["x", "y"]},
                        "note": {"type": ["string", "null"]},
                    }},
                },
            },
        })
    }

    /// A change of the value at a pointer, and what is said of it; nothing, if it breaks nobody.
    #[test]
    fn each_planted_change_is_judged() {
        const A: &str = "/components/schemas/A";
        const SET: &str = "/components/schemas/Set";
        let get = "/paths/~1a~1{id}/get";
        let limit = format!("{get}/parameters/1");
        let rows: Vec<(String, Value, &str)> = vec![
            ("/paths".into(), json!({}), "is gone"),
            ("/paths/~1a~1{id}/post".into(), Value::Null, "POST /a/{id} is gone"),
            (format!("{get}/operationId"), json!("readA"), "is called"),
            (format!("{get}/responses/200"), Value::Null, "200"),
            (format!("{get}/responses/404"), Value::Null, ""),
            (format!("{get}/responses/200/headers"), json!({}), "header Position is gone"),
            (format!("{get}/responses/200/content"), json!({"text/csv": {}}), "application/json is gone"),
            (format!("{get}/responses/202"), json!({}), "202 is new"),
            (format!("{get}/responses/503"), json!({}), ""),
            (format!("{limit}/required"), json!(true), "\"limit\" must be given now"),
            (format!("{limit}/schema/maximum"), json!(100), "maximum is 100"),
            (format!("{limit}/schema/maximum"), json!(1000), ""),
            (format!("{limit}/schema/minimum"), json!(2), "minimum is 2"),
            (format!("{limit}/schema/type"), json!("string"), "does not take integer"),
            (limit.clone(), json!({"name": "size", "in": "query"}), "parameter \"limit\" is gone"),
            ("/components/parameters/Epoch/required".into(), json!(true), "\"Epoch\" must be given now"),
            (format!("{A}/properties/id/type"), json!("integer"), "may be integer"),
            (format!("{A}/properties/id/type"), json!(["string", "null"]), "may be null"),
            (format!("{A}/properties/kind/enum"), json!(["x", "y", "z"]), "may be \"z\""),
            (format!("{A}/properties/kind/enum"), json!(["x"]), ""),
            (format!("{A}/properties/more"), json!({"type": "string"}), ""),
            (
                format!("{A}/properties"),
                json!({"id": {"type": "string"}, "kind": {"type": "string", "enum": ["x", "y"]}}),
                "inner is gone",
            ),
            (format!("{A}/required"), json!(["id"]), "kind may be missing"),
            (format!("{A}/required"), json!(["id", "kind", "inner"]), ""),
            (
                "/components/schemas/Holder/oneOf".into(),
                json!([{"$ref": "#/components/schemas/User"}, {"type": "null"}, {"type": "string"}]),
                "may be \"string\"",
            ),
            ("/components/schemas/Holder/oneOf".into(), json!([{"$ref": "#/components/schemas/User"}]), ""),
            ("/components/schemas/User/required".into(), json!([]), "user may be missing"),
            ("/components/schemas/Code/enum".into(), json!(["notFound", "lost"]), ""),
            (format!("{SET}/required"), json!(["id", "kind"]), "kind must be given now"),
            (format!("{SET}/required"), json!([]), ""),
            (format!("{SET}/properties/kind/enum"), json!(["x"]), "does not take \"y\""),
            (format!("{SET}/properties/kind/enum"), json!(["x", "y", "z"]), ""),
            (format!("{SET}/properties/note/type"), json!("string"), "does not take null"),
            (format!("{SET}/properties/id/maxLength"), json!(32), "maxLength is 32"),
            (format!("{SET}/properties/id/pattern"), json!("^a$"), "pattern is"),
            (format!("{SET}/properties/id/type"), json!(["string", "null"]), ""),
            (format!("{SET}/properties"), json!({"id": {"type": "string", "maxLength": 64}}), "is gone"),
            (format!("{SET}/additionalProperties"), json!(false), "additionalProperties"),
            (format!("{SET}/description"), json!("words"), ""),
        ];
        judge(&document(), breaks, &rows);
    }

    fn events() -> Value {
        json!({
            "operations": {"follow": {
                "action": "send",
                "channel": {"$ref": "#/channels/stream"},
                "bindings": {"http": {"method": "GET", "query": {"properties": {"after": {"type": "string"}}}}},
            }},
            "channels": {"stream": {"address": "/v1/events", "messages": {
                "x.v1": {"$ref": "#/components/messages/x.v1"}, "end": {"$ref": "#/components/messages/end"},
            }}},
            "components": {
                "messages": {
                    "x.v1": {"contentType": "application/cloudevents+json", "payload": {"allOf": [
                        {"$ref": "#/components/schemas/CloudEvent"},
                        {"properties": {"type": {"enum": ["x.v1"]}, "data": {"$ref": "#/components/schemas/X"}}},
                    ]}},
                    "end": {"contentType": "application/json", "payload": {"type": "object"}, "bindings": {"http": {
                        "headers": {"required": ["Link"], "properties": {"Link": {"type": "string"}}},
                    }}},
                },
                "schemas": {
                    "CloudEvent": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
                    "X": {"type": "object", "required": ["customer"], "properties": {"customer": {"type": "string"}}},
                },
            },
        })
    }

    #[test]
    fn each_planted_change_of_the_events_is_judged() {
        const FOLLOW: &str = "/operations/follow";
        const MESSAGES: &str = "/components/messages";
        const SCHEMAS: &str = "/components/schemas";
        let rows: Vec<(String, Value, &str)> = vec![
            ("/operations".into(), json!({}), "follow is gone"),
            (format!("{FOLLOW}/action"), json!("receive"), "was \"send\""),
            (format!("{FOLLOW}/bindings/http/method"), json!("POST"), "\"POST\""),
            (format!("{FOLLOW}/bindings/http/query/required"), json!(["after"]), "must be given now"),
            (format!("{FOLLOW}/bindings/http/query/properties"), json!({}), "after is gone"),
            ("/channels/stream/address".into(), json!("/v2/events"), "\"/v2/events\""),
            ("/channels/stream/messages/x.v1".into(), Value::Null, "x.v1 is gone"),
            ("/channels/stream/messages/y.v1".into(), json!({}), ""),
            (format!("{MESSAGES}/end/contentType"), json!("text/plain"), "\"text/plain\""),
            (format!("{MESSAGES}/end/payload/type"), json!("array"), "may be array"),
            (format!("{MESSAGES}/end/bindings/http/headers/required"), json!([]), "Link may be missing"),
            (format!("{MESSAGES}/x.v1/payload/allOf"), json!([]), "0 parts"),
            (format!("{MESSAGES}/x.v1/payload/allOf/1/properties/type/enum"), json!(["x.v2"]), "may be \"x.v2\""),
            (format!("{SCHEMAS}/CloudEvent/required"), json!([]), "id may be missing"),
            (format!("{SCHEMAS}/CloudEvent/properties/more"), json!({"type": "string"}), ""),
            (format!("{SCHEMAS}/X/properties/customer/type"), json!("integer"), "may be integer"),
            (format!("{SCHEMAS}/X/properties"), json!({}), "customer is gone"),
            (format!("{SCHEMAS}/X/properties/more"), json!({"type": "string"}), ""),
        ];
        judge(&events(), event_breaks, &rows);
    }

    /// Plants each change, and holds what is said of it against what is expected.
    fn judge(document: &Value, breaks: fn(&Value, &Value) -> Vec<String>, rows: &[(String, Value, &str)]) {
        assert_eq!(breaks(document, document), Vec::<String>::new());
        for (pointer, value, says) in rows {
            let mut changed = document.clone();
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            let name = name.replace("~1", "/");
            match changed.pointer_mut(parent).unwrap() {
                Value::Object(fields) if value.is_null() => drop(fields.remove(&name)),
                Value::Array(items) => items[name.parse::<usize>().unwrap()] = value.clone(),
                parent => parent[name.as_str()] = value.clone(),
            }
            let found = breaks(document, &changed);
            let as_expected =
                if says.is_empty() { found.is_empty() } else { found.iter().any(|line| line.contains(says)) };
            assert!(as_expected, "{pointer} = {value}: expected {says:?}, found {found:#?}");
        }
    }
}
