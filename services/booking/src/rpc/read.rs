//! Wire requests to commands; every refusal names the field.

use callflow_contract::{
    booking::v1 as wire,
    common::v1::{self as common, actor::Kind},
    convert::{FieldError, id, optional_call_id, optional_id, optional_text, optional_time, required_time},
};
use callflow_domain::{
    id::CompanyId,
    masked::{CustomerName, PersonalText, PhoneNumber},
    slot_id::SlotId,
};
use callflow_rpc::Deadline;
use callflow_store::{Person, appointment::Filter, audit::Actor, callback::Status};
use jiff::Timestamp;
use prost::Message;
use tokio::time::Instant;

use super::hash;
use crate::{
    PATIENCE,
    app::{
        Result,
        callback::RequestCallback,
        cancel::{Cancel, Scope, Which},
        reschedule::{Destination, Reschedule},
        sequence::BookServices,
        series::BookSeries,
    },
    command::{Book, Context, Identity, Target},
};

/// Longest key and intent accepted.
const KEY_BYTES: usize = 300;
/// Longest note or reason kept; what is beyond was not said in one breath.
const TEXT_CHARS: usize = 2_000;
/// Farthest start looked at: ten years.
const LONGEST_AHEAD_HOURS: i64 = 3_660 * 24;

/// Reads whose data is asked for.
pub(super) fn company(text: &str) -> Result<CompanyId> {
    Ok(id("company_id", text)?)
}

/// Reads the clock of a request; the server's own when none is given.
pub(super) fn now(wire: Option<&prost_types::Timestamp>) -> Result<Timestamp> {
    Ok(optional_time("now", wire)?.unwrap_or_else(Timestamp::now))
}

fn context(
    wire: Option<wire::WriteContext>,
    now_at: Option<&prost_types::Timestamp>,
    body: &impl Message,
) -> Result<Context> {
    let wire = wire.ok_or(FieldError::new("context", "is missing"))?;
    let fits = |text: &str| text.len() <= KEY_BYTES;
    if wire.idempotency_key.is_empty() || !fits(&wire.idempotency_key) {
        return Err(FieldError::new("context.idempotency_key", "is not 1 to 300 bytes").into());
    }
    if !fits(&wire.intent_key) {
        return Err(FieldError::new("context.intent_key", "is longer than 300 bytes").into());
    }
    Ok(Context {
        company: id("context.company_id", &wire.company_id)?,
        key: wire.idempotency_key,
        intent: optional_text(wire.intent_key),
        body_hash: hash(body),
        actor: actor(wire.actor.unwrap_or_default())?,
        owner: wire.owner,
        now: to_the_microsecond(now(now_at)?)?,
        until: Instant::now() + Deadline::current().map_or(PATIENCE, Deadline::remaining),
    })
}

/// Drops what the database cannot keep, so that what is told is what is stored.
fn to_the_microsecond(at: Timestamp) -> Result<Timestamp> {
    let short = Timestamp::from_microsecond(at.as_microsecond());
    Ok(short.map_err(|_| FieldError::new("now", "lies beyond the calendar"))?)
}

fn actor(wire: common::Actor) -> Result<Actor> {
    let call = optional_call_id("context.actor.call_id", &wire.call_id)?;
    match (wire.kind(), call) {
        (Kind::Call, Some(call)) => Ok(Actor::Call { call, tool_call: optional_text(wire.tool_call_id) }),
        (Kind::Call, None) => Err(FieldError::new("context.actor.call_id", "is missing").into()),
        (Kind::Operator, _) => Ok(Actor::Operator(wire.operator)),
        (Kind::System, call) => Ok(Actor::System { call }),
        (Kind::Unspecified, _) => {
            Err(FieldError::new("context.actor.kind", "is missing: call, operator or system").into())
        }
    }
}

