//! Breaker and retries against a dependency that goes away and comes back.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use callflow_domain::ErrorKind;
use callflow_rpc::{
    breaker::{self, State},
    client, idempotent,
    server::Config,
};

use crate::probe::{Running, ask, call, channel, wait_for};

fn quick() -> client::Config {
    let breaker = breaker::Config { open_ms: 50, max_open_ms: 100, probes: 1, ..Default::default() };
    client::Config { breaker, ..Default::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dependency_that_is_away_is_not_asked_and_is_found_again_by_itself() {
    let server = Running::start(&Config::default());
    let address = server.address;
    let channel = channel(&[address], quick());
    ask(&channel, "Echo", "x").await.unwrap();
    server.stop().await;

    for _ in 0..5 {
        assert_eq!(ask(&channel, "Echo", "x").await.unwrap_err().kind, ErrorKind::Unavailable);
    }
    assert_eq!(channel.breaker(), State::Open);
    let begun = Instant::now();
    let refused = ask(&channel, "Echo", "x").await.unwrap_err();
    assert_eq!(refused.code.as_deref(), Some("breaker_open"));
    assert!(begun.elapsed() < Duration::from_millis(40), "{:?}", begun.elapsed());

    let _server = Running::start_on(address, &Config::default());
    wait_for("the breaker to close", async || {
        ask(&channel, "Echo", "x").await.is_ok() && channel.breaker() == State::Closed
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_and_defects_do_not_open_the_breaker() {
    let server = Running::start(&Config::default());
    let channel = channel(&[server.address], quick());
    for _ in 0..30 {
        ask(&channel, "Refuse", "taken").await.unwrap_err();
        ask(&channel, "Panic", "oh").await.unwrap_err();
    }
    assert_eq!(channel.breaker(), State::Closed);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_may_be_repeated_is_tried_again() {
    let server = Running::start(&Config::default());
    let channel = server.channel();
    assert_eq!(call(&channel, "Flaky", idempotent(String::new())).await.unwrap(), "1");
    assert_eq!(ask(&channel, "Flaky", "").await.unwrap_err().kind, ErrorKind::Unavailable);
    assert_eq!(server.seen.begun.load(Ordering::SeqCst), 3);
    assert_eq!(call(&channel, "Refuse", idempotent("no".into())).await.unwrap_err().kind, ErrorKind::Conflict);
    assert_eq!(server.seen.begun.load(Ordering::SeqCst), 4, "a refusal stays a refusal");
}

#[tokio::test(flavor = "multi_thread")]
async fn retries_stop_when_their_budget_is_spent() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let breaker = breaker::Config { consecutive_failures: 10_000, min_calls: 10_000, ..Default::default() };
    let channel =
        channel(&[nobody], client::Config { breaker, retry_ratio: 0.0, max_retries: 5, ..Default::default() });
    let timed = async || {
        let begun = Instant::now();
        call(&channel, "Echo", idempotent("x".into())).await.unwrap_err();
        begun.elapsed()
    };
    let first = timed().await;
    for _ in 0..5 {
        timed().await;
    }
    let broke = timed().await;
    assert!(first > Duration::from_millis(150), "five pauses: {first:?}");
    assert!(broke < Duration::from_millis(100), "no token left: {broke:?}");
}
