//! Outbox, spool and inbox: nothing lost, nothing twice, everything in order per key.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use callflow_domain::{
    id::MessageId,
    port::{FailedRow, Outbox as _, OutboxBatch as _},
};
use callflow_store::{
    Database, Error,
    inbox::Inbox,
    outbox::{NewMessage, Outbox, Table},
    role::Role,
};
use tokio::task::JoinSet;

use crate::{fixture::TestDatabase, salon::new_id};

fn message(key: &str, number: usize) -> NewMessage {
    NewMessage {
        id: MessageId(new_id()),
        ordering_key: key.to_owned(),
        routing_key: "appointment.booked".to_owned(),
        envelope: number.to_string().into_bytes(),
        traceparent: number.is_multiple_of(2).then(|| format!("00-{number:032x}-0000000000000001-01")),
    }
}

async fn append(on: &Database, messages: &[NewMessage]) {
    let mut tx = on.begin().await.unwrap();
    Table::Booking.append(&mut tx, messages).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn messages_leave_as_they_came_and_only_heads_are_claimed() {
    let database = TestDatabase::start().await;
    let booking = database.connect(Role::Booking).await;
    let messages = [message("a", 1), message("a", 2), message("b", 3), message("c", 4)];
    append(&booking, &messages).await;
    append(&booking, &messages[..1]).await;
    let outbox = Outbox::new(booking, Table::Booking);
    let backlog = outbox.backlog().await.unwrap();
    assert_eq!((backlog.rows, backlog.bytes), (4, 4));
    assert!(backlog.oldest.is_some());
    let batch = outbox.claim(2).await.unwrap();
    let claimed: Vec<_> = batch.rows().iter().map(|row| row.id).collect();
    assert_eq!(claimed, [messages[0].id.uuid(), messages[2].id.uuid()]);
    assert_eq!((batch.rows()[0].traceparent.as_deref(), batch.rows()[0].envelope.as_slice()), (None, &b"1"[..]));
    let others = outbox.claim(10).await.unwrap();
    assert_eq!(others.rows().iter().map(|row| row.id).collect::<Vec<_>>(), [messages[3].id.uuid()]);
    assert_eq!(others.rows()[0].traceparent, messages[3].traceparent);
    others.settle(&[messages[3].id.uuid()], &[]).await.unwrap();
    batch.settle(&claimed, &[]).await.unwrap();
    let batch = outbox.claim(10).await.unwrap();
    assert_eq!(batch.rows().iter().map(|row| row.id).collect::<Vec<_>>(), [messages[1].id.uuid()]);
}

#[tokio::test]
async fn a_postponed_head_keeps_its_key_waiting_and_counts_its_attempts() {
    let database = TestDatabase::start().await;
    let booking = database.connect(Role::Booking).await;
    let messages = [message("a", 1), message("a", 2)];
    append(&booking, &messages).await;
    let outbox = Outbox::new(booking, Table::Booking);
    let batch = outbox.claim(10).await.unwrap();
    let failed = FailedRow {
        id: messages[0].id.uuid(),
        retry_after: Duration::from_millis(300),
        reason: "broker\0 away".to_owned(),
    };
    batch.settle(&[], &[failed]).await.unwrap();
    assert_eq!(outbox.claim(10).await.unwrap().rows(), []);
    tokio::time::sleep(Duration::from_millis(350)).await;
    let batch = outbox.claim(10).await.unwrap();
    assert_eq!((batch.rows()[0].id, batch.rows()[0].attempts), (messages[0].id.uuid(), 1));
}

#[tokio::test]
async fn a_dropped_batch_gives_everything_back() {
    let database = TestDatabase::start().await;
    let booking = database.connect(Role::Booking).await;
    append(&booking, &[message("a", 1)]).await;
    let outbox = Outbox::new(booking, Table::Booking);
    drop(outbox.claim(10).await.unwrap());
    for _ in 0..50 {
        if outbox.claim(10).await.unwrap().rows().len() == 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the row stayed locked");
}

#[tokio::test(flavor = "multi_thread")]
async fn three_relays_publish_every_message_once_and_each_key_in_order() {
    let database = TestDatabase::start().await;
    let booking = database.connect_many(Role::Booking, 10).await;
    let messages: Vec<_> = (0..300).map(|n| message(&format!("key {}", n % 20), n)).collect();
    for part in messages.chunks(30) {
        append(&booking, part).await;
    }
    let published: Arc<Mutex<HashMap<String, Vec<usize>>>> = Arc::default();
    let mut relays = JoinSet::new();
    for _ in 0..3 {
        let (outbox, published) = (Outbox::new(booking.clone(), Table::Booking), Arc::clone(&published));
        relays.spawn(async move {
            while outbox.backlog().await.unwrap().rows > 0 {
                let batch = outbox.claim(7).await.unwrap();
                let mut done = Vec::new();
                for row in batch.rows() {
                    let number = String::from_utf8(row.envelope.clone()).unwrap().parse().unwrap();
                    published.lock().unwrap().entry(row.ordering_key.clone()).or_default().push(number);
                    done.push(row.id);
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
                batch.settle(&done, &[]).await.unwrap();
            }
        });
    }
    relays.join_all().await;
    let published = published.lock().unwrap();
    assert_eq!(published.len(), 20);
    for (key, numbers) in published.iter() {
        assert_eq!(numbers.len(), 15, "{key}");
        assert!(numbers.is_sorted(), "{key}: {numbers:?}");
    }
}

#[tokio::test]
async fn the_spool_takes_messages_until_it_is_full_and_again_when_it_was_emptied() {
    let database = TestDatabase::start().await;
    let ingress = database.connect(Role::Ingress).await;
    let spool = Outbox::new(ingress, Table::Spool);
    // Noise, because Postgres compresses what repeats, and the limit is about the disk.
    let noise = |n: usize| -> Vec<u8> {
        let step = |state: &mut u64| {
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            Some((*state >> 33) as u8)
        };
        (0..100_000).scan(n as u64, |state, _| step(state)).collect()
    };
    let big = |n| NewMessage { envelope: noise(n), ..message("call", n) };
    let first = big(0);
    spool.push(std::slice::from_ref(&first), 250_000).await.unwrap();
    spool.push(std::slice::from_ref(&first), 250_000).await.unwrap();
    assert_eq!(spool.backlog().await.unwrap().rows, 1, "a repeat is not stored again");
    let mut stored = 1;
    let refused = loop {
        match spool.push(&[big(stored)], 250_000).await {
            Ok(()) => stored += 1,
            Err(refused) => break refused,
        }
        assert!(stored < 50, "never full");
    };
    assert!(matches!(refused, Error::Full { bytes, .. } if bytes >= 250_000), "{refused:?}");
    spool.push(std::slice::from_ref(&first), 250_000).await.unwrap();
    while spool.backlog().await.unwrap().rows > 0 {
        let batch = spool.claim(10).await.unwrap();
        let ids: Vec<_> = batch.rows().iter().map(|row| row.id).collect();
        batch.settle(&ids, &[]).await.unwrap();
    }
    spool.push(&[big(99)], 250_000).await.unwrap();
    assert_eq!(spool.backlog().await.unwrap().rows, 1);
}

#[tokio::test]
async fn a_message_is_taken_once_per_consumer() {
    let database = TestDatabase::start().await;
    for (role, inbox) in
        [(Role::Resolver, Inbox::Resolver), (Role::Booking, Inbox::Booking), (Role::Metrics, Inbox::Metrics)]
    {
        let service = database.connect(role).await;
        let id = MessageId(new_id());
        let mut tx = service.begin().await.unwrap();
        assert!(inbox.take(&mut tx, "one", id).await.unwrap());
        assert!(!inbox.take(&mut tx, "one", id).await.unwrap());
        assert!(inbox.take(&mut tx, "two", id).await.unwrap());
        tx.commit().await.unwrap();
        let mut tx = service.begin().await.unwrap();
        assert!(!inbox.take(&mut tx, "one", id).await.unwrap());
        assert_eq!(inbox.purge(&mut tx, jiff::Timestamp::UNIX_EPOCH).await.unwrap(), 0);
        assert_eq!(inbox.purge(&mut tx, jiff::Timestamp::MAX).await.unwrap(), 2);
    }
}

#[tokio::test]
async fn a_second_delivery_waits_for_the_first_and_goes_on_if_that_failed() {
    let database = TestDatabase::start().await;
    let booking = database.connect(Role::Booking).await;
    for (commit, expected) in [(true, false), (false, true)] {
        let id = MessageId(new_id());
        let mut first = booking.begin().await.unwrap();
        assert!(Inbox::Booking.take(&mut first, "c", id).await.unwrap());
        let second = tokio::spawn({
            let booking = booking.clone();
            async move {
                let mut tx = booking.begin().await.unwrap();
                Inbox::Booking.take(&mut tx, "c", id).await.unwrap()
            }
        });
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(!second.is_finished());
        if commit {
            first.commit().await.unwrap()
        } else {
            first.rollback().await.unwrap()
        }
        assert_eq!(second.await.unwrap(), expected);
    }
}
