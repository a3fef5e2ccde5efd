//! Service areas: beginnings of phone numbers that lead to branches.

use std::collections::BTreeMap;

use super::{BranchFact, Fitting};
use crate::masked::PhoneNumber;

/// Fewest characters of a prefix: the plus sign and a digit.
const SHORTEST: usize = 2;

/// Returns every beginning of a number that a service area can be, the longest first; a database
/// can look for all of them at once.
#[must_use]
pub fn prefixes(number: &PhoneNumber) -> Vec<&str> {
    let digits = number.expose();
    (SHORTEST..=digits.len()).rev().filter_map(|length| digits.get(..length)).collect()
}

/// The service areas of a company, ready to be searched by number.
#[derive(Debug, Clone, Default)]
pub struct ServiceAreas(BTreeMap<String, Fitting>);

impl ServiceAreas {
    /// Adds a branch under one of its areas.
    pub fn add(&mut self, prefix: &str, branch: &BranchFact) {
        self.0.entry(prefix.to_owned()).or_default().add(branch);
    }

    /// Returns the longest service area the number begins with, and the branches that have it.
    #[must_use]
    pub fn longest(&self, number: &PhoneNumber) -> Option<(&str, &Fitting)> {
        let found = prefixes(number).into_iter().find_map(|prefix| self.0.get_key_value(prefix));
        found.map(|(prefix, branches)| (prefix.as_str(), branches))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::CompanyId;

    #[test]
    fn the_longest_area_wins() {
        let branch = |slug: &str| CompanyId::from_slug("haarwerk").branch(slug);
        let company = CompanyId::from_slug("haarwerk");
        let mut areas = ServiceAreas::default();
        for (prefix, slug) in
            [("+49", "de"), ("+4933", "land"), ("+49331", "potsdam"), ("+4930", "mitte"), ("+4930", "west")]
        {
            let fact = BranchFact { id: branch(slug), company, slug: slug.to_owned(), active: true, fallback: None };
            areas.add(prefix, &fact);
        }
        for (number, prefix, slugs) in [
            ("+4933123456", "+49331", vec!["potsdam"]),
            ("+4933223456", "+4933", vec!["land"]),
            ("+4930123456", "+4930", vec!["mitte", "west"]),
            ("+491713920017", "+49", vec!["de"]),
        ] {
            let branches: Vec<_> = slugs.into_iter().map(branch).collect();
            let found = areas.longest(&PhoneNumber::new(number)).map(|(prefix, fitting)| (prefix, fitting.eligible()));
            assert_eq!(found, Some((prefix, branches.as_slice())), "{number}");
        }
        for number in ["+447700900123", "", "+", "ü", "4930"] {
            assert_eq!(areas.longest(&PhoneNumber::new(number)), None, "{number}");
        }
    }

    #[test]
    fn prefixes_are_the_longest_first() {
        assert_eq!(prefixes(&PhoneNumber::new("+4930")), ["+4930", "+493", "+49", "+4"]);
    }
}
