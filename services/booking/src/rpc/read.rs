//! Wire requests to commands; every refusal names the field.

mod make;

use callflow_contract::{
    booking::v1 as wire,
    common::v1::{self as common, actor::Kind},
    convert::{FieldError, id, optional_call_id, optional_id, optional_text, optional_time, required_time},
};
use callflow_domain::{
    id::CompanyId,
    masked::{CustomerName, PersonalText, PhoneNumber},
};
use callflow_rpc::Deadline;
use callflow_store::{Person, appointment::Filter, audit::Actor, callback::Status};
use jiff::Timestamp;
use prost::Message;
use tokio::time::Instant;

use make::{ahead, slot_id};
pub(super) use make::{book, book_services, series, series_preview};

use super::hash;
use crate::{
    PATIENCE,
    app::{
        Result,
        callback::RequestCallback,
        cancel::{Cancel, Scope, Which},
        reschedule::{Destination, Reschedule},
    },
    command::{Context, Identity},
};

/// Longest key and intent accepted.
const KEY_BYTES: usize = 300;
/// Longest note or reason kept; what is beyond was not said in one breath.
const TEXT_CHARS: usize = 2_000;

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
use asked;

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
