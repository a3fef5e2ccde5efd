//! One day of a branch as people look at it.

use callflow_contract::{
    availability::v1::{DayViewResponse, day_view_response::StaffDay},
    common::v1::TimeRange,
    convert::to_wire_range,
};
use callflow_domain::{
    id::{BranchId, CompanyId},
    schedule::{DayRange, Opening, Span},
    staffing::day_view,
};
use jiff::civil::Date;

use super::{App, Result};

impl App {
    /// Returns each staff member's windows, appointments and utilisation on a local date.
    ///
    /// # Errors
    /// When the branch does not exist, the date is out of range, or neither Redis nor Postgres can be asked.
    pub async fn day_view(&self, company: CompanyId, branch: BranchId, date: Date) -> Result<DayViewResponse> {
        let place = self.place(company, branch).await?;
        let view = self.view(&place, DayRange::one(date)?).await?;
        let held: Vec<_> =
            view.holds.iter().flatten().flat_map(|hold| hold.segments.as_slice().iter().copied()).collect();
        let Some(day) = view.days.first() else { return Ok(DayViewResponse::default()) };
        let staff = day_view(day, &held).into_iter().map(|member| StaffDay {
            staff_id: member.staff.to_string(),
            name: place.directory.staff_name(member.staff),
            working: ranges(&member.working),
            booked: ranges(&member.booked),
            free: ranges(&member.free),
            held: ranges(&member.held),
            appointments: member.appointments,
            utilisation: member.utilisation,
        });
        let closed_reason = match &day.opening {
            Opening::Open => String::new(),
            Opening::Holiday { name } => name.clone(),
            Opening::Closed { reason } => reason.clone().unwrap_or_else(|| "closed".into()),
        };
        Ok(DayViewResponse { staff: staff.collect(), time_zone: place.zone.name().to_owned(), closed_reason })
    }
}

fn ranges(spans: &[Span]) -> Vec<TimeRange> {
    spans.iter().map(|span| to_wire_range(span.begin(), span.end())).collect()
}
