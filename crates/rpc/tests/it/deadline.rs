//! Deadlines on their way through client, wire, server and on to the next client.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use callflow_domain::ErrorKind;
use callflow_rpc::{Deadline, client, server::Config};
use tonic::Request;

use crate::probe::{Running, ask, call, channel, wait_for};

/// Asks the probe how much time it was given.
async fn left(channel: &callflow_rpc::Channel) -> u64 {
    ask(channel, "Left", "").await.unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_knows_what_is_left_of_the_caller_s_time() {
    let server = Running::start(&Config::default());
    let channel = server.channel();
    assert!((1_500..2_000).contains(&left(&channel).await), "the client's own limit");
    let deadline = Deadline::after(Duration::from_millis(700));
    assert!((300..700).contains(&deadline.scope(left(&channel)).await), "the task's deadline is nearer");
    let mut request = Request::new(String::new());
    request.set_timeout(Duration::from_millis(400));
    let given: u64 = deadline.scope(call(&channel, "Left", request)).await.unwrap().parse().unwrap();
    assert!((100..400).contains(&given), "the request's own is nearest: {given}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_cannot_ask_for_more_time_than_the_server_believes() {
    let server = Running::start(&Config { max_timeout_ms: 500, ..Config::default() });
    assert!(left(&server.channel()).await <= 500);
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_nobody_waits_for_any_more_is_dropped_on_both_sides() {
    let server = Running::start(&Config::default());
    let channel = channel(&[server.address], client::Config { timeout_ms: 150, ..Default::default() });
    let begun = Instant::now();
    let failure = ask(&channel, "Slow", "60000").await.unwrap_err();
    assert_eq!(failure.kind, ErrorKind::Timeout);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    wait_for("the server to give up", async || server.seen.cut_off.load(Ordering::SeqCst) == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_that_has_passed_sends_nothing() {
    let server = Running::start(&Config::default());
    let channel = server.channel();
    let failure = Deadline::after(Duration::ZERO).scope(ask(&channel, "Echo", "x")).await.unwrap_err();
    assert_eq!(failure.kind, ErrorKind::Timeout);
    assert_eq!(server.seen.begun.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dependency_that_accepts_and_never_answers_costs_the_deadline_and_no_more() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let config = client::Config { timeout_ms: 200, ..Default::default() };
    let channel = channel(&[silent.local_addr().unwrap()], config);
    let begun = Instant::now();
    let failure = ask(&channel, "Echo", "x").await.unwrap_err();
    assert!(failure.kind.is_transient(), "{failure:?}");
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}
