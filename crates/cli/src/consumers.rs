//! `procura consumers`: the consumers and webhooks that there are, and how far each has come.

use crate::{
    args::{Consumers, Format},
    columns::aligned,
    data,
    failure::Failure,
    remote::Remote,
    terminal::note,
};
use procura_app::{
    DELIVERIES_FILE, Deliveries,
    consumers::{ConsumerRow, DeliveryProgress, consumers},
    webhooks::{WebhookRow, webhooks},
};
use procura_domain::{text::FeedName, visibility::Reader, vocabulary::User};
use serde::{Deserialize, Serialize};
use std::{io::Write, process::ExitCode};

/// A list as a server gives it.
#[derive(Deserialize)]
struct Items<T> {
    items: Vec<T>,
}

/// One of them, of either kind.
#[derive(Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
enum Row {
    Consumer(ConsumerRow),
    Webhook(WebhookRow),
}

pub(crate) async fn run(arguments: Consumers) -> Result<ExitCode, Failure> {
    let Consumers { place, token, format } = arguments;
    let (consumers, webhooks) = match &place.data {
        Some(path) => {
            let engine = data::open(path).await?.engine;
            let deliveries = Deliveries::open(&engine, Some(path.join(DELIVERIES_FILE)))?;
            let reader = Reader::Overseer;
            (consumers(&engine, &deliveries, reader).await, webhooks(&engine, &deliveries, reader).await)
        }
        None => {
            let remote = Remote::of(place.server.as_deref(), token.as_deref());
            let consumers: Items<ConsumerRow> = remote.get_json("/v1/consumers")?;
            let webhooks: Items<WebhookRow> = remote.get_json("/v1/webhooks")?;
            (consumers.items, webhooks.items)
        }
    };
    let rows = consumers.into_iter().map(Row::Consumer).chain(webhooks.into_iter().map(Row::Webhook));
    let rows: Vec<_> = rows.collect();
    let mut out = anstream::stdout();
    match format {
        Format::Json => {
            for row in &rows {
                let line = serde_json::to_string(row).map_err(|error| Failure::Internal(error.to_string()))?;
                writeln!(out, "{line}").map_err(Failure::Output)?;
            }
        }
        Format::Text => {
            let heading = ["kind", "name", "done", "behind", "open", "parked", "state", "owner"].map(str::to_owned);
            let lines = aligned(std::iter::once(heading).chain(rows.iter().map(Row::cells)).collect());
            for line in if rows.is_empty() { vec![] } else { lines } {
                writeln!(out, "{line}").map_err(Failure::Output)?;
            }
        }
    }
    if rows.is_empty() && format == Format::Text {
        note("there are none, or none that you may know of; docs/feed.md says how to make one");
    }
    Ok(ExitCode::SUCCESS)
}

impl Row {
    fn cells(&self) -> [String; 8] {
        let (kind, owner, name, progress): (_, &User, &FeedName, &DeliveryProgress) = match self {
            Self::Consumer(row) => ("consumer", &row.owner, &row.name, &row.progress),
            Self::Webhook(row) => ("webhook", &row.owner, &row.name, &row.progress),
        };
        let state = match progress {
            DeliveryProgress { owner_lost_access: true, .. } => "owner lost access".to_owned(),
            DeliveryProgress { paused: true, .. } => "paused".to_owned(),
            DeliveryProgress { last_error: Some(error), .. } => error.clone(),
            _ => "ok".to_owned(),
        };
        let behind = match progress.lag_events {
            0 => "0".to_owned(),
            events => format!("{events} ({})", age(progress.lag_seconds)),
        };
        let (open, parked) = (progress.open.to_string(), progress.parked.to_string());
        [kind.to_owned(), name.to_string(), progress.done.clone(), behind, open, parked, state, owner.to_string()]
    }
}

/// A time in its largest unit.
fn age(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}
