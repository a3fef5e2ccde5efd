//! The catalog as a document: companies and everything an operator declares about them.
//!
//! These are the types of `catalog.yaml`. Fields that are not known are refused, because a
//! misspelled one would otherwise silently mean its default. [`validate`] finds everything that is
//! wrong with a document at once; [`diff`] says what applying one would change. Identity is the
//! slug: renaming a slug is removing one thing and adding another.

mod branch;
mod canonical;
mod check;
mod company;
mod diff;
mod service;
mod shape;
mod staff;
mod validate;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use branch::{Branch, Room};
pub use check::check;
pub use company::{Agent, Company, DialledNumber};
pub use diff::{Change, ChangeKind, Diff, StaffRef, diff, diff_canonical};
pub use service::Service;
pub use shape::{read, schema};
pub use staff::Staff;
pub use validate::{Problem, validate};

/// All companies of an installation, or some of them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// The companies; each is applied as a whole, and those that are not named stay as they are.
    pub companies: Vec<Company>,
}

impl Catalog {
    /// Returns the company with the slug.
    #[must_use]
    pub fn company(&self, slug: &str) -> Option<&Company> {
        self.companies.iter().find(|company| company.slug == slug)
    }
}

/// For fields that are true unless the document says otherwise.
const fn yes() -> bool {
    true
}

/// For leaving out fields that have their default.
const fn is_true(value: &bool) -> bool {
    *value
}

#[cfg(test)]
mod tests;
