//! What a command over many lines shows: result lines on standard output, and how far it is on standard error.

use crate::{bars::shown, failure::Failure};
use indicatif::ProgressBar;
use serde::Serialize;
use std::io::{IsTerminal, Write};

/// Result lines, and a bar by bytes read.
pub(crate) struct Output(ProgressBar);

impl Output {
    /// The bar shows on a terminal, unless the results go to the same one, and where it is known how much there is.
    pub(crate) fn new(length: Option<u64>) -> Self {
        Self(match length {
            Some(length) if !std::io::stdout().is_terminal() => {
                shown(ProgressBar::new(length), "{bar:40} {bytes} of {total_bytes}, {eta} left")
            }
            _ => ProgressBar::hidden(),
        })
    }

    /// So many more bytes were read.
    pub(crate) fn read(&self, bytes: u64) {
        self.0.inc(bytes);
    }

    /// So many bytes were read in all.
    pub(crate) fn reached(&self, bytes: u64) {
        self.0.set_position(bytes);
    }

    /// Prints a result line.
    pub(crate) fn line(&self, line: &impl Serialize) -> Result<(), Failure> {
        let mut text = serde_json::to_string(line).map_err(|error| Failure::Internal(error.to_string()))?;
        text.push('\n');
        let mut out = std::io::stdout();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Failure::Output)
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
