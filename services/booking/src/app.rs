//! The use cases of booking; each file holds one.

pub mod book;
pub mod callback;
pub mod cancel;
pub mod count;
pub mod find;
pub mod once;
pub mod reschedule;
pub mod sequence;
pub mod series;
pub mod wish;

use std::sync::Arc;

use callflow_contract::convert::FieldError;
use callflow_domain::{
    ErrorKind,
    id::{BranchId, CompanyId, ServiceId, StaffId},
};
use callflow_store::directory::Directory;

use crate::{command::Target, deps::Deps, error::Error};

/// What a use case returns.
pub type Result<T> = std::result::Result<T, Error>;

/// The service's logic over everything it talks to; clones share it.
#[derive(Debug, Clone)]
pub struct App {
    pub(crate) deps: Deps,
}

impl App {
    /// Puts the logic on its dependencies.
    #[must_use]
    pub const fn new(deps: Deps) -> Self {
        Self { deps }
    }

    /// Returns the company's names and rules.
    pub(crate) async fn directory(&self, company: CompanyId) -> Result<Arc<Directory>> {
        self.deps.directories.of(company).await.map_err(|error| match error.kind() {
            ErrorKind::NotFound => FieldError::new("context.company_id", "names no company").into(),
            _ => Error::Catalog(error),
        })
    }

    /// Refuses a slot whose parts are not the company's.
    pub(crate) fn known(&self, directory: &Directory, target: &Target) -> Result<()> {
        match target {
            Target::Offered(_) => Ok(()),
            Target::Parts { branch, service, staff, .. } => check_ids(directory, Some(*branch), Some(*service), *staff),
        }
    }
}

/// Refuses ids that the company does not have, naming the field; those of other companies are none of its own.
pub(crate) fn check_ids(
    directory: &Directory,
    branch: Option<BranchId>,
    service: Option<ServiceId>,
    staff: Option<StaffId>,
) -> Result<()> {
    let unknown = |field, problem| Err(FieldError::new(field, problem).into());
    if branch.is_some_and(|id| directory.branch(id).is_none()) {
        return unknown("branch_id", "names no branch of this company");
    }
    if service.is_some_and(|id| directory.service(id).is_none()) {
        return unknown("service_id", "names no service of this company");
    }
    match staff.map(|id| directory.member(id)) {
        Some(None) => unknown("staff_id", "names no staff member of this company"),
        Some(Some(member)) if branch.is_some_and(|branch| branch != member.branch) => {
            unknown("staff_id", "names a staff member of another branch")
        }
        _ => Ok(()),
    }
}
