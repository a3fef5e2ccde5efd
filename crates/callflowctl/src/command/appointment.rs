//! `callflowctl book|reschedule|cancel|appointments|callbacks`.

use std::{collections::BTreeMap, process::ExitCode};

use callflow_contract::{
    booking::v1::{
        BookRequest, BookResponse, CancelRequest, CancelSeriesFromRequest, Identity, ListCallbacksRequest, ListRequest,
        Outcome, RescheduleRequest, WriteContext,
    },
    common::v1::{Actor, Person, actor},
    convert::{to_wire_range, to_wire_time},
};
use callflow_domain::id::CompanyId;
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use serde::Serialize;
use uuid::Uuid;

use super::branch;
use crate::{
    cli::{Appointments, Book, Callbacks, Cancel, Format, Reschedule},
    connect::Fleet,
    failure::Failure,
    output,
    view::{Booked, Closest, time, wall},
};

#[derive(Serialize)]
struct Changed {
    outcome: String,
    appointments: Vec<Booked>,
    alternatives: Vec<Closest>,
    /// Why it is not as asked; empty when it is.
    reason: String,
    detail: String,
    #[serde(skip)]
    done: bool,
}

impl Changed {
    fn read(answer: &BookResponse) -> Result<Self, Failure> {
        let done = matches!(answer.outcome(), Outcome::Booked | Outcome::Replayed | Outcome::Rescheduled);
        let alternatives: Result<Vec<_>, _> = answer.alternatives.iter().map(Closest::read).collect();
        Ok(Self {
            outcome: name_of(answer.outcome()),
            appointments: answer.appointments.iter().map(Booked::read).collect::<Result<_, _>>()?,
            alternatives: alternatives?.into_iter().flatten().collect(),
            reason: super::slot::reason(answer.reason()),
            detail: answer.detail.clone(),
            done,
        })
    }
}

/// Returns what an operator writes with.
pub(super) fn context(fleet: &Fleet, key: Option<String>) -> Result<WriteContext, Failure> {
    let operator = std::env::var("USER").unwrap_or_else(|_| "operator".into());
    Ok(WriteContext {
        company_id: CompanyId::from_slug(&fleet.company()?).to_string(),
        idempotency_key: key.unwrap_or_else(|| format!("operator/{}", Uuid::now_v7())),
        actor: Some(Actor { kind: actor::Kind::Operator.into(), operator, ..Actor::default() }),
        ..WriteContext::default()
    })
}

/// Returns an outcome in lower case.
pub(super) fn name_of(outcome: Outcome) -> String {
    outcome.as_str_name().trim_start_matches("OUTCOME_").to_ascii_lowercase()
}

/// Books and prints. Exit code 1 when it was not booked.
pub(crate) async fn book(fleet: &Fleet, format: Format, args: Book) -> Result<ExitCode, Failure> {
    let request = BookRequest {
        context: Some(context(fleet, args.key)?),
        slot_id: args.slot,
        person: Some(Person { name: args.name, phone: args.phone, language: args.language, ..Person::default() }),
        notes: args.notes,
        ..BookRequest::default()
    };
    let answer = fleet.booking().await?.book(request).await?.into_inner();
    let view = Changed::read(&answer)?;
    output::print(format, &view, human)?;
    Ok(code(view.done))
}

/// Moves and prints. Exit code 1 when it was not moved.
pub(crate) async fn reschedule(fleet: &Fleet, format: Format, args: Reschedule) -> Result<ExitCode, Failure> {
    let request = RescheduleRequest {
        context: Some(context(fleet, args.key)?),
        appointment: args.appointment,
        identity: operator(),
        slot_id: args.slot.unwrap_or_default(),
        start: args.start.map(to_wire_time),
        ..RescheduleRequest::default()
    };
    let answer = fleet.booking().await?.reschedule(request).await?.into_inner();
    let view = Changed::read(&answer)?;
    output::print(format, &view, human)?;
    Ok(code(view.done))
}

fn operator() -> Option<Identity> {
    Some(Identity { operator: true, ..Identity::default() })
}

/// Cancels and prints. Exit code 1 when there was nothing to cancel.
pub(crate) async fn cancel(fleet: &Fleet, format: Format, args: Cancel) -> Result<ExitCode, Failure> {
    let (context, mut booking) = (Some(context(fleet, None)?), fleet.booking().await?);
    let answer = if args.from_here {
        let (appointment, reason) = (args.appointment, args.reason);
        let identity = operator();
        let request = CancelSeriesFromRequest { context, appointment, identity, reason, ..Default::default() };
        booking.cancel_series_from(request).await?.into_inner()
    } else {
        let (appointment, reason, whole_series) = (args.appointment, args.reason, args.whole_series);
        let request =
            CancelRequest { context, appointment, identity: operator(), reason, whole_series, ..Default::default() };
        booking.cancel(request).await?.into_inner()
    };
    let view = Changed {
        outcome: name_of(answer.outcome()),
        appointments: answer.appointments.iter().map(Booked::read).collect::<Result<_, _>>()?,
        alternatives: Vec::new(),
        reason: String::new(),
        detail: answer.detail.clone(),
        done: matches!(answer.outcome(), Outcome::Cancelled | Outcome::AlreadyCancelled),
    };
    output::print(format, &view, human)?;
    Ok(code(view.done))
}

