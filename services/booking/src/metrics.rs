//! Every instrument of the booking service.

use metrics::{counter, describe_counter};

/// Registers names, units and meanings.
pub fn describe() {
    describe_counter!("booking_outcomes_total", "Answers given, by operation and outcome");
    describe_counter!("booking_conflicts_total", "Slots that somebody else took between offer and booking");
    describe_counter!(
        "booking_transaction_retries_total",
        "Transactions tried again after a serialization failure or deadlock"
    );
    describe_counter!("booking_requests_forgotten_total", "Answered requests removed because of their age");
    describe_counter!("booking_wishes_total", "Wishes found after calls, by what became of them");
}

/// Counts an answer.
pub fn outcome(operation: &'static str, outcome: &'static str) {
    counter!("booking_outcomes_total", "operation" => operation, "outcome" => outcome).increment(1);
}

/// Counts a slot lost to somebody else.
pub fn conflict() {
    counter!("booking_conflicts_total").increment(1);
}

/// Counts a transaction tried again.
pub fn transaction_retried() {
    counter!("booking_transaction_retries_total").increment(1);
}

/// Counts a wish found after a call.
pub fn wish(became: &'static str) {
    counter!("booking_wishes_total", "became" => became).increment(1);
}

/// Counts requests that were removed.
pub fn forgotten(requests: u64) {
    counter!("booking_requests_forgotten_total").increment(requests);
}
