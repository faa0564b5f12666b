//! The style sheet, the script and the pictures: inside the binary, each at an address with its hash, so that a browser keeps
//! it for good.

use axum::{
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::{Embed, EmbeddedFile};

#[derive(Embed)]
#[folder = "assets/"]
struct Assets;

/// How much of the hash stands in an address.
const HASH_BYTES: usize = 8;

/// The path of that file.
pub(crate) fn path(name: &str) -> String {
    Assets::get(name).map_or_else(String::new, |file| format!("/assets/{}/{name}", hash(&file)))
}

fn hash(file: &EmbeddedFile) -> String {
    file.metadata.sha256_hash().iter().take(HASH_BYTES).map(|byte| format!("{byte:02x}")).collect()
}

/// `GET /assets/{hash}/{name}`
pub(crate) async fn asset(Path((asked, name)): Path<(String, String)>) -> Response {
    let media_type = match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    match Assets::get(&name).filter(|file| hash(file) == asked) {
        Some(file) => {
            let kept = "public, max-age=31536000, immutable";
            let headers = [(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, kept)];
            (headers, file.data.into_owned()).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
