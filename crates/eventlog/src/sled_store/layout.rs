//! How frames lie among sled's entries: what the two layouts share.
//!
//! Absent: flushing and syncing.

use super::fault::Fault;
use crate::frame::Frame;
use crate::store::StoreError;
use sled::IVec;

/// Keeps frames in a tree, in parts.
pub(super) trait Layout: Send + Sync {
    /// Adds a frame that is next, whole or not at all.
    fn insert(&self, frame: &Frame) -> Result<(), Fault>;
    /// The first position of the frame that holds `position`, or `position` if none does.
    fn first_of(&self, position: u64) -> Result<u64, Fault>;
    /// The frame with the lowest first position that is `first` or more.
    fn at_or_after(&self, first: u64) -> Result<Option<Frame>, Fault>;
    /// The first position of the last frame.
    fn last_first(&self) -> Result<Option<u64>, Fault>;
    /// Removes every frame that begins behind `position`. Those before are sound.
    fn cut_off(&self, position: u64) -> Result<(), Fault>;

    /// The last position, 0 where there is none.
    fn last_position(&self) -> Result<u64, Fault> {
        let Some(first) = self.last_first()? else { return Ok(0) };
        Ok(self.at_or_after(first)?.map_or(0, |frame| frame.last_position()))
    }
}

/// A frame that is put together from its parts: all are full but the last, and the frame's own header, in the first one,
/// says how many bytes they have together.
pub(super) struct Parts {
    position: u64,
    length: usize,
    part_bytes: usize,
    bytes: Vec<u8>,
}

impl Parts {
    /// Begins with the first part of the frame at `position`, whose parts have at most `part_bytes`.
    pub(super) fn begin(position: u64, part_bytes: usize, first: &IVec) -> Result<Parts, Fault> {
        let length = Frame::length(first).map_err(|source| StoreError::Frame { position, source })?;
        let mut parts = Parts { position, length, part_bytes, bytes: Vec::with_capacity(length) };
        parts.push(first)?;
        Ok(parts)
    }

    /// The next part.
    pub(super) fn push(&mut self, part: &IVec) -> Result<(), Fault> {
        if part.len() != self.missing().min(self.part_bytes) || part.is_empty() {
            return Err(self.damaged("the parts of its frame are not the ones written"));
        }
        self.bytes.extend_from_slice(part);
        Ok(())
    }

    /// How many bytes are still to come.
    fn missing(&self) -> usize {
        self.length.saturating_sub(self.bytes.len())
    }

    /// How many parts are still to come.
    pub(super) fn more(&self) -> usize {
        self.missing().div_ceil(self.part_bytes)
    }

    pub(super) fn damaged(&self, cause: &'static str) -> Fault {
        StoreError::Damaged { position: self.position, cause }.into()
    }

    /// The frame.
    pub(super) fn end(self) -> Result<Frame, Fault> {
        let position = self.position;
        if self.missing() > 0 {
            return Err(self.damaged("the last part of its frame is missing"));
        }
        let frame = Frame::decode(self.bytes).map_err(|source| StoreError::Frame { position, source })?;
        if frame.first_position() != position {
            return Err(StoreError::Damaged { position, cause: "its frame belongs to another position" }.into());
        }
        Ok(frame)
    }
}

/// Looks up an entry that was read so often that its page does not stay in memory: sled keeps its pages in 256 heaps, and
/// looks at how much is in one only when 64 of its pages were asked for, so a log that is read once would stay whole. A page
/// of `page_bytes`, which is as many as one can have, is asked for so often; smaller ones less, since they take less.
pub(super) fn touch(tree: &sled::Db, key: &[u8], value: &[u8], page_bytes: usize) -> Result<(), Fault> {
    const ASKED: usize = 64;
    for _ in 0..(value.len() * ASKED).div_ceil(page_bytes) {
        tree.contains_key(key)?;
    }
    Ok(())
}
