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

    /// The same; what does not fit is not shown.
    #[must_use]
    pub fn filter(self, fits: impl FnOnce(&T) -> bool) -> Self {
        Self { row: self.row.filter(fits), ..self }
    }
}

/// A list over things, of each of which `look` says what is shown. Those that are skipped are not looked at.
pub(crate) struct Looking<I, F> {
    things: I,
    look: F,
}

/// Looks at things one after the other.
pub(crate) fn looking<I: Iterator, K, T, F: FnMut(I::Item) -> Looked<K, T>>(things: I, look: F) -> Looking<I, F> {
    Looking { things, look }
}

impl<I: Iterator, K, T, F: FnMut(I::Item) -> Looked<K, T>> Iterator for Looking<I, F> {
    type Item = Looked<K, T>;

    fn next(&mut self) -> Option<Looked<K, T>> {
        self.things.next().map(&mut self.look)
    }

    fn nth(&mut self, skipped: usize) -> Option<Looked<K, T>> {
        self.things.nth(skipped).map(&mut self.look)
    }
}

/// All the rows of a list.
pub fn rows<K, T>(list: impl Iterator<Item = Looked<K, T>>) -> Vec<T> {
    list.filter_map(|looked| looked.row).collect()
}
