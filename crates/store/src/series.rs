//! Recurring series: what was asked for, and what became of each occurrence.

use callflow_domain::{
    id::{AppointmentId, BranchId, CallId, CompanyId, SeriesId, ServiceId, StaffId},
    masked::PersonalText,
};
use jiff::{Timestamp, civil::Date};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, prelude::ChronoDate};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    database::Tx,
    entity::{series, series_occurrence},
    error::Error,
    person::{Columns, Person, clean, clean_json},
    session::Connection,
    sql, time,
};

/// A series as it is written and read.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Its id, made by the caller.
    pub id: SeriesId,
    /// Where.
    pub branch: BranchId,
    /// What.
    pub service: ServiceId,
    /// With whom, when one was asked for.
    pub staff: Option<StaffId>,
    /// For whom.
    pub person: Person,
    /// The call it was made in.
    pub call: Option<CallId>,
    /// The request row it was made under.
    pub request: Option<Uuid>,
    /// The pattern as given: `weekly:mo,we,fr`, `monthly:last:friday`, or an RRULE.
    pub pattern: String,
    /// What to do about conflicts: `fail`, `skip`, `shift`, `other_staff`, `other_branch`.
    pub strategy: String,
    /// Zone in which the wall-clock time stays put.
    pub time_zone: String,
    /// The first occurrence.
    pub starts_at: Timestamp,
    /// Last local date, if there is one.
    pub ends_on: Option<Date>,
    /// Number of occurrences, if that is what ends it.
    pub occurrences: Option<u32>,
    /// Remarks of the customer.
    pub notes: Option<PersonalText>,
    /// Whether it was cancelled as a whole.
    pub cancelled_at: Option<Timestamp>,
}

/// What became of one occurrence.
#[derive(Debug, Clone, PartialEq)]
pub struct Occurrence {
    /// Its number, counted from 0.
    pub position: u32,
    /// When the pattern puts it.
    pub planned_at: Timestamp,
    /// `booked`, `shifted`, `other_staff`, `other_branch`, `skipped`, `cancelled`.
    pub outcome: String,
    /// The appointment, if one came of it.
    pub appointment: Option<AppointmentId>,
    /// Why, for the person who reads it; no personal data.
    pub detail: Value,
}

/// Stores a series, before its appointments, which refer to it.
pub async fn insert(tx: &mut Tx, company: CompanyId, new: &Series) -> Result<(), Error> {
    let insert = "
        INSERT INTO booking.series (id, company_id, branch_id, service_id, staff_id, customer_id, customer_name,
            customer_phone, customer_email, language, call_id, request_id, pattern, strategy, time_zone, starts_at,
            ends_on, occurrences, notes)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)";
    let person = Columns::from(&new.person);
    let values = vec![
        new.id.uuid().into(),
        company.uuid().into(),
        new.branch.uuid().into(),
        new.service.uuid().into(),
        new.staff.map(StaffId::uuid).into(),
        person.customer_id.into(),
        person.name.into(),
        person.phone.into(),
        person.email.into(),
        person.language.into(),
        new.call.as_ref().map(|call| call.as_str().to_owned()).into(),
        new.request.into(),
        clean(&new.pattern).into(),
        new.strategy.clone().into(),
        new.time_zone.clone().into(),
        time::value(new.starts_at),
        new.ends_on.map(date_to_db).into(),
        new.occurrences.map(i64::from).into(),
        new.notes.as_ref().map(|notes| clean(notes.expose())).into(),
    ];
    sql::execute(tx, "storing a series", insert, values).await.map(|_| ())
}

/// Stores what became of occurrences; one that is stored already is replaced.
pub async fn put_occurrences(
    tx: &mut Tx,
    company: CompanyId,
    series: SeriesId,
    occurrences: &[Occurrence],
) -> Result<(), Error> {
    let doing = "storing occurrences";
    let upsert = "
        INSERT INTO booking.series_occurrence (series_id, position, planned_at, outcome, appointment_id, detail)
        SELECT s.id, o.position, o.planned_at, o.outcome, o.appointment_id, COALESCE(o.detail, '{}')
        FROM json_to_recordset($3::json) AS o(position integer, planned_at timestamptz, outcome text,
            appointment_id uuid, detail jsonb)
        JOIN booking.series s ON s.id = $2 AND s.company_id = $1
        ON CONFLICT (series_id, position) DO UPDATE SET planned_at = excluded.planned_at, outcome = excluded.outcome,
            appointment_id = excluded.appointment_id, detail = excluded.detail";
    let rows: Vec<Value> = occurrences
        .iter()
        .map(|o| {
            clean_json(&serde_json::json!({
                "position": o.position, "planned_at": o.planned_at, "outcome": o.outcome,
                "appointment_id": o.appointment, "detail": o.detail,
            }))
        })
        .collect();
    let values = vec![company.uuid().into(), series.uuid().into(), sql::json(doing, &rows)?];
    sql::execute(tx, doing, upsert, values).await.map(|_| ())
}

