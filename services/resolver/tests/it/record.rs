//! Call records: complete whatever order their events come in, and however often.

use callflow_contract::resolver::v1::{
    CallRecord, GetCallRequest, GetCallResponse, ListCallsRequest, ResolveCallRequest,
};
use callflow_domain::id::MessageId;
use callflow_queue::topology::key;
use callflow_testkit::wait_for;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixture::{LONG, TestResolver, call};

const START: i64 = 1_795_507_954_000;

/// What the platform reports of a call, with the routing key of each event.
fn events(id: &str, from: &str) -> Vec<(&'static str, Value)> {
    let report = |event: &str, more: Value| {
        let mut call = json!({
            "call_id": id, "call_type": "phone_call", "direction": "inbound", "agent_id": "agent_potsdam",
            "from_number": from, "to_number": "+493023125100", "start_timestamp": START,
        });
        call.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"event": event, "call": call})
    };
    let mut bridged = report("transfer_bridged", json!({}));
    bridged["transfer_destination"] = json!({"type": "predefined", "number": "+4930111222"});
    let ended = json!({
        "end_timestamp": START + 31_000, "duration_ms": 30_889, "disconnection_reason": "call_transfer",
        "call_cost": {"combined_cost": 12.5}, "transcript": "Agent: Guten Tag",
    });
    let mut analyzed = ended.clone();
    analyzed["call_analysis"] =
        json!({"call_summary": "Ein Termin.", "user_sentiment": "Positive", "call_successful": true});
    vec![
        (key::CALL_STARTED, report("call_started", json!({}))),
        (key::CALL_TRANSCRIPT, report("transcript_updated", json!({"transcript": "Agent: Guten"}))),
        (key::CALL_TRANSFER, bridged),
        (key::CALL_ENDED, report("call_ended", ended)),
        (key::CALL_ANALYZED, report("call_analyzed", analyzed)),
        (key::CALL_EVENT, report("something_new", json!({}))),
    ]
}

async fn get(test: &TestResolver, id: &str) -> Result<GetCallResponse, String> {
    let request = GetCallRequest { company: "salon".into(), call_id: id.into() };
    test.client.clone().get_call(request).await.map(tonic::Response::into_inner).map_err(|status| status.to_string())
}

/// Waits until everything about a call has been taken in.
async fn whole(test: &TestResolver, id: &str) -> GetCallResponse {
    wait_for("the call to be complete", LONG, async || match get(test, id).await? {
        whole if whole.timeline.len() == 6 => Ok(whole),
        part => Err(format!("{:?}", part.timeline.iter().map(|entry| &entry.event).collect::<Vec<_>>())),
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_order_and_any_number_of_repeats_makes_the_same_record() {
    let test = TestResolver::start().await;
    let mut records: Vec<CallRecord> = Vec::new();
    // As it happened; the end first; the analysis first; each with every event ten times: five times the same message, and
    // each time another one beside it, as the platform repeats what it thinks was lost.
    for (name, order) in [("a", [0, 1, 2, 3, 4, 5]), ("b", [3, 4, 5, 2, 1, 0]), ("c", [4, 0, 2, 5, 3, 1])] {
        let id = format!("call_{name}");
        let request =
            ResolveCallRequest { call_id: id.clone(), record: true, ..call("+493023125100", "+491713920017") };
        if name == "a" {
            test.resolve(request.clone()).await;
        }
        let events = events(&id, "+491713920017");
        for place in order {
            let (key, payload) = &events[place];
            let message = MessageId(Uuid::now_v7());
            for _ in 0..5 {
                test.report(key, message, payload).await;
                if *key != key::CALL_TRANSCRIPT && *key != key::CALL_EVENT {
                    test.report(key, MessageId(Uuid::now_v7()), payload).await;
                }
            }
        }
        if name != "a" {
            test.resolve(request).await;
        }
        wait_for("the resolution to be kept", LONG, async || {
            let kept = get(&test, &id).await?;
            if kept.call.as_ref().unwrap().branch_slug.is_empty() { Err("no branch".to_owned()) } else { Ok(kept) }
        })
        .await;
        let found = whole(&test, &id).await;
        let record = found.call.unwrap();
        // What was looked at grows from call to call, because each teaches where the caller goes.
        assert!(record.resolution_json.contains("\"method\":\"number\",\"outcome\":\"resolved\""), "{record:?}");
        records.push(CallRecord { call_id: String::new(), resolution_json: String::new(), ..record });
    }
    let one = &records[0];
    assert_eq!((one.phase.as_str(), one.complete, one.branch_slug.as_str()), ("analyzed", true, "berlin-mitte"));
    assert_eq!((one.duration_ms, one.disconnection_reason.as_str()), (30_889, "call_transfer"));
    assert_eq!((one.cost_cents, one.sentiment.as_str(), one.successful), (12.5, "Positive", Some(true)));
    assert_eq!((one.summary.as_str(), one.transfers.as_slice()), ("Ein Termin.", &["bridged".to_owned()][..]));
    assert!(records.iter().all(|record| record == one), "{records:#?}");
    assert!(!one.customer_id.is_empty(), "three calls of one number are one customer's");
    let listed = ListCallsRequest { company: "salon".into(), phase: "analyzed".into(), ..ListCallsRequest::default() };
    let listed = test.client.clone().list_calls(listed).await.unwrap().into_inner();
    assert_eq!(listed.calls.len(), 3);
    let other = GetCallRequest { company: "suedpark".into(), call_id: "call_a".into() };
    assert!(test.client.clone().get_call(other).await.is_err(), "another company's call");
    test.stop().await;
}
