//! A small company to search in: Berlin, open on weekdays from 9 to 12 and 13 to 18, asked on a Monday at eight.

use callflow_contract::{common::v1::TimeRange, convert::to_wire_range};
use callflow_domain::{catalog::Catalog, id::CompanyId};
use jiff::Timestamp;
use serde_json::{Value, json};

/// The salon's id.
pub(crate) fn id() -> CompanyId {
    CompanyId::from_slug("haarwerk")
}

/// An instant of March 2027 in Berlin, before the clock change, as `"01 10:30"`.
pub(crate) fn at(text: &str) -> Timestamp {
    let (day, clock) = text.split_once(' ').unwrap();
    format!("2027-03-{day}T{clock}:00+01:00").parse().unwrap()
}

/// The range between two such instants.
pub(crate) fn range(from: &str, to: &str) -> TimeRange {
    to_wire_range(at(from), at(to))
}

/// When everybody asks: Monday 1 March at eight.
pub(crate) fn now() -> Timestamp {
    at("01 08:00")
}

/// The wire time as local text, as `"01 10:30"`.
pub(crate) fn clock(time: Option<&prost_types::Timestamp>) -> String {
    let time = time.expect("a time");
    let zoned = Timestamp::from_second(time.seconds).unwrap().in_tz("Europe/Berlin").unwrap();
    zoned.strftime("%d %H:%M").to_string()
}

/// The catalog: two branches, four people, services of every sort.
pub(crate) fn catalog() -> Catalog {
    serde_json::from_value(json!({ "companies": [company()] })).unwrap()
}

fn company() -> Value {
    json!({
        "slug": "haarwerk", "name": "Haarwerk", "default_branch": "mitte", "default_language": "de",
        "time_zone": "Europe/Berlin",
        "policies": {"gap_min": 15, "min_notice_min": 60, "max_advance_days": 60, "offer_hold_secs": 45,
                     "gaps": [{"after": "farbe", "before": "schnitt", "gap_min": 0}]},
        "schedule": {"holidays": [{"date": "2027-03-08", "name": "Frauentag"}]},
        "branches": [
            {"slug": "mitte", "name": "Mitte",
             "schedule": {"hours": [{"days": "mo-fr", "from": "09:00", "to": "12:00"},
                                    {"days": "mo-fr", "from": "13:00", "to": "18:00"}]},
             "rooms": [{"slug": "farbplatz", "name": "Farbplatz", "kind": "farbe"}]},
            {"slug": "west", "name": "West",
             "schedule": {"hours": [{"days": "mo-sa", "from": "10:00", "to": "20:00"}]}}
        ],
        "staff": [
            {"slug": "sofia", "name": "Sofia", "branch": "mitte", "skills": ["schnitt", "farbe"], "languages": ["de"]},
            {"slug": "emre", "name": "Emre", "branch": "mitte", "skills": ["schnitt"], "languages": ["tr", "de"]},
            {"slug": "lea", "name": "Lea", "branch": "mitte", "skills": ["kosmetik"], "languages": ["de"],
             "schedule": {"hours": [{"days": "we", "from": "09:00", "to": "12:00"}]}},
            {"slug": "nina", "name": "Nina", "branch": "west", "skills": ["schnitt"], "languages": ["de"]}
        ],
        "services": [
            {"slug": "schnitt", "name": "Schnitt", "duration_min": 30, "required_skills": ["schnitt"]},
            {"slug": "farbe", "name": "Farbe", "duration_min": 90, "required_skills": ["farbe"], "room_kind": "farbe",
             "branches": ["mitte"], "not_with": ["kur"]},
            {"slug": "kur", "name": "Kur", "duration_min": 20, "buffer_after_min": 10, "required_skills": ["schnitt"]},
            {"slug": "pony", "name": "Pony", "duration_min": 7, "required_skills": ["schnitt"]},
            {"slug": "kosmetik", "name": "Kosmetik", "duration_min": 60, "required_skills": ["kosmetik"]},
            {"slug": "massage", "name": "Massage", "duration_min": 60, "required_skills": ["massage"]},
            {"slug": "braut", "name": "Brautfrisur", "duration_min": 240, "required_skills": ["schnitt"],
             "min_notice_min": 2880}
        ]
    })
}
