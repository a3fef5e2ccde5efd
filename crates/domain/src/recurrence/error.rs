//! What can be wrong with a request for a series.

use crate::ErrorKind;

/// Why a series cannot be expanded; each error belongs to one field of the request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A part of the pattern is not understood.
    #[error("pattern {part:?} is not understood; accepted are {accepted}")]
    Pattern {
        /// The part, shortened.
        part: String,
        /// What could stand there.
        accepted: &'static str,
    },
    /// The RFC 5545 rule is wrong or asks for what appointments cannot do.
    #[error("pattern is no usable RFC 5545 rule: {reason}")]
    Rule {
        /// What is wrong with it.
        reason: String,
    },
    /// The start is no date, or far from the present.
    #[error("start_date is no date from 2020 to 2130, as in 2026-11-30")]
    StartDate,
    /// The time is no time of day.
    #[error("time is no time of day, as in 15:30")]
    Time,
    /// The end is no date, or too far away.
    #[error("end_date is no date within ten years of the start, as in 2027-06-30")]
    EndDate,
    /// The end is before the start.
    #[error("end_date is before start_date")]
    EndBeforeStart,
    /// The number of occurrences is too high.
    #[error("count is more than {}", super::MAX_OCCURRENCES)]
    Count,
    /// Nothing says when the series is over.
    #[error("end_date or count is missing: a series has to end")]
    Unbounded,
    /// The series has more occurrences than can be booked at once.
    #[error("end_date leaves more than {} occurrences", super::MAX_OCCURRENCES)]
    TooMany,
    /// So many occurrences take more than ten years.
    #[error("count is not reached within ten years")]
    TooFar,
    /// No date fits the pattern.
    #[error("pattern fits no date between start_date and the end")]
    Never,
    /// The zone is unknown.
    #[error("time_zone is no IANA name, as in Europe/Berlin")]
    TimeZone,
    /// The strategy is unknown.
    #[error("strategy is none of fail, skip, shift, other_staff, other_branch")]
    Strategy,
    /// The window for shifting is too wide.
    #[error("shift_window_min is more than {}", super::plan::MAX_SHIFT_MIN)]
    ShiftWindow,
}

impl Error {
    /// Returns the kind: always what was sent was wrong.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    /// Returns the field of the request that has to change.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Pattern { .. } | Self::Rule { .. } | Self::Never => "pattern",
            Self::StartDate => "start_date",
            Self::Time => "time",
            Self::EndDate | Self::EndBeforeStart | Self::Unbounded | Self::TooMany => "end_date",
            Self::Count | Self::TooFar => "count",
            Self::TimeZone => "time_zone",
            Self::Strategy => "strategy",
            Self::ShiftWindow => "shift_window_min",
        }
    }

    /// Returns the error for a part of a pattern, which is kept short: it may be anything.
    pub(super) fn part(part: &str, accepted: &'static str) -> Self {
        Self::Pattern { part: part.chars().take(40).collect(), accepted }
    }
}
