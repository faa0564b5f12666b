//! The headers of answers.

use procura_app::schemas::shape::{Shape, text, time, whole};
use utoipa::openapi::{
    Ref,
    header::{Header, HeaderBuilder},
};

/// Every header of an answer: its name, its shape, what it says.
fn all() -> Vec<(&'static str, Shape, &'static str)> {
    vec![
        ("Procura-Position", whole(0), "The position that the answer was read at: all up to it is in the answer."),
        ("Procura-Epoch", whole(1), "The newest epoch of the log; a new one begins when it is restored from a backup."),
        ("Procura-Rules", text(), "The version of the rules."),
        ("Procura-Time", time(), "The instant that the answer is about."),
        ("Retry-After", whole(0), "In how many seconds to try again."),
        ("WWW-Authenticate", text(), "How to authenticate: with a bearer token."),
        ("x-request-id", text(), "The id of the request: the one that it came with, or one made for it."),
    ]
}

/// The headers as the document's components.
pub(super) fn shared() -> Vec<(&'static str, Header)> {
    let header =
        |(name, shape, says)| (name, HeaderBuilder::new().schema(Some::<Shape>(shape)).description(Some(says)).build());
    all()
        .into_iter()
        .map(|(name, shape, says): (&'static str, Shape, &'static str)| header((name, shape, says)))
        .collect()
}

/// The names of the headers of an answer with that status; `at_a_moment`, if it is about one.
pub(super) fn of_status(status: u16, at_a_moment: bool) -> impl Iterator<Item = (&'static str, Ref)> {
    let always = ["Procura-Position", "Procura-Epoch", "Procura-Rules", "x-request-id"];
    let more = match status {
        401 => Some("WWW-Authenticate"),
        429 | 503 => Some("Retry-After"),
        _ => Some("Procura-Time").filter(|_| at_a_moment && status < 300),
    };
    always.into_iter().chain(more).map(|name| (name, Ref::new(format!("#/components/headers/{name}"))))
}
