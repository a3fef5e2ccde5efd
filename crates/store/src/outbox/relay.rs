//! The relay's side of an outbox: claim the heads, settle what was published.

use callflow_domain::port::{self, Backlog, FailedRow, OutboxRow};
use sea_orm::{FromQueryResult, prelude::DateTimeUtc};
use serde_json::json;
use uuid::Uuid;

use super::{Outbox, Table, spool::waiting};
use crate::{database::Tx, error::Error, person::clean, sql, time};

/// Claimed messages and the transaction whose row locks keep other relays away from them.
#[derive(Debug)]
pub struct Batch {
    tx: Tx,
    table: Table,
    rows: Vec<OutboxRow>,
}

impl port::Outbox for Outbox {
    type Error = Error;
    type Batch = Batch;

    async fn claim(&self, limit: usize) -> Result<Batch, Error> {
        let doing = "claiming messages";
        let mut tx = self.database.begin().await?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let found: Vec<Row> = sql::rows(&tx, doing, &heads(self.table.name()), vec![limit.into()]).await?;
        // The relay publishes while this is open: the broker's patience counts, not a statement's.
        tx.extend(HOLD);
        Ok(Batch { tx, table: self.table, rows: found.into_iter().map(OutboxRow::from).collect() })
    }

    async fn backlog(&self) -> Result<Backlog, Error> {
        let doing = "measuring the outbox";
        let table = self.table.name();
        let query =
            format!("SELECT count(*) AS rows, min(created_at) AS oldest, ({}) AS bytes FROM {table}", waiting(table));
        let found: Option<Measured> = sql::optional(&self.database, doing, &query, vec![]).await?;
        let Measured { rows, oldest, bytes } = found.ok_or(Error::NotFound { doing })?;
        Ok(Backlog {
            rows: u64::try_from(rows).unwrap_or_default(),
            bytes: u64::try_from(bytes).unwrap_or_default(),
            oldest: oldest.map(time::from_db),
        })
    }
}

impl port::OutboxBatch for Batch {
    type Error = Error;

    fn rows(&self) -> &[OutboxRow] {
        &self.rows
    }

    async fn settle(self, published: &[Uuid], failed: &[FailedRow]) -> Result<(), Error> {
        let doing = "settling messages";
        let Self { tx, table, .. } = self;
        let table = table.name();
        if !published.is_empty() {
            let delete = format!("DELETE FROM {table} WHERE message_id = ANY($1)");
            sql::execute(&tx, doing, &delete, vec![published.to_vec().into()]).await?;
        }
        if !failed.is_empty() {
            let postpone = format!(
                "UPDATE {table} o SET attempts = attempts + 1, last_error = f.reason,
                     not_before = clock_timestamp() + f.after_ms * interval '1 millisecond'
                 FROM json_to_recordset($1::json) AS f(id uuid, reason text, after_ms double precision)
                 WHERE o.message_id = f.id"
            );
            let rows: Vec<_> = failed
                .iter()
                .map(|row| json!({"id": row.id, "reason": clean(&row.reason), "after_ms": row.retry_after.as_millis()}))
                .collect();
            sql::execute(&tx, doing, &postpone, vec![sql::json(doing, &rows)?]).await?;
        }
        tx.commit().await
    }
}

/// Longest time between claiming and settling; well below the server's limit for idle transactions.
const HOLD: std::time::Duration = std::time::Duration::from_secs(25);

/// Returns the query for the first message of each ordering key that nobody else has locked.
///
/// A message behind a locked one is never seen as a head: the locked row is still there. Written as
/// a look-up per row, so that a long backlog is read only as far as the limit, whatever the planner knows.
fn heads(table: &str) -> String {
    format!(
        "SELECT message_id, ordering_key, routing_key, envelope, traceparent, created_at, attempts
         FROM {table} o
         WHERE id = (SELECT min(id) FROM {table} same WHERE same.ordering_key = o.ordering_key)
           AND (not_before IS NULL OR not_before <= now())
         ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED"
    )
}

#[derive(FromQueryResult)]
struct Measured {
    rows: i64,
    oldest: Option<DateTimeUtc>,
    bytes: i64,
}

#[derive(FromQueryResult)]
struct Row {
    message_id: Uuid,
    ordering_key: String,
    routing_key: String,
    envelope: Vec<u8>,
    traceparent: Option<String>,
    created_at: DateTimeUtc,
    attempts: i32,
}

impl From<Row> for OutboxRow {
    fn from(row: Row) -> Self {
        Self {
            id: row.message_id,
            ordering_key: row.ordering_key,
            routing_key: row.routing_key,
            envelope: row.envelope,
            traceparent: row.traceparent,
            created_at: time::from_db(row.created_at),
            attempts: u32::try_from(row.attempts).unwrap_or_default(),
        }
    }
}
