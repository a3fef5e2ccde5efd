//! A clock that moves only when it is told to.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;

/// A clock for tests; clones show the same time.
#[derive(Debug, Clone)]
pub struct FakeClock(Arc<Mutex<Timestamp>>);

impl FakeClock {
    /// Returns a clock that shows `time`, written as in `2026-03-29T00:59:00Z` or with an offset.
    ///
    /// # Panics
    /// When `time` is not a point in time.
    #[must_use]
    pub fn at(time: &str) -> Self {
        Self::new(time.parse().expect("the test gives a point in time such as 2026-03-29T00:59:00Z"))
    }

    /// Returns a clock that shows `time`.
    #[must_use]
    pub fn new(time: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(time)))
    }

    /// Returns the time shown.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves the clock forward and returns the new time.
    ///
    /// # Panics
    /// When that is beyond year 9999.
    pub fn advance(&self, by: Duration) -> Timestamp {
        let mut time = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *time = time.checked_add(by).expect("the test stays before year 10000");
        *time
    }

    /// Makes the clock show `time`, which may lie in its past.
    pub fn set(&self, time: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = time;
    }

    /// Returns a function that reads this clock, for code that takes its time from one.
    pub fn reader(&self) -> impl Fn() -> Timestamp + Clone + Send + Sync + 'static {
        let clock = self.clone();
        move || clock.now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_and_readers_show_the_same_time() {
        let clock = FakeClock::at("2026-03-29T01:59:30+01:00");
        let (twin, read) = (clock.clone(), clock.reader());
        clock.advance(Duration::from_secs(30));
        assert_eq!(twin.now().to_string(), "2026-03-29T01:00:00Z");
        assert_eq!(read(), twin.now());
        twin.set(Timestamp::UNIX_EPOCH);
        assert_eq!(clock.now(), Timestamp::UNIX_EPOCH);
    }
}
