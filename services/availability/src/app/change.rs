//! What changed: days with other appointments, branches with other hours.

use std::collections::{BTreeMap, BTreeSet};

use callflow_cache::{Site, snapshot::Edit};
use callflow_contract::{
    availability::v1::{FreeResponse, Segment as WireSegment},
    convert::{id, optional_id, optional_time, required_range},
    event::v1::{Appointment, CatalogChanged},
};
use callflow_domain::{
    day::DaySnapshot,
    hold::{Resource, Segment, Segments},
    id::{BranchId, CompanyId, RoomId, StaffId},
    schedule::{Span, Zone},
};
use jiff::{SignedDuration, Timestamp, civil::Date};

use super::{App, Result, hold::read};
use crate::metrics;

/// Longest time from the clock of a booking to its commit; clocks of two machines differ by less.
const LONGEST_BOOKING: SignedDuration = SignedDuration::from_secs(30);

/// What happened to an appointment's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It is taken now.
    Taken,
    /// It is free again.
    Freed,
}

/// One appointment whose time changed hands.
#[derive(Debug, Clone)]
pub struct Change {
    /// Which way.
    pub kind: Kind,
    /// The appointment.
    pub appointment: Appointment,
}

impl App {
    /// Shows in the stored days what was booked, forgets the days on which something ended, and takes the markers off times that
    /// are free again.
    ///
    /// # Errors
    /// When an appointment makes no sense, or Redis cannot be asked: the event is then tried again.
    pub async fn appointments_changed(&self, company: CompanyId, changes: &[Change]) -> Result<()> {
        let mut taken: BTreeMap<BranchId, BTreeMap<Date, Vec<Taken>>> = BTreeMap::new();
        for Change { kind, appointment } in changes {
            let branch: BranchId = id("appointment.branch_id", &appointment.branch_id)?;
            let (start, end) = required_range("appointment.blocked", appointment.blocked.as_ref())?;
            let (zone, span) = (Zone::load(&appointment.time_zone)?, Span::around(start, end));
            let segments = segments(appointment, span)?;
            let dates = BTreeSet::from([zone.date_at(span.from), zone.date_at(span.to - 1)]);
            if *kind == Kind::Freed {
                let dates: Vec<Date> = dates.into_iter().collect();
                self.deps.holds.free(Site { company, branch }, &segments, &dates).await?;
                metrics::invalidation("appointments");
                continue;
            }
            let made = optional_time("appointment.changed_at", appointment.changed_at.as_ref())?;
            for date in dates {
                let of_day = taken.entry(branch).or_default().entry(date).or_default();
                of_day.push(Taken { segments: segments.clone(), made });
            }
        }
        for (branch, days) in taken {
            let dates: Vec<Date> = days.keys().copied().collect();
            let edit = |date, bytes: &[u8]| days.get(&date).map_or(Edit::Keep, |taken| with(bytes, taken));
            self.deps.snapshots.amend(Site { company, branch }, &dates, edit).await?;
            metrics::invalidation("appointments");
        }
        Ok(())
    }

    /// Makes times free whose appointments have just been cancelled: whoever searches when this has ended sees them. The event
    /// says the same later, for everything that could not be reached now.
    ///
    /// # Errors
    /// When the branch does not exist, the segments make no sense, or Redis cannot be asked.
    pub async fn free(&self, company: CompanyId, branch: BranchId, freed: &[WireSegment]) -> Result<FreeResponse> {
        let (place, freed) = (self.place(company, branch).await?, read(freed)?);
        let ends = |segment: &Segment| [segment.start(), segment.end() - 1].map(|minute| place.zone.date_at(minute));
        let dates: BTreeSet<Date> = freed.as_slice().iter().flat_map(ends).collect();
        let dates: Vec<Date> = dates.into_iter().collect();
        let unmarked = self.deps.holds.free(place.site(), &freed, &dates).await?;
        metrics::invalidation("appointments");
        Ok(FreeResponse { unmarked: u32::try_from(unmarked).unwrap_or(u32::MAX) })
    }

    /// Forgets names and rules of a company and every day of the branches whose catalog changed.
    ///
    /// # Errors
    /// When Redis cannot be asked: the event is then tried again.
    pub async fn catalog_changed(&self, company: CompanyId, changed: &CatalogChanged) -> Result<()> {
        self.deps.directories.forget(company).await;
        metrics::invalidation("catalog");
        let mut branches = BTreeSet::new();
        for item in &changed.items {
            branches.extend(optional_id::<BranchId>("items.branch_id", &item.branch_id)?);
        }
        // Hours of the company, services and policies concern every branch.
        let everywhere = changed.all || changed.items.iter().any(|item| item.branch_id.is_empty());
        if everywhere && let Ok(directory) = self.directory(company).await {
            branches.extend(directory.branches().map(|branch| branch.id));
        }
        for branch in branches {
            self.deps.snapshots.invalidate_all(Site { company, branch }).await?;
        }
        Ok(())
    }
}

/// Time that an appointment took, and when it was made.
struct Taken {
    segments: Segments,
    made: Option<Timestamp>,
}

/// Returns a stored day with these appointments in it.
///
/// A day that lacks an appointment although it was read long after it was made may lack it because it ended since, and this
/// event is late: such a day is read anew, as is one of which nobody can tell.
fn with(bytes: &[u8], taken: &[Taken]) -> Edit {
    let Some(mut day) = DaySnapshot::from_bytes(bytes) else { return Edit::Forget };
    let mut is_changed = false;
    for Taken { segments, made } in taken {
        let is_added = segments.as_slice().iter().filter(|segment| day.take(segment)).count() > 0;
        let may_be_older = made.is_some_and(|made| day.read_at.duration_since(made) < LONGEST_BOOKING);
        if is_added && !may_be_older {
            return Edit::Forget;
        }
        is_changed |= is_added;
    }
    if is_changed { Edit::Replace(day.to_bytes().into()) } else { Edit::Keep }
}

fn segments(appointment: &Appointment, span: Span) -> Result<Segments> {
    let staff: StaffId = id("appointment.staff_id", &appointment.staff_id)?;
    let room: Option<RoomId> = optional_id("appointment.room_id", &appointment.room_id)?;
    let resources = [Some(Resource::Staff(staff)), room.map(Resource::Room)];
    let segments = resources.into_iter().flatten().map(|resource| Segment::new(resource, span.from, span.to));
    Ok(Segments::new(segments.collect::<std::result::Result<_, _>>()?)?)
}
