//! Cutting off a damaged end: what stands behind the log's head, and nothing at or before it.
//!
//! Absent: repairing anything else. It works on a copy of the directory, which takes the place of the log when it is sound.

use crate::commit::Damage;
use crate::directory::{DataDirectory, DirectoryError};
use crate::envelope::EnvelopeError;
use crate::frame::FrameError;
use crate::store::{Shelf, StoreError};
use crate::verifier::Verifier;

/// What was cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutOff {
    /// The last position that is sound, and now the last.
    pub sound: u64,
    /// The last position according to the head file.
    pub reached: u64,
}

/// Why nothing was cut off.
#[derive(Debug, thiserror::Error)]
pub enum RepairError {
    #[error(
        "the log is sound up to position {sound} only, and had reached {reached} as its head file says: what is damaged was acknowledged, and is not dropped; move the directory away and restore a backup"
    )]
    Acknowledged {
        /// The last position that is sound.
        sound: u64,
        /// The last position according to the head file.
        reached: u64,
    },
    /// What this version cannot read is not damaged.
    #[error("the log cannot be read at position {position}: {source}")]
    Newer { position: u64, source: EnvelopeError },
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The store could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DataDirectory {
    /// Cuts off what is behind the last frame that is sound. None if all of them are.
    ///
    /// # Errors
    /// [`RepairError::Acknowledged`] where something at or before the log's head would be lost; others where it cannot be told.
    pub fn cut_off_damaged_end(&self) -> Result<Option<CutOff>, RepairError> {
        let (store, head) = (self.damaged_store()?, self.head_file()?.newest());
        let mut checks = Verifier::new(self.epochs(), Some(head));
        let mut sound = 0_u64;
        let damaged = loop {
            match store.at_or_after(sound.saturating_add(1)) {
                Ok(None) => break false,
                Ok(Some(frame)) => match checks.frame(&frame) {
                    Ok(_) => sound = checks.head().position,
                    Err((position, Damage::Envelope(source @ EnvelopeError::Newer { .. }))) => {
                        return Err(RepairError::Newer { position, source });
                    }
                    Err(_) => break true,
                },
                // Neither is what this version cannot read yet.
                Err(
                    error @ StoreError::Frame { source: FrameError::Newer { .. } | FrameError::Packing { .. }, .. },
                ) => {
                    return Err(error.into());
                }
                Err(_) => break true,
            }
        };
        if sound < head.position {
            return Err(RepairError::Acknowledged { sound, reached: head.position });
        }
        if damaged {
            store.cut_off(sound)?;
        }
        Ok(damaged.then_some(CutOff { sound, reached: head.position }))
    }
}
