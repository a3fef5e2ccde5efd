//! A company and the numbers and agents that lead to it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Branch, Service, Staff};
use crate::{language::Language, phone::Country, policy::Policies, schedule::Schedule};

/// A company: the tenant, with all that belongs to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Company {
    /// The name in paths: `/retell/{slug}/…`.
    pub slug: String,
    /// The name that is spoken.
    pub name: String,
    /// Where national phone numbers are read; Germany unless given.
    #[serde(default = "germany")]
    pub country: Country,
    /// The branch that answers when nothing points to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_branch: Option<String>,
    /// The language that is spoken when nothing is known about the caller.
    pub default_language: Language,
    /// The languages the company's agents speak, the preferred one first; empty means any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<Language>,
    /// The IANA time zone of branches that name none.
    pub time_zone: String,
    /// Names of the keys that sign this company's requests; the keys themselves are secrets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signing_keys: Vec<String>,
    /// What the company allows.
    #[serde(default)]
    pub policies: Policies,
    /// Hours and holidays of the whole company.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub schedule: Schedule,
    /// Its branches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub branches: Vec<Branch>,
    /// The numbers callers dial.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phone_numbers: Vec<DialledNumber>,
    /// The voice platform's agents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agents: Vec<Agent>,
    /// The people who serve customers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub staff: Vec<Staff>,
    /// What can be booked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<Service>,
}

const fn germany() -> Country {
    Country::DE
}

pub(super) fn is_empty(schedule: &Schedule) -> bool {
    *schedule == Schedule::default()
}

/// A number callers dial; it belongs to one company in the whole installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DialledNumber {
    /// The number, best in E.164 form; a national one is read in the company's country.
    pub number: String,
    /// The branch it reaches; without one it only says which company is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The language callers of this number expect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
}

/// An agent of the voice platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// The platform's id of the agent.
    pub id: String,
    /// The branch it answers for; without one it answers for all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The language it speaks; a call in this language is handed to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
}
