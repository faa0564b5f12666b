//! A history for people: a line for each event, and under it what it gave and took.

use anstyle::{AnsiColor, Style};
use procura_app::history::{ActorRow, HistoryEntry};
use std::io::{self, Write};

/// An actor's name takes no more room than this; a longer one pushes its own line.
const ACTOR_CHARS_MAX: usize = 24;

/// How wide the columns are: as wide as anything in them was so far.
#[derive(Default)]
pub(super) struct Columns {
    time: usize,
    position: usize,
    actor: usize,
}

impl Columns {
    pub(super) fn print(&mut self, entries: &[HistoryEntry]) -> io::Result<()> {
        for entry in entries {
            self.time = self.time.max(seconds(entry).len());
            self.position = self.position.max(entry.position.to_string().len());
            self.actor = self.actor.max(who(entry).chars().count().min(ACTOR_CHARS_MAX));
        }
        let mut out = anstream::stdout().lock();
        entries.iter().try_for_each(|entry| self.line(&mut out, entry))
    }

    fn line(&self, out: &mut impl Write, entry: &HistoryEntry) -> io::Result<()> {
        let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
        let Self { time: time_width, position: position_width, actor: actor_width } = *self;
        let HistoryEntry { position, narration, authentication, .. } = entry;
        let (text, rule) = (&narration.text, narration.rule);
        let (time, actor) = (seconds(entry), who(entry));
        let by = match &entry.actor {
            Some(ActorRow::User { user, .. }) => format!("user {user}, {authentication}"),
            Some(ActorRow::Operator { .. }) | None => authentication.to_string(),
        };
        writeln!(
            out,
            "{dim}{time:<time_width$}{dim:#}  {:>position_width$}  {bold}{actor:<actor_width$}{bold:#}  {text}  \
             {dim}{rule}, {by}{dim:#}",
            position.0
        )?;
        let indent = time_width + 2 + position_width + 2 + actor_width + 2;
        let [green, red] = [AnsiColor::Green, AnsiColor::Red].map(|colour| Style::new().fg_color(Some(colour.into())));
        for effect in &narration.gained {
            writeln!(out, "{:indent$}{green}+ gained {}{green:#}", "", effect.text)?;
        }
        for effect in &narration.lost {
            writeln!(out, "{:indent$}{red}- lost {}{red:#}", "", effect.text)?;
        }
        Ok(())
    }
}

/// When, to the second.
fn seconds(entry: &HistoryEntry) -> String {
    let time = format!("{:?}", entry.time);
    time.split_once('.').map_or_else(|| time.clone(), |(seconds, _)| format!("{seconds}Z"))
}

/// Whose people did it, or which operator.
fn who(entry: &HistoryEntry) -> String {
    match &entry.actor {
        Some(ActorRow::User { tenant_name, .. }) => tenant_name.clone(),
        Some(ActorRow::Operator { operator }) => format!("operator {operator}"),
        None => "(not told)".to_owned(),
    }
}
