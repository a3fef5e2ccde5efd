//! Small values kept for a tier's time: hot 60 s, warm 300 s, cold 3600 s.
//!
//! A `Tiered` keeps one kind of thing, say the branch behind a dialled number. That something does not exist is
//! kept, too, for a shorter time. Who changes the thing deletes its entry; the times are the backstop.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use callflow_domain::id::CompanyId;
use deadpool_redis::redis::cmd;
use futures::future::join_all;
use serde::{Serialize, de::DeserializeOwned};

pub(crate) mod shelf;

use self::shelf::Entries;
use crate::{
    Cache, Error,
    key::{Leased, Subject},
    metric,
    read_through::{Found, ReadThrough},
};

/// Most entries deleted by one call.
const MOST_DELETED: usize = 10_000;

/// How long something may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tier {
    /// Active calls, current availability, staff status.
    Hot,
    /// Number mappings, branch configuration, services.
    Warm,
    /// Customer preferences, history, skills.
    Cold,
}

impl Tier {
    /// Every tier.
    pub const ALL: [Self; 3] = [Self::Hot, Self::Warm, Self::Cold];

    /// Returns the longest time a value is kept.
    #[must_use]
    pub const fn ttl(self) -> Duration {
        Duration::from_secs(match self {
            Self::Hot => 60,
            Self::Warm => 300,
            Self::Cold => 3600,
        })
    }

    /// Returns the longest time it is kept that there is no value.
    #[must_use]
    pub const fn negative_ttl(self) -> Duration {
        Duration::from_secs(match self {
            Self::Hot => 10,
            Self::Warm => 30,
            Self::Cold => 60,
        })
    }

    /// Returns the name used in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hot => "hot",
            Self::Warm => "warm",
            Self::Cold => "cold",
        }
    }
}

/// Shortens a time to live by up to a tenth, so that what was stored together does not vanish together.
pub(crate) fn jittered(ttl: Duration) -> Duration {
    ttl.mul_f64(rand::random_range(0.9..=1.0))
}

/// Keeps one kind of value per company and subject; clones share the flights.
///
/// `E` is the error of whatever loads the values; callers who waited for the same failed load share it.
pub struct Tiered<T, E> {
    cache: Cache,
    tier: Tier,
    kind: &'static str,
    through: Arc<ReadThrough<Leased, E>>,
    value: std::marker::PhantomData<fn() -> T>,
}

impl<T, E> Clone for Tiered<T, E> {
    fn clone(&self) -> Self {
        Self { cache: self.cache.clone(), through: Arc::clone(&self.through), value: self.value, ..*self }
    }
}