/// Notes that these appointments, which belong to series, were cancelled or moved.
pub async fn mark_occurrences(tx: &mut Tx, appointments: &[AppointmentId], outcome: &str) -> Result<(), Error> {
    let update = "UPDATE booking.series_occurrence SET outcome = $2 WHERE appointment_id = ANY($1)";
    let ids: Vec<Uuid> = appointments.iter().map(|id| id.uuid()).collect();
    sql::execute(tx, "marking occurrences", update, vec![ids.into(), outcome.into()]).await.map(|_| ())
}

/// Notes that an occurrence takes place as another appointment from now on, because it was moved.
pub async fn move_occurrence(tx: &mut Tx, from: AppointmentId, to: AppointmentId) -> Result<(), Error> {
    let update =
        "UPDATE booking.series_occurrence SET outcome = 'rescheduled', appointment_id = $2 WHERE appointment_id = $1";
    let values = vec![from.uuid().into(), to.uuid().into()];
    sql::execute(tx, "moving an occurrence", update, values).await.map(|_| ())
}

/// Returns a series and its occurrences in order.
pub async fn find(
    on: &impl Connection,
    company: CompanyId,
    id: SeriesId,
) -> Result<Option<(Series, Vec<Occurrence>)>, Error> {
    let failed = |cause| Error::sql("finding a series", cause);
    let guard = on.guard();
    let select = series::Entity::find_by_id(id.uuid()).filter(series::Column::CompanyId.eq(company.uuid()));
    let Some(model) = select.one(&guard).await.map_err(failed)? else {
        return Ok(None);
    };
    let parts = series_occurrence::Entity::find()
        .filter(series_occurrence::Column::SeriesId.eq(id.uuid()))
        .order_by_asc(series_occurrence::Column::Position);
    let parts = parts.all(&guard).await.map_err(failed)?;
    let parts = parts.into_iter().map(read_occurrence).collect::<Result<_, _>>()?;
    Ok(Some((read(model)?, parts)))
}

/// Ends a series as a whole and returns whether it was active; its appointments are cancelled by the caller.
pub async fn cancel(tx: &mut Tx, company: CompanyId, id: SeriesId, at: Timestamp) -> Result<bool, Error> {
    let update = "
        UPDATE booking.series SET status = 'cancelled', cancelled_at = $3, updated_at = $3
        WHERE company_id = $1 AND id = $2 AND status = 'active'";
    let values = vec![company.uuid().into(), id.uuid().into(), time::value(at)];
    Ok(sql::execute(tx, "cancelling a series", update, values).await? > 0)
}

fn read(model: series::Model) -> Result<Series, Error> {
    let corrupt = |what| Error::Decode { doing: "reading a series", what };
    let series::Model { customer_id, customer_name, customer_phone, customer_email, language, .. } = model;
    let person = Columns { customer_id, name: customer_name, phone: customer_phone, email: customer_email, language };
    Ok(Series {
        id: SeriesId(model.id),
        branch: BranchId(model.branch_id),
        service: ServiceId(model.service_id),
        staff: model.staff_id.map(StaffId),
        person: person.into(),
        call: model.call_id.as_deref().and_then(CallId::parse),
        request: model.request_id,
        pattern: model.pattern,
        strategy: model.strategy,
        time_zone: model.time_zone,
        starts_at: time::from_db(model.starts_at),
        ends_on: model.ends_on.map(date_from_db).transpose().map_err(|_| corrupt("last date"))?,
        occurrences: model.occurrences.map(u32::try_from).transpose().map_err(|_| corrupt("count"))?,
        notes: model.notes.map(PersonalText::new),
        cancelled_at: model.cancelled_at.map(time::from_db),
    })
}

fn read_occurrence(model: series_occurrence::Model) -> Result<Occurrence, Error> {
    let corrupt = |_| Error::Decode { doing: "reading an occurrence", what: "position" };
    Ok(Occurrence {
        position: u32::try_from(model.position).map_err(corrupt)?,
        planned_at: time::from_db(model.planned_at),
        outcome: model.outcome,
        appointment: model.appointment_id.map(AppointmentId),
        detail: model.detail,
    })
}

fn date_to_db(date: Date) -> ChronoDate {
    let (year, month, day) = (i32::from(date.year()), date.month().unsigned_abs(), date.day().unsigned_abs());
    ChronoDate::from_ymd_opt(year, month.into(), day.into()).unwrap_or_default()
}

fn date_from_db(date: ChronoDate) -> Result<Date, jiff::Error> {
    date.to_string().parse()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_survive_the_border() {
        for text in ["2026-02-28", "2028-02-29", "9999-12-31", "1980-01-01"] {
            let date: Date = text.parse().unwrap();
            assert_eq!(date_from_db(date_to_db(date)).unwrap(), date);
        }
    }
}
