//! A branch's day, ready for searching: who works when, what is taken, and why it may be closed.
//!
//! A [`DaySnapshot`] covers the instants from one local midnight of the branch to the next. Windows
//! that run over midnight are cut there and continue in the next day's snapshot, so snapshots of
//! consecutive days join without gap or overlap. [`BranchRows`] makes them from what the database
//! holds, several days at once; [`DaySnapshot::to_bytes`] is their form in the cache.

mod bytes;
mod rows;

use jiff::{Timestamp, civil::Date};

pub use rows::{BranchRows, Busy, RoomRow, StaffRow};

use crate::{
    cell::BitRow,
    hold::{Resource, Segment},
    id::{BranchId, RoomId, StaffId},
    language::Language,
    schedule::{Opening, Span, Spans},
};

/// One local date of one branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaySnapshot {
    /// The branch.
    pub branch: BranchId,
    /// The local date.
    pub date: Date,
    /// The instants of the date, from midnight to midnight.
    pub span: Span,
    /// When the rows were read; appointments committed later may be missing.
    pub read_at: Timestamp,
    /// Whether company and branch are open, and if not, why.
    pub opening: Opening,
    /// When neither company nor branch objects to a booking.
    pub open: Spans,
    /// Everyone who can be booked at the branch, also those who do not work that day.
    pub staff: Vec<StaffDay>,
    /// Its rooms.
    pub rooms: Vec<RoomDay>,
}

/// A staff member's day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffDay {
    /// Who.
    pub id: StaffId,
    /// The version of the person's working times these were computed from.
    pub schedule_version: i64,
    /// What the person can do, as in the catalog.
    pub skills: Vec<String>,
    /// What the person speaks.
    pub languages: Vec<Language>,
    /// When the person works.
    pub working: Spans,
    /// When the person has appointments, buffers included.
    pub busy: Spans,
    /// How many appointments begin that day.
    pub appointments: u32,
    /// Working and not busy.
    pub free: BitRow,
}

impl DaySnapshot {
    /// Counts a time as free although an appointment is there, because that one is to be moved.
    pub fn release(&mut self, segment: &Segment) {
        let day = self.span;
        let given = Spans::one(Span::new(segment.start(), segment.end()));
        match segment.resource() {
            Resource::Staff(id) => {
                for member in self.staff.iter_mut().filter(|member| member.id == id) {
                    member.set_busy(day, member.busy.minus(&given));
                }
            }
            Resource::Room(id) => {
                for room in self.rooms.iter_mut().filter(|room| room.id == id) {
                    room.set_busy(day, room.busy.minus(&given));
                }
            }
        }
    }

    /// Adds the time of an appointment that was made after the rows were read, and returns whether that changed the day.
    ///
    /// A repeat changes nothing: what is taken already is this very appointment, because no two overlap. Nor does time of another
    /// date, or of somebody the day does not know.
    pub fn take(&mut self, segment: &Segment) -> bool {
        let (day, whole) = (self.span, Span::new(segment.start(), segment.end()));
        let taken = Spans::one(whole.intersection(day));
        match segment.resource() {
            Resource::Staff(id) => {
                let member = self.staff.iter_mut().find(|member| member.id == id);
                let Some(member) = member.filter(|member| !taken.minus(&member.busy).is_empty()) else { return false };
                member.appointments += u32::from(day.contains(whole.from));
                member.set_busy(day, member.busy.plus(&taken));
            }
            Resource::Room(id) => {
                let room = self.rooms.iter_mut().find(|room| room.id == id);
                let Some(room) = room.filter(|room| !taken.minus(&room.busy).is_empty()) else { return false };
                room.set_busy(day, room.busy.plus(&taken));
            }
        }
        true
    }
}

impl StaffDay {
    fn set_busy(&mut self, day: Span, busy: Spans) {
        self.free = BitRow::free_during(day, &self.working.minus(&busy));
        self.busy = busy;
    }

    /// Returns the share of the working time that is taken, between 0 and 1; somebody who does not
    /// work that day is taken entirely.
    #[must_use]
    pub fn utilisation(&self) -> f64 {
        let (working, free) = (self.working.minutes(), self.free.minutes());
        if working == 0 { 1.0 } else { (1.0 - free as f64 / working as f64).clamp(0.0, 1.0) }
    }
}

/// A room's day; a room has no hours of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomDay {
    /// Which.
    pub id: RoomId,
    /// What services ask for.
    pub kind: String,
    /// When it is taken, buffers included.
    pub busy: Spans,
    /// When it is not.
    pub free: BitRow,
}

impl RoomDay {
    fn set_busy(&mut self, day: Span, busy: Spans) {
        self.free = BitRow::free_during(day, &Spans::one(day).minus(&busy));
        self.busy = busy;
    }
}
