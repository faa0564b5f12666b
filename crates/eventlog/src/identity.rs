//! The file `FORMAT`: which log a data directory holds, and in which format. `FORMAT.md` gives every byte.
//!
//! Absent: where the file is.

use crate::epochs::Epochs;
use crate::frame::Packing;
use crate::origin::Origins;
use uuid::Uuid;

/// The version of the directory's layout that this build makes.
pub const DIRECTORY_FORMAT: u32 = 6;
/// The oldest version whose frames have their ids apart.
const DIRECTORY_FORMAT_IDS_APART: u32 = 6;
/// The oldest version whose frames are packed, whose origin is chosen, and whose head is in the file `head`.
const DIRECTORY_FORMAT_PACKED: u32 = 4;
/// The version that older ones go on in when they are opened: their frames are not packed.
pub const DIRECTORY_FORMAT_UNPACKED: u32 = 3;
/// The oldest version that is opened.
const DIRECTORY_FORMAT_OLDEST: u32 = 2;

/// What a data directory says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) format: u32,
    pub(crate) log_id: Uuid,
    /// In the older formats not in the file: there it is the log's id that names it, in every epoch.
    pub(crate) origins: Origins,
    pub(crate) epochs: Epochs,
}

/// Why there is none to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoIdentity {
    Newer { found: u32 },
    Older { found: u32 },
    Unreadable { cause: &'static str },
}

impl Identity {
    /// What the file holds.
    pub(crate) fn text(&self) -> String {
        let Identity { format, log_id, origins, epochs } = self;
        let origins = if self.is_packed() { format!("{origins}\n") } else { String::new() };
        format!("procura data directory\nformat {format}\nlog {log_id}\n{origins}{epochs}")
    }

    /// Reads what the file holds.
    pub(crate) fn read(bytes: Vec<u8>) -> Result<Identity, NoIdentity> {
        let unreadable = |cause| NoIdentity::Unreadable { cause };
        let text = String::from_utf8(bytes).map_err(|_| unreadable("it is not text"))?;
        let mut rest = text.as_str();
        let mut line = || {
            let (line, after) = rest.split_once('\n')?;
            rest = after;
            Some(line)
        };
        if line() != Some("procura data directory") {
            return Err(unreadable("its first line is not \"procura data directory\""));
        }
        let number = line().and_then(|line| line.strip_prefix("format ")).and_then(|number| number.parse().ok());
        let format = match number.ok_or_else(|| unreadable("it has no format"))? {
            known @ DIRECTORY_FORMAT_OLDEST..=DIRECTORY_FORMAT => known,
            0 => return Err(unreadable("its format is 0")),
            found if found < DIRECTORY_FORMAT_OLDEST => return Err(NoIdentity::Older { found }),
            found => return Err(NoIdentity::Newer { found }),
        };
        let log_id = line().and_then(|line| line.strip_prefix("log ")).and_then(|id| id.parse().ok());
        let log_id = log_id.ok_or_else(|| unreadable("it has no log id"))?;
        let origins = match format {
            DIRECTORY_FORMAT_PACKED.. => Some(
                line().and_then(|line| Origins::read(log_id, line)).ok_or_else(|| unreadable("it has no origin"))?,
            ),
            _ => None,
        };
        let epochs = Epochs::read(rest).ok_or_else(|| unreadable("it has no epochs"))?;
        let origins = origins.unwrap_or_else(|| Origins::alone_through(log_id, epochs.newest()));
        // Leading zeros, an id in capitals …: only what was written is right.
        let identity = Identity { format, log_id, origins, epochs };
        if text == identity.text() { Ok(identity) } else { Err(unreadable("it is not as this program writes it")) }
    }

    /// Whether the directory's frames are packed, its origin is said, and its head is in the file `head`.
    pub(crate) fn is_packed(&self) -> bool {
        self.format >= DIRECTORY_FORMAT_PACKED
    }

    /// How the directory's frames are packed.
    pub(crate) fn packing(&self) -> Packing {
        match self.format {
            DIRECTORY_FORMAT_IDS_APART.. => Packing::IdsApart,
            DIRECTORY_FORMAT_PACKED.. => Packing::Whole,
            _ => Packing::None,
        }
    }
}
