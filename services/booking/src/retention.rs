//! Forgetting requests that nobody will repeat any more, a few at a time.

use callflow_runtime::CancellationToken;
use callflow_store::{Database, request};
use jiff::Timestamp;

use crate::{config::Requests, metrics};

/// Rows removed by one statement: few enough to be done in milliseconds.
const AT_ONCE: u32 = 1_000;

/// Looks for old requests again and again until it is stopped. Several processes may do so at once.
pub(crate) async fn run(database: Database, settings: Requests, stop: CancellationToken) {
    let mut turns = tokio::time::interval(std::time::Duration::from_secs(settings.purge_secs));
    turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while stop.run_until_cancelled(turns.tick()).await.is_some() {
        if let Some(Err(error)) = stop.run_until_cancelled(forget(&database, settings)).await {
            tracing::warn!(error = %error, "old requests are kept until the next look");
        }
    }
}

async fn forget(database: &Database, settings: Requests) -> Result<(), callflow_store::Error> {
    loop {
        let forgotten = request::purge(database, Timestamp::now() - settings.keep(), AT_ONCE).await?;
        metrics::forgotten(forgotten);
        if forgotten < u64::from(AT_ONCE) {
            return Ok(());
        }
    }
}
