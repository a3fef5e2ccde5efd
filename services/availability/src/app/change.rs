//! What changed: days with other appointments, branches with other hours.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use callflow_cache::{Site, snapshot::Edit};
use callflow_contract::{
    availability::v1::{FreeResponse, Segment as WireSegment},
    convert::{id, optional_id, required_range},
    event::v1::{Appointment, CatalogChanged},
};
use callflow_domain::{
    day::DaySnapshot,
    hold::{Resource, Segment, Segments},
    id::{AppointmentId, BranchId, CompanyId, RoomId, StaffId},
    schedule::{Span, Zone},
};
use callflow_store::day;
use jiff::civil::Date;

use super::{App, Result, hold::read};
use crate::metrics;

/// An appointment and what it takes.
type Taken = (AppointmentId, Segments);

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
            let id: AppointmentId = id("appointment.appointment_id", &appointment.appointment_id)?;
            for date in dates {
                taken.entry(branch).or_default().entry(date).or_default().push((id, segments.clone()));
            }
        }
        for (branch, days) in taken {
            let dates: Vec<Date> = days.keys().copied().collect();
            let edit = |stored| self.with(company, stored, &days);
            self.deps.snapshots.amend(Site { company, branch }, &dates, edit).await?;
            metrics::invalidation("appointments");
        }
        Ok(())
    }

    /// Returns the stored days with these appointments in them.
    ///
    /// A day that lacks an appointment was read before it was made, or after it ended again, when this event is late: the
    /// database says which. Where it cannot be asked, or the bytes mean nothing, the day is to be read anew.
    async fn with(
        &self,
        company: CompanyId,
        stored: BTreeMap<Date, Bytes>,
        taken: &BTreeMap<Date, Vec<Taken>>,
    ) -> BTreeMap<Date, Edit> {
        let (mut edits, mut lacking) = (BTreeMap::new(), Vec::new());
        for (date, bytes) in stored {
            let Some(day) = DaySnapshot::from_bytes(&bytes) else {
                edits.insert(date, Edit::Forget);
                continue;
            };
            let lacks = |(_, segments): &&Taken| add(&mut day.clone(), segments);
            let missing: Vec<&Taken> = taken.get(&date).into_iter().flatten().filter(lacks).collect();
            if !missing.is_empty() {
                lacking.push((date, day, missing));
            }
        }
        let ids: Vec<AppointmentId> =
            lacking.iter().flat_map(|(.., missing)| missing.iter().map(|one| one.0)).collect();
        if ids.is_empty() {
            return edits;
        }
        let active = day::active(&self.deps.database, company, &ids).await;
        for (date, mut day, missing) in lacking {
            let Ok(active) = &active else {
                edits.insert(date, Edit::Forget);
                continue;
            };
            let added = missing.into_iter().filter(|(id, segments)| active.contains(id) && add(&mut day, segments));
            if added.count() > 0 {
                edits.insert(date, Edit::Replace(day.to_bytes().into()));
            }
        }
        edits
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

/// Adds an appointment's time to a day and returns whether the day lacked any of it.
fn add(day: &mut DaySnapshot, segments: &Segments) -> bool {
    segments.as_slice().iter().filter(|segment| day.take(segment)).count() > 0
}

fn segments(appointment: &Appointment, span: Span) -> Result<Segments> {
    let staff: StaffId = id("appointment.staff_id", &appointment.staff_id)?;
    let room: Option<RoomId> = optional_id("appointment.room_id", &appointment.room_id)?;
    let resources = [Some(Resource::Staff(staff)), room.map(Resource::Room)];
    let segments = resources.into_iter().flatten().map(|resource| Segment::new(resource, span.from, span.to));
    Ok(Segments::new(segments.collect::<std::result::Result<_, _>>()?)?)
}
