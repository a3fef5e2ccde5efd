//! Which branch a call is for, and why.
//!
//! Six signals each may name a branch, with a fixed confidence: explicit metadata 1.0, the dialled
//! number 0.9, the agent 0.8, the caller's history 0.7, the caller's area code 0.6, the caller's
//! time zone 0.5. The most confident one that names a branch *of the company that is asked* wins;
//! everything about other companies is noted and otherwise without effect. A branch that is not
//! active hands over along its chain of fallbacks; where the chain ends, the company's default
//! branch takes over; where that is missing, too, the call stays unresolved. Nothing is guessed: a
//! signal that fits several branches alike names one only if the company's default is among them.
//!
//! Facts are loaded by whoever asks, each signal on its own; this module only weighs them.

mod area;
mod claim;
mod clock;
mod evidence;
mod fitting;
mod place;

use serde::{Deserialize, Serialize};

pub use area::{ServiceAreas, prefixes};
pub use claim::Claim;
pub use clock::Clocks;
pub use evidence::{Evidence, Finding};
pub use fitting::Fitting;
pub use place::Places;

use crate::id::{BranchId, CompanyId};

/// Longest chain of fallbacks followed; real ones have one or two links.
const MAX_HOPS: usize = 16;

/// A way to find the branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The call's metadata names it.
    Metadata,
    /// The number that was dialled, or from which the call was diverted, belongs to it.
    Number,
    /// The agent answers for it.
    Agent,
    /// The caller was there before.
    History,
    /// The caller's number is from its service area.
    ServiceArea,
    /// The caller's clock shows the same time.
    TimeZone,
    /// Nothing named a branch that can take the call, so the company's default does.
    Default,
}

impl Method {
    /// The six signals, the most confident first.
    pub const SIGNALS: [Self; 6] =
        [Self::Metadata, Self::Number, Self::Agent, Self::History, Self::ServiceArea, Self::TimeZone];

    /// Returns how much the signal is worth, between 0 and 1.
    #[must_use]
    pub const fn confidence(self) -> f64 {
        match self {
            Self::Metadata => 1.0,
            Self::Number => 0.9,
            Self::Agent => 0.8,
            Self::History => 0.7,
            Self::ServiceArea => 0.6,
            Self::TimeZone => 0.5,
            Self::Default => 0.0,
        }
    }

    /// Returns the stable lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::Number => "number",
            Self::Agent => "agent",
            Self::History => "history",
            Self::ServiceArea => "service_area",
            Self::TimeZone => "time_zone",
            Self::Default => "default",
        }
    }
}

/// What resolving has to know about a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BranchFact {
    /// Which branch.
    pub id: BranchId,
    /// Whose it is.
    pub company: CompanyId,
    /// Its name in the company's catalog, for reasons.
    pub slug: String,
    /// Whether it takes calls.
    pub active: bool,
    /// Who takes over when it does not.
    pub fallback: Option<BranchId>,
}

/// One call to be resolved.
#[derive(Debug, Clone)]
pub struct Question {
    /// The company whose key signed the request; nothing outside it is ever chosen.
    pub company: CompanyId,
    /// The company's default branch.
    pub default_branch: Option<BranchId>,
    /// What each signal found, in any order; of several from one signal the first counts most.
    pub evidence: Vec<Evidence>,
}

/// How a call was resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A signal named an active branch.
    Resolved,
    /// A signal named a branch that is not active; its fallback took over.
    Fallback,
    /// The company's default branch took over.
    Default,
    /// No branch can take the call.
    Unresolved,
}

/// What became of one piece of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It decided.
    Won,
    /// It named a branch, and a more confident signal decided.
    Outweighed,
    /// It named something of another company and was ignored.
    Foreign,
    /// It named a branch that does not exist (any more).
    Unknown,
    /// It named no branch.
    Silent,
}

/// One signal and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// Which signal.
    pub method: Method,
    /// How much it is worth.
    pub confidence: f64,
    /// What became of it.
    pub verdict: Verdict,
    /// The branch of this company it named.
    pub branch: Option<BranchId>,
    /// What was looked at and what came of it, without personal data.
    pub reason: String,
}

