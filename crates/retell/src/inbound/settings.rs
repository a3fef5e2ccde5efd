//! Settings of an agent that hold for one call only.
//!
//! The platform validates them like a new agent and may turn the call away over a bad value, so
//! numbers are brought into their range before they are sent.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Partial settings for this call, applied after the agent is chosen.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AgentOverride {
    /// Voice, language, limits.
    #[serde(skip_serializing_if = "AgentSettings::is_empty")]
    pub agent: AgentSettings,
    /// How the conversation begins and which model leads it.
    #[serde(skip_serializing_if = "LlmSettings::is_empty")]
    pub retell_llm: LlmSettings,
    /// The same for agents that are a conversation flow.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub conversation_flow: Map<String, Value>,
}

impl AgentOverride {
    /// Returns whether nothing is overridden.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Settings of the voice agent.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AgentSettings {
    /// A locale such as `tr-TR`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The voice to speak with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voice_id: Option<String>,
    /// Words to listen for: names of staff, services, the business.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub boosted_keywords: Vec<String>,
    /// Longest call; one minute to two hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_call_duration_ms: Option<u64>,
    /// Hangs up after this much silence; at least ten seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_call_after_silence_ms: Option<u64>,
    /// Anything else the platform takes.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl AgentSettings {
    /// Permitted length of a call.
    const CALL_MS: std::ops::RangeInclusive<u64> = 60_000..=7_200_000;
    /// Shortest silence that may end a call.
    const MIN_SILENCE_MS: u64 = 10_000;

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Brings the numbers into the ranges the platform accepts.
    pub(super) fn clamp(&mut self) {
        let (least, most) = (*Self::CALL_MS.start(), *Self::CALL_MS.end());
        self.max_call_duration_ms = self.max_call_duration_ms.map(|ms| ms.clamp(least, most));
        self.end_call_after_silence_ms = self.end_call_after_silence_ms.map(|ms| ms.max(Self::MIN_SILENCE_MS));
    }
}

/// Settings of the model that leads the conversation.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LlmSettings {
    /// The first sentence; may hold `{{variables}}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub begin_message: Option<String>,
    /// `agent` or `user`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_speaker: Option<String>,
    /// Anything else the platform takes.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl LlmSettings {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
