//! Where webhooks may send: to public addresses, and to what is configured. A name is looked up once for each connection, and
//! the connection is made to an address that was looked at: a name that changes its address in between gains nothing.

use super::settings::AllowedNetwork;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use ureq::{
    Error,
    config::Config,
    http::{Uri, uri::Scheme},
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::NextTimeout,
    },
};

/// Looks names up, and gives only addresses that may be connected to.
#[derive(Debug)]
pub(crate) struct Addresses<R = DefaultResolver> {
    allow: Vec<AllowedNetwork>,
    lookup: R,
}

impl Addresses<DefaultResolver> {
    pub(crate) fn allowing(allow: Vec<AllowedNetwork>) -> Self {
        Self { allow, lookup: DefaultResolver::default() }
    }
}

impl<R> Addresses<R> {
    /// Why an address will never be sent to, as far as it tells by itself: what a name stands for is looked up when it is.
    pub(super) fn refuses(&self, url: &str) -> Option<&'static str> {
        let Ok(uri) = url.parse::<Uri>() else {
            return Some("is not an address like https://hooks.example.com/procura");
        };
        let is_plain = uri.scheme() != Some(&Scheme::HTTPS);
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        match host.parse::<IpAddr>() {
            Ok(address) if !self.may_connect(address, is_plain) => {
                Some("is not a public address, or not https: webhooks are sent to no other")
            }
            Err(_) if is_plain && self.allow.is_empty() => Some("is not https"),
            _ => None,
        }
    }

    /// Whether a connection may be made: over `http` only where that was configured.
    fn may_connect(&self, address: IpAddr, is_plain: bool) -> bool {
        let address = address.to_canonical();
        self.allow.iter().any(|network| network.contains(address)) || (!is_plain && is_public(address))
    }
}

impl<R: Resolver> Resolver for Addresses<R> {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let found = self.lookup.resolve(uri, config, timeout)?;
        let is_plain = uri.scheme() != Some(&Scheme::HTTPS);
        let mut allowed = self.empty();
        for address in found.iter().filter(|address| self.may_connect(address.ip(), is_plain)) {
            allowed.push(*address);
        }
        if allowed.is_empty() { Err(Error::Other(Box::new(NotAllowed))) } else { Ok(allowed) }
    }
}

/// What the owner of a webhook is told: not which address it was.
#[derive(Debug, thiserror::Error)]
#[error("its address is not public, or it is not https: webhooks are not sent there")]
pub(super) struct NotAllowed;

/// Whether everybody may send to that address. What has another address in it is judged by its own.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// IANA's special-purpose addresses are not (RFC 6890 and what came after).
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127 | 224.., ..)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18..=19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    )
}

/// Global unicast alone, and of that neither what is special nor what carries an IPv4 address.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let is_global = a & 0xe000 == 0x2000;
    let is_special = matches!((a, b), (0x2001, 0..=0x1ff | 0xdb8) | (0x2002, _) | (0x3fff, 0..=0xfff));
    is_global && !is_special
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        net::SocketAddr,
        sync::atomic::{AtomicUsize, Ordering::Relaxed},
    };
    use ureq::{Agent, unversioned::transport::DefaultConnector};

    #[test]
    fn only_public_addresses_are_public() {
        for public in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "172.32.0.1",
            "223.255.255.255",
            "192.0.1.1",
            "2606:4700::1111",
            "2a00::1",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for private in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:0:7f00:1::",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd00::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            let address: IpAddr = private.parse().unwrap();
            assert!(!is_public(address.to_canonical()), "{private}");
        }
    }

    #[test]
    fn what_is_allowed_is_configured() {
        let network = |text: &str| AllowedNetwork::try_from(text.to_owned()).unwrap();
        let addresses = Addresses::allowing(vec![network("10.1.0.0/16"), network("127.0.0.1")]);
        for (address, plain, secure) in [
            ("10.1.2.3", true, true),
            ("10.2.2.3", false, false),
            ("127.0.0.1", true, true),
            ("::ffff:127.0.0.1", true, true),
            ("127.0.0.2", false, false),
            ("8.8.8.8", false, true),
        ] {
            let address = address.parse().unwrap();
            assert_eq!(addresses.may_connect(address, true), plain, "{address} over http");
            assert_eq!(addresses.may_connect(address, false), secure, "{address} over https");
        }
        assert!(AllowedNetwork::try_from("everywhere".to_owned()).is_err());
    }

    /// A name whose address changes from look-up to look-up.
    #[derive(Debug)]
    struct Changing(Vec<SocketAddr>, AtomicUsize);

    impl Resolver for Changing {
        fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
            let mut found = self.empty();
            found.push(self.0[self.1.fetch_add(1, Relaxed) % self.0.len()]);
            Ok(found)
        }
    }

    #[test]
    fn a_name_that_changes_gains_nothing() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let here = listener.local_addr().unwrap();
        listener.set_nonblocking(true).unwrap();
        let lookup = Changing(vec![here, "169.254.169.254:80".parse().unwrap()], AtomicUsize::new(0));
        let addresses = Addresses { allow: vec![], lookup };
        let config =
            Agent::config_builder().proxy(None).timeout_global(Some(std::time::Duration::from_secs(2))).build();
        let agent = Agent::with_parts(config, DefaultConnector::default(), addresses);
        for _ in 0..4 {
            for address in ["http://rebind.example/", "https://rebind.example/", "http://2130706433/", "http://0x7f.1/"]
            {
                let error = agent.get(address).call().unwrap_err();
                assert!(error.to_string().contains("not public"), "{address}: {error}");
            }
        }
        assert!(listener.accept().is_err(), "nobody came");
    }
}
