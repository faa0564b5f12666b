//! Slots for connections: so many in all, and so many of one address. If they are taken, a newcomer gets the slot of the
//! connection that has waited the longest without a complete request.
//!
//! Connections that never had one go first, so that half requests displace each other and not the idle connections of
//! clients that were served. A connection with a request under way is not closed for a newcomer, unless that takes longer
//! than any answer may.

use parking_lot::Mutex;
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};
use tokio::{sync::Notify, time::Instant};

/// How long a request may be under way, its answer's reading included, before its connection may be displaced like one that
/// waits. Reports and other large answers are broken off before; a backup may take longer while nobody wants its slot.
const UNDER_WAY_MAX: Duration = Duration::from_secs(6 * 60);

/// All slots.
pub(crate) struct Slots {
    open: Mutex<Open>,
    max: usize,
    of_address_max: usize,
    /// Numbers connections in the order in which they began to wait.
    clock: AtomicU64,
    /// A slot may have become free.
    changed: Notify,
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
pub(crate) struct Connection {
    address: IpAddr,
    /// Since when it has waited for a complete request, [`UNDER_WAY`] or [`CLOSING`].
    since: AtomicU64,
    /// When its newest request became complete.
    begun: Mutex<Instant>,
    close: Notify,
}

/// It has a request under way.
const UNDER_WAY: u64 = u64::MAX;
/// It is being closed for another.
const CLOSING: u64 = u64::MAX - 1;
/// It has had a request before.
const SERVED: u64 = 1 << 63;

/// What comes of looking for a slot.
enum Found {
    Slot(Slot),
    /// One becomes free: a connection is being closed, or all have a request under way.
    Later,
    /// The address has taken its share, and every connection of its has a request under way.
    None,
}

impl Slots {
    pub(crate) fn new(max: usize, of_address_max: usize) -> Arc<Self> {
        Arc::new(Self { open: Mutex::default(), max, of_address_max, clock: AtomicU64::new(0), changed: Notify::new() })
    }

    /// A slot for a newcomer from that address, when there is one; none if its address has taken its share.
    pub(crate) async fn slot(self: &Arc<Self>, address: IpAddr) -> Option<Slot> {
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

    fn find(self: &Arc<Self>, address: IpAddr) -> Found {
        let mut open = self.open.lock();
        let of_address = open.of_address.get(&address).copied().unwrap_or_default();
        let has_its_share = of_address >= self.of_address_max;
        if !has_its_share && open.by_id.len() < self.max {
            let connection = Arc::new(Connection {
                address,
                since: AtomicU64::new(self.clock.fetch_add(1, SeqCst)),
                begun: Mutex::new(Instant::now()),
                close: Notify::new(),
            });
            let id = open.next;
            open.next = id.wrapping_add(1);
            open.by_id.insert(id, connection.clone());
            open.of_address.insert(address, of_address.saturating_add(1));
            return Found::Slot(Slot { slots: self.clone(), id, connection });
        }
        // An address that has its share displaces its own alone.
        let displaceable = || open.by_id.values().filter(|connection| !has_its_share || connection.address == address);
        if displaceable().any(|connection| connection.since.load(SeqCst) == CLOSING) {
            return Found::Later;
        }
        loop {
            let open = displaceable().map(|connection| (connection.since.load(SeqCst), connection));
            let waiting = open.filter(|(since, connection)| *since < CLOSING || connection.is_overdue(*since));
            let longest = waiting.min_by_key(|(since, _)| *since);
            match longest {
                Some((since, connection)) => {
                    // If its request has just become complete, another is looked for.
                    if connection.since.compare_exchange(since, CLOSING, SeqCst, SeqCst).is_ok() {
                        connection.close.notify_one();
                        return Found::Later;
                    }
                }
                None if has_its_share => return Found::None,
                None => return Found::Later,
            }
        }
    }
}

impl Connection {
    fn is_overdue(&self, since: u64) -> bool {
        since == UNDER_WAY && self.begun.lock().elapsed() > UNDER_WAY_MAX
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
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut open = self.slots.open.lock();
        open.by_id.remove(&self.id);
        let address = self.connection.address;
        if let Some(of_address) = open.of_address.get_mut(&address) {
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
    /// A request is complete. False if the connection is being closed: then nothing is done for it.
    pub(crate) fn begin(&self) -> bool {
        let begun = |since| (since != CLOSING).then_some(UNDER_WAY);
        // Before it counts as under way, or it could seem to be overdue.
        if self.connection.since.load(SeqCst) != UNDER_WAY {
            *self.connection.begun.lock() = Instant::now();
        }
        self.connection.since.fetch_update(SeqCst, SeqCst, begun).is_ok()
    }

    /// Its answer was written, or nobody reads it any more.
    pub(crate) fn end(&self) {
        let now = SERVED | self.slots.clock.fetch_add(1, SeqCst);
        // If it is being closed, it stays so.
        let _ = self.connection.since.compare_exchange(UNDER_WAY, now, SeqCst, SeqCst);
        self.slots.changed.notify_waiters();
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

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 1));
    const AWAY: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 2));

