//! Every instrument of the resolver service.

use metrics::{counter, describe_counter};

use crate::app::sweep::Swept;

/// Registers names, units and meanings.
pub fn describe() {
    describe_counter!("resolver_resolutions_total", "Calls resolved, by outcome and the method that decided");
    describe_counter!(
        "resolver_resolutions_kept_total",
        "Resolutions and what became of them: kept with the call, lost, or late (found out after the call began)"
    );
    describe_counter!("resolver_swept_calls_total", "Calls whose end was missing, by what became of them");
    describe_counter!("resolver_events_total", "Events taken into call records, by event");
}

/// Counts a resolution.
pub fn resolved(outcome: &'static str, method: &'static str) {
    counter!("resolver_resolutions_total", "outcome" => outcome, "method" => method).increment(1);
}

/// Counts what became of a resolution that was to be kept: `kept`, `lost`, or `late`.
pub fn kept(outcome: &'static str) {
    counter!("resolver_resolutions_kept_total", "outcome" => outcome).increment(1);
}

/// Counts an event taken into a record.
pub fn event(label: &'static str) {
    counter!("resolver_events_total", "event" => label).increment(1);
}

/// Counts a call that was looked into because its end was missing.
pub fn swept(outcome: Swept) {
    let label = match outcome {
        Swept::Told => "told",
        Swept::Ongoing => "ongoing",
        Swept::Closed => "closed",
        Swept::Open => "open",
    };
    counter!("resolver_swept_calls_total", "outcome" => label).increment(1);
}
