//! The whole fleet on real servers: a call from ring to record, bad requests, servers that die and come back.
//!
//! One fleet serves all steps, in one test: starting it takes longer than everything that is asked of it.
#![allow(clippy::unwrap_used)]

mod desk;
mod event;
mod operator;
mod parked;
mod recount;

use std::{future::Future, path::PathBuf};

use callflow_fleet::{Endpoints, Fleet, Options, sample};
use callflow_retell::signature::{HEADER, Key, sign};
use jiff::Timestamp;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("e2e")
}

async fn call(endpoints: &Endpoints) -> anyhow::Result<()> {
    sample::place(endpoints, |_| ()).await.map(|_| ())
}

/// Posts a body, signed with `key` at `at` unless there is none, and returns the status.
async fn status(url: &str, body: &[u8], key: Option<&str>, at: Timestamp) -> u16 {
    let mut request = reqwest::Client::new().post(url).header("content-type", "application/json");
    if let Some(key) = key {
        request = request.header(HEADER, sign(&Key::new(key).unwrap(), body, at));
    }
    request.body(body.to_vec()).send().await.unwrap().status().as_u16()
}

/// Tries until it works: a service needs a moment to notice that a server is back.
async fn soon<F: Future<Output = anyhow::Result<()>>>(what: &str, attempt: impl Fn() -> F) {
    let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        match attempt().await {
            Ok(()) => return,
            Err(error) => assert!(std::time::Instant::now() < until, "{what}: {error:#}"),
        }
        tokio::time::sleep(std::time::Duration::from_millis(250)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_booked_bad_requests_are_refused_and_servers_may_die() {
    let mut fleet = Fleet::start(Options { test: true, ..Options::new(folder()).unwrap() }).await.unwrap();
    let endpoints = fleet.endpoints().clone();
    call(&endpoints).await.unwrap();
    // The same customer calls again and finds another slot.
    call(&endpoints).await.unwrap();

    bad_requests(&endpoints).await;
    event::check(&endpoints).await;
    parked::check(&endpoints, folder().join("endpoints.json")).await;
    operator::check(folder()).await;
    // Nobody waits a minute to see it.
    let often = ("CALLFLOW__RECOUNT__EVERY_SECS".to_owned(), "2".to_owned());
    fleet.kill("metrics").await.unwrap();
    fleet.revive("metrics", &[often]).await.unwrap();
    desk::check(&endpoints, folder().join("endpoints.json")).await;
    recount::check(&endpoints).await;

    fleet.stack.redis().kill().await.unwrap();
    fleet.stack.redis().start().await.unwrap();
    soon("after Redis came back", || call(&endpoints)).await;
    fleet.stack.rabbitmq().kill().await.unwrap();
    fleet.stack.rabbitmq().start().await.unwrap();
    soon("after RabbitMQ came back", || call(&endpoints)).await;
    fleet.stack.postgres().kill().await.unwrap();
    fleet.stack.postgres().start().await.unwrap();
    soon("after Postgres came back", || call(&endpoints)).await;
    fleet.stop().await;
}

async fn bad_requests(endpoints: &Endpoints) {
    let company = &endpoints.companies["haarwerk"];
    let (key, now) = (Some(company.signing_key.as_str()), Timestamp::now());
    let ring = br#"{"event":"call_inbound","call_inbound":{"from_number":"anonymous","to_number":"+493023125100"}}"#;
    assert_eq!(status(&company.inbound, ring, key, now).await, 200);
    assert_eq!(status(&company.inbound, ring, None, now).await, 401, "no signature");
    assert_eq!(status(&company.inbound, ring, Some("key_of_somebody_else_0123456789"), now).await, 401, "other key");
    let expired = now - jiff::SignedDuration::from_secs(301);
    assert_eq!(status(&company.inbound, ring, key, expired).await, 401, "expired");
    assert_eq!(status(&company.inbound, &vec![b' '; 70_000], key, now).await, 413, "too large");
    assert_eq!(status(&company.events, b"{\"event\":", key, now).await, 400, "broken JSON");
    let unknown = company.inbound.replace("haarwerk", "nobody");
    assert_eq!(status(&unknown, ring, key, now).await, 404, "unknown company");
    let future = br#"{"event":"call_teleported","call":{"call_id":"call_future","call_type":"phone_call"}}"#;
    let answered = status(&company.events, future, key, now).await;
    assert!((200..300).contains(&answered), "an event of the future is acknowledged, not {answered}");
}
