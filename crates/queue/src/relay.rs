//! Empties an outbox into the broker: the transactional outbox of a service, and the spool of the door, alike.
//!
//! Rows of one ordering key leave in order, different keys side by side. A row is gone from the outbox only after the
//! broker has confirmed it; what was confirmed but not yet removed is published again, which consumers do not mind.

use std::{sync::Arc, time::Duration};

use callflow_domain::port::{FailedRow, Outbox, OutboxBatch, OutboxRow};
use futures::future::join_all;
use jiff::Timestamp;
use tokio::{
    sync::Notify,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{Error, Message, Publisher, connection::Backoff, metric};

/// Settings of a relay.
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// Rows claimed, and published side by side, at a time.
    pub batch: usize,
    /// How often to look without being woken.
    pub poll: Duration,
    /// How often the backlog is measured.
    pub measure: Duration,
    /// Pause after a round that moved less than half a batch, so that the next one has more to move: each costs the storage the
    /// same, however few rows it moves.
    pub linger: Duration,
    /// How long emptying may go on when the relay is told to end.
    pub grace: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            batch: 128,
            poll: Duration::from_secs(1),
            measure: Duration::from_secs(5),
            linger: Duration::from_millis(10),
            grace: Duration::from_secs(5),
        }
    }
}

/// Wakes a relay, so that a row leaves at once and not at the next poll. Clones wake the same relay.
#[derive(Debug, Clone, Default)]
pub struct Wake(Arc<Notify>);

impl Wake {
    /// Says that a row was committed.
    pub fn wake(&self) {
        self.0.notify_one();
    }
}

/// Moves rows of one outbox to the broker.
pub struct Relay<O> {
    outbox: O,
    publisher: Publisher,
    name: &'static str,
    config: Config,
    wake: Wake,
}

/// How a round went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Round {
    /// So many rows left; there may be more.
    Moved(usize),
    /// Nothing is due.
    Idle,
    /// The broker or the storage is away.
    Away,
}

impl<O: Outbox> Relay<O> {
    /// Prepares a relay; `name` is its metrics label.
    #[must_use]
    pub fn new(outbox: O, publisher: Publisher, name: &'static str, config: Config) -> Self {
        Self { outbox, publisher, name, config, wake: Wake::default() }
    }

    /// Returns what wakes it.
    #[must_use]
    pub fn wake(&self) -> Wake {
        self.wake.clone()
    }

    /// Relays until `shutdown`, then empties what it can within its grace.
    pub async fn run(self, shutdown: CancellationToken) {
        tokio::select! {
            () = self.relay(&shutdown) => {}
            () = self.measure() => {}
        }
        let rest = async { while let Round::Moved(_) = self.round().await {} };
        // What is left stays in the outbox for the next process.
        let _ = timeout(self.config.grace, rest).await;
    }

