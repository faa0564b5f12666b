//! `procura apply`: commands from JSON lines, one result line each.

use crate::{
    args::{Apply, Place},
    data::{self, Links},
    exit::EXIT_NO,
    failure::Failure,
    input::{LINE_BYTES_MAX, read_line},
    output::Output,
    pipeline::pipeline,
    recorder::Recorder,
    remote::Remote,
};
use procura_app::commands::{Line, LineAnswer};
use procura_server::Caller;
use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
    process::ExitCode,
};

pub(crate) async fn run(arguments: Apply) -> Result<ExitCode, Failure> {
    let Apply { place: Place { data, server }, room, token, public_url, invitation_link, origin, strict, file } =
        arguments;
    let (input, length) = open(file.as_deref())?;
    let (output, mut tally) = (Output::new(length), Tally::default());
    let done = match (data, server) {
        (Some(data), _) => {
            let links = Links { public_url, invitation: invitation_link, origin };
            let data = data::open_or_make(&data, links, &room).await?;
            apply(&Recorder::Here(data.engine), lines(input), Ok, &output, &mut tally).await
        }
        (None, server) => {
            let remote = Remote::new(&server.unwrap_or_default(), &token.unwrap_or_default());
            match remote.caller() {
                Ok(me) => {
                    let fit = |line| over_http(&me, line);
                    apply(&Recorder::There(remote), lines(input), fit, &output, &mut tally).await
                }
                Err(failure) => Err(failure),
            }
        }
    };
    output.finish();
    let code = match &done {
        Err(failure) => failure.report(),
        Ok(()) if strict && tally.refused > 0 => ExitCode::from(EXIT_NO),
        Ok(()) => ExitCode::SUCCESS,
    };
    // After an error that came before any answer, the counts would say nothing.
    if done.is_ok() || tally.applied > 0 || tally.refused > 0 {
        anstream::eprintln!("applied {}, refused {}", tally.applied, tally.refused);
    }
    Ok(code)
}

async fn apply(
    recorder: &Recorder,
    lines: impl Iterator<Item = Result<Numbered, Failure>> + Send + 'static,
    fit: impl Fn(Line) -> Result<Line, &'static str>,
    output: &Output,
    tally: &mut Tally,
) -> Result<(), Failure> {
    let send = async |Numbered { number, text }: Numbered| {
        output.read(text.len() as u64 + 1);
        let line = Line::read(&text).map_err(|source| Failure::Line { line: number, source })?;
        let line = fit(line).map_err(|problem| Failure::NotOverHttp { line: number, problem })?;
        Ok(recorder.record(&line).await)
    };
    let answered = |answer: LineAnswer| {
        tally.count(&answer);
        output.line(&answer)
    };
    pipeline(lines, send, answered).await
}

#[derive(Default)]
struct Tally {
    applied: u64,
    refused: u64,
}

impl Tally {
    fn count(&mut self, answer: &LineAnswer) {
        *(if answer.is_recorded() { &mut self.applied } else { &mut self.refused }) += 1;
    }
}

struct Numbered {
    number: u64,
    text: String,
}

type Input = Box<dyn BufRead + Send>;

/// The file, with its length, or standard input.
fn open(file: Option<&Path>) -> Result<(Input, Option<u64>), Failure> {
    let Some(path) = file else { return Ok((Box::new(BufReader::new(std::io::stdin())), None)) };
    let at = |source| Failure::File { path: path.to_owned(), source };
    let file = File::open(path).map_err(at)?;
    let length = file.metadata().map_err(at)?.len();
    Ok((Box::new(BufReader::new(file)), Some(length)))
}

/// Its lines; empty ones are passed over.
fn lines(mut input: Input) -> impl Iterator<Item = Result<Numbered, Failure>> {
    let texts = std::iter::from_fn(move || read_line(&mut input, LINE_BYTES_MAX).transpose());
    let numbered = (1..).zip(texts).map(|(number, text)| match text {
        Ok(text) => Ok(Numbered { number, text }),
        Err(source) => Err(Failure::Unreadable { line: number, source }),
    });
    numbered.filter(|line| !line.as_ref().is_ok_and(|line| line.text.trim().is_empty()))
}

/// The line, if it may go over HTTP: as the token's user, at the server's time.
fn over_http(me: &Caller, line: Line) -> Result<Line, &'static str> {
    if line.at.is_some() {
        return Err("`at` is for local imports only; over HTTP the server's clock says when");
    }
    if !me.issues(&line.actor) {
        return Err("`actor` is not the token's user; over HTTP the token's user issues the command");
    }
    Ok(line)
}
