//! The source document told as commands (`fixtures/story.jsonl`), and the questions it answers about each step
//! (`fixtures/story.questions.jsonl`).

#![expect(clippy::indexing_slicing, reason = "test support: a fixture that is not as it should be is a failed test")]

use serde::Deserialize;
use serde_json::{Value, json};
use std::{fs, path::PathBuf};

/// A step of the story: a command, what it means, and what is true after it.
#[derive(Debug)]
pub struct Step {
    /// The line for `procura apply`.
    pub line: Value,
    /// What happens, in a sentence.
    pub says: String,
    /// What the document answers about it.
    pub questions: Vec<Question>,
}

/// A question with the answer that the document gives.
#[derive(Debug, Clone, Deserialize)]
pub struct Question {
    /// In words.
    pub asks: String,
    subject: Value,
    action: Value,
    resource: Value,
    /// Whether the answer is yes.
    pub expect: bool,
    /// The rules that the answer rests on; left out if the document leaves the choice open.
    pub rules: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct After {
    after: String,
    says: String,
    questions: Vec<Question>,
}

/// The file of commands, for `procura apply`.
pub fn file() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/story.jsonl"))
}

/// All steps, in order. Every one has its sentence.
pub fn steps() -> Vec<Step> {
    let questions = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/story.questions.jsonl");
    let questions = fs::read_to_string(questions).expect("the questions");
    let mut questions = questions.lines().map(|line| serde_json::from_str::<After>(line).expect("a line of questions"));
    let commands = fs::read_to_string(file()).expect("the story");
    let step = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("a line of the story");
        let After { after, says, questions } = questions.next().expect("questions for every step");
        assert_eq!(line["id"], after, "questions stand in the order of the story");
        Step { line, says, questions }
    };
    commands.lines().map(step).collect()
}

impl Step {
    /// The command's name.
    pub fn command(&self) -> &str {
        self.line["command"].as_str().expect("a command")
    }

    /// The command's fields.
    pub fn data(&self) -> &Value {
        &self.line["data"]
    }

    /// The tenant and object id of the user who issues it; none if an operator does.
    pub fn user(&self) -> Option<(&str, &str)> {
        let actor = &self.line["actor"];
        Some((actor["tenant"].as_str()?, actor["user"].as_str()?))
    }
}

impl Question {
    /// The body that asks it of `/access/v1/evaluation`, about now or about a position.
    pub fn request(&self, position: Option<u64>) -> Value {
        let mut context = json!({"explain": true});
        if let Some(position) = position {
            context["position"] = position.into();
        }
        json!({"subject": self.subject, "action": self.action, "resource": self.resource, "context": context})
    }

    /// What is wrong with an answer: nothing, or how it differs from the expected one.
    pub fn mismatch(&self, answer: &Value) -> Option<String> {
        let reasons = answer["context"]["reasons"].as_array().cloned().unwrap_or_default();
        let mut rules: Vec<_> = reasons.iter().filter_map(|reason| reason["rule"].as_str()).collect();
        rules.sort_unstable();
        rules.dedup();
        let decided = answer["decision"] == self.expect;
        let by_rules = self.rules.as_ref().is_none_or(|expected| *expected == rules);
        let expected = (self.expect, &self.rules);
        (!decided || !by_rules).then(|| format!("{}\n  expected {expected:?}\n  answered {answer}", self.asks))
    }
}
