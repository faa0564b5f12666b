//! What is measured of the writer. Names, and how it is told, are the server's.

use procura_eventlog::FRAME_BYTES_MAX;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};

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
        let mut sizes: Vec<_> = exponential_buckets(512.0, 4.0, 8).collect();
        sizes.retain(|size| *size < FRAME_BYTES_MAX as f64);
        sizes.push(FRAME_BYTES_MAX as f64);
        Self {
            // From 2 µs to half a second: most take a few microseconds.
            decisions: Histogram::new(exponential_buckets(0.000_002, 4.0, 10)),
            // From 0.1 ms to 1.6 s, finely, since an alert looks at them.
            appends: Histogram::new(exponential_buckets(0.000_1, 2.0, 15)),
            frame_bytes: Histogram::new(sizes),
        }
    }
}
