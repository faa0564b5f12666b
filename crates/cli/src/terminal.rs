//! The terminal, if standard output or standard error is one: how wide it is, and texts that fit it.
//!
//! Lines break at spaces only, so that an id, a time or a path can be copied whole: one that is longer than the terminal
//! sticks out. In a pipe or a file nothing is broken, so that an entry is a line for other tools. Whether there are
//! colours is decided by anstream.

use anstyle::Style;
use std::{
    env,
    fmt::Write as _,
    io::{self, IsTerminal, Write},
    os::fd::AsFd,
};
use terminal_size::{Width, terminal_size_of};
use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm, core::display_width};

/// How wide a terminal is taken to be that does not say.
const COLUMNS_USUAL: u16 = 80;
/// Lines are not made shorter for a terminal that is narrower.
const COLUMNS_MIN: usize = 40;
/// Less room than this is not worth an indentation.
const TEXT_COLUMNS_MIN: usize = 40;
/// How far a text is indented where there is no room for more.
const INDENT_MIN: usize = 4;

/// What is written to: a terminal of so many columns, or something without any width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Screen(Option<usize>);

impl Screen {
    /// Standard output.
    pub(crate) fn output() -> Self {
        Self::of(&io::stdout())
    }

    /// Standard error.
    pub(crate) fn errors() -> Self {
        Self::of(&io::stderr())
    }

    /// `COLUMNS` wins over what the terminal says, which may be nothing.
    fn of(stream: &(impl IsTerminal + AsFd)) -> Self {
        let told = || env::var("COLUMNS").ok()?.parse::<u16>().ok().filter(|columns| *columns > 0);
        let asked = || terminal_size_of(stream).map(|(Width(columns), _)| columns);
        let columns = || usize::from(told().or_else(asked).unwrap_or(COLUMNS_USUAL)).max(COLUMNS_MIN);
        Self(stream.is_terminal().then(columns))
    }

    /// A terminal as wide as that, or none.
    #[cfg(test)]
    pub(crate) fn wide(columns: Option<usize>) -> Self {
        Self(columns)
    }

    pub(crate) fn is_terminal(self) -> bool {
        self.0.is_some()
    }

    /// How many columns there are behind so many.
    pub(crate) fn room(self, indent: usize) -> usize {
        self.0.map_or(usize::MAX, |columns| columns.saturating_sub(indent))
    }

    /// Whether a text that wraps is easily read behind so many columns.
    pub(crate) fn has_room(self, indent: usize) -> bool {
        self.room(indent) >= TEXT_COLUMNS_MIN
    }

    /// The indentation, or a small one where that leaves too little room.
    pub(crate) fn indent(self, wanted: usize) -> usize {
        if self.has_room(wanted) { wanted } else { wanted.min(INDENT_MIN) }
    }

    /// Whether all lines of that text fit.
    pub(crate) fn fits(self, text: &str) -> bool {
        text.lines().all(|line| display_width(line) <= self.room(0))
    }

    /// The text behind a label that may be styled, in as many lines as it takes; the further ones are indented.
    pub(crate) fn hanging(self, label: &str, indent: usize, text: &str, style: Style) -> String {
        if text.is_empty() {
            return label.trim_end().to_owned();
        }
        let mut shown = format!("{label}{:1$}", "", indent.saturating_sub(display_width(label)));
        self.wrap(&mut shown, indent, text, style);
        shown
    }

    /// The same for a text that may have lines of its own, with their own indentation.
    pub(crate) fn paragraphs(self, label: &str, indent: usize, text: &str) -> String {
        let mut lines = text.lines();
        let first = self.hanging(label, indent, lines.next().unwrap_or_default(), Style::new());
        lines.fold(first, |shown, line| {
            let text = line.trim_start_matches(' ');
            let indent = line.len() - text.len();
            shown + "\n" + &self.hanging("", indent, text, Style::new())
        })
    }

