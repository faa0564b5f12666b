//! How much room a disk has.

use std::io;
use std::path::Path;

/// The bytes that may still be written to the disk of `path` by users who are not its administrator.
///
/// # Errors
/// What the system says of the path.
pub fn free_bytes(path: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(path)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}
