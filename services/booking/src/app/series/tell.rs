//! What is told and kept of a series: the answer, the event, its rows.

use callflow_contract::{
    availability::v1::{Offer, PlanSeriesResponse, PlannedStart, Segment},
    booking::v1::{self as wire, Outcome, SeriesResponse},
    convert::to_wire_time,
    event::v1::{Appointment as Told, SeriesBooked},
};
use callflow_domain::{id::SeriesId, recurrence::Occurrence};
use callflow_store::{appointment::NewAppointment, directory::Directory, series};
use serde_json::json;
use uuid::Uuid;

use super::{BookSeries, Wanted};
use crate::{event, slots::segments};

/// Returns the answer; `appointment` is asked for each occurrence that is or would be booked, in order.
pub(super) fn told(
    wanted: &Wanted,
    plan: &PlanSeriesResponse,
    outcome: Outcome,
    mut appointment: impl FnMut(&Offer) -> Told,
) -> SeriesResponse {
    let is_booked = outcome == Outcome::Booked;
    let one = |(planned, occurrence): (&PlannedStart, &Occurrence)| wire::Occurrence {
        index: occurrence.number - 1,
        planned: Some(to_wire_time(occurrence.at)),
        state: if is_booked && planned.state == "free" { "booked".into() } else { planned.state.clone() },
        appointment: planned.offer.as_ref().map(&mut appointment),
        reason: planned.reason.clone(),
    };
    let occurrences: Vec<_> = plan.planned.iter().zip(&wanted.occurrences).map(one).collect();
    let count = |wished: bool| plan.planned.iter().filter(|planned| planned.offer.is_some() == wished).count();
    let count = |wished| u32::try_from(count(wished)).unwrap_or(u32::MAX);
    let conflict = plan.planned.iter().zip(&wanted.occurrences).find(|(planned, _)| planned.state == "conflict");
    let detail = match conflict {
        Some((planned, occurrence)) if !is_booked => format!("{}: {}", occurrence.local, planned.reason),
        _ => String::new(),
    };
    let booked = if is_booked { count(true) } else { 0 };
    SeriesResponse {
        outcome: outcome.into(),
        series_id: String::new(),
        occurrences,
        booked,
        skipped: count(false),
        detail,
    }
}

/// Returns what would be booked, as an appointment without id and code.
pub(super) fn planned(command: &BookSeries, directory: &Directory, offer: &Offer) -> Told {
    Told {
        company_id: command.context.company.to_string(),
        branch_id: offer.branch_id.clone(),
        staff_id: offer.staff_id.clone(),
        service_id: offer.service_id.clone(),
        room_id: offer.room_id.clone(),
        start: offer.start,
        end: offer.end,
        blocked: offer.blocked,
        status: "planned".into(),
        branch_name: offer.branch_name.clone(),
        staff_name: offer.staff_name.clone(),
        service_name: directory.service_name(command.service),
        time_zone: offer.time_zone.clone(),
        ..Told::default()
    }
}

/// Returns the event.
pub(super) fn announced(command: &BookSeries, wanted: &Wanted, answer: &SeriesResponse) -> SeriesBooked {
    SeriesBooked {
        series_id: answer.series_id.clone(),
        pattern: wanted.pattern.clone(),
        appointments: answer.occurrences.iter().filter_map(|one| one.appointment.clone()).collect(),
        skipped: answer.skipped,
        actor: Some(event::actor(&command.context.actor)),
    }
}

/// Returns the series as it is kept.
pub(super) fn stored(
    command: &BookSeries,
    wanted: &Wanted,
    directory: &Directory,
    id: SeriesId,
    request: Uuid,
) -> series::Series {
    series::Series {
        id,
        branch: command.branch,
        service: command.service,
        staff: command.staff,
        person: command.person.clone(),
        call: command.context.call().cloned(),
        request: Some(request),
        pattern: wanted.pattern.clone(),
        strategy: if command.strategy.trim().is_empty() { "fail".into() } else { command.strategy.clone() },
        time_zone: directory.time_zone(command.branch).to_owned(),
        starts_at: wanted.occurrences.first().map(|one| one.at).unwrap_or_default(),
        ends_on: wanted.ends_on,
        occurrences: (command.count > 0).then_some(command.count),
        notes: command.notes.clone(),
        cancelled_at: None,
    }
}

/// Returns what became of each occurrence, as it is kept.
pub(super) fn became(wanted: &Wanted, plan: &PlanSeriesResponse, wishes: &[NewAppointment]) -> Vec<series::Occurrence> {
    let mut made = wishes.iter();
    let one = |(planned, occurrence): (&PlannedStart, &Occurrence)| series::Occurrence {
        position: occurrence.number - 1,
        planned_at: occurrence.at,
        outcome: if planned.state == "free" { "booked".into() } else { planned.state.clone() },
        appointment: planned.offer.as_ref().and_then(|_| made.next()).map(|wish| wish.id),
        detail: if planned.reason.is_empty() { json!({}) } else { json!({ "reason": planned.reason }) },
    };
    plan.planned.iter().zip(&wanted.occurrences).map(one).collect()
}

/// What is marked as booked, branch by branch.
pub(super) fn by_branch(offers: &[Offer]) -> Vec<(String, Vec<Segment>)> {
    let mut branches: Vec<(String, Vec<Segment>)> = Vec::new();
    for offer in offers {
        match branches.iter_mut().find(|(branch, _)| *branch == offer.branch_id) {
            Some((_, list)) => list.extend(segments(offer)),
            None => branches.push((offer.branch_id.clone(), segments(offer))),
        }
    }
    branches
}

/// Marks an answer as the repetition it is.
pub(super) fn replayed(answer: SeriesResponse) -> SeriesResponse {
    match answer.outcome() {
        Outcome::Booked => SeriesResponse { outcome: Outcome::Replayed.into(), ..answer },
        _ => answer,
    }
}
