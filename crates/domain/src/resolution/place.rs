//! Where the branches of a company are, prepared once for all calls.

use std::collections::HashMap;

use super::{BranchFact, Clocks, ServiceAreas};
use crate::id::{BranchId, CompanyId};

/// What resolving has to know about the branches of one company.
#[derive(Debug, Clone, Default)]
pub struct Places {
    facts: HashMap<BranchId, BranchFact>,
    /// By the area of the caller's number.
    pub areas: ServiceAreas,
    /// By the caller's clock.
    pub clocks: Clocks,
}

impl Places {
    /// Prepares the branches, each with its time zone and service areas; those of other companies are left out.
    pub fn new<'a>(company: CompanyId, branches: impl Iterator<Item = (BranchFact, &'a str, &'a [String])>) -> Self {
        let mut places = Self::default();
        for (fact, zone, areas) in branches.filter(|(fact, ..)| fact.company == company) {
            areas.iter().for_each(|area| places.areas.add(area, &fact));
            places.clocks.add(zone, &fact);
            places.facts.insert(fact.id, fact);
        }
        places
    }

    /// Returns what is known of a branch.
    #[must_use]
    pub fn fact(&self, branch: BranchId) -> Option<&BranchFact> {
        self.facts.get(&branch)
    }
}
