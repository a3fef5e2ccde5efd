//! How the entries of a tier lie in Redis: a value with the time it was stored, and a claim beside it.

use std::{sync::LazyLock, time::Duration};

use bytes::Bytes;
use futures::future::try_join_all;
use tokio::runtime::Handle;

use super::{ABSENT, Tier, jittered};
use crate::{
    Cache, Error,
    connection::{Call, Reply, Script},
    key::Leased,
    read_through::{LEASE, Shelf, State, Ticket},
};

/// Digits of the time in milliseconds that precedes every stored value.
pub(crate) const STAMP: usize = 13;

static FETCH: LazyLock<Script> =
    LazyLock::new(|| Script::repeatable("entry_fetch", include_str!("../scripts/entry_fetch.lua")));
static STORE: LazyLock<Script> =
    LazyLock::new(|| Script::repeatable("entry_store", include_str!("../scripts/entry_store.lua")));
static ABANDON: LazyLock<Script> =
    LazyLock::new(|| Script::repeatable("lease_abandon", include_str!("../scripts/lease_abandon.lua")));

/// Returns a name nobody else uses: 128 random bits.
pub(crate) fn token() -> String {
    format!("{:032x}", rand::random::<u128>())
}

/// Gives claims on keys of one slot back, in the background; best effort.
pub(crate) fn abandon(cache: &Cache, leases: Vec<String>, tokens: Vec<String>) {
    // Called from destructors, possibly after the runtime has gone.
    let Ok(runtime) = Handle::try_current() else { return };
    let (cache, call) = (cache.clone(), tokens.into_iter().fold(Call::keys(leases), Call::arg));
    runtime.spawn(async move {
        if let Err(error) = cache.run(&ABANDON, call).await {
            tracing::debug!(error = %error, "claims are left to end by themselves");
        }
    });
}

/// Splits a stored value into its age and the rest.
pub(crate) fn unstamp(mut value: Bytes, now_ms: i64) -> Option<(Bytes, Duration)> {
    if value.len() < STAMP {
        return None;
    }
    let stored = value.split_to(STAMP);
    let stored: i64 = str::from_utf8(&stored).ok()?.parse().ok()?;
    let age = u64::try_from(now_ms - stored).unwrap_or(0);
    Some((value, Duration::from_millis(age)))
}

pub(super) struct Entries<'a> {
    pub(super) cache: &'a Cache,
    pub(super) tier: Tier,
}

impl Entries<'_> {
    async fn fetch_one(&self, key: &Leased) -> Result<State, Error> {
        let token = token();
        let call = Call::keys([key.value.clone(), key.lease.clone()]).arg(&token).arg(LEASE.as_millis());
        let mut reply = self.cache.run(&FETCH, call).await?;
        let now = reply.number()?;
        Ok(match reply.text()?.as_str() {
            "v" => {
                let (value, age) = unstamp(reply.bytes()?, now).ok_or_else(|| reply.wrong())?;
                State::Hit(value, age)
            }
            "m" => State::Claimed(Ticket { token, epoch: String::new() }),
            _ => State::Busy,
        })
    }

    async fn store_one(&self, key: &Leased, ticket: &Ticket, value: &Bytes) -> Result<bool, Error> {
        let negative = value.first() == Some(&ABSENT);
        let ttl = jittered(if negative { self.tier.negative_ttl() } else { self.tier.ttl() });
        let call = Call::keys([key.value.clone(), key.lease.clone()])
            .arg(&ticket.token)
            .arg(ttl.as_millis())
            .bytes(value.as_ref());
        stored(self.cache.run(&STORE, call).await?)
    }
}

/// Reads a verdict on one stored value.
pub(crate) fn stored(mut reply: Reply) -> Result<bool, Error> {
    Ok(reply.number()? == 1)
}

impl Shelf<Leased> for Entries<'_> {
    fn tier(&self) -> &'static str {
        self.tier.as_str()
    }

    async fn fetch(&self, keys: &[Leased]) -> Result<Vec<State>, Error> {
        try_join_all(keys.iter().map(|key| self.fetch_one(key))).await
    }

    async fn store(&self, entries: &[(Leased, Ticket, Bytes)]) -> Result<Vec<bool>, Error> {
        try_join_all(entries.iter().map(|(key, ticket, value)| self.store_one(key, ticket, value))).await
    }

    fn abandon(&self, claims: Vec<(Leased, Ticket)>) {
        for (key, ticket) in claims {
            abandon(self.cache, vec![key.lease], vec![ticket.token]);
        }
    }
}
