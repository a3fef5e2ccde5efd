//! Branches by the time their clock shows.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};

use crate::id::BranchId;

/// The branches of a company by time zone.
#[derive(Debug, Clone, Default)]
pub struct Clocks(BTreeMap<String, Vec<BranchId>>);

impl FromIterator<(String, BranchId)> for Clocks {
    fn from_iter<I: IntoIterator<Item = (String, BranchId)>>(zones: I) -> Self {
        let mut index = BTreeMap::<String, Vec<BranchId>>::new();
        for (zone, branch) in zones {
            index.entry(zone).or_default().push(branch);
        }
        Self(index)
    }
}

impl Clocks {
    /// Returns the branches in the caller's time zone, or else those whose clock shows the same
    /// time as the caller's at the instant: a caller from Vienna fits a branch in Berlin.
    #[must_use]
    pub fn like(&self, zone: &str, at: Timestamp) -> Vec<BranchId> {
        if let Some(branches) = self.0.get(zone) {
            return branches.clone();
        }
        let offset = |name: &str| TimeZone::get(name).ok().map(|zone| zone.to_offset(at));
        let Some(wanted) = offset(zone) else { return Vec::new() };
        self.0
            .iter()
            .filter(|(name, _)| offset(name) == Some(wanted))
            .flat_map(|(_, branches)| branches)
            .copied()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::CompanyId;

    #[test]
    fn the_same_zone_comes_before_the_same_time() {
        let branch = |slug: &str| CompanyId::from_slug("a").branch(slug);
        let clocks: Clocks = [("Europe/Berlin", "berlin"), ("Europe/London", "london"), ("Africa/Lagos", "lagos")]
            .into_iter()
            .map(|(zone, slug)| (zone.to_owned(), branch(slug)))
            .collect();
        let (winter, summer) = ("2026-01-15T12:00:00Z".parse().unwrap(), "2026-07-15T12:00:00Z".parse().unwrap());
        assert_eq!(clocks.like("Europe/Berlin", winter), [branch("berlin")]);
        assert_eq!(clocks.like("Europe/Vienna", winter), [branch("lagos"), branch("berlin")]);
        assert_eq!(clocks.like("Europe/Vienna", summer), [branch("berlin")]);
        assert_eq!(clocks.like("Europe/Lisbon", winter), [branch("london")]);
        assert_eq!(clocks.like("Asia/Tokyo", winter), []);
        assert_eq!(clocks.like("Mars/Olympus", winter), []);
    }
}
