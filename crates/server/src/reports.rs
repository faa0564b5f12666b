//! Compliance reports: who may have which, the statement that each is made from, and HTTP.

use crate::{
    caller::Caller,
    problem::Problem,
    queries::{Parameters, id},
    routes::{App, InPath, ReadAt},
    when::parse_when,
};
use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, HeaderName, header},
    response::{IntoResponse, Response},
};
use procura_domain::{
    id::{CustomerId, PartnerId},
    rule::RULES_VERSION,
    state,
    temporal::Moment,
    visibility::{Coverage, Reader, report_coverage},
    vocabulary::Locale,
};
use procura_engine::{CheckpointKey, Engine, When};
use procura_reports::{Format, Progress, ReportName, Source, Stamp, Statement, make};
use serde::Deserialize;
use std::str::FromStr;
use tokio::{sync::Semaphore, task::spawn_blocking};

/// How many reports are made at the same time; others wait for their turn. Each is held in memory as a whole.
const REPORTS_AT_ONCE_MAX: usize = 2;
static TURNS: Semaphore = Semaphore::const_new(REPORTS_AT_ONCE_MAX);

/// A report that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportRequest {
    /// Which.
    pub report: ReportName,
    /// In which form.
    pub format: Format,
    /// In which language its page is written.
    pub lang: Locale,
    /// Of which customer.
    pub customer: Option<CustomerId>,
    /// Of which partner.
    pub partner: Option<PartnerId>,
    /// For `changes`: after which moment.
    pub from: Option<When>,
    /// For `changes`: up to which moment; the one that it is about, unless given.
    pub until: Option<When>,
    /// The moment that it is about; `until`, unless given, else now.
    pub at: Option<When>,
}

impl From<&Statement> for ReportRequest {
    /// What makes the same report again. Instants are enough: no two positions have the same.
    fn from(Statement { report, parameters, at, .. }: &Statement) -> Self {
        let when = |stamp: Stamp| When::At(stamp.time);
        Self {
            report: *report,
            format: parameters.format,
            lang: parameters.lang,
            customer: parameters.customer,
            partner: parameters.partner,
            from: parameters.from.map(when),
            until: parameters.until.map(when),
            at: Some(when(*at)),
        }
    }
}

impl ReportRequest {
    /// Where a server has it: path and query.
    pub fn path(&self) -> String {
        let Self { report, format, lang, customer, partner, from, until, at } = *self;
        let when = |when| match when {
            When::Now => None,
            When::At(at) => Some(Stamp::from(Moment { position: procura_domain::temporal::Position(0), at }).instant()),
            When::Position(position) => Some(position.to_string()),
        };
        let given = [
            ("customer", customer.map(|id| id.to_string())),
            ("partner", partner.map(|id| id.to_string())),
            ("from", from.and_then(when)),
            ("until", until.and_then(when)),
            ("at", at.and_then(when)),
        ];
        let given = given.into_iter().filter_map(|(name, value)| Some(format!("&{name}={}", value?)));
        format!("/v1/reports/{report}?format={format}&lang={lang}{}", given.collect::<String>())
    }
}

/// Makes a report for whoever runs the engine, who sees everything. `told` hears how far it is.
///
/// # Errors
/// Where the request lacks something, lies ahead of now, or names somebody who is not there.
pub async fn report(
    engine: &Engine,
    key: &CheckpointKey,
    request: ReportRequest,
    told: impl FnMut(Progress) + Send + 'static,
) -> Result<String, Problem> {
    let statement = statement(engine, key, Reader::Overseer, request).await?;
    made(engine, statement, told).await
}

/// What a user writes in the query.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportQuery {
    customer: Option<CustomerId>,
    partner: Option<PartnerId>,
    from: Option<String>,
    until: Option<String>,
    at: Option<String>,
    format: Option<String>,
    lang: Option<String>,
}