/// Returns 0 for what was done, 1 for what was not.
pub(super) fn code(done: bool) -> ExitCode {
    if done { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

fn human(view: &Changed) {
    output::headline(view.done, &view.outcome, &[&view.reason, &view.detail]);
    if !view.appointments.is_empty() {
        appointments(&view.appointments);
    }
    output::closest(&view.alternatives);
}

fn appointments(list: &[Booked]) {
    let row = |booked: &Booked| {
        [
            wall(&booked.start),
            booked.branch.clone(),
            booked.staff.clone(),
            booked.service.clone(),
            booked.customer.clone(),
            booked.confirmation_code.clone(),
            booked.status.clone(),
            booked.appointment_id.clone(),
        ]
    };
    let heading = ["start", "branch", "staff", "service", "customer", "code", "status", "id"];
    output::table(heading, &list.iter().map(row).collect::<Vec<_>>());
}

/// Lists appointments of a company in the order of their start.
pub(crate) async fn list(fleet: &Fleet, format: Format, args: &Appointments) -> Result<ExitCode, Failure> {
    let place = match &args.branch {
        Some(name) => branch::branch(fleet, name).await?.branch,
        None => None,
    };
    // A day of one branch is a day on its clock; of several, a day in UTC.
    let zone = place.as_ref().and_then(|place| TimeZone::get(&place.time_zone).ok()).unwrap_or(TimeZone::UTC);
    let beyond = |_| Failure::Usage("these days lie beyond the calendar".into());
    let first = args.from.unwrap_or_else(|| Timestamp::now().to_zoned(zone.clone()).date());
    let end = first.checked_add(i64::from(args.days).days()).map_err(beyond)?;
    let midnight = |date: jiff::civil::Date| date.to_zoned(zone.clone()).map(|zoned| zoned.timestamp()).map_err(beyond);
    let request = ListRequest {
        company_id: CompanyId::from_slug(&fleet.company()?).to_string(),
        branch_id: place.map(|place| place.branch_id).unwrap_or_default(),
        range: Some(to_wire_range(midnight(first)?, midnight(end)?)),
        with_cancelled: args.cancelled,
        limit: args.limit,
        ..ListRequest::default()
    };
    let answer = fleet.booking().await?.list(request).await?.into_inner();
    let view: Vec<Booked> = answer.appointments.iter().map(Booked::read).collect::<Result<_, _>>()?;
    output::print(format, &view, |view| appointments(view))?;
    Ok(ExitCode::SUCCESS)
}

#[derive(Serialize)]
struct Callback {
    callback_id: String,
    created_at: String,
    status: String,
    customer: String,
    phone: String,
    reason: String,
    known: BTreeMap<String, String>,
    call_id: String,
}

/// Lists who wants to be called back, oldest first.
pub(crate) async fn callbacks(fleet: &Fleet, format: Format, args: &Callbacks) -> Result<ExitCode, Failure> {
    let request = ListCallbacksRequest {
        company_id: CompanyId::from_slug(&fleet.company()?).to_string(),
        status: if args.all { String::new() } else { "open".into() },
        limit: args.limit,
    };
    let answer = fleet.booking().await?.list_callbacks(request).await?.into_inner();
    let mut view = Vec::new();
    for callback in answer.callbacks {
        let person = callback.person.unwrap_or_default();
        view.push(Callback {
            callback_id: callback.callback_id,
            created_at: time(callback.created_at.as_ref(), "UTC")?,
            status: callback.status,
            customer: person.name,
            phone: person.phone,
            reason: callback.reason,
            known: callback.known.into_iter().collect(),
            call_id: callback.call_id,
        });
    }
    output::print(format, &view, |view| {
        let row = |callback: &Callback| {
            let known: Vec<_> = callback.known.iter().map(|(key, value)| format!("{key}: {value}")).collect();
            let Callback { created_at, status, customer, phone, reason, .. } = callback;
            [wall(created_at), status.clone(), customer.clone(), phone.clone(), reason.clone(), known.join(", ")]
        };
        output::table(
            ["since", "status", "customer", "phone", "reason", "known"],
            &view.iter().map(row).collect::<Vec<_>>(),
        );
    })?;
    Ok(ExitCode::SUCCESS)
}
