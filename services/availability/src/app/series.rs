//! Planning a series: every occurrence against the days it falls on, all of them read together.

mod calendar;

use callflow_contract::availability::v1::{Offer as Wire, PlanSeriesResponse, PlannedStart};
use callflow_domain::{
    hold::Segment,
    id::{BranchId, CallId, CompanyId, ServiceId, StaffId},
    language::Language,
    recurrence::{self, Entry, Occurrence, Strategy, Wish},
    search::SearchRequest,
};
use callflow_store::catalog::StoredService;
use jiff::{Timestamp, civil::DateTime};

use super::{
    App, Result, offer,
    search::{Query, When, is_offered, request},
    site::Place,
};
use crate::{error::Error, metrics};
use calendar::{Books, Sheet};

/// Other branches looked at for occurrences that do not fit at the branch asked for.
const OTHER_BRANCHES: usize = 5;

/// The series that is wanted.
#[derive(Debug, Clone)]
pub struct SeriesQuery {
    /// Whose calendar.
    pub company: CompanyId,
    /// Where.
    pub branch: BranchId,
    /// What.
    pub service: ServiceId,
    /// With whom; `None` for whoever is best.
    pub staff: Option<StaffId>,
    /// When the pattern puts the occurrences, in order, in epoch minutes.
    pub starts: Vec<i64>,
    /// What to do with occurrences that do not fit, in this order.
    pub strategies: Vec<Strategy>,
    /// Whose own holds are no obstacle.
    pub owner: Option<CallId>,
    /// The caller's language.
    pub language: Option<Language>,
    /// Whom the customer prefers.
    pub preferred: Option<StaffId>,
    /// The present.
    pub now: Timestamp,
    /// Taken although the calendar may not show it yet.
    pub taken: Vec<Segment>,
}

impl App {
    /// Says where each occurrence would end up. A first look asks the branch alone; others are read when something does not fit there.
    ///
    /// # Errors
    /// When branch, service or staff member do not exist, or neither Redis nor Postgres can be asked.
    pub async fn plan_series(&self, query: &SeriesQuery) -> Result<PlanSeriesResponse> {
        let place = self.place(query.company, query.branch).await?;
        let directory = place.directory.clone();
        let service = directory.service(query.service).filter(|service| is_offered(&directory, query.branch, service));
        let service = service.ok_or(Error::NotFound("service"))?;
        if query.staff.is_some_and(|staff| directory.member(staff).is_none_or(|member| member.branch != query.branch)) {
            return Err(Error::NotFound("staff member"));
        }
        let search = template(query, &place, service)?;
        let wish = Wish {
            branch: query.branch,
            staff: query.staff,
            rule: search.service.rule,
            step_min: u32::try_from(search.service.rule.step_min()).unwrap_or(u32::MAX),
        };
        let occurrences = occurrences(&query.starts)?;
        let mut books = Books::new(self.sheet(place, query, search.clone()).await?);
        let mut plan = recurrence::plan(&occurrences, &wish, &query.strategies, &books);
        let unplaced = plan.entries.iter().any(|entry| entry.booking.is_none());
        if unplaced && query.strategies.contains(&Strategy::OtherBranch) {
            let others = directory.branches().filter(|branch| {
                branch.id != query.branch && branch.declared.active && is_offered(&directory, branch.id, service)
            });
            for branch in others.take(OTHER_BRANCHES) {
                let place = self.place(query.company, branch.id).await?;
                books.add(self.sheet(place, query, search.clone()).await?);
            }
            plan = recurrence::plan(&occurrences, &wish, &query.strategies, &books);
        }
        metrics::search(if plan.is_bookable() { "series" } else { "series_conflict" });
        let planned = plan.entries.iter().map(|entry| planned(&books, query.service, entry)).collect();
        Ok(PlanSeriesResponse { planned, bookable: plan.is_bookable() })
    }

    /// Reads what a branch's calendar says about the days of the series.
    async fn sheet(&self, place: Place, query: &SeriesQuery, search: SearchRequest) -> Result<Sheet> {
        let dates = calendar::dates(&place.zone, &search.service.rule, query);
        let mut sheet = Sheet::new(place, search);
        for some in calendar::years(&dates) {
            let span = calendar::cover(&sheet.place.zone, some);
            let view = self.view_of(&sheet.place, some, span).await?;
            sheet.add(view, query);
        }
        Ok(sheet)
    }
}

/// Returns the search that each occurrence is asked with, but for its time and people.
fn template(query: &SeriesQuery, place: &Place, service: &StoredService) -> Result<SearchRequest> {
    let first = query.starts.first().copied().unwrap_or_default();
    let asked = Query {
        company: query.company,
        branch: Some(query.branch),
        service: Some(query.service),
        only: Vec::new(),
        without: Vec::new(),
        when: When::Near(first),
        times: None,
        limit: 1,
        duration_min: None,
        language: query.language,
        preferred: query.preferred,
        owner: query.owner.clone(),
        hold: false,
        all_starts: false,
        other_branches: false,
        freed: Vec::new(),
        now: query.now,
    };
    let mut search = request(&place.directory, &asked, service, Vec::new())?;
    // How far ahead can be booked is how far ahead a series may begin: what follows is the point of having one.
    let latest = query.now.as_second().div_euclid(60) + search.service.advance_days * 1440;
    if first <= latest {
        search.service.advance_days = SearchRequest::LONGEST_ADVANCE_DAYS;
    }
    Ok(search)
}

fn occurrences(starts: &[i64]) -> Result<Vec<Occurrence>> {
    let beyond = |_| callflow_contract::convert::FieldError::new("starts", "lie beyond the calendar");
    let one = |(minute, number): (&i64, u32)| {
        let at = Timestamp::from_second(minute.saturating_mul(60)).map_err(beyond)?;
        // Planning looks at the instant alone; the local time was settled when the pattern was expanded.
        Ok(Occurrence { number, local: DateTime::constant(1970, 1, 1, 0, 0, 0, 0), at })
    };
    starts.iter().zip(1..).map(one).collect()
}

fn planned(books: &Books, service: ServiceId, entry: &Entry) -> PlannedStart {
    let offer = entry.booking.and_then(|(place, at)| -> Option<Wire> {
        let (site, offer) = books.offer(place, at)?;
        Some(offer::write(site, service, &offer))
    });
    PlannedStart {
        state: entry.state.as_str().into(),
        reason: entry.refusal.map(recurrence::Refusal::as_str).unwrap_or_default().into(),
        offer,
    }
}
