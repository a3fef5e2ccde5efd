//! Every instrument of the metrics service.

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

/// Registers names, units and meanings.
pub fn describe() {
    describe_counter!("metrics_events_total", "Events taken, by whether they were counted now or before");
    describe_counter!("metrics_dashboard_refusals_total", "Requests to the dashboard without a valid token");
    describe_histogram!("metrics_sample_seconds", Unit::Seconds, "Time to read and put together the live figures");
    describe_counter!("metrics_sample_failures_total", "Live figures that could not be read");
    describe_counter!("metrics_recounts_total", "Comparisons of the counts with the records, by outcome");
    describe_gauge!("metrics_dashboard_streams", "Browsers that follow the live stream");
}

/// Counts an event that was taken.
pub fn event(first: bool) {
    counter!("metrics_events_total", "outcome" => if first { "counted" } else { "repeated" }).increment(1);
}

/// Counts a request without a valid token.
pub fn refusal() {
    counter!("metrics_dashboard_refusals_total").increment(1);
}

/// Notes how long a sample took.
pub fn sampled(seconds: f64) {
    histogram!("metrics_sample_seconds").record(seconds);
}

/// Counts a sample that failed.
pub fn unsampled() {
    counter!("metrics_sample_failures_total").increment(1);
}

/// Counts a comparison with the records.
pub fn recounted(outcome: &'static str) {
    counter!("metrics_recounts_total", "outcome" => outcome).increment(1);
}

/// Notes that a browser came (1) or went (-1).
pub fn streams(change: f64) {
    gauge!("metrics_dashboard_streams").increment(change);
}
