//! A schedule's windows on the days asked about: weekly hours, overrides, holidays and absences.

use std::{cell::Cell, ops::RangeInclusive};

use super::{LocalBound, Schedule, Span, Spans, TimeOff, TimeWindow, Weekday, WeeklyWindow, Zone, zone::epoch_day};

/// Lays a schedule out over days, which are counted from 1970-01-01.
pub(super) struct Plan<'a> {
    zone: &'a Zone,
    schedule: &'a Schedule,
    /// Where in the zone the last window was; the next is usually near.
    place: Cell<usize>,
}

/// The windows that begin on some days.
pub(super) struct Windows {
    /// Everything that is open: the windows, and whole days of a level without hours.
    pub(super) open: Vec<Span>,
    /// Only the windows; left out for a level with hours, where everything is a window.
    pub(super) named: Option<Vec<Span>>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(zone: &'a Zone, schedule: &'a Schedule) -> Self {
        Self { zone, schedule, place: Cell::default() }
    }

    /// Returns the windows that begin on the days, each in full.
    pub(super) fn windows(&self, days: &RangeInclusive<i64>) -> Windows {
        let dated = Dated::new(self.schedule, days);
        let (mut open, mut named) = (Vec::with_capacity(days.clone().count() * 2), Vec::new());
        for day in days.clone() {
            let begin = open.len();
            if let Some(windows) = dated.windows(day) {
                open.extend(windows.map(|window| self.span(day, *window)));
            } else if let Some(hours) = &self.schedule.hours {
                self.weekly(day, hours, &mut open);
            } else {
                open.push(Span { from: self.zone.instant(day * 1440), to: self.zone.instant((day + 1) * 1440) });
                continue;
            }
            if self.schedule.hours.is_none() {
                named.extend_from_slice(&open[begin..]);
            }
        }
        Windows { open, named: self.schedule.hours.is_none().then_some(named) }
    }

    /// Returns the breaks of the days, and all time off.
    pub(super) fn absences(&self, days: &RangeInclusive<i64>) -> Spans {
        let mut spans = Vec::new();
        if !self.schedule.breaks.is_empty() {
            days.clone().for_each(|day| self.weekly(day, &self.schedule.breaks, &mut spans));
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
        let mut place = self.place.get();
        let mut instant = |minute: u16| self.zone.instant_from(day * 1440 + i64::from(minute), &mut place);
        let span = Span { from: instant(from), to: instant(to) };
        self.place.set(place);
        span
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
