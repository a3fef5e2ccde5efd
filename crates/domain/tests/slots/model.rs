//! A slow model that looks at every minute, and a generator of schedules to compare it on.
//!
//! The model shares no code with the crate: it asks jiff about each bound, keeps one `bool` per
//! minute and checks every minute of every block.

use callflow_domain::{
    schedule::{
        DateOverride, DayRange, Days, Holiday, LocalBound, Schedule, Span, TimeOff, TimeWindow, WallTime, Weekday,
        WeeklyWindow,
    },
    slot::{Alignment, SlotRule},
};
use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, DateTime, date},
    tz::TimeZone,
};
use proptest::{collection::vec, option, prelude::*, sample::select};

/// A zone and a date near which something happens to its clock.
const PLACES: &[(&str, Date)] = &[
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("Europe/Berlin", date(2026, 6, 10)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Asia/Kathmandu", date(2026, 12, 31)),
    ("Asia/Beirut", date(2026, 3, 29)),
    ("Asia/Beirut", date(2026, 10, 25)),
    ("America/Santiago", date(2026, 4, 5)),
    ("America/Santiago", date(2026, 9, 6)),
    ("America/Havana", date(2024, 11, 3)),
    ("America/Nuuk", date(2026, 3, 28)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Africa/Cairo", date(2026, 4, 24)),
    ("Africa/Cairo", date(2026, 10, 30)),
    ("America/Havana", date(2026, 3, 8)),
    ("America/Asuncion", date(2023, 10, 1)),
    ("America/Asuncion", date(2024, 3, 24)),
    ("America/Asuncion", date(2026, 10, 4)),
];

/// So many cases; failures are reported with their smallest form and not kept in files.
pub(crate) fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) }
}

/// One question with everything it depends on.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) zone: &'static str,
    pub(crate) days: DayRange,
    pub(crate) schedules: [Schedule; 3],
    pub(crate) busy: Vec<Span>,
    pub(crate) rule: (i64, i64, i64, i64, Alignment),
}

impl Case {
    pub(crate) fn slot_rule(&self) -> SlotRule {
        let (duration, step, before, after, alignment) = self.rule;
        SlotRule::new(duration, step, alignment).unwrap().with_buffers(before, after).unwrap()
    }
}

/// Minutes of the day that are usually, but not always, multiples of five.
fn minute_of_day() -> impl Strategy<Value = u16> {
    prop_oneof![4 => (0_u16..96).prop_map(|quarter| quarter * 15), 2 => (0_u16..288).prop_map(|cell| cell * 5), 1 => 0_u16..1440]
}

fn window() -> impl Strategy<Value = TimeWindow> {
    (minute_of_day(), prop_oneof![minute_of_day(), Just(1439), Just(1440)]).prop_map(|(from, to)| TimeWindow {
        from: WallTime::from_minute(from).unwrap(),
        to: WallTime::from_minute(to).unwrap(),
    })
}

fn weekly() -> impl Strategy<Value = WeeklyWindow> {
    (prop_oneof![2 => Just(127_u8), 1 => 1_u8..128], window()).prop_map(|(bits, window)| {
        let days: Days = (0..7).filter(|day| bits >> day & 1 == 1).map(Weekday::from_monday_zero).collect();
        WeeklyWindow { days, from: window.from, to: window.to }
    })
}

fn bound(near: Date) -> impl Strategy<Value = LocalBound> {
    (-3_i64..4, option::of(minute_of_day())).prop_map(move |(days, minute)| {
        let day = near + SignedDuration::from_hours(days * 24);
        minute.map_or(LocalBound::Date(day), |minute| {
            LocalBound::DateTime(
                day.to_datetime(jiff::civil::Time::midnight()) + SignedDuration::from_mins(i64::from(minute)),
            )
        })
    })
}

fn schedule(near: Date) -> BoxedStrategy<Schedule> {
    let dated = move || (-2_i64..4).prop_map(move |days| near + SignedDuration::from_hours(days * 24));
    let overrides =
        (dated(), vec(window(), 0..3)).prop_map(|(date, windows)| DateOverride { date, windows, reason: None });
    let holidays = (dated(), 0_i64..2).prop_map(|(from, days)| Holiday {
        from,
        to: from + SignedDuration::from_hours(days * 24),
        name: "x".into(),
    });
    let time_off = (bound(near), bound(near)).prop_map(|(from, to)| TimeOff { from, to, reason: None });
    (
        option::weighted(0.7, vec(weekly(), 1..4)),
        rarely(weekly()),
        rarely(overrides),
        rarely(holidays),
        rarely(time_off),
    )
        .prop_map(|(hours, breaks, overrides, holidays, time_off)| Schedule {
            hours,
            breaks,
            overrides,
            holidays,
            time_off,
        })
        .boxed()
}

