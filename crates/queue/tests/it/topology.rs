//! The topology is made once, checked at each start, and a difference is told in an operator's words.

use callflow_queue::{
    Publisher, Topology,
    topology::{METRICS_ALL, RESOLVER_CALL},
};
use lapin::{
    options::{QueueDeclareOptions, QueueDeleteOptions},
    types::{AMQPValue, FieldTable},
};

use crate::support::{event, handler::done, wait_for, with_corner, with_queue};

#[tokio::test]
async fn declaring_twice_changes_nothing() {
    with_queue(async |corner| {
        corner.publisher().await.publish(event("call_1")).await.unwrap();
        corner.topology.declare_only(&corner.endpoint(), &[METRICS_ALL]).await.unwrap();
        assert_eq!(corner.count(corner.family().main()).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_prefix_keeps_two_installations_on_one_broker_apart() {
    with_queue(async |corner| {
        let other = Topology::prefixed("other-");
        other.declare_only(&corner.endpoint(), &[METRICS_ALL]).await.unwrap();
        let publisher = Publisher::start(corner.endpoint(), &other, corner.publishing());
        publisher.publish(event("call_1")).await.unwrap();
        assert_eq!(corner.count(other.family(&METRICS_ALL).main()).await, 1);
        assert_eq!(corner.count(corner.family().main()).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_differing_argument_is_named_with_both_values() {
    with_queue(async |corner| {
        let retry = corner.family().retry(callflow_queue::retry::Tier::S1);
        corner.channel.queue_delete(retry.as_str().into(), QueueDeleteOptions::default()).await.unwrap();
        let route = corner.family().route();
        let mut arguments = FieldTable::default();
        for (name, value) in [
            ("x-queue-type", AMQPValue::LongString("quorum".into())),
            ("x-overflow", AMQPValue::LongString("reject-publish".into())),
            ("x-dead-letter-exchange", AMQPValue::LongString(route.into())),
            ("x-dead-letter-routing-key", AMQPValue::LongString("main".into())),
            ("x-dead-letter-strategy", AMQPValue::LongString("at-least-once".into())),
            ("x-message-ttl", AMQPValue::LongLongInt(5_000)),
        ] {
            arguments.insert(name.into(), value);
        }
        let options = QueueDeclareOptions { durable: true, ..Default::default() };
        corner.channel.queue_declare(retry.as_str().into(), options, arguments).await.unwrap();
        let error = corner.topology.declare_only(&corner.endpoint(), &[METRICS_ALL]).await.unwrap_err().to_string();
        assert!(error.starts_with(&format!("queue {retry} differs in x-message-ttl")), "{error}");
        assert!(error.contains("5000") && error.contains("1000"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn a_consumer_makes_its_own_queues_once_the_exchange_is_there() {
    with_corner(&[RESOLVER_CALL], async |corner| {
        for queue in corner.family().queues() {
            corner.channel.queue_delete(queue.into(), QueueDeleteOptions::default()).await.unwrap();
        }
        let (handler, seen) = done();
        let config = callflow_queue::publisher::Config { expects: Vec::new(), ..corner.publishing() };
        let publisher = callflow_queue::Publisher::start(corner.endpoint(), &corner.topology, config);
        let consumer = callflow_queue::Consumer::new(
            corner.endpoint(),
            corner.family(),
            publisher.clone(),
            handler,
            Default::default(),
        );
        let (readiness, stop) = (consumer.readiness(), tokio_util::sync::CancellationToken::new());
        let task = tokio::spawn(consumer.run(stop.clone()));
        wait_for("it receives", async || readiness.is_ready()).await;
        publisher.publish(event("call_1")).await.unwrap();
        wait_for("it is handled", async || seen.count() == 1).await;
        stop.cancel();
        task.await.unwrap();
    })
    .await;
}
