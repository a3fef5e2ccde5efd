//! Reads the tables as they are and says what in them cannot be: knows nothing of how they are written.

use std::collections::BTreeMap;

use callflow_contract::{
    event::v1::{Appointment, AppointmentBooked, AppointmentCancelled, AppointmentRescheduled, Envelope, SeriesBooked},
    schema::open,
};

use crate::shop::Shop;

/// Each query finds rows that must not be.
const NEVER: [(&str, &str); 8] = [
    (
        "two active appointments of one person overlap",
        "SELECT a.id, b.id FROM booking.appointment a JOIN booking.appointment b ON a.staff_id = b.staff_id AND a.id < b.id
         WHERE a.status = 'active' AND b.status = 'active' AND a.busy_from < b.busy_until AND b.busy_from < a.busy_until",
    ),
    (
        "two active appointments in one room overlap",
        "SELECT a.id, b.id FROM booking.appointment a JOIN booking.appointment b ON a.room_id = b.room_id AND a.id < b.id
         WHERE a.status = 'active' AND b.status = 'active' AND a.busy_from < b.busy_until AND b.busy_from < a.busy_until",
    ),
    (
        "a request has two appointments that are no sequence and no series",
        "SELECT request_id FROM booking.appointment WHERE group_id IS NULL AND series_id IS NULL
         GROUP BY request_id HAVING count(*) > 1",
    ),
    (
        "a wish is fulfilled twice",
        "SELECT company_id, intent FROM booking.request WHERE intent IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1",
    ),
    (
        "an appointment has no request that was carried out",
        "SELECT a.id FROM booking.appointment a LEFT JOIN booking.request r ON r.id = a.request_id
         WHERE r.id IS NULL OR r.status <> 'done' OR r.outcome IS NULL",
    ),
    (
        "a series is written by half",
        "SELECT s.id FROM booking.series s
         WHERE (SELECT count(*) FROM booking.series_occurrence o WHERE o.series_id = s.id) <> s.occurrences
            OR (SELECT count(*) FROM booking.appointment a WHERE a.series_id = s.id AND a.rescheduled_from IS NULL)
               <> (SELECT count(*) FROM booking.audit u JOIN booking.appointment a ON a.id = u.appointment_id
                   WHERE a.series_id = s.id AND u.action = 'book_series')
            OR EXISTS (SELECT FROM booking.series_occurrence o LEFT JOIN booking.appointment a ON a.id = o.appointment_id
                       WHERE o.series_id = s.id AND o.outcome NOT IN ('skipped') AND a.id IS NULL)",
    ),
    (
        "a move left one of its two sides out",
        "SELECT o.id FROM booking.appointment o LEFT JOIN booking.appointment n ON n.id = o.rescheduled_to
         WHERE (o.status = 'rescheduled') <> (o.rescheduled_to IS NOT NULL)
            OR (o.rescheduled_to IS NOT NULL AND n.rescheduled_from IS DISTINCT FROM o.id)",
    ),
    (
        "a change has no entry in the audit trail",
        "SELECT a.id FROM booking.appointment a
         WHERE NOT EXISTS (SELECT FROM booking.audit u WHERE u.appointment_id = a.id)
            OR (a.status = 'cancelled') <> EXISTS (SELECT FROM booking.audit u WHERE u.appointment_id = a.id AND u.action = 'cancel')",
    ),
];

/// Returns everything that is wrong with the tables and the events heard of them.
pub(crate) async fn faults(shop: &Shop) -> Vec<String> {
    let mut faults = Vec::new();
    for (what, query) in NEVER {
        let rows = shop.sql(query).await;
        if !rows.is_empty() {
            faults.push(format!("{what}: {rows}"));
        }
    }
    faults
}

/// Returns how the state that follows from the events differs from the tables; nothing when each change had its event.
pub(crate) async fn unheard(shop: &Shop) -> Vec<String> {
    let mut latest: BTreeMap<String, ((i64, i32), String)> = BTreeMap::new();
    for one in shop.all_heard().iter().flat_map(told) {
        let at = one.changed_at.map(|at| (at.seconds, at.nanos)).unwrap_or_default();
        let known = latest.entry(one.appointment_id).or_default();
        if at >= known.0 {
            *known = (at, one.status);
        }
    }
    let heard: BTreeMap<String, String> = latest.into_iter().map(|(id, (_, status))| (id, status)).collect();
    let rows = shop.sql("SELECT id, status FROM booking.appointment ORDER BY id").await;
    let stored: BTreeMap<String, String> =
        rows.lines().filter_map(|row| row.split_once('|')).map(|(id, status)| (id.into(), status.into())).collect();
    let ids: std::collections::BTreeSet<_> = heard.keys().chain(stored.keys()).collect();
    let differing = ids.into_iter().filter(|id| heard.get(*id) != stored.get(*id));
    differing.map(|id| format!("{id}: stored {:?}, heard {:?}", stored.get(id), heard.get(id))).collect()
}

fn told(envelope: &Envelope) -> Vec<Appointment> {
    let booked = open::<AppointmentBooked>(envelope).map(|event| event.appointments);
    let series = || open::<SeriesBooked>(envelope).map(|event| event.appointments);
    let cancelled = || open::<AppointmentCancelled>(envelope).map(|event| event.appointments);
    let moved =
        || open::<AppointmentRescheduled>(envelope).map(|event| event.from.into_iter().chain(event.to).collect());
    booked.or_else(|_| series()).or_else(|_| cancelled()).or_else(|_| moved()).unwrap_or_default()
}
