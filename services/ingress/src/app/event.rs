//! What happened to a call, taken in: kept first, understood later by those it concerns.

use callflow_contract::{convert::to_wire_time, event::v1::CallEvent};
use callflow_domain::id::{CallId, CompanyId};
use callflow_queue::topology::key;
use callflow_retell::event::{Event, Kind};
use jiff::Timestamp;

use super::{
    App,
    emit::{Kept, Outgoing},
};
use crate::{error::Error, metrics};

impl App {
    /// Keeps an event of a company and returns where.
    ///
    /// # Errors
    /// When neither broker nor spool take it; the platform then sends it again.
    pub async fn take_event(&self, slug: &str, event: &Event<'_>) -> Result<Kept, Error> {
        let dedup = event.dedup_key();
        let call = event.call_id().map(CallId::as_str).unwrap_or_default();
        let route = route(&event.kind);
        let body = CallEvent {
            event: event.kind.as_str().to_owned(),
            call_id: call.to_owned(),
            company: slug.to_owned(),
            received_at: Some(to_wire_time(Timestamp::now())),
            payload: event.body().as_bytes().to_vec(),
            dedup_key: dedup.clone().unwrap_or_default(),
        };
        let company = CompanyId::from_slug(slug);
        let kept = self.emit(Outgoing { company, key: route, call, dedup: dedup.as_deref(), body }).await;
        metrics::event(route, kept.as_ref().map_or("refused", |kept| kept.as_str()));
        kept
    }
}

/// Returns the routing key of a kind; what is not known yet is routed by whether it is about a chat.
const fn route(kind: &Kind) -> &'static str {
    match kind {
        Kind::CallStarted => key::CALL_STARTED,
        Kind::CallEnded => key::CALL_ENDED,
        Kind::CallAnalyzed => key::CALL_ANALYZED,
        Kind::TranscriptUpdated => key::CALL_TRANSCRIPT,
        Kind::TransferStarted | Kind::TransferBridged | Kind::TransferCancelled | Kind::TransferEnded => {
            key::CALL_TRANSFER
        }
        Kind::ChatStarted => key::CHAT_STARTED,
        Kind::ChatEnded => key::CHAT_ENDED,
        Kind::ChatAnalyzed => key::CHAT_ANALYZED,
        Kind::AppointmentRequested => key::APPOINTMENT_REQUESTED,
        Kind::Other(_) => key::CALL_EVENT,
    }
}
