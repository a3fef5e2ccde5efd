//! Day snapshots: what is free in a branch on one local date, as bytes that only the availability service reads.
//!
//! Days and live holds of a branch are read at one instant, in one round trip. A day is stored only while the claim
//! its load began under still stands. Invalidating a day takes its claim away, so a day read from the database before a
//! commit cannot be stored after the invalidation the commit caused. All days of a branch also carry its epoch;
//! deleting the epoch outdates them together.

mod amend;

use std::{
    collections::BTreeMap,
    ops::Range,
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use callflow_domain::hold::{Hold, MAX_SEGMENT_MINUTES};
use deadpool_redis::redis::cmd;
use jiff::civil::Date;

pub use self::amend::Edit;
use crate::{
    Cache, Error,
    connection::{Call, Script},
    hold::wire,
    key::Site,
    metric,
    read_through::{Found, LEASE, ReadThrough, Shelf, State, Ticket},
    tier::{Tier, jittered, shelf},
};

static FETCH: LazyLock<Script> = LazyLock::new(|| {
    let text = concat!(include_str!("scripts/hold_common.lua"), include_str!("scripts/snapshot_fetch.lua"));
    Script::repeatable("snapshot_fetch", text)
});
static STORE: LazyLock<Script> =
    LazyLock::new(|| Script::repeatable("snapshot_store", include_str!("scripts/snapshot_store.lua")));

/// Most days read at once: a year and a day.
pub const MAX_DAYS: usize = 366;
/// How long an epoch lasts at most; longer than any day stored under it.
const EPOCH: Duration = Duration::from_secs(86_400);

/// One day as Redis knows it.
#[derive(Debug, Clone)]
pub enum Day {
    /// The snapshot and how long ago it was stored.
    Stored(Bytes, Duration),
    /// Missing; the ticket allows storing what is loaded now.
    Missing(Ticket),
    /// Missing, and being loaded by somebody else.
    Loading,
}

/// Days and holds of a branch at one instant.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The days asked for, in the order asked.
    pub days: Vec<(Date, Day)>,
    /// Live holds and markers in the window asked for.
    pub holds: Vec<Hold>,
}

/// Days and holds of a branch, complete.
#[derive(Debug, Clone)]
pub struct View {
    /// The snapshot of each day asked for.
    pub days: BTreeMap<Date, Bytes>,
    /// Live holds and markers in the window asked for; `None` when Redis is away and nobody knows.
    pub holds: Option<Vec<Hold>>,
}

/// The snapshots of all branches; clones share the flights. `E` is the error of whatever loads a day.
pub struct Snapshots<E> {
    cache: Cache,
    through: Arc<ReadThrough<(Site, Date), E>>,
}

impl<E> Clone for Snapshots<E> {
    fn clone(&self) -> Self {
        Self { cache: self.cache.clone(), through: Arc::clone(&self.through) }
    }
}

impl<E: Send + Sync> Snapshots<E> {
    /// Uses the snapshots in this Redis.
    #[must_use]
    pub fn new(cache: &Cache) -> Self {
        Self { cache: cache.clone(), through: Arc::new(ReadThrough::new()) }
    }

    /// Returns the days of a branch, from Redis or else from `load`, and its live holds within `window` (minutes).
    ///
    /// `load` is given the missing dates and returns their snapshots in the same order; it may be called again, with
    /// dates that were invalidated while it ran. However many ask at once, each day is loaded once. No day is
    /// returned that was loaded before an invalidation that had ended when this call began, except while Redis is
    /// away: then a load is shared with all who wait for it. An error means that a load failed; Redis being away does not.
    pub async fn get_or_load<F, Fut>(
        &self,
        site: Site,
        dates: &[Date],
        window: Range<i64>,
        load: F,
    ) -> Result<View, Arc<E>>
    where
        F: Fn(Vec<Date>) -> Fut + Send + Sync,
        Fut: Future<Output = Result<Vec<Bytes>, E>> + Send,
    {
        let shelf = Days { cache: &self.cache, site, window, holds: Mutex::new(None) };
        let keys: Vec<_> = dates.iter().map(|date| (site, *date)).collect();
        let fill = |keys: Vec<(Site, Date)>| load(keys.into_iter().map(|(_, date)| date).collect());
        let found = self.through.read(&shelf, &keys, &fill).await?;
        for day in found.values() {
            count(day);
        }
        let days = found.into_iter().map(|((_, date), found)| (date, found.bytes().clone())).collect();
        Ok(View { days, holds: shelf.holds.into_inner().unwrap_or_else(PoisonError::into_inner) })
    }

    /// Reads days and holds at one instant, in one round trip. Missing days are claimed for the caller, who is
    /// expected to load and [`put`](Self::put) them within three seconds.
    pub async fn get(&self, site: Site, dates: &[Date], window: Range<i64>) -> Result<Fetched, Error> {
        fetch(&self.cache, site, dates, &window).await
    }

    /// Stores days, each only while its ticket is good; returns for each whether it was stored.
    pub async fn put(&self, site: Site, days: &[(Date, Ticket, Bytes)]) -> Result<Vec<bool>, Error> {
        let days: Vec<_> = days.iter().map(|(date, ticket, bytes)| (*date, ticket, bytes)).collect();
        store(&self.cache, site, &days).await
    }

