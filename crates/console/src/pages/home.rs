//! The page that one begins with.

use crate::{answer::see_other, visit::Visit};
use axum::response::IntoResponse;

/// `GET /`
pub(crate) async fn page(visit: Visit) -> impl IntoResponse {
    see_other(visit.links().to(visit.standing().home()))
}
