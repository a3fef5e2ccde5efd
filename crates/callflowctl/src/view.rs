//! What `-o json` prints: stable field names, RFC 3339 times with the branch's offset.

use callflow_contract::{
    availability::v1::{Alternative, Offer, alternative},
    convert::from_wire_time,
    event::v1::Appointment,
};
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::failure::Failure;

/// A free start.
#[derive(Debug, Serialize)]
pub(crate) struct Slot {
    /// Slot id, as `book` takes it.
    pub(crate) slot_id: String,
    pub(crate) start: String,
    pub(crate) end: String,
    pub(crate) staff: String,
    pub(crate) staff_id: String,
    pub(crate) branch: String,
    pub(crate) score: Option<f64>,
}

/// A start that comes closest, and in which respect it differs.
#[derive(Debug, Serialize)]
pub(crate) struct Closest {
    /// `next_free`, `other_staff`, `other_branch`.
    pub(crate) kind: &'static str,
    #[serde(flatten)]
    pub(crate) slot: Slot,
}

/// An appointment.
#[derive(Debug, Serialize)]
pub(crate) struct Booked {
    pub(crate) appointment_id: String,
    pub(crate) start: String,
    pub(crate) end: String,
    pub(crate) branch: String,
    pub(crate) staff: String,
    pub(crate) service: String,
    pub(crate) status: String,
    pub(crate) confirmation_code: String,
    pub(crate) customer: String,
    pub(crate) call_id: String,
    pub(crate) series_id: String,
}

/// Returns an instant as RFC 3339 in a zone; UTC when the zone is not known here.
pub(crate) fn time(at: Option<&prost_types::Timestamp>, zone: &str) -> Result<String, Failure> {
    let Some(at) = at else { return Ok(String::new()) };
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    Ok(from_wire_time("time", at)?.to_zoned(zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
}

/// Returns a time of this page as a person reads it: the branch's wall clock, the weekday in front.
pub(crate) fn wall(time: &str) -> String {
    let local = time.get(..16).and_then(|text| text.parse::<jiff::civil::DateTime>().ok());
    let zone = if time.ends_with("+00:00") { "Z" } else { "" };
    local.map(|local| format!("{}{zone}", local.strftime("%a %Y-%m-%d %H:%M"))).unwrap_or_default()
}

impl Slot {
    /// Reads an offer.
    pub(crate) fn read(offer: &Offer) -> Result<Self, Failure> {
        Ok(Self {
            slot_id: offer.slot_id.clone(),
            start: time(offer.start.as_ref(), &offer.time_zone)?,
            end: time(offer.end.as_ref(), &offer.time_zone)?,
            staff: offer.staff_name.clone(),
            staff_id: offer.staff_id.clone(),
            branch: offer.branch_name.clone(),
            score: offer.score.as_ref().map(|score| score.total),
        })
    }
}

impl Closest {
    /// Reads an alternative; `None` when it names no offer.
    pub(crate) fn read(alternative: &Alternative) -> Result<Option<Self>, Failure> {
        let Some(offer) = &alternative.offer else { return Ok(None) };
        let kind = match alternative.kind() {
            alternative::Kind::OtherStaff => "other_staff",
            alternative::Kind::OtherBranch => "other_branch",
            alternative::Kind::NextFree | alternative::Kind::Unspecified => "next_free",
        };
        Ok(Some(Self { kind, slot: Slot::read(offer)? }))
    }
}

impl Booked {
    /// Reads an appointment.
    pub(crate) fn read(appointment: &Appointment) -> Result<Self, Failure> {
        let person = appointment.person.clone().unwrap_or_default();
        Ok(Self {
            appointment_id: appointment.appointment_id.clone(),
            start: time(appointment.start.as_ref(), &appointment.time_zone)?,
            end: time(appointment.end.as_ref(), &appointment.time_zone)?,
            branch: appointment.branch_name.clone(),
            staff: appointment.staff_name.clone(),
            service: appointment.service_name.clone(),
            status: appointment.status.clone(),
            confirmation_code: appointment.confirmation_code.clone(),
            customer: person.name,
            call_id: appointment.call_id.clone(),
            series_id: appointment.series_id.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::wall;

    #[test]
    fn people_read_the_clock_on_the_wall() {
        assert_eq!(wall("2026-12-01T10:00:00+01:00"), "Tue 2026-12-01 10:00");
        assert_eq!(wall("2026-12-01T10:00:00+00:00"), "Tue 2026-12-01 10:00Z");
        assert_eq!(wall(""), "");
    }
}
