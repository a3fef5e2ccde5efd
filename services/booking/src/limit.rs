//! How often somebody may guess confirmation codes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use callflow_domain::id::CompanyId;
use moka::future::Cache;

/// Wrong or right, a call gets this many tries at codes: enough for mishearing, far from enough for guessing.
const TRIES: u32 = 5;
/// Tries of all callers of one company together; beyond it somebody guesses with many calls.
const TRIES_OF_COMPANY: u32 = 200;
/// Tries are forgotten after this.
const WINDOW: Duration = Duration::from_secs(600);

/// Whether one more try may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Go on.
    Allowed,
    /// Too many already.
    Refused,
}

/// Counts tries in this process; with several replicas the limit is that much higher, which still leaves codes unguessable.
#[derive(Debug, Clone)]
pub struct Limiter {
    tries: Cache<(CompanyId, String), Arc<AtomicU32>>,
}

impl Default for Limiter {
    fn default() -> Self {
        Self { tries: Cache::builder().time_to_live(WINDOW).max_capacity(100_000).build() }
    }
}

impl Limiter {
    /// Counts a try by `who` and says whether it may be made.
    pub async fn check(&self, company: CompanyId, who: &str) -> Verdict {
        let all = self.count(company, String::new()).await;
        // Nobody in particular is counted with everybody only.
        let own = if who.is_empty() { 0 } else { self.count(company, who.to_owned()).await };
        if own <= TRIES && all <= TRIES_OF_COMPANY { Verdict::Allowed } else { Verdict::Refused }
    }

    async fn count(&self, company: CompanyId, who: String) -> u32 {
        let counter = self.tries.get_with((company, who), async { Arc::default() }).await;
        counter.fetch_add(1, Ordering::Relaxed) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_sixth_try_of_a_call_is_refused_and_others_go_on() {
        let (limiter, company) = (Limiter::default(), CompanyId::from_slug("a"));
        for _ in 0..TRIES {
            assert_eq!(limiter.check(company, "call_1").await, Verdict::Allowed);
        }
        assert_eq!(limiter.check(company, "call_1").await, Verdict::Refused);
        assert_eq!(limiter.check(company, "call_2").await, Verdict::Allowed);
        assert_eq!(limiter.check(CompanyId::from_slug("b"), "call_1").await, Verdict::Allowed);
    }

    #[tokio::test]
    async fn many_calls_guessing_together_are_refused() {
        let (limiter, company) = (Limiter::default(), CompanyId::from_slug("a"));
        for call in 0..TRIES_OF_COMPANY {
            assert_eq!(limiter.check(company, &format!("call_{call}")).await, Verdict::Allowed);
        }
        assert_eq!(limiter.check(company, "one more").await, Verdict::Refused);
    }
}
