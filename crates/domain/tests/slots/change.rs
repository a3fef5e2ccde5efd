//! Opening hours on days with a clock change, worked out by hand from the zones' rules.

use callflow_domain::{
    cell::BitRow,
    schedule::{DayRange, Schedule, Span, WeeklyWindow, Zone},
    slot::{Alignment, SlotGrid, SlotRule},
};
use jiff::{Timestamp, civil::Date};

/// Zone, local date, hours on the wall clock, and the same in UTC; `-` is no time at all.
const HOURS: &[(&str, &str, &str, &str)] = &[
    // The clock goes from 2:00 to 3:00 at 01:00Z.
    ("Europe/Berlin", "2026-03-29", "01:00-04:00", "2026-03-29T00:00Z 2026-03-29T02:00Z"),
    ("Europe/Berlin", "2026-03-29", "02:30-05:00", "2026-03-29T01:30Z 2026-03-29T03:00Z"),
    ("Europe/Berlin", "2026-03-29", "01:00-02:30", "2026-03-29T00:00Z 2026-03-29T01:30Z"),
    ("Europe/Berlin", "2026-03-29", "02:00-02:30", "2026-03-29T01:00Z 2026-03-29T01:30Z"),
    ("Europe/Berlin", "2026-03-29", "02:30-03:15", "-"),
    ("Europe/Berlin", "2026-03-29", "00:00-24:00", "2026-03-28T23:00Z 2026-03-29T22:00Z"),
    ("Europe/Berlin", "2026-03-28", "22:00-02:00", "2026-03-28T21:00Z 2026-03-29T01:00Z"),
    ("Europe/Berlin", "2026-03-29", "13:00-18:00", "2026-03-29T11:00Z 2026-03-29T16:00Z"),
    // From 3:00 back to 2:00 at 01:00Z.
    ("Europe/Berlin", "2026-10-25", "01:00-04:00", "2026-10-24T23:00Z 2026-10-25T03:00Z"),
    ("Europe/Berlin", "2026-10-25", "02:30-05:00", "2026-10-25T00:30Z 2026-10-25T04:00Z"),
    ("Europe/Berlin", "2026-10-25", "01:00-02:30", "2026-10-24T23:00Z 2026-10-25T00:30Z"),
    ("Europe/Berlin", "2026-10-25", "02:15-02:45", "2026-10-25T00:15Z 2026-10-25T00:45Z"),
    ("Europe/Berlin", "2026-10-25", "20:00-23:59", "2026-10-25T19:00Z 2026-10-25T23:00Z"),
    ("Europe/Berlin", "2026-10-24", "22:00-06:00", "2026-10-24T20:00Z 2026-10-25T05:00Z"),
    ("America/New_York", "2026-03-08", "01:00-03:00", "2026-03-08T06:00Z 2026-03-08T07:00Z"),
    ("America/New_York", "2026-11-01", "01:30-03:00", "2026-11-01T05:30Z 2026-11-01T08:00Z"),
    // Half an hour: from 2:00 back to 1:30 at 15:00Z, from 2:00 to 2:30 at 15:30Z.
    ("Australia/Lord_Howe", "2026-04-05", "01:00-03:00", "2026-04-04T14:00Z 2026-04-04T16:30Z"),
    ("Australia/Lord_Howe", "2026-04-05", "01:45-02:15", "2026-04-04T14:45Z 2026-04-04T15:45Z"),
    ("Australia/Lord_Howe", "2026-10-04", "02:15-03:00", "2026-10-03T15:45Z 2026-10-03T16:00Z"),
    ("Australia/Lord_Howe", "2026-10-04", "01:00-04:00", "2026-10-03T14:30Z 2026-10-03T17:00Z"),
    ("Asia/Kathmandu", "2026-03-29", "09:00-17:00", "2026-03-29T03:15Z 2026-03-29T11:15Z"),
    // At midnight: the date begins at 1:00, or its eve has the hour before midnight twice.
    ("Asia/Beirut", "2026-03-29", "00:00-24:00", "2026-03-28T22:00Z 2026-03-29T21:00Z"),
    ("Asia/Beirut", "2026-03-29", "00:30-03:00", "2026-03-28T22:30Z 2026-03-29T00:00Z"),
    ("Asia/Beirut", "2026-03-28", "20:00-24:00", "2026-03-28T18:00Z 2026-03-28T22:00Z"),
    ("Asia/Beirut", "2026-10-24", "22:00-23:59", "2026-10-24T19:00Z 2026-10-24T22:00Z"),
    ("Asia/Beirut", "2026-10-24", "23:30-24:00", "2026-10-24T20:30Z 2026-10-24T22:00Z"),
    ("Asia/Beirut", "2026-10-25", "00:00-06:00", "2026-10-24T22:00Z 2026-10-25T04:00Z"),
    ("America/Santiago", "2026-09-06", "00:00-02:00", "2026-09-06T04:00Z 2026-09-06T05:00Z"),
    ("America/Santiago", "2026-04-04", "22:00-24:00", "2026-04-05T01:00Z 2026-04-05T04:00Z"),
    // After midnight: the first hour of the date comes twice.
    ("America/Havana", "2024-11-03", "00:00-02:00", "2024-11-03T04:00Z 2024-11-03T07:00Z"),
    ("America/Havana", "2024-11-02", "22:00-23:59", "2024-11-03T02:00Z 2024-11-03T04:00Z"),
    ("America/Havana", "2024-11-03", "00:30-01:00", "2024-11-03T04:30Z 2024-11-03T06:00Z"),
    // The hour before midnight is skipped; an end in it moves beyond midnight.
    ("America/Nuuk", "2026-03-28", "20:00-23:30", "2026-03-28T22:00Z 2026-03-29T01:30Z"),
    ("America/Nuuk", "2026-03-28", "20:00-24:00", "2026-03-28T22:00Z 2026-03-29T01:00Z"),
    // A whole day is skipped: its hours are those of the next.
    ("Pacific/Apia", "2011-12-30", "09:00-17:00", "2011-12-30T19:00Z 2011-12-31T03:00Z"),
];

