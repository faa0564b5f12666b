//! The layout of directories up to format 4: each part under the position of its frame and its own number. Served as it is.
//!
//! sled writes each part about three times so, and its file settles at almost twice what it holds.

use super::fault::Fault;
use super::layout::{Layout, Parts, touch};
use crate::frame::Frame;
use crate::store::StoreError;
use sled::IVec;

/// The most bytes of a key and its value together. A sled leaf holds up to 17 values and goes to a file of its own under
/// `blobs/`, never synced, when it grows beyond 128 KiB.
const ENTRY_BYTES_MAX: usize = 6 * 1024;
const KEY_BYTES: usize = 8 + 2;
const PART_BYTES_MAX: usize = ENTRY_BYTES_MAX - KEY_BYTES;
const PAGE_BYTES_MAX: usize = 17 * PART_BYTES_MAX;

pub(super) struct ByPosition {
    pub(super) tree: sled::Db,
}

impl Layout for ByPosition {
    fn insert(&self, frame: &Frame) -> Result<(), Fault> {
        let mut batch = sled::Batch::default();
        for (part, bytes) in (0..).zip(frame.bytes().chunks(PART_BYTES_MAX)) {
            batch.insert(IVec::from(&key(frame.first_position(), part)), IVec::from(bytes));
        }
        Ok(self.tree.apply_batch(batch)?)
    }

    fn first_of(&self, position: u64) -> Result<u64, Fault> {
        let before = self.tree.range(..=key(position, u16::MAX)).next_back().transpose()?;
        Ok(before.map(|(key, _)| split(&key)).transpose()?.map_or(position, |(first, _)| first))
    }

    fn at_or_after(&self, first: u64) -> Result<Option<Frame>, Fault> {
        let mut entries = self.entries(first);
        let Some(beginning) = entries.next() else { return Ok(None) };
        let ((position, part), value) = beginning?;
        if part != 0 {
            return Err(StoreError::Damaged { position, cause: "the first part of its frame is missing" }.into());
        }
        let mut parts = Parts::begin(position, PART_BYTES_MAX, &value)?;
        for (next_part, entry) in (1_u16..).zip(entries) {
            let ((owner, part), value) = entry?;
            if owner != position {
                break;
            }
            if part != next_part {
                return Err(parts.damaged("the parts of its frame are not the ones written"));
            }
            parts.push(&value)?;
        }
        parts.end().map(Some)
    }

    fn last_first(&self) -> Result<Option<u64>, Fault> {
        let last = self.tree.last()?;
        Ok(last.map(|(key, _)| split(&key)).transpose()?.map(|(first, _)| first))
    }

    fn cut_off(&self, position: u64) -> Result<(), Fault> {
        for entry in self.tree.range(key(position.saturating_add(1), 0)..) {
            let (key, _) = entry?;
            self.tree.remove(key)?;
        }
        Ok(())
    }
}

impl ByPosition {
    /// The parts of all frames from `first` on.
    fn entries(&self, first: u64) -> impl Iterator<Item = Result<((u64, u16), IVec), Fault>> {
        self.tree.range(key(first, 0)..).map(|entry| {
            let (key, value) = entry?;
            touch(&self.tree, &key, &value, PAGE_BYTES_MAX)?;
            Ok((split(&key)?, value))
        })
    }
}

fn key(first_position: u64, part: u16) -> [u8; KEY_BYTES] {
    let mut key = [0; KEY_BYTES];
    let (position, number) = key.split_at_mut(8);
    position.copy_from_slice(&first_position.to_be_bytes());
    number.copy_from_slice(&part.to_be_bytes());
    key
}

fn split(key: &[u8]) -> Result<(u64, u16), StoreError> {
    let halves = key.split_first_chunk().and_then(|(position, part)| Some((*position, part.try_into().ok()?)));
    let (position, part) = halves.ok_or_else(|| StoreError::ForeignKey { key: hex::encode(key) })?;
    Ok((u64::from_be_bytes(position), u16::from_be_bytes(part)))
}
