//! Ports: traits where two adapters meet without knowing each other.
//!
//! An implementation lives in one adapter (`store` keeps the outbox), its only user in another
//! (`queue::relay` empties it); the doc comments here are the contract between the two.

use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

/// One event that is durable in the database and not yet known to be in the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Identity of the row.
    pub id: Uuid,
    /// Rows with the same key leave in the order they were written, one after another, never side by side.
    pub ordering_key: String,
    /// Where the exchange sends it, e.g. `appointment.booked`.
    pub routing_key: String,
    /// The encoded `callflow.event.v1.Envelope`, published as it is.
    pub envelope: Vec<u8>,
    /// Trace context of the request that wrote the row (W3C), so that the trace goes on after the relay.
    pub traceparent: Option<String>,
    /// When the row was written; the age of the backlog counts from here.
    pub created_at: Timestamp,
    /// How often publishing it has failed so far.
    pub attempts: u32,
}

/// A row that could not be published and stays in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedRow {
    /// The row's identity.
    pub id: Uuid,
    /// The row (and with it everything behind it under the same key) is not claimed again before this has passed.
    pub retry_after: Duration,
    /// What went wrong, for the operator; free of personal data.
    pub reason: String,
}

/// How much waits in an outbox.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Rows waiting, including those claimed at this moment.
    pub rows: u64,
    /// Bytes of their envelopes together, an estimate is enough.
    pub bytes: u64,
    /// `created_at` of the oldest one.
    pub oldest: Option<Timestamp>,
}

/// A durable list of events still to be published: the transactional outbox and the ingress spool alike.
pub trait Outbox: Send + Sync + 'static {
    /// Why the storage failed.
    type Error: std::error::Error + Send + Sync + 'static;
    /// A claimed batch, with the transaction that holds its row locks.
    type Batch: OutboxBatch<Error = Self::Error>;

    /// Claims up to `limit` rows for this caller alone; an empty batch means nothing is due.
    ///
    /// Only the *head* of each ordering key is claimed: the first written among all rows of that key, whether or not
    /// they are locked or postponed. A head that another relay has locked is skipped together with its key
    /// (`FOR UPDATE SKIP LOCKED`), and so is one whose `retry_after` has not passed. Heads come oldest first.
    fn claim(&self, limit: usize) -> impl Future<Output = Result<Self::Batch, Self::Error>> + Send;

    /// Measures what waits. Cheap enough to be asked every few seconds.
    fn backlog(&self) -> impl Future<Output = Result<Backlog, Self::Error>> + Send;
}

/// Rows claimed from an [`Outbox`], locked until the batch is settled or dropped.
///
/// Dropping a batch unsettled gives all of its rows back unchanged: what was published from it is published again, which
/// is why consumers keep an inbox.
pub trait OutboxBatch: Send {
    /// Why the storage failed.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Returns the claimed rows, oldest first, at most one per ordering key.
    fn rows(&self) -> &[OutboxRow];

    /// Removes the `published` rows in one statement, postpones the `failed` ones (attempts + 1), gives back any row
    /// named in neither, and commits.
    fn settle(self, published: &[Uuid], failed: &[FailedRow]) -> impl Future<Output = Result<(), Self::Error>> + Send;
}
