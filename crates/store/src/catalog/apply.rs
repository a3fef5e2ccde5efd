//! Making the stored catalog equal to a document.

use callflow_domain::{
    catalog::{Catalog, Company, diff_canonical},
    id::CompanyId,
};

use super::{Applied, export, write};
use crate::{database::Tx, error::Error, session::Connection, sql};

/// Key of the advisory lock that lets one catalog be applied at a time.
const LOCK: i64 = 0x63_61_74_61_6c_6f_67;

/// Makes the companies of the document equal to it, and returns what that changed.
///
/// The document has been validated. Only what differs is written; a document that is there already
/// changes nothing at all. Working times that changed, be it through a staff member, a branch or the
/// company, raise the `schedule_version` of the staff concerned and of nobody else. Companies that
/// are not named stay as they are. Fails with a conflict on `phone_number_pkey` when a number belongs
/// to another company; [`claimed_elsewhere`] says which.
pub async fn apply(tx: &mut Tx, catalog: &Catalog) -> Result<Applied, Error> {
    apply_canonical(tx, &catalog.clone().canonical()).await
}

/// As [`apply`], for a document in canonical form.
pub async fn apply_canonical(tx: &mut Tx, new: &Catalog) -> Result<Applied, Error> {
    let doing = "applying the catalog";
    sql::execute(tx, doing, "SELECT pg_advisory_xact_lock($1)", vec![LOCK.into()]).await?;
    let old = export(tx, &slugs(new)).await?;
    let diff = diff_canonical(&old, new);
    if diff.is_empty() {
        return Ok(Applied::default());
    }
    let changed: Vec<_> = new
        .companies
        .iter()
        .map(|company| (old.company(&company.slug), company))
        .filter(|(before, after)| *before != Some(*after))
        .collect();
    // Numbers leave before others arrive, because one may move from one company to the next.
    for (before, after) in &changed {
        write::remove_routes(tx, *before, after).await?;
    }
    let mut versions = Vec::with_capacity(changed.len());
    for (before, after) in &changed {
        versions.push((CompanyId::from_slug(&after.slug), write_company(tx, *before, after).await?));
    }
    write::bump_schedules(tx, &diff.schedules).await?;
    Ok(Applied { diff, versions })
}

/// Writes what differs in one company and returns its new version.
async fn write_company(tx: &mut Tx, before: Option<&Company>, after: &Company) -> Result<u64, Error> {
    let version = write::company(tx, after).await?;
    write::branches(tx, before, after).await?;
    write::rooms(tx, before, after).await?;
    write::staff(tx, before, after).await?;
    write::services(tx, before, after).await?;
    write::numbers(tx, before, after).await?;
    write::agents(tx, before, after).await?;
    Ok(version)
}

/// Returns what applying the document, in canonical form, would change, without changing it.
pub async fn preview(on: &impl Connection, catalog: &Catalog) -> Result<callflow_domain::catalog::Diff, Error> {
    let old = export(on, &slugs(catalog)).await?;
    Ok(diff_canonical(&old, catalog))
}

/// Returns the numbers of the document, in canonical form, that belong to companies it does not name; applying it would fail.
pub async fn claimed_elsewhere(on: &impl Connection, catalog: &Catalog) -> Result<Vec<String>, Error> {
    let numbers: Vec<String> = catalog
        .companies
        .iter()
        .flat_map(|company| company.phone_numbers.iter().map(|entry| entry.number.clone()))
        .collect();
    let named: Vec<uuid::Uuid> =
        catalog.companies.iter().map(|company| CompanyId::from_slug(&company.slug).uuid()).collect();
    let query = "
        SELECT number FROM resolver.phone_number
        WHERE number = ANY($1) AND company_id <> ALL($2) ORDER BY number";
    let rows = sql::query(on, "looking for numbers of others", query, vec![numbers.into(), named.into()]).await?;
    let read = |row: &sea_orm::QueryResult| row.try_get_by_index(0);
    rows.iter().map(read).collect::<Result<_, _>>().map_err(|cause| Error::sql("looking for numbers of others", cause))
}

fn slugs(catalog: &Catalog) -> Vec<&str> {
    catalog.companies.iter().map(|company| company.slug.as_str()).collect()
}
