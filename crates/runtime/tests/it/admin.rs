//! The admin server over real HTTP.

use std::net::TcpListener;

use callflow_runtime::{Health, Impact, admin, config::Admin};
use serde_json::Value;

/// Starts an admin server and returns its base URL.
fn start(health: &Health, allow_log_level: bool) -> (admin::Server, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let config = Admin { allow_log_level, ..Admin::default() };
    (admin::serve(listener, &config, health).unwrap(), base)
}

async fn get(url: String) -> (u16, Value) {
    let response = reqwest::get(url).await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn readyz_names_the_failing_check() {
    let health = Health::new("booking");
    let (server, base) = start(&health, false);
    assert_eq!(get(format!("{base}/livez")).await, (200, serde_json::json!({ "alive": true })));
    let (status, body) = get(format!("{base}/readyz")).await;
    assert_eq!((status, &body["phase"]), (503, &"starting".into()));

    health.serving();
    health.set("redis", Impact::Degrades, Err("refused".into()));
    let (status, body) = get(format!("{base}/readyz")).await;
    assert_eq!((status, &body["degraded"], &body["checks"]["redis"]["error"]), (200, &true.into(), &"refused".into()));

    health.set("postgres", Impact::Blocks, Err("password of postgres://u:p@h is wrong".into()));
    let (status, body) = get(format!("{base}/readyz")).await;
    assert_eq!((status, &body["ready"]), (503, &false.into()));
    assert_eq!(body["checks"]["postgres"]["error"], "password of postgres://***@h is wrong");
    assert_eq!(get(format!("{base}/version")).await.1["service"], "booking");
    server.stop().await;
    assert!(reqwest::get(format!("{base}/livez")).await.is_err(), "stopped means stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_served_as_text() {
    callflow_telemetry::metrics::install().unwrap();
    metrics::counter!("probes_total").increment(3);
    let (_server, base) = start(&Health::new("booking"), false);
    let response = reqwest::get(format!("{base}/metrics")).await.unwrap();
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/plain; version=0.0.4"));
    let text = response.text().await.unwrap();
    assert!(text.contains("probes_total 3") && text.contains("process_resident_memory_bytes"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_filter_changes_only_where_that_was_allowed() {
    let telemetry = callflow_telemetry::Config { log_filter: "error".into(), ..Default::default() };
    let _guard = callflow_telemetry::start("booking", &telemetry).unwrap();
    let health = Health::new("booking");
    let post = async |base: &str, body: &'static str| {
        let request = reqwest::Client::new().post(format!("{base}/log-level")).body(body);
        request.send().await.unwrap().status().as_u16()
    };
    let (_closed, base) = start(&health, false);
    assert_eq!(post(&base, "debug").await, 403);
    let (_open, base) = start(&health, true);
    assert_eq!(post(&base, "=,nonsense=").await, 400);
    assert_eq!(post(&base, "error,callflow=error").await, 204);
}
