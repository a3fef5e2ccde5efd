//! The use cases of ingress; each file holds one.

pub mod branch;
pub mod emit;
pub mod event;
pub mod function;
pub mod inbound;
pub mod offer;
pub mod repeat;
pub mod turn;
pub mod wish;

use std::{
    sync::{Arc, atomic::AtomicU32},
    time::Duration,
};

use callflow_queue::relay::Wake;
use moka::future::Cache;

use crate::{
    app::{
        branch::Site,
        inbound::{Answered, Resolved},
    },
    config::{Config, Limit},
    crowd::Crowd,
    deps::Deps,
};

/// How long the names of a branch are believed.
const BRANCH_SECS: u64 = 60;
/// How long they serve when the resolver is away.
const STALE_SECS: u64 = 24 * 3_600;
/// How long the same call gets the same answer; the platform retries within a minute.
const REPEAT_SECS: u64 = 300;

/// The service's logic over everything it talks to; clones share it.
#[derive(Clone)]
pub struct App {
    pub(crate) deps: Deps,
    pub(crate) relay: Wake,
    pub(crate) crowd: Arc<Crowd>,
    pub(crate) limit: Limit,
    memory: Memory,
}

/// What is remembered in this process.
#[derive(Clone)]
struct Memory {
    /// Branches by company and id, fresh.
    branches: Cache<String, Arc<Site>>,
    /// The same, for when the resolver is away.
    stale: Cache<String, Arc<Site>>,
    /// Answers by company and call.
    answers: Cache<String, Arc<Answered>>,
    /// What a company's number led to last, without the caller.
    led: Cache<String, Arc<Resolved>>,
    /// Calls of a number within the hour, by company and number.
    calls: Cache<String, Arc<AtomicU32>>,
}

impl App {
    /// Puts the logic on its dependencies; `relay` is woken when something was spooled.
    #[must_use]
    pub fn new(deps: Deps, relay: Wake, config: &Config) -> Self {
        let memory = Memory {
            branches: cache(2_000, BRANCH_SECS),
            stale: cache(2_000, STALE_SECS),
            answers: cache(10_000, REPEAT_SECS),
            led: cache(10_000, STALE_SECS),
            calls: cache(50_000, 3_600),
        };
        let crowd = Arc::new(Crowd::new(&config.limit));
        Self { deps, relay, crowd, limit: config.limit.clone(), memory }
    }
}

fn cache<V: Clone + Send + Sync + 'static>(entries: u64, secs: u64) -> Cache<String, V> {
    Cache::builder().max_capacity(entries).time_to_live(Duration::from_secs(secs)).build()
}

/// Returns the label of a failed call: what was away, without a word of what it said.
pub(crate) fn away(what: &'static str, status: &tonic::Status) {
    tracing::warn!(dependency = what, code = ?status.code(), "answered without it");
}
