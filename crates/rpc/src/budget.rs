//! A budget for retries: a dependency in trouble must not be asked twice as often.
//!
//! Every call puts a fraction of a token in, every retry takes a whole one out. In good times there is always one; when
//! everything fails, retries add at most that fraction to the load.

use std::time::{Duration, Instant};

/// Tokens at most: so many retries may come in one burst.
const CAPACITY: f64 = 20.0;
/// Tokens a second that come by themselves, so that a rarely used client can retry at all.
const TRICKLE: f64 = 0.5;

/// The budget of one dependency.
#[derive(Debug)]
pub(crate) struct Budget {
    ratio: f64,
    tokens: f64,
    refilled: Instant,
}

impl Budget {
    /// Makes a full budget in which each call pays for `ratio` of a retry.
    pub(crate) const fn new(ratio: f64, now: Instant) -> Self {
        Self { ratio, tokens: CAPACITY, refilled: now }
    }

    /// Notes a call.
    pub(crate) fn deposit(&mut self) {
        self.tokens = (self.tokens + self.ratio).min(CAPACITY);
    }

    /// Takes a token for a retry; false means that there is none and the failure stands.
    pub(crate) fn withdraw(&mut self, now: Instant) -> bool {
        let trickled =
            now.saturating_duration_since(self.refilled).min(Duration::from_secs(60)).as_secs_f64() * TRICKLE;
        self.refilled = now;
        self.tokens = (self.tokens + trickled).min(CAPACITY);
        let enough = self.tokens >= 1.0;
        if enough {
            self.tokens -= 1.0;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_everything_fails_retries_stay_a_small_share_of_calls() {
        let begin = Instant::now();
        let mut budget = Budget::new(0.1, begin);
        let retries = (0..1_000)
            .filter(|_| {
                budget.deposit();
                budget.withdraw(begin)
            })
            .count();
        assert!((100..=125).contains(&retries), "{retries}");
    }

    #[test]
    fn an_empty_budget_refills_with_time_and_never_beyond_its_capacity() {
        let begin = Instant::now();
        let mut budget = Budget::new(0.0, begin);
        while budget.withdraw(begin) {}
        assert!(!budget.withdraw(begin + Duration::from_secs(1)));
        assert!(budget.withdraw(begin + Duration::from_secs(3)));
        let much_later = begin + Duration::from_secs(100_000);
        assert_eq!((0..100).filter(|_| budget.withdraw(much_later)).count(), 20);
    }
}
