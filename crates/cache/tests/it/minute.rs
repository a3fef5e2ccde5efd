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
async fn counters_are_raised_to_what_is_recorded_and_never_lowered() {
    let corner = Corner::start().await;
    let minutes = Minutes::new(&corner.cache);
    minutes.add(company(), 10, &[(counter("a"), 5), (counter("b"), 1)], None).await.unwrap();
    let recorded: Counters = [(counter("a"), 3), (counter("b"), 4), (counter("c"), 2)].into_iter().collect();
    assert_eq!(minutes.raise(company(), 10, &recorded).await.unwrap(), 2);
    assert_eq!(minutes.raise(company(), 10, &recorded).await.unwrap(), 0, "a repeat");
    // What comes later is added to it.
    minutes.add(company(), 10, &[(counter("c"), 1)], None).await.unwrap();
    let read = minutes.read(company(), 10..11).await.unwrap().remove(0).1;
    assert_eq!(read, [(counter("a"), 5), (counter("b"), 4), (counter("c"), 3)].into_iter().collect());
    assert_eq!(minutes.raise(company(), 10, &Counters::new()).await.unwrap(), 0);
}

#[tokio::test]
async fn one_of_many_compares_at_a_time() {
    let corner = Corner::start().await;
    let (one, two) = (Minutes::new(&corner.cache), Minutes::new(&corner.other_process()));
    let short = std::time::Duration::from_millis(200);
    assert!(one.claim_recount(short).await.unwrap());
    assert!(!two.claim_recount(short).await.unwrap());
    // Whoever had it may have died: it ends by itself.
    crate::support::wait_for("the claim ends", || async { two.claim_recount(short).await.unwrap() }).await;
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
