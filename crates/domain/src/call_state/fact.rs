//! What one event says about a call.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Cost, Event};
use crate::{
    language::Language,
    masked::{PersonalText, PhoneNumber, Transcript},
    phone::Caller,
};

/// How somebody reached us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Medium {
    /// By telephone.
    Phone,
    /// By voice in a browser: no numbers.
    Web,
    /// In writing.
    Chat,
}

/// Who called whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The customer called.
    Inbound,
    /// The agent called.
    Outbound,
}

/// What the platform found in a finished call.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Analysis {
    /// What it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<PersonalText>,
    /// The caller's mood, in the platform's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentiment: Option<String>,
    /// Whether the platform judged the call successful.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successful: Option<bool>,
    /// Whether a machine answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voicemail: Option<bool>,
    /// The company's own questions and their answers, as JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom: Option<PersonalText>,
}

/// One event of a call, with whatever it says; what it does not say is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallFact {
    /// Which event.
    pub event: Event,
    /// When it happened by the platform's clock; not when it was received, which differs between
    /// two deliveries of the same event.
    pub at: Option<Timestamp>,
    /// How the caller reached us.
    pub medium: Option<Medium>,
    /// Who called whom.
    pub direction: Option<Direction>,
    /// The caller.
    pub from: Option<Caller>,
    /// The number that was called.
    pub to: Option<PhoneNumber>,
    /// The platform's agent.
    pub agent: Option<String>,
    /// The language the call is held in.
    pub language: Option<Language>,
    /// When the call was connected.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How long it lasted.
    pub duration_ms: Option<u64>,
    /// Why it ended, in the platform's words.
    pub disconnection_reason: Option<String>,
    /// What it cost.
    pub cost: Option<Cost>,
    /// What was said.
    pub transcript: Option<Transcript>,
    /// Where it was put through to, a number or an address.
    pub transfer_destination: Option<PhoneNumber>,
    /// What the platform found in it.
    pub analysis: Option<Analysis>,
}

impl CallFact {
    /// Returns an event that says nothing but that it happened.
    #[must_use]
    pub const fn new(event: Event) -> Self {
        Self {
            event,
            at: None,
            medium: None,
            direction: None,
            from: None,
            to: None,
            agent: None,
            language: None,
            started_at: None,
            ended_at: None,
            duration_ms: None,
            disconnection_reason: None,
            cost: None,
            transcript: None,
            transfer_destination: None,
            analysis: None,
        }
    }
}
