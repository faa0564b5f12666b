//! A history for people: a line for each event, and under it what it gave and took.

use super::{Actor, Entry};
use anstyle::{AnsiColor, Style};
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
    pub(super) fn print(&mut self, entries: &[Entry]) -> io::Result<()> {
        for entry in entries {
            self.time = self.time.max(entry.time().len());
            self.position = self.position.max(entry.position.to_string().len());
            self.actor = self.actor.max(entry.who().chars().count().min(ACTOR_CHARS_MAX));
        }
        let mut out = anstream::stdout().lock();
        entries.iter().try_for_each(|entry| self.line(&mut out, entry))
    }

    fn line(&self, out: &mut impl Write, entry: &Entry) -> io::Result<()> {
        let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
        let Self { time: time_width, position: position_width, actor: actor_width } = *self;
        let Entry { position, text, rule, authentication, .. } = entry;
        let (time, actor) = (entry.time(), entry.who());
        let who = match &entry.actor {
            Some(Actor::User { user, .. }) => format!("user {user}, {authentication}"),
            Some(Actor::Operator { .. }) | None => authentication.clone(),
        };
        writeln!(
            out,
            "{dim}{time:<time_width$}{dim:#}  {position:>position_width$}  {bold}{actor:<actor_width$}{bold:#}  {text}  \
             {dim}{rule}, {who}{dim:#}"
        )?;
        let indent = time_width + 2 + position_width + 2 + actor_width + 2;
        let [green, red] = [AnsiColor::Green, AnsiColor::Red].map(|colour| Style::new().fg_color(Some(colour.into())));
        for effect in &entry.gained {
            writeln!(out, "{:indent$}{green}+ gained {}{green:#}", "", effect.text)?;
        }
        for effect in &entry.lost {
            writeln!(out, "{:indent$}{red}- lost {}{red:#}", "", effect.text)?;
        }
        Ok(())
    }
}

impl Entry {
    /// When, to the second.
    fn time(&self) -> String {
        self.time.split_once('.').map_or_else(|| self.time.clone(), |(seconds, _)| format!("{seconds}Z"))
    }

    /// Whose people did it, or which operator.
    fn who(&self) -> String {
        match &self.actor {
            Some(Actor::User { tenant_name, .. }) => tenant_name.clone(),
            Some(Actor::Operator { operator }) => format!("operator {operator}"),
            None => "(not told)".to_owned(),
        }
    }
}
