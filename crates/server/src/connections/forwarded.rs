//! Whose request a proxy brings: `Forwarded` (RFC 7239), believed only from proxies that are named.
//!
//! Absent: `X-Forwarded-For` and its kin. A proxy that sets one of two headers passes the other on as its client wrote it.

use crate::connections::listen::Peer;
use axum::http::{HeaderMap, header::FORWARDED};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

/// How many proxies one behind the other are looked through.
const HOPS_MAX: usize = 16;

/// A proxy that says whose requests it brings: an address, a network, or `unix`, who connects to the Unix socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum TrustedProxy {
    Network(IpNet),
    UnixSocket,
}

/// A text that names no proxy.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` names no proxy: write an address like 192.0.2.7, a network like 10.0.0.0/8, or unix")]
pub struct NotAProxy(String);

impl FromStr for TrustedProxy {
    type Err = NotAProxy;

    fn from_str(text: &str) -> Result<Self, NotAProxy> {
        if text == "unix" {
            return Ok(Self::UnixSocket);
        }
        let network = text.parse::<IpAddr>().map(IpNet::from).or_else(|_| text.parse::<IpNet>());
        network.map(Self::Network).map_err(|_| NotAProxy(text.to_owned()))
    }
}

impl TryFrom<String> for TrustedProxy {
    type Error = NotAProxy;

    fn try_from(text: String) -> Result<Self, NotAProxy> {
        text.parse()
    }
}

impl From<TrustedProxy> for String {
    fn from(proxy: TrustedProxy) -> Self {
        proxy.to_string()
    }
}

impl fmt::Display for TrustedProxy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(network) if network.prefix_len() == network.max_prefix_len() => network.addr().fmt(formatter),
            Self::Network(network) => network.fmt(formatter),
            Self::UnixSocket => formatter.write_str("unix"),
        }
    }
}

/// The proxies that are named.
#[derive(Debug, Clone, Default)]
pub(crate) struct Proxies(Vec<TrustedProxy>);

/// Whose request it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Client {
    pub(crate) address: Option<IpAddr>,
    /// Whether the address shares in connections and requests. A proxy has many clients, so it has no share of its own.
    pub(crate) has_a_share: bool,
}

impl Proxies {
    pub(crate) fn new(named: Vec<TrustedProxy>) -> Self {
        Self(named)
    }

    fn include(&self, address: IpAddr) -> bool {
        self.0.iter().any(|proxy| matches!(proxy, TrustedProxy::Network(network) if network.contains(&address)))
    }

    /// Whether it is a proxy that is named.
    pub(crate) fn includes(&self, peer: Peer) -> bool {
        match peer {
            Peer::Address(address) => self.include(address),
            Peer::UnixSocket => self.0.contains(&TrustedProxy::UnixSocket),
        }
    }

    /// The client of a request that came from the peer: the address that the nearest named proxy was asked from, if it can
    /// be read, else the peer.
    pub(crate) fn client(&self, peer: Peer, headers: &HeaderMap) -> Client {
        let forwarded = || {
            let mut hops = 0;
            for line in headers.get_all(FORWARDED).iter().rev() {
                let line = String::from_utf8_lossy(line.as_bytes());
                for element in parts_from_the_end(&line, ',').filter(|element| !element.trim().is_empty()) {
                    let address = address_of(element)?;
                    hops += 1;
                    if !self.include(address) || hops > HOPS_MAX {
                        return Some(address);
                    }
                }
            }
            None
        };
        let believed = self.includes(peer);
        if believed && let Some(address) = forwarded() {
            return Client { address: Some(address), has_a_share: !self.include(address) };
        }
        match peer {
            Peer::Address(address) => Client { address: Some(address), has_a_share: !believed },
            Peer::UnixSocket => Client { address: None, has_a_share: false },
        }
    }
}

/// The address in the parameter `for` of one element.
fn address_of(element: &str) -> Option<IpAddr> {
    let mut of_for = parts_from_the_end(element, ';').filter_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then_some(value.trim())
    });
    let (value, None) = (of_for.next()?, of_for.next()) else { return None };
    // An address holds nothing that is escaped in quotes.
    let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    let in_brackets = value.strip_prefix('[').and_then(|value| value.strip_suffix(']')).unwrap_or(value);
    let address = in_brackets.parse().or_else(|_| value.parse::<SocketAddr>().map(|address| address.ip()));
    address.ok().map(|address| address.to_canonical())
}

