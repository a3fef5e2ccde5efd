//! The record of one call, built from events that arrive late, early, twice or in the wrong order.
//!
//! A record only grows: [`CallRecord::join`] is commutative, associative and idempotent, so every
//! order and every number of repetitions of the same events ends in the same record. It works
//! because nothing is overwritten by arrival. The phase is the furthest one seen; each fact keeps
//! the rank of the event it came from, and of two versions the one with the higher rank stays,
//! between equals the greater value. Chats are recorded like calls.

mod cost;
mod event;
mod fact;
mod ranked;
mod read;
mod transfer;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use cost::Cost;
pub use event::{Event, Phase};
pub use fact::{Analysis, CallFact, Direction, Medium};
pub use transfer::{Transfer, TransferState};

use self::{ranked::Ranked, transfer::Step};
use crate::{
    language::Language,
    masked::{PhoneNumber, Transcript},
    phone::Caller,
};

/// First and last time an event happened, as far as its time is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<Timestamp>,
}

impl Seen {
    fn join(&mut self, other: Self) {
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.last = self.last.max(other.last);
    }
}

/// Everything known about one call. Stored as a document; its parts are read by the methods.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CallRecord {
    events: BTreeMap<Event, Seen>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    transfers: Vec<Step>,
    medium: Ranked<Medium>,
    direction: Ranked<Direction>,
    from: Ranked<Caller>,
    to: Ranked<PhoneNumber>,
    agent: Ranked<String>,
    language: Ranked<Language>,
    started_at: Ranked<Timestamp>,
    ended_at: Ranked<Timestamp>,
    duration_ms: Ranked<u64>,
    disconnection_reason: Ranked<String>,
    cost: Ranked<Cost>,
    /// With its length before it, because of two versions the longer one is the later one.
    transcript: Ranked<(usize, Transcript)>,
    analysis: Ranked<Analysis>,
}

impl From<CallFact> for CallRecord {
    fn from(fact: CallFact) -> Self {
        let rank = fact.event.rank();
        // A number, once known, is never replaced by its absence, whichever event says so.
        let from_rank = if matches!(fact.from, Some(Caller::Known(_))) { rank + Event::RANKS } else { rank };
        let step = Step::of(&fact.event, fact.transfer_destination);
        let seen = Seen { first: fact.at, last: fact.at };
        Self {
            events: BTreeMap::from([(fact.event, seen)]),
            transfers: step.into_iter().collect(),
            medium: Ranked::new(rank, fact.medium),
            direction: Ranked::new(rank, fact.direction),
            from: Ranked::new(from_rank, fact.from),
            to: Ranked::new(rank, fact.to),
            agent: Ranked::new(rank, fact.agent),
            language: Ranked::new(rank, fact.language),
            started_at: Ranked::new(rank, fact.started_at),
            ended_at: Ranked::new(rank, fact.ended_at),
            duration_ms: Ranked::new(rank, fact.duration_ms),
            disconnection_reason: Ranked::new(rank, fact.disconnection_reason),
            cost: Ranked::new(rank, fact.cost),
            transcript: Ranked::new(rank, fact.transcript.map(|text| (text.expose().len(), text))),
            analysis: Ranked::new(rank, fact.analysis),
        }
    }
}

impl CallRecord {
    /// Takes in an event; one that was taken in before changes nothing.
    pub fn merge(&mut self, fact: CallFact) {
        self.join(fact.into());
    }

    /// Takes in everything another record of the same call knows.
    pub fn join(&mut self, other: Self) {
        for (event, seen) in other.events {
            self.events.entry(event).or_default().join(seen);
        }
        self.transfers.extend(other.transfers);
        self.transfers.sort_unstable();
        self.transfers.dedup();
        self.medium.join(other.medium);
        self.direction.join(other.direction);
        self.from.join(other.from);
        self.to.join(other.to);
        self.agent.join(other.agent);
        self.language.join(other.language);
        self.started_at.join(other.started_at);
        self.ended_at.join(other.ended_at);
        self.duration_ms.join(other.duration_ms);
        self.disconnection_reason.join(other.disconnection_reason);
        self.cost.join(other.cost);
        self.transcript.join(other.transcript);
        self.analysis.join(other.analysis);
    }

    /// Returns the furthest phase the call has reached.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.events.keys().map(Event::phase).max().unwrap_or(Phase::Ringing)
    }

    /// Returns whether the event was seen.
    #[must_use]
    pub fn has(&self, event: &Event) -> bool {
        self.events.contains_key(event)
    }

    /// Returns whether everything that will be said about the call has been said: its end and its
    /// analysis, and its start where it was connected at all.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let was_opened = self.has(&Event::Started) || self.started_at.get().is_none();
        was_opened && self.has(&Event::Ended) && self.has(&Event::Analyzed)
    }

    /// Returns whether the call was put through and has not come back, as far as is known.
    #[must_use]
    pub fn is_transferring(&self) -> bool {
        self.phase() < Phase::Ended && self.transfers().iter().any(|transfer| transfer.state.is_open())
    }

    /// Returns where the call was put through to, and what became of it.
    #[must_use]
    pub fn transfers(&self) -> Vec<Transfer> {
        transfer::transfers(&self.transfers)
    }

    /// Returns what happened in order, each event with the first time it is known to have happened.
    #[must_use]
    pub fn timeline(&self) -> Vec<(Event, Option<Timestamp>)> {
        let at = |event: &Event, seen: &Seen| match event {
            Event::Started => seen.first.or(self.started_at()),
            Event::Ended | Event::Swept => seen.first.or(self.ended_at()),
            _ => seen.first,
        };
        let mut entries: Vec<_> = self.events.iter().map(|(event, seen)| (event.clone(), at(event, seen))).collect();
        // An event without a time stands where its kind usually comes: the ringing before all
        // others, the analysis after them, a transfer before the end.
        let end = self.ended_at().unwrap_or(Timestamp::MAX);
        entries.sort_by_key(|(event, at)| {
            let usual = match event.phase() {
                Phase::Ringing => Timestamp::MIN,
                Phase::Analyzed => Timestamp::MAX,
                _ => end,
            };
            (at.unwrap_or(usual), event.clone())
        });
        entries
    }

    /// Returns how long the call lasted: as reported, else from start to end.
    #[must_use]
    pub fn duration_ms(&self) -> Option<u64> {
        let between = || {
            let lasted = self.ended_at()?.duration_since(self.started_at()?);
            u64::try_from(lasted.as_millis()).ok()
        };
        self.duration_ms.get().copied().or_else(between)
    }
}

#[cfg(test)]
mod tests;
