//! A branch as conversations need it: names of staff and services, time zone, policies. Asked once a minute at most.

use std::sync::Arc;

use callflow_contract::resolver::v1::{Branch, Company, GetBranchRequest, GetBranchResponse, Service, StaffMember};
use callflow_domain::policy::Policies;
use callflow_extract::name::Named;
use callflow_rpc::idempotent;
use jiff::tz::TimeZone;
use tonic::Status;

use super::{App, away};

/// A branch, with what was read of it once.
#[derive(Debug)]
pub struct Site {
    pub(crate) company: Company,
    pub(crate) branch: Branch,
    pub(crate) staff: Vec<StaffMember>,
    pub(crate) services: Vec<Service>,
    pub(crate) others: Vec<Branch>,
    pub(crate) zone: TimeZone,
    pub(crate) policies: Policies,
}

impl Site {
    fn of(found: GetBranchResponse) -> Result<Self, Status> {
        let missing = || Status::internal("the branch is incomplete");
        let (company, branch) = (found.company.ok_or_else(missing)?, found.branch.ok_or_else(missing)?);
        Ok(Self {
            zone: TimeZone::get(&branch.time_zone).map_err(|_| missing())?,
            policies: policies(&company),
            company,
            branch,
            staff: found.staff,
            services: found.services,
            others: found.other_branches,
        })
    }

    /// Returns everybody by their names and nicknames.
    pub(crate) fn staff_names(&self) -> Vec<Named<usize>> {
        let names = |one: &StaffMember| [vec![one.name.clone()], one.nicknames.clone()].concat();
        self.staff.iter().enumerate().map(|(value, one)| Named { value, names: names(one) }).collect()
    }

    /// Returns every service by its names in all languages.
    pub(crate) fn service_names(&self) -> Vec<Named<usize>> {
        let names = |one: &Service| [vec![one.name.clone(), one.slug.clone()], one.aliases.clone()].concat();
        self.services.iter().enumerate().map(|(value, one)| Named { value, names: names(one) }).collect()
    }
}

/// Reads a company's policies; what cannot be read is as if it had said nothing.
pub(crate) fn policies(company: &Company) -> Policies {
    serde_json::from_str(&company.policies_json).unwrap_or_default()
}

impl App {
    /// Returns a branch by id or slug; an older reading when the resolver is away.
    pub(crate) async fn site(&self, slug: &str, branch: &str) -> Result<Arc<Site>, Arc<Status>> {
        let key = format!("{slug}/{branch}");
        let fresh = self.memory.branches.try_get_with(key.clone(), self.read_site(slug, branch)).await;
        match fresh {
            Ok(site) => Ok(site),
            Err(status) => {
                away("resolver", &status);
                let known = status.code() != tonic::Code::NotFound;
                let stale = if known { self.memory.stale.get(&key).await } else { None };
                stale.ok_or(status)
            }
        }
    }

    async fn read_site(&self, slug: &str, branch: &str) -> Result<Arc<Site>, Status> {
        let request = GetBranchRequest { company: slug.to_owned(), branch: branch.to_owned() };
        let found = self.deps.resolver.clone().get_branch(idempotent(request)).await?.into_inner();
        let site = Arc::new(Site::of(found)?);
        self.memory.stale.insert(format!("{slug}/{branch}"), Arc::clone(&site)).await;
        Ok(site)
    }
}
