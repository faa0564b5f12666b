//! The feed: what happened, in order, from any point, as far as the reader may know it when it reads. Downstream services
//! follow it; each event has a cursor, to go on behind it.

mod ocsf;

use crate::{
    AsOf, Code, Error,
    page::page_items,
    turns::{FEEDS, FOLLOWED, Place},
};
use futures_util::{Stream, TryStreamExt, stream};
use procura_domain::{
    event::{EventFilter, EventType},
    id::TenantId,
    named,
    rule::Rule,
    temporal::{Moment, Position},
    visibility::{Happened, Reader, event_scope},
};
use procura_engine::{Engine, EventError, LoggedEvent, Who};
use procura_eventlog::Cursor;
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt::Display, str::FromStr, sync::Arc};
use tokio::runtime::Handle;

/// How many events one request looks at, or the rest of a frame more. Where few of them are wanted, its page is shorter than
/// it might be, and the next page goes on behind.
const FEED_EVENTS_MAX: usize = 2_000;
/// How many events a turn at catching up looks at, or the rest of a frame more.
const TURN_EVENTS: usize = 500;
/// How many are decided on with the state held.
const HELD_EVENTS: usize = 100;

/// What of the feed is asked for: the parameters, each as callers write it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FeedRequest {
    /// Only what comes behind this cursor; the beginning unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many events a page has at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// Events of these types, with commas between them.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub event_type: Option<String>,
    /// What concerns this customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// What concerns this partner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    /// How each event is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
}

named! {
    /// How the events of a feed are written.
    FeedFormat {
        /// CloudEvents 1.0.
        CloudEvents "cloudevents",
        /// Records of the Open Cybersecurity Schema Framework, for a SIEM.
        Ocsf "ocsf",
    }
}

/// An event as a reader is told it.
#[derive(Debug, Clone)]
pub struct FeedEvent {
    logged: Arc<LoggedEvent>,
    who: Who,
}

/// A page of the feed.
#[derive(Debug, Clone)]
pub struct FeedPage {
    pub events: Vec<FeedEvent>,
    /// Everything up to here was looked at: behind it the reader goes on.
    pub reached: Cursor,
    /// What asks for the next page; none if there is nothing more yet.
    pub next: Option<FeedRequest>,
}

/// The feed of one reader, and how far it has come. It keeps nothing of what it has given.
///
/// Taken as a stream it catches up and then follows, without end:
///
/// ```
/// use futures_util::StreamExt;
/// use procura_app::feed::{Feed, FeedRequest};
/// use procura_domain::{event::EventType, visibility::Reader};
/// # use procura_domain::{command::{Command, RegisterPartner}, id::{Id, ObjectId, PartnerId}, text::{DomainName, Name}, vocabulary::{Actor, Author}};
/// # use procura_engine::{Engine, Keyring, Settings, Submission, ambient::{Entropy, SystemClock}};
/// # use procura_eventlog::MemoryStore;
/// # use std::sync::Arc;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let settings = Settings {
/// #     public_url: "https://partners.example".into(),
/// #     invitation_link: None,
/// #     clock: Arc::new(SystemClock),
/// #     entropy: Entropy::from_os(),
/// #     snapshots: None,
/// #     keyring: Keyring::in_memory(),
/// #     has_room: Arc::new(|| true),
/// #     idempotency_keys_max: 1,
/// #     on_fatal: Arc::new(|_| {}),
/// # };
/// # let engine = Engine::open(Arc::new(MemoryStore::new()), settings).await?;
/// # let command = Command::RegisterPartner(RegisterPartner {
/// #     partner: PartnerId::MIN, name: Name::new("Fabrikam")?, domain: DomainName::new("fabrikam.com")?, global_administrator: ObjectId::MIN,
/// #     display_name: None, user_principal_name: None,
/// # });
/// # let by = Author::stated(Actor::Operator("Odile".into()));
/// # engine.submit(Submission { command, by, key: None, at: None, if_match: None }).await?;
/// let feed = Feed::follow(&engine, Reader::Overseer, &FeedRequest::default())?;
/// let mut events = std::pin::pin!(feed.into_stream());
/// let first = events.next().await.ok_or("it never ends")??;
/// assert_eq!(first.event_type(), EventType::PartnerRegistered);
/// // Whoever has taken it in keeps its cursor, and goes on behind it.
/// let request = FeedRequest { after: Some(first.cursor(&engine).to_string()), ..FeedRequest::default() };
/// let mut further = std::pin::pin!(Feed::follow(&engine, Reader::Overseer, &request)?.into_stream());
/// assert_eq!(further.next().await.ok_or("it never ends")??.position().0, 2);
/// # Ok(())
/// # }
/// ```
pub struct Feed {
    engine: Engine,
    reader: Reader,
    filter: EventFilter,
    reached: Position,
    /// One of those that its owner may follow; none for a page.
    _followed: Option<Place>,
}

