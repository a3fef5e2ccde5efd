//! Strategies do what they say, and nothing planned overlaps anything.

use proptest::prelude::{prop, prop_assert, prop_assert_eq, proptest};

use super::*;
use crate::{
    id::CompanyId,
    recurrence::{Error, Request, Series},
    slot::Alignment,
};

/// A calendar from a list of busy times.
#[derive(Default)]
struct Diary {
    staff: Vec<(BranchId, StaffId)>,
    busy: Vec<(StaffId, i64, i64)>,
    rule: Option<SlotRule>,
}

impl Calendar for Diary {
    fn refusal(&self, place: Place, start: Timestamp) -> Option<Refusal> {
        let block = self.rule?.block_at(start.as_second() / 60);
        let hits =
            |(staff, from, to): &(StaffId, i64, i64)| *staff == place.staff && *from < block.to && block.from < *to;
        self.busy.iter().any(hits).then_some(Refusal::Taken)
    }

    fn staff(&self, branch: BranchId, _: Timestamp) -> Vec<StaffId> {
        self.staff.iter().filter(|(of, _)| *of == branch).map(|(_, staff)| *staff).collect()
    }

    fn other_branches(&self, branch: BranchId) -> Vec<BranchId> {
        let mut all: Vec<_> = self.staff.iter().map(|(of, _)| *of).filter(|of| *of != branch).collect();
        all.dedup();
        all
    }
}

fn company() -> CompanyId {
    CompanyId::from_slug("haarwerk")
}

fn place(branch: &str, staff: &str) -> Place {
    Place { branch: company().branch(branch), staff: company().staff(staff) }
}

fn mondays() -> Vec<Occurrence> {
    let request = Request {
        pattern: "weekly:mo",
        start_date: "2026-11-02",
        time: "10:00",
        count: 4,
        time_zone: "Europe/Berlin",
        ..Request::default()
    };
    Series::parse(&request).unwrap().expand().unwrap()
}

fn wish(staff: Option<&str>) -> Wish {
    let rule = SlotRule::new(30, 15, Alignment::Clock).unwrap().with_buffers(0, 5).unwrap();
    Wish { branch: company().branch("mitte"), staff: staff.map(|staff| company().staff(staff)), rule, step_min: 15 }
}

/// Sofia has another customer on the second Monday from 9:45 to 10:20, local time.
fn diary() -> Diary {
    let second = mondays()[1].at.as_second() / 60;
    let people = [place("mitte", "sofia"), place("mitte", "mehmet"), place("west", "zeynep")];
    Diary {
        staff: people.map(|place| (place.branch, place.staff)).to_vec(),
        busy: vec![(company().staff("sofia"), second - 15, second + 20)],
        rule: Some(wish(None).rule),
    }
}

fn second(strategies: &str, window: u32, diary: &Diary) -> (String, Option<(Place, i64)>, bool) {
    let strategies = Strategy::parse(strategies, window).unwrap();
    let plan = plan(&mondays(), &wish(Some("sofia")), &strategies, diary);
    let entry = plan.entries[1];
    let booking = entry.booking.map(|(place, at)| (place, at.duration_since(entry.occurrence.at).as_mins()));
    assert!(plan.entries.iter().enumerate().all(|(index, entry)| index == 1 || entry.state == State::Free));
    (entry.state.as_str().to_owned(), booking, plan.is_bookable())
}

#[test]
fn each_strategy_does_what_it_says() {
    let diary = diary();
    let sofia = place("mitte", "sofia");
    for (strategies, window, state, booking, bookable) in [
        ("fail", 0, "conflict", None, false),
        ("", 0, "conflict", None, false),
        ("skip", 0, "skipped", None, true),
        ("shift", 0, "shifted", Some((sofia, 30)), true),
        ("shift", 15, "conflict", None, false),
        ("other_staff", 0, "other_staff", Some((place("mitte", "mehmet"), 0)), true),
        ("other_branch", 0, "other_branch", Some((place("west", "zeynep"), 0)), true),
        ("shift,skip", 15, "skipped", None, true),
        ("other_staff, shift", 60, "other_staff", Some((place("mitte", "mehmet"), 0)), true),
        ("fail,skip", 0, "conflict", None, false),
    ] {
        assert_eq!(second(strategies, window, &diary), (state.to_owned(), booking, bookable), "{strategies} {window}");
    }
}

