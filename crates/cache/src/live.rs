//! Which calls are live: a set of call ids with the time of their last sign of life, never a counter.
//!
//! A repeated event changes nothing, a lost end is made up for by time, and an end that arrives before a late start
//! is remembered, so the number cannot drift.

use std::{sync::LazyLock, time::Duration};

use callflow_domain::id::{BranchId, CallId, CompanyId};
use deadpool_redis::redis::cmd;
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    Cache, Error,
    connection::{Call, Reply, Script},
};

/// Without a sign of life for this long a call counts as over: an hour, the platform's longest call, and some slack.
const IDLE: Duration = Duration::from_secs(65 * 60);
/// How long an end is remembered: longer than an event may be late.
const REMEMBER: Duration = Duration::from_secs(2 * 3600);
/// Longest phase name.
const PHASE: usize = 32;

macro_rules! live_script {
    ($name:ident, $op:literal) => {
        static $name: LazyLock<Script> = LazyLock::new(|| {
            let text = concat!(include_str!("scripts/live_common.lua"), include_str!(concat!("scripts/", $op, ".lua")));
            Script::repeatable($op, text)
        });
    };
}

live_script!(SEEN, "live_seen");
live_script!(ENDED, "live_ended");
live_script!(LIST, "live_list");

/// One live call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveCall {
    /// The call.
    pub call: CallId,
    /// The branch it reached, once known.
    pub branch: Option<BranchId>,
    /// What is going on, e.g. `greeting`, `searching`; empty while unknown.
    pub phase: String,
    /// First sign of life.
    pub first_seen: Timestamp,
    /// Last sign of life.
    pub last_seen: Timestamp,
}

/// The live calls of one company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveCalls {
    /// How many there are.
    pub total: u64,
    /// Those heard of last, at most as many as asked for.
    pub latest: Vec<LiveCall>,
}

/// The live calls of all companies.
#[derive(Clone)]
pub struct Live {
    cache: Cache,
    idle: Duration,
    remember: Duration,
}

impl Live {
    /// Uses the live calls in this Redis.
    #[must_use]
    pub fn new(cache: &Cache) -> Self {
        Self { cache: cache.clone(), idle: IDLE, remember: REMEMBER }
    }

    /// Sets after how long without a sign of life a call counts as over.
    #[must_use]
    pub fn with_idle(self, idle: Duration) -> Self {
        Self { idle, ..self }
    }

    /// Notes a sign of life and returns whether the call counts as live: not when it is known to have ended.
    /// Branch and phase stay as they were when they are not given.
    pub async fn seen(
        &self,
        company: CompanyId,
        call: &CallId,
        branch: Option<BranchId>,
        phase: Option<&str>,
    ) -> Result<bool, Error> {
        let branch = branch.map(|branch| branch.uuid().simple().to_string()).unwrap_or_default();
        let phase: String = phase.unwrap_or_default().chars().filter(|c| *c != '|').take(PHASE).collect();
        let run = self.cache.run(&SEEN, self.call(company).arg(call).arg(branch).arg(phase));
        let (mut reply, _) = tokio::try_join!(run, self.note(company))?;
        Ok(reply.number()? == 1)
    }

    /// Notes the end of a call and returns whether it was live.
    pub async fn ended(&self, company: CompanyId, call: &CallId) -> Result<bool, Error> {
        Ok(self.cache.run(&ENDED, self.call(company).arg(call)).await?.number()? == 1)
    }

    /// Returns how many calls are live and describes the latest of them.
    pub async fn list(&self, company: CompanyId, most: u32) -> Result<LiveCalls, Error> {
        let mut reply = self.cache.run(&LIST, self.call(company).arg(most)).await?;
        let total = u64::try_from(reply.number()?).map_err(|_| reply.wrong())?;
        let mut latest = Vec::new();
        while !reply.is_done() {
            latest.push(read_call(&mut reply)?);
        }
        Ok(LiveCalls { total, latest })
    }

    /// Returns the companies that had live calls, or were [noted](Self::note), within the last day.
    pub async fn companies(&self) -> Result<Vec<CompanyId>, Error> {
        const DAY: i64 = 86_400;
        let key = self.cache.keys().live_companies();
        let since = Timestamp::now().as_second() - DAY;
        let answer =
            self.cache.send("live_companies", true, cmd("ZRANGEBYSCORE").arg(key).arg(since).arg("+inf")).await?;
        let mut reply = Reply::of_map("live_companies", answer)?;
        let mut companies = Vec::new();
        while !reply.is_done() {
            let text = reply.text()?;
            companies.push(CompanyId(Uuid::try_parse(&text).map_err(|_| reply.wrong())?));
        }
        Ok(companies)
    }

    /// Notes that there is something to see of the company; in a slot of its own, hence beside the script.
    pub async fn note(&self, company: CompanyId) -> Result<(), Error> {
        let (key, now) = (self.cache.keys().live_companies(), Timestamp::now().as_second());
        self.cache.send("live_note", true, cmd("ZADD").arg(key).arg(now).arg(company.to_string())).await.map(drop)
    }

    fn call(&self, company: CompanyId) -> Call {
        Call::keys(self.cache.keys().live(company)).arg(self.idle.as_millis()).arg(self.remember.as_millis())
    }
}

fn read_call(reply: &mut Reply) -> Result<LiveCall, Error> {
    let call = CallId::parse(&reply.text()?).ok_or_else(|| reply.wrong())?;
    let last_seen = reply.time()?;
    let info = reply.text()?;
    let mut parts = info.splitn(3, '|');
    let mut part = || parts.next().unwrap_or_default();
    let first_seen = part().parse().ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let branch = Uuid::try_parse(part()).ok().map(BranchId);
    Ok(LiveCall { call, branch, phase: part().to_owned(), first_seen: first_seen.unwrap_or(last_seen), last_seen })
}
