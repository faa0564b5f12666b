//! Compliance reports: who may have which, and the statement that each is made from.

mod names;

use crate::{
    AsOf, Error,
    moments::instant,
    page::link,
    pieces::{Pieces, pieces},
    turns::REPORTS,
};
use futures_util::StreamExt;
use names::Marks;
pub use names::NamesWanted;
use procura_domain::{
    id::{CustomerId, PartnerId},
    rule::RULES_VERSION,
    state::State,
    visibility::{Coverage, Reader, report_coverage},
    vocabulary::Locale,
};
use procura_engine::{CheckpointKey, Engine, When};
use procura_eventlog::{FileHash, FileSignature};
pub use procura_reports::{Format, MarkedReport, OtherName, Progress, ReportName, Statement, cell_text, csv_records};
use procura_reports::{Source, Stamp, find};
use serde::Serialize;
use tokio::{runtime::Handle, sync::oneshot};

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
    /// Of when the names of people are.
    pub names: NamesWanted,
}

impl From<&Statement> for ReportRequest {
    /// What makes the same report again. Instants are enough: no two positions have the same.
    fn from(Statement { report, parameters, at, names, .. }: &Statement) -> Self {
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
            names: names.map_or(NamesWanted::Nobody, |names| NamesWanted::Stated(names.position)),
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
            names: Option<String>,
        }
        let Self { report, format, lang, customer, partner, from, until, at, names } = *self;
        let moment = |when: Option<When>| when.and_then(spelled);
        let (from, until, at, names) = (moment(from), moment(until), moment(at), names.parameter());
        let query = Query { format, lang, customer, partner, from, until, at, names };
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
    progress: impl FnMut(Progress) + Send + 'static,
) -> Result<AsOf<Pieces>, Error> {
    Ok(made(engine, key, reader, request, progress).await?.0)
}

/// The report, and whether it has marks in place of names.
async fn made(
    engine: &Engine,
    key: &CheckpointKey,
    reader: Reader,
    request: ReportRequest,
    mut progress: impl FnMut(Progress) + Send + 'static,
) -> Result<(AsOf<Pieces>, Marks), Error> {
    let statement = statement(engine, key, reader, request).await?;
    let (at, source) = (statement.at.moment(), Looking(engine.clone()));
    let turn = REPORTS.turn().await?;
    let ((mut out, answer), (found, begun)) = (pieces(), oneshot::channel());
    let waiting = Handle::current();
    let making = turn.with(move || {
        let finding = find(&source, statement, &mut progress).map_err(Error::from).and_then(|mut findings| {
            // Its names are read when it is known whose they are.
            let marks = waiting.block_on(names::call(&source.0, &mut findings, at.position, request.names))?;
            Ok((findings, marks))
        });
        let (findings, told) = match finding {
            Ok((findings, marks)) => (Some(findings), Ok(marks)),
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
    let marks = begun.await.map_err(Error::internal)??;
    Ok((AsOf { at, answer }, marks))
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
    let (AsOf { at, answer: mut pieces }, marks) = made(engine, key, reader, request, |_| ()).await?;
    if marks == Marks::Some {
        let problem = "names in it were changed or erased since then: have the report made again";
        return Err(Error::invalid_parameter("names", problem));
    }
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
    if let NamesWanted::Stated(position) = request.names {
        engine.moment(When::Position(position))?;
        if position < at.position {
            return Err(Error::invalid_parameter("names", "is before the moment that the report is about"));
        }
    }
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
    let rules = RULES_VERSION.to_owned();
    Ok(Statement { report, parameters, at, names: None, rules, checkpoint })
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
