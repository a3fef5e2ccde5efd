//! What can be wrong with a question about free time.

use jiff::civil::Date;

use crate::ErrorKind;
use crate::schedule::DayRange;

use super::SlotRule;

/// A question about free time that cannot be answered; each text says what is accepted.
///
/// These are found before any work is done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The time zone is not in the database.
    #[error("unknown time zone {name:?}; accepted are IANA names such as Europe/Berlin")]
    UnknownZone {
        /// The name as given, cut at 64 characters.
        name: String,
    },
    /// A date is too far in the past or future to be asked about.
    #[error("the date {date} is outside the accepted dates {}", crate::schedule::ACCEPTED)]
    DateOutside {
        /// The date as given.
        date: Date,
    },
    /// A range of dates ends before it begins.
    #[error("the dates end on {to}, before they begin on {from}")]
    DatesReversed {
        /// First date as given.
        from: Date,
        /// Last date as given.
        to: Date,
    },
    /// A range of dates is too long.
    #[error("{days} days asked for; accepted are 1 to {}", DayRange::LONGEST_DAYS)]
    DatesTooMany {
        /// How many were asked for.
        days: i64,
    },
    /// A window of instants ends at or before its beginning.
    #[error("the time wanted ends before it begins; the end has to be later than the beginning")]
    WindowReversed,
    /// The times of day asked for do not occur in the window.
    #[error("the times of day wanted do not occur between the beginning and the end of the time wanted")]
    WindowEmpty,
    /// The service takes no time or too much.
    #[error("a duration of {minutes} minutes; accepted are 1 to {}", SlotRule::LONGEST_MIN)]
    Duration {
        /// The duration as given.
        minutes: i64,
    },
    /// A buffer before or after the service is too long.
    #[error("a buffer of {minutes} minutes; accepted are 0 to {}", SlotRule::LONGEST_BUFFER_MIN)]
    Buffer {
        /// The buffer as given.
        minutes: i64,
    },
    /// The distance between starts is zero or too long.
    #[error("a step of {minutes} minutes; accepted are 1 to {}", SlotRule::LONGEST_MIN)]
    Step {
        /// The step as given.
        minutes: i64,
    },
    /// The number of answers wanted is zero or too high.
    #[error("{count} answers asked for; accepted are 1 to {accepted}")]
    Count {
        /// The number as given.
        count: usize,
        /// The highest accepted number.
        accepted: usize,
    },
    /// Notice or advance is longer than any calendar.
    #[error("{field} of {value}; accepted are 0 to {accepted}")]
    Policy {
        /// Which of the two, with its unit.
        field: &'static str,
        /// The value as given.
        value: i64,
        /// The highest accepted value.
        accepted: i64,
    },
    /// A busy time ends before it begins.
    #[error("a busy time ends before it begins; the end has to be later than the beginning")]
    BusyReversed,
}

impl Error {
    /// Returns the name of the field that is wrong, as requests for free time call it.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::UnknownZone { .. } => "time_zone",
            Self::DateOutside { .. }
            | Self::DatesReversed { .. }
            | Self::DatesTooMany { .. }
            | Self::WindowReversed => "window",
            Self::WindowEmpty => "time_from_min",
            Self::Duration { .. } => "duration_min",
            Self::Buffer { .. } => "buffer_min",
            Self::Step { .. } => "step_min",
            Self::Count { .. } => "limit",
            Self::Policy { .. } => "policies",
            Self::BusyReversed => "busy",
        }
    }

    /// Returns what sort of failure this is: all of these are the question's own fault.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }
}
