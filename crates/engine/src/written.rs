//! Whether a stored text is how this version writes a value, found out without writing it anywhere.

use serde::Serialize;
use std::io::{self, Write};

/// Whether the value is written exactly like that.
///
/// # Errors
/// If it cannot be written at all.
pub(crate) fn is_written(value: &impl Serialize, text: &str) -> Result<bool, serde_json::Error> {
    let mut comparison = Comparison { rest: text.as_bytes() };
    match serde_json::to_writer(&mut comparison, value) {
        Ok(()) => Ok(comparison.rest.is_empty()),
        Err(error) if error.is_io() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Takes what is written as long as it is what comes next.
struct Comparison<'a> {
    rest: &'a [u8],
}

impl Write for Comparison<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.rest = self.rest.strip_prefix(bytes).ok_or(io::ErrorKind::InvalidData)?;
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn only_the_whole_text_as_it_is_written_will_do() {
        let value = ("a\"é", [1, 2], Option::<()>::None);
        let text = serde_json::to_string(&value).expect("JSON");
        assert!(is_written(&value, &text).expect("JSON"));
        for end in 0..text.len() {
            let others = [text.get(..end).unwrap_or_default().to_owned(), text.clone() + " ", " ".to_owned() + &text];
            for other in others {
                assert!(!is_written(&value, &other).expect("JSON"), "{other}");
            }
        }
        assert!(is_written(&BTreeMap::from([([0], 0)]), "{}").is_err(), "no key of an object");
    }
}
