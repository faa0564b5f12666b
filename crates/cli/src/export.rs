//! `procura export`: the events as the feed has them, JSON lines; of a data directory or from a server, and from a server
//! without end.

mod follow;
mod server;
mod stream;

use crate::{
    args::{EventFormat, Export},
    asking::Asked,
    bars::bar,
    failure::Failure,
    naming::Naming,
    remote::Remote,
};
use follow::follow;
use indicatif::ProgressBar;
use procura_app::{
    PAGE_ITEMS_MAX,
    feed::{FeedFormat, FeedPage, FeedRequest, page},
    find::ThingKind,
    link,
};
use procura_domain::visibility::Reader;
use procura_eventlog::{Cursor, FIRST_EPOCH};
use serde_json::value::RawValue;
use server::{Backoff, FEED, line};
use std::{
    io::{self, IsTerminal, Read, Write},
    process::ExitCode,
    thread,
};
use ureq::http::HeaderMap;

/// No page is longer: what is, is none.
const PAGE_BYTES_MAX: u64 = 256 << 20;

pub(crate) async fn run(arguments: Export) -> Result<ExitCode, Failure> {
    let mut request = request(&arguments)?;
    let Export { place, token, after, follow: is_followed, .. } = arguments;
    if place.data.is_some() && is_followed {
        return Err(Failure::Flag {
            flag: "--follow".into(),
            problem: "a data directory is one process's at a time, so nothing is recorded while this one has it; \
                follow the server that has it, with `--server URL`"
                .into(),
        });
    }
    let source = Asked::open(&place, token.as_deref()).await?;
    let naming = Naming::by(&source);
    for (flag, kind, named) in [
        ("--customer", ThingKind::Customer, &mut request.customer),
        ("--partner", ThingKind::Partner, &mut request.partner),
    ] {
        *named = naming.optional(flag, kind, named.as_deref(), None).await?;
    }
    if let (Asked::There(remote), true) = (&source, is_followed) {
        return follow(remote.clone(), request).await;
    }
    // On a terminal the lines themselves show that it goes on.
    let progress = if io::stdout().is_terminal() { ProgressBar::hidden() } else { bar(0) };
    let mut next = Some(FeedRequest { limit: Some(PAGE_ITEMS_MAX), ..request });
    while let Some(request) = next {
        let Page { lines, reached, newest, next: further } = page_of(&source, request).await?;
        io::stdout().write_all(lines.as_bytes()).map_err(Failure::Output)?;
        progress.set_length(newest.saturating_sub(after.position));
        progress.set_position(reached.position.saturating_sub(after.position));
        next = further;
    }
    io::stdout().flush().map_err(Failure::Output)?;
    progress.finish_and_clear();
    Ok(ExitCode::SUCCESS)
}

fn request(arguments: &Export) -> Result<FeedRequest, Failure> {
    let Export { after, epoch, event_type, customer, partner, format, .. } = arguments;
    let after = match epoch {
        Some(epoch) if ![FIRST_EPOCH, *epoch].contains(&after.epoch) => {
            let problem = format!("the cursor {after} is of another epoch: leave this flag out");
            return Err(Failure::Flag { flag: "--epoch".into(), problem });
        }
        Some(epoch) => Cursor { epoch: *epoch, ..*after },
        None => *after,
    };
    Ok(FeedRequest {
        after: Some(after.to_string()),
        limit: None,
        event_type: event_type.clone(),
        customer: customer.clone(),
        partner: partner.clone(),
        // A server that knows no other format is not asked for one.
        format: (*format != EventFormat::Cloudevents).then(|| FeedFormat::from(*format).to_string()),
    })
}

/// What is printed at once.
struct Page {
    /// A line for each event.
    lines: String,
    /// Everything up to here was looked at.
    reached: Cursor,
    /// Where the log ended.
    newest: u64,
    /// What asks for more, if there is more already.
    next: Option<FeedRequest>,
}

async fn page_of(source: &Asked, request: FeedRequest) -> Result<Page, Failure> {
    match source {
        Asked::Here(data) => {
            let format = request.format()?;
            let answer = page(&data.engine, Reader::Overseer, request).await?;
            let FeedPage { events, reached, next } = answer.answer;
            let mut lines = String::new();
            for event in &events {
                lines.push_str(&event.json_in(format, &data.engine)?);
                lines.push('\n');
            }
            Ok(Page { lines, reached, newest: answer.at.position.0, next })
        }
        Asked::There(remote) => page_there(remote, request),
    }
}

/// The page of a server. Where that has too many requests already, it is asked again.
fn page_there(remote: &Remote, request: FeedRequest) -> Result<Page, Failure> {
    const TOO_MANY_REQUESTS: u16 = 429;
    let (path, mut backoff) = (link(FEED, &request), Backoff::default());
    let response = loop {
        match remote.answer(&path, "application/cloudevents-batch+json, application/json") {
            Err(Failure::Refused(error)) if error.status() == TOO_MANY_REQUESTS => thread::sleep(backoff.pause()),
            answer => break answer?,
        }
    };
    let cursor = text(response.headers(), "procura-reached").and_then(|cursor| cursor.parse::<Cursor>().ok());
    let reached = cursor.ok_or_else(|| remote.unfit("the answer does not say how far it goes"))?;
    let newest = text(response.headers(), "procura-position").and_then(|position| position.parse().ok());
    let has_more = text(response.headers(), "link").is_some_and(|link| link.contains("rel=\"next\""));
    let asked: Option<Cursor> = request.after.as_deref().and_then(|after| after.parse().ok());
    if has_more && asked.is_some_and(|asked| reached.position <= asked.position) {
        return Err(remote.unfit(format!("the answer goes no further than {reached}, and yet there is more")));
    }
    let mut body = String::new();
    let mut reader = response.into_body().into_reader().take(PAGE_BYTES_MAX);
    reader.read_to_string(&mut body).map_err(|error| remote.broken_off(&error.to_string()))?;
    let events: Vec<&RawValue> = serde_json::from_str(&body).map_err(|error| remote.broken_off(&error.to_string()))?;
    let lines = events.iter().map(|event| line(event.get())).collect();
    // The next one is asked for here, where it is known whom the token is for.
    let next = has_more.then(|| FeedRequest { after: Some(reached.to_string()), ..request });
    Ok(Page { lines, reached, newest: newest.unwrap_or(reached.position), next })
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
