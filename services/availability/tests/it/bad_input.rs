//! Requests that make no sense: refused by name, with what is accepted, and without looking anything up.

use callflow_contract::{
    availability::v1::{ConfirmRequest, DayViewRequest, HoldRequest, SearchSlotsRequest},
    common::v1::TimeRange,
    convert::to_wire_range,
};
use jiff::{SignedDuration, Timestamp};
use tonic::{Code, Status};

use crate::{
    fixture::{TestAvailability, counted, search, segment},
    salon::{self, at},
};

fn days(days: i64) -> Option<TimeRange> {
    Some(to_wire_range(at("02 00:00"), at("02 00:00") + SignedDuration::from_hours(24 * days)))
}

fn check(status: &Status, accepted: &str) {
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    assert!(status.message().contains(accepted), "{accepted:?} is not in {:?}", status.message());
}

#[tokio::test]
async fn senseless_searches_are_refused_without_any_work() {
    let service = TestAvailability::start().await;
    let year_9999: Timestamp = "9999-12-01T00:00:00Z".parse().unwrap();
    let base = || search("schnitt", "02");
    for (request, accepted) in [
        (SearchSlotsRequest { window: Some(salon::range("02 12:00", "02 09:00")), ..base() }, "ends before it starts"),
        (SearchSlotsRequest { duration_min: 20 * 60, ..base() }, "1 to 720"),
        (SearchSlotsRequest { duration_min: u32::MAX, ..base() }, "1 to 720"),
        (SearchSlotsRequest { window: days(10_000), ..base() }, "1 to 366"),
        (
            SearchSlotsRequest {
                window: Some(to_wire_range(year_9999, year_9999 + SignedDuration::from_hours(1))),
                ..base()
            },
            "1980-01-01 to 2199-12-31",
        ),
        (SearchSlotsRequest { service_id: "haircut".into(), ..base() }, "service_id"),
        (SearchSlotsRequest { staff_id: "sofia".into(), ..base() }, "staff_id"),
        (SearchSlotsRequest { company_id: String::new(), ..base() }, "company_id"),
        (SearchSlotsRequest { slot_id: "tomorrow".into(), ..base() }, "begins with sl_"),
        (SearchSlotsRequest { time_from_min: 1_500, time_to_min: 1_600, ..base() }, "0 to 1440"),
    ] {
        check(&service.client.clone().search_slots(request).await.unwrap_err(), accepted);
    }
    assert_eq!(counted("availability_day_reads_total"), 0);
    let nowhere = SearchSlotsRequest { branch_id: uuid::Uuid::now_v7().to_string(), ..base() };
    assert_eq!(service.client.clone().search_slots(nowhere).await.unwrap_err().code(), Code::NotFound);
    let nobody = SearchSlotsRequest { staff_id: uuid::Uuid::now_v7().to_string(), ..base() };
    assert!(service.search(nobody).await.offers.is_empty());
    assert_eq!(counted("availability_day_reads_total"), 0, "who is unknown is not looked for");
    service.stop().await;
}

#[tokio::test]
async fn senseless_holds_and_days_are_refused_too() {
    let service = TestAvailability::start().await;
    let mut client = service.client.clone();
    let sofia = salon::id().staff("sofia");
    let hold = |segments| HoldRequest {
        company_id: salon::id().to_string(),
        branch_id: salon::id().branch("mitte").to_string(),
        owner: "call_a".into(),
        segments,
        ..HoldRequest::default()
    };
    for (segments, word) in [
        (Vec::new(), "segment"),
        (vec![segment(sofia, at("02 10:00"), 0)], "end"),
        (vec![segment(sofia, at("02 10:00"), -30)], "end"),
        (vec![segment(sofia, at("02 10:00"), 40 * 60)], ""),
        (vec![segment(sofia, "9999-12-01T00:00:00Z".parse().unwrap(), 30)], ""),
        (vec![segment(sofia, at("02 10:00"), 30), segment(sofia, at("02 10:15"), 30)], "overlap"),
    ] {
        check(&client.hold(hold(segments.clone())).await.unwrap_err(), word);
        let HoldRequest { company_id, branch_id, owner, .. } = hold(Vec::new());
        let confirm = ConfirmRequest { company_id, branch_id, owner, segments, ..ConfirmRequest::default() };
        check(&client.confirm(confirm).await.unwrap_err(), word);
    }
    let nobody = HoldRequest { owner: String::new(), ..hold(vec![segment(sofia, at("02 10:00"), 30)]) };
    check(&client.hold(nobody).await.unwrap_err(), "owner");
    let day = |date: &str| DayViewRequest {
        company_id: salon::id().to_string(),
        branch_id: salon::id().branch("mitte").to_string(),
        date: date.into(),
    };
    check(&client.day_view(day("tomorrow")).await.unwrap_err(), "2026-11-26");
    check(&client.day_view(day("9999-01-01")).await.unwrap_err(), "1980-01-01 to 2199-12-31");
    assert_eq!(counted("availability_day_reads_total"), 0);
    service.stop().await;
}
