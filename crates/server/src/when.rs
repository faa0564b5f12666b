//! Moments as callers write them: a position, or an RFC 3339 time.

use procura_domain::temporal::{Position, Timestamp};
use procura_engine::When;

/// Reads a moment: `17` is a position, `2020-06-19T08:00:00Z` a time.
///
/// # Errors
/// A sentence, where it is neither.
pub fn parse_when(text: &str) -> Result<When, String> {
    if let Ok(position) = text.parse() {
        return Ok(When::Position(Position(position)));
    }
    let at = Timestamp::from(chrono::DateTime::parse_from_rfc3339(text).map_err(|_| {
        format!("`{}` is neither a position like 17 nor a time like 2020-06-19T08:00:00Z", text.escape_debug())
    })?);
    Ok(When::At(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_position_or_a_time() {
        assert_eq!(parse_when("17"), Ok(When::Position(Position(17))));
        let noon = parse_when("2020-06-19T12:00:00Z");
        assert_eq!(noon, parse_when("2020-06-19T14:00:00+02:00"));
        assert!(matches!(noon, Ok(When::At(_))));
        for bad in ["", "-1", "yesterday", "2020-06-19", "18446744073709551616"] {
            assert!(parse_when(bad).is_err(), "{bad}");
        }
    }
}
