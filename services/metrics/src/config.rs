//! Settings of the metrics service.

use std::net::{Ipv4Addr, SocketAddr};

use callflow_rpc::{client, server};
use callflow_runtime::{
    Check, ListenOn, Mode, Secret, ServiceConfig, Validate,
    config::{Admin, Amqp, Http, Process, Redis},
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
    /// The dashboard's server.
    pub http: Http,
    /// The gRPC server.
    pub grpc: server::Config,
    /// Redis: minute buckets and live calls.
    pub redis: Redis,
    /// RabbitMQ, as the user `callflow-metrics`.
    pub amqp: Amqp,
    /// Who may look.
    pub dashboard: Dashboard,
    /// The resolver, whose records of calls the counts are compared with; without it they are not.
    pub resolver: client::Config,
    /// The booking service, whose records of appointments the counts are compared with; without it they are not.
    pub booking: client::Config,
    /// Comparing the counts with the records.
    pub recount: Recount,
}

/// Comparing the counts with the records: Redis may lose what was counted, Postgres has it still.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(default)]
pub struct Recount {
    /// Seconds between two comparisons, by whichever process is first.
    pub every_secs: u64,
}

impl Default for Recount {
    fn default() -> Self {
        Self { every_secs: 60 }
    }
}

impl Validate for Recount {
    fn validate(&self, check: &mut Check<'_>) {
        check.range("every_secs", self.every_secs, 1..=3_600);
    }
}

/// The dashboard.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Dashboard {
    /// The bearer token of those who may look.
    pub token: Secret,
    /// Browsers that may follow the live stream at the same time.
    pub max_streams: usize,
}

impl Default for Dashboard {
    fn default() -> Self {
        Self { token: Secret::default(), max_streams: 256 }
    }
}

impl Validate for Dashboard {
    fn validate(&self, check: &mut Check<'_>) {
        check.secret("token", &self.token, "12 characters or more that nobody else uses");
        check.range("max_streams", self.max_streams, 1..=4_096);
    }
}

impl Default for Config {
    fn default() -> Self {
        let any = |port| SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
        Self {
            mode: Mode::default(),
            process: Process::default(),
            admin: Admin::default(),
            telemetry: callflow_telemetry::Config::default(),
            http: Http { listen: any(8_081), ..Http::default() },
            grpc: server::Config { listen: any(9_094), ..server::Config::default() },
            redis: Redis::default(),
            amqp: Amqp::default(),
            dashboard: Dashboard::default(),
            resolver: client::Config::default(),
            booking: client::Config::default(),
            recount: Recount::default(),
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
        check.foreign("grpc", |report| self.grpc.check(report));
        check.part("redis", &self.redis);
        check.part("amqp", &self.amqp);
        check.part("dashboard", &self.dashboard);
        check.foreign("resolver", |report| self.resolver.check_optional(report));
        check.foreign("booking", |report| self.booking.check_optional(report));
        check.part("recount", &self.recount);
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
        ListenOn { http: Some(self.http.listen), grpc: Some(self.grpc.listen), admin: self.admin.listen }
    }
}
