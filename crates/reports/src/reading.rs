//! Finding the statement inside a report.

use crate::{csv, html::STATEMENT_BEGINS, statement::Statement};

/// A file that has no statement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is not a report of Procura: it has no statement of its moment and parameters that can be read")]
pub struct NoStatement;

impl Statement {
    /// Finds the statement inside a report of any form.
    ///
    /// # Errors
    /// [`NoStatement`] if there is none.
    pub fn read(report: &[u8]) -> Result<Self, NoStatement> {
        let text = std::str::from_utf8(report).map_err(|_| NoStatement)?;
        let found = if text.starts_with('{') {
            serde_json::from_str(text).ok()
        } else if text.starts_with('<') {
            let inside = text.rsplit_once(STATEMENT_BEGINS).and_then(|(_, rest)| rest.split_once('<'));
            inside.and_then(|(statement, _)| serde_json::from_str(statement).ok())
        } else {
            csv::statement(text).and_then(|statement| serde_json::from_str(&statement).ok())
        };
        found.ok_or(NoStatement)
    }
}
