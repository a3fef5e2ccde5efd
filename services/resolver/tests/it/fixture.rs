//! The service as it runs in the fleet, with parts of the shared servers of its own.

mod act;
mod ear;

use std::{net::SocketAddr, time::Duration};

use callflow_contract::{
    convert::to_wire_time,
    resolver::v1::{
        ApplyCatalogRequest, ApplyCatalogResponse, ResolveCallRequest, ResolveCallResponse,
        resolver_client::ResolverClient,
    },
};
use callflow_domain::{catalog::Catalog, id::CompanyId};
use callflow_queue::{Endpoint, Publisher, Topology, publisher};
use callflow_resolver::Config;
use callflow_runtime::{CancellationToken, ListenOn, Listeners, Secret};
use callflow_store::{Database, catalog};
use callflow_testkit::{Role, TestBroker, TestCache, TestDatabase};
use jiff::Timestamp;
use tokio::task::JoinHandle;
use tonic::transport::Channel;

/// Longest wait for something that is under way.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// A running service with the companies of `salon.yaml`.
pub(crate) struct TestResolver {
    pub(crate) client: ResolverClient<Channel>,
    pub(crate) database: TestDatabase,
    pub(crate) broker: TestBroker,
    pub(crate) config: Config,
    /// Reads and writes what is stored.
    pub(crate) owner: Database,
    /// Empties its part of Redis when it goes.
    _cache: TestCache,
    publisher: Publisher,
    shutdown: CancellationToken,
    service: JoinHandle<Result<(), callflow_resolver::Error>>,
}

/// Returns the catalog of the tests.
pub(crate) fn companies() -> Catalog {
    serde_saphyr::from_str(include_str!("salon.yaml")).unwrap()
}

/// Returns the company most tests are about.
pub(crate) fn salon() -> CompanyId {
    CompanyId::from_slug("salon")
}

/// A moment in the tests' November, in which summer time is over everywhere.
pub(crate) fn now() -> Timestamp {
    "2026-11-24T09:00:00Z".parse().unwrap()
}

impl TestResolver {
    /// Starts the service.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Starts it with settings changed.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let (database, cache, broker) = tokio::join!(TestDatabase::start(), TestCache::start(), TestBroker::start());
        let owner = Database::connect(&callflow_store::Config::new(database.url(Role::Owner))).await.unwrap();
        let mut tx = owner.begin().await.unwrap();
        catalog::apply(&mut tx, &companies()).await.unwrap();
        tx.commit().await.unwrap();
        let (endpoint, topology) = (Endpoint::parse(broker.url()).unwrap(), Topology::new());
        topology.declare(&endpoint).await.unwrap();
        let publisher = Publisher::start(endpoint, &topology, publisher::Config::default());
        let mut config = Config::default();
        config.database.url = Secret::new(database.url(Role::Resolver));
        config.redis.url = Secret::new(cache.url());
        config.redis.prefix = cache.prefix().to_owned();
        config.amqp.url = Secret::new(broker.url());
        config.process.settle_ms = 0;
        change(&mut config);
        let (address, shutdown, service) = run(&config);
        let client = connect(address).await;
        Self { client, database, _cache: cache, broker, config, owner, publisher, shutdown, service }
    }

    /// Starts a second process of the same service.
    pub(crate) async fn second(&self) -> Second {
        let (address, shutdown, _service) = run(&self.config);
        Second { client: connect(address).await, shutdown }
    }

    /// Stops it as the platform would.
    pub(crate) async fn stop(mut self) {
        self.end().await;
    }

    /// Stops the service and leaves the servers, so that it can be seen what it left behind.
    pub(crate) async fn end(&mut self) {
        self.shutdown.cancel();
        tokio::time::timeout(LONG, &mut self.service).await.unwrap().unwrap().unwrap();
    }

    pub(crate) async fn resolve(&self, request: ResolveCallRequest) -> ResolveCallResponse {
        self.client.clone().resolve_call(request).await.unwrap().into_inner()
    }

    /// Applies a catalog.
    pub(crate) async fn apply(&self, catalog: &Catalog, dry_run: bool) -> ApplyCatalogResponse {
        self.apply_json(serde_json::to_string(catalog).unwrap(), dry_run).await
    }

    pub(crate) async fn apply_json(&self, document_json: String, dry_run: bool) -> ApplyCatalogResponse {
        self.client.clone().apply_catalog(ApplyCatalogRequest { document_json, dry_run }).await.unwrap().into_inner()
    }
}

/// Another process of the service.
pub(crate) struct Second {
    pub(crate) client: ResolverClient<Channel>,
    shutdown: CancellationToken,
}

impl Drop for Second {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

fn run(config: &Config) -> (SocketAddr, CancellationToken, JoinHandle<Result<(), callflow_resolver::Error>>) {
    let listeners = Listeners::bind(&ListenOn::loopback()).unwrap();
    let address = listeners.addresses().grpc.unwrap();
    let shutdown = CancellationToken::new();
    let service = tokio::spawn(callflow_resolver::run(config.clone(), listeners, shutdown.clone()));
    (address, shutdown, service)
}

async fn connect(address: SocketAddr) -> ResolverClient<Channel> {
    let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
    ResolverClient::new(channel)
}

/// A call to the salon.
pub(crate) fn call(to: &str, from: &str) -> ResolveCallRequest {
    ResolveCallRequest {
        company: "salon".into(),
        to_number: to.into(),
        from_number: from.into(),
        at: Some(to_wire_time(now())),
        ..ResolveCallRequest::default()
    }
}
