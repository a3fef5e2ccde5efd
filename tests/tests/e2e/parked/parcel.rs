//! A message as the resolver would park it, made from one that ingress published, of a call nobody else knows.

use std::time::Duration;

use callflow_contract::{
    event::v1::{CallEvent, Envelope},
    schema::{open, seal},
};
use callflow_fleet::Endpoints;
use callflow_testkit::wait_for;
use jiff::{SignedDuration, Timestamp};
use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties,
    options::{BasicGetOptions, BasicPublishOptions, ConfirmSelectOptions, QueueBindOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable},
};
use prost::Message as _;
use uuid::Uuid;

/// Who calls; personal data.
pub(super) const CALLER: &str = "+491713920097";

/// What is known of the parked message.
pub(super) struct Parcel {
    pub(super) id: String,
    pub(super) call: String,
    pub(super) trace: String,
    pub(super) first_seen: String,
}

/// An administrator's line to the broker.
pub(super) struct Post {
    connection: Connection,
    channel: Channel,
}

impl Post {
    pub(super) async fn open(endpoints: &Endpoints) -> Self {
        let connection = Connection::connect(&endpoints.amqp["admin"], ConnectionProperties::default()).await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
        Self { connection, channel }
    }

    pub(super) async fn close(self) {
        self.connection.close(200, "done".into()).await.unwrap();
    }

    /// Publishes a body to a queue (of the default exchange) or under a key, and returns when the broker has it.
    pub(super) async fn put(&self, exchange: &str, key: &str, body: &[u8], properties: BasicProperties) {
        let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
        let confirm = self.channel.basic_publish(exchange.into(), key.into(), options, body, properties).await;
        assert!(confirm.unwrap().await.unwrap().is_ack());
    }

    /// Returns the envelope in which ingress publishes the end of a call.
    async fn published(&self, endpoints: &Endpoints) -> Envelope {
        let options = QueueDeclareOptions { exclusive: true, auto_delete: true, ..QueueDeclareOptions::default() };
        let queue = self.channel.queue_declare("".into(), options, FieldTable::default()).await.unwrap();
        let (queue, bind) = (queue.name().clone(), QueueBindOptions::default());
        let bound = self.channel.queue_bind(
            queue.clone(),
            "callflow.events".into(),
            "call.ended".into(),
            bind,
            FieldTable::default(),
        );
        bound.await.unwrap();
        let before = handled(endpoints, "resolver").await;
        crate::event::report_end(endpoints, CALLER).await;
        let mut body = Vec::new();
        wait_for("the event is published and handled", Duration::from_secs(20), async || {
            if let Some(got) = self.channel.basic_get(queue.clone(), BasicGetOptions { no_ack: true }).await.unwrap() {
                body = got.delivery.data;
            }
            let done = handled(endpoints, "resolver").await > before;
            if !body.is_empty() && done { Ok(()) } else { Err(format!("{} bytes, handled: {done}", body.len())) }
        })
        .await;
        Envelope::decode(body.as_slice()).unwrap()
    }

    /// Parks the end of a new call for the resolver, two hours ago and twice, as a redrive leaves it that broke off.
    pub(super) async fn park_twice(&self, endpoints: &Endpoints) -> Parcel {
        let envelope = self.published(endpoints).await;
        let event: CallEvent = open(&envelope).unwrap();
        let (former, call) = (event.call_id.clone(), format!("call_parked_{}", Uuid::now_v7().simple()));
        let payload = String::from_utf8(event.payload.clone()).unwrap().replace(&former, &call);
        let event = CallEvent {
            call_id: call.clone(),
            dedup_key: event.dedup_key.replace(&former, &call),
            payload: payload.into_bytes(),
            ..event
        };
        let (id, trace) = (Uuid::now_v7().to_string(), Uuid::now_v7().simple().to_string());
        let (message_id, correlation_id, ordering_key) = (id.clone(), call.clone(), call.clone());
        let envelope = seal(&event, Envelope { message_id, correlation_id, ordering_key, ..envelope });
        let parked = Timestamp::now() - SignedDuration::from_hours(2);
        let first_seen = Timestamp::from_second(parked.as_second() - 60).unwrap();
        let mut headers = FieldTable::default();
        for (name, text) in [
            ("callflow-key", "call.ended"),
            ("callflow-reason", "refused"),
            ("callflow-reason-detail", "no such branch"),
            ("traceparent", &format!("00-{trace}-b7ad6b7169203331-01")),
        ] {
            headers.insert(name.into(), AMQPValue::LongString(text.into()));
        }
        for (name, number) in [
            ("callflow-attempt", 3),
            ("callflow-first-seen-ms", first_seen.as_millisecond()),
            ("callflow-parked-at-ms", parked.as_millisecond()),
        ] {
            headers.insert(name.into(), AMQPValue::LongLongInt(number));
        }
        let properties = BasicProperties::default().with_headers(headers).with_delivery_mode(2);
        let properties = properties.with_message_id(id.as_str().into()).with_correlation_id(call.as_str().into());
        for _ in 0..2 {
            self.put("resolver.call.v1.route", "parked", &envelope.encode_to_vec(), properties.clone()).await;
        }
        Parcel { id, call, trace, first_seen: first_seen.to_string() }
    }
}

/// Returns how many call events a service has dealt with.
pub(super) async fn handled(endpoints: &Endpoints, service: &str) -> f64 {
    let url = format!("{}/metrics", endpoints.services[service].admin);
    let text = reqwest::get(url).await.unwrap().text().await.unwrap();
    let ours = |line: &&str| {
        line.starts_with("queue_messages_total{")
            && line.contains("queue=\"resolver.call.v1\"")
            && line.contains("outcome=\"done\"")
    };
    let value = |line: &str| line.rsplit(' ').next().and_then(|value| value.parse::<f64>().ok());
    text.lines().filter(ours).filter_map(value).sum()
}
