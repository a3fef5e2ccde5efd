//! What a company allows: notice, holds, gaps, weights, calls it does not take.
//!
//! [`Policies`] is a part of the catalog file; every value has a default, so that a company that
//! says nothing behaves sensibly. The decisions that follow from a policy alone are made here.

mod notice;
mod reject;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use notice::{Late, Notice, Timeliness};
pub use reject::{Reject, Rejection};

use crate::{language::Language, slot::Alignment};

/// The rules of one company.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Policies {
    /// How late an appointment may be cancelled.
    pub cancel: Notice,
    /// How late an appointment may be moved.
    pub reschedule: Notice,
    /// Minutes between now and the earliest start that is offered, unless the service says otherwise.
    pub min_notice_min: u32,
    /// Days ahead that can be booked, unless the service says otherwise.
    pub max_advance_days: u32,
    /// Distance between offered starts in minutes.
    pub step_min: u32,
    /// Where offered starts lie.
    pub alignment: Alignment,
    /// Minutes between two services of one visit.
    pub gap_min: u32,
    /// Exceptions from `gap_min` for two services in this order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<Gap>,
    /// Seconds an offered time is kept for the caller who heard it.
    pub offer_hold_secs: u32,
    /// Seconds a time is kept that somebody explicitly asked to hold.
    pub hold_secs: u32,
    /// Whether a wish that is complete but was not booked during the call is booked afterwards;
    /// otherwise somebody calls back.
    pub auto_book_after_call: bool,
    /// What counts how much when a staff member is chosen.
    pub weights: Weights,
    /// Calls that are not taken.
    #[serde(skip_serializing_if = "Reject::is_empty")]
    pub reject: Reject,
    /// The sentence about recording and artificial intelligence, by language.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("propertyNames" = {"$ref": "#/$defs/Language"}))]
    pub recording_notice: BTreeMap<Language, String>,
}

impl Default for Policies {
    fn default() -> Self {
        Self {
            cancel: Notice { notice_min: 24 * 60, late: Late::Allow },
            reschedule: Notice { notice_min: 2 * 60, late: Late::Refuse },
            min_notice_min: 60,
            max_advance_days: 90,
            step_min: 15,
            alignment: Alignment::Clock,
            gap_min: 15,
            gaps: Vec::new(),
            offer_hold_secs: 90,
            hold_secs: 300,
            auto_book_after_call: false,
            weights: Weights::default(),
            reject: Reject::default(),
            recording_notice: BTreeMap::new(),
        }
    }
}

impl Policies {
    /// Returns the minutes between two services of one visit, named by their slugs, in this order.
    #[must_use]
    pub fn gap_between(&self, first: &str, second: &str) -> u32 {
        let pair = self.gaps.iter().find(|gap| gap.after == first && gap.before == second);
        pair.map_or(self.gap_min, |gap| gap.gap_min)
    }

    /// Returns the notice about recording in the language, or in one the company has it in.
    #[must_use]
    pub fn recording_notice_in(&self, language: Language, company_default: Language) -> Option<&str> {
        let by = |language| self.recording_notice.get(&language);
        by(language)
            .or_else(|| by(company_default))
            .or_else(|| self.recording_notice.values().next())
            .map(String::as_str)
    }
}

/// The time between two services when it differs from the usual gap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// The slug of the service that comes first.
    pub after: String,
    /// The slug of the service that comes second.
    pub before: String,
    /// Minutes between them; 0 for none.
    pub gap_min: u32,
}

/// How much each part of a staff member's score counts; the parts lie between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Weights {
    /// Having the skills the service asks for.
    pub skill: f64,
    /// A day with time left.
    pub free_day: f64,
    /// Being whom the customer prefers.
    pub preference: f64,
    /// Fewer appointments than the others.
    pub balance: f64,
    /// Speaking the caller's language.
    pub language: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Self { skill: 0.30, free_day: 0.25, preference: 0.20, balance: 0.15, language: 0.10 }
    }
}

impl Weights {
    /// Returns the five weights, in the order of the fields.
    #[must_use]
    pub const fn all(&self) -> [f64; 5] {
        [self.skill, self.free_day, self.preference, self.balance, self.language]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_company_that_says_nothing_has_the_documented_defaults() {
        let policies: Policies = serde_json::from_str("{}").unwrap();
        assert_eq!(policies, Policies::default());
        assert!((policies.weights.all().iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert_eq!(policies.gap_between("a", "b"), 15);
    }

    #[test]
    fn a_pair_of_services_can_have_its_own_gap_in_one_direction() {
        let policies: Policies =
            serde_json::from_str(r#"{"gaps":[{"after":"faerben","before":"schnitt","gap_min":0}]}"#).unwrap();
        assert_eq!(policies.gap_between("faerben", "schnitt"), 0);
        assert_eq!(policies.gap_between("schnitt", "faerben"), 15);
    }

    #[test]
    fn the_recording_notice_is_given_in_some_language_rather_than_not_at_all() {
        let policies: Policies =
            serde_json::from_str(r#"{"recording_notice":{"de":"Aufnahme","en":"recording"}}"#).unwrap();
        assert_eq!(policies.recording_notice_in(Language::EN, Language::DE), Some("recording"));
        assert_eq!(policies.recording_notice_in(Language::TR, Language::DE), Some("Aufnahme"));
        assert_eq!(policies.recording_notice_in(Language::TR, Language::RU), Some("Aufnahme"));
        assert_eq!(Policies::default().recording_notice_in(Language::DE, Language::DE), None);
    }

    #[test]
    fn unknown_fields_are_refused() {
        assert!(serde_json::from_str::<Policies>(r#"{"hold_seconds":90}"#).is_err());
        assert!(serde_json::from_str::<Policies>(r#"{"weights":{"skills":1}}"#).is_err());
    }
}
