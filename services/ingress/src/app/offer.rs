//! Offers and appointments between the wire and what is said.

use callflow_contract::{
    availability::v1::{Alternative, Offer},
    convert::from_wire_time,
    event::v1::Appointment,
};
use callflow_retell::{
    answer::{Booked, Slot},
    spoken::{Phrasebook, Visit},
};
use jiff::{Timestamp, Zoned, tz::TimeZone};

/// Something at a time, in words of the wire.
#[derive(Debug, Clone)]
pub(crate) struct Spot {
    pub(crate) id: String,
    pub(crate) start: Zoned,
    pub(crate) service: Option<String>,
    pub(crate) staff: Option<String>,
    pub(crate) branch: Option<String>,
    pub(crate) code: Option<String>,
}

impl Spot {
    /// Reads an offer; `home` is the branch that was called, which is not named.
    pub(crate) fn offer(offer: &Offer, home: &str) -> Option<Self> {
        Some(Self {
            id: offer.slot_id.clone(),
            start: local(offer.start.as_ref()?, &offer.time_zone)?,
            service: filled(&offer.service_name),
            staff: filled(&offer.staff_name),
            branch: filled(&offer.branch_name).filter(|_| offer.branch_id != home),
            code: None,
        })
    }

    /// Reads an appointment.
    pub(crate) fn appointment(made: &Appointment, home: &str) -> Option<Self> {
        Some(Self {
            id: made.appointment_id.clone(),
            start: local(made.start.as_ref()?, &made.time_zone)?,
            service: filled(&made.service_name),
            staff: filled(&made.staff_name),
            branch: filled(&made.branch_name).filter(|_| made.branch_id != home),
            code: filled(&made.confirmation_code),
        })
    }

    /// Returns it as it is spoken.
    pub(crate) fn visit(&self) -> Visit<'_> {
        Visit {
            service: self.service.as_deref(),
            staff: self.staff.as_deref(),
            branch: self.branch.as_deref(),
            ..Visit::new(self.start.datetime())
        }
    }

    /// Returns it as an offered slot is: the service is the one that was asked for.
    pub(crate) fn slot_visit(&self) -> Visit<'_> {
        Visit { service: None, ..self.visit() }
    }

    pub(crate) fn slot(&self, phrases: &Phrasebook) -> Slot {
        Slot {
            staff: self.staff.clone(),
            branch: self.branch.clone(),
            spoken: Some(phrases.slot(&self.slot_visit())),
            ..Slot::new(self.id.clone(), &self.start)
        }
    }

    pub(crate) fn booked(&self) -> Booked {
        Booked {
            service: self.service.clone(),
            staff: self.staff.clone(),
            confirmation_code: self.code.clone(),
            ..Booked::new(self.id.clone(), &self.start)
        }
    }

    /// Returns the start as JSON readers expect it.
    pub(crate) fn start_text(&self) -> String {
        self.start.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }
}

/// Reads offers; those that make no sense are left out.
pub(crate) fn offers<'a>(offers: impl IntoIterator<Item = &'a Offer>, home: &str) -> Vec<Spot> {
    offers.into_iter().filter_map(|offer| Spot::offer(offer, home)).collect()
}

/// Reads alternatives.
pub(crate) fn alternatives(list: &[Alternative], home: &str) -> Vec<Spot> {
    offers(list.iter().filter_map(|one| one.offer.as_ref()), home)
}

/// Reads appointments.
pub(crate) fn appointments(list: &[Appointment], home: &str) -> Vec<Spot> {
    list.iter().filter_map(|made| Spot::appointment(made, home)).collect()
}

/// Returns the offers as they are spoken.
pub(crate) fn slot_visits(spots: &[Spot]) -> Vec<Visit<'_>> {
    spots.iter().map(Spot::slot_visit).collect()
}

/// Returns the appointments as they are spoken.
pub(crate) fn visits(spots: &[Spot]) -> Vec<Visit<'_>> {
    spots.iter().map(Spot::visit).collect()
}

/// Returns a wire time on the clock of a zone.
pub(crate) fn local(at: &prost_types::Timestamp, zone: &str) -> Option<Zoned> {
    let at: Timestamp = from_wire_time("start", at).ok()?;
    Some(at.to_zoned(TimeZone::get(zone).ok()?))
}

fn filled(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
