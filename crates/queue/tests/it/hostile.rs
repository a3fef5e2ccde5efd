//! Whatever lies in a queue is handled or parked on its first attempt, and its neighbours do not notice.

use callflow_contract::{
    event::v1::{CallEvent, Envelope, SeriesBooked},
    schema::seal,
};
use callflow_queue::{
    Delivery, Disposition, Message,
    consumer::Config,
    envelope::MAX_BODY_BYTES,
    parked::{Filter, ParkedQueue},
};
use lapin::{
    BasicProperties,
    types::{AMQPValue, DecimalValue, FieldArray, FieldTable},
};
use prost::Message as _;

use crate::support::{
    envelope, event,
    handler::{Script, done},
    raw, wait_for, with_queue,
};

/// Returns headers that lie about everything.
fn hostile_headers() -> FieldTable {
    let mut deep = AMQPValue::Void;
    for _ in 0..100 {
        let mut table = FieldTable::default();
        table.insert("in".into(), deep);
        deep = AMQPValue::FieldTable(table);
    }
    let mut headers = FieldTable::default();
    for (name, value) in [
        ("callflow-attempt", AMQPValue::LongLongInt(i64::MIN)),
        ("callflow-waits", AMQPValue::LongString("many".into())),
        ("callflow-crashes", AMQPValue::Double(-1.5)),
        ("callflow-first-seen-ms", AMQPValue::LongLongInt(i64::MAX)),
        ("callflow-key", AMQPValue::LongString(vec![0xff, 0, 27, b'['].into())),
        ("callflow-company", AMQPValue::Boolean(true)),
        ("callflow-redriven", AMQPValue::DecimalValue(DecimalValue { scale: 3, value: 7 })),
        ("traceparent", AMQPValue::LongString("x".repeat(10_000).into())),
        ("x-death", AMQPValue::FieldArray(FieldArray::from(vec![AMQPValue::Void, deep]))),
        ("x-delivery-count", AMQPValue::LongLongInt(99)),
    ] {
        headers.insert(name.into(), value);
    }
    headers
}

#[tokio::test]
async fn what_cannot_be_handled_is_parked_at_once_with_its_reason() {
    with_queue(async |corner| {
        let known = envelope("call_1");
        let bodies = [
            ("undecodable", vec![0xff; 50]),
            ("undecodable", Vec::new()),
            ("undecodable", b"{\"json\": true}".to_vec()),
            ("undecodable", Envelope { message_id: "7".into(), ..known.clone() }.encode_to_vec()),
            ("unknown_schema", Envelope { schema: "acme.v9.Secret".into(), ..known.clone() }.encode_to_vec()),
            ("future_version", Envelope { schema_version: 99, ..known.clone() }.encode_to_vec()),
            ("oversized", vec![0; MAX_BODY_BYTES + 1]),
        ];
        for (_, body) in &bodies {
            corner.put(corner.family().main(), body, BasicProperties::default()).await;
        }
        let publisher = corner.publisher().await;
        publisher.publish(event("call_neighbour")).await.unwrap();
        let (handler, seen) = done();
        let running = corner.consume(handler, Config::default()).await;
        corner.wait_count(&corner.family().parked(), u32::try_from(bodies.len()).unwrap()).await;
        wait_for("the neighbour is handled", async || seen.count() == 1).await;
        running.stop().await;
        let queue = ParkedQueue::open(&corner.endpoint(), corner.family(), publisher).await.unwrap();
        let parked = queue.list(&Filter::default(), 100).await.unwrap();
        let mut reasons: Vec<_> = parked.iter().map(|parked| (&*parked.reason, parked.attempt)).collect();
        let mut expected: Vec<_> = bodies.iter().map(|(reason, _)| (*reason, 1)).collect();
        reasons.sort_unstable();
        expected.sort_unstable();
        assert_eq!(reasons, expected);
    })
    .await;
}

#[tokio::test]
async fn an_event_of_another_type_is_parked_at_once_and_says_which() {
    with_queue(async |corner| {
        let (handler, seen) = Script::new(|delivery: Delivery| async move {
            match delivery.open::<CallEvent>() {
                Ok(_) => Disposition::Done,
                Err(error) => error.into(),
            }
        });
        let running = corner.consume(handler, Config::default()).await;
        let publisher = corner.publisher().await;
        let other = seal(&SeriesBooked::default(), envelope("call_other"));
        publisher.publish(Message::event("call.started", &other).unwrap()).await.unwrap();
        publisher.publish(event("call_neighbour")).await.unwrap();
        corner.wait_count(&corner.family().parked(), 1).await;
        wait_for("both were handled", async || seen.count() == 2).await;
        running.stop().await;
        let queue = ParkedQueue::open(&corner.endpoint(), corner.family(), publisher).await.unwrap();
        let parked = queue.list(&Filter::default(), 10).await.unwrap();
        let [parked] = &parked[..] else { panic!("only the other type is parked: {parked:?}") };
        assert_eq!((&*parked.correlation_id, &*parked.reason, parked.attempt), ("call_other", "refused", 1));
        assert!(parked.detail.contains("callflow.event.v1.SeriesBooked"), "{}", parked.detail);
    })
    .await;
}

#[tokio::test]
async fn hostile_headers_are_no_reason_to_fail() {
    with_queue(async |corner| {
        let (handler, seen) = done();
        let running = corner.consume(handler, Config::default()).await;
        let properties = BasicProperties::default()
            .with_headers(hostile_headers())
            .with_message_id("m".repeat(255).as_str().into())
            .with_timestamp(u64::MAX)
            .with_priority(255)
            .with_type("\u{0}\u{1b}[31m".into());
        corner.put(corner.family().main(), &envelope("call_1").encode_to_vec(), properties.clone()).await;
        wait_for("it is handled", async || seen.count() == 1).await;
        let delivery = &seen.all()[0];
        assert_eq!(delivery.attempt, 1);
        assert!(delivery.first_seen <= jiff::Timestamp::now());
        // And parked with the same headers, if that is what becomes of it.
        corner.put(corner.family().main(), b"rubbish", properties).await;
        corner.wait_count(&corner.family().parked(), 1).await;
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn what_our_client_library_cannot_read_ends_up_parked_alone() {
    with_queue(async |corner| {
        let publisher = corner.publisher().await;
        for number in 0..40 {
            if number == 5 {
                raw::publish(&corner.address, corner.family().main(), &[0xff, 0xfe], b"body").await;
            }
            publisher.publish(event(&format!("call_{number}"))).await.unwrap();
        }
        let (handler, seen) = done();
        let running = corner.consume_when_it_can(handler, Config::default()).await;
        wait_for("the unreadable message is parked", async || corner.count(&corner.family().parked()).await == 1).await;
        wait_for("its neighbours are handled", async || {
            let mut calls = seen.calls();
            calls.sort();
            calls.dedup();
            calls.len() == 40
        })
        .await;
        running.stop().await;
        assert_eq!(corner.count(&corner.family().parked()).await, 1);
    })
    .await;
}
