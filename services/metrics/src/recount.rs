//! Comparing what was counted with the records, and making up for what Redis has lost.
//!
//! Marks and counters live in Redis together, so that an event is counted once. What Redis loses (it was emptied, or a replica
//! took over that lagged behind) would be missing for good: the events are acknowledged. The records are in Postgres. Once a
//! minute one process compares the minutes that are over and raises what is lower. It never lowers: an event that is kept
//! once may have been counted twice, because the platform sent it twice. Times of answers have no record and stay lost.

use std::time::Duration;

use callflow_cache::minute::Counters;
use callflow_domain::id::CompanyId;
use callflow_queue::consumer::Backlog;
use callflow_runtime::CancellationToken;
use jiff::Timestamp;
use tokio::time::{MissedTickBehavior, interval};

use crate::{
    app::{App, minute_of},
    board::WINDOW,
    config,
    error::Error,
    metrics,
    records::Records,
};

/// Minutes that are over for so long are compared: what happened in them is recorded by now.
const OVER: i64 = 2;
/// While something older than this waits to be counted, nothing is compared, or it would be counted again later.
const BEHIND: Duration = Duration::from_secs(45);

/// Compares counters with records.
pub struct Recount {
    app: App,
    records: Records,
    backlog: Backlog,
    every: Duration,
}

/// How a comparison ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// So many counters were lower than the records; they are no longer.
    Raised(u64),
    /// Another process does it this time.
    Elsewhere,
    /// Events wait to be counted.
    Behind,
}

impl Outcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Raised(0) => "equal",
            Self::Raised(_) => "raised",
            Self::Elsewhere => "elsewhere",
            Self::Behind => "behind",
        }
    }
}

impl Recount {
    /// Compares what the application counted with these records, while the consumer of events is not behind.
    #[must_use]
    pub const fn new(app: App, records: Records, backlog: Backlog, settings: config::Recount) -> Self {
        Self { app, records, backlog, every: Duration::from_secs(settings.every_secs) }
    }

    /// Compares again and again until stopped.
    pub async fn run(self, stop: CancellationToken) {
        if let Some(what) = self.records.missing() {
            tracing::warn!(what, "counts are not compared with all records: their service's endpoints are not set");
        }
        let mut ticks = interval(self.every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            let Some(ended) = stop.run_until_cancelled(self.once(Timestamp::now())).await else { return };
            match ended {
                Ok(outcome) => metrics::recounted(outcome.as_str()),
                Err(error) => {
                    metrics::recounted("failed");
                    tracing::debug!(
                        error = &error as &dyn std::error::Error,
                        "counts were not compared with the records"
                    );
                }
            }
        }
    }

    /// Compares once.
    ///
    /// # Errors
    /// When Redis or a service that keeps records cannot be asked; nothing is worse than before then.
    pub async fn once(&self, now: Timestamp) -> Result<Outcome, Error> {
        if self.backlog.oldest().is_none_or(|age| age > BEHIND) {
            return Ok(Outcome::Behind);
        }
        // A little less than the pause, so that whoever comes next finds it free.
        if !self.app.deps().minutes.claim_recount(self.every.mul_f64(0.9)).await? {
            return Ok(Outcome::Elsewhere);
        }
        let this = minute_of(now);
        let at = |minute: i64| Timestamp::from_second(minute * 60).unwrap_or(now);
        let recorded = self.records.counted(at(this + 1 - WINDOW), at(this + 1 - OVER)).await?;
        let mut raised = 0;
        for ((company, minute), least) in recorded {
            raised += self.raise(company, minute, &least).await?;
        }
        if raised > 0 {
            self.app.outdate();
            tracing::info!(raised, "counters were lower than the records and are no longer");
        }
        Ok(Outcome::Raised(raised))
    }

    async fn raise(&self, company: CompanyId, minute: i64, least: &Counters) -> Result<u64, Error> {
        let deps = self.app.deps();
        let counted = deps.minutes.read(company, minute..minute + 1).await?.into_iter().next().unwrap_or_default().1;
        let is_lower = |(counter, least): &(&_, &i64)| counted.get(counter).copied().unwrap_or_default() < **least;
        let lower: Counters = least.iter().filter(is_lower).map(|(counter, least)| (counter.clone(), *least)).collect();
        if lower.is_empty() {
            return Ok(0);
        }
        deps.live.note(company).await?;
        Ok(deps.minutes.raise(company, minute, &lower).await?)
    }
}
