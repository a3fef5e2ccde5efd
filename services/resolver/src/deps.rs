//! Everything the resolver talks to.

use std::time::Duration;

use callflow_cache::{
    Cache,
    tier::{Tier, Tiered},
};
use callflow_domain::id::StaffId;
use callflow_queue::{Endpoint, Publisher, Topology, publisher, relay::Wake};
use callflow_store::{Database, directory::Directories};
use tokio_util::task::TaskTracker;

use crate::{
    app::{Result, caller::Known, evidence::Led},
    config::Config,
    platform::Platform,
};

/// The dependencies of the use cases; clones share them.
#[derive(Clone)]
pub struct Deps {
    /// Schema `resolver`.
    pub database: Database,
    /// Redis.
    pub cache: Cache,
    /// Where dialled numbers lead, under the company that asks, its catalog's version, and the number.
    pub numbers: Tiered<Led, callflow_store::Error>,
    /// Where agents lead, under company, catalog's version, and agent.
    pub agents: Tiered<Led, callflow_store::Error>,
    /// Who is known under a caller's number, under company and number.
    pub callers: Tiered<Vec<Known>, callflow_store::Error>,
    /// How many appointments staff have on a day, under company, branch and day.
    pub busy: Tiered<Vec<(StaffId, u32)>, callflow_store::Error>,
    /// Names and policies.
    pub directories: Directories,
    /// The voice platform's own records.
    pub platform: Platform,
    /// Answers that are being kept with their calls; the service ends after them.
    pub keeping: TaskTracker,
    /// Tells the relay that the outbox has something new.
    pub relay: Wake,
}

impl Deps {
    /// Prepares all of them; nothing connects before it is used.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn build(config: &Config, database: Database, relay: Wake) -> Result<Self> {
        let settings = &config.redis;
        let cache = Cache::new(&callflow_cache::Config {
            url: settings.url.expose().to_owned(),
            cluster: settings.cluster,
            prefix: settings.prefix.clone(),
            connections: settings.connections,
            connect_ms: settings.connect_ms,
            command_ms: settings.command_ms,
            probe_ms: settings.probe_ms,
        })?;
        Ok(Self {
            numbers: Tiered::new(&cache, Tier::Warm, "number"),
            agents: Tiered::new(&cache, Tier::Warm, "agent"),
            callers: Tiered::new(&cache, Tier::Cold, "caller"),
            busy: Tiered::new(&cache, Tier::Hot, "busy"),
            directories: Directories::new(database.clone()),
            platform: Platform::new(&config.retell)?,
            database,
            cache,
            keeping: TaskTracker::new(),
            relay,
        })
    }
}

/// Returns the pool described by the settings; connects when it is first used.
///
/// # Errors
/// When the settings cannot be used.
pub async fn database(config: &Config) -> Result<Database> {
    let settings = &config.database;
    let pool = callflow_store::Config {
        application_name: "callflow-resolver".into(),
        min_connections: settings.min_connections,
        max_connections: settings.max_connections,
        acquire_timeout: Duration::from_millis(settings.acquire_timeout_ms),
        statement_timeout: Duration::from_millis(settings.statement_timeout_ms),
        ..callflow_store::Config::new(settings.url.expose())
    };
    Ok(Database::open(&pool).await?)
}

/// Returns the broker's address and a publisher that connects by itself.
///
/// # Errors
/// When the address cannot be used.
pub fn broker(config: &Config, topology: &Topology) -> Result<(Endpoint, Publisher)> {
    let endpoint = Endpoint::parse(config.amqp.url.expose())?.named("callflow-resolver");
    let deadline = Duration::from_millis(config.amqp.publish_timeout_ms);
    let publisher =
        Publisher::start(endpoint.clone(), topology, publisher::Config { deadline, ..publisher::Config::default() });
    Ok((endpoint, publisher))
}