/// A page: at most `limit` events, in order.
///
/// # Errors
/// If a parameter cannot be read, or its cursor is ahead of the log, or of another line of its history.
pub async fn page(engine: &Engine, reader: Reader, request: FeedRequest) -> Result<AsOf<FeedPage>, Error> {
    let limit = page_items(request.limit)?;
    let mut feed = Feed::open(engine, reader, &request, None)?;
    let (at, from) = (engine.now(), feed.reached);
    let mut events = Vec::new();
    while events.len() < limit && !feed.is_at_end() && feed.reached.0 - from.0 < FEED_EVENTS_MAX as u64 {
        events.extend(feed.look(limit - events.len()).await?);
    }
    let reached = feed.reached();
    let next = (!feed.is_at_end()).then(|| FeedRequest { after: Some(reached.to_string()), ..request });
    Ok(AsOf { at, answer: FeedPage { events, reached, next } })
}

impl Feed {
    /// One that is to be followed, behind the cursor of the request.
    ///
    /// # Errors
    /// As of [`page`]; `turnsTaken` if the owner follows as many as it may.
    pub fn follow(engine: &Engine, reader: Reader, request: &FeedRequest) -> Result<Self, Error> {
        if request.limit.is_some() {
            return Err(Error::invalid_request("`limit` is for pages: what is followed has no end"));
        }
        let followed = FOLLOWED.take()?;
        Self::open(engine, reader, request, Some(followed))
    }

    fn open(engine: &Engine, reader: Reader, request: &FeedRequest, _followed: Option<Place>) -> Result<Self, Error> {
        if reader == Reader::Decider {
            return Err(Error::new(Code::NotAllowed, "deciders ask access questions, and read nothing else")
                .by_rule(Rule::Vis4));
        }
        let after = read("after", request.after.as_deref())?;
        let reached = after.map_or(Ok(Position(0)), |after| behind(engine, "after", after))?;
        Ok(Self { engine: engine.clone(), reader, filter: request.filter()?, reached, _followed })
    }

    /// One that begins behind that position, for a reader that has its place already.
    pub(crate) fn behind(engine: &Engine, reader: Reader, filter: EventFilter, reached: Position) -> Self {
        Self { engine: engine.clone(), reader, filter, reached, _followed: None }
    }

    /// The event at that position, if the reader may know of it now.
    pub(crate) async fn single(
        engine: &Engine,
        reader: Reader,
        position: Position,
    ) -> Result<Option<FeedEvent>, EventError> {
        let events = engine.events_after(position.before(), 1).await?;
        let selection = Selection { reader, filter: EventFilter::default(), events_max: 1 };
        Ok(selection.of(engine, events.get(..1).unwrap_or_default()).wanted.pop())
    }

    /// What comes next, at most so many events; waits until there is something. None if many were looked at and the reader is
    /// told of none of them; [`Feed::reached`] says how far that was.
    ///
    /// Dropped before it is done, it has given nothing, and nothing is lost.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub async fn next(&mut self, events_max: usize) -> Result<Vec<FeedEvent>, Error> {
        if !self.engine.grown(self.reached).await {
            return Err(Error::new(Code::Stopping, "the server is stopping: go on with it when it is back"));
        }
        self.look(events_max).await
    }

    /// How far it has come.
    pub fn reached(&self) -> Cursor {
        self.engine.epochs().cursor(self.reached.0)
    }

    pub(crate) fn position(&self) -> Position {
        self.reached
    }

    /// Whether there is nothing further yet.
    pub fn is_at_end(&self) -> bool {
        self.reached >= self.engine.position()
    }

    /// Every event, without end.
    pub fn into_stream(self) -> impl Stream<Item = Result<FeedEvent, Error>> {
        stream::try_unfold(self, |mut feed| async move {
            let events = feed.next(HELD_EVENTS).await?;
            Ok::<_, Error>(Some((stream::iter(events.into_iter().map(Ok)), feed)))
        })
        .try_flatten()
    }

    /// Looks at what comes next, up to where so many of it are wanted. What was recorded lately is in memory; what was not is
    /// read when it is the owner's turn.
    pub(crate) async fn look(&mut self, events_max: usize) -> Result<Vec<FeedEvent>, Error> {
        let selection = Selection { reader: self.reader, filter: self.filter.clone(), events_max };
        let looked = match self.engine.recent_after(self.reached) {
            Some(events) => selection.of(&self.engine, &events),
            None => {
                let (engine, reached, runtime) = (self.engine.clone(), self.reached, Handle::current());
                FEEDS.take_unrefused(move || runtime.block_on(selection.read(&engine, reached))).await??
            }
        };
        self.reached = looked.reached.unwrap_or(self.reached);
        Ok(looked.wanted)
    }
}

/// What of the events is wanted.
struct Selection {
    reader: Reader,
    filter: EventFilter,
    events_max: usize,
}

