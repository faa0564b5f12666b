//! The page that one begins with: the first of the menu.

use crate::{answer::see_other, visit::Visit};
use axum::response::IntoResponse;

/// `GET /`
pub(crate) async fn page(visit: Visit) -> impl IntoResponse {
    let home = visit.shell().places.into_iter().next().map_or_else(|| "/ask".to_owned(), |(_, path)| path);
    see_other(visit.links().to(home))
}
