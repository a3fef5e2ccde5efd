//! Events that were lost, made again from the platform's own record of the call.

use callflow_contract::{convert::to_wire_time, event::v1::CallEvent};
use callflow_domain::id::CallId;
use callflow_retell::event::Event;
use callflow_store::{directory::Directory, outbox::Table};
use jiff::Timestamp;

use super::swept_id;
use crate::{
    app::{App, Result},
    message,
};

impl App {
    /// Publishes an event that never came, and takes it in. In this order: once it is taken nobody looks into the call any
    /// more, and what was not published by then never would be. After a crash in between it is published once more, under
    /// the same id.
    pub(super) async fn take_lost(
        &self,
        directory: &Directory,
        id: &CallId,
        name: &str,
        routing: &str,
        call: &[u8],
        now: Timestamp,
    ) -> Result<()> {
        let mut payload = format!("{{\"event\":\"{name}\",\"call\":").into_bytes();
        payload.extend_from_slice(call);
        payload.push(b'}');
        let Ok(event) = Event::parse(&payload) else { return Ok(()) };
        // An answer about another call than the one that was asked for is no answer.
        if event.call_id() != Some(id) {
            return Ok(());
        }
        let company = directory.company().id;
        let reported = CallEvent {
            company: directory.company().declared.slug.clone(),
            event: name.to_owned(),
            call_id: id.as_str().to_owned(),
            received_at: Some(to_wire_time(now)),
            dedup_key: event.dedup_key().unwrap_or_default(),
            payload: payload.clone(),
        };
        // The same id each time: a second sweeper finds the event taken already.
        let message = swept_id(company, id, name);
        let mut told = message::new(company, routing, format!("call/{id}"), Some(id.as_str()), &reported, now);
        told.id = message;
        let mut tx = self.deps.database.begin().await?;
        Table::Resolver.append(&mut tx, &[told]).await?;
        tx.commit().await?;
        self.deps.relay.wake();
        self.take_event(company, message, &reported, &event).await
    }
}
