// Counting awaits through the consumer and the cache, whose futures nest deeply.
#![recursion_limit = "256"]
#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod app;
pub mod board;
pub mod config;
pub mod consumer;
pub mod deps;
pub mod error;
pub mod http;
pub mod latency;
pub mod metrics;
pub mod records;
pub mod recount;
pub mod rpc;
pub mod sampler;
pub mod tally;

use callflow_contract::{DESCRIPTORS, metrics::v1::metrics_server::MetricsServer};
use callflow_queue::{Consumer, Topology, consumer as consume, topology};
use callflow_rpc::Server;
use callflow_runtime::{CancellationToken, Drain, Health, Impact, Listeners, Work, admin, announce, http as frame};

pub use config::Config;
pub use error::Error;

use crate::{app::App, deps::Deps, http::Site, records::Records, recount::Recount, sampler::Sampler};

/// Lives the life of the service: connect, count and show, and on `shutdown` stop taking, store the last second, close.
///
/// # Errors
/// When something it cannot do without fails; a dependency that is away is waited for instead.
pub async fn run(config: Config, listeners: Listeners, shutdown: CancellationToken) -> Result<(), Error> {
    metrics::describe();
    callflow_rpc::describe_metrics();
    callflow_cache::describe_metrics();
    let addresses = listeners.addresses();
    let (http, grpc, admin_listener) = listeners.into_parts();
    let health = Health::new("metrics");
    let admin = admin::serve(admin_listener, &config.admin, &health)?;

    let topology = Topology::new();
    let deps = Deps::build(&config)?;
    let (endpoint, publisher) = deps::broker(&config, &topology)?;
    watch(&health, &deps, &publisher);
    let app = App::new(deps);
    let (sampler, samples) = Sampler::new(app.clone());

    let (mut intake, mut outflow) = (Work::new(), Work::new());
    if let Some(listener) = http {
        let stop = intake.token();
        let site = Site::new(&config, samples.clone(), stop.clone());
        let routes = move |routes: &mut actix_web::web::ServiceConfig| http::routes(&site, routes);
        intake.spawn("http", frame::serve(listener, config.http.clone(), config.process.grace(), stop, routes));
    }
    if let Some(listener) = grpc {
        let service = MetricsServer::new(rpc::Metrics::new(samples));
        let server = Server::new(&config.grpc)?.describe(DESCRIPTORS).service(service);
        let stop = intake.token();
        intake.spawn("grpc", server.serve(listener, stop));
    }
    let settings = consume::Config { concurrency: config.amqp.concurrency, ..consume::Config::default() };
    let family = topology.family(&topology::METRICS_ALL);
    let events = Consumer::new(endpoint, family, publisher.clone(), consumer::Events::new(app.clone()), settings);
    let recount = Recount::new(app.clone(), Records::new(&config)?, events.backlog(), config.recount);
    let stop = intake.token();
    intake.run("events", async move { events.run(stop).await });
    let stop = intake.token();
    intake.run("recount", async move { recount.run(stop).await });
    let stop = intake.token();
    intake.run("sampler", async move { sampler.run(stop).await });
    // Outlives the intake: what was counted last is stored last.
    let stop = outflow.token();
    outflow.run("latencies", async move { app.keep_storing(stop).await });
    health.serving();
    announce("metrics", &addresses)?;

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
        .step("store the last latencies", async {
            outflow.stop();
            outflow.finish().await;
        })
        .step("close connections", publisher.close())
        .step("stop the admin server", admin.stop())
        .run()
        .await;
    health.stop();
    Ok(ended?)
}

/// Probes what metrics needs: without Redis it shows what it saw last and events wait; without RabbitMQ nothing new comes.
fn watch(health: &Health, deps: &Deps, publisher: &callflow_queue::Publisher) {
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
