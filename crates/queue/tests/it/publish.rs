//! A message is published when the broker has it and did not hand it back; everything else is an error with a name.

use std::time::Duration;

use callflow_queue::{
    Endpoint, Error, Message, Publisher,
    envelope::MAX_BODY_BYTES,
    publisher::Config,
    topology::{BOOKING_WISH, METRICS_ALL, RESOLVER_CALL},
};
use callflow_testkit::Fault;
use futures::future::join_all;
use lapin::{
    options::{BasicGetOptions, ExchangeDeleteOptions, QueueBindOptions, QueueDeclareOptions, QueueDeleteOptions},
    types::{AMQPValue, FieldTable},
};
use tokio::time::Instant;

use crate::support::{envelope, event, wait_for, with_corner, with_queue};

#[tokio::test]
async fn a_published_event_lies_in_the_queue_with_what_the_queue_must_know() {
    with_queue(async |corner| {
        let message = event("call_1");
        corner.publisher().await.publish(message.clone()).await.unwrap();
        let got = corner.channel.basic_get(corner.family().main().into(), BasicGetOptions::default()).await.unwrap();
        let delivery = got.expect("the message is there").delivery;
        let properties = &delivery.properties;
        assert_eq!(properties.message_id().as_ref().unwrap().as_str(), message.id());
        assert_eq!(properties.correlation_id().as_ref().unwrap().as_str(), "call_1");
        assert_eq!(properties.kind().as_ref().unwrap().as_str(), "callflow.event.v1.CallEvent");
        assert_eq!(*properties.delivery_mode(), Some(2), "persistent");
        let headers = properties.headers().as_ref().unwrap().inner();
        assert_eq!(headers["callflow-attempt"], AMQPValue::LongLongInt(1));
        assert!(headers.contains_key("callflow-company") && headers.contains_key("callflow-first-seen-ms"));
        delivery.acker.ack(Default::default()).await.unwrap();
    })
    .await;
}

/// Publishes 3,000 messages of which every third has no queue, in more batches than there are lanes, so that returns and
/// confirms interleave; asserts that each got its own outcome.
async fn assert_each_outcome_is_its_own(publisher: &Publisher) {
    let publish = async |number: u32| {
        let key = if number.is_multiple_of(3) { "nobody.listens" } else { "call.started" };
        let message = Message::event(key, &envelope("call_1")).unwrap();
        (number, publisher.publish(message).await)
    };
    for (number, outcome) in join_all((0..3_000).map(publish)).await {
        match outcome {
            Err(Error::Unroutable { routing_key }) => assert_eq!((number % 3, &*routing_key), (0, "nobody.listens")),
            Ok(()) => assert_ne!(number % 3, 0, "message {number} was confirmed, and nobody has it"),
            Err(other) => panic!("message {number}: {other}"),
        }
    }
}

#[tokio::test]
async fn among_many_messages_exactly_those_nobody_takes_are_errors() {
    with_corner(&[RESOLVER_CALL], async |corner| {
        assert_each_outcome_is_its_own(&corner.publisher().await).await;
        corner.wait_count(corner.family().main(), 2_000).await;
    })
    .await;
}

