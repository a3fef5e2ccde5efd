//! Searching: what is free, or why nothing is and what comes closest; what is offered is held for the caller.

mod closest;

use std::sync::Arc;

use callflow_contract::{
    availability::v1::{Alternative, NoSlotReason, Offer, SearchSlotsResponse, alternative},
    convert::to_wire_time,
};
use callflow_domain::{
    hold::{Hold, Segment},
    id::{BranchId, CallId, CompanyId, ServiceId, StaffId},
    language::Language,
    schedule::{DayRange, Span, TimeWindow},
    search::{self, AlternativeKind, Outcome, Reason, SearchRequest, ServiceNeed, Wish},
    slot::SlotRule,
    slot_id::SlotId,
};
use callflow_store::{catalog::StoredService, directory::Directory};
use jiff::Timestamp;

use super::{
    App, Result,
    hold::HoldState,
    offer,
    round::Share,
    site::{Place, View},
};
use crate::{error::Error, metrics};

/// How far ahead of a wanted minute a start still is near it, in minutes: two weeks.
const NEAR_MIN: i64 = 14 * 1440;
/// Looks before a caller hears that others were faster to hold what is free, each time.
const LOOKS: u32 = 3;

/// What is wanted, read from a request.
#[derive(Debug, Clone)]
pub struct Query {
    /// Whose calendar.
    pub company: CompanyId,
    /// Where; the slot's own branch when it asks about one very slot.
    pub branch: Option<BranchId>,
    /// What.
    pub service: Option<ServiceId>,
    /// With whom; empty for anyone.
    pub only: Vec<StaffId>,
    /// Not with these.
    pub without: Vec<StaffId>,
    /// When.
    pub when: When,
    /// Bounds on the local time of day.
    pub times: Option<TimeWindow>,
    /// Most offers.
    pub limit: usize,
    /// Another duration than the service's own.
    pub duration_min: Option<i64>,
    /// The caller's language.
    pub language: Option<Language>,
    /// Whom the customer prefers.
    pub preferred: Option<StaffId>,
    /// For whom offers are held, and whose holds are no obstacle.
    pub owner: Option<CallId>,
    /// Whether to hold what is offered.
    pub hold: bool,
    /// Whether to list every start.
    pub all_starts: bool,
    /// Whether to look at other branches when this one has nothing.
    pub other_branches: bool,
    /// Counts as free although an appointment is there, because that one is to be moved.
    pub freed: Vec<Segment>,
    /// The present.
    pub now: Timestamp,
}

/// Which starts are meant.
#[derive(Debug, Clone, Copy)]
pub enum When {
    /// This very slot, offered before.
    Slot(SlotId),
    /// Starts in these minutes.
    Within(Span),
    /// Starts near this minute.
    Near(i64),
}

/// A query with everything in it looked up.
struct Ready {
    place: Place,
    service: ServiceId,
    request: SearchRequest,
}

impl App {
    /// Searches one branch, and others of the company when it has nothing and that was asked for.
    ///
    /// # Errors
    /// When the request asks for the impossible, names what does not exist, or neither Redis nor Postgres can be asked.
    pub async fn search(&self, query: &Query) -> Result<SearchSlotsResponse> {
        let ready = match self.ready(query).await? {
            Ok(ready) => ready,
            Err(reason) => return Ok(refused(&reason)),
        };
        let (mut response, mut reason) = (SearchSlotsResponse::default(), None);
        for _ in 0..LOOKS {
            let (outcome, view) = self.look(&ready, query).await?;
            response = self.response(&ready, &outcome, &view, query);
            reason = outcome.reason;
            if !query.hold || outcome.offers.is_empty() {
                break;
            }
            let held = self.hold_offers(&ready.place, query, &outcome.offers, &mut response.offers).await;
            response.hold_state = held.as_str().into();
            if held != HoldState::Refused {
                break;
            }
            // Somebody was faster between the look and the hold: look once more, past their holds.
            response.reason = NoSlotReason::FullyBooked.into();
        }
        metrics::search(reason.as_ref().map_or("found", Reason::as_str));
        if response.offers.is_empty() {
            self.complete(&ready, query, reason.as_ref(), &mut response).await?;
        }
        Ok(response)
    }

