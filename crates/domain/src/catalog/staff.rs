//! A staff member.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{company::is_empty, is_true, yes};
use crate::{language::Language, schedule::Schedule};

/// A person who serves customers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Staff {
    /// Unique within the company.
    pub slug: String,
    /// The name that is spoken.
    pub name: String,
    /// Other names callers use, and spellings of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nicknames: Vec<String>,
    /// The branch this person works at.
    pub branch: String,
    /// What this person can do; services ask for skills by the same words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<String>,
    /// What this person speaks, best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<Language>,
    /// Working hours, breaks and absences; without hours those of the branch hold.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub schedule: Schedule,
    /// Whether this person works here (still).
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub active: bool,
    /// Whether this person takes new appointments at present.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub available: bool,
}
