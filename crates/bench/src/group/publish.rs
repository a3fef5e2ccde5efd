//! The publisher beside a bare client that does the least that still proves delivery, on the same broker in one run.
//!
//! Each caller publishes a persistent message of 2 KB to a quorum queue, waits for its confirm, and goes on. The bare
//! client is measured with a channel per caller and with one channel for all, and the faster one is the limit. (One
//! channel for all is not even sound: two callers can swap confirms. It is here because it is what one writes first.)

use std::time::Duration;

use anyhow::{Context as _, ensure};
use callflow_contract::event::v1::Envelope;
use callflow_queue::{Endpoint, Message, Publisher, Topology, publisher::Config, topology::METRICS_ALL};
use futures::future::try_join_all;
use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties,
    options::{BasicPublishOptions, ConfirmSelectOptions, QueuePurgeOptions},
    types::{AMQPValue, FieldTable},
};
use prost::Message as _;
use tokio::time::Instant;
use uuid::Uuid;

use super::corner;
use crate::{figure::Figure, world::World};

const BODY_BYTES: usize = 2_048;
const KEY: &str = "call.started";
/// Times each contestant runs; the best counts, so that a hiccup of the machine is nobody's loss.
const ROUNDS: usize = 3;
/// Messages of each round, shared among the callers: about a second's worth, so that a start counts for little.
const MESSAGES: usize = 25_600;

/// Returns how the publisher compares with a bare client, at the concurrency where it compares worst.
pub(crate) async fn measure(world: &World) -> anyhow::Result<Vec<Figure>> {
    let address = corner::broker(world).await?;
    let topology = corner::topology();
    let endpoint = Endpoint::parse(&address)?;
    topology.declare_only(&endpoint, &[METRICS_ALL]).await?;
    let connection = Connection::connect(&address, ConnectionProperties::default()).await?;
    let config = Config { expects: vec![METRICS_ALL], deadline: Duration::from_secs(30), ..Config::default() };
    let publisher = Publisher::start(endpoint, &topology, config);
    ensure!(publisher.wait_ready(Duration::from_secs(10)).await, "the broker does not answer");
    let mut figures = Vec::new();
    let mut worst = f64::MAX;
    for callers in [16, 64, 256] {
        let bench = Contest { connection: &connection, topology: &topology, callers };
        let (mut limit, mut ours) = (0.0_f64, 0.0_f64);
        for _ in 0..ROUNDS {
            limit = limit.max(bench.bare(true).await?).max(bench.bare(false).await?);
            ours = ours.max(bench.publisher(&publisher).await?);
        }
        worst = worst.min(ours / limit);
        figures.push(Figure::known(&format!("publish.per_second_at_{callers}"), ours));
        figures.push(Figure::known(&format!("publish.limit_per_second_at_{callers}"), limit));
    }
    figures.push(Figure::at_least("publish.ratio_to_limit", worst, 0.8));
    publisher.close().await;
    corner::clear(&address, &topology, &METRICS_ALL).await?;
    Ok(figures)
}

struct Contest<'a> {
    connection: &'a Connection,
    topology: &'a Topology,
    callers: usize,
}

impl Contest<'_> {
    /// Returns messages per second of bare callers.
    async fn bare(&self, channel_each: bool) -> anyhow::Result<f64> {
        self.empty().await?;
        let first = open(self.connection).await?;
        let mut channels = Vec::new();
        for _ in 0..self.callers {
            channels.push(if channel_each { open(self.connection).await? } else { first.clone() });
        }
        let (exchange, each) = (self.topology.exchange(), MESSAGES / self.callers);
        let began = Instant::now();
        let callers = channels.iter().map(|channel| tokio::spawn(bare_caller(channel.clone(), exchange.clone(), each)));
        try_join_all(callers).await?.into_iter().collect::<anyhow::Result<()>>()?;
        let rate = Self::rate(began);
        for channel in channels {
            if channel.status().connected() {
                channel.close(200, "done".into()).await?;
            }
        }
        Ok(rate)
    }

    /// Returns messages per second of callers of our publisher.
    async fn publisher(&self, publisher: &Publisher) -> anyhow::Result<f64> {
        self.empty().await?;
        let each = MESSAGES / self.callers;
        let began = Instant::now();
        let callers = (0..self.callers).map(|_| tokio::spawn(our_caller(publisher.clone(), each)));
        try_join_all(callers).await?.into_iter().collect::<anyhow::Result<()>>()?;
        Ok(Self::rate(began))
    }

    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    fn rate(began: Instant) -> f64 {
        MESSAGES as f64 / began.elapsed().as_secs_f64()
    }

    async fn empty(&self) -> anyhow::Result<()> {
        let channel = self.connection.create_channel().await?;
        let queue = self.topology.family(&METRICS_ALL).main().to_owned();
        channel.queue_purge(queue.into(), QueuePurgeOptions::default()).await?;
        channel.close(200, "done".into()).await.context("closing a channel")
    }
}

async fn open(connection: &Connection) -> anyhow::Result<Channel> {
    let channel = connection.create_channel().await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    Ok(channel)
}

/// Sends what our publisher sends: the same event, written here as there, the same number of properties and headers.
async fn bare_caller(channel: Channel, exchange: String, each: usize) -> anyhow::Result<()> {
    let options = BasicPublishOptions { mandatory: true, immediate: false };
    for _ in 0..each {
        let event = event();
        let mut headers = FieldTable::default();
        for name in ["callflow-key", "callflow-company", "callflow-first-seen-ms", "callflow-attempt"] {
            headers.insert(name.into(), AMQPValue::LongLongInt(1));
        }
        let properties = BasicProperties::default()
            .with_delivery_mode(2)
            .with_message_id(event.message_id.as_str().into())
            .with_headers(headers);
        let body = event.encode_to_vec();
        let confirm = channel.basic_publish(exchange.as_str().into(), KEY.into(), options, &body, properties);
        ensure!(confirm.await?.await?.is_ack(), "not confirmed");
    }
    Ok(())
}

async fn our_caller(publisher: Publisher, each: usize) -> anyhow::Result<()> {
    for _ in 0..each {
        publisher.publish(Message::event(KEY, &event())?).await?;
    }
    Ok(())
}

/// An event that is 2 KB long when it is written.
fn event() -> Envelope {
    Envelope { message_id: Uuid::now_v7().to_string(), body: vec![7; BODY_BYTES - 40], ..Envelope::default() }
}
