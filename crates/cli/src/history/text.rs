//! A history for people: a line for each event, and under it what it gave and took. On a terminal, who did it by which rule
//! has a line of its own.

use crate::terminal::{Screen, printable};
use anstyle::{AnsiColor, Color, Style};
use procura_app::history::{ActorRow, HistoryEntry};
use std::io::{self, Write};
use textwrap::core::display_width;

/// An actor's name takes no more room than this; a longer one pushes its own line.
const ACTOR_COLUMNS_MAX: usize = 24;

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
            self.actor = self.actor.max(display_width(&printable(&who(entry))).min(ACTOR_COLUMNS_MAX));
        }
        let (mut out, screen) = (anstream::stdout().lock(), Screen::output());
        entries.iter().try_for_each(|entry| match screen.is_terminal() {
            true => self.lines(&mut out, screen, entry),
            false => self.line(&mut out, entry),
        })
    }

    /// For a terminal.
    fn lines(&self, out: &mut impl Write, screen: Screen, entry: &HistoryEntry) -> io::Result<()> {
        let Self { time: time_width, position: position_width, .. } = *self;
        let HistoryEntry { position, narration, .. } = entry;
        let time = seconds(entry);
        let label = format!("{DIM}{time:<time_width$}{DIM:#}  {:>position_width$}  ", position.0);
        let indent = screen.indent(display_width(&label));
        writeln!(out, "{}", screen.hanging(&label, indent, &narration.text, Style::new()))?;
        let by = [narration.rule.to_string(), who(entry), by(entry)].join(", ");
        writeln!(out, "{}", screen.hanging("", indent, &by, DIM))?;
        for (effects, sign, verb, style) in
            [(&narration.gained, '+', "gained", GREEN), (&narration.lost, '-', "lost", RED)]
        {
            for effect in effects {
                let label = format!("{:indent$}{style}{sign}{style:#} ", "");
                writeln!(out, "{}", screen.hanging(&label, indent + 2, &format!("{verb} {}", effect.text), style))?;
            }
        }
        Ok(())
    }

    /// For a pipe.
    fn line(&self, out: &mut impl Write, entry: &HistoryEntry) -> io::Result<()> {
        let bold = Style::new().bold();
        let Self { time: time_width, position: position_width, actor: actor_width } = *self;
        let HistoryEntry { position, narration, .. } = entry;
        let (text, rule) = (printable(&narration.text), narration.rule);
        let (time, actor, by) = (seconds(entry), printable(&who(entry)), by(entry));
        let actor_gap = actor_width.saturating_sub(display_width(&actor));
        writeln!(
            out,
            "{DIM}{time:<time_width$}{DIM:#}  {:>position_width$}  {bold}{actor}{bold:#}{:actor_gap$}  {text}  \
             {DIM}{rule}, {by}{DIM:#}",
            position.0, ""
        )?;
        let indent = time_width + 2 + position_width + 2 + actor_width + 2;
        for effect in &narration.gained {
            writeln!(out, "{:indent$}{GREEN}+ gained {}{GREEN:#}", "", printable(&effect.text))?;
        }
        for effect in &narration.lost {
            writeln!(out, "{:indent$}{RED}- lost {}{RED:#}", "", printable(&effect.text))?;
        }
        Ok(())
    }
}

const DIM: Style = Style::new().dimmed();
const GREEN: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Green)));
const RED: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Red)));

/// Which user did it, if it has no name, and how it was known.
fn by(HistoryEntry { actor, authentication, .. }: &HistoryEntry) -> String {
    match actor {
        Some(ActorRow::User { user, name: None, .. }) => format!("user {user}, {authentication}"),
        Some(ActorRow::User { .. } | ActorRow::Operator { .. }) | None => authentication.to_string(),
    }
}

/// When, to the second.
fn seconds(entry: &HistoryEntry) -> String {
    let time = format!("{:?}", entry.time);
    time.split_once('.').map_or_else(|| time.clone(), |(seconds, _)| format!("{seconds}Z"))
}

/// Who did it: a user by its name and tenant, or by its tenant alone; or which operator.
fn who(entry: &HistoryEntry) -> String {
    match &entry.actor {
        Some(ActorRow::User { tenant_name, name: Some(name), .. }) => format!("{name}, {tenant_name}"),
        Some(ActorRow::User { tenant_name, .. }) => tenant_name.clone(),
        Some(ActorRow::Operator { operator }) => format!("operator {operator}"),
        None => "(not told)".to_owned(),
    }
}
