//! Reading whole companies back as a document.

use std::collections::HashMap;

use callflow_domain::{
    catalog::{Agent, Branch, Catalog, Company, DialledNumber, Room},
    id::{BranchId, CompanyId},
    language::Language,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{StoredBranch, StoredCompany, find, read_rows};
use crate::{
    entity::{agent, company, phone_number, room},
    error::Error,
    session::Connection,
};

const DOING: &str = "exporting the catalog";

/// Returns the catalog of all companies, in canonical form.
pub async fn export_all(on: &impl Connection) -> Result<Catalog, Error> {
    let found = company::Entity::find().all(&on.guard()).await.map_err(failed)?;
    export_companies(on, read_rows(found)?).await
}

/// Returns the catalog of those of the companies that exist, in canonical form.
///
/// On a transaction this is one consistent state; on the pool, a catalog that is being applied at
/// this moment may show half before and half after.
pub async fn export(on: &impl Connection, companies: &[&str]) -> Result<Catalog, Error> {
    let select = company::Entity::find().filter(company::Column::Slug.is_in(companies.iter().copied()));
    let found = select.all(&on.guard()).await.map_err(failed)?;
    export_companies(on, read_rows(found)?).await
}

fn failed(cause: sea_orm::DbErr) -> Error {
    Error::sql(DOING, cause)
}

async fn export_companies(on: &impl Connection, stored: Vec<StoredCompany>) -> Result<Catalog, Error> {
    let mut companies = Vec::with_capacity(stored.len());
    for company in stored {
        companies.push(export_company(on, company.id, company.declared).await?);
    }
    Ok(Catalog { companies }.sorted())
}

/// Fills the lists of a company.
async fn export_company(on: &impl Connection, id: CompanyId, declared: Company) -> Result<Company, Error> {
    let branches = find::branches(on, id).await?;
    let slugs: HashMap<BranchId, String> =
        branches.iter().map(|branch| (branch.id, branch.declared.slug.clone())).collect();
    let slug_of = |id: Option<Uuid>| id.and_then(|id| slugs.get(&BranchId(id)).cloned());
    let numbers = phone_number::Entity::find().filter(phone_number::Column::CompanyId.eq(id.uuid()));
    let numbers = numbers.all(&on.guard()).await.map_err(failed)?.into_iter().map(|row| DialledNumber {
        branch: slug_of(row.branch_id),
        language: language(row.language),
        number: row.number,
    });
    let agents = agent::Entity::find().filter(agent::Column::CompanyId.eq(id.uuid()));
    let agents = agents.all(&on.guard()).await.map_err(failed)?.into_iter().map(|row| Agent {
        branch: slug_of(row.branch_id),
        language: language(row.language),
        id: row.agent_id,
    });
    Ok(Company {
        branches: with_rooms(on, id, branches).await?,
        phone_numbers: numbers.collect(),
        agents: agents.collect(),
        staff: find::staff(on, id).await?.into_iter().map(|stored| stored.declared).collect(),
        services: find::services(on, id).await?.into_iter().map(|stored| stored.declared).collect(),
        ..declared
    })
}

/// Puts the rooms of a company into their branches.
async fn with_rooms(
    on: &impl Connection,
    company: CompanyId,
    branches: Vec<StoredBranch>,
) -> Result<Vec<Branch>, Error> {
    let select = room::Entity::find()
        .filter(room::Column::CompanyId.eq(company.uuid()))
        .filter(room::Column::RemovedAt.is_null());
    let mut rooms: HashMap<BranchId, Vec<Room>> = HashMap::new();
    for room in read_rows(select.all(&on.guard()).await.map_err(failed)?)? {
        rooms.entry(room.branch).or_default().push(room.declared);
    }
    let filled =
        |branch: StoredBranch| Branch { rooms: rooms.remove(&branch.id).unwrap_or_default(), ..branch.declared };
    Ok(branches.into_iter().map(filled).collect())
}

/// Reads a stored tag.
pub(super) fn language(tag: Option<String>) -> Option<Language> {
    tag.as_deref().and_then(Language::read)
}
