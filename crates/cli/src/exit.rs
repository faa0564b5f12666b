//! The codes that the program exits with; 0 is done, and for `check` allowed.

/// The answer is no: `check` denied, `what-if` refused, `import` and `erase` some refused, `verify` not sound, `proof check`
/// and `checkpoint compare` not shown, `report verify` not the same.
pub(crate) const EXIT_NO: u8 = 1;
/// `report verify`: neither yes nor no. Everything but names of people is as the log has it, and names in it were changed since.
pub(crate) const EXIT_OTHER_NAMES: u8 = 3;
/// Something went wrong.
pub(crate) const EXIT_ERROR: u8 = 2;
/// The log could not be written (`EX_IOERR`).
pub(crate) const EXIT_LOG_FAILED: u8 = 74;
