//! Why nothing is free, and what comes closest.

use callflow_contract::{
    availability::v1::{
        FindAlternativesRequest, NoSlotReason as Reason, SearchSlotsRequest, SearchSlotsResponse, alternative::Kind,
    },
    convert::to_wire_time,
};

use crate::{
    fixture::{TestAvailability, search},
    salon::{self, at, clock, range},
};

fn told(found: &SearchSlotsResponse) -> (Reason, &str) {
    assert!(found.offers.is_empty(), "{:?}", found.offers);
    (found.reason(), found.reason_detail.as_str())
}

fn closest(found: &SearchSlotsResponse) -> Vec<String> {
    let start =
        |one: &callflow_contract::availability::v1::Alternative| clock(one.offer.as_ref().unwrap().start.as_ref());
    found.alternatives.iter().map(start).collect()
}

#[tokio::test]
async fn every_reason_is_told_with_what_comes_closest() {
    let service = TestAvailability::start().await;
    service.book("sofia", "02 09:00", 540).await;
    service.book("emre", "02 09:00", 540).await;
    let closed = service.search(search("schnitt", "06")).await;
    assert_eq!(told(&closed).0, Reason::Closed);
    assert_eq!(closest(&closed), ["09 09:00", "05 17:30"], "after the holiday on Monday, and before the weekend");

    let holiday = service.search(search("schnitt", "08")).await;
    assert_eq!(told(&holiday), (Reason::Holiday, "Frauentag"));
    assert_eq!(closest(&holiday), ["09 09:00", "05 17:30"]);

    let booked = service.search(search("schnitt", "02")).await;
    assert_eq!(told(&booked).0, Reason::FullyBooked);
    assert_eq!(closest(&booked), ["03 09:00", "01 17:30"]);

    let notice = SearchSlotsRequest { window: Some(range("01 08:00", "01 09:00")), ..search("schnitt", "01") };
    let now = Some(to_wire_time(at("01 12:30")));
    let soon = SearchSlotsRequest { window: Some(range("01 13:00", "01 13:20")), now, ..notice };
    let soon = service.search(soon).await;
    assert_eq!(told(&soon).0, Reason::TooShortNotice);
    assert_eq!(closest(&soon)[0], "01 13:30");

    let far = salon::at("01 08:00") + jiff::SignedDuration::from_hours(24 * 90);
    let day = callflow_contract::convert::to_wire_range(far, far + jiff::SignedDuration::from_hours(10));
    let far = service.search(SearchSlotsRequest { window: Some(day), ..search("schnitt", "02") }).await;
    assert_eq!(told(&far).0, Reason::TooFarAhead);
    assert_eq!(far.alternatives.len(), 1, "the last free time that can be booked now");

    let skill = service.search(search("massage", "02")).await;
    assert_eq!(told(&skill), (Reason::NoSkilledStaff, "massage"));

    // Lea works on Wednesdays only.
    let away = service.search(search("kosmetik", "02")).await;
    assert_eq!(told(&away).0, Reason::NobodyAvailable);

    let past = SearchSlotsRequest { now: Some(to_wire_time(at("03 08:00"))), ..search("schnitt", "02") };
    let past = service.search(past).await;
    assert_eq!(told(&past).0, Reason::InThePast);
    assert_eq!(closest(&past), ["03 09:00"]);

    let unknown = SearchSlotsRequest { service_id: uuid::Uuid::now_v7().to_string(), ..search("schnitt", "02") };
    assert_eq!(told(&service.search(unknown).await).0, Reason::UnknownService);
    let stranger = SearchSlotsRequest { staff_id: uuid::Uuid::now_v7().to_string(), ..search("schnitt", "02") };
    assert_eq!(told(&service.search(stranger).await).0, Reason::UnknownStaff);
    let elsewhere = SearchSlotsRequest { staff_id: salon::id().staff("nina").to_string(), ..search("schnitt", "02") };
    assert_eq!(told(&service.search(elsewhere).await).0, Reason::UnknownStaff, "Nina works at the other branch");
    service.stop().await;
}

#[tokio::test]
async fn others_at_that_time_come_first_then_times_nearby_then_other_branches() {
    let service = TestAvailability::start().await;
    service.book("sofia", "02 10:00", 60).await;
    let wanted = SearchSlotsRequest { staff_id: salon::id().staff("sofia").to_string(), ..search("schnitt", "02") };
    let request = FindAlternativesRequest {
        wanted: Some(wanted.clone()),
        start: Some(to_wire_time(at("02 10:15"))),
        limit: 3,
        ..FindAlternativesRequest::default()
    };
    let found = service.client.clone().find_alternatives(request).await.unwrap().into_inner().alternatives;
    let shown: Vec<_> = found
        .iter()
        .map(|one| {
            let offer = one.offer.as_ref().unwrap();
            (one.kind(), offer.staff_name.as_str(), clock(offer.start.as_ref()))
        })
        .collect();
    let expected = [
        (Kind::OtherStaff, "Emre", "02 10:15".to_owned()),
        (Kind::NextFree, "Sofia", "02 09:30".to_owned()),
        (Kind::NextFree, "Sofia", "02 11:00".to_owned()),
    ];
    assert_eq!(shown, expected);

    // On Saturday only West is open.
    let saturday = SearchSlotsRequest { other_branches: true, ..search("schnitt", "06") };
    let found = service.search(saturday).await;
    let west = found.alternatives.iter().find(|one| one.kind() == Kind::OtherBranch).expect("another branch");
    let offer = west.offer.as_ref().unwrap();
    assert_eq!((offer.branch_name.as_str(), clock(offer.start.as_ref()).as_str()), ("West", "06 10:00"));
    service.stop().await;
}
