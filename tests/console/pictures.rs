//! Pictures of chosen pages, to be looked at.

use crate::browser::{Told, folder, runs, script};

const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/console/pictures");

/// Wide and narrow, light and dark; what differs from what was looked at last is a failure, and is in `target/console`.
#[test]
fn pages_look_as_they_did() {
    let told = Told::all();
    runs(script("pictures.mjs").arg(&told.server.url).args([KEPT.into(), folder("pictures")]));
}
