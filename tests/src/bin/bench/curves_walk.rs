//! A bare random walk: one step cannot begin before the one before it has read where to go. What it takes is what memory
//! of that size takes, whatever is asked of it.

use procura_engine::ambient::Entropy;
use std::{
    hint::black_box,
    time::{Duration, Instant},
};

/// Places in a line of memory.
const LINE: usize = 16;

/// A ring through all lines of so many bytes, in random order.
pub(crate) fn ring(bytes: u64) -> Vec<u32> {
    let lines = usize::try_from(bytes).unwrap() / size_of::<u32>() / LINE;
    let mut entropy = Entropy::seeded(11);
    let mut order: Vec<u32> = (0..u32::try_from(lines).unwrap()).collect();
    shuffle(&mut order, &mut entropy);
    let mut ring = vec![0_u32; lines * LINE];
    let first = order.first().copied();
    for (here, next) in order.iter().zip(order.iter().skip(1).copied().chain(first)) {
        *ring.get_mut(*here as usize * LINE).unwrap() = next * u32::try_from(LINE).unwrap();
    }
    ring
}

/// Puts them in random order.
pub(crate) fn shuffle<T>(of: &mut [T], entropy: &mut Entropy) {
    for last in (1..of.len()).rev() {
        let other = u64::from_le_bytes(entropy.bytes()) % (last as u64 + 1);
        of.swap(last, usize::try_from(other).unwrap());
    }
}

/// Walks on for that long: nanoseconds of a step.
pub(crate) fn nanoseconds(ring: &[u32], place: &mut u32, time: Duration) -> f64 {
    let (begun, mut steps) = (Instant::now(), 0_u32);
    while begun.elapsed() < time {
        for _ in 0..1_024 {
            *place = ring.get(*place as usize).copied().unwrap();
        }
        steps += 1_024;
    }
    black_box(place);
    begun.elapsed().as_secs_f64() * 1e9 / f64::from(steps)
}
