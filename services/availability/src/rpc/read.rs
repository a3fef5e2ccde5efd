//! Wire requests to queries; every refusal names the field and what is accepted.

use std::time::Duration;

use callflow_contract::{
    availability::v1 as wire,
    common::v1::TimeRange,
    convert::{FieldError, id, optional_call_id, optional_id, optional_time, required_time},
};
use callflow_domain::{
    id::{BranchId, CallId, CompanyId},
    language::Language,
    recurrence::{MAX_OCCURRENCES, Strategy},
    schedule::{DayRange, Span, TimeWindow, WallTime},
    search::SearchRequest,
    sequence,
    slot_id::SlotId,
};
use jiff::{Timestamp, ToSpan as _, civil::Date};

use crate::app::{
    Result,
    hold::{Owned, read_one},
    search::{Query, When},
    sequence::SequenceQuery,
    series::SeriesQuery,
};

/// Offers when none are asked for: what a caller can keep in mind.
const OFFERS: usize = 3;
/// Days searched when the window has no end.
const DAYS_AHEAD: i64 = 14;
/// Longest window in which sequences may begin.
const SEQUENCE_DAYS: i64 = 31;
/// Most sequences of one search.
const MOST_SEQUENCES: usize = 20;

/// Reads a search.
pub(super) fn query(request: &wire::SearchSlotsRequest) -> Result<Query> {
    let now = optional_time("now", request.now.as_ref())?.unwrap_or_else(Timestamp::now);
    let slot = slot("slot_id", &request.slot_id)?;
    let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
    let service = optional_id("service_id", &request.service_id)?;
    if slot.is_none() && service.is_none() {
        return Err(FieldError::new("service_id", "is missing; a UUID is expected").into());
    }
    Ok(Query {
        company: id("company_id", &request.company_id)?,
        branch: optional_id("branch_id", &request.branch_id)?,
        service,
        only: optional_id("staff_id", &request.staff_id)?.into_iter().collect(),
        without: Vec::new(),
        when: match slot {
            Some(slot) => When::Slot(slot),
            None => When::Within(window(request.window.as_ref(), now, DAYS_AHEAD)?),
        },
        times: times(request)?,
        limit: if limit == 0 { OFFERS } else { limit.min(SearchRequest::MOST_OFFERS) },
        duration_min: (request.duration_min > 0).then_some(i64::from(request.duration_min)),
        language: Language::read(&request.language),
        preferred: optional_id("preferred_staff_id", &request.preferred_staff_id)?,
        owner: optional_call_id("owner", &request.owner)?,
        hold: request.hold,
        all_starts: request.all_starts,
        other_branches: request.other_branches,
        freed: request.freed.iter().map(read_one).collect::<Result<_>>()?,
        now,
    })
}

/// Reads a search for a sequence.
pub(super) fn sequence(request: &wire::SearchSequencesRequest) -> Result<SequenceQuery> {
    let services = request.service_ids.len();
    if !(sequence::MIN_SERVICES..=sequence::MAX_SERVICES).contains(&services) {
        return Err(sequence::Error::Services { found: services }.into());
    }
    if request.staff_ids.len() > services {
        return Err(FieldError::new("staff_ids", "are more than there are services").into());
    }
    let gap_min = request.gap_min.map(i64::from);
    if gap_min.is_some_and(|gap| gap > sequence::MAX_GAP_MIN) {
        return Err(sequence::Error::Gap.into());
    }
    let now = optional_time("now", request.now.as_ref())?.unwrap_or_else(Timestamp::now);
    let window = window(request.window.as_ref(), now, sequence::SEARCH_DAYS)?;
    if window.minutes() > SEQUENCE_DAYS * 1440 {
        return Err(FieldError::new("window", "is longer than the 31 days that are accepted").into());
    }
    let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
    let staff = request.staff_ids.iter().map(|text| optional_id("staff_ids", text));
    let services = request.service_ids.iter().map(|text| id("service_ids", text));
    Ok(SequenceQuery {
        company: id("company_id", &request.company_id)?,
        branch: id("branch_id", &request.branch_id)?,
        services: services.collect::<std::result::Result<_, _>>()?,
        staff: staff.collect::<std::result::Result<_, _>>()?,
        order: if request.any_order { sequence::Order::Any } else { sequence::Order::AsGiven },
        same_staff: request.same_staff,
        gap_min,
        window,
        limit: if limit == 0 { OFFERS } else { limit.min(MOST_SEQUENCES) },
        language: Language::read(&request.language),
        preferred: optional_id("preferred_staff_id", &request.preferred_staff_id)?,
        owner: optional_call_id("owner", &request.owner)?,
        hold: request.hold,
        now,
    })
}

