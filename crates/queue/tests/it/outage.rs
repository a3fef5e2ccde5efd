//! A broker that is killed under load, one with a full disk, one that closes connections: nothing confirmed is lost.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use callflow_queue::{
    Delivery, Disposition, Error, Publisher, Relay,
    consumer::{self, Consumer},
    relay,
};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::support::{Corner, envelope, event, handler::Script, outbox::MemoryOutbox, wait_for, with_private_broker};

/// Effects as a consumer with an inbox has them.
type Ledger = Arc<Mutex<HashSet<String>>>;

fn consume(corner: &Corner, publisher: &Publisher, ledger: &Ledger) -> CancellationToken {
    let kept = ledger.clone();
    let (handler, _) = Script::new(move |delivery: Delivery| {
        let kept = kept.clone();
        async move {
            sleep(Duration::from_millis(2)).await;
            kept.lock().unwrap().insert(delivery.envelope.correlation_id);
            Disposition::Done
        }
    });
    let stop = CancellationToken::new();
    let config = consumer::Config::default();
    let consumer = Consumer::new(corner.endpoint(), corner.family(), publisher.clone(), handler, config);
    tokio::spawn(consumer.run(stop.clone()));
    stop
}

/// Publishes steadily; what is not confirmed goes to the outbox, as the door does it. Returns how many were accepted.
async fn publish_steadily(publisher: &Publisher, outbox: &MemoryOutbox, until: &CancellationToken) -> usize {
    let mut accepted = 0;
    while !until.is_cancelled() {
        let envelope = envelope(&format!("call_{accepted}"));
        let message = callflow_queue::Message::event("call.event", &envelope).unwrap();
        if publisher.publish(message).await.is_err() {
            outbox.add("call.event", &envelope);
        }
        accepted += 1;
        sleep(Duration::from_millis(2)).await;
    }
    accepted
}

#[tokio::test]
async fn a_broker_killed_under_load_and_started_again_loses_nothing_that_was_accepted() {
    with_private_broker(async |stack, corner| {
        let (ledger, outbox) = (Ledger::default(), MemoryOutbox::default());
        let publisher = corner.publisher().await;
        let stop = consume(corner, &publisher, &ledger);
        let relay = Relay::new(outbox.clone(), publisher.clone(), "spool", relay::Config::default());
        let relaying = tokio::spawn(relay.run(stop.clone()));
        let over = CancellationToken::new();
        let publishing = publish_steadily(&publisher, &outbox, &over);
        let hurting = async {
            sleep(Duration::from_secs(2)).await;
            stack.rabbitmq().kill().await.unwrap();
            sleep(Duration::from_secs(2)).await;
            stack.rabbitmq().start().await.unwrap();
            sleep(Duration::from_secs(1)).await;
            stack.rabbitmq().control().unwrap().close_connections().await.unwrap();
            sleep(Duration::from_secs(2)).await;
            over.cancel();
        };
        let (accepted, ()) = tokio::join!(publishing, hurting);
        wait_for("the spool is empty", async || outbox.rows().is_empty()).await;
        wait_for("every accepted event had its effect", async || ledger.lock().unwrap().len() == accepted).await;
        stop.cancel();
        relaying.await.unwrap();
        assert!(accepted > 500, "there was load: {accepted}");
    })
    .await;
}

#[tokio::test]
async fn under_a_disk_alarm_publishing_says_so_and_acknowledging_goes_on() {
    with_private_broker(async |stack, corner| {
        let ledger = Ledger::default();
        let publisher = corner.publisher().await;
        futures::future::join_all((0..50).map(|number| publisher.publish(event(&format!("call_{number}"))))).await;
        stack.rabbitmq().control().unwrap().set_disk_alarm(true).await.unwrap();
        // The alarm takes a moment to reach every connection.
        let (first, took) = loop {
            let before = Instant::now();
            let outcome = publisher.publish(event("call_late")).await;
            if outcome.is_err() {
                break (outcome, before.elapsed());
            }
        };
        assert!(matches!(first, Err(Error::Blocked | Error::Timeout)), "{first:?}");
        assert!(took < Duration::from_millis(5_500), "within the deadline: {took:?}");
        let before = Instant::now();
        let second = publisher.publish(event("call_late")).await;
        assert!(matches!(second, Err(Error::Blocked)), "{second:?}");
        assert!(before.elapsed() < Duration::from_millis(100), "the alarm is known now: {:?}", before.elapsed());
        assert!(!publisher.is_ready());
        let stop = consume(corner, &publisher, &ledger);
        wait_for("consuming goes on", async || ledger.lock().unwrap().len() >= 50).await;
        stack.rabbitmq().control().unwrap().set_disk_alarm(false).await.unwrap();
        wait_for("publishing works again", async || publisher.publish(event("call_after")).await.is_ok()).await;
        wait_for("and arrives", async || ledger.lock().unwrap().contains("call_after")).await;
        stop.cancel();
    })
    .await;
}
