//! What goes wrong under load, one function each. Each ends with everything running again.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use callflow_store::role::Role;
use callflow_testkit::{Fault, FaultProxy};
use sea_orm::{ConnectionTrait as _, TransactionTrait as _};
use tokio::time::{Instant, sleep};

use crate::world::World;

/// One way to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scenario {
    BrokerKilled,
    BrokerOutage,
    ConsumerKilledMidTransaction,
    ConfirmLost,
    DiskAlarm,
    ChannelClosed,
    PostgresRestarted,
    IngressKilled,
    BothAway,
    SpoolFull,
}

impl Scenario {
    pub(crate) const ALL: [Self; 10] = [
        Self::BrokerKilled,
        Self::BrokerOutage,
        Self::ConsumerKilledMidTransaction,
        Self::ConfirmLost,
        Self::DiskAlarm,
        Self::ChannelClosed,
        Self::PostgresRestarted,
        Self::IngressKilled,
        Self::BothAway,
        Self::SpoolFull,
    ];

    /// Returns its name in the report.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::BrokerKilled => "broker_killed",
            Self::BrokerOutage => "broker_outage",
            Self::ConsumerKilledMidTransaction => "consumer_killed_mid_transaction",
            Self::ConfirmLost => "link_cut_before_confirm",
            Self::DiskAlarm => "disk_alarm",
            Self::ChannelClosed => "channel_closed",
            Self::PostgresRestarted => "postgres_restarted",
            Self::IngressKilled => "ingress_killed",
            Self::BothAway => "both_away",
            Self::SpoolFull => "spool_full",
        }
    }

    /// Returns whether every request must be acknowledged meanwhile: somewhere durable is always left.
    pub(crate) const fn refuses_nothing(self) -> bool {
        !matches!(self, Self::BothAway | Self::SpoolFull)
    }

    /// Makes it happen while events are coming in.
    pub(crate) async fn happen(self, world: &mut World) -> anyhow::Result<()> {
        world.load().await;
        match self {
            Self::BrokerKilled => broker_killed(world).await?,
            Self::BrokerOutage => broker_outage(world).await?,
            Self::ConsumerKilledMidTransaction => consumer_killed(world).await?,
            Self::ConfirmLost => confirm_lost(world).await?,
            Self::DiskAlarm => disk_alarm(world).await?,
            Self::ChannelClosed => channel_closed(world).await?,
            Self::PostgresRestarted => world.fleet.stack.postgres().restart().await?,
            Self::IngressKilled => ingress_killed(world).await?,
            Self::BothAway => both_away(world).await?,
            Self::SpoolFull => spool_full(world).await?,
        }
        world.load().await;
        Ok(())
    }
}

async fn broker_killed(world: &World) -> anyhow::Result<()> {
    for _ in 0..2 {
        world.fleet.stack.rabbitmq().kill().await?;
        world.load().await;
        world.fleet.stack.rabbitmq().start().await?;
        world.load().await;
    }
    Ok(())
}

/// The broker is gone for long: everything is acknowledged through the spool, which is visible and empties by itself.
async fn broker_outage(world: &mut World) -> anyhow::Result<()> {
    world.fleet.stack.rabbitmq().stop().await?;
    sleep(world.outage).await;
    let spooled = world.checker.number("SELECT count(*) FROM ingress.spool").await?;
    ensure!(spooled > 0, "nothing was spooled");
    let gauge = world.metric("ingress", "outbox_rows").await?;
    if gauge <= 0.0 {
        world.broken.push(format!("{spooled} rows are in the spool, its metric says {gauge}"));
    }
    world.fleet.stack.rabbitmq().start().await?;
    Ok(())
}

/// The resolver dies while its transactions hold an inbox row each and wait for a lock.
async fn consumer_killed(world: &mut World) -> anyhow::Result<()> {
    for _ in 0..3 {
        let lock = world.checker.postgres.begin().await?;
        lock.execute_unprepared("LOCK TABLE resolver.call IN EXCLUSIVE MODE").await?;
        let stuck = "SELECT count(*) FROM pg_stat_activity
                     WHERE usename = 'callflow_resolver' AND wait_event_type = 'Lock' AND xact_start IS NOT NULL";
        until("transactions are under way", || async { Ok(world.checker.number(stuck).await? > 0) }).await?;
        world.fleet.kill("resolver").await?;
        lock.rollback().await?;
        world.fleet.revive("resolver", &[]).await?;
        world.load().await;
    }
    Ok(())
}

