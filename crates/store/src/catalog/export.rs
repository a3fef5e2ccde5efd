//! Reading whole companies back as a document.

use std::collections::{BTreeMap, HashMap};

use callflow_domain::{
    catalog::{Agent, Branch, Catalog, Company, DialledNumber},
    id::{BranchId, CompanyId},
    language::Language,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{StoredBranch, StoredCompany, read_rows};
use crate::{
    entity::{agent, branch, company, phone_number, room, service, staff},
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
    Ok(Catalog { companies }.canonical())
}

/// Fills the lists of a company.
async fn export_company(on: &impl Connection, id: CompanyId, declared: Company) -> Result<Company, Error> {
    let guard = on.guard();
    let of = id.uuid();
    let live = branch::Column::RemovedAt.is_null();
    let branches = branch::Entity::find().filter(branch::Column::CompanyId.eq(of)).filter(live);
    let branches: Vec<StoredBranch> = read_rows(branches.all(&guard).await.map_err(failed)?)?;
    let slugs: HashMap<Uuid, String> =
        branches.iter().map(|branch| (branch.id.uuid(), branch.declared.slug.clone())).collect();
    let rooms = room::Entity::find().filter(room::Column::CompanyId.eq(of)).filter(room::Column::RemovedAt.is_null());
    let rooms = read_rows(rooms.all(&guard).await.map_err(failed)?)?;
    let staff =
        staff::Entity::find().filter(staff::Column::CompanyId.eq(of)).filter(staff::Column::RemovedAt.is_null());
    let staff = read_rows(staff.all(&guard).await.map_err(failed)?)?;
    let services =
        service::Entity::find().filter(service::Column::CompanyId.eq(of)).filter(service::Column::RemovedAt.is_null());
    let services = read_rows(services.all(&guard).await.map_err(failed)?)?;
    let numbers = phone_number::Entity::find().filter(phone_number::Column::CompanyId.eq(of));
    let numbers = numbers.all(&guard).await.map_err(failed)?;
    let agents = agent::Entity::find().filter(agent::Column::CompanyId.eq(of));
    let agents = agents.all(&guard).await.map_err(failed)?;
    let mut rooms_of: BTreeMap<BranchId, Vec<_>> = BTreeMap::new();
    for room in rooms {
        rooms_of.entry(room.branch).or_default().push(room.declared);
    }
    let slug_of = |id: Option<Uuid>| id.and_then(|id| slugs.get(&id).cloned());
    let with_rooms = |StoredBranch { id, declared, .. }: StoredBranch| Branch {
        rooms: rooms_of.remove(&id).unwrap_or_default(),
        ..declared
    };
    Ok(Company {
        branches: branches.into_iter().map(with_rooms).collect(),
        phone_numbers: numbers
            .into_iter()
            .map(|row| DialledNumber {
                branch: slug_of(row.branch_id),
                language: language(row.language),
                number: row.number,
            })
            .collect(),
        agents: agents
            .into_iter()
            .map(|row| Agent { branch: slug_of(row.branch_id), language: language(row.language), id: row.agent_id })
            .collect(),
        staff: staff.into_iter().map(|row| row.declared).collect(),
        services: services.into_iter().map(|row| row.declared).collect(),
        ..declared
    })
}

/// Reads a stored tag.
pub(super) fn language(tag: Option<String>) -> Option<Language> {
    tag.as_deref().and_then(Language::read)
}
