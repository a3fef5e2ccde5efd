//! Calls that nobody asked about while they rang, and what a call teaches: evidence, never our own guesses.

use callflow_contract::{
    common::v1::CountRequest,
    convert::to_wire_range,
    resolver::v1::{CallRecord, FindCustomerRequest, GetCallRequest, ListCallsRequest, ResolveCallRequest},
};
use callflow_domain::id::MessageId;
use callflow_queue::topology::key;
use callflow_testkit::wait_for;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixture::{LONG, TestResolver, call, salon};

async fn record(test: &TestResolver, id: &str) -> Result<CallRecord, String> {
    let request = GetCallRequest { company: "salon".into(), call_id: id.into() };
    let found = test.client.clone().get_call(request).await.map_err(|status| status.to_string())?;
    Ok(found.into_inner().call.unwrap())
}

/// Reports that a call has begun and has ended, and returns its record.
pub(crate) async fn held(test: &TestResolver, id: &str, mut object: Value) -> CallRecord {
    object["call_id"] = id.into();
    object["start_timestamp"] = 1_795_507_954_000_i64.into();
    let started = json!({"event": "call_started", "call": object});
    test.report(key::CALL_STARTED, MessageId(Uuid::now_v7()), &started).await;
    object["end_timestamp"] = 1_795_508_000_000_i64.into();
    let ended = json!({"event": "call_ended", "call": object});
    test.report(key::CALL_ENDED, MessageId(Uuid::now_v7()), &ended).await;
    wait_for(&format!("{id} to be over"), LONG, async || {
        let found = record(test, id).await?;
        // The start may come second.
        let both = found.phase == "ended" && found.started_at.is_some();
        if both { Ok(found) } else { Err(found.phase) }
    })
    .await
}

fn phone(from: &str, to: &str) -> Value {
    json!({"call_type": "phone_call", "direction": "inbound", "from_number": from, "to_number": to})
}

/// What our own answer attaches to a call, and the platform repeats in every event.
fn echo(branch: &str, language: &str) -> Value {
    let id = salon().branch(branch).to_string();
    json!({"company": "salon", "branch": branch, "branch_id": id, "language": language})
}

pub(crate) fn decided(record: &CallRecord) -> (String, String) {
    let kept: Value = serde_json::from_str(&record.resolution_json).unwrap();
    (record.branch_slug.clone(), kept["method"].as_str().unwrap().to_owned())
}

fn pair(branch: &str, method: &str) -> (String, String) {
    (branch.to_owned(), method.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_nobody_asked_about_is_resolved_from_its_events() {
    let test = TestResolver::start().await;
    let web = json!({"call_type": "web_call", "agent_id": "agent_potsdam", "metadata": {"location_id": "london"}});
    assert_eq!(decided(&held(&test, "call_web", web).await), pair("london", "metadata"));
    let outbound = json!({"call_type": "phone_call", "direction": "outbound", "from_number": "+4933123125200",
        "to_number": "+491713920040"});
    assert_eq!(decided(&held(&test, "call_out", outbound).await), pair("potsdam", "number"));
    let foreign = json!({"call_type": "web_call", "metadata": {"tenant_id": "suedpark", "location_id": "koeln"}});
    assert_eq!(decided(&held(&test, "call_foreign", foreign).await), pair("berlin-mitte", "default"));
    let mut diverted = phone("anonymous", "+493023125100");
    diverted["custom_sip_headers"] = json!({"Diversion": "<sip:+493023125101@x>;reason=busy"});
    let diverted = held(&test, "call_diverted", diverted).await;
    assert_eq!(decided(&diverted), pair("berlin-west", "number"));

    // An old inbound request names no call: nothing is kept then, and the call is one call all the same.
    test.resolve(ResolveCallRequest { record: true, ..call("+493023125999", "anonymous") }).await;
    let mut old = phone("anonymous", "+493023125999");
    old["metadata"] = echo("potsdam", "de");
    let old = held(&test, "call_old", old).await;
    assert_eq!(decided(&old), pair("berlin-mitte", "default"), "what we answered is no signal");
    let all = ListCallsRequest { company: "salon".into(), ..ListCallsRequest::default() };
    assert_eq!(test.client.clone().list_calls(all).await.unwrap().into_inner().calls.len(), 5);
    what_was_reported_is_counted(&test).await;
    test.stop().await;
}

async fn what_was_reported_is_counted(test: &TestResolver) {
    let now = Timestamp::now();
    let range = |from, until| CountRequest { range: Some(to_wire_range(from, until)) };
    let counted = test.client.clone().count_events(range(now - 30.minutes(), now + 30.minutes())).await.unwrap();
    let counted = counted.into_inner().counts;
    let sum = |name: &str| counted.iter().filter(|one| one.name == name).map(|one| one.count).sum::<u64>();
    assert_eq!((sum("call_started"), sum("call_ended"), sum("call_analyzed")), (5, 5, 0));
    let refused = test.client.clone().count_events(range(now, now + 25.hours())).await.unwrap_err();
    assert_eq!((refused.code(), refused.message().contains("range")), (tonic::Code::InvalidArgument, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_evidence_is_learned_and_what_was_guessed_is_not() {
    let test = TestResolver::start().await;
    let customer = async |from: &str| {
        let request = FindCustomerRequest { company: "salon".into(), phone: from.into(), ..Default::default() };
        test.client.clone().find_customer(request).await.unwrap().into_inner().caller.unwrap().customers.remove(0)
    };
    let ring = async |id: &str, to: &str, from: &str| {
        test.resolve(ResolveCallRequest { call_id: id.into(), record: true, ..call(to, from) }).await
    };
    // German by the caller's country, and the platform repeats it: that says nothing about the caller.
    let guessed = "+491713920031";
    assert_eq!(ring("call_1", "+493023125100", guessed).await.language_reason, "caller_country");
    let mut object = phone(guessed, "+493023125100");
    object["metadata"] = echo("berlin-mitte", "de");
    held(&test, "call_1", object).await;
    let known = customer(guessed).await;
    assert_eq!((known.calls, known.language.as_str()), (1, ""));
    assert_eq!(test.resolve(call("+493023125777", guessed)).await.language, "tr", "the dialled number decides");
    // The number led to the branch, and that is learned.
    let again = test.resolve(call("+493023125999", guessed)).await;
    assert_eq!((again.method.as_str(), again.branch.unwrap().slug.as_str()), ("history", "berlin-mitte"));

    // Held in another language than we chose: somebody asked for it.
    let asked = "+491713920032";
    ring("call_2", "+4933123125200", asked).await;
    let mut object = phone(asked, "+4933123125200");
    object["metadata"] = echo("potsdam", "de");
    object["collected_dynamic_variables"] = json!({"language": "Türkçe"});
    held(&test, "call_2", object).await;
    assert_eq!(customer(asked).await.language, "tr");
    let again = test.resolve(call("+493023125100", asked)).await;
    assert_eq!((again.language.as_str(), again.language_reason.as_str()), ("tr", "customer"));

    // Reached by default, by the clock or by history: the branch says nothing about where the caller belongs.
    let by_clock = "+491713920033";
    assert_eq!(ring("call_3", "+493023125999", by_clock).await.method, "time_zone");
    held(&test, "call_3", phone(by_clock, "+493023125999")).await;
    assert_eq!(customer(by_clock).await.calls, 1);
    let again = test.resolve(call("+493023125999", by_clock)).await;
    assert_eq!(again.method, "time_zone");
    let history = again.signals.iter().find(|signal| signal.name == "history").unwrap();
    assert_eq!(history.reason, "the caller has been at no branch yet");
    test.stop().await;
}
