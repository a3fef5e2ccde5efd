//! Live calls: no event order, repetition or loss makes the number drift.

use std::time::Duration;

use callflow_cache::live::Live;
use callflow_domain::id::CompanyId;

use crate::support::{Corner, company, owner, site, sleep_ms};

#[tokio::test]
async fn repeated_signs_of_life_count_once() {
    let corner = Corner::start().await;
    let live = Live::new(&corner.cache);
    for _ in 0..5 {
        assert!(live.seen(company(), &owner("a"), None, None).await.unwrap());
    }
    live.seen(company(), &owner("b"), None, None).await.unwrap();
    assert_eq!(live.list(company(), 10).await.unwrap().total, 2);
    assert!(live.ended(company(), &owner("a")).await.unwrap());
    assert!(!live.ended(company(), &owner("a")).await.unwrap());
    assert_eq!(live.list(company(), 10).await.unwrap().total, 1);
}

#[tokio::test]
async fn late_start_does_not_revive_an_ended_call() {
    let corner = Corner::start().await;
    let live = Live::new(&corner.cache);
    assert!(!live.ended(company(), &owner("a")).await.unwrap(), "the end comes first");
    assert!(!live.seen(company(), &owner("a"), None, None).await.unwrap());
    assert_eq!(live.list(company(), 10).await.unwrap().total, 0);
}

#[tokio::test]
async fn call_whose_end_was_lost_ends_by_time() {
    let corner = Corner::start().await;
    let live = Live::new(&corner.cache).with_idle(Duration::from_millis(2_000));
    live.seen(company(), &owner("a"), None, None).await.unwrap();
    sleep_ms(1_100).await;
    live.seen(company(), &owner("b"), None, None).await.unwrap();
    sleep_ms(1_100).await;
    let calls = live.list(company(), 10).await.unwrap();
    assert_eq!(calls.total, 1);
    assert_eq!(calls.latest[0].call, owner("b"));
}

#[tokio::test]
async fn calls_tell_branch_and_phase_as_last_known() {
    let corner = Corner::start().await;
    let live = Live::new(&corner.cache);
    live.seen(company(), &owner("a"), Some(site().branch), Some("greeting")).await.unwrap();
    sleep_ms(5).await;
    live.seen(company(), &owner("a"), None, Some("search|ing")).await.unwrap();
    live.seen(company(), &owner("a"), None, None).await.unwrap();
    let calls = live.list(company(), 10).await.unwrap();
    let call = &calls.latest[0];
    assert_eq!((call.branch, call.phase.as_str()), (Some(site().branch), "searching"));
    assert!(call.first_seen < call.last_seen);
}

#[tokio::test]
async fn companies_are_apart_and_listed() {
    let corner = Corner::start().await;
    let live = Live::new(&corner.cache);
    let other = CompanyId::from_slug("other");
    live.seen(company(), &owner("a"), None, None).await.unwrap();
    live.seen(other, &owner("a"), None, None).await.unwrap();
    live.ended(other, &owner("a")).await.unwrap();
    assert_eq!(live.list(company(), 0).await.unwrap().total, 1);
    assert_eq!(live.list(other, 0).await.unwrap().total, 0);
    let mut companies = live.companies().await.unwrap();
    companies.sort();
    let mut expected = vec![company(), other];
    expected.sort();
    assert_eq!(companies, expected);
}

#[tokio::test]
async fn asked_for_few_the_latest_are_described() {
    let corner = Corner::start().await;
    let live = Live::new(&corner.cache);
    for index in 0..5 {
        live.seen(company(), &owner(index), None, None).await.unwrap();
        sleep_ms(3).await;
    }
    let calls = live.list(company(), 2).await.unwrap();
    assert_eq!(calls.total, 5);
    let names: Vec<_> = calls.latest.into_iter().map(|call| call.call).collect();
    assert_eq!(names, [owner(4), owner(3)]);
    assert!(live.list(company(), 0).await.unwrap().latest.is_empty());
}
