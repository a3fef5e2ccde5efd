//! The table "When something is away", cell by cell, with the dependency really stopped.

use std::time::{Duration, Instant};

use callflow_contract::{
    booking::v1::{ListCallbacksRequest, booking_client::BookingClient},
    resolver::v1::{GetCallRequest, resolver_client::ResolverClient},
};
use callflow_domain::id::CompanyId;
use callflow_fleet::{Fleet, sample};
use serde_json::{Value, json};

use crate::platform::{Call, Platform};

const TO: &str = "+493023125100";

/// Looks until it is so; a service needs a moment to notice what has changed.
async fn until<F: Future<Output = Result<(), String>>>(what: &str, look: impl Fn() -> F) {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        match look().await {
            Ok(()) => return,
            Err(seen) => assert!(Instant::now() < end, "{what}: {seen}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until a whole call works again, and returns one with an offer in hand.
async fn healthy(salon: &Platform, from: &str) -> (Call, Value) {
    until("a call with everything there", || async {
        let (variables, mut call) = salon.ring(from, TO).await;
        let found = salon.free(&mut call, "Herrenhaarschnitt").await;
        let held = found["hold"].is_null() || found["hold"] == "held";
        let live = variables["calendar"] == "live" && found["result"] == "slots_found" && held;
        // The breaker of booking may still be open from what was away before.
        let listed = salon.ask(&mut call, "list_appointments", json!({})).await;
        let books = matches!(listed["result"].as_str(), Some("appointments_found" | "no_appointments"));
        if live && books { Ok(()) } else { Err(format!("{variables} {found} {listed}")) }
    })
    .await;
    let (_, mut call) = salon.ring(from, TO).await;
    let found = salon.free(&mut call, "Herrenhaarschnitt").await;
    (call, found["slots"][0].clone())
}

fn book(slot: &Value) -> Value {
    json!({ "slot_id": slot["slot_id"], "service": "Herrenhaarschnitt", "customer_name": "Erika Muster" })
}

/// Rings and returns the variables, the call, and how long the answer took; always a connected caller.
async fn ring(salon: &Platform, from: &str) -> (Value, Call, Duration) {
    let begun = Instant::now();
    let (variables, call) = salon.ring(from, TO).await;
    (variables, call, begun.elapsed())
}

async fn acknowledged(salon: &Platform, call: &Call) {
    for event in ["call_started", "call_ended"] {
        assert_eq!(salon.event(call, event).await, 204, "{event}");
    }
}

/// Waits until the resolver has the record of a call: its events have come through.
async fn recorded(fleet: &Fleet, call: &Call) {
    let url = fleet.endpoints().services["resolver"].grpc.clone().unwrap();
    until("the events to arrive", || async {
        let mut resolver = ResolverClient::connect(url.clone()).await.map_err(|error| error.to_string())?;
        let request = GetCallRequest { company: "haarwerk".into(), call_id: call.id.clone() };
        let found = resolver.get_call(request).await.map_err(|status| status.to_string())?.into_inner();
        let phase = found.call.map(|call| call.phase).unwrap_or_default();
        if matches!(phase.as_str(), "ended" | "analyzed") { Ok(()) } else { Err(phase) }
    })
    .await;
}

/// Waits until somebody is to call back about a call.
async fn called_back(fleet: &Fleet, call: &Call) {
    let url = fleet.endpoints().services["booking"].grpc.clone().unwrap();
    until("the wish to be looked after", || async {
        let mut booking = BookingClient::connect(url.clone()).await.map_err(|error| error.to_string())?;
        let company_id = CompanyId::from_slug("haarwerk").to_string();
        let request = ListCallbacksRequest { company_id, ..ListCallbacksRequest::default() };
        let found = booking.list_callbacks(request).await.map_err(|status| status.to_string())?.into_inner();
        let known = found.callbacks.iter().any(|one| one.call_id == call.id);
        if known { Ok(()) } else { Err(format!("{} others", found.callbacks.len())) }
    })
    .await;
}

/// Waits until a noted wish has become an appointment or somebody is to call back about it.
async fn looked_after(fleet: &Fleet, salon: &Platform, call: &mut Call) {
    let end = Instant::now() + Duration::from_secs(30);
    let url = fleet.endpoints().services["booking"].grpc.clone().unwrap();
    loop {
        let listed = salon.ask(call, "list_appointments", json!({})).await;
        let mut booking = BookingClient::connect(url.clone()).await.unwrap();
        let company_id = CompanyId::from_slug("haarwerk").to_string();
        let request = ListCallbacksRequest { company_id, ..ListCallbacksRequest::default() };
        let found = booking.list_callbacks(request).await.map(|found| found.into_inner().callbacks).unwrap_or_default();
        if listed["result"] == "appointments_found" || found.iter().any(|one| one.call_id == call.id) {
            return;
        }
        assert!(Instant::now() < end, "a noted wish is forgotten: {listed}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Waits until the breaker of a dependency is in this state, as metrics say: 0 closed, 1 half open, 2 open.
async fn breaker(fleet: &Fleet, dependency: &str, state: u8) {
    let url = format!("{}/metrics", fleet.endpoints().services["ingress"].admin);
    let line = format!("rpc_breaker_state{{dependency=\"{dependency}\"}} {state}");
    until(&line, || async {
        let text = reqwest::get(&url).await.map_err(|error| error.to_string())?.text().await.unwrap_or_default();
        let seen = text.lines().find(|line| line.starts_with("rpc_breaker_state") && line.contains(dependency));
        if text.contains(&line) { Ok(()) } else { Err(seen.unwrap_or("no such line").to_owned()) }
    })
    .await;
}

pub(crate) async fn redis(fleet: &Fleet, salon: &Platform) {
    let (_, _) = healthy(salon, "+491713920060").await;
    fleet.stack.redis().stop().await.unwrap();
    let (variables, mut call, _) = ring(salon, "+491713920060").await;
    assert_eq!(
        (&variables["location_id"], &variables["calendar"]),
        (&json!("berlin-mitte"), &json!("live")),
        "{variables}"
    );
    assert_ne!(variables["next_slots"], "");
    let found = salon.free(&mut call, "Herrenhaarschnitt").await;
    assert_eq!((&found["result"], &found["hold"]), (&json!("slots_found"), &json!("unavailable")), "{found}");
    // Without holds booking still works: correctness is Postgres's.
    let booked = salon.ask(&mut call, "book_appointment", book(&found["slots"][0])).await;
    assert_eq!(booked["result"], "booked", "{booked}");
    acknowledged(salon, &call).await;
    fleet.stack.redis().start().await.unwrap();
    recorded(fleet, &call).await;
}

pub(crate) async fn rabbitmq(fleet: &Fleet, salon: &Platform) {
    healthy(salon, "+491713920061").await;
    fleet.stack.rabbitmq().stop().await.unwrap();
    let (variables, mut call, _) = ring(salon, "+491713920061").await;
    assert_eq!(
        (&variables["location_id"], &variables["calendar"]),
        (&json!("berlin-mitte"), &json!("live")),
        "{variables}"
    );
    let found = salon.free(&mut call, "Herrenhaarschnitt").await;
    let booked = salon.ask(&mut call, "book_appointment", book(&found["slots"][0])).await;
    assert_eq!(booked["result"], "booked", "{booked}");
    acknowledged(salon, &call).await;
    fleet.stack.rabbitmq().start().await.unwrap();
    // What waited in the spool is there once the broker is back.
    recorded(fleet, &call).await;
}

pub(crate) async fn postgres(fleet: &Fleet, salon: &Platform) {
    let (mut call, slot) = healthy(salon, "+491713920062").await;
    fleet.stack.postgres().stop().await.unwrap();
    // From caches, within the limit, though degraded.
    let (variables, second, took) = ring(salon, "+491713920063").await;
    assert_eq!(variables["location_id"], "berlin-mitte", "{variables}");
    assert!(took < Duration::from_millis(4_000), "{took:?}");
    let found = salon.free(&mut call, "Herrenhaarschnitt").await;
    assert_eq!(found["result"], "slots_found", "read answers come from the cache: {found}");
    let told = salon.ask(&mut call, "book_appointment", book(&slot)).await;
    assert!(told["ok"] == false && matches!(told["result"].as_str(), Some("degraded" | "uncertain")), "{told}");
    acknowledged(salon, &second).await;
    fleet.stack.postgres().start().await.unwrap();
    recorded(fleet, &second).await;
    looked_after(fleet, salon, &mut call).await;
}

pub(crate) async fn resolver(fleet: &mut Fleet, salon: &Platform) {
    let (mut call, slot) = healthy(salon, "+491713920064").await;
    fleet.kill("resolver").await.unwrap();
    // The last good answer for the number, without the former caller.
    let (variables, mut second, _) = ring(salon, "+491713920065").await;
    assert_eq!(
        (&variables["location_id"], &variables["customer_known"]),
        (&json!("berlin-mitte"), &json!("unknown")),
        "{variables}"
    );
    // A number that never led anywhere: safe variables.
    let (variables, _) = salon.ring("+491713920065", "+493023125199").await;
    assert_eq!(variables["customer_known"], "unknown", "{variables}");
    assert_eq!(salon.ask(&mut second, "get_customer", json!({})).await["result"], "temporarily_unavailable");
    // What does not need the resolver goes on: branch and services are known.
    let booked = salon.ask(&mut call, "book_appointment", book(&slot)).await;
    assert_eq!(booked["result"], "booked", "{booked}");
    acknowledged(salon, &second).await;
    fleet.revive("resolver", &[]).await.unwrap();
    recorded(fleet, &second).await;
}

pub(crate) async fn availability(fleet: &mut Fleet, salon: &Platform) {
    healthy(salon, "+491713920066").await;
    fleet.kill("availability").await.unwrap();
    let (variables, mut call, _) = ring(salon, "+491713920066").await;
    assert_eq!(
        (&variables["location_id"], &variables["calendar"]),
        (&json!("berlin-mitte"), &json!("unavailable")),
        "{variables}"
    );
    let told = salon.free(&mut call, "Herrenhaarschnitt").await;
    assert_eq!((&told["result"], &told["ok"]), (&json!("temporarily_unavailable"), &json!(false)), "{told}");
    let wish = json!({ "reason": "Termin", "service": "Herrenhaarschnitt" });
    assert_eq!(salon.ask(&mut call, "request_callback", wish).await["result"], "callback_requested");
    acknowledged(salon, &call).await;
    called_back(fleet, &call).await;
    fleet.revive("availability", &[]).await.unwrap();
}

pub(crate) async fn booking(fleet: &mut Fleet, salon: &Platform) {
    let (mut call, slot) = healthy(salon, "+491713920067").await;
    fleet.kill("booking").await.unwrap();
    let (variables, mut second, _) = ring(salon, "+491713920068").await;
    assert_eq!(
        (&variables["location_id"], &variables["next_appointment"]),
        (&json!("berlin-mitte"), &json!("")),
        "{variables}"
    );
    assert_eq!(salon.free(&mut second, "Herrenhaarschnitt").await["result"], "slots_found");
    let told = salon.ask(&mut call, "book_appointment", book(&slot)).await;
    assert_eq!((&told["result"], &told["ok"]), (&json!("degraded"), &json!(false)), "{told}");
    let told = salon.ask(&mut second, "list_appointments", json!({})).await;
    assert_eq!(told["result"], "temporarily_unavailable", "{told}");
    // By now nobody waits for it any more.
    for _ in 0..6 {
        salon.ask(&mut second, "list_appointments", json!({})).await;
    }
    breaker(fleet, "booking", 2).await;
    // A callback that was asked for is noted all the same.
    let told = salon.ask(&mut second, "request_callback", json!({ "reason": "Termin" })).await;
    assert_eq!(told["result"], "callback_requested", "{told}");
    acknowledged(salon, &second).await;
    fleet.revive("booking", &[]).await.unwrap();
    // Probes find out that it is back.
    let (found, end) = (|told: Value| told["result"] == "no_appointments", Instant::now() + Duration::from_secs(30));
    while !found(salon.ask(&mut second, "list_appointments", json!({})).await) {
        assert!(Instant::now() < end, "booking is back, and nobody asks it");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    salon.ask(&mut second, "list_appointments", json!({})).await;
    breaker(fleet, "booking", 0).await;
    called_back(fleet, &second).await;
    recorded(fleet, &second).await;
    looked_after(fleet, salon, &mut call).await;
}

pub(crate) async fn everything(fleet: &mut Fleet, salon: &Platform) {
    let (mut call, slot) = healthy(salon, "+491713920069").await;
    for service in ["resolver", "availability", "booking"] {
        fleet.kill(service).await.unwrap();
    }
    let stack = &fleet.stack;
    let (first, second, third) = tokio::join!(stack.redis().stop(), stack.rabbitmq().stop(), stack.postgres().stop());
    first.and(second).and(third).unwrap();
    let (variables, _, took) = ring(salon, "+491713920070").await;
    assert!(variables["customer_known"] == "unknown" && variables["tenant_id"] == "haarwerk", "{variables}");
    assert!(took < Duration::from_millis(4_000), "{took:?}");
    let told = salon.free(&mut call, "Herrenhaarschnitt").await;
    assert_eq!(told["result"], "temporarily_unavailable", "{told}");
    let told = salon.ask(&mut call, "book_appointment", book(&slot)).await;
    assert_eq!(
        (&told["result"], &told["ok"]),
        (&json!("temporarily_unavailable"), &json!(false)),
        "nothing is promised: {told}"
    );
    // Nobody can keep it: the platform is to send it again.
    let response = salon.post("events", &json!({ "event": "call_started", "call": call.fields })).await;
    assert_eq!(response.status, 503, "{}", response.text);

    let stack = &fleet.stack;
    let (first, second, third) =
        tokio::join!(stack.redis().start(), stack.rabbitmq().start(), stack.postgres().start());
    first.and(second).and(third).unwrap();
    for service in ["resolver", "availability", "booking"] {
        fleet.revive(service, &[]).await.unwrap();
    }
    healthy(salon, "+491713920071").await;
    acknowledged(salon, &call).await;
    recorded(fleet, &call).await;
    sample::place(fleet.endpoints(), |_| ()).await.unwrap();
}
