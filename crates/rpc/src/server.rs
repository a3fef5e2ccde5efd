//! The gRPC server every service uses: health, reflection, TLS, limits, traces, metrics, an orderly end.

mod observe;

use std::{
    convert::Infallible,
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use http::{Request, Response};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use tonic::{
    body::Body,
    server::NamedService,
    service::Routes,
    transport::{self, server::TcpIncoming},
};
use tonic_health::{ServingStatus, server::HealthReporter};
use tower::Service;

use crate::Error;
pub use crate::tls::Files;
use observe::{Limits, ObserveLayer};

/// Settings of a gRPC server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Certificate files; a `ca_file` demands client certificates signed by it.
    pub tls: Files,
    /// Calls answered at the same time; more wait a moment and are then refused.
    pub max_active: usize,
    /// How long a call may wait for its turn.
    pub queue_ms: u64,
    /// Time to answer a call that came without a deadline, and the longest deadline that is believed.
    pub max_timeout_ms: u64,
    /// Largest request.
    pub max_request_bytes: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([0, 0, 0, 0], 9_090)),
            tls: Files::default(),
            max_active: 1_024,
            queue_ms: 50,
            max_timeout_ms: 30_000,
            max_request_bytes: 4 * 1_024 * 1_024,
        }
    }
}

impl Config {
    /// Reports every setting to `report` as (field, whether it is fine, what is accepted).
    pub fn check(&self, report: &mut dyn FnMut(&str, bool, &str)) {
        report("listen", true, "ip:port such as 0.0.0.0:9090; port 0 takes a free one");
        self.tls.check(&mut |field, fine, accepted| report(&format!("tls.{field}"), fine, accepted));
        let trusts_nobody = self.tls.ca_file.is_some() && self.tls.cert_file.is_none();
        report("tls.ca_file", !trusts_nobody, "a PEM file, together with cert_file and key_file, or nothing");
        report("max_active", (1..=100_000).contains(&self.max_active), "1 to 100000");
        report("queue_ms", self.queue_ms <= 10_000, "0 to 10000");
        report("max_timeout_ms", (10..=600_000).contains(&self.max_timeout_ms), "10 to 600000");
        let bytes = (1_024..=67_108_864).contains(&self.max_request_bytes);
        report("max_request_bytes", bytes, "1024 to 67108864");
    }
}

/// A gRPC server being put together.
pub struct Server {
    transport: transport::Server,
    limits: Limits,
    routes: Routes,
    descriptors: Vec<&'static [u8]>,
    reporter: HealthReporter,
    names: Vec<&'static str>,
}

impl Server {
    /// Begins a server that knows health only; reads the certificate files.
    ///
    /// # Errors
    /// Fails when a file cannot be read, or certificate and key do not fit.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let mut transport = transport::Server::builder()
            // A client that vanished without a word is noticed after half a minute.
            .http2_keepalive_interval(Some(Duration::from_secs(20)))
            .http2_keepalive_timeout(Some(Duration::from_secs(10)))
            .http2_adaptive_window(Some(true));
        if let Some(tls) = config.tls.server()? {
            transport = transport.tls_config(tls).map_err(|source| Error::Tls { whom: "the server", source })?;
        }
        let (reporter, health) = tonic_health::server::health_reporter();
        Ok(Self {
            transport,
            limits: Limits::of(config),
            routes: Routes::new(health),
            descriptors: vec![tonic_health::pb::FILE_DESCRIPTOR_SET],
            reporter,
            names: vec![""],
        })
    }

    /// Adds a generated service; its health is the server's.
    #[must_use]
    pub fn service<S>(mut self, service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.routes = self.routes.add_service(service);
        self.names.push(S::NAME);
        self
    }

    /// Adds the encoded descriptors of services, for tools that ask what can be called.
    #[must_use]
    pub fn describe(mut self, descriptors: &'static [u8]) -> Self {
        self.descriptors.push(descriptors);
        self
    }

    /// Serves `listener` until `stop` is cancelled, then reports "not serving", takes no new calls and finishes those under way.
    ///
    /// # Errors
    /// Fails when the descriptors are damaged or the socket cannot be used.
    pub async fn serve(self, listener: TcpListener, stop: CancellationToken) -> Result<(), Error> {
        let mut reflection = tonic_reflection::server::Builder::configure();
        for descriptors in &self.descriptors {
            reflection = reflection.register_encoded_file_descriptor_set(descriptors);
        }
        let routes = self.routes.add_service(reflection.build_v1().map_err(Error::Descriptors)?);
        listener.set_nonblocking(true).map_err(Error::Listen)?;
        let listener = tokio::net::TcpListener::from_std(listener).map_err(Error::Listen)?;
        let incoming =
            TcpIncoming::from(listener).with_nodelay(Some(true)).with_keepalive(Some(Duration::from_secs(60)));
        report(&self.reporter, &self.names, ServingStatus::Serving).await;
        let (reporter, names) = (self.reporter, self.names);
        let stopped = async move {
            stop.cancelled().await;
            report(&reporter, &names, ServingStatus::NotServing).await;
        };
        self.transport
            .layer(ObserveLayer::new(self.limits))
            .add_routes(routes)
            .serve_with_incoming_shutdown(incoming, stopped)
            .await
            .map_err(Error::Serve)
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("services", &self.names).field("limits", &self.limits).finish_non_exhaustive()
    }
}

async fn report(reporter: &HealthReporter, names: &[&'static str], status: ServingStatus) {
    for name in names {
        reporter.set_service_status(name, status).await;
    }
}
