//! Booking: the request, its appointments, the audit trail and what is told of them, in one statement.

use std::sync::LazyLock;

use callflow_domain::id::CompanyId;
use jiff::Timestamp;
use sea_orm::FromQueryResult;
use uuid::Uuid;

use super::{
    NewAppointment,
    place::{FIT, PLACED, Placement, WISH, read, rows},
};
use crate::{
    audit,
    database::Tx,
    error::Error,
    outbox::{self, NewMessage},
    request::NewRequest,
    sql, time,
};

/// Everything a booking writes. The answer and the messages are made before it is known whether it succeeds, which saves a
/// round trip for each of them: all that is told of an appointment is decided before it is stored.
#[derive(Debug)]
pub struct Booking<'a> {
    /// The request it answers.
    pub request: &'a NewRequest,
    /// The answer, as its writer encodes it.
    pub outcome: &'a [u8],
    /// The clock of the request; when the appointments were made.
    pub at: Timestamp,
    /// The appointments: all of them or none.
    pub wishes: &'a [NewAppointment],
    /// Who did what.
    pub entries: &'a [audit::Entry],
    /// What is told to others.
    pub messages: &'a [NewMessage],
}

/// How a booking ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Made {
    /// Everything is stored; commit it.
    Done,
    /// Some of it could not be placed; here is what became of each wish. Roll back: the request row is stored.
    Lost(Vec<Placement>),
    /// The confirmation code belongs to somebody else's coming appointment. Roll back and try with another one.
    CodeInUse,
    /// The key or the intent was there before. Nothing is stored; ask for the answer with [`claim`](crate::request::claim).
    Repeated,
}

/// Stores a booking, waiting for a duplicate that is under way and for transactions that want the same time.
pub async fn book(tx: &mut Tx, company: CompanyId, booking: &Booking<'_>) -> Result<Made, Error> {
    let doing = "booking";
    let Booking { request, messages, .. } = booking;
    let entries = audit::rows(booking.entries);
    let mut values = vec![
        company.uuid().into(),
        sql::json(doing, &rows(booking.wishes))?,
        time::value(booking.at),
        request.id.into(),
        request.key.clone().into(),
        request.intent.clone().into(),
        request.body_hash.clone().into(),
        booking.outcome.to_vec().into(),
        sql::json(doing, &entries)?,
    ];
    values.extend(outbox::columns(messages));
    let answers: Vec<Answer> = sql::rows(tx, doing, &BOOK, values).await?;
    if answers.is_empty() {
        return Ok(Made::Repeated);
    }
    if answers.iter().any(|answer| answer.code_in_use) {
        return Ok(Made::CodeInUse);
    }
    let of = |wish: &NewAppointment| {
        let answer = answers.iter().find(|answer| answer.id == wish.id.uuid());
        answer.map_or(Placement::Stale, |answer| read(answer.fresh, answer.placed))
    };
    let placements: Vec<_> = booking.wishes.iter().map(of).collect();
    let whole = placements.iter().all(|placement| *placement == Placement::Placed);
    Ok(if whole { Made::Done } else { Made::Lost(placements) })
}

/// Returns the statement that [`book`] runs, for whoever measures it beside the service.
#[must_use]
pub fn statement() -> &'static str {
    &BOOK
}

#[derive(FromQueryResult)]
struct Answer {
    id: Uuid,
    fresh: bool,
    placed: bool,
    code_in_use: bool,
}

/// Whether a coming appointment has the code. `LIMIT` makes it one look into the index of codes for each wish: the planner takes
/// the wishes for a hundred, and would rather read all coming appointments of everybody at once.
const CODE: &str = "
    SELECT true AS is_used FROM booking.appointment other
    WHERE other.company_id = $1 AND other.confirmation_code = wish.confirmation_code
        AND other.status = 'active' AND other.starts_at > $3
    LIMIT 1";

/// Without the request row there is no wish, without all of the wishes neither trail nor message.
static BOOK: LazyLock<String> = LazyLock::new(|| {
    let told = outbox::insert_from("booking.outbox", 10, "WHERE (SELECT yes FROM whole)");
    let audited = audit::insert("$9", "WHERE (SELECT yes FROM whole)");
    format!(
        "WITH request AS (
            INSERT INTO booking.request (id, company_id, key, intent, body_hash, outcome, status, finished_at)
            VALUES ($4, $1, $5, $6, $7, $8, 'done', $3)
            ON CONFLICT DO NOTHING RETURNING id
        ), wish AS MATERIALIZED ({WISH} WHERE EXISTS (SELECT FROM request)), {FIT}, {PLACED},
        whole AS (SELECT (SELECT count(*) FROM placed) = (SELECT count(*) FROM wish) AS yes),
        audited AS ({audited}), told AS ({told})
        SELECT wish.id, fit.id IS NOT NULL AS fresh, placed.id IS NOT NULL AS placed,
            code.is_used IS NOT NULL AS code_in_use
        FROM wish LEFT JOIN fit USING (id) LEFT JOIN placed USING (id)
        LEFT JOIN LATERAL ({CODE}) code ON true"
    )
});
