//! Booking requests: the same request gets the same answer, whenever and however often it comes.
//!
//! A request is claimed at the beginning of the transaction that carries it out and finished at its
//! end. A duplicate that arrives meanwhile waits on the row: when the first one commits it reads the
//! first one's answer, when the first one rolls back it goes on in its place.

use callflow_domain::id::CompanyId;
use jiff::Timestamp;
use sea_orm::FromQueryResult;
use uuid::Uuid;

use crate::{
    database::{Database, Tx},
    entity::request::Model,
    error::Error,
    session::Connection,
    sql, time,
};

/// A request to be carried out once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRequest {
    /// Id of the row, made by the caller; appointments refer to it.
    pub id: Uuid,
    /// The caller's key: `call/<call id>/tool/<tool call id>`.
    pub key: String,
    /// The wish itself, whatever the key: `call/<call id>/intent/<services>@<start>`.
    pub intent: Option<String>,
    /// Hash of the request's body; the same key with another hash is refused.
    pub body_hash: Vec<u8>,
}

/// What a claim found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The request is new: carry it out and [`finish`] it, under this id.
    Ours(Uuid),
    /// It was carried out before: give the same answer.
    Known(Finished),
    /// The key was used for another request.
    OtherBody,
}

/// A request that has its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Id of the row.
    pub id: Uuid,
    /// The stored answer, as its writer encoded it.
    pub outcome: Vec<u8>,
    /// Whether it was found by its intent, under another key.
    pub by_intent: bool,
}

/// How a request ended, as far as repeating it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The wish is fulfilled: neither the same key nor the same intent may do it again.
    Done,
    /// It was answered without an effect: the same key gets the same answer, but the wish may be tried again.
    Refused,
}

/// Claims a request, waiting for a duplicate that is under way.
pub async fn claim(tx: &mut Tx, company: CompanyId, request: &NewRequest) -> Result<Claim, Error> {
    let doing = "claiming a request";
    let insert = "
        INSERT INTO booking.request (id, company_id, key, intent, body_hash) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT DO NOTHING";
    let values = vec![
        request.id.into(),
        company.uuid().into(),
        request.key.clone().into(),
        request.intent.clone().into(),
        request.body_hash.clone().into(),
    ];
    if sql::execute(tx, doing, insert, values).await? == 1 {
        return Ok(Claim::Ours(request.id));
    }
    // Locked, because a row that is still open is taken over and must not be taken over twice.
    let select = "
        SELECT * FROM booking.request WHERE company_id = $1 AND (key = $2 OR intent = $3)
        ORDER BY key = $2 DESC LIMIT 1 FOR UPDATE";
    let values = vec![company.uuid().into(), request.key.clone().into(), request.intent.clone().into()];
    let found: Option<Model> = sql::optional(tx, doing, select, values).await?;
    // Gone again between the two statements: retention or an erasure removed it.
    let found = found.ok_or(Error::NotFound { doing })?;
    let by_intent = found.key != request.key;
    Ok(match found.outcome {
        _ if !by_intent && found.body_hash != request.body_hash => Claim::OtherBody,
        Some(outcome) => Claim::Known(Finished { id: found.id, outcome, by_intent }),
        None => Claim::Ours(found.id),
    })
}

/// Stores an answer without an effect under a new key and returns whether it is stored; `false` when the key was used before.
///
/// One statement. It does not wait for the same wish under another key: requests with an intent are [claimed](claim).
pub async fn refuse(
    on: &Database,
    company: CompanyId,
    request: &NewRequest,
    outcome: &[u8],
    at: Timestamp,
) -> Result<bool, Error> {
    let insert = "
        INSERT INTO booking.request (id, company_id, key, body_hash, outcome, status, finished_at)
        VALUES ($1, $2, $3, $4, $5, 'refused', $6) ON CONFLICT DO NOTHING";
    let values = vec![
        request.id.into(),
        company.uuid().into(),
        request.key.clone().into(),
        request.body_hash.clone().into(),
        outcome.to_vec().into(),
        time::value(at),
    ];
    Ok(sql::execute(on, "refusing a request", insert, values).await? == 1)
}

/// Stores the answer of a claimed request, in the transaction that gives it.
pub async fn finish(
    tx: &mut Tx,
    company: CompanyId,
    id: Uuid,
    outcome: &[u8],
    ending: Ending,
    at: Timestamp,
) -> Result<(), Error> {
    let doing = "finishing a request";
    let update = "
        UPDATE booking.request
        SET outcome = $3, status = $4, finished_at = $5, intent = CASE WHEN $4 = 'done' THEN intent END
        WHERE company_id = $1 AND id = $2";
    let status = match ending {
        Ending::Done => "done",
        Ending::Refused => "refused",
    };
    let values = vec![company.uuid().into(), id.into(), outcome.to_vec().into(), status.into(), time::value(at)];
    match sql::execute(tx, doing, update, values).await? {
        0 => Err(Error::NotFound { doing }),
        _ => Ok(()),
    }
}

/// Forgets what these requests wanted, because what they booked was cancelled: the same wish in the
/// same call is a new one from now on. Their keys keep their answers.
pub async fn forget_intents(tx: &mut Tx, company: CompanyId, ids: &[Uuid]) -> Result<(), Error> {
    let update =
        "UPDATE booking.request SET intent = NULL WHERE company_id = $1 AND id = ANY($2) AND intent IS NOT NULL";
    let values = vec![company.uuid().into(), ids.to_vec().into()];
    sql::execute(tx, "forgetting intents", update, values).await.map(|_| ())
}

/// Returns the answer stored under a key for this very body, without claiming anything.
///
/// `None` also when the key was used for another body: [`claim`] tells the two apart.
pub async fn find(
    on: &impl Connection,
    company: CompanyId,
    key: &str,
    body_hash: &[u8],
) -> Result<Option<Finished>, Error> {
    let query = "
        SELECT id, outcome FROM booking.request
        WHERE company_id = $1 AND key = $2 AND body_hash = $3 AND outcome IS NOT NULL";
    let values = vec![company.uuid().into(), key.into(), body_hash.to_vec().into()];
    let found: Option<Answer> = sql::optional(on, "finding a request", query, values).await?;
    Ok(found.map(|Answer { id, outcome }| Finished { id, outcome, by_intent: false }))
}

#[derive(FromQueryResult)]
struct Answer {
    id: Uuid,
    outcome: Vec<u8>,
}

/// Removes up to `most` requests made before `before` and returns how many; a repeat of one of them would book again.
///
/// Rows that somebody is working on, or another process is removing, are left for the next time. A request stays while an
/// appointment it made is active, however long ago that was: the wish for it is fulfilled.
pub async fn purge(on: &impl Connection, before: Timestamp, most: u32) -> Result<u64, Error> {
    let delete = "
        DELETE FROM booking.request WHERE id IN (
            SELECT r.id FROM booking.request r
            WHERE r.created_at < $1
              AND NOT EXISTS (SELECT FROM booking.appointment a
                              WHERE a.company_id = r.company_id AND a.request_id = r.id
                                AND a.status = 'active' AND a.ends_at > $1)
            ORDER BY r.created_at LIMIT $2 FOR UPDATE OF r SKIP LOCKED)";
    sql::execute(on, "purging requests", delete, vec![time::value(before), i64::from(most).into()]).await
}
