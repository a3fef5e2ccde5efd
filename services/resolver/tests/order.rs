//! A call's events in any order, each ten times, some at the same moment: on the real database the record, the time line
//! and what was learned of the customer are those of the ordered run.
#![allow(clippy::unwrap_used)]

use callflow_contract::{
    convert::to_wire_time,
    event::v1::{CallEvent, Envelope},
    schema::seal,
};
use callflow_domain::{
    call_state::CallRecord,
    catalog::{Catalog, Company},
    id::{CallId, CompanyId},
    masked::PhoneNumber,
};
use callflow_queue::{Delivery, Disposition, Handler as _, relay::Wake};
use callflow_resolver::{Config, app::App, consumer::Calls, deps::Deps};
use callflow_runtime::config::Secret;
use callflow_store::{Database, call, catalog, customer, role::Role};
use callflow_testkit::{TestCache, TestDatabase};
use futures::{StreamExt as _, stream};
use jiff::Timestamp;
use rand::{SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use serde_json::{Value, json};
use uuid::Uuid;

const SLUG: &str = "salon";

fn company() -> CompanyId {
    CompanyId::from_slug(SLUG)
}

async fn database(url: &str) -> Database {
    let database = Database::connect(&callflow_store::Config::new(url)).await.unwrap();
    let salon: Company = serde_json::from_value(json!({
        "slug": SLUG, "name": "Salon", "default_branch": "mitte", "default_language": "de", "time_zone": "Europe/Berlin",
        "branches": [{ "slug": "mitte", "name": "Mitte" }], "phone_numbers": [{ "number": "+493023125200", "branch": "mitte" }],
    }))
    .unwrap();
    let mut tx = database.begin().await.unwrap();
    catalog::apply(&mut tx, &Catalog { companies: vec![salon] }).await.unwrap();
    tx.commit().await.unwrap();
    database
}

/// Returns what the platform reports of one call, in the order in which it happens.
fn reports(call: &str, from: &str) -> Vec<Value> {
    let at = |second: i64| 1_750_000_000_000 + second * 1_000;
    let report = |event: &str, second: i64, more: Value| {
        let mut about = json!({
            "call_type": "phone_call", "call_id": call, "agent_id": "agent_1", "direction": "inbound", "call_status": "ongoing",
            "from_number": from, "to_number": "+493023125200", "start_timestamp": at(0),
        });
        let more = more.as_object().unwrap().clone();
        about.as_object_mut().unwrap().extend(more);
        json!({ "event": event, "event_timestamp": at(second), "call": about })
    };
    let ended = json!({ "call_status": "ended", "end_timestamp": at(95), "duration_ms": 95_000,
                        "disconnection_reason": "user_hangup", "transcript": "Agent: Guten Tag.\nUser: Hallo.\n" });
    let mut analyzed = ended.clone();
    analyzed["call_analysis"] =
        json!({ "call_summary": "Ein Gruß.", "user_sentiment": "Positive", "call_successful": true });
    analyzed["call_cost"] = json!({ "combined_cost": 5.5 });
    vec![
        report("call_started", 0, json!({})),
        report("transcript_updated", 10, json!({ "transcript": "Agent: Guten Tag.\n" })),
        report("transfer_started", 40, json!({})),
        report("transfer_cancelled", 50, json!({})),
        report("call_ended", 95, ended),
        report("call_analyzed", 120, analyzed),
    ]
}

/// Returns a report as ingress publishes it: repeats have one id.
fn delivery(call: &str, report: &Value) -> Delivery {
    let payload = report.to_string();
    let event = callflow_retell::event::Event::parse(payload.as_bytes()).unwrap();
    let identity = event.dedup_key().unwrap_or_else(|| payload.clone());
    let received = Timestamp::from_millisecond(report["event_timestamp"].as_i64().unwrap()).unwrap();
    let body = CallEvent {
        event: event.kind.as_str().to_owned(),
        call_id: call.to_owned(),
        company: SLUG.into(),
        received_at: Some(to_wire_time(received)),
        dedup_key: event.dedup_key().unwrap_or_default(),
        payload: payload.clone().into_bytes(),
    };
    let envelope = Envelope {
        message_id: Uuid::new_v5(&company().uuid(), identity.as_bytes()).to_string(),
        company_id: company().to_string(),
        occurred_at: Some(to_wire_time(received)),
        ..Envelope::default()
    };
    Delivery::first("call.event", seal(&body, envelope)).unwrap()
}

/// What a call has left: its record, the names in its time line, and the calls counted for its customer.
async fn outcome(database: &Database, call: &str, from: &str) -> (CallRecord, Vec<String>, u32) {
    let id = CallId::parse(call).unwrap();
    let found = call::find(database, company(), &id).await.unwrap().expect("the call has a record");
    let mut events: Vec<_> =
        call::timeline(database, company(), &id).await.unwrap().into_iter().map(|event| event.event).collect();
    events.sort();
    let customers = customer::by_phone(database, company(), &PhoneNumber::new(from)).await.unwrap();
    assert_eq!(customers.len(), 1, "one customer");
    (found.record, events, customers[0].calls)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shuffled_tenfold_events_leave_what_the_ordered_run_leaves() {
    let (servers, cache) = (TestDatabase::start().await, TestCache::start().await);
    let database = database(&servers.url(Role::Resolver)).await;
    let mut config = Config::default();
    config.redis.url = Secret::new(cache.url());
    config.redis.prefix = cache.prefix().to_owned();
    let calls = Calls::new(App::new(Deps::build(&config, database.clone(), Wake::default()).unwrap()));
    let ordered = "+4915100000000";
    for report in reports("call_ordered", ordered) {
        assert_eq!(calls.handle(delivery("call_ordered", &report)).await, Disposition::Done);
    }
    let expected = outcome(&database, "call_ordered", ordered).await;
    assert_eq!((expected.1.len(), expected.2, expected.0.is_complete()), (6, 1, true));

    for seed in 0..8_u64 {
        let (call, from) = (format!("call_shuffled_{seed}"), format!("+491510000001{seed}"));
        let mut deliveries: Vec<_> =
            reports(&call, &from).iter().flat_map(|report| vec![delivery(&call, report); 10]).collect();
        deliveries.shuffle(&mut StdRng::seed_from_u64(seed));
        // As many side by side as the consumer has in hand.
        let ends: Vec<_> = stream::iter(deliveries).map(|one| calls.handle(one)).buffer_unordered(16).collect().await;
        assert!(ends.iter().all(|end| *end == Disposition::Done), "every repeat is done: {ends:?}");
        let (record, events, counted) = outcome(&database, &call, &from).await;
        assert_eq!((events, counted), (expected.1.clone(), 1), "seed {seed}");
        assert_eq!(comparable(&record, &from), comparable(&expected.0, ordered), "seed {seed}");
    }
}

/// Returns a record as JSON without the number that makes each call's its own.
fn comparable(record: &CallRecord, from: &str) -> String {
    serde_json::to_string(record).unwrap().replace(from, "")
}
