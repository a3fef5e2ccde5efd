//! Moving an appointment: the new time is booked and the old one given up in one transaction, or nothing changes.

use callflow_contract::{
    availability::v1::{NoSlotReason, Offer},
    booking::v1::{BookResponse, Outcome},
    event::v1::AppointmentRescheduled,
};
use callflow_domain::slot_id::SlotId;
use callflow_queue::topology::key;
use callflow_store::{
    appointment::{self, Appointment, Moved, NewAppointment, Status},
    audit,
    directory::Directory,
    outbox,
    request::Ending,
    series,
};
use jiff::Timestamp;
use serde_json::json;

use super::{
    App, Result,
    book::wish,
    cancel::Access,
    once::{Turn, persevere},
};
use crate::{
    command::{Book, Context, Identity, Target},
    event,
    slots::segments,
};

/// Move an appointment.
#[derive(Debug, Clone)]
pub struct Reschedule {
    /// Who asks, under which key.
    pub context: Context,
    /// Id or confirmation code.
    pub appointment: String,
    /// The proof that it is theirs.
    pub identity: Identity,
    /// An offered slot, or a start with the same staff member and service.
    pub slot: Destination,
}

/// Where an appointment is to go.
#[derive(Debug, Clone)]
pub enum Destination {
    /// An offered slot.
    Offered(String),
    /// The same service at another time, with somebody else if named.
    At(Timestamp, Option<callflow_domain::id::StaffId>),
}

impl App {
    /// Moves an appointment, once per key. The series or sequence it belongs to keeps it.
    ///
    /// # Errors
    /// When availability or the database cannot be asked; "taken" and "too late" are answers.
    pub async fn reschedule(&self, command: &Reschedule) -> Result<BookResponse> {
        let context = &command.context;
        if let Some(answer) = self.answered::<BookResponse>(context).await? {
            return Ok(answer);
        }
        let old = match self.access(context, &command.appointment, &command.identity).await? {
            Access::Granted(found) => found,
            Access::Denied(outcome) => return self.refuse_move(context, outcome).await,
        };
        if old.status != Status::Active {
            return self.refuse_move(context, Outcome::AlreadyCancelled).await;
        }
        let directory = self.directory(context.company).await?;
        if let Destination::At(_, staff) = &command.slot {
            super::check_ids(&directory, None, None, *staff)?;
        }
        let timely = directory.policies().reschedule.decide(context.now, old.starts_at);
        if !command.identity.operator && !timely.is_allowed() {
            return self.refuse_move(context, Outcome::TooLate).await;
        }
        let target = target(command, &old, &directory);
        let checked = match overlaps(&target, &old) {
            true => self.deps.slots.check_freed(context, &target, event::blocked(&old)).await?,
            false => self.deps.slots.check(context, &target).await?,
        };
        match checked.offers.first() {
            Some(offer) => persevere!(context, self.move_to(command, &old, &target, offer)),
            None => self.not_bookable(context, &target, checked).await,
        }
    }

    async fn move_to(
        &self,
        command: &Reschedule,
        old: &Appointment,
        target: &Target,
        offer: &Offer,
    ) -> Result<BookResponse> {
        let context = &command.context;
        let (mut tx, request) = match self.claim::<BookResponse>(context).await? {
            Turn::Ours(tx, request) => (tx, request),
            Turn::Known(answer) => return Ok(answer),
        };
        let new = replacement(command, old, offer, request, target)?;
        let (from, to) = match appointment::reschedule(&mut tx, context.company, old.id, &new, context.now).await? {
            Moved::Done { from, to } => (from, to),
            Moved::NotActive => {
                tx.rollback().await?;
                return self.refuse_move(context, Outcome::AlreadyCancelled).await;
            }
            Moved::Refused(_) => {
                tx.rollback().await?;
                return self.taken(context, target, offer).await;
            }
        };
        let names = self.directory(context.company).await?;
        let body = AppointmentRescheduled {
            from: Some(event::appointment(&from, &names)),
            to: Some(event::appointment(&to, &names)),
            actor: Some(event::actor(&context.actor)),
        };
        let message = event::about(context, key::APPOINTMENT_RESCHEDULED, &old.confirmation_code, &body);
        if old.series.is_some() {
            series::move_occurrence(&mut tx, from.id, to.id).await?;
        }
        audit::record(&mut tx, context.company, &[entry(context, &from, &to)]).await?;
        outbox::Table::Booking.append(&mut tx, &[message]).await?;
        let answer = BookResponse {
            outcome: Outcome::Rescheduled.into(),
            appointments: body.to.into_iter().collect(),
            attempts: 1,
            ..BookResponse::default()
        };
        self.finish(tx, context, request, &answer, Ending::Done).await?;
        self.deps.relay.wake();
        self.deps.slots.free(context, std::slice::from_ref(&from)).await;
        self.deps.slots.confirm_later(context, offer.branch_id.clone(), offer.slot_id.clone(), segments(offer));
        Ok(answer)
    }

    async fn refuse_move(&self, context: &Context, outcome: Outcome) -> Result<BookResponse> {
        let reason = NoSlotReason::Unspecified.into();
        self.refuse(context, BookResponse { outcome: outcome.into(), reason, ..BookResponse::default() }).await
    }
}

fn target(command: &Reschedule, old: &Appointment, directory: &Directory) -> Target {
    match &command.slot {
        Destination::Offered(slot) => Target::Offered(slot.clone()),
        Destination::At(start, staff) => Target::Parts {
            branch: staff.and_then(|staff| directory.member(staff)).map_or(old.branch, |member| member.branch),
            service: old.service,
            staff: Some(staff.unwrap_or(old.staff)),
            start: *start,
        },
    }
}

/// Returns whether the new time may touch the old one, as when an appointment moves by a quarter of an hour.
fn overlaps(target: &Target, old: &Appointment) -> bool {
    let start = match target {
        Target::Parts { start, .. } => Some(*start),
        Target::Offered(slot_id) => SlotId::parse(slot_id).ok().map(|slot| slot.start()),
    };
    let length = old.busy_until.duration_since(old.busy_from);
    start.is_some_and(|start| start.duration_since(old.starts_at).abs() < length)
}

/// Returns the new appointment: everything of the old one, at the offered time with the offered staff member.
fn replacement(
    command: &Reschedule,
    old: &Appointment,
    offer: &Offer,
    request: uuid::Uuid,
    target: &Target,
) -> Result<NewAppointment> {
    let book = Book {
        context: command.context.clone(),
        target: target.clone(),
        person: old.person.clone(),
        notes: old.notes.clone(),
        any_staff: false,
    };
    let new = wish(&book, offer, request)?;
    Ok(NewAppointment {
        group: old.group,
        series: old.series,
        position: old.position,
        // The caller keeps the code they wrote down.
        confirmation_code: old.confirmation_code.clone(),
        ..new
    })
}

fn entry(context: &Context, from: &Appointment, to: &Appointment) -> audit::Entry {
    let state =
        |one: &Appointment| json!({ "appointment_id": one.id, "staff_id": one.staff, "starts_at": one.starts_at });
    audit::Entry {
        at: context.now,
        appointment: Some(to.id),
        action: "reschedule".into(),
        actor: context.actor.clone(),
        before: Some(state(from)),
        after: Some(state(to)),
    }
}
