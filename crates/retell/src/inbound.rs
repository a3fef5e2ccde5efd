//! The inbound webhook: a question asked while the phone rings, and its answer.

mod answer;
mod request;
mod settings;

pub use answer::{Answer, Connect};
pub use request::{Medium, Request};
pub use settings::{AgentOverride, AgentSettings, LlmSettings};

use serde::{Deserialize, Serialize};

/// The version of an agent: a number, or a tag such as `prod` or `latest`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AgentVersion {
    /// A published version.
    Number(i64),
    /// A tag that points to one.
    Tag(String),
}
