#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod app;
pub mod command;
pub mod config;
pub mod consumer;
pub mod deps;
pub mod error;
pub mod event;
pub mod limit;
pub mod metrics;
mod retention;
pub mod rpc;
pub mod slots;

use std::time::Duration;

use callflow_contract::{DESCRIPTORS, booking::v1::booking_server::BookingServer};
use callflow_queue::{Consumer, Relay, Topology, consumer as consume, relay, topology};
use callflow_rpc::Server;
use callflow_runtime::{CancellationToken, Drain, Health, Impact, Listeners, Work, admin, announce};
use callflow_store::{
    directory::Directories,
    outbox::{Outbox, Table},
};

pub use config::Config;
pub use error::Error;

use crate::{app::App, deps::Deps, limit::Limiter};

/// Lives the life of the service: connect, serve, and on `shutdown` stop taking, finish, empty the outbox, close.
///
/// # Errors
/// When something it cannot do without fails; a dependency that is away is waited for instead.
pub async fn run(config: Config, listeners: Listeners, shutdown: CancellationToken) -> Result<(), Error> {
    metrics::describe();
    callflow_rpc::describe_metrics();
    let addresses = listeners.addresses();
    let (_, grpc, admin_listener) = listeners.into_parts();
    let health = Health::new("booking");
    let admin = admin::serve(admin_listener, &config.admin, &health)?;

    let topology = Topology::new();
    let database = deps::database(&config.database).await?;
    let (endpoint, publisher) = deps::publisher(&config, &topology)?;
    let relay = Relay::new(
        Outbox::new(database.clone(), Table::Booking),
        publisher.clone(),
        "booking.outbox",
        relay::Config::default(),
    );
    let directories = Directories::new(database.clone());
    let app = App::new(Deps {
        database: database.clone(),
        slots: deps::slots(&config)?,
        directories: directories.clone(),
        limiter: Limiter::default(),
        relay: relay.wake(),
    });

    let mut work = Work::new();
    let mut calls = Work::new();
    if let Some(listener) = grpc {
        let server = Server::new(&config.grpc)?
            .describe(DESCRIPTORS)
            .service(BookingServer::new(rpc::Booking::new(app.clone())));
        let stop = calls.token();
        calls.spawn("grpc", server.serve(listener, stop));
    }
    let settings = consume::Config { concurrency: config.amqp.concurrency, ..consume::Config::default() };
    let family = topology.family(&topology::BOOKING_WISH);
    let wishes = Consumer::new(endpoint, family, publisher.clone(), consumer::Wishes::new(app), settings);
    let stop = calls.token();
    calls.spawn("wishes", async move {
        wishes.run(stop).await;
        Ok::<(), Error>(())
    });
    let stop = calls.token();
    calls.run("catalog changes", async move {
        stop.run_until_cancelled(directories.watch()).await;
    });
    let stop = work.token();
    work.spawn("relay", async move {
        relay.run(stop).await;
        Ok::<(), Error>(())
    });

    let forgetting = retention::run(database.clone(), config.requests, work.token());
    work.spawn("retention", async move {
        forgetting.await;
        Ok::<(), Error>(())
    });

    watch(&health, &database, &publisher);
    health.serving();
    announce("booking", &addresses)?;
    let ended = tokio::select! {
        ended = calls.until(&shutdown) => ended,
        ended = work.until(&shutdown) => ended,
    };
    health.draining();
    Drain::within(config.process.grace())
        .step("settle", tokio::time::sleep(config.process.settle()))
        .step("calls", async {
            calls.stop();
            calls.finish().await;
        })
        .step("outbox", async {
            work.stop();
            work.finish().await;
        })
        .step("broker", publisher.close())
        .step("database", database.close())
        .step("admin", admin.stop())
        .run()
        .await;
    Ok(ended?)
}

/// Probes what booking needs: without Postgres nothing works, without the broker events wait in the outbox.
fn watch(health: &Health, database: &callflow_store::Database, publisher: &callflow_queue::Publisher) {
    let probed = database.clone();
    health.probe("postgres", Impact::Blocks, move || {
        let database = probed.clone();
        async move { database.ping().await }
    });
    let probed = publisher.clone();
    health.probe("rabbitmq", Impact::Degrades, move || {
        let ready = probed.is_ready();
        async move { if ready { Ok(()) } else { Err(Away) } }
    });
}

/// The broker is not connected.
#[derive(Debug, thiserror::Error)]
#[error("not connected")]
struct Away;

/// How long a request without a deadline may take.
const PATIENCE: Duration = Duration::from_secs(4);
