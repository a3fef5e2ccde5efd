//! Ranges of local dates, limited to what can be answered.

use std::ops::RangeInclusive;

use jiff::civil::Date;

use super::{
    Span, Zone,
    zone::{accepts, date_of, epoch_day},
};
use crate::slot::Error;

/// Local dates from one to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DayRange {
    from: Date,
    to: Date,
}

impl DayRange {
    /// Most days that can be asked about at once: a year, with its leap day.
    pub const LONGEST_DAYS: i64 = 366;

    /// Returns the range, checked before any work is done on it.
    ///
    /// # Errors
    /// Dates outside the accepted ones, reversed dates and ranges longer than
    /// [`Self::LONGEST_DAYS`] are refused.
    pub fn new(from: Date, to: Date) -> Result<Self, Error> {
        if let Some(date) = [from, to].into_iter().find(|date| !accepts(*date)) {
            return Err(Error::DateOutside { date });
        }
        match epoch_day(to) - epoch_day(from) + 1 {
            ..=0 => Err(Error::DatesReversed { from, to }),
            days if days > Self::LONGEST_DAYS => Err(Error::DatesTooMany { days }),
            _ => Ok(Self { from, to }),
        }
    }

    /// Returns the range of one date.
    ///
    /// # Errors
    /// A date outside the accepted ones is refused.
    pub fn one(date: Date) -> Result<Self, Error> {
        Self::new(date, date)
    }

    /// Returns the first date.
    #[must_use]
    pub const fn first(self) -> Date {
        self.from
    }

    /// Returns the last date.
    #[must_use]
    pub const fn last(self) -> Date {
        self.to
    }

    /// Lists the dates in order.
    pub fn dates(self) -> impl Iterator<Item = Date> {
        self.epoch_days().map(date_of)
    }

    /// The dates as days since 1970-01-01.
    pub(super) fn epoch_days(self) -> RangeInclusive<i64> {
        epoch_day(self.from)..=epoch_day(self.to)
    }

    /// Returns the instants from the first local midnight to the one after the last date.
    #[must_use]
    pub fn span(self, zone: &Zone) -> Span {
        Span { from: zone.midnight(self.from), to: zone.instant((epoch_day(self.to) + 1) * 1440) }
    }
}
