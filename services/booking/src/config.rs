//! Settings of the booking service.

use std::net::{Ipv4Addr, SocketAddr};

use callflow_rpc::{client, server};
use callflow_runtime::{
    Check, ListenOn, Mode, ServiceConfig, Validate,
    config::{Admin, Amqp, Database, Process},
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
    /// The gRPC server.
    pub grpc: server::Config,
    /// Postgres, as the role `callflow_booking`.
    pub database: Database,
    /// RabbitMQ, as the user `callflow-booking`.
    pub amqp: Amqp,
    /// The availability service.
    pub availability: client::Config,
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
