//! From an offer to the appointment it becomes.

use callflow_contract::{
    availability::v1::Offer,
    common::v1::StaffScore,
    convert::{id, optional_id, required_range, required_time},
};
use callflow_domain::{code::Code, id::AppointmentId};
use callflow_store::appointment::NewAppointment;
use serde_json::json;
use uuid::Uuid;

use crate::{app::Result, command::Book};

/// Returns the appointment that an offer becomes.
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

/// Returns why this staff member: who was chosen, and the parts of everybody's score.
fn choice(offer: &Offer) -> serde_json::Value {
    let score = |score: &StaffScore| {
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
    json!({ "chosen": offer.staff_id, "candidates": offer.candidates.iter().map(score).collect::<Vec<_>>() })
}
