//! A long answer in pieces: it is written as fast as it is read, through a buffer of a few pieces.

use crate::Error;
use futures_util::{Stream, StreamExt};
use std::{
    io::{self, Write},
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{sync::mpsc, time::timeout};

/// How large a piece is.
const PIECE_BYTES: usize = 64 * 1024;
/// How many pieces wait for the reader.
const PIECES_MAX: usize = 4;
/// How long a reader may take for a piece.
const PIECE_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a reader may take for the whole answer, so that a byte now and then does not hold a turn forever.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// The pieces of an answer, as they come.
pub struct Pieces {
    pieces: mpsc::Receiver<Piece>,
    ended: bool,
}

/// The answer was broken off: its reader was too slow, or there was a fault.
#[derive(Debug, thiserror::Error)]
#[error("the answer was broken off: it was not read in time")]
pub struct BrokenOff;

enum Piece {
    Bytes(Vec<u8>),
    /// There are no more.
    End,
}

/// Takes what is written, and waits where the reader is slow. To be used on a thread that may be kept waiting.
pub(crate) struct PieceWriter {
    buffer: Vec<u8>,
    pieces: mpsc::Sender<Piece>,
}

/// An answer's two ends. If its reader goes or is too slow, writing fails.
pub(crate) fn pieces() -> (PieceWriter, Pieces) {
    let (written, mut waiting) = mpsc::channel(PIECES_MAX);
    let (reader, pieces) = Reader::new();
    tokio::spawn(timeout(ANSWER_TIMEOUT, async move {
        while let Some(piece) = waiting.recv().await {
            reader.hand(piece).await?;
        }
        Ok::<_, BrokenOff>(())
    }));
    (PieceWriter { buffer: Vec::with_capacity(PIECE_BYTES), pieces: written }, pieces)
}

/// Who takes the pieces.
struct Reader(mpsc::Sender<Piece>);

impl Reader {
    fn new() -> (Self, Pieces) {
        let (taken, pieces) = mpsc::channel(1);
        (Self(taken), Pieces { pieces, ended: false })
    }

    /// Hands over a piece, when there is room for it.
    async fn hand(&self, piece: Piece) -> Result<(), BrokenOff> {
        timeout(PIECE_TIMEOUT, self.0.send(piece)).await.map_err(|_| BrokenOff)?.map_err(|_| BrokenOff)
    }
}

impl PieceWriter {
    /// Says that there is no more.
    pub(crate) fn end(mut self) -> io::Result<()> {
        self.flush()?;
        self.send(Piece::End)
    }

    fn send(&self, piece: Piece) -> io::Result<()> {
        self.pieces.blocking_send(piece).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl Write for PieceWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = PIECE_BYTES.saturating_sub(self.buffer.len());
        let (fits, _) = bytes.split_at(room.min(bytes.len()));
        self.buffer.extend_from_slice(fits);
        if self.buffer.len() >= PIECE_BYTES {
            self.flush()?;
        }
        Ok(fits.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let piece = mem::replace(&mut self.buffer, Vec::with_capacity(PIECE_BYTES));
        self.send(Piece::Bytes(piece))
    }
}

impl Pieces {
    /// Those of a whole answer. `held` is dropped when the last is taken, or the reader goes or is too slow.
    pub fn of(whole: Vec<u8>, held: impl Send + 'static) -> Self {
        let (reader, pieces) = Reader::new();
        tokio::spawn(timeout(ANSWER_TIMEOUT, async move {
            for piece in whole.chunks(PIECE_BYTES) {
                // A copy, so that the whole is let go of with the last piece and not with the slowest.
                reader.hand(Piece::Bytes(piece.to_vec())).await?;
            }
            drop((whole, held));
            reader.hand(Piece::End).await
        }));
        pieces
    }

    /// The whole answer, which is a text.
    ///
    /// # Errors
    /// `internal` if it was broken off.
    pub async fn text(mut self) -> Result<String, Error> {
        let mut whole = Vec::new();
        while let Some(piece) = self.next().await {
            whole.extend(piece.map_err(Error::internal)?);
        }
        String::from_utf8(whole).map_err(Error::internal)
    }
}

impl Stream for Pieces {
    type Item = Result<Vec<u8>, BrokenOff>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let piece = ready!(self.pieces.poll_recv(context));
        self.ended = !matches!(piece, Some(Piece::Bytes(_)));
        Poll::Ready(match piece {
            Some(Piece::Bytes(bytes)) => Some(Ok(bytes)),
            Some(Piece::End) => None,
            None => Some(Err(BrokenOff)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::task::spawn_blocking;

    #[tokio::test]
    async fn an_answer_is_read_as_it_was_written() {
        for length in [0, 1, PIECE_BYTES - 1, PIECE_BYTES, 9 * PIECE_BYTES + 1] {
            let text: String = ('a'..='z').cycle().take(length).collect();
            let (mut out, pieces) = pieces();
            let written = text.clone();
            let writing = spawn_blocking(move || {
                written.as_bytes().chunks(1_000).try_for_each(|chunk| out.write_all(chunk)).and_then(|()| out.end())
            });
            assert_eq!(pieces.text().await.unwrap(), text);
            writing.await.unwrap().unwrap();
        }
    }

    #[tokio::test]
    async fn an_answer_that_was_not_ended_is_broken_off() {
        let (mut out, pieces) = pieces();
        spawn_blocking(move || out.write_all(b"half").and_then(|()| out.flush())).await.unwrap().unwrap();
        assert!(pieces.text().await.is_err());
    }

    #[tokio::test]
    async fn writing_fails_if_the_reader_goes() {
        let (mut out, pieces) = pieces();
        drop(pieces);
        let writing = spawn_blocking(move || out.write_all(&[0; 9 * PIECE_BYTES]));
        assert_eq!(writing.await.unwrap().unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    /// Time is made to pass.
    #[tokio::test(start_paused = true)]
    async fn slow_readers_are_broken_off() {
        // A reader that takes nothing.
        let (mut out, mut slow) = pieces();
        let writing = std::thread::spawn(move || out.write_all(&[0; 9 * PIECE_BYTES]));
        tokio::time::sleep(PIECE_TIMEOUT * 2).await;
        while !writing.is_finished() {
            tokio::time::sleep(PIECE_TIMEOUT).await;
        }
        assert_eq!(writing.join().unwrap().unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        while slow.next().await.is_some_and(|piece| piece.is_ok()) {}

        // One that takes a piece in time, and another, and goes on forever.
        let (mut out, mut slow) = pieces();
        let writing = std::thread::spawn(move || out.write_all(&vec![0; 1_000 * PIECE_BYTES]));
        let begun = tokio::time::Instant::now();
        while slow.next().await.is_some_and(|piece| piece.is_ok()) {
            tokio::time::sleep(PIECE_TIMEOUT / 2).await;
        }
        assert!(begun.elapsed() < ANSWER_TIMEOUT + PIECE_TIMEOUT, "{:?}", begun.elapsed());
        assert!(writing.join().unwrap().is_err());
    }
}
