//! Two services and what they need, for one test; everything is gone when it ends.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use callflow_booking as booking;
use callflow_contract::{
    availability::v1::availability_client::AvailabilityClient,
    booking::v1::{BookRequest, BookResponse, Identity, WriteContext, booking_client::BookingClient},
    common::v1::{Actor, Person, actor},
    convert::to_wire_time,
    event::v1::Envelope,
};
use callflow_queue::{
    Consumer, Delivery, Disposition, Endpoint, Handler, Publisher, Topology, consumer, publisher, topology,
};
use callflow_runtime::{CancellationToken, ListenOn, Listeners, Mode, Secret, config};
use callflow_store::{Config, Database, catalog};
use callflow_testkit::{Role, TestBroker, TestCache, TestDatabase, wait_for};
use deadpool_redis::redis::{self, Client};
use jiff::Timestamp;
use sea_orm::sqlx::{self, PgPool, Row as _, ValueRef as _, postgres::PgPoolOptions};
use tokio::task::JoinSet;
use tonic::transport::Channel;
use uuid::Uuid;

use crate::salon::{self, branch, service, staff};

/// Longest time anything in these tests may take to come true.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A running shop: Booking and Availability on servers of their own corner.
pub(crate) struct Shop {
    pub(crate) booking: BookingClient<Channel>,
    pub(crate) availability: AvailabilityClient<Channel>,
    _broker: TestBroker,
    pub(crate) cache: TestCache,
    pub(crate) publisher: Publisher,
    url: String,
    events: Heard,
    sql: PgPool,
    _database: TestDatabase,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

/// Every event that was published, as any consumer sees it.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<Envelope>>>);

impl Handler for Heard {
    async fn handle(&self, delivery: Delivery) -> Disposition {
        self.0.lock().unwrap().push(delivery.envelope.clone());
        Disposition::Done
    }
}

impl Shop {
    /// Opens a shop with the salon's catalog and an empty calendar.
    pub(crate) async fn open() -> Self {
        let (database, broker, cache) = tokio::join!(TestDatabase::start(), TestBroker::start(), TestCache::start());
        let endpoint = Endpoint::parse(broker.url()).unwrap().named("test");
        let topology = Topology::new();
        tokio::join!(apply(&database), async { topology.declare(&endpoint).await.unwrap() });
        let publisher = Publisher::start(endpoint.clone(), &topology, publisher::Config::default());
        let (events, stop, mut tasks) = (Heard::default(), CancellationToken::new(), JoinSet::new());
        let family = topology.family(&topology::METRICS_ALL);
        let listener = Consumer::new(endpoint, family, publisher.clone(), events.clone(), consumer::Config::default());
        let token = stop.clone();
        tasks.spawn(async move { listener.run(token).await });
        let availability = start_availability(&database, &broker, &cache, &stop, &mut tasks);
        let booking = start_booking(&database, &broker, &availability, &stop, &mut tasks);
        Self {
            booking: BookingClient::connect(booking.clone()).await.unwrap(),
            url: booking,
            availability: AvailabilityClient::connect(availability).await.unwrap(),
            _broker: broker,
            cache,
            publisher,
            events,
            sql: PgPoolOptions::new().max_connections(2).connect_lazy(&database.admin_url()).unwrap(),
            _database: database,
            stop,
            tasks,
        }
    }

    /// Stops both services and waits until everything written was published.
    pub(crate) async fn close(mut self) {
        self.stop.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            ended.unwrap();
        }
        assert_eq!(self.sql("SELECT count(*) FROM booking.outbox").await, "0", "events were left behind");
    }

    /// Runs SQL beside the services; columns are parted by `|`.
    pub(crate) async fn sql(&self, sql: &str) -> String {
        let rows = sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).fetch_all(&self.sql).await.unwrap();
        let text = |row: &sqlx::postgres::PgRow, column: usize| {
            let value = row.try_get_raw(column).unwrap();
            if value.is_null() { String::new() } else { value.as_str().unwrap().to_owned() }
        };
        let line = |row| (0..sqlx::Row::len(row)).map(|column| text(row, column)).collect::<Vec<_>>().join("|");
        rows.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// Returns how many active appointments there are.
    pub(crate) async fn active(&self) -> i64 {
        self.sql("SELECT count(*) FROM booking.appointment WHERE status = 'active'").await.parse().unwrap()
    }

    /// Waits until this many events with the schema's name were heard, and returns them.
    pub(crate) async fn heard(&self, schema: &str, count: usize) -> Vec<Envelope> {
        wait_for("the events", PATIENCE, async || {
            let all = self.all_heard();
            let found: Vec<_> = all.iter().filter(|envelope| envelope.schema.contains(schema)).cloned().collect();
            if found.len() >= count {
                Ok(found)
            } else {
                Err(all.into_iter().map(|one| one.schema).collect::<Vec<_>>())
            }
        })
        .await
    }

    /// Returns every event heard so far.
    pub(crate) fn all_heard(&self) -> Vec<Envelope> {
        self.events.0.lock().unwrap().clone()
    }

    /// Returns a client with a connection of its own.
    pub(crate) async fn connect(&self) -> BookingClient<Channel> {
        BookingClient::connect(self.url.clone()).await.unwrap()
    }

