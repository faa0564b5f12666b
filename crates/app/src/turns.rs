//! Taking turns: answers that take long are worked out a few at a time, away from the threads that give short ones. Turns
//! are handed out to one owner after the other: a thousand waiting requests of one do not delay another's first.

mod limits;

pub use limits::TurnLimits;

use crate::{Error, error::Code, owner::Owner};
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, VecDeque},
    mem,
};
use tokio::{sync::oneshot, task::spawn_blocking};
use tracing::Instrument;

/// When to try again if too many wait.
const RETRY_SECONDS: u64 = 2;

/// Each report is held in memory, from when it is looked for to when it is written out.
pub(crate) static REPORTS: Turns = Turns::new();
/// A page of intervals may ask thousands of questions.
pub(crate) static INTERVALS: Turns = Turns::new();
/// A page of a search looks at many candidates.
pub(crate) static SEARCHES: Turns = Turns::new();
/// A change of policy or of a group looks at many customers.
pub(crate) static CONSEQUENCES: Turns = Turns::new();
/// A feed that catches up reads much of the log.
pub(crate) static FEEDS: Turns = Turns::new();
/// Commands that wait to be decided.
pub(crate) static QUEUED: Places = Places::new(|limits| limits.commands_of_owner, "commands are waiting");
/// Requests that wait for a position.
pub(crate) static AHEAD: Places = Places::new(|limits| limits.ahead_of_owner, "requests are waiting for a position");
/// Feeds that are followed.
pub(crate) static FOLLOWED: Places = Places::new(|limits| limits.feeds_of_owner, "feeds are open");

/// How the turns at one kind of work are taken now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TurnsNow {
    /// `reports`, `intervals`, `searches`, `consequences` or `feeds`.
    pub work: &'static str,
    pub under_way: usize,
    /// How many wait for one; some may have gone.
    pub waiting: usize,
}

/// How the turns at every kind of work are taken now.
pub fn turns_now() -> [TurnsNow; 5] {
    let kinds = [
        ("reports", &REPORTS),
        ("intervals", &INTERVALS),
        ("searches", &SEARCHES),
        ("consequences", &CONSEQUENCES),
        ("feeds", &FEEDS),
    ];
    kinds.map(|(work, turns)| {
        let line = turns.0.lock();
        TurnsNow { work, under_way: line.under_way, waiting: line.waiting() }
    })
}

/// The turns of one kind of work.
pub(crate) struct Turns(Mutex<Line>);

/// Who has a turn, and who waits for one.
struct Line {
    under_way: usize,
    of_owner: BTreeMap<Owner, usize>,
    waiting: BTreeMap<Owner, VecDeque<oneshot::Sender<Turn>>>,
    /// The owners that wait, in the order in which they are served.
    order: VecDeque<Owner>,
}

/// A turn; it ends when this is dropped.
pub(crate) struct Turn {
    turns: &'static Turns,
    owner: Owner,
}

impl Turns {
    const fn new() -> Self {
        Self(Mutex::new(Line {
            under_way: 0,
            of_owner: BTreeMap::new(),
            waiting: BTreeMap::new(),
            order: VecDeque::new(),
        }))
    }

    /// Does the work when it is its turn. The turn ends with the work, even if nobody waits for the answer any more.
    ///
    /// # Errors
    /// `turnsTaken` if too many wait.
    pub(crate) async fn take<T: Send + 'static>(
        &'static self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        self.turn().await?.with(work).await
    }

    /// The same for what must be answered, however many wait: it was recorded.
    pub(crate) async fn take_unrefused<T: Send + 'static>(
        &'static self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        self.wait(Owner::current(), usize::MAX).await?.with(work).await
    }

    /// A turn, when it comes.
    ///
    /// # Errors
    /// `turnsTaken` if too many wait.
    pub(crate) async fn turn(&'static self) -> Result<Turn, Error> {
        match Owner::current() {
            Owner::Local => self.wait(Owner::Local, usize::MAX).await,
            owner => self.wait(owner, TurnLimits::current().waiting_of_owner).await,
        }
    }

    /// Queues for a turn behind at most so many of the same owner.
    async fn wait(&'static self, owner: Owner, behind_max: usize) -> Result<Turn, Error> {
        let turn = self.0.lock().queue(owner, behind_max)?;
        self.hand_out();
        turn.instrument(tracing::debug_span!("wait for a turn")).await.map_err(Error::internal)
    }

    /// Hands out the turns that are free.
    fn hand_out(&'static self) {
        while let Some((owner, waiting)) = { self.0.lock().next() } {
            if let Err(turn) = waiting.send(Turn { turns: self, owner }) {
                // The caller has just gone. The turn ends here, and this loop hands it out: dropped, it would do so itself,
                // one call inside the other.
                mem::forget(turn);
                self.0.lock().end(owner);
            }
        }
    }
}

