//! The company the tests book at: three people in one branch, one in another, one room.

use callflow_domain::{
    catalog::Catalog,
    id::{BranchId, CompanyId, ServiceId, StaffId},
};
use jiff::{SignedDuration, Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use serde_json::{Value, json};

/// The salon.
pub(crate) fn company() -> CompanyId {
    CompanyId::from_slug("salon")
}

/// Somebody else's salon.
pub(crate) fn other() -> CompanyId {
    CompanyId::from_slug("andere")
}

pub(crate) fn branch(slug: &str) -> BranchId {
    company().branch(slug)
}

pub(crate) fn staff(slug: &str) -> StaffId {
    company().staff(slug)
}

pub(crate) fn service(slug: &str) -> ServiceId {
    company().service(slug)
}

/// Both companies; the other one has branch, person and service under the same slugs, and books nothing after calls.
pub(crate) fn catalog() -> Catalog {
    serde_json::from_value(json!({ "companies": [salon("salon", "+4930231251"), salon("andere", "+4930231252")] }))
        .unwrap()
}

fn salon(slug: &str, numbers: &str) -> Value {
    let hours = json!([{ "days": "mo-sa", "from": "09:00", "to": "18:00" }]);
    json!({
        "slug": slug, "name": slug, "default_branch": "mitte", "default_language": "de", "languages": ["de"],
        "time_zone": "Europe/Berlin", "signing_keys": ["main"],
        "policies": {
            "cancel": { "notice_min": 1440, "late": "allow" },
            "reschedule": { "notice_min": 120, "late": "refuse" },
            "min_notice_min": 60, "max_advance_days": 90, "step_min": 15, "gap_min": 15,
            "auto_book_after_call": slug == "salon",
        },
        "schedule": { "holidays": [{ "date": holiday(), "name": "Stadtfest" }] },
        "branches": [
            { "slug": "mitte", "name": "Mitte", "service_areas": ["+4930"], "schedule": { "hours": hours },
              "rooms": [{ "slug": "farbe-1", "name": "Farbplatz", "kind": "farbplatz" }] },
            { "slug": "west", "name": "West", "service_areas": ["+49331"], "schedule": { "hours": hours } },
        ],
        "phone_numbers": [{ "number": format!("{numbers}00"), "branch": "mitte" }],
        "agents": [],
        "staff": [
            { "slug": "sofia", "name": "Sofia", "branch": "mitte", "skills": ["schnitt", "farbe"], "languages": ["de"] },
            { "slug": "emre", "name": "Emre", "branch": "mitte", "skills": ["schnitt"], "languages": ["de", "tr"] },
            { "slug": "ada", "name": "Ada", "branch": "mitte", "skills": ["schnitt", "farbe"], "languages": ["de"] },
            { "slug": "nina", "name": "Nina", "branch": "west", "skills": ["schnitt"], "languages": ["de"] },
        ],
        "services": [
            { "slug": "schnitt", "name": "Haarschnitt", "duration_min": 30, "buffer_after_min": 15,
              "required_skills": ["schnitt"] },
            { "slug": "farbe", "name": "Färben", "duration_min": 60, "required_skills": ["farbe"],
              "room_kind": "farbplatz", "branches": ["mitte"], "not_with": ["glaetten"] },
            { "slug": "glaetten", "name": "Glätten", "duration_min": 45, "required_skills": ["farbe"] },
            { "slug": "bart", "name": "Bart", "duration_min": 15, "required_skills": ["schnitt"] },
        ]
    })
}

/// The Monday the tests book on: at least a week ahead, so that no notice is in the way.
pub(crate) fn monday() -> Date {
    let today = Timestamp::now().to_zoned(zone()).date();
    let ahead = today.checked_add(8.days()).unwrap();
    let weekday = i64::from(ahead.weekday().to_monday_zero_offset());
    ahead.checked_add(((7 - weekday) % 7).days()).unwrap()
}

/// A Wednesday on which both companies are closed, three weeks after that Monday.
pub(crate) fn holiday() -> Date {
    monday().checked_add(23.days()).unwrap()
}

fn zone() -> TimeZone {
    TimeZone::get("Europe/Berlin").unwrap()
}

/// A wall-clock time so many days after that Monday.
pub(crate) fn at(days: i64, clock: &str) -> Timestamp {
    let date = monday().checked_add(days.days()).unwrap();
    format!("{date}T{clock}").parse::<jiff::civil::DateTime>().unwrap().to_zoned(zone()).unwrap().timestamp()
}

/// The present, moved to so many minutes before a time.
pub(crate) fn before(time: Timestamp, minutes: i64) -> Timestamp {
    time - SignedDuration::from_mins(minutes)
}
