//! Everything a search for free time needs of one branch, read in one query, so in one state.

use std::collections::HashSet;

use callflow_domain::id::{AppointmentId, BranchId, CompanyId, RoomId, ServiceId, StaffId};
use jiff::Timestamp;
use sea_orm::FromQueryResult;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    catalog::{StoredBranch, StoredCompany, StoredRoom, StoredRows, StoredStaff, read_rows},
    entity,
    error::Error,
    session::Connection,
    sql, time,
};

/// A branch with its people, rooms and appointments in a range of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Days {
    /// The company, with its hours and policies.
    pub company: StoredCompany,
    /// The branch, with its hours and zone.
    pub branch: StoredBranch,
    /// Its active staff, by slug.
    pub staff: Vec<StoredStaff>,
    /// Its active rooms, by slug.
    pub rooms: Vec<StoredRoom>,
    /// Active appointments whose busy time touches the range, by staff member and time.
    pub occupied: Vec<Occupied>,
}

/// Time that an active appointment takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occupied {
    /// The appointment.
    pub appointment: AppointmentId,
    /// Of whom.
    pub staff: StaffId,
    /// In which room.
    pub room: Option<RoomId>,
    /// For which service.
    pub service: ServiceId,
    /// When the customer is expected; decides on which local date the appointment counts.
    pub starts_at: Timestamp,
    /// From when the time is taken.
    pub busy_from: Timestamp,
    /// Until when it is taken.
    pub busy_until: Timestamp,
}

/// Reads a branch for `from..until`; `None` when the company has no such branch (any more).
///
/// One statement sees one state of the database: working times, their versions and appointments fit
/// together.
pub async fn read(
    on: &impl Connection,
    company: CompanyId,
    branch: BranchId,
    from: Timestamp,
    until: Timestamp,
) -> Result<Option<Days>, Error> {
    let values = vec![company.uuid().into(), branch.uuid().into(), time::value(from), time::value(until)];
    let Some(row) = sql::optional::<Row>(on, DOING, QUERY, values).await? else {
        return Ok(None);
    };
    let occupied = row.occupied()?;
    Ok(Some(Days {
        company: model::<entity::company::Model>(row.company)?.read()?,
        branch: model::<entity::branch::Model>(row.branch)?.read()?,
        staff: read_rows(model::<Vec<entity::staff::Model>>(row.staff)?)?,
        rooms: read_rows(model::<Vec<entity::room::Model>>(row.rooms)?)?,
        occupied,
    }))
}

const DOING: &str = "reading a branch's days";

/// Appointments come as one array per column: a month of a large branch has thousands, and objects
/// would repeat every name each time. An appointment lasts a day at most (`appointment_length`), so
/// those that touch the range start at most a day before or after it. The branch is the company's, so they are, too; to say
/// so once more would lead the planner of a new database into an index of everything the company has.
const QUERY: &str = "
SELECT to_jsonb(company) AS company, to_jsonb(branch) AS branch,
    (SELECT COALESCE(jsonb_agg(to_jsonb(s) ORDER BY s.slug), '[]') FROM resolver.staff s
     WHERE s.branch_id = branch.id AND s.company_id = $1 AND s.active AND s.removed_at IS NULL) AS staff,
    (SELECT COALESCE(jsonb_agg(to_jsonb(r) ORDER BY r.slug), '[]') FROM resolver.room r
     WHERE r.branch_id = branch.id AND r.company_id = $1 AND r.active AND r.removed_at IS NULL) AS rooms,
    taken.ids, taken.staff_ids, taken.room_ids, taken.service_ids, taken.starts, taken.froms, taken.untils
FROM resolver.company company
JOIN resolver.branch branch ON branch.company_id = company.id AND branch.id = $2 AND branch.removed_at IS NULL
CROSS JOIN LATERAL (
    SELECT COALESCE(array_agg(id), '{}') AS ids, COALESCE(array_agg(staff_id), '{}') AS staff_ids,
        COALESCE(array_agg(COALESCE(room_id, '00000000-0000-0000-0000-000000000000')), '{}') AS room_ids,
        COALESCE(array_agg(service_id), '{}') AS service_ids,
        COALESCE(array_agg(extract(epoch FROM starts_at)::bigint), '{}') AS starts,
        COALESCE(array_agg(extract(epoch FROM busy_from)::bigint), '{}') AS froms,
        COALESCE(array_agg(extract(epoch FROM busy_until)::bigint), '{}') AS untils
    FROM (
        SELECT id, staff_id, room_id, service_id, starts_at, busy_from, busy_until FROM booking.appointment
        WHERE branch_id = branch.id AND status = 'active'
          AND starts_at > $3 - interval '24 hours' AND starts_at < $4 + interval '24 hours'
          AND busy_from < $4 AND busy_until > $3
        ORDER BY staff_id, busy_from, id
    ) touching
) taken
WHERE company.id = $1";

#[derive(FromQueryResult)]
struct Row {
    company: Value,
    branch: Value,
    staff: Value,
    rooms: Value,
    ids: Vec<Uuid>,
    staff_ids: Vec<Uuid>,
    room_ids: Vec<Uuid>,
    service_ids: Vec<Uuid>,
    starts: Vec<i64>,
    froms: Vec<i64>,
    untils: Vec<i64>,
}

impl Row {
    fn occupied(&self) -> Result<Vec<Occupied>, Error> {
        let at =
            |seconds: i64| Timestamp::from_second(seconds).map_err(|_| Error::Decode { doing: DOING, what: "a time" });
        let one = |n: usize| {
            Ok(Occupied {
                appointment: AppointmentId(self.ids[n]),
                staff: StaffId(self.staff_ids[n]),
                room: (!self.room_ids[n].is_nil()).then(|| RoomId(self.room_ids[n])),
                service: ServiceId(self.service_ids[n]),
                starts_at: at(self.starts[n])?,
                busy_from: at(self.froms[n])?,
                busy_until: at(self.untils[n])?,
            })
        };
        // All arrays come from the same rows, so they have the same length.
        (0..self.ids.len()).map(one).collect()
    }
}

fn model<T: DeserializeOwned>(value: Value) -> Result<T, Error> {
    serde_json::from_value(value).map_err(|_| Error::Decode { doing: DOING, what: "a row" })
}

/// Returns those of the company's appointments that are active.
pub async fn active(
    on: &impl Connection,
    company: CompanyId,
    appointments: &[AppointmentId],
) -> Result<HashSet<AppointmentId>, Error> {
    let query = "SELECT id FROM booking.appointment WHERE id = ANY($1) AND company_id = $2 AND status = 'active'";
    let ids: Vec<Uuid> = appointments.iter().map(|id| id.uuid()).collect();
    let found: Vec<Active> =
        sql::rows(on, "looking for appointments", query, vec![ids.into(), company.uuid().into()]).await?;
    Ok(found.into_iter().map(|row| AppointmentId(row.id)).collect())
}

#[derive(FromQueryResult)]
struct Active {
    id: Uuid,
}
