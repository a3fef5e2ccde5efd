//! Everything that is wrong with a catalog, found at once.

mod branch;
mod company;
mod policy;
mod service;
mod staff;

use std::{collections::HashMap, fmt};

use serde::{Deserialize, Serialize};

use super::Catalog;
use crate::{id::is_slug, schedule::Schedule};

/// Longest name or other text in bytes.
const TEXT_BYTES: usize = 200;
/// Most entries of a list inside one thing: skills, languages, aliases.
const LIST: usize = 200;
/// Problems after which the search ends: a document with so many is not the one that was meant.
const MOST: usize = 1_000;

/// One mistake in a catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Where it is in the document: `companies[0].staff[3].branch`.
    pub path: String,
    /// What is wrong and what is accepted.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// Returns every problem of the document, in its order; none when it can be applied.
#[must_use]
pub fn validate(catalog: &Catalog) -> Vec<Problem> {
    let mut found = Findings::default();
    let mut numbers = HashMap::new();
    let mut slugs = Names::new("company");
    if catalog.companies.is_empty() {
        found.add("companies", "names no company");
    }
    for (index, company) in catalog.companies.iter().enumerate() {
        let path = format!("companies[{index}]");
        slugs.slug(&mut found, &path, &company.slug);
        company::check(&mut found, &path, company, &mut numbers);
    }
    found.0
}

/// Collects problems.
#[derive(Default)]
struct Findings(Vec<Problem>);

impl Findings {
    fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        if self.0.len() < MOST {
            self.0.push(Problem { path: path.into(), message: message.into() });
        }
    }

    /// Checks a text people read or hear.
    fn text(&mut self, path: String, text: &str) {
        if text.trim().is_empty() {
            self.add(path, "is empty");
        } else if text.len() > TEXT_BYTES {
            self.add(path, format!("is {} bytes long, at most {TEXT_BYTES} are accepted", text.len()));
        } else if text.chars().any(char::is_control) {
            self.add(path, "holds a control character");
        }
    }

    /// Checks a list of texts of which none may occur twice.
    fn texts(&mut self, path: &str, list: &[String]) {
        let mut seen = HashMap::new();
        self.length(path, list.len());
        for (index, text) in list.iter().enumerate().take(LIST) {
            self.text(format!("{path}[{index}]"), text);
            if let Some(first) = seen.insert(text.to_lowercase(), index) {
                self.add(format!("{path}[{index}]"), format!("{text:?} is already {path}[{first}]"));
            }
        }
    }

    fn length(&mut self, path: &str, length: usize) {
        if length > LIST {
            self.add(path, format!("has {length} entries, at most {LIST} are accepted"));
        }
    }

    fn range(&mut self, path: String, value: u32, accepted: std::ops::RangeInclusive<u32>) {
        if !accepted.contains(&value) {
            self.add(path, format!("is {value}, accepted are {} to {}", accepted.start(), accepted.end()));
        }
    }

    fn schedule(&mut self, path: &str, schedule: &Schedule) {
        for problem in schedule.problems() {
            self.add(format!("{path}.schedule.{}", problem.field), problem.message);
        }
    }

    fn time_zone(&mut self, path: String, name: &str) {
        if jiff::tz::TimeZone::get(name).is_err() {
            self.add(path, format!("{name:?} is no time zone; accepted are IANA names such as Europe/Berlin"));
        }
    }
}

/// The slugs of one kind, to find doubles and dangling references.
struct Names<'a> {
    kind: &'static str,
    seen: HashMap<&'a str, String>,
}

impl<'a> Names<'a> {
    fn new(kind: &'static str) -> Self {
        Self { kind, seen: HashMap::new() }
    }

    /// Collects slugs that were checked elsewhere.
    fn of(kind: &'static str, slugs: impl Iterator<Item = &'a str>) -> Self {
        Self { kind, seen: slugs.map(|slug| (slug, String::new())).collect() }
    }

    /// Checks a slug and remembers it.
    fn slug(&mut self, found: &mut Findings, path: &str, slug: &'a str) {
        let field = format!("{path}.slug");
        if !is_slug(slug) {
            found.add(field, format!("{slug:?} is no slug; accepted are 1 to 63 of a-z, 0-9 and inner hyphens"));
        } else if let Some(first) = self.seen.get(slug) {
            found.add(field, format!("{} {slug} is already {first}", self.kind));
        }
        self.seen.entry(slug).or_insert_with(|| path.to_owned());
    }

    /// Checks that something refers to a slug that exists.
    fn refer(&self, found: &mut Findings, path: String, slug: &str) {
        if !self.seen.contains_key(slug) {
            found.add(path, format!("there is no {} {slug:?} in this company", self.kind));
        }
    }
}
