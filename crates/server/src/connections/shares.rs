//! Requests under way: so many in all, and so many of one address, over whatever connections they come. So a connection
//! with many requests at once, and a proxy with many clients, hold no more than many connections could.

use parking_lot::Mutex;
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

/// Who shares in the requests under way.
pub(crate) struct Shares {
    under_way: Mutex<UnderWay>,
    max: usize,
    of_address_max: usize,
}

#[derive(Default)]
struct UnderWay {
    all: usize,
    of_address: HashMap<IpAddr, usize>,
}

/// One request's part, until it is dropped.
pub(crate) struct Share {
    shares: Arc<Shares>,
    address: Option<IpAddr>,
}

impl Shares {
    pub(crate) fn new(max: usize, of_address_max: usize) -> Arc<Self> {
        Arc::new(Self { under_way: Mutex::default(), max, of_address_max })
    }

    /// One of the requests of that address; none if there are too many. Without an address they count among all alone.
    pub(crate) fn take(self: &Arc<Self>, address: Option<IpAddr>) -> Option<Share> {
        let address = address.map(network);
        let mut under_way = self.under_way.lock();
        if under_way.all >= self.max {
            return None;
        }
        if let Some(address) = address {
            let of_address = under_way.of_address.entry(address).or_default();
            if *of_address >= self.of_address_max {
                return None;
            }
            *of_address = of_address.saturating_add(1);
        }
        under_way.all = under_way.all.saturating_add(1);
        Some(Share { shares: self.clone(), address })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut under_way = self.shares.under_way.lock();
        under_way.all = under_way.all.saturating_sub(1);
        let Some(address) = self.address else { return };
        if let Some(of_address) = under_way.of_address.get_mut(&address) {
            *of_address = of_address.saturating_sub(1);
            if *of_address == 0 {
                under_way.of_address.remove(&address);
            }
        }
    }
}

/// What counts as one address: of IPv6 a network of 64 bits, which one machine may have all of.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn one_address_has_its_share_of_the_requests() {
        let shares = Shares::new(4, 2);
        let (first, _second) = (shares.take(address("192.0.2.1")), shares.take(address("192.0.2.1")));
        assert!(first.is_some() && shares.take(address("192.0.2.1")).is_none());
        let other = [shares.take(address("192.0.2.2")), shares.take(None)];
        assert!(other.iter().all(Option::is_some));
        assert!(shares.take(address("192.0.2.3")).is_none() && shares.take(None).is_none(), "there are no more");
        drop(first);
        assert!(shares.take(address("192.0.2.1")).is_some(), "and one is free again");
        drop(other);
        drop(_second);
        assert!(shares.under_way.lock().of_address.is_empty());
        assert_eq!(shares.under_way.lock().all, 0);
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let same = |one: &str, other: &str| network(one.parse().unwrap()) == network(other.parse().unwrap());
        assert!(same("2001:db8::1", "2001:db8::ffff:1"));
        assert!(!same("2001:db8::1", "2001:db8:0:1::1"));
        assert!(same("::ffff:192.0.2.1", "192.0.2.1"));
        assert!(!same("192.0.2.1", "192.0.2.2"));
    }
}
