//! *History*: what happened, as sentences, the newest first, with filters.

use crate::{
    answer::Shown,
    csv::csv_file,
    day::{Day, bound},
    extract::{InPath, InQuery},
    failure::Failure,
    links::Link,
    shell::Shell,
    visit::Visit,
};
use askama::Template;
use axum::response::{IntoResponse, Response};
use procura_app::{
    AsOf, Error, PAGE_ITEMS_MAX,
    history::{ActorRow, HistoryEntry, HistoryRequest, Order, Whose, history},
};
use procura_domain::{
    event::EventType,
    id::{CustomerId, PartnerId},
    vocabulary::Authentication,
};
use procura_words::Words;
use serde::Deserialize;
use std::borrow::Cow;

/// How many events a page shows.
const PAGE_ENTRIES: usize = 50;

/// What of the history is wanted.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct HistoryQuery {
    /// Not before that day.
    from: String,
    /// Not after that day.
    until: String,
    /// Of that type.
    #[serde(rename = "type")]
    event_type: String,
    after: Option<u64>,
    format: Option<String>,
}

#[derive(Template)]
#[template(path = "history.html")]
struct HistoryPage {
    shell: Shell,
    query: HistoryQuery,
    entries: Vec<HistoryEntry>,
    next: Option<Link>,
    first: Option<Link>,
    csv: Link,
}

/// `GET /customers/{customer}/history`
pub(crate) async fn of_customer(
    visit: Visit,
    InPath(customer): InPath<CustomerId>,
    InQuery(query): InQuery<HistoryQuery>,
) -> Result<Response, Failure> {
    page(visit, Whose::Customer(customer), query).await
}

/// `GET /partners/{partner}/history`
pub(crate) async fn of_partner(
    visit: Visit,
    InPath(partner): InPath<PartnerId>,
    InQuery(query): InQuery<HistoryQuery>,
) -> Result<Response, Failure> {
    page(visit, Whose::Partner(partner), query).await
}

/// `GET /history`
pub(crate) async fn of_everybody(visit: Visit, InQuery(query): InQuery<HistoryQuery>) -> Result<Response, Failure> {
    page(visit, Whose::Everybody, query).await
}

async fn page(visit: Visit, whose: Whose, query: HistoryQuery) -> Result<Response, Failure> {
    let wanted = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let request = HistoryRequest {
        at: visit.at(),
        from: query.from()?,
        until: query.until()?,
        event_type: wanted(&query.event_type),
        order: Some(Order::Newest),
        after: query.after,
        limit: Some(PAGE_ENTRIES),
        ..visit.history_request()
    };
    if query.format.is_some() {
        return Ok(as_csv(visit, whose, request).await?);
    }
    let AsOf { answer, .. } = history(visit.engine(), visit.reader(), whose, request).await?;
    let shell = visit.shell();
    let link = [("from", &query.from), ("until", &query.until), ("type", &query.event_type)]
        .into_iter()
        .fold(shell.links.to(&shell.path), |link, (name, value)| link.with_some(name, wanted(value)));
    let next = answer.next.and_then(|next| next.after).map(|after| link.clone().with("after", after));
    let first = query.after.is_some().then(|| link.clone());
    let csv = link.with("format", "csv");
    Ok(Shown(HistoryPage { shell, query, entries: answer.items, next, first, csv }).into_response())
}

async fn as_csv(visit: Visit, whose: Whose, request: HistoryRequest) -> Result<Response, Error> {
    let request = HistoryRequest { after: None, limit: Some(PAGE_ITEMS_MAX), ..request };
    let columns = vec!["position", "time", "type", "rule", "actor", "authentication", "customer", "partner", "text"];
    csv_file(visit.clone(), "history", columns, request, move |request| {
        let visit = visit.clone();
        async move {
            let AsOf { answer, .. } = history(visit.engine(), visit.reader(), whose, request).await?;
            let cells = answer.items.iter().map(|entry| cells(entry, visit.words()));
            Ok((cells.collect(), answer.next))
        }
    })
    .await
}

fn cells(entry: &HistoryEntry, words: Words) -> Vec<String> {
    let tenant = |tenant: &Option<procura_app::TenantSummary>| tenant.as_ref().map(|tenant| tenant.name.clone());
    vec![
        entry.position.to_string(),
        entry.time.to_rfc3339(),
        entry.event_type.name().to_owned(),
        entry.narration.rule.to_string(),
        author(entry, words).unwrap_or_default(),
        entry.authentication.name().to_owned(),
        tenant(&entry.narration.customer).unwrap_or_default(),
        tenant(&entry.narration.partner).unwrap_or_default(),
        entry.narration.text.clone(),
    ]
}

/// Who did it, if that is told.
fn author(entry: &HistoryEntry, words: Words) -> Option<String> {
    Some(match entry.actor.as_ref()? {
        ActorRow::Operator { operator } => words.sentence("history-operator", &[("name", operator.into())]),
        ActorRow::User { tenant_name, user, name, .. } => {
            let user = name.clone().unwrap_or_else(|| user.to_string());
            words.sentence("user-of-tenant", &[("user", user.into()), ("tenant", tenant_name.into())])
        }
    })
}

impl HistoryQuery {
    /// The first instant of the day.
    fn from(&self) -> Result<Option<String>, Error> {
        bound("from", &self.from, Day::begin)
    }

    /// The last instant of the day.
    fn until(&self) -> Result<Option<String>, Error> {
        bound("until", &self.until, Day::at)
    }

    fn is_filtered(&self) -> bool {
        ![&self.from, &self.until, &self.event_type].iter().all(|text| text.is_empty())
    }
}

impl HistoryPage {
    /// The types of events, by what they are called.
    fn types(&self) -> Vec<(&'static str, Cow<'static, str>, bool)> {
        let named = |event: &EventType| {
            (event.name(), self.shell.words.called(event.name()), event.name() == self.query.event_type)
        };
        let mut types: Vec<_> = EventType::ALL.iter().map(named).collect();
        types.sort_by_key(|(_, called, _)| called.to_lowercase());
        types
    }

    fn author(&self, entry: &HistoryEntry) -> Option<String> {
        author(entry, self.shell.words)
    }

    fn is_stated(entry: &HistoryEntry) -> bool {
        entry.authentication == Authentication::Stated
    }
}
