//! What a handler returns is what happens to the message, whatever else happens.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use callflow_queue::{
    Disposition,
    consumer::Config,
    parked::{Filter, Parked, ParkedQueue},
    retry::Policy,
};
use tokio::{
    sync::Semaphore,
    time::{Instant, sleep},
};

use crate::support::{
    Corner, event,
    handler::{Script, done, retry},
    wait_for, with_queue,
};

async fn parked(corner: &Corner) -> Vec<Parked> {
    let queue = ParkedQueue::open(&corner.endpoint(), corner.family(), corner.publisher().await).await.unwrap();
    let parked = queue.list(&Filter::default(), 100).await.unwrap();
    queue.close().await;
    parked
}

#[tokio::test]
async fn what_is_done_is_gone() {
    with_queue(async |corner| {
        let (handler, seen) = done();
        let running = corner.consume(handler, Config::default()).await;
        let message = event("call_1");
        corner.publisher().await.publish(message.clone()).await.unwrap();
        wait_for("it is handled", async || seen.count() == 1).await;
        running.stop().await;
        let delivery = &seen.all()[0];
        assert_eq!(delivery.message_id.to_string(), message.id());
        assert_eq!((&*delivery.routing_key, delivery.attempt), ("call.started", 1));
        assert!(delivery.company_id.is_some());
        corner.wait_count(corner.family().main(), 0).await;
    })
    .await;
}

#[tokio::test]
async fn what_is_to_be_retried_comes_back_later_as_the_next_attempt() {
    with_queue(async |corner| {
        let (handler, seen) =
            Script::new(
                |delivery| async move { if delivery.attempt == 1 { retry("not yet") } else { Disposition::Done } },
            );
        let running = corner.consume(handler, Config::default()).await;
        let before = Instant::now();
        corner.publisher().await.publish(event("call_1")).await.unwrap();
        wait_for("it is handled twice", async || seen.count() == 2).await;
        assert!(before.elapsed() >= Duration::from_secs(1), "{:?}", before.elapsed());
        running.stop().await;
        let [first, second] = &seen.all()[..] else { panic!("two deliveries") };
        assert_eq!((first.attempt, second.attempt), (1, 2));
        assert_eq!(first.envelope, second.envelope);
        assert_eq!((first.first_seen, &first.routing_key), (second.first_seen, &second.routing_key));
    })
    .await;
}

#[tokio::test]
async fn after_the_last_attempt_it_is_parked_with_everything_an_operator_needs() {
    with_queue(async |corner| {
        let (handler, seen) = Script::new(|_| async { retry("still not") });
        let config = Config { policy: Policy { attempts: 2 }, ..Config::default() };
        let running = corner.consume(handler, config).await;
        let message = event("call_1");
        corner.publisher().await.publish(message.clone()).await.unwrap();
        corner.wait_count(&corner.family().parked(), 1).await;
        running.stop().await;
        assert_eq!(seen.count(), 2);
        let parked = parked(corner).await;
        let [parked] = &parked[..] else { panic!("one parked message: {parked:?}") };
        assert_eq!((&*parked.reason, &*parked.detail), ("attempts_exhausted", "attempt 2: still not"));
        assert_eq!((&*parked.id, parked.attempt, &*parked.routing_key), (message.id(), 2, "call.started"));
        assert_eq!((&*parked.correlation_id, parked.redriven), ("call_1", 0));
        assert!(parked.parked_at > parked.first_seen);
    })
    .await;
}

#[tokio::test]
async fn a_refused_message_is_parked_at_once() {
    with_queue(async |corner| {
        let (handler, seen) = Script::new(|_| async { Disposition::Park { reason: "no such company".into() } });
        let running = corner.consume(handler, Config::default()).await;
        corner.publisher().await.publish(event("call_1")).await.unwrap();
        corner.wait_count(&corner.family().parked(), 1).await;
        running.stop().await;
        assert_eq!(seen.count(), 1);
        let parked = parked(corner).await;
        assert_eq!((&*parked[0].reason, &*parked[0].detail), ("refused", "no such company"));
    })
    .await;
}

