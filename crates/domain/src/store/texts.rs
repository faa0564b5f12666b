//! The texts of the state, each once, in the order in which they came.

use super::{rows::Rows, slots::Slots};
use foldhash::quality::RandomState;
use std::{hash::BuildHasher as _, ops::Range};

/// How many bytes of texts lie side by side. A text is not divided.
const CHUNK_BYTES: usize = 64 << 10;
/// How many bits of a text's name say how long it is, and where it begins in its chunk.
const LENGTH_BITS: u32 = 20;
const OFFSET_BITS: u32 = 16;

/// The name of a text; the default is the empty one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct Text(pub(super) u64);

impl Text {
    fn new(chunk: usize, offset: usize, length: usize) -> Self {
        Self((chunk as u64) << (OFFSET_BITS + LENGTH_BITS) | (offset as u64) << LENGTH_BITS | length as u64)
    }

    #[expect(clippy::cast_possible_truncation, reason = "each part has few bits")]
    fn place(self) -> (usize, usize, usize) {
        let low = |bits: u32| (1_u64 << bits) - 1;
        let (length, offset) = (self.0 & low(LENGTH_BITS), self.0 >> LENGTH_BITS & low(OFFSET_BITS));
        ((self.0 >> (OFFSET_BITS + LENGTH_BITS)) as usize, offset as usize, length as usize)
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Texts {
    kept: Kept,
    numbers: Slots,
    hash: RandomState,
}

#[derive(Debug, Clone, Default)]
struct Kept {
    chunks: Vec<String>,
    /// By number, in the order in which they came.
    names: Rows<Text>,
}

impl Kept {
    fn get(&self, text: Text) -> &str {
        let (chunk, offset, length) = text.place();
        self.chunks.get(chunk).and_then(|chunk| chunk.get(offset..offset + length)).unwrap_or_default()
    }

    fn name(&self, number: u32) -> Text {
        self.names.get(number).copied().unwrap_or_default()
    }

    fn numbered(&self, number: u32) -> &str {
        self.get(self.name(number))
    }

    /// The numbers of all, with their hashes.
    fn hashed(&self, by: &RandomState) -> impl Iterator<Item = (u64, u32)> {
        (0..self.names.len()).map(|number| (by.hash_one(self.numbered(number)), number))
    }

    /// Adds a text and gives its number.
    fn push(&mut self, text: &str) -> u32 {
        if self.chunks.last().is_none_or(|chunk| chunk.len() + text.len() > CHUNK_BYTES) {
            let first = self.chunks.is_empty();
            self.chunks.push(if first { String::new() } else { String::with_capacity(CHUNK_BYTES) });
        }
        let chunk = self.chunks.len() - 1;
        let Some(texts) = self.chunks.last_mut() else { return 0 };
        let name = Text::new(chunk, texts.len(), text.len());
        texts.push_str(text);
        self.names.push(name)
    }
}

impl Texts {
    /// How many there are.
    pub(crate) fn len(&self) -> u32 {
        self.kept.names.len()
    }

    /// The text of that name.
    pub(crate) fn get(&self, text: Text) -> &str {
        self.kept.get(text)
    }

    /// The name of that text, if it is here.
    pub(crate) fn find(&self, text: &str) -> Option<Text> {
        if text.is_empty() { Some(Text::default()) } else { self.find_hashed(self.hash.hash_one(text), text) }
    }

    fn find_hashed(&self, hash: u64, text: &str) -> Option<Text> {
        let number = self.numbers.find(hash, |number| self.kept.numbered(number) == text)?;
        Some(self.kept.name(number))
    }

    /// Has the memory on its way where that text will be looked for.
    pub(crate) fn ahead(&self, text: &str) {
        self.numbers.fetch(self.hash.hash_one(text));
    }

    /// Keeps the text, if it is not here yet. The longest are the names of operators: an event
    /// has 128 KiB at most.
    pub(crate) fn keep(&mut self, text: &str) -> Text {
        if text.is_empty() {
            return Text::default();
        }
        let hash = self.hash.hash_one(text);
        self.find_hashed(hash, text).unwrap_or_else(|| {
            let number = self.kept.push(text);
            let Self { kept, numbers, hash: by } = self;
            numbers.insert(hash, number, || kept.hashed(by));
            self.kept.name(number)
        })
    }

    /// Adds a text that is not found before [`index`](Self::index).
    pub(crate) fn push(&mut self, text: &str) {
        self.kept.push(text);
    }

    /// Has all texts found; false if two are the same, or one is empty.
    #[must_use]
    pub(crate) fn index(&mut self) -> bool {
        let Self { kept, hash, .. } = self;
        let same = |one, other| kept.numbered(one) == kept.numbered(other);
        let numbers = Slots::of(kept.names.len(), kept.hashed(hash), same);
        let is_sound = numbers.is_some() && self.numbered(0..self.len()).all(|text| !text.is_empty());
        self.numbers = numbers.unwrap_or_default();
        is_sound
    }

    /// The texts of those numbers, in the order in which they came.
    pub(crate) fn numbered(&self, numbers: Range<u32>) -> impl Iterator<Item = &str> {
        numbers.filter_map(|number| self.kept.names.get(number)).map(|name| self.get(*name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_kept_once() {
        let mut texts = Texts::default();
        let written: Vec<String> = (0..40_000).map(|n| format!("é{}", n % 20_000)).collect();
        let names: Vec<Text> = written.iter().map(|text| texts.keep(text)).collect();
        assert!(names.iter().zip(&written).all(|(name, text)| texts.get(*name) == text));
        assert_eq!(names[..20_000], names[20_000..]);
        assert_eq!((texts.find("é9999"), texts.find("other")), (Some(names[9_999]), None));
        // As long as the name of an operator in an event may be.
        let (empty, long) = (texts.keep(""), "x".repeat(131_072));
        assert_eq!((texts.get(empty), texts.get(Text::default())), ("", ""));
        let long_name = texts.keep(&long);
        assert_eq!((texts.get(long_name), texts.len()), (long.as_str(), 20_001));
        for first in [0, 1, 7_777, 19_990] {
            let found: Vec<_> = texts.numbered(first..first + 10).collect();
            assert_eq!(found, written[first as usize..first as usize + 10]);
        }
        assert_eq!(texts.numbered(20_000..20_001).collect::<Vec<_>>(), [long.as_str()]);
    }
    #[test]
    fn texts_are_found_once_they_are_indexed() {
        let written: Vec<String> = (0..40_000).map(|n| format!("é{n}")).collect();
        let mut texts = Texts::default();
        written.iter().for_each(|text| texts.push(text));
        assert!(texts.find("é7").is_none() && texts.index());
        assert!(written.iter().all(|text| texts.get(texts.find(text).unwrap()) == text));
        // The same a second time, and none at all.
        for wrong in ["é7", ""] {
            let mut texts = texts.clone();
            texts.push(wrong);
            assert!(!texts.index());
        }
    }
}
