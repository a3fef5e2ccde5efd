//! What callflow answers to an inbound question.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{AgentOverride, AgentVersion, Medium};
use crate::{Error, body};

/// The answer to an inbound question.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Hang up before an agent is set up. Sent alone: next to an invalid field it would be void.
    Reject,
    /// Connect the caller.
    Connect(Box<Connect>),
}

/// How to connect the caller. Everything is optional; nothing means the number's own agent.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Connect {
    /// Another agent than the number's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub override_agent_id: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub override_agent_version: Option<AgentVersion>,
    /// Settings for this call.
    #[serde(skip_serializing_if = "AgentOverride::is_empty")]
    pub agent_override: AgentOverride,
    /// Values for `{{name}}`. Strings only: anything else is a bad response to the platform.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub dynamic_variables: BTreeMap<String, String>,
    /// Kept with the call and echoed in every later request.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
}

impl fmt::Debug for Connect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without values, which name people.
        write!(f, "<{} variables, {} metadata>", self.dynamic_variables.len(), self.metadata.len())
    }
}

impl Answer {
    /// Connects the caller.
    #[must_use]
    pub fn connect(connect: Connect) -> Self {
        Self::Connect(Box::new(connect))
    }

    /// Returns the body to send; also without any override it is an object, never empty.
    #[must_use]
    pub fn to_json(&self, medium: Medium) -> Value {
        let inner = match self {
            Self::Reject => json!({ "reject": true }),
            Self::Connect(connect) => {
                let mut connect = connect.clone();
                connect.agent_override.agent.clamp();
                serde_json::to_value(connect).unwrap_or_else(|_| json!({}))
            }
        };
        json!({ medium.key(): inner })
    }

    /// Reads an answer back, for simulators and tests.
    pub fn parse(bytes: &[u8]) -> Result<(Medium, Self), Error> {
        let mut outer: Map<String, Value> = body::parse(body::text(bytes)?)?;
        for medium in [Medium::Call, Medium::Chat] {
            let Some(inner) = outer.remove(medium.key()) else { continue };
            if inner.get("reject") == Some(&Value::Bool(true)) {
                return Ok((medium, Self::Reject));
            }
            let connect = serde_json::from_value(inner).map_err(|cause| Error::from_json(&cause))?;
            return Ok((medium, Self::connect(connect)));
        }
        Err(Error::Missing { field: "call_inbound" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejection_stands_alone_and_nothing_is_an_object() {
        assert_eq!(Answer::Reject.to_json(Medium::Call), json!({"call_inbound":{"reject":true}}));
        assert_eq!(Answer::connect(Connect::default()).to_json(Medium::Chat), json!({"chat_inbound":{}}));
    }

    #[test]
    fn only_a_true_reject_rejects() {
        let parse = |json: &str| Answer::parse(json.as_bytes()).unwrap().1;
        assert_eq!(parse(r#"{"call_inbound":{"reject":true,"metadata":{}}}"#), Answer::Reject);
        for json in [r#"{"call_inbound":{"reject":"true"}}"#, r#"{"call_inbound":{"reject":1}}"#] {
            assert_eq!(parse(json), Answer::connect(Connect::default()), "{json}");
        }
    }

    #[test]
    fn limits_are_brought_into_the_accepted_range() {
        let mut connect = Connect::default();
        connect.agent_override.agent.max_call_duration_ms = Some(1);
        connect.agent_override.agent.end_call_after_silence_ms = Some(0);
        let sent = Answer::connect(connect).to_json(Medium::Call);
        let agent = &sent["call_inbound"]["agent_override"]["agent"];
        assert_eq!(agent, &json!({"max_call_duration_ms":60_000,"end_call_after_silence_ms":10_000}));
    }

    #[test]
    fn an_answer_survives_a_round_trip() {
        let mut connect =
            Connect { override_agent_version: Some(AgentVersion::Tag("prod".into())), ..Connect::default() };
        connect.agent_override.agent.language = Some("tr-TR".into());
        connect.dynamic_variables.insert("today".into(), "2026-11-24".into());
        connect.metadata.insert("tenant_id".into(), json!("haarwerk"));
        let answer = Answer::connect(connect);
        let body = answer.to_json(Medium::Call).to_string();
        assert_eq!(Answer::parse(body.as_bytes()), Ok((Medium::Call, answer)));
    }
}
