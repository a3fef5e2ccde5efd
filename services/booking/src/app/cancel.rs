//! Cancelling an appointment, its whole series, or a series from one occurrence on.

use callflow_contract::{
    booking::v1::{CancelResponse, Outcome},
    event::v1::AppointmentCancelled,
};
use callflow_domain::{
    id::{AppointmentId, SeriesId},
    masked::PersonalText,
    policy::Timeliness,
};
use callflow_queue::topology::key;
use callflow_store::{
    Tx,
    appointment::{self, Appointment, Filter, Status},
    audit, outbox,
    request::{self, Ending},
    series,
};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::{
    App, Result,
    once::{Turn, persevere},
};
use crate::{
    command::{Context, Identity},
    event,
    limit::Verdict,
};

/// Which appointments a cancellation is about.
#[derive(Debug, Clone)]
pub enum Scope {
    /// The one named.
    One,
    /// All of the series it belongs to that are still to come.
    WholeSeries,
    /// It and all of its series after it.
    FromHere,
}

/// How the appointment is named.
#[derive(Debug, Clone)]
pub enum Which {
    /// By its id or its confirmation code.
    Appointment(String),
    /// The first one of a series that begins at or after a time.
    FromOn(SeriesId, Timestamp),
}

/// Cancel.
#[derive(Debug, Clone)]
pub struct Cancel {
    /// Who asks, under which key.
    pub context: Context,
    /// Which one.
    pub which: Which,
    /// The proof that it is theirs.
    pub identity: Identity,
    /// Why.
    pub reason: Option<PersonalText>,
    /// How much of it.
    pub scope: Scope,
}

/// What was found out about an appointment before it is changed.
pub(crate) enum Access {
    Granted(Box<Appointment>),
    Denied(Outcome),
}

impl App {
    /// Cancels, once per key; a repeat under another key finds it cancelled already.
    ///
    /// # Errors
    /// Whatever the database says; "too late" and "not yours" are answers.
    pub async fn cancel(&self, command: &Cancel) -> Result<CancelResponse> {
        let context = &command.context;
        if let Some(answer) = self.answered::<CancelResponse>(context).await? {
            return Ok(answer);
        }
        let which = match &command.which {
            Which::Appointment(which) => which.clone(),
            Which::FromOn(series, from) => self.first_of(context, *series, *from).await?,
        };
        let found = match self.access(context, &which, &command.identity).await? {
            Access::Granted(found) => found,
            Access::Denied(outcome) => return self.refuse_cancel(context, outcome).await,
        };
        let directory = self.directory(context.company).await?;
        if found.status == Status::Cancelled {
            return self.refuse_cancel(context, Outcome::AlreadyCancelled).await;
        }
        let timely = directory.policies().cancel.decide(context.now, found.starts_at);
        if !command.identity.operator && !timely.is_allowed() {
            return self.refuse_cancel(context, Outcome::TooLate).await;
        }
        let late = if timely == Timeliness::Late { "within the notice period" } else { "" };
        let answer = persevere!(context, self.cancel_in_scope(command, &found, late))?;
        self.deps.relay.wake();
        Ok(answer)
    }

    /// Returns the id of the first occurrence of a series from a time on; a text that names nothing when there is none.
    async fn first_of(&self, context: &Context, series: SeriesId, from: Timestamp) -> Result<String> {
        let filter = Filter { series: Some(series), from: Some(from), limit: 1, ..Filter::default() };
        let found = appointment::list(&self.deps.database, context.company, &filter).await?;
        Ok(found.first().map_or_else(|| Uuid::nil().to_string(), |found| found.id.to_string()))
    }

    /// Cancels in one transaction.
    async fn cancel_in_scope(&self, command: &Cancel, found: &Appointment, late: &str) -> Result<CancelResponse> {
        let context = &command.context;
        let (mut tx, id) = match self.claim::<CancelResponse>(context).await? {
            Turn::Ours(tx, id) => (tx, id),
            Turn::Known(answer) => return Ok(answer),
        };
        let ids = self.in_scope(&mut tx, command, found).await?;
        let cancelled =
            appointment::cancel(&mut tx, context.company, &ids, command.reason.as_ref(), context.now).await?;
        self.write_cancelled(&mut tx, command, &cancelled).await?;
        let outcome = if cancelled.is_empty() { Outcome::AlreadyCancelled } else { Outcome::Cancelled };
        let answer = CancelResponse {
            outcome: outcome.into(),
            appointments: self.told(context.company, &cancelled).await?,
            detail: late.into(),
        };
        self.finish(tx, context, id, &answer, Ending::Done).await?;
        // Told before the answer: the caller may want that very time again.
        self.deps.slots.free(context, &cancelled).await;
        Ok(answer)
    }