fn person(wire: Option<common::Person>) -> Result<Person> {
    let wire = wire.unwrap_or_default();
    Ok(Person {
        customer: optional_id("person.customer_id", &wire.customer_id)?,
        name: short(wire.name).map(CustomerName::new),
        phone: optional_text(wire.phone).map(PhoneNumber::new),
        email: short(wire.email).map(PersonalText::new),
        language: optional_text(wire.language),
    })
}

fn short(text: String) -> Option<String> {
    optional_text(text).map(|text| text.chars().take(TEXT_CHARS).collect())
}

/// Reads the proof of identity.
pub(super) fn identity(wire: wire::Identity) -> Identity {
    Identity {
        phone: optional_text(wire.phone).map(PhoneNumber::new),
        code: optional_text(wire.confirmation_code),
        operator: wire.operator,
    }
}

/// What is asked without who asks and when: the same wish under the same key hashes the same.
macro_rules! asked {
    ($request:expr) => {{
        let mut asked = $request.clone();
        asked.now = None;
        asked
    }};
}

/// Reads a booking.
pub(super) fn book(request: wire::BookRequest) -> Result<Book> {
    let context = context(request.context.clone(), request.now.as_ref(), &asked!(request))?;
    let target = match optional_text(request.slot_id) {
        Some(slot) => Target::Offered(slot_id("slot_id", slot)?),
        None => Target::Parts {
            branch: id("branch_id", &request.branch_id)?,
            service: id("service_id", &request.service_id)?,
            staff: optional_id("staff_id", &request.staff_id)?,
            start: ahead("start", required_time("start", request.start.as_ref())?, context.now)?,
        },
    };
    let notes = short(request.notes).map(PersonalText::new);
    Ok(Book { context, target, person: person(request.person)?, notes, any_staff: request.any_staff })
}

/// Refuses what is no slot id; whether there is such a slot is another question.
fn slot_id(field: &'static str, text: String) -> Result<String> {
    match SlotId::parse(&text) {
        Ok(_) => Ok(text),
        Err(_) => Err(FieldError::new(field, "is no slot id; it begins with sl_").into()),
    }
}

/// Refuses times that are over, and those no calendar reaches.
fn ahead(field: &'static str, start: Timestamp, now: Timestamp) -> Result<Timestamp> {
    if start <= now {
        return Err(FieldError::new(field, "lies in the past").into());
    }
    if start.duration_since(now).as_hours() > LONGEST_AHEAD_HOURS {
        return Err(FieldError::new(field, "lies more than ten years ahead").into());
    }
    Ok(start)
}

/// Reads a series to be looked at; it needs no key, because nothing is written.
pub(super) fn series_preview(request: wire::SeriesRequest) -> Result<BookSeries> {
    let mut request = request;
    if let Some(context) = &mut request.context
        && context.idempotency_key.is_empty()
    {
        context.idempotency_key = "preview".into();
    }
    series(request)
}

/// Reads a series.
pub(super) fn series(request: wire::SeriesRequest) -> Result<BookSeries> {
    let context = context(request.context.clone(), request.now.as_ref(), &asked!(request))?;
    Ok(BookSeries {
        context,
        branch: id("branch_id", &request.branch_id)?,
        service: id("service_id", &request.service_id)?,
        staff: optional_id("staff_id", &request.staff_id)?,
        pattern: request.pattern,
        start_date: request.start_date,
        time: request.time,
        end_date: request.end_date,
        count: request.count,
        strategy: request.strategy,
        shift_window_min: request.shift_window_min,
        person: person(request.person)?,
        notes: short(request.notes).map(PersonalText::new),
    })
}

