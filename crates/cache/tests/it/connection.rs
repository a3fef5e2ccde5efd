//! Redis killed, frozen, restarted, silent: how fast the answer is, and that it heals by itself.

use std::time::{Duration, Instant};

use callflow_cache::{
    Cache, Config, Error,
    hold::{Holds, Policy},
};
use callflow_domain::ErrorKind;
use deadpool_redis::redis;
use futures::future::join_all;
use tokio::net::TcpListener;

use crate::support::{Redis, config, free_port, owner, site, sofia, wait_for};

/// Known to be away, an answer takes at most this long.
const FAST: Duration = Duration::from_millis(50);

async fn timed(cache: &Cache) -> (Error, Duration) {
    let began = Instant::now();
    (cache.ping().await.unwrap_err(), began.elapsed())
}

async fn assert_fast(cache: &Cache) {
    let mut times = Vec::new();
    for _ in 0..20 {
        let (error, took) = timed(cache).await;
        assert!(matches!(error, Error::Away), "{error:?}");
        times.push(took);
    }
    times.sort_unstable();
    // All but the few during which a busy machine ran something else.
    assert!(times[16] < FAST, "{times:?}");
}

#[tokio::test]
async fn ping_answers_and_needs_no_server_to_be_constructed() {
    let server = Redis::start().await;
    assert!(server.cache().ping().await.unwrap() < Duration::from_secs(1));
    let nobody = Cache::new(&config(format!("redis://127.0.0.1:{}", free_port()))).unwrap();
    assert!(nobody.is_up(), "not asked yet");
    let (error, took) = timed(&nobody).await;
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(took < Duration::from_secs(1), "a refused connection is known at once: {took:?}");
    assert_fast(&nobody).await;
}

#[tokio::test]
async fn killed_redis_is_answered_fast_and_found_again_by_itself() {
    let mut server = Redis::start().await;
    let cache = server.cache();
    let holds = Holds::new(&cache, Policy::default()).unwrap();
    holds.hold(site(), &owner("a"), &sofia("10:00", "10:45")).await.unwrap();
    for _ in 0..2 {
        server.kill();
        let (error, took) = timed(&cache).await;
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(took < Duration::from_secs(1), "{took:?}");
        assert_fast(&cache).await;
        server.run().await;
        wait_for("the probe finds it", || async { cache.is_up() }).await;
        // Also the scripts are gone with the old process; nobody notices.
        holds.hold(site(), &owner("b"), &sofia("10:30", "11:00")).await.unwrap();
    }
}

#[tokio::test]
async fn restart_between_two_commands_goes_unnoticed() {
    let mut server = Redis::start().await;
    let cache = server.cache();
    for _ in 0..8 {
        cache.ping().await.unwrap();
    }
    server.kill();
    server.run().await;
    for _ in 0..8 {
        cache.ping().await.expect("the dead connections are replaced on the way");
    }
}

#[tokio::test]
async fn frozen_redis_costs_a_few_time_limits_and_then_nothing() {
    let server = Redis::start().await;
    let cache = Cache::new(&Config { command_ms: 100, connect_ms: 100, ..server.config() }).unwrap();
    cache.ping().await.unwrap();
    server.signal("-STOP");
    let began = Instant::now();
    let burst = join_all((0..100).map(|_| timed(&cache))).await;
    assert!(began.elapsed() < Duration::from_millis(1_500), "{:?}", began.elapsed());
    assert!(burst.iter().all(|(error, _)| matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Unavailable)));
    assert_fast(&cache).await;
    server.signal("-CONT");
    wait_for("the probe finds it", || async { cache.is_up() }).await;
    cache.ping().await.unwrap();
}

#[tokio::test]
async fn something_that_accepts_and_says_nothing_is_not_waited_for() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", silent.local_addr().unwrap());
    let cache = Cache::new(&Config { connect_ms: 100, ..config(url) }).unwrap();
    let (error, took) = timed(&cache).await;
    assert!(matches!(error, Error::Connect(_)), "{error:?}");
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert_fast(&cache).await;
}

#[tokio::test]
async fn forgotten_scripts_are_taught_again() {
    let server = Redis::start().await;
    let holds = Holds::new(&server.cache(), Policy::default()).unwrap();
    for (name, hour) in [("a", 10), ("b", 11)] {
        let time = sofia(&format!("{hour}:00"), &format!("{hour}:30"));
        assert!(holds.hold(site(), &owner(name), &time).await.unwrap().granted().is_some());
        let flush = redis::cmd("SCRIPT").arg("FLUSH").to_owned();
        flush.query_async::<()>(&mut server.raw().await.unwrap()).await.unwrap();
    }
}

#[tokio::test]
async fn wrong_password_is_an_error_that_does_not_repeat_it() {
    let server = Redis::start_with(free_port(), &[]).await;
    let set = redis::cmd("CONFIG").arg("SET").arg("requirepass").arg("right").to_owned();
    set.query_async::<()>(&mut server.raw().await.unwrap()).await.unwrap();
    let cache = |password: &str| Cache::new(&config(format!("redis://:{password}@127.0.0.1:{}", server.port))).unwrap();
    cache("right").ping().await.unwrap();
    let error = cache("hunter2").ping().await.unwrap_err();
    let shown = format!("{error} {error:?} {}", std::error::Error::source(&error).unwrap());
    assert!(!shown.contains("hunter2"), "{shown}");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn full_redis_is_unavailable_but_not_away() {
    let server = Redis::start_with(free_port(), &["--maxmemory", "100kb", "--maxmemory-policy", "noeviction"]).await;
    let cache = server.cache();
    let holds = Holds::new(&cache, Policy::default()).unwrap();
    let error = holds.hold(site(), &owner("a"), &sofia("10:00", "10:45")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
    assert!(cache.is_up());
}

#[tokio::test]
async fn nonsensical_settings_are_refused_before_anything_connects() {
    let wrong = Config { connections: 0, ..Config::default() };
    assert!(matches!(Cache::new(&wrong), Err(Error::Config { setting: "connections", .. })));
    let wrong = Config { url: "redis://exa mple:port".into(), ..Config::default() };
    assert!(matches!(Cache::new(&wrong), Err(Error::Config { setting: "url", .. })));
}
