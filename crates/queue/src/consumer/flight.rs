//! What is in hand right now, how old the oldest of it is, and what a lost connection found in hand.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use tokio::time::sleep;

use crate::{Message, metric};

/// How often the gauges are set.
const REPORT: Duration = Duration::from_secs(2);
/// Ids remembered; far more than are in hand at once.
const REMEMBERED: usize = 1_024;
/// Delayed messages remembered; later ones are younger, and so do not matter for the oldest.
const DELAYED: usize = 4_096;
/// How long after its delay a message counts as still waiting, unless it arrives before: the main queue may be long.
const OVERDUE: Duration = Duration::from_secs(120);

/// Messages in hand.
#[derive(Debug, Clone, Default)]
pub(super) struct Flight(Arc<Mutex<Inner>>);

/// Tells how far behind a consumer is; clones look at the same one.
#[derive(Debug, Clone)]
pub struct Backlog(Flight);

impl Backlog {
    pub(super) const fn of(flight: Flight) -> Self {
        Self(flight)
    }

    /// Returns the age of the oldest message that is not handled yet: zero when there is none. `None` while messages wait at the
    /// broker, of which nobody knows how old they are, or the broker has not been asked lately. Parked messages do not count.
    #[must_use]
    pub fn oldest(&self) -> Option<Duration> {
        let is_known = self.0.lock().waiting == Some(0);
        is_known.then(|| self.0.state(Timestamp::now()).1)
    }
}

#[derive(Debug, Default)]
struct Inner {
    /// Messages in main and delay queues when they were counted last; `None` without a connection.
    waiting: Option<u32>,
    next: u64,
    in_hand: HashMap<u64, (String, Timestamp)>,
    /// Messages this process put into a delay queue: how old they are, and when they are thought to be somebody else's.
    delayed: HashMap<String, (Timestamp, Timestamp)>,
    survived: Survivors,
}

/// A message's place in the flight; dropping it ends the stay.
#[derive(Debug)]
pub(super) struct Seat {
    flight: Flight,
    number: u64,
}

impl Flight {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing in here is left half done by a panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a message is in hand.
    pub(super) fn board(&self, message: &Message) -> Seat {
        let mut inner = self.lock();
        inner.next += 1;
        let number = inner.next;
        inner.delayed.remove(&message.id);
        inner.in_hand.insert(number, (message.id.clone(), message.trail.first_seen));
        Seat { flight: self.clone(), number }
    }

    /// Notes that a message has gone into a delay queue and will be back after `delay`.
    pub(super) fn delayed(&self, id: String, first_seen: Timestamp, delay: Duration, now: Timestamp) {
        let mut inner = self.lock();
        if inner.delayed.len() < DELAYED && !id.is_empty() {
            inner.delayed.insert(id, (first_seen, now.checked_add(delay + OVERDUE).unwrap_or(now)));
        }
    }

    /// Notes how many messages wait at the broker.
    pub(super) fn measured(&self, waiting: u32) {
        self.lock().waiting = Some(waiting);
    }

    /// Notes that the connection is gone: the broker will deliver what is in hand again, though no process died.
    pub(super) fn connection_lost(&self) {
        let mut inner = self.lock();
        inner.waiting = None;
        let ids: Vec<_> = inner.in_hand.values().map(|(id, _)| id.clone()).collect();
        ids.into_iter().for_each(|id| inner.survived.remember(id));
    }

    /// Notes that a message could not be acknowledged, and so will come again.
    pub(super) fn not_acknowledged(&self, id: &str) {
        self.lock().survived.remember(id.to_owned());
    }

    /// Returns whether this process held the message before and is still alive; asked once per redelivery.
    pub(super) fn survived(&self, id: &str) -> bool {
        self.lock().survived.take(id)
    }

