//! Our publisher beside a bare client that does the least that still proves delivery, on the same broker in one run.
//!
//! `AMQP_URL=amqp://… cargo run --release -p callflow-queue --example bench_publish [-- --json]`
//!
//! Each caller publishes a persistent message of 2 KB to a quorum queue, waits for its confirm, and goes on. The bare
//! client is measured twice, with a channel per caller and with one channel for all, and the faster one is the limit.
//! (One channel for all is not even sound: two callers can swap confirms. It is here because it is what one writes first.)
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::{env, time::Duration};

use callflow_contract::event::v1::Envelope;
use callflow_queue::{Endpoint, Message, Publisher, Topology, publisher::Config, topology::METRICS_ALL};
use futures::future::join_all;
use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties,
    options::{
        BasicPublishOptions, ConfirmSelectOptions, ExchangeDeleteOptions, QueueDeleteOptions, QueuePurgeOptions,
    },
    types::{AMQPValue, FieldTable},
};
use tokio::time::Instant;
use uuid::Uuid;

const BODY_BYTES: usize = 2_048;
const KEY: &str = "call.started";
/// Times each contestant runs; the best counts, so that a hiccup of the machine is nobody's loss.
const ROUNDS: usize = 3;

#[tokio::main]
async fn main() {
    let address = env::var("AMQP_URL").expect("AMQP_URL names a RabbitMQ");
    let endpoint = Endpoint::parse(&address).unwrap();
    let topology = Topology::prefixed(format!("bench{}-", Uuid::new_v4().simple()));
    topology.declare_only(&endpoint, &[METRICS_ALL]).await.unwrap();
    let connection = Connection::connect(&address, ConnectionProperties::default()).await.unwrap();
    let config = Config { expects: vec![METRICS_ALL], deadline: Duration::from_secs(30), ..Config::default() };
    let publisher = Publisher::start(endpoint, &topology, config);
    assert!(publisher.wait_ready(Duration::from_secs(10)).await, "the broker is there");
    let mut results = Vec::new();
    for callers in [16, 64, 256] {
        let count = callers * 200;
        let bench = Bench { connection: &connection, topology: &topology, callers, count };
        let (mut own, mut shared, mut ours) = (0.0_f64, 0.0_f64, 0.0_f64);
        for _ in 0..ROUNDS {
            own = own.max(bench.bare(true).await);
            shared = shared.max(bench.bare(false).await);
            ours = ours.max(bench.publisher(&publisher).await);
        }
        results.push((callers, own, shared, ours));
    }
    report(&results, env::args().any(|argument| argument == "--json"));
    publisher.close().await;
    clear(&connection, &topology).await;
}

struct Bench<'a> {
    connection: &'a Connection,
    topology: &'a Topology,
    callers: usize,
    count: usize,
}

impl Bench<'_> {
    /// Returns messages per second of bare callers.
    async fn bare(&self, channel_each: bool) -> f64 {
        self.empty().await;
        let first = open(self.connection).await;
        let mut channels = Vec::new();
        for _ in 0..self.callers {
            channels.push(if channel_each { open(self.connection).await } else { first.clone() });
        }
        let exchange = self.topology.exchange();
        let each = self.count / self.callers;
        let began = Instant::now();
        let callers = channels.into_iter().map(|channel| tokio::spawn(bare_caller(channel, exchange.clone(), each)));
        join_all(callers).await.into_iter().for_each(Result::unwrap);
        self.rate(began)
    }

    /// Returns messages per second of callers of our publisher.
    async fn publisher(&self, publisher: &Publisher) -> f64 {
        self.empty().await;
        let each = self.count / self.callers;
        let began = Instant::now();
        let callers = (0..self.callers).map(|_| tokio::spawn(our_caller(publisher.clone(), each)));
        join_all(callers).await.into_iter().for_each(Result::unwrap);
        self.rate(began)
    }

    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    fn rate(&self, began: Instant) -> f64 {
        self.count as f64 / began.elapsed().as_secs_f64()
    }

    async fn empty(&self) {
        let channel = self.connection.create_channel().await.unwrap();
        let queue = self.topology.family(&METRICS_ALL).main().to_owned();
        channel.queue_purge(queue.into(), QueuePurgeOptions::default()).await.unwrap();
    }
}

async fn open(connection: &Connection) -> Channel {
    let channel = connection.create_channel().await.unwrap();
    channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
    channel
}

/// Sends what our publisher sends: the same size, the same number of properties and headers.
async fn bare_caller(channel: Channel, exchange: String, count: usize) {
    let body = vec![7; BODY_BYTES];
    let options = BasicPublishOptions { mandatory: true, immediate: false };
    for _ in 0..count {
        let mut headers = FieldTable::default();
        for name in ["callflow-key", "callflow-company", "callflow-first-seen-ms", "callflow-attempt"] {
            headers.insert(name.into(), AMQPValue::LongLongInt(1));
        }
        let properties = BasicProperties::default()
            .with_delivery_mode(2)
            .with_message_id(Uuid::now_v7().to_string().into())
            .with_headers(headers);
        let confirm = channel.basic_publish(exchange.as_str().into(), KEY.into(), options, &body, properties);
        assert!(confirm.await.unwrap().await.unwrap().is_ack());
    }
}

async fn our_caller(publisher: Publisher, count: usize) {
    for _ in 0..count {
        let envelope =
            Envelope { message_id: Uuid::now_v7().to_string(), body: vec![7; BODY_BYTES - 40], ..Envelope::default() };
        publisher.publish(Message::event(KEY, &envelope).unwrap()).await.unwrap();
    }
}

fn report(results: &[(usize, f64, f64, f64)], json: bool) {
    let worst = results.iter().map(|(_, own, shared, ours)| ours / own.max(*shared)).fold(f64::MAX, f64::min);
    if json {
        println!("{{\"publish.ratio_to_limit\": {worst:.3}}}");
        return;
    }
    println!("callers   channel each   channel shared   publisher   of the limit");
    for (callers, own, shared, ours) in results {
        let ratio = 100.0 * ours / own.max(*shared);
        println!("{callers:>7} {own:>12.0}/s {shared:>14.0}/s {ours:>9.0}/s {ratio:>12.0} %");
    }
}

async fn clear(connection: &Connection, topology: &Topology) {
    let channel = connection.create_channel().await.unwrap();
    let family = topology.family(&METRICS_ALL);
    for queue in family.queues() {
        channel.queue_delete(queue.into(), QueueDeleteOptions::default()).await.unwrap();
    }
    for exchange in [family.route(), topology.exchange()] {
        channel.exchange_delete(exchange.into(), ExchangeDeleteOptions::default()).await.unwrap();
    }
}
