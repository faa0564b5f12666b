//! What a report states of itself: all that is needed to make it again, byte for byte, and to check it against the log.

use procura_domain::{
    id::{CustomerId, PartnerId},
    named,
    state::State,
    temporal::{Moment, Position, Timestamp},
    vocabulary::Locale,
};
use serde::{Deserialize, Serialize};

/// What a report is of, at which moment, by which rules and log. Every form of a report has it inside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    pub report: ReportName,
    /// How it was asked for.
    pub parameters: Parameters,
    /// The moment it is about.
    pub at: Stamp,
    /// Of when the names of people in it are; none if it has no names of people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names: Option<NamesStated>,
    /// The version of the rules.
    pub rules: String,
    /// The signed note of the log at that position.
    pub checkpoint: String,
}

/// Of when the names of people in a report are. Names are no part of what does not change: they may be given anew, and
/// erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamesStated {
    /// They are as they were at this position: that of the report, or a later one at which one of them was given or erased.
    pub position: Position,
}

/// How a report was asked for, beside its moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    pub format: Format,
    /// In which language its page is written.
    pub lang: Locale,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<PartnerId>,
    /// Of what happened after this moment …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Stamp>,
    /// … and up to this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Stamp>,
}

/// A position and an instant, which is written in whole microseconds and so is read back the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stamp {
    pub position: Position,
    #[serde(with = "micros")]
    pub time: Timestamp,
}

impl Stamp {
    /// A position of the log with the time it was recorded at; none beyond the log.
    pub(crate) fn of(state: &State, position: Position) -> Option<Self> {
        state.timeline.recorded_at(position).map(|time| Self { position, time })
    }

    /// The moment it stands for.
    pub fn moment(self) -> Moment {
        Moment { position: self.position, at: self.time }
    }

    /// The instant, as it is written.
    pub fn instant(self) -> String {
        micros::text(&self.time)
    }
}

impl From<Moment> for Stamp {
    /// What is finer than a microsecond falls away: no recorded time lies in between.
    fn from(Moment { position, at }: Moment) -> Self {
        let time = Timestamp::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at);
        Self { position, time }
    }
}

mod micros {
    use chrono::SecondsFormat;
    use procura_domain::temporal::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de};
    use std::borrow::Cow;

    pub(super) fn text(at: &Timestamp) -> String {
        at.to_rfc3339_opts(SecondsFormat::Micros, true)
    }

    pub(super) fn serialize<S: Serializer>(at: &Timestamp, into: S) -> Result<S::Ok, S::Error> {
        into.serialize_str(&text(at))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        let text = Cow::<str>::deserialize(from)?;
        chrono::DateTime::parse_from_rfc3339(&text).map(Into::into).map_err(de::Error::custom)
    }
}

named! {
    /// The reports there are.
    ReportName {
        /// Every grant in force.
        AccessReview "access-review",
        /// What partners still hold after their privileges or relationship ended.
        ResidualAccess "residual-access",
        /// Which partners hold DAP with whom.
        DapInventory "dap-inventory",
        /// What began and ended between two moments.
        Changes "changes",
        /// Who owes whom support.
        SupportDuties "support-duties",
    }
}

named! {
    /// The forms a report comes in.
    Format {
        Json "json",
        Csv "csv",
        /// For people: one page that needs nothing else.
        Html "html",
    }
}

impl Statement {
    pub(crate) fn line(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}
