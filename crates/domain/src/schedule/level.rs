//! What each level leaves open over some days, and what they leave together.

use super::{
    DayRange, Schedule, Span, Spans, Zone,
    plan::{Plan, Windows},
};

/// What one level, or several together, say about a range of days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level {
    /// Where no level objects.
    open: Spans,
    /// Where at least one level names hours; `None` when one does so for every day.
    named: Option<Spans>,
}

impl Level {
    /// Lays the schedule's hours out over the days.
    #[must_use]
    pub fn new(zone: &Zone, range: DayRange, schedule: &Schedule) -> Self {
        let plan = Plan::new(zone, schedule);
        let cover = range.span(zone);
        // One day more at the beginning, because a window may run over midnight.
        let reaching = range.epoch_days().start() - 1..=*range.epoch_days().end();
        let Windows { open, named } = plan.windows(&reaching);
        let set = |spans: Vec<Span>| spans.into_iter().map(|span| span.intersection(cover)).collect::<Spans>();
        let (open, absent) = (set(open), plan.absences(&reaching));
        let open = if absent.is_empty() { open } else { open.minus(&absent) };
        Self { open, named: named.map(set) }
    }

    /// Returns what this level and another leave together.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let named = self.named.as_ref().zip(other.named.as_ref());
        Self {
            open: self.open.intersection(&other.open),
            named: named.map(|(own, its)| own.as_slice().iter().chain(its.as_slice()).copied().collect()),
        }
    }

    /// Returns the time to which no level objects, also where none names hours.
    #[must_use]
    pub const fn allowed(&self) -> &Spans {
        &self.open
    }

    /// Returns the time that can be booked.
    #[must_use]
    pub fn bookable(&self) -> Spans {
        self.named.as_ref().map_or_else(|| self.open.clone(), |named| self.open.intersection(named))
    }
}

/// Returns the time in the range during which all levels are open; see the module documentation.
#[must_use]
pub fn levels(zone: &Zone, range: DayRange, schedules: &[&Schedule]) -> Spans {
    let all = schedules.iter().map(|schedule| Level::new(zone, range, schedule));
    all.reduce(|both, next| both.and(&next)).map(|level| level.bookable()).unwrap_or_default()
}

impl Schedule {
    /// Returns the windows that begin on the dates, by weekly hours, overrides and holidays, in
    /// full also where they reach beyond; without breaks and time off.
    #[must_use]
    pub fn windows(&self, zone: &Zone, range: DayRange) -> Spans {
        let Windows { open, named } = Plan::new(zone, self).windows(&range.epoch_days());
        named.unwrap_or(open).into_iter().collect()
    }
}
