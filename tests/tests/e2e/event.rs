//! Events on the running fleet: one trace from the webhook to what follows from it, and parked messages in an operator's hand.

use std::{path::PathBuf, process::Output, time::Duration};

use callflow_fleet::Endpoints;
use callflow_retell::signature::{HEADER, Key, sign};
use callflow_testkit::wait_for;
use jiff::Timestamp;
use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties,
    options::{BasicGetOptions, BasicPublishOptions, ConfirmSelectOptions, QueueBindOptions, QueueDeclareOptions},
    types::FieldTable,
};
use serde_json::{Value, json};
use tokio::process::Command;

/// Longest wait for anything to come true.
const PATIENCE: Duration = Duration::from_secs(20);

/// Everything about events, in an order that leaves nothing behind.
pub(crate) async fn check(endpoints: &Endpoints, file: PathBuf) {
    let connection = Connection::connect(&endpoints.amqp["admin"], ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    one_trace_goes_through(endpoints, &channel).await;
    Operator { file }.looks_after_parked_messages(&channel).await;
    connection.close(200, "done".into()).await.unwrap();
}

/// Reports the end of a call nobody has heard of and returns the trace the answer names.
async fn report_end(endpoints: &Endpoints, from: &str) -> String {
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

/// Runs `callflowctl` as an operator would.
struct Operator {
    file: PathBuf,
}

impl Operator {
    async fn run(&self, args: &[&str]) -> Output {
        let here = std::env::current_exe().unwrap();
        let program = here.parent().and_then(|deps| deps.parent()).unwrap().join("callflowctl");
        let mut command = Command::new(program);
        command.arg("--endpoints").arg(&self.file).args(["-o", "json", "parked"]).args(args);
        command.output().await.unwrap()
    }

    /// Returns the messages a command names, after it has succeeded.
    async fn messages(&self, args: &[&str]) -> Vec<Value> {
        let output = self.run(args).await;
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    async fn looks_after_parked_messages(&self, channel: &Channel) {
        assert!(self.messages(&["list"]).await.is_empty(), "nothing is parked to begin with");
        put(channel, "resolver.call.v1", b"rubbish").await;
        put(channel, "booking.wish.v1", b"more rubbish").await;
        self.refuses_what_makes_no_sense().await;
        wait_for("both are parked", PATIENCE, async || {
            let found = self.messages(&["list", "--reason", "undecodable"]).await;
            if found.len() == 2 { Ok(()) } else { Err(format!("{} are", found.len())) }
        })
        .await;
        let of_resolver = self.messages(&["list", "--queue", "resolver.call.v1"]).await;
        assert_eq!(of_resolver.len(), 1);
        assert_eq!((&of_resolver[0]["attempt"], &of_resolver[0]["queue"]), (&json!(1), &json!("resolver.call.v1")));
        assert!(self.messages(&["list", "--older-than", "1h"]).await.is_empty());
        assert_eq!(self.messages(&["list", "--younger-than", "1h"]).await.len(), 2);
        // Both parts have to fit, and nothing that fits is an answer.
        let both = ["list", "--reason", "undecodable", "--younger-than", "1h", "--queue", "booking.wish.v1"];
        assert_eq!(self.messages(&both).await.len(), 1);
        assert!(self.messages(&["list", "--reason", "undecodable", "--older-than", "1h"]).await.is_empty());
        self.shows_one(&of_resolver[0]).await;
        // Sent back it is what it was: parked again, and the second time is told apart.
        assert_eq!(self.messages(&["redrive", "--queue", "booking.wish.v1", "--all"]).await.len(), 1);
        wait_for("it is parked again", PATIENCE, async || {
            let found = self.messages(&["list", "--queue", "booking.wish.v1"]).await;
            if found.iter().any(|one| one["redriven"] == 1) { Ok(()) } else { Err(format!("{found:?}")) }
        })
        .await;
        assert_eq!(self.run(&["drop"]).await.status.code(), Some(2), "which ones has to be said");
        assert_eq!(self.run(&["show", "no-such-id"]).await.status.code(), Some(1));
        assert_eq!(self.messages(&["drop", "--reason", "undecodable"]).await.len(), 2);
        assert!(self.messages(&["list"]).await.is_empty());
    }

    /// What is shown are the headers; what the message says, only for who asks.
    async fn shows_one(&self, listed: &Value) {
        let id = listed["id"].as_str().unwrap();
        let shown = self.messages(&["show", id]).await;
        assert_eq!(shown.len(), 1);
        for field in ["id", "queue", "reason", "detail", "attempt", "first_seen", "parked_at", "trace_id"] {
            assert_eq!(shown[0][field], listed[field], "{field}");
        }
        assert!(shown[0].get("payload").is_none() && shown[0]["body_bytes"] == 7, "{shown:?}");
        assert_eq!(self.messages(&["show", id, "--queue", "resolver.call.v1"]).await.len(), 1);
        let elsewhere = self.run(&["show", id, "--queue", "metrics.all.v1"]).await;
        assert_eq!(elsewhere.status.code(), Some(1), "another consumer's");
        assert_eq!(self.messages(&["list"]).await.len(), 2, "looking changes nothing");
    }

    async fn refuses_what_makes_no_sense(&self) {
        let wrong: [(&[&str], &str); 5] = [
            (&["list", "--queue", "nobodys.queue"], "metrics.all.v1"),
            (&["list", "--older-than", "yesterday"], "--older-than"),
            (&["list", "--younger-than", "1y"], "--younger-than"),
            (&["show"], "which message?"),
            (&["redrive", "--queue", "booking.wish.v1"], "--reason"),
        ];
        for (args, named) in wrong {
            let output = self.run(args).await;
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.code() == Some(2) && said.contains(named), "{args:?}: {said}");
        }
    }
}

async fn put(channel: &Channel, queue: &str, body: &[u8]) {
    channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
    let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
    let confirm = channel.basic_publish("".into(), queue.into(), options, body, BasicProperties::default()).await;
    assert!(confirm.unwrap().await.unwrap().is_ack());
}
