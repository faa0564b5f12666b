//! Whether a real answer is as the document says: its status, its media type, its headers, its code, every field of it.

use crate::tidy::root;
use jsonschema::Validator;
use procura_tests::Reply;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs,
    sync::{LazyLock, Mutex},
};

/// The document, as answers are held against it.
pub(crate) struct Description {
    document: Value,
    /// What was compiled so far, by the name of the shape.
    shapes: Mutex<BTreeMap<String, &'static Validator>>,
}

impl Description {
    /// The document that is kept.
    pub(crate) fn kept() -> &'static Self {
        static KEPT: LazyLock<Description> = LazyLock::new(|| {
            let text = fs::read_to_string(root().join("docs/openapi.json")).unwrap();
            Description { document: serde_json::from_str(&text).unwrap(), shapes: Mutex::default() }
        });
        &KEPT
    }

    /// How the answer to a request, of which the path may have a query, differs from what is described, if it does.
    pub(crate) fn differs(&self, method: &str, path: &str, reply: &Reply) -> Option<String> {
        let differs = |what: String| Some(format!("{method} {path} ({}): {what}: {:.600}", reply.status, reply.body));
        let Some(operation) = self.operation(method, path) else { return differs("is not described".to_owned()) };
        let answer = &operation["responses"][reply.status.to_string()];
        let shared = answer["$ref"].as_str().and_then(|name| self.document.pointer(name.trim_start_matches('#')));
        let answer = shared.unwrap_or(answer);
        if answer.is_null() {
            return differs("the status is not described".to_owned());
        }
        let headers = answer["headers"].as_object().into_iter().flatten();
        let missing: Vec<_> =
            headers.map(|(name, _)| name).filter(|name| reply.header(&name.to_lowercase()).is_empty()).collect();
        if !missing.is_empty() {
            return differs(format!("lacks {missing:?}"));
        }
        let media_type = reply.header("content-type").split(';').next().unwrap_or_default();
        if answer["content"].is_null() && reply.body.is_null() {
            return None;
        }
        let content = &answer["content"][media_type];
        if content.is_null() {
            return differs(format!("{media_type} is not described"));
        }
        if let Some(codes) = answer["x-codes"].as_array()
            && !codes.contains(&reply.body["code"])
        {
            return differs("the code is not described".to_owned());
        }
        let name = content["schema"]["$ref"].as_str()?.rsplit('/').next()?;
        self.misfit(name, &reply.body).or_else(|| self.misfit_of_events(&reply.body)).and_then(differs)
    }

    /// How the value does not fit the shape of that name, if it does not.
    pub(crate) fn misfit(&self, name: &str, value: &Value) -> Option<String> {
        let validator = *self.shapes.lock().unwrap().entry(name.to_owned()).or_insert_with(|| {
            let root =
                json!({"$ref": format!("#/components/schemas/{name}"), "components": self.document["components"]});
            let validator = jsonschema::options().should_validate_formats(true).build(&root);
            Box::leak(Box::new(validator.unwrap_or_else(|error| panic!("{name}: {error}"))))
        });
        let misfit = validator.iter_errors(value).next()?;
        Some(format!("{name}, at `{}`: {misfit:.300}", misfit.instance_path()))
    }

    /// Of every event in it, the data must have the shape of its type.
    fn misfit_of_events(&self, value: &Value) -> Option<String> {
        if let (Some(event_type), Some(data)) = (value["type"].as_str(), value.get("data"))
            // A CloudEvent has `procura.DapRevoked.v1`.
            && let Some(misfit) = self.misfit(event_type.split('.').nth(1).unwrap_or(event_type), data)
        {
            return Some(misfit);
        }
        match value {
            Value::Object(fields) => fields.values().find_map(|value| self.misfit_of_events(value)),
            Value::Array(items) => items.iter().find_map(|value| self.misfit_of_events(value)),
            _ => None,
        }
    }

    /// The operation that a request is for: of a path's parts, those in braces may be anything.
    fn operation(&self, method: &str, path: &str) -> Option<&Value> {
        let path = path.split('?').next()?;
        let fits = |template: &str| {
            let parts: Vec<_> = template.split('/').collect();
            // The name of a tile has slashes, and is the last part.
            let tile = template.ends_with("/{tile}");
            let asked: Vec<_> = path.splitn(if tile { parts.len() } else { usize::MAX }, '/').collect();
            parts.len() == asked.len()
                && parts.iter().zip(&asked).all(|(part, asked)| part.starts_with('{') || part == asked)
        };
        let paths = self.document["paths"].as_object()?;
        let (_, item) = paths.iter().find(|(template, _)| fits(template))?;
        item.get(method.to_lowercase())
    }
}
