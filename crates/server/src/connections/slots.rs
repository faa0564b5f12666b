//! Slots for connections: so many in all, and so many of one address. If they are taken, a newcomer gets the slot of the
//! connection that has waited the longest without a complete request.
//!
//! Connections that never had one go first, so that half requests displace each other and not the idle connections of
//! clients that were served. A connection with a request under way is not closed for a newcomer, unless that takes longer
//! than any answer may. Over HTTP/2 a connection has several: it waits when none of them is complete.

use parking_lot::Mutex;
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

/// All slots.
pub(crate) struct Slots {
    open: Mutex<Open>,
    limits: SlotLimits,
    /// Numbers connections in the order in which they began to wait.
    clock: AtomicU64,
    /// A slot may have become free.
    changed: Notify,
}

/// How many slots there are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SlotLimits {
    pub(crate) connections: usize,
    pub(crate) of_address: usize,
    /// How long a request may be under way before its connection may be displaced like one that waits.
    pub(crate) under_way: Duration,
}

#[derive(Default)]
struct Open {
    next: u64,
    by_id: HashMap<u64, Arc<Connection>>,
    of_address: HashMap<IpAddr, usize>,
}

/// A connection as long as it is open; its slot is free when this is dropped.
pub(crate) struct Slot {
    slots: Arc<Slots>,
    id: u64,
    connection: Arc<Connection>,
}

/// What a connection is at.
struct Connection {
    /// None for those that have no share: proxies, which have many clients, and Unix sockets.
    address: Option<IpAddr>,
    requests: Mutex<Requests>,
    /// It is being closed for another.
    close: Notify,
    /// The last of its requests was answered.
    idle: Notify,
}

/// The requests of a connection.
struct Requests {
    /// Since when it has waited for a complete one, if none is under way.
    waits_since: u64,
    /// How many there are, half ones included.
    open: usize,
    /// How many of them are complete.
    under_way: usize,
    /// When the newest became complete.
    newest: Instant,
    /// Since when there have been none.
    idle_since: Instant,
    /// The connection is being closed for another.
    closing: bool,
}

/// It has had a request before.
const SERVED: u64 = 1 << 63;
/// After all that wait.
const OVERDUE: u64 = u64::MAX;

/// What comes of looking for a slot.
enum Found {
    Slot(Slot),
    /// One becomes free: a connection is being closed, or all have a request under way.
    Later,
    /// The address has taken its share, and every connection of its has a request under way.
    None,
}

impl Slots {
    pub(crate) fn new(limits: SlotLimits) -> Arc<Self> {
        Arc::new(Self { open: Mutex::default(), limits, clock: AtomicU64::new(0), changed: Notify::new() })
    }

    /// A slot for a newcomer from that address, when there is one; none if its address has taken its share. Without an
    /// address there is no share.
    pub(crate) async fn slot(self: &Arc<Self>, address: Option<IpAddr>) -> Option<Slot> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            match self.find(address) {
                Found::Slot(slot) => return Some(slot),
                Found::None => return None,
                Found::Later => changed.await,
            }
        }
    }

    fn find(self: &Arc<Self>, address: Option<IpAddr>) -> Found {
        let mut open = self.open.lock();
        let of_address = address.and_then(|address| open.of_address.get(&address)).copied().unwrap_or_default();
        let has_its_share = address.is_some() && of_address >= self.limits.of_address;
        if !has_its_share && open.by_id.len() < self.limits.connections {
            return Found::Slot(self.open(&mut open, address));
        }
        // An address that has its share displaces its own alone.
        let displaceable = || open.by_id.values().filter(|connection| !has_its_share || connection.address == address);
        if displaceable().any(|connection| connection.requests.lock().closing) {
            return Found::Later;
        }
        loop {
            let waiting = displaceable().filter_map(|connection| {
                Some((connection.requests.lock().displaceable_since(self.limits.under_way)?, connection))
            });
            match waiting.min_by_key(|(since, _)| *since) {
                Some((since, connection)) => {
                    let mut requests = connection.requests.lock();
                    // If its request has just become complete, another is looked for.
                    if requests.displaceable_since(self.limits.under_way) == Some(since) {
                        requests.closing = true;
                        connection.close.notify_one();
                        return Found::Later;
                    }
                }
                None if has_its_share => return Found::None,
                None => return Found::Later,
            }
        }
    }

    fn open(self: &Arc<Self>, open: &mut Open, address: Option<IpAddr>) -> Slot {
        let requests = Requests {
            waits_since: self.clock.fetch_add(1, SeqCst),
            open: 0,
            under_way: 0,
            newest: Instant::now(),
            idle_since: Instant::now(),
            closing: false,
        };
        let connection =
            Connection { address, requests: Mutex::new(requests), close: Notify::new(), idle: Notify::new() };
        let (id, connection) = (open.next, Arc::new(connection));
        open.next = id.wrapping_add(1);
        open.by_id.insert(id, connection.clone());
        if let Some(address) = address {
            let of_address = open.of_address.entry(address).or_default();
            *of_address = of_address.saturating_add(1);
        }
        Slot { slots: self.clone(), id, connection }
    }
}

