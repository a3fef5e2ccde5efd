//! What the resolver has heard of appointments: how busy staff are, and whom a customer prefers.
//!
//! The appointments belong to booking, which alone may read and write them all; this is a copy of
//! their outline, kept from events that may come late, twice or in the wrong order.

use callflow_domain::id::{AppointmentId, BranchId, CompanyId, CustomerId, ServiceId, StaffId};
use jiff::Timestamp;
use sea_orm::FromQueryResult;
use uuid::Uuid;

use crate::{database::Tx, error::Error, session::Connection, sql, time};

/// The outline of an appointment after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    /// The appointment.
    pub appointment: AppointmentId,
    /// Where.
    pub branch: BranchId,
    /// With whom.
    pub staff: StaffId,
    /// What.
    pub service: ServiceId,
    /// For whom, when it is known.
    pub customer: Option<CustomerId>,
    /// What the customer was told to name it by.
    pub code: Option<String>,
    /// When.
    pub starts_at: Timestamp,
    /// Whether it takes place.
    pub active: bool,
    /// When the change was made; an older one does not replace a newer one.
    pub changed_at: Timestamp,
}

/// Notes a change and returns whether the appointment was heard of for the first time.
pub async fn note(tx: &mut Tx, company: CompanyId, change: &Booked) -> Result<bool, Error> {
    let doing = "noting an appointment";
    // Compared at equal times too: an appointment that is made and cancelled within one
    // microsecond is cancelled.
    let upsert = "
        INSERT INTO resolver.booked AS b
            (appointment_id, company_id, branch_id, staff_id, service_id, customer_id, starts_at, active, changed_at,
             code)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (appointment_id) DO UPDATE SET
            branch_id = excluded.branch_id, staff_id = excluded.staff_id, service_id = excluded.service_id,
            customer_id = COALESCE(excluded.customer_id, b.customer_id), starts_at = excluded.starts_at,
            active = excluded.active, changed_at = excluded.changed_at,
            code = COALESCE(excluded.code, b.code)
        WHERE b.company_id = excluded.company_id
          AND (b.changed_at < excluded.changed_at OR (b.changed_at = excluded.changed_at AND b.active))
        RETURNING xmax::text = '0'";
    let values = vec![
        change.appointment.uuid().into(),
        company.uuid().into(),
        change.branch.uuid().into(),
        change.staff.uuid().into(),
        change.service.uuid().into(),
        change.customer.map(CustomerId::uuid).into(),
        time::value(change.starts_at),
        change.active.into(),
        time::value(change.changed_at),
        change.code.clone().into(),
    ];
    let rows = sql::query(tx, doing, upsert, values).await?;
    match rows.first() {
        Some(row) => row.try_get_by_index(0).map_err(|cause| Error::sql(doing, cause)),
        None => Ok(false),
    }
}

/// Returns whether an appointment has been heard of, and if so, whether it takes place.
pub async fn find(on: &impl Connection, company: CompanyId, appointment: AppointmentId) -> Result<Option<bool>, Error> {
    let doing = "looking for an appointment heard of";
    let query = "SELECT active FROM resolver.booked WHERE company_id = $1 AND appointment_id = $2";
    let values = vec![company.uuid().into(), appointment.uuid().into()];
    let rows = sql::query(on, doing, query, values).await?;
    rows.first().map(|row| row.try_get_by_index(0).map_err(|cause| Error::sql(doing, cause))).transpose()
}

/// Returns whose appointment it is, if it has been heard of.
pub async fn customer(
    on: &impl Connection,
    company: CompanyId,
    appointment: AppointmentId,
) -> Result<Option<CustomerId>, Error> {
    let doing = "looking for an appointment's customer";
    let query = "
        SELECT customer_id FROM resolver.booked
        WHERE company_id = $1 AND appointment_id = $2 AND customer_id IS NOT NULL";
    let rows = sql::query(on, doing, query, vec![company.uuid().into(), appointment.uuid().into()]).await?;
    let read = |row: &sea_orm::QueryResult| row.try_get_by_index(0).map(CustomerId);
    rows.first().map(read).transpose().map_err(|cause| Error::sql(doing, cause))
}

/// Returns the customers of appointments with this confirmation code.
pub async fn customers_by_code(on: &impl Connection, company: CompanyId, code: &str) -> Result<Vec<CustomerId>, Error> {
    let doing = "looking for a confirmation code";
    let query = "
        SELECT DISTINCT customer_id FROM resolver.booked
        WHERE company_id = $1 AND code = $2 AND customer_id IS NOT NULL ORDER BY customer_id LIMIT 10";
    let rows = sql::query(on, doing, query, vec![company.uuid().into(), code.into()]).await?;
    let read = |row: &sea_orm::QueryResult| row.try_get_by_index(0).map(CustomerId);
    rows.iter().map(read).collect::<Result<_, _>>().map_err(|cause| Error::sql(doing, cause))
}

/// Returns how many active appointments each staff member of a branch has that start in `from..until`.
pub async fn load(
    on: &impl Connection,
    company: CompanyId,
    branch: BranchId,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<(StaffId, u32)>, Error> {
    let query = "
        SELECT staff_id AS id, count(*) AS count FROM resolver.booked
        WHERE company_id = $1 AND branch_id = $2 AND active AND starts_at >= $3 AND starts_at < $4
        GROUP BY staff_id ORDER BY staff_id";
    let values = vec![company.uuid().into(), branch.uuid().into(), time::value(from), time::value(until)];
    let counts: Vec<Count> = sql::rows(on, "reading how busy staff are", query, values).await?;
    Ok(counts.into_iter().map(|Count { id, count }| (StaffId(id), clamp(count))).collect())
}

/// Returns with whom and where a customer booked most often since `since`, cancelled ones left out;
/// the later one wins a tie.
pub async fn favourite(
    on: &impl Connection,
    company: CompanyId,
    customer: CustomerId,
    since: Timestamp,
) -> Result<Option<(StaffId, BranchId, u32)>, Error> {
    let query = "
        SELECT staff_id, branch_id, count(*) AS count FROM resolver.booked
        WHERE company_id = $1 AND customer_id = $2 AND active AND starts_at >= $3
        GROUP BY staff_id, branch_id ORDER BY count(*) DESC, max(starts_at) DESC, staff_id LIMIT 1";
    let values = vec![company.uuid().into(), customer.uuid().into(), time::value(since)];
    let found: Option<Favourite> = sql::optional(on, "finding a customer's favourite", query, values).await?;
    Ok(found.map(|f| (StaffId(f.staff_id), BranchId(f.branch_id), clamp(f.count))))
}

fn clamp(count: i64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[derive(FromQueryResult)]
struct Count {
    id: Uuid,
    count: i64,
}

#[derive(FromQueryResult)]
struct Favourite {
    staff_id: Uuid,
    branch_id: Uuid,
    count: i64,
}
