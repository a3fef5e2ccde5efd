//! Key prefixes of their own, and a Redis of its own.

use callflow_testkit::TestCache;
use deadpool_redis::redis::{self, AsyncCommands, aio::MultiplexedConnection};

async fn connect(url: &str) -> MultiplexedConnection {
    redis::Client::open(url).unwrap().get_multiplexed_async_connection().await.unwrap()
}

#[tokio::test]
async fn keys_of_a_test_are_gone_after_it_and_others_stay() {
    let (one, two) = (TestCache::start().await, TestCache::start().await);
    assert_ne!(one.prefix(), two.prefix());
    let mut redis = connect(one.url()).await;
    for n in 0..2_500 {
        let _: () = redis.set(format!("{}{n}", one.prefix()), n).await.unwrap();
    }
    let kept = format!("{}kept", two.prefix());
    let _: () = redis.set(&kept, 1).await.unwrap();
    let first = one.prefix().to_owned();
    drop(one);
    let left: Vec<String> = redis.keys(format!("{first}*")).await.unwrap();
    assert!(left.is_empty(), "{} left", left.len());
    assert!(redis.exists::<_, bool>(&kept).await.unwrap());
}

#[tokio::test]
async fn a_private_redis_can_be_flushed_and_killed_and_keeps_its_data_over_a_restart() {
    let stack = TestCache::private().await;
    let mut redis = connect(stack.redis().url()).await;
    let _: () = redis.set("flushed", 1).await.unwrap();
    let _: () = redis::cmd("FLUSHALL").query_async(&mut redis).await.unwrap();
    let _: () = redis.set("kept", 2).await.unwrap();
    stack.redis().kill().await.unwrap();
    assert!(redis.get::<_, u8>("kept").await.is_err());
    stack.redis().start().await.unwrap();
    let mut redis = connect(stack.redis().url()).await;
    assert_eq!(redis.get::<_, u8>("kept").await.unwrap(), 2);
    assert!(!redis.exists::<_, bool>("flushed").await.unwrap());
}
