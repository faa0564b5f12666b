//! The description of the routes, `docs/openapi.json`: it is what is served, real answers are as it says, its examples are
//! what a real server answers, and no change of it breaks a client unnoticed.
//!
//! `UPDATE_EXPECT=1 cargo test -p procura-tests --test procura openapi` renews the document and its examples.
//! `PROCURA_BLESS=1` takes the document of now as the one that clients rely on: only with a change that they were told of.

mod breaks;
mod conformance;
mod examples;
mod golden;

pub(crate) use breaks::event_breaks;
pub(crate) use conformance::Description;

use crate::tidy::root;
use breaks::breaks;
use expect_test::expect_file;
use procura_tests::Server;
use serde_json::{Value, json};
use std::fs;

#[test]
fn the_kept_document_is_the_one_that_is_served() {
    let server = Server::start();
    let reply = server.stranger().get("/openapi.json");
    assert_eq!((reply.status, reply.header("content-type")), (200, "application/json"));
    let served = ureq::get(format!("{}/openapi.json", server.url)).call().unwrap().body_mut().read_to_string().unwrap();
    expect_file!["../../docs/openapi.json"].assert_eq(&served);
    assert_eq!(reply.body["openapi"], "3.1.0");
}

/// No client that relies on the blessed document is broken by the one of now.
#[test]
fn no_change_breaks_a_client() {
    let read = |path: &str| -> Value { serde_json::from_str(&fs::read_to_string(root().join(path)).unwrap()).unwrap() };
    let kept = fs::read_to_string(root().join("docs/openapi.json")).unwrap();
    let blessed = root().join("tests/golden/openapi-blessed.json");
    if std::env::var_os("PROCURA_BLESS").is_some() {
        fs::write(&blessed, &kept).unwrap();
    }
    let found = breaks(&read("tests/golden/openapi-blessed.json"), &read("docs/openapi.json"));
    assert!(
        found.is_empty(),
        "clients of the blessed document break; undo the change, or tell them and run this with PROCURA_BLESS=1:\n{}",
        found.join("\n")
    );
}

/// Every schema that is named is used, so that nothing is described that there is not.
#[test]
fn every_shape_is_used() {
    let text = fs::read_to_string(root().join("docs/openapi.json")).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    for kind in ["schemas", "parameters", "responses", "headers"] {
        let names = document["components"][kind].as_object().unwrap().keys();
        let unused: Vec<_> = names.filter(|name| !text.contains(&format!("\"#/components/{kind}/{name}\""))).collect();
        assert!(unused.is_empty(), "{kind}: {unused:?}");
    }
}

#[test]
fn an_answer_that_is_not_as_described_is_seen() {
    let description = Description::kept();
    let good =
        json!({"type": "urn:procura:error:notFound", "title": "t", "status": 404, "detail": "d", "code": "notFound"});
    let customer = "/v1/customers/caaaaaaa-0000-4000-8000-000000000001/devices";
    let differs = |path: &str, status: u16, media_type: &str, body: Value| {
        let headers = ["procura-position", "procura-epoch", "procura-rules", "x-request-id", "procura-time"];
        let mut headers: std::collections::BTreeMap<_, _> =
            headers.iter().map(|name| ((*name).to_owned(), "1".to_owned())).collect();
        headers.insert("content-type".to_owned(), media_type.to_owned());
        let reply = procura_tests::Reply { status, headers, position: None, body };
        description.differs("GET", path, &reply)
    };
    assert_eq!(differs(customer, 404, "application/problem+json", good.clone()), None);
    assert_eq!(differs(customer, 200, "application/json", json!({"items": []})), None);
    let mut other_code = good.clone();
    other_code["code"] = "lastOwner".into();
    for (path, status, media_type, body) in [
        ("/v1/nothing", 200, "application/json", json!({})),
        (customer, 418, "application/problem+json", good.clone()),
        (customer, 404, "application/json", good.clone()),
        (customer, 404, "application/problem+json", other_code),
        (customer, 404, "application/problem+json", json!({"code": "notFound"})),
        (customer, 200, "application/json", json!({"items": [], "more": 1})),
        (customer, 200, "application/json", json!({"items": [{"id": "x"}]})),
        (customer, 200, "application/json", json!([])),
    ] {
        assert!(differs(path, status, media_type, body.clone()).is_some(), "{path} {status} {media_type} {body}");
    }
}
