//! The spool's own side: adding a message outside of any other transaction, up to an amount.

use super::{NewMessage, Outbox, columns, insert};
use crate::{error::Error, sql};

impl Outbox {
    /// Stores messages at once, or fails with [`Error::Full`] when `max_bytes` are waiting already.
    ///
    /// After `Ok` they are durable. After any error they may or may not be: a repeat with the same
    /// ids stores them once.
    pub async fn push(&self, messages: &[NewMessage], max_bytes: u64) -> Result<(), Error> {
        let doing = "spooling messages";
        if messages.is_empty() {
            return Ok(());
        }
        let table = self.table.name();
        // A look at the size on disk costs nothing and nearly always settles it. Only a large file is
        // measured, because it stays large for a while after the spool has been emptied.
        let room = format!("WHERE pg_total_relation_size('{table}') < $6 OR ({}) < $6", waiting(table));
        let mut values = columns(messages);
        values.push(i64::try_from(max_bytes).unwrap_or(i64::MAX).into());
        let stored = sql::execute(&self.database, doing, &insert(table, &room), values).await?;
        if stored > 0 { Ok(()) } else { self.explain(messages).await }
    }

    /// Nothing was stored: either there is no room, or the messages are there from an earlier try.
    async fn explain(&self, messages: &[NewMessage]) -> Result<(), Error> {
        let doing = "spooling messages";
        let table = self.table.name();
        let known = format!("SELECT count(*) FROM {table} WHERE message_id = ANY($1)");
        let ids: Vec<_> = messages.iter().map(|message| message.id.uuid()).collect();
        let known: i64 = sql::scalar(&self.database, doing, &known, vec![ids.into()]).await?;
        if usize::try_from(known) == Ok(messages.len()) {
            return Ok(());
        }
        let bytes: i64 = sql::scalar(&self.database, doing, &waiting(table), vec![]).await?;
        Err(Error::Full { doing, bytes: u64::try_from(bytes).unwrap_or_default() })
    }
}

/// Returns the query for the bytes of all envelopes; lengths are read from the rows' heads, not the bodies.
pub(super) fn waiting(table: &str) -> String {
    format!("SELECT COALESCE(sum(octet_length(envelope)), 0)::bigint FROM {table}")
}
