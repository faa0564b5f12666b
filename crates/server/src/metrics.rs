//! What is measured, for Prometheus. No label holds an id, so there are as many series as stand here,
//! whoever calls. docs/watching.md says what to look at.

use crate::{
    decisions::{Counts, LOST},
    identity::TokenError,
};
use axum::{http::StatusCode, response::Response};
use procura_app::{Code, Deliveries, Error, TurnsNow, turns_now, webhooks::Delivered};
use procura_engine::Engine;
use prometheus_client::{
    encoding::prometheus_text::encode,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};
use std::sync::{Arc, atomic::AtomicU64};

/// Tells how many bytes are free on the disk of the data directory, if the system says.
pub type FreeSpace = Arc<dyn Fn() -> Option<u64> + Send + Sync>;

/// What becomes of a command beside an error's code.
const RECORDED: &str = "recorded";
const DRY_RUN: &str = "dryRun";

/// What becomes of a webhook's message.
const SENT: [&str; 3] = ["taken", "failed", "unwanted"];

/// One label with its value.
type Label = [(&'static str, &'static str); 1];
/// A number that may have fractions, or be unknown.
type Number = Gauge<f64, AtomicU64>;

/// Everything that is measured.
pub(crate) struct Metrics {
    registry: Registry,
    commands: Family<Label, Counter>,
    errors: Family<Label, Counter>,
    tokens: Family<Label, Counter>,
    under_way: Gauge,
    feeds: Gauge,
    sent: Family<Label, Counter>,
    read: WhenRead,
    free_space: FreeSpace,
}

/// What is looked at when the metrics are read.
#[derive(Default)]
struct WhenRead {
    position: Number,
    unchecked: Number,
    waiting: Number,
    clock_fit: Number,
    clock_behind: Number,
    answer_bytes: Number,
    free_bytes: Number,
    turns: Family<Label, Gauge>,
    turns_waiting: Family<Label, Gauge>,
    deliveries: Family<Label, Gauge>,
    lag_events: Family<Label, Gauge>,
    lag_seconds: Family<Label, Gauge>,
    parked: Family<Label, Gauge>,
}

/// A request under way, or a feed that is followed; it is over when this is dropped.
pub(crate) struct UnderWay(Gauge);

