//! Changes that are heard of show in the next search: booked, moved, cancelled, a series, another catalog.

use callflow_contract::{
    availability::v1::{ConfirmRequest, FreeRequest},
    event::v1::{
        Appointment, AppointmentBooked, AppointmentCancelled, AppointmentRescheduled, CatalogChanged, SeriesBooked,
    },
};
use callflow_queue::topology::key;
use callflow_testkit::wait_for;
use serde_json::json;

use crate::world::{PATIENCE, World, company, haircut, salon, search, segment, with};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_kind_of_change_shows_in_the_next_search() {
    let world = World::open().await;
    let booked = booked(&world).await;
    heard(&world).await;
    moved(&world, &booked).await;
    series(&world).await;
    freed(&world).await;
    catalog(&world).await;
    world.close().await;
}

/// Whether Sofia is free for a haircut at this time.
async fn is_free(world: &World, time: &str) -> bool {
    let (day, clock) = time.split_once(' ').unwrap();
    let (hour, minute) = clock.split_once(':').unwrap();
    let until = format!("{day} {hour}:{:02}", minute.parse::<u8>().unwrap() + 1);
    !search(&world.client, with("sofia", haircut(time, &until))).await.offers.is_empty()
}

async fn becomes(world: &World, time: &str, free: bool) {
    wait_for("the change to show", PATIENCE, async || {
        if is_free(world, time).await == free { Ok(()) } else { Err(format!("{time} is still as before")) }
    })
    .await;
}

async fn booked(world: &World) -> Appointment {
    assert!(is_free(world, "01 10:00").await);
    let booked = world.commit("sofia", "01 10:00", "01 10:45").await;
    assert!(is_free(world, "01 10:00").await, "the day is read from Redis, not from the database each time");
    let event = AppointmentBooked { appointments: vec![booked.clone()], ..AppointmentBooked::default() };
    world.tell(key::APPOINTMENT_BOOKED, &event).await;
    becomes(world, "01 10:00", false).await;
    booked
}

/// What an event says is added to the stored day, but for an appointment that ended since: then the event is late.
async fn heard(world: &World) {
    assert!(is_free(world, "02 10:00").await && is_free(world, "02 12:00").await && is_free(world, "02 14:00").await);
    let booked =
        |one: &Appointment| AppointmentBooked { appointments: vec![one.clone()], ..AppointmentBooked::default() };
    let ended = world.commit("sofia", "02 10:00", "02 10:45").await;
    world.cancel(&ended).await;
    let stands = world.commit("sofia", "02 12:00", "02 12:45").await;
    // In the table and told to nobody: it shows when the day is read anew.
    let witness = world.commit("sofia", "02 14:00", "02 14:45").await;
    world.tell(key::APPOINTMENT_BOOKED, &booked(&ended)).await;
    world.tell(key::APPOINTMENT_BOOKED, &booked(&stands)).await;
    becomes(world, "02 12:00", false).await;
    assert!(is_free(world, "02 10:00").await, "it ended before anybody heard of it");
    assert!(is_free(world, "02 14:00").await, "the day was changed, not read anew");
    world.cancel(&witness).await;
}

/// Both days change: the one left and the one arrived at.
async fn moved(world: &World, from: &Appointment) {
    assert!(is_free(world, "03 15:00").await);
    let to = world.commit("sofia", "03 15:00", "03 15:45").await;
    world.cancel(from).await;
    assert!(!is_free(world, "01 10:00").await);
    let event =
        AppointmentRescheduled { from: Some(from.clone()), to: Some(to.clone()), ..AppointmentRescheduled::default() };
    world.tell(key::APPOINTMENT_RESCHEDULED, &event).await;
    becomes(world, "01 10:00", true).await;
    becomes(world, "03 15:00", false).await;

    world.cancel(&to).await;
    let event = AppointmentCancelled { appointments: vec![to], ..AppointmentCancelled::default() };
    world.tell(key::APPOINTMENT_CANCELLED, &event).await;
    becomes(world, "03 15:00", true).await;
}

async fn series(world: &World) {
    let mut appointments = Vec::new();
    for day in ["08", "15", "22"] {
        assert!(is_free(world, &format!("{day} 11:00")).await);
        appointments.push(world.commit("sofia", &format!("{day} 11:00"), &format!("{day} 11:45")).await);
    }
    world.tell(key::SERIES_BOOKED, &SeriesBooked { appointments, ..SeriesBooked::default() }).await;
    for day in ["08", "15", "22"] {
        becomes(world, &format!("{day} 11:00"), false).await;
    }
}

/// What booking says itself shows at once, without waiting for an event; saying it twice does no harm.
async fn freed(world: &World) {
    let mut client = world.client.clone();
    assert!(is_free(world, "10 10:00").await);
    let booked = world.commit("sofia", "10 10:00", "10 10:45").await;
    let confirm = ConfirmRequest {
        company_id: company().to_string(),
        branch_id: company().branch("mitte").to_string(),
        owner: "call_1".into(),
        segments: vec![segment("sofia", "10 10:00", "10 10:45")],
        ..ConfirmRequest::default()
    };
    client.confirm(confirm.clone()).await.unwrap();
    assert!(!is_free(world, "10 10:00").await, "marked");
    world.cancel(&booked).await;
    let free = FreeRequest {
        company_id: company().to_string(),
        branch_id: company().branch("mitte").to_string(),
        segments: confirm.segments.clone(),
    };
    assert_eq!(client.free(free.clone()).await.unwrap().into_inner().unmarked, 1);
    assert!(is_free(world, "10 10:00").await);
    // Somebody else books it and is marked; the former cancellation is told again, by its event.
    world.commit("sofia", "10 10:00", "10 10:45").await;
    client.confirm(ConfirmRequest { owner: "call_2".into(), ..confirm }).await.unwrap();
    client.free(free).await.unwrap();
    assert!(!is_free(world, "10 10:00").await, "the marker is gone, and the day is read anew");
}

/// A person is away from now on, a service takes longer: all days of the branch are read anew.
async fn catalog(world: &World) {
    assert!(is_free(world, "11 10:00").await && is_free(world, "12 17:15").await);
    let mut changed = salon();
    changed["staff"][0]["schedule"] = json!({ "time_off": [{ "from": "2027-03-11", "to": "2027-03-11" }] });
    changed["services"][0]["duration_min"] = json!(60);
    world.apply(&changed).await;
    world.tell(key::CATALOG_CHANGED, &CatalogChanged { all: true, ..CatalogChanged::default() }).await;
    becomes(world, "11 10:00", false).await;
    becomes(world, "12 17:15", false).await;
}
