//! Workloads of any size, always the same: people with split shifts and twelve appointments a day.

use callflow_domain::{
    schedule::{DayRange, Span, Zone},
    slot::Alignment,
};
use jiff::{SignedDuration, civil::date};
use serde_json::json;

use crate::workload::File;

/// Returns so many days from 11 January 2027 on.
pub(crate) fn range(days: i64) -> DayRange {
    let first = date(2027, 1, 11);
    DayRange::new(first, first + SignedDuration::from_hours((days - 1) * 24)).expect("a month of 2027 is accepted")
}

/// Returns the busy times of one person: twelve a day of 10 to 30 minutes, about three quarters of the day.
pub(crate) fn busy(zone: &Zone, days: DayRange, seed: u64) -> Vec<Span> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = |below: u64| {
        // Knuth's linear congruential generator; quality does not matter here, sameness does.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % below) as i64
    };
    let mut all = Vec::new();
    for day in days.dates() {
        let mut at = zone.midnight(day) + 540;
        for _ in 0..12 {
            at += next(6) * 5;
            let length = [10, 15, 20, 30][next(4) as usize];
            all.push(Span::new(at, at + length));
            at += length;
        }
    }
    all
}

/// Returns the question when so many people have half an hour on these days, in Berlin.
pub(crate) fn workload(people: u64, days: DayRange) -> File {
    let zone = Zone::load("Europe/Berlin").expect("Berlin is in the time zone database");
    let pairs = |seed| busy(&zone, days, seed).iter().map(|span| [span.from, span.to]).collect::<Vec<_>>();
    let person = |seed| json!({ "id": seed, "busy": pairs(seed) });
    let hours = |from: &str, to: &str| json!({ "days": [0, 1, 2, 3, 4, 5, 6], "from": from, "to": to });
    let file = json!({
        "tz": zone.name(), "from": days.first().to_string(), "to": days.last().to_string(),
        "duration_min": 30, "step_min": 15,
        "hours": [hours("09:00", "12:00"), hours("13:00", "18:00")],
        "staff": (1..=people).map(person).collect::<Vec<_>>(),
    });
    File::parse(&file.to_string(), Alignment::Clock).unwrap_or_else(|problem| panic!("{problem}"))
}
