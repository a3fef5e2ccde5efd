//! Booking one slot: checked and held by availability, made unique by the database, explained when it fails.

use std::time::Duration;

use callflow_contract::{
    availability::v1::{NoSlotReason, Offer, SearchSlotsResponse},
    booking::v1::{BookResponse, Outcome},
    convert::{id, optional_id, required_range, required_time},
    event::v1::AppointmentBooked,
};
use callflow_domain::{
    code::Code,
    id::{AppointmentId, StaffId},
};
use callflow_queue::topology::key;
use callflow_store::{
    appointment::{self, NewAppointment, Placement},
    audit, outbox,
    request::Ending,
};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::{App, Result, once::Turn};
use crate::{
    command::{Book, Context, Target},
    event, metrics,
    slots::segments,
};

/// Different candidates tried before the caller hears alternatives.
const ATTEMPTS: u32 = 3;
/// Wait before the second attempt; doubled before each further one, with jitter.
const FIRST_BACKOFF: Duration = Duration::from_millis(100);

/// How one attempt ended.
enum Attempt {
    Answer(Box<BookResponse>),
    Taken,
}

impl App {
    /// Books a slot, once per key and once per intent.
    ///
    /// # Errors
    /// When availability or the database cannot be asked, or the key belongs to another request. That the slot is
    /// taken or against the rules is an answer.
    pub async fn book(&self, command: &Book) -> Result<BookResponse> {
        let context = &command.context;
        if let Some(answer) = self.answered::<BookResponse>(context).await? {
            return Ok(replayed(answer));
        }
        let checked = self.deps.slots.check(context, &command.target).await?;
        let Some(offer) = checked.offers.first().cloned() else {
            return self.not_bookable(context, &command.target, checked).await;
        };
        let mut candidates = candidates(&offer, command.any_staff).into_iter();
        let mut backoff = FIRST_BACKOFF;
        for attempt in 1..=ATTEMPTS {
            let Some(candidate) = candidates.next() else { break };
            match self.attempt(command, &candidate, attempt).await? {
                Attempt::Answer(answer) => return Ok(*answer),
                Attempt::Taken => self.deps.slots.release_later(context, candidate.branch_id, candidate.slot_id),
            }
            metrics::conflict();
            let left = context.time_left();
            if left <= backoff * 2 {
                break;
            }
            tokio::time::sleep(backoff.mul_f64(rand::random_range(0.5..1.0))).await;
            backoff *= 2;
        }
        self.taken(context, &command.target, &offer).await
    }

    /// Tries one candidate in one transaction; serialization failures and deadlocks are tried again, nothing else is.
    async fn attempt(&self, command: &Book, offer: &Offer, attempt: u32) -> Result<Attempt> {
        loop {
            match self.attempt_once(command, offer, attempt).await {
                Err(error) if error.is_retryable() && !command.context.time_left().is_zero() => {
                    metrics::transaction_retried();
                }
                other => return other,
            }
        }
    }

    async fn attempt_once(&self, command: &Book, offer: &Offer, attempt: u32) -> Result<Attempt> {
        let context = &command.context;
        let (mut tx, request) = match self.claim::<BookResponse>(context).await? {
            Turn::Ours(tx, request) => (tx, request),
            Turn::Known(answer) => return Ok(Attempt::Answer(Box::new(replayed(answer)))),
        };
        let wish = wish(command, offer, request)?;
        let placed = appointment::place_all(&mut tx, context.company, std::slice::from_ref(&wish)).await?;
        if placed != [Placement::Placed] {
            tx.rollback().await?;
            return Ok(Attempt::Taken);
        }
        let names = self.directory(context.company).await?;
        let stored = appointment::by_request(&*tx, context.company, request).await?;
        let told: Vec<_> = stored.iter().map(|stored| event::appointment(stored, &names)).collect();
        let booked = AppointmentBooked { appointments: told.clone(), actor: Some(event::actor(&context.actor)) };
        let call = context.call().map(|call| call.as_str());
        let message =
            event::message(context.company, key::APPOINTMENT_BOOKED, wish.id.to_string(), call, &booked, context.now);
        audit::record(&mut tx, context.company, &[entry(context, &wish)]).await?;
        outbox::Table::Booking.append(&mut tx, &[message]).await?;
        let answer = BookResponse {
            outcome: Outcome::Booked.into(),
            appointments: told,
            attempts: attempt,
            ..BookResponse::default()
        };
        self.finish(tx, context, request, &answer, Ending::Done).await?;
        self.deps.relay.wake();
        self.deps.slots.confirm_later(context, offer.branch_id.clone(), offer.slot_id.clone(), segments(offer));
        Ok(Attempt::Answer(Box::new(answer)))
    }

