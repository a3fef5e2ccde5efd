//! Single flight: of many callers who miss the same key at the same time, one loads and the others wait for it.
//!
//! What a flight brings is good for those who boarded before the last moment at which it was known to be current. The
//! leader says when that is by closing the doors; who comes later waits, too, but then looks for himself.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use tokio::sync::watch;

/// How a flight ended, as its followers see it.
#[derive(Debug)]
pub(crate) enum Landing<E> {
    /// Loaded, and good for everyone who joined before the doors closed.
    Loaded(Bytes),
    /// Nothing to hand on: look again yourself.
    LookAgain,
    /// The load failed; all share the failure instead of repeating it one after another.
    Failed(Arc<E>),
}

impl<E> Clone for Landing<E> {
    fn clone(&self) -> Self {
        match self {
            Self::Loaded(bytes) => Self::Loaded(bytes.clone()),
            Self::LookAgain => Self::LookAgain,
            Self::Failed(error) => Self::Failed(Arc::clone(error)),
        }
    }
}

/// A flight as those see it who may join.
struct Flight<E> {
    serial: u64,
    closed: bool,
    watch: watch::Receiver<Option<Landing<E>>>,
}

/// The flights under way in this process.
pub(crate) struct Flights<K, E> {
    under_way: Mutex<HashMap<K, Flight<E>>>,
    serials: AtomicU64,
}

/// What a caller got on joining.
pub(crate) enum Seat<'a, K: Clone + Eq + Hash, E> {
    /// Nobody is at it: load, then land.
    Lead(Lead<'a, K, E>),
    /// Somebody is at it: wait.
    Follow(Follow<E>),
}

impl<K: Clone + Eq + Hash, E> Flights<K, E> {
    pub(crate) fn new() -> Self {
        Self { under_way: Mutex::new(HashMap::new()), serials: AtomicU64::new(0) }
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<K, Flight<E>>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Follows the flight for the key, or leads one when there is none.
    pub(crate) fn join(&self, key: &K) -> Seat<'_, K, E> {
        let mut under_way = self.under_way();
        match under_way.get(key) {
            Some(Flight { closed, watch, .. }) => Seat::Follow(Follow { late: *closed, watch: watch.clone() }),
            None => Seat::Lead(self.start(&mut under_way, key)),
        }
    }

    /// Leads a flight for the key; whoever joins from now on follows this one.
    pub(crate) fn lead(&self, key: &K) -> Lead<'_, K, E> {
        let mut under_way = self.under_way();
        self.start(&mut under_way, key)
    }

    fn start(&self, under_way: &mut HashMap<K, Flight<E>>, key: &K) -> Lead<'_, K, E> {
        let serial = self.serials.fetch_add(1, Ordering::Relaxed);
        let (sender, watch) = watch::channel(None);
        under_way.insert(key.clone(), Flight { serial, closed: false, watch });
        Lead { flights: self, key: key.clone(), serial, sender }
    }
}

/// The duty to load; dropped without landing (its task was cancelled) it sends the followers to look again.
pub(crate) struct Lead<'a, K: Clone + Eq + Hash, E> {
    flights: &'a Flights<K, E>,
    key: K,
    serial: u64,
    sender: watch::Sender<Option<Landing<E>>>,
}

impl<K: Clone + Eq + Hash, E> Lead<'_, K, E> {
    /// Closes the doors: who joins from now on looks again whatever is loaded.
    pub(crate) fn close(&self) {
        self.doors(true);
    }

    /// Opens them again: what is loaded next is good for who joins from now on.
    pub(crate) fn open(&self) {
        self.doors(false);
    }

    fn doors(&self, closed: bool) {
        let mut under_way = self.flights.under_way();
        if let Some(flight) = under_way.get_mut(&self.key).filter(|flight| flight.serial == self.serial) {
            flight.closed = closed;
        }
    }

    pub(crate) fn land(self, landing: Landing<E>) {
        // Off the map first: nobody may join a flight whose outcome is already decided.
        self.leave();
        self.sender.send_replace(Some(landing));
    }

    fn leave(&self) {
        let mut under_way = self.flights.under_way();
        if under_way.get(&self.key).is_some_and(|flight| flight.serial == self.serial) {
            under_way.remove(&self.key);
        }
    }
}

