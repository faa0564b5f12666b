//! The page before something is taken away: what goes, what stays, and the button that does it.

use crate::{ahead::Ahead, links::Link, shell::Shell, visit::Visit};
use askama::Template;
use procura_app::{AsOf, commands::Outcome};
use procura_domain::temporal::Position;
use std::borrow::Cow;

/// What is about to be done.
#[derive(Template)]
#[template(path = "confirmation.html")]
pub(crate) struct Confirmation {
    pub(crate) shell: Shell,
    pub(crate) title: Cow<'static, str>,
    /// What it is about, and what to know of it.
    pub(crate) notes: Vec<String>,
    pub(crate) lost: Vec<String>,
    pub(crate) gained: Vec<String>,
    /// What a partner whose privileges or relationship ended holds afterwards.
    pub(crate) left: Vec<String>,
    /// The text of the button, and whether it takes something away.
    pub(crate) button: Cow<'static, str>,
    pub(crate) takes_away: bool,
    /// Where the form goes.
    pub(crate) action: Link,
    pub(crate) position: Position,
    /// The page to come back to, and its path below the public URL.
    pub(crate) back: Link,
    pub(crate) to: String,
}

impl Confirmation {
    /// What a command would do, by its dry run. `to`: the page to come back to; it is `default` if that is none of ours.
    pub(crate) fn of(
        visit: &Visit,
        ahead: &AsOf<Outcome>,
        [title, button]: [&'static str; 2],
        (to, default): (Option<&str>, &str),
    ) -> Self {
        let shell = visit.shell();
        let Ahead { position, lost, gained, left, .. } = Ahead::told(visit, ahead);
        let to = to.filter(|to| shell.links.back(to).is_some()).unwrap_or(default).to_owned();
        Self {
            title: shell.words.word(title),
            notes: Vec::new(),
            lost,
            gained,
            left: left.into_iter().map(|held| held.text).collect(),
            button: shell.words.word(button),
            takes_away: true,
            action: shell.links.now(&shell.path),
            position,
            back: shell.links.back(&to).unwrap_or_else(|| shell.links.to(default)),
            to,
            shell,
        }
    }
}
