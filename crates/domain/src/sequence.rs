//! Several services in one visit, one after another.
//!
//! A sequence begins somewhere; from then on everything is fixed by durations and gaps: each
//! service starts when the one before it is over and the gap between the two has passed. So the
//! question is which starts, orders and people fit together. Two steps answer it:
//!
//! 1. *Reach*: for every set of services, the starts from which exactly these can be served first,
//!    as one bit row. Sets grow one service at a time by shift and AND, so that eight services in
//!    any of 40,320 orders cost about a thousand operations on rows. It ignores that a person or
//!    room with buffers cannot serve twice in quick succession, so it may name a start too many.
//! 2. *Assign*: at each start that was reached, the earliest first, the order and the people are
//!    chosen exactly: the fewest people, then the highest score.
//!
//! The best sequence is therefore the one by (earliest, fewest people, highest score). Times are
//! minutes since the Unix epoch.

mod assign;
mod error;
mod reach;

use std::collections::BTreeSet;

pub use error::{Error, FORBIDDEN_COMBINATION};

use crate::{
    cell::Starts,
    id::{RoomId, ServiceId, StaffId},
    schedule::{Span, Zone},
    slot::SlotRule,
};

/// Fewest services of a sequence.
pub const MIN_SERVICES: usize = 2;
/// Most services of a sequence.
pub const MAX_SERVICES: usize = 8;
/// How many days are searched.
pub const SEARCH_DAYS: i64 = 7;
/// Longest gap between two services in minutes.
pub const MAX_GAP_MIN: i64 = 240;
/// A day in minutes.
const DAY_MIN: i64 = 24 * 60;
/// Longest window in minutes: the days of a search, and an hour for a clock change.
const MAX_WINDOW_MIN: i64 = SEARCH_DAYS * DAY_MIN + 60;

/// Somebody who can do a service.
#[derive(Debug, Clone)]
pub struct FreeStaff {
    /// Who.
    pub staff: StaffId,
    /// Every minute the service can start at for this person, whatever grid starts are offered on.
    pub starts: Starts,
    /// How well the person fits, from 0 to 1.
    pub score: f64,
}

/// A room a service can take place in.
#[derive(Debug, Clone)]
pub struct FreeRoom {
    /// Which.
    pub room: RoomId,
    /// Every minute the service can start at in this room.
    pub starts: Starts,
}

/// One of the services wanted.
#[derive(Debug, Clone)]
pub struct Step {
    /// Which.
    pub service: ServiceId,
    /// How long it takes, with its buffers.
    pub rule: SlotRule,
    /// Who can do it; one person only, when a certain one is wanted.
    pub staff: Vec<FreeStaff>,
    /// Where it can take place; empty when it needs no room.
    pub rooms: Vec<FreeRoom>,
}

impl Step {
    fn duration(&self) -> i64 {
        self.rule.service_at(0).to
    }

    fn before(&self) -> i64 {
        -self.rule.block_at(0).from
    }
}

/// In which order the services may follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Order {
    /// As they were given.
    #[default]
    AsGiven,
    /// In any.
    Any,
}

/// Minutes between two services, by their places in the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gaps(Vec<Vec<i64>>);

impl Gaps {
    /// Returns the same gap between any two of `count` services.
    #[must_use]
    pub fn uniform(count: usize, gap_min: i64) -> Self {
        Self::of(count, |_, _| gap_min)
    }

    /// Returns the gaps a function gives for every pair: first place, second place.
    #[must_use]
    pub fn of(count: usize, gap_min: impl Fn(usize, usize) -> i64) -> Self {
        Self((0..count).map(|first| (0..count).map(|second| gap_min(first, second)).collect()).collect())
    }

    /// Returns the minutes between two services that follow each other in this order.
    ///
    /// # Panics
    /// When one of the places is not in the request.
    #[must_use]
    pub fn between(&self, first: usize, second: usize) -> i64 {
        self.0[first][second]
    }

    /// All gaps between different services.
    pub fn all(&self) -> impl Iterator<Item = i64> {
        let pairs =
            self.0.iter().enumerate().flat_map(|(first, row)| row.iter().enumerate().map(move |at| (first, at)));
        pairs.filter(|(first, (second, _))| first != second).map(|(_, (_, gap))| *gap)
    }

