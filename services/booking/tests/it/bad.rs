//! Bad input is refused with the name of its field, and leaves nothing behind.

use callflow_contract::{
    booking::v1::{
        BookRequest, BookServicesRequest, CancelRequest, CancelSeriesFromRequest, ListRequest, Outcome,
        RescheduleRequest, SeriesRequest, WriteContext,
    },
    common::v1::CountRequest,
    convert::{to_wire_range, to_wire_time},
};
use jiff::{Timestamp, ToSpan as _};
use prost_types::Timestamp as Wire;

use crate::{
    salon::{at, branch, other, service, staff},
    series::weekly,
    shop::{Shop, ayse, field, fresh, haircut, operator},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_input_names_its_field_and_writes_nothing() {
    let shop = Shop::open().await;
    books(&shop).await;
    sequences(&shop).await;
    serieses(&shop).await;
    counts(&shop).await;
    let rows = "SELECT (SELECT count(*) FROM booking.request), (SELECT count(*) FROM booking.appointment),
        (SELECT count(*) FROM booking.series), (SELECT count(*) FROM booking.audit)";
    assert_eq!(shop.sql(rows).await, "0|0|0|0");
    strangers(&shop).await;
    shop.close().await;
}

async fn books(shop: &Shop) {
    let good = || haircut(operator(&fresh()), at(0, "10:00"));
    let start = |start: Wire| BookRequest { start: Some(start), ..good() };
    let context = |context: WriteContext| BookRequest { context: Some(context), ..good() };
    let end: Timestamp = "9999-12-30T22:00:00Z".parse().unwrap();
    for (request, named) in [
        (start(to_wire_time(at(-30, "10:00"))), "start"),
        (start(to_wire_time(end)), "start"),
        (start(Wire { seconds: i64::MAX, nanos: 0 }), "start"),
        (start(Wire { seconds: 0, nanos: -1 }), "start"),
        (BookRequest { start: None, ..good() }, "start"),
        (BookRequest { branch_id: other().branch("mitte").to_string(), ..good() }, "branch_id"),
        (BookRequest { branch_id: "mitte".into(), ..good() }, "branch_id"),
        (BookRequest { service_id: other().service("schnitt").to_string(), ..good() }, "service_id"),
        (BookRequest { service_id: String::new(), ..good() }, "service_id"),
        (BookRequest { staff_id: other().staff("sofia").to_string(), ..good() }, "staff_id"),
        (BookRequest { staff_id: staff("nina").to_string(), ..good() }, "staff_id"),
        (BookRequest { slot_id: "sl_nonsense".into(), ..good() }, "slot_id"),
        (context(operator("")), "context.idempotency_key"),
        (context(operator(&"k".repeat(301))), "context.idempotency_key"),
        (context(WriteContext { company_id: fresh(), ..operator("x") }), "context.company_id"),
        (context(WriteContext { company_id: "salon".into(), ..operator("x") }), "context.company_id"),
        (context(WriteContext { actor: None, ..operator("x") }), "context.actor.kind"),
        (BookRequest { context: None, ..good() }, "context"),
    ] {
        assert_eq!(field(shop.booking.clone().book(request.clone()).await), named, "{request:?}");
    }
}

async fn sequences(shop: &Shop) {
    let of = |services: &[&str]| BookServicesRequest {
        context: Some(operator(&fresh())),
        branch_id: branch("mitte").to_string(),
        service_ids: services.iter().map(|slug| service(slug).to_string()).collect(),
        ..BookServicesRequest::default()
    };
    let strange = BookServicesRequest {
        service_ids: vec![service("schnitt").to_string(), other().service("farbe").to_string()],
        ..of(&[])
    };
    for (request, named) in [
        (of(&[]), "service_ids"),
        (of(&["schnitt"]), "service_ids"),
        (of(&["schnitt"; 9]), "service_ids"),
        (strange, "service_ids"),
        (BookServicesRequest { branch_id: other().branch("mitte").to_string(), ..of(&["schnitt"; 2]) }, "branch_id"),
        (BookServicesRequest { slot_ids: vec!["sl_x".into(); 2], ..of(&["schnitt"; 2]) }, "slot_ids"),
    ] {
        assert_eq!(field(shop.booking.clone().book_services(request.clone()).await), named, "{request:?}");
    }
}

async fn serieses(shop: &Shop) {
    let good = || weekly(&fresh(), "weekly:mo", 4);
    let pattern = |pattern: &str| SeriesRequest { pattern: pattern.into(), ..good() };
    for (request, named) in [
        (pattern("weekly:xx"), "pattern"),
        (pattern("monthly:32"), "pattern"),
        (pattern(""), "pattern"),
        (pattern("FREQ=SECONDLY"), "pattern"),
        (SeriesRequest { count: 0, ..good() }, "end_date"),
        (SeriesRequest { count: 367, ..good() }, "count"),
        (SeriesRequest { count: 0, end_date: "9999-12-31".into(), ..good() }, "end_date"),
        (SeriesRequest { start_date: "9999-12-31".into(), ..good() }, "start_date"),
        (SeriesRequest { start_date: at(-30, "00:00").to_string()[..10].into(), ..good() }, "start_date"),
        (SeriesRequest { time: "25:00".into(), ..good() }, "time"),
        (SeriesRequest { strategy: "perhaps".into(), ..good() }, "strategy"),
        (SeriesRequest { strategy: "shift".into(), shift_window_min: 721, ..good() }, "shift_window_min"),
        (SeriesRequest { branch_id: other().branch("mitte").to_string(), ..good() }, "branch_id"),
        (SeriesRequest { service_id: other().service("schnitt").to_string(), ..good() }, "service_id"),
        (SeriesRequest { staff_id: other().staff("sofia").to_string(), ..good() }, "staff_id"),
    ] {
        assert_eq!(field(shop.booking.clone().preview_series(request.clone()).await), named, "{request:?}");
        assert_eq!(field(shop.booking.clone().book_series(request.clone()).await), named, "{request:?}");
    }
}

/// Ids of another company are unknown ones, whoever asks.
async fn counts(shop: &Shop) {
    let of = |from: Timestamp, until: Timestamp| Some(to_wire_range(from, until));
    let now = Timestamp::now();
    for range in [None, of(now, now), of(now, now + 25.hours()), of(now + 1.hours(), now)] {
        assert_eq!(field(shop.booking.clone().count_changes(CountRequest { range }).await), "range", "{range:?}");
    }
}

async fn strangers(shop: &Shop) {
    let booked = shop.book(haircut(operator(&fresh()), at(0, "10:00"))).await.appointments[0].clone();
    // What was booked is on record in the minute of its booking, for whoever counts.
    let hour = to_wire_range(Timestamp::now() - 30.minutes(), Timestamp::now() + 30.minutes());
    let counted = shop.booking.clone().count_changes(CountRequest { range: Some(hour) }).await.unwrap().into_inner();
    let counted: Vec<_> = counted.counts.iter().map(|one| (&*one.name, &*one.branch_id, one.count)).collect();
    assert_eq!(counted, [("booked", &*booked.branch_id, 1)]);
    let stranger = || WriteContext { company_id: other().to_string(), ..operator(&fresh()) };
    let mut booking = shop.booking.clone();
    let cancel = CancelRequest {
        context: Some(stranger()),
        appointment: booked.appointment_id.clone(),
        identity: ayse(),
        ..CancelRequest::default()
    };
    assert_eq!(booking.cancel(cancel).await.unwrap().into_inner().outcome(), Outcome::NotFound);
    let series = CancelSeriesFromRequest {
        context: Some(stranger()),
        series_id: fresh(),
        identity: ayse(),
        ..CancelSeriesFromRequest::default()
    };
    assert_eq!(booking.cancel_series_from(series).await.unwrap().into_inner().outcome(), Outcome::NotFound);
    let moved = RescheduleRequest {
        context: Some(stranger()),
        appointment: booked.confirmation_code.clone(),
        identity: ayse(),
        start: Some(to_wire_time(at(1, "10:00"))),
        ..RescheduleRequest::default()
    };
    assert_eq!(booking.reschedule(moved).await.unwrap().into_inner().outcome(), Outcome::NotFound);
    let list = ListRequest { company_id: other().to_string(), ..ListRequest::default() };
    assert!(booking.list(list).await.unwrap().into_inner().appointments.is_empty());
    assert_eq!(shop.active().await, 1);
}
