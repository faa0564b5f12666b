//! The texts of the state, each once, in the order in which they came.

use foldhash::quality::RandomState;
use hashbrown::{HashTable, hash_table::Entry};
use std::{hash::BuildHasher as _, iter, ops::Range};

/// How many bytes of texts lie side by side. A text is not divided.
const CHUNK_BYTES: usize = 64 << 10;
/// How many bits of a text's name say how long it is, and where it begins in its chunk.
const LENGTH_BITS: u32 = 20;
const OFFSET_BITS: u32 = 16;
/// How many characters before each text say how long it is, of seven bits each, the lowest first.
const PREFIX_CHARS: usize = 3;

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
    chunks: Chunks,
    index: HashTable<Text>,
    hash: RandomState,
}

#[derive(Debug, Clone, Default)]
struct Chunks {
    texts: Vec<String>,
    /// The number of the first text of each.
    firsts: Vec<u32>,
    /// How many texts there are.
    len: u32,
}

impl Chunks {
    fn get(&self, text: Text) -> &str {
        let (chunk, offset, length) = text.place();
        self.texts.get(chunk).and_then(|chunk| chunk.get(offset..offset + length)).unwrap_or_default()
    }

    /// All texts from that chunk on.
    fn from(&self, chunk: usize) -> impl Iterator<Item = (Text, &str)> {
        self.texts.iter().enumerate().skip(chunk).flat_map(|(number, chunk)| {
            let mut rest = chunk.as_str();
            iter::from_fn(move || {
                let (prefix, behind) = rest.split_at_checked(PREFIX_CHARS)?;
                let length = prefix.bytes().rev().fold(0, |length, bits| length << 7 | usize::from(bits));
                let begin = chunk.len() - behind.len();
                let (text, behind) = behind.split_at_checked(length)?;
                rest = behind;
                Some((Text::new(number, begin, length), text))
            })
        })
    }

    fn push(&mut self, text: &str) -> Text {
        let bytes = PREFIX_CHARS + text.len();
        if self.texts.last().is_none_or(|chunk| chunk.len() + bytes > CHUNK_BYTES) {
            let first = self.texts.is_empty();
            self.texts.push(if first { String::new() } else { String::with_capacity(CHUNK_BYTES) });
            self.firsts.push(self.len);
        }
        let number = self.texts.len() - 1;
        let Some(chunk) = self.texts.last_mut() else { return Text::default() };
        let digits = [text.len(), text.len() >> 7, text.len() >> 14];
        for digit in digits {
            let [lowest, ..] = digit.to_le_bytes();
            chunk.push(char::from(lowest & 0x7f));
        }
        let kept = Text::new(number, chunk.len(), text.len());
        chunk.push_str(text);
        self.len += 1;
        kept
    }
}

impl Texts {
    /// How many there are.
    pub(crate) fn len(&self) -> u32 {
        self.chunks.len
    }

    /// The text of that name.
    pub(crate) fn get(&self, text: Text) -> &str {
        self.chunks.get(text)
    }

    /// The name of that text, if it is here.
    pub(crate) fn find(&self, text: &str) -> Option<Text> {
        if text.is_empty() {
            return Some(Text::default());
        }
        self.index.find(self.hash.hash_one(text), |found| self.get(*found) == text).copied()
    }

    /// Keeps the text, if it is not here yet. The longest are the names of operators: an event
    /// has 128 KiB at most.
    pub(crate) fn keep(&mut self, text: &str) -> Text {
        self.find(text).unwrap_or_else(|| {
            let kept = self.chunks.push(text);
            let Self { chunks, index, hash } = self;
            index.insert_unique(hash.hash_one(text), kept, |other| hash.hash_one(chunks.get(*other)));
            kept
        })
    }

    /// Adds a text that is not found before [`index`](Self::index).
    pub(crate) fn push(&mut self, text: &str) {
        self.chunks.push(text);
    }

    /// Has all texts found; false if two are the same, or one is empty.
    #[must_use]
    pub(crate) fn index(&mut self) -> bool {
        let Self { chunks, index, hash } = self;
        let (chunks, hash) = (&*chunks, &*hash);
        *index = HashTable::with_capacity(chunks.len as usize);
        for (name, text) in chunks.from(0) {
            let same = |found: &Text| chunks.get(*found) == text;
            match index.entry(hash.hash_one(text), same, |moved| hash.hash_one(chunks.get(*moved))) {
                Entry::Vacant(place) if !text.is_empty() => place.insert(name),
                _ => return false,
            };
        }
        true
    }

    /// The texts of those numbers, in the order in which they came.
    pub(crate) fn numbered(&self, numbers: Range<u32>) -> impl Iterator<Item = &str> {
        let chunk = self.chunks.firsts.partition_point(|first| *first <= numbers.start).saturating_sub(1);
        let first = self.chunks.firsts.get(chunk).copied().unwrap_or_default();
        let texts = self.chunks.from(chunk).map(|(_, text)| text);
        texts.skip((numbers.start - first) as usize).take(numbers.len())
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
