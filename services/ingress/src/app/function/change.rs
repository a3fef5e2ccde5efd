//! `cancel_appointment` and `reschedule_appointment`: for appointments that are the caller's.

use callflow_contract::{
    booking::v1::{
        CancelRequest, CancelResponse, CancelSeriesFromRequest, FindForCallerRequest, Outcome as Wire,
        RescheduleRequest,
    },
    convert::to_wire_time,
};
use callflow_domain::masked::PersonalText;
use callflow_retell::{
    answer::{Answer, Outcome},
    function::{CancelAppointment, RescheduleAppointment, Scope, Wish},
    spoken::Line,
};
use callflow_rpc::idempotent;

use super::book::slot;
use crate::app::{
    App,
    offer::{Spot, appointments, visits},
    turn::{Told, Trouble, Turn},
    wish::Understood,
};

impl App {
    pub(super) async fn cancel_appointment(&self, turn: &Turn, asked: &CancelAppointment) -> Told {
        let code = asked.confirmation_code.as_ref().map(PersonalText::expose);
        let said = asked.appointment_id.as_ref().map(PersonalText::expose).or(code);
        let which = self.which(turn, said, &asked.wish).await?;
        let context = Some(turn.write(&format!("cancel/{:?}/{which}", asked.scope)));
        let identity = Some(turn.identity(code));
        let reason = asked.reason.as_ref().map(|reason| reason.expose().to_owned()).unwrap_or_default();
        let mut booking = self.deps.booking.clone();
        let reply = if asked.scope == Scope::Following {
            let request =
                CancelSeriesFromRequest { context, identity, appointment: which, reason, ..Default::default() };
            booking.cancel_series_from(idempotent(request)).await?
        } else {
            let whole_series = asked.scope == Scope::All;
            let request = CancelRequest { context, identity, appointment: which, reason, whole_series, now: None };
            booking.cancel(idempotent(request)).await?
        };
        Ok(turn.cancelled(&reply.into_inner()))
    }

    pub(super) async fn reschedule_appointment(&self, turn: &Turn, asked: &RescheduleAppointment) -> Told {
        let code = asked.confirmation_code.as_ref().map(PersonalText::expose);
        let said = asked.appointment_id.as_ref().map(PersonalText::expose).or(code);
        let base = RescheduleRequest { identity: Some(turn.identity(code)), ..RescheduleRequest::default() };
        let (base, meant, understood) = destination(turn, asked, base)?;
        // The day in the arguments is the new one, so it does not help to find the old one.
        let which = self.which(turn, said, &Wish::default()).await?;
        let context = Some(turn.write(&format!("move/{which}/{meant}")));
        let request = RescheduleRequest { context, appointment: which, ..base };
        let reply = self.deps.booking.clone().reschedule(idempotent(request)).await?.into_inner();
        Ok(match reply.outcome() {
            Wire::TooLate => {
                let notice = turn.site.policies.reschedule.notice_min;
                Answer::new(Outcome::TooLate, turn.phrases.too_late_to_move(notice))
            }
            Wire::NotFound => turn.say(Outcome::NotFound, Line::AppointmentNotFound),
            _ => turn.booked(&reply, &understood),
        })
    }

    /// Returns which appointment is meant: the one that was named, else the only one of the caller's that fits.
    async fn which(&self, turn: &Turn, said: Option<&str>, wish: &Wish) -> Result<String, Trouble> {
        if let Some(said) = said {
            return Ok(said.to_owned());
        }
        let identity = turn.identity(None);
        if identity.phone.is_empty() {
            return Err(turn.ask("confirmation_code", Line::AskCode).into());
        }
        let request = FindForCallerRequest {
            company_id: turn.company().to_string(),
            identity: Some(identity),
            ..FindForCallerRequest::default()
        };
        let found = self.deps.booking.clone().find_for_caller(idempotent(request)).await?.into_inner();
        let mut spots = appointments(&found.appointments, turn.home());
        if let Some(days) = turn.understand(wish)?.days {
            let fits = |spot: &Spot| (days.from..=days.to).contains(&spot.start.date());
            if spots.iter().any(fits) {
                spots.retain(fits);
            }
        }
        match spots.as_slice() {
            [] => Err(turn.say(Outcome::NoAppointments, Line::NoAppointments).into()),
            [only] => Ok(only.id.clone()),
            several => {
                let answer = Answer::new(Outcome::Unclear, turn.phrases.which_appointment(&visits(several)));
                Err(answer.field("field", "appointment_id").appointments(several.iter().map(Spot::booked)).into())
            }
        }
    }
}

/// Reads where an appointment goes, or asks.
fn destination(
    turn: &Turn,
    asked: &RescheduleAppointment,
    base: RescheduleRequest,
) -> Result<(RescheduleRequest, String, Understood), Trouble> {
    if let Some(said) = &asked.new_slot_id {
        let slot = slot(turn, said)?.to_string();
        return Ok((RescheduleRequest { slot_id: slot.clone(), ..base }, slot, Understood::default()));
    }
    let understood = turn.understand(&asked.wish)?;
    let Some(start) = turn.moment(&understood) else { return Err(turn.ask("new_slot_id", Line::AskSlot).into()) };
    let staff_id = understood.staff.map(|at| turn.site.staff[at].staff_id.clone()).unwrap_or_default();
    let meant = format!("{staff_id}@{start}");
    Ok((RescheduleRequest { staff_id, start: Some(to_wire_time(start)), ..base }, meant, understood))
}

impl Turn {
    fn cancelled(&self, reply: &CancelResponse) -> Answer {
        let gone = appointments(&reply.appointments, self.home());
        match (reply.outcome(), gone.as_slice()) {
            (Wire::Cancelled | Wire::Replayed, [only]) => {
                let message = self.phrases.cancelled(&only.visit(), !reply.detail.is_empty());
                Answer::new(Outcome::Cancelled, message).field("appointment_id", only.id.as_str())
            }
            (Wire::Cancelled | Wire::Replayed, several) => {
                let count = u32::try_from(several.len()).unwrap_or(u32::MAX);
                Answer::new(Outcome::Cancelled, self.phrases.series_cancelled(count)).field("cancelled", count)
            }
            (Wire::TooLate, _) => {
                let notice = self.site.policies.cancel.notice_min;
                Answer::new(Outcome::TooLate, self.phrases.too_late_to_cancel(notice))
            }
            (other, _) => self.refused(other, Line::AppointmentNotFound, Outcome::NotFound),
        }
    }
}
