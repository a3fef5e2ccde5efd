//! A thousand callers for one cold key, with Redis and without.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use deadpool_redis::redis;
use futures::future::join_all;

use crate::{
    support::{Corner, Redis, company, sleep_ms},
    tier::{KEY, Numbers, Source, number, numbers},
};

async fn herd(processes: &[Numbers], source: &Arc<Source>, takes_ms: u64) {
    let asked = (0..1_000).map(|index| {
        let (numbers, source) = (processes[index % processes.len()].clone(), source.clone());
        tokio::spawn(async move { numbers.get_or_load(company(), KEY, || source.load(takes_ms)).await.unwrap() })
    });
    for answer in join_all(asked).await {
        assert_eq!(answer.unwrap(), Some(number("mitte")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousand_simultaneous_cold_gets_cost_at_most_two_loads() {
    let corner = Corner::start().await;
    let source = Arc::new(Source::new("mitte"));
    herd(&[numbers(&corner.cache)], &source, 30).await;
    assert!((1..=2).contains(&source.count()), "{}", source.count());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousand_cold_gets_in_four_processes_cost_at_most_two_loads() {
    let corner = Corner::start().await;
    let processes: Vec<_> = (0..4).map(|_| numbers(&corner.other_process())).collect();
    let source = Arc::new(Source::new("mitte"));
    herd(&processes, &source, 30).await;
    assert!((1..=2).contains(&source.count()), "{}", source.count());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_the_loader_answers_once_at_a_time() {
    let mut server = Redis::start().await;
    let cache = server.cache();
    server.kill();
    let source = Arc::new(Source::new("mitte"));
    herd(&[numbers(&cache)], &source, 300).await;
    assert!((1..=2).contains(&source.count()), "{}", source.count());
    assert!(!cache.is_up());
}

#[tokio::test]
async fn failure_is_shared_instead_of_repeated() {
    let corner = Corner::start().await;
    let numbers = numbers(&corner.cache);
    let loads = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let asked = (0..200).map(|_| {
        let (numbers, loads) = (numbers.clone(), loads.clone());
        tokio::spawn(async move {
            let load = || async {
                loads.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                sleep_ms(200).await;
                Err("database is away")
            };
            numbers.get_or_load(company(), KEY, load).await
        })
    });
    for answer in join_all(asked).await {
        assert_eq!(*answer.unwrap().unwrap_err(), "database is away");
    }
    let loads = loads.load(std::sync::atomic::Ordering::SeqCst);
    assert!(loads <= 2, "{loads}");
}

#[tokio::test]
async fn cancelled_leader_does_not_strand_the_others() {
    let corner = Corner::start().await;
    let numbers = numbers(&corner.cache);
    let leader = {
        let numbers = numbers.clone();
        tokio::spawn(async move {
            let load = || async {
                sleep_ms(60_000).await;
                Err("never gets here")
            };
            numbers.get_or_load(company(), KEY, load).await
        })
    };
    sleep_ms(50).await;
    let source = Arc::new(Source::new("mitte"));
    let follower = {
        let (numbers, source) = (numbers.clone(), source.clone());
        tokio::spawn(async move { numbers.get_or_load(company(), KEY, || source.load(0)).await })
    };
    sleep_ms(50).await;
    leader.abort();
    let answer = tokio::time::timeout(Duration::from_secs(2), follower).await.expect("not stranded");
    assert_eq!(answer.unwrap().unwrap(), Some(number("mitte")));
    let keys = corner.keys().await;
    assert!(keys[0].ends_with(":value"), "stored, so the cancelled claim had been given back: {keys:?}");
}

#[tokio::test]
async fn crashed_process_delays_others_by_half_a_second_at_most() {
    let corner = Corner::start().await;
    let numbers = numbers(&corner.cache);
    let failed = numbers.get_or_load(company(), KEY, || async {
        // A claim nobody gives back, as a process leaves behind that dies while loading.
        let lease = corner.keys().await.into_iter().find(|key| key.ends_with(":lease")).unwrap();
        let set = redis::cmd("SET").arg(lease).arg("somebody else's").arg("PX").arg(60_000).to_owned();
        set.query_async::<()>(&mut corner.raw.clone()).await.unwrap();
        Err("crashed")
    });
    failed.await.unwrap_err();
    let (source, began) = (Source::new("mitte"), Instant::now());
    let found = numbers.get_or_load(company(), KEY, || source.load(0)).await.unwrap();
    assert_eq!(found, Some(number("mitte")));
    let took = began.elapsed();
    assert!(took > Duration::from_millis(400) && took < Duration::from_secs(5), "{took:?}");
}
