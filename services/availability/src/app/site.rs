//! One branch's days and holds: out of Redis in one round trip, out of Postgres in one query.

use std::sync::Arc;

use bytes::Bytes;
use callflow_cache::Site;
use callflow_domain::{
    day::{BranchRows, Busy, DaySnapshot, RoomRow, StaffRow},
    hold::{Hold, Resource},
    id::{BranchId, CompanyId},
    schedule::{DayRange, Span, Zone},
};
use callflow_store::{day, directory::Directory};
use jiff::{Timestamp, civil::Date};

use super::{App, Result, round::Share};
use crate::{error::Error, metrics};

/// A branch as searches see it.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) company: CompanyId,
    pub(crate) branch: BranchId,
    pub(crate) directory: Arc<Directory>,
    pub(crate) zone: Zone,
}

impl Place {
    pub(crate) const fn site(&self) -> Site {
        Site { company: self.company, branch: self.branch }
    }
}

/// What is looked at: days of a branch, and the holds that reach into a span.
pub(crate) type Look = (Site, DayRange, Span);

/// Days and holds of a branch at one moment.
#[derive(Debug, Clone)]
pub(crate) struct View {
    pub(crate) days: Vec<DaySnapshot>,
    /// `None` when Redis is away and nobody knows.
    pub(crate) holds: Option<Vec<Hold>>,
}

impl App {
    /// Returns a branch of the company.
    pub(crate) async fn place(&self, company: CompanyId, branch: BranchId) -> Result<Place> {
        let directory = self.directory(company).await?;
        if directory.branch(branch).is_none() {
            return Err(Error::NotFound("branch"));
        }
        let zone = Zone::load(directory.time_zone(branch))?;
        Ok(Place { company, branch, directory, zone })
    }

    /// Returns the days of the range and the live holds that reach into it.
    pub(crate) async fn view(&self, place: &Place, range: DayRange) -> Result<View> {
        let dates: Vec<Date> = range.dates().collect();
        self.view_of(place, &dates, range.span(&place.zone)).await
    }

    /// Returns the days of the range and the live holds that reach into the span, read since this was asked, perhaps for others,
    /// too: many look at once for what many want.
    pub(crate) async fn shared_view(&self, place: &Place, range: DayRange, holds: Span) -> Result<Share<View>> {
        let read = async {
            let dates: Vec<Date> = range.dates().collect();
            self.view_of(place, &dates, holds).await
        };
        self.looks.share(&(place.site(), range, holds), read).await.map_err(Error::Shared)
    }

    /// Returns these days, by date, and the live holds that reach into the span.
    pub(crate) async fn view_of(&self, place: &Place, dates: &[Date], span: Span) -> Result<View> {
        let load = |missing: Vec<Date>| self.load(place, missing);
        let view = self.deps.snapshots.get_or_load(place.site(), dates, span.from..span.to, load).await;
        let view = view.map_err(Error::Shared)?;
        let days: Option<Vec<DaySnapshot>> = view.days.values().map(|bytes| DaySnapshot::from_bytes(bytes)).collect();
        let days = match days {
            Some(days) => days,
            // Written by another release of this service: read past it, and let the next search store ours.
            None => {
                let _ = self.deps.snapshots.invalidate(place.site(), dates).await;
                self.read(place, dates).await?
            }
        };
        Ok(View { days, holds: view.holds })
    }

    async fn load(&self, place: &Place, dates: Vec<Date>) -> Result<Vec<Bytes>> {
        let days = self.read(place, &dates).await?;
        Ok(days.iter().map(|day| Bytes::from(day.to_bytes())).collect())
    }

    /// Reads days from Postgres with one query, in the order asked for.
    async fn read(&self, place: &Place, dates: &[Date]) -> Result<Vec<DaySnapshot>> {
        let (Some(first), Some(last)) = (dates.iter().min(), dates.iter().max()) else { return Ok(Vec::new()) };
        metrics::day_read();
        let range = DayRange::new(*first, *last)?;
        let span = range.span(&place.zone);
        // Before the query, so that a snapshot never claims to be younger than its rows.
        let read_at = Timestamp::now();
        let stored = day::read(&self.deps.database, place.company, place.branch, span.begin(), span.end()).await?;
        let stored = stored.ok_or(Error::NotFound("branch"))?;
        let all = rows(&stored, place, read_at, range)?;
        Ok(all.into_iter().filter(|day| dates.contains(&day.date)).collect())
    }
}

fn rows(stored: &day::Days, place: &Place, read_at: Timestamp, range: DayRange) -> Result<Vec<DaySnapshot>> {
    let bookable = stored.staff.iter().filter(|member| member.declared.available);
    let staff: Vec<StaffRow> = bookable
        .map(|member| StaffRow {
            id: member.id,
            schedule: member.declared.schedule.clone(),
            schedule_version: i64::try_from(member.schedule_version).unwrap_or(i64::MAX),
            skills: member.declared.skills.clone(),
            languages: member.declared.languages.clone(),
        })
        .collect();
    let rooms: Vec<RoomRow> =
        stored.rooms.iter().map(|room| RoomRow { id: room.id, kind: room.declared.kind.clone() }).collect();
    let busy: Vec<Busy> = stored.occupied.iter().flat_map(taken).collect();
    let branch = BranchRows {
        branch: place.branch,
        zone: &place.zone,
        company: &stored.company.declared.schedule,
        schedule: &stored.branch.declared.schedule,
        staff: &staff,
        rooms: &rooms,
        busy: &busy,
        read_at,
    };
    Ok(branch.days(range)?)
}

/// Returns the times an appointment takes: its staff member's, and its room's if it has one.
fn taken(occupied: &day::Occupied) -> impl Iterator<Item = Busy> + use<> {
    let span = Span::around(occupied.busy_from, occupied.busy_until);
    let resources = [Some(Resource::Staff(occupied.staff)), occupied.room.map(Resource::Room)];
    resources.into_iter().flatten().map(move |resource| Busy { resource, span })
}
