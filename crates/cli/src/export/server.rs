//! What an export of a server's feed has in common, whether it is paged or followed.

use std::time::Duration;

/// Where a server gives the feed.
pub(super) const FEED: &str = "/v1/events";
/// How long is waited before a server that went away is tried again: at first, and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(30));

/// How long to wait before the next attempt: twice as long each time.
#[derive(Debug)]
pub(super) struct Backoff(Duration);

impl Default for Backoff {
    fn default() -> Self {
        let (first, _) = PAUSES;
        Self(first)
    }
}

impl Backoff {
    pub(super) fn pause(&mut self) -> Duration {
        let (_, longest) = PAUSES;
        let pause = self.0;
        self.0 = (pause * 2).min(longest);
        pause
    }
}

/// JSON on a line of its own: a line break in it stands between two of its words.
pub(super) fn line(json: &str) -> String {
    json.replace(['\r', '\n'], " ") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_get_longer_up_to_an_end() {
        let mut backoff = Backoff::default();
        let pauses: Vec<_> = (0..9).map(|_| backoff.pause().as_millis()).collect();
        assert_eq!(pauses, [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    }
}
