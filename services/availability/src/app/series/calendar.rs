//! Calendars of branches as planning asks them: one small search for each time looked at, remembered.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use callflow_domain::{
    day::DaySnapshot,
    hold::Segment,
    id::{BranchId, StaffId},
    recurrence::{Calendar, Place as Seat, Refusal, Strategy},
    schedule::{DayRange, Span, Zone},
    search::{self, Offer, Reason, SearchRequest, Wish},
    slot::SlotRule,
};
use jiff::{Timestamp, civil::Date};

use super::SeriesQuery;
use crate::app::{
    search::blocking,
    site::{Place, View},
};

/// One branch: the days of the series, and what others hold or have.
pub(super) struct Sheet {
    pub(super) place: Place,
    search: SearchRequest,
    days: Vec<DaySnapshot>,
    blocking: Vec<Segment>,
}

/// What a search at one time found: who is free, or why nobody is.
type Found = Arc<Result<Offer, Refusal>>;

/// The branches a series may take place at, the one asked for first.
pub(super) struct Books {
    sheets: Vec<Sheet>,
    seen: Mutex<HashMap<(BranchId, i64), Found>>,
}

/// Lists the local dates the occurrences can touch, each once, in order.
pub(super) fn dates(zone: &Zone, rule: &SlotRule, query: &SeriesQuery) -> Vec<Date> {
    let reach = query.strategies.iter().map(|strategy| match strategy {
        Strategy::Shift { window_min } => i64::from(*window_min),
        _ => 0,
    });
    let reach = reach.max().unwrap_or_default();
    let touched = query.starts.iter().flat_map(|start| {
        let (first, last) = (rule.block_at(start - reach), rule.block_at(start + reach));
        let range = DayRange::new(zone.date_at(first.from), zone.date_at(last.to - 1));
        range.into_iter().flat_map(|range| range.dates().collect::<Vec<_>>())
    });
    let mut dates: Vec<Date> = touched.collect();
    dates.sort_unstable();
    dates.dedup();
    dates
}

/// Splits dates into stretches of at most a year, which is what can be read at once.
pub(super) fn years(dates: &[Date]) -> impl Iterator<Item = &[Date]> {
    let mut rest = dates;
    std::iter::from_fn(move || {
        let first = *rest.first()?;
        let fits = |date: &Date| DayRange::new(first, *date).is_ok();
        // A date that cannot be read at all ends the list: nothing after it can be.
        let count = rest.partition_point(fits);
        let (some, others) = rest.split_at(count);
        rest = if some.is_empty() { &[] } else { others };
        (!some.is_empty()).then_some(some)
    })
}

/// Returns the minutes from the first of the dates to the last.
pub(super) fn cover(zone: &Zone, dates: &[Date]) -> Span {
    let ends = dates.first().zip(dates.last()).and_then(|(first, last)| DayRange::new(*first, *last).ok());
    ends.map_or(Span { from: 0, to: 0 }, |range| range.span(zone))
}

impl Sheet {
    pub(super) const fn new(place: Place, search: SearchRequest) -> Self {
        Self { place, search, days: Vec::new(), blocking: Vec::new() }
    }

    /// Takes in days, later than those before, and what stands in the way on them.
    pub(super) fn add(&mut self, view: View, query: &SeriesQuery) {
        self.blocking.extend(blocking(&view, query.owner.as_ref()));
        self.days.extend(view.days);
        self.blocking.extend(query.taken.iter().copied());
    }

    /// Searches one minute, among these people or all.
    fn look(&self, minute: i64, only: Vec<StaffId>) -> Result<Offer, Refusal> {
        let request = SearchRequest { wish: Wish::At(minute), only, count: 1, ..self.search.clone() };
        let range = request.days(&self.place.zone).map_err(|_| Refusal::TooFar)?;
        let from = self.days.partition_point(|day| day.date < range.first());
        let to = self.days.partition_point(|day| day.date <= range.last());
        let block = request.service.rule.block_at(minute);
        let near = |segment: &&Segment| segment.start() < block.to && block.from < segment.end();
        let held: Vec<Segment> = self.blocking.iter().filter(near).copied().collect();
        let found = search::search(&self.place.zone, &self.days[from..to], &held, &request);
        let outcome = found.map_err(|_| Refusal::TooFar)?;
        let refusal = outcome.reason.as_ref().map_or(Refusal::Nobody, refusal);
        outcome.offers.into_iter().next().ok_or(refusal)
    }
}

