//! One task that reads the figures every second and shows the same sample to everybody who looks.

use std::{sync::Arc, time::Duration};

use callflow_runtime::CancellationToken;
use jiff::Timestamp;
use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior, interval},
};

use crate::{
    app::App,
    board::{Board, view::View},
    error::Error,
    metrics,
};

/// How often browsers get new figures.
const EVERY: Duration = Duration::from_secs(1);
/// Figures older than this are not called live.
const FRESH_SECS: i64 = 10;

/// The figures of one moment.
#[derive(Debug, Default)]
pub struct Sample {
    /// What was read; of an earlier moment while Redis is away.
    pub board: Board,
    /// The same as JSON; empty before the first.
    pub json: String,
}

/// Where the latest sample can be seen.
pub type Samples = watch::Receiver<Arc<Sample>>;

impl Sample {
    /// Returns whether the figures are recent enough to be called live.
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        !self.json.is_empty() && now.as_second() - self.board.at.as_second() <= FRESH_SECS
    }
}

/// Reads the figures.
pub struct Sampler {
    app: App,
    out: watch::Sender<Arc<Sample>>,
}

impl Sampler {
    /// Makes a sampler and the place where its samples can be seen.
    #[must_use]
    pub fn new(app: App) -> (Self, Samples) {
        let (out, samples) = watch::channel(Arc::new(Sample::default()));
        (Self { app, out }, samples)
    }

    /// Reads every second until stopped.
    pub async fn run(self, stop: CancellationToken) {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut well = true;
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            let Some(outcome) = stop.run_until_cancelled(self.sample()).await else { return };
            if let Err(error) = &outcome
                && well
            {
                // Once, not every second: the health probe says how long it lasts.
                tracing::warn!(error = error as &dyn std::error::Error, "live figures cannot be read");
            }
            well = outcome.is_ok();
        }
    }

    /// Reads once; when that fails, the former figures are shown again, marked as such.
    ///
    /// # Errors
    /// Says why the figures could not be read.
    pub async fn sample(&self) -> Result<(), Error> {
        let (former, begun) = (self.out.borrow().clone(), Instant::now());
        let (board, stale, outcome) = match self.app.read(&former.board, Timestamp::now()).await {
            Ok(board) => (board, None, Ok(())),
            Err(error) => {
                metrics::unsampled();
                (former.board.clone(), Some("Redis cannot be reached; events wait"), Err(error))
            }
        };
        let json = serde_json::to_string(&View::of(&board, stale))?;
        self.out.send_replace(Arc::new(Sample { board, json }));
        metrics::sampled(begun.elapsed().as_secs_f64());
        outcome
    }
}
