//! An outbox in memory that keeps the port's promises: heads only, locked while claimed, postponed when they fail.

use std::{
    collections::HashSet,
    convert::Infallible,
    sync::{Arc, Mutex},
};

use callflow_contract::event::v1::Envelope;
use callflow_domain::port::{Backlog, FailedRow, Outbox, OutboxBatch, OutboxRow};
use jiff::Timestamp;
use prost::Message as _;
use tokio::time::Instant;
use uuid::Uuid;

#[derive(Clone, Default)]
pub(crate) struct MemoryOutbox(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    rows: Vec<(OutboxRow, Option<Instant>)>,
    locked: HashSet<Uuid>,
    pub(crate) claims: usize,
}

impl MemoryOutbox {
    pub(crate) fn add(&self, routing_key: &str, envelope: &Envelope) {
        let row = OutboxRow {
            id: Uuid::now_v7(),
            ordering_key: envelope.ordering_key.clone(),
            routing_key: routing_key.into(),
            envelope: envelope.encode_to_vec(),
            traceparent: None,
            created_at: Timestamp::now(),
            attempts: 0,
        };
        self.0.lock().unwrap().rows.push((row, None));
    }

    pub(crate) fn change_last(&self, change: impl FnOnce(&mut OutboxRow)) {
        change(&mut self.0.lock().unwrap().rows.last_mut().unwrap().0);
    }

    pub(crate) fn rows(&self) -> Vec<OutboxRow> {
        self.0.lock().unwrap().rows.iter().map(|(row, _)| row.clone()).collect()
    }

    pub(crate) fn claims(&self) -> usize {
        self.0.lock().unwrap().claims
    }
}

pub(crate) struct Batch {
    outbox: MemoryOutbox,
    rows: Vec<OutboxRow>,
}

impl Outbox for MemoryOutbox {
    type Error = Infallible;
    type Batch = Batch;

    async fn claim(&self, limit: usize) -> Result<Batch, Infallible> {
        let mut inner = self.0.lock().unwrap();
        inner.claims += 1;
        let (mut keys, mut rows) = (HashSet::new(), Vec::new());
        for (row, not_before) in &inner.rows {
            let head = keys.insert(row.ordering_key.clone());
            let due = not_before.is_none_or(|time| time <= Instant::now());
            if head && due && !inner.locked.contains(&row.id) && rows.len() < limit {
                rows.push(row.clone());
            }
        }
        inner.locked.extend(rows.iter().map(|row| row.id));
        Ok(Batch { outbox: self.clone(), rows })
    }

    async fn backlog(&self) -> Result<Backlog, Infallible> {
        let rows = self.rows();
        Ok(Backlog {
            rows: rows.len() as u64,
            bytes: rows.iter().map(|row| row.envelope.len() as u64).sum(),
            oldest: rows.iter().map(|row| row.created_at).min(),
        })
    }
}

impl OutboxBatch for Batch {
    type Error = Infallible;

    fn rows(&self) -> &[OutboxRow] {
        &self.rows
    }

    async fn settle(self, published: &[Uuid], failed: &[FailedRow]) -> Result<(), Infallible> {
        let mut inner = self.outbox.0.lock().unwrap();
        inner.rows.retain(|(row, _)| !published.contains(&row.id));
        for failure in failed {
            for (row, not_before) in inner.rows.iter_mut().filter(|(row, _)| row.id == failure.id) {
                row.attempts += 1;
                *not_before = Some(Instant::now() + failure.retry_after);
            }
        }
        Ok(())
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        let mut inner = self.outbox.0.lock().unwrap();
        for row in &self.rows {
            inner.locked.remove(&row.id);
        }
    }
}
