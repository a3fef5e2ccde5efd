//! What is offered: times, people, scores, holds.

use callflow_contract::{availability::v1::SearchSlotsRequest, convert::to_wire_time};

use crate::{
    fixture::{TestAvailability, search},
    salon::{self, at, clock},
};

#[tokio::test]
async fn offers_say_when_with_whom_and_why() {
    let service = TestAvailability::start().await;
    service.book("sofia", "02 09:00", 180).await;
    let found = service.search(SearchSlotsRequest { language: "tr".into(), ..search("schnitt", "02") }).await;
    assert_eq!(found.offers.len(), 3, "{found:?}");
    let first = &found.offers[0];
    assert_eq!(clock(first.start.as_ref()), "02 09:00");
    assert_eq!(clock(first.end.as_ref()), "02 09:30");
    assert_eq!((first.staff_name.as_str(), first.time_zone.as_str()), ("Emre", "Europe/Berlin"));
    let later = found.offers.last().unwrap();
    assert_eq!(clock(later.start.as_ref()), "02 17:30", "offers are spread over the day");
    assert_eq!(later.staff_name, "Emre", "Turkish was asked for, and Sofia has appointments");
    assert_eq!(later.also_free_staff_ids, [salon::id().staff("sofia").to_string()]);
    for scored in &later.candidates {
        let parts = 0.30 * scored.skill_match
            + 0.25 * scored.free_day
            + 0.20 * scored.customer_preference
            + 0.15 * scored.balanced_workload
            + 0.10 * scored.language;
        assert!((scored.total - parts).abs() < 1e-9, "the sum of its parts: {scored:?}");
    }
    assert!(found.as_of.is_some() && !found.degraded && found.hold_state.is_empty());
    service.stop().await;
}

#[tokio::test]
async fn services_with_odd_minutes_are_exact_to_the_minute() {
    let service = TestAvailability::start().await;
    service.book("sofia", "02 09:07", 100).await;
    service.book("emre", "02 09:00", 540).await;
    let request = SearchSlotsRequest { all_starts: true, limit: 1, ..search("pony", "02") };
    let found = service.search(request).await;
    // Seven minutes fit from nine to seven past, and again from 10:47 on; starts lie on quarters.
    let minutes = |text: &str| at(text).as_second() / 60;
    assert_eq!(found.starts[..2], [minutes("02 09:00"), minutes("02 11:00")], "{:?}", found.starts);
    let too_long = SearchSlotsRequest { duration_min: 8, all_starts: true, limit: 1, ..search("pony", "02") };
    assert_eq!(service.search(too_long).await.starts[0], minutes("02 11:00"));
    service.stop().await;
}

#[tokio::test]
async fn what_is_offered_is_held_and_the_next_search_gives_it_back() {
    let service = TestAvailability::start().await;
    let mine = SearchSlotsRequest { owner: "call_a".into(), hold: true, limit: 2, ..search("schnitt", "02") };
    let found = service.search(mine.clone()).await;
    assert_eq!((found.hold_state.as_str(), found.offers.len()), ("held", 2));
    let until = found.offers[0].held_until.as_ref().unwrap().seconds;
    let left = until - jiff::Timestamp::now().as_second();
    assert!((30..=45).contains(&left), "the company holds offers for 45 s, {left} s are left");

    // Both people are free at nine; one of them is held, so the other caller is offered the other one.
    let theirs = SearchSlotsRequest { owner: "call_b".into(), hold: true, limit: 2, ..search("schnitt", "02") };
    let other = service.search(theirs.clone()).await;
    assert_eq!(clock(other.offers[0].start.as_ref()), "02 09:00");
    assert_ne!(other.offers[0].staff_id, found.offers[0].staff_id);
    // With both held, a third caller hears of other times.
    let third = SearchSlotsRequest { owner: "call_c".into(), ..search("schnitt", "02") };
    assert_eq!(clock(service.search(third.clone()).await.offers[0].start.as_ref()), "02 09:30");
    // The first caller looks at another day: what was offered before is free again.
    service.search(SearchSlotsRequest { window: Some(salon::range("03 00:00", "03 23:59")), ..mine }).await;
    assert_eq!(clock(service.search(third).await.offers[0].start.as_ref()), "02 09:00");
    service.stop().await;
}

#[tokio::test]
async fn an_offered_slot_can_be_asked_about_by_its_id() {
    let service = TestAvailability::start().await;
    let found = service.search(search("schnitt", "02")).await;
    let slot = SearchSlotsRequest {
        company_id: salon::id().to_string(),
        slot_id: found.offers[0].slot_id.clone(),
        now: Some(to_wire_time(salon::now())),
        ..SearchSlotsRequest::default()
    };
    let still = service.search(slot.clone()).await;
    assert_eq!((still.offers.len(), &still.offers[0].slot_id), (1, &found.offers[0].slot_id));
    let staff = if found.offers[0].staff_name == "Sofia" { "sofia" } else { "emre" };
    service.book(staff, "02 09:00", 30).await;
    let staff_id = salon::id().staff(staff);
    let confirm = callflow_contract::availability::v1::ConfirmRequest {
        company_id: salon::id().to_string(),
        branch_id: salon::id().branch("mitte").to_string(),
        owner: "call_x".into(),
        segments: vec![crate::fixture::segment(staff_id, at("02 09:00"), 30)],
        ..Default::default()
    };
    service.client.clone().confirm(confirm).await.unwrap();
    let gone = service.search(slot).await;
    assert!(gone.offers.is_empty() && !gone.alternatives.is_empty(), "{gone:?}");
    service.stop().await;
}
