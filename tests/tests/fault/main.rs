//! Events survive everything: a sender with a ledger, faults under load, and a checker of every effect.
//!
//! Each event that was answered with 2xx has its effects exactly once: a row in the call's time line, the call's record,
//! one call counted for its customer, one callback task, one count in the metrics. `make fault` runs this with a
//! two-minute outage, `.ci/run` in a short form (`CALLFLOW_FAULT=short`); `CALLFLOW_FAULT_ONLY=disk_alarm` picks one, and
//! `CALLFLOW_FAULT_ROUNDS=20` goes on for twenty rounds on one fleet, to meet what happens rarely.
#![allow(clippy::unwrap_used)]

mod check;
mod ledger;
mod report;
mod scenario;
mod sender;
mod world;

use std::{env, path::PathBuf, time::Duration};

use report::Report;
use scenario::Scenario;
use world::{Pace, World};

const SHORT: Pace = Pace { calls_per_second: 12, step: Duration::from_millis(1_200), outage: Duration::from_secs(10) };
const LONG: Pace = Pace { calls_per_second: 30, step: Duration::from_secs(4), outage: Duration::from_secs(120) };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: make fault"]
async fn nothing_that_was_acknowledged_is_lost_or_done_twice() {
    let pace = if env::var("CALLFLOW_FAULT").is_ok_and(|form| form == "short") { SHORT } else { LONG };
    let only = env::var("CALLFLOW_FAULT_ONLY").ok();
    let rounds = env::var("CALLFLOW_FAULT_ROUNDS").map_or(1, |rounds| rounds.parse().unwrap());
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let reports = target.parent().unwrap().join("report");
    let mut report = Report::new(reports.join("fault.json"));
    let mut world = World::start(target.join("fault"), reports.join("fault"), pace).await.unwrap();
    let mut wrong = Vec::new();
    let picked: Vec<_> =
        Scenario::ALL.into_iter().filter(|scenario| only.as_ref().is_none_or(|only| only == scenario.name())).collect();
    for scenario in picked.repeat(rounds) {
        let outcome = match world.run(scenario).await {
            Ok(outcome) => outcome,
            Err(error) => {
                wrong.push(format!("{}: {error:#}", scenario.name()));
                break;
            }
        };
        report.add(scenario.name(), &outcome).unwrap();
        eprintln!(
            "{:<32} sent {:>6}, acknowledged {:>6}, refused {:>4}, unanswered {:>4}; lost {}, double {}; settled after {:.1} s",
            scenario.name(),
            outcome.sent,
            outcome.acknowledged,
            outcome.refused,
            outcome.unanswered,
            outcome.lost.len(),
            outcome.doubled.len(),
            outcome.settled.as_secs_f64(),
        );
        wrong.extend(outcome.faults().into_iter().map(|fault| format!("{}: {fault}", scenario.name())));
    }
    if wrong.is_empty() {
        world.doubt_the_checker().await.unwrap();
    }
    world.fleet.stop().await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}
