//! Outbox and spool: messages that are durable here until the broker has confirmed them.

mod relay;
mod spool;

use sea_orm::Value;
use uuid::Uuid;

use callflow_domain::id::MessageId;

use crate::{
    database::{Database, Tx},
    error::Error,
    sql,
};

pub use relay::Batch;

/// Which table of waiting messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Table {
    /// `resolver.outbox`.
    Resolver,
    /// `booking.outbox`.
    Booking,
    /// `ingress.spool`: what could not be published at once.
    Spool,
}

impl Table {
    const fn name(self) -> &'static str {
        match self {
            Self::Resolver => "resolver.outbox",
            Self::Booking => "booking.outbox",
            Self::Spool => "ingress.spool",
        }
    }

    /// Adds messages to the outbox, in the transaction of the change they tell of.
    ///
    /// They leave in the order of this list for each ordering key. A message id that waits already
    /// is not added again.
    pub async fn append(self, tx: &mut Tx, messages: &[NewMessage]) -> Result<(), Error> {
        if messages.is_empty() {
            return Ok(());
        }
        let insert = insert(self.name(), "");
        sql::execute(tx, "writing to the outbox", &insert, columns(messages)).await.map(|_| ())
    }
}

/// A message to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Identity of the message, the same as in its envelope.
    pub id: MessageId,
    /// Messages with the same key leave one after another.
    pub ordering_key: String,
    /// Where the exchange sends it.
    pub routing_key: String,
    /// The encoded envelope.
    pub envelope: Vec<u8>,
    /// Trace context of whoever writes it.
    pub traceparent: Option<String>,
}

/// A table of waiting messages on a database: what a relay empties.
#[derive(Debug, Clone)]
pub struct Outbox {
    database: Database,
    table: Table,
}

impl Outbox {
    /// Returns the outbox of one service.
    #[must_use]
    pub const fn new(database: Database, table: Table) -> Self {
        Self { database, table }
    }
}

/// Returns the insert statement, with a condition on the whole of it.
fn insert(table: &str, condition: &str) -> String {
    insert_from(table, 1, condition)
}

/// The same, with [`columns`] as the parameters from `first` on.
pub(crate) fn insert_from(table: &str, first: usize, condition: &str) -> String {
    let [id, order, route, envelope, trace] = std::array::from_fn(|nth| first + nth);
    format!(
        "INSERT INTO {table} (message_id, ordering_key, routing_key, envelope, traceparent)
         SELECT id, ordering_key, routing_key, envelope, NULLIF(traceparent, '')
         FROM unnest(${id}::uuid[], ${order}::text[], ${route}::text[], ${envelope}::bytea[], ${trace}::text[])
              WITH ORDINALITY AS m(id, ordering_key, routing_key, envelope, traceparent, nth)
         {condition} ORDER BY nth ON CONFLICT (message_id) DO NOTHING"
    )
}

/// Returns messages as the parameters of an insert.
pub(crate) fn columns(messages: &[NewMessage]) -> Vec<Value> {
    vec![
        messages.iter().map(|message| message.id.uuid()).collect::<Vec<Uuid>>().into(),
        texts(messages, |message| &message.ordering_key),
        texts(messages, |message| &message.routing_key),
        messages.iter().map(|message| message.envelope.clone()).collect::<Vec<Vec<u8>>>().into(),
        texts(messages, |message| message.traceparent.as_deref().unwrap_or_default()),
    ]
}

fn texts(messages: &[NewMessage], text: impl Fn(&NewMessage) -> &str) -> Value {
    messages.iter().map(|message| text(message).to_owned()).collect::<Vec<String>>().into()
}
