//! What the metadata of a call says about company and branch.

use serde_json::Value;

use super::{Evidence, Method};
use crate::id::{CompanyId, is_slug};

/// Names under which integrations send the company.
const COMPANY_KEYS: [&str; 5] = ["tenant_id", "company", "company_id", "company_slug", "tenant"];
/// Names under which integrations send the branch.
const BRANCH_KEYS: [&str; 6] = ["location_id", "branch", "branch_id", "branch_slug", "location", "store_id"];
/// Largest metadata looked at, in bytes; the platform's own limit is 50 kB.
const MAX_BYTES: usize = 65_536;

/// Company and branch as named in metadata, by slug or id. Metadata is written by whoever set up
/// the call and proves nothing: it chooses inside the company that signed, and nowhere else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claim {
    /// The company, if one is named.
    pub company: Option<String>,
    /// The branch, if one is named.
    pub branch: Option<String>,
}

impl Claim {
    /// Reads metadata given as JSON text; whatever is no object says nothing.
    #[must_use]
    pub fn read(json: &str) -> Self {
        if json.len() > MAX_BYTES {
            return Self::default();
        }
        match serde_json::from_str::<Value>(json) {
            Ok(metadata) => Self::of(&metadata),
            Err(_) => Self::default(),
        }
    }

    /// Reads metadata.
    #[must_use]
    pub fn of(metadata: &Value) -> Self {
        let first = |keys: &[&str]| {
            let texts = keys.iter().filter_map(|key| metadata.get(key)?.as_str());
            texts.map(str::trim).find(|text| !text.is_empty() && text.len() <= 128).map(str::to_owned)
        };
        Self { company: first(&COMPANY_KEYS), branch: first(&BRANCH_KEYS) }
    }

    /// Returns what the metadata is worth as a signal to the company with this slug.
    #[must_use]
    pub fn evidence(&self, slug: &str) -> Evidence {
        let company = CompanyId::from_slug(slug);
        let is_own = |named: &String| named == slug || named.parse() == Ok(company);
        if let Some(named) = self.company.as_ref().filter(|named| !is_own(named)) {
            return Evidence::of(Method::Metadata, CompanyId::from_slug(named), None, "metadata");
        }
        match self.branch.as_deref() {
            None => Evidence::nothing(Method::Metadata, "metadata names no branch"),
            Some(branch) if is_slug(branch) && branch.parse::<uuid::Uuid>().is_err() => {
                Evidence::branch(Method::Metadata, company, company.branch(branch), "metadata")
            }
            Some(branch) => match branch.parse() {
                Ok(id) => Evidence::branch(Method::Metadata, company, id, "metadata"),
                Err(_) => Evidence::nothing(Method::Metadata, "metadata names a branch in no known form"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolution::Finding;

    #[test]
    fn metadata_is_read_leniently_and_believed_only_inside_the_company() {
        let company = CompanyId::from_slug("haarwerk");
        let mitte = company.branch("berlin-mitte");
        for json in [
            r#"{"tenant_id":"haarwerk","location_id":"berlin-mitte","trace_id":"x"}"#.to_owned(),
            r#"{"branch":" berlin-mitte "}"#.to_owned(),
            format!(r#"{{"company_id":"{company}","branch_id":"{mitte}"}}"#),
        ] {
            let Finding::Branch { branch, .. } = Claim::read(&json).evidence("haarwerk").finding else {
                panic!("{json}")
            };
            assert_eq!(branch, mitte, "{json}");
        }
        for (json, is_foreign) in [
            (r#"{"tenant_id":"suedpark","location_id":"berlin-mitte"}"#, true),
            (r#"{"tenant_id":"haarwerk"}"#, false),
            (r#"{"location_id":"Berlin Mitte!"}"#, false),
            (r#"{"location_id":{"$ne":null}}"#, false),
            ("[]", false),
            ("null", false),
            ("", false),
            ("{\"location_id\":\"\\u0000\"}", false),
        ] {
            let finding = Claim::read(json).evidence("haarwerk").finding;
            assert_eq!(matches!(finding, Finding::Company { .. }), is_foreign, "{json}");
            assert!(!matches!(finding, Finding::Branch { .. }), "{json}");
        }
    }

    #[test]
    fn oversized_and_deep_metadata_says_nothing() {
        let huge = format!(r#"{{"location_id":"{}"}}"#, "a".repeat(70_000));
        let deep = "[".repeat(60_000);
        for json in [&huge, &deep] {
            assert_eq!(Claim::read(json), Claim::default());
        }
    }
}
