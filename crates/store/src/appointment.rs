//! Appointments: placing them so that two can never overlap, finding and changing them.
//!
//! What makes double bookings impossible is in the table, not here: two exclusion constraints over
//! (staff, busy time) and (room, busy time) of active rows. This module writes in the one way that
//! stays fast when a thousand callers want the same slot: `ON CONFLICT DO NOTHING`, rows sorted by
//! staff member, so that losers learn of it without an error, a lock queue or a deadlock.

mod book;
mod change;
mod find;
mod place;

use callflow_domain::{
    id::{AppointmentId, BranchId, CallId, CompanyId, GroupId, RoomId, SeriesId, ServiceId, StaffId},
    masked::PersonalText,
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    entity::appointment::Model,
    error::Error,
    person::{Columns, Person},
    time,
};

pub use book::{Booking, Made, book, statement};
pub use change::{Moved, cancel, lock, mark, reschedule, set_choice};
pub use find::{Filter, by_code, by_request, find, list};
pub use place::{Placement, place_all, place_each};

/// Constraint that refuses two overlapping active appointments of one staff member.
pub const STAFF_NO_OVERLAP: &str = "appointment_staff_no_overlap";
/// Constraint that refuses two overlapping active appointments in one room.
pub const ROOM_NO_OVERLAP: &str = "appointment_room_no_overlap";

/// Where an appointment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// It takes place, and blocks its time.
    Active,
    /// It was cancelled.
    Cancelled,
    /// Another one took its place.
    Rescheduled,
    /// It took place.
    Completed,
    /// The customer did not come.
    NoShow,
}

impl Status {
    /// Returns the name as stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Cancelled => "cancelled",
            Self::Rescheduled => "rescheduled",
            Self::Completed => "completed",
            Self::NoShow => "no_show",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Cancelled, Self::Rescheduled, Self::Completed, Self::NoShow]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// What is wanted, by whom, and for whom: everything of an appointment that is decided before it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAppointment {
    /// Its id, made by the caller.
    pub id: AppointmentId,
    /// Where.
    pub branch: BranchId,
    /// With whom; has to belong to the branch.
    pub staff: StaffId,
    /// In which room, when the service needs one.
    pub room: Option<RoomId>,
    /// What.
    pub service: ServiceId,
    /// For whom.
    pub person: Person,
    /// The call it was made in.
    pub call: Option<CallId>,
    /// The sequence it belongs to.
    pub group: Option<GroupId>,
    /// The series it belongs to.
    pub series: Option<SeriesId>,
    /// Its place in the sequence or series, counted from 0.
    pub position: u32,
    /// When the customer is expected.
    pub starts_at: Timestamp,
    /// When the customer leaves.
    pub ends_at: Timestamp,
    /// From when staff member and room are taken: the start less the buffer before.
    pub busy_from: Timestamp,
    /// Until when they are taken: the end plus the buffer after. At most 24 hours after `busy_from`.
    pub busy_until: Timestamp,
    /// What the customer says to prove that it is theirs.
    pub confirmation_code: String,
    /// Version of the working times the slot was computed from; `None` accepts any.
    pub schedule_version: Option<u64>,
    /// Why this staff member: the scores of all candidates.
    pub choice: serde_json::Value,
    /// Remarks of the customer.
    pub notes: Option<PersonalText>,
    /// Where the wish came from: `call`, `after_call`, `operator`.
    pub source: String,
    /// The request row it was made under.
    pub request: Option<Uuid>,
}

impl NewAppointment {
    /// Returns the appointment as it will stand once it is stored, made at `at`.
    #[must_use]
    pub fn as_stored(&self, company: CompanyId, at: Timestamp) -> Appointment {
        let new = self.clone();
        Appointment {
            id: new.id,
            company,
            branch: new.branch,
            staff: new.staff,
            room: new.room,
            service: new.service,
            person: new.person,
            call: new.call,
            group: new.group,
            series: new.series,
            position: new.position,
            starts_at: new.starts_at,
            ends_at: new.ends_at,
            busy_from: new.busy_from,
            busy_until: new.busy_until,
            status: Status::Active,
            confirmation_code: new.confirmation_code,
            schedule_version: new.schedule_version.unwrap_or_default(),
            choice: new.choice,
            notes: new.notes,
            source: new.source,
            request: new.request,
            rescheduled_from: None,
            rescheduled_to: None,
            created_at: at,
            updated_at: at,
            cancelled_at: None,
            cancel_reason: None,
        }
    }
}

