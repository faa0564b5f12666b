//! Server-sent events, as far as a feed has them.

use std::io::{self, BufRead, Read};

/// No message is longer: the largest event that is recorded is smaller by far.
const MESSAGE_BYTES_MAX: u64 = 16 << 20;

/// One message.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) id: String,
    /// What it is: empty for an event of the log.
    pub(super) event: String,
    pub(super) data: String,
}

/// Reads the next message. None where the stream ends: what was cut off in the middle is no message.
///
/// # Errors
/// If it cannot be read, is no text, or does not end.
pub(super) fn read(stream: &mut impl BufRead) -> io::Result<Option<Message>> {
    let mut stream = stream.take(MESSAGE_BYTES_MAX);
    let (mut message, mut is_begun) = (Message::default(), false);
    let mut line = String::new();
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let Some(text) = line.strip_suffix('\n') else {
            let is_too_long = stream.limit() == 0;
            return if is_too_long { Err(invalid("a message has no end")) } else { Ok(None) };
        };
        let text = text.strip_suffix('\r').unwrap_or(text);
        if text.is_empty() {
            if is_begun {
                return Ok(Some(message));
            }
            message.event.clear();
            continue;
        }
        let (field, value) = text.split_once(':').unwrap_or((text, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "id" => value.clone_into(&mut message.id),
            "event" => value.clone_into(&mut message.event),
            "data" => {
                if is_begun {
                    message.data.push('\n');
                }
                message.data.push_str(value);
                is_begun = true;
            }
            _ => {}
        }
    }
}

/// What no feed has.
fn invalid(problem: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut bytes: &[u8]) -> (Vec<(String, String, String)>, Option<String>) {
        let mut messages = Vec::new();
        loop {
            match read(&mut bytes) {
                Ok(Some(Message { id, event, data })) => messages.push((id, event, data)),
                Ok(None) => return (messages, None),
                Err(error) => return (messages, Some(error.to_string())),
            }
        }
    }

    #[test]
    fn messages_are_whole_or_none() {
        let message = |id: &str, event: &str, data: &str| (id.to_owned(), event.to_owned(), data.to_owned());
        for (text, expected) in [
            ("", vec![]),
            ("retry: 1000\n\n", vec![]),
            ("id: 1\ndata: {}\n\n", vec![message("1", "", "{}")]),
            ("id:1\r\ndata:{}\r\n\r\n", vec![message("1", "", "{}")]),
            (": says nothing\nevent: heartbeat\nid: 7\ndata: {\ndata: }\n\n", vec![message("7", "heartbeat", "{\n}")]),
            ("id: 1\ndata: {}\n\nid: 2\ndata: {}\n", vec![message("1", "", "{}")]),
            ("id: 1\ndata: {}", vec![]),
            ("id: 1\n\ndata: {}\n\n", vec![message("1", "", "{}")]),
        ] {
            assert_eq!(all(text.as_bytes()), (expected, None), "{text:?}");
        }
    }

    #[test]
    fn what_does_not_end_is_not_held() {
        let endless = io::repeat(b'x');
        let error = read(&mut io::BufReader::new(endless)).unwrap_err();
        assert_eq!(error.to_string(), "a message has no end");
        let endless = Read::chain(&b"data: "[..], io::repeat(b'\n'));
        assert_eq!(read(&mut io::BufReader::new(endless)).unwrap(), Some(Message::default()));
        assert!(all(b"data: \xff\n\n").1.is_some());
    }
}
