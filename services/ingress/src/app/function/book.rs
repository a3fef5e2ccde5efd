//! `book_appointment`: one slot for the person on the phone, once.

use callflow_contract::{
    booking::v1::{BookRequest, BookResponse, Outcome as Wire},
    common::v1::Person,
    convert::to_wire_time,
};
use callflow_domain::{masked::PersonalText, slot_id::SlotId};
use callflow_retell::{
    answer::{Answer, Outcome},
    function::BookAppointment,
    spoken::Line,
};
use callflow_rpc::idempotent;

use crate::app::{
    App,
    offer::{self, Spot, slot_visits, visits},
    turn::{Told, Trouble, Turn},
    wish::Understood,
};

impl App {
    pub(super) async fn book_appointment(&self, turn: &Turn, asked: &BookAppointment) -> Told {
        if asked.customer_name.is_none() && turn.customer.is_empty() {
            return Ok(turn.ask("customer_name", Line::AskName));
        }
        let email = asked.email.as_ref().map(|email| email.expose().to_owned()).unwrap_or_default();
        let base = BookRequest {
            branch_id: turn.home().to_owned(),
            person: Some(Person { email, ..turn.person(asked.customer_name.as_ref()) }),
            notes: asked.notes.as_ref().map(|notes| notes.expose().to_owned()).unwrap_or_default(),
            ..BookRequest::default()
        };
        let (request, understood) = match &asked.slot_id {
            Some(said) => {
                let slot = slot(turn, said)?;
                let context = Some(turn.write(&format!("{slot}@{}", slot.start())));
                let slot_id = slot.to_string();
                (BookRequest { context, slot_id, any_staff: asked.wish.staff.is_none(), ..base }, Understood::default())
            }
            None => parts(turn, asked, base)?,
        };
        let reply = self.deps.booking.clone().book(idempotent(request)).await?.into_inner();
        Ok(turn.booked(&reply, &understood))
    }
}

/// Reads a slot id as a model repeats it.
pub(super) fn slot(turn: &Turn, said: &PersonalText) -> Result<SlotId, Trouble> {
    SlotId::parse(said.expose()).map_err(|_| turn.say(Outcome::UnknownSlot, Line::UnknownSlot).into())
}

/// Puts a booking together from what was said, or asks for what is missing.
fn parts(turn: &Turn, asked: &BookAppointment, base: BookRequest) -> Result<(BookRequest, Understood), Trouble> {
    let service = turn.service(asked.service.as_ref())?;
    let understood = turn.understand(&asked.wish)?;
    if understood.day().is_none() {
        return Err(turn.ask("date", Line::AskDate).into());
    }
    let Some(start) = turn.moment(&understood) else { return Err(turn.ask("time", Line::AskTime).into()) };
    let service_id = turn.site.services[service].service_id.clone();
    let staff_id = understood.staff.map(|at| turn.site.staff[at].staff_id.clone()).unwrap_or_default();
    let request = BookRequest {
        context: Some(turn.write(&format!("{service_id}@{start}"))),
        any_staff: staff_id.is_empty(),
        service_id,
        staff_id,
        start: Some(to_wire_time(start)),
        ..base
    };
    Ok((request, understood))
}

impl Turn {
    /// Answers how a booking ended.
    pub(super) fn booked(&self, reply: &BookResponse, wish: &Understood) -> Answer {
        let made = offer::appointments(&reply.appointments, self.home());
        let closest = offer::alternatives(&reply.alternatives, self.home());
        let slots = || closest.iter().map(|spot| spot.slot(&self.phrases));
        match reply.outcome() {
            outcome @ (Wire::Booked | Wire::Replayed | Wire::Rescheduled) if !made.is_empty() => {
                self.made(outcome, &made, &reply.declined_staff)
            }
            Wire::NotBookable => {
                let staff = wish.staff.map(|at| self.site.staff[at].name.as_str());
                self.nothing(reply.reason(), wish.day(), staff, &closest)
            }
            Wire::Taken => Answer::new(Outcome::SlotTaken, self.phrases.slot_taken(None, &slot_visits(&closest)))
                .alternatives(slots()),
            other => self.refused(other, Line::UnknownSlot, Outcome::UnknownSlot),
        }
    }

    fn made(&self, outcome: Wire, made: &[Spot], declined_staff: &str) -> Answer {
        let (first, all) = (&made[0], visits(made));
        let code = self.spoken_code(first.code.as_deref());
        let visit = first.visit();
        let (outcome, message) = match outcome {
            Wire::Rescheduled => (Outcome::Rescheduled, self.phrases.rescheduled(&visit)),
            Wire::Replayed => (Outcome::AlreadyBooked, self.phrases.already_booked(&visit, code)),
            _ if all.len() > 1 => (Outcome::Booked, self.phrases.booked_sequence(&all, code)),
            _ if !declined_staff.is_empty() => {
                (Outcome::Booked, self.phrases.booked_instead(&visit, &self.staff_name(declined_staff), code))
            }
            _ => (Outcome::Booked, self.phrases.booked(&visit, code)),
        };
        let answer = Answer::new(outcome, message)
            .field("appointment_id", first.id.as_str())
            .field("confirmation_code", first.code.clone())
            .field("start", first.start_text())
            .field("staff", first.staff.clone())
            .field("service", first.service.clone());
        if made.len() > 1 { answer.appointments(made.iter().map(Spot::booked)) } else { answer }
    }

    /// Returns the name behind a staff id, or what was given.
    fn staff_name(&self, id: &str) -> String {
        let known = self.site.staff.iter().find(|one| one.staff_id == id);
        known.map_or_else(|| id.to_owned(), |one| one.name.clone())
    }

    /// Answers the refusals that all writes share; `missing` is what a write says when its object does not exist.
    pub(super) fn refused(&self, outcome: Wire, missing: Line, code: Outcome) -> Answer {
        match outcome {
            Wire::NotFound => self.say(code, missing),
            Wire::NotIdentified => self.say(Outcome::NotIdentified, Line::NotIdentified),
            Wire::Limited => self.say(Outcome::TooMany, Line::TooManyTries),
            Wire::ForbiddenCombination => self.say(Outcome::ForbiddenCombination, Line::ForbiddenCombination),
            Wire::Taken => self.say(Outcome::SlotTaken, Line::SlotTaken),
            Wire::AlreadyCancelled => self.say(Outcome::AlreadyCancelled, Line::AlreadyCancelled),
            _ => self.say(Outcome::TemporarilyUnavailable, Line::NotPossible),
        }
    }
}
