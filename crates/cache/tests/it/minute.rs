//! Minute buckets: counted once per message, merged from many writers.

use callflow_cache::minute::{Counter, Counters, Minutes};
use callflow_domain::{ErrorKind, id::MessageId};
use uuid::Uuid;

use crate::support::{Corner, company, site};

fn counter(name: &str) -> Counter {
    Counter { branch: None, name: name.to_owned() }
}

#[tokio::test]
async fn message_delivered_twice_counts_once() {
    let corner = Corner::start().await;
    let minutes = Minutes::new(&corner.cache);
    let message = Some(MessageId(Uuid::new_v4()));
    let by_branch = Counter { branch: Some(site().branch), name: "call_started".into() };
    let counters = [(counter("call_started"), 1), (by_branch.clone(), 1)];
    assert!(minutes.add(company(), 10, &counters, message).await.unwrap());
    assert!(!minutes.add(company(), 10, &counters, message).await.unwrap());
    assert!(!minutes.add(company(), 11, &counters, message).await.unwrap(), "whichever minute the repeat names");
    assert!(minutes.add(company(), 11, &counters, None).await.unwrap());
    let read = minutes.read(company(), 9..12).await.unwrap();
    let one: Counters = counters.into_iter().collect();
    assert_eq!(read, [(9, Counters::new()), (10, one.clone()), (11, one)]);
}

#[tokio::test]
async fn histograms_of_two_writers_stand_side_by_side() {
    let corner = Corner::start().await;
    let minutes = Minutes::new(&corner.cache);
    minutes.put_histogram(company(), 10, "inbound", "one", b"old").await.unwrap();
    minutes.put_histogram(company(), 10, "inbound", "one", b"\0\xff").await.unwrap();
    minutes.put_histogram(company(), 10, "inbound", "two", b"2").await.unwrap();
    minutes.put_histogram(company(), 10, "booking", "one", b"3").await.unwrap();
    let mut read = minutes.histograms(company(), 10..12, "inbound").await.unwrap();
    read[0].1.sort();
    assert_eq!(read, [(10, vec![b"\0\xff".as_slice().into(), b"2".as_slice().into()]), (11, vec![])]);
}

#[tokio::test]
async fn buckets_end_by_themselves_and_ranges_have_bounds() {
    let corner = Corner::start().await;
    let minutes = Minutes::new(&corner.cache);
    minutes.add(company(), 1, &[(counter("x"), 1)], Some(MessageId(Uuid::new_v4()))).await.unwrap();
    minutes.put_histogram(company(), 1, "x", "y", b"z").await.unwrap();
    let keys = corner.keys().await;
    assert_eq!(keys.len(), 3);
    for key in keys {
        assert!(corner.pttl(&key).await > 0, "{key}");
    }
    let backwards = std::ops::Range { start: 5, end: 4 };
    for range in [0..1441, backwards, i64::MIN..i64::MAX] {
        assert_eq!(minutes.read(company(), range).await.unwrap_err().kind(), ErrorKind::Invalid);
    }
}
