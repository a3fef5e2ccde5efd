//! Spans leave the process: in time, complete, masked; and a dead collector holds nobody up.
//!
//! Telemetry is started once per process; the test runner gives each test its own.

use std::time::{Duration, Instant};

use callflow_telemetry::{Config, set_log_filter, set_parent, start};
use tracing::info_span;

use crate::collector::Collector;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropping_the_guard_sends_the_last_spans_masked_and_under_their_parent() {
    let (collector, endpoint) = Collector::start().await;
    let config = Config { otlp_endpoint: Some(endpoint), log_filter: "warn".into(), ..Config::default() };
    let guard = start("booking", &config).unwrap();
    assert!(start("booking", &config).is_err(), "a second start is refused");
    set_log_filter("error").unwrap();
    assert!(set_log_filter("info,=").is_err());

    let span = info_span!("confirm", company.id = "c1", caller = "+491713920017", customer.phone = 17);
    assert!(set_parent(&span, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
    span.in_scope(|| tracing::info!("caller 0171 3920017 confirmed"));
    drop(span);
    drop(guard);

    let spans = collector.spans();
    assert_eq!(spans.len(), 1, "{spans:?}");
    let (service, span) = &spans[0];
    assert!(service.contains("callflow-booking"), "{service}");
    assert_eq!(span.name, "confirm");
    assert_eq!(span.trace_id[..2], [0x0a, 0xf7]);
    assert_eq!(span.parent_span_id[..2], [0xb7, 0xad]);
    // Ids and times have any three digits now and then; everything else is looked through.
    let events: Vec<_> = span.events.iter().map(|event| (&event.name, &event.attributes)).collect();
    let sent = format!("{} {:?} {events:?} {:?}", span.name, span.attributes, span.status);
    assert!(sent.contains("<phone>") && sent.contains("c1"), "{sent}");
    assert!(!sent.contains("171"), "{sent}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_never_answers_delays_the_end_by_the_flush_time_out_only() {
    // Accepts connections in its backlog and never reads: the worst kind of dead.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let config = Config { otlp_endpoint: Some(endpoint), flush_timeout_ms: 400, ..Config::default() };
    let guard = start("booking", &config).unwrap();
    info_span!("lost").in_scope(|| {});
    let begun = Instant::now();
    tokio::task::spawn_blocking(move || drop(guard)).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}
