//! How fast the loop feeds a handler that has nothing to do, and one that waits as long as a small transaction takes.
//!
//! `AMQP_URL=amqp://… cargo run --release -p callflow-queue --example bench_consume`
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::{
    env,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use callflow_contract::{
    event::v1::{CallEvent, Envelope},
    schema::seal,
};
use callflow_queue::{
    Consumer, Delivery, Disposition, Endpoint, Handler, Message, Publisher, Topology, consumer, publisher,
    topology::METRICS_ALL,
};
use futures::future::join_all;
use lapin::{
    Connection, ConnectionProperties,
    options::{ExchangeDeleteOptions, QueueDeleteOptions},
};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const MESSAGES: usize = 20_000;

struct Counting {
    handled: Arc<AtomicUsize>,
    takes: Duration,
}

impl Handler for Counting {
    async fn handle(&self, _: Delivery) -> Disposition {
        if !self.takes.is_zero() {
            sleep(self.takes).await;
        }
        self.handled.fetch_add(1, Ordering::Relaxed);
        Disposition::Done
    }
}

#[tokio::main]
async fn main() {
    let address = env::var("AMQP_URL").expect("AMQP_URL names a RabbitMQ");
    let endpoint = Endpoint::parse(&address).unwrap();
    let topology = Topology::prefixed(format!("bench{}-", Uuid::new_v4().simple()));
    topology.declare_only(&endpoint, &[METRICS_ALL]).await.unwrap();
    let config = publisher::Config {
        expects: vec![METRICS_ALL],
        deadline: Duration::from_secs(60),
        ..publisher::Config::default()
    };
    let publisher = Publisher::start(endpoint.clone(), &topology, config);
    for takes in [Duration::ZERO, Duration::from_millis(3)] {
        fill(&publisher).await;
        let rate = measure(&endpoint, &topology, &publisher, takes).await;
        println!("handler of {:>3} ms: {rate:>7.0} events/s", takes.as_millis());
    }
    clear(&address, &topology).await;
}

async fn fill(publisher: &Publisher) {
    let publish = async |_| {
        let envelope = Envelope { message_id: Uuid::now_v7().to_string(), ..Envelope::default() };
        let event = CallEvent { payload: vec![7; 1_500], ..CallEvent::default() };
        publisher.publish(Message::event("call.event", &seal(&event, envelope)).unwrap()).await.unwrap();
    };
    join_all((0..MESSAGES).map(publish)).await;
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
async fn measure(endpoint: &Endpoint, topology: &Topology, publisher: &Publisher, takes: Duration) -> f64 {
    let handled = Arc::new(AtomicUsize::new(0));
    let handler = Counting { handled: handled.clone(), takes };
    let family = topology.family(&METRICS_ALL);
    let consumer = Consumer::new(endpoint.clone(), family, publisher.clone(), handler, consumer::Config::default());
    let stop = CancellationToken::new();
    let running = tokio::spawn(consumer.run(stop.clone()));
    while handled.load(Ordering::Relaxed) == 0 {
        sleep(Duration::from_millis(1)).await;
    }
    let began = Instant::now();
    while handled.load(Ordering::Relaxed) < MESSAGES {
        sleep(Duration::from_millis(1)).await;
    }
    let took = began.elapsed().as_secs_f64();
    stop.cancel();
    running.await.unwrap();
    MESSAGES as f64 / took
}

async fn clear(address: &str, topology: &Topology) {
    let connection = Connection::connect(address, ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    let family = topology.family(&METRICS_ALL);
    for queue in family.queues() {
        channel.queue_delete(queue.into(), QueueDeleteOptions::default()).await.unwrap();
    }
    for exchange in [family.route(), topology.exchange()] {
        channel.exchange_delete(exchange.into(), ExchangeDeleteOptions::default()).await.unwrap();
    }
}
