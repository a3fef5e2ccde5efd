//! A busy salon to search in: eight people, open every day, twelve appointments a day each.

use anyhow::Context as _;
use callflow_contract::{
    availability::v1::{SearchSlotsRequest, availability_client::AvailabilityClient},
    convert::to_wire_range,
};
use callflow_domain::{
    catalog::Catalog,
    id::{AppointmentId, CompanyId, StaffId},
};
use callflow_store::{
    Config, Database, Person,
    appointment::{self, NewAppointment},
    catalog,
};
use jiff::{Timestamp, ToSpan as _, Zoned, tz::TimeZone};
use serde_json::json;
use tonic::transport::Channel;
use uuid::Uuid;

use crate::world::World;

/// People who cut hair there.
pub(crate) const STAFF: usize = 8;
/// Days searched at a time.
pub(crate) const DAYS: i64 = 14;
/// The slug of the company.
const SLUG: &str = "bench-salon";

/// Returns the company's id.
pub(crate) fn id() -> CompanyId {
    CompanyId::from_slug(SLUG)
}

/// Returns one of its people.
pub(crate) fn staff(number: usize) -> StaffId {
    id().staff(&format!("staff-{}", number % STAFF))
}

/// Returns a client of the availability service with a connection of its own.
pub(crate) async fn client(world: &World) -> anyhow::Result<AvailabilityClient<Channel>> {
    Ok(AvailabilityClient::connect(world.grpc("availability").await?).await?)
}

/// Opens the salon with two weeks of appointments from tomorrow on, unless it is there already.
pub(crate) async fn open(world: &World) -> anyhow::Result<()> {
    let url = world.endpoints().await?.postgres.get("admin").context("the database has a superuser")?.clone();
    let database = Database::connect(&Config::new(url)).await?;
    let mut tx = database.begin().await?;
    catalog::apply(&mut tx, &document()?).await?;
    tx.commit().await?;
    for person in 0..STAFF {
        let wishes = appointments(person)?;
        let mut tx = database.begin().await?;
        // What a former run has booked is there already.
        appointment::place_each(&mut tx, id(), &wishes).await?;
        tx.commit().await?;
    }
    database.close().await;
    Ok(())
}

/// Returns a search for half an hour with anyone, in the two weeks that begin so many days from now.
pub(crate) fn search(ahead: i64) -> anyhow::Result<SearchSlotsRequest> {
    let from = midnight(ahead)?;
    Ok(SearchSlotsRequest {
        company_id: id().to_string(),
        branch_id: id().branch("mitte").to_string(),
        service_id: id().service("schnitt").to_string(),
        window: Some(to_wire_range(from, from + (DAYS * 24).hours())),
        limit: 3,
        ..SearchSlotsRequest::default()
    })
}

/// Returns the midnight in Berlin so many days from now.
pub(crate) fn midnight(ahead: i64) -> anyhow::Result<Timestamp> {
    let zone = TimeZone::get("Europe/Berlin")?;
    let day: Zoned = Timestamp::now().to_zoned(zone).checked_add(ahead.days())?;
    Ok(day.start_of_day()?.timestamp())
}

fn document() -> anyhow::Result<Catalog> {
    let person = |number: usize| {
        json!({"slug": format!("staff-{number}"), "name": format!("Person {number}"), "branch": "mitte",
               "skills": ["schnitt"], "languages": ["de"]})
    };
    let company = json!({
        "slug": SLUG, "name": "Salon", "default_branch": "mitte", "default_language": "de", "time_zone": "Europe/Berlin",
        "policies": {"max_advance_days": 365},
        "branches": [{"slug": "mitte", "name": "Mitte", "schedule": {"hours": [
            {"days": "mo-su", "from": "09:00", "to": "12:00"}, {"days": "mo-su", "from": "13:00", "to": "18:00"}]}}],
        "staff": (0..STAFF).map(person).collect::<Vec<_>>(),
        "services": [{"slug": "schnitt", "name": "Schnitt", "duration_min": 30, "required_skills": ["schnitt"]}],
    });
    Ok(serde_json::from_value(json!({ "companies": [company] }))?)
}

/// Twelve appointments a day: a quarter of an hour in every three, later for each person.
fn appointments(person: usize) -> anyhow::Result<Vec<NewAppointment>> {
    let mut wishes = Vec::new();
    for day in 1..=DAYS {
        let opening = midnight(day)? + 9.hours();
        for nth in 0..12 {
            let starts_at = opening + (nth * 45 + i64::try_from(person % 5)? * 5).minutes();
            let ends_at = starts_at + 15.minutes();
            wishes.push(NewAppointment {
                id: AppointmentId(Uuid::now_v7()),
                branch: id().branch("mitte"),
                staff: staff(person),
                room: None,
                service: id().service("schnitt"),
                person: Person::default(),
                call: None,
                group: None,
                series: None,
                position: 0,
                starts_at,
                ends_at,
                busy_from: starts_at,
                busy_until: ends_at,
                confirmation_code: "K7MP".to_owned(),
                schedule_version: None,
                choice: json!({}),
                notes: None,
                source: "bench".to_owned(),
                request: None,
            });
        }
    }
    Ok(wishes)
}
