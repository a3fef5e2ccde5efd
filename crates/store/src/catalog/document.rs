//! Between declared things and their rows.
//!
//! `split` takes what has a column out of a document, `join` puts it back. A field that the catalog
//! gains later is in the document without anything having to change here.

use callflow_domain::{
    catalog::{Branch, Company, Room, Service, Staff},
    id::{BranchId, CompanyId, RoomId, ServiceId, StaffId},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use super::{StoredBranch, StoredCompany, StoredRoom, StoredService, StoredStaff};
use crate::{entity, error::Error};

const READING: &str = "reading the catalog";

/// Returns the declared thing as JSON without the fields that have columns.
pub(super) fn split<T: Serialize>(declared: &T, columns: &[&str]) -> Value {
    let mut document = serde_json::to_value(declared).unwrap_or_default();
    if let Some(fields) = document.as_object_mut() {
        fields.retain(|name, _| !columns.contains(&name.as_str()));
    }
    document
}

/// Returns the declared thing that a document and its columns make together.
fn join<T: DeserializeOwned>(document: Value, columns: Value, what: &'static str) -> Result<T, Error> {
    let mut fields = match document {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    if let Value::Object(columns) = columns {
        fields.extend(columns);
    }
    serde_json::from_value(Value::Object(fields)).map_err(|_| Error::Decode { doing: READING, what })
}

/// Fields of a company that have a column, and its lists, which have tables.
pub(super) const COMPANY: &[&str] = &[
    "slug",
    "name",
    "default_language",
    "time_zone",
    "schedule",
    "branches",
    "phone_numbers",
    "agents",
    "staff",
    "services",
];
/// Fields of a branch that have a column, and its rooms.
pub(super) const BRANCH: &[&str] = &["slug", "name", "active", "time_zone", "schedule", "service_areas", "rooms"];
/// Fields of a staff member that have a column.
pub(super) const STAFF: &[&str] =
    &["slug", "name", "nicknames", "skills", "languages", "schedule", "active", "available"];
/// Fields of a service that have a column.
pub(super) const SERVICE: &[&str] = &[
    "slug",
    "name",
    "aliases",
    "duration_min",
    "buffer_before_min",
    "buffer_after_min",
    "required_skills",
    "min_notice_min",
    "max_advance_days",
    "not_with",
    "room_kind",
    "branches",
    "active",
];

/// A row that can be read as what was declared.
pub(crate) trait StoredRows: Sized {
    /// The thing it stands for.
    type Stored;

    /// Reads one row.
    fn read(self) -> Result<Self::Stored, Error>;
}

/// Reads a list of rows.
pub(crate) fn read_rows<R: StoredRows>(rows: Vec<R>) -> Result<Vec<R::Stored>, Error> {
    rows.into_iter().map(R::read).collect()
}

impl StoredRows for entity::company::Model {
    type Stored = StoredCompany;

    fn read(self) -> Result<StoredCompany, Error> {
        let columns = json!({
            "slug": self.slug, "name": self.name, "default_language": self.default_language,
            "time_zone": self.time_zone, "schedule": self.schedule,
        });
        let corrupt = |_| Error::Decode { doing: READING, what: "a company's version" };
        Ok(StoredCompany {
            id: CompanyId(self.id),
            default_branch: self.default_branch_id.map(BranchId),
            version: u64::try_from(self.version).map_err(corrupt)?,
            declared: join::<Company>(self.document, columns, "a company")?,
        })
    }
}

impl StoredRows for entity::branch::Model {
    type Stored = StoredBranch;

    fn read(self) -> Result<StoredBranch, Error> {
        let columns = json!({
            "slug": self.slug, "name": self.name, "active": self.active, "time_zone": self.time_zone,
            "schedule": self.schedule, "service_areas": self.service_areas,
        });
        Ok(StoredBranch {
            id: BranchId(self.id),
            fallback: self.fallback_branch_id.map(BranchId),
            declared: join::<Branch>(self.document, columns, "a branch")?,
        })
    }
}

impl StoredRows for entity::staff::Model {
    type Stored = StoredStaff;

    fn read(self) -> Result<StoredStaff, Error> {
        let columns = json!({
            "slug": self.slug, "name": self.name, "nicknames": self.nicknames, "skills": self.skills,
            "languages": self.languages, "schedule": self.schedule, "active": self.active,
            "available": self.available,
        });
        let corrupt = |_| Error::Decode { doing: READING, what: "a schedule version" };
        Ok(StoredStaff {
            id: StaffId(self.id),
            branch: BranchId(self.branch_id),
            schedule_version: u64::try_from(self.schedule_version).map_err(corrupt)?,
            declared: join::<Staff>(self.document, columns, "a staff member")?,
        })
    }
}

impl StoredRows for entity::service::Model {
    type Stored = StoredService;

    fn read(self) -> Result<StoredService, Error> {
        let columns = json!({
            "slug": self.slug, "name": self.name, "aliases": self.aliases, "duration_min": self.duration_min,
            "buffer_before_min": self.buffer_before_min, "buffer_after_min": self.buffer_after_min,
            "required_skills": self.required_skills, "min_notice_min": self.min_notice_min,
            "max_advance_days": self.max_advance_days, "not_with": self.not_with, "room_kind": self.room_kind,
            "branches": self.branch_slugs, "active": self.active,
        });
        Ok(StoredService { id: ServiceId(self.id), declared: join::<Service>(self.document, columns, "a service")? })
    }
}

impl StoredRows for entity::room::Model {
    type Stored = StoredRoom;

    fn read(self) -> Result<StoredRoom, Error> {
        Ok(StoredRoom {
            id: RoomId(self.id),
            branch: BranchId(self.branch_id),
            declared: Room { slug: self.slug, name: self.name, kind: self.kind, active: self.active },
        })
    }
}