impl<T, E> Tiered<T, E>
where
    T: Serialize + DeserializeOwned + Send,
    E: Send + Sync,
{
    /// Makes the keeper of one kind, e.g. `Tiered::new(&cache, Tier::Warm, "number")`. The kind is part of every
    /// key: a change of `T` that old values do not fit is best given a new kind, but costs no more than a miss.
    #[must_use]
    pub fn new(cache: &Cache, tier: Tier, kind: &'static str) -> Self {
        Self {
            cache: cache.clone(),
            tier,
            kind,
            through: Arc::new(ReadThrough::new()),
            value: std::marker::PhantomData,
        }
    }

    /// Returns the value, from Redis or else from `load`, which also says when there is none.
    ///
    /// However many ask at once, one load runs per process, and one over all processes while Redis is there. What
    /// is returned was loaded or stored after any deletion that had ended before this call began. Without Redis it
    /// may be as old as the load this call waited for.
    pub async fn get_or_load<F, Fut>(
        &self,
        company: CompanyId,
        subject: Subject<'_>,
        load: F,
    ) -> Result<Option<T>, Arc<E>>
    where
        F: Fn() -> Fut + Send + Sync,
        Fut: Future<Output = Result<Option<T>, E>> + Send,
    {
        let key = self.cache.keys().entry(company, self.kind, subject);
        let shelf = Entries { cache: &self.cache, tier: self.tier };
        let fill = |_| async { Ok(vec![encode(load().await?.as_ref())]) };
        let found = self.through.read(&shelf, std::slice::from_ref(&key), &fill).await?.remove(&key);
        if let Some(value) = found.as_ref().and_then(|found| decode(found.bytes())) {
            self.count(found.as_ref(), value.is_none());
            return Ok(value);
        }
        // Written by another version, or unfit for JSON: the truth is still one load away.
        tracing::warn!(kind = self.kind, "cached value cannot be read, loading it directly");
        let _ = self.delete_keys(&[key]).await;
        load().await.map_err(Arc::new)
    }

    /// Deletes entries, so that the next look loads them anew; loads under way are not stored any more.
    ///
    /// An error means that they may still be there until their time ends: whoever heard of the change should try again.
    pub async fn delete(&self, company: CompanyId, subjects: &[Subject<'_>]) -> Result<(), Error> {
        if subjects.len() > MOST_DELETED {
            return Err(Error::TooMany { what: "entries to delete", most: MOST_DELETED });
        }
        let keys: Vec<_> =
            subjects.iter().map(|subject| self.cache.keys().entry(company, self.kind, *subject)).collect();
        self.delete_keys(&keys).await
    }

    async fn delete_keys(&self, keys: &[Leased]) -> Result<(), Error> {
        // One command per entry: its two keys share a slot, two entries on a cluster usually do not.
        let deletions = keys.iter().map(|key| async move {
            self.cache.send("entry_delete", true, cmd("DEL").arg(&key.value).arg(&key.lease)).await
        });
        join_all(deletions).await.into_iter().try_for_each(|deleted| deleted.map(drop))
    }

    fn count(&self, found: Option<&Found>, negative: bool) {
        let tier = self.tier.as_str();
        let outcome = match found {
            Some(Found::Cached(_, age)) => {
                metric::age(tier, *age);
                if negative { "negative" } else { "hit" }
            }
            Some(Found::Shared(_)) => "shared",
            _ => "loaded",
        };
        metric::lookup(tier, self.kind, outcome);
    }
}

/// First byte of a stored payload: whether there is a value after it.
const PRESENT: u8 = b'+';
const ABSENT: u8 = b'-';

/// Returns the payload; an empty one, which nobody can decode, for a value that is not JSON.
fn encode<T: Serialize>(value: Option<&T>) -> Bytes {
    let Some(value) = value else { return Bytes::from_static(&[ABSENT]) };
    let mut payload = vec![PRESENT];
    match serde_json::to_writer(&mut payload, value) {
        Ok(()) => payload.into(),
        Err(_) => Bytes::new(),
    }
}

fn decode<T: DeserializeOwned>(payload: &[u8]) -> Option<Option<T>> {
    match payload.split_first()? {
        (&ABSENT, []) => Some(None),
        (&PRESENT, json) => serde_json::from_slice(json).ok().map(Some),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_tell_absence_from_null_and_from_damage() {
        assert_eq!(decode::<Option<u8>>(&encode(Some(&None::<u8>))), Some(Some(None)));
        assert_eq!(decode::<u8>(&encode(None::<&u8>)), Some(None));
        assert_eq!(decode::<u8>(&encode(Some(&7_u8))), Some(Some(7)));
        assert_eq!(decode::<u8>(b""), None);
        assert_eq!(decode::<u8>(b"+\"seven\""), None);
        let unfit = std::collections::HashMap::from([((1, 2), 3)]);
        assert!(encode(Some(&unfit)).is_empty());
    }

    #[test]
    fn jitter_never_lengthens_and_takes_at_most_a_tenth() {
        for tier in Tier::ALL {
            assert!(tier.negative_ttl() < tier.ttl());
            for _ in 0..1000 {
                let ttl = jittered(tier.ttl());
                assert!(ttl <= tier.ttl() && ttl >= tier.ttl().mul_f64(0.899), "{ttl:?}");
            }
        }
    }
}