/// `GET /v1/reports/{name}`
pub(crate) async fn single(
    State(app): State<App>,
    caller: Caller,
    InPath(name): InPath<String>,
    headers: HeaderMap,
    Parameters(query, _): Parameters<ReportQuery>,
) -> Result<Response, Problem> {
    let request = ReportRequest {
        report: id(&name)?,
        format: given("format", query.format.as_deref())?.unwrap_or_else(|| accepted_format(&headers)),
        lang: given("lang", query.lang.as_deref())?.unwrap_or_else(|| accepted_language(&headers)),
        customer: query.customer,
        partner: query.partner,
        from: when("from", query.from.as_deref())?,
        until: when("until", query.until.as_deref())?,
        at: when("at", query.at.as_deref())?,
    };
    let statement = statement(&app.engine, &app.key, caller.reader(), request).await?;
    let at = statement.at.moment();
    let body = made(&app.engine, statement, |_| ()).await?;
    let content_type = match request.format {
        Format::Json => "application/json; charset=utf-8",
        Format::Csv => "text/csv; charset=utf-8; header=present",
        Format::Html => "text/html; charset=utf-8",
    };
    let headers: [(HeaderName, &str); 4] = [
        (header::CONTENT_TYPE, content_type),
        (header::VARY, "Accept, Accept-Language"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // The page needs its own styles and nothing else.
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
    ];
    Ok((Extension(ReadAt(at)), headers, body).into_response())
}

/// What a report states of itself, where the reader may have it.
async fn statement(
    engine: &Engine,
    key: &CheckpointKey,
    reader: Reader,
    request: ReportRequest,
) -> Result<Statement, Problem> {
    let ReportRequest { report, format, lang, customer, partner, .. } = request;
    let now = engine.moment(When::Now)?;
    let stamp = |when: Option<When>| -> Result<Option<Stamp>, Problem> {
        Ok(when.map(|when| engine.moment(when)).transpose()?.map(Stamp::from))
    };
    let (from, until) = (stamp(request.from)?, stamp(request.until)?);
    let at = stamp(request.at)?.or(until).unwrap_or_else(|| now.into());
    let until = until.or(from.map(|_| at));
    check_span(report, [from, until, Some(at)])?;
    let asked = Coverage { customer, partner };
    let there = |state: &state::State, tenant: Option<_>| {
        tenant.is_none_or(|tenant| state.tenant(tenant).is_some_and(|found| found.registered.position <= at.position))
    };
    let Coverage { customer, partner } = engine
        .read(|state| {
            let covered = report_coverage(reader, asked, now, state)?;
            let known = there(state, covered.customer.map(Into::into)) && there(state, covered.partner.map(Into::into));
            known.then_some(covered)
        })
        .ok_or_else(Problem::not_found)?;
    let parameters = procura_reports::Parameters { format, lang, customer, partner, from, until };
    let checkpoint = engine.checkpoint_of(at.position, key).await?.note;
    Ok(Statement { report, parameters, at, rules: RULES_VERSION.to_owned(), checkpoint })
}

/// Two moments belong to `changes` alone, and come one after the other.
fn check_span(report: ReportName, [from, until, at]: [Option<Stamp>; 3]) -> Result<(), Problem> {
    if report != ReportName::Changes && (from.is_some() || until.is_some()) {
        return Err(Problem::invalid_request(format!(
            "`from` and `until` are parameters of `changes`, not of `{report}`"
        )));
    }
    let moments = [("from", from), ("until", until), ("at", at)];
    let given: Vec<_> = moments.into_iter().filter_map(|(name, stamp)| Some((name, stamp?))).collect();
    for pair in given.windows(2) {
        let [(earlier, one), (later, other)] = pair else { continue };
        if one.position > other.position || one.time > other.time {
            return Err(Problem::invalid_request(format!("`{earlier}` is after `{later}`")));
        }
    }
    Ok(())
}

/// The report, made away from the threads that answer other requests.
async fn made(
    engine: &Engine,
    statement: Statement,
    mut told: impl FnMut(Progress) + Send + 'static,
) -> Result<String, Problem> {
    let (turn, engine) = (TURNS.acquire().await, engine.clone());
    let made = spawn_blocking(move || {
        // Whoever does not wait for it does not let in another: it is made to its end.
        let _turn = turn;
        make(&Looking(engine), &statement, &mut told)
    });
    let internal = |error: tokio::task::JoinError| Problem::new("internal", error.to_string());
    Ok(made.await.map_err(internal)??)
}

/// The engine, as reports look at it.
struct Looking(Engine);

impl Source for Looking {
    fn look<T>(&self, look: impl FnOnce(&state::State) -> T) -> T {
        self.0.read(look)
    }
}

fn given<T: FromStr<Err: std::fmt::Display>>(name: &str, text: Option<&str>) -> Result<Option<T>, Problem> {
    let read = text.map(str::parse).transpose();
    read.map_err(|error| Problem::invalid_request(format!("`{name}`: {error}")))
}

fn when(name: &str, text: Option<&str>) -> Result<Option<When>, Problem> {
    text.map(parse_when).transpose().map_err(|error| Problem::invalid_request(format!("`{name}`: {error}")))
}

/// The first form that the caller names in `Accept`; JSON where it names none that there is.
fn accepted_format(headers: &HeaderMap) -> Format {
    let form = |media_type: &str| match media_type.trim() {
        "application/json" => Some(Format::Json),
        "text/csv" => Some(Format::Csv),
        "text/html" => Some(Format::Html),
        _ => None,
    };
    first_named(headers, header::ACCEPT, form).unwrap_or(Format::Json)
}

/// The first language that the caller names in `Accept-Language`; English where it names none that there is.
fn accepted_language(headers: &HeaderMap) -> Locale {
    let language = |tag: &str| tag.trim().get(..2).and_then(|language| language.to_ascii_lowercase().parse().ok());
    first_named(headers, header::ACCEPT_LANGUAGE, language).unwrap_or(Locale::En)
}

/// The first of a header's values that is one of ours, whatever their weights.
fn first_named<T>(headers: &HeaderMap, name: HeaderName, read: impl Fn(&str) -> Option<T>) -> Option<T> {
    let value = headers.get(name)?.to_str().ok()?;
    value.split(',').filter_map(|part| part.split(';').next()).find_map(read)
}
