//! The binary `procura`: reads the command line, puts the rooms together, runs one command.

mod apply;
mod args;
mod asking;
mod backup;
mod bars;
mod bench;
mod check;
mod checkpoint;
mod columns;
mod config;
mod configuration;
mod consumers;
mod context;
mod contexts;
mod csv_file;
mod data;
mod device_file;
mod doing;
mod ending;
mod erase;
mod exit;
mod export;
mod failure;
mod history;
mod http;
mod import;
mod input;
mod intervals;
mod issuing;
mod keeper;
mod labels;
mod lists;
mod login;
mod naming;
mod observed;
mod outcome;
mod output;
mod pipeline;
mod proof;
mod recorder;
mod remote;
mod report;
mod serve;
mod shell;
mod shell_words;
mod tell;
mod terminal;
mod token;
mod upgrade;
mod verify;
mod what_if;

use args::{Arguments, Command, Import};
use mimalloc::MiMalloc;
use observed::observe;
use std::{panic, process::ExitCode};

/// What is read on one thread is folded, and let go of, on another: with the system's allocator a start from zero takes a third
/// longer.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Arguments = match args::read() {
        Ok(arguments) => arguments,
        Err(failure) => return failure.report(),
    };
    quiet_sled();
    if let Some(Err(failure)) = arguments.ca_file.as_deref().map(http::trust) {
        return failure.report();
    }
    let traces = match observe(&arguments.command) {
        Ok(traces) => traces,
        Err(failure) => return failure.report(),
    };
    let done = match arguments.command {
        Command::Serve(arguments) => serve::run(*arguments).await,
        Command::Config(arguments) => config::run(*arguments).await,
        Command::Login(login) => login::login(*login, arguments.context).await,
        Command::Logout(logout) => login::logout(logout, arguments.context),
        Command::Context(arguments) => context::run(arguments),
        Command::Token(arguments) => token::run(&arguments),
        Command::Apply(arguments) => apply::run(arguments).await,
        Command::Import(Import::Devices(arguments)) => import::devices(arguments).await,
        Command::Import(Import::Users(arguments)) => import::users(arguments).await,
        Command::Erase(arguments) => erase::run(arguments).await,
        Command::Check(arguments) => check::run(arguments).await,
        Command::WhatIf(arguments) => what_if::run(*arguments).await,
        Command::Do(arguments) => doing::run(*arguments).await,
        Command::Tell(arguments) => tell::run(arguments).await,
        Command::WhoCould(arguments) => intervals::who_could(arguments).await,
        Command::WhatCould(arguments) => intervals::what_could(arguments).await,
        Command::History(arguments) => history::run(arguments).await,
        Command::List(list) => lists::run(list).await,
        Command::Export(arguments) => export::run(arguments).await,
        Command::Consumers(arguments) => consumers::run(arguments).await,
        Command::Report(report) => report::run(*report).await,
        Command::Verify(arguments) => verify::run(arguments).await,
        Command::VerifyCopy(arguments) => verify::of_copy(arguments).await,
        Command::Backup(arguments) => backup::run(arguments).await,
        Command::Restore(arguments) => backup::restore_run(arguments).await,
        Command::Upgrade(arguments) => upgrade::run(&arguments).await,
        Command::Checkpoint(arguments) => checkpoint::run(arguments).await,
        Command::Proof(arguments) => proof::run(arguments).await,
        Command::Bench(bench) => bench::run(bench).await,
        Command::Completions { shell } => shell::completions(shell),
        Command::Man { folder } => shell::man(&folder),
    };
    traces.end();
    done.unwrap_or_else(|failure| failure.report())
}

/// sled panics where it finds its files damaged. That is caught and told as an error: here it is only a note.
fn quiet_sled() {
    let others = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if panic.location().is_some_and(|at| at.file().contains("/sled-")) {
            tracing::debug!(%panic, "sled");
        } else {
            others(panic);
        }
    }));
}
