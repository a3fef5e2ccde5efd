//! Settings of the resolver service.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use callflow_rpc::server;
use callflow_runtime::{
    Check, ListenOn, Mode, ServiceConfig, Validate,
    config::{Admin, Amqp, Database, Process, Redis},
};
use serde::{Deserialize, Serialize};

use crate::platform;

/// A catalog of thousands of branches arrives as one message.
const CATALOG_BYTES: usize = 64 * 1024 * 1024;

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
    /// The gRPC server.
    pub grpc: server::Config,
    /// Postgres, as the role `callflow_resolver`.
    pub database: Database,
    /// Redis: what was looked up before.
    pub redis: Redis,
    /// RabbitMQ, as the user `callflow-resolver`.
    pub amqp: Amqp,
    /// The voice platform's own records.
    pub retell: platform::Config,
    /// Looking into calls that never ended.
    pub sweep: Sweep,
}

/// Looking into calls of which no end was heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sweep {
    /// Pause between two rounds.
    pub every_secs: u64,
    /// The longest a call can last, as configured at the platform; ten minutes of silence after that, it is looked into.
    pub max_call_minutes: u64,
}

impl Default for Sweep {
    fn default() -> Self {
        // The platform's default is an hour, its limit are two.
        Self { every_secs: 60, max_call_minutes: 60 }
    }
}

impl Sweep {
    /// Returns the pause between two rounds.
    #[must_use]
    pub const fn pause(&self) -> Duration {
        Duration::from_secs(self.every_secs)
    }

    /// Returns the longest a call can last.
    #[must_use]
    pub const fn longest_call(&self) -> Duration {
        Duration::from_secs(self.max_call_minutes * 60)
    }
}

impl Validate for Sweep {
    fn validate(&self, check: &mut Check<'_>) {
        check.range("every_secs", self.every_secs, 1..=3_600);
        check.range("max_call_minutes", self.max_call_minutes, 1..=120);
    }
}

impl Default for Config {
    fn default() -> Self {
        let grpc = server::Config {
            max_request_bytes: CATALOG_BYTES,
            // A catalog of thousands of branches takes its time; whoever answers a call has a deadline of their own.
            max_timeout_ms: 120_000,
            listen: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 9_091)),
            ..server::Config::default()
        };
        Self {
            mode: Mode::default(),
            process: Process::default(),
            admin: Admin::default(),
            telemetry: callflow_telemetry::Config::default(),
            grpc,
            database: Database::default(),
            redis: Redis::default(),
            amqp: Amqp::default(),
            retell: platform::Config::default(),
            sweep: Sweep::default(),
        }
    }
}

impl Validate for Config {
    fn validate(&self, check: &mut Check<'_>) {
        check.that("mode", true, "production or dev");
        check.part("process", &self.process);
        check.part("admin", &self.admin);
        check.part("telemetry", &self.telemetry);
        check.foreign("grpc", |report| self.grpc.check(report));
        check.part("database", &self.database);
        check.part("redis", &self.redis);
        check.part("amqp", &self.amqp);
        check.part("retell", &self.retell);
        check.part("sweep", &self.sweep);
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
        ListenOn { http: None, grpc: Some(self.grpc.listen), admin: self.admin.listen }
    }
}
