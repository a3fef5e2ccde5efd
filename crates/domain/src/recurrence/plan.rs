//! What booking a series would do: each occurrence as wished, moved, elsewhere, left out, or in
//! the way of the whole series.

mod strategy;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Occurrence;
use crate::{
    id::{BranchId, StaffId},
    schedule::Span,
    slot::SlotRule,
};

pub(super) use strategy::MAX_SHIFT_MIN;
pub use strategy::Strategy;

/// Who serves, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Where.
    pub branch: BranchId,
    /// Who.
    pub staff: StaffId,
}

/// Why a time cannot be booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// Outside the opening hours.
    Closed,
    /// A holiday.
    Holiday,
    /// The person does not work then.
    Absent,
    /// Somebody else has the time.
    Taken,
    /// Too soon, or over already.
    Notice,
    /// Farther ahead than can be booked.
    TooFar,
    /// Nobody there can do it.
    Nobody,
    /// Another occurrence of the same series is there.
    SameSeries,
}

impl Refusal {
    /// Returns the stable lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Holiday => "holiday",
            Self::Absent => "absent",
            Self::Taken => "taken",
            Self::Notice => "notice",
            Self::TooFar => "too_far",
            Self::Nobody => "nobody",
            Self::SameSeries => "same_series",
        }
    }
}

/// What planning asks about free time; answered from day snapshots.
pub trait Calendar {
    /// Returns why the service cannot begin there and then, or `None` when it can.
    fn refusal(&self, place: Place, start: Timestamp) -> Option<Refusal>;
    /// Lists who in the branch can do the service, the best first; whether they are free or not.
    fn staff(&self, branch: BranchId, start: Timestamp) -> Vec<StaffId>;
    /// Lists the company's other branches that offer the service, the best first.
    fn other_branches(&self, branch: BranchId) -> Vec<BranchId>;
}

/// What is wished for, the same for every occurrence.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// Where.
    pub branch: BranchId,
    /// Who; `None` for whoever is best, and then the same person where possible.
    pub staff: Option<StaffId>,
    /// How long it takes, with its buffers.
    pub rule: SlotRule,
    /// Distance between the starts that are tried when shifting, in minutes.
    pub step_min: u32,
}

/// What became of an occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It fits as wished.
    Free,
    /// It fits at another time.
    Shifted {
        /// Minutes later; negative for earlier.
        by_min: i64,
    },
    /// Somebody else does it.
    OtherStaff,
    /// It takes place elsewhere.
    OtherBranch,
    /// It is left out.
    Skipped(Refusal),
    /// It fails the series.
    Conflict(Refusal),
}

impl State {
    /// Returns the stable lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Shifted { .. } => "shifted",
            Self::OtherStaff => "other_staff",
            Self::OtherBranch => "other_branch",
            Self::Skipped(_) => "skipped",
            Self::Conflict(_) => "conflict",
        }
    }
}

/// One occurrence and where it ends up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The occurrence as the pattern has it.
    pub occurrence: Occurrence,
    /// What became of it.
    pub state: State,
    /// Why it does not fit as wished; `None` when it does.
    pub refusal: Option<Refusal>,
    /// What would be booked; `None` when nothing is.
    pub booking: Option<(Place, Timestamp)>,
}

/// Every occurrence with what would happen to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// In the order of the pattern.
    pub entries: Vec<Entry>,
}

impl Plan {
    /// Returns whether the series can be booked: nothing is in the way, and something remains.
    #[must_use]
    pub fn is_bookable(&self) -> bool {
        let has_conflict = self.entries.iter().any(|entry| matches!(entry.state, State::Conflict(_)));
        !has_conflict && self.bookings().next().is_some()
    }

    /// Lists what would be booked.
    pub fn bookings(&self) -> impl Iterator<Item = (Place, Timestamp)> {
        self.entries.iter().filter_map(|entry| entry.booking)
    }
}

/// Plans a series; writes nothing and asks only the calendar.
#[must_use]
pub fn plan(occurrences: &[Occurrence], wish: &Wish, strategies: &[Strategy], calendar: &impl Calendar) -> Plan {
    let mut planner = Planner { wish, calendar, taken: Vec::new(), usual: wish.staff };
    Plan { entries: occurrences.iter().map(|occurrence| planner.entry(*occurrence, strategies)).collect() }
}

