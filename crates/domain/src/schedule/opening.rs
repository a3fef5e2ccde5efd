//! Whether a branch is open on a date, and why not.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Schedule, Spans};

/// Whether a branch is open on a date, and if not, why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Opening {
    /// It is open at some time of the date.
    Open,
    /// It has no hours that day.
    Closed {
        /// The reason the override of that date gives.
        reason: Option<String>,
    },
    /// It is a holiday.
    Holiday {
        /// The holiday's name, as spoken to a caller.
        name: String,
    },
}

impl Opening {
    /// Returns what the levels, outermost first, make of a date on which they leave the bookable
    /// time.
    #[must_use]
    pub fn of(date: Date, schedules: &[&Schedule], bookable: &Spans) -> Self {
        let overrides = |schedule: &&&Schedule| !schedule.overrides.iter().any(|entry| entry.date == date);
        let mut holidays = schedules.iter().filter(overrides).flat_map(|schedule| &schedule.holidays);
        if let Some(holiday) = holidays.find(|holiday| holiday.contains(date)) {
            return Self::Holiday { name: holiday.name.clone() };
        }
        if !bookable.is_empty() {
            return Self::Open;
        }
        let closing = schedules.iter().flat_map(|schedule| &schedule.overrides);
        let entry = closing.into_iter().find(|entry| entry.date == date && entry.windows.is_empty());
        Self::Closed { reason: entry.and_then(|entry| entry.reason.clone()) }
    }
}
