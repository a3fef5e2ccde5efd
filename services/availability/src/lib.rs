// Searching awaits through cache, database and hold adapters, whose futures nest deeply.
#![recursion_limit = "256"]
#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod app;
pub mod config;
pub mod consumer;
pub mod deps;
pub mod error;
pub mod metrics;
pub mod rpc;

use callflow_contract::{DESCRIPTORS, availability::v1::availability_server::AvailabilityServer};
use callflow_queue::{Consumer, Topology, consumer as consume, topology};
use callflow_rpc::Server;
use callflow_runtime::{CancellationToken, Drain, Health, Impact, Listeners, Work, admin, announce};

pub use config::Config;
pub use error::Error;

use crate::{app::App, deps::Deps};

/// Lives the life of the service: connect, serve, and on `shutdown` stop taking, finish, close.
///
/// # Errors
/// When something it cannot do without fails; a dependency that is away is waited for instead.
pub async fn run(config: Config, listeners: Listeners, shutdown: CancellationToken) -> Result<(), Error> {
    metrics::describe();
    callflow_rpc::describe_metrics();
    callflow_cache::describe_metrics();
    let addresses = listeners.addresses();
    let (_, grpc, admin_listener) = listeners.into_parts();
    let health = Health::new("availability");
    let admin = admin::serve(admin_listener, &config.admin, &health)?;

    let topology = Topology::new();
    let deps = Deps::build(&config).await?;
    let (endpoint, publisher) = deps::broker(&config, &topology)?;
    watch(&health, &deps, &publisher);
    let app = App::new(deps.clone());

    let mut intake = Work::new();
    if let Some(listener) = grpc {
        let service = AvailabilityServer::new(rpc::Availability::new(app.clone()));
        let server = Server::new(&config.grpc)?.describe(DESCRIPTORS).service(service);
        let stop = intake.token();
        intake.spawn("grpc", server.serve(listener, stop));
    }
    let settings = consume::Config { concurrency: config.amqp.concurrency, ..consume::Config::default() };
    let family = topology.family(&topology::AVAILABILITY_CHANGE);
    let changes = Consumer::new(endpoint, family, publisher.clone(), consumer::Changes::new(app), settings);
    let stop = intake.token();
    intake.spawn("changes", async move {
        changes.run(stop).await;
        Ok::<(), Error>(())
    });
    let (directories, stop) = (deps.directories.clone(), intake.token());
    intake.run("catalog changes", async move {
        stop.run_until_cancelled(directories.watch()).await;
    });
    health.serving();
    announce("availability", &addresses)?;

    let ended = intake.until(&shutdown).await;
    health.draining();
    Drain::within(config.process.grace())
        .step("let load balancers notice", tokio::time::sleep(config.process.settle()))
        .step("finish what is under way", async {
            intake.stop();
            intake.finish().await;
        })
        .step("close connections", async {
            publisher.close().await;
            deps.database.close().await;
        })
        .step("stop the admin server", admin.stop())
        .run()
        .await;
    health.stop();
    Ok(ended?)
}

/// Probes what availability needs: without Postgres it answers from Redis for a minute, without Redis slower and without holds.
fn watch(health: &Health, deps: &Deps, publisher: &callflow_queue::Publisher) {
    let probed = deps.clone();
    health.probe("postgres", Impact::Degrades, move || {
        let deps = probed.clone();
        async move { deps.probe_database().await }
    });
    let cache = deps.cache.clone();
    health.probe("redis", Impact::Degrades, move || {
        let cache = cache.clone();
        async move { cache.ping().await.map(|_| ()) }
    });
    let publisher = publisher.clone();
    health.probe("rabbitmq", Impact::Degrades, move || {
        let ready = publisher.is_ready();
        async move { if ready { Ok(()) } else { Err("not connected") } }
    });
}