impl<K: Clone + Eq + Hash, E> Drop for Lead<'_, K, E> {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Waits for somebody else's load.
pub(crate) struct Follow<E> {
    late: bool,
    watch: watch::Receiver<Option<Landing<E>>>,
}

impl<E> Follow<E> {
    pub(crate) async fn landing(mut self) -> Landing<E> {
        match self.watch.wait_for(Option::is_some).await.as_deref() {
            // A failure is shared all the same: repeated one after another it would only take longer.
            Ok(Some(Landing::Loaded(_))) if self.late => Landing::LookAgain,
            Ok(Some(landing)) => landing.clone(),
            Ok(None) | Err(_) => Landing::LookAgain,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Both = Flights<u8, &'static str>;

    fn follow(flights: &Both) -> Follow<&'static str> {
        match flights.join(&1) {
            Seat::Follow(follow) => follow,
            Seat::Lead(_) => panic!("a flight is under way"),
        }
    }

    #[tokio::test]
    async fn followers_get_what_the_leader_landed() {
        let flights = Both::new();
        let Seat::Lead(lead) = flights.join(&1) else { panic!("nobody else is there") };
        let (one, two) = (follow(&flights), follow(&flights));
        assert!(matches!(flights.join(&2), Seat::Lead(_)), "another key is another flight");
        lead.land(Landing::Loaded(Bytes::from_static(b"x")));
        for follow in [one, two] {
            assert!(matches!(follow.landing().await, Landing::Loaded(bytes) if bytes == "x"));
        }
        assert!(matches!(flights.join(&1), Seat::Lead(_)), "what has landed is over");
    }

    #[tokio::test]
    async fn who_comes_after_the_doors_closed_looks_for_himself() {
        let flights = Both::new();
        let lead = flights.lead(&1);
        let early = follow(&flights);
        lead.close();
        let late = follow(&flights);
        lead.land(Landing::Loaded(Bytes::from_static(b"x")));
        assert!(matches!(early.landing().await, Landing::Loaded(bytes) if bytes == "x"));
        assert!(matches!(late.landing().await, Landing::LookAgain));
        let lead = flights.lead(&1);
        lead.close();
        let late = follow(&flights);
        lead.land(Landing::Failed(Arc::new("away")));
        assert!(matches!(late.landing().await, Landing::Failed(error) if *error == "away"));
        let lead = flights.lead(&1);
        lead.close();
        lead.open();
        let early = follow(&flights);
        lead.land(Landing::Loaded(Bytes::from_static(b"y")));
        assert!(matches!(early.landing().await, Landing::Loaded(bytes) if bytes == "y"));
    }

    #[tokio::test]
    async fn cancelled_leader_sends_followers_to_look_again() {
        let flights = Both::new();
        let lead = flights.lead(&1);
        let follow = follow(&flights);
        drop(lead);
        assert!(matches!(follow.landing().await, Landing::LookAgain));
        assert!(flights.under_way().is_empty());
    }

    #[tokio::test]
    async fn superseded_flight_leaves_its_successor_alone() {
        let flights = Both::new();
        let old = flights.lead(&1);
        let early = follow(&flights);
        let new = flights.lead(&1);
        let late = follow(&flights);
        old.land(Landing::Failed(Arc::new("old")));
        assert!(matches!(early.landing().await, Landing::Failed(_)));
        assert!(matches!(flights.join(&1), Seat::Follow(_)), "the new one is still under way");
        new.land(Landing::LookAgain);
        assert!(matches!(late.landing().await, Landing::LookAgain));
    }
}
