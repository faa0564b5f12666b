//! What this program gives a shell and `man`: completions and manual pages, both from its own command line.

use crate::{args::Arguments, failure::Failure};
use clap::CommandFactory as _;
use clap_complete::Shell;
use std::{fs, io::Write as _, path::Path, process::ExitCode};

/// `procura completions SHELL`.
pub(crate) fn completions(shell: Shell) -> Result<ExitCode, Failure> {
    // The generator panics if it cannot write, so it does not write to the pipe itself.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "procura", &mut script);
    std::io::stdout().write_all(&script).map_err(Failure::Output)?;
    Ok(ExitCode::SUCCESS)
}

/// `procura man DIRECTORY`.
pub(crate) fn man(folder: &Path) -> Result<ExitCode, Failure> {
    let failed = |source| Failure::File { path: folder.to_owned(), source };
    fs::create_dir_all(folder).map_err(failed)?;
    // The pages of `procura help COMMAND` would repeat all others.
    let command = Arguments::command().disable_help_subcommand(true);
    clap_mangen::generate_to(command, folder).map_err(failed)?;
    Ok(ExitCode::SUCCESS)
}
