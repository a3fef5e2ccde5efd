//! How long the questions about free time take, as one flat JSON object of microseconds.
//!
//! `w1` is one person on one day, `w2` eight people in two weeks, `w50` fifty people in thirty
//! days; each with appointments of its own making, always the same. `search` is a whole search
//! with offers, over the snapshots of eight people in two weeks.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

#[path = "../examples/slots/bench.rs"]
mod bench;
#[path = "../examples/slots/made.rs"]
mod made;
#[path = "../examples/slots/workload.rs"]
mod workload;

use std::hint::black_box;

use callflow_domain::{
    day::{BranchRows, Busy, DaySnapshot, StaffRow},
    hold::Resource,
    id::CompanyId,
    policy::Weights,
    schedule::{DayRange, Schedule, Span, Zone},
    search::{SearchRequest, ServiceNeed, Wish, search},
    slot::{Alignment, SlotRule},
};
use made::{busy, range, workload};
use serde_json::{Map, Value, json};

fn snapshots(zone: &Zone, people: u64, days: DayRange) -> Vec<DaySnapshot> {
    let company = CompanyId::from_slug("bench");
    let id = |seed: u64| company.staff(&seed.to_string());
    let hours: Schedule = serde_json::from_str(
        r#"{"hours":[{"days":"mo-su","from":"09:00","to":"12:00"},{"days":"mo-su","from":"13:00","to":"18:00"}]}"#,
    )
    .unwrap();
    let row = |seed| StaffRow {
        id: id(seed),
        schedule: Schedule::default(),
        schedule_version: 1,
        skills: vec!["cut".into()],
        languages: Vec::new(),
    };
    let taken =
        |seed| busy(zone, days, seed).into_iter().map(move |span| Busy { resource: Resource::Staff(id(seed)), span });
    let rows = BranchRows {
        branch: company.branch("one"),
        zone,
        company: &Schedule::default(),
        schedule: &hours,
        staff: &(1..=people).map(row).collect::<Vec<_>>(),
        rooms: &[],
        busy: &(1..=people).flat_map(taken).collect::<Vec<_>>(),
        read_at: Span::new(zone.midnight(days.first()), 0).begin(),
    };
    rows.days(days).unwrap()
}

fn request(zone: &Zone, days: DayRange) -> SearchRequest {
    SearchRequest {
        service: ServiceNeed {
            rule: SlotRule::new(30, 15, Alignment::Clock).unwrap(),
            notice_min: 60,
            advance_days: 90,
            required_skills: vec!["cut".into()],
            room_kind: None,
        },
        wish: Wish::Earliest(days.span(zone)),
        times: None,
        only: Vec::new(),
        without: Vec::new(),
        language: None,
        preferences: Vec::new(),
        weights: Weights::default(),
        count: 3,
        now: Span::new(zone.midnight(days.first()), 0).begin(),
    }
}

fn main() {
    let mut figures = Map::new();
    for (name, people, days) in [("w1", 1, 1), ("w2", 8, 14), ("w50", 50, 30)] {
        let measured = bench::figures(&workload(people, range(days)));
        figures.insert(format!("slots.{name}_us"), measured["lists_from_rows_us"].clone());
        figures.insert(format!("slots.{name}_union_us"), measured["union_warm_us"].clone());
        figures.insert(format!("slots.{name}_first_five_us"), measured["first_five_us"].clone());
    }
    let (zone, days) = (Zone::load("Europe/Berlin").unwrap(), range(14));
    let (snapshots, request) = (snapshots(&zone, 8, days), request(&zone, days));
    let bytes: Vec<Vec<u8>> = snapshots.iter().map(DaySnapshot::to_bytes).collect();
    let found = bench::median_micros(|| drop(black_box(search(&zone, black_box(&snapshots), &[], &request))));
    let read =
        bench::median_micros(|| bytes.iter().for_each(|day| drop(black_box(DaySnapshot::from_bytes(black_box(day))))));
    figures.insert("slots.search_us".into(), json!(found));
    figures.insert("slots.snapshots_from_bytes_us".into(), json!(read));
    println!("{}", Value::Object(figures));
}
