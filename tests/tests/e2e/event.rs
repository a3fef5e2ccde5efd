//! Events on the running fleet: one trace from the webhook to what follows from it.

use std::time::Duration;

use callflow_fleet::Endpoints;
use callflow_retell::signature::{HEADER, Key, sign};
use callflow_testkit::wait_for;
use jiff::Timestamp;
use lapin::{
    Channel, Connection, ConnectionProperties,
    options::{BasicGetOptions, QueueBindOptions, QueueDeclareOptions},
    types::FieldTable,
};
use serde_json::json;

/// Longest wait for anything to come true.
const PATIENCE: Duration = Duration::from_secs(20);

/// Everything about events, in an order that leaves nothing behind.
pub(crate) async fn check(endpoints: &Endpoints) {
    let connection = Connection::connect(&endpoints.amqp["admin"], ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    one_trace_goes_through(endpoints, &channel).await;
    connection.close(200, "done".into()).await.unwrap();
}

/// Reports the end of a call nobody has heard of and returns the trace the answer names.
pub(crate) async fn report_end(endpoints: &Endpoints, from: &str) -> String {
    let company = &endpoints.companies["haarwerk"];
    let now = Timestamp::now().as_millisecond();
    let body = json!({ "event": "call_ended", "event_timestamp": now, "call": {
        "call_type": "phone_call", "call_id": format!("call_trace_{now}"), "call_status": "ended", "direction": "inbound",
        "from_number": from, "to_number": "+493023125100", "start_timestamp": now - 1_000, "end_timestamp": now,
    }});
    let body = body.to_string().into_bytes();
    let signature = sign(&Key::new(&company.signing_key).unwrap(), &body, Timestamp::now());
    let answer =
        reqwest::Client::new().post(&company.events).header(HEADER, signature).body(body).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 204);
    answer.headers()["x-request-id"].to_str().unwrap().to_owned()
}

/// HTTP → AMQP → consumer → outbox → AMQP: what the resolver tells of the customer is of the webhook's trace.
async fn one_trace_goes_through(endpoints: &Endpoints, channel: &Channel) {
    let options = QueueDeclareOptions { exclusive: true, auto_delete: true, ..QueueDeclareOptions::default() };
    let queue = channel.queue_declare("".into(), options, FieldTable::default()).await.unwrap().name().clone();
    for key in ["call.ended", "customer.changed"] {
        let bind = QueueBindOptions::default();
        channel
            .queue_bind(queue.clone(), "callflow.events".into(), key.into(), bind, FieldTable::default())
            .await
            .unwrap();
    }
    let trace = report_end(endpoints, "+491713920099").await;
    let mut found = Vec::new();
    wait_for("both events", PATIENCE, async || {
        let got = channel.basic_get(queue.clone(), BasicGetOptions { no_ack: true }).await.unwrap();
        let Some(got) = got else { return Err(found.clone()) };
        let headers = got.delivery.properties.headers().clone().unwrap_or_default();
        let header = headers.inner().get("traceparent").and_then(|value| value.as_long_string().cloned());
        let traceparent = header.map(|text| text.to_string()).unwrap_or_default();
        let trace = traceparent.split('-').nth(1).unwrap_or_default();
        found.push((got.delivery.routing_key.to_string(), trace.to_owned()));
        if found.len() == 2 { Ok(()) } else { Err(found.clone()) }
    })
    .await;
    assert_eq!(found, [("call.ended".to_owned(), trace.clone()), ("customer.changed".to_owned(), trace)]);
}
