//! What RabbitMQ 4.x changed, as rules over our topology and behaviour; the table in `design.md` names each with its reason.
//!
//! A broker of 4.x is not at hand where these tests run. Each rule fails when somebody begins to rely on what 4.x took away.

use std::sync::atomic::{AtomicUsize, Ordering};

use callflow_queue::{Disposition, Topology, consumer::Config, topology::Definitions};
use lapin::options::BasicGetOptions;
use serde_json::Value;

use crate::support::{
    event,
    handler::{Script, retry},
    wait_for, with_queue,
};

fn definitions() -> Value {
    serde_json::from_str(&Definitions::new(Topology::new(), "callflow").to_json()).unwrap()
}

fn list<'a>(file: &'a Value, part: &str) -> &'a [Value] {
    file[part].as_array().unwrap()
}

fn name(thing: &Value) -> &str {
    thing["name"].as_str().unwrap()
}

#[test]
fn queues_and_exchanges_outlive_the_broker_and_need_no_policy() {
    let file = definitions();
    for thing in list(&file, "queues").iter().chain(list(&file, "exchanges")) {
        assert_eq!((&thing["durable"], &thing["auto_delete"]), (&true.into(), &false.into()), "{}", name(thing));
    }
    for queue in list(&file, "queues") {
        // Classic queues are not replicated any more, and mirroring policies are ignored.
        assert_eq!(queue["arguments"]["x-queue-type"], "quorum", "{}", name(queue));
    }
    for part in ["policies", "parameters", "global_parameters"] {
        assert!(file.get(part).is_none(), "{part} come and go without our noticing");
    }
}

#[test]
fn whatever_the_broker_moves_it_moves_at_least_once() {
    let file = definitions();
    for queue in list(&file, "queues").iter().filter(|queue| !name(queue).ends_with(".parked")) {
        let (name, arguments) = (name(queue), &queue["arguments"]);
        // All of these together; without one of them the broker falls back to at-most-once and says nothing.
        assert_eq!(arguments["x-dead-letter-strategy"], "at-least-once", "{name}");
        assert_eq!(arguments["x-overflow"], "reject-publish", "{name}");
        let (exchange, key) = (&arguments["x-dead-letter-exchange"], &arguments["x-dead-letter-routing-key"]);
        let leads = |binding: &&Value| binding["source"] == *exchange && binding["routing_key"] == *key;
        assert_eq!(list(&file, "bindings").iter().filter(leads).count(), 1, "{name} leads to one queue");
    }
}

#[tokio::test]
async fn waiting_for_something_away_uses_up_none_of_the_brokers_patience() {
    with_queue(async |corner| {
        let turn = AtomicUsize::new(0);
        let (handler, seen) = Script::new(move |_| {
            let first = turn.fetch_add(1, Ordering::SeqCst) == 0;
            async move {
                if first { Disposition::Wait { reason: "the database is away".into() } } else { retry("still away") }
            }
        });
        let running = corner.consume(handler, Config::default()).await;
        corner.publisher().await.publish(event("call_1")).await.unwrap();
        wait_for("it has waited and come back", async || seen.count() == 2).await;
        running.stop().await;
        // Not returned but published anew each time: the broker has nothing to count, in whatever release.
        let mut found = None;
        wait_for("it comes back once more", async || {
            let main = corner.family().main().to_owned();
            found = corner.channel.basic_get(main.into(), BasicGetOptions { no_ack: true }).await.unwrap();
            found.is_some()
        })
        .await;
        let delivery = found.unwrap().delivery;
        assert!(!delivery.redelivered);
        let headers = delivery.properties.headers().clone().unwrap();
        let counted = headers.inner().get("x-delivery-count").and_then(|count| count.as_long_long_int());
        assert_eq!(counted.unwrap_or_default(), 0, "{headers:?}");
        let deaths = headers.inner().get("x-death").and_then(|deaths| deaths.as_array()).unwrap();
        assert_eq!(
            deaths.as_slice().len(),
            1,
            "of its last delay alone; former ones would be a cycle to 3.10: {deaths:?}"
        );
    })
    .await;
}
