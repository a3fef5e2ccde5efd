//! A corner of the fleet's broker for one measurement: queues nobody else uses, removed afterwards.

use anyhow::Context as _;
use callflow_queue::{Topology, topology::Subscription};
use lapin::{
    Connection, ConnectionProperties,
    options::{ExchangeDeleteOptions, QueueDeleteOptions},
};
use uuid::Uuid;

use crate::world::World;

/// Returns the administrator's URL of the broker.
pub(super) async fn broker(world: &World) -> anyhow::Result<String> {
    world.endpoints().await?.amqp.get("admin").cloned().context("an administrator's URL of the broker")
}

/// Returns a topology with names of its own.
pub(super) fn topology() -> Topology {
    Topology::prefixed(format!("bench{}-", Uuid::new_v4().simple()))
}

/// Removes a consumer's queues and the exchanges.
pub(super) async fn clear(address: &str, topology: &Topology, used: &Subscription) -> anyhow::Result<()> {
    let connection = Connection::connect(address, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    let family = topology.family(used);
    for queue in family.queues() {
        channel.queue_delete(queue.into(), QueueDeleteOptions::default()).await?;
    }
    for exchange in [family.route(), topology.exchange()] {
        channel.exchange_delete(exchange.into(), ExchangeDeleteOptions::default()).await?;
    }
    connection.close(200, "done".into()).await.context("closing the connection")
}
