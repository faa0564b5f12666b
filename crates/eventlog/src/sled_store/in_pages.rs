//! The layout of directories of format 5: parts are numbered through the whole log, and sled's pages for them are there,
//! empty, before they are filled. So a part is written once and stays where it was written.
//!
//! sled writes an entry at the end of its file, and a page anew where it is split, which it is at 17 entries, or where an
//! eleventh piece of it would have to be looked for in the file. A page that gets nine empty entries with its split, and
//! then a value for each, comes to neither.

use super::fault::Fault;
use super::layout::{Layout, Parts, touch};
use crate::frame::Frame;
use crate::store::StoreError;
use sled::{Batch, IVec};
use std::sync::{Mutex, PoisonError};

/// How many parts a page has: of the 17 entries at which sled splits one, nine stay in the lower half.
const PAGE: u64 = 9;
/// The most bytes of a key and its value together: a page of them is less than the 128 KiB at which sled would give it a file
/// of its own under `blobs/`, never synced.
const ENTRY_BYTES_MAX: usize = 12 * 1024;
const KEY_BYTES: usize = 1 + 8;
const PART_BYTES_MAX: usize = ENTRY_BYTES_MAX - KEY_BYTES;
const PAGE_BYTES_MAX: usize = 9 * PART_BYTES_MAX;
/// The number of the first part. Those below stay empty: they keep the first page apart from the index before it.
const FIRST: u64 = 1 + PAGE;
/// A full page of fewer bytes is written once more, as a whole: sled remembers where each piece of a page is, which is more
/// than small pieces are worth.
const SMALL_PAGE_BYTES: usize = 16 * 1024;

/// In front of a frame's first position: the entry says the number of its first part.
const INDEX: u8 = 0;
/// In front of a part's number.
const PART: u8 = 1;

pub(super) struct InPages {
    tree: sled::Db,
    /// The number of the next part, once it is known.
    next: Mutex<Option<u64>>,
}

impl InPages {
    /// Whether that is a key of this layout.
    pub(super) fn has(key: &[u8]) -> bool {
        split(key).is_ok()
    }

    /// Lays out the first page, and the beginning of the second, in an empty tree.
    pub(super) fn create(tree: &sled::Db) -> Result<Box<dyn Layout>, Fault> {
        lay_out(tree, 1..FIRST + PAGE - 1)?;
        InPages::open(tree)
    }

    /// Opens what was laid out.
    pub(super) fn open(tree: &sled::Db) -> Result<Box<dyn Layout>, Fault> {
        // Behind the parts is nothing.
        if let Some((key, _)) = tree.last()? {
            split(&key)?;
        }
        Ok(Box::new(InPages { tree: tree.clone(), next: Mutex::new(None) }))
    }

    /// The first position of a frame, and the number of its first part.
    fn entry(&self, entry: sled::Result<(IVec, IVec)>) -> Result<(u64, u64), Fault> {
        let (key, value) = entry?;
        let (_, position) = split(&key)?;
        let damaged = StoreError::Damaged { position, cause: "its entry says no number" };
        let number = value.as_ref().try_into().map(u64::from_be_bytes).map_err(|_| damaged)?;
        Ok((position, number))
    }

    /// That of the last frame that begins at `position` or before.
    fn last_to(&self, position: u64) -> Result<Option<(u64, u64)>, Fault> {
        self.tree.range(key(INDEX, 0)..=key(INDEX, position)).next_back().map(|entry| self.entry(entry)).transpose()
    }

    /// A part, unless it is still to be filled.
    fn part(&self, number: u64) -> Result<Option<IVec>, Fault> {
        let key = key(PART, number);
        let value = self.tree.get(key)?.filter(|value| !value.is_empty());
        if let Some(value) = &value {
            touch(&self.tree, &key, value, PAGE_BYTES_MAX)?;
        }
        Ok(value)
    }

    /// The first part of the frame at `position`.
    fn first_part(&self, position: u64, number: u64) -> Result<Parts, Fault> {
        let missing = StoreError::Damaged { position, cause: "the first part of its frame is missing" };
        Parts::begin(position, PART_BYTES_MAX, &self.part(number)?.ok_or(missing)?)
    }

