//! Finding appointments; every look-up names the company first.

use callflow_domain::{
    id::{AppointmentId, BranchId, CallId, CompanyId, CustomerId, GroupId, SeriesId, StaffId},
    masked::PhoneNumber,
};
use jiff::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use super::{Appointment, Status, read_all};
use crate::{
    entity::appointment::{Column, Entity},
    error::Error,
    session::Connection,
    sql, time,
};

/// Which appointments to list; everything that is `None` is not looked at.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this branch.
    pub branch: Option<BranchId>,
    /// Of this staff member.
    pub staff: Option<StaffId>,
    /// Of this customer.
    pub customer: Option<CustomerId>,
    /// Booked under this number.
    pub phone: Option<PhoneNumber>,
    /// Of this sequence.
    pub group: Option<GroupId>,
    /// Of this series.
    pub series: Option<SeriesId>,
    /// Made in this call.
    pub call: Option<CallId>,
    /// Starting at or after this.
    pub from: Option<Timestamp>,
    /// Starting before this.
    pub until: Option<Timestamp>,
    /// Also those that are not active.
    pub with_inactive: bool,
    /// At most this many; 0 means 100, more than 1000 means 1000.
    pub limit: u64,
}

fn of(company: CompanyId) -> Select<Entity> {
    Entity::find().filter(Column::CompanyId.eq(company.uuid()))
}

async fn all(on: &impl Connection, doing: &'static str, select: Select<Entity>) -> Result<Vec<Appointment>, Error> {
    read_all(select.all(&on.guard()).await.map_err(|cause| Error::sql(doing, cause))?)
}

/// Returns one appointment.
pub async fn find(on: &impl Connection, company: CompanyId, id: AppointmentId) -> Result<Option<Appointment>, Error> {
    let found = all(on, "finding an appointment", of(company).filter(Column::Id.eq(id.uuid()))).await?;
    Ok(found.into_iter().next())
}

/// Returns at most 50 appointments with this confirmation code: those that are active and still to come by start, then the
/// others, nearest first.
///
/// A sequence or series shares one code, and codes may repeat over the years: the caller narrows down.
pub async fn by_code(
    on: &impl Connection,
    company: CompanyId,
    code: &str,
    now: Timestamp,
) -> Result<Vec<Appointment>, Error> {
    let query = "
        SELECT * FROM booking.appointment WHERE company_id = $1 AND confirmation_code = $2
        ORDER BY (status = 'active' AND starts_at > $3) DESC, abs(extract(epoch FROM starts_at - $3)), position, id LIMIT 50";
    let values = vec![company.uuid().into(), code.into(), time::value(now)];
    read_all(sql::rows(on, "finding appointments by code", query, values).await?)
}

/// Returns what was booked under a request, in order.
pub async fn by_request(on: &impl Connection, company: CompanyId, request: Uuid) -> Result<Vec<Appointment>, Error> {
    let select = of(company).filter(Column::RequestId.eq(request)).order_by_asc(Column::Position);
    all(on, "finding the appointments of a request", select).await
}

/// Returns the appointments that fit the filter, by start.
pub async fn list(on: &impl Connection, company: CompanyId, filter: &Filter) -> Result<Vec<Appointment>, Error> {
    let mut select = of(company);
    let equal = [
        (Column::BranchId, filter.branch.map(|id| id.uuid())),
        (Column::StaffId, filter.staff.map(|id| id.uuid())),
        (Column::CustomerId, filter.customer.map(|id| id.uuid())),
        (Column::GroupId, filter.group.map(|id| id.uuid())),
        (Column::SeriesId, filter.series.map(|id| id.uuid())),
    ];
    for (column, wanted) in equal {
        if let Some(wanted) = wanted {
            select = select.filter(column.eq(wanted));
        }
    }
    if let Some(phone) = &filter.phone {
        select = select.filter(Column::CustomerPhone.eq(phone.expose()));
    }
    if let Some(call) = &filter.call {
        select = select.filter(Column::CallId.eq(call.as_str()));
    }
    if let Some(from) = filter.from {
        select = select.filter(Column::StartsAt.gte(time::to_db(from)));
    }
    if let Some(until) = filter.until {
        select = select.filter(Column::StartsAt.lt(time::to_db(until)));
    }
    if !filter.with_inactive {
        select = select.filter(Column::Status.eq(Status::Active.as_str()));
    }
    let limit = if filter.limit == 0 { 100 } else { filter.limit.min(1000) };
    let select = select.order_by_asc(Column::StartsAt).order_by_asc(Column::Position).order_by_asc(Column::Id);
    all(on, "listing appointments", select.limit(limit)).await
}
