//! Everything the metrics service talks to.

use std::time::Duration;

use callflow_cache::{Cache, live::Live, minute::Minutes};
use callflow_queue::{Endpoint, Publisher, Topology, publisher};

use crate::{config::Config, error::Error};

/// The dependencies of the use cases; clones share them.
#[derive(Clone)]
pub struct Deps {
    /// Redis.
    pub cache: Cache,
    /// Which calls are live.
    pub live: Live,
    /// Counters and histograms per minute.
    pub minutes: Minutes,
}

impl Deps {
    /// Prepares all of them; nothing connects before it is used.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn build(config: &Config) -> Result<Self, Error> {
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
        Ok(Self::on(&cache))
    }

    /// Uses this Redis.
    #[must_use]
    pub fn on(cache: &Cache) -> Self {
        Self { live: Live::new(cache), minutes: Minutes::new(cache), cache: cache.clone() }
    }
}

/// Returns the broker's address and a publisher that connects by itself; it only moves messages to retry and parked queues.
///
/// # Errors
/// When the address cannot be used.
pub fn broker(config: &Config, topology: &Topology) -> Result<(Endpoint, Publisher), Error> {
    let endpoint = Endpoint::parse(config.amqp.url.expose())?.named("callflow-metrics");
    let deadline = Duration::from_millis(config.amqp.publish_timeout_ms);
    let settings = publisher::Config { deadline, ..publisher::Config::default() };
    let publisher = Publisher::start(endpoint.clone(), topology, settings);
    Ok((endpoint, publisher))
}
