//! Every message twice, in any order, with retries in between: a handler with an inbox ends in the same state.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex},
};

use callflow_queue::{Delivery, Disposition, Message, consumer::Config};
use rand::seq::SliceRandom;

use crate::support::{
    envelope,
    handler::{Script, retry},
    wait_for, with_queue,
};

/// A call's record as a consumer keeps it: an inbox, and a state that only moves forward.
#[derive(Default)]
struct Records {
    inbox: HashSet<String>,
    effects: usize,
    furthest: BTreeMap<String, usize>,
}

const STAGES: [&str; 3] = ["call.started", "call.ended", "call.analyzed"];

impl Records {
    fn take(&mut self, delivery: &Delivery) {
        if self.inbox.insert(delivery.envelope.message_id.clone()) {
            let stage = STAGES.iter().position(|key| *key == delivery.routing_key).unwrap();
            let record = self.furthest.entry(delivery.envelope.correlation_id.clone()).or_default();
            *record = stage.max(*record);
            self.effects += 1;
        }
    }
}

#[tokio::test]
async fn duplicates_and_disorder_change_nothing() {
    with_queue(async |corner| {
        let records = Arc::new(Mutex::new(Records::default()));
        let kept = records.clone();
        let (handler, seen) = Script::new(move |delivery: Delivery| {
            // One in ten fails the first time, so that retries overtake and are overtaken.
            let fails = delivery.attempt == 1 && delivery.message_id.uuid().as_u128().is_multiple_of(10);
            if !fails {
                kept.lock().unwrap().take(&delivery);
            }
            async move { if fails { retry("unlucky") } else { Disposition::Done } }
        });
        let mut messages = Vec::new();
        for call in 0..100 {
            for key in STAGES {
                let message = Message::event(key, &envelope(&format!("call_{call}"))).unwrap();
                messages.extend([message.clone(), message]);
            }
        }
        messages.shuffle(&mut rand::rng());
        let retried = messages.iter().filter(|message| {
            let id: uuid::Uuid = message.id().parse().unwrap();
            id.as_u128().is_multiple_of(10)
        });
        let expected = messages.len() + retried.count();
        let publisher = corner.publisher().await;
        futures::future::join_all(messages.iter().map(|message| publisher.publish(message.clone())))
            .await
            .into_iter()
            .for_each(Result::unwrap);
        let running = corner.consume(handler, Config::default()).await;
        wait_for("everything is handled", async || seen.count() == expected).await;
        running.stop().await;
        let records = records.lock().unwrap();
        assert_eq!(records.effects, 300, "each event once");
        assert_eq!(records.furthest.len(), 100);
        assert!(records.furthest.values().all(|stage| *stage == 2));
    })
    .await;
}
