//! How much is under way at once. Callers who wait go before events, no company takes all, and large bodies share a bound.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::Limit;

/// Bodies up to this size are never refused for want of room: every honest question fits.
pub(crate) const SMALL_BYTES: usize = 64 * 1024;
/// Unit in which room for larger bodies is counted.
const PIECE_BYTES: usize = 1_024;

/// Who is admitted at the moment; one for the whole process.
#[derive(Debug)]
pub struct Crowd {
    places: Arc<Semaphore>,
    /// Half of the places at most are taken by events, so that a storm of them leaves room for people.
    events: Arc<Semaphore>,
    room: Arc<Semaphore>,
    per_second: f64,
    buckets: Mutex<HashMap<String, Bucket>>,
}

/// Who waits for the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// A person on the phone.
    Live,
    /// Nobody: it will be sent again.
    Later,
}

/// The right to be worked on; given back when dropped.
#[derive(Debug)]
pub struct Place {
    _place: OwnedSemaphorePermit,
    _event: Option<OwnedSemaphorePermit>,
}

/// Room a large body takes; given back when dropped.
#[derive(Debug, Default)]
pub struct Room {
    permits: Option<OwnedSemaphorePermit>,
}

/// Tokens of one company.
#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: Instant,
}

impl Crowd {
    /// Makes an empty one.
    #[must_use]
    pub fn new(limit: &Limit) -> Self {
        Self {
            places: Arc::new(Semaphore::new(limit.active)),
            events: Arc::new(Semaphore::new(limit.active.div_ceil(2))),
            room: Arc::new(Semaphore::new(limit.bodies_bytes / PIECE_BYTES)),
            per_second: f64::from(limit.company_per_second),
            buckets: Mutex::default(),
        }
    }

    /// Lets a request of a company in, or says by `None` that there are too many already.
    #[must_use]
    pub fn enter(&self, company: &str, wait: Wait, now: Instant) -> Option<Place> {
        let event = match wait {
            Wait::Live => None,
            Wait::Later => Some(Arc::clone(&self.events).try_acquire_owned().ok()?),
        };
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        self.in_turn(company, now).then_some(Place { _place: place, _event: event })
    }

    /// Takes a token of the company's; a burst may take two seconds' worth.
    fn in_turn(&self, company: &str, now: Instant) -> bool {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let most = self.per_second * 2.0;
        if !buckets.contains_key(company) {
            buckets.insert(company.to_owned(), Bucket { tokens: most, filled: now });
        }
        let Some(bucket) = buckets.get_mut(company) else { return true };
        let passed = now.saturating_duration_since(bucket.filled).as_secs_f64();
        bucket.tokens = (bucket.tokens + passed * self.per_second).min(most);
        bucket.filled = bucket.filled.max(now);
        let allowed = bucket.tokens >= 1.0;
        if allowed {
            bucket.tokens -= 1.0;
        }
        allowed
    }

    /// Makes room for a body of so many bytes in all; false when other large bodies leave none.
    pub fn grow(&self, room: &mut Room, bytes: usize) -> bool {
        if bytes <= SMALL_BYTES {
            return true;
        }
        let have = room.permits.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let missing = u32::try_from(bytes.div_ceil(PIECE_BYTES).saturating_sub(have)).unwrap_or(u32::MAX);
        let Ok(more) = Arc::clone(&self.room).try_acquire_many_owned(missing) else { return false };
        match &mut room.permits {
            Some(permits) => permits.merge(more),
            None => room.permits = Some(more),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn crowd(active: usize, company_per_second: u32) -> Crowd {
        Crowd::new(&Limit { active, company_per_second, bodies_bytes: 1024 * 1024, ..Limit::default() })
    }

    #[test]
    fn a_storm_of_events_leaves_half_of_the_places_to_people() {
        let (crowd, now) = (crowd(4, 1_000), Instant::now());
        let events: Vec<_> = (0..4).map_while(|_| crowd.enter("a", Wait::Later, now)).collect();
        assert_eq!(events.len(), 2);
        let calls: Vec<_> = (0..4).map_while(|_| crowd.enter("a", Wait::Live, now)).collect();
        assert_eq!(calls.len(), 2);
        drop(events);
        assert!(crowd.enter("a", Wait::Live, now).is_some(), "places come back");
    }

    #[test]
    fn one_company_in_a_hurry_does_not_take_the_turn_of_another() {
        let (crowd, begin) = (crowd(100, 5), Instant::now());
        assert_eq!((0..50).filter(|_| crowd.enter("loud", Wait::Live, begin).is_some()).count(), 10);
        assert!(crowd.enter("quiet", Wait::Live, begin).is_some());
        let later = begin + Duration::from_secs(1);
        assert_eq!((0..50).filter(|_| crowd.enter("loud", Wait::Live, later).is_some()).count(), 5);
    }

    #[test]
    fn large_bodies_share_their_room_and_small_ones_need_none() {
        let crowd = crowd(4, 1_000);
        let (mut first, mut second, mut small) = (Room::default(), Room::default(), Room::default());
        assert!(crowd.grow(&mut first, 400_000) && crowd.grow(&mut first, 900_000));
        assert!(!crowd.grow(&mut second, 400_000));
        assert!(crowd.grow(&mut small, SMALL_BYTES));
        drop(first);
        assert!(crowd.grow(&mut second, 400_000));
    }
}
