//! A service.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{is_true, yes};
use crate::language::Language;

/// Something that can be booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Unique within the company.
    pub slug: String,
    /// The name that is spoken.
    pub name: String,
    /// What callers call it, by language.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("propertyNames" = {"$ref": "#/$defs/Language"}))]
    pub aliases: BTreeMap<Language, Vec<String>>,
    /// How long the customer is served, in minutes.
    pub duration_min: u32,
    /// Minutes kept free before it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub buffer_before_min: u32,
    /// Minutes kept free after it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub buffer_after_min: u32,
    /// What the person who does it must be able to do: all of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub required_skills: Vec<String>,
    /// Minutes between now and the earliest start; the company's unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_notice_min: Option<u32>,
    /// Days ahead it can be booked; the company's unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_advance_days: Option<u32>,
    /// Services that cannot be part of the same visit; naming one side is enough.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_with: Vec<String>,
    /// The kind of room it takes place in, if it needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_kind: Option<String>,
    /// The branches that offer it; empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub branches: Vec<String>,
    /// The price as it is told to callers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<String>,
    /// Whether it can be booked.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub active: bool,
}

const fn is_zero(value: &u32) -> bool {
    *value == 0
}

impl Service {
    /// Returns whether a branch offers the service.
    #[must_use]
    pub fn is_offered_at(&self, branch: &str) -> bool {
        self.branches.is_empty() || self.branches.iter().any(|slug| slug == branch)
    }
}