/// The parts between separators that stand outside quotes, the last first. They are looked for from the end, which the proxy
/// wrote: a quote that its client began and did not close hides nothing.
fn parts_from_the_end(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut rest, mut ended) = (text, false);
    std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let mut quoted = false;
        let at = rest.char_indices().rev().find(|(at, character)| {
            let before = || rest.bytes().rev().skip(rest.len().saturating_sub(*at));
            let is_escaped = || before().take_while(|byte| *byte == b'\\').count() % 2 == 1;
            if *character == '"' && !is_escaped() {
                quoted = !quoted;
            }
            *character == separator && !quoted
        });
        let (before, part) = at.and_then(|(at, _)| rest.split_at_checked(at)).unwrap_or_else(|| {
            ended = true;
            ("", rest)
        });
        rest = before;
        Some(part.strip_prefix(separator).filter(|_| !ended).unwrap_or(part))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(text: &str) -> Peer {
        if text == "unix" { Peer::UnixSocket } else { Peer::Address(text.parse().unwrap()) }
    }

    /// The client, with an asterisk if it has no share.
    fn client(named: &[&str], from: &str, lines: &[&str]) -> String {
        let proxies = Proxies::new(named.iter().map(|named| named.parse().unwrap()).collect());
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED, line.as_bytes().try_into().unwrap());
        }
        let Client { address, has_a_share } = proxies.client(peer(from), &headers);
        let address = address.map(|address| address.to_string()).unwrap_or_default();
        format!("{address}{}", if has_a_share { "" } else { "*" })
    }

    #[test]
    fn forwarded_is_believed_from_named_proxies_alone() {
        let named = ["10.0.0.0/8", "2001:db8::5", "unix"];
        let rows: &[(&str, &[&str], &str)] = &[
            // A stranger, whatever it says, and one who names a proxy.
            ("192.0.2.1", &[], "192.0.2.1"),
            ("192.0.2.1", &["for=198.51.100.1"], "192.0.2.1"),
            ("192.0.2.1", &["for=10.0.0.1"], "192.0.2.1"),
            // A proxy: what its peer was, in every form that the RFC has.
            ("10.0.0.1", &["for=198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["For=198.51.100.1;proto=https;by=10.0.0.1"], "198.51.100.1"),
            ("10.0.0.1", &["proto=https ; for=\"198.51.100.1:1234\""], "198.51.100.1"),
            ("10.0.0.1", &["for=\"[2001:db8::1]\""], "2001:db8::1"),
            ("10.0.0.1", &["for=\"[2001:db8::1]:80\""], "2001:db8::1"),
            ("10.0.0.1", &["for=\"2001:db8::1\""], "2001:db8::1"),
            ("10.0.0.1", &["for=\"[::ffff:198.51.100.1]\""], "198.51.100.1"),
            ("2001:db8::5", &["for=198.51.100.1"], "198.51.100.1"),
            ("unix", &["for=198.51.100.1"], "198.51.100.1"),
            // What the client wrote itself stands before what the proxy added.
            ("10.0.0.1", &["for=203.0.113.9, for=198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["for=203.0.113.9", "for=198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["for=\"un, closed, for=198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["é\", for=\"[2001:db8::1]\";by=\"10.0.0.1:80\""], "2001:db8::1"),
            ("10.0.0.1", &["host=\"a,for=203.0.113.9\";for=198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["host=\"\\\",for=203.0.113.9\";for=198.51.100.1"], "198.51.100.1"),
            // Proxies behind each other.
            ("10.0.0.1", &["for=198.51.100.1, for=10.0.0.2, for=10.0.0.3"], "198.51.100.1"),
            ("10.0.0.1", &["for=198.51.100.1", "for=10.0.0.2"], "198.51.100.1"),
            ("10.0.0.1", &["for=10.0.0.2"], "10.0.0.1*"),
            // Nothing that can be read: the proxy itself.
            ("10.0.0.1", &[], "10.0.0.1*"),
            ("10.0.0.1", &["for=unknown"], "10.0.0.1*"),
            ("10.0.0.1", &["for=_hidden, for=10.0.0.2"], "10.0.0.1*"),
            ("10.0.0.1", &["for=198.51.100.1;for=198.51.100.2"], "10.0.0.1*"),
            ("10.0.0.1", &["by=198.51.100.1"], "10.0.0.1*"),
            ("10.0.0.1", &["for"], "10.0.0.1*"),
            ("10.0.0.1", &[", ,"], "10.0.0.1*"),
            ("unix", &[], "*"),
        ];
        for (from, lines, expected) in rows {
            assert_eq!(client(&named, from, lines), *expected, "{from} {lines:?}");
        }
        assert_eq!(client(&[], "unix", &["for=198.51.100.1"]), "*", "a socket that is not named");
        assert_eq!(client(&[], "10.0.0.1", &["for=198.51.100.1"]), "10.0.0.1");
    }

    #[test]
    fn proxies_are_read_and_written() {
        for text in ["192.0.2.7", "10.0.0.0/8", "2001:db8::/32", "unix"] {
            assert_eq!(text.parse::<TrustedProxy>().unwrap().to_string(), text);
        }
        for text in ["", "proxy.example", "10.0.0.0/33", "unix:/run/a.sock"] {
            assert!(text.parse::<TrustedProxy>().unwrap_err().to_string().contains("names no proxy"), "{text}");
        }
    }
}
