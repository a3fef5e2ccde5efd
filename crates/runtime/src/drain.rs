//! Ends a service in a fixed order, inside one grace period.
//!
//! Stop intake, finish what is in flight, flush, close. A step may take what the ones before it have left;
//! one that takes longer is given up, so that the later ones still get their turn.

use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use tokio::time::{Instant, timeout};

/// What every step is granted even after others have used up the grace period.
const LAST_CHANCE: Duration = Duration::from_millis(100);

/// The steps of a drain, run in the order they were added.
pub struct Drain<'a> {
    grace: Duration,
    steps: Vec<(&'static str, BoxFuture<'a, ()>)>,
}

/// How a drain went.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Steps that ran to their end.
    pub completed: Vec<&'static str>,
    /// Steps that were given up.
    pub abandoned: Vec<&'static str>,
}

impl<'a> Drain<'a> {
    /// Begins an empty drain that may take `grace` in all.
    #[must_use]
    pub const fn within(grace: Duration) -> Self {
        Self { grace, steps: Vec::new() }
    }

    /// Adds a step; nothing of it runs before its turn.
    #[must_use]
    pub fn step(mut self, name: &'static str, work: impl Future<Output = ()> + Send + 'a) -> Self {
        self.steps.push((name, work.boxed()));
        self
    }

    /// Runs the steps one after another and logs how long each took.
    pub async fn run(self) -> Report {
        let deadline = Instant::now() + self.grace;
        let mut report = Report::default();
        for (name, work) in self.steps {
            let begun = Instant::now();
            let left = deadline.saturating_duration_since(begun).max(LAST_CHANCE);
            let outcome = timeout(left, work).await;
            let elapsed_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            match outcome {
                Ok(()) => {
                    tracing::info!(step = name, elapsed_ms, "drained");
                    report.completed.push(name);
                }
                Err(_) => {
                    tracing::warn!(step = name, elapsed_ms, "drain step given up, the grace period is over");
                    report.abandoned.push(name);
                }
            }
        }
        report
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::time::sleep;

    use super::*;

    #[tokio::test]
    async fn steps_run_in_order_and_none_before_its_turn() {
        let seen = Mutex::new(Vec::new());
        let note = |what: &'static str| seen.lock().unwrap().push(what);
        let drain = Drain::within(Duration::from_secs(10))
            .step("stop", async {
                note("stop begins");
                sleep(Duration::from_millis(20)).await;
                note("stop ends");
            })
            .step("flush", async { note("flush") });
        assert!(seen.lock().unwrap().is_empty());
        let report = drain.run().await;
        assert_eq!(*seen.lock().unwrap(), ["stop begins", "stop ends", "flush"]);
        assert_eq!(report.completed, ["stop", "flush"]);
    }

    #[tokio::test]
    async fn a_step_that_hangs_is_given_up_and_the_later_ones_still_run() {
        let begun = Instant::now();
        let report = Drain::within(Duration::from_millis(50))
            .step("hangs", std::future::pending())
            .step("quick", async {})
            .step("hangs too", std::future::pending())
            .run()
            .await;
        assert_eq!(report, Report { completed: vec!["quick"], abandoned: vec!["hangs", "hangs too"] });
        assert!(begun.elapsed() < Duration::from_secs(2));
    }
}
