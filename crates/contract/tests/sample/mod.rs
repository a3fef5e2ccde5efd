//! One message of each schema with every field set, so that a field that moves is noticed.

use callflow_contract::{
    common::v1::{Actor, Person, TimeRange, actor::Kind},
    event::v1::{
        AnswerGiven, Appointment, AppointmentBooked, AppointmentCancelled, AppointmentRequested,
        AppointmentRescheduled, CallEvent, CallbackRequested, CatalogChanged, CustomerChanged, Envelope, SeriesBooked,
        catalog_changed::Item,
    },
};
use prost_types::Timestamp;

const CALL: &str = "call_d0f631ca1ddba8db3bcfcb9e057";

fn id(number: u8) -> String {
    format!("00000000-0000-4000-8000-0000000000{number:02x}")
}

const fn at(minute: i64) -> Timestamp {
    Timestamp { seconds: 1_750_000_000 + minute * 60, nanos: 123_000_000 }
}

pub(crate) fn envelope(schema: &str, version: u32) -> Envelope {
    Envelope {
        message_id: id(1),
        correlation_id: CALL.into(),
        causation_id: id(2),
        company_id: id(3),
        schema: schema.into(),
        schema_version: version,
        occurred_at: Some(at(0)),
        ordering_key: CALL.into(),
        body: Vec::new(),
    }
}

pub(crate) fn call_event() -> CallEvent {
    CallEvent {
        event: "call_started".into(),
        call_id: CALL.into(),
        company: "haarwerk".into(),
        received_at: Some(at(1)),
        payload: br#"{"event":"call_started","call":{"call_id":"call_d0f631ca1ddba8db3bcfcb9e057"}}"#.into(),
        dedup_key: format!("call_started/{CALL}"),
    }
}

pub(crate) fn answer_given() -> AnswerGiven {
    AnswerGiven {
        surface: "function".into(),
        name: "check_availability".into(),
        result: "slots_found".into(),
        seconds: 0.125,
        call_id: CALL.into(),
        branch_id: id(4),
        degraded: true,
        at: Some(at(2)),
    }
}

fn person() -> Person {
    Person {
        customer_id: id(5),
        name: "Jörg Müßigbrodt".into(),
        phone: "+491713920017".into(),
        language: "de".into(),
        email: "joerg@example.invalid".into(),
    }
}

fn actor() -> Actor {
    Actor { kind: Kind::Call.into(), call_id: CALL.into(), tool_call_id: "tool_call_7".into(), operator: "op".into() }
}

fn appointment(number: u8) -> Appointment {
    Appointment {
        appointment_id: id(number),
        company_id: id(3),
        branch_id: id(4),
        staff_id: id(6),
        service_id: id(7),
        room_id: id(8),
        group_id: id(9),
        series_id: id(10),
        position: 2,
        start: Some(at(60)),
        end: Some(at(90)),
        blocked: Some(TimeRange { start: Some(at(55)), end: Some(at(95)) }),
        status: "active".into(),
        confirmation_code: "K7PQ".into(),
        person: Some(person()),
        branch_name: "Haarwerk Mitte".into(),
        staff_name: "Lena".into(),
        service_name: "Herrenhaarschnitt".into(),
        time_zone: "Europe/Berlin".into(),
        call_id: CALL.into(),
        changed_at: Some(at(3)),
    }
}

pub(crate) fn appointment_booked() -> AppointmentBooked {
    AppointmentBooked { appointments: vec![appointment(11), appointment(12)], actor: Some(actor()) }
}

pub(crate) fn appointment_rescheduled() -> AppointmentRescheduled {
    AppointmentRescheduled { from: Some(appointment(11)), to: Some(appointment(12)), actor: Some(actor()) }
}

pub(crate) fn appointment_cancelled() -> AppointmentCancelled {
    AppointmentCancelled { appointments: vec![appointment(11)], reason: "krank".into(), actor: Some(actor()) }
}

pub(crate) fn appointment_requested() -> AppointmentRequested {
    AppointmentRequested { call_id: CALL.into(), company: "haarwerk".into(), payload: br#"{"service":"Farbe"}"#.into() }
}

pub(crate) fn series_booked() -> SeriesBooked {
    SeriesBooked {
        series_id: id(10),
        pattern: "weekly:mo".into(),
        appointments: vec![appointment(11)],
        skipped: 1,
        actor: Some(actor()),
    }
}

pub(crate) fn callback_requested() -> CallbackRequested {
    CallbackRequested {
        callback_id: id(13),
        branch_id: id(4),
        call_id: CALL.into(),
        person: Some(person()),
        reason: "Rückruf".into(),
        // One entry: the order of several is not defined.
        known: [("service".to_owned(), "Farbe".to_owned())].into(),
    }
}

pub(crate) fn catalog_changed() -> CatalogChanged {
    let item =
        Item { kind: "staff".into(), id: id(6), branch_id: id(4), change: "changed".into(), schedule_changed: true };
    CatalogChanged { version: 42, items: vec![item], all: true }
}

pub(crate) fn customer_changed() -> CustomerChanged {
    CustomerChanged { customer_id: id(5), change: "created".into() }
}