/// The broker takes what ingress publishes, and the link is cut before the confirm arrives, again and again.
async fn confirm_lost(world: &mut World) -> anyhow::Result<()> {
    let direct = world.fleet.stack.rabbitmq().url(Role::Ingress);
    let (proxy, through) = FaultProxy::before(&direct).await;
    // The path of the URL is the virtual host and stays.
    world.restart("ingress", &[("CALLFLOW__AMQP__URL".into(), through)]).await?;
    until("ingress uses the link", || async { Ok(proxy.connections() > 0) }).await?;
    for _ in 0..4 {
        world.load().await;
        proxy.set(Fault::CutOnReply);
        world.load().await;
        proxy.heal();
    }
    world.load().await;
    world.restart("ingress", &[("CALLFLOW__AMQP__URL".into(), direct)]).await
}

async fn disk_alarm(world: &World) -> anyhow::Result<()> {
    let control = world.fleet.stack.rabbitmq().control()?;
    control.set_disk_alarm(true).await?;
    world.load().await;
    world.load().await;
    control.set_disk_alarm(false).await?;
    Ok(())
}

/// The broker closes every channel there is, publishers' and consumers', with an error of the soft sort.
async fn channel_closed(world: &World) -> anyhow::Result<()> {
    // Asked for first and closed afterwards: a client that loses one channel may close the others.
    let close = "All = [catch rabbit_channel:info(P, [connection, number]) || P <- rabbit_channel:list()], \
                 Error = {amqp_error, precondition_failed, \"closed by a test\", none}, \
                 length([C ! {channel_exit, N, Error} || [{connection, C}, {number, N}] <- All]).";
    for _ in 0..3 {
        let closed = world.fleet.stack.rabbitmq().control()?.eval("closing channels", close).await?;
        ensure!(closed.parse::<u32>().is_ok_and(|count| count > 0), "no channel was closed: {closed}");
        world.load().await;
    }
    Ok(())
}

async fn ingress_killed(world: &mut World) -> anyhow::Result<()> {
    for _ in 0..3 {
        world.fleet.kill("ingress").await?;
        world.fleet.revive("ingress", &[]).await?;
        world.load().await;
    }
    Ok(())
}

/// Nothing durable is left: the platform is told, and sends again later.
async fn both_away(world: &mut World) -> anyhow::Result<()> {
    world.fleet.stack.rabbitmq().stop().await?;
    world.fleet.stack.postgres().stop().await?;
    for _ in 0..3 {
        let status = world.sender.probe(0).await?;
        if status != Some(503) {
            world.broken.push(format!("with nothing durable left an event was answered {status:?}"));
        }
    }
    world.fleet.stack.postgres().start().await?;
    world.fleet.stack.rabbitmq().start().await.context("starting RabbitMQ")?;
    Ok(())
}

/// The broker stays away until the spool has all it may take: then the platform is told, and the database keeps its room.
async fn spool_full(world: &mut World) -> anyhow::Result<()> {
    const LIMIT: i64 = 1_048_576;
    const EVENT: usize = 65_536;
    let name = || "CALLFLOW__LIMIT__SPOOL_BYTES".to_owned();
    world.restart("ingress", &[(name(), LIMIT.to_string())]).await?;
    world.fleet.stack.rabbitmq().stop().await?;
    let mut statuses = Vec::new();
    while statuses.len() < 60 && !statuses.contains(&Some(503)) {
        statuses.push(world.sender.probe(EVENT).await?);
    }
    let waiting = world.checker.number("SELECT COALESCE(sum(octet_length(envelope)), 0) FROM ingress.spool").await?;
    if !statuses.contains(&Some(503)) || waiting > LIMIT + 2 * i64::try_from(EVENT)? {
        world.broken.push(format!("{waiting} bytes are spooled, {LIMIT} may be; answers: {statuses:?}"));
    }
    world.fleet.stack.rabbitmq().start().await?;
    world.restart("ingress", &[(name(), (LIMIT * 1_024).to_string())]).await
}

/// Waits for a condition, half a minute at most.
pub(crate) async fn until<F: Future<Output = anyhow::Result<bool>>>(
    what: &str,
    is: impl Fn() -> F,
) -> anyhow::Result<()> {
    let end = Instant::now() + Duration::from_secs(30);
    while !is().await? {
        ensure!(Instant::now() < end, "waited in vain: {what}");
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
