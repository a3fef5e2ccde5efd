//! Open-loop load: requests start when they are due, and latency counts from then.

use std::{future::Future, sync::Arc, time::Duration};

use anyhow::{Context as _, ensure};
use hdrhistogram::Histogram;
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval},
};

/// The timer's grain: what is due between two ticks starts at the second one.
const TICK: Duration = Duration::from_millis(1);

/// How a paced run went.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    /// Milliseconds that half of the requests stayed under.
    pub(crate) p50_ms: f64,
    /// Milliseconds that 95 of 100 stayed under.
    pub(crate) p95_ms: f64,
    /// Milliseconds that 99 of 100 stayed under.
    pub(crate) p99_ms: f64,
    /// Requests that were answered.
    pub(crate) answered: u64,
    /// Requests that failed; they count as the slowest.
    pub(crate) failed: u64,
}

/// Starts `per_second` requests a second for `lasting` and waits for all of them; `request` gets its number.
///
/// Latency counts from the tick at which a request started or, when the generator itself was late, from when it was due.
///
/// # Errors
/// When more than one request in a hundred failed: such a figure would say nothing.
pub(crate) async fn pace<F, R>(per_second: u64, lasting: Duration, request: F) -> anyhow::Result<Report>
where
    F: Fn(u64) -> R + Send + Sync + 'static,
    R: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let request = Arc::new(request);
    let total = per_second * lasting.as_secs();
    let (told, mut outcomes) = mpsc::unbounded_channel();
    let begun = Instant::now();
    let generator = tokio::spawn(async move {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut started = 0;
        while started < total {
            ticks.tick().await;
            let now = Instant::now();
            let elapsed = u64::try_from((now - begun).as_micros()).unwrap_or(u64::MAX);
            while started < total && started * 1_000_000 / per_second <= elapsed {
                let due = begun + Duration::from_micros(started * 1_000_000 / per_second);
                let from = if now - due > TICK * 2 { due } else { now };
                let (request, told) = (request.clone(), told.clone());
                tokio::spawn(async move {
                    let outcome = request(started).await;
                    let _ = told.send((from.elapsed(), outcome));
                });
                started += 1;
            }
        }
    });
    let mut histogram = Histogram::<u64>::new(3)?;
    let (mut answered, mut failed, mut last) = (0, 0, None);
    while let Some((took, outcome)) = outcomes.recv().await {
        histogram.record(u64::try_from(took.as_micros())?)?;
        match outcome {
            Ok(()) => answered += 1,
            Err(error) => {
                failed += 1;
                last = Some(error);
            }
        }
    }
    generator.await.context("the load generator failed")?;
    if let Some(error) = last.filter(|_| failed * 100 > total) {
        return Err(error.context(format!("{failed} of {total} requests failed")));
    }
    ensure!(answered + failed == total, "{} requests were never answered", total - answered - failed);
    #[expect(clippy::cast_precision_loss, reason = "milliseconds for people")]
    let at = |share: f64| histogram.value_at_quantile(share) as f64 / 1000.0;
    Ok(Report { p50_ms: at(0.5), p95_ms: at(0.95), p99_ms: at(0.99), answered, failed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_request_starts_though_former_ones_are_slow() {
        let slow = |_| async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            Ok(())
        };
        let begun = Instant::now();
        let report = pace(50, Duration::from_secs(1), slow).await.unwrap();
        assert_eq!((report.answered, report.failed), (50, 0));
        assert!(report.p50_ms >= 300.0, "{report:?}");
        assert!(begun.elapsed() < Duration::from_millis(300 * 50), "one after the other");
    }

    #[tokio::test]
    async fn a_run_of_failures_is_no_figure() {
        let failing = |_| async { anyhow::bail!("no") };
        assert!(pace(100, Duration::from_secs(1), failing).await.is_err());
    }
}