#[tokio::test]
async fn however_the_broker_bundles_its_confirms_each_outcome_is_its_own() {
    with_corner(&[], async |corner| {
        // A queue in memory confirms as fast as an unroutable message is returned, so that one confirm covers both kinds.
        let options = QueueDeclareOptions { exclusive: true, ..Default::default() };
        let queue = corner.channel.queue_declare("".into(), options, FieldTable::default()).await.unwrap();
        let (name, source) = (queue.name().clone(), corner.topology.exchange().into());
        let bind = corner.channel.queue_bind(
            name,
            source,
            "call.*".into(),
            QueueBindOptions::default(),
            FieldTable::default(),
        );
        bind.await.unwrap();
        let publisher = corner.publisher().await;
        for _ in 0..5 {
            assert_each_outcome_is_its_own(&publisher).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_link_cut_between_publish_and_confirm_loses_nothing() {
    with_queue(async |corner| {
        let (link, endpoint) = corner.link().await;
        // One lane, and its channel open: what is muted is then the confirms and nothing else.
        let config = Config { lanes: 1, ..corner.publishing() };
        let publisher = Publisher::start(endpoint, &corner.topology, config);
        publisher.publish(event("call_first")).await.unwrap();
        link.set(Fault::HoldReplies);
        let messages: Vec<_> = (0..20).map(|_| event("call_1")).collect();
        let publishing = join_all(messages.iter().map(|message| publisher.publish(message.clone())));
        let cutting = async {
            // All are in the queue before the link goes, and none is confirmed.
            corner.wait_count(corner.family().main(), 21).await;
            link.cut();
            link.heal();
        };
        let (outcomes, ()) = tokio::join!(publishing, cutting);
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        assert_eq!(corner.count(corner.family().main()).await, 41, "sent again, because nobody could know");
    })
    .await;
}

#[tokio::test]
async fn a_broker_that_never_confirms_meets_the_deadline() {
    with_queue(async |corner| {
        let (link, endpoint) = corner.link().await;
        let config = Config { deadline: Duration::from_millis(600), ..corner.publishing() };
        let publisher = Publisher::start(endpoint, &corner.topology, config);
        assert!(publisher.wait_ready(Duration::from_secs(10)).await);
        link.set(Fault::HoldReplies);
        let before = Instant::now();
        let outcome = publisher.publish(event("call_1")).await;
        assert!(matches!(outcome, Err(Error::Timeout)), "{outcome:?}");
        assert!(before.elapsed() < Duration::from_millis(900), "{:?}", before.elapsed());
        link.heal();
        // The silent connection is given up, not waited for until its heartbeat fails.
        wait_for("publishing works again", async || publisher.publish(event("call_1")).await.is_ok()).await;
    })
    .await;
}

#[tokio::test]
async fn while_the_broker_is_away_publishing_fails_at_once_and_works_when_it_is_back() {
    with_queue(async |corner| {
        let (link, endpoint) = corner.link().await;
        let publisher = Publisher::start(endpoint, &corner.topology, corner.publishing());
        assert!(publisher.wait_ready(Duration::from_secs(10)).await);
        link.set(Fault::Refuse);
        wait_for("the loss is known", async || {
            let before = Instant::now();
            let outcome = publisher.publish(event("call_1")).await;
            matches!(outcome, Err(Error::Disconnected)) && before.elapsed() < Duration::from_millis(50)
        })
        .await;
        assert!(!publisher.is_ready());
        link.heal();
        assert!(publisher.wait_ready(Duration::from_secs(20)).await);
        publisher.publish(event("call_1")).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn nothing_is_published_before_every_expected_queue_exists() {
    with_corner(&[RESOLVER_CALL], async |corner| {
        let config = Config { expects: vec![RESOLVER_CALL, BOOKING_WISH], ..corner.publishing() };
        let publisher = Publisher::start(corner.endpoint(), &corner.topology, config);
        assert!(!publisher.wait_ready(Duration::from_secs(1)).await);
        let outcome = publisher.publish(Message::event("call.analyzed", &envelope("call_1")).unwrap()).await;
        assert!(matches!(outcome, Err(Error::Disconnected)), "booking would have missed it: {outcome:?}");
        assert_eq!(corner.count(corner.family().main()).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_channel_closed_by_the_broker_costs_only_the_message_at_fault() {
    with_queue(async |corner| {
        let publisher = corner.publisher().await;
        publisher.publish(event("call_1")).await.unwrap();
        // Without its exchange every publish closes the channel it came on.
        let exchange = corner.topology.exchange();
        corner.channel.exchange_delete(exchange.as_str().into(), ExchangeDeleteOptions::default()).await.unwrap();
        let outcomes = join_all((0..50).map(|_| publisher.publish(event("call_1")))).await;
        for outcome in outcomes {
            assert!(
                matches!(&outcome, Err(Error::Refused { problem }) if problem.contains("no exchange")),
                "{outcome:?}"
            );
        }
        corner.topology.declare_only(&corner.endpoint(), &[METRICS_ALL]).await.unwrap();
        join_all((0..50).map(|_| publisher.publish(event("call_1")))).await.into_iter().for_each(Result::unwrap);
        assert_eq!(corner.count(corner.family().main()).await, 51);
    })
    .await;
}

#[tokio::test]
async fn a_full_queue_says_no() {
    with_queue(async |corner| {
        let publisher = corner.publisher().await;
        let full = format!("{}-full", corner.family().main());
        let mut arguments = FieldTable::default();
        arguments.insert("x-overflow".into(), AMQPValue::LongString("reject-publish".into()));
        arguments.insert("x-max-length".into(), AMQPValue::LongLongInt(1));
        let options = QueueDeclareOptions { durable: true, ..Default::default() };
        corner.channel.queue_declare(full.as_str().into(), options, arguments).await.unwrap();
        let (source, options) = (corner.topology.exchange(), QueueBindOptions::default());
        corner
            .channel
            .queue_bind(full.as_str().into(), source.into(), "call.*".into(), options, FieldTable::default())
            .await
            .unwrap();
        publisher.publish(event("call_1")).await.unwrap();
        let outcome = publisher.publish(event("call_2")).await;
        corner.channel.queue_delete(full.into(), QueueDeleteOptions::default()).await.unwrap();
        assert!(matches!(outcome, Err(Error::Nacked)), "{outcome:?}");
    })
    .await;
}

#[tokio::test]
async fn the_largest_body_is_carried_and_a_larger_one_is_refused() {
    with_queue(async |corner| {
        let publisher = corner.publisher().await;
        let large = |bytes| callflow_contract::event::v1::Envelope { body: vec![7; bytes], ..envelope("call_1") };
        publisher.publish(Message::event("call.started", &large(MAX_BODY_BYTES - 500)).unwrap()).await.unwrap();
        let refused = Message::event("call.started", &large(MAX_BODY_BYTES));
        assert!(matches!(refused, Err(Error::Oversized { .. })));
    })
    .await;
}

#[tokio::test]
async fn closing_finishes_what_was_begun_and_takes_nothing_new() {
    with_queue(async |corner| {
        let publisher = corner.publisher().await;
        let begun: Vec<_> = (0..200)
            .map(|_| {
                let publisher = publisher.clone();
                tokio::spawn(async move { publisher.publish(event("call_1")).await })
            })
            .collect();
        tokio::task::yield_now().await;
        publisher.close().await;
        let mut published = 0;
        for outcome in join_all(begun).await {
            match outcome.unwrap() {
                Ok(()) => published += 1,
                Err(error) => assert!(matches!(error, Error::Closed | Error::Disconnected), "{error}"),
            }
        }
        assert_eq!(corner.count(corner.family().main()).await, published, "confirmed is in the queue, refused is not");
        assert!(publisher.publish(event("call_1")).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn a_wrong_password_is_an_outage_not_an_end() {
    with_queue(async |corner| {
        let (_, server) = corner.address.split_once('@').unwrap();
        let wrong = format!("amqp://nobody:wrong@{server}");
        let publisher = Publisher::start(Endpoint::parse(&wrong).unwrap(), &corner.topology, corner.publishing());
        assert!(!publisher.wait_ready(Duration::from_secs(2)).await);
        assert!(matches!(publisher.publish(event("call_1")).await, Err(Error::Disconnected)));
        publisher.close().await;
    })
    .await;
}