fn refusal(reason: &Reason) -> Refusal {
    match reason {
        Reason::UnknownService | Reason::UnknownStaff | Reason::NoSkill { .. } => Refusal::Nobody,
        Reason::Past | Reason::Notice { .. } => Refusal::Notice,
        Reason::TooFarAhead { .. } => Refusal::TooFar,
        Reason::Holiday { .. } => Refusal::Holiday,
        Reason::Closed { .. } => Refusal::Closed,
        Reason::NobodyAvailable => Refusal::Absent,
        Reason::FullyBooked | Reason::NoRoom { .. } | Reason::BetweenStarts { .. } => Refusal::Taken,
    }
}

impl Books {
    pub(super) fn new(sheet: Sheet) -> Self {
        Self { sheets: vec![sheet], seen: Mutex::default() }
    }

    pub(super) fn add(&mut self, sheet: Sheet) {
        self.sheets.push(sheet);
    }

    fn sheet(&self, branch: BranchId) -> Option<&Sheet> {
        self.sheets.iter().find(|sheet| sheet.place.branch == branch)
    }

    fn found(&self, branch: BranchId, at: Timestamp) -> Option<Found> {
        let (sheet, minute) = (self.sheet(branch)?, at.as_second().div_euclid(60));
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(seen.entry((branch, minute)).or_insert_with(|| Arc::new(sheet.look(minute, Vec::new())))))
    }

    /// Returns what would be booked there and then: the planned person before everybody else who is free.
    pub(super) fn offer(&self, seat: Seat, at: Timestamp) -> Option<(&Place, Offer)> {
        let found = self.found(seat.branch, at)?;
        let mut offer = found.as_ref().as_ref().ok()?.clone();
        let chosen = offer.candidates.iter().position(|candidate| candidate.staff == seat.staff)?;
        offer.candidates[..=chosen].rotate_right(1);
        Some((&self.sheet(seat.branch)?.place, offer))
    }
}

impl Calendar for Books {
    fn refusal(&self, seat: Seat, start: Timestamp) -> Option<Refusal> {
        let Some(found) = self.found(seat.branch, start) else { return Some(Refusal::Nobody) };
        match found.as_ref() {
            Ok(offer) if offer.candidates.iter().any(|candidate| candidate.staff == seat.staff) => None,
            _ => self.sheet(seat.branch)?.look(start.as_second().div_euclid(60), vec![seat.staff]).err(),
        }
    }

    fn staff(&self, branch: BranchId, start: Timestamp) -> Vec<StaffId> {
        let Some(found) = self.found(branch, start) else { return Vec::new() };
        match found.as_ref() {
            Ok(offer) => offer.candidates.iter().map(|candidate| candidate.staff).collect(),
            // Nobody is free; anybody able serves to say why.
            Err(_) => self.sheet(branch).and_then(|sheet| sheet.anybody(start)).into_iter().collect(),
        }
    }

    fn other_branches(&self, branch: BranchId) -> Vec<BranchId> {
        self.sheets.iter().map(|sheet| sheet.place.branch).filter(|other| *other != branch).collect()
    }
}

impl Sheet {
    /// Returns somebody who could do the service on the day of `start` if they had time.
    fn anybody(&self, start: Timestamp) -> Option<StaffId> {
        let date = self.place.zone.date_at(start.as_second().div_euclid(60));
        let day = self.days.iter().find(|day| day.date == date)?;
        let skills = &self.search.service.required_skills;
        let able = day.staff.iter().filter(|member| skills.iter().all(|skill| member.skills.contains(skill)));
        // Somebody who works that day says more about why than somebody who does not.
        able.min_by_key(|member| (member.working.is_empty(), member.id)).map(|member| member.id)
    }
}
