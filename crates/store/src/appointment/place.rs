//! Writing new appointments.

use std::sync::LazyLock;

use callflow_domain::id::{AppointmentId, CompanyId};
use sea_orm::FromQueryResult;
use serde::Serialize;
use uuid::Uuid;

use super::NewAppointment;
use crate::{
    database::Tx,
    error::Error,
    person::{Columns, clean, clean_json},
    sql, time,
};

/// What became of one wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Placement {
    /// It is stored.
    Placed,
    /// Somebody else has the staff member or the room at that time.
    Taken,
    /// The slot is none any more: the working times changed since it was offered, or staff member,
    /// service or room are gone, inactive, in another branch, or of another company.
    Stale,
}

/// Stores all of the appointments or none of them.
///
/// Returns one placement per wish, in the given order. When any of them is not `Placed`, nothing is
/// kept and `Placed` means that this one was not in the way; the transaction stays usable, so that
/// the caller can try other candidates in it.
pub async fn place_all(tx: &mut Tx, company: CompanyId, wishes: &[NewAppointment]) -> Result<Vec<Placement>, Error> {
    let placements = place_each(tx, company, wishes).await?;
    let kept: Vec<Uuid> = wishes
        .iter()
        .zip(&placements)
        .filter(|(_, placement)| **placement == Placement::Placed)
        .map(|(wish, _)| wish.id.uuid())
        .collect();
    if !kept.is_empty() && kept.len() < wishes.len() {
        // Never visible to anybody else: inserted and removed in the same transaction.
        let remove = "DELETE FROM booking.appointment WHERE company_id = $1 AND id = ANY($2)";
        sql::execute(tx, "giving up half a sequence", remove, vec![company.uuid().into(), kept.into()]).await?;
    }
    Ok(placements)
}

/// Stores those of the appointments that fit and returns one placement per wish, in the given order.
///
/// Waits for transactions that are placing an overlapping appointment at this moment. Comparing the
/// versions and inserting are one statement, so no change of the catalog can come in between.
pub async fn place_each(tx: &mut Tx, company: CompanyId, wishes: &[NewAppointment]) -> Result<Vec<Placement>, Error> {
    let doing = "placing appointments";
    if wishes.is_empty() {
        return Ok(Vec::new());
    }
    let at = jiff::Timestamp::now();
    let values = vec![company.uuid().into(), sql::json(doing, &rows(wishes))?, time::value(at)];
    let answers: Vec<Answer> = sql::rows(tx, doing, &PLACE, values).await?;
    let placement = |id: AppointmentId| {
        let answer = answers.iter().find(|answer| answer.id == id.uuid());
        answer.map_or(Placement::Stale, |answer| read(answer.fresh, answer.placed))
    };
    Ok(wishes.iter().map(|wish| placement(wish.id)).collect())
}

/// Returns what became of a wish whose people and place were as offered (`fresh`) and that was stored (`placed`).
pub(super) const fn read(fresh: bool, placed: bool) -> Placement {
    match (fresh, placed) {
        (_, true) => Placement::Placed,
        (true, false) => Placement::Taken,
        (false, false) => Placement::Stale,
    }
}

/// Returns wishes as the statements read them.
pub(super) fn rows(wishes: &[NewAppointment]) -> Vec<Row> {
    wishes.iter().map(Row::from).collect()
}

#[derive(FromQueryResult)]
struct Answer {
    id: Uuid,
    fresh: bool,
    placed: bool,
}

/// One wish as the statement reads it.
#[derive(Serialize)]
pub(super) struct Row {
    id: Uuid,
    branch_id: Uuid,
    staff_id: Uuid,
    room_id: Option<Uuid>,
    service_id: Uuid,
    customer_id: Option<Uuid>,
    customer_name: Option<String>,
    customer_phone: Option<String>,
    customer_email: Option<String>,
    language: Option<String>,
    call_id: Option<String>,
    group_id: Option<Uuid>,
    series_id: Option<Uuid>,
    position: u32,
    starts_at: jiff::Timestamp,
    ends_at: jiff::Timestamp,
    busy_from: jiff::Timestamp,
    busy_until: jiff::Timestamp,
    confirmation_code: String,
    schedule_version: Option<u64>,
    choice: serde_json::Value,
    notes: Option<String>,
    source: String,
    request_id: Option<Uuid>,
}

