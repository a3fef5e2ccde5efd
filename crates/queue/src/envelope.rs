//! A message as it travels: the envelope in its body, and around it what the queues need to know without opening it.

mod delivery;
mod property;
mod registry;

pub use delivery::Delivery;
pub use registry::Registry;

use callflow_contract::{convert, event::v1::Envelope};
use callflow_domain::port::OutboxRow;
use callflow_telemetry::carrier;
use jiff::Timestamp;
use prost::Message as _;
use uuid::Uuid;

use crate::{Error, disposition::ParkReason};

/// The largest body that is carried: the 8 MB an event may have at the door, its envelope, and some room.
/// RabbitMQ 4 refuses more than 16 MB unless told otherwise.
pub const MAX_BODY_BYTES: usize = 9 * 1024 * 1024;
/// Longest text in a message property, by the protocol.
const MAX_PROPERTY_BYTES: usize = 255;

/// A message on its way to or from the broker.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub(crate) id: String,
    pub(crate) correlation_id: String,
    pub(crate) schema: String,
    pub(crate) body: Vec<u8>,
    pub(crate) trail: Trail,
}

/// What has happened to a message so far. Travels in headers, because delays, parking and redriving make new copies.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Trail {
    /// The routing key it entered by; a copy that waited arrives under another.
    pub(crate) key: String,
    pub(crate) company_id: String,
    pub(crate) traceparent: Option<String>,
    pub(crate) first_seen: Timestamp,
    /// Number of the attempt to come, or of the last one when parked; 1 is the first.
    pub(crate) attempt: u32,
    /// How often it waited for something that was away.
    pub(crate) waits: u32,
    /// How often a process died while holding it.
    pub(crate) crashes: u32,
    /// How often a person sent it back.
    pub(crate) redriven: u32,
    pub(crate) parked: Option<Parking>,
}

/// When and why a message was parked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parking {
    pub(crate) code: String,
    pub(crate) detail: String,
    pub(crate) at: Timestamp,
}

impl Message {
    /// Returns an event ready to be published under `routing_key`, carrying the current span's trace.
    ///
    /// # Errors
    /// When the envelope lacks a message id, holds something the broker cannot carry, or is too large.
    pub fn event(routing_key: &str, envelope: &Envelope) -> Result<Self, Error> {
        Self::assemble(routing_key, envelope, envelope.encode_to_vec(), carrier::current_traceparent())
    }

    /// Returns the event in an outbox row, ready to be published, its body untouched.
    ///
    /// # Errors
    /// As [`event`](Self::event), and when the row holds no envelope.
    pub fn stored(row: &OutboxRow) -> Result<Self, Error> {
        let envelope = Envelope::decode(row.envelope.as_slice())
            .map_err(|_| Error::Envelope { field: "envelope", problem: "is not an Envelope" })?;
        Self::assemble(&row.routing_key, &envelope, row.envelope.clone(), row.traceparent.clone())
    }

    fn assemble(
        routing_key: &str,
        envelope: &Envelope,
        body: Vec<u8>,
        traceparent: Option<String>,
    ) -> Result<Self, Error> {
        let wrong = |field, problem| Error::Envelope { field, problem };
        if body.len() > MAX_BODY_BYTES {
            return Err(Error::Oversized { bytes: body.len(), limit: MAX_BODY_BYTES });
        }
        Uuid::parse_str(&envelope.message_id).map_err(|_| wrong("message_id", "is not a UUID"))?;
        let texts = [
            ("routing_key", routing_key),
            ("correlation_id", &envelope.correlation_id),
            ("schema", &envelope.schema),
            ("company_id", &envelope.company_id),
        ];
        if let Some((field, _)) = texts.into_iter().find(|(_, text)| text.len() > MAX_PROPERTY_BYTES) {
            return Err(wrong(field, "is longer than 255 bytes"));
        }
        let occurred_at = convert::optional_time("occurred_at", envelope.occurred_at.as_ref())
            .map_err(|_| wrong("occurred_at", "is outside the years -9999 to 9999"))?;
        Ok(Self {
            id: envelope.message_id.clone(),
            correlation_id: envelope.correlation_id.clone(),
            schema: envelope.schema.clone(),
            body,
            trail: Trail {
                company_id: envelope.company_id.clone(),
                traceparent,
                ..Trail::begin(routing_key, occurred_at.unwrap_or_else(Timestamp::now))
            },
        })
    }