    async fn relay(&self, shutdown: &CancellationToken) {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5));
        while !shutdown.is_cancelled() {
            let (pause, is_patient) = match self.round().await {
                Round::Moved(rows) => {
                    backoff.reset();
                    if rows * 2 >= self.config.batch {
                        continue;
                    }
                    (self.config.linger, true)
                }
                Round::Idle => (self.config.poll, false),
                Round::Away => (backoff.pause(), false),
            };
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = self.wake.0.notified(), if !is_patient => {}
                () = sleep(pause) => {}
            }
        }
    }

    async fn round(&self) -> Round {
        // No transaction is opened, and no row locked, for a broker that is known to be away.
        if !self.publisher.is_ready() {
            return Round::Away;
        }
        match self.move_batch().await {
            Ok(round) => round,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, outbox = self.name, "relay failed");
                metric::relay_failed(self.name, "storage");
                Round::Away
            }
        }
    }

    async fn move_batch(&self) -> Result<Round, Error> {
        let batch = self.outbox.claim(self.config.batch).await.map_err(storage("claiming rows"))?;
        if batch.rows().is_empty() {
            return Ok(Round::Idle);
        }
        let outcomes = join_all(batch.rows().iter().map(|row| self.publish(row))).await;
        let mut sorted = Sorted::default();
        for (row, outcome) in batch.rows().iter().zip(outcomes) {
            sorted.add(self.name, row, outcome);
        }
        let batch_rows = batch.rows().len();
        batch.settle(&sorted.published, &sorted.failed).await.map_err(storage("settling rows"))?;
        metric::relayed(self.name, sorted.published.len());
        Ok(if sorted.broker_away { Round::Away } else { Round::Moved(batch_rows) })
    }

    async fn publish(&self, row: &OutboxRow) -> Result<(), Error> {
        self.publisher.publish(Message::stored(row)?).await
    }

    async fn measure(&self) {
        loop {
            let began = Instant::now();
            match self.outbox.backlog().await {
                Ok(backlog) => {
                    let age = backlog.oldest.map(|oldest| Timestamp::now().duration_since(oldest));
                    let age = age.and_then(|age| Duration::try_from(age).ok()).unwrap_or_default();
                    metric::backlog(self.name, backlog.rows, backlog.bytes, age);
                }
                Err(_) => metric::relay_failed(self.name, "measuring"),
            }
            sleep(self.config.measure.saturating_sub(began.elapsed())).await;
        }
    }
}

/// A batch's rows by what became of them.
#[derive(Debug, Default)]
struct Sorted {
    published: Vec<Uuid>,
    failed: Vec<FailedRow>,
    broker_away: bool,
}

impl Sorted {
    fn add(&mut self, outbox: &'static str, row: &OutboxRow, outcome: Result<(), Error>) {
        match outcome {
            Ok(()) => self.published.push(row.id),
            // The row itself is at fault: it steps back, so that others are not held up, and stays for a person to see.
            Err(error) if error.is_about_the_message() => {
                tracing::error!(error = %error, row.id = %row.id, row.key = row.routing_key, outbox, "row cannot be published");
                metric::relay_failed(outbox, error.label());
                let retry_after = step_back(row.attempts);
                self.failed.push(FailedRow { id: row.id, retry_after, reason: error.to_string() });
            }
            Err(error) => {
                metric::relay_failed(outbox, error.label());
                self.broker_away = true;
            }
        }
    }
}

/// Five seconds, doubling to ten minutes: what nobody takes now may find its queue later.
fn step_back(attempts: u32) -> Duration {
    Duration::from_secs(5).saturating_mul(1 << attempts.min(10)).min(Duration::from_secs(600))
}

fn storage<E: std::error::Error + Send + Sync + 'static>(doing: &'static str) -> impl FnOnce(E) -> Error {
    move |source| Error::Storage { doing, source: Box::new(source) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_at_fault_steps_back_further_each_time_but_never_for_long() {
        assert_eq!(step_back(0), Duration::from_secs(5));
        assert_eq!(step_back(3), Duration::from_secs(40));
        assert_eq!(step_back(u32::MAX), Duration::from_secs(600));
    }

    #[test]
    fn outcomes_are_told_apart_by_whose_fault_they_are() {
        let row = OutboxRow {
            id: Uuid::from_u128(1),
            ordering_key: String::new(),
            routing_key: "call.started".into(),
            envelope: Vec::new(),
            traceparent: None,
            created_at: Timestamp::UNIX_EPOCH,
            attempts: 0,
        };
        let mut sorted = Sorted::default();
        sorted.add("test", &row, Ok(()));
        sorted.add("test", &row, Err(Error::Unroutable { routing_key: "k".into() }));
        assert!(!sorted.broker_away);
        sorted.add("test", &row, Err(Error::Timeout));
        assert_eq!((sorted.published.len(), sorted.failed.len(), sorted.broker_away), (1, 1, true));
    }
}