#[tokio::test]
async fn a_panic_is_a_failed_attempt_and_harms_no_neighbour() {
    with_queue(async |corner| {
        let (handler, seen) = Script::new(|delivery| async move {
            assert!(delivery.envelope.correlation_id != "call_bad" || delivery.attempt > 1, "on purpose");
            Disposition::Done
        });
        let running = corner.consume(handler, Config::default()).await;
        let publisher = corner.publisher().await;
        for call in ["call_1", "call_bad", "call_2"] {
            publisher.publish(event(call)).await.unwrap();
        }
        wait_for("the bad one comes again", async || seen.count() == 4).await;
        running.stop().await;
        let mut calls = seen.calls();
        calls.sort();
        assert_eq!(calls, ["call_1", "call_2", "call_bad", "call_bad"]);
        assert_eq!(corner.count(&corner.family().parked()).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_handler_that_takes_too_long_has_failed() {
    with_queue(async |corner| {
        let (handler, seen) = Script::new(|delivery| async move {
            if delivery.attempt == 1 {
                sleep(Duration::from_secs(60)).await;
            }
            Disposition::Done
        });
        let config = Config { handler_timeout: Duration::from_millis(200), ..Config::default() };
        let running = corner.consume(handler, config).await;
        corner.publisher().await.publish(event("call_1")).await.unwrap();
        wait_for("it comes again", async || seen.count() == 2).await;
        running.stop().await;
        corner.wait_count(corner.family().main(), 0).await;
    })
    .await;
}

#[tokio::test]
async fn waiting_for_something_away_is_no_attempt_and_slows_the_intake() {
    with_queue(async |corner| {
        let away = Arc::new(AtomicUsize::new(0));
        let counted = away.clone();
        let (handler, seen) = Script::new(move |_| {
            let call = counted.fetch_add(1, Ordering::SeqCst);
            async move { if call < 3 { Disposition::Wait { reason: "database".into() } } else { Disposition::Done } }
        });
        let config = Config { concurrency: 1, policy: Policy { attempts: 1 }, ..Config::default() };
        let running = corner.consume(handler, config).await;
        let publisher = corner.publisher().await;
        for number in 0..4 {
            publisher.publish(event(&format!("call_{number}"))).await.unwrap();
        }
        wait_for("all come through", async || seen.count() == 7).await;
        running.stop().await;
        assert!(seen.all().iter().all(|delivery| delivery.attempt == 1), "with one attempt allowed, none was counted");
        assert_eq!(corner.count(&corner.family().parked()).await, 0);
    })
    .await;
}

#[tokio::test]
async fn no_more_are_in_hand_than_there_are_permits() {
    with_queue(async |corner| {
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (inside, peak) = (now.clone(), most.clone());
        let (handler, seen) = Script::new(move |_| {
            let (inside, peak) = (inside.clone(), peak.clone());
            async move {
                peak.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                sleep(Duration::from_millis(20)).await;
                inside.fetch_sub(1, Ordering::SeqCst);
                Disposition::Done
            }
        });
        let running = corner.consume(handler, Config { concurrency: 4, ..Config::default() }).await;
        let publisher = corner.publisher().await;
        futures::future::join_all((0..60).map(|_| publisher.publish(event("call_1")))).await;
        // What the process holds, it works on: the rest stays with the broker, for other processes to take.
        assert!(corner.count(corner.family().main()).await >= 60 - 4 - u32::try_from(seen.count()).unwrap());
        wait_for("all are handled", async || seen.count() == 60).await;
        running.stop().await;
        assert_eq!(most.load(Ordering::SeqCst), 4);
    })
    .await;
}

#[tokio::test]
async fn no_wish_for_more_puts_more_than_sixteen_in_hand() {
    with_queue(async |corner| {
        let gate = Arc::new(Semaphore::new(0));
        let closed = gate.clone();
        let (handler, seen) = Script::new(move |_| {
            let gate = closed.clone();
            async move {
                let _ = gate.acquire().await;
                Disposition::Done
            }
        });
        let running = corner.consume(handler, Config { concurrency: 1_000, ..Config::default() }).await;
        let publisher = corner.publisher().await;
        futures::future::join_all((0..60).map(|_| publisher.publish(event("call_1")))).await;
        wait_for("all permits are in use", async || seen.count() == 16).await;
        // The broker has the other 44 itself: it did not even send them.
        corner.wait_count(corner.family().main(), 60 - 16).await;
        gate.close();
        wait_for("all are handled", async || seen.count() == 60).await;
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn told_to_end_it_finishes_what_it_holds_and_leaves_the_rest_untouched() {
    with_queue(async |corner| {
        let (handler, seen) = Script::new(|_| async {
            sleep(Duration::from_millis(30)).await;
            Disposition::Done
        });
        let running = corner.consume(handler, Config { concurrency: 8, ..Config::default() }).await;
        let publisher = corner.publisher().await;
        let messages: Vec<_> = (0..200).map(|number| event(&format!("call_{number}"))).collect();
        futures::future::join_all(messages.iter().map(|message| publisher.publish(message.clone()))).await;
        wait_for("some are handled", async || seen.count() > 20).await;
        running.stop().await;
        let handled = seen.count();
        assert!(handled < 200, "it did end");
        corner.wait_count(corner.family().main(), u32::try_from(200 - handled).unwrap()).await;
        let (handler, rest) = done();
        let running = corner.consume(handler, Config::default()).await;
        wait_for("the rest is handled", async || rest.count() == 200 - handled).await;
        running.stop().await;
        assert_eq!(corner.count(&corner.family().suspect()).await, 0, "nothing looked like a crash");
        let mut calls: Vec<_> = [seen.calls(), rest.calls()].concat();
        calls.sort();
        calls.dedup();
        assert_eq!(calls.len(), 200, "each once");
    })
    .await;
}

#[tokio::test]
async fn the_age_of_the_oldest_unprocessed_message_is_measured_from_its_own_timestamp() {
    with_queue(async |corner| {
        callflow_telemetry::metrics::install().unwrap();
        let (handler, seen) = Script::new(|_| async {
            sleep(Duration::from_secs(6)).await;
            Disposition::Done
        });
        let running = corner.consume(handler, Config::default()).await;
        let mut envelope = crate::support::envelope("call_1");
        let hour_ago = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1);
        envelope.occurred_at = Some(callflow_contract::convert::to_wire_time(hour_ago));
        let message = callflow_queue::Message::event("call.started", &envelope).unwrap();
        corner.publisher().await.publish(message).await.unwrap();
        wait_for("it is in hand", async || seen.count() == 1).await;
        let age = || {
            let rendered = callflow_telemetry::metrics::render();
            let line =
                rendered.lines().find(|line| line.starts_with("queue_oldest_unprocessed_seconds{")).unwrap_or("0 0");
            line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()
        };
        wait_for("the gauge shows an hour", async || (3_600.0..3_700.0).contains(&age())).await;
        running.stop().await;
    })
    .await;
}
