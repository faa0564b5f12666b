//! What this program gives a shell and `man`: completions and manual pages, both from its own command line.

use crate::{args::Arguments, failure::Failure};
use clap::{Arg, Command, CommandFactory as _};
use clap_complete::Shell;
use std::{fs, io::Write as _, path::Path, process::ExitCode};

/// `procura completions SHELL`.
pub(crate) fn completions(shell: Shell) -> Result<ExitCode, Failure> {
    // The generator panics if it cannot write, so it does not write to the pipe itself.
    let mut script = Vec::new();
    let mut command = Arguments::command();
    clap_complete::generate(shell, &mut command, "procura", &mut script);
    if shell == Shell::Fish {
        script.extend_from_slice(words_for_fish(&command).as_bytes());
    }
    std::io::stdout().write_all(&script).map_err(Failure::Output)?;
    Ok(ExitCode::SUCCESS)
}

/// What clap's script for fish leaves out: the words that may follow a command and are neither commands nor flags.
fn words_for_fish(all: &Command) -> String {
    let mut script = String::new();
    for command in all.get_subcommands() {
        let using = format!("__fish_procura_using_subcommand {}", command.get_name());
        for below in command.get_subcommands() {
            let using = format!("{using}; and __fish_seen_subcommand_from {}", below.get_name());
            script.extend(below.get_positionals().map(|argument| lines_for_fish(&using, argument)));
        }
        script.extend(command.get_positionals().map(|argument| lines_for_fish(&using, argument)));
    }
    script
}

/// The lines for an argument: a word that may stand once is not offered again.
fn lines_for_fish(using: &str, argument: &Arg) -> String {
    let words: Vec<_> = argument.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    let repeats = argument.get_num_args().is_some_and(|number| number.max_values() > 1);
    let unless =
        if repeats { String::new() } else { format!("; and not __fish_seen_subcommand_from {}", words.join(" ")) };
    words.iter().map(|word| format!("complete -c procura -n \"{using}{unless}\" -f -a \"{word}\"\n")).collect()
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
