//! The catalog: what operators declare, stored so that calls can be resolved and times computed.
//!
//! Columns hold what is searched or compared; whatever else a document says is kept in the row's
//! `document`, so that a catalog comes out as it went in. What is gone from the catalog is marked
//! as removed and comes back under the same id, because appointments refer to it.

mod apply;
mod document;
mod export;
mod find;
mod write;

use callflow_domain::{
    catalog::{Branch, Company, Diff, Room, Service, Staff},
    id::{BranchId, CompanyId, RoomId, ServiceId, StaffId},
    language::Language,
};

pub use apply::{apply, apply_canonical, claimed_elsewhere, preview};
pub(crate) use document::{StoredRows, read_rows};
pub use export::{export, export_all};
pub use find::{
    agent, branch, branch_by_slug, branch_in_area, branches, branches_in_zone, company, company_by_slug, number, rooms,
    service, services, staff, staff_of_branch, version,
};

/// The channel on which changes of catalogs are told, each as the id of its company.
pub(crate) const CHANNEL: &str = "callflow_catalog";

/// A company as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredCompany {
    /// Its id.
    pub id: CompanyId,
    /// The branch that answers when nothing points to one.
    pub default_branch: Option<BranchId>,
    /// Grows with every change of anything in its catalog.
    pub version: u64,
    /// What was declared; its lists are empty, because they are read on their own.
    pub declared: Company,
}

/// A branch as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredBranch {
    /// Its id.
    pub id: BranchId,
    /// The branch that takes over while this one is not active.
    pub fallback: Option<BranchId>,
    /// What was declared; without its rooms.
    pub declared: Branch,
}

/// A staff member as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredStaff {
    /// Their id.
    pub id: StaffId,
    /// Where they work.
    pub branch: BranchId,
    /// Grows whenever their bookable time is decided differently.
    pub schedule_version: u64,
    /// What was declared.
    pub declared: Staff,
}

/// A service as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredService {
    /// Its id.
    pub id: ServiceId,
    /// What was declared.
    pub declared: Service,
}

/// A room as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRoom {
    /// Its id.
    pub id: RoomId,
    /// Where it is.
    pub branch: BranchId,
    /// What was declared.
    pub declared: Room,
}

/// Where a dialled number or an agent leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// Whose it is.
    pub company: CompanyId,
    /// The branch it stands for, if for one.
    pub branch: Option<BranchId>,
    /// The language its callers expect.
    pub language: Option<Language>,
}

/// What applying a catalog changed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Applied {
    /// Every difference; empty when the catalog was there already.
    pub diff: Diff,
    /// The companies that changed, with their new versions.
    pub versions: Vec<(CompanyId, u64)>,
}
