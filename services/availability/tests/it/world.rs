//! A salon, its calendar and the service that answers for it; everything is gone when the test ends.

use std::time::Duration;

use callflow_availability::Config;
use callflow_contract::{
    availability::v1::{SearchSlotsRequest, SearchSlotsResponse, Segment, availability_client::AvailabilityClient},
    convert::{to_wire_range, to_wire_time},
    event::v1::{Appointment, Envelope},
    schema::{Event, seal},
};
use callflow_domain::{
    catalog::Catalog,
    id::{AppointmentId, CompanyId, MessageId},
};
use callflow_queue::{Endpoint, Message, Publisher, Topology, publisher};
use callflow_runtime::{CancellationToken, ListenOn, Listeners, Mode, Secret, config};
use callflow_store::{Database, catalog};
use callflow_testkit::{Role, TestBroker, TestCache, TestDatabase};
use deadpool_redis::redis::{self, Client};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use sea_orm::sqlx::{self, Connection as _, PgConnection, Row as _};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tonic::transport::Channel;
use uuid::Uuid;

/// Longest time anything in these tests may take to come true.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn company() -> CompanyId {
    CompanyId::from_slug("salon")
}

/// A local time in the salon, in March 2027: `"02 10:00"`. The first is a Monday.
pub(crate) fn at(text: &str) -> Timestamp {
    let (day, time) = text.split_once(' ').unwrap();
    let local: DateTime = format!("2027-03-{day}T{time}").parse().unwrap();
    local.to_zoned(TimeZone::get("Europe/Berlin").unwrap()).unwrap().timestamp()
}

/// The salon: two who cut hair, one who does nails and is away in the first week, one in another branch.
pub(crate) fn salon() -> Value {
    let hours = json!([{ "days": "mo-sa", "from": "09:00", "to": "18:00" }]);
    json!({
        "slug": "salon", "name": "Salon", "default_branch": "mitte", "default_language": "de", "languages": ["de"],
        "time_zone": "Europe/Berlin", "signing_keys": ["main"],
        "policies": {
            "cancel": { "notice_min": 0, "late": "allow" }, "reschedule": { "notice_min": 0, "late": "allow" },
            "min_notice_min": 60, "max_advance_days": 90, "step_min": 15, "gap_min": 15,
        },
        "schedule": { "holidays": [{ "date": "2027-03-17", "name": "Stadtfest" }] },
        "branches": [
            { "slug": "mitte", "name": "Mitte", "service_areas": ["+4930"], "schedule": { "hours": hours },
              "rooms": [{ "slug": "farbe-1", "name": "Farbplatz", "kind": "farbplatz" }] },
            { "slug": "west", "name": "West", "service_areas": ["+49331"], "schedule": { "hours": hours } },
        ],
        "phone_numbers": [{ "number": "+493023125100", "branch": "mitte" }],
        "agents": [],
        "staff": [
            { "slug": "sofia", "name": "Sofia", "branch": "mitte", "skills": ["schnitt", "farbe"], "languages": ["de"] },
            { "slug": "emre", "name": "Emre", "branch": "mitte", "skills": ["schnitt", "farbe"], "languages": ["tr"] },
            { "slug": "ida", "name": "Ida", "branch": "mitte", "skills": ["nagel"], "languages": ["de"],
              "schedule": { "time_off": [{ "from": "2027-03-01", "to": "2027-03-06" }] } },
            { "slug": "nina", "name": "Nina", "branch": "west", "skills": ["schnitt"], "languages": ["de"] },
        ],
        "services": [
            { "slug": "schnitt", "name": "Haarschnitt", "duration_min": 30, "buffer_after_min": 15,
              "required_skills": ["schnitt"] },
            { "slug": "farbe", "name": "Färben", "duration_min": 60, "required_skills": ["farbe"],
              "room_kind": "farbplatz", "branches": ["mitte"] },
            { "slug": "nagel", "name": "Nägel", "duration_min": 30, "required_skills": ["nagel"], "branches": ["mitte"] },
            { "slug": "laser", "name": "Laser", "duration_min": 30, "required_skills": ["laser"] },
        ]
    })
}

/// The service, one or several times, and what it needs.
pub(crate) struct World {
    pub(crate) client: AvailabilityClient<Channel>,
    pub(crate) database: TestDatabase,
    pub(crate) cache: TestCache,
    broker: TestBroker,
    publisher: Publisher,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl World {
    /// Opens the salon with an empty calendar.
    pub(crate) async fn open() -> Self {
        let (database, broker, cache) = tokio::join!(TestDatabase::start(), TestBroker::start(), TestCache::start());
        let endpoint = Endpoint::parse(broker.url()).unwrap().named("test");
        let topology = Topology::new();
        topology.declare(&endpoint).await.unwrap();
        let publisher = Publisher::start(endpoint, &topology, publisher::Config::default());
        apply(&database, &salon()).await;
        let (stop, mut tasks) = (CancellationToken::new(), JoinSet::new());
        let config = config(&database, &cache, &broker);
        let client = start(config, &stop, &mut tasks).await;
        Self { client, database, cache, broker, publisher, stop, tasks }
    }

    /// Starts the service once more, with other settings.
    pub(crate) async fn another(&mut self, change: impl FnOnce(&mut Config)) -> AvailabilityClient<Channel> {
        let mut config = config(&self.database, &self.cache, &self.broker);
        change(&mut config);
        start(config, &self.stop, &mut self.tasks).await
    }

    /// Stops every service.
    pub(crate) async fn close(mut self) {
        self.stop.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            ended.unwrap();
        }
    }

