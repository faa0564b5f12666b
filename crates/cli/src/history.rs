//! `procura history`: what happened, who did it, what it changed; page after page, in one of three forms.

mod csv;
mod text;

use crate::{
    args::{History, HistoryFormat},
    asking::Asked,
    bars::shown,
    data::Data,
    failure::Failure,
    naming::Naming,
    remote::Remote,
    terminal::note,
};
use indicatif::ProgressBar;
use procura_app::{
    Page,
    find::ThingKind,
    history::{HistoryEntry, HistoryRequest, Order, history},
    link,
};
use procura_domain::visibility::Reader;
use serde_json::value::{RawValue, to_raw_value};
use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

/// How many entries are asked for in one go.
const PAGE_ENTRIES: usize = 500;

pub(crate) async fn run(mut arguments: History) -> Result<ExitCode, Failure> {
    let asked = Asked::open(&arguments.place, arguments.token.as_deref()).await?;
    name(&Naming::by(&asked), &mut arguments).await?;
    let mut source = Source::of(asked, query(&arguments));
    let mut printer = match arguments.format {
        HistoryFormat::Text => Printer::Text(text::Columns::default()),
        HistoryFormat::Json => Printer::Json,
        HistoryFormat::Csv => Printer::Csv(csv::CsvWriter::begin()?),
    };
    // On a terminal the lines themselves show that it goes on.
    let progress = if io::stdout().is_terminal() { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
    let progress = shown(progress, "{spinner} {human_pos} entries");
    let mut left = arguments.limit.unwrap_or(usize::MAX);
    while let Some(mut entries) = if left == 0 { None } else { source.page().await? } {
        entries.truncate(left);
        left = left.saturating_sub(entries.len());
        printer.print(&entries)?;
        progress.inc(u64::try_from(entries.len()).unwrap_or_default());
    }
    progress.finish_and_clear();
    if progress.position() == 0 && arguments.format == HistoryFormat::Text {
        note("nothing that happened fits; leave out a filter, or look whether the ids are right");
    }
    Ok(ExitCode::SUCCESS)
}

/// Takes what the flags name for ids.
async fn name(naming: &Naming<'_>, arguments: &mut History) -> Result<(), Failure> {
    let History { customer, partner, subscription, device, user, actor, .. } = arguments;
    *customer = naming.optional("--customer", ThingKind::Customer, customer.as_deref(), None).await?;
    *partner = naming.optional("--partner", ThingKind::Partner, partner.as_deref(), None).await?;
    let of = customer.as_deref();
    *subscription = naming.optional("--subscription", ThingKind::Subscription, subscription.as_deref(), of).await?;
    *device = naming.optional("--device", ThingKind::Device, device.as_deref(), of).await?;
    *user = naming.optional("--user", ThingKind::User, user.as_deref(), None).await?;
    // An operator's name has no `@`.
    if actor.as_ref().is_some_and(|actor| actor.contains('@')) {
        *actor = naming.optional("--actor", ThingKind::User, actor.as_deref(), None).await?;
    }
    Ok(())
}

fn query(arguments: &History) -> HistoryRequest {
    let History { customer, partner, subscription, device, user, actor, event_type, from, until, at, .. } = arguments;
    let limit = arguments.limit.unwrap_or(PAGE_ENTRIES).clamp(1, PAGE_ENTRIES);
    HistoryRequest {
        at: at.clone(),
        from: from.clone(),
        until: until.clone(),
        customer: customer.clone(),
        partner: partner.clone(),
        subscription: subscription.clone(),
        device: device.clone(),
        user: user.clone(),
        event_type: event_type.clone(),
        actor: actor.clone(),
        after: None,
        limit: Some(limit),
        order: arguments.newest.then_some(Order::Newest),
        ..HistoryRequest::default()
    }
}

/// Where the pages come from, and what asks for the next one.
enum Source {
    Here(Box<Data>, Option<Box<HistoryRequest>>),
    There(Remote, Option<String>),
}

impl Source {
    fn of(asked: Asked, query: HistoryRequest) -> Self {
        let remote = match asked {
            Asked::Here(data) => return Self::Here(data, Some(Box::new(query))),
            Asked::There(remote) => remote,
        };
        let (path, query) = match (&query.customer, &query.partner) {
            (Some(customer), _) => {
                (format!("/v1/customers/{}/history", segment(customer)), HistoryRequest { customer: None, ..query })
            }
            (None, Some(partner)) => {
                (format!("/v1/partners/{}/history", segment(partner)), HistoryRequest { partner: None, ..query })
            }
            (None, None) => ("/v1/history".to_owned(), query),
        };
        Self::There(remote, Some(link(&path, &query)))
    }

    /// The next page; none behind the last one.
    async fn page(&mut self) -> Result<Option<Vec<Box<RawValue>>>, Failure> {
        match self {
            Self::Here(data, next) => {
                let Some(request) = next.take() else { return Ok(None) };
                let page = history(&data.engine, Reader::Overseer, request.whose()?, *request).await?.answer;
                *next = page.next.map(Box::new);
                let raw = page.items.iter().map(to_raw_value).collect::<Result<_, _>>();
                raw.map(Some).map_err(|error| Failure::Internal(error.to_string()))
            }
            Self::There(remote, next) => {
                let Some(link) = next.take() else { return Ok(None) };
                let page: Page<Box<RawValue>, String> = remote.get_json(&link)?;
                *next = page.next;
                Ok(Some(page.items))
            }
        }
    }
}

/// An id as it stands in a path. What is no id leads nowhere, and the server says so.
fn segment(id: &str) -> String {
    id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect()
}

/// How the entries are printed.
enum Printer {
    Text(text::Columns),
    Json,
    Csv(csv::CsvWriter),
}

impl Printer {
    fn print(&mut self, entries: &[Box<RawValue>]) -> Result<(), Failure> {
        if let Self::Json = self {
            let mut out = io::stdout().lock();
            let printed = entries.iter().try_for_each(|entry| writeln!(out, "{entry}"));
            return printed.map_err(Failure::Output);
        }
        let read =
            entries.iter().map(|entry| serde_json::from_str(entry.get())).collect::<Result<Vec<HistoryEntry>, _>>();
        let read = read.map_err(|error| Failure::Internal(format!("an entry of another version: {error}")))?;
        match self {
            Self::Text(columns) => columns.print(&read).map_err(Failure::Output),
            Self::Csv(writer) => writer.print(&read),
            Self::Json => Ok(()),
        }
    }
}
