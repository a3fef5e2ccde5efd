//! Minute buckets: counters and histograms per company and minute, for the live dashboard.
//!
//! Counters are added to in place. A histogram is stored as each writer's own bytes under the writer's name, so
//! writers never overwrite each other and a reader merges what it finds.

use std::{collections::BTreeMap, ops::Range, sync::LazyLock, time::Duration};

use bytes::Bytes;
use callflow_domain::id::{BranchId, CompanyId, MessageId};
use deadpool_redis::redis::{Value, cmd};
use futures::future::try_join_all;
use uuid::Uuid;

use crate::{
    Cache, Error,
    connection::{Call, Reply, Script},
};

/// How long a minute is kept: a day and an hour, for a full day's curve.
const KEEP: Duration = Duration::from_secs(25 * 3600);
/// How long it is remembered that a message was counted: longer than the last retry of a delivery.
const COUNTED: Duration = Duration::from_secs(6 * 3600);
/// Most minutes read at once: a day.
pub const MAX_MINUTES: usize = 1440;

static ADD: LazyLock<Script> = LazyLock::new(|| Script::once("minute_add", include_str!("scripts/minute_add.lua")));
static ADD_ONCE: LazyLock<Script> =
    LazyLock::new(|| Script::repeatable("minute_add_once", include_str!("scripts/minute_add.lua")));
static RAISE: LazyLock<Script> =
    LazyLock::new(|| Script::repeatable("minute_raise", include_str!("scripts/minute_raise.lua")));
static PUT: LazyLock<Script> =
    LazyLock::new(|| Script::repeatable("minute_put", include_str!("scripts/minute_put.lua")));

/// What is counted: a name, for the whole company or one of its branches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Counter {
    /// The branch, or `None` for what belongs to none.
    pub branch: Option<BranchId>,
    /// The name, e.g. `call_started`.
    pub name: String,
}

impl Counter {
    fn field(&self) -> String {
        match self.branch {
            Some(branch) => format!("{}/{}", branch.uuid().simple(), self.name),
            None => format!("-/{}", self.name),
        }
    }

    fn parse(field: &str) -> Option<Self> {
        let (branch, name) = field.split_once('/')?;
        let branch = if branch == "-" { None } else { Some(BranchId(Uuid::try_parse(branch).ok()?)) };
        Some(Self { branch, name: name.to_owned() })
    }
}

/// The counters of one minute.
pub type Counters = BTreeMap<Counter, i64>;

/// The minute buckets of all companies.
#[derive(Clone)]
pub struct Minutes {
    cache: Cache,
}

impl Minutes {
    /// Uses the minute buckets in this Redis.
    #[must_use]
    pub fn new(cache: &Cache) -> Self {
        Self { cache: cache.clone() }
    }

    /// Adds to counters of a minute (minutes since the epoch). With a message id they are added to only once per message,
    /// however often it is delivered; returns whether they were. Without one, a lost answer is not followed up.
    pub async fn add(
        &self,
        company: CompanyId,
        minute: i64,
        counters: &[(Counter, i64)],
        message: Option<MessageId>,
    ) -> Result<bool, Error> {
        let keys = self.cache.keys();
        let mut call = Call::keys([keys.minute(company, minute)]);
        call = call.arg(KEEP.as_millis()).arg(COUNTED.as_millis());
        for (counter, by) in counters {
            call = call.arg(counter.field()).arg(by);
        }
        let (script, call) = match message {
            Some(message) => (&ADD_ONCE, call.key(keys.counted(company, message))),
            None => (&ADD, call),
        };
        Ok(self.cache.run(script, call).await?.number()? == 1)
    }

    /// Raises counters of a minute to at least these values, and returns how many were lower: what was counted meanwhile is
    /// never lowered, and doing it twice changes nothing.
    pub async fn raise(&self, company: CompanyId, minute: i64, counters: &Counters) -> Result<u64, Error> {
        let mut call = Call::keys([self.cache.keys().minute(company, minute)]).arg(KEEP.as_millis());
        for (counter, least) in counters {
            call = call.arg(counter.field()).arg(least);
        }
        let mut reply = self.cache.run(&RAISE, call).await?;
        u64::try_from(reply.number()?).map_err(|_| reply.wrong())
    }

    /// Claims comparing the counters with the records for so long, for one process among all; returns whether it has it.
    pub async fn claim_recount(&self, lasting: Duration) -> Result<bool, Error> {
        let mut claim = cmd("SET");
        claim.arg(self.cache.keys().recount()).arg("1").arg("NX").arg("PX").arg(lasting.as_millis().to_string());
        Ok(!matches!(self.cache.send("recount_claim", false, &claim).await?, Value::Nil))
    }

    /// Returns the counters of each minute in the range, oldest first; minutes without any are empty.
    pub async fn read(&self, company: CompanyId, minutes: Range<i64>) -> Result<Vec<(i64, Counters)>, Error> {
        let read = |minute| async move {
            let mut reply = self.hash("minute_read", self.cache.keys().minute(company, minute)).await?;
            let mut counters = Counters::new();
            while !reply.is_done() {
                let counter = Counter::parse(&reply.text()?).ok_or_else(|| reply.wrong())?;
                counters.insert(counter, reply.number()?);
            }
            Ok((minute, counters))
        };
        try_join_all(checked(minutes)?.map(read)).await
    }

    /// Stores one writer's histogram of a minute, in place of what it stored before.
    pub async fn put_histogram(
        &self,
        company: CompanyId,
        minute: i64,
        name: &str,
        writer: &str,
        bytes: &[u8],
    ) -> Result<(), Error> {
        let call = Call::keys([self.cache.keys().minute_histograms(company, minute)]);
        let call = call.arg(KEEP.as_millis()).arg(format_args!("{name}/{writer}")).bytes(bytes);
        self.cache.run(&PUT, call).await.map(drop)
    }

    /// Returns all writers' histograms of that name for each minute in the range, oldest first, ready to be merged.
    pub async fn histograms(
        &self,
        company: CompanyId,
        minutes: Range<i64>,
        name: &str,
    ) -> Result<Vec<(i64, Vec<Bytes>)>, Error> {
        let read = |minute| async move {
            let mut reply = self.hash("histogram_read", self.cache.keys().minute_histograms(company, minute)).await?;
            let mut found = Vec::new();
            while !reply.is_done() {
                let (field, bytes) = (reply.text()?, reply.bytes()?);
                if field.split_once('/').is_some_and(|(stored, _)| stored == name) {
                    found.push(bytes);
                }
            }
            Ok((minute, found))
        };
        try_join_all(checked(minutes)?.map(read)).await
    }

    async fn hash(&self, op: &'static str, key: String) -> Result<Reply, Error> {
        Reply::of_map(op, self.cache.send(op, true, cmd("HGETALL").arg(key)).await?)
    }
}

fn checked(minutes: Range<i64>) -> Result<Range<i64>, Error> {
    match minutes.end.checked_sub(minutes.start).map(usize::try_from) {
        Some(Ok(0..=MAX_MINUTES)) => Ok(minutes),
        _ => Err(Error::TooMany { what: "minutes", most: MAX_MINUTES }),
    }
}