    /// Returns the message's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the routing key it enters by.
    #[must_use]
    pub fn routing_key(&self) -> &str {
        &self.trail.key
    }

    /// Returns a copy for a delay queue after a failed attempt.
    pub(crate) fn after_failure(mut self) -> Self {
        self.trail.attempt = self.trail.attempt.saturating_add(1);
        self
    }

    /// Returns a copy for a delay queue because something was away.
    pub(crate) fn after_wait(mut self) -> Self {
        self.trail.waits = self.trail.waits.saturating_add(1);
        self
    }

    /// Returns a copy that a process died over once more.
    pub(crate) fn after_crash(mut self) -> Self {
        self.trail.crashes = self.trail.crashes.saturating_add(1);
        self
    }

    /// Returns a copy for the parked queue.
    pub(crate) fn parked(mut self, reason: ParkReason, at: Timestamp) -> Self {
        self.trail.parked = Some(Parking { code: reason.code.to_owned(), detail: reason.detail, at });
        self
    }

    /// Returns a copy that begins anew: same id, so that what was done already stays done once.
    pub(crate) fn redriven(mut self) -> Self {
        let former = self.trail;
        self.trail = Trail {
            company_id: former.company_id,
            traceparent: former.traceparent,
            redriven: former.redriven.saturating_add(1),
            ..Trail::begin(&former.key, former.first_seen)
        };
        self
    }
}

impl Trail {
    fn begin(key: &str, first_seen: Timestamp) -> Self {
        Self {
            key: key.to_owned(),
            company_id: String::new(),
            traceparent: None,
            first_seen,
            attempt: 1,
            waits: 0,
            crashes: 0,
            redriven: 0,
            parked: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope() -> Envelope {
        Envelope { message_id: Uuid::from_u128(7).to_string(), ..Envelope::default() }
    }

    /// RabbitMQ 4 takes messages of 16 MiB at most, unless told otherwise.
    #[test]
    fn the_largest_message_fits_every_broker() {
        const { assert!(MAX_BODY_BYTES + 1024 * 1024 < 16 * 1024 * 1024) };
    }

    #[test]
    fn what_the_broker_could_not_carry_is_refused_before_it_is_sent() {
        let refusal = |envelope: Envelope| Message::event("call.started", &envelope).unwrap_err().to_string();
        assert_eq!(refusal(Envelope::default()), "envelope field message_id is not a UUID");
        let long = Envelope { correlation_id: "x".repeat(256), ..envelope() };
        assert_eq!(refusal(long), "envelope field correlation_id is longer than 255 bytes");
        let large = Envelope { body: vec![0; MAX_BODY_BYTES + 1], ..envelope() };
        assert!(refusal(large).starts_with("message has"));
        assert!(Message::event(&"k".repeat(256), &envelope()).is_err());
    }

    #[test]
    fn a_redriven_message_keeps_its_id_and_its_age_and_nothing_else_of_its_past() {
        let message = Message::event("call.started", &envelope()).unwrap();
        let reason = ParkReason::new(ParkReason::REFUSED, "why");
        let old = message.clone().after_failure().after_wait().after_crash().parked(reason, Timestamp::UNIX_EPOCH);
        let new = old.redriven();
        assert_eq!((new.id, new.trail.first_seen), (message.id, message.trail.first_seen));
        assert_eq!((new.trail.attempt, new.trail.waits, new.trail.crashes, new.trail.redriven), (1, 0, 0, 1));
        assert_eq!(new.trail.parked, None);
    }
}
