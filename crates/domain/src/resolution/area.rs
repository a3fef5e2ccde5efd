//! Service areas: beginnings of phone numbers that lead to branches.

use std::collections::BTreeMap;

use crate::{id::BranchId, masked::PhoneNumber};

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
pub struct ServiceAreas(BTreeMap<String, Vec<BranchId>>);

impl FromIterator<(String, BranchId)> for ServiceAreas {
    fn from_iter<I: IntoIterator<Item = (String, BranchId)>>(areas: I) -> Self {
        let mut index = BTreeMap::<String, Vec<BranchId>>::new();
        for (prefix, branch) in areas {
            index.entry(prefix).or_default().push(branch);
        }
        Self(index)
    }
}

impl ServiceAreas {
    /// Returns the longest service area the number begins with, and the branches that have it.
    #[must_use]
    pub fn longest(&self, number: &PhoneNumber) -> Option<(&str, &[BranchId])> {
        let found = prefixes(number).into_iter().find_map(|prefix| self.0.get_key_value(prefix));
        found.map(|(prefix, branches)| (prefix.as_str(), branches.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::CompanyId;

    #[test]
    fn the_longest_area_wins() {
        let branch = |slug: &str| CompanyId::from_slug("haarwerk").branch(slug);
        let areas: ServiceAreas =
            [("+49", "de"), ("+4933", "land"), ("+49331", "potsdam"), ("+4930", "mitte"), ("+4930", "west")]
                .into_iter()
                .map(|(prefix, slug)| (prefix.to_owned(), branch(slug)))
                .collect();
        for (number, prefix, slugs) in [
            ("+4933123456", "+49331", vec!["potsdam"]),
            ("+4933223456", "+4933", vec!["land"]),
            ("+4930123456", "+4930", vec!["mitte", "west"]),
            ("+491713920017", "+49", vec!["de"]),
        ] {
            let branches: Vec<_> = slugs.into_iter().map(branch).collect();
            assert_eq!(areas.longest(&PhoneNumber::new(number)), Some((prefix, branches.as_slice())), "{number}");
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