/// Reads a sequence.
pub(super) fn book_services(request: wire::BookServicesRequest) -> Result<BookServices> {
    let context = context(request.context.clone(), request.now.as_ref(), &asked!(request))?;
    let count = request.service_ids.len().max(request.slot_ids.len());
    if !(2..=8).contains(&count) {
        return Err(FieldError::new("service_ids", "does not name 2 to 8 services").into());
    }
    let services: std::result::Result<_, FieldError> =
        request.service_ids.iter().map(|text| id("service_ids", text)).collect();
    Ok(BookServices {
        context,
        branch: id("branch_id", &request.branch_id)?,
        services: services?,
        any_order: request.any_order,
        same_staff: request.same_staff,
        gap_min: request.gap_min,
        window: request.window,
        slots: request.slot_ids.into_iter().map(|slot| slot_id("slot_ids", slot)).collect::<Result<_>>()?,
        person: person(request.person)?,
        notes: short(request.notes).map(PersonalText::new),
    })
}

/// Reads a cancellation.
pub(super) fn cancel(request: wire::CancelRequest) -> Result<Cancel> {
    let context = context(request.context.clone(), request.now.as_ref(), &asked!(request))?;
    Ok(Cancel {
        context,
        which: Which::Appointment(which(request.appointment)?),
        identity: identity(request.identity.unwrap_or_default()),
        reason: short(request.reason).map(PersonalText::new),
        scope: if request.whole_series { Scope::WholeSeries } else { Scope::One },
    })
}

/// Reads the cancellation of a series from one occurrence on.
pub(super) fn cancel_series_from(request: wire::CancelSeriesFromRequest) -> Result<Cancel> {
    let context = context(request.context.clone(), request.now.as_ref(), &asked!(request))?;
    let which = match optional_text(request.appointment) {
        Some(appointment) => Which::Appointment(appointment),
        None => Which::FromOn(
            id("series_id", &request.series_id)?,
            optional_time("from", request.from.as_ref())?.unwrap_or(context.now),
        ),
    };
    Ok(Cancel {
        context,
        which,
        identity: identity(request.identity.unwrap_or_default()),
        reason: short(request.reason).map(PersonalText::new),
        scope: Scope::FromHere,
    })
}

fn which(appointment: String) -> Result<String> {
    Ok(optional_text(appointment)
        .ok_or(FieldError::new("appointment", "is missing; an id or a confirmation code is expected"))?)
}

/// Reads a move.
pub(super) fn reschedule(request: wire::RescheduleRequest) -> Result<Reschedule> {
    let context = context(request.context.clone(), request.now.as_ref(), &asked!(request))?;
    let slot = match optional_text(request.slot_id) {
        Some(slot) => Destination::Offered(slot_id("slot_id", slot)?),
        None => Destination::At(
            ahead("start", required_time("start", request.start.as_ref())?, context.now)?,
            optional_id("staff_id", &request.staff_id)?,
        ),
    };
    let identity = identity(request.identity.unwrap_or_default());
    Ok(Reschedule { context, appointment: which(request.appointment)?, identity, slot })
}

/// Reads a wish to be called back.
pub(super) fn callback(request: wire::RequestCallbackRequest) -> Result<RequestCallback> {
    let context = context(request.context.clone(), None, &request)?;
    Ok(RequestCallback {
        context,
        branch: optional_id("branch_id", &request.branch_id)?,
        person: person(request.person)?,
        kind: "request",
        reason: PersonalText::new(short(request.reason).unwrap_or_default()),
        known: request.known,
    })
}

/// Reads which callbacks are asked for.
pub(super) fn callback_status(text: &str) -> Result<Option<Status>> {
    match text {
        "" => Ok(None),
        text => Ok(Some(Status::parse(text).ok_or(FieldError::new("status", "is not open, done or dropped"))?)),
    }
}

/// Reads which appointments are asked for.
pub(super) fn filter(request: &wire::ListRequest) -> Result<Filter> {
    let range = request.range.as_ref();
    Ok(Filter {
        branch: optional_id("branch_id", &request.branch_id)?,
        staff: optional_id("staff_id", &request.staff_id)?,
        from: optional_time("range.start", range.and_then(|range| range.start.as_ref()))?,
        until: optional_time("range.end", range.and_then(|range| range.end.as_ref()))?,
        with_inactive: request.with_cancelled,
        limit: request.limit.into(),
        ..Filter::default()
    })
}
