//! A consumer outlives its connection and its queues.

use std::time::Duration;

use callflow_queue::{Disposition, consumer::Config};
use callflow_testkit::Fault;
use lapin::options::QueueDeleteOptions;
use tokio::time::sleep;

use crate::support::{
    event,
    handler::{Script, done},
    wait_for, with_queue,
};

#[tokio::test]
async fn cut_again_and_again_it_handles_everything_and_suspects_nothing() {
    with_queue(async |corner| {
        let (link, endpoint) = corner.link().await;
        let (handler, seen) = Script::new(|_| async {
            sleep(Duration::from_millis(20)).await;
            Disposition::Done
        });
        let running = corner.consume_at(endpoint, handler, Config::default()).await;
        let publisher = corner.publisher().await;
        let publishing = async {
            for number in 0..300 {
                publisher.publish(event(&format!("call_{number}"))).await.unwrap();
                sleep(Duration::from_millis(10)).await;
            }
        };
        let cutting = async {
            for _ in 0..4 {
                sleep(Duration::from_millis(700)).await;
                link.cut();
            }
        };
        tokio::join!(publishing, cutting);
        let distinct = || {
            let mut calls = seen.calls();
            calls.sort();
            calls.dedup();
            calls.len()
        };
        wait_for("all are handled", async || distinct() == 300).await;
        corner.wait_count(corner.family().main(), 0).await;
        running.stop().await;
        assert_eq!(corner.count(&corner.family().parked()).await, 0);
    })
    .await;
}

#[tokio::test]
async fn what_was_in_hand_when_the_link_went_is_not_taken_for_a_crash() {
    with_queue(async |corner| {
        let (link, endpoint) = corner.link().await;
        let (handler, seen) = Script::new(|_| async {
            sleep(Duration::from_millis(800)).await;
            Disposition::Done
        });
        callflow_telemetry::metrics::install().unwrap();
        let running = corner.consume_at(endpoint, handler, Config::default()).await;
        corner.publisher().await.publish(event("call_1")).await.unwrap();
        wait_for("it is in hand", async || seen.count() == 1).await;
        link.cut();
        wait_for("it comes again", async || seen.count() == 2).await;
        corner.wait_count(corner.family().main(), 0).await;
        running.stop().await;
        let rendered = callflow_telemetry::metrics::render();
        assert!(rendered.contains("queue_redeliveries_total"), "{rendered}");
        assert!(!rendered.contains(r#"outcome="suspect""#), "{rendered}");
    })
    .await;
}

#[tokio::test]
async fn a_deleted_queue_is_made_again() {
    with_queue(async |corner| {
        let (handler, seen) = done();
        let running = corner.consume(handler, Config::default()).await;
        let main = corner.family().main().to_owned();
        corner.channel.queue_delete(main.as_str().into(), QueueDeleteOptions::default()).await.unwrap();
        let publisher = corner.publisher().await;
        wait_for("it consumes again", async || {
            let _ = publisher.publish(event("call_1")).await;
            seen.count() > 0
        })
        .await;
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn readiness_follows_the_connection() {
    with_queue(async |corner| {
        let (link, endpoint) = corner.link().await;
        let (handler, _) = done();
        let running = corner.consume_at(endpoint, handler, Config::default()).await;
        let readiness = running.readiness.clone();
        link.set(Fault::Refuse);
        wait_for("it is not ready", async || !readiness.is_ready()).await;
        link.heal();
        wait_for("it is ready again", async || readiness.is_ready()).await;
        running.stop().await;
    })
    .await;
}
