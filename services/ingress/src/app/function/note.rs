//! A wish that could not be fulfilled now, kept as the event a later look at it begins with.

use callflow_contract::{convert::to_wire_time, event::v1::CallEvent};
use callflow_domain::{
    id::{CallId, CompanyId},
    masked::PhoneNumber,
};
use callflow_queue::topology::key;
use callflow_retell::function::{Function, Request};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::{
    app::{App, emit::Outgoing},
    metrics,
};

/// The event's name, as the voice platform would send it.
const EVENT: &str = "appointment_requested";

impl App {
    /// Notes what was asked for; returns whether it is kept. Without a call there is nobody to call back.
    pub(super) async fn note(&self, slug: &str, request: &Request<'_>) -> bool {
        let Some(call) = request.identity.call_id.as_ref() else { return false };
        let appointment = findings(request);
        let payload = payload(request, call, &appointment).to_string();
        // The same wish asked twice is noted once.
        let mark = hex::encode(&Sha256::digest(Value::Object(appointment).to_string().as_bytes())[..8]);
        let dedup = format!("{EVENT}/{call}/{mark}");
        let body = CallEvent {
            event: EVENT.into(),
            call_id: call.to_string(),
            company: slug.to_owned(),
            received_at: Some(to_wire_time(Timestamp::now())),
            payload: payload.into_bytes(),
            dedup_key: dedup.clone(),
        };
        let company = CompanyId::from_slug(slug);
        let route = key::APPOINTMENT_REQUESTED;
        let outgoing = Outgoing { company, key: route, call: call.as_str(), dedup: Some(&dedup), body };
        let kept = self.emit(outgoing).await;
        metrics::wish(kept.as_ref().map_or("refused", |kept| kept.as_str()));
        match kept {
            Ok(_) => true,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a wish could not be noted");
                false
            }
        }
    }
}

/// Returns the wish as booking reads it.
fn findings(request: &Request<'_>) -> Map<String, Value> {
    let mut findings = request.args.fields().clone();
    findings.insert("intent".into(), json!(request.function.as_str()));
    if !matches!(request.function, Function::BookAppointment | Function::BookServices) {
        // Only a booking can be made later without asking again: a day named with a move or a series must not become one.
        for field in ["service", "services", "service_name"] {
            if let Some(value) = findings.remove(field) {
                findings.insert(format!("wanted_{field}"), value);
            }
        }
        findings.insert("callback_requested".into(), json!(true));
    }
    findings
}

fn payload(request: &Request<'_>, call: &CallId, appointment: &Map<String, Value>) -> Value {
    let identity = &request.identity;
    let number = |number: &Option<PhoneNumber>| number.as_ref().map(|one| one.expose().to_owned());
    let metadata = request.call.as_ref().and_then(|call| call.metadata).map(|raw| raw.object()).unwrap_or_default();
    json!({
        "event": EVENT,
        "event_timestamp": Timestamp::now().as_millisecond(),
        "call": {
            "call_id": call.as_str(),
            "direction": "inbound",
            "from_number": number(&identity.caller),
            "to_number": number(&identity.dialled),
            "agent_id": identity.agent_id,
            "metadata": metadata,
        },
        "appointment": appointment,
    })
}
