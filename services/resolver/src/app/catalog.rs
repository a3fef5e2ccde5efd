//! The catalog: made equal to a document, told to everybody, written out again.

use std::collections::BTreeMap;

use callflow_cache::Subject;
use callflow_contract::{
    event::v1::{CatalogChanged, catalog_changed::Item},
    resolver::v1::{ApplyCatalogResponse, CatalogChange, CatalogProblem, ExportCatalogResponse},
};
use callflow_domain::{
    catalog::{Catalog, Change, Diff, Problem, read, validate},
    id::CompanyId,
    phone::parse,
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
    pub async fn apply(&self, document: &str, dry_run: bool) -> Result<ApplyCatalogResponse> {
        let catalog = match read(document) {
            Ok(catalog) => catalog,
            Err(problems) => return Ok(refused(problems)),
        };
        let mut problems = validate(&catalog);
        problems.extend(foreign(&catalog, &catalog::claimed_elsewhere(&self.deps.database, &catalog).await?));
        if !problems.is_empty() {
            return Ok(refused(problems));
        }
        if dry_run {
            let diff = catalog::preview(&self.deps.database, &catalog).await?;
            return Ok(changes(&diff));
        }
        let mut tx = self.deps.database.begin_within(std::time::Duration::from_secs(60)).await?;
        let applied = catalog::apply(&mut tx, &catalog).await?;
        let told: Vec<_> = applied
            .versions
            .iter()
            .map(|(company, version)| told(*company, *version, &applied.diff, &catalog))
            .collect();
        Table::Resolver.append(&mut tx, &told).await?;
        tx.commit().await?;
        self.deps.relay.wake();
        for (company, _) in &applied.versions {
            self.forget(*company, &applied.diff).await;
        }
        Ok(changes(&applied.diff))
    }

    /// Forgets what this process keeps of a company, and where its changed numbers and agents led.
    async fn forget(&self, company: CompanyId, diff: &Diff) {
        self.deps.directories.forget(company).await;
        let named = |kind: &str| -> Vec<String> {
            let marker = format!(".{kind}.");
            let paths = diff.changes.iter().filter_map(|change| change.path.split_once(&marker));
            paths.map(|(_, rest)| rest.split('.').next().unwrap_or(rest).to_owned()).collect()
        };
        let (numbers, agents) = (named("phone_numbers"), named("agents"));
        // What could not be deleted ends with its tier's time to live.
        let _ = self.deps.numbers.delete(company, &public(&numbers)).await;
        let _ = self.deps.agents.delete(company, &public(&agents)).await;
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

fn public(list: &[String]) -> Vec<Subject<'_>> {
    list.iter().map(|text| Subject::Public(text)).collect()
}

/// Returns a problem for each number that belongs to a company outside the document, without naming that company.
fn foreign(catalog: &Catalog, taken: &[String]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (place, company) in catalog.companies.iter().enumerate().filter(|_| !taken.is_empty()) {
        for (index, entry) in company.phone_numbers.iter().enumerate() {
            let Ok(parsed) = parse(&entry.number, Some(company.country)) else { continue };
            let number = parsed.number.expose();
            if taken.iter().any(|one| one == number) {
                let path = format!("companies[{place}].phone_numbers[{index}].number");
                problems.push(Problem { path, message: format!("{number} belongs to another company") });
            }
        }
    }
    problems
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
            schedule_changed: diff.schedules.iter().any(|staff| staff.company == slug && staff.staff == id),
        })
    };
    let mut items: Vec<Item> = diff.changes.iter().filter_map(item).collect();
    let all = items.len() > MOST_ITEMS || items.is_empty();
    if all {
        items.clear();
    }
    let body = CatalogChanged { version, items, all };
    message::new(company, key::CATALOG_CHANGED, format!("catalog/{company}"), None, &body, Timestamp::now())
}
