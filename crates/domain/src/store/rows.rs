//! A growing array whose rows stay where they are: growing it copies nothing, and takes no more than it holds.

/// How many rows lie side by side.
const CHUNK_ROWS: usize = 4_096;

#[derive(Debug, Clone)]
pub(crate) struct Rows<T> {
    chunks: Vec<Vec<T>>,
    len: u32,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self { chunks: Vec::new(), len: 0 }
    }
}

fn place(number: u32) -> (usize, usize) {
    let number = number as usize;
    (number / CHUNK_ROWS, number % CHUNK_ROWS)
}

impl<T> Rows<T> {
    /// How many there are.
    pub(crate) fn len(&self) -> u32 {
        self.len
    }

    /// Adds a row and gives its number: how many were there before.
    pub(crate) fn push(&mut self, row: T) -> u32 {
        let (number, (chunk, _)) = (self.len, place(self.len));
        if chunk == self.chunks.len() {
            // The first one grows as it is filled: most tables of a small state have few rows.
            self.chunks.push(if chunk == 0 { Vec::new() } else { Vec::with_capacity(CHUNK_ROWS) });
        }
        if let Some(rows) = self.chunks.get_mut(chunk) {
            rows.push(row);
        }
        self.len += 1;
        number
    }

    #[inline]
    pub(crate) fn get(&self, number: u32) -> Option<&T> {
        let (chunk, row) = place(number);
        self.chunks.get(chunk)?.get(row)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        let (chunk, row) = place(number);
        self.chunks.get_mut(chunk)?.get_mut(row)
    }

    pub(crate) fn last(&self) -> Option<&T> {
        self.chunks.last()?.last()
    }

    /// How many rows at the beginning the test holds for: it holds for none behind the first that it fails for.
    pub(crate) fn partition_point(&self, holds: impl Fn(&T) -> bool) -> u32 {
        let chunks = self.chunks.partition_point(|rows| rows.last().is_some_and(&holds));
        let within = self.chunks.get(chunks).map_or(0, |rows| rows.partition_point(&holds));
        // The last chunk may not be full.
        u32::try_from(chunks * CHUNK_ROWS + within).unwrap_or(u32::MAX).min(self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_keep_their_numbers() {
        let mut rows = Rows::default();
        assert_eq!((rows.len(), rows.get(0), rows.last(), rows.partition_point(|_| true)), (0, None, None, 0));
        for n in 0..10_000_u32 {
            assert_eq!(rows.push(n * 2), n);
        }
        assert_eq!((rows.len(), rows.last()), (10_000, Some(&19_998)));
        for n in [0, 1, 4_095, 4_096, 4_097, 8_192, 9_999] {
            assert_eq!(rows.get(n), Some(&(n * 2)));
            assert_eq!(rows.partition_point(|row| *row < n * 2), n);
        }
        *rows.get_mut(5_000).expect("a row") = 1;
        assert_eq!([rows.get(5_000), rows.get(10_000)], [Some(&1), None]);
        assert_eq!(rows.partition_point(|_| true), 10_000);
    }
}
