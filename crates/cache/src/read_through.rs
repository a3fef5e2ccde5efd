//! Reading through the cache: look, else load once, else wait for whoever loads.
//!
//! Each missing key is claimed in Redis with a token before its load begins. Deleting the key deletes the
//! claim, and a value is stored only while its claim stands, so what was read from the database before a
//! change can never be stored after the deletion that the change caused. A load whose claim is gone when it
//! ends is done again: its answer may be older than the change. The claim is also what keeps other processes
//! from loading the same key meanwhile; inside one process, flights do (`flight.rs`).
//!
//! What one caller loads is shared with those who asked before it was last known to be current: when a claim still
//! stood, or when a load without one began. Who asks later may have heard of a change that it does not show.
//!
//! Without Redis there are no claims, and no deletions to be heard of: each key is loaded once at a time per process,
//! shared with all who wait, and not kept.

use std::{
    collections::BTreeMap,
    future::Future,
    hash::Hash,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use callflow_domain::ErrorKind;

mod settle;
#[cfg(test)]
mod tests;

use self::settle::settle;
use crate::{
    Error,
    flight::{Flights, Follow, Landing, Lead, Seat},
};

/// How long a claim stands: longer than any healthy load, short enough that a crashed loader is soon forgotten.
pub(crate) const LEASE: Duration = Duration::from_secs(3);
/// How long to wait for another process that has claimed a key before loading it, too.
const PATIENCE: Duration = Duration::from_millis(500);
/// First and longest pause between looks at a key that another process loads.
const LOOK: (Duration, Duration) = (Duration::from_millis(3), Duration::from_millis(40));
/// Loads of one key for one caller when it is deleted each time meanwhile; then the last answer has to do.
const LOADS: u32 = 3;
/// Flights to follow one after another before loading without company.
const ROUNDS: u32 = 4;

/// Proof that a load was claimed: what it brings may be stored until the key is deleted or the claim ends.
#[derive(Debug, Clone)]
pub struct Ticket {
    pub(crate) token: String,
    /// The epoch the claim belongs to, for keys that have one.
    pub(crate) epoch: String,
}

/// What Redis knows about a key.
#[derive(Debug)]
pub(crate) enum State {
    /// The value and how long ago it was stored.
    Hit(Bytes, Duration),
    /// Missing, and ours to load.
    Claimed(Ticket),
    /// Missing, and somebody else's to load.
    Busy,
    /// Redis could not be asked.
    Unknown,
}

/// A value and where it came from.
#[derive(Debug, Clone)]
pub(crate) enum Found {
    Cached(Bytes, Duration),
    Loaded(Bytes),
    Shared(Bytes),
}

impl Found {
    pub(crate) fn bytes(&self) -> &Bytes {
        match self {
            Self::Cached(bytes, _) | Self::Loaded(bytes) | Self::Shared(bytes) => bytes,
        }
    }
}

/// The part that differs between kinds of keys: how they are read, stored and given up in Redis.
pub(crate) trait Shelf<K>: Sync {
    /// Name of the tier in metrics.
    fn tier(&self) -> &'static str;
    /// Reads the keys and claims the missing ones; one state per key, in order.
    fn fetch(&self, keys: &[K]) -> impl Future<Output = Result<Vec<State>, Error>> + Send;
    /// Stores what was loaded where the claim still stands; one verdict per entry, in order.
    fn store(&self, entries: &[(K, Ticket, Bytes)]) -> impl Future<Output = Result<Vec<bool>, Error>> + Send;
    /// Gives claims back whose load failed or was cancelled; in the background, as they end by themselves.
    fn abandon(&self, claims: Vec<(K, Ticket)>);
}

/// Reads keys of one kind through the cache.
pub(crate) struct ReadThrough<K, E> {
    flights: Flights<K, E>,
}

/// By what right a key is loaded.
#[derive(Debug, Clone)]
enum Claim {
    /// It is claimed for us.
    Ours(Ticket),
    /// Somebody else has claimed it and takes too long.
    Others,
    /// Redis is away: nobody knows of claims.
    Unknown,
}

impl Claim {
    fn ticket(&self) -> Option<&Ticket> {
        if let Self::Ours(ticket) = self { Some(ticket) } else { None }
    }
}

type Leads<'a, K, E> = BTreeMap<K, Lead<'a, K, E>>;
type Followed<K, E> = Vec<(K, Follow<E>)>;
type Values<K> = BTreeMap<K, Found>;

impl<K, E> ReadThrough<K, E>
where
    K: Clone + Ord + Hash + Send + Sync,
    E: Send + Sync,
{
    pub(crate) fn new() -> Self {
        Self { flights: Flights::new() }
    }

    /// Returns a value for each key. `load` is given keys and returns their values in the same order; it may be
    /// called several times. A failed load fails the whole read, for everybody who waited for it.
    pub(crate) async fn read<S, F, Fut>(&self, shelf: &S, keys: &[K], load: &F) -> Result<Values<K>, Arc<E>>
    where
        S: Shelf<K>,
        F: Fn(Vec<K>) -> Fut + Sync,
        Fut: Future<Output = Result<Vec<Bytes>, E>> + Send,
    {
        let mut values = Values::new();
        let mut pending = keys.to_vec();
        pending.sort_unstable();
        pending.dedup();
        for _ in 0..ROUNDS {
            if pending.is_empty() {
                return Ok(values);
            }
            let followed = self.lead(shelf, pending, load, &mut values).await?;
            pending = follow(followed, &mut values).await?;
        }
        if !pending.is_empty() {
            let loaded = load(pending.clone()).await.map_err(Arc::new)?;
            values.extend(pending.into_iter().zip(loaded.into_iter().map(Found::Loaded)));
        }
        Ok(values)
    }

    /// Looks at the keys and loads those that nobody in this process loads yet; returns the others.
    async fn lead<S, F, Fut>(
        &self,
        shelf: &S,
        mut asked: Vec<K>,
        load: &F,
        values: &mut Values<K>,
    ) -> Result<Followed<K, E>, Arc<E>>
    where
        S: Shelf<K>,
        F: Fn(Vec<K>) -> Fut + Sync,
        Fut: Future<Output = Result<Vec<Bytes>, E>> + Send,
    {
        let mut leads = Leads::new();
        let mut followed = Vec::new();
        let (mut waiting_since, mut pause, mut loads) = (None, LOOK.0, 0);
        loop {
            let sent = Instant::now();
            let states = match shelf.fetch(&asked).await {
                Ok(states) => states,
                Err(error) => {
                    report(&error, shelf.tier());
                    asked.iter().map(|_| State::Unknown).collect()
                }
            };
            // Counted to when this look was sent: on a busy machine its answer may be old when it is read.
            let patient = waiting_since.is_none_or(|since| sent.saturating_duration_since(since) < PATIENCE);
            let mut due = Vec::new();
            let mut waiting = Vec::new();
            for (key, state) in asked.into_iter().zip(states) {
                match self.seat(key, state, patient, &mut leads, values) {
                    Next::Load(key, claim) => due.push((key, claim)),
                    Next::Wait(key) => waiting.push(key),
                    Next::Follow(key, follow) => followed.push((key, follow)),
                    Next::Done => {}
                }
            }
            loads += u32::from(!due.is_empty());
            let outdated = settle(shelf, due, load, loads < LOADS, &mut leads, values).await?;
            if outdated.is_empty() {
                if waiting.is_empty() {
                    return Ok(followed);
                }
                waiting_since.get_or_insert_with(Instant::now);
                tokio::time::sleep(pause.mul_f64(rand::random_range(0.75..1.25))).await;
                pause = (pause * 2).min(LOOK.1);
            }
            waiting.extend(outdated);
            asked = waiting;
        }
    }

    /// Decides what one key's state means for this caller.
    fn seat<'a>(
        &'a self,
        key: K,
        state: State,
        patient: bool,
        leads: &mut Leads<'a, K, E>,
        values: &mut Values<K>,
    ) -> Next<K, E> {
        let claim = match state {
            State::Hit(bytes, age) => {
                values.insert(key.clone(), Found::Cached(bytes, age));
                // Followers look for themselves: this look may be older than their question.
                if let Some(lead) = leads.remove(&key) {
                    lead.land(Landing::LookAgain);
                }
                return Next::Done;
            }
            State::Claimed(ticket) => {
                // A claim makes this caller the one to load, whoever else in this process waits or loads under an older one.
                leads.entry(key.clone()).or_insert_with(|| self.flights.lead(&key));
                return Next::Load(key, Claim::Ours(ticket));
            }
            State::Unknown => Some(Claim::Unknown),
            State::Busy => (!patient).then_some(Claim::Others),
        };
        if !leads.contains_key(&key) {
            match self.flights.join(&key) {
                Seat::Follow(follow) => return Next::Follow(key, follow),
                Seat::Lead(lead) => drop(leads.insert(key.clone(), lead)),
            }
        }
        match claim {
            Some(claim) => Next::Load(key, claim),
            None => Next::Wait(key),
        }
    }
}

/// What to do about one key.
enum Next<K, E> {
    Load(K, Claim),
    Wait(K),
    Follow(K, Follow<E>),
    Done,
}

/// Logs why the cache could not be asked: a defect loudly, an outage quietly, as the connection has announced it.
fn report(error: &Error, tier: &'static str) {
    if error.kind() == ErrorKind::Internal {
        tracing::error!(error = %error, tier, "reading through without the cache");
    } else {
        tracing::debug!(error = %error, tier, "reading through without the cache");
    }
}

/// Waits for the flights of others; returns the keys to look at again.
async fn follow<K: Ord, E>(followed: Followed<K, E>, values: &mut Values<K>) -> Result<Vec<K>, Arc<E>> {
    let mut again = Vec::new();
    for (key, follow) in followed {
        match follow.landing().await {
            Landing::Loaded(bytes) => drop(values.insert(key, Found::Shared(bytes))),
            Landing::LookAgain => again.push(key),
            Landing::Failed(error) => return Err(error),
        }
    }
    Ok(again)
}
