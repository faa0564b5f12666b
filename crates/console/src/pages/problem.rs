//! The page that tells what went wrong, and what to do.

use crate::{
    failure::Failure,
    shell::{Doorstep, Shell},
};
use askama::Template;
use procura_app::Error;
use procura_domain::rule::Rule;
use procura_words::Words;

/// There is nothing at the address.
pub(crate) async fn nowhere() -> Failure {
    Error::not_found().into()
}

/// For somebody who is signed in.
#[derive(Template)]
#[template(path = "problem.html")]
pub(crate) struct ProblemPage {
    shell: Shell,
    problem: Problem,
}

/// For anybody else.
#[derive(Template)]
#[template(path = "problem_outside.html")]
pub(crate) struct SignedOutProblemPage {
    door: Doorstep,
    problem: Problem,
}

/// What went wrong, in words.
pub(crate) struct Problem {
    pub(crate) title: String,
    /// What to do.
    pub(crate) way_on: String,
    pub(crate) code: &'static str,
    /// As the API says it, in English.
    pub(crate) detail: String,
    pub(crate) rule: Option<Rule>,
}

impl Problem {
    pub(crate) fn of(words: Words, error: &Error) -> Self {
        let code = error.code().name();
        Self {
            title: words.word(&format!("error-{code}")).into_owned(),
            way_on: words.word(&format!("error-{code}-next")).into_owned(),
            code,
            detail: error.detail().to_owned(),
            rule: error.rule(),
        }
    }
}

impl ProblemPage {
    pub(crate) fn new(shell: Shell, error: &Error) -> Self {
        Self { problem: Problem::of(shell.words, error), shell }
    }
}

impl SignedOutProblemPage {
    pub(crate) fn new(door: Doorstep, error: &Error) -> Self {
        Self { problem: Problem::of(door.words, error), door }
    }
}
