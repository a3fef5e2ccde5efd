//! Everything ingress talks to.

use std::{sync::Arc, time::Duration};

use callflow_cache::Cache;
use callflow_contract::{
    availability::v1::availability_client::AvailabilityClient, booking::v1::booking_client::BookingClient,
    resolver::v1::resolver_client::ResolverClient,
};
use callflow_queue::{Endpoint, Publisher, Topology, publisher};
use callflow_rpc::Channel;
use callflow_runtime::Mode;
use callflow_store::{
    Database,
    outbox::{Outbox, Table},
};

use crate::{app::repeat::Shared, config::Config, error::Error, keyring::Keyring};

/// The dependencies of the use cases; clones share them.
#[derive(Clone)]
pub struct Deps {
    /// Branches, callers, languages.
    pub resolver: ResolverClient<Channel>,
    /// Free times.
    pub availability: AvailabilityClient<Channel>,
    /// Appointments.
    pub booking: BookingClient<Channel>,
    /// The channels of the three, for health.
    pub channels: Vec<Channel>,
    /// Whose requests are believed.
    pub keys: Arc<Keyring>,
    /// What all ingress processes remember together; `None` when no Redis is configured.
    pub shared: Option<Shared>,
    /// Redis itself, for health.
    pub cache: Option<Cache>,
    /// The broker.
    pub publisher: Publisher,
    /// Schema `ingress`.
    pub database: Database,
    /// Events the broker did not take in time.
    pub spool: Arc<Outbox>,
}

impl Deps {
    /// Prepares all of them, and the spool once more for its relay; nothing connects before it is used.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub async fn build(config: &Config) -> Result<(Self, Outbox), Error> {
        let settings = &config.database;
        let pool = callflow_store::Config {
            application_name: "callflow-ingress".into(),
            min_connections: settings.min_connections,
            max_connections: settings.max_connections,
            acquire_timeout: Duration::from_millis(settings.acquire_timeout_ms),
            statement_timeout: Duration::from_millis(settings.statement_timeout_ms),
            ..callflow_store::Config::new(settings.url.expose())
        };
        let database = Database::open(&pool).await?;
        let endpoint = Endpoint::parse(config.amqp.url.expose())?.named("callflow-ingress");
        let deadline = Duration::from_millis(config.amqp.publish_timeout_ms);
        let settings = publisher::Config { deadline, ..publisher::Config::default() };
        let resolver = Channel::new("resolver", &config.resolver)?;
        let availability = Channel::new("availability", &config.availability)?;
        let booking = Channel::new("booking", &config.booking)?;
        let cache = cache(config)?;
        let deps = Self {
            shared: cache.as_ref().map(Shared::new),
            cache,
            channels: vec![resolver.clone(), availability.clone(), booking.clone()],
            resolver: ResolverClient::new(resolver),
            availability: AvailabilityClient::new(availability),
            booking: BookingClient::new(booking),
            keys: Arc::new(Keyring::open(&config.signing.dir, config.mode == Mode::Production)?),
            publisher: Publisher::start(endpoint, &Topology::new(), settings),
            spool: Arc::new(Outbox::new(database.clone(), Table::Spool)),
            database: database.clone(),
        };
        Ok((deps, Outbox::new(database, Table::Spool)))
    }
}

/// Returns the handle on Redis, if there is to be one.
fn cache(config: &Config) -> Result<Option<Cache>, Error> {
    let settings = &config.redis;
    if settings.url.expose().is_empty() {
        return Ok(None);
    }
    let settings = callflow_cache::Config {
        url: settings.url.expose().to_owned(),
        cluster: settings.cluster,
        prefix: settings.prefix.clone(),
        connections: settings.connections,
        connect_ms: settings.connect_ms,
        command_ms: settings.command_ms,
        probe_ms: settings.probe_ms,
    };
    Ok(Some(Cache::new(&settings)?))
}
