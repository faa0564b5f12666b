//! What the fuzzers found worth keeping (`fuzz/corpus/`), held against the same properties by the ordinary tests.

#[path = "../../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "the library of the fuzz targets")]
mod properties;

use crate::tidy::root;
use properties::PROPERTIES;
use std::{collections::BTreeSet, fs, path::Path};

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

#[test]
fn every_property_has_a_target_and_a_corpus() {
    let known: BTreeSet<_> = PROPERTIES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(&root().join("fuzz/src/bin")), known);
    assert_eq!(names(&root().join("fuzz/corpus")), known);
}

#[test]
fn every_file_of_the_corpus_keeps_its_property() {
    for (name, property) in PROPERTIES {
        let folder = root().join("fuzz/corpus").join(name);
        let files = names(&folder);
        assert!(files.len() >= 10, "{name} has a corpus");
        for file in files {
            println!("fuzz/corpus/{name}/{file}"); // shown where the next line panics
            property(&fs::read(folder.join(&file)).unwrap());
        }
    }
}
