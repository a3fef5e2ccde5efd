//! Requests that make appointments: one, several in one visit, a series.

use callflow_contract::{
    booking::v1 as wire,
    convert::{FieldError, id, optional_id, optional_text, required_time},
};
use callflow_domain::{masked::PersonalText, slot_id::SlotId};
use jiff::Timestamp;

use super::{asked, context, person, short};
use crate::{
    app::{Result, sequence::BookServices, series::BookSeries},
    command::{Book, Target},
};

/// Farthest start looked at: ten years.
const LONGEST_AHEAD_HOURS: i64 = 3_660 * 24;

/// Reads a booking.
pub(in crate::rpc) fn book(request: wire::BookRequest) -> Result<Book> {
    let context = context(request.context.clone(), request.now.as_ref(), &asked!(request))?;
    let target = match optional_text(request.slot_id) {
        Some(slot) => Target::Offered(slot_id("slot_id", slot)?),
        None => Target::Parts {
            branch: id("branch_id", &request.branch_id)?,
            service: id("service_id", &request.service_id)?,
            staff: optional_id("staff_id", &request.staff_id)?,
            start: ahead("start", required_time("start", request.start.as_ref())?, context.now)?,
        },
    };
    let notes = short(request.notes).map(PersonalText::new);
    Ok(Book { context, target, person: person(request.person)?, notes, any_staff: request.any_staff })
}

/// Refuses what is no slot id; whether there is such a slot is another question.
pub(super) fn slot_id(field: &'static str, text: String) -> Result<String> {
    match SlotId::parse(&text) {
        Ok(_) => Ok(text),
        Err(_) => Err(FieldError::new(field, "is no slot id; it begins with sl_").into()),
    }
}

/// Refuses times that are over, and those no calendar reaches.
pub(super) fn ahead(field: &'static str, start: Timestamp, now: Timestamp) -> Result<Timestamp> {
    if start <= now {
        return Err(FieldError::new(field, "lies in the past").into());
    }
    if start.duration_since(now).as_hours() > LONGEST_AHEAD_HOURS {
        return Err(FieldError::new(field, "lies more than ten years ahead").into());
    }
    Ok(start)
}

/// Reads a series to be looked at; it needs no key, because nothing is written.
pub(in crate::rpc) fn series_preview(request: wire::SeriesRequest) -> Result<BookSeries> {
    let mut request = request;
    if let Some(context) = &mut request.context
        && context.idempotency_key.is_empty()
    {
        context.idempotency_key = "preview".into();
    }
    series(request)
}

/// Reads a series.
pub(in crate::rpc) fn series(request: wire::SeriesRequest) -> Result<BookSeries> {
    let context = context(request.context.clone(), request.now.as_ref(), &asked!(request))?;
    Ok(BookSeries {
        context,
        branch: id("branch_id", &request.branch_id)?,
        service: id("service_id", &request.service_id)?,
        staff: optional_id("staff_id", &request.staff_id)?,
        pattern: request.pattern,
        start_date: request.start_date,
        time: request.time,
        end_date: request.end_date,
        count: request.count,
        strategy: request.strategy,
        shift_window_min: request.shift_window_min,
        person: person(request.person)?,
        notes: short(request.notes).map(PersonalText::new),
    })
}

/// Reads a sequence.
pub(in crate::rpc) fn book_services(request: wire::BookServicesRequest) -> Result<BookServices> {
    let context = context(request.context.clone(), request.now.as_ref(), &asked!(request))?;
    let count = request.service_ids.len().max(request.slot_ids.len());
    if !(2..=8).contains(&count) {
        return Err(FieldError::new("service_ids", "does not name 2 to 8 services").into());
    }
    let services: std::result::Result<_, FieldError> =
        request.service_ids.iter().map(|text| id("service_ids", text)).collect();
    Ok(BookServices {
        context,
        branch: id("branch_id", &request.branch_id)?,
        services: services?,
        any_order: request.any_order,
        same_staff: request.same_staff,
        gap_min: request.gap_min,
        window: request.window,
        slots: request.slot_ids.into_iter().map(|slot| slot_id("slot_ids", slot)).collect::<Result<_>>()?,
        person: person(request.person)?,
        notes: short(request.notes).map(PersonalText::new),
    })
}
