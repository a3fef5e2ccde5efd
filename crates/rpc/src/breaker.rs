//! A circuit breaker per dependency: when it is away, say so at once instead of waiting for it.
//!
//! Closed lets everything through and counts. Too many failures in the rolling window, or too many in a row, open it: calls
//! are refused without being sent. After a pause it is half open and lets a few probes through; they
//! decide. Each further opening doubles the pause, up to a limit, until a probe succeeds.

mod machine;
mod window;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use machine::{Machine, Ticket};

/// When a breaker opens and how it closes again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// How far back failures count.
    pub window_ms: u64,
    /// Calls within the window below which the ratio says nothing.
    pub min_calls: u32,
    /// Share of failures within the window that opens it.
    pub failure_ratio: f64,
    /// Failures in a row that open it, however few calls there were.
    pub consecutive_failures: u32,
    /// First pause before probes are let through.
    pub open_ms: u64,
    /// Longest pause.
    pub max_open_ms: u64,
    /// Probes at the same time, and successes among them that close it.
    pub probes: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            window_ms: 10_000,
            min_calls: 20,
            failure_ratio: 0.5,
            consecutive_failures: 5,
            open_ms: 500,
            max_open_ms: 8_000,
            probes: 2,
        }
    }
}

impl Config {
    /// Reports every setting to `report` as (field, whether it is fine, what is accepted).
    pub fn check(&self, report: &mut dyn FnMut(&str, bool, &str)) {
        report("window_ms", (100..=300_000).contains(&self.window_ms), "100 to 300000");
        report("min_calls", (1..=100_000).contains(&self.min_calls), "1 to 100000");
        report("failure_ratio", self.failure_ratio > 0.0 && self.failure_ratio <= 1.0, "above 0.0, up to 1.0");
        report("consecutive_failures", (1..=10_000).contains(&self.consecutive_failures), "1 to 10000");
        report("open_ms", (10..=60_000).contains(&self.open_ms), "10 to 60000");
        let longest = (self.open_ms..=300_000).contains(&self.max_open_ms);
        report("max_open_ms", longest, "open_ms to 300000");
        report("probes", (1..=100).contains(&self.probes), "1 to 100");
    }
}

/// What a breaker does at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Lets everything through.
    Closed,
    /// Lets a few probes through.
    HalfOpen,
    /// Refuses everything.
    Open,
}

impl State {
    /// Returns the value of the gauge `rpc_breaker_state`: 0 closed, 1 half open, 2 open.
    #[must_use]
    pub const fn gauge(self) -> u8 {
        match self {
            Self::Closed => 0,
            Self::HalfOpen => 1,
            Self::Open => 2,
        }
    }
}

/// How a permitted call ended, as far as the dependency's health is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It answered, be it with a refusal.
    Success,
    /// It did not answer, or answered that it cannot.
    Failure,
    /// Nothing was learned: the caller went away, or gave too little time.
    Unknown,
}

/// A refusal, with the time after which another try makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// Time until probes are let through.
    pub retry_after: Duration,
}

/// The breaker of one dependency; clones share it.
#[derive(Debug, Clone)]
pub struct Breaker {
    dependency: &'static str,
    machine: Arc<Mutex<Machine>>,
}

impl Breaker {
    /// Makes a closed breaker for `dependency`.
    #[must_use]
    pub fn new(dependency: &'static str, config: &Config, now: Instant) -> Self {
        crate::metric::breaker(dependency, State::Closed);
        Self { dependency, machine: Arc::new(Mutex::new(Machine::new(config.clone(), now))) }
    }

    /// Asks to make a call at `now`. The permit must be told how it ended; dropped untold it counts as unknown.
    ///
    /// # Errors
    /// Refuses while open, and while half open with all probes under way.
    pub fn acquire(&self, now: Instant) -> Result<Permit, Refused> {
        let mut machine = self.machine();
        let before = machine.state();
        let ticket = machine.acquire(now)?;
        self.announce(before, machine.state());
        Ok(Permit { breaker: self.clone(), ticket: Some(ticket) })
    }

    /// Returns what the breaker does at the moment.
    #[must_use]
    pub fn state(&self) -> State {
        self.machine().state()
    }

    fn settle(&self, ticket: Ticket, outcome: Outcome, now: Instant) {
        let mut machine = self.machine();
        let before = machine.state();
        machine.settle(ticket, outcome, now);
        self.announce(before, machine.state());
    }

    fn announce(&self, before: State, after: State) {
        if before == after {
            return;
        }
        crate::metric::breaker(self.dependency, after);
        match after {
            State::Open => tracing::warn!(dependency = self.dependency, "breaker opened"),
            State::HalfOpen => tracing::info!(dependency = self.dependency, "breaker lets probes through"),
            State::Closed => tracing::info!(dependency = self.dependency, "breaker closed"),
        }
    }

    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The permission for one call.
#[derive(Debug)]
#[must_use = "the breaker learns from how the call ends"]
pub struct Permit {
    breaker: Breaker,
    ticket: Option<Ticket>,
}

impl Permit {
    /// Tells how the call ended.
    pub fn settle(mut self, outcome: Outcome, now: Instant) {
        if let Some(ticket) = self.ticket.take() {
            self.breaker.settle(ticket, outcome, now);
        }
    }
}

impl Drop for Permit {
    /// A call that was cut off frees its place, or half-open breakers would run out of probes.
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.breaker.settle(ticket, Outcome::Unknown, Instant::now());
        }
    }
}

#[cfg(test)]
mod tests;
