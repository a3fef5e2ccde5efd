//! The entries of an answer's lists.

use jiff::Zoned;
use serde::{Deserialize, Serialize};

/// A free slot a caller can choose.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// What `book_appointment` takes.
    pub slot_id: String,
    /// RFC 3339 with the branch's offset.
    pub start: String,
    /// RFC 3339 with the branch's offset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    /// The staff member's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<String>,
    /// The branch's name, when it is another than the one that was called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The slot as it is spoken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spoken: Option<String>,
}

impl Slot {
    /// Describes a slot by its id and local start; the rest is set through the fields.
    #[must_use]
    pub fn new(slot_id: impl Into<String>, start: &Zoned) -> Self {
        Self { slot_id: slot_id.into(), start: rfc3339(start), end: None, staff: None, branch: None, spoken: None }
    }
}

impl std::fmt::Debug for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Slot({} {})", self.slot_id, self.start)
    }
}

/// An appointment of the caller.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    /// What `cancel_appointment` and `reschedule_appointment` take.
    pub appointment_id: String,
    /// RFC 3339 with the branch's offset.
    pub start: String,
    /// The service's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The staff member's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<String>,
    /// The code by which it is found without a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmation_code: Option<String>,
}

impl Booked {
    /// Describes an appointment by its id and local start; the rest is set through the fields.
    #[must_use]
    pub fn new(appointment_id: impl Into<String>, start: &Zoned) -> Self {
        Self {
            appointment_id: appointment_id.into(),
            start: rfc3339(start),
            service: None,
            staff: None,
            confirmation_code: None,
        }
    }
}

impl std::fmt::Debug for Booked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Booked({} {})", self.appointment_id, self.start)
    }
}

/// Returns a local time with its offset and without the zone's name, as JSON readers expect it.
pub(crate) fn rfc3339(time: &Zoned) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}
