//! A broker with a corner of its own for each test, and the few things every test does.

pub(crate) mod discreet;
pub(crate) mod handler;
pub(crate) mod outbox;
pub(crate) mod raw;

use std::time::Duration;

use callflow_contract::{
    event::v1::{CallEvent, Envelope},
    schema::seal,
};
use callflow_queue::{
    Consumer, Endpoint, Handler, Message, Publisher, Topology,
    consumer::{self, Readiness},
    publisher,
    topology::{Family, METRICS_ALL, Subscription},
};
use callflow_testkit::{FaultProxy, PrivateStack, TestBroker};
use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties,
    options::{BasicPublishOptions, QueueDeclareOptions},
    types::FieldTable,
};
use tokio::{task::JoinHandle, time::Instant};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Longest time anything in these tests may take to come true.
const PATIENCE: Duration = Duration::from_secs(30);

/// A virtual host with some families in it.
pub(crate) struct Corner {
    pub(crate) address: String,
    pub(crate) topology: Topology,
    subscriptions: Vec<Subscription>,
    connection: Connection,
    pub(crate) channel: Channel,
    /// Removes the virtual host at the end; a private broker has none to remove.
    _broker: Option<TestBroker>,
}

/// Runs a test in a corner with the given families.
pub(crate) async fn with_corner(subscriptions: &[Subscription], test: impl AsyncFnOnce(&Corner)) {
    let broker = TestBroker::start().await;
    let address = broker.url().to_owned();
    test(&Corner::make(address, subscriptions, Some(broker)).await).await;
}

/// As [`with_corner`], with the family that takes every key.
pub(crate) async fn with_queue(test: impl AsyncFnOnce(&Corner)) {
    with_corner(&[METRICS_ALL], test).await;
}

/// Runs a test in a corner of a broker of its own, to be hurt.
pub(crate) async fn with_private_broker(test: impl AsyncFnOnce(&PrivateStack, &Corner)) {
    let stack = TestBroker::private().await;
    let corner = Corner::make(stack.rabbitmq().admin_url(), &[METRICS_ALL], None).await;
    test(&stack, &corner).await;
}

impl Corner {
    async fn make(address: String, subscriptions: &[Subscription], broker: Option<TestBroker>) -> Self {
        // `RUST_LOG=callflow_queue=debug` shows what happened.
        let filter = tracing_subscriber::EnvFilter::from_default_env();
        let _ = tracing_subscriber::fmt().with_env_filter(filter).with_test_writer().try_init();
        let topology = Topology::new();
        let endpoint = Endpoint::parse(&address).unwrap();
        topology.declare_only(&endpoint, subscriptions).await.unwrap();
        let connection = Connection::connect(&address, ConnectionProperties::default()).await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        Self { address, topology, subscriptions: subscriptions.to_vec(), connection, channel, _broker: broker }
    }

    /// Returns a link to the broker that can be made to fail, and the endpoint behind it.
    pub(crate) async fn link(&self) -> (FaultProxy, Endpoint) {
        let (link, address) = FaultProxy::before(&self.address).await;
        (link, Endpoint::parse(&address).unwrap())
    }

    pub(crate) fn endpoint(&self) -> Endpoint {
        Endpoint::parse(&self.address).unwrap().named("test")
    }

    pub(crate) fn family(&self) -> Family {
        self.topology.family(&self.subscriptions[0])
    }

    /// Returns settings for a publisher that expects just this corner's queues.
    pub(crate) fn publishing(&self) -> publisher::Config {
        publisher::Config {
            expects: self.subscriptions.clone(),
            deadline: Duration::from_secs(5),
            ..publisher::Config::default()
        }
    }

    pub(crate) async fn publisher(&self) -> Publisher {
        let publisher = Publisher::start(self.endpoint(), &self.topology, self.publishing());
        assert!(publisher.wait_ready(PATIENCE).await, "publisher connects");
        publisher
    }

    pub(crate) async fn consume(&self, handler: impl Handler, config: consumer::Config) -> Running {
        self.consume_at(self.endpoint(), handler, config).await
    }

    /// Starts a consumer that reaches the broker at `endpoint`, and waits until it receives.
    pub(crate) async fn consume_at(
        &self,
        endpoint: Endpoint,
        handler: impl Handler,
        config: consumer::Config,
    ) -> Running {
        let running = self.start(endpoint, handler, config).await;
        wait_for("the consumer receives", async || running.readiness.is_ready()).await;
        running
    }

    /// Starts a consumer that has something to overcome before it receives.
    pub(crate) async fn consume_when_it_can(&self, handler: impl Handler, config: consumer::Config) -> Running {
        self.start(self.endpoint(), handler, config).await
    }

    async fn start(&self, endpoint: Endpoint, handler: impl Handler, config: consumer::Config) -> Running {
        let publisher = self.publisher().await;
        let consumer = Consumer::new(endpoint, self.family(), publisher, handler, config);
        let (readiness, stop) = (consumer.readiness(), CancellationToken::new());
        let task = tokio::spawn(consumer.run(stop.clone()));
        Running { readiness, stop, task }
    }

    /// Returns how many messages are ready in a queue.
    pub(crate) async fn count(&self, queue: &str) -> u32 {
        let options = QueueDeclareOptions { passive: true, durable: true, ..Default::default() };
        let channel = self.connection.create_channel().await.unwrap();
        let queue = channel.queue_declare(queue.into(), options, FieldTable::default()).await.unwrap();
        queue.message_count()
    }

    pub(crate) async fn wait_count(&self, queue: &str, expected: u32) {
        let reached = async || self.count(queue).await == expected;
        wait_for(&format!("{expected} messages in {queue}"), reached).await;
    }

    /// Publishes to a queue directly, without any of our own care.
    pub(crate) async fn put(&self, queue: &str, body: &[u8], properties: BasicProperties) {
        let options = BasicPublishOptions::default();
        self.channel.basic_publish("".into(), queue.into(), options, body, properties).await.unwrap().await.unwrap();
    }
}

/// A consumer at work.
pub(crate) struct Running {
    pub(crate) readiness: Readiness,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    /// Tells the consumer to end and waits until it has.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        tokio::time::timeout(PATIENCE, self.task).await.expect("the consumer ends").unwrap();
    }
}

/// Returns a fresh envelope with a call event in it.
pub(crate) fn envelope(call: &str) -> Envelope {
    let envelope = Envelope {
        message_id: Uuid::now_v7().to_string(),
        correlation_id: call.to_owned(),
        company_id: Uuid::from_u128(1).to_string(),
        ordering_key: call.to_owned(),
        ..Envelope::default()
    };
    seal(&CallEvent { event: "call_started".into(), call_id: call.into(), ..CallEvent::default() }, envelope)
}

pub(crate) fn event(call: &str) -> Message {
    Message::event("call.started", &envelope(call)).unwrap()
}

/// Waits until `condition` holds.
pub(crate) async fn wait_for(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !condition().await {
        assert!(Instant::now() < end, "still not so after {PATIENCE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}
