//! Reading once for a crowd: whoever asks while a reading is under way shares the next one with everybody else who does.
//!
//! A reading that began after the question was asked answers it as well as one of its own would. So a thousand callers who want
//! the same slot cost a handful of readings, one after the other, and nobody is told what was true before they asked.
//!
//! The single flight of `callflow-cache` is another thing: there whoever comes while a claim is known to stand is told what is being
//! loaded already, which is right for a day, whose claim an invalidation takes away, and wrong for holds, which nothing outdates.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// What a reading found, and who else was told.
#[derive(Debug)]
pub(crate) struct Share<V> {
    /// What was read.
    pub(crate) value: Arc<V>,
    /// How many others were told this, or what was read just before, ahead of this one. What they do about it is not in it.
    pub(crate) ahead: usize,
}

/// The rounds of one kind that are under way, by what is read, each with how many take part.
pub(crate) struct Rounds<K, V, E> {
    under_way: Mutex<Seated<K, V, E>>,
}

type Seated<K, V, E> = HashMap<K, (usize, Arc<Round<V, E>>)>;

/// Everything about readings of the same, for as long as anybody waits for one.
struct Round<V, E> {
    /// Counts questions and beginnings of readings, so that it is known which came first.
    clock: AtomicU64,
    /// Held while reading; whoever is next finds what was read.
    last: tokio::sync::Mutex<Option<Reading<V, E>>>,
}

struct Reading<V, E> {
    begun: u64,
    found: Result<Arc<V>, Arc<E>>,
    /// How many were told the reading before this one.
    before: usize,
    told: usize,
}

impl<K: Clone + Eq + Hash, V, E> Rounds<K, V, E> {
    pub(crate) fn new() -> Self {
        Self { under_way: Mutex::new(HashMap::new()) }
    }

    /// Returns what a reading finds that begins after this call; it is `read` unless somebody else has begun one meanwhile.
    ///
    /// # Errors
    /// As `read`; those who share a reading share its failure. One whose task is dropped is begun anew by the next in line.
    pub(crate) async fn share(&self, key: &K, read: impl Future<Output = Result<V, E>>) -> Result<Share<V>, Arc<E>> {
        let seat = self.sit(key);
        let asked = seat.round.clock.fetch_add(1, Ordering::SeqCst);
        let mut last = seat.round.last.lock().await;
        let former = last.take();
        let reading = match former {
            Some(reading) if reading.begun > asked => last.insert(reading),
            former => {
                let begun = seat.round.clock.fetch_add(1, Ordering::SeqCst);
                let found = read.await.map(Arc::new).map_err(Arc::new);
                last.insert(Reading { begun, found, before: former.map_or(0, |reading| reading.told), told: 0 })
            }
        };
        let ahead = reading.before + reading.told;
        reading.told += 1;
        reading.found.clone().map(|value| Share { value, ahead })
    }

    fn sit(&self, key: &K) -> Seat<'_, K, V, E> {
        let mut under_way = self.under_way();
        let (seats, round) = under_way
            .entry(key.clone())
            .or_insert_with(|| (0, Arc::new(Round { clock: AtomicU64::new(0), last: tokio::sync::Mutex::new(None) })));
        *seats += 1;
        Seat { rounds: self, key: key.clone(), round: Arc::clone(round) }
    }

    fn under_way(&self) -> MutexGuard<'_, Seated<K, V, E>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in a round; the last one to leave takes the round along.
struct Seat<'a, K: Clone + Eq + Hash, V, E> {
    rounds: &'a Rounds<K, V, E>,
    key: K,
    round: Arc<Round<V, E>>,
}

impl<K: Clone + Eq + Hash, V, E> Drop for Seat<'_, K, V, E> {
    fn drop(&mut self) {
        let mut under_way = self.rounds.under_way();
        if let Some((seats, _)) = under_way.get_mut(&self.key) {
            *seats -= 1;
            if *seats == 0 {
                under_way.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::AtomicUsize,
        task::{Context, Poll, Waker},
    };

    use futures::{FutureExt as _, future::join_all};
    use tokio::sync::{Notify, Semaphore};

    use super::*;

    type Numbers = Rounds<u8, usize, &'static str>;

    #[tokio::test]
    async fn one_after_the_other_read_for_themselves() {
        let (rounds, read) = (Numbers::new(), AtomicUsize::new(0));
        for number in 0..3 {
            let share = rounds.share(&1, async { Ok(read.fetch_add(1, Ordering::SeqCst)) }).await.unwrap();
            assert_eq!((*share.value, share.ahead), (number, 0));
        }
        assert!(rounds.under_way().is_empty(), "nobody waits any more");
    }

    #[tokio::test]
    async fn who_asks_during_a_reading_shares_the_next() {
        let (rounds, read, open) = (Numbers::new(), AtomicUsize::new(0), Semaphore::new(0));
        let ask = || {
            rounds.share(&1, async {
                let number = read.fetch_add(1, Ordering::SeqCst);
                open.acquire().await.unwrap().forget();
                Ok(number)
            })
        };
        let mut asked: Vec<_> = (0..5).map(|_| Box::pin(ask())).collect();
        for one in &mut asked {
            assert!(one.now_or_never_ref().is_pending());
        }
        let other = rounds.share(&2, async { Ok(7) }).await.unwrap();
        assert_eq!((*other.value, other.ahead), (7, 0), "who reads something else waits for nobody");
        open.add_permits(2);
        let told: Vec<_> = join_all(asked).await.into_iter().map(Result::unwrap).collect();
        let told: Vec<_> = told.iter().map(|share| (*share.value, share.ahead)).collect();
        assert_eq!(told, [(0, 0), (1, 1), (1, 2), (1, 3), (1, 4)]);
        assert_eq!(read.load(Ordering::SeqCst), 2);
        assert!(rounds.under_way().is_empty());
    }

    #[tokio::test]
    async fn dropped_reading_is_begun_anew_and_a_failure_is_shared() {
        let (rounds, hang) = (Numbers::new(), Notify::new());
        let mut first = Box::pin(rounds.share(&1, async {
            hang.notified().await;
            Ok(0)
        }));
        assert!(first.now_or_never_ref().is_pending());
        let (mut second, mut third) =
            (Box::pin(rounds.share(&1, async { Err("away") })), Box::pin(rounds.share(&1, async { Ok(3) })));
        assert!(second.now_or_never_ref().is_pending() && third.now_or_never_ref().is_pending());
        drop(first);
        assert_eq!(*second.await.unwrap_err(), "away");
        assert_eq!(*third.now_or_never().unwrap().unwrap_err(), "away");
        let fresh = rounds.share(&1, async { Ok(4) }).await.unwrap();
        assert_eq!((*fresh.value, fresh.ahead), (4, 0));
    }

    /// Polls once and keeps the future.
    trait Poke: Future {
        fn now_or_never_ref(&mut self) -> Poll<Self::Output>;
    }

    impl<F: Future + Unpin> Poke for F {
        fn now_or_never_ref(&mut self) -> Poll<F::Output> {
            self.poll_unpin(&mut Context::from_waker(Waker::noop()))
        }
    }
}
