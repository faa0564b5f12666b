//! `procura report`: a compliance report, and checking one against the log it is of.

mod check;
mod difference;
mod making;

use crate::{
    args::{Language, LogAt, Place, Report, ReportFormat, Wanted},
    asking::Asked,
    failure::Failure,
    naming::Naming,
    remote::Remote,
};
use check::{beside, verify};
use indicatif::ProgressBar;
use making::{bar, make};
use procura_app::find::ThingKind;
use procura_app::reports::{Format, NamesWanted, ReportName, ReportRequest, Statement};
use procura_domain::vocabulary::Locale;
use procura_eventlog::{CheckpointKey, FileHash, FileSignature};
use std::{
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    str::FromStr,
};
use tempfile::NamedTempFile;
use uuid::Uuid;

pub(crate) async fn run(report: Report) -> Result<ExitCode, Failure> {
    let (name, wanted, from, until) = match report {
        Report::AccessReview(wanted) => (ReportName::AccessReview, wanted, None, None),
        Report::ResidualAccess(wanted) => (ReportName::ResidualAccess, wanted, None, None),
        Report::DapInventory(wanted) => (ReportName::DapInventory, wanted, None, None),
        Report::Changes(between) => (ReportName::Changes, between.wanted, Some(between.from), between.until),
        Report::SupportDuties(wanted) => (ReportName::SupportDuties, wanted, None, None),
        Report::Verify(arguments) => return verify(&arguments).await,
    };
    let Wanted { log: LogAt { place, token }, customer, partner, at, format, lang, output, sign } = wanted;
    let (customer, partner) = named(&place, token.as_deref(), customer, partner).await?;
    let request = ReportRequest {
        report: name,
        format: match format {
            ReportFormat::Json => Format::Json,
            ReportFormat::Csv => Format::Csv,
            ReportFormat::Html => Format::Html,
        },
        lang: match lang {
            Language::En => Locale::En,
            Language::Fr => Locale::Fr,
        },
        customer: parsed("--customer", customer.as_deref())?,
        partner: parsed("--partner", partner.as_deref())?,
        from: parsed("--from", from.as_deref())?,
        until: parsed("--until", until.as_deref())?,
        at: parsed("--at", at.as_deref())?,
        names: NamesWanted::Now,
    };
    let onto_terminal = output.is_none() && io::stdout().is_terminal();
    let progress = if onto_terminal { ProgressBar::hidden() } else { bar() };
    let text = make(&place, token.as_deref(), request, progress).await?;
    match output {
        Some(path) => {
            let signature = sign.then(|| signed(&text, &place, token.as_deref())).transpose()?;
            write_whole(&path, &text)?;
            if let Some(signature) = signature {
                write_whole(&beside(&path), &signature)?;
            }
        }
        None => {
            let mut out = io::stdout();
            out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Failure::Output)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The ids of the customer and partner that a report is about. The log is opened for them only if they are named.
async fn named(
    place: &Place,
    token: Option<&str>,
    customer: Option<String>,
    partner: Option<String>,
) -> Result<(Option<String>, Option<String>), Failure> {
    let given = [&customer, &partner].into_iter().flatten();
    if given.into_iter().all(|text| text.parse::<Uuid>().is_ok()) {
        return Ok((customer, partner));
    }
    let asked = Asked::open(place, token).await?;
    let naming = Naming::by(&asked);
    Ok((
        naming.optional("--customer", ThingKind::Customer, customer.as_deref(), None).await?,
        naming.optional("--partner", ThingKind::Partner, partner.as_deref(), None).await?,
    ))
}

/// The signature of a report that was made from the log there, or by the server, which has its key.
fn signed(text: &str, Place { data, server }: &Place, token: Option<&str>) -> Result<String, Failure> {
    let statement = Statement::read(text.as_bytes()).map_err(|error| Failure::Internal(error.to_string()))?;
    if let Some(data) = data {
        let hash = FileHash::of(text.as_bytes());
        return Ok(FileSignature::sign(hash, &statement.checkpoint, &CheckpointKey::read(data)?)?);
    }
    let link = ReportRequest::from(&statement).signature_link();
    let signature = Remote::of(server.as_deref(), token).get(&link)?;
    if FileSignature::says(&signature, text.as_bytes()) { Ok(signature) } else { Err(Failure::OtherReportSigned) }
}

fn parsed<T: FromStr<Err: std::fmt::Display>>(flag: &str, text: Option<&str>) -> Result<Option<T>, Failure> {
    let failure = |error: T::Err| Failure::Flag { flag: flag.to_owned(), problem: error.to_string() };
    text.map(str::parse).transpose().map_err(failure)
}

/// Writes the file so that it is there as a whole or not at all.
fn write_whole(path: &Path, text: &str) -> Result<(), Failure> {
    let failure = |source| Failure::File { path: path.to_owned(), source };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut file = NamedTempFile::new_in(folder.map_or_else(|| PathBuf::from("."), Path::to_owned)).map_err(failure)?;
    file.write_all(text.as_bytes()).map_err(failure)?;
    file.persist(path).map_err(|error| failure(error.error))?;
    Ok(())
}