    /// Returns how many are in hand, and the age of the oldest that is in hand or waits out a delay.
    pub(super) fn state(&self, now: Timestamp) -> (usize, Duration) {
        let mut inner = self.lock();
        inner.delayed.retain(|_, (_, until)| *until > now);
        let in_hand = inner.in_hand.values().map(|(_, first_seen)| *first_seen);
        let oldest = in_hand.chain(inner.delayed.values().map(|(first_seen, _)| *first_seen)).min();
        let age = oldest.and_then(|oldest| Duration::try_from(now.duration_since(oldest)).ok());
        (inner.in_hand.len(), age.unwrap_or_default())
    }

    /// Sets the gauges, forever.
    ///
    /// While a queue has more than can be in hand, its head is in hand: so the oldest in hand is the oldest there is,
    /// beside those that wait out a delay, which whoever delayed them remembers.
    pub(super) async fn report(&self, queue: &'static str) {
        loop {
            let (count, oldest) = self.state(Timestamp::now());
            metric::in_flight(queue, count, oldest);
            sleep(REPORT).await;
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.flight.lock().in_hand.remove(&self.number);
    }
}

/// Ids of messages in hand when a connection was lost, oldest forgotten first.
#[derive(Debug, Default)]
struct Survivors {
    ids: HashSet<String>,
    order: VecDeque<String>,
}

impl Survivors {
    fn remember(&mut self, id: String) {
        if id.is_empty() || !self.ids.insert(id.clone()) {
            return;
        }
        self.order.push_back(id);
        if self.order.len() > REMEMBERED
            && let Some(forgotten) = self.order.pop_front()
        {
            self.ids.remove(&forgotten);
        }
    }

    fn take(&mut self, id: &str) -> bool {
        let known = self.ids.remove(id);
        if known {
            self.order.retain(|other| other != id);
        }
        known
    }
}

#[cfg(test)]
mod tests {
    use lapin::BasicProperties;

    use super::*;

    fn message(id: &str, second: u64) -> Message {
        let properties = BasicProperties::default().with_message_id(id.into()).with_timestamp(second);
        Message::arrived("k", &properties, Vec::new(), Timestamp::from_second(1_000).unwrap())
    }

    #[test]
    fn the_oldest_in_hand_counts_and_leaving_is_dropping() {
        let (flight, now) = (Flight::default(), Timestamp::from_second(1_000).unwrap());
        let old = flight.board(&message("old", 900));
        let _new = flight.board(&message("new", 990));
        assert_eq!(flight.state(now), (2, Duration::from_secs(100)));
        drop(old);
        assert_eq!(flight.state(now), (1, Duration::from_secs(10)));
    }

    #[test]
    fn what_waits_out_a_delay_counts_until_it_is_back_or_somebody_elses() {
        let (flight, now) = (Flight::default(), Timestamp::from_second(1_000).unwrap());
        let first_seen = Timestamp::from_second(900).unwrap();
        flight.delayed("a".into(), first_seen, Duration::from_secs(30), now);
        assert_eq!(flight.state(now), (0, Duration::from_secs(100)));
        drop(flight.board(&message("a", 900)));
        assert_eq!(flight.state(now), (0, Duration::ZERO), "it came back and left for good");
        flight.delayed("b".into(), first_seen, Duration::from_secs(30), now);
        let later = now + Duration::from_secs(30) + OVERDUE;
        assert_eq!(flight.state(later), (0, Duration::ZERO), "another process has it");
    }

    #[test]
    fn only_what_was_in_hand_at_the_loss_has_survived_and_only_once() {
        let flight = Flight::default();
        drop(flight.board(&message("finished", 1)));
        let _seat = flight.board(&message("held", 1));
        flight.connection_lost();
        assert!(!flight.survived("finished"));
        assert!(flight.survived("held"));
        assert!(!flight.survived("held"), "a second redelivery needs a second loss");
    }

    #[test]
    fn memory_of_survivors_is_bounded() {
        let mut survivors = Survivors::default();
        (0..REMEMBERED + 10).for_each(|number| survivors.remember(number.to_string()));
        assert_eq!((survivors.ids.len(), survivors.order.len()), (REMEMBERED, REMEMBERED));
        assert!(!survivors.take("0") && survivors.take("10"));
    }
}
