//! Names and policies of one company, read together and kept for a minute: every answer needs them, they rarely change.

use std::{collections::HashMap, sync::Arc, time::Duration};

use callflow_domain::{
    catalog::Service as Declared,
    id::{BranchId, CompanyId, ServiceId, StaffId},
    policy::Policies,
};
use callflow_extract::name::{Match, Named, find};
use callflow_store::{Database, catalog};
use moka::future::Cache;

use crate::{app::Result, error::Error};

/// How long a name or policy may be out of date: the hot tier of the design.
const KEPT: Duration = Duration::from_secs(60);
/// Companies remembered at once.
const COMPANIES: u64 = 1_000;

/// What a company calls its parts, and its rules.
#[derive(Debug)]
pub struct Directory {
    policies: Policies,
    branches: HashMap<BranchId, Branch>,
    staff: HashMap<StaffId, String>,
    services: HashMap<ServiceId, Service>,
}

#[derive(Debug)]
struct Branch {
    name: String,
    time_zone: String,
}

#[derive(Debug)]
struct Service {
    name: String,
    slug: String,
    aliases: Vec<String>,
    not_with: Vec<String>,
}

impl Directory {
    async fn load(database: &Database, company: CompanyId) -> Result<Self> {
        let missing = Error::NotFound("company");
        let stored = catalog::company(database, company).await?.ok_or(missing)?;
        let zone = stored.declared.time_zone.clone();
        let branches = catalog::branches(database, company).await?.into_iter().map(|branch| {
            let time_zone = branch.declared.time_zone.unwrap_or_else(|| zone.clone());
            (branch.id, Branch { name: branch.declared.name, time_zone })
        });
        let branches = branches.collect();
        let staff =
            catalog::staff(database, company).await?.into_iter().map(|member| (member.id, member.declared.name));
        let staff = staff.collect();
        let services = catalog::services(database, company).await?.into_iter();
        let services = services
            .map(|service| {
                let Declared { name, slug, aliases, not_with, .. } = service.declared;
                let aliases = aliases.into_values().flatten().collect();
                (service.id, Service { name, slug, aliases, not_with })
            })
            .collect();
        Ok(Self { policies: stored.declared.policies, branches, staff, services })
    }

    /// Returns the company's rules.
    #[must_use]
    pub const fn policies(&self) -> &Policies {
        &self.policies
    }

    /// Returns a branch's name; empty when it is new since the last look.
    #[must_use]
    pub fn branch(&self, id: BranchId) -> String {
        self.branches.get(&id).map(|branch| branch.name.clone()).unwrap_or_default()
    }

    /// Returns the zone a branch's times are spoken in.
    #[must_use]
    pub fn time_zone(&self, id: BranchId) -> String {
        self.branches.get(&id).map_or_else(|| "UTC".to_owned(), |branch| branch.time_zone.clone())
    }

    /// Returns a staff member's name; empty when they are new since the last look.
    #[must_use]
    pub fn staff(&self, id: StaffId) -> String {
        self.staff.get(&id).cloned().unwrap_or_default()
    }

    /// Returns a service's name; empty when it is new since the last look.
    #[must_use]
    pub fn service(&self, id: ServiceId) -> String {
        self.services.get(&id).map(|service| service.name.clone()).unwrap_or_default()
    }

    /// Returns the one service that is meant by these words, or `None` when none or several are.
    #[must_use]
    pub fn service_named(&self, said: &str) -> Option<ServiceId> {
        let named = |(id, service): (&ServiceId, &Service)| {
            let names = [&service.name, &service.slug].into_iter().chain(&service.aliases).cloned().collect();
            Named { value: *id, names }
        };
        match find(said, &self.services.iter().map(named).collect::<Vec<_>>()) {
            Match::One(id) => Some(id),
            Match::Several(_) | Match::None => None,
        }
    }

    /// Returns whether one of the two services says that it may not be combined with the other.
    #[must_use]
    pub fn are_forbidden(&self, one: ServiceId, other: ServiceId) -> bool {
        let (Some(one), Some(other)) = (self.services.get(&one), self.services.get(&other)) else { return false };
        one.not_with.contains(&other.slug) || other.not_with.contains(&one.slug)
    }
}

/// The directories of all companies; clones share them.
#[derive(Debug, Clone)]
pub struct Directories {
    database: Database,
    cache: Cache<CompanyId, Arc<Directory>>,
}

impl Directories {
    /// Reads from this database.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database, cache: Cache::builder().time_to_live(KEPT).max_capacity(COMPANIES).build() }
    }

    /// Returns a company's directory; one read serves all who ask at the same time.
    ///
    /// # Errors
    /// `NotFound` when there is no such company, and whatever the database says.
    pub async fn of(&self, company: CompanyId) -> Result<Arc<Directory>> {
        if let Some(known) = self.cache.get(&company).await {
            return Ok(known);
        }
        let load = async { Directory::load(&self.database, company).await.map(Arc::new) };
        self.cache.try_get_with(company, load).await.map_err(Error::Shared)
    }
}
