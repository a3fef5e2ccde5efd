//! The events of a call, kept as they came.

use callflow_domain::id::{CallId, CompanyId, MessageId};
use jiff::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, prelude::DateTimeUtc};

use crate::{
    database::Tx,
    entity::call_event::{Column, Entity},
    error::Error,
    person::clean,
    session::Connection,
    sql, time,
};

/// An event to be kept.
#[derive(Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// The call it is about.
    pub call: CallId,
    /// The platform's name of it.
    pub event: String,
    /// What repeats of it have in common; `None` for events that may come many times.
    pub dedup_key: Option<String>,
    /// When it happened, if it says so.
    pub occurred_at: Option<Timestamp>,
    /// When it was accepted.
    pub received_at: Timestamp,
    /// The request's body, byte for byte.
    pub payload: Vec<u8>,
    /// What people want to know of it, without personal data; may be empty.
    pub note: String,
    /// The message it came in.
    pub message: MessageId,
}

/// An event of a call's time line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The platform's name of it.
    pub event: String,
    /// When it happened, if it says so.
    pub occurred_at: Option<Timestamp>,
    /// When it was accepted.
    pub received_at: Timestamp,
    /// Bytes of its body.
    pub payload_bytes: u64,
    /// What people want to know of it.
    pub note: String,
}

/// Keeps an event and returns whether it is new; a repeat, by message or by key, changes nothing.
pub async fn note_event(tx: &mut Tx, company: CompanyId, event: &NewEvent) -> Result<bool, Error> {
    let insert = "
        INSERT INTO resolver.call_event
            (company_id, call_id, event, dedup_key, occurred_at, received_at, payload, message_id, note)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
    let values = vec![
        company.uuid().into(),
        event.call.as_str().into(),
        clean(&event.event).into(),
        event.dedup_key.as_deref().map(clean).into(),
        time::optional(event.occurred_at),
        time::value(event.received_at),
        event.payload.clone().into(),
        event.message.uuid().into(),
        clean(&event.note).into(),
    ];
    Ok(sql::execute(tx, "keeping an event", insert, values).await? == 1)
}

/// Returns the events of a call in the order they were accepted, the first 1000.
pub async fn timeline(on: &impl Connection, company: CompanyId, call: &CallId) -> Result<Vec<Event>, Error> {
    // The lengths of the bodies are read, the bodies are not: together they may have gigabytes.
    let query = "
        SELECT event, occurred_at, received_at, octet_length(payload)::bigint AS bytes, note
        FROM resolver.call_event WHERE company_id = $1 AND call_id = $2 ORDER BY received_at, id LIMIT 1000";
    let values = vec![company.uuid().into(), call.as_str().into()];
    let found: Vec<Row> = sql::rows(on, "reading a time line", query, values).await?;
    let events = found.into_iter().map(|row| Event {
        event: row.event,
        occurred_at: row.occurred_at.map(time::from_db),
        received_at: time::from_db(row.received_at),
        payload_bytes: u64::try_from(row.bytes).unwrap_or_default(),
        note: row.note,
    });
    Ok(events.collect())
}

/// Returns the body of the latest event of that name, byte for byte.
pub async fn payload(
    on: &impl Connection,
    company: CompanyId,
    call: &CallId,
    event: &str,
) -> Result<Option<Vec<u8>>, Error> {
    let doing = "reading an event";
    let select = Entity::find()
        .filter(Column::CompanyId.eq(company.uuid()))
        .filter(Column::CallId.eq(call.as_str()))
        .filter(Column::Event.eq(event))
        .order_by_desc(Column::ReceivedAt)
        .order_by_desc(Column::Id);
    let found = select.one(&on.guard()).await.map_err(|cause| Error::sql(doing, cause))?;
    Ok(found.map(|model| model.payload))
}

#[derive(FromQueryResult)]
struct Row {
    event: String,
    occurred_at: Option<DateTimeUtc>,
    received_at: DateTimeUtc,
    bytes: i64,
    note: String,
}
