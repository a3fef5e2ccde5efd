//! Remembers that Redis is away, so that nobody waits for it in vain.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Time-outs in a row after which Redis is taken for away; a refused or broken connection needs no second one.
const STRIKES: u32 = 3;

/// Open means away. Only a probe closes it again.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    open: AtomicBool,
    strikes: AtomicU32,
}

impl Breaker {
    pub(super) fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }

    /// Notes an answer.
    pub(super) fn succeeded(&self) {
        // Read first: the common case then leaves the cache line shared between the cores.
        if self.strikes.load(Ordering::Relaxed) != 0 {
            self.strikes.store(0, Ordering::Relaxed);
        }
    }

    /// Notes a time-out; true for the one caller that thereby opens the breaker.
    pub(super) fn strike(&self) -> bool {
        self.strikes.fetch_add(1, Ordering::Relaxed) + 1 >= STRIKES && self.trip()
    }

    /// Opens the breaker; true for the one caller that found it closed.
    pub(super) fn trip(&self) -> bool {
        !self.open.swap(true, Ordering::AcqRel)
    }

    /// Closes the breaker after a probe succeeded.
    pub(super) fn close(&self) {
        self.strikes.store(0, Ordering::Relaxed);
        self.open.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_time_outs_in_a_row_open_it_and_only_one_caller_is_told() {
        let breaker = Breaker::default();
        assert!(!breaker.strike() && !breaker.strike());
        breaker.succeeded();
        assert!(!breaker.strike() && !breaker.strike() && !breaker.is_open());
        assert!(breaker.strike() && breaker.is_open());
        assert!(!breaker.strike() && !breaker.trip(), "already open");
        breaker.close();
        assert!(!breaker.is_open() && breaker.trip());
    }
}