    async fn in_scope(&self, tx: &mut Tx, command: &Cancel, found: &Appointment) -> Result<Vec<AppointmentId>> {
        let (Some(series), Scope::WholeSeries | Scope::FromHere) = (found.series, &command.scope) else {
            return Ok(vec![found.id]);
        };
        let from = match command.scope {
            Scope::FromHere => found.starts_at,
            _ => command.context.now,
        };
        let filter = Filter { series: Some(series), from: Some(from), limit: 1000, ..Filter::default() };
        let list = appointment::list(&*tx, command.context.company, &filter).await?;
        let ids: Vec<_> = list.iter().map(|one| one.id).collect();
        if matches!(command.scope, Scope::WholeSeries) {
            series::cancel(tx, command.context.company, series, command.context.now).await?;
        }
        Ok(ids)
    }

    /// Writes the audit trail and the event, and lets the same wish be booked anew.
    async fn write_cancelled(&self, tx: &mut Tx, command: &Cancel, cancelled: &[Appointment]) -> Result<()> {
        let context = &command.context;
        let entries: Vec<_> = cancelled.iter().map(|stored| entry(context, stored)).collect();
        audit::record(tx, context.company, &entries).await?;
        let in_series: Vec<_> = cancelled.iter().filter(|one| one.series.is_some()).map(|one| one.id).collect();
        if !in_series.is_empty() {
            series::mark_occurrences(tx, &in_series, "cancelled").await?;
        }
        let requests: Vec<_> = cancelled.iter().filter_map(|stored| stored.request).collect();
        request::forget_intents(tx, context.company, &requests).await?;
        let Some(first) = cancelled.first() else { return Ok(()) };
        let told = self.told(context.company, cancelled).await?;
        let reason = command.reason.as_ref().map(|reason| reason.expose().to_owned()).unwrap_or_default();
        let body = AppointmentCancelled { appointments: told, reason, actor: Some(event::actor(&context.actor)) };
        let message = event::about(context, key::APPOINTMENT_CANCELLED, &first.confirmation_code, &body);
        Ok(outbox::Table::Booking.append(tx, &[message]).await?)
    }

    /// Finds the appointment and decides whether this person may change it.
    ///
    /// Whoever has neither number nor code learns nothing, not even whether it exists.
    pub(crate) async fn access(&self, context: &Context, which: &str, identity: &Identity) -> Result<Access> {
        let by_code = which.parse::<AppointmentId>().is_err();
        let guesses = !identity.operator && (by_code || identity.code.is_some());
        if guesses && self.deps.limiter.check(context.company, context.who()).await == Verdict::Refused {
            return Ok(Access::Denied(Outcome::Limited));
        }
        let Some(found) = self.by_id_or_code(context.company, which, context.now).await? else {
            return Ok(Access::Denied(Outcome::NotFound));
        };
        let same_number = identity.phone.is_some() && identity.phone == found.person.phone;
        let heard = identity.code.as_deref().and_then(callflow_domain::code::Code::hear);
        let same_code = by_code || heard.is_some_and(|code| code.as_str() == found.confirmation_code);
        if identity.operator || same_number || same_code {
            Ok(Access::Granted(Box::new(found)))
        } else {
            Ok(Access::Denied(Outcome::NotIdentified))
        }
    }

    async fn refuse_cancel(&self, context: &Context, outcome: Outcome) -> Result<CancelResponse> {
        self.settle(context, CancelResponse { outcome: outcome.into(), ..CancelResponse::default() }).await
    }
}

fn entry(context: &Context, stored: &Appointment) -> audit::Entry {
    audit::Entry {
        at: context.now,
        appointment: Some(stored.id),
        action: "cancel".into(),
        actor: context.actor.clone(),
        before: Some(json!({ "status": "active" })),
        after: Some(json!({ "status": stored.status.as_str() })),
    }
}
