//! Changing appointments that exist.

use callflow_domain::{
    id::{AppointmentId, CompanyId},
    masked::PersonalText,
};
use jiff::Timestamp;
use uuid::Uuid;

use super::{Appointment, NewAppointment, Placement, Status, place_each, read_all};
use crate::{database::Tx, error::Error, person, sql, time};

/// Returns the appointment and keeps it from changing until the transaction ends.
pub async fn lock(tx: &mut Tx, company: CompanyId, id: AppointmentId) -> Result<Option<Appointment>, Error> {
    let query = "SELECT * FROM booking.appointment WHERE company_id = $1 AND id = $2 FOR UPDATE";
    let found = sql::rows(tx, "locking an appointment", query, vec![company.uuid().into(), id.uuid().into()]).await?;
    Ok(read_all(found)?.into_iter().next())
}

/// Cancels those of the appointments that are active and returns them as they stand now, by start.
///
/// A repeat changes and returns nothing. Each change of an appointment is later than the one before, whatever the clocks
/// of those who make them say: readers tell old news from new by it.
pub async fn cancel(
    tx: &mut Tx,
    company: CompanyId,
    ids: &[AppointmentId],
    reason: Option<&PersonalText>,
    at: Timestamp,
) -> Result<Vec<Appointment>, Error> {
    // Locked in the order of their ids, so that two overlapping cancellations queue up.
    let update = "
        WITH victim AS (
            SELECT id FROM booking.appointment
            WHERE company_id = $1 AND id = ANY($2) AND status = 'active' ORDER BY id FOR UPDATE
        ), changed AS (
            UPDATE booking.appointment a
            SET status = 'cancelled', cancelled_at = $3, updated_at = GREATEST($3, updated_at + interval '1 microsecond'),
                cancel_reason = $4
            FROM victim WHERE a.id = victim.id
            RETURNING a.*
        )
        SELECT * FROM changed ORDER BY starts_at, id";
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let reason = reason.map(|reason| person::clean(reason.expose()));
    let values = vec![company.uuid().into(), ids.into(), time::value(at), reason.into()];
    read_all(sql::rows(tx, "cancelling appointments", update, values).await?)
}

/// How moving an appointment ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Moved {
    /// The new one is stored, the old one released; here they are as they stand now.
    Done {
        /// The former appointment.
        from: Box<Appointment>,
        /// Its replacement.
        to: Box<Appointment>,
    },
    /// The new time cannot be had; the old appointment stands as before.
    Refused(Placement),
    /// There is no active appointment with that id.
    NotActive,
}

/// Books the new appointment and releases the old one; both or neither.
///
/// The old one is released first within the transaction, so that an appointment may move by less
/// than its own length. Nobody can take the old time meanwhile: whoever tries waits for this
/// transaction. When the new time is refused, the old appointment is put back.
pub async fn reschedule(
    tx: &mut Tx,
    company: CompanyId,
    old: AppointmentId,
    new: &NewAppointment,
    at: Timestamp,
) -> Result<Moved, Error> {
    let doing = "rescheduling an appointment";
    let release = "
        UPDATE booking.appointment SET status = 'rescheduled', cancelled_at = $3, rescheduled_to = $4,
            updated_at = GREATEST($3, updated_at + interval '1 microsecond')
        WHERE company_id = $1 AND id = $2 AND status = 'active' RETURNING *";
    let values = vec![company.uuid().into(), old.uuid().into(), time::value(at), new.id.uuid().into()];
    let Some(from) = read_all(sql::rows(tx, doing, release, values).await?)?.into_iter().next() else {
        return Ok(Moved::NotActive);
    };
    let placement = place_each(tx, company, std::slice::from_ref(new)).await?;
    if placement != [Placement::Placed] {
        let restore = "
            UPDATE booking.appointment SET status = 'active', cancelled_at = NULL, updated_at = $3, rescheduled_to = NULL
            WHERE company_id = $1 AND id = $2";
        let values = vec![company.uuid().into(), old.uuid().into(), time::value(from.updated_at)];
        sql::execute(tx, doing, restore, values).await?;
        return Ok(Moved::Refused(placement.first().copied().unwrap_or(Placement::Stale)));
    }
    let link = "UPDATE booking.appointment SET rescheduled_from = $3 WHERE company_id = $1 AND id = $2 RETURNING *";
    let values = vec![company.uuid().into(), new.id.uuid().into(), old.uuid().into()];
    let to = read_all(sql::rows(tx, doing, link, values).await?)?.into_iter().next();
    let to = to.ok_or(Error::NotFound { doing })?;
    Ok(Moved::Done { from: Box::new(from), to: Box::new(to) })
}

/// Notes what became of an active appointment: that it took place, or that nobody came.
///
/// Returns whether it was active until now.
pub async fn mark(
    tx: &mut Tx,
    company: CompanyId,
    id: AppointmentId,
    status: Status,
    at: Timestamp,
) -> Result<bool, Error> {
    let update = "
        UPDATE booking.appointment SET status = $3, updated_at = $4
        WHERE company_id = $1 AND id = $2 AND status = 'active'";
    let values = vec![company.uuid().into(), id.uuid().into(), status.as_str().into(), time::value(at)];
    Ok(sql::execute(tx, "marking an appointment", update, values).await? > 0)
}

/// Stores why the staff member was chosen, when that is known only after the booking.
pub async fn set_choice(
    tx: &mut Tx,
    company: CompanyId,
    id: AppointmentId,
    choice: &serde_json::Value,
) -> Result<(), Error> {
    let update = "UPDATE booking.appointment SET choice = $3 WHERE company_id = $1 AND id = $2";
    let values = vec![company.uuid().into(), id.uuid().into(), person::clean_json(choice).into()];
    sql::execute(tx, "explaining a choice", update, values).await.map(|_| ())
}
