//! The console: in a real browser, as the people of the story, and over HTTP, as those who are up to no good. The real binary,
//! a real OpenID provider, and Chromium.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod browser;
mod demo;
mod pictures;
mod sign_in;
mod story;
mod strangers;
mod walk;
