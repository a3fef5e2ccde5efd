//! Several hundred generated schedules near clock changes, against the model.

use callflow_domain::{
    cell::{BitRow, CellSize, Starts},
    schedule::{DayRange, Schedule, Span, WeeklyWindow, Zone, levels},
    slot::{Alignment, SlotGrid, SlotRule},
};
use jiff::civil::date;
use proptest::{collection::vec, prelude::*, strategy::ValueTree, test_runner::TestRunner};

use crate::model::{Case, Model, case, config};

/// The crate's answer to the same question.
fn row(case: &Case, zone: &Zone) -> BitRow {
    let open = levels(zone, case.days, &case.schedules.each_ref());
    let mut row = BitRow::free_during(case.days.span(zone), &open);
    case.busy.iter().for_each(|busy| row.block_exactly(*busy));
    row
}

proptest! {
    #![proptest_config(config(250))]

    #[test]
    fn generated_schedules_agree_with_looking_at_every_minute(case in case()) {
        let zone = Zone::load(case.zone).unwrap();
        let (model, row) = (Model::new(&case), row(&case, &zone));
        let cover = case.days.span(&zone);
        let free: Vec<bool> = (cover.from..cover.to).map(|minute| row.is_free(Span { from: minute, to: minute + 1 })).collect();
        prop_assert!(free == model.free, "free time differs");
        let grid = SlotGrid::new(&zone, cover, case.slot_rule());
        let starts = grid.starts(&row);
        let expected = model.starts(case.rule);
        prop_assert_eq!(&starts.to_vec(), &expected);
        let middle = (cover.from + cover.to) / 2;
        prop_assert_eq!(grid.first(&[&row], middle, 3), expected.iter().copied().filter(|start| *start >= middle).take(3).collect::<Vec<_>>());
        prop_assert_eq!(starts.before(middle), expected.iter().copied().rfind(|start| *start < middle));
        let mut nearest = expected;
        nearest.sort_by_key(|start| ((start - middle).abs(), *start));
        prop_assert_eq!(starts.nearest(middle).collect::<Vec<_>>(), nearest);
    }

    #[test]
    fn anybody_is_free_when_somebody_is(first in case(), busy in vec((0_i64..3000, 1_i64..200), 0..6), count in 1_usize..8) {
        let zone = Zone::load(first.zone).unwrap();
        let cover = first.days.span(&zone);
        let second = Case { busy: busy.iter().map(|(at, length)| Span { from: cover.from + at, to: cover.from + at + length }).collect(), ..first.clone() };
        let rows = [row(&first, &zone), row(&second, &zone)];
        let rows: Vec<&BitRow> = rows.iter().collect();
        let grid = SlotGrid::new(&zone, cover, first.slot_rule());
        let mut expected = [Model::new(&first).starts(first.rule), Model::new(&second).starts(first.rule)].concat();
        expected.sort_unstable();
        expected.dedup();
        prop_assert_eq!(grid.union(&rows).to_vec(), expected.clone());
        expected.truncate(count);
        prop_assert_eq!(grid.first(&rows, cover.from, count), expected);
    }

    #[test]
    fn sequences_are_what_trying_every_start_finds(case in case(), second in (1_i64..120, 0_i64..90), third in (1_i64..120, 0_i64..90)) {
        let (zone, model) = (Zone::load(case.zone).unwrap(), Model::new(&case));
        let (row, cover) = (row(&case, &zone), case.days.span(&zone));
        let part = |duration| {
            let rule = (duration, 1, 0, 0, Alignment::Clock);
            let grid = SlotGrid::new(&zone, cover, SlotRule::new(duration, 1, Alignment::Clock).unwrap());
            (grid.starts(&row), model.starts(rule))
        };
        let parts = [SlotGrid::new(&zone, cover, case.slot_rule()).starts(&row), part(second.0).0, part(third.0).0];
        let lists = [model.starts(case.rule), part(second.0).1, part(third.0).1];
        let offsets = [0, case.rule.0 + second.1, case.rule.0 + second.1 + second.0 + third.1];
        let expected: Vec<i64> = lists[0].iter().copied().filter(|start| {
            lists.iter().zip(offsets).all(|(list, offset)| list.binary_search(&(start + offset)).is_ok())
        }).collect();
        let together: Vec<_> = parts.iter().zip(offsets).collect();
        prop_assert_eq!(Starts::sequence(&together).to_vec(), expected.clone());
        let reversed: Vec<_> = together.into_iter().rev().collect();
        prop_assert_eq!(Starts::sequence(&reversed).to_vec(), expected);
    }
}

