//! The parts that configurations of several services are made of.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{Check, Secret, Validate};

/// What a listening address looks like, for error texts.
const ADDRESS: &str = "ip:port such as 0.0.0.0:8080; port 0 takes a free one";

/// How strict the start is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Weak and default secrets are refused.
    #[default]
    Production,
    /// Anything goes; for one's own machine.
    Dev,
}

impl Validate for Mode {
    fn validate(&self, _: &mut Check<'_>) {}
}

/// The process as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Process {
    /// Threads of the async runtime; 0 takes one per core, at most 4.
    pub worker_threads: usize,
    /// Time from "not ready" to "stop taking", for load balancers to notice; part of the grace period.
    pub settle_ms: u64,
    /// Time for everything between the signal to stop and the last connection closed.
    pub grace_ms: u64,
}

impl Default for Process {
    fn default() -> Self {
        Self { worker_threads: 0, settle_ms: 0, grace_ms: 12_000 }
    }
}

impl Process {
    /// Returns the number of threads to start.
    #[must_use]
    pub fn threads(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        if self.worker_threads == 0 { cores.min(4) } else { self.worker_threads }
    }

    /// Returns the settle time.
    #[must_use]
    pub const fn settle(&self) -> Duration {
        Duration::from_millis(self.settle_ms)
    }

    /// Returns the grace period.
    #[must_use]
    pub const fn grace(&self) -> Duration {
        Duration::from_millis(self.grace_ms)
    }
}

impl Validate for Process {
    fn validate(&self, check: &mut Check<'_>) {
        check.range("worker_threads", self.worker_threads, 0..=64);
        check.range("settle_ms", self.settle_ms, 0..=10_000);
        // 15 s, one more for the watchdog and 3 for the last spans: under the 20 that were promised.
        check.range("grace_ms", self.grace_ms, 1_000..=15_000);
    }
}

/// The admin server: health, metrics, version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Admin {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Whether `POST /log-level` may change the log filter. Off, because the admin port asks nobody who they are.
    pub allow_log_level: bool,
}

impl Default for Admin {
    fn default() -> Self {
        Self { listen: any(9_100), allow_log_level: false }
    }
}

impl Validate for Admin {
    fn validate(&self, check: &mut Check<'_>) {
        check.that("listen", true, ADDRESS);
        check.that("allow_log_level", true, "true or false");
    }
}

/// An HTTP server for the outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Http {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Threads that answer; each has an event loop of its own.
    pub workers: usize,
    /// Connections open at the same time, per worker.
    pub max_connections: usize,
    /// Time for a client to send its request's head.
    pub header_timeout_ms: u64,
    /// Time a connection may stay idle between requests.
    pub keep_alive_secs: u64,
}

impl Default for Http {
    fn default() -> Self {
        Self { listen: any(8_080), workers: 2, max_connections: 4_096, header_timeout_ms: 5_000, keep_alive_secs: 75 }
    }
}

impl Validate for Http {
    fn validate(&self, check: &mut Check<'_>) {
        check.that("listen", true, ADDRESS);
        check.range("workers", self.workers, 1..=64);
        check.range("max_connections", self.max_connections, 16..=100_000);
        check.range("header_timeout_ms", self.header_timeout_ms, 100..=60_000);
        check.range("keep_alive_secs", self.keep_alive_secs, 1..=3_600);
    }
}

/// Postgres.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Database {
    /// `postgres://role:password@host:port/database`, TLS by `?sslmode=verify-full`.
    pub url: Secret,
    /// Connections open at most.
    pub max_connections: u32,
    /// Connections kept open when idle.
    pub min_connections: u32,
    /// Time to wait for a connection.
    pub acquire_timeout_ms: u64,
    /// Time for one statement; a request's deadline shortens it.
    pub statement_timeout_ms: u64,
    /// Time after which an idle connection is closed.
    pub idle_timeout_secs: u64,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: Secret::default(),
            max_connections: 10,
            min_connections: 0,
            acquire_timeout_ms: 2_000,
            statement_timeout_ms: 5_000,
            idle_timeout_secs: 300,
        }
    }
}

impl Validate for Database {
    fn validate(&self, check: &mut Check<'_>) {
        check.url("url", &self.url, &["postgres", "postgresql"], "postgres://role:password@host:5432/callflow");
        check.range("max_connections", self.max_connections, 1..=500);
        check.range("min_connections", self.min_connections, 0..=self.max_connections.clamp(1, 500));
        check.range("acquire_timeout_ms", self.acquire_timeout_ms, 50..=30_000);
        check.range("statement_timeout_ms", self.statement_timeout_ms, 50..=60_000);
        check.range("idle_timeout_secs", self.idle_timeout_secs, 10..=3_600);
    }
}

/// Redis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Redis {
    /// `redis://[user:password@]host:port/database`, or `rediss://` for TLS; several nodes of a cluster separated by commas.
    pub url: Secret,
    /// Whether a single URL is a node of a cluster, too.
    pub cluster: bool,
    /// What every key begins with.
    pub prefix: String,
    /// Connections kept open; each carries many commands at a time.
    pub connections: usize,
    /// Time to connect.
    pub connect_ms: u64,
    /// Time for one command; longer is "away", and the answer comes from elsewhere.
    pub command_ms: u64,
    /// Pause between attempts to reach a Redis that is away.
    pub probe_ms: u64,
}

impl Default for Redis {
    fn default() -> Self {
        Self {
            url: Secret::default(),
            cluster: false,
            prefix: "callflow".into(),
            connections: 4,
            connect_ms: 250,
            command_ms: 300,
            probe_ms: 250,
        }
    }
}

impl Validate for Redis {
    fn validate(&self, check: &mut Check<'_>) {
        check.url("url", &self.url, &["redis", "rediss"], "redis://:password@host:6379/0");
        check.that("cluster", true, "true or false");
        let plain = |c: char| c.is_ascii_alphanumeric() || "._:-".contains(c);
        let prefix = (1..=40).contains(&self.prefix.len()) && self.prefix.chars().all(plain);
        check.that("prefix", prefix, "1 to 40 letters, digits, dots, colons, hyphens or underscores");
        check.range("connections", self.connections, 1..=64);
        check.range("connect_ms", self.connect_ms, 10..=10_000);
        check.range("command_ms", self.command_ms, 10..=10_000);
        check.range("probe_ms", self.probe_ms, 10..=60_000);
    }
}

/// RabbitMQ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Amqp {
    /// `amqp://user:password@host:port/vhost`, or `amqps://` for TLS; `?heartbeat=10` sets the heartbeat in seconds.
    pub url: Secret,
    /// Messages handled at the same time per queue, and so also the prefetch.
    pub concurrency: u16,
    /// Time for the broker to confirm a publish; a broker with a full disk never does.
    pub publish_timeout_ms: u64,
}

impl Default for Amqp {
    fn default() -> Self {
        Self { url: Secret::default(), concurrency: 16, publish_timeout_ms: 2_000 }
    }
}

impl Validate for Amqp {
    fn validate(&self, check: &mut Check<'_>) {
        check.url("url", &self.url, &["amqp", "amqps"], "amqp://user:password@host:5672/callflow");
        // More would let one killed consumer take many innocent messages along to the delivery limit.
        check.range("concurrency", self.concurrency, 1..=16);
        check.range("publish_timeout_ms", self.publish_timeout_ms, 100..=30_000);
    }
}

/// Returns `port` on all interfaces.
const fn any(port: u16) -> SocketAddr {
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::UNSPECIFIED), port)
}
