//! One delivery as a handler sees it.

use callflow_contract::{
    event::v1::Envelope,
    schema::{self, Event, OpenError},
};
use callflow_domain::id::{CompanyId, MessageId};
use jiff::Timestamp;
use uuid::Uuid;

use super::Message;

/// An event that has arrived. It may arrive again, and in any order with others: handlers keep an inbox.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// The envelope; its schema and version are known to this consumer.
    pub envelope: Envelope,
    /// Identity of the message; every redelivery, retry and redrive has the same.
    pub message_id: MessageId,
    /// The company it concerns, where it concerns one.
    pub company_id: Option<CompanyId>,
    /// The key it was published under, e.g. `call.started`.
    pub routing_key: String,
    /// Number of this attempt; 1 is the first.
    pub attempt: u32,
    /// When the event happened, as its publisher says.
    pub first_seen: Timestamp,
    /// Trace context of the publisher; the handler runs in a span below it.
    pub traceparent: Option<String>,
}

impl Delivery {
    /// Returns the first delivery of an event, as the loop would make it; `None` when the envelope has no message id.
    #[must_use]
    pub fn first(routing_key: &str, envelope: Envelope) -> Option<Self> {
        let message = Message::event(routing_key, &envelope).ok()?;
        Some(Self::new(&message, envelope))
    }

    /// Joins a message with its opened envelope, whose ids were checked when it was opened.
    pub(crate) fn new(message: &Message, envelope: Envelope) -> Self {
        let id = |text: &str| Uuid::parse_str(text).ok();
        Self {
            message_id: MessageId(id(&envelope.message_id).unwrap_or_default()),
            company_id: id(&envelope.company_id).map(CompanyId),
            routing_key: message.trail.key.clone(),
            attempt: message.trail.attempt,
            first_seen: message.trail.first_seen,
            traceparent: message.trail.traceparent.clone(),
            envelope,
        }
    }

    /// Returns the event in the envelope.
    ///
    /// # Errors
    /// When it carries another schema, a version from the future, or bytes that do not decode: park it.
    pub fn open<E: Event>(&self) -> Result<E, OpenError> {
        schema::open(&self.envelope)
    }
}
