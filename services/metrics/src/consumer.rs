//! Events in: each counted once.

use callflow_queue::{Delivery, Disposition, Handler};
use jiff::Timestamp;

use crate::{app::App, error::Error, tally::Tally};

/// Counts everything.
#[derive(Clone)]
pub struct Events {
    app: App,
}

impl Events {
    /// Counts with these use cases.
    #[must_use]
    pub const fn new(app: App) -> Self {
        Self { app }
    }
}

impl Handler for Events {
    async fn handle(&self, delivery: Delivery) -> Disposition {
        let Some(company) = delivery.company_id else {
            return Disposition::Park { reason: "the envelope names no company".into() };
        };
        let tally = match Tally::of(&delivery, Timestamp::now()) {
            Ok(tally) => tally,
            Err(error) => return error.into(),
        };
        match self.app.count(company, delivery.message_id, &tally).await {
            Ok(()) => Disposition::Done,
            // Redis slow, full or away: no fault of the message, which waits until it can be counted.
            Err(error @ Error::Cache(_)) => Disposition::Wait { reason: error.to_string() },
            Err(error) => Disposition::for_failure(error.kind(), error.to_string()),
        }
    }
}
