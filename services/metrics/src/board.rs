//! What was counted in the last hour, in memory: companies, their minutes, their live calls.

pub mod view;

use std::{collections::BTreeMap, sync::Arc};

use callflow_cache::{live::LiveCalls, minute::Counters};
use callflow_domain::id::{BranchId, CompanyId};
use jiff::Timestamp;

use crate::{
    latency::{ByBranch, Latencies, empty, merge},
    tally::LABEL,
};

/// Minutes on the board, the running one included.
pub const WINDOW: i64 = 60;
/// The phase of calls about which nothing is known but that they are live.
pub const UNKNOWN_PHASE: &str = "unknown";

/// Counts by name.
pub type Counts = BTreeMap<String, u64>;

/// Everything, at one moment.
#[derive(Debug, Clone, Default)]
pub struct Board {
    /// When it was read.
    pub at: Timestamp,
    /// The companies.
    pub companies: BTreeMap<CompanyId, Company>,
}

/// One company; clones share.
#[derive(Debug, Clone)]
pub struct Company {
    /// Its minutes, since the epoch.
    pub minutes: BTreeMap<i64, Arc<Minute>>,
    /// Its live calls.
    pub live: Arc<LiveCalls>,
}

/// One minute of one company.
#[derive(Debug)]
pub struct Minute {
    /// Counts of the whole company.
    pub total: Counts,
    /// Latencies of the whole company.
    pub latencies: Latencies,
    /// Counts and latencies of each branch.
    pub branches: BTreeMap<BranchId, (Counts, Option<Latencies>)>,
    /// What the company is called, where an event of this minute said so.
    pub label: Option<String>,
    /// What branches are called, likewise.
    pub branch_labels: BTreeMap<BranchId, String>,
}

impl Minute {
    /// Sorts what was stored.
    #[must_use]
    pub fn new(counters: Counters, answers: ByBranch) -> Self {
        let mut minute = Self {
            total: Counts::new(),
            latencies: empty(),
            branches: BTreeMap::new(),
            label: None,
            branch_labels: BTreeMap::new(),
        };
        for (counter, value) in counters {
            let value = u64::try_from(value).unwrap_or_default();
            match (counter.name.strip_prefix(LABEL), counter.branch) {
                (Some(label), None) => minute.label = Some(label.to_owned()),
                (Some(label), Some(branch)) => drop(minute.branch_labels.insert(branch, label.to_owned())),
                (None, branch) => minute.count(branch, counter.name, value),
            }
        }
        for (branch, latencies) in answers {
            merge(&mut minute.latencies, &latencies);
            if let Some(branch) = branch {
                minute.branches.entry(branch).or_default().1 = Some(latencies);
            }
        }
        minute
    }

    fn count(&mut self, branch: Option<BranchId>, name: String, value: u64) {
        if let Some(branch) = branch {
            *self.branches.entry(branch).or_default().0.entry(name.clone()).or_default() += value;
        }
        *self.total.entry(name).or_default() += value;
    }
}

/// Which part of the board is looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scope {
    /// One company, or all.
    pub company: Option<CompanyId>,
    /// One branch, or all.
    pub branch: Option<BranchId>,
}

impl Board {
    /// Returns the companies in scope.
    pub fn within(&self, scope: Scope) -> impl Iterator<Item = &Company> {
        self.companies.iter().filter(move |(id, _)| scope.company.is_none_or(|wanted| wanted == **id)).map(|(_, it)| it)
    }

    /// Returns the counts and latencies of one minute in scope.
    #[must_use]
    pub fn minute(&self, scope: Scope, minute: i64) -> (Counts, Latencies) {
        let (mut counts, mut latencies) = (Counts::new(), empty());
        for found in self.within(scope).filter_map(|company| company.minutes.get(&minute)) {
            let (more, times) = match scope.branch {
                None => (Some(&found.total), Some(&found.latencies)),
                Some(branch) => {
                    let found = found.branches.get(&branch);
                    (found.map(|it| &it.0), found.and_then(|it| it.1.as_ref()))
                }
            };
            for (name, value) in more.into_iter().flatten() {
                *counts.entry(name.clone()).or_default() += value;
            }
            times.into_iter().for_each(|times| merge(&mut latencies, times));
        }
        (counts, latencies)
    }

    /// Returns how many calls are live in scope, and in which phase.
    #[must_use]
    pub fn live(&self, scope: Scope) -> (u64, Counts) {
        let (mut total, mut phases) = (0, Counts::new());
        for company in self.within(scope) {
            let wanted = company.live.latest.iter().filter(|it| scope.branch.is_none() || it.branch == scope.branch);
            let mut described = 0;
            for call in wanted {
                let phase = if call.phase.is_empty() { UNKNOWN_PHASE } else { &call.phase };
                *phases.entry(phase.to_owned()).or_default() += 1;
                described += 1;
            }
            // Only the latest are described; of the others it is known that they are live.
            let rest = if scope.branch.is_none() { company.live.total.saturating_sub(described) } else { 0 };
            if rest > 0 {
                *phases.entry(UNKNOWN_PHASE.to_owned()).or_default() += rest;
            }
            total += described + rest;
        }
        (total, phases)
    }
}

#[cfg(test)]
mod tests;