fn window(window: Option<&TimeRange>, now: Timestamp, days: i64) -> Result<Span> {
    let start = optional_time("window.start", window.and_then(|window| window.start.as_ref()))?.unwrap_or(now);
    let end = optional_time("window.end", window.and_then(|window| window.end.as_ref()))?;
    let end = match end {
        Some(end) => end,
        None => start
            .checked_add((days * 24).hours())
            .map_err(|_| FieldError::new("window.start", "lies too close to the end of the calendar"))?,
    };
    if end <= start {
        return Err(FieldError::new("window", "ends before it starts").into());
    }
    Ok(Span::around(start, end))
}

fn times(request: &wire::SearchSlotsRequest) -> Result<Option<TimeWindow>> {
    let (from, to) = (request.time_from_min, request.time_to_min);
    if from == 0 && to == 0 {
        return Ok(None);
    }
    let accepted = "is not 0 to 1440 minutes since midnight";
    let wall = |field, minute: u32| {
        let time = u16::try_from(minute).ok().and_then(WallTime::from_minute);
        time.ok_or(FieldError::new(field, accepted))
    };
    let to = if to == 0 { WallTime::END_OF_DAY } else { wall("time_to_min", to)? };
    Ok(Some(TimeWindow { from: wall("time_from_min", from)?, to }))
}

/// Reads a slot id, or `None` when the text is empty.
pub(super) fn slot(field: &'static str, text: &str) -> Result<Option<SlotId>> {
    if text.is_empty() {
        return Ok(None);
    }
    Ok(Some(SlotId::parse(text).map_err(|_| FieldError::new(field, "is no slot id; it begins with sl_"))?))
}

/// Reads a search for alternatives.
pub(super) fn alternatives(request: wire::FindAlternativesRequest) -> Result<(Query, Timestamp, usize)> {
    let wanted = request.wanted.ok_or(FieldError::new("wanted", "is missing"))?;
    let start = required_time("start", request.start.as_ref())?;
    let without: std::result::Result<_, FieldError> =
        request.without_staff_ids.iter().map(|text| id("without_staff_ids", text)).collect();
    let query = Query { without: without?, ..query(&wanted)? };
    let limit = usize::try_from(request.limit).unwrap_or(OFFERS);
    Ok((query, start, if limit == 0 { OFFERS } else { limit.min(20) }))
}

/// Reads which series is to be planned.
pub(super) fn series(request: &wire::PlanSeriesRequest) -> Result<SeriesQuery> {
    if !(1..=MAX_OCCURRENCES).contains(&request.starts.len()) {
        return Err(FieldError::new("starts", "are not 1 to 366").into());
    }
    if !request.starts.is_sorted() {
        return Err(FieldError::new("starts", "are not in order").into());
    }
    let strategies =
        Strategy::parse(&request.strategy, request.shift_window_min).map_err(|error| match error.field() {
            "shift_window_min" => FieldError::new("shift_window_min", "is more than 720"),
            _ => FieldError::new("strategy", "is none of fail, skip, shift, other_staff, other_branch"),
        })?;
    Ok(SeriesQuery {
        company: id("company_id", &request.company_id)?,
        branch: id("branch_id", &request.branch_id)?,
        service: id("service_id", &request.service_id)?,
        staff: optional_id("staff_id", &request.staff_id)?,
        starts: request.starts.clone(),
        strategies,
        owner: optional_call_id("owner", &request.owner)?,
        language: Language::read(&request.language),
        preferred: optional_id("preferred_staff_id", &request.preferred_staff_id)?,
        now: optional_time("now", request.now.as_ref())?.unwrap_or_else(Timestamp::now),
        taken: request.taken.iter().map(read_one).collect::<Result<_>>()?,
    })
}

/// Reads whose holds are meant.
pub(super) fn owned(company: &str, branch: &str, owner: &str) -> Result<Owned> {
    Ok(Owned {
        company: id("company_id", company)?,
        branch: id("branch_id", branch)?,
        owner: CallId::parse(owner).ok_or(FieldError::new("owner", "is missing or no call id"))?,
    })
}

/// Reads how long holds are to last; `None` for as long as the settings say.
pub(super) fn lasting(secs: u32) -> Result<Option<Duration>> {
    match secs {
        0 => Ok(None),
        5..=1_800 => Ok(Some(Duration::from_secs(secs.into()))),
        _ => Err(FieldError::new("ttl_secs", "is not 5 to 1800, or 0 for the usual time").into()),
    }
}

/// Reads which day is asked for.
pub(super) fn day(request: &wire::DayViewRequest) -> Result<(CompanyId, BranchId, Date)> {
    let date: Date = request.date.parse().map_err(|_| FieldError::new("date", "is not a date such as 2026-11-26"))?;
    DayRange::one(date).map_err(|_| FieldError::new("date", "lies beyond the dates that are accepted"))?;
    Ok((id("company_id", &request.company_id)?, id("branch_id", &request.branch_id)?, date))
}
