//! Everything availability talks to.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use callflow_cache::{
    Cache,
    hold::{Holds, Policy},
    snapshot::Snapshots,
};
use callflow_queue::{Endpoint, Publisher, Topology, publisher};
use callflow_store::{Database, directory::Directories};

use crate::{app::Result, config::Config, error::Error};

/// Longest wait for the database's sign of life; shorter than the probe that asks for it may take.
const SIGN_OF_LIFE: Duration = Duration::from_millis(900);

/// The dependencies of the use cases; clones share them.
#[derive(Clone)]
pub struct Deps {
    /// Catalog and appointments, to read.
    pub database: Database,
    /// Redis.
    pub cache: Cache,
    /// Day snapshots in Redis.
    pub snapshots: Snapshots<Error>,
    /// Holds in Redis.
    pub holds: Arc<Holds>,
    /// Names and policies.
    pub directories: Directories,
    /// Whether the last probe of the database failed.
    pub(crate) database_away: Arc<AtomicBool>,
}

impl Deps {
    /// Prepares all of them; nothing connects before it is used.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub async fn build(config: &Config) -> Result<Self> {
        let settings = &config.database;
        let pool = callflow_store::Config {
            application_name: "callflow-availability".into(),
            min_connections: settings.min_connections,
            max_connections: settings.max_connections,
            acquire_timeout: Duration::from_millis(settings.acquire_timeout_ms),
            statement_timeout: Duration::from_millis(settings.statement_timeout_ms),
            ..callflow_store::Config::new(settings.url.expose())
        };
        let database = Database::open(&pool).await?;
        let cache = Cache::new(&redis(config))?;
        let policy = Policy {
            offer: Duration::from_secs(config.offer_hold_secs),
            hold: Duration::from_secs(config.hold_secs),
            ..Policy::default()
        };
        Ok(Self {
            snapshots: Snapshots::new(&cache),
            holds: Arc::new(Holds::new(&cache, policy)?),
            directories: Directories::new(database.clone()),
            database,
            cache,
            database_away: Arc::default(),
        })
    }

    /// Asks the database for a sign of life, and remembers whether there was one.
    ///
    /// # Errors
    /// When it does not answer, or not soon.
    pub async fn probe_database(&self) -> std::result::Result<(), String> {
        let answered = match tokio::time::timeout(SIGN_OF_LIFE, self.database.ping()).await {
            Ok(answered) => answered.map_err(|error| error.to_string()),
            Err(_) => Err(format!("no answer within {} ms", SIGN_OF_LIFE.as_millis())),
        };
        self.database_away.store(answered.is_err(), Ordering::Relaxed);
        answered
    }

    /// Returns whether days can only come from Redis at present.
    #[must_use]
    pub fn is_database_away(&self) -> bool {
        self.database_away.load(Ordering::Relaxed)
    }
}

fn redis(config: &Config) -> callflow_cache::Config {
    let settings = &config.redis;
    callflow_cache::Config {
        url: settings.url.expose().to_owned(),
        cluster: settings.cluster,
        prefix: settings.prefix.clone(),
        connections: settings.connections,
        connect_ms: settings.connect_ms,
        command_ms: settings.command_ms,
        probe_ms: settings.probe_ms,
    }
}

/// Returns the broker's address and a publisher that connects by itself.
///
/// # Errors
/// When the address cannot be used.
pub fn broker(config: &Config, topology: &Topology) -> Result<(Endpoint, Publisher)> {
    let endpoint = Endpoint::parse(config.amqp.url.expose())?.named("callflow-availability");
    let deadline = Duration::from_millis(config.amqp.publish_timeout_ms);
    let publisher =
        Publisher::start(endpoint.clone(), topology, publisher::Config { deadline, ..publisher::Config::default() });
    Ok((endpoint, publisher))
}
