//! The page that one begins with.

use crate::{answer::see_other, failure::Failure, shell::Standing, visit::Visit};
use axum::response::{IntoResponse, Response};
use procura_app::{
    Code,
    lists::{ListRequest, customers},
};

/// `GET /`
pub(crate) async fn page(visit: Visit) -> Result<Response, Failure> {
    let mut home = visit.standing().home();
    if let Standing::Partner(partner) = visit.standing() {
        // Whoever is in no group sees no customers; a Global administrator is likely to come for the groups.
        let request = ListRequest { limit: Some(1), ..ListRequest::default() };
        match customers(visit.engine(), visit.reader(), partner, request) {
            Err(error) if error.code() == Code::NotFound => home = format!("/partners/{partner}/groups"),
            found => drop(found?),
        }
    }
    Ok(see_other(visit.links().to(home)).into_response())
}
