//! Events out: to the broker, and when it does not take them in time, into the spool.

use callflow_contract::{
    convert::to_wire_time,
    event::v1::{AnswerGiven, Envelope},
    schema::{Event, seal},
};
use callflow_domain::id::{CompanyId, MessageId};
use callflow_queue::{Message, topology::key};
use callflow_store::outbox::NewMessage;
use jiff::Timestamp;
use prost::Message as _;
use tokio::time::timeout;
use uuid::Uuid;

use super::App;
use crate::error::Error;

/// An event to be sent.
#[derive(Debug)]
pub(crate) struct Outgoing<'a, E> {
    pub(crate) company: CompanyId,
    pub(crate) key: &'static str,
    /// Call the event belongs to; events of one call keep their order.
    pub(crate) call: &'a str,
    /// What makes a repeat the same message; without it every one counts.
    pub(crate) dedup: Option<&'a str>,
    pub(crate) body: E,
}

/// Where an event was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// The broker has it on disk.
    Published,
    /// It waits in the database for the broker.
    Spooled,
}

impl Kept {
    /// Returns the metrics label.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Spooled => "spooled",
        }
    }
}

impl<E: Event> Outgoing<'_, E> {
    fn id(&self) -> Uuid {
        self.dedup.map_or_else(Uuid::now_v7, |key| Uuid::new_v5(&self.company.uuid(), key.as_bytes()))
    }

    fn sealed(&self, id: Uuid) -> Envelope {
        let envelope = Envelope {
            message_id: id.to_string(),
            correlation_id: self.call.to_owned(),
            company_id: self.company.to_string(),
            occurred_at: Some(to_wire_time(Timestamp::now())),
            ordering_key: self.call.to_owned(),
            ..Envelope::default()
        };
        seal(&self.body, envelope)
    }
}

impl App {
    /// Keeps an event and returns where; after that it is not lost.
    pub(crate) async fn emit<E: Event>(&self, outgoing: Outgoing<'_, E>) -> Result<Kept, Error> {
        let id = outgoing.id();
        let envelope = outgoing.sealed(id);
        let message = Message::event(outgoing.key, &envelope)?;
        let published = match timeout(self.limit.ack(), self.deps.publisher.publish(message)).await {
            Ok(outcome) => outcome.map_err(|error| error.to_string()),
            Err(_) => Err("the broker did not confirm in time".into()),
        };
        let Err(reason) = published else { return Ok(Kept::Published) };
        tracing::warn!(reason, "event goes to the spool");
        let row = NewMessage {
            id: MessageId(id),
            ordering_key: outgoing.call.to_owned(),
            routing_key: outgoing.key.to_owned(),
            envelope: envelope.encode_to_vec(),
            traceparent: callflow_telemetry::current_traceparent(),
        };
        let push = self.deps.spool.push(std::slice::from_ref(&row), self.limit.spool_bytes);
        let spooled = timeout(self.limit.ack(), push).await.map_err(|_| Error::Slow);
        spooled.and_then(|outcome| outcome.map_err(Error::from)).map_err(|error| Error::Kept(Box::new(error)))?;
        self.relay.wake();
        Ok(Kept::Spooled)
    }

    /// Tells the dashboard of an answer. Nobody waits for it, and nothing is kept when the broker is away.
    pub(crate) fn tell(&self, company: CompanyId, given: AnswerGiven) {
        if !self.deps.publisher.is_ready() {
            return;
        }
        let call = given.call_id.clone();
        let outgoing = Outgoing { company, key: key::ANSWER_GIVEN, call: &call, dedup: None, body: given };
        let envelope = outgoing.sealed(outgoing.id());
        let Ok(message) = Message::event(key::ANSWER_GIVEN, &envelope) else { return };
        let publisher = self.deps.publisher.clone();
        tokio::spawn(async move {
            let _ = publisher.publish(message).await;
        });
    }
}
