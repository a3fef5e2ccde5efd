//! What a signal found.

use super::{Fitting, Method};
use crate::id::{BranchId, CompanyId};

/// What looking at one signal brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// It names a branch.
    Branch {
        /// The company the signal belongs to.
        company: CompanyId,
        /// The branch.
        branch: BranchId,
        /// What was looked at, without personal data.
        reason: String,
    },
    /// It names a company and leaves the branch open.
    Company {
        /// That company.
        company: CompanyId,
    },
    /// It names nothing.
    Nothing {
        /// Why not.
        reason: String,
    },
}

/// One signal and what it found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Which signal.
    pub method: Method,
    /// What it found.
    pub finding: Finding,
}

impl Evidence {
    /// Returns evidence for a branch.
    #[must_use]
    pub fn branch(method: Method, company: CompanyId, branch: BranchId, reason: impl Into<String>) -> Self {
        Self { method, finding: Finding::Branch { company, branch, reason: reason.into() } }
    }

    /// Returns evidence for a company, and for a branch of it if there is one.
    #[must_use]
    pub fn of(method: Method, company: CompanyId, branch: Option<BranchId>, reason: impl Into<String>) -> Self {
        match branch {
            Some(branch) => Self::branch(method, company, branch, reason),
            None => Self { method, finding: Finding::Company { company } },
        }
    }

    /// Returns that the signal is silent, and why.
    #[must_use]
    pub fn nothing(method: Method, reason: impl Into<String>) -> Self {
        Self { method, finding: Finding::Nothing { reason: reason.into() } }
    }

    /// Returns evidence from a signal that fits several branches of the company alike: for the one
    /// that fits alone, else for the default branch when it is among them, else for none. Branches
    /// that are not active step back when others fit.
    #[must_use]
    pub fn among(
        method: Method,
        company: CompanyId,
        default_branch: Option<BranchId>,
        fitting: &Fitting,
        reason: &str,
    ) -> Self {
        match (fitting.eligible(), default_branch) {
            ([], _) => Self::nothing(method, format!("{reason} fits no branch")),
            ([only], _) => Self::branch(method, company, *only, reason),
            (several, Some(default)) if several.contains(&default) => {
                let reason = format!("{reason}, which {} branches share, the default one among them", several.len());
                Self::branch(method, company, default, reason)
            }
            (several, _) => Self::nothing(method, format!("{reason} fits {} branches alike", several.len())),
        }
    }
}