impl Turn {
    /// Does the work; the turn ends with it.
    pub(crate) async fn with<T: Send + 'static>(self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let span = tracing::debug_span!("turn");
        let working = spawn_blocking(move || {
            let _turn = self;
            span.in_scope(work)
        });
        working.await.map_err(Error::internal)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.0.lock().end(self.owner);
        self.turns.hand_out();
    }
}

impl Line {
    fn queue(&mut self, owner: Owner, behind_max: usize) -> Result<oneshot::Receiver<Turn>, Error> {
        let waiting_max = TurnLimits::current().waiting;
        if self.waiting() >= waiting_max {
            self.forget_gone();
        }
        if let Some(of_owner) = self.waiting.get_mut(&owner) {
            of_owner.retain(|waiting| !waiting.is_closed());
        }
        let (all, of_owner) = (self.waiting(), self.waiting.get(&owner).map_or(0, VecDeque::len));
        if behind_max < usize::MAX && (of_owner >= behind_max || all >= waiting_max) {
            let whose = if of_owner >= behind_max { "of yours " } else { "" };
            let detail = format!("too many requests {whose}are waiting for their turn at work of this kind");
            return Err(Error::new(Code::TurnsTaken, detail).retry_after(RETRY_SECONDS));
        }
        let (sender, turn) = oneshot::channel();
        self.waiting.entry(owner).or_default().push_back(sender);
        if !self.order.contains(&owner) {
            self.order.push_back(owner);
        }
        Ok(turn)
    }

    fn waiting(&self) -> usize {
        self.waiting.values().map(VecDeque::len).sum()
    }

    /// Callers that have gone wait no more.
    fn forget_gone(&mut self) {
        self.waiting.retain(|_, of_owner| {
            of_owner.retain(|waiting| !waiting.is_closed());
            !of_owner.is_empty()
        });
        self.order.retain(|owner| self.waiting.contains_key(owner));
    }

    /// Who is served next: of the owners that may have another turn, the one that was served the longest ago.
    fn next(&mut self) -> Option<(Owner, oneshot::Sender<Turn>)> {
        let TurnLimits { at_once, of_owner, .. } = TurnLimits::current();
        if self.under_way >= at_once {
            return None;
        }
        self.forget_gone();
        let may =
            |owner: &Owner| *owner == Owner::Local || self.of_owner.get(owner).is_none_or(|turns| *turns < of_owner);
        let place = self.order.iter().position(may)?;
        let owner = self.order.remove(place)?;
        let of_owner = self.waiting.get_mut(&owner)?;
        let next = of_owner.pop_front()?;
        if of_owner.is_empty() {
            self.waiting.remove(&owner);
        } else {
            self.order.push_back(owner);
        }
        self.under_way = self.under_way.saturating_add(1);
        let turns = self.of_owner.entry(owner).or_default();
        *turns = turns.saturating_add(1);
        Some((owner, next))
    }

    fn end(&mut self, owner: Owner) {
        self.under_way = self.under_way.saturating_sub(1);
        if let Some(turns) = self.of_owner.get_mut(&owner) {
            *turns = turns.saturating_sub(1);
            if *turns == 0 {
                self.of_owner.remove(&owner);
            }
        }
    }
}

/// Places in a queue, so many for each owner.
pub(crate) struct Places {
    taken: Mutex<BTreeMap<Owner, usize>>,
    of_owner_max: fn(TurnLimits) -> usize,
    /// What is so many.
    what: &'static str,
}

/// A place; it is free again when this is dropped.
pub(crate) struct Place {
    places: &'static Places,
    owner: Owner,
}

impl Places {
    const fn new(of_owner_max: fn(TurnLimits) -> usize, what: &'static str) -> Self {
        Self { taken: Mutex::new(BTreeMap::new()), of_owner_max, what }
    }

    /// A place of the owner whose work is under way.
    ///
    /// # Errors
    /// `turnsTaken` if it has taken all of its places.
    pub(crate) fn take(&'static self) -> Result<Place, Error> {
        let owner = Owner::current();
        let mut taken = self.taken.lock();
        let places = taken.entry(owner).or_default();
        if owner != Owner::Local && *places >= (self.of_owner_max)(TurnLimits::current()) {
            let detail = format!("{places} of your {}: try again when some are done", self.what);
            return Err(Error::new(Code::TurnsTaken, detail));
        }
        *places = places.saturating_add(1);
        Ok(Place { places: self, owner })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock();
        if let Some(places) = taken.get_mut(&self.owner) {
            *places = places.saturating_sub(1);
            if *places == 0 {
                taken.remove(&self.owner);
            }
        }
    }
}

#[cfg(test)]
mod tests;
