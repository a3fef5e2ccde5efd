//! A few long-lived connections taken from the pool and shared by all callers.
//!
//! A pooled connection is checked with a round trip each time it is taken out. Keeping it out and letting
//! many commands travel over it at a time saves that round trip; a connection found dead goes, and the next
//! caller on its lane takes a fresh one from the pool.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use deadpool_redis::{
    PoolConfig, PoolError, Runtime, Timeouts, cluster,
    redis::{
        AsyncConnectionConfig, Cmd, IntoConnectionInfo, RedisResult, Value, aio::MultiplexedConnection,
        cluster_async::ClusterConnection, io::tcp::TcpSettings,
    },
};
use tokio::time::timeout;

use crate::{Config, Error, error::Cause};

/// A connection to one node or to a cluster; clones share the wire.
#[derive(Clone)]
pub(super) enum Link {
    Single(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Link {
    pub(super) async fn send(&mut self, command: &Cmd) -> RedisResult<Value> {
        match self {
            Self::Single(link) => command.query_async(link).await,
            Self::Cluster(link) => command.query_async(link).await,
        }
    }
}

enum Pool {
    Single(deadpool_redis::Pool),
    Cluster(cluster::Pool),
}

/// A connection's place in the pool, kept for as long as the connection is in use.
enum Place {
    Single(deadpool_redis::Connection),
    Cluster(cluster::Connection),
}

impl Place {
    fn link(&self) -> Link {
        match self {
            Self::Single(connection) => Link::Single(MultiplexedConnection::clone(connection)),
            Self::Cluster(connection) => Link::Cluster(ClusterConnection::clone(connection)),
        }
    }

    /// Gives the place free without returning the connection to it.
    fn discard(self) {
        match self {
            Self::Single(connection) => drop(deadpool_redis::Connection::take(connection)),
            Self::Cluster(connection) => drop(cluster::Connection::take(connection)),
        }
    }
}

impl Pool {
    const fn is_cluster(&self) -> bool {
        matches!(self, Self::Cluster(_))
    }

    async fn take(&self) -> Result<Place, PoolError> {
        Ok(match self {
            Self::Single(pool) => Place::Single(pool.get().await?),
            Self::Cluster(pool) => Place::Cluster(pool.get().await?),
        })
    }
}

/// Names one connection of one lane, so that a late report about a dead one does not close its successor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ticket {
    lane: usize,
    serial: u64,
}

#[derive(Default)]
struct Lane {
    open: Mutex<Option<(u64, Place)>>,
    /// Held while connecting, so that a burst makes one connection and not one per caller.
    connecting: tokio::sync::Mutex<()>,
}

impl Lane {
    fn open(&self) -> MutexGuard<'_, Option<(u64, Place)>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct Lanes {
    pool: Pool,
    lanes: Vec<Lane>,
    next: AtomicUsize,
    serials: AtomicU64,
    connect: Duration,
}

impl Lanes {
    pub(super) fn new(config: &Config) -> Result<Self, Error> {
        const URL: Error = Error::Config { setting: "url", accepted: "a URL this build can open" };
        install_tls();
        let pooling = PoolConfig {
            timeouts: Timeouts {
                wait: Some(config.connect()),
                create: Some(config.connect()),
                recycle: Some(config.connect()),
            },
            ..PoolConfig::new(config.connections)
        };
        let pool = if config.clustered() {
            let manager = cluster::Manager::new(config.urls(), false).map_err(|_| URL)?;
            let pool = cluster::Pool::builder(manager).config(pooling).runtime(Runtime::Tokio1).build();
            Pool::Cluster(pool.map_err(|_| URL)?)
        } else {
            // Small packets must not wait for the answer to earlier ones.
            let info = config.url.trim().into_connection_info().map_err(|_| URL)?;
            let info = info.set_tcp_settings(TcpSettings::default().set_nodelay(true));
            // Our own limits wrap connecting and each command; one clock is enough.
            let limits = AsyncConnectionConfig::new().set_response_timeout(None).set_connection_timeout(None);
            let manager = deadpool_redis::Manager::new_with_config(info, limits).map_err(|_| URL)?;
            let pool = deadpool_redis::Pool::builder(manager).config(pooling).runtime(Runtime::Tokio1).build();
            Pool::Single(pool.map_err(|_| URL)?)
        };
        Ok(Self {
            pool,
            lanes: (0..config.connections).map(|_| Lane::default()).collect(),
            next: AtomicUsize::new(0),
            serials: AtomicU64::new(0),
            connect: config.connect(),
        })
    }

    /// Returns the lane whose turn it is.
    pub(super) fn turn(&self) -> usize {
        self.next.fetch_add(1, Ordering::Relaxed) % self.lanes.len()
    }

    /// Returns the connection of a lane, opening it when it is not open.
    pub(super) async fn link(&self, lane: usize) -> Result<(Ticket, Link), Error> {
        if let Some(open) = self.opened(lane) {
            return Ok(open);
        }
        match timeout(self.connect, self.connect(lane)).await {
            Ok(result) => result,
            Err(_) => Err(Error::Connect(Cause::new("no connection in time"))),
        }
    }

    /// Returns whether a lost connection may be that of one node among several.
    pub(super) const fn is_cluster(&self) -> bool {
        self.pool.is_cluster()
    }

    fn opened(&self, lane: usize) -> Option<(Ticket, Link)> {
        self.lanes[lane].open().as_ref().map(|(serial, place)| (Ticket { lane, serial: *serial }, place.link()))
    }

    async fn connect(&self, lane: usize) -> Result<(Ticket, Link), Error> {
        let _turn = self.lanes[lane].connecting.lock().await;
        // Whoever had the turn before may have opened it.
        if let Some(open) = self.opened(lane) {
            return Ok(open);
        }
        let place = self.pool.take().await.map_err(|error| Error::Connect(cause(&error)))?;
        let (serial, link) = (self.serials.fetch_add(1, Ordering::Relaxed), place.link());
        *self.lanes[lane].open() = Some((serial, place));
        Ok((Ticket { lane, serial }, link))
    }

    /// Closes a connection found dead, unless it has been replaced already.
    pub(super) fn close(&self, ticket: Ticket) {
        let mut open = self.lanes[ticket.lane].open();
        let dead = open.take_if(|(serial, _)| *serial == ticket.serial);
        drop(open);
        if let Some((_, place)) = dead {
            place.discard();
        }
    }

    /// Closes every connection: after an outage none of them is to be trusted.
    pub(super) fn close_all(&self) {
        for lane in &self.lanes {
            let dead = lane.open().take();
            if let Some((_, place)) = dead {
                place.discard();
            }
        }
    }
}

fn cause(error: &PoolError) -> Cause {
    match error {
        PoolError::Backend(error) => Cause::from(error),
        PoolError::Timeout(_) => Cause::new("no connection in time"),
        _ => Cause::new("the pool is closed"),
    }
}

/// Chooses ring for TLS when nobody has chosen yet; with two providers linked in, the library would panic instead.
fn install_tls() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // The error says that another thread was faster, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}
