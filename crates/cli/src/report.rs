//! `procura report`: a compliance report, and checking one against the log it is of.

use crate::{
    args::{Language, LogAt, Place, Report, ReportFormat, VerifyReport, Wanted},
    checkpoint::no,
    data,
    export::shown,
    failure::Failure,
    input::{REPORT_BYTES_MAX, read_file},
    remote::Remote,
};
use indicatif::ProgressBar;
use procura_app::{
    Code,
    reports::{self, Format, Progress, ReportName, ReportRequest, Statement},
};
use procura_domain::{visibility::Reader, vocabulary::Locale};
use procura_eventlog::Checkpoint;
use std::{
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    str::FromStr,
};
use tempfile::NamedTempFile;

pub(crate) async fn run(report: Report) -> Result<ExitCode, Failure> {
    let (name, wanted, from, until) = match report {
        Report::AccessReview(wanted) => (ReportName::AccessReview, wanted, None, None),
        Report::ResidualAccess(wanted) => (ReportName::ResidualAccess, wanted, None, None),
        Report::DapInventory(wanted) => (ReportName::DapInventory, wanted, None, None),
        Report::Changes(between) => (ReportName::Changes, between.wanted, Some(between.from), between.until),
        Report::SupportDuties(wanted) => (ReportName::SupportDuties, wanted, None, None),
        Report::Verify(arguments) => return verify(&arguments).await,
    };
    let Wanted { log, customer, partner, at, format, lang, output } = wanted;
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
    };
    let onto_terminal = output.is_none() && io::stdout().is_terminal();
    let text = make(&log, request, if onto_terminal { ProgressBar::hidden() } else { bar() }).await?;
    match output {
        Some(path) => write_whole(&path, &text)?,
        None => {
            let mut out = io::stdout();
            out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Failure::Output)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes the report here, or has the server make it.
async fn make(
    LogAt { place: Place { data, server }, token }: &LogAt,
    request: ReportRequest,
    progress: ProgressBar,
) -> Result<String, Failure> {
    match data {
        Some(path) => {
            let data = data::open(path).await?;
            let telling = progress.clone();
            let told = move |Progress { done, of }| {
                telling.set_length(of as u64);
                telling.set_position(done as u64);
            };
            let made = reports::report(&data.engine, &data.checkpoint_key()?, Reader::Overseer, request, told).await;
            let text = match made {
                Ok(made) => made.answer.text().await,
                Err(error) => Err(error),
            };
            progress.finish_and_clear();
            Ok(text?)
        }
        None => Remote::of(server.as_deref(), token.as_deref()).get(&request.link()),
    }
}

/// A bar over customers on standard error; none if that is no terminal.
fn bar() -> ProgressBar {
    shown(ProgressBar::new(0), "{bar:40} {human_pos} of {human_len} customers, {eta} left")
}

/// Whether the log gives the same report today.
async fn verify(VerifyReport { file, log, key }: &VerifyReport) -> Result<ExitCode, Failure> {
    let bytes = read_file(file, REPORT_BYTES_MAX)?;
    let Ok(statement) = Statement::read(&bytes) else {
        return Ok(no(&format!(
            "{} is not a report whose statement can be read: it was changed, or is another file",
            file.display()
        )));
    };
    if let Some(Err(error)) = key.as_ref().map(|key| Checkpoint::open(statement.checkpoint.as_bytes(), key)) {
        return Ok(no(&error.to_string()));
    }
    let again = match make(log, ReportRequest::from(&statement), bar()).await {
        Ok(again) => again,
        Err(failure) => return not_made(failure),
    };
    if again.as_bytes() == bytes {
        let Statement { report, at, .. } = &statement;
        let text = format!(
            "yes: the log gives this {report} of position {} ({}), every byte of it\n",
            at.position,
            at.instant()
        );
        let mut out = io::stdout();
        out.write_all(text.as_bytes()).map_err(Failure::Output)?;
        return Ok(ExitCode::SUCCESS);
    }
    let ours = Statement::read(again.as_bytes()).map_err(|error| Failure::Internal(error.to_string()))?;
    Ok(no(&difference(&statement, &ours).unwrap_or_else(|| first_difference(&bytes, again.as_bytes()))))
}

/// What the log cannot make it did not make. If it was not asked, nothing is known.
fn not_made(failure: Failure) -> Result<ExitCode, Failure> {
    let (Failure::Answer(error) | Failure::Refused(error)) = &failure else { return Err(failure) };
    match error.code() {
        Code::InvalidRequest => Ok(no(&format!("the log cannot make such a report: {}", error.detail()))),
        Code::NotFound => Ok(no(
            "the log knows nobody whom this report is about, or they are not yours to know: it is of another log",
        )),
        _ => Err(failure),
    }
}

/// How the statements differ, where that alone tells.
fn difference(theirs: &Statement, ours: &Statement) -> Option<String> {
    if theirs.rules != ours.rules {
        return Some(format!(
            "it was made by version {} of the rules, and this is version {}: check it with the program of that version",
            theirs.rules, ours.rules
        ));
    }
    if theirs.at.position != ours.at.position {
        return Some(format!(
            "it says that the log was at position {} at {}, and the log was at position {} then",
            theirs.at.position,
            theirs.at.instant(),
            ours.at.position
        ));
    }
    (theirs.checkpoint != ours.checkpoint).then(|| {
        let origin = |statement: &Statement| statement.checkpoint.lines().next().unwrap_or_default().to_owned();
        format!(
            "its checkpoint, of {}, is not the one that this log, {}, has at position {}",
            origin(theirs),
            origin(ours),
            ours.at.position
        )
    })
}

/// The first line in which they differ.
fn first_difference(theirs: &[u8], ours: &[u8]) -> String {
    let lines = |bytes: &[u8]| bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
    let (theirs, ours) = (lines(theirs), lines(ours));
    let line = theirs.iter().zip(&ours).take_while(|(one, other)| one == other).count();
    let shown = |lines: &[Vec<u8>]| match lines.get(line) {
        Some(text) => around(&String::from_utf8_lossy(text)),
        None => "nothing: it ends before".to_owned(),
    };
    let number = line.saturating_add(1);
    format!(
        "line {number} is not what the log gives.\n  it says:        {}\n  the log gives:  {}",
        shown(&theirs),
        shown(&ours)
    )
}

/// As much of a line as is easily read.
fn around(text: &str) -> String {
    const CHARS_MAX: usize = 160;
    let mut shown: String = text.trim().chars().take(CHARS_MAX).collect();
    if text.trim().chars().count() > CHARS_MAX {
        shown.push('…');
    }
    shown.escape_debug().to_string()
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
