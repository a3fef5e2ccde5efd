//! Noting that somebody wants to be called back, and listing who does.

use std::collections::HashMap;

use callflow_contract::{
    booking::v1::{ListCallbacksResponse, RequestCallbackResponse, list_callbacks_response},
    convert::to_wire_time,
    event::v1::CallbackRequested,
};
use callflow_domain::{
    id::{BranchId, CallbackId, CompanyId},
    masked::PersonalText,
};
use callflow_queue::topology::key;
use callflow_store::{
    Person,
    callback::{self, NewCallback, Status},
    outbox,
    request::Ending,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{App, Result, once::Turn};
use crate::{command::Context, event};

/// Note a callback.
#[derive(Debug, Clone)]
pub struct RequestCallback {
    /// Who asks, under which key.
    pub context: Context,
    /// The branch concerned, when it is known.
    pub branch: Option<BranchId>,
    /// Whom to call.
    pub person: Person,
    /// Why it exists: `request`, `wish`, `outage`; one call has one task of each.
    pub kind: &'static str,
    /// What they want.
    pub reason: PersonalText,
    /// What is known of the wish.
    pub known: HashMap<String, String>,
}

impl App {
    /// Notes a callback, once per key and once per call and kind.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn request_callback(&self, command: &RequestCallback) -> Result<RequestCallbackResponse> {
        let context = &command.context;
        let (mut tx, id) = match self.claim::<RequestCallbackResponse>(context).await? {
            Turn::Ours(tx, id) => (tx, id),
            Turn::Known(answer) => return Ok(RequestCallbackResponse { replayed: true, ..answer }),
        };
        let task = NewCallback {
            id: CallbackId(Uuid::now_v7()),
            branch: command.branch,
            call: context.call().cloned(),
            kind: command.kind.to_owned(),
            person: command.person.clone(),
            reason: command.reason.clone(),
            known: json!(command.known),
            due_at: None,
            at: context.now,
        };
        let (stored, fresh) = callback::note(&mut tx, context.company, &task).await?;
        if fresh {
            outbox::Table::Booking.append(&mut tx, &[told(command, stored.id)]).await?;
        }
        let answer = RequestCallbackResponse { callback_id: stored.id.to_string(), replayed: !fresh };
        self.finish(tx, context, id, &answer, Ending::Done).await?;
        self.deps.relay.wake();
        Ok(answer)
    }

    /// Returns who wants to be called back, oldest first.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn list_callbacks(
        &self,
        company: CompanyId,
        status: Option<Status>,
        limit: u64,
    ) -> Result<ListCallbacksResponse> {
        let found = callback::list(&self.deps.database, company, status, limit).await?;
        let callbacks = found.into_iter().map(|task| list_callbacks_response::Callback {
            callback_id: task.id.to_string(),
            branch_id: task.branch.map(|id| id.to_string()).unwrap_or_default(),
            call_id: task.call.as_ref().map(|call| call.as_str().to_owned()).unwrap_or_default(),
            person: Some(event::person(&task.person)),
            reason: task.reason.expose().to_owned(),
            known: known(&task.known),
            status: task.status.as_str().to_owned(),
            created_at: Some(to_wire_time(task.created_at)),
        });
        Ok(ListCallbacksResponse { callbacks: callbacks.collect() })
    }
}

fn told(command: &RequestCallback, id: CallbackId) -> outbox::NewMessage {
    let context = &command.context;
    let call = context.call().map(|call| call.as_str());
    let body = CallbackRequested {
        callback_id: id.to_string(),
        branch_id: command.branch.map(|id| id.to_string()).unwrap_or_default(),
        call_id: call.unwrap_or_default().to_owned(),
        person: Some(event::person(&command.person)),
        reason: command.reason.expose().to_owned(),
        known: command.known.clone(),
    };
    event::message(context.company, key::CALLBACK_REQUESTED, id.to_string(), call, &body, context.now)
}

fn known(stored: &Value) -> HashMap<String, String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let pairs = stored.as_object().into_iter().flatten();
    pairs.map(|(name, value)| (name.clone(), text(value))).collect()
}