    /// Invalidates days: they are deleted, and what is being loaded now will not be stored.
    ///
    /// An error means that they may still be there until their time ends: whoever heard of the change should try again.
    pub async fn invalidate(&self, site: Site, dates: &[Date]) -> Result<(), Error> {
        check(dates.len())?;
        if dates.is_empty() {
            return Ok(());
        }
        let mut command = cmd("DEL");
        for date in dates {
            let day = self.cache.keys().day(site, *date);
            command.arg(day.value).arg(day.lease);
        }
        self.cache.send("snapshot_invalidate", true, &command).await.map(drop)
    }

    /// Invalidates every day of a branch, as a change of its hours or staff does.
    pub async fn invalidate_all(&self, site: Site) -> Result<(), Error> {
        let epoch = self.cache.keys().day_epoch(site);
        self.cache.send("snapshot_invalidate_all", true, cmd("DEL").arg(epoch)).await.map(drop)
    }
}

const fn check(days: usize) -> Result<(), Error> {
    if days > MAX_DAYS { Err(Error::TooMany { what: "days", most: MAX_DAYS }) } else { Ok(()) }
}

fn count(found: &Found) {
    let outcome = match found {
        Found::Cached(_, age) => {
            metric::age(Tier::Hot.as_str(), *age);
            "hit"
        }
        Found::Loaded(_) => "loaded",
        Found::Shared(_) => "shared",
    };
    metric::lookup(Tier::Hot.as_str(), "day", outcome);
}

async fn fetch(cache: &Cache, site: Site, dates: &[Date], window: &Range<i64>) -> Result<Fetched, Error> {
    check(dates.len())?;
    let token = shelf::token();
    let mut call = Call::keys(cache.keys().holds(site)).key(cache.keys().day_epoch(site));
    for date in dates {
        let day = cache.keys().day(site, *date);
        call = call.key(day.value).key(day.lease);
    }
    let call = call
        .arg(window.start)
        .arg(window.end)
        .arg(MAX_SEGMENT_MINUTES)
        .arg(&token)
        .arg(LEASE.as_millis())
        .arg(shelf::token())
        .arg(EPOCH.as_millis());
    let mut reply = cache.run(&FETCH, call).await?;
    let now = reply.number()?;
    metric::holds("expired", reply.number()?);
    let epoch = reply.text()?;
    let holds = wire::read_holds(&mut reply)?;
    let states = reply.bytes()?;
    if states.len() != dates.len() {
        return Err(reply.wrong());
    }
    let mut days = Vec::with_capacity(dates.len());
    for (date, state) in dates.iter().zip(states) {
        let day = match state {
            b'v' => {
                let (mut bytes, age) = shelf::unstamp(reply.bytes()?, now).ok_or_else(|| reply.wrong())?;
                // The script has compared the epoch that precedes the bytes.
                Day::Stored(bytes.split_off(epoch.len()), age)
            }
            b'm' => Day::Missing(Ticket { token: token.clone(), epoch: epoch.clone() }),
            _ => Day::Loading,
        };
        days.push((*date, day));
    }
    Ok(Fetched { days, holds })
}

async fn store(cache: &Cache, site: Site, days: &[(Date, &Ticket, &Bytes)]) -> Result<Vec<bool>, Error> {
    check(days.len())?;
    let mut call = Call::keys([cache.keys().day_epoch(site)]);
    for (date, ticket, bytes) in days {
        let day = cache.keys().day(site, *date);
        call = call.key(day.value).key(day.lease).arg(&ticket.token).arg(&ticket.epoch);
        call = call.arg(jittered(Tier::Hot.ttl()).as_millis()).bytes(bytes.as_ref());
    }
    let mut reply = cache.run(&STORE, call).await?;
    days.iter().map(|_| Ok(reply.number()? == 1)).collect()
}

/// The days of one branch as one read sees them; keeps the holds of its first look.
struct Days<'a> {
    cache: &'a Cache,
    site: Site,
    window: Range<i64>,
    holds: Mutex<Option<Vec<Hold>>>,
}

impl Shelf<(Site, Date)> for Days<'_> {
    fn tier(&self) -> &'static str {
        Tier::Hot.as_str()
    }

    async fn fetch(&self, keys: &[(Site, Date)]) -> Result<Vec<State>, Error> {
        let dates: Vec<_> = keys.iter().map(|(_, date)| *date).collect();
        let fetched = fetch(self.cache, self.site, &dates, &self.window).await?;
        // The latest look counts. A hold booked since the days were read has left a marker that outlasts them.
        *self.holds.lock().unwrap_or_else(PoisonError::into_inner) = Some(fetched.holds);
        Ok(fetched.days.into_iter().map(|(_, day)| state(day)).collect())
    }

    async fn store(&self, entries: &[((Site, Date), Ticket, Bytes)]) -> Result<Vec<bool>, Error> {
        let days: Vec<_> = entries.iter().map(|((_, date), ticket, bytes)| (*date, ticket, bytes)).collect();
        store(self.cache, self.site, &days).await
    }

    fn abandon(&self, claims: Vec<((Site, Date), Ticket)>) {
        let lease =
            |((site, date), ticket): ((Site, Date), Ticket)| (self.cache.keys().day(site, date).lease, ticket.token);
        let (leases, tokens) = claims.into_iter().map(lease).unzip();
        shelf::abandon(self.cache, leases, tokens);
    }
}

fn state(day: Day) -> State {
    match day {
        Day::Stored(bytes, age) => State::Hit(bytes, age),
        Day::Missing(ticket) => State::Claimed(ticket),
        Day::Loading => State::Busy,
    }
}
