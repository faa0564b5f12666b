//! Every page, as everybody, in both languages, today and on a day in the past.

use crate::browser::{Told, folder, runs, script};
use expect_test::expect_file;
use std::{collections::BTreeSet, ffi::OsString, fs, path::Path};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/console");

/// No page has an error, a violation of WCAG 2.2 AA or of our policy, a request to another server, more than 100 KB or a raw
/// id; all of them fit 360 pixels. How they are read aloud is kept.
#[test]
fn every_page_is_as_pages_have_to_be() {
    let (told, trees) = (Told::all(), folder("trees"));
    runs(script("walk.mjs").arg(&told.server.url).arg(&trees));
    for name in texts(&trees) {
        let tree = fs::read_to_string(trees.join(&name)).unwrap();
        expect_file![Path::new(GOLDEN).join(&name)].assert_eq(&tree);
    }
    assert_eq!(texts(&trees), texts(Path::new(GOLDEN)), "a golden tree of nobody is to be removed");
}

fn texts(folder: &Path) -> BTreeSet<OsString> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    entries.filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "txt")).collect()
}