/// An appointment as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Appointment {
    /// Its id.
    pub id: AppointmentId,
    /// Whose company.
    pub company: CompanyId,
    /// Where.
    pub branch: BranchId,
    /// With whom.
    pub staff: StaffId,
    /// In which room.
    pub room: Option<RoomId>,
    /// What.
    pub service: ServiceId,
    /// For whom.
    pub person: Person,
    /// The call it was made in.
    pub call: Option<CallId>,
    /// The sequence it belongs to.
    pub group: Option<GroupId>,
    /// The series it belongs to.
    pub series: Option<SeriesId>,
    /// Its place in the sequence or series, counted from 0.
    pub position: u32,
    /// When the customer is expected.
    pub starts_at: Timestamp,
    /// When the customer leaves.
    pub ends_at: Timestamp,
    /// From when staff member and room are taken.
    pub busy_from: Timestamp,
    /// Until when they are taken.
    pub busy_until: Timestamp,
    /// Where it stands.
    pub status: Status,
    /// What the customer says to prove that it is theirs.
    pub confirmation_code: String,
    /// Version of the working times it was booked under.
    pub schedule_version: u64,
    /// Why this staff member.
    pub choice: serde_json::Value,
    /// Remarks of the customer.
    pub notes: Option<PersonalText>,
    /// Where the wish came from.
    pub source: String,
    /// The request row it was made under.
    pub request: Option<Uuid>,
    /// The appointment it replaced.
    pub rescheduled_from: Option<AppointmentId>,
    /// The appointment that replaced it.
    pub rescheduled_to: Option<AppointmentId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was cancelled or replaced.
    pub cancelled_at: Option<Timestamp>,
    /// Why it was cancelled.
    pub cancel_reason: Option<PersonalText>,
}

impl Appointment {
    fn read(model: Model) -> Result<Self, Error> {
        let corrupt = |what| Error::Decode { doing: "reading an appointment", what };
        let Model { customer_id, customer_name, customer_phone, customer_email, language, .. } = model;
        let person =
            Columns { customer_id, name: customer_name, phone: customer_phone, email: customer_email, language };
        Ok(Self {
            id: AppointmentId(model.id),
            company: CompanyId(model.company_id),
            branch: BranchId(model.branch_id),
            staff: StaffId(model.staff_id),
            room: model.room_id.map(RoomId),
            service: ServiceId(model.service_id),
            person: person.into(),
            call: model.call_id.as_deref().and_then(CallId::parse),
            group: model.group_id.map(GroupId),
            series: model.series_id.map(SeriesId),
            position: u32::try_from(model.position).map_err(|_| corrupt("position"))?,
            starts_at: time::from_db(model.starts_at),
            ends_at: time::from_db(model.ends_at),
            busy_from: time::from_db(model.busy_from),
            busy_until: time::from_db(model.busy_until),
            status: Status::parse(&model.status).ok_or(corrupt("status"))?,
            confirmation_code: model.confirmation_code,
            schedule_version: u64::try_from(model.staff_schedule_version).map_err(|_| corrupt("schedule version"))?,
            choice: model.choice,
            notes: model.notes.map(PersonalText::new),
            source: model.source,
            request: model.request_id,
            rescheduled_from: model.rescheduled_from.map(AppointmentId),
            rescheduled_to: model.rescheduled_to.map(AppointmentId),
            created_at: time::from_db(model.created_at),
            updated_at: time::from_db(model.updated_at),
            cancelled_at: model.cancelled_at.map(time::from_db),
            cancel_reason: model.cancel_reason.map(PersonalText::new),
        })
    }
}

fn read_all(models: Vec<Model>) -> Result<Vec<Appointment>, Error> {
    models.into_iter().map(Appointment::read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_read_as_it_is_written() {
        for status in [Status::Active, Status::Cancelled, Status::Rescheduled, Status::Completed, Status::NoShow] {
            assert_eq!(Status::parse(status.as_str()), Some(status));
        }
        assert_eq!(Status::parse("gone"), None);
    }
}