/// Mostly nothing, because each of these closes so much that hardly anything would be left.
fn rarely<T: std::fmt::Debug>(entry: impl Strategy<Value = T>) -> impl Strategy<Value = Vec<T>> {
    option::weighted(0.25, entry).prop_map(|entry| entry.into_iter().collect())
}

/// Boxed, because the plain types of such strategies take more stack than a test thread has.
pub(crate) fn case() -> BoxedStrategy<Case> {
    let rule = (
        prop_oneof![3 => select(vec![15_i64, 30, 45, 60, 90]), 1 => 1_i64..200],
        prop_oneof![select(vec![5_i64, 15, 20, 30, 60]), 1_i64..100],
        select(vec![0_i64, 0, 5, 10, 7]),
        select(vec![0_i64, 0, 5, 15, 3]),
        select(vec![Alignment::Clock, Alignment::Range]),
    );
    (select(PLACES), 1_i64..4)
        .prop_flat_map(move |((zone, near), days)| {
            let from = near - SignedDuration::from_hours(24);
            let range = DayRange::new(from, from + SignedDuration::from_hours((days - 1) * 24)).unwrap();
            let begin = midnight(&TimeZone::get(zone).unwrap(), from);
            let appointment = (
                -100_i64..days * 1440,
                prop_oneof![4 => (1_i64..30).prop_map(|cells| cells * 5), 1 => 1_i64..90],
                prop_oneof![5 => Just(0_i64), 1 => 0_i64..5],
            );
            let busy = vec(
                appointment.prop_map(move |(at, minutes, odd)| {
                    let from = begin + at - at.rem_euclid(5) + odd;
                    Span { from, to: from + minutes }
                }),
                0..12,
            );
            (Just((zone, range)), schedule(near), schedule(near), schedule(near), busy, rule.clone()).prop_map(
                |((zone, days), company, branch, staff, busy, rule)| {
                    // A company rarely says more than its holidays; else hardly anything would be open.
                    let company = Schedule { hours: None, time_off: Vec::new(), ..company };
                    Case { zone, days, schedules: [company, branch, staff], busy, rule }
                },
            )
        })
        .boxed()
}

fn minute_of(time_zone: &TimeZone, at: DateTime) -> i64 {
    time_zone.to_ambiguous_timestamp(at).compatible().unwrap().as_second() / 60
}

fn midnight(time_zone: &TimeZone, date: Date) -> i64 {
    minute_of(time_zone, date.to_datetime(jiff::civil::Time::midnight()))
}

/// Which minutes of a stretch are free.
#[derive(Clone)]
pub(crate) struct Model {
    time_zone: TimeZone,
    from: i64,
    pub(crate) free: Vec<bool>,
}

impl Model {
    pub(crate) fn new(case: &Case) -> Self {
        let time_zone = TimeZone::get(case.zone).unwrap();
        let next = case.days.last() + SignedDuration::from_hours(24);
        let (from, to) = (midnight(&time_zone, case.days.first()), midnight(&time_zone, next));
        let mut model = Self { time_zone, from, free: vec![true; (to - from) as usize] };
        let mut named = vec![false; model.free.len()];
        for schedule in &case.schedules {
            let level = model.level(case.days, schedule, &mut named);
            model.free.iter_mut().zip(level).for_each(|(free, open)| *free &= open);
        }
        model.free.iter_mut().zip(named).for_each(|(free, named)| *free &= named);
        case.busy.iter().for_each(|busy| model.mark(*busy, false, None));
        model
    }

    /// Returns the same minutes without those of more appointments.
    pub(crate) fn with_busy(&self, busy: &[Span]) -> Self {
        let mut model = self.clone();
        busy.iter().for_each(|busy| model.mark(*busy, false, None));
        model
    }

    fn mark(&mut self, span: Span, value: bool, only: Option<&mut Vec<bool>>) {
        let from = self.from;
        let minutes = only.unwrap_or(&mut self.free);
        for minute in span.from..span.to {
            if let Some(place) = usize::try_from(minute - from).ok().and_then(|index| minutes.get_mut(index)) {
                *place = value;
            }
        }
    }