struct Planner<'a, C> {
    wish: &'a Wish,
    calendar: &'a C,
    /// What earlier occurrences of this series take.
    taken: Vec<(StaffId, Span)>,
    /// Who did the last one, when anybody may.
    usual: Option<StaffId>,
}

impl<C: Calendar> Planner<'_, C> {
    fn entry(&mut self, occurrence: Occurrence, strategies: &[Strategy]) -> Entry {
        let wished = match self.as_wished(occurrence.at) {
            Ok(place) => return self.booked((occurrence, State::Free, None), place, occurrence.at),
            Err(refusal) => refusal,
        };
        let unbooked = |state| Entry { occurrence, state, refusal: Some(wished), booking: None };
        for strategy in strategies {
            let found = match strategy {
                Strategy::Fail => break,
                Strategy::Skip => return unbooked(State::Skipped(wished)),
                Strategy::Shift { window_min } => self.shifted(occurrence.at, *window_min),
                Strategy::OtherStaff => {
                    self.anybody(self.wish.branch, occurrence.at).map(|place| (State::OtherStaff, place, occurrence.at))
                }
                Strategy::OtherBranch => {
                    self.elsewhere(occurrence.at).map(|place| (State::OtherBranch, place, occurrence.at))
                }
            };
            if let Some((state, place, at)) = found {
                return self.booked((occurrence, state, Some(wished)), place, at);
            }
        }
        unbooked(State::Conflict(wished))
    }

    fn booked(&mut self, became: (Occurrence, State, Option<Refusal>), place: Place, at: Timestamp) -> Entry {
        let (occurrence, state, refusal) = became;
        self.taken.push((place.staff, self.block(at)));
        if self.wish.staff.is_none() && place.branch == self.wish.branch {
            self.usual = Some(place.staff);
        }
        Entry { occurrence, state, refusal, booking: Some((place, at)) }
    }

    /// The person asked for, or whoever is free, the one of last time first.
    fn as_wished(&self, at: Timestamp) -> Result<Place, Refusal> {
        let branch = self.wish.branch;
        match self.wish.staff {
            Some(staff) => self.refusal(Place { branch, staff }, at).map_or(Ok(Place { branch, staff }), Err),
            None => {
                let usual = self.usual.map(|staff| Place { branch, staff });
                let is_free = |place: &Place| self.refusal(*place, at).is_none();
                usual.filter(is_free).or_else(|| self.anybody(branch, at)).ok_or_else(|| {
                    let first = self.calendar.staff(branch, at).first().copied();
                    first.and_then(|staff| self.refusal(Place { branch, staff }, at)).unwrap_or(Refusal::Nobody)
                })
            }
        }
    }

    fn anybody(&self, branch: BranchId, at: Timestamp) -> Option<Place> {
        let places = self.calendar.staff(branch, at).into_iter().map(|staff| Place { branch, staff });
        places.into_iter().find(|place| self.refusal(*place, at).is_none())
    }

    fn elsewhere(&self, at: Timestamp) -> Option<Place> {
        let branches = self.calendar.other_branches(self.wish.branch);
        branches.into_iter().find_map(|branch| self.anybody(branch, at))
    }

    /// The nearest free start within the window; of two equally near ones the later.
    fn shifted(&self, at: Timestamp, window_min: u32) -> Option<(State, Place, Timestamp)> {
        let step = i64::from(self.wish.step_min.max(1));
        let distances = (1..).map(|count| count * step).take_while(|distance| *distance <= i64::from(window_min));
        distances.flat_map(|distance| [distance, -distance]).find_map(|by_min| {
            let start = at.checked_add(SignedDuration::from_mins(by_min)).ok()?;
            self.as_wished(start).ok().map(|place| (State::Shifted { by_min }, place, start))
        })
    }

    fn refusal(&self, place: Place, at: Timestamp) -> Option<Refusal> {
        let block = self.block(at);
        let overlaps =
            |(staff, taken): &(StaffId, Span)| *staff == place.staff && taken.from < block.to && block.from < taken.to;
        if self.taken.iter().any(overlaps) {
            return Some(Refusal::SameSeries);
        }
        self.calendar.refusal(place, at)
    }

    fn block(&self, at: Timestamp) -> Span {
        self.wish.rule.block_at(at.as_second().div_euclid(60))
    }
}

#[cfg(test)]
mod tests;
