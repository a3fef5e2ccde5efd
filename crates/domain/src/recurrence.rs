//! Recurring appointments: patterns, their occurrences, and what to do where one does not fit.
//!
//! A pattern is written as `weekly:mo,we,fr`, `biweekly:tu`, `monthly:15`, `monthly:last:friday`,
//! `every:3weeks:th`, or as an RFC 5545 rule. The first occurrence is the first date on or after
//! the start that the pattern names, and intervals count from it. A month without the 31st has no
//! occurrence on the 31st, unless the last day was asked for. The wall-clock time stays the same
//! over clock changes; a time the clock skips moves forward by the gap, and of a time it shows
//! twice the first one is meant.

mod dates;
mod error;
mod pattern;
mod plan;
mod rule;

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};

pub use error::Error;
pub use pattern::{MonthDay, Nth, Pattern};
pub use plan::{Calendar, Entry, Place, Plan, Refusal, State, Strategy, Wish, plan};
pub use rule::Rule;

/// Most occurrences of a series: a year of days.
pub const MAX_OCCURRENCES: usize = 366;
/// How many years after its start a series must be over.
const MAX_YEARS: i16 = 10;
/// The years a series can begin in.
const YEARS: std::ops::RangeInclusive<i16> = 2020..=2130;

/// A series as it is asked for, in the words of the request.
#[derive(Debug, Clone, Copy, Default)]
pub struct Request<'a> {
    /// The pattern; see the module's first lines.
    pub pattern: &'a str,
    /// The first possible local date, as in `2026-11-30`.
    pub start_date: &'a str,
    /// The wall-clock time, as in `15:30`.
    pub time: &'a str,
    /// The last possible local date, included; empty for none.
    pub end_date: &'a str,
    /// The number of occurrences; 0 for no such limit.
    pub count: u32,
    /// The branch's IANA time zone.
    pub time_zone: &'a str,
}

/// A series that was read and checked.
#[derive(Debug, Clone)]
pub struct Series {
    pattern: Pattern,
    start: Date,
    time: Time,
    until: Option<Date>,
    count: Option<u32>,
    zone: TimeZone,
}

/// One date of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    /// Its number in the series, from 1.
    pub number: u32,
    /// Local date and time as the pattern has it.
    pub local: DateTime,
    /// The instant; its local time differs from `local` where the clock skips that time.
    pub at: Timestamp,
}

impl Series {
    /// Reads a request; a wrong part is reported with the name of its field.
    pub fn parse(request: &Request<'_>) -> Result<Self, Error> {
        let pattern: Pattern = request.pattern.parse()?;
        let start: Date = request.start_date.trim().parse().map_err(|_| Error::StartDate)?;
        if !YEARS.contains(&start.year()) {
            return Err(Error::StartDate);
        }
        let time = read_time(request.time).ok_or(Error::Time)?;
        let until = match request.end_date.trim() {
            "" => None,
            text => Some(text.parse::<Date>().map_err(|_| Error::EndDate)?),
        };
        let count = (request.count > 0).then_some(request.count);
        let zone = TimeZone::get(request.time_zone).map_err(|_| Error::TimeZone)?;
        let series = Self { pattern, start, time, until, count, zone };
        series.check_end()?;
        Ok(series)
    }

    /// Returns the pattern.
    #[must_use]
    pub const fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// Returns the most occurrences there can be, when a number was given anywhere.
    fn limit(&self) -> Option<u32> {
        [self.count, self.pattern.rule().and_then(Rule::count)].into_iter().flatten().min()
    }

    fn check_end(&self) -> Result<(), Error> {
        let limit = self.limit();
        if limit.is_some_and(|count| count as usize > MAX_OCCURRENCES) {
            return Err(Error::Count);
        }
        if self.until.is_some_and(|until| until < self.start) {
            return Err(Error::EndBeforeStart);
        }
        if self.until.is_some_and(|until| until > self.horizon()) {
            return Err(Error::EndDate);
        }
        let is_bounded = limit.is_some() || self.until.is_some() || self.pattern.rule().is_some_and(Rule::has_until);
        if is_bounded { Ok(()) } else { Err(Error::Unbounded) }
    }

    /// The last date anything is looked for.
    fn horizon(&self) -> Date {
        self.start.saturating_add(MAX_YEARS.years())
    }

    /// Returns every occurrence in order.
    ///
    /// Fails when there is none, when there are more than [`MAX_OCCURRENCES`], and when the number
    /// asked for is not reached within ten years.
    pub fn expand(&self) -> Result<Vec<Occurrence>, Error> {
        let last = self.until.unwrap_or(self.horizon()).min(self.horizon());
        let limit = self.limit().map_or(MAX_OCCURRENCES + 1, |count| count as usize);
        let dates = self.pattern.dates(self.start, self.time, last, limit, &self.zone)?;
        if dates.is_empty() {
            return Err(Error::Never);
        }
        if dates.len() > MAX_OCCURRENCES {
            return Err(Error::TooMany);
        }
        let ends_by_itself = self.until.is_some() || self.pattern.rule().is_some_and(Rule::has_until);
        if !ends_by_itself && dates.len() < limit {
            return Err(Error::TooFar);
        }
        dates.into_iter().zip(1..).map(|(date, number)| self.occurrence(number, date)).collect()
    }

    fn occurrence(&self, number: u32, date: Date) -> Result<Occurrence, Error> {
        let local = date.to_datetime(self.time);
        let at = self.zone.to_ambiguous_timestamp(local).compatible().map_err(|_| Error::EndDate)?;
        Ok(Occurrence { number, local, at })
    }
}

/// Reads `9:30`, `09:30` or `09:30:00`: whole minutes.
fn read_time(text: &str) -> Option<Time> {
    let mut parts = text.trim().split(':');
    let number = |part: &str| -> Option<i8> {
        let is_short = (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        is_short.then(|| part.parse().ok()).flatten()
    };
    let (hour, minute) = (number(parts.next()?)?, number(parts.next()?)?);
    if parts.next().is_some_and(|seconds| seconds != "00") || parts.next().is_some() {
        return None;
    }
    Time::new(hour, minute, 0, 0).ok()
}

#[cfg(test)]
mod tests;
