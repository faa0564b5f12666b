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

#[cfg(test)]
mod tests {
    use super::*;

    /// htmx.org 4.0.1, `dist/htmx.min.js` as npm has it.
    #[test]
    fn the_script_is_the_one_that_was_vendored() {
        let file = Assets::get("htmx.min.js").unwrap();
        let hash: String = file.metadata.sha256_hash().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hash, "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130");
    }
}
