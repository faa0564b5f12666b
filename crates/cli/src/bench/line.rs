//! A line as `apply` reads it, written field by field.

use std::fmt::Write;
use uuid::{Uuid, fmt::Hyphenated};

/// Who issues a command.
#[derive(Clone, Copy)]
pub(super) enum By {
    Operator,
    User { tenant: Uuid, user: Uuid },
}

/// A line that is being written. Texts are taken as they are: they have nothing in them that JSON escapes.
pub(super) struct CommandLine<'a> {
    out: &'a mut String,
    is_first: bool,
}

impl<'a> CommandLine<'a> {
    pub(super) fn new(out: &'a mut String, command: &str, by: By, at: &str) -> Self {
        out.push_str("{\"command\":\"");
        out.push_str(command);
        out.push_str("\",\"actor\":{");
        let mut line = Self { out, is_first: true };
        line = match by {
            By::Operator => line.text("operator", "Odile Perrin"),
            By::User { tenant, user } => line.id("tenant", tenant).id("user", user),
        };
        line.out.push_str("},\"at\":\"");
        line.out.push_str(at);
        line.out.push_str("\",\"data\":{");
        Self { is_first: true, ..line }
    }

    fn field(mut self, name: &str) -> Self {
        if !self.is_first {
            self.out.push(',');
        }
        self.is_first = false;
        self.out.push('"');
        self.out.push_str(name);
        self.out.push_str("\":");
        self
    }

    pub(super) fn id(self, name: &str, id: Uuid) -> Self {
        let line = self.field(name);
        push_id(line.out, id);
        line
    }

    pub(super) fn ids(self, name: &str, ids: impl Iterator<Item = Uuid>) -> Self {
        let line = self.field(name);
        line.out.push('[');
        for (number, id) in ids.enumerate() {
            if number > 0 {
                line.out.push(',');
            }
            push_id(line.out, id);
        }
        line.out.push(']');
        line
    }

    pub(super) fn text(self, name: &str, text: &str) -> Self {
        let line = self.field(name);
        line.out.push('"');
        line.out.push_str(text);
        line.out.push('"');
        line
    }

    pub(super) fn flag(self, name: &str, flag: bool) -> Self {
        let line = self.field(name);
        line.out.push_str(if flag { "true" } else { "false" });
        line
    }

    pub(super) fn number(self, name: &str, number: u16) -> Self {
        let line = self.field(name);
        // Writing to a text does not fail.
        let _ = write!(line.out, "{number}");
        line
    }

    /// A field with fields in it.
    pub(super) fn object(self, name: &str, fields: impl FnOnce(Self) -> Self) -> Self {
        let line = self.field(name);
        line.out.push('{');
        let line = fields(Self { is_first: true, ..line });
        line.out.push('}');
        Self { is_first: false, ..line }
    }

    pub(super) fn end(self) {
        self.out.push_str("}}\n");
    }
}

fn push_id(out: &mut String, id: Uuid) {
    out.push('"');
    out.push_str(id.hyphenated().encode_lower(&mut [0; Hyphenated::LENGTH]));
    out.push('"');
}
