//! The layout of directories since format 5: parts are numbered through the whole log, and sled's pages for them are there,
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
/// The most bytes of a key and its value together: a page, which may get 17 of them where it was not there before, is less
/// than the 128 KiB at which sled would give it a file of its own under `blobs/`, never synced.
const ENTRY_BYTES_MAX: usize = 6 * 1024;
const KEY_BYTES: usize = 1 + 8;
const PART_BYTES_MAX: usize = ENTRY_BYTES_MAX - KEY_BYTES;
const PAGE_BYTES_MAX: usize = 9 * PART_BYTES_MAX;
/// The number of the first part. Those below stay empty: they keep the first page apart from the index before it.
const FIRST: u64 = 1 + PAGE;
/// For smaller frames no page is laid out: sled keeps in memory where each piece of a page is, which is more than they are
/// worth, and one place for a page that it wrote as a whole.
const LARGE_FRAME_BYTES: usize = 2 * 1024;

/// In front of a frame's first position: the entry says the number of its first part. Each frame has one that begins a page;
/// to the others it is at most a page's walk from there.
const INDEX: u8 = 0;
/// In front of a part's number.
const PART: u8 = 1;

pub(super) struct InPages {
    tree: sled::Db,
    /// The number of the next part to be filled, once it is known.
    next: Mutex<Option<u64>>,
    /// Behind the frame that was read last: where the next one begins.
    read_to: Mutex<Option<Place>>,
}

/// Where a frame begins, or the next one would.
#[derive(Clone, Copy)]
struct Place {
    position: u64,
    number: u64,
}

/// A frame, as far as its first part tells.
struct Beginning {
    place: Place,
    last_position: u64,
    parts: Parts,
}

impl Beginning {
    fn next(&self) -> Place {
        let number = self.place.number.saturating_add(1).saturating_add(self.parts.more() as u64);
        Place { position: self.last_position.saturating_add(1), number }
    }
}

impl InPages {
    /// Whether that is a key of this layout.
    pub(super) fn has(key: &[u8]) -> bool {
        split(key).is_ok()
    }

    /// Lays out the first pages in an empty tree.
    pub(super) fn create(tree: &sled::Db) -> Result<Box<dyn Layout>, Fault> {
        lay_out(tree, FIRST - PAGE)?;
        InPages::open(tree)
    }

    /// Opens what was laid out.
    pub(super) fn open(tree: &sled::Db) -> Result<Box<dyn Layout>, Fault> {
        // Behind the parts is nothing.
        if let Some((key, _)) = tree.last()? {
            split(&key)?;
        }
        Ok(Box::new(InPages { tree: tree.clone(), next: Mutex::new(None), read_to: Mutex::new(None) }))
    }

    /// The last frame that begins at `position` or before, of those that the index has; else the first.
    fn indexed(&self, position: u64) -> Result<Option<Beginning>, Fault> {
        let before = self.tree.range(key(INDEX, 0)..=key(INDEX, position)).next_back();
        let Some(entry) = before.or_else(|| self.tree.range(key(INDEX, position)..key(PART, 0)).next()) else {
            return Ok(None);
        };
        let (key, value) = entry?;
        let (_, position) = split(&key)?;
        let damaged = |cause| StoreError::Damaged { position, cause };
        let number = value.as_ref().try_into().map(u64::from_be_bytes);
        let number = number.map_err(|_| damaged("its entry says no number"))?;
        let found = self.beginning(Place { position, number })?;
        Ok(Some(found.ok_or_else(|| damaged("the first part of its frame is missing"))?))
    }

    /// The frame there, if there is one.
    fn beginning(&self, place: Place) -> Result<Option<Beginning>, Fault> {
        let Some(first) = self.part(place.number)? else { return Ok(None) };
        let position = place.position;
        let parts = Parts::begin(position, PART_BYTES_MAX, &first)?;
        let positions = Frame::positions(&first).map_err(|source| StoreError::Frame { position, source })?;
        match positions {
            (first, last_position) if first == position => Ok(Some(Beginning { place, last_position, parts })),
            _ => Err(parts.damaged("its frame belongs to another position")),
        }
    }

    /// The first frame from that one on which is wanted; else where the next one would begin.
    fn walk(&self, from: Beginning, is_wanted: impl Fn(&Beginning) -> bool) -> Result<Result<Beginning, Place>, Fault> {
        let mut here = from;
        while !is_wanted(&here) {
            let next = here.next();
            match self.beginning(next)? {
                Some(beginning) => here = beginning,
                None => return Ok(Err(next)),
            }
        }
        Ok(Ok(here))
    }

    /// The first frame that begins at `first` or behind.
    fn at_or_behind(&self, first: u64) -> Result<Option<Beginning>, Fault> {
        let read_to = *self.read_to.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(next) = read_to.filter(|next| next.position == first) {
            return self.beginning(next);
        }
        let Some(indexed) = self.indexed(first)? else { return Ok(None) };
        Ok(self.walk(indexed, |frame| frame.place.position >= first)?.ok())
    }

    /// The number of the part behind the frames that begin at `position` or before.
    fn behind(&self, position: u64) -> Result<u64, Fault> {
        let Some(indexed) = self.indexed(position)? else { return Ok(FIRST) };
        let behind = self.walk(indexed, |frame| frame.place.position > position)?;
        Ok(behind.map_or_else(|end| end.number, |frame| frame.place.number))
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
                if frame.bytes().len() >= LARGE_FRAME_BYTES {
                    // Before: sled takes what is in a batch in any order.
                    lay_out(&self.tree, number)?;
                }
                batch.insert(IVec::from(&key(INDEX, frame.first_position())), IVec::from(&first.to_be_bytes()));
            }
            batch.insert(IVec::from(&key(PART, number)), IVec::from(bytes));
            number += 1;
        }
        self.tree.apply_batch(batch)?;
        *next = Some(number);
        Ok(())
    }

    fn first_of(&self, position: u64) -> Result<u64, Fault> {
        let Some(indexed) = self.indexed(position)? else { return Ok(position) };
        let found = self.walk(indexed, |frame| frame.last_position >= position)?;
        Ok(found.map_or(position, |frame| frame.place.position))
    }

    fn at_or_after(&self, first: u64) -> Result<Option<Frame>, Fault> {
        let Some(mut beginning) = self.at_or_behind(first)? else { return Ok(None) };
        let next = beginning.next();
        for number in (beginning.place.number..next.number).skip(1) {
            let Some(part) = self.part(number)? else { break };
            beginning.parts.push(&part)?;
        }
        let frame = beginning.parts.end()?;
        *self.read_to.lock().unwrap_or_else(PoisonError::into_inner) = Some(next);
        Ok(Some(frame))
    }

    fn last_first(&self) -> Result<Option<u64>, Fault> {
        let mut last = self.indexed(u64::MAX)?;
        while let Some(frame) = &last {
            match self.beginning(frame.next())? {
                Some(next) => last = Some(next),
                None => break,
            }
        }
        Ok(last.map(|frame| frame.place.position))
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
        *self.read_to.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(())
    }
}

/// Adds, empty, what is not there yet of the parts of three pages, all but the last one. One after the other: sled splits nine
/// off whenever its last page has 17 entries. So wherever its pages begin, one that is split holds nothing but empty parts.
fn lay_out(tree: &sled::Db, first: u64) -> Result<(), Fault> {
    for number in first..first + 3 * PAGE - 1 {
        tree.insert(key(PART, number), IVec::default())?;
    }
    Ok(())
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
