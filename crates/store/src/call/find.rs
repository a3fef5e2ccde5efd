//! Finding calls.

use callflow_domain::{
    call_state::Phase,
    id::{CallId, CompanyId},
    masked::PhoneNumber,
};
use jiff::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{Call, row};
use crate::{
    entity::call::{Column, Entity},
    error::Error,
    session::Connection,
    sql, time,
};

/// Returns one call.
pub async fn find(on: &impl Connection, company: CompanyId, id: &CallId) -> Result<Option<Call>, Error> {
    let select = Entity::find().filter(Column::CompanyId.eq(company.uuid())).filter(Column::CallId.eq(id.as_str()));
    let found = select.one(&on.guard()).await.map_err(|cause| Error::sql("finding a call", cause))?;
    found.map(row::read).transpose()
}

/// Returns whether something is kept of how a call was resolved.
pub async fn is_resolved(on: &impl Connection, company: CompanyId, id: &CallId) -> Result<bool, Error> {
    let query = "
        SELECT EXISTS (SELECT FROM resolver.call
            WHERE company_id = $1 AND call_id = $2 AND resolution IS NOT NULL)";
    sql::scalar(on, "looking for a resolution", query, vec![company.uuid().into(), id.as_str().into()]).await
}

/// Returns the calls of a company whose latest event is before `before`, newest first.
pub async fn list(
    on: &impl Connection,
    company: CompanyId,
    phase: Option<Phase>,
    before: Option<Timestamp>,
    limit: u64,
) -> Result<Vec<Call>, Error> {
    let mut select = Entity::find().filter(Column::CompanyId.eq(company.uuid()));
    if let Some(phase) = phase {
        select = select.filter(Column::Phase.eq(row::number(phase)));
    }
    if let Some(before) = before {
        select = select.filter(Column::LastEventAt.lt(time::to_db(before)));
    }
    let limit = if limit == 0 { 50 } else { limit.min(500) };
    let select = select.order_by_desc(Column::LastEventAt).order_by_asc(Column::CallId).limit(limit);
    let found = select.all(&on.guard()).await.map_err(|cause| Error::sql("listing calls", cause))?;
    found.into_iter().map(row::read).collect()
}

/// Returns calls of all companies of which no end was seen and nothing was heard since `before`, oldest first.
pub async fn silent(on: &impl Connection, before: Timestamp, limit: u64) -> Result<Vec<(CompanyId, Call)>, Error> {
    let select = Entity::find()
        .filter(Column::Phase.lt(row::number(Phase::Ended)))
        .filter(Column::LastEventAt.lt(time::to_db(before)))
        .order_by_asc(Column::LastEventAt)
        .limit(limit);
    let found = select.all(&on.guard()).await.map_err(|cause| Error::sql("finding silent calls", cause))?;
    found.into_iter().map(|model| Ok((CompanyId(model.company_id), row::read(model)?))).collect()
}

/// Returns how many calls of a number began since `since`.
pub async fn count_since(
    on: &impl Connection,
    company: CompanyId,
    from: &PhoneNumber,
    since: Timestamp,
) -> Result<u64, Error> {
    let query = "
        SELECT count(*) FROM resolver.call
        WHERE company_id = $1 AND from_number = $2 AND last_event_at >= $3 AND COALESCE(started_at, created_at) >= $3";
    let values = vec![company.uuid().into(), from.expose().into(), time::value(since)];
    let count: i64 = sql::scalar(on, "counting calls", query, values).await?;
    Ok(u64::try_from(count).unwrap_or_default())
}
