//! The catalog: made equal to a document, told to everybody, written out again.

use std::collections::{BTreeMap, HashMap, HashSet};

use callflow_contract::{
    event::v1::{CatalogChanged, catalog_changed::Item},
    resolver::v1::{ApplyCatalogResponse, CatalogChange, CatalogProblem, ExportCatalogResponse},
};
use callflow_domain::{
    catalog::{Catalog, Change, Diff, Problem, check},
    id::CompanyId,
};
use callflow_queue::topology::key;
use callflow_store::{catalog, outbox::Table};
use jiff::Timestamp;

use super::{App, Result};
use crate::{error::Error, message};

/// More items than this are not listed one by one: whoever hears of it forgets the whole company.
const MOST_ITEMS: usize = 500;

impl App {
    /// Makes the stored catalog equal to the document, or says what that would change; refuses with all problems at once.
    ///
    /// # Errors
    /// Whatever the database says; a document that does not make sense is an answer.
    pub async fn apply(&self, document: String, dry_run: bool) -> Result<ApplyCatalogResponse> {
        // Beside the threads that answer calls: reading fifty thousand numbers takes a while.
        let prepared = tokio::task::spawn_blocking(move || prepare(&document)).await;
        let (catalog, places) = match prepared.map_err(Error::Stopped)? {
            Ok(prepared) => prepared,
            Err(problems) => return Ok(refused(problems)),
        };
        let taken = catalog::claimed_elsewhere(&self.deps.database, &catalog).await?;
        if !taken.is_empty() {
            return Ok(refused(taken.iter().map(|number| foreign(number, &places)).collect()));
        }
        if dry_run {
            let diff = catalog::preview(&self.deps.database, &catalog).await?;
            return Ok(changes(&diff));
        }
        let mut tx = self.deps.database.begin_within(std::time::Duration::from_secs(60)).await?;
        let applied = catalog::apply_canonical(&mut tx, &catalog).await?;
        let told: Vec<_> = applied
            .versions
            .iter()
            .map(|(company, version)| told(*company, *version, &applied.diff, &catalog))
            .collect();
        Table::Resolver.append(&mut tx, &told).await?;
        tx.commit().await?;
        self.deps.relay.wake();
        for (company, _) in &applied.versions {
            // Other processes hear of it from the database. Redis keeps numbers and agents under the catalog's version,
            // so that nothing kept before the change is found any more. The next call finds everything read already.
            self.deps.directories.forget(*company).await;
            let _ = self.deps.directories.of(*company).await;
        }
        Ok(changes(&applied.diff))
    }

    /// Returns the catalog of one company, or of all, as a document that applies to itself without a change.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn export(&self, slug: &str) -> Result<ExportCatalogResponse> {
        let catalog = if slug.is_empty() {
            catalog::export_all(&self.deps.database).await?
        } else {
            catalog::export(&self.deps.database, &[slug]).await?
        };
        if !slug.is_empty() && catalog.companies.is_empty() {
            return Err(Error::NotFound("company"));
        }
        Ok(ExportCatalogResponse { document_json: serde_json::to_string(&catalog).map_err(Error::Document)? })
    }
}

/// Where in the document each number stands, by its E.164 form.
type Places = HashMap<String, String>;

/// Reads and checks a document; returns it in canonical form, in which it no longer says where its numbers stood.
fn prepare(document: &str) -> std::result::Result<(Catalog, Places), Vec<Problem>> {
    let mut catalog = check(document)?;
    let mut places = Places::new();
    catalog.normalize();
    for (place, company) in catalog.companies.iter().enumerate() {
        for (index, entry) in company.phone_numbers.iter().enumerate() {
            places.insert(entry.number.clone(), format!("companies[{place}].phone_numbers[{index}].number"));
        }
    }
    Ok((catalog.sorted(), places))
}

/// Returns the problem of a number that belongs to a company outside the document, without naming that company.
fn foreign(number: &str, places: &Places) -> Problem {
    Problem {
        path: places.get(number).cloned().unwrap_or_default(),
        message: format!("{number} belongs to another company"),
    }
}

fn refused(problems: Vec<Problem>) -> ApplyCatalogResponse {
    let write = |problem: Problem| CatalogProblem { path: problem.path, message: problem.message };
    ApplyCatalogResponse { changes: Vec::new(), problems: problems.into_iter().map(write).collect() }
}

fn changes(diff: &Diff) -> ApplyCatalogResponse {
    let json = |value: &Option<serde_json::Value>| value.as_ref().map(ToString::to_string).unwrap_or_default();
    let write = |change: &Change| CatalogChange {
        path: change.path.clone(),
        change: change.kind.as_str().to_owned(),
        before_json: json(&change.before),
        after_json: json(&change.after),
    };
    ApplyCatalogResponse { changes: diff.changes.iter().map(write).collect(), problems: Vec::new() }
}

/// Returns the event that tells of a company's new version.
fn told(company: CompanyId, version: u64, diff: &Diff, catalog: &Catalog) -> callflow_store::outbox::NewMessage {
    let declared = catalog.companies.iter().find(|one| CompanyId::from_slug(&one.slug) == company);
    let slug = declared.map(|one| one.slug.as_str()).unwrap_or_default();
    let staff_branch: BTreeMap<&str, &str> = declared
        .into_iter()
        .flat_map(|one| &one.staff)
        .map(|member| (member.slug.as_str(), member.branch.as_str()))
        .collect();
    let schedules = diff.schedules.iter().filter(|staff| staff.company == slug);
    let schedules: HashSet<&str> = schedules.map(|staff| staff.staff.as_str()).collect();
    let prefix = format!("companies.{slug}.");
    let item = |change: &Change| {
        let rest = change.path.strip_prefix(&prefix)?;
        let mut parts = rest.split('.');
        let (kind, id) = (parts.next()?, parts.next().unwrap_or_default());
        let branch = match kind {
            "branches" => Some(id),
            "staff" => staff_branch.get(id).copied(),
            _ => None,
        };
        Some(Item {
            kind: kind.to_owned(),
            id: id.to_owned(),
            branch_id: branch.map(|branch| company.branch(branch).to_string()).unwrap_or_default(),
            change: change.kind.as_str().to_owned(),
            schedule_changed: schedules.contains(id),
        })
    };
    let mut items: Vec<Item> = diff.changes.iter().filter_map(item).take(MOST_ITEMS + 1).collect();
    let all = items.len() > MOST_ITEMS || items.is_empty();
    if all {
        items.clear();
    }
    let body = CatalogChanged { version, items, all };
    message::new(company, key::CATALOG_CHANGED, format!("catalog/{company}"), None, &body, Timestamp::now())
}
