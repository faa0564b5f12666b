//! What goes wrong with sled, made an error: where it finds its files damaged it says so, or panics.

use crate::store::StoreError;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// How much of what sled says of its damaged files is passed on.
const SAID_CHARS_MAX: usize = 120;

/// What goes wrong between this module and sled.
pub(super) enum Fault {
    Store(StoreError),
    Sled(sled::Error),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Fault {
        Fault::Store(error)
    }
}

impl From<sled::Error> for Fault {
    fn from(error: sled::Error) -> Fault {
        Fault::Sled(error)
    }
}

/// Does something with sled. Where sled finds its files damaged it says so, or panics: an error here, and nobody else's end.
pub(super) fn guarded<T>(
    doing: &'static str,
    path: &Path,
    work: impl FnOnce() -> Result<T, Fault>,
) -> Result<T, StoreError> {
    let corrupt = |said: &str| {
        let said = said.lines().next().unwrap_or_default().chars().take(SAID_CHARS_MAX).collect();
        StoreError::Corrupt { doing, path: path.to_owned(), said }
    };
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(Fault::Store(error))) => Err(error),
        Ok(Err(Fault::Sled(sled::Error::Corruption { .. }))) => Err(corrupt("a checksum does not match")),
        Ok(Err(Fault::Sled(source))) => {
            Err(StoreError::Database { doing, path: path.to_owned(), source: Box::new(source) })
        }
        Err(panic) => {
            let said = panic.downcast_ref::<String>().map(String::as_str);
            Err(corrupt(said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or_default()))
        }
    }
}
