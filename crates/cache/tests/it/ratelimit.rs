//! Limits: exact under concurrency, sliding with time, apart per company and subject.

use std::time::Duration;

use callflow_cache::{
    Subject,
    ratelimit::{Limiter, Rule},
};
use callflow_domain::id::CompanyId;
use futures::future::join_all;

use crate::support::{Corner, Redis, company, sleep_ms};

const CALLER: Subject<'static> = Subject::Personal("+491711234567");

#[tokio::test]
async fn sixth_guess_at_a_code_is_refused_and_told_when_to_come_back() {
    let corner = Corner::start().await;
    let limiter = Limiter::new(&corner.cache);
    for left in (0..5).rev() {
        let verdict = limiter.take(Rule::CODE, company(), CALLER).await.unwrap();
        assert_eq!((verdict.allowed, verdict.left), (true, left));
        assert_eq!(verdict.retry_after.is_zero(), left > 0);
    }
    for _ in 0..10 {
        let verdict = limiter.take(Rule::CODE, company(), CALLER).await.unwrap();
        assert!(!verdict.allowed && verdict.retry_after > Duration::from_secs(800));
        assert!(verdict.retry_after <= Rule::CODE.window);
    }
    let others = [(CompanyId::from_slug("other"), CALLER), (company(), Subject::Personal("+49171000"))];
    for (company, subject) in others {
        assert!(limiter.take(Rule::CODE, company, subject).await.unwrap().allowed);
    }
    limiter.reset(Rule::CODE, company(), CALLER).await.unwrap();
    assert_eq!(limiter.take(Rule::CODE, company(), CALLER).await.unwrap().left, 4);
    let keys = corner.keys().await;
    assert!(keys.iter().all(|key| !key.contains("1711234567") && !key.contains("171000")), "{keys:?}");
}

#[tokio::test]
async fn turns_come_back_one_by_one_as_the_window_slides() {
    let corner = Corner::start().await;
    let limiter = Limiter::new(&corner.cache);
    let rule = Rule { name: "test", most: 2, window: Duration::from_millis(2_000) };
    let take = || async { limiter.take(rule, company(), CALLER).await.unwrap().allowed };
    assert!(take().await);
    sleep_ms(1_000).await;
    assert!(take().await && !take().await);
    sleep_ms(1_100).await;
    assert!(take().await, "the first turn is out of the window");
    assert!(!take().await, "the second is not");
}

#[tokio::test]
async fn limit_is_exact_when_all_come_at_once() {
    let corner = Corner::start().await;
    let limiter = Limiter::new(&corner.cache);
    let taken = join_all((0..200).map(|_| limiter.take(Rule::CALLS, company(), CALLER))).await;
    assert_eq!(taken.into_iter().filter(|verdict| verdict.as_ref().unwrap().allowed).count(), 30);
}

#[tokio::test]
async fn without_redis_there_is_no_verdict() {
    let mut server = Redis::start().await;
    let limiter = Limiter::new(&server.cache());
    server.kill();
    assert!(limiter.take(Rule::CODE, company(), CALLER).await.is_err());
}
