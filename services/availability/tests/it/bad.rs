//! Bad input is refused with the name of its field and what is accepted, before any day is read.

use callflow_contract::{
    availability::v1::{
        DayViewRequest, ExtendRequest, FindAlternativesRequest, FreeRequest, HoldRequest, PlanSeriesRequest,
        SearchSequencesRequest, SearchSlotsRequest, Segment,
    },
    common::v1::TimeRange,
    convert::{to_wire_range, to_wire_time},
};
use jiff::Timestamp;
use prost_types::Timestamp as Wire;
use tonic::{Code, Response, Status};
use uuid::Uuid;

use crate::world::{World, at, company, haircut, segment};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_input_names_its_field_and_costs_nothing() {
    let world = World::open().await;
    searches(&world).await;
    holds(&world).await;
    others(&world).await;
    strangers(&world).await;
    let keys = world.keys().await;
    assert!(keys.iter().all(|key| !key.contains(":day:")), "days were read: {keys:?}");
    world.close().await;
}

/// Returns the field that a refusal names; its words are longer than a bare "no".
fn field<T: std::fmt::Debug>(answer: Result<Response<T>, Status>) -> String {
    let status = answer.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    assert!(status.message().len() > 15, "{status:?}");
    callflow_rpc::Failure::from(&status).field.unwrap_or_default()
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

async fn searches(world: &World) {
    let good = || haircut("01 09:00", "01 18:00");
    let window = |window: TimeRange| SearchSlotsRequest { window: Some(window), ..good() };
    let between = |from: &str, to: &str| window(to_wire_range(time(from), time(to)));
    for (request, named) in [
        (between("2027-03-02T10:00:00Z", "2027-03-02T09:00:00Z"), "window"),
        (between("2027-03-02T10:00:00Z", "2027-03-02T10:00:00Z"), "window"),
        (between("2027-03-02T10:00:00Z", "2054-07-18T10:00:00Z"), "window"),
        (between("9999-12-30T10:00:00Z", "9999-12-30T12:00:00Z"), "window"),
        (between("0001-01-01T00:00:00Z", "0001-01-02T00:00:00Z"), "window"),
        (window(TimeRange { start: Some(to_wire_time(time("9999-12-30T10:00:00Z"))), end: None }), "window.start"),
        (window(TimeRange { start: Some(Wire { seconds: i64::MAX, nanos: 0 }), end: None }), "window.start"),
        (window(TimeRange { start: Some(Wire { seconds: 0, nanos: -1 }), end: None }), "window.start"),
        (SearchSlotsRequest { duration_min: 1_200, ..good() }, "duration_min"),
        (SearchSlotsRequest { duration_min: u32::MAX, ..good() }, "duration_min"),
        (SearchSlotsRequest { time_from_min: 1_500, ..good() }, "time_from_min"),
        (SearchSlotsRequest { time_to_min: 1_500, ..good() }, "time_to_min"),
        (SearchSlotsRequest { service_id: String::new(), ..good() }, "service_id"),
        (SearchSlotsRequest { service_id: "schnitt".into(), ..good() }, "service_id"),
        (SearchSlotsRequest { staff_id: "sofia".into(), ..good() }, "staff_id"),
        (SearchSlotsRequest { company_id: String::new(), ..good() }, "company_id"),
        (SearchSlotsRequest { slot_id: "sl_nonsense".into(), ..good() }, "slot_id"),
        (SearchSlotsRequest { owner: "o".repeat(2_000), ..good() }, "owner"),
        (
            SearchSlotsRequest {
                freed: vec![Segment { range: None, ..segment("sofia", "01 10:00", "01 11:00") }],
                ..good()
            },
            "segments.range",
        ),
    ] {
        assert_eq!(field(world.client.clone().search_slots(request.clone()).await), named, "{request:?}");
    }
}

async fn holds(world: &World) {
    let hold = |segments: Vec<Segment>| HoldRequest {
        company_id: company().to_string(),
        branch_id: company().branch("mitte").to_string(),
        owner: "call_1".into(),
        segments,
        ..HoldRequest::default()
    };
    let good = || segment("sofia", "01 10:00", "01 11:00");
    let range = |from: &str, to: &str| Segment { range: Some(to_wire_range(time(from), time(to))), ..good() };
    for (request, named) in [
        (hold(vec![segment("nobody", "01 10:00", "01 11:00")]), "segments.resource_id"),
        (hold(vec![good(), segment("nina", "01 10:00", "01 11:00")]), "segments.resource_id"),
        (hold(vec![Segment { resource_id: "sofia".into(), ..good() }]), "segments.resource_id"),
        (hold(Vec::new()), "segments"),
        (hold(vec![good(), segment("sofia", "01 10:30", "01 11:30")]), "segments"),
        (hold(vec![good(); 33]), "segments"),
        (hold(vec![segment("sofia", "01 10:00", "03 11:00")]), "segments"),
        (hold(vec![range("9999-12-30T10:00:00Z", "9999-12-30T11:00:00Z")]), "segments"),
        (hold(vec![segment("sofia", "01 11:00", "01 10:00")]), "segments.range"),
        (HoldRequest { ttl_secs: 1_801, ..hold(vec![good()]) }, "ttl_secs"),
        (HoldRequest { ttl_secs: 1, ..hold(vec![good()]) }, "ttl_secs"),
        (HoldRequest { owner: String::new(), ..hold(vec![good()]) }, "owner"),
        (HoldRequest { branch_id: "mitte".into(), ..hold(vec![good()]) }, "branch_id"),
    ] {
        assert_eq!(field(world.client.clone().hold(request.clone()).await), named, "{request:?}");
    }
    let extend = ExtendRequest { ttl_secs: 4_000, owner: "call_1".into(), ..extend() };
    assert_eq!(field(world.client.clone().extend(extend).await), "ttl_secs");
    let free = FreeRequest {
        company_id: company().to_string(),
        branch_id: company().branch("mitte").to_string(),
        segments: Vec::new(),
    };
    assert_eq!(field(world.client.clone().free(free).await), "segments");
}

fn extend() -> ExtendRequest {
    ExtendRequest {
        company_id: company().to_string(),
        branch_id: company().branch("mitte").to_string(),
        ..ExtendRequest::default()
    }
}

async fn others(world: &World) {
    let mut client = world.client.clone();
    for date in ["9999-12-31", "2027-02-30", "tomorrow", ""] {
        let view = DayViewRequest {
            company_id: company().to_string(),
            branch_id: company().branch("mitte").to_string(),
            date: date.into(),
        };
        assert_eq!(field(client.day_view(view).await), "date", "{date:?}");
    }
    let find =
        FindAlternativesRequest { start: Some(to_wire_time(at("01 10:00"))), ..FindAlternativesRequest::default() };
    assert_eq!(field(client.find_alternatives(find).await), "wanted");
    let find = FindAlternativesRequest {
        wanted: Some(haircut("01 09:00", "01 18:00")),
        start: Some(to_wire_time(time("9999-12-30T10:00:00Z"))),
        ..FindAlternativesRequest::default()
    };
    assert_eq!(field(client.find_alternatives(find).await), "window");

    let of = |services: usize| SearchSequencesRequest {
        company_id: company().to_string(),
        branch_id: company().branch("mitte").to_string(),
        service_ids: vec![company().service("schnitt").to_string(); services],
        now: Some(to_wire_time(at("01 07:00"))),
        ..SearchSequencesRequest::default()
    };
    let window = Some(to_wire_range(at("01 09:00"), at("01 09:00") + jiff::SignedDuration::from_hours(40 * 24)));
    for (request, named) in [
        (of(0), "service_ids"),
        (of(1), "service_ids"),
        (of(9), "service_ids"),
        (SearchSequencesRequest { gap_min: Some(10_000), ..of(2) }, "gap_min"),
        (SearchSequencesRequest { staff_ids: vec![String::new(); 3], ..of(2) }, "staff_ids"),
        (SearchSequencesRequest { window, ..of(2) }, "window"),
    ] {
        assert_eq!(field(client.search_sequences(request.clone()).await), named, "{request:?}");
    }
    let minute = at("01 10:00").as_second() / 60;
    let plan = |starts: Vec<i64>| PlanSeriesRequest {
        company_id: company().to_string(),
        branch_id: company().branch("mitte").to_string(),
        service_id: company().service("schnitt").to_string(),
        starts,
        ..PlanSeriesRequest::default()
    };
    for (request, named) in [
        (plan(Vec::new()), "starts"),
        (plan((0..367).map(|nth| minute + nth * 1440).collect()), "starts"),
        (plan(vec![minute + 1440, minute]), "starts"),
        (PlanSeriesRequest { strategy: "perhaps".into(), ..plan(vec![minute]) }, "strategy"),
        (
            PlanSeriesRequest { strategy: "shift".into(), shift_window_min: 721, ..plan(vec![minute]) },
            "shift_window_min",
        ),
    ] {
        assert_eq!(field(client.plan_series(request.clone()).await), named, "{request:?}");
    }
}

/// What does not exist, or belongs to another company, is not found.
async fn strangers(world: &World) {
    let good = || haircut("01 09:00", "01 18:00");
    for request in [
        SearchSlotsRequest { branch_id: Uuid::now_v7().to_string(), ..good() },
        SearchSlotsRequest { branch_id: String::new(), ..good() },
        SearchSlotsRequest { company_id: Uuid::now_v7().to_string(), ..good() },
    ] {
        let status = world.client.clone().search_slots(request.clone()).await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound, "{request:?}: {status:?}");
        assert!(status.message().contains("no such"), "{status:?}");
    }
}
