//! Mistakes others made with free time, each as a test; the list is in the project's notes.

use std::time::{Duration, Instant};

use callflow_domain::{
    cell::{BitRow, CellSize, Starts},
    schedule::{DayRange, Schedule, Span, Spans, WeeklyWindow, Zone},
    slot::{Alignment, Error, SlotGrid, SlotRule},
};
use jiff::{Timestamp, civil::date};

fn berlin() -> Zone {
    Zone::load("Europe/Berlin").unwrap()
}

fn hours(from: &str, to: &str) -> Schedule {
    let window = WeeklyWindow { days: "mo-su".parse().unwrap(), from: from.parse().unwrap(), to: to.parse().unwrap() };
    Schedule::weekly(vec![window])
}

fn minute(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_second() / 60
}

#[test]
fn wall_clock_and_utc_are_never_compared() {
    let day = DayRange::one(date(2026, 7, 1)).unwrap();
    let open = hours("09:00", "12:00").windows(&berlin(), day);
    let mut row = BitRow::free_during(open.cover(), &open);
    // 10:00 in Berlin is 08:00Z in summer; read as 10:00Z it would be noon and block nothing here.
    row.block(Span::new(minute("2026-07-01T08:00Z"), minute("2026-07-01T08:30Z")));
    let rule = SlotRule::new(30, 30, Alignment::Clock).unwrap();
    let starts = SlotGrid::new(&berlin(), open.cover(), rule).starts(&row).to_vec();
    let expected = ["07:00", "07:30", "08:30", "09:00", "09:30"].map(|time| minute(&format!("2026-07-01T{time}Z")));
    assert_eq!(starts, expected);
}

#[test]
fn a_short_gap_between_appointments_is_not_offered_for_a_long_service() {
    let (cover, rule) = (Span::new(0, 1440), SlotRule::new(45, 15, Alignment::Clock).unwrap());
    let mut row = BitRow::free_during(cover, &Spans::one(Span::new(540, 720)));
    row.block(Span::new(570, 600));
    row.block(Span::new(630, 660));
    let starts = SlotGrid::new(&Zone::load("UTC").unwrap(), cover, rule).starts(&row);
    assert_eq!(starts.to_vec(), [660, 675], "neither the half hour at 9:00 nor the one at 10:00 is enough");
}

#[test]
fn afternoons_are_not_an_hour_off_on_the_day_of_the_clock_change() {
    for (day, first) in [(date(2026, 3, 29), "2026-03-29T11:00Z"), (date(2026, 10, 25), "2026-10-25T12:00Z")] {
        let windows = hours("13:00", "18:00").windows(&berlin(), DayRange::one(day).unwrap());
        assert_eq!(windows.as_slice(), [Span::new(minute(first), minute(first) + 300)]);
    }
}

#[test]
fn the_last_slot_of_the_day_and_windows_over_midnight_are_kept() {
    let range = DayRange::new(date(2026, 6, 1), date(2026, 6, 2)).unwrap();
    let rule = SlotRule::new(30, 30, Alignment::Clock).unwrap();
    let local = |start: i64| (start + 120).rem_euclid(1440);
    for (from, to, last) in [("20:00", "23:59", 23 * 60 + 30), ("20:00", "24:00", 23 * 60 + 30), ("22:00", "02:00", 90)]
    {
        let open = hours(from, to).windows(&berlin(), range);
        let starts = SlotGrid::new(&berlin(), open.cover(), rule).starts(&BitRow::free_during(open.cover(), &open));
        assert_eq!(starts.to_vec().last().copied().map(local), Some(last), "{from}-{to}");
        assert_eq!(starts.len(), 16, "{from}-{to}");
    }
    // Two windows that touch at midnight are one: a service may run through it.
    let open = hours("00:00", "24:00").windows(&berlin(), range);
    assert_eq!(open.as_slice().len(), 1);
}

#[test]
fn a_sequence_needs_each_person_for_the_whole_of_their_part() {
    let cover = Span::new(0, 1440);
    let rule = |minutes| SlotRule::new(minutes, 15, Alignment::Clock).unwrap();
    let utc = Zone::load("UTC").unwrap();
    let starts = |free: &[(i64, i64)], minutes| {
        let spans = free.iter().map(|&(from, to)| Span::new(from, to)).collect();
        SlotGrid::new(&utc, cover, rule(minutes)).starts(&BitRow::free_during(cover, &spans))
    };
    // The colourist is free when the colour would begin after a cut at 9:00, but not for an hour.
    let (cut, colour) = (starts(&[(540, 720)], 45), starts(&[(600, 645), (660, 780)], 60));
    assert_eq!(Starts::sequence(&[(&cut, 0), (&colour, 60)]).to_vec(), [600, 615, 630, 645, 660]);
}

#[test]
fn fifty_people_over_thirty_days_take_no_noticeable_time() {
    let range = DayRange::new(date(2026, 10, 10), date(2026, 11, 8)).unwrap();
    let started = Instant::now();
    let open = hours("09:00", "18:00").windows(&berlin(), range);
    let rule = SlotRule::new(30, 15, Alignment::Clock).unwrap();
    let grid = SlotGrid::new(&berlin(), open.cover(), rule).starts(&BitRow::free_during(open.cover(), &open)).len();
    assert_eq!(grid, 30 * 35);
    let zone = berlin();
    let grid = SlotGrid::new(&zone, open.cover(), rule);
    for person in 0..50 {
        let mut row = BitRow::free_during(open.cover(), &open);
        (0..360).for_each(|nth| {
            row.block_exactly(Span::new(open.cover().from + nth * 120 + person, open.cover().from + nth * 120 + 20))
        });
        assert!(!grid.starts(&row).is_empty());
    }
    // 15 s elsewhere; unoptimised and on a busy machine this takes a tenth of a second.
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
}

#[test]
fn what_cannot_be_asked_is_refused_with_what_can() {
    let rule = |minutes| SlotRule::new(minutes, 15, Alignment::Clock).unwrap_err().to_string();
    for minutes in [0, -30, 1200, i64::MAX, i64::MIN] {
        assert_eq!(rule(minutes), format!("a duration of {minutes} minutes; accepted are 1 to 720"));
    }
    assert_eq!(SlotRule::new(30, 0, Alignment::Range).unwrap_err(), Error::Step { minutes: 0 });
    let buffered = SlotRule::new(30, 15, Alignment::Clock).unwrap().with_buffers(-5, 0);
    assert_eq!(buffered.unwrap_err().to_string(), "a buffer of -5 minutes; accepted are 0 to 240");
    let range = |from, to| DayRange::new(from, to).unwrap_err().to_string();
    assert_eq!(
        range(date(2026, 5, 2), date(2026, 5, 1)),
        "the dates end on 2026-05-01, before they begin on 2026-05-02"
    );
    assert_eq!(range(date(2026, 1, 1), date(2053, 5, 18)), "10000 days asked for; accepted are 1 to 366");
    let far = "the date 9999-12-31 is outside the accepted dates 1980-01-01 to 2199-12-31";
    assert_eq!(range(date(2026, 1, 1), date(9999, 12, 31)), far);
    let zone = Zone::load("Europe/Atlantis").unwrap_err().to_string();
    assert_eq!(zone, "unknown time zone \"Europe/Atlantis\"; accepted are IANA names such as Europe/Berlin");
    assert!(BitRow::none(CellSize::Five, Span::new(0, 0)).is_empty());
}
