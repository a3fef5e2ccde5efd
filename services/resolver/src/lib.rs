// The look-ups of a call nest deeply.
#![recursion_limit = "256"]
#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod app;
pub mod config;
pub mod consumer;
pub mod deps;
pub mod error;
pub mod message;
pub mod metrics;
pub mod platform;
pub mod rpc;

use callflow_contract::{DESCRIPTORS, resolver::v1::resolver_server::ResolverServer};
use callflow_queue::{Consumer, Endpoint, Handler, Publisher, Relay, Topology, consumer as consume, relay, topology};
use callflow_rpc::Server;
use callflow_runtime::{CancellationToken, Drain, Health, Impact, Listeners, Work, admin, announce};
use callflow_store::{
    inbox::Inbox,
    outbox::{Outbox, Table},
};
use jiff::Timestamp;

pub use config::Config;
pub use error::Error;

use crate::{app::App, deps::Deps};

/// A catalog of thousands of branches is one message, in both directions.
const CATALOG_BYTES: usize = 64 * 1024 * 1024;

/// Lives the life of the service: connect, serve, and on `shutdown` stop taking, finish, empty the outbox, close.
///
/// # Errors
/// When something it cannot do without fails; a dependency that is away is waited for instead.
pub async fn run(config: Config, listeners: Listeners, shutdown: CancellationToken) -> Result<(), Error> {
    metrics::describe();
    callflow_rpc::describe_metrics();
    callflow_cache::describe_metrics();
    let addresses = listeners.addresses();
    let (_, grpc, admin_listener) = listeners.into_parts();
    let health = Health::new("resolver");
    let admin = admin::serve(admin_listener, &config.admin, &health)?;

    let topology = Topology::new();
    let database = deps::database(&config).await?;
    let (endpoint, publisher) = deps::broker(&config, &topology)?;
    let outbox = Outbox::new(database.clone(), Table::Resolver);
    let relay = Relay::new(outbox, publisher.clone(), "resolver.outbox", relay::Config::default());
    let deps = Deps::build(&config, database.clone(), relay.wake())?;
    watch(&health, &deps, &publisher);
    let app = App::new(deps);

    let (mut intake, mut outflow) = (Work::new(), Work::new());
    if let Some(listener) = grpc {
        let service = ResolverServer::new(rpc::Resolver::new(app.clone()))
            .max_decoding_message_size(CATALOG_BYTES)
            .max_encoding_message_size(CATALOG_BYTES);
        let server = Server::new(&config.grpc)?.describe(DESCRIPTORS).service(service);
        let stop = intake.token();
        intake.spawn("grpc", server.serve(listener, stop));
    }
    let consumers =
        Consumers { endpoint, topology, publisher: publisher.clone(), concurrency: config.amqp.concurrency };
    consumers.spawn(&mut intake, "calls", &topology::RESOLVER_CALL, consumer::Calls::new(app.clone()));
    consumers.spawn(
        &mut intake,
        "appointments",
        &topology::RESOLVER_APPOINTMENT,
        consumer::Appointments::new(app.clone()),
    );
    let (directories, keeping) = (app.deps.directories.clone(), app.deps.keeping.clone());
    let stop = intake.token();
    intake.run("catalog changes", async move {
        stop.run_until_cancelled(directories.watch()).await;
    });
    let (sweeper, sweep, stop) = (app, config.sweep.clone(), intake.token());
    intake.run("sweeper", async move {
        stop.run_until_cancelled(sweep_for_ever(&sweeper, &sweep)).await;
    });
    let stop = outflow.token();
    outflow.spawn("relay", async move {
        relay.run(stop).await;
        Ok::<(), Error>(())
    });
    let (stop, inbox) = (outflow.token(), database.clone());
    outflow.spawn("inbox", async move {
        stop.run_until_cancelled(Inbox::Resolver.keep_tidy(inbox)).await;
        Ok::<(), Error>(())
    });
    health.serving();
    announce("resolver", &addresses)?;

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
            keeping.close();
            keeping.wait().await;
        })
        .step("empty the outbox", async {
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

/// Looks into calls that never ended, round after round.
async fn sweep_for_ever(app: &App, sweep: &config::Sweep) {
    loop {
        tokio::time::sleep(sweep.pause()).await;
        if let Err(error) = app.sweep(sweep.longest_call(), Timestamp::now()).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "calls that never ended were not looked for");
        }
    }
}

/// What all consumers of this service share.
struct Consumers {
    endpoint: Endpoint,
    topology: Topology,
    publisher: Publisher,
    concurrency: u16,
}

impl Consumers {
    fn spawn<H: Handler>(&self, intake: &mut Work, name: &'static str, on: &topology::Subscription, handler: H) {
        let settings = consume::Config { concurrency: self.concurrency, ..consume::Config::default() };
        let family = self.topology.family(on);
        let consumer = Consumer::new(self.endpoint.clone(), family, self.publisher.clone(), handler, settings);
        let stop = intake.token();
        intake.spawn(name, async move {
            consumer.run(stop).await;
            Ok::<(), Error>(())
        });
    }
}

/// Probes what the resolver needs: without Postgres it answers from what it has read before, without Redis slower.
fn watch(health: &Health, deps: &Deps, publisher: &Publisher) {
    let database = deps.database.clone();
    health.probe("postgres", Impact::Degrades, move || {
        let database = database.clone();
        async move { database.ping().await }
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
