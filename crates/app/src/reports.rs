//! Compliance reports: who may have which, and the statement that each is made from.

use crate::{
    AsOf, Error,
    moments::instant,
    page::link,
    pieces::{Pieces, pieces},
    turns::REPORTS,
};
use futures_util::StreamExt;
use procura_domain::{
    id::{CustomerId, PartnerId},
    rule::RULES_VERSION,
    state::State,
    visibility::{Coverage, Reader, report_coverage},
    vocabulary::Locale,
};
use procura_engine::{CheckpointKey, Engine, When};
use procura_eventlog::{FileHash, FileSignature};
pub use procura_reports::{Format, Progress, ReportName, Statement, cell_text, csv_records};
use procura_reports::{Source, Stamp, find};
use serde::Serialize;
use tokio::sync::oneshot;

/// A report that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportRequest {
    pub report: ReportName,
    pub format: Format,
    /// In which language its page is written.
    pub lang: Locale,
    pub customer: Option<CustomerId>,
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
    pub fn link(&self) -> String {
        self.link_to("")
    }

    /// Where a server has its signature.
    pub fn signature_link(&self) -> String {
        self.link_to("/signature")
    }

    fn link_to(&self, part: &str) -> String {
        #[derive(Serialize)]
        struct Query {
            format: Format,
            lang: Locale,
            customer: Option<CustomerId>,
            partner: Option<PartnerId>,
            from: Option<String>,
            until: Option<String>,
            at: Option<String>,
        }
        let Self { report, format, lang, customer, partner, from, until, at } = *self;
        let moment = |when: Option<When>| when.and_then(spelled);
        let query = Query { format, lang, customer, partner, from: moment(from), until: moment(until), at: moment(at) };
        link(&format!("/v1/reports/{report}{part}"), &query)
    }
}

/// A moment as a parameter takes it; none for now.
fn spelled(when: When) -> Option<String> {
    match when {
        When::Now => None,
        When::At(at) => Some(instant(at)),
        When::Position(position) => Some(position.to_string()),
    }
}

/// Finds what a report is made of, in its turn, and begins to write it; says of which moment it is. The turn lasts until all
/// of it was read, or its reader has gone. `progress` hears how far the finding is.
///
/// # Errors
/// If the request lacks something, lies ahead of now, or names a tenant that the reader may not have a report of;
/// `turnsTaken` if too many wait.
pub async fn report(
    engine: &Engine,
    key: &CheckpointKey,
    reader: Reader,
    request: ReportRequest,
    mut progress: impl FnMut(Progress) + Send + 'static,
) -> Result<AsOf<Pieces>, Error> {
    let statement = statement(engine, key, reader, request).await?;
    let (at, source) = (statement.at.moment(), Looking(engine.clone()));
    let turn = REPORTS.turn().await?;
    let ((mut out, answer), (found, begun)) = (pieces(), oneshot::channel());
    let making = turn.with(move || {
        let (findings, told) = match find(&source, statement, &mut progress) {
            Ok(findings) => (Some(findings), Ok(())),
            Err(error) => (None, Err(error)),
        };
        // A slow reader does not keep the engine.
        drop(source);
        if let (Ok(()), Some(findings)) = (found.send(told), findings)
            && findings.write(&mut out).is_ok()
        {
            // If the reader has gone, nobody misses the end.
            let _ = out.end();
        }
    });
    tokio::spawn(making);
    begun.await.map_err(Error::internal)??;
    Ok(AsOf { at, answer })
}

/// The detached signature of a report: a signed note over the hash of its bytes and its checkpoint. The report is made for it,
/// and not kept.
///
/// # Errors
/// As [`report`]; and if the request does not say which moment it is about, since now is another each time.
pub async fn signature(
    engine: &Engine,
    key: &CheckpointKey,
    reader: Reader,
    request: ReportRequest,
) -> Result<AsOf<String>, Error> {
    if request.at.is_none() {
        let problem = "is missing: name the moment that the report says it is about";
        return Err(Error::invalid_parameter("at", problem));
    }
    let AsOf { at, answer: mut pieces } = report(engine, key, reader, request, |_| ()).await?;
    let mut hash = FileHash::default();
    while let Some(piece) = pieces.next().await {
        hash.update(&piece.map_err(Error::internal)?);
    }
    let checkpoint = engine.checkpoint_of(at.position, key).await?.note;
    Ok(AsOf { at, answer: FileSignature::sign(hash, &checkpoint, key).map_err(Error::internal)? })
}

/// What a report states of itself, if the reader may have it.
async fn statement(
    engine: &Engine,
    key: &CheckpointKey,
    reader: Reader,
    request: ReportRequest,
) -> Result<Statement, Error> {
    let ReportRequest { report, format, lang, customer, partner, .. } = request;
    let now = engine.moment(When::Now)?;
    let stamp = |when: Option<When>| -> Result<Option<Stamp>, Error> {
        Ok(when.map(|when| engine.moment(when)).transpose()?.map(Stamp::from))
    };
    let (from, until) = (stamp(request.from)?, stamp(request.until)?);
    let at = stamp(request.at)?.or(until).unwrap_or_else(|| now.into());
    let until = until.or(from.map(|_| at));
    check_span(report, [from, until, Some(at)])?;
    let asked = Coverage { customer, partner };
    let there = |state: &State, tenant: Option<_>| {
        tenant.is_none_or(|tenant| state.tenant(tenant).is_some_and(|found| found.registered().position <= at.position))
    };
    let Coverage { customer, partner } = engine
        .read(|state| {
            let covered = report_coverage(reader, asked, now, state)?;
            let known = there(state, covered.customer.map(Into::into)) && there(state, covered.partner.map(Into::into));
            known.then_some(covered)
        })
        .ok_or_else(Error::not_found)?;
    let parameters = procura_reports::Parameters { format, lang, customer, partner, from, until };
    let checkpoint = engine.checkpoint_of(at.position, key).await?.note;
    Ok(Statement { report, parameters, at, rules: RULES_VERSION.to_owned(), checkpoint })
}

/// Two moments belong to `changes` alone, and come one after the other.
fn check_span(report: ReportName, [from, until, at]: [Option<Stamp>; 3]) -> Result<(), Error> {
    if report != ReportName::Changes && (from.is_some() || until.is_some()) {
        return Err(Error::invalid_request(format!(
            "`from` and `until` are parameters of `changes`, not of `{report}`"
        )));
    }
    let moments = [("from", from), ("until", until), ("at", at)];
    let given: Vec<_> = moments.into_iter().filter_map(|(name, stamp)| Some((name, stamp?))).collect();
    for pair in given.windows(2) {
        let [(earlier, one), (later, other)] = pair else { continue };
        if one.position > other.position || one.time > other.time {
            return Err(Error::invalid_request(format!("`{earlier}` is after `{later}`")));
        }
    }
    Ok(())
}

/// The engine, as reports look at it.
struct Looking(Engine);

impl Source for Looking {
    fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        self.0.read(look)
    }
}
