//! Median times of the three questions a call asks most.

use std::{hint::black_box, time::Instant};

use callflow_domain::cell::BitRow;
use serde_json::{Map, Value, json};

use crate::workload::{File, Plan};

/// How often each question is timed; the median of so many is steady to a few per cent.
const ROUNDS: usize = 501;
/// A round lasts at least this long, so that reading the clock does not count.
const ROUND_NANOS: u128 = 20_000;

/// Times the file's questions; those of several cases are added up.
pub(crate) fn figures(file: &File) -> Map<String, Value> {
    let plans: Vec<&Plan> = match file {
        File::Staff(plan) => vec![plan],
        File::Cases(cases) => cases.iter().map(|(_, plan)| plan).collect(),
    };
    let prepared: Vec<_> = plans.iter().map(|plan| (plan.lists().0, plan.grid())).collect();
    let warm: Vec<(Vec<&BitRow>, _)> = prepared.iter().map(|(rows, grid)| (rows.iter().collect(), grid)).collect();
    let lists = median_micros(|| plans.iter().for_each(|plan| drop(black_box(black_box(plan).lists()))));
    let union =
        median_micros(|| warm.iter().for_each(|(rows, grid)| drop(black_box(grid.union(black_box(rows)).to_vec()))));
    let first = median_micros(|| {
        warm.iter().for_each(|(rows, grid)| drop(black_box(grid.first(black_box(rows), i64::MIN, 5))));
    });
    let figure = |name: &str, micros: f64| (name.to_owned(), json!((micros * 1000.0).round() / 1000.0));
    [figure("lists_from_rows_us", lists), figure("union_warm_us", union), figure("first_five_us", first)]
        .into_iter()
        .collect()
}

/// Returns the median time of one go, in microseconds.
pub(crate) fn median_micros(mut question: impl FnMut()) -> f64 {
    let started = Instant::now();
    question();
    let once = started.elapsed().as_nanos().max(1);
    let repeats = (ROUND_NANOS / once + 1) as u32;
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let started = Instant::now();
            (0..repeats).for_each(|_| question());
            started.elapsed().as_secs_f64() * 1e6 / f64::from(repeats)
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[ROUNDS / 2]
}
