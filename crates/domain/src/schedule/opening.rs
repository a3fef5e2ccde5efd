//! From schedules to bookable time: weekly hours, overrides, holidays and absences of each level,
//! and what the levels leave together.

use std::ops::RangeInclusive;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{
    LocalBound, Schedule, Span, Spans, TimeOff, TimeWindow, Weekday, WeeklyWindow, Zone,
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
        (epoch_day(self.from)..=epoch_day(self.to)).map(date_of)
    }

    /// Returns the instants from the first local midnight to the one after the last date.
    #[must_use]
    pub fn span(self, zone: &Zone) -> Span {
        Span { from: zone.midnight(self.from), to: zone.instant((epoch_day(self.to) + 1) * 1440) }
    }
}

/// What one level, or several together, say about a range of days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level {
    /// Where no level objects.
    open: Spans,
    /// Where at least one level names hours; `None` when one does so for every day.
    named: Option<Spans>,
}

impl Level {
    /// Lays the schedule's hours out over the days.
    #[must_use]
    pub fn new(zone: &Zone, range: DayRange, schedule: &Schedule) -> Self {
        let plan = Plan { zone, range, schedule };
        let cover = range.span(zone);
        let Windows { open, named } = plan.windows(plan.days());
        let set = |spans: Vec<Span>| spans.into_iter().map(|span| span.intersection(cover)).collect::<Spans>();
        let (open, absent) = (set(open), plan.absences());
        let open = if absent.is_empty() { open } else { open.minus(&absent) };
        Self { open, named: schedule.hours.is_none().then(|| set(named)) }
    }

    /// Returns what this level and another leave together.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let named = self.named.as_ref().zip(other.named.as_ref());
        Self {
            open: self.open.intersection(&other.open),
            named: named.map(|(own, its)| own.as_slice().iter().chain(its.as_slice()).copied().collect()),
        }
    }

    /// Returns the time to which no level objects, also where none names hours.
    #[must_use]
    pub const fn allowed(&self) -> &Spans {
        &self.open
    }

    /// Returns the time that can be booked.
    #[must_use]
    pub fn bookable(&self) -> Spans {
        self.named.as_ref().map_or_else(|| self.open.clone(), |named| self.open.intersection(named))
    }
}

/// Returns the time in the range during which all levels are open; see the module documentation.
#[must_use]
pub fn levels(zone: &Zone, range: DayRange, schedules: &[&Schedule]) -> Spans {
    let all = schedules.iter().map(|schedule| Level::new(zone, range, schedule));
    all.reduce(|both, next| both.and(&next)).map(|level| level.bookable()).unwrap_or_default()
}

impl Schedule {
    /// Returns the windows that begin on the dates, by weekly hours, overrides and holidays, in
    /// full also where they reach beyond; without breaks and time off.
    #[must_use]
    pub fn windows(&self, zone: &Zone, range: DayRange) -> Spans {
        let days = epoch_day(range.from)..=epoch_day(range.to);
        Plan { zone, range, schedule: self }.windows(days).named.into_iter().collect()
    }
}

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

/// Lays a schedule out over the days of a range.
struct Plan<'a> {
    zone: &'a Zone,
    range: DayRange,
    schedule: &'a Schedule,
}

/// The windows that begin on some days.
struct Windows {
    /// Everything that is open: the windows, and whole days of a level without hours.
    open: Vec<Span>,
    /// Only where hours are named.
    named: Vec<Span>,
}

impl Plan<'_> {
    /// The days whose windows can reach into the range: one more at the beginning, because a
    /// window may run over midnight.
    fn days(&self) -> RangeInclusive<i64> {
        epoch_day(self.range.from) - 1..=epoch_day(self.range.to)
    }

    /// Returns the windows that begin on the days, each in full.
    fn windows(&self, days: RangeInclusive<i64>) -> Windows {
        let dated = Dated::new(self.schedule, &days);
        let (mut open, mut named) = (Vec::new(), Vec::new());
        for day in days {
            let begin = open.len();
            if let Some(windows) = dated.windows(day) {
                open.extend(windows.map(|window| self.span(day, *window)));
            } else if let Some(hours) = &self.schedule.hours {
                self.weekly(day, hours, &mut open);
            } else {
                open.push(Span { from: self.zone.instant(day * 1440), to: self.zone.instant((day + 1) * 1440) });
                continue;
            }
            named.extend_from_slice(&open[begin..]);
        }
        Windows { open, named }
    }

    fn absences(&self) -> Spans {
        let mut spans = Vec::new();
        if !self.schedule.breaks.is_empty() {
            self.days().for_each(|day| self.weekly(day, &self.schedule.breaks, &mut spans));
        }
        let absent = |off: &TimeOff| Span { from: self.bound(off.from, 0), to: self.bound(off.to, 1) };
        spans.extend(self.schedule.time_off.iter().map(absent));
        spans.into_iter().collect()
    }

    fn weekly(&self, day: i64, windows: &[WeeklyWindow], into: &mut Vec<Span>) {
        // 1970-01-01 was a Thursday.
        let weekday = Weekday::from_monday_zero(day + 3);
        let todays = windows.iter().filter(|window| window.days.contains(weekday));
        into.extend(todays.map(|window| self.span(day, window.window())));
    }

    fn span(&self, day: i64, window: TimeWindow) -> Span {
        let (from, to) = window.minutes();
        let instant = |minute: u16| self.zone.instant(day * 1440 + i64::from(minute));
        Span { from: instant(from), to: instant(to) }
    }

    fn bound(&self, bound: LocalBound, date_adds_days: i64) -> i64 {
        match bound {
            LocalBound::Date(date) => self.zone.instant((epoch_day(date) + date_adds_days) * 1440),
            LocalBound::DateTime(at) => {
                let minute = i64::from(at.hour()) * 60 + i64::from(at.minute());
                self.zone.instant(epoch_day(at.date()) * 1440 + minute)
            }
        }
    }
}

/// The overrides and holidays that fall on the days asked about.
struct Dated<'a> {
    overrides: Vec<(i64, &'a [TimeWindow])>,
    holidays: Vec<(i64, i64)>,
}

impl<'a> Dated<'a> {
    fn new(schedule: &'a Schedule, days: &RangeInclusive<i64>) -> Self {
        let overrides = schedule.overrides.iter().map(|entry| (epoch_day(entry.date), entry.windows.as_slice()));
        let holidays = schedule.holidays.iter().map(|holiday| (epoch_day(holiday.from), epoch_day(holiday.to)));
        Self {
            overrides: overrides.filter(|(day, _)| days.contains(day)).collect(),
            holidays: holidays.filter(|(from, to)| from <= days.end() && days.start() <= to).collect(),
        }
    }

    /// Returns the windows that replace the weekly ones, or `None` on an ordinary day.
    fn windows(&self, day: i64) -> Option<impl Iterator<Item = &'a TimeWindow> + use<'a>> {
        let entry = self.overrides.iter().find(|(date, _)| *date == day).map(|(_, windows)| *windows);
        let holiday = || self.holidays.iter().any(|(from, to)| (from..=to).contains(&&day));
        entry.or_else(|| holiday().then_some(&[][..])).map(|windows| windows.iter())
    }
}
