//! Lists, one thing looked at after the other: what is shown of each, and the key to go on from.
//!
//! A list begins at a key and is looked at as far as somebody wants; nothing is looked up that is not asked for.

/// Something that a list looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Looked<K, T> {
    /// Where a list that begins with it begins.
    pub key: K,
    /// What is shown of it; nothing if it was not there at the moment, or is not the reader's to know.
    pub row: Option<T>,
}

impl<K, T> Looked<K, T> {
    pub(crate) fn new(key: K, row: Option<T>) -> Self {
        Self { key, row }
    }
}

/// All the rows of a list.
pub fn rows<K, T>(list: impl Iterator<Item = Looked<K, T>>) -> Vec<T> {
    list.filter_map(|looked| looked.row).collect()
}