impl Metrics {
    pub(crate) fn new(engine: &Engine, free_space: FreeSpace, decisions: &Counts) -> Self {
        let mut registry = Registry::with_prefix("procura");
        let counted = |key, values: &mut dyn Iterator<Item = &'static str>| {
            let family = Family::<Label, Counter>::default();
            // They are there before the first is counted: a rate needs what was before.
            values.for_each(|value| drop(family.get_or_create(&[(key, value)])));
            family
        };
        let codes = || Code::ALL.iter().map(|code| code.name());
        let commands = counted("outcome", &mut [RECORDED, DRY_RUN].into_iter().chain(codes()));
        let errors = counted("code", &mut codes());
        let tokens = counted("reason", &mut TokenError::REASONS.into_iter());
        let sent = counted("outcome", &mut SENT.into_iter());
        let (under_way, feeds, read) = (Gauge::default(), Gauge::default(), WhenRead::default());
        registry.register("commands", "Commands answered, by outcome; a repeat too", commands.clone());
        registry.register("errors", "Requests answered with an error, by its code", errors.clone());
        registry.register("tokens_refused", "Tokens refused, by reason", tokens.clone());
        registry.register("requests_under_way", "Requests whose answer is being made", under_way.clone());
        registry.register("feeds", "Feeds that are followed", feeds.clone());
        registry.register("webhook_messages", "Messages of webhooks, by what became of them", sent.clone());
        LOST.iter().for_each(|why| drop(decisions.lost.get_or_create(&[("reason", *why)])));
        registry.register("decisions_logged", "Lines of the decision log", decisions.written.clone());
        registry.register("decisions_lost", "Decisions that are not in the log, by reason", decisions.lost.clone());
        let writer = engine.metrics();
        registry.register("decision_seconds", "How long the writer took for a command", writer.decisions.clone());
        registry.register("append_seconds", "How long a frame took to stable storage", writer.appends.clone());
        registry.register("frame_bytes", "How large the frames were", writer.frame_bytes.clone());
        registry.register("position", "The newest position that is durable and visible", read.position.clone());
        let help = "Events below the snapshot that the start went on from, which are still to be checked";
        registry.register("unchecked_events", help, read.unchecked.clone());
        registry.register("commands_waiting", "Commands that wait for the writer", read.waiting.clone());
        registry.register("clock_fit", "1 if a command would be recorded by the clock, else 0", read.clock_fit.clone());
        let help = "How far the clock is behind the newest record";
        registry.register("clock_behind_seconds", help, read.clock_behind.clone());
        let help = "Memory of large answers that are being read";
        registry.register("answers_under_way_bytes", help, read.answer_bytes.clone());
        let help = "Free space on the disk of the data directory; NaN if the system does not say";
        registry.register("data_directory_free_bytes", help, read.free_bytes.clone());
        let help = "Answers that take long and are being worked out, by kind of work";
        registry.register("turns_under_way", help, read.turns.clone());
        let help = "Requests that wait for their turn at work that takes long, by kind of work";
        registry.register("turns_waiting", help, read.turns_waiting.clone());
        registry.register("deliveries", "Consumers and webhooks that there are", read.deliveries.clone());
        let help = "How far the one that is farthest behind is behind the log, paused ones aside";
        registry.register("delivery_lag_events", help, read.lag_events.clone());
        let help = "For how long the oldest event that is not dealt with has been there, paused ones aside";
        registry.register("delivery_lag_seconds", help, read.lag_seconds.clone());
        registry.register("delivery_parked_events", "Events that were tried too often", read.parked.clone());
        Self { registry, commands, errors, tokens, under_way, feeds, sent, read, free_space }
    }

    /// Counts a request as under way.
    pub(crate) fn begin(&self) -> UnderWay {
        self.under_way.inc();
        UnderWay(self.under_way.clone())
    }

    /// What became of a webhook's message.
    pub(crate) fn delivered(&self, outcome: &Delivered) {
        let [taken, failed, unwanted] = SENT;
        let outcome = match outcome {
            Delivered::Taken => taken,
            Delivered::Failed { .. } => failed,
            Delivered::Unwanted => unwanted,
        };
        self.sent.get_or_create(&[("outcome", outcome)]).inc();
    }

    /// A feed that is followed, until the guard is dropped.
    pub(crate) fn feed_opened(&self) -> UnderWay {
        self.feeds.inc();
        UnderWay(self.feeds.clone())
    }

    /// Counts an answer; a command's by its outcome too.
    pub(crate) fn answered(&self, is_command: bool, response: &Response) {
        let code = response.extensions().get::<Code>().map(|code| code.name());
        if let Some(code) = code {
            self.errors.get_or_create(&[("code", code)]).inc();
        }
        if is_command {
            let done = if response.status() == StatusCode::CREATED { RECORDED } else { DRY_RUN };
            self.commands.get_or_create(&[("outcome", code.unwrap_or(done))]).inc();
        }
    }

    /// Counts a token that was refused.
    pub(crate) fn token_refused(&self, error: &TokenError) {
        self.tokens.get_or_create(&[("reason", error.reason())]).inc();
    }

    /// Everything as Prometheus reads it, while large answers take so much memory.
    pub(crate) fn text(&self, engine: &Engine, deliveries: &Deliveries, answer_bytes: usize) -> Result<String, Error> {
        let (clock, behind) = engine.clock();
        self.read.position.set(engine.position().0 as f64);
        let unchecked = engine.below_snapshot().map_or(0, |below| below.of.saturating_sub(below.position));
        self.read.unchecked.set(unchecked as f64);
        self.read.waiting.set(engine.waiting() as f64);
        self.read.clock_fit.set(if clock.is_ok() { 1.0 } else { 0.0 });
        self.read.clock_behind.set(behind.as_secs_f64());
        self.read.answer_bytes.set(answer_bytes as f64);
        self.read.free_bytes.set((self.free_space)().map_or(f64::NAN, |bytes| bytes as f64));
        for TurnsNow { work, under_way, waiting } in turns_now() {
            let set = |family: &Family<Label, Gauge>, number: usize| {
                family.get_or_create(&[("work", work)]).set(i64::try_from(number).unwrap_or(i64::MAX));
            };
            set(&self.read.turns, under_way);
            set(&self.read.turns_waiting, waiting);
        }
        for now in deliveries.now(engine) {
            let set = |family: &Family<Label, Gauge>, number: u64| {
                family.get_or_create(&[("kind", now.kind)]).set(i64::try_from(number).unwrap_or(i64::MAX));
            };
            set(&self.read.deliveries, now.there as u64);
            set(&self.read.lag_events, now.lag_events_max);
            set(&self.read.lag_seconds, now.lag_seconds_max);
            set(&self.read.parked, now.parked as u64);
        }
        let mut text = String::new();
        encode(&mut text, &self.registry).map_err(Error::internal)?;
        Ok(text)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.dec();
    }
}