    /// Answers that the slot is gone, with what comes closest. The wish stays open: only the key is used up.
    pub(crate) async fn taken(&self, context: &Context, target: &Target, offer: &Offer) -> Result<BookResponse> {
        let start = required_time("offer.start", offer.start.as_ref())?;
        let answer = BookResponse {
            outcome: Outcome::Taken.into(),
            alternatives: self.deps.slots.alternatives(context, target, start).await,
            detail: "somebody else was first".into(),
            reason: NoSlotReason::FullyBooked.into(),
            ..BookResponse::default()
        };
        self.refuse(context, answer).await
    }

    /// Answers why the slot cannot be booked at all.
    pub(crate) async fn not_bookable(
        &self,
        context: &Context,
        target: &Target,
        checked: SearchSlotsResponse,
    ) -> Result<BookResponse> {
        let busy = checked.reason() == NoSlotReason::FullyBooked;
        let mut alternatives = checked.alternatives.clone();
        if alternatives.is_empty()
            && let Some(start) = start_of(target)
        {
            alternatives = self.deps.slots.alternatives(context, target, start).await;
        }
        let answer = BookResponse {
            outcome: if busy { Outcome::Taken } else { Outcome::NotBookable }.into(),
            alternatives,
            detail: checked.reason_detail.clone(),
            reason: checked.reason,
            ..BookResponse::default()
        };
        self.refuse(context, answer).await
    }

    /// Stores a refusal under the key, unless the wish turns out to be booked already.
    pub(crate) async fn refuse(&self, context: &Context, answer: BookResponse) -> Result<BookResponse> {
        match self.claim::<BookResponse>(context).await? {
            Turn::Known(known) => Ok(replayed(known)),
            Turn::Ours(tx, request) => {
                self.finish(tx, context, request, &answer, Ending::Refused).await?;
                Ok(answer)
            }
        }
    }
}

fn start_of(target: &Target) -> Option<Timestamp> {
    match target {
        Target::Parts { start, .. } => Some(*start),
        Target::Offered(slot_id) => callflow_domain::slot_id::SlotId::parse(slot_id).ok().map(|slot| slot.start()),
    }
}

/// Marks an answer as the repetition it is.
fn replayed(answer: BookResponse) -> BookResponse {
    match answer.outcome() {
        Outcome::Booked => BookResponse { outcome: Outcome::Replayed.into(), ..answer },
        _ => answer,
    }
}

/// Returns the offer, and behind it the same time with the other staff who are free then, best first.
fn candidates(offer: &Offer, any_staff: bool) -> Vec<Offer> {
    let mut list = vec![offer.clone()];
    if any_staff {
        let other = |staff_id: &String| Offer {
            staff_id: staff_id.clone(),
            // Neither name, version nor slot id of the first one hold for another person.
            staff_name: String::new(),
            schedule_version: 0,
            slot_id: String::new(),
            ..offer.clone()
        };
        list.extend(offer.also_free_staff_ids.iter().map(other));
    }
    list
}

pub(crate) fn wish(command: &Book, offer: &Offer, request: Uuid) -> Result<NewAppointment> {
    let (busy_from, busy_until) = required_range("offer.blocked", offer.blocked.as_ref())?;
    let context = &command.context;
    Ok(NewAppointment {
        id: AppointmentId(Uuid::now_v7()),
        branch: id("offer.branch_id", &offer.branch_id)?,
        staff: id("offer.staff_id", &offer.staff_id)?,
        room: optional_id("offer.room_id", &offer.room_id)?,
        service: id("offer.service_id", &offer.service_id)?,
        person: command.person.clone(),
        call: context.call().cloned(),
        group: None,
        series: None,
        position: 0,
        starts_at: required_time("offer.start", offer.start.as_ref())?,
        ends_at: required_time("offer.end", offer.end.as_ref())?,
        busy_from,
        busy_until,
        confirmation_code: Code::from_random(rand::random()).as_str().to_owned(),
        schedule_version: (offer.schedule_version > 0).then_some(offer.schedule_version),
        choice: choice(offer),
        notes: command.notes.clone(),
        source: context.source().to_owned(),
        request: Some(request),
    })
}

/// Returns why this staff member: the parts of everybody's score, the chosen one first.
pub(crate) fn choice(offer: &Offer) -> serde_json::Value {
    let score = |score: &callflow_contract::common::v1::StaffScore| {
        json!({
            "staff_id": score.staff_id,
            "total": score.total,
            "skill_match": score.skill_match,
            "free_day": score.free_day,
            "customer_preference": score.customer_preference,
            "balanced_workload": score.balanced_workload,
            "language": score.language,
        })
    };
    json!({ "candidates": offer.candidates.iter().map(score).collect::<Vec<_>>() })
}

fn entry(context: &Context, wish: &NewAppointment) -> audit::Entry {
    let staff: StaffId = wish.staff;
    audit::Entry {
        at: context.now,
        appointment: Some(wish.id),
        action: "book".into(),
        actor: context.actor.clone(),
        before: None,
        after: Some(json!({ "staff_id": staff, "starts_at": wish.starts_at, "ends_at": wish.ends_at })),
    }
}