    /// Returns the gap when it is the same wherever it is, so that a set of services takes the same
    /// time in every order.
    fn same(&self) -> Option<i64> {
        let mut all = self.all();
        let first = all.next()?;
        all.all(|gap| gap == first).then_some(first)
    }
}

/// What is wanted.
#[derive(Debug)]
pub struct Request<'a> {
    /// The services.
    pub steps: &'a [Step],
    /// The time between them.
    pub gaps: Gaps,
    /// In which order.
    pub order: Order,
    /// Whether one person has to do everything.
    pub same_staff: bool,
    /// When the sequence may begin; the end is not included.
    pub window: Span,
    /// Where sequences may begin: at local times whose minute is a multiple of this.
    pub grid: Option<(&'a Zone, i64)>,
    /// How many sequences with different beginnings are wanted.
    pub count: usize,
}

/// One service of a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Its place in the request.
    pub step: usize,
    /// Which service.
    pub service: ServiceId,
    /// Who does it.
    pub staff: StaffId,
    /// Where, when it needs a room.
    pub room: Option<RoomId>,
    /// When the customer is served.
    pub served: Span,
    /// The same with its buffers: what a hold and an appointment take.
    pub block: Span,
}

/// Services one after another that fit together.
#[derive(Debug, Clone, PartialEq)]
pub struct Sequence {
    /// In the order in which they take place.
    pub parts: Vec<Part>,
    /// How many people do it.
    pub staff_count: usize,
    /// The mean of the people's scores.
    pub score: f64,
}

impl Sequence {
    /// Returns when it begins.
    #[must_use]
    pub fn start(&self) -> i64 {
        self.parts.first().map_or(0, |part| part.served.from)
    }
}

impl Request<'_> {
    /// Returns the most minutes from a start to the end of the last service.
    fn longest(&self) -> i64 {
        let served: i64 = self.steps.iter().map(Step::duration).sum();
        served + self.gaps.all().max().unwrap_or(0) * self.steps.len() as i64
    }

    /// Returns what is wrong with the request, before any work is done.
    fn check(&self) -> Result<(), Error> {
        let found = self.steps.len();
        if !(MIN_SERVICES..=MAX_SERVICES).contains(&found) {
            return Err(Error::Services { found });
        }
        if self.gaps.0.len() != found || self.gaps.all().any(|gap| !(0..=MAX_GAP_MIN).contains(&gap)) {
            return Err(Error::Gap);
        }
        if !(1..=MAX_WINDOW_MIN).contains(&(self.window.to.saturating_sub(self.window.from))) {
            return Err(Error::Window);
        }
        if self.grid.is_some_and(|(_, step)| !(1..=720).contains(&step)) {
            return Err(Error::Step);
        }
        Ok(())
    }

    fn is_on_grid(&self, start: i64) -> bool {
        self.grid.is_none_or(|(zone, step)| (start + zone.offset_at(start)).rem_euclid(60) % step == 0)
    }
}

/// Returns the best sequences, the best first and each with another beginning.
///
/// # Errors
/// A request that asks for the impossible is refused before any work is done. Nothing found is no
/// error but an empty list.
pub fn find(request: &Request<'_>) -> Result<Vec<Sequence>, Error> {
    request.check()?;
    // Day by day, because the earliest sequence is the best and is usually found on the first.
    let days = (request.window.from..request.window.to).step_by(DAY_MIN as usize);
    let found = days.flat_map(|from| {
        let window = Span { from, to: request.window.to.min(from + DAY_MIN) };
        let reached: BTreeSet<i64> = reach::starts(request, window).iter().flat_map(Starts::to_vec).collect();
        let starts = reached.into_iter().filter(|start| request.is_on_grid(*start));
        starts.filter_map(|start| assign::best(request, start))
    });
    Ok(found.take(request.count).collect())
}

/// Refuses services that may not be part of the same visit; `forbids` may name either side.
pub fn check_combination(services: &[&str], forbids: impl Fn(&str, &str) -> bool) -> Result<(), Error> {
    for (place, first) in services.iter().enumerate() {
        if let Some(second) = services[place + 1..].iter().find(|other| forbids(first, other) || forbids(other, first))
        {
            return Err(Error::Forbidden { first: (*first).to_owned(), second: (*second).to_owned() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
