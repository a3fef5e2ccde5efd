//! Every instrument of the ingress service.

use metrics::{counter, describe_counter, describe_gauge, gauge};

use crate::crowd::Wait;

/// Registers names and meanings.
pub fn describe() {
    describe_counter!("ingress_signatures_total", "Requests by whether their signature was believed, and by which key");
    describe_counter!("ingress_inbound_total", "Inbound questions, by what was answered");
    describe_counter!("ingress_functions_total", "Function requests, by name and result code");
    describe_counter!("ingress_events_total", "Events, by routing key and by where they were kept");
    describe_gauge!(
        "ingress_spool_limit_bytes",
        "Bytes of events that may wait in the spool; outbox_bytes says how many do"
    );
    describe_counter!(
        "ingress_shed_total",
        "Requests that were not worked on because there were too many, by who waits"
    );
    describe_counter!("ingress_wishes_total", "Wishes noted because a dependency was away, by where they were kept");
}

/// Says how much may wait in the spool.
pub fn spool_limit(bytes: u64) {
    #[expect(clippy::cast_precision_loss, reason = "a gauge need not be exact beyond 2^53")]
    gauge!("ingress_spool_limit_bytes").set(bytes as f64);
}

/// Counts a decision about a signature.
pub fn signature(outcome: &'static str) {
    counter!("ingress_signatures_total", "outcome" => outcome).increment(1);
}

/// Counts a request there was no place for.
pub fn shed(wait: Wait) {
    let wait = match wait {
        Wait::Live => "live",
        Wait::Later => "event",
    };
    counter!("ingress_shed_total", "wait" => wait).increment(1);
}

/// Counts an inbound answer.
pub fn inbound(outcome: &'static str) {
    counter!("ingress_inbound_total", "outcome" => outcome).increment(1);
}

/// Counts a function's answer.
pub fn function(name: &'static str, result: &'static str) {
    counter!("ingress_functions_total", "function" => name, "result" => result).increment(1);
}

/// Counts an event.
pub fn event(key: &'static str, kept: &'static str) {
    counter!("ingress_events_total", "key" => key, "kept" => kept).increment(1);
}

/// Counts a wish noted in place of an answer.
pub fn wish(kept: &'static str) {
    counter!("ingress_wishes_total", "kept" => kept).increment(1);
}
