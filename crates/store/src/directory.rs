//! A company's catalog as the services need it with every answer: read together, kept while it is true, shared by all who ask.

mod change;
mod keep;

use std::{collections::HashMap, sync::OnceLock};

use callflow_domain::{
    catalog::Service,
    id::{BranchId, CompanyId, ServiceId, StaffId},
    policy::Policies,
    resolution::{BranchFact, Places},
};

pub use keep::Directories;

use crate::{
    catalog::{self, StoredBranch, StoredCompany, StoredService, StoredStaff},
    database::Database,
    error::Error,
};

/// One company: what it calls its parts, and its rules.
#[derive(Debug)]
pub struct Directory {
    company: StoredCompany,
    branches: HashMap<BranchId, StoredBranch>,
    staff: HashMap<StaffId, StoredStaff>,
    services: HashMap<ServiceId, StoredService>,
    /// Staff by branch, in the order of their ids.
    teams: HashMap<BranchId, Vec<StaffId>>,
    places: OnceLock<Places>,
}

impl Directory {
    async fn load(database: &Database, company: CompanyId) -> Result<Self, Error> {
        let doing = "reading a company's catalog";
        // First of all: what is read after the version is at least as new as it says, so a later look finds out.
        let stored = catalog::company(database, company).await?.ok_or(Error::NotFound { doing })?;
        let (branches, staff, services) = tokio::try_join!(
            catalog::branches(database, company),
            catalog::staff(database, company),
            catalog::services(database, company),
        )?;
        let mut teams: HashMap<BranchId, Vec<StaffId>> = HashMap::new();
        for member in &staff {
            teams.entry(member.branch).or_default().push(member.id);
        }
        teams.values_mut().for_each(|team| team.sort_unstable());
        Ok(Self {
            company: stored,
            branches: branches.into_iter().map(|branch| (branch.id, branch)).collect(),
            staff: staff.into_iter().map(|member| (member.id, member)).collect(),
            services: services.into_iter().map(|service| (service.id, service)).collect(),
            teams,
            places: OnceLock::new(),
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

    /// Returns the staff of a branch, by id; those who are inactive too.
    pub fn team(&self, branch: BranchId) -> impl Iterator<Item = &StoredStaff> {
        self.teams.get(&branch).into_iter().flatten().filter_map(|id| self.staff.get(id))
    }

    /// Returns where the branches are, prepared when it is asked for first.
    #[must_use]
    pub fn places(&self) -> &Places {
        self.places.get_or_init(|| {
            let each = self.branches.values().map(|branch| {
                let fact = BranchFact {
                    id: branch.id,
                    company: self.company.id,
                    slug: branch.declared.slug.clone(),
                    active: branch.declared.active,
                    fallback: branch.fallback,
                };
                (fact, self.time_zone(branch.id), branch.declared.service_areas.as_slice())
            });
            Places::new(self.company.id, each)
        })
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