    fn level(&mut self, days: DayRange, schedule: &Schedule, named: &mut Vec<bool>) -> Vec<bool> {
        let mut open = vec![false; self.free.len()];
        let mut absent = Vec::new();
        let mut day = days.first() - SignedDuration::from_hours(24);
        while day <= days.last() {
            let weekly = |windows: &[WeeklyWindow]| -> Vec<TimeWindow> {
                let weekday = i64::from(day.weekday().to_monday_zero_offset());
                let todays = windows.iter().filter(|window| window.days.contains(Weekday::from_monday_zero(weekday)));
                todays.map(|window| window.window()).collect()
            };
            let mut overridden = schedule.overrides.iter().filter(|entry| entry.date == day).peekable();
            let holiday = schedule.holidays.iter().any(|holiday| holiday.from <= day && day <= holiday.to);
            let windows = if overridden.peek().is_some() {
                Some(overridden.next().unwrap().windows.clone())
            } else if holiday {
                Some(Vec::new())
            } else {
                schedule.hours.as_deref().map(weekly)
            };
            match windows {
                None => self.mark(
                    Span {
                        from: midnight(&self.time_zone, day),
                        to: midnight(&self.time_zone, day + SignedDuration::from_hours(24)),
                    },
                    true,
                    Some(&mut open),
                ),
                Some(windows) => {
                    for window in windows {
                        let span = self.span(day, window);
                        self.mark(span, true, Some(&mut open));
                        self.mark(span, true, Some(named));
                    }
                }
            }
            absent.extend(weekly(&schedule.breaks).into_iter().map(|window| self.span(day, window)));
            day += SignedDuration::from_hours(24);
        }
        absent.extend(schedule.time_off.iter().map(|off| self.time_off(off)));
        absent.into_iter().for_each(|span| self.mark(span, false, Some(&mut open)));
        open
    }

    fn span(&self, day: Date, window: TimeWindow) -> Span {
        let to = if window.to.minute() == 1439 { 1440 } else { window.to.minute() };
        let to = if to <= window.from.minute() { to + 1440 } else { to };
        let at =
            |minute: u16| day.to_datetime(jiff::civil::Time::midnight()) + SignedDuration::from_mins(i64::from(minute));
        Span { from: minute_of(&self.time_zone, at(window.from.minute())), to: minute_of(&self.time_zone, at(to)) }
    }

    fn time_off(&self, off: &TimeOff) -> Span {
        let from = match off.from {
            LocalBound::Date(date) => midnight(&self.time_zone, date),
            LocalBound::DateTime(at) => minute_of(&self.time_zone, at),
        };
        let to = match off.to {
            LocalBound::Date(date) => midnight(&self.time_zone, date + SignedDuration::from_hours(24)),
            LocalBound::DateTime(at) => minute_of(&self.time_zone, at),
        };
        Span { from, to }
    }

    fn is_free(&self, minute: i64) -> bool {
        usize::try_from(minute - self.from).ok().and_then(|index| self.free.get(index)).copied().unwrap_or(false)
    }

    /// For every free minute the first minute of its free stretch.
    fn run_begins(&self) -> Vec<i64> {
        let mut begin = self.from;
        let each = self.free.iter().zip(self.from..).map(|(free, minute)| {
            if !free {
                begin = minute + 1;
            }
            begin
        });
        each.collect()
    }

    /// Every start, found by looking at every minute of every block.
    pub(crate) fn starts(&self, rule: (i64, i64, i64, i64, Alignment)) -> Vec<i64> {
        let (duration, step, before, after, alignment) = rule;
        let fits = |start: &i64| (start - before..start + duration + after).all(|minute| self.is_free(minute));
        let run_begins = self.run_begins();
        let aligned = |start: &i64| match alignment {
            Alignment::Clock => {
                let instant = Timestamp::from_second(start * 60).unwrap();
                i64::from(self.time_zone.to_datetime(instant).minute()) % step == 0
            }
            Alignment::Range => {
                let earliest = start - before;
                (earliest - run_begins[(earliest - self.from) as usize]) % step == 0
            }
        };
        let all = self.from..self.from + self.free.len() as i64;
        all.filter(fits).filter(aligned).collect()
    }
}
