//! A chain of salons to book at: large enough that every booking of a run finds a slot of its own.

use anyhow::Context as _;
use callflow_contract::{
    booking::v1::{BookRequest, WriteContext},
    common::v1::{Actor, Person, actor},
    convert::to_wire_time,
};
use callflow_domain::{catalog::Catalog, id::CompanyId};
use callflow_store::{Config, Database, catalog};
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use serde_json::json;
use uuid::Uuid;

use crate::world::World;

/// Branches of the chain.
pub(crate) const BRANCHES: u64 = 20;
/// People in each branch.
pub(crate) const PEOPLE: u64 = 12;
/// Services of a quarter of an hour that fit into a day from 8 to 20.
const QUARTERS: u64 = 48;

/// Returns the chain's id.
pub(crate) fn company() -> CompanyId {
    CompanyId::from_slug("kette")
}

fn catalog() -> anyhow::Result<Catalog> {
    let hours = json!({ "hours": [{ "days": "mo-su", "from": "08:00", "to": "20:00" }] });
    let branch =
        |number| json!({ "slug": format!("filiale-{number}"), "name": format!("Filiale {number}"), "schedule": hours });
    let person = |number: u64| {
        json!({ "slug": format!("person-{number}"), "name": format!("Person {number}"),
            "branch": format!("filiale-{}", number / PEOPLE), "skills": ["schnitt"], "languages": ["de"] })
    };
    let service = |number: u64| {
        json!({ "slug": format!("service-{number}"), "name": format!("Service {number}"), "duration_min": 15,
            "required_skills": ["schnitt"] })
    };
    let document = json!({ "companies": [{
        "slug": "kette", "name": "Kette", "default_branch": "filiale-0", "default_language": "de", "languages": ["de"],
        "time_zone": "Europe/Berlin", "signing_keys": ["haarwerk"],
        "policies": { "min_notice_min": 0, "max_advance_days": 365, "step_min": 15 },
        "branches": (0..BRANCHES).map(branch).collect::<Vec<_>>(),
        "phone_numbers": [{ "number": "+493023125990", "branch": "filiale-0" }],
        "agents": [],
        "staff": (0..BRANCHES * PEOPLE).map(person).collect::<Vec<_>>(),
        "services": (0..8).map(service).collect::<Vec<_>>(),
    }]});
    Ok(serde_json::from_value(document)?)
}

/// Writes the chain's catalog into a database, as its owner.
pub(crate) async fn apply(owner: &str) -> anyhow::Result<()> {
    let database = Database::connect(&Config::new(owner)).await?;
    let mut tx = database.begin().await?;
    catalog::apply(&mut tx, &catalog()?).await?;
    tx.commit().await?;
    database.close().await;
    Ok(())
}

/// Returns the owner's and the administrator's URL of the fleet's database.
pub(crate) async fn urls(world: &World) -> anyhow::Result<(String, String)> {
    let all = &world.endpoints().await?.postgres;
    let url = |role: &str| all.get(role).cloned().with_context(|| format!("nothing says the URL of {role}"));
    Ok((url(callflow_store::role::Role::Owner.name())?, url("admin")?))
}

/// Returns a wall-clock time so many days from today.
pub(crate) fn at(days: i64, minutes: i64) -> anyhow::Result<Timestamp> {
    let zone = TimeZone::get("Europe/Berlin")?;
    let date: Date = Timestamp::now().to_zoned(zone.clone()).date().checked_add(days.days())?;
    Ok((date.to_datetime(jiff::civil::time(8, 0, 0, 0)).to_zoned(zone)?.timestamp()) + minutes.minutes())
}

/// Returns the request for the slot with this number; every number is another slot. Numbers next to each other are in
/// different branches and from different callers, as calls are.
pub(crate) fn slot(number: u64) -> anyhow::Result<BookRequest> {
    let (branch, rest) = (number % BRANCHES, number / BRANCHES);
    let (person, rest) = (rest % PEOPLE, rest / PEOPLE);
    let (quarter, day) = (rest % QUARTERS, rest / QUARTERS);
    let call = format!("call_{}", Uuid::new_v4().simple());
    let company = company();
    Ok(BookRequest {
        context: Some(context(&call)),
        branch_id: company.branch(&format!("filiale-{branch}")).to_string(),
        service_id: company.service("service-0").to_string(),
        staff_id: company.staff(&format!("person-{}", branch * PEOPLE + person)).to_string(),
        start: Some(to_wire_time(at(2 + i64::try_from(day)?, i64::try_from(quarter)? * 15)?)),
        person: Some(Person {
            name: "Ayşe Yıldız".into(),
            phone: format!("+49171392{:05}", number % 100_000),
            ..Person::default()
        }),
        ..BookRequest::default()
    })
}

/// Returns what a call writes with.
pub(crate) fn context(call: &str) -> WriteContext {
    let kind = actor::Kind::Call.into();
    WriteContext {
        company_id: company().to_string(),
        idempotency_key: format!("call/{call}/tool/1"),
        intent_key: String::new(),
        actor: Some(Actor { kind, call_id: call.into(), tool_call_id: "tool_1".into(), ..Actor::default() }),
        owner: call.into(),
    }
}
