//! Calls that never ended.

use std::collections::HashMap;

use callflow_contract::{
    event::v1::CallEvent,
    resolver::v1::{GetCallRequest, GetCallResponse},
    schema::open,
};
use callflow_domain::id::MessageId;
use callflow_queue::topology::{self, key};
use callflow_runtime::Secret;
use callflow_testkit::wait_for;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    fixture::{LONG, TestResolver},
    platform::platform,
};

fn call_object(id: &str, more: Value) -> Value {
    let mut call = json!({
        "call_id": id, "call_type": "phone_call", "direction": "inbound", "from_number": "anonymous",
        "to_number": "+493023125100", "start_timestamp": 1_795_507_954_000_i64,
    });
    call.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    call
}

/// Reports that a call has begun, long ago, and waits until that is taken in.
async fn begin(test: &TestResolver, id: &str) {
    let started = json!({"event": "call_started", "call": call_object(id, json!({}))});
    test.report(key::CALL_STARTED, MessageId(Uuid::now_v7()), &started).await;
    until(test, id, "ongoing").await;
}

async fn until(test: &TestResolver, id: &str, phase: &str) -> GetCallResponse {
    wait_for(&format!("{id} to be {phase}"), LONG, async || {
        let request = GetCallRequest { company: "salon".into(), call_id: id.into() };
        let got = test.client.clone().get_call(request).await.map_err(|status| status.to_string())?.into_inner();
        let found = got.call.as_ref().unwrap().phase.clone();
        if found == phase { Ok(got) } else { Err(found) }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn ends_that_were_lost_are_asked_for_and_published_and_the_rest_is_closed() {
    let end = json!({"call_status": "ended", "end_timestamp": 1_795_508_000_000_i64, "duration_ms": 46_000,
        "disconnection_reason": "user_hangup", "call_cost": {"combined_cost": 7.5}});
    let mut analysed = end.clone();
    analysed["call_analysis"] = json!({"call_summary": "Frage nach Preisen.", "call_successful": true});
    let calls = HashMap::from([
        ("call_lost", call_object("call_lost", analysed).to_string()),
        ("call_ongoing", call_object("call_ongoing", json!({"call_status": "ongoing"})).to_string()),
        ("call_swapped", call_object("call_other", end).to_string()),
        ("call_broken", "{\"call_status\": ".to_owned()),
        ("call_error", "500".to_owned()),
    ]);
    let (url, mut asked) = platform(calls).await;
    let test = TestResolver::start_with(|config| {
        config.retell.url = url;
        config.retell.api_key = Secret::new("key_of_the_platform");
        config.sweep.every_secs = 1;
        // The events of the tests are received in the tests' November, which may be yet to come.
        config.sweep.max_call_minutes = 1;
    })
    .await;
    let mut ear = test.listen(&topology::BOOKING_WISH);
    let ids = ["call_lost", "call_ongoing", "call_swapped", "call_broken", "call_error", "call_unknown"];
    for id in ids {
        begin(&test, id).await;
    }
    begin(&test, "call_recent").await;
    test.age(&ids).await;

    let lost = until(&test, "call_lost", "analyzed").await;
    let record = lost.call.unwrap();
    assert!(record.complete);
    assert_eq!((record.disconnection_reason.as_str(), record.cost_cents), ("user_hangup", 7.5));
    assert_eq!((record.summary.as_str(), record.duration_ms), ("Frage nach Preisen.", 46_000));
    for id in ["call_swapped", "call_broken", "call_unknown"] {
        let closed = until(&test, id, "ended").await;
        assert!(closed.timeline.iter().any(|entry| entry.event == "swept"), "{id}");
        assert!(closed.call.unwrap().disconnection_reason.is_empty(), "{id}");
    }
    // What the platform says goes on, and what it cannot say, stays open; so does what was heard of lately.
    for id in ["call_ongoing", "call_error", "call_recent"] {
        until(&test, id, "ongoing").await;
    }
    let event: CallEvent = open(&ear.next().await).unwrap();
    assert_eq!((event.event.as_str(), event.call_id.as_str()), ("call_analyzed", "call_lost"));

    // The platform's word still counts when it comes after all.
    let late = json!({"call_status": "ended", "disconnection_reason": "agent_hangup",
        "end_timestamp": 1_795_508_000_000_i64});
    let late = json!({"event": "call_ended", "call": call_object("call_unknown", late)});
    test.report(key::CALL_ENDED, MessageId(Uuid::now_v7()), &late).await;
    wait_for("the late end to be taken in", LONG, async || {
        let reason = until(&test, "call_unknown", "ended").await.call.unwrap().disconnection_reason;
        if reason == "agent_hangup" { Ok(()) } else { Err(reason) }
    })
    .await;
    ear.close().await;
    test.stop().await;
    let mut questions = Vec::new();
    while let Ok(id) = asked.try_recv() {
        questions.push(id);
    }
    assert!(!questions.contains(&"call_recent".to_owned()), "{questions:?}");
    let count = |id: &str| questions.iter().filter(|asked| *asked == id).count();
    assert_eq!((count("call_lost"), count("call_ongoing")), (1, 1), "asked once: {questions:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_end_is_told_though_taking_it_in_fails_at_first() {
    let end = json!({"call_status": "ended", "end_timestamp": 1_795_508_000_000_i64});
    let calls = HashMap::from([("call_lost", call_object("call_lost", end).to_string())]);
    let (url, _asked) = platform(calls).await;
    let test = TestResolver::start_with(|config| {
        config.retell.url = url;
        config.retell.api_key = Secret::new("key_of_the_platform");
        config.sweep.every_secs = 1;
        config.sweep.max_call_minutes = 1;
    })
    .await;
    begin(&test, "call_lost").await;
    // From now on nothing can be taken in.
    test.sql("ALTER TABLE resolver.inbox RENAME TO inbox_away").await;
    test.age(&["call_lost"]).await;
    let mut ear = test.listen(&topology::METRICS_ALL);
    loop {
        let told = open::<CallEvent>(&ear.next().await);
        if told.is_ok_and(|event| event.event == "call_ended" && event.call_id == "call_lost") {
            break;
        }
    }
    test.sql("ALTER TABLE resolver.inbox_away RENAME TO inbox").await;
    until(&test, "call_lost", "ended").await;
    ear.close().await;
    test.stop().await;
}
