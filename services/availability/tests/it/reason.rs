//! When nothing is free the answer says why, and what comes closest.

use callflow_contract::{
    availability::v1::{
        DayViewRequest, FindAlternativesRequest, NoSlotReason, SearchSlotsRequest, SearchSlotsResponse,
        alternative::Kind,
    },
    convert::{from_wire_time, to_wire_time},
};

use crate::world::{World, at, company, haircut, search, with};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_free_has_a_reason_and_something_that_comes_closest() {
    let world = World::open().await;
    for who in ["sofia", "emre"] {
        world.commit(who, "02 09:00", "02 18:00").await;
    }
    world.commit("sofia", "04 10:00", "04 11:00").await;
    for day in 8..=31 {
        world.commit("ida", &format!("{day:02} 00:00"), &format!("{day:02} 23:59")).await;
    }
    reasons(&world).await;
    closest(&world).await;
    at_a_time_of_day(&world).await;
    far(&world).await;
    day(&world).await;
    world.close().await;
}

fn of(service: &str, search: SearchSlotsRequest) -> SearchSlotsRequest {
    SearchSlotsRequest { service_id: company().service(service).to_string(), ..search }
}

fn seen(now: &str, search: SearchSlotsRequest) -> SearchSlotsRequest {
    SearchSlotsRequest { now: Some(to_wire_time(at(now))), ..search }
}

async fn reasons(world: &World) {
    use NoSlotReason as Why;
    let nobody =
        SearchSlotsRequest { staff_id: company().staff("nobody").to_string(), ..haircut("01 09:00", "01 18:00") };
    let in_summer = SearchSlotsRequest {
        window: Some(callflow_contract::convert::to_wire_range(
            "2027-07-05T08:00:00Z".parse().unwrap(),
            "2027-07-05T09:00:00Z".parse().unwrap(),
        )),
        ..haircut("01 09:00", "01 18:00")
    };
    // Why, what is told of it, and the first of what comes closest: nothing where no time would help.
    for (wish, reason, detail, first) in [
        (haircut("07 00:00", "08 00:00"), Why::Closed, "", Some("08 09:00")),
        (haircut("17 00:00", "18 00:00"), Why::Holiday, "Stadtfest", Some("18 09:00")),
        (haircut("02 00:00", "03 00:00"), Why::FullyBooked, "", Some("03 09:00")),
        (
            seen("01 09:30", haircut("01 10:00", "01 10:16")),
            Why::TooShortNotice,
            "2027-03-01T09:30:00Z",
            Some("01 10:30"),
        ),
        (in_summer, Why::TooFarAhead, "2027-05-30T06:00:00Z", Some("")),
        (of("laser", haircut("01 09:00", "01 18:00")), Why::NoSkilledStaff, "laser", None),
        (of("nagel", haircut("03 00:00", "04 00:00")), Why::NobodyAvailable, "", Some("")),
        (of("massage", haircut("03 00:00", "04 00:00")), Why::UnknownService, "", None),
        (nobody, Why::UnknownStaff, "", None),
        (with("nina", haircut("01 09:00", "01 18:00")), Why::UnknownStaff, "", None),
        (seen("10 07:00", haircut("08 09:00", "09 00:00")), Why::InThePast, "", Some("10 09:00")),
        (with("sofia", haircut("04 10:00", "04 10:01")), Why::FullyBooked, "", Some("04 11:00")),
        (haircut("03 10:05", "03 10:06"), Why::FullyBooked, "starts lie 15 minutes apart", Some("03 10:15")),
    ] {
        let answer = search(&world.client, wish.clone()).await;
        assert!(answer.offers.is_empty(), "{wish:?}");
        assert_eq!((answer.reason(), answer.reason_detail.as_str()), (reason, detail), "{wish:?}");
        let starts = starts(&answer);
        match first {
            None => assert!(starts.is_empty(), "{reason:?}: {starts:?}"),
            Some("") => assert!(!starts.is_empty(), "{reason:?}"),
            Some(time) => assert_eq!(starts.first(), Some(&at(time)), "{reason:?}: {starts:?}"),
        }
    }
}

fn starts(answer: &SearchSlotsResponse) -> Vec<jiff::Timestamp> {
    let offers = answer.alternatives.iter().filter_map(|one| one.offer.as_ref());
    offers.map(|offer| from_wire_time("start", offer.start.as_ref().unwrap()).unwrap()).collect()
}

