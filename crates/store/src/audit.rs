//! The audit trail: who changed which appointment, when, and how.

use callflow_domain::id::{AppointmentId, CallId, CompanyId};
use jiff::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::Value;

use crate::{
    database::Tx,
    entity::audit::{Column, Entity, Model},
    error::Error,
    person::clean_json,
    session::Connection,
    sql, time,
};

/// Who asked for a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The person on the phone, through a tool of the voice agent.
    Call {
        /// The call.
        call: CallId,
        /// The tool invocation within it.
        tool_call: Option<String>,
    },
    /// Somebody of the company, by the name they authenticated with.
    Operator(String),
    /// callflow itself, after a call or on a timer; with the call that caused it, if one did.
    System {
        /// The call.
        call: Option<CallId>,
    },
}

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// Of which appointment; `None` for a change of something else, such as a series.
    pub appointment: Option<AppointmentId>,
    /// What was done: `book`, `cancel`, `reschedule`, `cancel_series`.
    pub action: String,
    /// By whom.
    pub actor: Actor,
    /// The state before, without personal data.
    pub before: Option<Value>,
    /// The state after, without personal data.
    pub after: Option<Value>,
}

/// Writes entries, in the transaction of the change they describe.
pub async fn record(tx: &mut Tx, company: CompanyId, entries: &[Entry]) -> Result<(), Error> {
    let doing = "recording an audit entry";
    if entries.is_empty() {
        return Ok(());
    }
    let values = vec![company.uuid().into(), sql::json(doing, &rows(entries))?];
    sql::execute(tx, doing, &insert("$2", ""), values).await.map(|_| ())
}

/// Returns the statement that writes the entries in a JSON parameter for the company in `$1`, under a condition.
pub(crate) fn insert(parameter: &str, condition: &str) -> String {
    format!(
        "INSERT INTO booking.audit (at, company_id, appointment_id, action, actor, operator, call_id, tool_call_id, before, after)
        SELECT at, $1, appointment_id, action, actor, operator, call_id, tool_call_id, before, after
        FROM json_to_recordset({parameter}::json) AS entry(at timestamptz, appointment_id uuid, action text, actor text,
            operator text, call_id text, tool_call_id text, before jsonb, after jsonb)
        {condition}"
    )
}

/// Returns entries as the statement reads them.
pub(crate) fn rows(entries: &[Entry]) -> Vec<Value> {
    entries.iter().map(row).collect()
}

fn row(entry: &Entry) -> Value {
    let (actor, operator, call, tool_call) = match &entry.actor {
        Actor::Call { call, tool_call } => ("call", None, Some(call), tool_call.as_ref()),
        Actor::Operator(name) => ("operator", Some(name), None, None),
        Actor::System { call } => ("system", None, call.as_ref(), None),
    };
    clean_json(&serde_json::json!({
        "at": entry.at,
        "appointment_id": entry.appointment,
        "action": entry.action,
        "actor": actor,
        "operator": operator,
        "call_id": call,
        "tool_call_id": tool_call,
        "before": entry.before,
        "after": entry.after,
    }))
}

/// Returns what happened to an appointment, in order.
pub async fn history(on: &impl Connection, company: CompanyId, id: AppointmentId) -> Result<Vec<Entry>, Error> {
    let select = Entity::find()
        .filter(Column::CompanyId.eq(company.uuid()))
        .filter(Column::AppointmentId.eq(id.uuid()))
        .order_by_asc(Column::Id);
    let found = select.limit(1000).all(&on.guard()).await;
    found.map_err(|cause| Error::sql("reading the audit trail", cause))?.into_iter().map(read).collect()
}

fn read(model: Model) -> Result<Entry, Error> {
    let corrupt = |what| Error::Decode { doing: "reading the audit trail", what };
    let call = model.call_id.as_deref().and_then(CallId::parse);
    let actor = match model.actor.as_str() {
        "call" => Actor::Call { call: call.ok_or(corrupt("call id"))?, tool_call: model.tool_call_id },
        "operator" => Actor::Operator(model.operator.unwrap_or_default()),
        "system" => Actor::System { call },
        _ => return Err(corrupt("actor")),
    };
    Ok(Entry {
        at: time::from_db(model.at),
        appointment: model.appointment_id.map(AppointmentId),
        action: model.action,
        actor,
        before: model.before,
        after: model.after,
    })
}
