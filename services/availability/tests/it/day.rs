//! A day as people look at it.

use callflow_contract::availability::v1::{DayViewRequest, HoldRequest, day_view_response::StaffDay};

use crate::{
    fixture::{TestAvailability, segment},
    salon::{self, at, clock},
};

fn ranges(ranges: &[callflow_contract::common::v1::TimeRange]) -> Vec<String> {
    ranges.iter().map(|one| format!("{}-{}", clock(one.start.as_ref()), clock(one.end.as_ref()))).collect()
}

#[tokio::test]
async fn a_day_shows_everyones_windows_appointments_holds_and_utilisation() {
    let service = TestAvailability::start().await;
    service.book("sofia", "02 09:00", 120).await;
    let ask = |day: &str| DayViewRequest {
        company_id: salon::id().to_string(),
        branch_id: salon::id().branch("mitte").to_string(),
        date: format!("2027-03-{day}"),
    };
    let hold = HoldRequest {
        company_id: salon::id().to_string(),
        branch_id: salon::id().branch("mitte").to_string(),
        owner: "call_a".into(),
        segments: vec![segment(salon::id().staff("sofia"), at("02 13:00"), 30)],
        ..HoldRequest::default()
    };
    assert!(service.client.clone().hold(hold).await.unwrap().into_inner().held);
    let view = service.client.clone().day_view(ask("02")).await.unwrap().into_inner();
    let of = |name: &str| -> &StaffDay { view.staff.iter().find(|one| one.name == name).unwrap() };
    let sofia = of("Sofia");
    assert_eq!(ranges(&sofia.working), ["02 09:00-02 12:00", "02 13:00-02 18:00"]);
    assert_eq!(ranges(&sofia.booked), ["02 09:00-02 11:00"]);
    assert_eq!(ranges(&sofia.held), ["02 13:00-02 13:30"]);
    assert_eq!(ranges(&sofia.free), ["02 11:00-02 12:00", "02 13:30-02 18:00"]);
    assert_eq!((sofia.appointments, sofia.utilisation), (1, 0.25));
    assert_eq!((of("Emre").utilisation, of("Lea").working.len()), (0.0, 0), "Lea works on Wednesdays only");
    assert_eq!((view.time_zone.as_str(), view.closed_reason.as_str()), ("Europe/Berlin", ""));
    let holiday = service.client.clone().day_view(ask("08")).await.unwrap().into_inner();
    assert_eq!(holiday.closed_reason, "Frauentag");
    service.stop().await;
}