    /// Applies another version of the salon.
    pub(crate) async fn apply(&self, salon: &Value) {
        apply(&self.database, salon).await;
    }

    /// Runs SQL beside the service and returns the first value of each row.
    pub(crate) async fn sql(&self, sql: &str) -> Vec<String> {
        let mut connection = PgConnection::connect(&self.database.admin_url()).await.unwrap();
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&mut connection).await.unwrap();
        rows.iter().map(|row| row.try_get_unchecked::<String, _>(0).unwrap()).collect()
    }

    /// Commits an appointment and tells nobody; returns what an event would tell.
    pub(crate) async fn commit(&self, who: &str, from: &str, until: &str) -> Appointment {
        let id = AppointmentId(Uuid::now_v7());
        let (branch, staff) = (company().branch("mitte"), company().staff(who));
        let (from, until) = (at(from), at(until));
        self.sql(&format!(
            "INSERT INTO booking.appointment (id, company_id, branch_id, staff_id, service_id, starts_at, ends_at, busy_from,
                busy_until, confirmation_code, staff_schedule_version, source)
             VALUES ('{id}', '{}', '{branch}', '{staff}', '{}', '{from}', '{until}', '{from}', '{until}', 'KKKKK', 1, 'test')",
            company(),
            company().service("schnitt"),
        ))
        .await;
        Appointment {
            appointment_id: id.to_string(),
            company_id: company().to_string(),
            branch_id: branch.to_string(),
            staff_id: staff.to_string(),
            service_id: company().service("schnitt").to_string(),
            start: Some(to_wire_time(from)),
            end: Some(to_wire_time(until)),
            blocked: Some(to_wire_range(from, until)),
            time_zone: "Europe/Berlin".into(),
            changed_at: Some(to_wire_time(Timestamp::now())),
            ..Appointment::default()
        }
    }

    /// Cancels an appointment and tells nobody.
    pub(crate) async fn cancel(&self, appointment: &Appointment) {
        let id = &appointment.appointment_id;
        self.sql(&format!("UPDATE booking.appointment SET status = 'cancelled' WHERE id = '{id}'")).await;
    }

    /// Publishes an event, as its producer does.
    pub(crate) async fn tell<E: Event>(&self, routing_key: &str, event: &E) {
        let envelope = Envelope {
            message_id: MessageId(Uuid::now_v7()).to_string(),
            company_id: company().to_string(),
            ..Envelope::default()
        };
        self.publisher.publish(Message::event(routing_key, &seal(event, envelope)).unwrap()).await.unwrap();
    }

    /// Returns the keys of this world's corner of Redis.
    pub(crate) async fn keys(&self) -> Vec<String> {
        let mut redis = Client::open(self.cache.url()).unwrap().get_multiplexed_async_connection().await.unwrap();
        redis::cmd("KEYS").arg(format!("{}*", self.cache.prefix())).query_async(&mut redis).await.unwrap()
    }
}

/// A search for a haircut from one time to another, seen from the first of March at seven.
pub(crate) fn haircut(from: &str, until: &str) -> SearchSlotsRequest {
    SearchSlotsRequest {
        company_id: company().to_string(),
        branch_id: company().branch("mitte").to_string(),
        service_id: company().service("schnitt").to_string(),
        window: Some(to_wire_range(at(from), at(until))),
        now: Some(to_wire_time(at("01 07:00"))),
        ..SearchSlotsRequest::default()
    }
}

/// The same with one person only.
pub(crate) fn with(who: &str, search: SearchSlotsRequest) -> SearchSlotsRequest {
    SearchSlotsRequest { staff_id: company().staff(who).to_string(), ..search }
}

/// What an appointment takes.
pub(crate) fn segment(who: &str, from: &str, until: &str) -> Segment {
    Segment {
        resource_id: company().staff(who).to_string(),
        range: Some(to_wire_range(at(from), at(until))),
        room: false,
    }
}

/// Searches and returns the answer.
pub(crate) async fn search(client: &AvailabilityClient<Channel>, request: SearchSlotsRequest) -> SearchSlotsResponse {
    client.clone().search_slots(request).await.unwrap().into_inner()
}

async fn apply(database: &TestDatabase, salon: &Value) {
    let catalog: Catalog = serde_json::from_value(json!({ "companies": [salon] })).unwrap();
    let owner = Database::connect(&callflow_store::Config::new(database.url(Role::Owner))).await.unwrap();
    let mut tx = owner.begin().await.unwrap();
    catalog::apply(&mut tx, &catalog).await.unwrap();
    tx.commit().await.unwrap();
    owner.close().await;
}

fn config(database: &TestDatabase, cache: &TestCache, broker: &TestBroker) -> Config {
    Config {
        mode: Mode::Dev,
        database: config::Database {
            url: Secret::new(database.url(Role::Availability)),
            ..config::Database::default()
        },
        redis: config::Redis {
            url: Secret::new(cache.url()),
            prefix: cache.prefix().into(),
            command_ms: 5_000,
            ..config::Redis::default()
        },
        amqp: config::Amqp { url: Secret::new(broker.url()), ..config::Amqp::default() },
        ..Config::default()
    }
}

async fn start(config: Config, stop: &CancellationToken, tasks: &mut JoinSet<()>) -> AvailabilityClient<Channel> {
    let listeners = Listeners::bind(&ListenOn { http: None, ..ListenOn::loopback() }).unwrap();
    let url = format!("http://{}", listeners.addresses().grpc.unwrap());
    let stop = stop.clone();
    tasks.spawn(async move { callflow_availability::run(config, listeners, stop).await.unwrap() });
    AvailabilityClient::connect(url).await.unwrap()
}
