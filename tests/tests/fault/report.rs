//! What each scenario came to: `target/report/fault.json`.

use std::{fs, path::PathBuf, time::Duration};

use anyhow::Context as _;
use serde_json::{Map, Value, json};

/// How one scenario ended.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Requests.
    pub(crate) sent: u64,
    /// Requests answered with 2xx.
    pub(crate) acknowledged: u64,
    /// Requests answered with something else.
    pub(crate) refused: u64,
    /// Requests without an answer.
    pub(crate) unanswered: u64,
    /// Acknowledged events without one of their effects.
    pub(crate) lost: Vec<String>,
    /// Effects that are there more than once.
    pub(crate) doubled: Vec<String>,
    /// Messages that wait for a person; none should.
    pub(crate) parked: u64,
    /// How long the events took to be handled after the load had ended.
    pub(crate) settled: Duration,
    /// What else the scenario promises and did not keep.
    pub(crate) broken: Vec<String>,
}

impl Outcome {
    fn json(&self) -> Value {
        json!({
            "sent": self.sent, "acknowledged": self.acknowledged, "refused": self.refused, "unanswered": self.unanswered,
            "lost": self.lost.len(), "double": self.doubled.len(), "parked": self.parked,
            "settled_seconds": (self.settled.as_secs_f64() * 10.0).round() / 10.0, "broken": self.broken,
        })
    }

    /// Returns what is wrong, the first few of each.
    pub(crate) fn faults(&self) -> Vec<&String> {
        [&self.lost, &self.doubled, &self.broken].into_iter().flat_map(|list| list.iter().take(5)).collect()
    }
}

/// The report in the making; written after each scenario, so that an interrupted run leaves what it knows.
#[derive(Debug)]
pub(crate) struct Report {
    path: PathBuf,
    scenarios: Map<String, Value>,
    lost: usize,
    doubled: usize,
}

impl Report {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, scenarios: Map::new(), lost: 0, doubled: 0 }
    }

    pub(crate) fn add(&mut self, scenario: &str, outcome: &Outcome) -> anyhow::Result<()> {
        self.lost += outcome.lost.len();
        self.doubled += outcome.doubled.len();
        self.scenarios.insert(scenario.to_owned(), outcome.json());
        let text = json!({ "lost": self.lost, "double": self.doubled, "scenarios": self.scenarios });
        let folder = self.path.parent().context("the report's folder")?;
        fs::create_dir_all(folder)?;
        fs::write(&self.path, serde_json::to_string_pretty(&text)? + "\n").context("writing the report")
    }
}
