//! Series and their occurrences.

use callflow_domain::id::{AppointmentId, CompanyId, SeriesId};
use callflow_store::{
    Person,
    appointment::{self, NewAppointment, Placement},
    role::Role,
    series::{self, Occurrence, Series},
};
use serde_json::json;

use crate::{
    fixture::TestDatabase,
    salon::{self, at, haircut, new_id},
};

fn weekly() -> Series {
    Series {
        id: SeriesId(new_id()),
        branch: salon::id().branch("mitte"),
        service: salon::id().service("schnitt"),
        staff: Some(salon::id().staff("sofia")),
        person: Person { language: Some("tr".into()), ..haircut("09:00").person },
        call: None,
        request: Some(new_id()),
        pattern: "weekly:mo".into(),
        strategy: "skip".into(),
        time_zone: "Europe/Berlin".into(),
        starts_at: at("09:00"),
        ends_on: Some("2027-12-31".parse().unwrap()),
        occurrences: Some(40),
        notes: None,
        cancelled_at: None,
    }
}

fn occurrence(position: u32, outcome: &str, appointment: Option<AppointmentId>) -> Occurrence {
    let detail = json!({"why": outcome});
    Occurrence { position, planned_at: at("09:00"), outcome: outcome.into(), appointment, detail }
}

#[tokio::test]
async fn a_series_its_appointments_and_what_became_of_each_are_one() {
    let database = TestDatabase::start().await;
    salon::apply(&database.owner, &salon::catalog()).await;
    let booking = database.connect(Role::Booking).await;
    let (wanted, company) = (weekly(), salon::id());
    let first = NewAppointment { series: Some(wanted.id), ..haircut("09:00") };
    let second = NewAppointment { series: Some(wanted.id), position: 2, ..haircut("10:00") };
    let parts = [
        occurrence(0, "booked", Some(first.id)),
        occurrence(1, "skipped", None),
        occurrence(2, "shifted", Some(second.id)),
    ];
    let mut tx = booking.begin().await.unwrap();
    series::insert(&mut tx, company, &wanted).await.unwrap();
    let placed = appointment::place_each(&mut tx, company, &[first.clone(), second]).await.unwrap();
    assert_eq!(placed, [Placement::Placed, Placement::Placed]);
    series::put_occurrences(&mut tx, company, wanted.id, &parts).await.unwrap();
    tx.commit().await.unwrap();
    let (found, occurrences) = series::find(&booking, company, wanted.id).await.unwrap().unwrap();
    assert_eq!(found, wanted);
    assert_eq!(occurrences, parts);
    assert_eq!(series::find(&booking, CompanyId::from_slug("other"), wanted.id).await.unwrap(), None);

    let mut tx = booking.begin().await.unwrap();
    series::mark_occurrences(&mut tx, &[first.id], "cancelled").await.unwrap();
    assert!(series::cancel(&mut tx, company, wanted.id, at("08:00")).await.unwrap());
    assert!(!series::cancel(&mut tx, company, wanted.id, at("08:01")).await.unwrap());
    tx.commit().await.unwrap();
    let (found, occurrences) = series::find(&booking, company, wanted.id).await.unwrap().unwrap();
    assert_eq!(found.cancelled_at, Some(at("08:00")));
    assert_eq!(occurrences.iter().map(|o| o.outcome.as_str()).collect::<Vec<_>>(), ["cancelled", "skipped", "shifted"]);
}

#[tokio::test]
async fn an_appointment_cannot_belong_to_a_series_that_is_not_there() {
    let database = TestDatabase::start().await;
    salon::apply(&database.owner, &salon::catalog()).await;
    let booking = database.connect(Role::Booking).await;
    let lost = NewAppointment { series: Some(SeriesId(new_id())), ..haircut("09:00") };
    let mut tx = booking.begin().await.unwrap();
    let refused = appointment::place_all(&mut tx, salon::id(), &[lost]).await.unwrap_err();
    assert_eq!(refused.constraint(), Some("appointment_series"));
}
