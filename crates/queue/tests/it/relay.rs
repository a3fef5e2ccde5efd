//! Every row of an outbox reaches the broker, in order per key, whatever happens to the broker meanwhile.

use std::{collections::HashMap, time::Duration};

use callflow_queue::{Publisher, Relay, consumer, relay::Config, topology::RESOLVER_CALL};
use callflow_testkit::Fault;
use tokio::{task::JoinHandle, time::sleep};
use tokio_util::sync::CancellationToken;

use crate::support::{
    envelope,
    handler::{Script, Seen, done},
    outbox::MemoryOutbox,
    wait_for, with_corner, with_queue,
};

fn start(outbox: &MemoryOutbox, publisher: &Publisher, config: Config) -> (CancellationToken, JoinHandle<()>) {
    let stop = CancellationToken::new();
    let relay = Relay::new(outbox.clone(), publisher.clone(), "test", config);
    (stop.clone(), tokio::spawn(relay.run(stop)))
}

/// Fills an outbox with numbered rows of several keys.
fn fill(outbox: &MemoryOutbox, keys: usize, rows: usize) {
    for number in 0..rows {
        let mut envelope = envelope(&format!("call_{}", number % keys));
        envelope.causation_id = number.to_string();
        outbox.add("call.event", &envelope);
    }
}

/// Asserts that the first delivery of each row came in the order of its key.
fn assert_order(seen: &Seen, rows: usize) {
    let mut last: HashMap<String, usize> = HashMap::new();
    let mut known = std::collections::HashSet::new();
    for delivery in seen.all() {
        let number: usize = delivery.envelope.causation_id.parse().unwrap();
        if known.insert(number) {
            let before = last.insert(delivery.envelope.correlation_id.clone(), number);
            assert!(before.is_none_or(|before| before < number), "{before:?} before {number}");
        }
    }
    assert_eq!(known.len(), rows, "every row arrived");
}

#[tokio::test]
async fn rows_of_one_key_leave_in_order_through_an_unsteady_link() {
    with_queue(async |corner| {
        let outbox = MemoryOutbox::default();
        fill(&outbox, 10, 300);
        let (link, endpoint) = corner.link().await;
        let publisher = Publisher::start(endpoint, &corner.topology, corner.publishing());
        // One at a time, so that the handler sees the order of the queue.
        let (handler, seen) = done();
        let running = corner.consume(handler, consumer::Config { concurrency: 1, ..Default::default() }).await;
        let (stop, task) = start(&outbox, &publisher, Config { batch: 8, ..Config::default() });
        let cutting = async {
            for _ in 0..5 {
                sleep(Duration::from_millis(60)).await;
                link.cut();
            }
        };
        let emptied = wait_for("the outbox is empty", async || outbox.rows().is_empty());
        tokio::join!(cutting, emptied);
        corner.wait_count(corner.family().main(), 0).await;
        stop.cancel();
        task.await.unwrap();
        running.stop().await;
        assert_order(&seen, 300);
    })
    .await;
}

#[tokio::test]
async fn while_the_broker_is_away_rows_are_not_even_locked() {
    with_queue(async |corner| {
        let outbox = MemoryOutbox::default();
        fill(&outbox, 10, 50);
        let (link, endpoint) = corner.link().await;
        link.set(Fault::Refuse);
        let publisher = Publisher::start(endpoint, &corner.topology, corner.publishing());
        let (stop, task) = start(&outbox, &publisher, Config::default());
        sleep(Duration::from_secs(1)).await;
        assert_eq!((outbox.claims(), outbox.rows().len()), (0, 50));
        link.heal();
        wait_for("the outbox is empty", async || outbox.rows().is_empty()).await;
        stop.cancel();
        task.await.unwrap();
        assert_eq!(corner.count(corner.family().main()).await, 50);
    })
    .await;
}

