// Futures that go through Redis, gRPC and back nest deeply.
#![recursion_limit = "256"]
#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod app;
pub mod config;
pub mod crowd;
pub mod deps;
pub mod error;
pub mod http;
pub mod keyring;
pub mod metrics;
mod warm;

use callflow_queue::{Relay, relay};
use callflow_rpc::Channel;
use callflow_runtime::{CancellationToken, Drain, Health, Impact, Listeners, Work, admin, announce};

pub use config::Config;
pub use error::Error;

use crate::{app::App, deps::Deps};

/// Lives the life of the service: connect, answer, and on `shutdown` stop taking, finish, close.
///
/// # Errors
/// When something it cannot do without fails; a dependency that is away is waited for or done without.
pub async fn run(config: Config, listeners: Listeners, shutdown: CancellationToken) -> Result<(), Error> {
    metrics::describe();
    metrics::spool_limit(config.limit.spool_bytes);
    callflow_rpc::describe_metrics();
    let addresses = listeners.addresses();
    let (http_listener, _, admin_listener) = listeners.into_parts();
    let health = Health::new("ingress");
    let admin = admin::serve(admin_listener, &config.admin, &health)?;

    let (deps, spool) = Deps::build(&config).await?;
    let relay = Relay::new(spool, deps.publisher.clone(), "ingress.spool", relay::Config::default());
    let (database, publisher) = (deps.database.clone(), deps.publisher.clone());
    watch(&health, &deps);
    let app = App::new(deps, relay.wake(), &config);

    let (mut intake, mut outflow) = (Work::new(), Work::new());
    if let Some(listener) = http_listener {
        let routes = http::routes(&app, &config);
        let (stop, grace) = (intake.token(), config.process.grace());
        intake.spawn("http", callflow_runtime::http::serve(listener, config.http.clone(), grace, stop, routes));
    }
    let stop = outflow.token();
    outflow.run("relay", relay.run(stop));
    warm::up(&app).await;
    health.serving();
    announce("ingress", &addresses)?;

    let ended = tokio::select! {
        ended = intake.until(&shutdown) => ended,
        ended = outflow.until(&shutdown) => ended,
    };
    health.draining();
    Drain::within(config.process.grace())
        .step("let load balancers notice", tokio::time::sleep(config.process.settle()))
        .step("finish what is under way", async {
            intake.stop();
            intake.finish().await;
        })
        .step("empty the spool", async {
            outflow.stop();
            outflow.finish().await;
        })
        .step("close connections", async {
            publisher.close().await;
            database.close().await;
        })
        .step("stop the admin server", admin.stop())
        .run()
        .await;
    health.stop();
    Ok(ended?)
}

/// Probes what ingress talks to. Nothing blocks: whatever is away, a caller gets an answer, and an honest one.
fn watch(health: &Health, deps: &Deps) {
    let database = deps.database.clone();
    health.probe("postgres", Impact::Degrades, move || {
        let database = database.clone();
        async move { database.ping().await }
    });
    let publisher = deps.publisher.clone();
    health.probe("rabbitmq", Impact::Degrades, move || {
        let ready = publisher.is_ready();
        async move { if ready { Ok(()) } else { Err("not connected") } }
    });
    if let Some(cache) = deps.cache.clone() {
        health.probe("redis", Impact::Degrades, move || {
            let cache = cache.clone();
            async move { cache.ping().await.map(drop) }
        });
    }
    for channel in &deps.channels {
        let channel: Channel = channel.clone();
        health.probe(channel.dependency(), Impact::Degrades, move || {
            let channel = channel.clone();
            async move { channel.ping().await }
        });
    }
}
