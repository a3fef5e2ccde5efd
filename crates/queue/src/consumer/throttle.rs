//! Slows the loop down while something its handler needs is away, so that a queue is not churned through for nothing.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

use crate::connection::Backoff;

/// Pauses before taking the next message; each message taken meanwhile is a probe.
#[derive(Debug)]
pub(super) struct Throttle(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    backoff: Backoff,
    until: Option<Instant>,
}

impl Throttle {
    pub(super) fn new() -> Self {
        let backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(5));
        Self(Mutex::new(Inner { backoff, until: None }))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something was away. Reports that come while a pause is already running belong to the same outage.
    pub(super) fn away(&self) {
        let mut inner = self.lock();
        let now = Instant::now();
        if inner.until.is_none_or(|until| until <= now) {
            inner.until = Some(now + inner.backoff.pause());
        }
    }

    /// Everything needed was there.
    pub(super) fn present(&self) {
        let mut inner = self.lock();
        inner.until = None;
        inner.backoff.reset();
    }

    /// Waits until the next message may be taken.
    pub(super) async fn pass(&self) {
        let until = self.lock().until;
        if let Some(until) = until {
            sleep_until(until).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reports an outage and returns the pause it began, as if that pause were over.
    fn pause(throttle: &Throttle) -> Duration {
        let now = Instant::now();
        throttle.away();
        let until = throttle.lock().until.take().expect("a pause has begun");
        until.duration_since(now)
    }

    #[tokio::test]
    async fn pauses_grow_while_things_are_away_and_end_when_they_are_back() {
        let throttle = Throttle::new();
        let pauses: Vec<_> = (0..8).map(|_| pause(&throttle)).collect();
        assert!(pauses[0] <= Duration::from_millis(250), "{pauses:?}");
        assert!(pauses[7] >= Duration::from_millis(2_500), "{pauses:?}");
        throttle.away();
        throttle.present();
        assert!(pause(&throttle) <= Duration::from_millis(250), "begins anew");
        let before = Instant::now();
        throttle.pass().await;
        assert!(before.elapsed() < Duration::from_millis(50));
    }

    #[tokio::test]
    async fn reports_during_a_pause_belong_to_the_same_outage() {
        let throttle = Throttle::new();
        throttle.away();
        let until = throttle.lock().until;
        throttle.away();
        assert_eq!(throttle.lock().until, until);
    }
}
