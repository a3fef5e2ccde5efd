//! A company's catalog as the services need it with every answer: read together, kept for a minute, shared by all who ask.

use std::{collections::HashMap, sync::Arc, time::Duration};

use callflow_domain::{
    catalog::Service,
    id::{BranchId, CompanyId, ServiceId, StaffId},
    policy::Policies,
};
use moka::future::Cache;

use crate::{
    catalog::{self, StoredBranch, StoredCompany, StoredService, StoredStaff},
    database::Database,
    error::Error,
};

/// How long a name or policy may be out of date when no change was heard of.
const KEPT: Duration = Duration::from_secs(60);
/// How long the last good answer is kept for the time the database is away.
const LAST_GOOD: Duration = Duration::from_secs(3_600);
/// Companies remembered at once.
const COMPANIES: u64 = 2_000;

/// One company: what it calls its parts, and its rules.
#[derive(Debug)]
pub struct Directory {
    company: StoredCompany,
    branches: HashMap<BranchId, StoredBranch>,
    staff: HashMap<StaffId, StoredStaff>,
    services: HashMap<ServiceId, StoredService>,
}

impl Directory {
    async fn load(database: &Database, company: CompanyId) -> Result<Self, Error> {
        let doing = "reading a company's catalog";
        let (stored, branches, staff, services) = tokio::try_join!(
            catalog::company(database, company),
            catalog::branches(database, company),
            catalog::staff(database, company),
            catalog::services(database, company),
        )?;
        Ok(Self {
            company: stored.ok_or(Error::NotFound { doing })?,
            branches: branches.into_iter().map(|branch| (branch.id, branch)).collect(),
            staff: staff.into_iter().map(|member| (member.id, member)).collect(),
            services: services.into_iter().map(|service| (service.id, service)).collect(),
        })
    }

    /// Returns the company.
    #[must_use]
    pub const fn company(&self) -> &StoredCompany {
        &self.company
    }

    /// Returns the company's rules.
    #[must_use]
    pub const fn policies(&self) -> &Policies {
        &self.company.declared.policies
    }

    /// Returns a branch.
    #[must_use]
    pub fn branch(&self, id: BranchId) -> Option<&StoredBranch> {
        self.branches.get(&id)
    }

    /// Returns all branches, in no particular order.
    pub fn branches(&self) -> impl Iterator<Item = &StoredBranch> {
        self.branches.values()
    }

    /// Returns a staff member.
    #[must_use]
    pub fn member(&self, id: StaffId) -> Option<&StoredStaff> {
        self.staff.get(&id)
    }

    /// Returns all staff, in no particular order.
    pub fn members(&self) -> impl Iterator<Item = &StoredStaff> {
        self.staff.values()
    }

    /// Returns a service.
    #[must_use]
    pub fn service(&self, id: ServiceId) -> Option<&StoredService> {
        self.services.get(&id)
    }

    /// Returns all services, in no particular order.
    pub fn services(&self) -> impl Iterator<Item = &StoredService> {
        self.services.values()
    }

    /// Returns a branch's name; empty when it is new since the last look.
    #[must_use]
    pub fn branch_name(&self, id: BranchId) -> String {
        self.branch(id).map(|branch| branch.declared.name.clone()).unwrap_or_default()
    }

    /// Returns a staff member's name; empty when they are new since the last look.
    #[must_use]
    pub fn staff_name(&self, id: StaffId) -> String {
        self.member(id).map(|member| member.declared.name.clone()).unwrap_or_default()
    }

    /// Returns a service's name; empty when it is new since the last look.
    #[must_use]
    pub fn service_name(&self, id: ServiceId) -> String {
        self.service(id).map(|service| service.declared.name.clone()).unwrap_or_default()
    }

    /// Returns the zone a branch's times are spoken in: its own, or the company's.
    #[must_use]
    pub fn time_zone(&self, id: BranchId) -> &str {
        let own = self.branch(id).and_then(|branch| branch.declared.time_zone.as_deref());
        own.unwrap_or(&self.company.declared.time_zone)
    }

    /// Returns whether one of the two services says that it may not be combined with the other.
    #[must_use]
    pub fn are_forbidden(&self, one: ServiceId, other: ServiceId) -> bool {
        let declared = |id| self.service(id).map(|service| &service.declared);
        let (Some(one), Some(other)) = (declared(one), declared(other)) else { return false };
        let excludes = |one: &Service, other: &Service| one.not_with.contains(&other.slug);
        excludes(one, other) || excludes(other, one)
    }
}

/// The directories of all companies; clones share them.
#[derive(Debug, Clone)]
pub struct Directories {
    database: Database,
    fresh: Cache<CompanyId, Arc<Directory>>,
    last_good: Cache<CompanyId, Arc<Directory>>,
}

impl Directories {
    /// Reads from this database.
    #[must_use]
    pub fn new(database: Database) -> Self {
        let cache = |ttl| Cache::builder().time_to_live(ttl).max_capacity(COMPANIES).build();
        Self { database, fresh: cache(KEPT), last_good: cache(LAST_GOOD) }
    }

    /// Returns a company's directory; one read serves all who ask at the same time. While the database is away the last
    /// good one has to do, for an hour at most.
    ///
    /// # Errors
    /// `NotFound` when there is no such company; whatever the database says when nothing was read before.
    pub async fn of(&self, company: CompanyId) -> Result<Arc<Directory>, Arc<Error>> {
        let load = async { Directory::load(&self.database, company).await.map(Arc::new) };
        match self.fresh.try_get_with(company, load).await {
            Ok(directory) => {
                self.last_good.insert(company, Arc::clone(&directory)).await;
                Ok(directory)
            }
            Err(error) if error.kind().is_transient() => self.last_good.get(&company).await.ok_or(error),
            Err(error) => Err(error),
        }
    }

    /// Forgets a company's directory, because its catalog changed.
    pub async fn forget(&self, company: CompanyId) {
        self.fresh.invalidate(&company).await;
    }
}