#[test]
fn of_two_equally_near_times_the_later_is_taken_and_buffers_count() {
    let mut diary = diary();
    let at = mondays()[1].at.as_second() / 60;
    diary.busy = vec![(company().staff("sofia"), at, at + 30)];
    assert_eq!(second("shift", 60, &diary).1, Some((place("mitte", "sofia"), 30)));
    // Thirty minutes earlier would end at the hour, but the five minutes after it would not.
    diary.busy.push((company().staff("sofia"), at + 30, at + 120));
    assert_eq!(second("shift", 60, &diary).1, Some((place("mitte", "sofia"), -45)));
}

#[test]
fn whoever_is_best_stays_with_the_series_where_possible() {
    let plan = plan(&mondays(), &wish(None), &[Strategy::Fail], &diary());
    let people: Vec<_> = plan.bookings().map(|(place, _)| place.staff).collect();
    let (sofia, mehmet) = (company().staff("sofia"), company().staff("mehmet"));
    assert_eq!(people, [sofia, mehmet, mehmet, mehmet]);
}

#[test]
fn nobody_at_all_is_a_conflict_with_its_reason() {
    let plan = plan(&mondays(), &wish(None), &[Strategy::OtherBranch], &Diary::default());
    assert!(plan.entries.iter().all(|entry| entry.state == State::Conflict(Refusal::Nobody)));
    assert!(!plan.is_bookable());
    let skipped = super::plan(&mondays(), &wish(None), &[Strategy::Skip], &Diary::default());
    assert!(!skipped.is_bookable(), "a series of nothing is no series");
}

#[test]
fn unknown_strategies_and_wide_windows_are_refused() {
    for (text, window, error) in
        [("maybe", 0, Error::Strategy), ("skip,", 0, Error::Strategy), ("shift", 721, Error::ShiftWindow)]
    {
        assert_eq!(Strategy::parse(text, window), Err(error), "{text}");
    }
    assert_eq!(Error::ShiftWindow.field(), "shift_window_min");
}

proptest! {
    #[test]
    fn nothing_planned_overlaps_anything(
        busy in prop::collection::vec((0_usize..3, 0_i64..10_080, 1_i64..600), 0..60),
        pattern in prop::sample::select(vec!["daily", "weekly:mo,tu,we", "every:2days"]),
        ladder in prop::sample::select(vec!["shift", "shift,other_staff,other_branch,skip", "other_staff,skip", "skip"]),
        named: bool,
    ) {
        let mut diary = diary();
        let first = mondays()[0].at.as_second() / 60;
        diary.busy = busy.iter().map(|(who, from, length)| (diary.staff[*who].1, first + from, first + from + length)).collect();
        let request = Request { pattern, start_date: "2026-11-02", time: "10:00", count: 7, time_zone: "Europe/Berlin", ..Request::default() };
        let occurrences = Series::parse(&request).unwrap().expand().unwrap();
        let mut wish = wish(named.then_some("sofia"));
        wish.rule = SlotRule::new(700, 15, Alignment::Clock).unwrap().with_buffers(30, 30).unwrap();
        diary.rule = Some(wish.rule);
        let plan = plan(&occurrences, &wish, &Strategy::parse(ladder, 720).unwrap(), &diary);
        prop_assert_eq!(plan.entries.len(), occurrences.len());
        let mut blocks = diary.busy.clone();
        for (place, at) in plan.bookings() {
            let block = wish.rule.block_at(at.as_second() / 60);
            prop_assert!(diary.staff.contains(&(place.branch, place.staff)));
            prop_assert!(blocks.iter().all(|(staff, from, to)| *staff != place.staff || block.to <= *from || *to <= block.from));
            blocks.push((place.staff, block.from, block.to));
        }
        for entry in &plan.entries {
            let is_free = entry.state == State::Free;
            prop_assert_eq!(is_free, entry.refusal.is_none());
            prop_assert_eq!(is_free, entry.booking.is_some_and(|(place, at)| {
                at == entry.occurrence.at && place.branch == wish.branch && wish.staff.is_none_or(|staff| staff == place.staff)
            }) && is_free);
        }
    }
}
