//! What Redis has lost is counted again from the records: events and bookings it never heard of, and those it forgot.

use std::time::Duration;

use callflow_cache::{Cache, Config, minute::Minutes};
use callflow_contract::metrics::v1::{SnapshotRequest, metrics_client::MetricsClient};
use callflow_domain::id::CompanyId;
use callflow_fleet::Endpoints;
use callflow_testkit::wait_for;
use deadpool_redis::redis;
use jiff::Timestamp;
use sea_orm::ConnectionTrait as _;

/// Longest wait for anything to come true.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long ago it was, in minutes.
const AGO: i64 = 10;
/// What is counted then, and how often.
const NAMES: [&str; 3] = ["call_started", "other", "booked"];
const COUNTS: [u64; 3] = [2, 1, 1];

/// Puts records of former minutes where only Postgres has them, and looks for them on the board; then Redis is emptied under the
/// running service, and they come back.
pub(crate) async fn check(endpoints: &Endpoints) {
    let postgres = sea_orm::Database::connect(&endpoints.postgres["admin"]).await.unwrap();
    let records = format!(
        "INSERT INTO resolver.call_event (company_id, call_id, event, received_at, payload, message_id, note)
         SELECT id, 'call_recount', event, now() - interval '{AGO} minutes', '', gen_random_uuid(), ''
         FROM resolver.company, unnest(ARRAY['call_started', 'call_started', 'call_from_the_future']) AS event
         WHERE slug = 'haarwerk';
         UPDATE booking.audit SET at = now() - interval '{AGO} minutes'
         WHERE id = (SELECT max(id) FROM booking.audit WHERE action = 'book');"
    );
    let minute = Timestamp::now().as_second() / 60 - AGO;
    postgres.execute_unprepared(&records).await.unwrap();
    shown(endpoints, minute).await;
    let redis = redis::Client::open(endpoints.redis.as_str()).unwrap();
    let mut redis = redis.get_multiplexed_async_connection().await.unwrap();
    redis::cmd("FLUSHALL").query_async::<()>(&mut redis).await.unwrap();
    counted(endpoints, minute).await;
    postgres.execute_unprepared("DELETE FROM resolver.call_event WHERE call_id = 'call_recount'").await.unwrap();
}

/// Waits until the board shows the records of that minute.
async fn shown(endpoints: &Endpoints, minute: i64) {
    let metrics = MetricsClient::connect(endpoints.services["metrics"].grpc.clone().unwrap()).await.unwrap();
    wait_for("the records on the board", PATIENCE, async || {
        let request = SnapshotRequest { company: "haarwerk".into(), minutes: 60, ..SnapshotRequest::default() };
        let board = metrics.clone().snapshot(request).await.map_err(|status| status.to_string())?.into_inner();
        // The minute may have turned between our clock and the database's.
        let then = board
            .minutes
            .iter()
            .filter(|one| one.start.is_some_and(|start| (minute..=minute + 1).contains(&(start.seconds / 60))));
        expected(NAMES.map(|name| then.clone().filter_map(|one| one.counts.get(name)).sum()))
    })
    .await;
}

/// Waits until Redis itself has the counts: the board may show for a moment what it has read before.
async fn counted(endpoints: &Endpoints, minute: i64) {
    let cache = Cache::new(&Config { url: endpoints.redis.clone(), ..Config::default() }).unwrap();
    let (minutes, company) = (Minutes::new(&cache), CompanyId::from_slug("haarwerk"));
    wait_for("the counts that Redis forgot", PATIENCE, async || {
        let read = minutes.read(company, minute..minute + 2).await.map_err(|error| error.to_string())?;
        let counters = || read.iter().flat_map(|(_, counters)| counters);
        let sum = |name| counters().filter(|(counter, _)| counter.name == name).map(|(_, count)| count).sum::<i64>();
        expected(NAMES.map(|name| sum(name).unsigned_abs()))
    })
    .await;
}

fn expected(found: [u64; 3]) -> Result<(), String> {
    if found == COUNTS { Ok(()) } else { Err(format!("{found:?} instead of {COUNTS:?}")) }
}
