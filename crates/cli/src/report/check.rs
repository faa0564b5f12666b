//! `procura report verify`: whether a report is what the log gives, or what a key signed. The signature, the root and the
//! body are judged apart: after a restore a log may have another key, and is the same log all the same.

use super::{
    difference::{Body, compare},
    making::{bar, make},
};
use crate::{
    args::{Place, VerifyReport},
    checkpoint::no,
    exit::EXIT_OTHER_NAMES,
    failure::Failure,
    input::{NOTE_BYTES_MAX, REPORT_BYTES_MAX, read_file},
    terminal::{Screen, note, say},
};
use procura_app::{
    Code,
    reports::{MarkedReport, OtherName, ReportRequest, Statement},
};
use procura_eventlog::{Checkpoint, CheckpointVerifier, FileSignature};
use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

pub(crate) async fn verify(arguments: &VerifyReport) -> Result<ExitCode, Failure> {
    let VerifyReport { file, data, server, token, key, signature } = arguments;
    let bytes = read_file(file, REPORT_BYTES_MAX)?;
    let Some((theirs, statement)) = read(&bytes) else {
        return Ok(no(&format!(
            "{} is not a report whose statement can be read: it was changed, or is another file",
            file.display()
        )));
    };
    if data.is_none() && server.is_none() {
        let Some(key) = key else { return Err(Failure::NoLogToVerifyWith) };
        let signature = signature.clone().unwrap_or_else(|| beside(file));
        return by_signature(&bytes, &statement, &signature, key);
    }
    let place = Place { data: data.clone(), server: server.clone() };
    let again = match make(&place, token.as_deref(), ReportRequest::from(&statement), bar()).await {
        Ok(again) => again,
        Err(failure) => return not_made(failure),
    };
    let ours = Statement::read(again.as_bytes()).map_err(|error| Failure::Internal(error.to_string()))?;
    let marked = with_note_of(&statement, &ours, &again);
    let (again, others) = MarkedReport::new(statement.parameters.format, &marked).with_names_of(theirs);
    let findings = Findings {
        signature: signature_of(&statement, &ours, key.as_ref()),
        root: root_of(&statement, &ours),
        body: body_of((theirs, &statement), (&again, &ours), others.is_empty()),
        others,
    };
    findings.say(&statement)
}

/// The file that has the signature of this one.
pub(crate) fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

fn read(bytes: &[u8]) -> Option<(&str, Statement)> {
    Some((str::from_utf8(bytes).ok()?, Statement::read(bytes).ok()?))
}

/// What holds, and why; or what does not.
type Finding = Result<String, String>;

struct Findings {
    signature: Finding,
    root: Finding,
    body: Finding,
    /// The names in it that are others now, if the body is sound.
    others: Vec<OtherName>,
}

impl Findings {
    fn say(&self, Statement { report, at, names, .. }: &Statement) -> Result<ExitCode, Failure> {
        let parts = [("signature", &self.signature), ("root", &self.root), ("body", &self.body)];
        let wrong: Vec<_> = parts.iter().filter(|(_, found)| found.is_err()).map(|(name, _)| *name).collect();
        let details = |screen: Screen| {
            let detail = |(name, found): &(&str, &Finding)| {
                let (Ok(text) | Err(text)) = *found;
                screen.paragraphs(&format!("  {:<11}", format!("{name}:")), screen.indent(13), text)
            };
            parts.iter().map(detail).collect::<Vec<_>>().join("\n")
        };
        let (position, time) = (at.position, at.instant());
        if wrong.is_empty() && !self.others.is_empty() {
            let since = names.map_or(at.position, |names| names.position);
            let how_many = match self.others.len() {
                1 => "1 name in it was".to_owned(),
                count => format!("{count} names in it were"),
            };
            note(&format!(
                "other names: the log gives this {report} of position {position} ({time}) but for names of people: \
                {how_many} changed or erased since position {since}, or cannot be read any more, so that nobody can tell whether the report has them \
                as they were"
            ));
            let screen = Screen::errors();
            anstream::eprintln!("{}", details(screen));
            anstream::eprintln!(
                "{}",
                screen.paragraphs("  names:     ", screen.indent(13), &other_names(&self.others))
            );
            return Ok(ExitCode::from(EXIT_OTHER_NAMES));
        }
        if wrong.is_empty() {
            say(&format!("yes: the log gives this {report} of position {position} ({time})"))
                .map_err(Failure::Output)?;
            writeln!(anstream::stdout(), "{}", details(Screen::output())).map_err(Failure::Output)?;
            return Ok(ExitCode::SUCCESS);
        }
        let code = no(&format!("not as the log gives it: {}", wrong.join(", ")));
        anstream::eprintln!("{}", details(Screen::errors()));
        Ok(code)
    }
}

/// The signed text of a checkpoint, and its signatures.
fn parts(note: &str) -> (&str, &str) {
    note.split_once("\n\n").unwrap_or((note, ""))
}

