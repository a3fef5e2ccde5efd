//! Successes and failures of the recent past, in ten buckets that are reused.

use std::time::{Duration, Instant};

const BUCKETS: usize = 10;

/// A rolling window of outcomes.
#[derive(Debug)]
pub(super) struct Window {
    begin: Instant,
    bucket: Duration,
    buckets: [Bucket; BUCKETS],
}

/// Outcomes of one tenth of the window.
#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    /// Which tenth since the beginning of time this holds; older ones are overwritten.
    tenth: u64,
    calls: u32,
    failures: u32,
}

impl Window {
    /// Makes an empty window of `length`, counted from `now`.
    pub(super) fn new(length: Duration, now: Instant) -> Self {
        let bucket = (length / BUCKETS as u32).max(Duration::from_millis(1));
        Self { begin: now, bucket, buckets: [Bucket::default(); BUCKETS] }
    }

    /// Notes one outcome.
    pub(super) fn add(&mut self, failed: bool, now: Instant) {
        let tenth = self.tenth(now);
        let bucket = &mut self.buckets[slot(tenth)];
        if bucket.tenth != tenth {
            *bucket = Bucket { tenth, ..Bucket::default() };
        }
        bucket.calls = bucket.calls.saturating_add(1);
        bucket.failures = bucket.failures.saturating_add(u32::from(failed));
    }

    /// Returns calls and failures within the window.
    pub(super) fn totals(&self, now: Instant) -> (u32, u32) {
        let tenth = self.tenth(now);
        let recent = self.buckets.iter().filter(|bucket| tenth - bucket.tenth.min(tenth) < BUCKETS as u64);
        recent.fold((0, 0), |(calls, failures), bucket| {
            (calls.saturating_add(bucket.calls), failures.saturating_add(bucket.failures))
        })
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.buckets = [Bucket::default(); BUCKETS];
    }

    fn tenth(&self, now: Instant) -> u64 {
        let age = now.saturating_duration_since(self.begin).as_nanos();
        u64::try_from(age / self.bucket.as_nanos()).unwrap_or(u64::MAX)
    }
}

fn slot(tenth: u64) -> usize {
    usize::try_from(tenth % BUCKETS as u64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_outcomes_leave_the_window_bucket_by_bucket() {
        let begin = Instant::now();
        let at = |ms| begin + Duration::from_millis(ms);
        let mut window = Window::new(Duration::from_secs(1), begin);
        window.add(true, at(0));
        window.add(false, at(950));
        assert_eq!(window.totals(at(950)), (2, 1));
        assert_eq!(window.totals(at(1_050)), (1, 0));
        assert_eq!(window.totals(at(60_000)), (0, 0));
        window.add(true, at(60_000));
        assert_eq!(window.totals(at(60_000)), (1, 1));
        window.clear();
        assert_eq!(window.totals(at(60_000)), (0, 0));
    }
}
