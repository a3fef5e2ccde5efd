//! Look-ups in the catalog; all of them but the dialled number stay within one company.

use callflow_domain::id::{BranchId, CompanyId, ServiceId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{
    Route, StoredBranch, StoredCompany, StoredRoom, StoredRows, StoredService, StoredStaff, export::language, read_rows,
};
use crate::{
    entity::{agent, branch, company, phone_number, room, service, staff},
    error::Error,
    session::Connection,
    sql,
};

/// Returns where a dialled number leads, in whichever company.
pub async fn number(on: &impl Connection, number: &str) -> Result<Option<Route>, Error> {
    let found = phone_number::Entity::find_by_id(number).one(&on.guard()).await;
    let found = found.map_err(|cause| Error::sql("finding a dialled number", cause))?;
    Ok(found.map(|row| Route {
        company: CompanyId(row.company_id),
        branch: row.branch_id.map(BranchId),
        language: language(row.language),
    }))
}

/// Returns where an agent of the company leads.
pub async fn agent(on: &impl Connection, company: CompanyId, id: &str) -> Result<Option<Route>, Error> {
    let found = agent::Entity::find_by_id((company.uuid(), id.to_owned())).one(&on.guard()).await;
    let found = found.map_err(|cause| Error::sql("finding an agent", cause))?;
    Ok(found.map(|row| Route { company, branch: row.branch_id.map(BranchId), language: language(row.language) }))
}

/// Returns a company.
pub async fn company(on: &impl Connection, id: CompanyId) -> Result<Option<StoredCompany>, Error> {
    let found = company::Entity::find_by_id(id.uuid()).one(&on.guard()).await;
    found.map_err(|cause| Error::sql("finding a company", cause))?.map(StoredRows::read).transpose()
}

/// Returns the version of a company's catalog; it grows with every change of anything in it.
pub async fn version(on: &impl Connection, id: CompanyId) -> Result<Option<u64>, Error> {
    let doing = "reading a catalog's version";
    let rows =
        sql::query(on, doing, "SELECT version FROM resolver.company WHERE id = $1", vec![id.uuid().into()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let version: i64 = row.try_get_by_index(0).map_err(|cause| Error::sql(doing, cause))?;
    Ok(u64::try_from(version).ok())
}

/// Returns the company with this slug.
pub async fn company_by_slug(on: &impl Connection, slug: &str) -> Result<Option<StoredCompany>, Error> {
    company(on, CompanyId::from_slug(slug)).await
}

/// Returns a branch that is in the catalog.
pub async fn branch(on: &impl Connection, company: CompanyId, id: BranchId) -> Result<Option<StoredBranch>, Error> {
    let select = branch::Entity::find_by_id(id.uuid())
        .filter(branch::Column::CompanyId.eq(company.uuid()))
        .filter(branch::Column::RemovedAt.is_null());
    let found = select.one(&on.guard()).await.map_err(|cause| Error::sql("finding a branch", cause))?;
    found.map(StoredRows::read).transpose()
}

/// Returns the branch with this slug.
pub async fn branch_by_slug(
    on: &impl Connection,
    company: CompanyId,
    slug: &str,
) -> Result<Option<StoredBranch>, Error> {
    branch(on, company, company.branch(slug)).await
}

/// Returns the branches of a company, by slug.
pub async fn branches(on: &impl Connection, company: CompanyId) -> Result<Vec<StoredBranch>, Error> {
    let select = branch::Entity::find()
        .filter(branch::Column::CompanyId.eq(company.uuid()))
        .filter(branch::Column::RemovedAt.is_null())
        .order_by_asc(branch::Column::Slug);
    read_rows(select.all(&on.guard()).await.map_err(|cause| Error::sql("listing branches", cause))?)
}

/// Returns the branch with the longest service area that an E.164 number begins with, and that area.
///
/// Of several with the same area an active one wins, then the first by slug.
pub async fn branch_in_area(
    on: &impl Connection,
    company: CompanyId,
    number: &str,
) -> Result<Option<(StoredBranch, String)>, Error> {
    let doing = "finding a branch by area";
    let prefixes: Vec<String> =
        number.char_indices().skip(1).map(|(at, digit)| number[..at + digit.len_utf8()].to_owned()).collect();
    let query = "
        SELECT id, area FROM resolver.branch, unnest(service_areas) AS area
        WHERE company_id = $1 AND removed_at IS NULL AND service_areas && $2 AND area = ANY($2)
        ORDER BY length(area) DESC, active DESC, slug LIMIT 1";
    let rows = sql::query(on, doing, query, vec![company.uuid().into(), prefixes.into()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let (id, area): (uuid::Uuid, String) = row.try_get_many_by_index().map_err(|cause| Error::sql(doing, cause))?;
    Ok(branch(on, company, BranchId(id)).await?.map(|branch| (branch, area)))
}

/// Returns the active branches of a company in a time zone, by slug, at most `limit`.
pub async fn branches_in_zone(
    on: &impl Connection,
    company: CompanyId,
    time_zone: &str,
    limit: u64,
) -> Result<Vec<StoredBranch>, Error> {
    let select = branch::Entity::find()
        .filter(branch::Column::CompanyId.eq(company.uuid()))
        .filter(branch::Column::TimeZone.eq(time_zone))
        .filter(branch::Column::Active.eq(true))
        .filter(branch::Column::RemovedAt.is_null())
        .order_by_asc(branch::Column::Slug)
        .limit(limit);
    read_rows(select.all(&on.guard()).await.map_err(|cause| Error::sql("listing branches of a zone", cause))?)
}

/// Returns the staff of all branches of a company, by slug; those who are inactive too.
pub async fn staff(on: &impl Connection, company: CompanyId) -> Result<Vec<StoredStaff>, Error> {
    let select = staff::Entity::find()
        .filter(staff::Column::CompanyId.eq(company.uuid()))
        .filter(staff::Column::RemovedAt.is_null())
        .order_by_asc(staff::Column::Slug);
    read_rows(select.all(&on.guard()).await.map_err(|cause| Error::sql("listing staff", cause))?)
}

/// Returns the staff of one branch, by slug; those who are inactive too.
pub async fn staff_of_branch(
    on: &impl Connection,
    company: CompanyId,
    branch: BranchId,
) -> Result<Vec<StoredStaff>, Error> {
    let select = staff::Entity::find()
        .filter(staff::Column::BranchId.eq(branch.uuid()))
        .filter(staff::Column::CompanyId.eq(company.uuid()))
        .filter(staff::Column::RemovedAt.is_null())
        .order_by_asc(staff::Column::Slug);
    read_rows(select.all(&on.guard()).await.map_err(|cause| Error::sql("listing staff", cause))?)
}

/// Returns the services of a company, by slug; those that are inactive too.
pub async fn services(on: &impl Connection, company: CompanyId) -> Result<Vec<StoredService>, Error> {
    let select = service::Entity::find()
        .filter(service::Column::CompanyId.eq(company.uuid()))
        .filter(service::Column::RemovedAt.is_null())
        .order_by_asc(service::Column::Slug);
    read_rows(select.all(&on.guard()).await.map_err(|cause| Error::sql("listing services", cause))?)
}

/// Returns a service that is in the catalog.
pub async fn service(on: &impl Connection, company: CompanyId, id: ServiceId) -> Result<Option<StoredService>, Error> {
    let select = service::Entity::find_by_id(id.uuid())
        .filter(service::Column::CompanyId.eq(company.uuid()))
        .filter(service::Column::RemovedAt.is_null());
    let found = select.one(&on.guard()).await.map_err(|cause| Error::sql("finding a service", cause))?;
    found.map(StoredRows::read).transpose()
}

/// Returns the rooms of a branch, by slug; those that are inactive too.
pub async fn rooms(on: &impl Connection, company: CompanyId, branch: BranchId) -> Result<Vec<StoredRoom>, Error> {
    let select = room::Entity::find()
        .filter(room::Column::BranchId.eq(branch.uuid()))
        .filter(room::Column::CompanyId.eq(company.uuid()))
        .filter(room::Column::RemovedAt.is_null())
        .order_by_asc(room::Column::Slug);
    read_rows(select.all(&on.guard()).await.map_err(|cause| Error::sql("listing rooms", cause))?)
}
