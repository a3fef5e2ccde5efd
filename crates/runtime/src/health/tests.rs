//! Readiness over a service's life, and liveness of its runtime.

use std::sync::atomic::AtomicBool;

use super::*;

async fn wait_until(what: impl Fn() -> bool) {
    for _ in 0..500 {
        if what() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("waited too long");
}

#[tokio::test]
async fn a_service_is_ready_only_while_serving() {
    let health = Health::new("booking");
    assert!(!health.readiness().ready);
    health.serving();
    assert!(health.readiness().ready);
    health.draining();
    assert_eq!((health.readiness().ready, health.readiness().phase), (false, Phase::Draining));
}

#[tokio::test]
async fn a_failing_check_blocks_or_degrades_and_recovers_by_itself() {
    let health = Health::probing_every("booking", Duration::from_millis(5));
    health.serving();
    let (postgres, redis) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicBool::new(false)));
    for (name, impact, up) in [("postgres", Impact::Blocks, &postgres), ("redis", Impact::Degrades, &redis)] {
        let up = Arc::clone(up);
        health.probe(name, impact, move || {
            let ok = up.load(Ordering::Relaxed);
            async move { if ok { Ok(()) } else { Err("refused by 10.0.0.1 for +491713920017") } }
        });
    }
    assert!(!health.readiness().ready, "unknown counts as failing");
    wait_until(|| health.readiness().ready).await;
    let readiness = health.readiness();
    assert!(readiness.degraded);
    assert_eq!(readiness.checks["redis"].error.as_deref(), Some("refused by 10.0.0.1 for <phone>"));
    postgres.store(false, Ordering::Relaxed);
    redis.store(true, Ordering::Relaxed);
    wait_until(|| !health.readiness().ready && !health.readiness().degraded).await;
    postgres.store(true, Ordering::Relaxed);
    wait_until(|| health.readiness().ready).await;
}

#[tokio::test]
async fn a_probe_that_hangs_fails_after_its_time_out() {
    let health = Health::new("booking");
    health.probe("broker", Impact::Blocks, std::future::pending::<Result<(), String>>);
    let error = || health.readiness().checks["broker"].error.clone();
    wait_until(|| error().as_deref() == Some("no answer within 1000 ms")).await;
}

#[tokio::test]
async fn a_runtime_that_stopped_turning_is_not_alive() {
    let health = Health::new("booking");
    wait_until(|| health.alive()).await;
    assert!(health.alive_at(Duration::from_secs(9)));
    assert!(!health.alive_at(Duration::from_secs(11)));
}
