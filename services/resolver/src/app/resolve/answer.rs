//! A resolution, as it is told over gRPC.

use callflow_contract::resolver::v1::{Branch, Company, Signal, resolve_call_response::Outcome as WireOutcome};
use callflow_domain::{
    id::BranchId,
    resolution::{self, Outcome, Resolution, Verdict},
};
use callflow_store::directory::Directory;

/// Returns the company as the caller's agent needs it.
pub(crate) fn company(directory: &Directory) -> Company {
    let stored = directory.company();
    Company {
        company_id: stored.id.to_string(),
        slug: stored.declared.slug.clone(),
        name: stored.declared.name.clone(),
        default_language: stored.declared.default_language.as_str().to_owned(),
        time_zone: stored.declared.time_zone.clone(),
        policies_json: serde_json::to_string(&stored.declared.policies).unwrap_or_default(),
    }
}

/// Returns a branch as the caller's agent needs it.
pub(crate) fn branch(directory: &Directory, id: BranchId) -> Option<Branch> {
    let stored = directory.branch(id)?;
    Some(Branch {
        branch_id: id.to_string(),
        slug: stored.declared.slug.clone(),
        name: stored.declared.name.clone(),
        time_zone: directory.time_zone(id).to_owned(),
        active: stored.declared.active,
    })
}

pub(super) fn signals(directory: &Directory, resolution: &Resolution) -> Vec<Signal> {
    let slug = |id: Option<BranchId>| {
        id.and_then(|id| directory.branch(id)).map(|branch| branch.declared.slug.clone()).unwrap_or_default()
    };
    let write = |signal: &resolution::Signal| Signal {
        name: signal.method.as_str().to_owned(),
        confidence: signal.confidence,
        matched: matches!(signal.verdict, Verdict::Won | Verdict::Outweighed),
        branch_id: signal.branch.map(|id| id.to_string()).unwrap_or_default(),
        branch_slug: slug(signal.branch),
        reason: signal.reason.clone(),
    };
    resolution.signals.iter().map(write).collect()
}

pub(super) const fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Resolved => "resolved",
        Outcome::Fallback => "fallback",
        Outcome::Default => "default",
        Outcome::Unresolved => "unresolved",
    }
}

pub(super) const fn wire_outcome(outcome: Outcome) -> WireOutcome {
    match outcome {
        Outcome::Resolved => WireOutcome::Resolved,
        Outcome::Fallback => WireOutcome::Fallback,
        Outcome::Default => WireOutcome::Default,
        Outcome::Unresolved => WireOutcome::Unresolved,
    }
}
