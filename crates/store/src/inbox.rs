//! The inbox: which messages a consumer has taken, so that a second delivery changes nothing.

use std::time::Duration;

use callflow_domain::id::MessageId;
use jiff::{SignedDuration, Timestamp};

use crate::{
    database::{Database, Tx},
    error::Error,
    sql, time,
};

/// How long it is remembered that a message was taken: longer than anybody leaves a parked message waiting.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How often what is older is forgotten.
const TIDY: Duration = Duration::from_secs(3_600);

/// Whose inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Inbox {
    /// Of the resolver.
    Resolver,
    /// Of booking.
    Booking,
    /// Of metrics.
    Metrics,
}

impl Inbox {
    const fn table(self) -> &'static str {
        match self {
            Self::Resolver => "resolver.inbox",
            Self::Booking => "booking.inbox",
            Self::Metrics => "metrics.inbox",
        }
    }

    /// Notes that a consumer takes a message and returns whether it had not done so before.
    ///
    /// Belongs at the beginning of the transaction that carries the effect. When the same message is
    /// being taken by another worker at this moment, this waits for how that ends: `false` after its
    /// commit, `true` after its rollback.
    pub async fn take(self, tx: &mut Tx, consumer: &str, message: MessageId) -> Result<bool, Error> {
        let insert =
            format!("INSERT INTO {} (consumer, message_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", self.table());
        let values = vec![consumer.into(), message.uuid().into()];
        Ok(sql::execute(tx, "taking a message", &insert, values).await? == 1)
    }

    /// Forgets messages taken before `before` and returns how many. They must be older than anything
    /// that can still be delivered: the longest retry, and a parked message that is sent again.
    pub async fn purge(self, tx: &mut Tx, before: Timestamp) -> Result<u64, Error> {
        let delete = format!("DELETE FROM {} WHERE processed_at < $1", self.table());
        sql::execute(tx, "purging the inbox", &delete, vec![time::value(before)]).await
    }

    /// Forgets once an hour what was taken more than 30 days ago, forever. A message that is sent again later than that
    /// would have its effect again, where the effect itself does not prevent it.
    pub async fn keep_tidy(self, database: Database) {
        loop {
            if let Err(error) = self.tidy(&database).await {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, inbox = self.table(), "what was taken long ago is still remembered");
            }
            tokio::time::sleep(TIDY).await;
        }
    }

    async fn tidy(self, database: &Database) -> Result<(), Error> {
        let mut tx = database.begin().await?;
        self.purge(&mut tx, Timestamp::now() - REMEMBERED).await?;
        tx.commit().await
    }
}