#[tokio::test]
async fn what_waits_is_seen_in_rows_bytes_and_age_until_it_has_left() {
    with_queue(async |corner| {
        callflow_telemetry::metrics::install().unwrap();
        let gauge = |name: &str| {
            let (rendered, name) = (callflow_telemetry::metrics::render(), format!("{name}{{outbox=\"test\"}}"));
            let line = rendered.lines().find(|line| line.starts_with(&name)).unwrap_or("0 -1").to_owned();
            line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()
        };
        let outbox = MemoryOutbox::default();
        fill(&outbox, 10, 50);
        outbox.change_last(|row| row.created_at = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1));
        let bytes: usize = outbox.rows().iter().map(|row| row.envelope.len()).sum();
        let (link, endpoint) = corner.link().await;
        link.set(Fault::Refuse);
        let publisher = Publisher::start(endpoint, &corner.topology, corner.publishing());
        let config = Config { measure: Duration::from_millis(100), ..Config::default() };
        let (stop, task) = start(&outbox, &publisher, config);
        wait_for("the rows are seen", async || gauge("outbox_rows") == 50.0).await;
        assert_eq!(gauge("outbox_bytes") as usize, bytes);
        assert!((3_600.0..3_700.0).contains(&gauge("outbox_oldest_seconds")));
        link.heal();
        wait_for("nothing is left to see", async || gauge("outbox_rows") == 0.0).await;
        assert_eq!((gauge("outbox_bytes"), gauge("outbox_oldest_seconds")), (0.0, 0.0));
        stop.cancel();
        task.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_row_that_cannot_be_published_steps_back_and_stays() {
    with_corner(&[RESOLVER_CALL], async |corner| {
        let outbox = MemoryOutbox::default();
        outbox.add("nobody.listens", &envelope("call_lost"));
        outbox.add("call.started", &envelope("call_rubbish"));
        outbox.change_last(|row| row.envelope = vec![0xff; 9]);
        for number in 0..20 {
            outbox.add("call.started", &envelope(&format!("call_{number}")));
        }
        let (stop, task) = start(&outbox, &corner.publisher().await, Config::default());
        corner.wait_count(corner.family().main(), 20).await;
        wait_for("both are marked", async || outbox.rows().iter().all(|row| row.attempts == 1)).await;
        stop.cancel();
        task.await.unwrap();
        let keys: Vec<_> = outbox.rows().into_iter().map(|row| row.routing_key).collect();
        assert_eq!(keys, ["nobody.listens", "call.started"]);
    })
    .await;
}

#[tokio::test]
async fn a_woken_relay_moves_at_once_and_the_trace_goes_on() {
    with_queue(async |corner| {
        let outbox = MemoryOutbox::default();
        let relay = Relay::new(
            outbox.clone(),
            corner.publisher().await,
            "test",
            Config { poll: Duration::from_secs(3_600), ..Config::default() },
        );
        let (wake, stop) = (relay.wake(), CancellationToken::new());
        let task = tokio::spawn(relay.run(stop.clone()));
        sleep(Duration::from_millis(300)).await;
        let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        outbox.add("call.started", &envelope("call_1"));
        outbox.change_last(|row| row.traceparent = Some(traceparent.into()));
        wake.wake();
        let (handler, seen) = Script::new(|_| async { callflow_queue::Disposition::Done });
        let running = corner.consume(handler, consumer::Config::default()).await;
        wait_for("it arrives", async || seen.count() == 1).await;
        assert_eq!(seen.all()[0].traceparent.as_deref(), Some(traceparent));
        running.stop().await;
        stop.cancel();
        task.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn told_to_end_it_empties_what_it_can() {
    with_queue(async |corner| {
        let (outbox, stop) = (MemoryOutbox::default(), CancellationToken::new());
        let relay = Relay::new(outbox.clone(), corner.publisher().await, "test", Config::default());
        fill(&outbox, 5, 60);
        stop.cancel();
        relay.run(stop).await;
        assert!(outbox.rows().is_empty());
        assert_eq!(corner.count(corner.family().main()).await, 60);
    })
    .await;
}