impl Requests {
    /// Since when the connection may make room for another; none if it has a request under way.
    fn displaceable_since(&self, under_way_max: Duration) -> Option<u64> {
        match self.under_way {
            0 => Some(self.waits_since),
            _ => (self.newest.elapsed() > under_way_max).then_some(OVERDUE),
        }
    }
}

impl Slot {
    /// How the connection tells what it is at.
    pub(crate) fn activity(&self) -> Activity {
        Activity { slots: self.slots.clone(), connection: self.connection.clone() }
    }

    /// Resolves when the connection is to be closed for another.
    pub(crate) async fn closed(&self) {
        self.connection.close.notified().await;
    }

    /// Resolves when there has been no request for that long.
    pub(crate) async fn idle(&self, patience: Duration) {
        loop {
            let idle = {
                let requests = self.connection.requests.lock();
                (requests.open == 0).then_some(requests.idle_since)
            };
            match idle.map(|since| since.checked_add(patience).unwrap_or(since)) {
                Some(until) if until <= Instant::now() => return,
                Some(until) => sleep_until(until).await,
                None => self.connection.idle.notified().await,
            }
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut open = self.slots.open.lock();
        open.by_id.remove(&self.id);
        if let Some(address) = self.connection.address
            && let Some(of_address) = open.of_address.get_mut(&address)
        {
            *of_address = of_address.saturating_sub(1);
            if *of_address == 0 {
                open.of_address.remove(&address);
            }
        }
        drop(open);
        self.slots.changed.notify_waiters();
    }
}

/// What a connection tells of its requests.
#[derive(Clone)]
pub(crate) struct Activity {
    slots: Arc<Slots>,
    connection: Arc<Connection>,
}

impl Activity {
    /// A request begins to come.
    pub(crate) fn request(&self) -> OpenRequest {
        let mut requests = self.connection.requests.lock();
        requests.open = requests.open.saturating_add(1);
        drop(requests);
        OpenRequest { activity: self.clone(), complete: AtomicBool::new(false) }
    }
}

/// A request until its answer was written, or nobody reads it any more.
pub(crate) struct OpenRequest {
    activity: Activity,
    complete: AtomicBool,
}

impl OpenRequest {
    /// All of it has come. False if the connection is being closed: then nothing is done for it.
    pub(crate) fn complete(&self) -> bool {
        let mut requests = self.activity.connection.requests.lock();
        if requests.closing {
            return false;
        }
        if !self.complete.swap(true, SeqCst) {
            requests.under_way = requests.under_way.saturating_add(1);
            requests.newest = Instant::now();
        }
        true
    }
}

impl Drop for OpenRequest {
    fn drop(&mut self) {
        let Activity { slots, connection } = &self.activity;
        let mut requests = connection.requests.lock();
        requests.open = requests.open.saturating_sub(1);
        let mut waits = false;
        if *self.complete.get_mut() {
            requests.under_way = requests.under_way.saturating_sub(1);
            waits = requests.under_way == 0;
            if waits {
                requests.waits_since = SERVED | slots.clock.fetch_add(1, SeqCst);
            }
        }
        let idle = requests.open == 0;
        if idle {
            requests.idle_since = Instant::now();
        }
        drop(requests);
        if idle {
            connection.idle.notify_one();
        }
        if waits {
            slots.changed.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        future::Future,
        pin::pin,
        task::{Context, Poll, Waker},
    };

    const HOME: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 1)));
    const AWAY: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 2)));
    const UNDER_WAY_MAX: Duration = Duration::from_secs(360);

    fn slots(connections: usize, of_address: usize) -> Arc<Slots> {
        Slots::new(SlotLimits { connections, of_address, under_way: UNDER_WAY_MAX })
    }

    fn now<T>(future: impl Future<Output = T>) -> Option<T> {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(ready) => Some(ready),
            Poll::Pending => None,
        }
    }

    fn slot(slots: &Arc<Slots>, address: Option<IpAddr>) -> Slot {
        now(slots.slot(address)).flatten().unwrap()
    }

    fn is_closed(slot: &Slot) -> bool {
        now(slot.closed()).is_some()
    }

    /// A request of which everything has come.
    fn complete(slot: &Slot) -> OpenRequest {
        let request = slot.activity().request();
        assert!(request.complete());
        request
    }

    #[test]
    fn a_newcomer_gets_the_slot_of_the_longest_wait() {
        let slots = slots(4, 4);
        let held: Vec<_> = (0..4).map(|_| slot(&slots, HOME)).collect();
        // The first was served, the second has a request under way, the third half of one.
        drop(complete(&held[0]));
        let _under_way = complete(&held[1]);
        let half = held[2].activity().request();
        assert!(now(slots.slot(HOME)).is_none(), "not before the other is closed");
        assert!(now(slots.slot(HOME)).is_none(), "and no second one is closed for it");
        let closed: Vec<_> = held.iter().map(is_closed).collect();
        assert_eq!(closed, [false, false, true, false], "the first of those that were never served");
        assert!(!half.complete(), "nothing is done for it any more");
        let mut held: Vec<_> = held.into_iter().map(Some).collect();
        held[2] = None;
        let newcomer = slot(&slots, HOME);
        // Next go the other one that was never served, the newcomer, and at last the one that was served.
        assert!(now(slots.slot(HOME)).is_none());
        assert!(is_closed(held[3].as_ref().unwrap()));
        held[3] = None;
        let busy = slot(&slots, HOME);
        let _busy = complete(&busy);
        assert!(now(slots.slot(HOME)).is_none());
        assert!(is_closed(&newcomer));
        drop(newcomer);
        let another = slot(&slots, HOME);
        let _another = complete(&another);
        assert!(now(slots.slot(HOME)).is_none());
        assert!(is_closed(held[0].as_ref().unwrap()));
        held[0] = None;
        let last = slot(&slots, HOME);
        let _last = complete(&last);
        assert!(now(slots.slot(HOME)).is_some_and(|slot| slot.is_none()), "requests under way are never closed");
    }

    /// Time is made to pass.
    #[tokio::test(start_paused = true)]
    async fn a_request_under_way_for_longer_than_any_answer_may_take_makes_room() {
        let slots = slots(2, 2);
        let (trickle, busy) = (slot(&slots, HOME), slot(&slots, HOME));
        let slow = complete(&trickle);
        tokio::time::advance(UNDER_WAY_MAX).await;
        // A second call is for the same request.
        assert!(slow.complete());
        let _busy = complete(&busy);
        assert!(now(slots.slot(AWAY)).is_none());
        assert!(!is_closed(&trickle), "not yet");
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(now(slots.slot(AWAY)).is_none());
        assert!(is_closed(&trickle) && !is_closed(&busy));
    }

    #[test]
    fn a_connection_with_several_requests_waits_when_none_of_them_is_complete() {
        let slots = slots(2, 2);
        let (many, other) = (slot(&slots, HOME), slot(&slots, AWAY));
        let _other = complete(&other);
        let (first, second, half) = (complete(&many), complete(&many), many.activity().request());
        drop(first);
        assert!(now(slots.slot(HOME)).is_none());
        assert!(!is_closed(&many), "the second is still under way");
        drop(second);
        assert!(now(slots.slot(HOME)).is_none());
        assert!(is_closed(&many), "half of one is none");
        assert!(!half.complete());
        assert!(!many.activity().request().complete(), "and nothing is begun any more");
    }

    /// Time is made to pass.
    #[tokio::test(start_paused = true)]
    async fn only_a_connection_without_any_request_is_idle() {
        const PATIENCE: Duration = Duration::from_secs(30);
        let slots = slots(2, 2);
        let held = slot(&slots, HOME);
        let (half, whole) = (held.activity().request(), complete(&held));
        tokio::time::advance(2 * PATIENCE).await;
        assert!(now(held.idle(PATIENCE)).is_none());
        drop(whole);
        tokio::time::advance(2 * PATIENCE).await;
        assert!(now(held.idle(PATIENCE)).is_none(), "half of one is some");
        drop(half);
        assert!(now(held.idle(PATIENCE)).is_none(), "not before its time");
        let begun = Instant::now();
        held.idle(PATIENCE).await;
        assert!(begun.elapsed() >= PATIENCE && begun.elapsed() < PATIENCE + Duration::from_secs(1));
    }

    #[test]
    fn one_address_has_its_share() {
        let slots = slots(4, 2);
        let home: Vec<_> = (0..2).map(|_| slot(&slots, HOME)).collect();
        let away = slot(&slots, AWAY);
        assert!(now(slots.slot(HOME)).is_none());
        assert_eq!((is_closed(&home[0]), is_closed(&home[1]), is_closed(&away)), (true, false, false));
        drop(complete(&home[1]));
        drop(home);
        let home: Vec<_> = (0..2).map(|_| slot(&slots, HOME)).collect();
        let _busy: Vec<_> = home.iter().map(complete).collect();
        assert!(now(slots.slot(HOME)).is_some_and(|slot| slot.is_none()), "it has its share, all of it under way");
        let second = slot(&slots, AWAY);
        let (_first, of_second) = (complete(&away), complete(&second));
        let other = Some("127.0.0.3".parse().unwrap());
        assert!(now(slots.slot(other)).is_none(), "all have a request under way: it waits");
        drop(of_second);
        assert!(now(slots.slot(other)).is_none());
        assert!(is_closed(&second));
        drop(second);
        assert!(now(slots.slot(other)).flatten().is_some());
    }

    #[test]
    fn without_an_address_there_is_no_share() {
        let slots = slots(4, 2);
        let proxied: Vec<_> = (0..4).map(|_| slot(&slots, None)).collect();
        assert!(now(slots.slot(HOME)).is_none(), "they make room like others");
        assert!(is_closed(&proxied[0]));
    }
}