    /// Looks everything up that a query names; the inner error is a reason the caller can be told.
    async fn ready(&self, query: &Query) -> Result<std::result::Result<Ready, Reason>> {
        let directory = self.directory(query.company).await?;
        let (branch, service, only) = match query.when {
            When::Slot(slot) => {
                let member = directory.members().find(|member| slot.is_of_staff(member.id));
                let Some(member) = member else { return Ok(Err(Reason::UnknownStaff)) };
                let Some(service) = directory.services().find(|service| slot.is_for_service(service.id)) else {
                    return Ok(Err(Reason::UnknownService));
                };
                (member.branch, service, vec![member.id])
            }
            When::Within(_) | When::Near(_) => {
                let service = query.service.and_then(|id| directory.service(id));
                let Some(service) = service else { return Ok(Err(Reason::UnknownService)) };
                let is_here = |id: &StaffId| directory.member(*id).is_some_and(|one| Some(one.branch) == query.branch);
                if !query.only.iter().all(is_here) {
                    return Ok(Err(Reason::UnknownStaff));
                }
                (query.branch.ok_or(Error::NotFound("branch"))?, service, query.only.clone())
            }
        };
        let place = self.place(query.company, branch).await?;
        if !is_offered(&directory, branch, service) {
            return Ok(Err(Reason::UnknownService));
        }
        let request = request(&directory, query, service, only)?;
        Ok(Ok(Ready { place, service: service.id, request }))
    }

    /// Looks at the days, and at the holds around the starts that are wanted: a busy day has hundreds of others. What comes closest
    /// to a wish that nothing fits may lie anywhere in the days, so then all of them count.
    async fn look(&self, ready: &Ready, query: &Query) -> Result<(Outcome, Arc<View>)> {
        let (range, near) = (ready.request.days(&ready.place.zone)?, ready.request.blocked());
        let whole = range.span(&ready.place.zone);
        if near.minutes() * 2 < whole.minutes() {
            let view = self.freed_view(ready, query, range, near).await?.value;
            let outcome = self.find(ready, query, &view, &ready.request)?;
            if !outcome.offers.is_empty() {
                return Ok((outcome, view));
            }
        }
        let view = self.freed_view(ready, query, range, whole).await?.value;
        let outcome = self.find(ready, query, &view, &ready.request)?;
        Ok((outcome, view))
    }

    /// Returns the days and the holds that reach into the span, with what is to be moved counted as free.
    async fn freed_view(&self, ready: &Ready, query: &Query, range: DayRange, holds: Span) -> Result<Share<View>> {
        let mut view = self.shared_view(&ready.place, range, holds).await?;
        if !query.freed.is_empty() {
            let days = &mut Arc::make_mut(&mut view.value).days;
            days.iter_mut().for_each(|day| query.freed.iter().for_each(|segment| day.release(segment)));
        }
        Ok(view)
    }

    /// Finds what a request asks for in days that were read.
    fn find(&self, ready: &Ready, query: &Query, view: &View, request: &SearchRequest) -> Result<Outcome> {
        let mut held = blocking(view, query.owner.as_ref());
        held.retain(|segment| !query.freed.contains(segment));
        Ok(search::search(&ready.place.zone, &view.days, &held, request)?)
    }

    fn response(&self, ready: &Ready, outcome: &Outcome, view: &View, query: &Query) -> SearchSlotsResponse {
        let (reason, reason_detail) = outcome.reason.as_ref().map(offer::reason).unwrap_or_default();
        let alternative = |found: &search::Alternative| Alternative {
            kind: match found.kind {
                AlternativeKind::NextFree | AlternativeKind::Earlier => alternative::Kind::NextFree,
                AlternativeKind::OtherStaff => alternative::Kind::OtherStaff,
                AlternativeKind::OtherBranch(_) => alternative::Kind::OtherBranch,
            }
            .into(),
            offer: Some(offer::write(&ready.place, ready.service, &found.offer)),
        };
        let unheld = query.hold && view.holds.is_none();
        SearchSlotsResponse {
            offers: outcome.offers.iter().map(|found| offer::write(&ready.place, ready.service, found)).collect(),
            reason: reason.into(),
            reason_detail,
            alternatives: outcome.alternatives.iter().map(alternative).collect(),
            hold_state: if unheld { HoldState::Unavailable.as_str().into() } else { String::new() },
            as_of: outcome.as_of.map(to_wire_time),
            starts: if query.all_starts { outcome.starts.to_vec() } else { Vec::new() },
            degraded: view.holds.is_none() || self.deps.is_database_away(),
        }
    }
}

