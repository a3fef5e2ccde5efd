//! A channel to another service that knows when to wait, when to try again and when to stop asking.
//!
//! It is handed to the generated clients like tonic's own channel. It connects when first used, spreads calls over
//! all addresses of its endpoints, gives each call what is left of the caller's deadline, carries the trace, and
//! has a breaker and a retry budget of its own.

mod call;
mod discovery;

use std::{
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use futures::{FutureExt, future::BoxFuture};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use tonic::{Request, Status, body::Body};
use tower::Service;
use tracing::{Instrument, field::Empty, info_span};

use crate::{
    Error,
    breaker::{self, Breaker},
    budget::Budget,
    tls::Files,
};
use call::Caller;

/// Settings of the calls to one dependency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// `http://host:port` or `https://host:port`, several separated by commas; a host name stands for all of its addresses.
    pub endpoints: Vec<String>,
    /// Certificate files for `https`; the system's authorities are trusted when no `ca_file` is given.
    pub tls: Files,
    /// Name the server's certificate must have, when it is not the host's.
    pub tls_domain: Option<String>,
    /// Time for a call, retries included, when the caller's own deadline is not nearer.
    pub timeout_ms: u64,
    /// Time to connect.
    pub connect_timeout_ms: u64,
    /// How often host names are looked up again.
    pub resolve_secs: u64,
    /// Calls under way at the same time; more wait for their turn, as long as their deadlines allow. All of them share one
    /// connection to each address, which a thousand calls begun at once can break.
    pub max_active: usize,
    /// Tries of an idempotent call beyond the first.
    pub max_retries: u32,
    /// Share of calls that may be retries.
    pub retry_ratio: f64,
    /// When to stop asking.
    pub breaker: breaker::Config,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            endpoints: Vec::new(),
            tls: Files::default(),
            tls_domain: None,
            timeout_ms: 2_000,
            connect_timeout_ms: 500,
            resolve_secs: 10,
            max_active: 100,
            max_retries: 2,
            retry_ratio: 0.1,
            breaker: breaker::Config::default(),
        }
    }
}

impl Config {
    /// Returns whether there is anybody to ask: where a dependency is optional, no endpoints mean that there is none.
    #[must_use]
    pub const fn is_set(&self) -> bool {
        !self.endpoints.is_empty()
    }

    /// As [`check`](Self::check), for a dependency one can do without.
    pub fn check_optional(&self, report: &mut dyn FnMut(&str, bool, &str)) {
        self.check(&mut |field, fine, accepted| match field {
            "endpoints" => report(
                field,
                fine || !self.is_set(),
                "http://host:port or https://host:port, several separated by commas; or nothing",
            ),
            _ => report(field, fine, accepted),
        });
    }

    /// Reports every setting to `report` as (field, whether it is fine, what is accepted).
    pub fn check(&self, report: &mut dyn FnMut(&str, bool, &str)) {
        let endpoints =
            !self.endpoints.is_empty() && self.endpoints.iter().all(|text| discovery::Target::parse(text).is_some());
        report("endpoints", endpoints, "http://host:port or https://host:port, several separated by commas");
        self.tls.check(&mut |field, fine, accepted| report(&format!("tls.{field}"), fine, accepted));
        report("tls_domain", true, "a host name, or nothing");
        report("timeout_ms", (10..=600_000).contains(&self.timeout_ms), "10 to 600000");
        report("connect_timeout_ms", (10..=60_000).contains(&self.connect_timeout_ms), "10 to 60000");
        report("resolve_secs", (1..=3_600).contains(&self.resolve_secs), "1 to 3600");
        report("max_active", (1..=10_000).contains(&self.max_active), "1 to 10000");
        report("max_retries", self.max_retries <= 5, "0 to 5");
        report("retry_ratio", (0.0..=1.0).contains(&self.retry_ratio), "0.0 to 1.0");
        self.breaker.check(&mut |field, fine, accepted| report(&format!("breaker.{field}"), fine, accepted));
    }
}

/// Marks a request whose repetition does no harm, so that it may be tried again when the dependency was away.
///
/// Reads are; writes are when they carry an idempotency key.
#[must_use]
pub fn idempotent<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(Idempotent);
    request
}

/// The mark that [`idempotent`] leaves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Idempotent;

/// A channel to one dependency; clones share everything.
#[derive(Clone)]
pub struct Channel {
    shared: Arc<Shared>,
    transport: tonic::transport::Channel,
}

/// What all clones of a channel share.
#[derive(Debug)]
pub(crate) struct Shared {
    dependency: &'static str,
    timeout: Duration,
    turns: Semaphore,
    max_retries: u32,
    breaker: Breaker,
    budget: Mutex<Budget>,
}

impl Channel {
    /// Makes a channel to `dependency` without connecting; must be called inside a tokio runtime.
    ///
    /// # Errors
    /// Fails when an endpoint or a certificate file cannot be used.
    pub fn new(dependency: &'static str, config: &Config) -> Result<Self, Error> {
        let now = Instant::now();
        let shared = Shared {
            dependency,
            timeout: Duration::from_millis(config.timeout_ms),
            turns: Semaphore::new(config.max_active),
            max_retries: config.max_retries,
            breaker: Breaker::new(dependency, &config.breaker, now),
            budget: Mutex::new(Budget::new(config.retry_ratio, now)),
        };
        Ok(Self { shared: Arc::new(shared), transport: discovery::connect(dependency, config)? })
    }

    /// Returns the name of the dependency.
    #[must_use]
    pub fn dependency(&self) -> &'static str {
        self.shared.dependency
    }

    /// Returns what its breaker does at the moment.
    #[must_use]
    pub fn breaker(&self) -> breaker::State {
        self.shared.breaker.state()
    }

    /// Asks the dependency whether it serves; for readiness checks. Goes past the breaker.
    ///
    /// # Errors
    /// Returns the status with which it did not.
    pub async fn ping(&self) -> Result<(), Status> {
        let mut client = tonic_health::pb::health_client::HealthClient::new(self.transport.clone());
        let mut request = Request::new(tonic_health::pb::HealthCheckRequest::default());
        request.set_timeout(self.shared.timeout);
        let ask = client.check(request);
        let answer = tokio::time::timeout(self.shared.timeout, ask)
            .await
            .map_err(|_| Status::deadline_exceeded("no answer"))??;
        match answer.into_inner().status() {
            tonic_health::pb::health_check_response::ServingStatus::Serving => Ok(()),
            other => Err(Status::unavailable(format!("says {}", other.as_str_name()))),
        }
    }
}

impl std::fmt::Debug for Channel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Channel").field("dependency", &self.shared.dependency).finish_non_exhaustive()
    }
}

impl Service<http::Request<Body>> for Channel {
    type Response = http::Response<Body>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<http::Response<Body>, Status>>;

    /// Always ready: waiting happens inside the call, where the deadline and the breaker see it.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let method = request.uri().path().trim_start_matches('/').to_owned();
        let span = info_span!(
            "call",
            otel.kind = "client",
            rpc.system = "grpc",
            rpc.method = method,
            peer.service = self.shared.dependency,
            rpc.code = Empty
        );
        let caller = Caller { shared: Arc::clone(&self.shared), transport: self.transport.clone(), method };
        caller.call(request).instrument(span).boxed()
    }
}