impl From<&NewAppointment> for Row {
    fn from(wish: &NewAppointment) -> Self {
        let Columns { customer_id, name, phone, email, language } = Columns::from(&wish.person);
        Self {
            id: wish.id.uuid(),
            branch_id: wish.branch.uuid(),
            staff_id: wish.staff.uuid(),
            room_id: wish.room.map(Into::into),
            service_id: wish.service.uuid(),
            customer_id,
            customer_name: name,
            customer_phone: phone,
            customer_email: email,
            language,
            call_id: wish.call.as_ref().map(|call| call.as_str().to_owned()),
            group_id: wish.group.map(Into::into),
            series_id: wish.series.map(Into::into),
            position: wish.position,
            starts_at: wish.starts_at,
            ends_at: wish.ends_at,
            busy_from: wish.busy_from,
            busy_until: wish.busy_until,
            confirmation_code: wish.confirmation_code.clone(),
            schedule_version: wish.schedule_version,
            choice: clean_json(&wish.choice),
            notes: wish.notes.as_ref().map(|notes| clean(notes.expose())),
            source: wish.source.clone(),
            request_id: wish.request,
        }
    }
}

static PLACE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "WITH wish AS MATERIALIZED ({WISH}), {FIT}, {PLACED}
        SELECT wish.id, fit.id IS NOT NULL AS fresh, placed.id IS NOT NULL AS placed
        FROM wish LEFT JOIN fit USING (id) LEFT JOIN placed USING (id)"
    )
});

/// The wishes, out of the JSON in `$2`.
pub(super) const WISH: &str = "
    SELECT * FROM json_to_recordset($2::json) AS w(
        id uuid, branch_id uuid, staff_id uuid, room_id uuid, service_id uuid, customer_id uuid, customer_name text,
        customer_phone text, customer_email text, language text, call_id text, group_id uuid, series_id uuid,
        position integer, starts_at timestamptz, ends_at timestamptz, busy_from timestamptz, busy_until timestamptz,
        confirmation_code text, schedule_version bigint, choice jsonb, notes text, source text, request_id uuid)";

/// Those of the wishes whose people, service and room are the company's (`$1`) and as they were offered.
///
/// `LIMIT` makes each of them one look at a primary key: the planner takes the wishes for a hundred, and would rather read
/// all of a chain's people at once.
pub(super) const FIT: &str = "
fit AS MATERIALIZED (
    SELECT w.*, staff.schedule_version AS current_version
    FROM wish w
    JOIN LATERAL (
        SELECT s.schedule_version FROM resolver.staff s
        WHERE s.id = w.staff_id AND s.company_id = $1 AND s.branch_id = w.branch_id AND s.active
            AND s.removed_at IS NULL AND s.schedule_version = COALESCE(w.schedule_version, s.schedule_version)
        LIMIT 1) staff ON true
    JOIN LATERAL (
        SELECT s.id FROM resolver.service s
        WHERE s.id = w.service_id AND s.company_id = $1 AND s.active AND s.removed_at IS NULL
        LIMIT 1) service ON true
    LEFT JOIN LATERAL (
        SELECT r.id FROM resolver.room r
        WHERE r.id = w.room_id AND r.company_id = $1 AND r.branch_id = w.branch_id AND r.active
            AND r.removed_at IS NULL
        LIMIT 1) room ON true
    WHERE w.room_id IS NULL OR room.id IS NOT NULL
)";

/// Stores those that fit and whose time is free; made at `$3`. Rows go in sorted by staff member and time: two
/// transactions that want the same people meet them in the same order and queue up instead of deadlocking.
pub(super) const PLACED: &str = "
placed AS (
    INSERT INTO booking.appointment (
        id, company_id, branch_id, staff_id, room_id, service_id, customer_id, customer_name, customer_phone,
        customer_email, language, call_id, group_id, series_id, position, starts_at, ends_at, busy_from, busy_until,
        confirmation_code, staff_schedule_version, choice, notes, source, request_id, created_at, updated_at)
    SELECT id, $1, branch_id, staff_id, room_id, service_id, customer_id, customer_name, customer_phone,
        customer_email, language, call_id, group_id, series_id, position, starts_at, ends_at, busy_from, busy_until,
        confirmation_code, current_version, choice, notes, source, request_id, $3, $3
    FROM fit ORDER BY staff_id, busy_from
    ON CONFLICT DO NOTHING
    RETURNING id
)";
