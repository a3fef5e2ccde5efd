//! Snapshots from plain rows: schedules and appointments as they are stored.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{DaySnapshot, RoomDay, StaffDay};
use crate::{
    cell::BitRow,
    hold::Resource,
    id::{BranchId, RoomId, StaffId},
    language::Language,
    schedule::{DayRange, Level, Opening, Schedule, Span, Spans, Zone},
    slot::Error,
};

/// A staff member who can be booked.
#[derive(Debug, Clone, PartialEq)]
pub struct StaffRow {
    /// Who.
    pub id: StaffId,
    /// The person's own hours, breaks and absences.
    pub schedule: Schedule,
    /// The version of the person's working times.
    pub schedule_version: i64,
    /// What the person can do.
    pub skills: Vec<String>,
    /// What the person speaks.
    pub languages: Vec<Language>,
}

/// A room that can be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomRow {
    /// Which.
    pub id: RoomId,
    /// What services ask for.
    pub kind: String,
}

/// A time somebody or some room is taken by an active appointment, buffers included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy {
    /// Whose time.
    pub resource: Resource,
    /// Which time.
    pub span: Span,
}

/// All that a branch's days are made of.
#[derive(Debug, Clone)]
pub struct BranchRows<'a> {
    /// The branch.
    pub branch: BranchId,
    /// Its time zone.
    pub zone: &'a Zone,
    /// The hours of the company.
    pub company: &'a Schedule,
    /// The hours of the branch.
    pub schedule: &'a Schedule,
    /// Its active and available staff.
    pub staff: &'a [StaffRow],
    /// Its active rooms.
    pub rooms: &'a [RoomRow],
    /// The active appointments that touch the days, in any order.
    pub busy: &'a [Busy],
    /// When all this was read.
    pub read_at: Timestamp,
}

impl BranchRows<'_> {
    /// Makes the snapshots of the days.
    ///
    /// # Errors
    /// A busy time that ends before it begins is refused.
    pub fn days(&self, range: DayRange) -> Result<Vec<DaySnapshot>, Error> {
        if self.busy.iter().any(|busy| busy.span.to < busy.span.from) {
            return Err(Error::BusyReversed);
        }
        let spans: Vec<Span> = range.dates().map(|date| self.date_span(date)).collect();
        let taken = Taken::sort(self.busy, &spans);
        let outer = Level::new(self.zone, range, self.company).and(&Level::new(self.zone, range, self.schedule));
        let working: Vec<Spans> = self.staff.iter().map(|row| self.working(range, &outer, row)).collect();
        let days = range.dates().zip(&spans).enumerate();
        let day = |(index, (date, &span))| {
            let open = outer.allowed().within(span);
            DaySnapshot {
                branch: self.branch,
                date,
                span,
                read_at: self.read_at,
                opening: Opening::of(date, &[self.company, self.schedule], &open),
                open,
                staff: self
                    .staff
                    .iter()
                    .zip(&working)
                    .map(|(row, working)| taken.staff(index, span, row, working))
                    .collect(),
                rooms: self.rooms.iter().map(|row| taken.room(index, span, row)).collect(),
            }
        };
        Ok(days.map(day).collect())
    }

    fn date_span(&self, date: jiff::civil::Date) -> Span {
        DayRange::one(date).map_or(Span::new(0, 0), |day| day.span(self.zone))
    }

    fn working(&self, range: DayRange, outer: &Level, row: &StaffRow) -> Spans {
        // Without a word of its own a person works whenever the branch is open.
        if row.schedule == Schedule::default() {
            return outer.bookable();
        }
        outer.and(&Level::new(self.zone, range, &row.schedule)).bookable()
    }
}

/// Busy times by day and resource.
struct Taken(Vec<HashMap<Resource, Vec<Span>>>);

impl Taken {
    fn sort(busy: &[Busy], days: &[Span]) -> Self {
        let mut taken = vec![HashMap::<_, Vec<_>>::new(); days.len()];
        for &Busy { resource, span } in busy {
            let first = days.partition_point(|day| day.to <= span.from);
            let touched = days.iter().zip(&mut taken).skip(first).take_while(|(day, _)| day.from < span.to);
            // A date that the calendar skipped has no minutes and is touched by nothing.
            for (_, taken) in touched.filter(|(day, _)| day.overlaps(span)) {
                taken.entry(resource).or_default().push(span);
            }
        }
        Self(taken)
    }

    fn of(&self, day: usize, resource: Resource) -> &[Span] {
        self.0[day].get(&resource).map_or(&[], Vec::as_slice)
    }

    fn staff(&self, day: usize, span: Span, row: &StaffRow, working: &Spans) -> StaffDay {
        let taken = self.of(day, Resource::Staff(row.id));
        let appointments = taken.iter().filter(|busy| span.contains(busy.from)).count() as u32;
        let busy = taken.iter().map(|busy| busy.intersection(span)).collect();
        StaffDay::new(span, row.clone(), working.within(span), busy, appointments)
    }

    fn room(&self, day: usize, span: Span, row: &RoomRow) -> RoomDay {
        let taken = self.of(day, Resource::Room(row.id));
        RoomDay::new(span, row.clone(), taken.iter().map(|busy| busy.intersection(span)).collect())
    }
}

impl StaffDay {
    pub(in crate::day) fn new(day: Span, row: StaffRow, working: Spans, busy: Spans, appointments: u32) -> Self {
        let free = BitRow::free_during(day, &working.minus(&busy));
        let StaffRow { id, schedule_version, skills, languages, .. } = row;
        Self { id, schedule_version, skills, languages, working, busy, appointments, free }
    }
}

impl RoomDay {
    pub(in crate::day) fn new(day: Span, row: RoomRow, busy: Spans) -> Self {
        let free = BitRow::free_during(day, &Spans::one(day).minus(&busy));
        Self { id: row.id, kind: row.kind, busy, free }
    }
}
