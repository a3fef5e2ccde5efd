//! What is remembered of callers across all ingress processes: the answer a call was given, and how often a number rang.
//!
//! Both are kept in Redis, where a retry that reaches another process finds them. Without Redis each process remembers for itself.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use callflow_cache::{
    Cache, Subject,
    ratelimit::{Limiter, Rule},
    tier::{Tier, Tiered},
};
use callflow_domain::{
    id::{CallId, CompanyId},
    masked::PhoneNumber,
};

use callflow_retell::inbound::Medium;

use super::{
    App,
    inbound::{Answered, How},
};

/// The stretch of time within which calls of one number are counted.
const HOUR: Duration = Duration::from_secs(3_600);

/// The memory all processes share; clones share the connections.
#[derive(Clone)]
pub struct Shared {
    /// Answers by company and call. The error is an answer too poor to be kept.
    answers: Tiered<Answered, Answered>,
    limiter: Limiter,
}

impl Shared {
    /// Keeps it in this Redis.
    #[must_use]
    pub fn new(cache: &Cache) -> Self {
        Self { answers: Tiered::new(cache, Tier::Warm, "inbound"), limiter: Limiter::new(cache) }
    }
}

impl App {
    /// Returns the call's answer and whether it was given before; `make` runs once at a time for a call, whichever process asks.
    pub(super) async fn once<F, Fut>(&self, slug: &str, call: &CallId, medium: Medium, make: F) -> (Arc<Answered>, bool)
    where
        F: Fn() -> Fut + Send + Sync,
        Fut: Future<Output = Answered> + Send,
    {
        let made = AtomicBool::new(false);
        let make = || async {
            made.store(true, Ordering::Relaxed);
            let answered = make().await;
            // A poorer answer is not kept: the platform's next try may do better.
            if answered.is_complete() { Ok(Some(answered)) } else { Err(answered) }
        };
        let look = async {
            let found = match &self.deps.shared {
                Some(shared) => {
                    let subject = Subject::Public(call.as_str());
                    shared.answers.get_or_load(CompanyId::from_slug(slug), subject, make).await
                }
                None => make().await.map_err(Arc::new),
            };
            // There is always an answer; a value that says otherwise was written by nobody we know.
            found.map(|answered| Arc::new(answered.unwrap_or_else(|| Answered::safe(slug, medium, How::Safe))))
        };
        let answered = match self.memory.answers.try_get_with(format!("{slug}/{call}"), look).await {
            Ok(answered) => answered,
            Err(poor) => Arc::clone(&*poor),
        };
        (answered, !made.load(Ordering::Relaxed))
    }

    /// Counts a call of a number and returns how many it made within the hour before, as far as that matters for `most`.
    pub(super) async fn calls_before(&self, slug: &str, number: &PhoneNumber, most: u32) -> u32 {
        if let Some(shared) = &self.deps.shared {
            let (rule, company) = (Rule { most, window: HOUR, ..Rule::CALLS }, CompanyId::from_slug(slug));
            match shared.limiter.take(rule, company, Subject::Personal(number.expose())).await {
                Ok(verdict) if verdict.allowed => return most.saturating_sub(verdict.left + 1),
                Ok(_) => return most,
                Err(error) => tracing::debug!(error = &error as &dyn std::error::Error, "calls are counted here"),
            }
        }
        let key = format!("{slug}/{}", number.expose());
        let count = self.memory.calls.get_with(key, async { Arc::new(AtomicU32::new(0)) }).await;
        count.fetch_add(1, Ordering::Relaxed)
    }
}
