//! What applying a catalog would change.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Catalog, Company};

/// What happens to a part of the catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It was not there before.
    Added,
    /// It has another value.
    Changed,
    /// It is there no more.
    Removed,
    /// It stays, and is switched off.
    Deactivated,
}

impl ChangeKind {
    /// Returns the stable lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Removed => "removed",
            Self::Deactivated => "deactivated",
        }
    }
}

/// One difference between two catalogs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Where, by slugs: `companies.haarwerk.staff.sofia.schedule`.
    pub path: String,
    /// What happens.
    pub kind: ChangeKind,
    /// The value before, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// The value after, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// A staff member by company and slug.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StaffRef {
    /// The company's slug.
    pub company: String,
    /// The person's slug.
    pub staff: String,
}

/// All differences between two catalogs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Diff {
    /// Every change, in the order of the document.
    pub changes: Vec<Change>,
    /// Whose bookable time is decided differently now, be it by the person's own hours, by those
    /// of the branch or the company, or by being switched on or off. Offers made to callers
    /// before are stale for these and for nobody else.
    pub schedules: Vec<StaffRef>,
}

impl Diff {
    /// Returns whether the catalogs mean the same.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

/// Returns what differs between two catalogs of the same companies, whatever order they are in.
#[must_use]
pub fn diff(old: &Catalog, new: &Catalog) -> Diff {
    diff_canonical(&old.clone().canonical(), &new.clone().canonical())
}

/// Returns what differs between two catalogs that are in canonical form.
#[must_use]
pub fn diff_canonical(old: &Catalog, new: &Catalog) -> Diff {
    let mut found = Diff::default();
    let (before, after) = (by_slug(&old.companies, slug_of), by_slug(&new.companies, slug_of));
    let slugs: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    for slug in slugs {
        let path = format!("companies.{slug}");
        match (before.get(slug), after.get(slug)) {
            (Some(before), Some(after)) if before != after => company(&mut found.changes, &path, before, after),
            (before, after) => whole(&mut found.changes, path, before, after),
        }
        found.schedules.extend(schedules(slug, before.get(slug).copied(), after.get(slug).copied()));
    }
    found
}

fn slug_of(company: &Company) -> &str {
    &company.slug
}

fn by_slug<T>(list: &[T], slug: fn(&T) -> &str) -> BTreeMap<&str, &T> {
    list.iter().map(|item| (slug(item), item)).collect()
}

/// Notes that something as a whole came or went.
fn whole<T: Serialize>(changes: &mut Vec<Change>, path: String, before: Option<&&T>, after: Option<&&T>) {
    let kind = match (before, after) {
        (None, Some(_)) => ChangeKind::Added,
        (Some(_), None) => ChangeKind::Removed,
        _ => return,
    };
    changes.push(Change {
        path,
        kind,
        before: before.map(|value| json(*value)),
        after: after.map(|value| json(*value)),
    });
}

fn json<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).expect("catalog types have string keys and no failing serializers")
}

/// Compares two states of one company, part by part.
fn company(changes: &mut Vec<Change>, path: &str, old: &Company, new: &Company) {
    let own = |company: &Company| {
        let lists = Company {
            branches: vec![],
            phone_numbers: vec![],
            agents: vec![],
            staff: vec![],
            services: vec![],
            ..company.clone()
        };
        json(&lists)
    };
    fields(changes, path, &own(old), &own(new));
    entries(changes, &format!("{path}.branches"), &old.branches, &new.branches, |item| &item.slug);
    entries(changes, &format!("{path}.phone_numbers"), &old.phone_numbers, &new.phone_numbers, |item| &item.number);
    entries(changes, &format!("{path}.agents"), &old.agents, &new.agents, |item| &item.id);
    entries(changes, &format!("{path}.staff"), &old.staff, &new.staff, |item| &item.slug);
    entries(changes, &format!("{path}.services"), &old.services, &new.services, |item| &item.slug);
}

/// Compares two lists by slug.
fn entries<T: PartialEq + Serialize>(
    changes: &mut Vec<Change>,
    path: &str,
    old: &[T],
    new: &[T],
    slug: fn(&T) -> &str,
) {
    let (before, after) = (by_slug(old, slug), by_slug(new, slug));
    let slugs: BTreeSet<_> = before.keys().chain(after.keys()).copied().collect();
    for slug in slugs {
        let path = format!("{path}.{slug}");
        match (before.get(slug), after.get(slug)) {
            (Some(before), Some(after)) if before == after => {}
            (Some(before), Some(after)) => fields(changes, &path, &json(*before), &json(*after)),
            (before, after) => whole(changes, path, before, after),
        }
    }
}

/// Compares two objects field by field.
fn fields(changes: &mut Vec<Change>, path: &str, old: &Value, new: &Value) {
    let empty = serde_json::Map::new();
    let (before, after) = (old.as_object().unwrap_or(&empty), new.as_object().unwrap_or(&empty));
    let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    for name in names {
        let (before, after) = (before.get(name), after.get(name));
        if before == after {
            continue;
        }
        // Fields that are true are left out, so `active: false` appears where nothing was.
        let is_switch = name == "active" || name == "available";
        let kind = match (before, after) {
            (_, Some(Value::Bool(false))) if is_switch => ChangeKind::Deactivated,
            _ if is_switch => ChangeKind::Changed,
            (None, _) => ChangeKind::Added,
            (_, None) => ChangeKind::Removed,
            _ => ChangeKind::Changed,
        };
        let shown = |value: Option<&Value>| value.cloned().or(is_switch.then_some(Value::Bool(true)));
        changes.push(Change { path: format!("{path}.{name}"), kind, before: shown(before), after: shown(after) });
    }
}

/// Returns the staff whose bookable time is decided by something that changed.
fn schedules(slug: &str, old: Option<&Company>, new: Option<&Company>) -> Vec<StaffRef> {
    let names = |company: Option<&Company>| -> BTreeMap<String, Value> {
        company.map_or_else(BTreeMap::new, |company| {
            let branches = by_slug(&company.branches, |branch| &branch.slug);
            let decides = |person: &super::Staff| {
                let branch = branches.get(person.branch.as_str());
                let of_branch = branch.map(|branch| (&branch.schedule, &branch.time_zone, branch.active));
                json(&(&company.schedule, of_branch, &person.branch, &person.schedule, person.active, person.available))
            };
            company.staff.iter().map(|person| (person.slug.clone(), decides(person))).collect()
        })
    };
    let (before, after) = (names(old), names(new));
    // Nobody was offered a time of somebody who was not there before, so additions do not count.
    before
        .iter()
        .filter(|(staff, decided)| after.get(*staff) != Some(decided))
        .map(|(staff, _)| StaffRef { company: slug.to_owned(), staff: staff.clone() })
        .collect()
}
