//! Whole numbers that have a least and a greatest value.

use serde::{Deserialize, Deserializer, Serialize, de};

/// A whole number from `MIN` to `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Between<const MIN: u32, const MAX: u32, const DEFAULT: u32>(u32);

impl<const MIN: u32, const MAX: u32, const DEFAULT: u32> Between<MIN, MAX, DEFAULT> {
    /// The number, if it is one of those.
    pub fn new(number: u32) -> Option<Self> {
        (MIN..=MAX).contains(&number).then_some(Self(number))
    }

    pub const fn number(self) -> u32 {
        self.0
    }
}

impl<const MIN: u32, const MAX: u32, const DEFAULT: u32> Default for Between<MIN, MAX, DEFAULT> {
    fn default() -> Self {
        Self(DEFAULT)
    }
}

impl<'de, const MIN: u32, const MAX: u32, const DEFAULT: u32> Deserialize<'de> for Between<MIN, MAX, DEFAULT> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let given = i64::deserialize(deserializer)?;
        let number = u32::try_from(given).ok().and_then(Self::new);
        number.ok_or_else(|| de::Error::custom(format!("{given} is not a number from {MIN} to {MAX}")))
    }
}

/// How long a reader may keep an event before it is given to another: from a second to twelve hours.
pub type VisibilitySeconds = Between<1, 43_200, 30>;
/// How often an event is given out before it is parked.
pub type Tries = Between<1, 100, 5>;