    fn now<T>(future: impl Future<Output = T>) -> Option<T> {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(ready) => Some(ready),
            Poll::Pending => None,
        }
    }

    fn slot(slots: &Arc<Slots>, address: IpAddr) -> Slot {
        now(slots.slot(address)).flatten().unwrap()
    }

    fn is_closed(slot: &Slot) -> bool {
        now(slot.closed()).is_some()
    }

    #[test]
    fn a_newcomer_gets_the_slot_of_the_longest_wait() {
        let slots = Slots::new(4, 4);
        let held: Vec<_> = (0..4).map(|_| slot(&slots, HOME)).collect();
        // The first was served, the second has a request under way.
        assert!(held[0].activity().begin() && held[1].activity().begin());
        held[0].activity().end();
        assert!(now(slots.slot(HOME)).is_none(), "not before the other is closed");
        assert!(now(slots.slot(HOME)).is_none(), "and no second one is closed for it");
        let closed: Vec<_> = held.iter().map(is_closed).collect();
        assert_eq!(closed, [false, false, true, false], "the first of those that were never served");
        assert!(!held[2].activity().begin(), "nothing is done for it any more");
        let mut held: Vec<_> = held.into_iter().map(Some).collect();
        held[2] = None;
        let newcomer = slot(&slots, HOME);
        // Next go the other one that was never served, the newcomer, and at last the one that was served.
        assert!(now(slots.slot(HOME)).is_none());
        assert!(is_closed(held[3].as_ref().unwrap()));
        held[3] = None;
        let busy = slot(&slots, HOME);
        assert!(busy.activity().begin());
        assert!(now(slots.slot(HOME)).is_none());
        assert!(is_closed(&newcomer));
        drop(newcomer);
        let another = slot(&slots, HOME);
        assert!(another.activity().begin());
        assert!(now(slots.slot(HOME)).is_none());
        assert!(is_closed(held[0].as_ref().unwrap()));
        held[0] = None;
        let last = slot(&slots, HOME);
        assert!(last.activity().begin());
        assert!(now(slots.slot(HOME)).is_some_and(|slot| slot.is_none()), "requests under way are never closed");
    }

    /// Time is made to pass.
    #[tokio::test(start_paused = true)]
    async fn a_request_under_way_for_longer_than_any_answer_may_take_makes_room() {
        let slots = Slots::new(2, 2);
        let (trickle, busy) = (slot(&slots, HOME), slot(&slots, HOME));
        assert!(trickle.activity().begin());
        tokio::time::advance(UNDER_WAY_MAX).await;
        // A second call is for the same request.
        assert!(trickle.activity().begin() && busy.activity().begin());
        assert!(now(slots.slot(AWAY)).is_none());
        assert!(!is_closed(&trickle), "not yet");
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(now(slots.slot(AWAY)).is_none());
        assert!(is_closed(&trickle) && !is_closed(&busy));
    }

    #[test]
    fn one_address_has_its_share() {
        let slots = Slots::new(4, 2);
        let home: Vec<_> = (0..2).map(|_| slot(&slots, HOME)).collect();
        let away = slot(&slots, AWAY);
        assert!(now(slots.slot(HOME)).is_none());
        assert_eq!((is_closed(&home[0]), is_closed(&home[1]), is_closed(&away)), (true, false, false));
        assert!(home[1].activity().begin());
        drop(home);
        let home: Vec<_> = (0..2).map(|_| slot(&slots, HOME)).collect();
        assert!(home.iter().all(|slot| slot.activity().begin()));
        assert!(now(slots.slot(HOME)).is_some_and(|slot| slot.is_none()), "it has its share, all of it under way");
        let second = slot(&slots, AWAY);
        assert!(away.activity().begin() && second.activity().begin());
        let other = "127.0.0.3".parse().unwrap();
        assert!(now(slots.slot(other)).is_none(), "all have a request under way: it waits");
        second.activity().end();
        assert!(now(slots.slot(other)).is_none());
        assert!(is_closed(&second));
        drop(second);
        assert!(now(slots.slot(other)).flatten().is_some());
    }
}
