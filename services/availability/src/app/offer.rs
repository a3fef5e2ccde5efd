//! Offers and reasons as they go over the wire.

use callflow_contract::{
    availability::v1::{NoSlotReason, Offer as Wire},
    common::v1::StaffScore,
    convert::{to_wire_range, to_wire_time},
};
use callflow_domain::{
    hold::{InvalidSegment, Resource, Segment, Segments},
    id::ServiceId,
    search::{Candidate, Offer, Reason},
    slot_id::SlotId,
};

use super::site::Place;

/// Returns an offer with everything a booking needs: who, when, what it blocks, why this person.
pub(crate) fn write(place: &Place, service: ServiceId, offer: &Offer) -> Wire {
    let best = offer.candidates.first();
    let staff = best.map(|candidate| candidate.staff);
    let slot = staff.and_then(|staff| SlotId::new(offer.service.begin(), staff, service).ok());
    let scores: Vec<StaffScore> = offer.candidates.iter().map(score).collect();
    Wire {
        slot_id: slot.map(|slot| slot.to_string()).unwrap_or_default(),
        branch_id: place.branch.to_string(),
        staff_id: staff.map(|staff| staff.to_string()).unwrap_or_default(),
        staff_name: staff.map(|staff| place.directory.staff_name(staff)).unwrap_or_default(),
        service_id: service.to_string(),
        start: Some(to_wire_time(offer.service.begin())),
        end: Some(to_wire_time(offer.service.end())),
        time_zone: place.zone.name().to_owned(),
        schedule_version: best.and_then(|best| u64::try_from(best.schedule_version).ok()).unwrap_or_default(),
        score: scores.first().cloned(),
        held_until: None,
        room_id: offer.room.map(|room| room.to_string()).unwrap_or_default(),
        also_free_staff_ids: offer.candidates.iter().skip(1).map(|other| other.staff.to_string()).collect(),
        blocked: Some(to_wire_range(offer.block.begin(), offer.block.end())),
        branch_name: place.directory.branch_name(place.branch),
        service_name: place.directory.service_name(service),
        candidates: scores,
    }
}

fn score(candidate: &Candidate) -> StaffScore {
    let parts = candidate.score.parts;
    StaffScore {
        staff_id: candidate.staff.to_string(),
        total: candidate.score.total,
        skill_match: parts.skill,
        free_day: parts.free_day,
        customer_preference: parts.preference,
        balanced_workload: parts.balance,
        language: parts.language,
    }
}

/// Returns what an offer takes: the time of its best candidate, and of its room.
pub(crate) fn segments(offer: &Offer) -> Result<Segments, InvalidSegment> {
    let block = offer.block;
    let staff = offer.candidates.first().map(|candidate| Resource::Staff(candidate.staff));
    let resources = [staff, offer.room.map(Resource::Room)];
    let segments = resources.into_iter().flatten().map(|resource| Segment::new(resource, block.from, block.to));
    Segments::new(segments.collect::<Result<_, _>>()?)
}

/// Returns a reason as the wire has it, with the detail that goes with it.
pub(crate) fn reason(reason: &Reason) -> (NoSlotReason, String) {
    match reason {
        Reason::UnknownService => (NoSlotReason::UnknownService, String::new()),
        Reason::UnknownStaff => (NoSlotReason::UnknownStaff, String::new()),
        Reason::NoSkill { skills } => (NoSlotReason::NoSkilledStaff, skills.join(", ")),
        Reason::Past => (NoSlotReason::InThePast, String::new()),
        Reason::TooFarAhead { latest } => (NoSlotReason::TooFarAhead, latest.to_string()),
        Reason::Holiday { name, .. } => (NoSlotReason::Holiday, name.clone()),
        Reason::Closed { why } => (NoSlotReason::Closed, why.clone().unwrap_or_default()),
        Reason::Notice { earliest } => (NoSlotReason::TooShortNotice, earliest.to_string()),
        Reason::NobodyAvailable => (NoSlotReason::NobodyAvailable, String::new()),
        Reason::FullyBooked => (NoSlotReason::FullyBooked, String::new()),
        Reason::NoRoom { kind } => (NoSlotReason::FullyBooked, format!("no room of kind {kind}")),
        Reason::BetweenStarts { step_min } => {
            (NoSlotReason::FullyBooked, format!("starts lie {step_min} minutes apart"))
        }
    }
}
