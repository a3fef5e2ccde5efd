//! Settings of the ingress service.

use std::{path::PathBuf, time::Duration};

use callflow_rpc::client;
use callflow_runtime::{
    Check, ListenOn, Mode, ServiceConfig, Validate,
    config::{Admin, Amqp, Database, Http, Process, Redis, Secret},
};
use serde::{Deserialize, Serialize};

/// All settings; defaults serve a pod with one CPU.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// How strict the start is.
    pub mode: Mode,
    /// Threads and times of the process.
    pub process: Process,
    /// Health and metrics.
    pub admin: Admin,
    /// Logs and traces.
    pub telemetry: callflow_telemetry::Config,
    /// The HTTP server the voice platform talks to.
    pub http: Http,
    /// Postgres, as the role `callflow_ingress`: the spool.
    pub database: Database,
    /// RabbitMQ, as the user `callflow_ingress`.
    pub amqp: Amqp,
    /// Redis, for what all processes remember together; without a URL each remembers for itself.
    pub redis: Redis,
    /// The resolver service.
    pub resolver: client::Config,
    /// The availability service.
    pub availability: client::Config,
    /// The booking service.
    pub booking: client::Config,
    /// Whose requests are believed.
    pub signing: Signing,
    /// How large and how long.
    pub limit: Limit,
    /// The address callflow is reached at from outside, for the API description; may be empty.
    pub public_url: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            process: Process::default(),
            admin: Admin::default(),
            telemetry: callflow_telemetry::Config::default(),
            http: Http::default(),
            // The spool sees traffic only while the broker is away.
            database: Database { max_connections: 4, acquire_timeout_ms: 1_000, ..Database::default() },
            amqp: Amqp { publish_timeout_ms: 1_000, ..Amqp::default() },
            redis: Redis { connections: 2, command_ms: 150, ..Redis::default() },
            resolver: client::Config::default(),
            availability: client::Config::default(),
            booking: client::Config { timeout_ms: 4_000, ..client::Config::default() },
            signing: Signing::default(),
            limit: Limit::default(),
            public_url: String::new(),
        }
    }
}

impl Validate for Config {
    fn validate(&self, check: &mut Check<'_>) {
        check.that("mode", true, "production or dev");
        check.part("process", &self.process);
        check.part("admin", &self.admin);
        check.part("telemetry", &self.telemetry);
        check.part("http", &self.http);
        check.part("database", &self.database);
        check.part("amqp", &self.amqp);
        // The only setting of Redis that may be missing here.
        let none = self.redis.url.is_empty().then(|| Secret::new("redis://none"));
        check.part("redis", &Redis { url: none.unwrap_or_else(|| self.redis.url.clone()), ..self.redis.clone() });
        check.foreign("resolver", |report| self.resolver.check(report));
        check.foreign("availability", |report| self.availability.check(report));
        check.foreign("booking", |report| self.booking.check(report));
        check.part("signing", &self.signing);
        check.part("limit", &self.limit);
        let url = self.public_url.is_empty()
            || self.public_url.starts_with("https://")
            || self.public_url.starts_with("http://");
        check.that("public_url", url, "https://host, or nothing");
    }
}

impl ServiceConfig for Config {
    fn process(&self) -> &Process {
        &self.process
    }

    fn telemetry(&self) -> &callflow_telemetry::Config {
        &self.telemetry
    }

    fn listen(&self) -> ListenOn {
        ListenOn { http: Some(self.http.listen), grpc: None, admin: self.admin.listen }
    }
}

/// Where the signing keys are.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Signing {
    /// A folder with one file per company, named after its slug, with one or two keys, one a line, the current one first.
    pub dir: PathBuf,
}

impl Validate for Signing {
    fn validate(&self, check: &mut Check<'_>) {
        check.that("dir", self.dir.is_dir(), "a folder with one file of keys per company");
    }
}

/// How large requests may be, and how long answers may take.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Limit {
    /// Largest body of an inbound question.
    pub inbound_bytes: usize,
    /// Largest body of an event or function request.
    pub body_bytes: usize,
    /// Time for a body to arrive.
    pub body_ms: u64,
    /// Time after which an inbound question is answered with what is known by then.
    pub inbound_ms: u64,
    /// Time for functions that only read.
    pub read_ms: u64,
    /// Time for functions that write.
    pub write_ms: u64,
    /// Time to get an event to the broker before it is spooled, and to spool it.
    pub ack_ms: u64,
    /// Bytes of events that may wait in the spool.
    pub spool_bytes: u64,
    /// Requests worked on at the same time; half of them may be events.
    pub active: usize,
    /// Bytes that bodies over 64 KB may take at the same time.
    pub bodies_bytes: usize,
    /// Requests of one company per second, twice as many in a burst.
    pub company_per_second: u32,
}

impl Default for Limit {
    fn default() -> Self {
        Self {
            inbound_bytes: 64 * 1024,
            body_bytes: 8 * 1024 * 1024,
            body_ms: 10_000,
            inbound_ms: 2_500,
            read_ms: 2_000,
            write_ms: 4_000,
            ack_ms: 1_500,
            spool_bytes: 1024 * 1024 * 1024,
            active: 1_024,
            bodies_bytes: 128 * 1024 * 1024,
            // A thousand live calls of one company ask 200 times a second; a storm of retries four times as often.
            company_per_second: 2_000,
        }
    }
}

impl Validate for Limit {
    fn validate(&self, check: &mut Check<'_>) {
        check.range("inbound_bytes", self.inbound_bytes, 1_024..=1_048_576);
        check.range("body_bytes", self.body_bytes, 65_536..=8 * 1024 * 1024);
        check.range("body_ms", self.body_ms, 100..=60_000);
        // The platform gives up after ten seconds.
        check.range("inbound_ms", self.inbound_ms, 200..=9_000);
        check.range("read_ms", self.read_ms, 100..=30_000);
        check.range("write_ms", self.write_ms, 100..=30_000);
        check.range("ack_ms", self.ack_ms, 100..=4_000);
        check.range("active", self.active, 2..=65_536);
        check.range("bodies_bytes", self.bodies_bytes, 8 * 1024 * 1024..=4 * 1024 * 1024 * 1024);
        check.range("company_per_second", self.company_per_second, 1..=1_000_000);
        check.range("spool_bytes", self.spool_bytes, 1_048_576..=1_099_511_627_776);
    }
}

impl Limit {
    /// Returns the time for an inbound answer.
    #[must_use]
    pub const fn inbound(&self) -> Duration {
        Duration::from_millis(self.inbound_ms)
    }

    /// Returns the time to publish, and then again to spool.
    #[must_use]
    pub const fn ack(&self) -> Duration {
        Duration::from_millis(self.ack_ms)
    }
}
