//! The board as browsers and scripts read it.

use std::collections::BTreeMap;

use callflow_domain::id::{BranchId, CompanyId};
use jiff::Timestamp;
use serde::Serialize;

use super::{Board, Company, Counts, Scope, WINDOW};
use crate::{
    app::minute_of,
    latency::{Latencies, empty, merge, quantile_ms},
};

/// What has a curve.
pub const SERIES: [&str; 12] = [
    "call_started",
    "call_ended",
    "answer",
    "booked",
    "rescheduled",
    "cancelled",
    "callback",
    "conflict",
    "hold",
    "failure",
    "degraded",
    "event",
];
/// Minutes that "now" means for percentiles: enough answers to have a p99, few enough to show a change.
const RECENT: usize = 5;
/// Minutes a branch's row tells of.
const BRANCH_MINUTES: i64 = 15;
/// Branches shown per company: the busiest.
const BRANCHES: usize = 200;

/// Everything on one page.
#[derive(Debug, Clone, Serialize)]
pub struct View {
    /// When the figures were read.
    pub at: Timestamp,
    /// Why they are not of now, if they are not.
    pub stale: Option<&'static str>,
    /// First minute of every curve, in seconds since the epoch.
    pub from: i64,
    /// All companies together.
    pub fleet: Group,
    /// Each company.
    pub companies: Vec<CompanyView>,
}

/// The figures of the fleet or of a company; curves have one value per minute, the running one last.
#[derive(Debug, Clone, Serialize)]
pub struct Group {
    /// Calls live now.
    pub live: u64,
    /// The same by phase.
    pub phases: Counts,
    /// Curves by name.
    pub series: BTreeMap<&'static str, Vec<u64>>,
    /// Curve of the median time of answers.
    pub p50_ms: Vec<Option<f64>>,
    /// Curve of the 95th percentile.
    pub p95_ms: Vec<Option<f64>>,
    /// Curve of the 99th percentile.
    pub p99_ms: Vec<Option<f64>>,
    /// Percentiles of the last five minutes together.
    pub recent: Quantiles,
}

/// Percentiles in milliseconds.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Quantiles {
    /// Median.
    pub p50_ms: Option<f64>,
    /// 95th percentile.
    pub p95_ms: Option<f64>,
    /// 99th percentile.
    pub p99_ms: Option<f64>,
}

/// One company.
#[derive(Debug, Clone, Serialize)]
pub struct CompanyView {
    /// Its id.
    pub id: CompanyId,
    /// Its slug, or the beginning of its id while no event said it.
    pub label: String,
    /// Its figures.
    #[serde(flatten)]
    pub group: Group,
    /// Its busiest branches.
    pub branches: Vec<BranchView>,
    /// How many branches are not shown.
    pub more_branches: usize,
}

/// One branch; figures of the last quarter of an hour.
#[derive(Debug, Clone, Serialize)]
pub struct BranchView {
    /// Its id.
    pub id: BranchId,
    /// Its name, or the beginning of its id while no event said it.
    pub label: String,
    /// Calls live now that are known to have reached it.
    pub live: u64,
    /// Counts by name.
    pub counts: Counts,
    /// How long answers took.
    #[serde(flatten)]
    pub quantiles: Quantiles,
    /// Answers per minute.
    pub answers: Vec<u64>,
}

impl Quantiles {
    fn of(latencies: &Latencies) -> Self {
        let at = |quantile| quantile_ms(latencies, quantile);
        Self { p50_ms: at(0.5), p95_ms: at(0.95), p99_ms: at(0.99) }
    }
}

impl View {
    /// Puts a board on one page; `stale` says why it is not of now.
    #[must_use]
    pub fn of(board: &Board, stale: Option<&'static str>) -> Self {
        let last = minute_of(board.at);
        let mut companies: Vec<_> = board
            .companies
            .iter()
            .map(|(id, company)| {
                let scope = Scope { company: Some(*id), branch: None };
                let (branches, more_branches) = branches(company, last);
                let label = label(company).unwrap_or_else(|| short(&id.to_string()));
                CompanyView { id: *id, label, group: Group::of(board, scope, last), branches, more_branches }
            })
            .collect();
        companies.sort_by(|a, b| a.label.cmp(&b.label));
        let from = (last + 1 - WINDOW) * 60;
        Self { at: board.at, stale, from, fleet: Group::of(board, Scope::default(), last), companies }
    }
}

impl Group {
    fn of(board: &Board, scope: Scope, last: i64) -> Self {
        let minutes: Vec<_> = (last + 1 - WINDOW..=last).map(|minute| board.minute(scope, minute)).collect();
        let curve = |name: &str| minutes.iter().map(|(counts, _)| counts.get(name).copied().unwrap_or(0)).collect();
        let times = |quantile| minutes.iter().map(|(_, times)| quantile_ms(times, quantile)).collect();
        let mut recent = empty();
        minutes.iter().rev().take(RECENT).for_each(|(_, times)| merge(&mut recent, times));
        let (live, phases) = board.live(scope);
        Self {
            live,
            phases,
            series: SERIES.into_iter().map(|name| (name, curve(name))).collect(),
            p50_ms: times(0.5),
            p95_ms: times(0.95),
            p99_ms: times(0.99),
            recent: Quantiles::of(&recent),
        }
    }
}

/// Returns the busiest branches and how many there are beyond them.
fn branches(company: &Company, last: i64) -> (Vec<BranchView>, usize) {
    let first = last + 1 - BRANCH_MINUTES;
    let mut found: BTreeMap<BranchId, (BranchView, Latencies)> = BTreeMap::new();
    for (minute, figures) in company.minutes.range(first..=last) {
        for (id, (counts, times)) in &figures.branches {
            let (view, sum) = found.entry(*id).or_insert_with(|| (BranchView::new(*id), empty()));
            for (name, value) in counts {
                *view.counts.entry(name.clone()).or_default() += value;
            }
            let place = usize::try_from(minute - first).ok().and_then(|place| view.answers.get_mut(place));
            place.into_iter().for_each(|place| *place = counts.get("answer").copied().unwrap_or(0));
            times.iter().for_each(|times| merge(sum, times));
        }
    }
    for call in &company.live.latest {
        if let Some(id) = call.branch {
            found.entry(id).or_insert_with(|| (BranchView::new(id), empty())).0.live += 1;
        }
    }
    let mut list: Vec<_> = found.into_values().collect();
    list.sort_by_key(|(view, times)| (std::cmp::Reverse((view.live, times.len())), view.id));
    let more = list.len().saturating_sub(BRANCHES);
    list.truncate(BRANCHES);
    let finish = |(view, times): (BranchView, Latencies)| {
        let named = company.minutes.values().rev().find_map(|minute| minute.branch_labels.get(&view.id));
        let label = named.cloned().unwrap_or_else(|| short(&view.id.to_string()));
        BranchView { label, quantiles: Quantiles::of(&times), ..view }
    };
    (list.into_iter().map(finish).collect(), more)
}

impl BranchView {
    fn new(id: BranchId) -> Self {
        let answers = (0..BRANCH_MINUTES).map(|_| 0).collect();
        Self { id, label: String::new(), live: 0, counts: Counts::new(), quantiles: Quantiles::default(), answers }
    }
}

fn label(company: &Company) -> Option<String> {
    company.minutes.values().rev().find_map(|minute| minute.label.clone())
}

fn short(id: &str) -> String {
    id.chars().take(8).collect()
}
