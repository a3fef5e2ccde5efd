//! Everything booking talks to.

use std::time::Duration;

use callflow_queue::{Endpoint, Publisher, Topology, publisher, relay::Wake};
use callflow_rpc::Channel;
use callflow_runtime::config;
use callflow_store::{Database, directory::Directories};

use crate::{app::Result, config::Config, limit::Limiter, slots::Slots};

/// The dependencies of the use cases; clones share them.
#[derive(Debug, Clone)]
pub struct Deps {
    /// Schema `booking`, and the catalog to read.
    pub database: Database,
    /// The availability service.
    pub slots: Slots,
    /// Names and policies.
    pub directories: Directories,
    /// Tries at confirmation codes.
    pub limiter: Limiter,
    /// Tells the relay that the outbox has something new.
    pub relay: Wake,
}

/// Returns the pool described by these settings; connects when it is first used.
///
/// # Errors
/// When the settings cannot be used.
pub async fn database(settings: &config::Database) -> Result<Database> {
    let base = callflow_store::Config::new(settings.url.expose());
    let config = callflow_store::Config {
        application_name: "callflow-booking".into(),
        min_connections: settings.min_connections,
        max_connections: settings.max_connections,
        acquire_timeout: Duration::from_millis(settings.acquire_timeout_ms),
        statement_timeout: Duration::from_millis(settings.statement_timeout_ms),
        ..base
    };
    Ok(Database::open(&config).await?)
}

/// Returns the broker's address and a publisher that connects by itself.
///
/// # Errors
/// When the address cannot be used.
pub fn publisher(config: &Config, topology: &Topology) -> Result<(Endpoint, Publisher)> {
    let endpoint = Endpoint::parse(config.amqp.url.expose())?.named("callflow-booking");
    let settings = publisher::Config {
        deadline: Duration::from_millis(config.amqp.publish_timeout_ms),
        ..publisher::Config::default()
    };
    let publisher = Publisher::start(endpoint.clone(), topology, settings);
    Ok((endpoint, publisher))
}

/// Returns the availability service as booking sees it.
///
/// # Errors
/// When the endpoints cannot be used.
pub fn slots(config: &Config) -> Result<Slots> {
    Ok(Slots::new(Channel::new("availability", &config.availability)?))
}
