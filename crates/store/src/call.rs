//! Call records: one row per call, complete whatever order its events came in.
//!
//! How events make a record is decided in `domain::call_state`; here the record is kept, and events
//! of one call wait for each other on its row.

mod event;
mod find;
mod row;

use std::fmt;

use callflow_domain::{
    call_state::{CallFact, CallRecord, Phase},
    id::{BranchId, CallId, CompanyId, CustomerId},
};
use jiff::Timestamp;
use sea_orm::FromQueryResult;
use serde_json::Value;

use crate::{database::Tx, entity::call::Model, error::Error, sql, time};

pub use event::{Event, NewEvent, note_event, payload, timeline};
pub use find::{count_since, find, is_resolved, list, silent};

/// A call as stored.
#[derive(Clone, PartialEq)]
pub struct Call {
    /// The platform's id.
    pub id: CallId,
    /// The branch it was resolved to.
    pub branch: Option<BranchId>,
    /// Who called.
    pub customer: Option<CustomerId>,
    /// How it was resolved: every signal with its reason.
    pub resolution: Option<Value>,
    /// What its events say.
    pub record: CallRecord,
    /// When the latest event was accepted.
    pub last_event_at: Timestamp,
    /// When the row was made.
    pub created_at: Timestamp,
}

impl fmt::Debug for Call {
    /// Leaves out the resolution, which names what was looked at.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("id", &self.id)
            .field("branch", &self.branch)
            .field("customer", &self.customer)
            .field("record", &self.record)
            .finish_non_exhaustive()
    }
}

/// A call after an event, and how far it had come before.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// The call as it stands now.
    pub call: Call,
    /// The phase it had reached; `None` when this is the first that is heard of it.
    pub before: Option<Phase>,
}

/// What was found out about a call beside its events; `None` leaves what is stored.
#[derive(Clone, Default, PartialEq)]
pub struct Assignment {
    /// The branch it was resolved to.
    pub branch: Option<BranchId>,
    /// Who called.
    pub customer: Option<CustomerId>,
    /// How it was resolved.
    pub resolution: Option<Value>,
}

impl fmt::Debug for Assignment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assignment")
            .field("branch", &self.branch)
            .field("customer", &self.customer)
            .finish_non_exhaustive()
    }
}

/// Takes an event into the call's record, creating it if this is the first event.
///
/// Keeps the row locked until the transaction ends, so that events of one call take turns.
pub async fn merge(
    tx: &mut Tx,
    company: CompanyId,
    id: &CallId,
    fact: CallFact,
    received_at: Timestamp,
) -> Result<Merged, Error> {
    let Merged { mut call, before } = open(tx, company, id, received_at).await?;
    call.record.merge(fact);
    call.last_event_at = call.last_event_at.max(received_at);
    row::write(tx, company, &call).await?;
    Ok(Merged { call, before })
}

/// Stores what was found out about a call, creating its row if no event has come yet.
pub async fn assign(
    tx: &mut Tx,
    company: CompanyId,
    id: &CallId,
    found: &Assignment,
    at: Timestamp,
) -> Result<Merged, Error> {
    let Merged { mut call, before } = open(tx, company, id, at).await?;
    call.branch = found.branch.or(call.branch);
    call.customer = found.customer.or(call.customer);
    call.resolution = found.resolution.clone().or(call.resolution);
    row::write(tx, company, &call).await?;
    Ok(Merged { call, before })
}

/// Stores who called, of a call that does not say so itself and whose row this transaction holds.
pub async fn identify(tx: &mut Tx, company: CompanyId, id: &CallId, customer: CustomerId) -> Result<(), Error> {
    let update = "
        UPDATE resolver.call SET customer_id = $3 WHERE company_id = $1 AND call_id = $2 AND customer_id IS NULL";
    let values = vec![company.uuid().into(), id.as_str().into(), customer.uuid().into()];
    sql::execute(tx, "noting who called", update, values).await.map(|_| ())
}

/// Notes that a call was heard of, without an event: it goes on.
pub async fn touch(tx: &mut Tx, company: CompanyId, id: &CallId, at: Timestamp) -> Result<(), Error> {
    let update = "
        UPDATE resolver.call SET last_event_at = GREATEST(last_event_at, $3) WHERE company_id = $1 AND call_id = $2";
    let values = vec![company.uuid().into(), id.as_str().into(), time::value(at)];
    sql::execute(tx, "noting that a call goes on", update, values).await.map(|_| ())
}

/// Returns the call as it stands, locked until the transaction ends, after making its row where there was none.
///
/// Whoever locks customers, too, does that after it, as the events of a call do.
pub async fn open(tx: &mut Tx, company: CompanyId, id: &CallId, at: Timestamp) -> Result<Merged, Error> {
    let doing = "opening a call record";
    // One statement, because every event pays for it.
    // The update changes nothing; it locks the row and returns it. A row that was just made has no former version.
    let upsert = "
        INSERT INTO resolver.call AS c (company_id, call_id, last_event_at) VALUES ($1, $2, $3)
        ON CONFLICT (company_id, call_id) DO UPDATE SET last_event_at = c.last_event_at
        RETURNING c.*, c.xmax = 0 AS new";
    let values = vec![company.uuid().into(), id.as_str().into(), time::value(at)];
    let rows = sql::query(tx, doing, upsert, values).await?;
    let found = rows.first().ok_or(Error::NotFound { doing })?;
    let column = |cause| Error::sql(doing, cause);
    let new: bool = found.try_get("", "new").map_err(column)?;
    let call = row::read(Model::from_query_result(found, "").map_err(column)?)?;
    let before = (!new).then(|| call.record.phase());
    Ok(Merged { call, before })
}
