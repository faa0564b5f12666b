//! What is measured of the writer. Names, and how it is told, are the server's.

use procura_eventlog::FRAME_BYTES_MAX;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};

/// From 2 µs to half a second: a decision takes microseconds, a sync of a slow disk tenths of a second.
const SECONDS_MIN: f64 = 0.000_002;
const SECONDS_BUCKETS: u16 = 10;
/// From 512 bytes, each bucket four times the one before.
const BYTES_MIN: f64 = 512.0;
const FACTOR: f64 = 4.0;

/// What is measured of the writer; clones share it.
#[derive(Debug, Clone)]
pub struct WriterMetrics {
    /// How long each decision took, in seconds: the rules, the encoding and the fold.
    pub decisions: Histogram,
    /// How long each frame took to stable storage, in seconds.
    pub appends: Histogram,
    /// How large each frame was, in bytes.
    pub frame_bytes: Histogram,
}

impl Default for WriterMetrics {
    fn default() -> Self {
        let seconds = || Histogram::new(exponential_buckets(SECONDS_MIN, FACTOR, SECONDS_BUCKETS));
        let mut sizes: Vec<_> = exponential_buckets(BYTES_MIN, FACTOR, 8).collect();
        sizes.retain(|size| *size < FRAME_BYTES_MAX as f64);
        sizes.push(FRAME_BYTES_MAX as f64);
        Self { decisions: seconds(), appends: seconds(), frame_bytes: Histogram::new(sizes) }
    }
}