/// Others at that time, the nearest times, other branches; held for whoever is on the phone.
async fn closest(world: &World) {
    let taken = with("sofia", haircut("04 10:00", "04 10:01"));
    let kinds = |answer: &SearchSlotsResponse| answer.alternatives.iter().map(|one| one.kind()).collect::<Vec<_>>();
    let answer = search(&world.client, taken.clone()).await;
    assert!(kinds(&answer).contains(&Kind::NextFree) && kinds(&answer).contains(&Kind::OtherStaff), "{answer:?}");
    let booked_out = SearchSlotsRequest { other_branches: true, ..haircut("02 10:00", "02 10:01") };
    assert!(kinds(&search(&world.client, booked_out).await).contains(&Kind::OtherBranch));

    let held = SearchSlotsRequest { hold: true, owner: "call_1".into(), ..taken.clone() };
    let mine = search(&world.client, held).await.alternatives;
    assert!(!mine.is_empty() && mine.iter().all(|one| one.offer.as_ref().unwrap().held_until.is_some()), "{mine:?}");
    let theirs = SearchSlotsRequest { hold: true, owner: "call_2".into(), ..taken.clone() };
    let theirs = search(&world.client, theirs).await.alternatives;
    let slots = |list: &[callflow_contract::availability::v1::Alternative]| -> Vec<String> {
        list.iter().map(|one| one.offer.as_ref().unwrap().slot_id.clone()).collect()
    };
    assert!(slots(&mine).iter().all(|slot| !slots(&theirs).contains(slot)), "two callers are promised the same");

    let find = |who: &str, time: &str| FindAlternativesRequest {
        wanted: Some(with(who, haircut(time, "31 00:00"))),
        start: Some(to_wire_time(at(time))),
        limit: 3,
        without_staff_ids: Vec::new(),
    };
    let found = world.client.clone().find_alternatives(find("sofia", "05 10:00")).await.unwrap().into_inner();
    assert_eq!(found.alternatives[0].kind(), Kind::OtherStaff);
    assert_eq!(found.alternatives[0].offer.as_ref().unwrap().start, Some(to_wire_time(at("05 10:00"))));
    assert_eq!(found.alternatives.len(), 3);
}

/// A time of day that is not to be had on a day is answered with what is nearest to it, not with the day's first.
async fn at_a_time_of_day(world: &World) {
    let four =
        SearchSlotsRequest { time_from_min: 16 * 60, time_to_min: 16 * 60 + 1, ..haircut("06 00:00", "07 00:00") };
    assert_eq!(search(&world.client, four.clone()).await.offers.len(), 1);
    let answer = search(&world.client, with("sofia", SearchSlotsRequest { duration_min: 120, ..four.clone() })).await;
    assert_eq!((answer.reason(), answer.offers.len()), (NoSlotReason::Closed, 0), "two hours do not fit before six");
    let near = starts(&answer);
    assert!(near.iter().any(|start| *start == at("06 15:45")), "the last one that fits: {near:?}");
}

/// The next free time is found although it lies weeks ahead.
async fn far(world: &World) {
    let answer = search(&world.client, of("nagel", haircut("08 09:00", "09 00:00"))).await;
    assert_eq!(answer.reason(), NoSlotReason::FullyBooked);
    let first = starts(&answer)[0].to_string();
    assert_eq!(first, "2027-04-01T07:00:00Z", "nine o'clock, in summer time");
}

async fn day(world: &World) {
    let view = DayViewRequest {
        company_id: company().to_string(),
        branch_id: company().branch("mitte").to_string(),
        date: "2027-03-04".into(),
    };
    let view = world.client.clone().day_view(view).await.unwrap().into_inner();
    let sofia = view.staff.iter().find(|one| one.name == "Sofia").unwrap();
    assert_eq!((sofia.working.len(), sofia.booked.len(), sofia.appointments), (1, 1, 1));
    assert!((sofia.utilisation - 1.0 / 9.0).abs() < 1e-9, "{}", sofia.utilisation);
    assert_eq!(sofia.free.len(), 2);
    let ida = view.staff.iter().find(|one| one.name == "Ida").unwrap();
    assert!(ida.working.is_empty(), "she is away");
}