/// The answer: the branch, and everything that was considered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resolution {
    /// How it came about.
    pub outcome: Outcome,
    /// The branch that takes the call; active, and of the company that was asked about.
    pub branch: Option<BranchId>,
    /// What decided.
    pub method: Method,
    /// How sure that is.
    pub confidence: f64,
    /// All evidence, the most confident first.
    pub signals: Vec<Signal>,
    /// The branches that were passed over because they are not active, in order.
    pub passed_over: Vec<BranchId>,
}

/// Weighs the evidence. `find` returns what is known about a branch, of whatever company.
#[must_use]
pub fn resolve(question: &Question, find: impl Fn(BranchId) -> Option<BranchFact>) -> Resolution {
    let own = |id: BranchId| find(id).filter(|branch| branch.company == question.company);
    let mut signals: Vec<Signal> = question.evidence.iter().map(|evidence| judge(question, evidence, &find)).collect();
    signals.sort_by_key(|signal| signal.method);
    let winner = signals.iter().position(|signal| signal.branch.is_some());
    for (place, signal) in signals.iter_mut().enumerate() {
        signal.verdict = match (winner == Some(place), signal.branch) {
            (true, _) => Verdict::Won,
            (false, Some(_)) => Verdict::Outweighed,
            (false, None) => signal.verdict,
        };
    }
    let mut passed_over = Vec::new();
    let named = winner.and_then(|place| Some((signals[place].method, signals[place].branch?)));
    let chosen = named.and_then(|(method, branch)| {
        let taken = follow(branch, &own, &mut passed_over)?;
        Some((if taken == branch { Outcome::Resolved } else { Outcome::Fallback }, taken, method))
    });
    let by_default = || {
        let taken = follow(question.default_branch?, &own, &mut passed_over)?;
        Some((Outcome::Default, taken, Method::Default))
    };
    let (outcome, branch, method) =
        chosen.or_else(by_default).map_or((Outcome::Unresolved, None, Method::Default), |(outcome, branch, method)| {
            (outcome, Some(branch), method)
        });
    Resolution { outcome, branch, method, confidence: method.confidence(), signals, passed_over }
}

/// Decides what one piece of evidence names inside the company.
fn judge(question: &Question, evidence: &Evidence, find: &impl Fn(BranchId) -> Option<BranchFact>) -> Signal {
    let (verdict, branch, reason) = match &evidence.finding {
        Finding::Nothing { reason } => (Verdict::Silent, None, reason.clone()),
        Finding::Company { company } if *company != question.company => foreign(),
        Finding::Company { .. } => (Verdict::Silent, None, "names the company and no branch".to_owned()),
        Finding::Branch { company, .. } if *company != question.company => foreign(),
        Finding::Branch { branch, reason, .. } => match find(*branch) {
            None => (Verdict::Unknown, None, format!("{reason}, which names no branch that exists")),
            Some(fact) if fact.company != question.company => foreign(),
            Some(fact) => (Verdict::Outweighed, Some(fact.id), format!("{reason}: {}", fact.slug)),
        },
    };
    let method = evidence.method;
    Signal { method, confidence: method.confidence(), verdict, branch, reason }
}

fn foreign() -> (Verdict, Option<BranchId>, String) {
    (Verdict::Foreign, None, "belongs to another company and was ignored".to_owned())
}

/// Walks from a branch along its fallbacks to the first active one. Branches that were passed over
/// before are not visited again, so rings end.
fn follow(
    from: BranchId,
    own: &impl Fn(BranchId) -> Option<BranchFact>,
    passed_over: &mut Vec<BranchId>,
) -> Option<BranchId> {
    let mut next = Some(from);
    for _ in 0..MAX_HOPS {
        let branch = own(next.filter(|id| !passed_over.contains(id))?)?;
        if branch.active {
            return Some(branch.id);
        }
        passed_over.push(branch.id);
        next = branch.fallback;
    }
    None
}

#[cfg(test)]
mod tests;
