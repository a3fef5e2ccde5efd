//! Parked messages can be looked at any number of times, sent back without a second effect, and dropped.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use callflow_queue::{
    Delivery, Disposition,
    consumer::Config,
    parked::{Filter, Parked, ParkedQueue},
};
use lapin::BasicProperties;

use crate::support::{Corner, event, handler::Script, wait_for, with_queue};

async fn open(corner: &Corner) -> ParkedQueue {
    ParkedQueue::open(&corner.endpoint(), corner.family(), corner.publisher().await).await.unwrap()
}

/// Parks `count` messages of calls `call_0` and on, in order.
async fn park(corner: &Corner, count: usize) {
    let (handler, _) = Script::new(|delivery: Delivery| async move {
        let even = delivery.envelope.correlation_id.ends_with(['0', '2', '4', '6', '8']);
        Disposition::Park { reason: if even { "even" } else { "odd" }.into() }
    });
    let running = corner.consume(handler, Config { concurrency: 1, ..Config::default() }).await;
    let publisher = corner.publisher().await;
    for number in 0..count {
        publisher.publish(event(&format!("call_{number}"))).await.unwrap();
    }
    corner.wait_count(&corner.family().parked(), u32::try_from(count).unwrap()).await;
    running.stop().await;
}

fn calls(parked: &[Parked]) -> Vec<&str> {
    parked.iter().map(|parked| &*parked.correlation_id).collect()
}

fn about(reason: &str) -> Filter {
    Filter { reason: Some(reason.into()), ..Filter::default() }
}

#[tokio::test]
async fn looking_changes_nothing_however_often() {
    with_queue(async |corner| {
        park(corner, 5).await;
        let queue = open(corner).await;
        for look in 0..30 {
            let parked = queue.list(&Filter::default(), 100).await.unwrap();
            assert_eq!(calls(&parked), ["call_0", "call_1", "call_2", "call_3", "call_4"], "look {look}");
        }
        let odd = queue.list(&about("odd"), 100).await.unwrap();
        assert_eq!(calls(&odd), ["call_1", "call_3"]);
        assert_eq!(queue.list(&Filter::default(), 2).await.unwrap().len(), 2);
        let minute = Filter { older_than: Some(Duration::from_secs(60)), ..Filter::default() };
        assert!(queue.list(&minute, 100).await.unwrap().is_empty());
        assert!(odd[0].envelope.is_some() && odd[0].body_bytes > 0);
        queue.close().await;
        corner.wait_count(&corner.family().parked(), 5).await;
    })
    .await;
}

#[tokio::test]
async fn dropping_takes_only_what_fits() {
    with_queue(async |corner| {
        park(corner, 5).await;
        let queue = open(corner).await;
        let dropped = queue.drop(&about("even"), 100).await.unwrap();
        assert_eq!(calls(&dropped), ["call_0", "call_2", "call_4"]);
        let left = queue.list(&Filter::default(), 100).await.unwrap();
        assert_eq!(calls(&left), ["call_1", "call_3"]);
        let one = Filter { id: Some(left[1].id.clone()), ..Filter::default() };
        assert_eq!(calls(&queue.drop(&one, 100).await.unwrap()), ["call_3"]);
        corner.wait_count(&corner.family().parked(), 1).await;
    })
    .await;
}

#[tokio::test]
async fn a_redriven_message_begins_anew_under_its_old_id() {
    with_queue(async |corner| {
        let broken = Arc::new(AtomicBool::new(true));
        let seen_broken = broken.clone();
        let (handler, seen) = Script::new(move |_| {
            let broken = seen_broken.load(Ordering::SeqCst);
            async move { if broken { Disposition::Park { reason: "defect".into() } } else { Disposition::Done } }
        });
        let running = corner.consume(handler, Config::default()).await;
        corner.publisher().await.publish(event("call_1")).await.unwrap();
        corner.wait_count(&corner.family().parked(), 1).await;
        let queue = open(corner).await;
        assert_eq!(queue.redrive(&about("defect"), 10).await.unwrap().len(), 1);
        wait_for("it is parked again", async || seen.count() == 2).await;
        corner.wait_count(&corner.family().parked(), 1).await;
        assert_eq!(queue.list(&Filter::default(), 10).await.unwrap()[0].redriven, 1);
        broken.store(false, Ordering::SeqCst);
        queue.redrive(&Filter::default(), 10).await.unwrap();
        wait_for("it is done", async || seen.count() == 3).await;
        running.stop().await;
        let all = seen.all();
        assert!(all.iter().all(|delivery| (delivery.message_id, delivery.attempt) == (all[0].message_id, 1)));
        assert!(all.iter().all(|delivery| delivery.routing_key == "call.started"));
        corner.wait_count(&corner.family().parked(), 0).await;
    })
    .await;
}

#[tokio::test]
async fn a_second_redrive_of_the_same_message_has_no_second_effect() {
    with_queue(async |corner| {
        park(corner, 1).await;
        // A redrive that died between its publish and its acknowledgement leaves both copies.
        let queue = open(corner).await;
        let parked = queue.list(&Filter::default(), 1).await.unwrap();
        let copy = callflow_queue::Message::event("call.started", parked[0].envelope.as_ref().unwrap()).unwrap();
        corner.publisher().await.publish(copy).await.unwrap();
        queue.redrive(&Filter::default(), 10).await.unwrap();
        let (inbox, effects) = (Arc::new(Mutex::new(HashSet::new())), Arc::new(Mutex::new(0)));
        let (known, counted) = (inbox.clone(), effects.clone());
        let (handler, seen) = Script::new(move |delivery: Delivery| {
            if known.lock().unwrap().insert(delivery.message_id) {
                *counted.lock().unwrap() += 1;
            }
            async { Disposition::Done }
        });
        let running = corner.consume(handler, Config::default()).await;
        wait_for("both copies are handled", async || seen.count() == 2).await;
        running.stop().await;
        assert_eq!(*effects.lock().unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_the_broker_itself_set_aside_is_shown_too() {
    with_queue(async |corner| {
        corner.put(&corner.family().parked(), b"rubbish", BasicProperties::default()).await;
        let parked = open(corner).await.list(&Filter::default(), 10).await.unwrap();
        assert_eq!(parked[0].reason, "returned_too_often");
        assert!(parked[0].id.starts_with("body-"), "named by its body: {}", parked[0].id);
        assert_eq!(parked[0].envelope, None);
    })
    .await;
}
