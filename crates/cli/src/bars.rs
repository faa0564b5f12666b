//! Progress bars on standard error, if that is a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over events.
pub(crate) fn bar(length: u64) -> ProgressBar {
    shown(ProgressBar::new(length), "{bar:40} {human_pos} of {human_len} events, {eta} left")
}

/// The bar in another form.
pub(crate) fn shown(bar: ProgressBar, template: &str) -> ProgressBar {
    bar.with_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()))
}
