//! The facts booking tells: appointments as others read them, sealed in envelopes for the outbox.

use callflow_contract::{
    availability::v1::Segment,
    common::v1 as common,
    convert::{to_wire_range, to_wire_time},
    event::v1::{self as event, Envelope},
    schema::{Event, seal},
};
use callflow_domain::id::{CompanyId, MessageId};
use callflow_store::{
    Person,
    appointment::{Appointment, NewAppointment},
    audit::{self, Actor},
    directory::Directory,
    outbox::NewMessage,
};
use jiff::Timestamp;
use prost::Message as _;
use serde_json::json;
use uuid::Uuid;

use crate::command::Context;

/// Returns the outbox row of one event. Everything about one key leaves in the order it was written.
#[must_use]
pub fn message<E: Event>(
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

/// Returns the outbox row of an event about appointments with this confirmation code.
///
/// The code stays with an appointment when it is moved and is shared by a sequence or series, so everything about them leaves
/// in the order it happened.
#[must_use]
pub fn about<E: Event>(context: &Context, routing_key: &str, code: &str, body: &E) -> NewMessage {
    let order = Uuid::new_v5(&context.company.uuid(), code.as_bytes()).to_string();
    let call = context.call().map(|call| call.as_str());
    message(context.company, routing_key, order, call, body, context.now)
}

/// Returns the audit entry of an appointment that was made.
#[must_use]
pub fn made(context: &Context, action: &str, wish: &NewAppointment) -> audit::Entry {
    audit::Entry {
        at: context.now,
        appointment: Some(wish.id),
        action: action.to_owned(),
        actor: context.actor.clone(),
        before: None,
        after: Some(json!({
            "staff_id": wish.staff, "starts_at": wish.starts_at, "ends_at": wish.ends_at, "position": wish.position,
        })),
    }
}

/// Returns an appointment as it is told to others, names included.
#[must_use]
pub fn appointment(stored: &Appointment, names: &Directory) -> event::Appointment {
    let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    event::Appointment {
        appointment_id: stored.id.to_string(),
        company_id: stored.company.to_string(),
        branch_id: stored.branch.to_string(),
        staff_id: stored.staff.to_string(),
        service_id: stored.service.to_string(),
        room_id: text(stored.room.map(Into::into)),
        group_id: text(stored.group.map(Into::into)),
        series_id: text(stored.series.map(Into::into)),
        position: stored.position,
        start: Some(to_wire_time(stored.starts_at)),
        end: Some(to_wire_time(stored.ends_at)),
        blocked: Some(to_wire_range(stored.busy_from, stored.busy_until)),
        status: stored.status.as_str().to_owned(),
        confirmation_code: stored.confirmation_code.clone(),
        person: Some(person(&stored.person)),
        branch_name: names.branch_name(stored.branch),
        staff_name: names.staff_name(stored.staff),
        service_name: names.service_name(stored.service),
        time_zone: names.time_zone(stored.branch).to_owned(),
        call_id: stored.call.as_ref().map(|call| call.as_str().to_owned()).unwrap_or_default(),
        changed_at: Some(to_wire_time(stored.updated_at)),
    }
}

/// Returns what an appointment takes: its staff member's time, and its room's if it has one.
#[must_use]
pub fn blocked(stored: &Appointment) -> Vec<Segment> {
    let range = Some(to_wire_range(stored.busy_from, stored.busy_until));
    let on = |(id, room): (Uuid, bool)| Segment { resource_id: id.to_string(), range, room };
    let resources = [Some((stored.staff.uuid(), false)), stored.room.map(|room| (room.uuid(), true))];
    resources.into_iter().flatten().map(on).collect()
}

/// Returns a person as told to others.
#[must_use]
pub fn person(person: &Person) -> common::Person {
    common::Person {
        customer_id: person.customer.map(|id| id.to_string()).unwrap_or_default(),
        name: person.name.as_ref().map(|name| name.expose().to_owned()).unwrap_or_default(),
        phone: person.phone.as_ref().map(|phone| phone.expose().to_owned()).unwrap_or_default(),
        language: person.language.clone().unwrap_or_default(),
        email: person.email.as_ref().map(|email| email.expose().to_owned()).unwrap_or_default(),
    }
}

/// Returns who asked, as told to others.
#[must_use]
pub fn actor(actor: &Actor) -> common::Actor {
    use common::actor::Kind;
    match actor {
        Actor::Call { call, tool_call } => common::Actor {
            kind: Kind::Call.into(),
            call_id: call.as_str().to_owned(),
            tool_call_id: tool_call.clone().unwrap_or_default(),
            ..common::Actor::default()
        },
        Actor::Operator(name) => {
            common::Actor { kind: Kind::Operator.into(), operator: name.clone(), ..common::Actor::default() }
        }
        Actor::System { call } => common::Actor {
            kind: Kind::System.into(),
            call_id: call.as_ref().map(|call| call.as_str().to_owned()).unwrap_or_default(),
            ..common::Actor::default()
        },
    }
}
