//! Command lines to be copied: each word so that a shell takes it as it is, over several lines where a terminal is narrow.

use crate::terminal::Screen;
use std::borrow::Cow;
use textwrap::core::display_width;

/// The words as one line for a shell.
pub(crate) fn shell_line(words: &[String]) -> String {
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

/// The words for a shell, indented: as many lines as it takes, each but the last with what makes the shell read on.
pub(crate) fn shell_lines(screen: Screen, indent: usize, words: &[String]) -> String {
    const FURTHER: usize = 2;
    const GOES_ON: usize = 2;
    let mut shown = " ".repeat(indent);
    let mut at = indent;
    for (number, word) in words.iter().enumerate() {
        let word = quoted(word);
        let width = display_width(&word);
        let goes_on = if number + 1 < words.len() { GOES_ON } else { 0 };
        if number > 0 && at + 1 + width + goes_on > screen.room(0) {
            at = indent + FURTHER;
            shown.push_str(&format!(" \\\n{:at$}", ""));
        } else if number > 0 {
            shown.push(' ');
            at += 1;
        }
        shown.push_str(&word);
        at += width;
    }
    shown
}

fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "@%+=:,./_-".contains(char);
    if !word.is_empty() && word.chars().all(is_plain) {
        return Cow::Borrowed(word);
    }
    // The name of a field stays readable before its value.
    let (name, value) = match word.split_once('=') {
        Some((name, value)) if name.chars().all(is_plain) => (format!("{name}="), value),
        _ => (String::new(), word),
    };
    Cow::Owned(format!("{name}'{}'", value.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split('|').map(str::to_owned).collect()
    }

    #[test]
    fn a_shell_takes_each_word_as_it_is() {
        for (line, expected) in [
            ("procura|do|RevokeDap|customer=contoso.com", "procura do RevokeDap customer=contoso.com"),
            ("name=Web Shop", "name='Web Shop'"),
            ("user=o'neil@contoso.com", r"user='o'\''neil@contoso.com'"),
            ("user=a$(b)`c`@contoso.com", "user='a$(b)`c`@contoso.com'"),
            ("", "''"),
        ] {
            assert_eq!(shell_line(&words(line)), expected);
        }
    }

    #[test]
    fn a_long_one_goes_on_below() {
        let shown = |columns| shell_lines(Screen::wide(columns), 2, &words("procura|do|It|a=1|b=2"));
        assert_eq!(shown(None), "  procura do It a=1 b=2");
        assert_eq!(shown(Some(23)), "  procura do It a=1 b=2");
        assert_eq!(shown(Some(22)), "  procura do It a=1 \\\n    b=2");
    }
}
