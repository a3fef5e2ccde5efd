//! Forgetting what changed: days with other appointments, branches with other hours.

use std::collections::{BTreeMap, BTreeSet};

use callflow_cache::Site;
use callflow_contract::{
    availability::v1::{FreeResponse, Segment as WireSegment},
    convert::{id, optional_id, required_range},
    event::v1::{Appointment, CatalogChanged},
};
use callflow_domain::{
    hold::{Resource, Segment, Segments},
    id::{BranchId, CompanyId, RoomId, StaffId},
    schedule::{Span, Zone},
};
use jiff::civil::Date;

use super::{App, Result, hold::read};
use crate::metrics;

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
    /// Forgets the days these appointments touch, and takes the markers off times that are free again.
    ///
    /// # Errors
    /// When an appointment makes no sense, or Redis cannot be asked: the event is then tried again.
    pub async fn appointments_changed(&self, company: CompanyId, changes: &[Change]) -> Result<()> {
        let mut touched: BTreeMap<BranchId, BTreeSet<Date>> = BTreeMap::new();
        for Change { kind, appointment } in changes {
            let branch: BranchId = id("appointment.branch_id", &appointment.branch_id)?;
            let (start, end) = required_range("appointment.blocked", appointment.blocked.as_ref())?;
            let (zone, span) = (Zone::load(&appointment.time_zone)?, Span::around(start, end));
            let dates = touched.entry(branch).or_default();
            let dates_of_this = [zone.date_at(span.from), zone.date_at(span.to - 1)];
            dates.extend(dates_of_this);
            if *kind == Kind::Freed {
                let segments = segments(appointment, span)?;
                self.deps.holds.free(Site { company, branch }, &segments, &dates_of_this).await?;
            }
        }
        for (branch, dates) in touched {
            let dates: Vec<Date> = dates.into_iter().collect();
            self.deps.snapshots.invalidate(Site { company, branch }, &dates).await?;
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

fn segments(appointment: &Appointment, span: Span) -> Result<Segments> {
    let staff: StaffId = id("appointment.staff_id", &appointment.staff_id)?;
    let room: Option<RoomId> = optional_id("appointment.room_id", &appointment.room_id)?;
    let resources = [Some(Resource::Staff(staff)), room.map(Resource::Room)];
    let segments = resources.into_iter().flatten().map(|resource| Segment::new(resource, span.from, span.to));
    Ok(Segments::new(segments.collect::<std::result::Result<_, _>>()?)?)
}
