//! Outbox rows of the resolver.

use callflow_contract::{
    convert::to_wire_time,
    event::v1::Envelope,
    schema::{Event, seal},
};
use callflow_domain::id::{CompanyId, MessageId};
use callflow_store::outbox::NewMessage;
use jiff::Timestamp;
use prost::Message as _;
use uuid::Uuid;

/// Returns the outbox row of one event. Everything about one key leaves in the order it was written.
#[must_use]
pub fn new<E: Event>(
    company: CompanyId,
    routing_key: &str,
    ordering_key: String,
    call: Option<&str>,
    body: &E,
    at: Timestamp,
) -> NewMessage {
    let id = MessageId(Uuid::now_v7());
    let envelope = Envelope {
        message_id: id.to_string(),
        correlation_id: call.unwrap_or_default().to_owned(),
        company_id: company.to_string(),
        occurred_at: Some(to_wire_time(at)),
        ordering_key: ordering_key.clone(),
        ..Envelope::default()
    };
    NewMessage {
        id,
        ordering_key,
        routing_key: routing_key.to_owned(),
        envelope: seal(body, envelope).encode_to_vec(),
        traceparent: callflow_telemetry::current_traceparent(),
    }
}
