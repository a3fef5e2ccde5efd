//! Settings of the booking service.

use std::net::{Ipv4Addr, SocketAddr};

use callflow_rpc::{client, server};
use callflow_runtime::{
    Check, ListenOn, Mode, ServiceConfig, Validate,
    config::{Admin, Amqp, Database, Process},
};
use jiff::SignedDuration;
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
    /// The gRPC server.
    pub grpc: server::Config,
    /// Postgres, as the role `callflow_booking`.
    pub database: Database,
    /// RabbitMQ, as the user `callflow-booking`.
    pub amqp: Amqp,
    /// The availability service.
    pub availability: client::Config,
    /// How long answers are kept for those who ask again.
    pub requests: Requests,
}

/// Answered requests: kept so that a repeat gets the same answer, and removed when nobody repeats them any more.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(default)]
pub struct Requests {
    /// Days a request is remembered, counted from when it was made, and at least until its appointment is so long over.
    /// Parked messages may be sent back after days, and must not book again.
    pub keep_days: u32,
    /// Seconds between two looks for old ones.
    pub purge_secs: u64,
}

impl Default for Requests {
    fn default() -> Self {
        Self { keep_days: 30, purge_secs: 3_600 }
    }
}

impl Requests {
    /// Returns how long a request is remembered.
    #[must_use]
    pub fn keep(&self) -> SignedDuration {
        SignedDuration::from_hours(i64::from(self.keep_days) * 24)
    }
}

impl Validate for Requests {
    fn validate(&self, check: &mut Check<'_>) {
        check.range("keep_days", self.keep_days, 2..=3_650);
        check.range("purge_secs", self.purge_secs, 1..=86_400);
    }
}

impl Default for Config {
    fn default() -> Self {
        let grpc =
            server::Config { listen: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 9_093)), ..server::Config::default() };
        Self {
            mode: Mode::default(),
            process: Process::default(),
            admin: Admin::default(),
            telemetry: callflow_telemetry::Config::default(),
            grpc,
            database: Database { max_connections: 16, ..Database::default() },
            amqp: Amqp::default(),
            availability: client::Config::default(),
            requests: Requests::default(),
        }
    }
}

impl Validate for Config {
    fn validate(&self, check: &mut Check<'_>) {
        check.part("mode", &self.mode);
        check.that("mode", true, "production or dev");
        check.part("process", &self.process);
        check.part("admin", &self.admin);
        check.part("telemetry", &self.telemetry);
        check.foreign("grpc", |report| self.grpc.check(report));
        check.part("database", &self.database);
        check.part("amqp", &self.amqp);
        check.foreign("availability", |report| self.availability.check(report));
        check.part("requests", &self.requests);
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
