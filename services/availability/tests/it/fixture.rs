//! The service as it runs in the fleet, with servers of its own in the shared stack.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc, LazyLock, Mutex, Once,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use callflow_availability::Config;
use callflow_contract::{
    availability::v1::{
        SearchSequencesRequest, SearchSlotsRequest, SearchSlotsResponse, Segment,
        availability_client::AvailabilityClient,
    },
    convert::to_wire_time,
};
use callflow_domain::id::{AppointmentId, StaffId};
use callflow_queue::{Endpoint, Topology};
use callflow_runtime::{CancellationToken, ListenOn, Listeners, Secret};
use callflow_store::{
    Database, Person,
    appointment::{self, NewAppointment},
    catalog,
};
use callflow_testkit::{Role, TestBroker, TestCache, TestDatabase};
use jiff::{Timestamp, ToSpan as _};
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use tokio::task::JoinHandle;
use tonic::transport::Channel;
use uuid::Uuid;

use crate::salon;

/// A running service.
pub(crate) struct TestAvailability {
    pub(crate) client: AvailabilityClient<Channel>,
    pub(crate) database: TestDatabase,
    pub(crate) cache: TestCache,
    pub(crate) broker: TestBroker,
    pub(crate) config: Config,
    /// Writes what other services write.
    pub(crate) owner: Database,
    address: SocketAddr,
    shutdown: CancellationToken,
    service: JoinHandle<Result<(), callflow_availability::Error>>,
}

impl TestAvailability {
    /// Starts the service beside the salon.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Starts it with settings changed.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        count();
        let (database, cache, broker) = tokio::join!(TestDatabase::start(), TestCache::start(), TestBroker::start());
        let owner = Database::connect(&callflow_store::Config::new(database.url(Role::Owner))).await.unwrap();
        let mut tx = owner.begin().await.unwrap();
        catalog::apply(&mut tx, &salon::catalog()).await.unwrap();
        tx.commit().await.unwrap();
        Topology::new().declare(&Endpoint::parse(broker.url()).unwrap()).await.unwrap();

        let mut config = Config::default();
        config.database.url = Secret::new(database.url(Role::Availability));
        config.redis.url = Secret::new(cache.url());
        config.redis.prefix = cache.prefix().to_owned();
        config.amqp.url = Secret::new(broker.url());
        config.process.settle_ms = 0;
        change(&mut config);
        let listeners = Listeners::bind(&ListenOn::loopback()).unwrap();
        let address = listeners.addresses().grpc.unwrap();
        let shutdown = CancellationToken::new();
        let service = tokio::spawn(callflow_availability::run(config.clone(), listeners, shutdown.clone()));
        Self { client: connect(address).await, address, database, cache, broker, config, owner, shutdown, service }
    }

    /// Returns a client with a connection of its own.
    pub(crate) async fn another_client(&self) -> AvailabilityClient<Channel> {
        connect(self.address).await
    }

    /// Stops it as the platform would.
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        tokio::time::timeout(Duration::from_secs(20), self.service).await.unwrap().unwrap().unwrap();
    }

    pub(crate) async fn search(&self, request: SearchSlotsRequest) -> SearchSlotsResponse {
        self.client.clone().search_slots(request).await.unwrap().into_inner()
    }

    /// Books beside the service, as the booking service would.
    pub(crate) async fn book(&self, staff: &str, from: &str, minutes: i64) -> AppointmentId {
        let company = salon::id();
        let starts_at = salon::at(from);
        let id = AppointmentId(Uuid::now_v7());
        let ends_at = starts_at + minutes.minutes();
        let wish = NewAppointment {
            id,
            branch: company.branch("mitte"),
            staff: company.staff(staff),
            room: None,
            service: company.service("schnitt"),
            person: Person::default(),
            call: None,
            group: None,
            series: None,
            position: 0,
            starts_at,
            ends_at,
            busy_from: starts_at,
            busy_until: ends_at,
            confirmation_code: "K7MP".to_owned(),
            schedule_version: Some(1),
            choice: serde_json::json!({}),
            notes: None,
            source: "call".to_owned(),
            request: None,
        };
        let mut tx = self.owner.begin().await.unwrap();
        let placed = appointment::place_all(&mut tx, company, &[wish]).await.unwrap();
        assert_eq!(placed, [appointment::Placement::Placed]);
        tx.commit().await.unwrap();
        id
    }
}

async fn connect(address: SocketAddr) -> AvailabilityClient<Channel> {
    let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
    AvailabilityClient::new(channel)
}

/// A search for a service at Mitte on one day of March.
pub(crate) fn search(service: &str, day: &str) -> SearchSlotsRequest {
    SearchSlotsRequest {
        company_id: salon::id().to_string(),
        branch_id: salon::id().branch("mitte").to_string(),
        service_id: salon::id().service(service).to_string(),
        window: Some(salon::range(&format!("{day} 00:00"), &format!("{day} 23:59"))),
        now: Some(to_wire_time(salon::now())),
        ..SearchSlotsRequest::default()
    }
}

/// A search for several services at Mitte within a week.
pub(crate) fn sequence(services: &[&str]) -> SearchSequencesRequest {
    SearchSequencesRequest {
        company_id: salon::id().to_string(),
        branch_id: salon::id().branch("mitte").to_string(),
        service_ids: services.iter().map(|slug| salon::id().service(slug).to_string()).collect(),
        now: Some(to_wire_time(salon::now())),
        ..SearchSequencesRequest::default()
    }
}

/// A segment of somebody's time.
pub(crate) fn segment(staff: StaffId, from: Timestamp, minutes: i64) -> Segment {
    Segment {
        resource_id: staff.to_string(),
        range: Some(callflow_contract::convert::to_wire_range(from, from + minutes.minutes())),
        room: false,
    }
}

/// Counters of this process. The runner gives each test a process of its own, so they are the test's.
static COUNTERS: LazyLock<Mutex<HashMap<String, Arc<AtomicU64>>>> = LazyLock::new(Mutex::default);

/// Returns what a counter has counted, whatever its labels.
pub(crate) fn counted(name: &str) -> u64 {
    COUNTERS.lock().unwrap().get(name).map_or(0, |counter| counter.load(Ordering::SeqCst))
}

fn count() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| metrics::set_global_recorder(Counting).unwrap());
}

struct Counting;

impl Recorder for Counting {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(Arc::clone(COUNTERS.lock().unwrap().entry(key.name().to_owned()).or_default()))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}