impl Clone for Ready {
    fn clone(&self) -> Self {
        Self { place: self.place.clone(), service: self.service, request: self.request.clone() }
    }
}

/// Returns what the live holds keep this caller from having.
pub(crate) fn blocking(view: &View, owner: Option<&CallId>) -> Vec<Segment> {
    let segments = |hold: &'_ Hold| hold.segments.as_slice().to_vec();
    // Redis lists what is alive by its own clock, so a hold is judged at a moment at which it certainly was.
    let blocks = |hold: &&Hold| hold.segments.as_slice().iter().any(|one| hold.blocks(owner, one, hold.created_at));
    view.holds.iter().flatten().filter(blocks).flat_map(segments).collect()
}

/// Returns whether the branch offers the service at present.
pub(crate) fn is_offered(directory: &Directory, branch: BranchId, service: &StoredService) -> bool {
    let slug = directory.branch(branch).map(|branch| branch.declared.slug.as_str());
    service.declared.active && slug.is_some_and(|slug| service.declared.is_offered_at(slug))
}

/// Returns what the domain is asked for: the query under the service's and the company's rules.
pub(crate) fn request(
    directory: &Directory,
    query: &Query,
    service: &StoredService,
    only: Vec<StaffId>,
) -> Result<SearchRequest> {
    let (policies, declared) = (directory.policies(), &service.declared);
    let duration = query.duration_min.unwrap_or(i64::from(declared.duration_min));
    let rule = SlotRule::new(duration, i64::from(policies.step_min), policies.alignment)?
        .with_buffers(i64::from(declared.buffer_before_min), i64::from(declared.buffer_after_min))?;
    let wish = match query.when {
        When::Slot(slot) => Wish::At(Span::around(slot.start(), slot.start()).from),
        When::Near(minute) => Wish::Near { minute, within: Span { from: minute, to: minute + NEAR_MIN } },
        // Within one day the caller chooses a time of day, so the offers are spread; over many days the earliest count.
        When::Within(span) if span.minutes() <= 1500 => Wish::Spread(span),
        When::Within(span) => Wish::Earliest(span),
    };
    let request = SearchRequest {
        service: ServiceNeed {
            rule,
            notice_min: i64::from(declared.min_notice_min.unwrap_or(policies.min_notice_min)),
            advance_days: i64::from(declared.max_advance_days.unwrap_or(policies.max_advance_days)),
            required_skills: declared.required_skills.clone(),
            room_kind: declared.room_kind.clone(),
        },
        wish,
        times: query.times,
        only,
        without: query.without.clone(),
        language: query.language,
        preferences: query.preferred.map(|staff| (staff, 1.0)).into_iter().collect(),
        weights: policies.weights,
        count: query.limit,
        now: query.now,
    };
    request.check()?;
    Ok(request)
}

fn refused(reason: &Reason) -> SearchSlotsResponse {
    metrics::search(reason.as_str());
    let (wire, detail) = offer::reason(reason);
    SearchSlotsResponse { reason: wire.into(), reason_detail: detail, ..SearchSlotsResponse::default() }
}

fn offers(ready: &Ready, outcome: &Outcome, kind: alternative::Kind) -> Vec<Alternative> {
    let write = |found| -> Offer { offer::write(&ready.place, ready.service, found) };
    outcome.offers.iter().map(|found| Alternative { kind: kind.into(), offer: Some(write(found)) }).collect()
}
