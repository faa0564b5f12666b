//! Requests to try each route with, and how they are answered: a test sends each to a real server, in the order of the
//! file, and compares. What differs each time (times, ids, signatures) stands there as something fixed.

use serde::Deserialize;
use serde_json::Value;

/// The requests in the order in which they are sent; each builds on those before it.
pub(super) struct Examples(Vec<Example>);

/// One request and its answer.
#[derive(Debug, Deserialize)]
pub(super) struct Example {
    /// The operation's id.
    operation: String,
    /// Path and query.
    request: String,
    #[serde(default)]
    pub(super) body: Option<Value>,
    pub(super) status: u16,
    pub(super) media_type: String,
    pub(super) answer: Value,
}

impl Examples {
    /// The examples that are built in.
    pub(super) fn read() -> Self {
        Self(serde_json::from_str(include_str!("examples.json")).unwrap_or_default())
    }

    /// The first of that operation.
    pub(super) fn of(&self, operation: &str) -> Option<&Example> {
        self.0.iter().find(|example| example.operation == operation)
    }
}

impl Example {
    /// The value of a parameter, which stands in the path where its name does in the template, or in the query.
    pub(super) fn parameter(&self, template: &str, name: &str) -> Option<Value> {
        let (path, query) = self.request.split_once('?').unwrap_or((&self.request, ""));
        let place = format!("{{{name}}}");
        // The last one of a path may have slashes.
        let count = template.split('/').count();
        let in_path = template.split('/').zip(path.splitn(count, '/')).find(|(part, _)| *part == place);
        let in_path = in_path.map(|(_, value)| value);
        let in_query = || query.split('&').find_map(|part| part.split_once('=').filter(|(key, _)| *key == name));
        let value = in_path.or_else(|| in_query().map(|(_, value)| value))?;
        // A number or a truth as that.
        Some(value.parse::<u64>().map_or_else(|_| value.parse::<bool>().map_or(value.into(), Value::from), Value::from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_are_read_and_their_parameters_found() {
        assert!(serde_json::from_str::<Vec<Example>>(include_str!("examples.json")).is_ok());
        let example: Example = serde_json::from_value(serde_json::json!({
            "operation": "x", "request": "/v1/a/7/b?limit=3&at=2020-06-19T08:00:00Z&includeEnded=true", "status": 200,
            "media_type": "application/json", "answer": null,
        }))
        .unwrap();
        let of = |name| example.parameter("/v1/a/{id}/b", name);
        assert_eq!([of("id"), of("limit"), of("includeEnded")], [Some(7.into()), Some(3.into()), Some(true.into())]);
        assert_eq!([of("at"), of("after")], [Some("2020-06-19T08:00:00Z".into()), None]);
    }
}
