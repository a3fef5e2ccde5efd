//! A small company to test with, and appointments in it.

use callflow_domain::{
    catalog::{Catalog, Company, Staff},
    id::{AppointmentId, CompanyId},
    masked::{CustomerName, PhoneNumber},
};
use callflow_store::{Database, Person, appointment::NewAppointment, catalog};
use jiff::{Timestamp, ToSpan};
use serde_json::json;
use uuid::Uuid;

/// The salon's slug.
pub(crate) const SLUG: &str = "haarwerk";

/// The salon's id.
pub(crate) fn id() -> CompanyId {
    CompanyId::from_slug(SLUG)
}

/// A company with two branches, three staff members, two services and a room.
pub(crate) fn company(slug: &str) -> Company {
    let country_code = if slug == SLUG { "+4930231251" } else { "+4930231252" };
    serde_json::from_value(json!({
        "slug": slug, "name": "Haarwerk", "default_branch": "mitte", "default_language": "de",
        "time_zone": "Europe/Berlin", "languages": ["de", "en"], "signing_keys": ["main"],
        "policies": {"gap_min": 10, "recording_notice": {"de": "Wir nehmen auf."}},
        "schedule": {"holidays": [{"date": "2027-12-25", "name": "Weihnachten"}]},
        "branches": [
            {"slug": "mitte", "name": "Mitte", "address": "Torstraße 1", "service_areas": ["+4930", "+49"],
             "schedule": {"hours": [{"days": "mo-fr", "from": "09:00", "to": "18:00"}]},
             "rooms": [{"slug": "farbe-1", "name": "Farbraum", "kind": "farbe"}]},
            {"slug": "west", "name": "West", "fallback": "mitte", "time_zone": "Europe/Vienna",
             "service_areas": ["+493012"],
             "schedule": {"hours": [{"days": "mo-sa", "from": "10:00", "to": "20:00"}]}}
        ],
        "phone_numbers": [
            {"number": format!("{country_code}00"), "branch": "mitte"},
            {"number": format!("{country_code}01"), "branch": "west", "language": "tr"},
            {"number": format!("{country_code}02")}
        ],
        "agents": [{"id": "agent_de", "language": "de"}, {"id": "agent_west", "branch": "west"}],
        "staff": [
            {"slug": "sofia", "name": "Sofia", "branch": "mitte", "skills": ["schnitt", "farbe"],
             "languages": ["de", "en"], "nicknames": ["Sofie"]},
            {"slug": "emre", "name": "Emre", "branch": "mitte", "skills": ["schnitt"], "languages": ["tr", "de"]},
            {"slug": "nina", "name": "Nina", "branch": "west", "skills": ["schnitt"]}
        ],
        "services": [
            {"slug": "schnitt", "name": "Haarschnitt", "duration_min": 30, "buffer_after_min": 5,
             "required_skills": ["schnitt"], "aliases": {"de": ["Haare schneiden"], "en": ["haircut"]}, "price": "45 €"},
            {"slug": "farbe", "name": "Färben", "duration_min": 90, "required_skills": ["farbe"],
             "room_kind": "farbe", "branches": ["mitte"], "min_notice_min": 120}
        ]
    }))
    .unwrap()
}

/// The catalog with the salon alone.
pub(crate) fn catalog() -> Catalog {
    Catalog { companies: vec![company(SLUG)] }
}

/// The salon's staff member.
pub(crate) fn person<'a>(catalog: &'a mut Catalog, slug: &str) -> &'a mut Staff {
    catalog.companies[0].staff.iter_mut().find(|person| person.slug == slug).unwrap()
}

/// Applies a catalog in a transaction of its own.
pub(crate) async fn apply(on: &Database, wanted: &Catalog) -> catalog::Applied {
    let mut tx = on.begin().await.unwrap();
    let applied = catalog::apply(&mut tx, wanted).await.unwrap();
    tx.commit().await.unwrap();
    applied
}

/// A time on the test's Monday, in UTC.
pub(crate) fn at(clock: &str) -> Timestamp {
    format!("2027-03-01T{clock}:00Z").parse().unwrap()
}

/// A new id.
pub(crate) fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// Half an hour with Sofia in Mitte, five minutes of buffer behind it.
pub(crate) fn haircut(clock: &str) -> NewAppointment {
    let starts_at = at(clock);
    let company = id();
    NewAppointment {
        id: AppointmentId(new_id()),
        branch: company.branch("mitte"),
        staff: company.staff("sofia"),
        room: None,
        service: company.service("schnitt"),
        person: Person {
            name: Some(CustomerName::new("Ayşe Yıldız")),
            phone: Some(PhoneNumber::new("+491713920017")),
            ..Person::default()
        },
        call: None,
        group: None,
        series: None,
        position: 0,
        starts_at,
        ends_at: starts_at + 30.minutes(),
        busy_from: starts_at,
        busy_until: starts_at + 35.minutes(),
        confirmation_code: "K7MP".to_owned(),
        schedule_version: Some(1),
        choice: json!({"sofia": 0.9}),
        notes: None,
        source: "call".to_owned(),
        request: None,
    }
}