fn signature_of(theirs: &Statement, ours: &Statement, key: Option<&CheckpointVerifier>) -> Finding {
    let ((text, signatures), (our_text, our_signatures)) = (parts(&theirs.checkpoint), parts(&ours.checkpoint));
    match key {
        Some(key) => match Checkpoint::open(theirs.checkpoint.as_bytes(), key) {
            Ok(_) if text == our_text && signatures != our_signatures => {
                Ok("made with the key named; the log has another key today".to_owned())
            }
            Ok(_) => Ok("made with the key named".to_owned()),
            Err(error) => Err(error.to_string()),
        },
        None if text != our_text => Err("cannot be judged without the key of its log: name it with `--key`".to_owned()),
        None if signatures == our_signatures => Ok("made with the log's own key".to_owned()),
        None => Err("not made with the key that the log has today. If the log was restored without its key, name the \
            key of then with `--key`"
            .to_owned()),
    }
}

fn root_of(theirs: &Statement, ours: &Statement) -> Finding {
    let (text, our_text) = (parts(&theirs.checkpoint).0, parts(&ours.checkpoint).0);
    if text == our_text {
        return Ok(format!("the log had it at position {}", ours.at.position));
    }
    let mut lines = text.lines().zip(our_text.lines()).zip(["log", "position", "root", "epoch", "time", "log id"]);
    let different = lines.find(|((said, had), _)| said != had);
    let ((said, had), what) = different.unwrap_or(((text, our_text), "checkpoint"));
    if what == "log" {
        return Err(format!("the report is of the log {said:?}, and this is the log {had:?}"));
    }
    Err(format!("the report says {what} {said:?}, and the log had {had:?}"))
}

/// Whose names a report has that are others now; not all, where they are many.
fn other_names(others: &[OtherName]) -> String {
    const SHOWN_MAX: usize = 20;
    let quoted = |name: &Option<String>| name.as_ref().map_or_else(|| "no name".to_owned(), |name| format!("{name:?}"));
    let line = |OtherName { user, says, now }: &OtherName| {
        format!("{user}: {} in the report, {} now", quoted(says), quoted(now))
    };
    let more = others.len().saturating_sub(SHOWN_MAX);
    let more = (more > 0).then(|| format!("and {more} more"));
    others.iter().take(SHOWN_MAX).map(line).chain(more).collect::<Vec<_>>().join("\n             ")
}

/// The reports themselves, as if the same key had signed the same checkpoint for both: that is judged for itself.
fn body_of((text, theirs): (&str, &Statement), (our_text, ours): (&str, &Statement), same_names: bool) -> Finding {
    if theirs.rules != ours.rules {
        return Err(format!(
            "it was made by version {} of the rules, and this is version {}: check it with the program of that version",
            theirs.rules, ours.rules
        ));
    }
    if theirs.at.position != ours.at.position {
        return Err(format!(
            "it says that the log was at position {} at {}, and the log was at position {} then",
            theirs.at.position,
            theirs.at.instant(),
            ours.at.position
        ));
    }
    match compare(theirs.parameters.format, text, our_text) {
        Body::Same if same_names => Ok("every byte is what the log gives".to_owned()),
        Body::Same => Ok("every byte but names of people is what the log gives".to_owned()),
        Body::SavedAgain(how) => Err(format!(
            "it says what the log gives, in other bytes ({}): a spreadsheet or an editor saved it again. Check the file \
             as it was made",
            how.join(", ")
        )),
        Body::Different(difference) => Err(difference.to_string()),
    }
}

/// Our text with the log, the root and the signature that theirs states, each of which stands in every form as it is.
fn with_note_of(theirs: &Statement, ours: &Statement, our_text: &str) -> String {
    let pieces = |note: &str| -> Option<[String; 3]> {
        let lines: Vec<_> = note.lines().collect();
        let signature = lines.last()?.rsplit_once(' ')?.1;
        Some([lines.first()?, *lines.get(2)?, signature].map(str::to_owned))
    };
    let (Some(said), Some(had)) = (pieces(&theirs.checkpoint), pieces(&ours.checkpoint)) else {
        return our_text.to_owned();
    };
    had.iter().zip(&said).fold(our_text.to_owned(), |text, (had, said)| {
        if had == said || had.is_empty() { text } else { text.replace(had.as_str(), said) }
    })
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

/// Whether the key signed the file, which needs no log.
fn by_signature(
    file: &[u8],
    Statement { report, at, checkpoint, .. }: &Statement,
    signature: &Path,
    key: &CheckpointVerifier,
) -> Result<ExitCode, Failure> {
    let problem = |failure| match failure {
        Failure::File { path, source } => Failure::NoFileSignature { path, source },
        other => other,
    };
    let note = read_file(signature, NOTE_BYTES_MAX).map_err(problem)?;
    let found = match FileSignature::open(&note, key) {
        Ok(found) => found,
        Err(error) => return Ok(no(&format!("{}: {error}", signature.display()))),
    };
    if !found.is_of(file) {
        return Ok(no("the signature is of another file: this one was changed, or saved again, after it was signed"));
    }
    if !found.is_at(checkpoint) {
        return Ok(no("the file was signed with another checkpoint than it states"));
    }
    let (position, time) = (at.position, at.instant());
    let log = key.log();
    say(&format!("yes: the key of the log {log} signed this {report} of position {position} ({time})"))
        .map_err(Failure::Output)?;
    Ok(ExitCode::SUCCESS)
}
