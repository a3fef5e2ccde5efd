//! A branch and its rooms.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{company::is_empty, is_true, yes};
use crate::schedule::Schedule;

/// A place where customers are served.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Branch {
    /// Unique within the company.
    pub slug: String,
    /// The name that is spoken.
    pub name: String,
    /// Whether it takes calls and bookings; when not, its fallback does.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub active: bool,
    /// The branch that takes over while this one is not active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<String>,
    /// The IANA time zone of its clock; the company's unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Where it is, as it is told to callers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Hours, breaks, holidays and closing days of the branch.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub schedule: Schedule,
    /// Where its customers call from: beginnings of E.164 numbers such as `+4930`. The longest
    /// one that a caller's number begins with wins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub service_areas: Vec<String>,
    /// Rooms, chairs or devices that services need.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rooms: Vec<Room>,
}

/// Something that only one service can use at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Room {
    /// Unique within the company.
    pub slug: String,
    /// The name that is spoken.
    pub name: String,
    /// What services ask for: any room of a kind will do.
    pub kind: String,
    /// Whether it can be booked.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub active: bool,
}
