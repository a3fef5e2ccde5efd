//! Waiting until the fleet has nothing left to do, so that what one measurement leaves behind is not part of the next.

use std::time::Duration;

use anyhow::{Context as _, bail};
use callflow_queue::{Topology, topology::SUBSCRIPTIONS};
use lapin::{Channel, Connection, ConnectionProperties, options::QueueDeclareOptions, types::FieldTable};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};
use tokio::time::{Instant, sleep};

use super::{chain, corner};
use crate::world::World;

/// Longest wait; more than that is not a backlog but a fleet that stands still.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(100);
/// Looks in a row that find nothing: what leaves one place may just be on its way to the next.
const CALM: u32 = 5;

/// Returns when outboxes and queues are empty and stay so.
pub(super) async fn wait(world: &World) -> anyhow::Result<()> {
    let (_, admin) = chain::urls(world).await?;
    let database = sea_orm::Database::connect(&admin).await?;
    let connection = Connection::connect(&corner::broker(world).await?, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    let (until, mut calm) = (Instant::now() + PATIENCE, 0);
    while calm < CALM {
        let left = rows(&database).await? + messages(&channel).await?;
        calm = if left == 0 { calm + 1 } else { 0 };
        if Instant::now() > until {
            bail!("after {} s {left} messages still wait", PATIENCE.as_secs());
        }
        sleep(LOOK).await;
    }
    connection.close(200, "done".into()).await?;
    database.close().await.context("closing the connection")
}

async fn rows(database: &DatabaseConnection) -> anyhow::Result<i64> {
    let query = "SELECT (SELECT count(*) FROM booking.outbox) + (SELECT count(*) FROM resolver.outbox) AS rows";
    let row = database.query_one_raw(Statement::from_string(DbBackend::Postgres, query)).await?;
    Ok(row.context("a count is one row")?.try_get("", "rows")?)
}

async fn messages(channel: &Channel) -> anyhow::Result<i64> {
    let (topology, mut left) = (Topology::default(), 0);
    for subscription in &SUBSCRIPTIONS {
        let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let name = topology.family(subscription).main().to_owned();
        left += i64::from(channel.queue_declare(name.into(), options, FieldTable::default()).await?.message_count());
    }
    Ok(left)
}
