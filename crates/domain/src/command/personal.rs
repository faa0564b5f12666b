//! The command about personal data.

use crate::personal::Erasable;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ErasePersonalData {
    /// Whose personal data, like `invitation:8e3af657-a8ff-443c-a75c-2fe8c4bcb635`.
    pub subject: Erasable,
}
