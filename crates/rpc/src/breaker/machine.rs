//! The breaker's decisions as a plain state machine: time comes in, nothing goes out.

use std::time::{Duration, Instant};

use super::{Config, Outcome, Refused, State, window::Window};

/// Proof that a call was let through, and in which period; the outcome of an earlier period says nothing now.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    period: u64,
}

/// A breaker without a clock.
#[derive(Debug)]
pub(super) struct Machine {
    config: Config,
    phase: Phase,
    window: Window,
    failures_in_a_row: u32,
    /// Openings since a probe last succeeded; each doubles the pause.
    openings: u32,
    /// Counts changes of phase.
    period: u64,
}

#[derive(Debug)]
enum Phase {
    Closed,
    Open { until: Instant },
    HalfOpen { under_way: u32, succeeded: u32 },
}

impl Machine {
    /// Makes a closed breaker.
    pub(super) fn new(config: Config, now: Instant) -> Self {
        let window = Window::new(Duration::from_millis(config.window_ms), now);
        Self { config, phase: Phase::Closed, window, failures_in_a_row: 0, openings: 0, period: 0 }
    }

    /// Returns what the breaker does at the moment.
    pub(super) const fn state(&self) -> State {
        match self.phase {
            Phase::Closed => State::Closed,
            Phase::Open { .. } => State::Open,
            Phase::HalfOpen { .. } => State::HalfOpen,
        }
    }

    /// Lets a call through or refuses it; the pause being over makes the breaker half open.
    pub(super) fn acquire(&mut self, now: Instant) -> Result<Ticket, Refused> {
        if let Phase::Open { until } = self.phase {
            if now < until {
                return Err(Refused { retry_after: until - now });
            }
            self.enter(Phase::HalfOpen { under_way: 0, succeeded: 0 });
        }
        if let Phase::HalfOpen { under_way, succeeded } = &mut self.phase {
            if *under_way + *succeeded >= self.config.probes {
                return Err(Refused { retry_after: Duration::from_millis(self.config.open_ms) });
            }
            *under_way += 1;
        }
        Ok(Ticket { period: self.period })
    }

    /// Learns how a call ended.
    pub(super) fn settle(&mut self, ticket: Ticket, outcome: Outcome, now: Instant) {
        if ticket.period != self.period {
            return;
        }
        match (&mut self.phase, outcome) {
            (Phase::Closed, Outcome::Unknown) | (Phase::Open { .. }, _) => {}
            (Phase::Closed, outcome) => self.count(outcome == Outcome::Failure, now),
            (Phase::HalfOpen { .. }, Outcome::Failure) => self.open(now),
            (Phase::HalfOpen { under_way, .. }, Outcome::Unknown) => *under_way -= 1,
            (Phase::HalfOpen { under_way, succeeded }, Outcome::Success) => {
                *under_way -= 1;
                *succeeded += 1;
                if *succeeded >= self.config.probes {
                    self.close();
                }
            }
        }
    }

    fn count(&mut self, failed: bool, now: Instant) {
        self.window.add(failed, now);
        self.failures_in_a_row = if failed { self.failures_in_a_row.saturating_add(1) } else { 0 };
        let (calls, failures) = self.window.totals(now);
        let too_many_in_a_row = self.failures_in_a_row >= self.config.consecutive_failures;
        let too_large_a_share =
            calls >= self.config.min_calls && f64::from(failures) >= self.config.failure_ratio * f64::from(calls);
        if failed && (too_many_in_a_row || too_large_a_share) {
            self.open(now);
        }
    }

    fn open(&mut self, now: Instant) {
        // 2^20 pauses exceed every limit; a larger shift would overflow.
        let factor = 1_u64 << self.openings.min(20);
        let pause = self.config.open_ms.saturating_mul(factor).min(self.config.max_open_ms);
        self.openings = self.openings.saturating_add(1);
        self.enter(Phase::Open { until: now + Duration::from_millis(pause) });
    }

    fn close(&mut self) {
        self.openings = 0;
        self.failures_in_a_row = 0;
        self.window.clear();
        self.enter(Phase::Closed);
    }

    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.period += 1;
    }
}