    /// Empties this shop's part of Redis: days, holds, markers, everything.
    pub(crate) async fn forget_days(&self) {
        let mut redis = Client::open(self.cache.url()).unwrap().get_multiplexed_async_connection().await.unwrap();
        let mut all = redis::cmd("KEYS");
        let keys: Vec<Vec<u8>> = all.arg(format!("{}*", self.cache.prefix())).query_async(&mut redis).await.unwrap();
        if !keys.is_empty() {
            redis::cmd("UNLINK").arg(keys).exec_async(&mut redis).await.unwrap();
        }
    }

    /// Books and returns the answer.
    pub(crate) async fn book(&self, request: BookRequest) -> BookResponse {
        self.booking.clone().book(request).await.unwrap().into_inner()
    }
}

/// What an operator writes with.
pub(crate) fn operator(key: &str) -> WriteContext {
    let actor = Actor { kind: actor::Kind::Operator.into(), operator: "empfang".into(), ..Actor::default() };
    WriteContext {
        company_id: salon::company().to_string(),
        idempotency_key: key.into(),
        actor: Some(actor),
        ..WriteContext::default()
    }
}

/// What a call writes with; it holds what it is offered.
pub(crate) fn call(call: &str, tool: &str) -> WriteContext {
    let actor =
        Actor { kind: actor::Kind::Call.into(), call_id: call.into(), tool_call_id: tool.into(), ..Actor::default() };
    WriteContext {
        idempotency_key: format!("call/{call}/tool/{tool}"),
        owner: call.into(),
        actor: Some(actor),
        ..operator("")
    }
}

/// A haircut with Sofia, for Ayşe.
pub(crate) fn haircut(context: WriteContext, start: Timestamp) -> BookRequest {
    BookRequest {
        context: Some(context),
        branch_id: branch("mitte").to_string(),
        service_id: service("schnitt").to_string(),
        staff_id: staff("sofia").to_string(),
        start: Some(to_wire_time(start)),
        person: Some(person()),
        ..BookRequest::default()
    }
}

/// Ayşe.
pub(crate) fn person() -> Person {
    Person { name: "Ayşe Yıldız".into(), phone: "+491713920017".into(), ..Person::default() }
}

/// Proof by the number Ayşe calls from.
pub(crate) fn ayse() -> Option<Identity> {
    Some(Identity { phone: "+491713920017".into(), ..Identity::default() })
}

/// Proof by a code.
pub(crate) fn code(code: &str) -> Option<Identity> {
    Some(Identity { confirmation_code: code.into(), ..Identity::default() })
}

/// A key nobody used before.
pub(crate) fn fresh() -> String {
    Uuid::now_v7().to_string()
}

/// Returns whether a status says that there was no time to answer, and nothing about the request.
pub(crate) fn is_busy(status: &tonic::Status) -> bool {
    matches!(status.code(), tonic::Code::Unavailable | tonic::Code::DeadlineExceeded | tonic::Code::ResourceExhausted)
}

/// Returns the field that a refused request names.
pub(crate) fn field<T: std::fmt::Debug>(answer: Result<tonic::Response<T>, tonic::Status>) -> String {
    let status = answer.unwrap_err();
    assert_eq!(status.code(), tonic::Code::InvalidArgument, "{status:?}");
    callflow_rpc::Failure::from(&status).field.unwrap_or_default()
}

async fn apply(database: &TestDatabase) {
    let owner = Database::connect(&Config::new(database.url(Role::Owner))).await.unwrap();
    let mut tx = owner.begin().await.unwrap();
    catalog::apply(&mut tx, &salon::catalog()).await.unwrap();
    tx.commit().await.unwrap();
    owner.close().await;
}

fn listeners() -> (Listeners, String) {
    let listeners = Listeners::bind(&ListenOn { http: None, ..ListenOn::loopback() }).unwrap();
    let url = format!("http://{}", listeners.addresses().grpc.unwrap());
    (listeners, url)
}

fn start_availability(
    database: &TestDatabase,
    broker: &TestBroker,
    cache: &TestCache,
    stop: &CancellationToken,
    tasks: &mut JoinSet<()>,
) -> String {
    let config = callflow_availability::Config {
        mode: Mode::Dev,
        database: config::Database {
            url: Secret::new(database.url(Role::Availability)),
            ..config::Database::default()
        },
        redis: config::Redis {
            url: Secret::new(cache.url()),
            prefix: cache.prefix().into(),
            ..config::Redis::default()
        },
        amqp: config::Amqp { url: Secret::new(broker.url()), ..config::Amqp::default() },
        ..callflow_availability::Config::default()
    };
    let ((listeners, url), stop) = (listeners(), stop.clone());
    tasks.spawn(async move { callflow_availability::run(config, listeners, stop).await.unwrap() });
    url
}

fn start_booking(
    database: &TestDatabase,
    broker: &TestBroker,
    availability: &str,
    stop: &CancellationToken,
    tasks: &mut JoinSet<()>,
) -> String {
    let config = booking::Config {
        mode: Mode::Dev,
        database: config::Database {
            url: Secret::new(database.url(Role::Booking)),
            max_connections: 16,
            acquire_timeout_ms: 20_000,
            ..config::Database::default()
        },
        amqp: config::Amqp { url: Secret::new(broker.url()), ..config::Amqp::default() },
        availability: callflow_rpc::client::Config {
            endpoints: vec![availability.into()],
            ..callflow_rpc::client::Config::default()
        },
        requests: booking::config::Requests { purge_secs: 1, ..booking::config::Requests::default() },
        ..booking::Config::default()
    };
    let ((listeners, url), stop) = (listeners(), stop.clone());
    tasks.spawn(async move { booking::run(config, listeners, stop).await.unwrap() });
    url
}
