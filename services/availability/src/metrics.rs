//! Every instrument of the availability service.

use metrics::{counter, describe_counter};

/// Registers names, units and meanings.
pub fn describe() {
    describe_counter!("availability_searches_total", "Searches, by what came of them");
    describe_counter!("availability_holds_total", "Holds asked for, by what came of them");
    describe_counter!("availability_day_reads_total", "Queries for days that were not in Redis");
    describe_counter!("availability_invalidations_total", "Changes heard of, by what they concern");
}

/// Counts a search.
pub fn search(outcome: &'static str) {
    counter!("availability_searches_total", "outcome" => outcome).increment(1);
}

/// Counts a hold.
pub fn hold(outcome: &'static str) {
    counter!("availability_holds_total", "outcome" => outcome).increment(1);
}

/// Counts a query for days.
pub fn day_read() {
    counter!("availability_day_reads_total").increment(1);
}

/// Counts a change heard of.
pub fn invalidation(concerns: &'static str) {
    counter!("availability_invalidations_total", "concerns" => concerns).increment(1);
}
