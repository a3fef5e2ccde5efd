//! The branches that fit a signal alike.

use super::BranchFact;
use crate::id::BranchId;

/// Branches that have something in common, a service area or a clock; those that are not active step back when others
/// fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fitting {
    active: Vec<BranchId>,
    resting: Vec<BranchId>,
}

impl Fitting {
    /// Adds a branch.
    pub fn add(&mut self, branch: &BranchFact) {
        if branch.active { self.active.push(branch.id) } else { self.resting.push(branch.id) }
    }

    /// Adds all branches of another one.
    pub(super) fn join(&mut self, other: &Self) {
        self.active.extend(&other.active);
        self.resting.extend(&other.resting);
    }

    /// Returns the branches that count: the active ones, or all where none is active.
    #[must_use]
    pub fn eligible(&self) -> &[BranchId] {
        if self.active.is_empty() { &self.resting } else { &self.active }
    }
}

impl<'a> FromIterator<&'a BranchFact> for Fitting {
    fn from_iter<I: IntoIterator<Item = &'a BranchFact>>(branches: I) -> Self {
        let mut fitting = Self::default();
        branches.into_iter().for_each(|branch| fitting.add(branch));
        fitting
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::CompanyId;

    #[test]
    fn branches_that_rest_count_only_among_themselves() {
        let company = CompanyId::from_slug("a");
        let fact = |slug: &str, active| BranchFact {
            id: company.branch(slug),
            company,
            slug: slug.to_owned(),
            active,
            fallback: None,
        };
        let (one, two, three) = (fact("one", false), fact("two", true), fact("three", false));
        assert_eq!([&one, &two, &three].into_iter().collect::<Fitting>().eligible(), [two.id]);
        assert_eq!([&one, &three].into_iter().collect::<Fitting>().eligible(), [one.id, three.id]);
        assert_eq!(Fitting::default().eligible(), []);
    }
}
