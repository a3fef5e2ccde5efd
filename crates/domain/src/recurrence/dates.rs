//! The dates a pattern names.

use jiff::{
    ToSpan,
    civil::{Date, Time},
    tz::TimeZone,
};

use super::{Error, MonthDay, Nth, Pattern};
use crate::schedule::{Days, Weekday};

impl Pattern {
    /// Returns at most `limit` dates from `start` to `last`, both included, in order.
    pub(super) fn dates(
        &self,
        start: Date,
        time: Time,
        last: Date,
        limit: usize,
        zone: &TimeZone,
    ) -> Result<Vec<Date>, Error> {
        let within = |dates: &mut dyn Iterator<Item = Date>| {
            dates.skip_while(|date| *date < start).take_while(|date| *date <= last).take(limit).collect()
        };
        Ok(match self {
            Self::Days { every } => within(&mut every_days(start, *every)),
            Self::Weeks { every, days } => {
                let days = if days.is_empty() { Days::default().with(weekday_of(start)) } else { *days };
                within(&mut every_weeks(start, *every, days))
            }
            Self::Months { every, days } => {
                let days = if days.is_empty() { vec![MonthDay::Day(start.day())] } else { days.clone() };
                // A month in which the days exist is at most four years away (29 February).
                let first =
                    months_from(start, 1).take(49).find(|month| in_month(*month, &days).iter().any(|d| *d >= start));
                match first {
                    Some(first) => {
                        within(&mut months_from(first, *every).flat_map(move |month| in_month(month, &days)))
                    }
                    None => Vec::new(),
                }
            }
            Self::Rule(rule) => rule.dates(start, time, last, limit, zone)?,
        })
    }
}

fn every_days(start: Date, every: u16) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(start), move |date| date.checked_add(i64::from(every).days()).ok())
}

fn weekday_of(date: Date) -> Weekday {
    Weekday::from_monday_zero(i64::from(date.weekday().to_monday_zero_offset()))
}

/// Weeks are counted from the one that holds the first occurrence.
fn every_weeks(start: Date, every: u16, days: Days) -> impl Iterator<Item = Date> {
    let mut week = every_days(start, 1).take(7);
    let first = week.find(|date| days.contains(weekday_of(*date)));
    let monday = first.and_then(|date| date.checked_sub(i64::from(weekday_of(date).monday_zero()).days()).ok());
    let mondays = std::iter::successors(monday, move |monday| monday.checked_add(i64::from(every).weeks()).ok());
    mondays.flat_map(move |monday| {
        days.iter().filter_map(move |day| monday.checked_add(i64::from(day.monday_zero()).days()).ok())
    })
}

/// First days of months, from the date's month on.
fn months_from(date: Date, every: u16) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(date.first_of_month()), move |month| month.checked_add(i64::from(every).months()).ok())
}

fn civil_weekday(day: Weekday) -> jiff::civil::Weekday {
    jiff::civil::Weekday::Monday.wrapping_add(day.monday_zero())
}

/// The days of one month, in order and each once.
fn in_month(month: Date, days: &[MonthDay]) -> Vec<Date> {
    let of = |day: &MonthDay| match day {
        MonthDay::Day(day) => Date::new(month.year(), month.month(), *day).ok(),
        MonthDay::Last => Some(month.last_of_month()),
        MonthDay::Weekday(Nth::Number(number), day) => month.nth_weekday_of_month(*number, civil_weekday(*day)).ok(),
        MonthDay::Weekday(Nth::Last, day) => month.nth_weekday_of_month(-1, civil_weekday(*day)).ok(),
    };
    let mut dates: Vec<_> = days.iter().filter_map(of).collect();
    dates.sort_unstable();
    dates.dedup();
    dates
}
