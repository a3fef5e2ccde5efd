//! Opening and working hours as documents: what companies, branches, staff and rooms write down.
//!
//! A [`Schedule`] is stored as JSON and written by people in the catalog file. The same document
//! describes three levels: the company, the branch and the staff member. How they combine:
//!
//! 1. Every level that defines `hours` restricts: a person can be booked only while all levels
//!    that say anything are open (intersection). A level without `hours` allows everything; an
//!    empty list (`hours: []`) allows nothing. Where no level says anything, nobody can be booked.
//! 2. A dated override replaces the weekly hours of its own level on its date, also when that
//!    level has none; `windows: []` closes the date. Other levels keep their say.
//! 3. A holiday closes its own level on its dates, unless the same level overrides the date.
//! 4. Breaks and time off of any level subtract, whatever the hours and overrides say.
//!
//! A window belongs to the local date it begins on. When `to` is not after `from` it ends on the
//! next date (`22:00`-`02:00`), and a holiday on that next date does not cut its tail, just as an
//! override there does not. A level without weekly hours is closed by a holiday from local
//! midnight to local midnight.
//!
//! Times are wall-clock times of the branch. A time the clock skips moves forward by the gap, a
//! time the clock shows twice means the first one; [`Zone`] has the details.

mod check;
mod dated;
mod level;
mod opening;
mod plan;
mod range;
mod span;
mod wall;
mod weekday;
mod written;
mod zone;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use check::Problem;
pub use dated::{DateOverride, Holiday, LocalBound, TimeOff};
pub use level::{Level, levels};
pub use opening::Opening;
pub use range::DayRange;
pub(crate) use span::minute_at_or_after;
pub use span::{Span, Spans};
pub use wall::{TimeWindow, WallTime, WeeklyWindow};
pub use weekday::{Days, Weekday};
pub use zone::Zone;
pub(crate) use zone::{ACCEPTED, accepts};

/// The hours of one level: company, branch or staff member.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Schedule {
    /// Weekly hours; `None` leaves the decision to the other levels, an empty list means never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<Vec<WeeklyWindow>>,
    /// Weekly times that are not bookable although the hours include them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub breaks: Vec<WeeklyWindow>,
    /// Dates with hours of their own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<DateOverride>,
    /// Dates on which this level is closed, with the name that is spoken to a caller.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<Holiday>,
    /// Absences: vacation, illness, a training day.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub time_off: Vec<TimeOff>,
}

impl Schedule {
    /// Returns a schedule with these weekly hours and nothing else.
    #[must_use]
    pub fn weekly(hours: Vec<WeeklyWindow>) -> Self {
        Self { hours: Some(hours), ..Self::default() }
    }

    /// Returns everything that is wrong with the document, each with the field it is in; empty
    /// when it is fine.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        check::problems(self)
    }
}
