//! Every instrument of the resolver service.

use metrics::{counter, describe_counter};

/// Registers names, units and meanings.
pub fn describe() {
    describe_counter!("resolver_resolutions_total", "Calls resolved, by outcome and the method that decided");
    describe_counter!("resolver_events_total", "Events taken into call records, by event");
}

/// Counts a resolution.
pub fn resolved(outcome: &'static str, method: &'static str) {
    counter!("resolver_resolutions_total", "outcome" => outcome, "method" => method).increment(1);
}

/// Counts an event taken into a record.
pub fn event(label: &'static str) {
    counter!("resolver_events_total", "event" => label).increment(1);
}