/// Busy times of one person, always the same: one every two hours or so, not all of them at multiples of five.
fn appointments(cover: Span, seed: i64) -> Vec<Span> {
    let mut at = cover.from + seed * 7 % 60;
    let mut all = Vec::new();
    while at < cover.to {
        let length = [10, 15, 20, 45, 33][(at + seed).rem_euclid(5) as usize];
        all.push(Span { from: at, to: at + length });
        at += length + [5, 40, 65, 90, 125, 31][(at / 3 + seed).rem_euclid(6) as usize];
    }
    all
}

#[test]
fn fifty_people_over_thirty_days_agree_where_clocks_are_strange() {
    let hours = |from: &str, to: &str| WeeklyWindow {
        days: "mo-su".parse().unwrap(),
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
    };
    for (zone, from, to) in [
        ("Australia/Lord_Howe", date(2026, 3, 20), date(2026, 4, 18)),
        ("Africa/Cairo", date(2026, 4, 10), date(2026, 5, 9)),
        ("America/Havana", date(2026, 10, 10), date(2026, 11, 8)),
        ("America/Asuncion", date(2024, 3, 10), date(2024, 4, 8)),
    ] {
        let loaded = Zone::load(zone).unwrap();
        let days = DayRange::new(from, to).unwrap();
        let cover = days.span(&loaded);
        // The second window runs over midnight, where three of these zones change their clocks.
        let weekly = Schedule::weekly(vec![hours("09:00", "13:00"), hours("20:00", "02:30")]);
        let schedules = [weekly, Schedule::default(), Schedule::default()];
        let open = Model::new(&Case {
            zone,
            days,
            schedules: schedules.clone(),
            busy: Vec::new(),
            rule: (30, 15, 0, 0, Alignment::Clock),
        });
        let mut union = Vec::new();
        let mut rows = Vec::new();
        for person in 0..50 {
            let busy = appointments(cover, person);
            // The hours are everybody's, so the model works them out once.
            let model = open.with_busy(&busy);
            let rule = (30, 15, 0, 0, Alignment::Clock);
            let case = Case { zone, days, schedules: schedules.clone(), busy, rule };
            let row = row(&case, &loaded);
            let expected = model.starts(rule);
            assert_eq!(
                SlotGrid::new(&loaded, cover, case.slot_rule()).starts(&row).to_vec(),
                expected,
                "{zone} {person}"
            );
            assert!(!expected.is_empty());
            union.extend(expected);
            rows.push(row);
        }
        union.sort_unstable();
        union.dedup();
        let rule = SlotRule::new(30, 15, Alignment::Clock).unwrap();
        let all = SlotGrid::new(&loaded, cover, rule).union(&rows.iter().collect::<Vec<_>>()).to_vec();
        assert_eq!(all, union, "{zone}");
    }
}

#[test]
fn the_generated_cases_are_worth_comparing() {
    let mut runner = TestRunner::deterministic();
    let (mut with_starts, mut in_minutes) = (0, 0);
    for _ in 0..300 {
        let case = case().new_tree(&mut runner).unwrap().current();
        let row = row(&case, &Zone::load(case.zone).unwrap());
        with_starts += usize::from(!Model::new(&case).starts(case.rule).is_empty());
        in_minutes += usize::from(row.size() == CellSize::Minute);
    }
    assert!((120..=290).contains(&with_starts), "{with_starts} of 300 have a start");
    assert!((60..=240).contains(&in_minutes), "{in_minutes} of 300 need one-minute cells");
}