    /// The number of the part behind the frames that begin at `position` or before.
    fn behind(&self, position: u64) -> Result<u64, Fault> {
        let Some((position, number)) = self.last_to(position)? else { return Ok(FIRST) };
        let more = self.first_part(position, number)?.more();
        Ok(number.saturating_add(1).saturating_add(more as u64))
    }

    /// Makes the page that begins with that number ready, and the beginning of the one behind it.
    fn begin_page(&self, first: u64) -> Result<(), Fault> {
        let before = key(PART, first.saturating_sub(PAGE))..key(PART, first);
        let before = self.tree.range(before).collect::<Result<Vec<_>, _>>()?;
        let bytes: usize = before.iter().map(|(_, value)| value.len()).sum();
        if let Some((key, last)) = before.last().filter(|(_, last)| !last.is_empty() && bytes < SMALL_PAGE_BYTES) {
            self.tree.insert(key, last)?;
        }
        lay_out(&self.tree, first + PAGE - 1..first + 2 * PAGE - 1)
    }
}

impl Layout for InPages {
    fn insert(&self, frame: &Frame) -> Result<(), Fault> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let first = match *next {
            Some(number) => number,
            None => self.behind(u64::MAX)?,
        };
        let mut batch = Batch::default();
        let mut number = first;
        for bytes in frame.bytes().chunks(PART_BYTES_MAX) {
            if number % PAGE == FIRST % PAGE {
                // By itself and before: sled takes what is in a batch in any order.
                self.begin_page(number)?;
            }
            batch.insert(IVec::from(&key(PART, number)), IVec::from(bytes));
            number += 1;
        }
        batch.insert(IVec::from(&key(INDEX, frame.first_position())), IVec::from(&first.to_be_bytes()));
        self.tree.apply_batch(batch)?;
        *next = Some(number);
        Ok(())
    }

    fn first_of(&self, position: u64) -> Result<u64, Fault> {
        Ok(self.last_to(position)?.map_or(position, |(first, _)| first))
    }

    fn at_or_after(&self, first: u64) -> Result<Option<Frame>, Fault> {
        let Some(entry) = self.tree.range(key(INDEX, first)..key(PART, 0)).next() else { return Ok(None) };
        let (position, number) = self.entry(entry)?;
        let mut parts = self.first_part(position, number)?;
        for number in (number..).skip(1).take(parts.more()) {
            let Some(part) = self.part(number)? else { break };
            parts.push(&part)?;
        }
        parts.end().map(Some)
    }

    fn last_first(&self) -> Result<Option<u64>, Fault> {
        Ok(self.last_to(u64::MAX)?.map(|(first, _)| first))
    }

    fn cut_off(&self, position: u64) -> Result<(), Fault> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let end = self.behind(position)?;
        for entry in self.tree.range(key(INDEX, position.saturating_add(1))..key(PART, 0)) {
            self.tree.remove(entry?.0)?;
        }
        for entry in self.tree.range(key(PART, end)..) {
            let (key, value) = entry?;
            if !value.is_empty() {
                self.tree.insert(key, IVec::default())?;
            }
        }
        *next = Some(end);
        Ok(())
    }
}

/// Adds parts that are still to be filled.
fn lay_out(tree: &sled::Db, numbers: std::ops::Range<u64>) -> Result<(), Fault> {
    let mut batch = Batch::default();
    for number in numbers {
        batch.insert(IVec::from(&key(PART, number)), IVec::default());
    }
    Ok(tree.apply_batch(batch)?)
}

fn key(kind: u8, number: u64) -> [u8; KEY_BYTES] {
    let mut key = [kind; KEY_BYTES];
    let (_, rest) = key.split_at_mut(1);
    rest.copy_from_slice(&number.to_be_bytes());
    key
}

fn split(key: &[u8]) -> Result<(u8, u64), StoreError> {
    let halves = key.split_first().and_then(|(kind, number)| Some((*kind, number.try_into().ok()?)));
    let (kind, number) = halves
        .filter(|(kind, _)| [INDEX, PART].contains(kind))
        .ok_or_else(|| StoreError::ForeignKey { key: hex::encode(key) })?;
    Ok((kind, u64::from_be_bytes(number)))
}
