//! Small values in tiers: what is kept, for how long, and that a deletion is final.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};

use callflow_cache::{
    Cache, Subject,
    tier::{Tier, Tiered},
};
use callflow_domain::id::CompanyId;
use deadpool_redis::redis;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::support::{Corner, Redis, company, sleep_ms};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number {
    pub branch: String,
}

pub type Numbers = Tiered<Number, &'static str>;

pub const KEY: Subject<'static> = Subject::Public("+4930111111");

pub fn numbers(cache: &Cache) -> Numbers {
    Tiered::new(cache, Tier::Warm, "number")
}

pub fn number(branch: &str) -> Number {
    Number { branch: branch.to_owned() }
}

/// A source of truth that counts how often it is asked.
#[derive(Default)]
pub struct Source {
    value: Mutex<Option<Number>>,
    pub loads: AtomicU32,
}

impl Source {
    pub fn new(branch: &str) -> Self {
        Self { value: Mutex::new(Some(number(branch))), ..Self::default() }
    }

    pub fn set(&self, branch: &str) {
        *self.value.lock().unwrap() = Some(number(branch));
    }

    pub async fn load(&self, takes_ms: u64) -> Result<Option<Number>, &'static str> {
        self.loads.fetch_add(1, Ordering::SeqCst);
        let value = self.value.lock().unwrap().clone();
        sleep_ms(takes_ms).await;
        Ok(value)
    }

    pub fn count(&self) -> u32 {
        self.loads.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn second_look_finds_what_the_first_one_loaded() {
    let corner = Corner::start().await;
    let source = Source::new("mitte");
    for cache in [&corner.cache, &corner.cache, &corner.other_process()] {
        let found = numbers(cache).get_or_load(company(), KEY, || source.load(0)).await.unwrap();
        assert_eq!(found, Some(number("mitte")));
    }
    assert_eq!(source.count(), 1);
}

#[tokio::test]
async fn absence_is_kept_for_a_shorter_time() {
    let corner = Corner::start().await;
    let source = Source::default();
    for _ in 0..3 {
        assert_eq!(numbers(&corner.cache).get_or_load(company(), KEY, || source.load(0)).await.unwrap(), None);
    }
    assert_eq!(source.count(), 1);
    let keys = corner.keys().await;
    assert_eq!(keys.len(), 1, "the claim is gone with the load: {keys:?}");
    let left = corner.pttl(&keys[0]).await;
    assert!((26_000..=30_000).contains(&left), "{left}");
}

#[tokio::test]
async fn each_tier_keeps_its_time_less_a_little_jitter() {
    let corner = Corner::start().await;
    for tier in Tier::ALL {
        let tiered: Tiered<u32, ()> = Tiered::new(&corner.cache, tier, tier.as_str());
        let mut times = std::collections::BTreeSet::new();
        for index in 0..20 {
            let id = index.to_string();
            tiered.get_or_load(company(), Subject::Public(&id), || async { Ok(Some(index)) }).await.unwrap();
        }
        let kind = format!("/{}/", tier.as_str());
        for key in corner.keys().await.into_iter().filter(|key| key.contains(&kind)) {
            let (left, full) = (corner.pttl(&key).await, tier.ttl().as_millis() as i64);
            assert!(left <= full && left > full * 89 / 100, "{key}: {left} of {full}");
            times.insert(left / 100);
        }
        assert!(times.len() > 3, "not all at the same moment: {times:?}");
    }
}

#[tokio::test]
async fn deleted_entry_is_loaded_anew() {
    let corner = Corner::start().await;
    let (numbers, source) = (numbers(&corner.cache), Source::new("mitte"));
    numbers.get_or_load(company(), KEY, || source.load(0)).await.unwrap();
    source.set("hamburg");
    numbers.delete(company(), &[Subject::Public("something else"), KEY]).await.unwrap();
    let found = numbers.get_or_load(company(), KEY, || source.load(0)).await.unwrap();
    assert_eq!(found, Some(number("hamburg")));
}

#[tokio::test]
async fn companies_do_not_share_entries() {
    let corner = Corner::start().await;
    let (numbers, other) = (numbers(&corner.cache), CompanyId::from_slug("other"));
    let load = |branch: &'static str| move || async move { Ok(Some(number(branch))) };
    assert_eq!(numbers.get_or_load(company(), KEY, load("a")).await.unwrap(), Some(number("a")));
    assert_eq!(numbers.get_or_load(other, KEY, load("b")).await.unwrap(), Some(number("b")));
    numbers.delete(other, &[KEY]).await.unwrap();
    assert_eq!(numbers.get_or_load(company(), KEY, load("c")).await.unwrap(), Some(number("a")));
}

#[tokio::test]
async fn failed_load_is_not_kept_and_does_not_delay_the_next() {
    let corner = Corner::start().await;
    let numbers = numbers(&corner.cache);
    let failed = numbers.get_or_load(company(), KEY, || async { Err("database is away") }).await;
    assert_eq!(*failed.unwrap_err(), "database is away");
    let source = Source::new("mitte");
    numbers.get_or_load(company(), KEY, || source.load(0)).await.unwrap();
    let keys = corner.keys().await;
    assert!(keys[0].ends_with(":value"), "stored, so the failed claim had been given back: {keys:?}");
}

/// The race behind "it was free a moment ago": read before the change, stored after the deletion.
#[tokio::test]
async fn value_read_before_a_deletion_is_never_stored_after_it() {
    let corner = Corner::start().await;
    let source = Arc::new(Source::new("old"));
    let (read, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let reader = {
        let (numbers, source, read, go_on) = (numbers(&corner.cache), source.clone(), read.clone(), go_on.clone());
        tokio::spawn(async move {
            let load = || async {
                let value = source.load(0).await;
                // Only the first load is caught between reading and storing.
                if source.count() == 1 {
                    read.notify_one();
                    go_on.notified().await;
                }
                value
            };
            numbers.get_or_load(company(), KEY, load).await.unwrap()
        })
    };
    read.notified().await;
    source.set("new");
    numbers(&corner.other_process()).delete(company(), &[KEY]).await.unwrap();
    go_on.notify_one();
    assert_eq!(reader.await.unwrap(), Some(number("new")), "even the reader caught in between gets the new value");
    let found = numbers(&corner.cache).get_or_load(company(), KEY, || async { Err("is in the cache") }).await;
    assert_eq!(found.unwrap(), Some(number("new")));
}

#[tokio::test]
async fn value_read_before_redis_was_emptied_is_not_stored_after_it() {
    let server = Redis::start().await;
    let (numbers, source) = (numbers(&server.cache()), Source::new("old"));
    let load = || async {
        let value = source.load(0).await;
        if source.count() == 1 {
            redis::cmd("FLUSHALL").query_async::<()>(&mut server.raw().await.unwrap()).await.unwrap();
            source.set("new");
        }
        value
    };
    assert_eq!(numbers.get_or_load(company(), KEY, load).await.unwrap(), Some(number("new")));
}

#[tokio::test]
async fn key_deleted_faster_than_it_loads_is_answered_all_the_same() {
    let corner = Corner::start().await;
    let (numbers, source) = (numbers(&corner.cache), Source::new("mitte"));
    let load = || async {
        let value = source.load(0).await;
        numbers.delete(company(), &[KEY]).await.unwrap();
        value
    };
    assert_eq!(numbers.get_or_load(company(), KEY, load).await.unwrap(), Some(number("mitte")));
    assert_eq!(source.count(), 3);
}

#[tokio::test]
async fn entry_of_another_shape_is_loaded_and_replaced() {
    let corner = Corner::start().await;
    let old: Tiered<u32, &'static str> = Tiered::new(&corner.cache, Tier::Warm, "number");
    old.get_or_load(company(), KEY, || async { Ok(Some(7)) }).await.unwrap();
    let (numbers, source) = (numbers(&corner.cache), Source::new("mitte"));
    for _ in 0..3 {
        let found = numbers.get_or_load(company(), KEY, || source.load(0)).await.unwrap();
        assert_eq!(found, Some(number("mitte")));
    }
    assert_eq!(source.count(), 2, "once in place of the old one, once to be kept");
}

#[tokio::test]
async fn phone_numbers_do_not_reach_redis() {
    let corner = Corner::start().await;
    let history: Tiered<u32, ()> = Tiered::new(&corner.cache, Tier::Cold, "history");
    history.get_or_load(company(), Subject::Personal("+491711234567"), || async { Ok(Some(1)) }).await.unwrap();
    assert!(corner.keys().await.iter().all(|key| !key.contains("1711234567")));
}
