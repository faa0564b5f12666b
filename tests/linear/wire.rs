//! HTTP/1.1 over a socket in the client's own hands: it can send a request and close before it reads the answer.

use procura_tests::PATIENCE;
use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// A request, before it has a connection.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) token: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

/// An answer; names of headers in lower case.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// A connection, kept open from request to request.
#[derive(Debug)]
pub(crate) struct Wire(BufReader<TcpStream>);

impl Wire {
    pub(crate) fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self(BufReader::new(stream)))
    }

    /// How long the next answers are waited for.
    pub(crate) fn be_patient(&self, patience: Duration) -> io::Result<()> {
        self.0.get_ref().set_read_timeout(Some(patience))
    }

    pub(crate) fn send(&mut self, request: &Request) -> io::Result<()> {
        self.0.get_mut().write_all(request.text().as_bytes())
    }

    /// Reads one whole answer.
    pub(crate) fn receive(&mut self) -> io::Result<Answer> {
        let Head { first, headers } = Head::read(&mut self.0)?;
        let status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| io::Error::other(format!("{first:?} is not a status line")))?;
        let body = read_body(&mut self.0, &headers)?;
        Ok(Answer { status, headers, body })
    }
}

impl Request {
    fn text(&self) -> String {
        let Self { method, path, token, headers, body } = self;
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = body.len();
        format!(
            "{method} {path} HTTP/1.1\r\nhost: procura\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
        )
    }
}

impl Answer {
    /// A header that is a number.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.headers.iter().find(|(found, _)| found == name).and_then(|(_, value)| value.parse().ok())
    }
}

/// The first line and the headers of a request or an answer.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) first: String,
    pub(crate) headers: Vec<(String, String)>,
}

impl Head {
    pub(crate) fn read(from: &mut impl BufRead) -> io::Result<Self> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if from.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let mut lines = lines.into_iter();
        let first = lines.next().unwrap_or_default();
        let header = |line: String| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_lowercase(), value.trim().to_owned()))
        };
        Ok(Self { first, headers: lines.filter_map(header).collect() })
    }
}

/// The body that belongs to those headers.
pub(crate) fn read_body(from: &mut impl Read, headers: &[(String, String)]) -> io::Result<String> {
    let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, value)| value.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    from.read_exact(&mut body)?;
    String::from_utf8(body).map_err(io::Error::other)
}