/// What was found, and how far was looked.
#[derive(Default)]
struct Looked {
    wanted: Vec<FeedEvent>,
    reached: Option<Position>,
}

impl Selection {
    /// Reads a turn's worth of events.
    async fn read(mut self, engine: &Engine, after: Position) -> Result<Looked, EventError> {
        let mut all = Looked { wanted: vec![], reached: Some(after) };
        let mut seen = 0;
        while seen < TURN_EVENTS && self.events_max > 0 {
            let events_max = self.events_max.max(HELD_EVENTS);
            let events = engine.events_after(all.reached.unwrap_or(after), events_max).await?;
            let looked = self.of(engine, &events);
            if looked.reached.is_none() {
                break;
            }
            seen += events.len();
            self.events_max = self.events_max.saturating_sub(looked.wanted.len());
            all.wanted.extend(looked.wanted);
            all.reached = looked.reached;
        }
        Ok(all)
    }

    /// Those of these events, up to where there are as many as may be.
    fn of(&self, engine: &Engine, events: &[Arc<LoggedEvent>]) -> Looked {
        let (now, mut looked) = (engine.now(), Looked::default());
        for events in events.chunks(HELD_EVENTS) {
            engine.read(|state| {
                for logged in events {
                    if looked.wanted.len() >= self.events_max {
                        return;
                    }
                    looked.reached = Some(logged.position());
                    if !self.filter.wants(&logged.event) {
                        continue;
                    }
                    let (position, at) = (logged.position(), logged.recorded_at());
                    let before = Moment { position: position.before(), at };
                    let (event, by) = (&logged.event, &logged.by.actor);
                    let happened = Happened { event, by, before, at: Moment { position, at } };
                    if let Some(scope) = event_scope(self.reader, &happened, now, state) {
                        let who = if scope.shows_who(&happened) { Who::Told } else { Who::Untold };
                        looked.wanted.push(FeedEvent { logged: logged.clone(), who });
                    }
                }
            });
        }
        looked
    }
}

impl FeedEvent {
    /// Where it stands in the log.
    pub fn position(&self) -> Position {
        self.logged.position()
    }

    pub fn event_type(&self) -> EventType {
        self.logged.event.event_type()
    }

    /// The tenant that it concerns first: the customer, else the partner.
    pub(crate) fn tenant(&self) -> Option<TenantId> {
        self.logged.event.tenants().first().copied()
    }

    /// Where a reader that has taken it in goes on.
    pub fn cursor(&self, engine: &Engine) -> Cursor {
        engine.epochs().cursor(self.position().0)
    }

    /// It as a CloudEvent in JSON.
    ///
    /// # Errors
    /// `internal` if it cannot be written.
    pub fn json(&self, engine: &Engine) -> Result<&str, Error> {
        engine.cloud_event_json(&self.logged, self.who).map_err(Error::internal)
    }

    /// The same in that format.
    ///
    /// # Errors
    /// `internal` if it cannot be written.
    pub fn json_in(&self, format: FeedFormat, engine: &Engine) -> Result<Cow<'_, str>, Error> {
        match format {
            FeedFormat::CloudEvents => self.json(engine).map(Cow::Borrowed),
            FeedFormat::Ocsf => ocsf::json(engine, &self.logged, self.who).map(Cow::Owned),
        }
    }
}

impl FeedRequest {
    /// How the events are to be written: as CloudEvents unless it says otherwise.
    ///
    /// # Errors
    /// If there is no such format.
    pub fn format(&self) -> Result<FeedFormat, Error> {
        Ok(read("format", self.format.as_deref())?.unwrap_or(FeedFormat::CloudEvents))
    }

    fn filter(&self) -> Result<EventFilter, Error> {
        let types = self.event_type.iter().flat_map(|types| types.split(','));
        Ok(EventFilter {
            types: types.filter_map(|name| read("type", Some(name)).transpose()).collect::<Result<_, _>>()?,
            customer: read("customer", self.customer.as_deref())?,
            partner: read("partner", self.partner.as_deref())?,
        })
    }
}

/// The position that a cursor names, if the log went through it and has come so far.
pub(crate) fn behind(engine: &Engine, name: &str, Cursor { epoch, position }: Cursor) -> Result<Position, Error> {
    engine
        .epochs()
        .went_through(epoch, position)
        .map_err(|elsewhere| Error::new(Code::OtherEpoch, elsewhere.to_string()))?;
    let newest = engine.position();
    if position > newest.0 {
        let detail = format!("position {position} is ahead of the log, which ends at {newest}");
        return Err(Error::invalid_parameter(name, detail));
    }
    Ok(Position(position))
}

fn read<T: FromStr<Err: Display>>(name: &str, text: Option<&str>) -> Result<Option<T>, Error> {
    text.map(|text| text.parse().map_err(|error| Error::invalid_parameter(name, error))).transpose()
}
