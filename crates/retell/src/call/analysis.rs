//! What the platform makes of a call afterwards: summary, mood, structured findings, cost.

use std::borrow::Cow;

use callflow_domain::masked::PersonalText;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{lenient, raw::Raw};

/// The analysis of a finished call or chat.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis<'a> {
    /// `Positive`, `Neutral`, `Negative`, `Unknown`, or one not known yet.
    pub sentiment: Option<Cow<'a, str>>,
    /// Whether the agent reached its goal, as the platform judges.
    pub successful: Option<bool>,
    /// Whether a machine answered.
    pub in_voicemail: Option<bool>,
    /// A few sentences about the call.
    pub summary: Option<Raw<'a>>,
    /// The findings the agent was configured to extract.
    pub custom: Option<Raw<'a>>,
}

impl Analysis<'_> {
    /// Returns the summary, copied out of the body; it prints masked.
    #[must_use]
    pub fn summary(&self) -> Option<PersonalText> {
        self.summary?.text().filter(|text| !text.trim().is_empty()).map(PersonalText::new)
    }

    /// Returns the configured findings; empty when there are none.
    #[must_use]
    pub fn findings(&self) -> Map<String, Value> {
        self.custom.map(Raw::object).unwrap_or_default()
    }
}

#[derive(Deserialize)]
pub(super) struct Wire<'a> {
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    user_sentiment: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "lenient::flag")]
    call_successful: Option<bool>,
    #[serde(default, deserialize_with = "lenient::flag")]
    chat_successful: Option<bool>,
    #[serde(default, deserialize_with = "lenient::flag")]
    in_voicemail: Option<bool>,
    #[serde(default, borrow)]
    call_summary: Option<Raw<'a>>,
    #[serde(default, borrow)]
    chat_summary: Option<Raw<'a>>,
    #[serde(default, borrow)]
    custom_analysis_data: Option<Raw<'a>>,
}

impl<'a> From<Wire<'a>> for Analysis<'a> {
    fn from(wire: Wire<'a>) -> Self {
        Self {
            sentiment: wire.user_sentiment,
            successful: wire.call_successful.or(wire.chat_successful),
            in_voicemail: wire.in_voicemail,
            summary: wire.call_summary.or(wire.chat_summary),
            custom: wire.custom_analysis_data,
        }
    }
}

/// What a call cost. The platform counts in US cents with fractions; reading them as dollars
/// makes every call a hundred times too dear.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost {
    /// All products together, in cents.
    pub cents: f64,
    /// The time that was billed, in seconds.
    pub billed_secs: Option<f64>,
}

impl Cost {
    pub(super) fn read(wire: CostWire) -> Option<Self> {
        let cents = wire.combined_cost.filter(|cents| *cents >= 0.0)?;
        Some(Self { cents, billed_secs: wire.total_duration_seconds })
    }
}

#[derive(Deserialize)]
pub(super) struct CostWire {
    #[serde(default, deserialize_with = "lenient::real")]
    combined_cost: Option<f64>,
    #[serde(default, deserialize_with = "lenient::real")]
    total_duration_seconds: Option<f64>,
}
