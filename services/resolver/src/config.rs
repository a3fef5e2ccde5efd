//! Settings of the resolver service.

use std::net::{Ipv4Addr, SocketAddr};

use callflow_rpc::server;
use callflow_runtime::{
    Check, ListenOn, Mode, ServiceConfig, Validate,
    config::{Admin, Amqp, Database, Process, Redis},
};
use serde::{Deserialize, Serialize};

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
}

impl Default for Config {
    fn default() -> Self {
        let grpc = server::Config {
            max_request_bytes: CATALOG_BYTES,
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