    /// Adds the text behind what is there of the line.
    fn wrap(self, shown: &mut String, indent: usize, text: &str, style: Style) {
        let at = display_width(shown.rsplit('\n').next().unwrap_or_default());
        let text = printable(text);
        let first_word = text.split(' ').next().map_or(0, display_width);
        let begins_below = at > indent && first_word > self.room(at);
        if begins_below {
            shown.truncate(shown.trim_end().len());
        }
        let (first, other) = (" ".repeat(at), " ".repeat(indent));
        let options = Options::new(self.room(0))
            .initial_indent(if begins_below { &other } else { &first })
            .subsequent_indent(&other)
            .break_words(false)
            .word_separator(WordSeparator::AsciiSpace)
            .word_splitter(WordSplitter::NoHyphenation)
            .wrap_algorithm(WrapAlgorithm::FirstFit);
        for (number, line) in textwrap::wrap(&text, options).iter().enumerate() {
            if number > 0 || begins_below {
                let _ = write!(shown, "\n{other}");
            }
            let _ = write!(shown, "{style}{}{style:#}", line.trim_start_matches(' '));
        }
    }
}

/// Says something on standard error.
pub(crate) fn note(text: &str) {
    anstream::eprintln!("{}", Screen::errors().paragraphs("", 0, text));
}

/// Says something on standard output.
pub(crate) fn say(text: &str) -> io::Result<()> {
    writeln!(anstream::stdout(), "{}", Screen::output().paragraphs("", 0, text))
}

/// The text, with what a terminal would act on written out: control characters, and what turns the direction of writing,
/// so that a name cannot show another line than the one it is in.
pub(crate) fn printable(text: &str) -> String {
    let acts = |char: char| {
        char.is_control()
            || matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        if acts(char) { shown.extend(char.escape_default()) } else { shown.push(char) }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(columns: usize, label: &str, indent: usize, text: &str) -> Vec<String> {
        let shown = Screen(Some(columns)).hanging(label, indent, text, Style::new());
        shown.lines().map(str::to_owned).collect()
    }

    #[test]
    fn lines_break_at_spaces_and_hang() {
        assert_eq!(lines(12, "a: ", 3, "one two three"), ["a: one two", "   three"]);
        assert_eq!(lines(12, "a: ", 3, "caaaaaaa-0000-4000 x"), ["a: caaaaaaa-0000-4000", "   x"]);
        assert_eq!(lines(12, "label: ", 0, "long/word/1 two"), ["label:", "long/word/1", "two"]);
        let own_lines = Screen(Some(12)).paragraphs("", 0, "one two three\n    four five");
        assert_eq!(own_lines, "one two\nthree\n    four\n    five");
        let whole = "no line is broken where there is no terminal, as long as it may be: none at all";
        assert_eq!(Screen(None).hanging("  ", 4, whole, Style::new()), format!("    {whole}"));
    }

    #[test]
    fn wide_letters_take_two_columns_and_combining_ones_none() {
        assert_eq!(lines(12, "", 0, "日本 マイク ロ"), ["日本 マイク", "ロ"]);
        assert_eq!(
            lines(10, "", 0, "e\u{301}e\u{301}e\u{301}e\u{301} abcde"),
            ["e\u{301}e\u{301}e\u{301}e\u{301} abcde"]
        );
    }

    #[test]
    fn each_line_has_its_style() {
        let shown = Screen(Some(8)).hanging("", 2, "one two", Style::new().dimmed());
        assert_eq!(shown, "  \u{1b}[2mone\u{1b}[0m\n  \u{1b}[2mtwo\u{1b}[0m");
    }

    #[test]
    fn nothing_a_terminal_acts_on_gets_through() {
        assert_eq!(
            printable("a\u{1b}[2J\u{9b}b\t\u{202e}c\u{2066}日本é"),
            "a\\u{1b}[2J\\u{9b}b\\t\\u{202e}c\\u{2066}日本é"
        );
    }
}
