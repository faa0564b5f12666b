//! Files that somebody names, and lines of them: never more in memory than they may have.

use crate::failure::Failure;
use std::{
    fs::File,
    io::{self, BufRead, ErrorKind, Read},
    path::Path,
};

/// A signed note has 4 KiB at most.
pub(crate) const NOTE_BYTES_MAX: u64 = 64 << 10;
/// A proof is an event of 128 KiB at most, as base64, and hashes.
pub(crate) const PROOF_BYTES_MAX: u64 = 1 << 20;
/// A line of `apply` is a command, which takes 128 KiB at most, and who issues it.
pub(crate) const LINE_BYTES_MAX: u64 = 1 << 20;
/// About fifty thousand devices with their hardware hashes, or half a million users.
pub(crate) const CSV_FILE_BYTES_MAX: u64 = 256 << 20;
/// The largest report, as a page.
pub(crate) const REPORT_BYTES_MAX: u64 = 1 << 30;

/// The bytes of the file.
///
/// # Errors
/// [`Failure::File`], also if it has more than `bytes_max`: such a file is another one.
pub(crate) fn read_file(path: &Path, bytes_max: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes));
    let fits = read.and_then(|read| if read as u64 > bytes_max { Err(too_large(bytes_max)) } else { Ok(bytes) });
    fits.map_err(|source| Failure::File { path: path.to_owned(), source })
}

/// The next line, without its end; `None` behind the last one.
///
/// # Errors
/// What the system says, also if the line has more than `bytes_max`, or is not UTF-8.
pub(crate) fn read_line(input: &mut impl BufRead, bytes_max: u64) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    let read = input.take(bytes_max.saturating_add(2)).read_until(b'\n', &mut bytes)?;
    if bytes.ends_with(b"\n") {
        bytes.pop();
        if bytes.ends_with(b"\r") {
            bytes.pop();
        }
    }
    // A line that was cut off may end inside a character: its length comes first.
    if bytes.len() as u64 > bytes_max {
        return Err(too_large(bytes_max));
    }
    let line = String::from_utf8(bytes);
    let line = line.map_err(|_| io::Error::new(ErrorKind::InvalidData, "stream did not contain valid UTF-8"))?;
    Ok((read > 0).then_some(line))
}

fn too_large(bytes_max: u64) -> io::Error {
    io::Error::new(ErrorKind::FileTooLarge, format!("it has more than {bytes_max} bytes: is it the right file?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_bounded() {
        let mut input = &b"one\r\ntwo\n\nlonger\nx"[..];
        let mut next = |max| read_line(&mut input, max).map_err(|error| error.kind());
        assert_eq!(next(3), Ok(Some("one".to_owned())));
        assert_eq!(next(3), Ok(Some("two".to_owned())));
        assert_eq!(next(3), Ok(Some(String::new())));
        assert_eq!(next(4), Err(ErrorKind::FileTooLarge));
        let mut rest = &b"x"[..];
        assert_eq!(read_line(&mut rest, 1).expect("a line"), Some("x".to_owned()));
        assert_eq!(read_line(&mut rest, 1).expect("an end"), None);
        // What never ends a line takes no more than that.
        assert!(read_line(&mut io::BufReader::new(io::repeat(b'x')), 1 << 20).is_err());
        assert!(read_line(&mut &b"\xff\n"[..], 9).is_err());
        let cut = read_line(&mut "ééé\n".as_bytes(), 3).map_err(|error| error.kind());
        assert_eq!(cut, Err(ErrorKind::FileTooLarge), "also inside a character");
    }

    #[test]
    fn files_are_bounded() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        std::fs::write(&path, "12345").expect("written");
        assert_eq!(read_file(&path, 5).ok(), Some(b"12345".to_vec()));
        assert!(
            matches!(read_file(&path, 4), Err(Failure::File { source, .. }) if source.kind() == ErrorKind::FileTooLarge)
        );
        assert!(read_file(Path::new("/dev/zero"), 1 << 16).is_err());
    }
}
