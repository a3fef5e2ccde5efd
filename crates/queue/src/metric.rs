//! Every instrument of this crate, with unit and labels. Labels come from closed sets.

use std::time::Duration;

use metrics::{counter, gauge, histogram};

use crate::Error;

/// `queue_publish_seconds{outcome}`: from the call to the confirm or the error.
pub(crate) fn published(took: Duration, error: Option<&Error>) {
    histogram!("queue_publish_seconds", "outcome" => error.map_or("ok", Error::label)).record(took.as_secs_f64());
}

/// `queue_connected{link}`: 1 while connected; `link` is `publisher` or a queue.
pub(crate) fn connected(link: &'static str, is: bool) {
    gauge!("queue_connected", "link" => link).set(if is { 1.0 } else { 0.0 });
}

/// `queue_messages_total{queue,outcome}`: deliveries by what became of them.
pub(crate) fn settled(queue: &'static str, outcome: &'static str) {
    counter!("queue_messages_total", "queue" => queue, "outcome" => outcome).increment(1);
}

/// `queue_parked_total{queue,reason}`: messages parked.
pub(crate) fn parked(queue: &'static str, reason: &'static str) {
    counter!("queue_parked_total", "queue" => queue, "reason" => reason).increment(1);
}

/// `queue_redeliveries_total{queue}`: deliveries the broker had delivered before.
pub(crate) fn redelivered(queue: &'static str) {
    counter!("queue_redeliveries_total", "queue" => queue).increment(1);
}

/// `queue_handle_seconds{queue}`: how long the handler took.
pub(crate) fn handled(queue: &'static str, took: Duration) {
    histogram!("queue_handle_seconds", "queue" => queue).record(took.as_secs_f64());
}

/// `queue_in_flight{queue}` and `queue_oldest_unprocessed_seconds{queue}`, by the messages' own timestamps.
pub(crate) fn in_flight(queue: &'static str, count: usize, oldest: Duration) {
    #[expect(clippy::cast_precision_loss, reason = "at most 16")]
    gauge!("queue_in_flight", "queue" => queue).set(count as f64);
    gauge!("queue_oldest_unprocessed_seconds", "queue" => queue).set(oldest.as_secs_f64());
}

/// `queue_waiting_messages{queue,part}`: messages in a family's queues; `part` is `main`, `retry`, `suspect` or `parked`.
pub(crate) fn waiting(queue: &'static str, part: &'static str, count: u32) {
    gauge!("queue_waiting_messages", "queue" => queue, "part" => part).set(f64::from(count));
}

/// `outbox_published_total{outbox}`: rows published and removed.
pub(crate) fn relayed(outbox: &'static str, count: usize) {
    counter!("outbox_published_total", "outbox" => outbox).increment(u64::try_from(count).unwrap_or(u64::MAX));
}

/// `outbox_failures_total{outbox,reason}`: attempts that left rows behind.
pub(crate) fn relay_failed(outbox: &'static str, reason: &'static str) {
    counter!("outbox_failures_total", "outbox" => outbox, "reason" => reason).increment(1);
}

/// `outbox_rows{outbox}`, `outbox_bytes{outbox}`, `outbox_oldest_seconds{outbox}`: what waits.
#[expect(clippy::cast_precision_loss, reason = "a gauge need not be exact beyond 2^53")]
pub(crate) fn backlog(outbox: &'static str, rows: u64, bytes: u64, oldest: Duration) {
    gauge!("outbox_rows", "outbox" => outbox).set(rows as f64);
    gauge!("outbox_bytes", "outbox" => outbox).set(bytes as f64);
    gauge!("outbox_oldest_seconds", "outbox" => outbox).set(oldest.as_secs_f64());
}
