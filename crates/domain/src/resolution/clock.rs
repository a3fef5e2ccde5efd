//! Branches by the time their clock shows.

use std::{borrow::Cow, collections::BTreeMap};

use jiff::{Timestamp, tz::TimeZone};

use super::{BranchFact, Fitting};

/// The branches of a company by time zone.
#[derive(Debug, Clone, Default)]
pub struct Clocks(BTreeMap<String, Fitting>);

impl Clocks {
    /// Adds a branch with its time zone.
    pub fn add(&mut self, zone: &str, branch: &BranchFact) {
        match self.0.get_mut(zone) {
            Some(fitting) => fitting.add(branch),
            None => self.0.entry(zone.to_owned()).or_default().add(branch),
        }
    }

    /// Returns the branches in the caller's time zone, or else those whose clock shows the same
    /// time as the caller's at the instant: a caller from Vienna fits a branch in Berlin.
    #[must_use]
    pub fn like(&self, zone: &str, at: Timestamp) -> Cow<'_, Fitting> {
        if let Some(branches) = self.0.get(zone) {
            return Cow::Borrowed(branches);
        }
        let offset = |name: &str| TimeZone::get(name).ok().map(|zone| zone.to_offset(at));
        let mut fitting = Fitting::default();
        if let Some(wanted) = offset(zone) {
            let alike = self.0.iter().filter(|(name, _)| offset(name) == Some(wanted));
            alike.for_each(|(_, branches)| fitting.join(branches));
        }
        Cow::Owned(fitting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::CompanyId;

    #[test]
    fn the_same_zone_comes_before_the_same_time() {
        let branch = |slug: &str| CompanyId::from_slug("a").branch(slug);
        let company = CompanyId::from_slug("a");
        let mut clocks = Clocks::default();
        for (zone, slug) in [("Europe/Berlin", "berlin"), ("Europe/London", "london"), ("Africa/Lagos", "lagos")] {
            let fact = BranchFact { id: branch(slug), company, slug: slug.to_owned(), active: true, fallback: None };
            clocks.add(zone, &fact);
        }
        let (winter, summer) = ("2026-01-15T12:00:00Z".parse().unwrap(), "2026-07-15T12:00:00Z".parse().unwrap());
        assert_eq!(clocks.like("Europe/Berlin", winter).eligible(), [branch("berlin")]);
        assert_eq!(clocks.like("Europe/Vienna", winter).eligible(), [branch("lagos"), branch("berlin")]);
        assert_eq!(clocks.like("Europe/Vienna", summer).eligible(), [branch("berlin")]);
        assert_eq!(clocks.like("Europe/Lisbon", winter).eligible(), [branch("london")]);
        assert_eq!(clocks.like("Asia/Tokyo", winter).eligible(), []);
        assert_eq!(clocks.like("Mars/Olympus", winter).eligible(), []);
    }
}
