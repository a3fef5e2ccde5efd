//! Limits on how often something may happen: attempts at a confirmation code, calls from one number.
//!
//! The limit holds for every window, not only for whole ones: a log keeps the turns of the last window. Refused
//! turns are not logged, so hammering does not lengthen the wait.

use std::{sync::LazyLock, time::Duration};

use callflow_domain::id::CompanyId;
use deadpool_redis::redis::cmd;

use crate::{
    Cache, Error,
    connection::{Call, Script},
    key::Subject,
    tier::shelf::token,
};

static TAKE: LazyLock<Script> =
    LazyLock::new(|| Script::repeatable("limit_take", include_str!("scripts/limit_take.lua")));

/// At most so many turns within any stretch of time of that length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Name, part of the key: `code`, `calls`.
    pub name: &'static str,
    /// Turns.
    pub most: u32,
    /// Length of the window.
    pub window: Duration,
}

impl Rule {
    /// Attempts at a confirmation code, per appointment or caller: five in a quarter of an hour. Guessing one of
    /// a million codes at that rate takes years.
    pub const CODE: Self = Self { name: "code", most: 5, window: Duration::from_secs(900) };
    /// Calls from one number: thirty in an hour, more than any person places and few for a machine.
    pub const CALLS: Self = Self { name: "calls", most: 30, window: Duration::from_secs(3600) };
}

/// Whether a turn may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Whether this turn is allowed.
    pub allowed: bool,
    /// Turns left right now.
    pub left: u32,
    /// How long until there is a turn; zero while there are any left.
    pub retry_after: Duration,
}

/// The limits of all companies.
#[derive(Clone)]
pub struct Limiter {
    cache: Cache,
}

impl Limiter {
    /// Uses the limits in this Redis.
    #[must_use]
    pub fn new(cache: &Cache) -> Self {
        Self { cache: cache.clone() }
    }

    /// Takes a turn under the rule, if there is one left.
    ///
    /// With Redis away there is no verdict but an error; whoever asks decides what is worse, letting a guess pass or
    /// turning a caller away.
    pub async fn take(&self, rule: Rule, company: CompanyId, subject: Subject<'_>) -> Result<Verdict, Error> {
        let key = self.cache.keys().limit(company, rule.name, subject);
        let call = Call::keys([key]).arg(rule.most).arg(rule.window.as_millis()).arg(token());
        let mut reply = self.cache.run(&TAKE, call).await?;
        let allowed = reply.number()? == 1;
        let left = u32::try_from(reply.number()?).map_err(|_| reply.wrong())?;
        let retry_after = u64::try_from(reply.number()?).map_err(|_| reply.wrong())?;
        Ok(Verdict { allowed, left, retry_after: Duration::from_millis(retry_after) })
    }

    /// Gives all turns back, as after the right code.
    pub async fn reset(&self, rule: Rule, company: CompanyId, subject: Subject<'_>) -> Result<(), Error> {
        let key = self.cache.keys().limit(company, rule.name, subject);
        self.cache.send("limit_reset", true, cmd("DEL").arg(key)).await.map(drop)
    }
}