/// Zone, local date, hours, minutes of duration and step, and the starts in UTC.
const STARTS: &[(&str, &str, &str, i64, &[&str])] = &[
    ("Europe/Berlin", "2026-03-29", "01:00-04:00", 30, &["00:00", "00:30", "01:00", "01:30"]),
    ("Europe/Berlin", "2026-03-29", "12:30-14:00", 30, &["10:30", "11:00", "11:30"]),
    ("Europe/Berlin", "2026-10-25", "02:30-03:30", 30, &["00:30", "01:00", "01:30", "02:00"]),
    ("Europe/Berlin", "2026-01-15", "22:30-23:59", 30, &["21:30", "22:00", "22:30"]),
    ("Australia/Lord_Howe", "2026-04-05", "01:00-03:00", 30, &["14:00", "14:30", "15:00", "15:30", "16:00"]),
    ("Australia/Lord_Howe", "2026-04-05", "01:00-03:00", 60, &["14:00", "15:30"]),
    ("Australia/Lord_Howe", "2026-10-04", "01:00-04:00", 60, &["14:30", "16:00"]),
    ("Asia/Kathmandu", "2026-03-29", "09:00-10:00", 20, &["03:15", "03:35", "03:55"]),
    ("Asia/Beirut", "2026-10-24", "22:00-24:00", 45, &["19:00", "19:45", "20:00", "20:45", "21:00"]),
    ("America/Havana", "2024-03-10", "00:00-02:00", 60, &["05:00"]),
];

fn schedule(hours: &str) -> Schedule {
    let (from, to) = hours.split_once('-').unwrap();
    let window = WeeklyWindow { days: "mo-su".parse().unwrap(), from: from.parse().unwrap(), to: to.parse().unwrap() };
    Schedule::weekly(vec![window])
}

fn day(date: &str) -> DayRange {
    DayRange::one(date.parse::<Date>().unwrap()).unwrap()
}

#[test]
fn hours_on_days_with_a_clock_change_are_those_worked_out_by_hand() {
    for &(zone, date, hours, expected) in HOURS {
        let windows = schedule(hours).windows(&Zone::load(zone).unwrap(), day(date));
        let expected: Vec<Span> =
            expected.split_once(' ').into_iter().map(|(from, to)| Span::around(instant(from), instant(to))).collect();
        assert_eq!(windows.as_slice(), expected, "{zone} {date} {hours}");
    }
}

#[test]
fn starts_follow_the_local_clock_through_its_changes() {
    for &(name, date, hours, minutes, expected) in STARTS {
        let zone = Zone::load(name).unwrap();
        let windows = schedule(hours).windows(&zone, day(date));
        let rule = SlotRule::new(minutes, minutes, Alignment::Clock).unwrap();
        let starts =
            SlotGrid::new(&zone, windows.cover(), rule).starts(&BitRow::free_during(windows.cover(), &windows));
        let clock = |start: &i64| format!("{:02}:{:02}", start.rem_euclid(1440) / 60, start.rem_euclid(60));
        assert_eq!(starts.to_vec().iter().map(clock).collect::<Vec<_>>(), expected, "{name} {date} {hours}");
    }
}

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}
