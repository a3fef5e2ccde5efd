//! What is shown of a parked message: its headers always, what it says only when asked for.

use callflow_contract::{event::v1::CallEvent, schema};
use callflow_queue::parked::Parked;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::output::{self, DIM, HEAD, styled};

/// A parked message; field names only ever grow.
#[derive(Debug, Serialize)]
pub(crate) struct Message {
    id: String,
    /// The consumer it is parked for.
    queue: &'static str,
    reason: String,
    detail: String,
    attempt: u32,
    redriven: u32,
    first_seen: String,
    parked_at: String,
    age_seconds: i64,
    routing_key: String,
    schema: String,
    company_id: String,
    call_id: String,
    trace_id: Option<String>,
    body_bytes: usize,
    /// There only when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<Value>,
    #[serde(skip)]
    parked: Parked,
}

impl Message {
    pub(super) fn of(queue: &'static str, parked: Parked) -> Self {
        Self {
            id: parked.id.clone(),
            queue,
            reason: parked.reason.clone(),
            detail: parked.detail.clone(),
            attempt: parked.attempt,
            redriven: parked.redriven,
            first_seen: parked.first_seen.to_string(),
            parked_at: parked.parked_at.to_string(),
            age_seconds: Timestamp::now().duration_since(parked.parked_at).as_secs().max(0),
            routing_key: parked.routing_key.clone(),
            schema: parked.schema.clone(),
            company_id: parked.company_id.clone(),
            call_id: parked.correlation_id.clone(),
            trace_id: parked.trace_id.clone(),
            body_bytes: parked.body_bytes,
            payload: None,
            parked,
        }
    }

    /// Adds what the message says: the platform's JSON where it carries one, else its bytes.
    pub(super) fn reveal(&mut self) {
        self.payload = self.parked.envelope.as_ref().map(|envelope| match schema::open::<CallEvent>(envelope) {
            Ok(event) => super::readable(&event.payload),
            Err(_) => super::readable(&envelope.body),
        });
    }
}

/// Prints messages as a table, or that there are none: none at all, or none of those that were asked for.
pub(super) fn list(found: &[Message], asked_for_all: bool) {
    if found.is_empty() {
        let text = if asked_for_all { "nothing is parked" } else { "nothing that is parked fits" };
        anstream::println!("{}", styled(DIM, text));
        return;
    }
    let row = |message: &Message| {
        [
            message.id.clone(),
            message.queue.to_owned(),
            message.reason.clone(),
            age(message.age_seconds),
            message.attempt.to_string(),
            message.redriven.to_string(),
            message.routing_key.clone(),
            message.call_id.clone(),
            message.detail.clone(),
        ]
    };
    let heading = ["id", "queue", "reason", "age", "attempt", "redriven", "key", "call", "detail"];
    output::table(heading, &found.iter().map(row).collect::<Vec<_>>());
}

/// Prints everything of one message.
pub(super) fn card(message: &Message) {
    let line = |name: &str, value: &str| {
        if !value.is_empty() {
            anstream::println!("{}  {value}", styled(HEAD, &format!("{name:<10}")));
        }
    };
    line("message", &message.id);
    line("queue", message.queue);
    line("reason", &message.reason);
    line("detail", &message.detail);
    line("attempt", &message.attempt.to_string());
    line("redriven", &message.redriven.to_string());
    line("happened", &message.first_seen);
    line("parked", &format!("{} ({} ago)", message.parked_at, age(message.age_seconds)));
    line("key", &message.routing_key);
    line("schema", &message.schema);
    line("company", &message.company_id);
    line("call", &message.call_id);
    line("trace", message.trace_id.as_deref().unwrap_or_default());
    line("bytes", &message.body_bytes.to_string());
    if let Some(payload) = &message.payload {
        line("payload", &format!("{payload:#}"));
    }
}

/// Returns an age in its largest unit.
fn age(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_a_unit_that_fits() {
        assert_eq!([0, 119, 120, 7_200, 172_800].map(age), ["0 s", "119 s", "2 min", "2 h", "2 d"]);
    }
}
